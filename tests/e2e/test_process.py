"""Models in a process of their own: what they are given, that every fault of theirs is theirs alone, and that no bit
depends on ranks, deaths or restarts."""

import json
import os
import signal
import sys
from pathlib import Path

import numpy as np
import pytest
from harness import PROGRAM, REPOSITORY, Config, Job, Sweep, harsanyi, hdf5, samples_file, setting, swept, wait_for

FEATURES, SAMPLES, BATCH = 6, 3, 16
CALLS = SAMPLES * 2**FEATURES // BATCH

# A small network, and around it what a model may do wrong. The seventh element of a sample is its number.
MODEL = """
import os, signal, sys, time
import numpy as np

random = np.random.default_rng(3)
W = random.normal(size=(6, 16)).astype("f4")
V = random.normal(size=(16, 3)).astype("f4")

def calls():
    with open("calls", "a") as file:
        file.write(".")
        return file.tell()

def predict(x):
    assert x.dtype == np.float32 and not x.flags.writeable
    y = np.tanh(x[:, :6] @ W) @ V
    sample = int(x[0, 6])
FAULT
    return y
"""

PREDICTED = {"backend": "process", "function": "my_model:predict", "python": sys.executable}


def inputs(samples: int = SAMPLES) -> np.ndarray:
    x = np.random.default_rng(1).normal(size=(samples, FEATURES + 1)).astype(np.float32)
    x[:, FEATURES] = np.arange(samples)
    return x


