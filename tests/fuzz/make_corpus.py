"""Makes tests/fuzz/corpus again, but for the files whose names begin with `found-`: they are inputs that once did harm.

    cmake --build --preset release --target harsanyi
    .venv/bin/python tests/fuzz/make_corpus.py

Everything is as small as it can be (n = 2 or 3, few samples): fuzzers are as quick as their inputs are short.
"""

import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

import h5py
import numpy as np

HERE = Path(__file__).resolve().parent
CORPUS = HERE / "corpus"
ROOT = HERE.parents[1]
PROGRAM = ROOT / "build/release/harsanyi"


def put(target: str, name: str, content: bytes) -> None:
    (CORPUS / target / name).write_bytes(content)


def empty(target: str) -> None:
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        if not file.name.startswith("found-"):
            file.unlink()


def configs() -> None:
    game = "model: {backend: game, samples: 2, players: 3}\noutput: {file: x.h5}\n"
    texts = {
        "game": game,
        "onnx": "model: {backend: onnx, file: m.onnx, input: x, output: y, score: log_odds, score_eps: 1e-6, "
        'target: label}\nsamples: {file: s.h5, select: "0:100", players: {grid: [4, 4]}, baseline: mean}\n'
        "output: {file: results/x.h5}\n",
        "values": "model: {backend: values, file: v.h5}\nsamples: {select: [0, 2, 5]}\noutput: {file: x.h5}\n",
        "all": "model:\n  backend: game\n  samples: 3\n  players: [2, 4]\nsweep:\n  batch: 16\n  block_bits: auto\n"
        "  max_players: 30\n  retries: 2\nstatistics:\n  salience: 0.05\n  salience_scale: max\n  min_output: null\n"
        "  assumed_order_limit: 2\n  noise_sigma: 0.1\n  indices: [shapley, banzhaf, sii2, stii2]\n  curves: false\n"
        "  top: 10\noutput:\n  file: x.h5\n",
        "set": game + "\0statistics.salience=[0.1, 0.2]",
        "set-players": game + "\0model.players=[2, 5]",
        "wrong": "model: {backend: gmae, samples: 12x}\nsample: {}\noutput: [x.h5]\n",
        "quoted": 'model: {\'backend\': "game", samples: 0x2, players: 3}\noutput: {file: "a\\u00e4\\tb.h5"}\n',
        "anchors": "a: &a [*a, *a]\nb: !!str x\n--- {}\n",
        "nested": "a: " + "[" * 60 + "]" * 60 + "\n",
        "nothing": "# nothing\n",
    }
    for name, text in texts.items():
        put("config", name, text.encode())


def messages() -> None:
    """As in run/wire.h."""
    head = struct.pack("QqQQQ7d", 7, 0, 16, 0, 0, 0.5, 0.25, 0.1, 0.1, 0.2, 0.0, 0.0)
    for parts, doubles in ((0, 0), (1, 0), (1, 4), (2, 9)):
        body = head[:8] + struct.pack("q", parts) + head[16:]
        for k in range(parts):
            error = b"mask 0x3: output is NaN" if k else b""
            body += struct.pack("qqQQddQii256s", k, 1, 3, doubles, 0.1, 0.0, 77, 0, 0, error) + bytes(8 * doubles)
        put("messages", f"{parts}-{doubles}", body)
    put("messages", "cut", head[:-1])


def models() -> None:
    for name in ("linear_f32", "external", "coupled", "two_inputs"):
        shutil.copy(ROOT / f"tests/data/{name}.onnx", CORPUS / "onnx_files" / name)
    put("onnx_files", "deep", deep_model(30))
    put("onnx_files", "climbing", external_model(b"../weights.bin"))
    put("onnx_files", "absolute", external_model(b"/etc/passwd"))


def field(number: int, content: bytes) -> bytes:
    """A protobuf field of bytes."""
    length, size = b"", len(content)
    while size > 127:
        length += bytes([size & 127 | 128])
        size >>= 7
    key = number << 3 | 2
    return (bytes([key]) if key < 128 else bytes([key & 127 | 128, key >> 7])) + length + bytes([size]) + content


def external_model(location: bytes) -> bytes:
    entry = field(13, field(1, b"location") + field(2, location))
    return field(7, field(5, entry + bytes([14 << 3, 1])))


def deep_model(depth: int) -> bytes:
    """Graphs in attributes of nodes of graphs."""
    graph = b""
    for _ in range(depth):
        graph = field(1, field(5, field(6, graph)))
    return field(7, graph)


# The last byte of a samples file is how the target uses it: players + 3 * baseline (fuzz_samples.c).
FROM_FILE, ELEMENTS, GRID = 0, 1, 2
ZERO, MEAN, NUMBER = 3, 6, 9


