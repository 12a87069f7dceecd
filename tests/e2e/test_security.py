"""Files of others are data: they lead to no other file, bring no code, put nothing on the terminal; ours have the
user's permissions and hold nothing of the environment."""

import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import CONFIGS, DIGITS, Outcome, Sweep, datasets_of, digits, game, harsanyi, hdf5, swept

ESCAPE = "\x1b]0;owned\x07\x1b[2J\u202e\x9b31m"


@pytest.fixture
def small(tmp_path: Path) -> Sweep:
    return swept(tmp_path, game(2, 3))


def change(file: Path, how: Callable[[h5py.File], None]) -> None:
    with h5py.File(file, "r+") as results:
        how(results)


# ---- the terminal ----


def check_clean(outcome: Outcome) -> None:
    for text in (outcome.out, outcome.err):
        assert not set(text) & set(map(chr, [*range(10), *range(11, 32), 127, *range(0x80, 0xA0), 0x202E]))


def put_error(results: h5py.File) -> None:
    results["samples/status"][1] = 2
    results["samples/error_kind"][1] = 1
    results["samples/error"][1] = ESCAPE.encode()


def put_tables(results: h5py.File) -> None:
    results.attrs.modify("tables", np.bytes_(ESCAPE.encode()))


def put_run(results: h5py.File) -> None:
    runs = results["provenance/runs"][:]
    for name in ("host", "exit", "started", "engine"):
        runs[name][0] = ESCAPE.encode()
    results["provenance/runs"][:] = runs


def put_engine(results: h5py.File) -> None:
    results.attrs.modify("engine", np.bytes_(ESCAPE.encode()))
    results.attrs.modify("model_sha256", np.bytes_(ESCAPE.encode()))


@pytest.mark.parametrize("put", [put_error, put_tables, put_run, put_engine])
def test_escape_sequences(small: Sweep, tmp_path: Path, put: Callable[[h5py.File], None]) -> None:
    file = small.file
    if put is put_tables:
        file = tmp_path / "statistics.h5"
        assert harsanyi("analyze", small.file, "-o", file).code == 0
    change(file, put)
    for command in (("show",), ("status",), ("status", "--json"), ("verify",), ("show", "--sample", "1"), ("compare",)):
        second = (file,) if command[0] == "compare" else ()
        check_clean(harsanyi(*command, file, *second))
    check_clean(small.run())


# ---- other files, other code ----


def test_paths_in_results_are_not_opened(tmp_path: Path) -> None:
    """A pipe that nobody writes to stands where model and samples were: who opens it waits for ever."""
    for name in ("digits.onnx", "digits.h5"):
        shutil.copy(CONFIGS / "digits" / name, tmp_path)
    config = {"model": {"file": "digits.onnx"}, "samples": {"file": "digits.h5", "select": "0:1"}}
    sweep = swept(tmp_path, config)
    for name in ("digits.onnx", "digits.h5"):
        (tmp_path / name).unlink()
        os.mkfifo(tmp_path / name)
    for command in (("verify",), ("show",), ("status",)):
        harsanyi(*command, sweep.file).ends(0)
    out = tmp_path / "again.h5"
    assert harsanyi("analyze", sweep.file, "-o", out, "--set", "statistics.salience=0.1").code == 0
    assert harsanyi("compare", sweep.file, sweep.file).code == 0
    for name in ("digits.onnx", "digits.h5"):
        assert stat.S_ISFIFO((tmp_path / name).stat().st_mode)


PLUGIN = """
#include <stdio.h>
__attribute__((constructor)) static void loaded(void) { FILE *f = fopen("MARK", "w"); if (f) fclose(f); }
int H5PLget_plugin_type(void) { return 0; }
const void *H5PLget_plugin_info(void) { return 0; }
"""


