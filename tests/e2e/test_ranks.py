"""`harsanyi run --ranks N`: mpirun with what it needs here, stopped and ended as one process would be."""

import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from harness import (
    ENVIRONMENT,
    PROGRAM,
    Config,
    Job,
    Outcome,
    Sweep,
    game,
    harsanyi,
    masks_by_rank,
    setting,
    wait_for,
)

FAST = game(12, 11)
SLOW = game(12, 11, sleep_us=200)  # 4.9 s of work
# A user's shell: nothing is set for mpirun, and Ctrl-C is not ignored as it is in a script's background.
SHELL = (
    "env",
    "--default-signal=INT",
    *(f"--unset={name}" for name in ENVIRONMENT if name.startswith(("OMPI_", "PRTE_"))),
)
BANNER = re.compile("^-{20}|exit code|non-zero|Forwarding", re.MULTILINE)


def start(sweep: Sweep, ranks: int, *options: str) -> Job:
    return Job("run", sweep.config, "--ranks", ranks, *options, command=(*SHELL, PROGRAM))


def run(sweep: Sweep, ranks: int, *options: str) -> Outcome:
    return start(sweep, ranks, *options).wait()


def started(sweep: Sweep) -> Job:
    """A sweep of two ranks of which something is stored already."""
    job = start(sweep, 2, *setting("sweep.block_bits", 8))
    wait_for(lambda: sweep.file.exists() and sweep.flagged() > 0)
    return job


def test_same_bits_and_a_line_to_paste(tmp_path: Path, expected: dict[str, bytes]) -> None:
    sweep = Sweep(tmp_path, FAST)
    outcome = run(sweep, 2).ends(0)
    assert len(masks_by_rank(outcome)) == 2
    sweep.has(expected)
    assert not BANNER.search(outcome.err)
    line = outcome.err.splitlines()[0].removeprefix("harsanyi: ")
    assert line.endswith(f"mpirun -n 2 {PROGRAM} run {sweep.config}"), outcome.err
    assert ("OMPI_ALLOW_RUN_AS_ROOT=1" in line) == (os.geteuid() == 0)
    sweep.file.unlink()
    pasted = Job("-c", line, command=(*SHELL, "sh")).wait().ends(0)
    assert len(masks_by_rank(pasted)) == 2
    sweep.has(expected)


def test_more_ranks_than_cores(tmp_path: Path, expected: dict[str, bytes]) -> None:
    sweep = Sweep(tmp_path, FAST)
    ranks = len(os.sched_getaffinity(0)) + 1
    outcome = run(sweep, ranks).ends(0, "OMPI_MCA_rmaps_base_oversubscribe=1")
    assert len(masks_by_rank(outcome)) == ranks
    sweep.has(expected)


def test_one_rank_needs_no_mpirun(tmp_path: Path, expected: dict[str, bytes]) -> None:
    sweep = Sweep(tmp_path, FAST)
    outcome = Job("run", sweep.config, "--ranks", 1, environment={"PATH": "/nowhere"}).wait().ends(0)
    assert "mpirun -n" not in outcome.err
    sweep.has(expected)


@pytest.mark.parametrize(
    ("config", "code", "says"),
    [(game(3, 6, fault="nan"), 2, "1 failed"), (game(3, 6, colour="red"), 1, "model.colour: unknown key")],
)
def test_codes_are_those_of_rank_0(tmp_path: Path, config: Config, code: int, says: str) -> None:
    outcome = run(Sweep(tmp_path, config), 2).ends(code, says)
    assert not BANNER.search(outcome.err), outcome.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGUSR1], ids=str)
def test_stop(tmp_path: Path, expected: dict[str, bytes], number: signal.Signals) -> None:
    sweep = Sweep(tmp_path, SLOW)
    job = started(sweep)
    job.send(number)
    outcome = job.wait(timeout=20).ends(75, "same command")
    assert not BANNER.search(outcome.err), outcome.err
    assert 0 < sweep.flagged() < 12 << 11
    assert sweep.left_over() == []
    run(sweep, 2, "--resume", *setting("model.sleep_us", 0)).ends(0)
    sweep.has(expected)


def test_stop_at_the_very_start(tmp_path: Path) -> None:
    """mpirun loses a signal that comes before its ranks are there; it is told again."""
    job = start(Sweep(tmp_path, SLOW), 2)
    assert job.process.stderr
    first = os.read(job.process.stderr.fileno(), 1 << 16).decode()
    job.send(signal.SIGINT)
    outcome = job.wait(timeout=20)
    assert "mpirun -n 2" in first
    assert outcome.code == 75, outcome.err


def test_second_interrupt_kills(tmp_path: Path, expected: dict[str, bytes]) -> None:
    sweep = Sweep(tmp_path, game(12, 11, sleep_us=20000))  # a unit takes 5 s and more
    job = start(sweep, 2, *setting("sweep.block_bits", 8))
    wait_for(lambda: len(job.ranks()) == 2 and sweep.file.exists())
    job.send(signal.SIGINT)
    time.sleep(0.2)
    job.send(signal.SIGINT)
    job.wait(timeout=10).ends(130)
    wait_for(lambda: not job.ranks())
    run(sweep, 2, *setting("model.sleep_us", 0)).ends(0)
    sweep.has(expected)


def test_killed(tmp_path: Path) -> None:
    """The ranks do not outlive the process that started them."""
    job = started(Sweep(tmp_path, SLOW))
    job.send(signal.SIGKILL)
    assert job.process.wait(timeout=10) == -signal.SIGKILL
    wait_for(lambda: not job.ranks(), timeout=5)
    job.wait()


def test_lost_rank_is_told(tmp_path: Path) -> None:
    job = started(Sweep(tmp_path, SLOW))
    os.kill(job.ranks()[1], signal.SIGKILL)
    outcome = job.wait(timeout=20)
    assert outcome.code == 128 + signal.SIGKILL, outcome.err
    assert "signal 9" in outcome.err


def test_progress_line_reaches_the_terminal(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, SLOW)
    terminal, end = pty.openpty()
    command = [*SHELL, PROGRAM, "run", str(sweep.config), "--ranks", "2"]
    process = subprocess.Popen(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stderr=end, start_new_session=True)
    os.close(end)
    said = b""
    try:
        while piece := os.read(terminal, 1 << 16):
            said += piece
    except OSError:  # Linux: the other end is closed
        pass
    assert process.wait(timeout=60) == 0, said
    assert len(re.findall(rb"\r\033\[Kharsanyi: \d+ of 12 samples", said)) >= 3, said


@pytest.mark.parametrize("ranks", [1, 2])
def test_not_under_mpirun(tmp_path: Path, ranks: int) -> None:
    sweep = Sweep(tmp_path, FAST)
    outcome = sweep.run("--ranks", "2", ranks=ranks).ends(1)
    assert outcome.err.count("Type: mpirun -n 2 harsanyi run ... without --ranks") == 1
    assert not sweep.file.exists()


def test_not_under_srun(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, FAST)
    outcome = sweep.run("--ranks", "2", environment={"SLURM_STEP_NUM_TASKS": "2"})
    assert outcome.code == 1, outcome.err
    assert "Type: srun --mpi=pmix -n 2 harsanyi run ... without --ranks" in outcome.err


def test_wrong_numbers(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, FAST)
    for ranks in ("0", "-1", "two", "65537"):
        outcome = harsanyi("run", sweep.config, f"--ranks={ranks}")
        assert outcome.code == 1
        assert f"--ranks takes a whole number from 1 to 65536, not {ranks}" in outcome.err
