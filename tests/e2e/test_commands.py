"""What all commands that read results have in common: they fear no file, and they have help."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from harness import DIGITS, ENVIRONMENT, PROGRAM, Sweep, game, harsanyi

READERS = ("verify", "status", "show")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A results file with a failed sample."""
    sweep = Sweep(tmp_path_factory.mktemp("results"), game(4, 6, fault="nan", fault_sample=2, fault_mask=5))
    assert sweep.run().code == 2
    return sweep.file.read_bytes()


@pytest.mark.parametrize("kind", ["missing", "folder", "empty", "text", "other", "cut"])
def test_files_that_cannot_be_read(tmp_path: Path, results: bytes, kind: str) -> None:
    file = tmp_path / "file.h5"
    if kind == "folder":
        file.mkdir()
    elif kind == "other":
        shutil.copy(DIGITS["samples"], file)
    elif kind != "missing":
        file.write_bytes({"empty": b"", "text": b"hello\n", "cut": results[: len(results) // 2]}[kind])
    for command in (*READERS, "analyze"):
        options = ("-o", tmp_path / "out.h5") if command == "analyze" else ()
        assert harsanyi(command, file, *options).ends(1, "file.h5").out == ""
    assert not (tmp_path / "out.h5").exists()


@pytest.mark.parametrize("seed", range(2))
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


def test_help() -> None:
    """Every command has help with an example, and the program tells what it is made of."""
    listed = harsanyi("--help").ends(0)
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


@pytest.mark.parametrize("command", [*READERS, "--help"])
def test_output_that_nobody_can_read_is_no_success(tmp_path: Path, results: bytes, command: str) -> None:
    file = tmp_path / "file.h5"
    file.write_bytes(results)
    for end in (">/dev/full", ">&-"):
        ended = subprocess.run(
            ["sh", "-c", f'"$0" "$@" {end}', PROGRAM, command, file],
            check=False,
            capture_output=True,
            text=True,
            env=ENVIRONMENT,
        )
        assert ended.returncode == 1
        assert "output cannot be written" in ended.stderr


def test_messages_stay_out_of_files_when_streams_are_closed(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(2, 6))
    subprocess.run(["sh", "-c", '"$0" run "$1" <&- >&- 2>&-', PROGRAM, sweep.config], check=True, env=ENVIRONMENT)
    sweep.verify()
    out = tmp_path / "out.h5"
    subprocess.run(
        ["sh", "-c", '"$0" analyze "$1" -o "$2" <&- >&- 2>&-', PROGRAM, sweep.file, out], check=True, env=ENVIRONMENT
    )
    assert harsanyi("verify", out).code == 0
