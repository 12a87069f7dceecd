"""Bad input ends a run with exit code 1 and a message that names the place, before anything is made."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import (
    CONFIGS,
    DIGITS,
    MODELS,
    PROGRAM,
    Outcome,
    Sweep,
    datasets_of,
    digits,
    game,
    harsanyi,
    hdf5,
    network,
    setting,
    swept,
)


def check_refused(folder: Path, outcome: Outcome, *says: str) -> None:
    outcome.ends(1, *says)
    assert list(folder.glob("results.h5*")) == []


GAME = """\
model:
  backend: game
  samples: 2
  players: 6
output:
  file: results.h5
"""


# ---- the config ----


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("samples: 2", "sample: 2"), "sweep.yaml:3: model.sample: "),
        (("output:", "statistics: {salience_scale: mean_output}\noutput:"), "statistics.salience_scale: "),
        (("output:", 'samples: {select: "0:9"}\noutput:'), "samples.select: "),
        (("output:", "output: ["), "sweep.yaml:"),
    ],
)
def test_config(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    text = GAME.replace(*change)
    assert text != GAME
    config = tmp_path / "sweep.yaml"
    config.write_text(text)
    check_refused(tmp_path, harsanyi("run", config), says)


def test_too_many_players(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(30, [4, 12]) | {"sweep": {"max_players": 10}})
    check_refused(tmp_path, sweep.run(), "sample 7", "11 players", "max_players")


# ---- samples ----


class Digit:
    """A samples file for the network on digits: ten good samples, to be spoilt."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "samples.h5"
        given = datasets_of(DIGITS["samples"])
        self.arrays = {name: given[name] for name in ("baseline", "players")}
        self.arrays |= {name: given[name][:10] for name in ("x", "label")}
        hdf5(self.file, **self.arrays)

    def replace(self, name: str, array: object) -> None:
        with h5py.File(self.file, "r+") as samples:
            del samples[name]
            if array is not None:
                samples[name] = array

    def run(self, *options: str) -> Outcome:
        return Sweep(self.folder, digits(None, self.file.name)).run(*options)


@pytest.fixture
def digit(tmp_path: Path) -> Digit:
    return Digit(tmp_path)


def with_entry(name: str, at: tuple[int, ...], value: float) -> Callable[[Digit], None]:
    def change(digit: Digit) -> None:
        array = digit.arrays[name].copy()
        array[at] = value
        digit.replace(name, array)

    return change


def with_array(name: str, array: object) -> Callable[[Digit], None]:
    return lambda digit: digit.replace(name, array)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (with_entry("x", (3, 0, 2, 5), np.inf), ("samples.h5: /x: ", "sample 3", "+inf")),
        (with_entry("label", (7,), 10), ("samples.h5: /label: ", "sample 7", "10")),
        (with_array("x", np.zeros((10, 8, 8), np.float32)), ("samples.h5: /x", "[8, 8]", "[1, 8, 8]")),
        (
            with_array("x", np.zeros((10, 1, 8, 8), complex)),
            ("samples.h5: /x: holds records; f16, f32, f64, integers or",),
        ),
        (with_array("x", np.zeros((2,) * 12, np.float32)), ("samples.h5: /x: has 12 axes",)),
    ],
)
def test_samples(digit: Digit, change: Callable[[Digit], None], says: tuple[str, ...]) -> None:
    change(digit)
    check_refused(digit.folder, digit.run(), *says)


def test_mean_that_overflows(digit: Digit) -> None:
    digit.replace("x", np.full((10, 1, 8, 8), 1e308))
    outcome = digit.run(*setting("samples.baseline", "mean"))
    check_refused(digit.folder, outcome, "samples.h5: /x: element 0: the mean over all samples overflows")


@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
def test_truncated_samples(digit: Digit, share: float) -> None:
    os.truncate(digit.file, int(share * digit.file.stat().st_size))
    check_refused(digit.folder, digit.run(), "samples.h5")


# ---- models ----


def test_engine_that_is_too_old(digit: Digit) -> None:
    library = Path(PROGRAM).resolve().parent / "tests/old_onnxruntime.so"
    outcome = digit.run(*setting("model.library", library))
    check_refused(digit.folder, outcome, "model.library", "ONNX Runtime 1.2.0 is too old, 1.", "or later is needed")


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("mlp", ("[1, 8, 8]", "[6]")),
        ("two_inputs", ("name the one that is masked in model.input", "left", "right")),
        ("zipmap", ("ZipMap", "options={'zipmap': False}")),
    ],
)
def test_models_of_other_forms(digit: Digit, model: str, says: tuple[str, ...]) -> None:
    file = MODELS / f"{model}.onnx"
    check_refused(digit.folder, digit.run(*setting("model.file", file)), *says)