def samples_file(name: str, use: int, libver: str = "earliest", **content: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.h5"
        with h5py.File(path, "w", libver=libver) as file:
            for key, value in content.items():
                if isinstance(value, tuple):
                    file.create_dataset(key, data=value[0], **value[1])
                else:
                    file[key] = value
        put("samples", name, path.read_bytes() + bytes([use]))


def samples() -> None:
    x = np.arange(12, dtype=np.float32).reshape(3, 2, 2)
    label = np.array([0, 1, 2], dtype=np.int64)
    players = np.array([[0, 1], [2, -1]], dtype=np.int32)
    own = np.array([[[0, 1], [2, -1]], [[0, 0], [1, 1]], [[0, 1], [2, 3]]], dtype=np.int32)
    fixed = np.array([b"eye", b"nose", b"ear"])
    variable = np.array(["eye", "nose", "öhr"], dtype=h5py.string_dtype())
    packed = {"chunks": (1, 2, 2), "compression": "gzip", "shuffle": True, "fletcher32": True}
    baseline = np.full((2, 2), 0.5)
    samples_file("elements", ELEMENTS + ZERO, x=x)
    samples_file("labels", ELEMENTS + MEAN + 64, x=x, label=label)
    samples_file("grid", GRID + NUMBER, x=x.astype(np.float64), label=label.astype(np.uint8))
    samples_file("shared", FROM_FILE, x=x, players=players, baseline=baseline, player_names=fixed)
    samples_file("own", FROM_FILE + ZERO, x=x, players=own, player_names=np.tile(np.append(fixed, b"chin"), (3, 1)))
    samples_file("variable", FROM_FILE + ZERO, x=x, players=players, player_names=variable)
    samples_file("variable-own", ELEMENTS + ZERO, x=x[:, :, :1], player_names=np.tile(variable[:2], (3, 1)))
    samples_file("packed", FROM_FILE, x=(x, packed), players=(own, packed), baseline=np.stack([baseline] * 3))
    samples_file("chunked", ELEMENTS + ZERO, x=(x, {"chunks": (2, 2, 2), "maxshape": (None, 2, 2)}))
    samples_file("baselines", ELEMENTS, x=x.astype(np.int64), baselines=np.stack([baseline, baseline + 1]))
    samples_file("scalar", ELEMENTS, x=x.astype(">f4"), baseline=np.float64(0.25))
    samples_file("latest", FROM_FILE + ZERO, libver="latest", x=(x, packed), players=players, player_names=fixed)


def results() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def run(*arguments: object) -> None:
            subprocess.run([PROGRAM, *map(str, arguments)], cwd=folder, check=True, capture_output=True)

        def sweep(file: str, model: str, *sets: str) -> None:
            (folder / "c.yaml").write_text(f"model: {{backend: game, {model}}}\noutput: {{file: {file}}}\n")
            run("run", "c.yaml", *(word for key in ("statistics.top=2", *sets) for word in ("--set", key)))

        sweep("whole.h5", "game: square, samples: 2, players: 2")
        blocks = ("sweep.block_bits=1", "sweep.batch=2", "statistics.indices=[stii2]")
        sweep("mixed.h5", "game: square, samples: 3, players: [1, 3]", *blocks)
        with h5py.File(folder / "v.h5", "w") as file:
            file["values"] = np.array([[0, 1, 2, 4.5]])
        (folder / "t.yaml").write_text("{model: {backend: values, file: v.h5}, output: {file: table.h5}}\n")
        run("run", "t.yaml")
        run("analyze", "whole.h5", "-o", "statistics.h5", "--set", "statistics.salience=0.2")
        for file in ("whole", "mixed", "table", "statistics"):
            with h5py.File(folder / f"{file}.h5", "r+") as results:  # nothing of the machine that made them
                runs = results["provenance/runs"][:]
                runs["host"] = b"host"
                results["provenance/runs"][:] = runs
            put("results", f"{file}.h5", (folder / f"{file}.h5").read_bytes())
        # Nothing of it is done; one sample failed.
        with h5py.File(folder / "mixed.h5", "r+") as file:
            file["samples/status"][:] = [0, 2, 1]
            file["samples/error_kind"][1] = 1
            file["samples/error"][1] = b"mask 0x1: \x1b[31m output is NaN"
            file["summary/valid"][()] = 0
        put("results", "undone.h5", (folder / "mixed.h5").read_bytes())


def main() -> None:
    for target in ("config", "messages", "onnx_files", "samples", "results"):
        empty(target)
    configs()
    messages()
    models()
    samples()
    results()


if __name__ == "__main__":
    main()
