"""What all commands that read results have in common: they fear no file, and they have help."""

import re
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from checksum import crc32c_of_rows
from harness import CONFIGS, Sweep, game, harsanyi

READERS = ("verify", "status", "show")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A results file with a failed sample."""
    sweep = Sweep(tmp_path_factory.mktemp("results"), game(4, 6, fault="nan", fault_sample=2, fault_mask=5))
    assert sweep.run().code == 2
    return sweep.file.read_bytes()


@pytest.mark.parametrize("command", READERS)
@pytest.mark.parametrize("kind", ["missing", "folder", "empty", "text", "other", "cut"])
def test_files_that_cannot_be_read(tmp_path: Path, results: bytes, command: str, kind: str) -> None:
    file = tmp_path / "file.h5"
    if kind == "folder":
        file.mkdir()
    elif kind == "other":
        shutil.copy(CONFIGS / "digits/digits.h5", file)
    elif kind != "missing":
        file.write_bytes({"empty": b"", "text": b"hello\n", "cut": results[: len(results) // 2]}[kind])
    outcome = harsanyi(command, file)
    assert outcome.code == 1, outcome
    assert "file.h5" in outcome.err
    assert harsanyi("analyze", file, "-o", tmp_path / "out.h5").code == 1
    assert not (tmp_path / "out.h5").exists()


@pytest.mark.parametrize("seed", range(3))
def test_damaged_structure_crashes_nobody(tmp_path: Path, results: bytes, seed: int) -> None:
    """Whatever byte is wrong, a command answers with one of its exit codes."""
    chance = np.random.default_rng(seed)
    file = tmp_path / "damaged.h5"
    for _ in range(12):
        bad = bytearray(results)
        for at in chance.integers(0, min(len(bad), 60000), 3):
            bad[at] = chance.integers(256)
        file.write_bytes(bad)
        for command in READERS:
            assert harsanyi(command, file).code in (0, 1, 2), command


def test_verify_finds_what_checksums_hide(tmp_path: Path) -> None:
    """A number that was changed with its checksum is no longer the transform of the values."""
    sweep = Sweep(tmp_path, game(2, 8))
    sweep.complete()
    with h5py.File(sweep.file, "r+", locking=False) as results:
        results["interactions"][1, 77] += 1e-9
        results["progress/interactions_crc"][1, 0] = crc32c_of_rows(results["interactions"][1])
    outcome = harsanyi("verify", sweep.file)
    assert outcome.code == 1
    assert "/interactions: sample 1 " in outcome.out
    assert "0x4d" in outcome.out


def test_help() -> None:
    """Every command has help with an example, and the program tells what it is made of."""
    listed = harsanyi("--help")
    assert listed.code == 0
    commands = re.findall(r"^  (\w+) ", listed.out, re.M)
    assert {"run", "plan", "status", "show", "verify", "analyze"} <= set(commands)
    for command in commands:
        outcome = harsanyi(command, "--help")
        assert (outcome.code, outcome.err) == (0, "")
        assert f"harsanyi {command} " in outcome.out.partition("xample")[2], outcome.out
    assert re.search(r"harsanyi \d+\.\d+\.\d+", harsanyi("--version").out)
    for wrong in ((), ("walk",), ("run",), ("verify",), ("verify", "a", "b")):
        outcome = harsanyi(*wrong)
        assert (outcome.code, outcome.out) == (1, "")
        assert "--help" in outcome.err