@pytest.mark.parametrize("batch", [4, 1, 8])
@pytest.mark.parametrize("model", ["batch_second", "batch_second_unnamed"])
def test_batch_that_is_not_the_first_axis(tmp_path: Path, model: str, batch: int) -> None:
    """Told by names of axes; without them by other rows than masks, even if all fits in batches of 4, for 4 columns."""
    x = np.random.default_rng(0).normal(size=(2, 4, 2))
    players = np.array([[0, 0], [1, 1], [2, 2], [2, 2]])
    sweep = Sweep(tmp_path, network(tmp_path, model, x, "raw", players=players, label=np.array([0, 1])))
    for command in ("plan", "run"):
        outcome = harsanyi(command, sweep.config, *setting("sweep.batch", batch))
        check_refused(tmp_path, outcome, f"{model}.onnx", "axis 0", "put a Transpose at its start")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("model.target", 10), ("model.target", "10")),
        (("sweep.block_bits", 4), ("sweep.block_bits", "8")),
        (("model.library", "/nowhere/libonnxruntime.so"), ("/nowhere/libonnxruntime.so",)),
    ],
)
def test_settings_that_the_model_refuses(digit: Digit, options: tuple[str, object], says: tuple[str, ...]) -> None:
    check_refused(digit.folder, digit.run(*setting(*options)), *says)


# ---- the results file ----


def test_output_folder(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(1, 4))
    outcome = sweep.run("-o", str(tmp_path / "none" / "results.h5"))
    check_refused(tmp_path, outcome, "none", "folder")
    assert not (tmp_path / "none").exists()
    check_refused(tmp_path, sweep.run("-o", str(sweep.config) + "/results.h5"), sweep.config.name)


@pytest.fixture
def read_only(tmp_path: Path) -> Path:
    folder = tmp_path / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    if os.access(folder, os.W_OK):
        pytest.skip("this user may write into read-only folders")
    return folder


def test_read_only_folder(tmp_path: Path, read_only: Path) -> None:
    outcome = Sweep(tmp_path, game(1, 4)).run("-o", str(read_only / "results.h5"))
    check_refused(read_only, outcome, "locked/results.h5", "cannot be written")


def test_empty_output_path(tmp_path: Path) -> None:
    check_refused(tmp_path, Sweep(tmp_path, game(1, 4)).run("-o", ""), "output file is empty")


@pytest.mark.parametrize("fresh", [(), ("--fresh",)])
@pytest.mark.parametrize("which", ["config", "model", "samples"])
def test_what_is_read_is_not_overwritten(digit: Digit, which: str, fresh: tuple[str, ...]) -> None:
    model = digit.folder / "model.onnx"
    shutil.copy(CONFIGS / "digits/digits.onnx", model)
    sweep = Sweep(digit.folder, {"model": {"file": "model.onnx"}, "samples": {"file": "samples.h5"}})
    file = {"config": sweep.config, "model": model, "samples": digit.file}[which]
    link = digit.folder / "link"
    link.hardlink_to(file)
    before = file.read_bytes()
    for path in (file, link):
        check_refused(digit.folder, sweep.run("-o", str(path), *fresh), path.name, "give another output file")
        assert file.read_bytes() == before
        assert not list(digit.folder.glob("*.lock"))


@pytest.mark.parametrize("content", [b"", b"something that somebody wants to keep", None])
def test_results_path_that_is_another_file(tmp_path: Path, content: bytes | None) -> None:
    sweep = Sweep(tmp_path, game(1, 4))
    if content is None:
        shutil.copy(CONFIGS / "digits/digits.h5", sweep.file)
    else:
        sweep.file.write_bytes(content)
    before = sweep.file.read_bytes()
    for options, says in (((), "results.h5"), (("--fresh",), "--fresh replaces only results files")):
        sweep.run(*options).ends(1, says)
        assert sweep.file.read_bytes() == before
        assert sweep.left_over() == []


def test_temporary_name_that_is_a_folder(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(1, 4))
    sweep.file.with_name("results.h5.tmp").mkdir()
    sweep.run().ends(1, f"{sweep.file}.tmp: cannot remove this old temporary file: Is a directory")
    assert not sweep.file.exists()
    assert sweep.left_over() == ["results.h5.tmp"]


def test_results_path_that_is_a_folder(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(1, 4))
    sweep.file.mkdir()
    for options in ((), ("--fresh",)):
        sweep.run(*options).ends(1, "results.h5")
        assert list(tmp_path.glob("results.h5?*")) == []


def test_results_of_another_config(tmp_path: Path) -> None:
    Sweep(tmp_path, game(1, 4)).complete()
    sweep = Sweep(tmp_path, digits("0:1"))
    before = sweep.file.read_bytes()
    sweep.run().ends(1, "belongs to another sweep", "model.backend")
    assert sweep.file.read_bytes() == before
    assert sweep.left_over() == []


@pytest.mark.parametrize("share", [0.2, 0.98])
def test_truncated_results(tmp_path: Path, share: float) -> None:
    sweep = swept(tmp_path, game(2, 8))
    os.truncate(sweep.file, int(share * sweep.file.stat().st_size))
    before = sweep.file.read_bytes()
    sweep.run().ends(1, f"{sweep.file}: ", "move it away to start over")
    assert sweep.file.read_bytes() == before