def config(folder: Path, fault: str = "", samples: int = SAMPLES, **model: object) -> Config:
    """The samples, the model with its fault, and the settings of a sweep in this folder."""
    lines = "".join(f"    {line}\n" for line in fault.splitlines())
    (folder / "my_model.py").write_text(MODEL.replace("FAULT\n", lines))
    players = np.array([*range(FEATURES), -1], np.int32)
    given = samples_file(folder, inputs(samples), players=players, label=np.arange(samples) % 3)
    return {"model": PREDICTED | model, "samples": given, "sweep": {"batch": BATCH}}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("process")
    return swept(folder, config(folder)).numbers()


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where models leave their notes."""
    monkeypatch.chdir(tmp_path)


# ---- what it computes ----


def masked(x: np.ndarray, n: int = FEATURES) -> np.ndarray:
    """All masked versions of a sample; what follows the players stays."""
    present = (np.arange(1 << n)[:, None] >> np.arange(n)) & 1 == 1
    rows = np.repeat(x[None], 1 << n, axis=0)
    rows[:, :n][~present] = 0
    return rows


def test_v_is_that_of_the_function(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    sweep = swept(tmp_path, config(tmp_path))
    sweep.has(undisturbed)
    names: dict[str, object] = {}
    exec((tmp_path / "my_model.py").read_text(), names)
    for k, values in enumerate(sweep.read("values")):
        x = masked(inputs()[k])
        x.flags.writeable = False
        z = names["predict"](x).astype(float)  # type: ignore[operator]
        others = np.log(np.exp(np.delete(z, k, axis=1)).sum(axis=1))
        np.testing.assert_allclose(values, z[:, k] - others, rtol=0, atol=1e-5)
    assert "is complete" in sweep.run().ends(0).err


def test_plan_counts_the_memory_of_the_process(tmp_path: Path) -> None:
    plan = harsanyi("plan", Sweep(tmp_path, config(tmp_path)).config, "--json").ends(0)
    assert json.loads(plan.out)["model_bytes"] > 10 * 2**20


@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_change_no_bit(tmp_path: Path, undisturbed: dict[str, bytes], ranks: int) -> None:
    swept(tmp_path, config(tmp_path), ranks=ranks).has(undisturbed)


# ---- faults ----

OUTLIVED = """
import atexit
atexit.register(time.sleep, 1000)
print("words"); os.write(1, b"more\\n"); sys.stderr.write("and more\\n")
count = calls()
if count == 5: time.sleep(1000)
if count % 17 == 0: os.kill(os.getpid(), 9)
if count % 19 == 0: os._exit(5)
"""


def test_what_a_model_does_beside_changes_no_bit(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    sweep = Sweep(tmp_path, config(tmp_path, OUTLIVED, batch_timeout=1))
    sweep.run(*setting("sweep.retries", 9), ranks=2).ends(0, "words", "and more", "more")
    sweep.has(undisturbed)
    assert len(Path("calls").read_text()) > CALLS + 4


def test_a_slow_start_is_waited_for(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    made = config(tmp_path)
    code = (tmp_path / "my_model.py").read_text()
    slow = "open('starts', 'a').write('.')\ntime.sleep(2)\n"
    (tmp_path / "my_model.py").write_text(code.replace("random =", f"{slow}random ="))
    Path("starts").touch()
    Sweep(tmp_path, made).run(*setting("model.start_timeout", 1)).ends(1, "did not answer within 1 s")
    assert len(Path("starts").read_text()) <= 1  # it is not tried again
    sweep = swept(tmp_path, made)
    assert sweep.numbers()["values"] == undisturbed["values"]


# What a model does to a sample, and what its error says then.
FAILING = {
    "y = y[:-1]": "mask 0x0: the model gave [15, 3]; [16] or [16, outputs] is expected",
    "y = y[:, :2]": "mask 0x0: the model gave 2 numbers for a mask; 3 are expected",
    "y[3] = np.nan": "mask 0x3: output is NaN",
    'y = y.astype("U")': "the model gave <U32 (ndarray); numbers are expected",
    "y = None": "the model gave object (NoneType)",
    "y = {'a': y, 'b': y}": "the model gives a, b: set model.output to one of them, or to a list",
    "y = [y, y]": "the model gave 2 arrays; give one of them, or all by name",
    'raise ValueError("no\\nsuch thing")': "mask 0x0: the model raised ValueError: no such thing (my_model.py, line ",
    'print("out of\\nmemory"); os._exit(9)': "ended (exit code 9); its last lines: out of | memory",
    "os.kill(os.getpid(), 11)": "was killed (signal 11)",
    "time.sleep(1000)": "did not answer within 1 s and was killed",
    "x[0, 0] = 1": "ValueError: assignment destination is read-only",
}


def test_a_start_that_fails_after_a_death_is_tried_again(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    """As where a GPU still has the memory of the one that was killed."""
    made = config(tmp_path, "if calls() == 9: os._exit(1)")
    code = (tmp_path / "my_model.py").read_text()
    again = "if os.path.exists('calls') and 9 <= calls() < 12: sys.exit('no memory yet')\n"
    (tmp_path / "my_model.py").write_text(code.replace("\ndef predict", again + "\ndef predict"))
    sweep = Sweep(tmp_path, made)
    assert sweep.run().ends(0).err.count("no memory yet") == 2
    assert sweep.numbers()["values"] == undisturbed["values"]


def test_a_fault_fails_its_sample_alone(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    faults = "".join(f"if sample == {SAMPLES + i}: {fault}\n" for i, fault in enumerate(FAILING))
    sweep = Sweep(tmp_path, config(tmp_path, faults, SAMPLES + len(FAILING), batch_timeout=1))
    assert "ConnectionReset" not in sweep.run(*setting("sweep.retries", 0)).ends(2).err
    assert sweep.read("samples/status").tolist() == [1] * SAMPLES + [2] * len(FAILING)
    for error, says in zip(sweep.read("samples/error")[SAMPLES:], FAILING.values(), strict=True):
        assert says in error.decode()
    assert sweep.read("values")[:SAMPLES].tobytes() == undisturbed["values"]


# ---- models that cannot be used ----


def test_one_that_always_fails_stops_at_the_start(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, config(tmp_path, 'raise ValueError("no such thing")'))
    for options in ((), setting("model.score", "raw")):
        said = sweep.run(*options, *setting("model.output_kind", "logits")).ends(1, "Traceback", "my_model.py").err
        assert "fails on every sample that was tried; sample 0: mask 0x0: the model raised ValueError: no such" in said
    assert not sweep.file.exists()


def test_what_does_not_start_says_why(tmp_path: Path) -> None:
    made = config(tmp_path)
    sweep = Sweep(tmp_path, made)
    sweep.run(*setting("model.function", "no_model:predict")).ends(1, "cannot be started", "No module named 'no_model'")
    sweep.run(*setting("model.python", "no-python")).ends(1, "no-python: No such file or directory")
    assert not sweep.file.exists()


SERVED = """
import os
import my_model
import harsanyi

