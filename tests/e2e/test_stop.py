"""A sweep stops on request with exit code 75, and the next start goes on to the same bits."""

import signal
import time
from pathlib import Path

import pytest
from harness import Outcome, Sweep, game, harsanyi, put, setting, wait_for

FAST = game(12, 11)
SLOW = game(12, 11, sleep_us=200) | {"sweep": {"block_bits": 8}}  # 4.9 s of work
MASKS = 12 << 11


def goes_on(sweep: Sweep, expected: dict[str, bytes], ranks: int | None) -> None:
    stored = sweep.flagged()
    assert 0 < stored < MASKS
    sweep.complete("--resume", *setting("model.sleep_us", 0), ranks=ranks)
    assert sweep.last_run()["masks"] == MASKS - stored
    sweep.has(expected)


@pytest.mark.parametrize(
    ("number", "ranks"),
    [(signal.SIGUSR1, None), (signal.SIGTERM, None), (signal.SIGUSR1, 1), (signal.SIGUSR1, 3)],
    ids=str,
)
def test_signal(tmp_path: Path, expected: dict[str, bytes], number: signal.Signals, ranks: int | None) -> None:
    sweep = Sweep(tmp_path, SLOW)
    job = sweep.started(ranks=ranks)
    job.send(number)
    outcome = job.wait(timeout=20).ends(75)
    assert number.name in outcome.err or ranks
    assert "same command" in outcome.err
    assert sweep.last_run()["exit"] == b"stopped"
    assert sweep.left_over() == []
    goes_on(sweep, expected, ranks)


@pytest.mark.parametrize("ranks", [None, 2])
def test_stop_file(tmp_path: Path, expected: dict[str, bytes], ranks: int | None) -> None:
    sweep = Sweep(tmp_path, SLOW)
    stop = tmp_path / "results.h5.stop"
    job = sweep.started(ranks=ranks)
    stop.touch()
    assert job.wait(timeout=20).code == 75
    assert sweep.left_over() == [stop.name]
    before = sweep.file.read_bytes()
    sweep.run(ranks=ranks).ends(75, str(stop))
    assert sweep.file.read_bytes() == before
    stop.unlink()
    goes_on(sweep, expected, ranks)


def test_stop_file_before_the_start(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, FAST)
    (tmp_path / "results.h5.stop").touch()
    sweep.run().ends(75, "results.h5.stop")
    assert not sweep.file.exists()


def only_the_summary_is_left(sweep: Sweep, outcome: Outcome) -> None:
    assert outcome.code == 75, outcome.err
    assert "stopped before the statistics across samples were made; next: type the same command again" in outcome.err
    assert (sweep.read("samples/status") == 1).all()
    assert sweep.read("summary/valid") == 0
    assert sweep.last_run()["exit"] == b"stopped"
    assert "state    stopped; the same command resumes it" in harsanyi("status", sweep.file).out
    sweep.complete()
    assert (sweep.last_run()["masks"], sweep.last_run()["exit"]) == (0, b"ended")
    assert sweep.read("summary/valid") == 1


def test_stop_in_the_last_unit(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(1, 5, sleep_us=40000))
    job = sweep.start()
    wait_for(lambda: sweep.file.exists() and sweep.last_run()["exit"] == b"running")
    time.sleep(0.3)
    job.send(signal.SIGUSR1)
    only_the_summary_is_left(sweep, job.wait(timeout=20))


def test_stop_while_the_summary_is_made(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(40000, 4))
    sweep.complete()
    put(sweep.file, "summary/valid", 0, ())  # as if it had been stopped: the next start makes nothing else
    job = sweep.start()
    while sweep.read("provenance/starts") < 2 or sweep.last_run()["exit"] != b"ended":
        job.send(signal.SIGCONT)
        time.sleep(0.005)  # it works for no longer between two looks: the summary takes 0.1 s
        job.send(signal.SIGSTOP)
    job.send(signal.SIGUSR1)
    job.send(signal.SIGCONT)
    only_the_summary_is_left(sweep, job.wait(timeout=20))


def test_sigterm_to_mpirun_is_a_kill(tmp_path: Path, expected: dict[str, bytes]) -> None:
    """mpirun ends its ranks by itself; what was stored is gone on with."""
    sweep = Sweep(tmp_path, SLOW)
    job = sweep.started(ranks=2)
    job.send(signal.SIGTERM)
    assert job.wait(timeout=20).code != 0
    assert (sweep.read("samples/status") != 2).all()
    sweep.complete(*setting("model.sleep_us", 0))
    sweep.has(expected)


def test_a_stop_does_not_hide_that_the_file_is_gone(tmp_path: Path) -> None:
    """The writer notices it only after the stop; what was not stored must not pass for a stopped sweep."""
    sweep = Sweep(tmp_path, SLOW)
    job = sweep.started()
    sweep.file.unlink()
    job.send(signal.SIGUSR1)
    outcome = job.wait(timeout=20).ends(1, f"{sweep.file}: was deleted")
    assert "samples done" not in outcome.err
