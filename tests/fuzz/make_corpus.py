"""Makes tests/fuzz/corpus again, but for the files whose names begin with `found-`: they are inputs that once did harm.

    .venv/bin/python tests/fuzz/make_corpus.py

Everything is as small as it can be: fuzzers are as quick as their inputs are short.
"""

import shutil
import struct
from pathlib import Path

HERE = Path(__file__).resolve().parent
CORPUS = HERE / "corpus"
ROOT = HERE.parents[1]


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
        "process": 'model: {backend: process, command: [python3, "m.py"], files: [a, /b], takes: masks, device: cpu, '
        "start_timeout: 5, batch_timeout: 0.5}\nsamples: {file: s.h5}\noutput: {file: x.h5}\n",
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
            info = struct.pack("ii256sqii4dQi4x", 0, 1 if k else 0, error, 1, 0, 0, 0.1, 0.0, 0.0, 0.0, 77, 0)
            body += struct.pack("qQQ", k, 3, doubles) + info + bytes(8 * doubles)
        put("messages", f"{parts}-{doubles}", body)
    put("messages", "cut", head[:-1])


def packets() -> None:
    """As in engines/protocol.h."""

    def header(kind: int, slot: int = 0, count: int = 0, first: int = 0) -> bytes:
        return struct.pack("<IHHIIQ", 0x59535248, 1, kind, slot, count, first)

    hello = header(2) + struct.pack("<4I32s64s64s256s", 0, 1, 10, 0, b"digest", b"torch", b"2.9.1", b"logits")
    put("protocol", "hello", hello)
    put("protocol", "hello-cut", hello[:-1])
    put("protocol", "hello-constants", hello + b"keep\nfactor\n")
    put("protocol", "result", header(5, 1, 256, 512) + struct.pack("<II", 2, 10))
    put("protocol", "failed", header(6, 0, 4, 8) + struct.pack("<I", 1) + b"the model raised \x1b[31m \xff\0")
    put("protocol", "failed-endless", header(6) + struct.pack("<I", 0) + b"x" * 512)
    put("protocol", "batch", header(4))


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


def main() -> None:
    for target in ("config", "messages", "onnx_files", "protocol"):
        empty(target)
    configs()
    messages()
    packets()
    models()


if __name__ == "__main__":
    main()