harsanyi.serve(my_model.predict, digest={digest})
"""


def command(folder: Path, digest: str, fault: str = "") -> Config:
    made = config(folder, fault) | {"model": {"backend": "process", "command": [sys.executable, "served.py"]}}
    (folder / "served.py").write_text(SERVED.format(digest=digest))
    return made


def test_a_command_is_served(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    sweep = swept(tmp_path, command(tmp_path, "None"))
    assert sweep.numbers()["values"] == undisturbed["values"]
    (tmp_path / "served.py").write_text(SERVED.format(digest="b'another'"))
    sweep.run().ends(1, "model")


def test_every_start_must_be_of_the_same_model(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, command(tmp_path, "os.urandom(8)"))
    sweep.run(ranks=2).ends(1, "not the model that rank 0 has read")
    sweep = Sweep(tmp_path, command(tmp_path, "os.urandom(8)", "if calls() == 9: os._exit(0)"))
    sweep.run().ends(1, "it is another model than before")


def test_serve_alone_says_how_to_start_it() -> None:
    code = "import harsanyi; print(harsanyi.device(), flush=True); harsanyi.serve(len)"
    environment = {"PYTHONPATH": str(REPOSITORY / "analysis")}
    outcome = Job(command=(sys.executable, "-c", code), environment=environment).wait()
    assert outcome.ends(1, "harsanyi.serve: start me through harsanyi").out == "cpu\n"


# ---- its end ----


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_no_child_outlives_its_rank(tmp_path: Path) -> None:
    note = 'with open(f"pid-{os.getpid()}", "w"): time.sleep(0.05)'
    job = Sweep(tmp_path, config(tmp_path, note)).start(ranks=2)

    def children() -> list[int]:
        return [int(path.name.partition("-")[2]) for path in tmp_path.glob("pid-*")]

    wait_for(lambda: len([pid for pid in children() if alive(pid)]) == 2)
    for pid in job.ranks().values():
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not any(map(alive, children())), timeout=5)
    job.kill()


# ---- other languages ----


def test_a_model_in_c_without_python(tmp_path: Path) -> None:
    """The example of docs/protocol.md: output j is the sum of the inputs times j + 1."""
    program = Path(PROGRAM).parent / "tests" / "linear_model"
    made = config(tmp_path) | {"model": {"backend": "process", "command": [str(program)], "score": "raw"}}
    sweep = swept(tmp_path, made, ranks=2)
    for k, values in enumerate(sweep.read("values")):
        assert values.tolist() == [(k % 3 + 1) * float(row.astype(float).sum()) for row in masked(inputs()[k])]


# ---- what it may be given and give ----

SHAPES = """
import numpy as np
import harsanyi

DEVICE = {"cpu": 0, "cuda:0": 1, "cuda:1": 2}[harsanyi.device()]

def whole(x):
    assert x.dtype == np.int64 and set(np.unique(x[:, 0])) <= {7, -5}
    return x.sum(axis=1)

def many(x):
    return np.arange(3000) * x[:, :1]

def named(x):
    return {"first": x[:, 0], "both": x[:, :2]}

def masks(sample, masks):
    assert masks.dtype == np.uint8 and masks.shape[1] == 4 and sample.n == 4 and sample.label is None
    assert sample.x.dtype == np.float64 and sample.players.tolist() == [0, 1, 2, 3]
    present = masks @ sample.x + (1 - masks) @ sample.baseline
    return present * present + 100 * sample.index

def beside(x, keep, factor=None):
    assert keep.shape == x.shape and keep.dtype == np.int32 and factor.shape == (len(x),) and factor.dtype == np.float32
    return (x * keep).sum(axis=1) * factor

def open_to_all(x, keep, **others):
    return beside(x, keep, others["factor"])

def told(sample, masks):
    assert sample.names == ("a", "b", "c", "d\u00e9")
    return masks @ (sample.constants["keep"] * sample.constants["factor"])

def where(x):
    return DEVICE + x[:, 0].astype(float)