@pytest.mark.skipif(shutil.which("cc") is None, reason="no compiler")
def test_no_filter_plugin_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "p.c").write_text(PLUGIN.replace("MARK", str(tmp_path / "loaded")))
    command = ["cc", "-shared", "-fPIC", tmp_path / "p.c", "-o", tmp_path / "plugins/libp.so"]
    subprocess.run(command, check=True)
    given = datasets_of(DIGITS["samples"])
    x = given.pop("x")
    with h5py.File(hdf5(tmp_path / "samples.h5", **given), "r+") as samples:
        samples.create_dataset("x", data=x, compression="lzf")
    config = digits(None, "samples.h5")
    environment = {"HDF5_PLUGIN_PATH": str(tmp_path / "plugins")}
    outcome = Sweep(tmp_path, config).run(environment=environment)
    assert outcome.code == 1
    assert "/x: is compressed with filter 32000 (lzf), which harsanyi does not read; rewrite it" in outcome.err
    assert not (tmp_path / "loaded").exists()


# ---- what we write ----


@pytest.mark.parametrize("mask", [0o022, 0o027, 0o077])
def test_results_have_the_users_umask(tmp_path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        sweep = swept(tmp_path, game(1, 3))
        commands = {"analyze": (sweep.file,), "compare": (sweep.file, sweep.file)}
        files = [sweep.file]
        for command, operands in commands.items():
            files.append(tmp_path / f"{command}.h5")
            assert harsanyi(command, *operands, "-o", files[-1]).code == 0
    finally:
        os.umask(before)
    for file in files:
        assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~mask, file


@pytest.mark.parametrize("suffix", [".lock", ".tmp"])
def test_planted_links_are_not_followed(tmp_path: Path, suffix: str) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    sweep = Sweep(tmp_path, game(1, 3))
    Path(f"{sweep.file}{suffix}").symlink_to(precious)
    sweep.run()
    assert precious.read_text() == "mine"
    assert not precious.is_symlink()


def test_nothing_of_the_environment_is_in_the_results(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(1, 3))
    sweep.run(environment={"SECRET_TOKEN": "hunter2-hunter2", "PASSWORD": "correct-horse"}).ends(0)
    content = sweep.file.read_bytes()
    for secret in (b"hunter2", b"correct-horse", b"SECRET_TOKEN"):
        assert secret not in content


# ---- results files of other forms ----


def other(name: str, array: object, **how: object) -> Callable[[h5py.File], None]:
    def replace(results: h5py.File) -> None:
        del results[name]
        results.create_dataset(name, data=array, **how)

    return replace


def put_attribute(name: str, value: object) -> Callable[[h5py.File], None]:
    def replace(results: h5py.File) -> None:
        del results.attrs[name]
        results.attrs[name] = value

    return replace


@pytest.mark.parametrize(
    ("how", "says"),
    [
        (other("values", np.zeros((2, 8, 1))), "/values: has the shape [2, 8, 1], [2, 8] expected"),
        (other("orders/strength_mean", np.zeros(4)), "/orders/strength_mean: has 1 axes, 2 expected"),
        (other("orders/strength_mean", np.zeros((2, 99))), "/orders/strength_mean: is for 98 players"),
        (other("config", np.bytes_(b"x" * (17 << 20))), "/config: is larger than"),
        (other("config", "of any length"), "/config: has the wrong type for a results file"),
        (other("progress/block_bits", np.float64(3)), "/progress/block_bits: is not an integer"),
        (other("samples/index", h5py.Empty("i8")), "/samples/index: "),
        (lambda results: results["summary/valid"].__setitem__((), 7), "/summary/valid: is 7, 0 or 1 expected"),
        (put_attribute("format", "of any length"), "is an HDF5 file, but not a results file of harsanyi"),
        (put_attribute("format_version", np.int32(99)), "has format version 99"),
        (put_attribute("format_version", np.arange(2)), "attribute format_version: is not a single value"),
        (put_attribute("format_version", 1.5), "attribute format_version: is not an integer"),
        (put_attribute("engine", "of any length"), "attribute engine: is not a fixed-length string"),
    ],
)
def test_results_of_another_form(small: Sweep, how: Callable[[h5py.File], None], says: str) -> None:
    change(small.file, how)
    harsanyi("status", small.file).ends(1, f"{small.file}: ", says)