"""


def shapes(folder: Path, function: str, x: np.ndarray, **model: object) -> Config:
    (folder / "shapes.py").write_text(SHAPES)
    players, baseline = np.arange(4, dtype=np.int32), np.full(4, -5, x.dtype)
    file = hdf5(folder / "samples.h5", x=x, players=players, baseline=baseline)
    chosen = {"backend": "process", "function": f"shapes:{function}", "python": sys.executable, "score": "raw"}
    return {"model": chosen | model, "samples": {"file": file.name}}


KEEP = np.array([[1, 2, 3, 4], [0, 1, -1, 2]], np.int32)


def with_constants(folder: Path, function: str, **given: object) -> Sweep:
    made = shapes(folder, function, np.full((2, 4), 2.0), takes="masks" if function == "told" else "inputs")
    names = np.array([name.encode() for name in ("a", "b", "c", "d\u00e9")])
    file = {"x": np.full((2, 4), 2.0), "baseline": 0.0, "player_names": names} | given
    hdf5(folder / "samples.h5", **file)
    made["samples"]["players"] = "elements"
    return Sweep(folder, made)


@pytest.mark.parametrize("function", ["beside", "open_to_all", "told"])
def test_constants_and_names(tmp_path: Path, function: str) -> None:
    """Those that no parameter of a function takes are named in a warning, which stays in the file."""
    constants = {"constants/keep": KEEP, "constants/factor": np.float32(2.5), "constants/other": KEEP}
    sweep = with_constants(tmp_path, function, **constants)
    warning = "in /constants, but no parameter of the model, and not used: other; add parameters of these names"
    assert sweep.complete(ranks=2).err.count(f"warning: {warning}") == (function == "beside")
    assert sweep.read("provenance/warnings").tobytes().count(warning.encode()) == (function == "beside")
    once = 1.0 if function == "told" else 2.0
    masks = np.arange(16)[:, None] >> np.arange(4) & 1
    for row, values in enumerate(sweep.read("values")):
        assert values.tolist() == (once * 2.5 * (masks @ KEEP[row])).tolist()
    assert len(set(sweep.read("samples/input_crc").tolist())) == 2


def test_constants_that_do_not_fit(tmp_path: Path) -> None:
    said = with_constants(tmp_path, "beside", **{"constants/keep": KEEP[0]}).run().ends(1).err
    assert "/constants/keep: has the shape [4]; a row for each of the 2 samples, or one number, is expected" in said
    with_constants(tmp_path, "beside").run().ends(1, "missing 1 required positional argument: 'keep'")


def test_whole_numbers_stay_whole(tmp_path: Path) -> None:
    values = swept(tmp_path, shapes(tmp_path, "whole", np.full((1, 4), 7))).read("values")
    assert values[0].tolist() == [-20 + 12 * mask.bit_count() for mask in range(16)]


def test_outputs_beyond_the_first_room(tmp_path: Path) -> None:
    sweep = swept(tmp_path, shapes(tmp_path, "many", np.full((2, 4), 2.5, np.float32), target=2999))
    assert sweep.read("values")[1].tolist() == [2999 * (2.5 if mask & 1 else -5) for mask in range(16)]


def test_one_of_several_outputs(tmp_path: Path) -> None:
    x = np.full((1, 4), 2.0)
    sweep = swept(tmp_path, shapes(tmp_path, "named", x, output="both", target=1))
    assert sweep.read("values")[0].tolist() == [2 if mask & 2 else -5 for mask in range(16)]
    Sweep(tmp_path, shapes(tmp_path, "named", x, output="bth"), "b.h5").run().ends(1, "first, both, and no bth")


def test_masks_instead_of_inputs(tmp_path: Path) -> None:
    x = np.array([[1.0, 2, 3, 4], [4, 3, 2, 1]])
    sweep = swept(tmp_path, shapes(tmp_path, "masks", x, takes="masks", score="auto"), ranks=2)
    for k, values in enumerate(sweep.read("values")):
        sums = masked(np.append(x[k] + 5, 0)[None, :4].ravel(), 4).sum(axis=1) - 20
        assert values.tolist() == (sums * sums + 100 * k).tolist()


def test_ranks_take_the_gpus_in_turn(tmp_path: Path) -> None:
    """As far as that can be seen without a GPU: where torch is missing, what is visible is counted."""
    made = shapes(tmp_path, "where", np.full((8, 4), 1.0), device="cuda")
    sweep = Sweep(tmp_path, made)
    environment = {"CUDA_VISIBLE_DEVICES": "0,1"}
    sweep.run(environment=environment).ends(0)
    assert sweep.read("samples/v_full").tolist() == [2.0] * 8
    sweep.run("--fresh", environment=environment, ranks=3).ends(0)
    assert set(sweep.read("samples/v_full").tolist()) <= {2.0, 3.0}
    sweep.run("--fresh", environment={"CUDA_VISIBLE_DEVICES": "5"}, ranks=3).ends(0)  # all on the only one
    assert sweep.read("samples/v_full").tolist() == [2.0] * 8
    sweep.run("--fresh", environment={"CUDA_VISIBLE_DEVICES": ""}).ends(1, "no GPU is visible here")


def test_scores_of_two_outputs_and_of_all(tmp_path: Path) -> None:
    x = np.array([[1.0, 2, 3, 4]])
    made = shapes(tmp_path, "named", x, output="both", score="difference", target=[[1, 0]])
    values = swept(tmp_path, made).read("values")[0]
    assert values.tolist() == [(2 if mask & 2 else -5) - (1 if mask & 1 else -5) for mask in range(16)]
    values = swept(tmp_path, shapes(tmp_path, "named", x, output="both", score="cosine"), name="c.h5").read("values")[0]
    rows = np.array([[1 if mask & 1 else -5, 2 if mask & 2 else -5] for mask in range(16)], float)
    cosines = rows @ rows[-1] / np.linalg.norm(rows, axis=1) / np.linalg.norm(rows[-1])
    np.testing.assert_allclose(values, cosines - cosines[0], rtol=0, atol=1e-15)
    Sweep(tmp_path, made | {"model": made["model"] | {"score": "cosine", "target": "label"}}, "z.h5").run(
        *setting("samples.baseline", 0)
    ).ends(2, "sample 0 failed: mask 0x0: output is NaN; score: cosine has none where all outputs are 0")
