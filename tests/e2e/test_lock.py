"""One sweep per results file, also where flock does not work, and where it does not reach the other machine."""

import signal
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from harness import (
    PROGRAM,
    Job,
    Sweep,
    game,
    harsanyi,
    last_run,
    masks_flagged,
    read,
    setting,
    wait_for,
)

FAKE_HOST = Path(PROGRAM).parent / "tests/fake_host.so"


def on(host: str, *, flock: bool) -> dict[str, str]:
    """The environment of a machine of that name, on a file system with or without flock."""
    if not FAKE_HOST.is_file():
        pytest.fail(f"{FAKE_HOST} is not there: build the tests")
    return {"LD_PRELOAD": str(FAKE_HOST), "FAKE_HOST": host} | ({} if flock else {"FAKE_NO_FLOCK": "1"})


def test_without_flock_a_lock_file_holds(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(6, 12, sleep_us=1000))
    blocks = setting("sweep.block_bits", 8)
    first = sweep.start(*blocks, environment=on("n1", flock=False))
    wait_for(lambda: sweep.file.exists() and masks_flagged(sweep.file) > 0)
    here = sweep.start(*blocks, environment=on("n1", flock=False))
    elsewhere = sweep.start(*blocks, environment=on("n2", flock=True))
    for second in (here, elsewhere):
        outcome = second.wait()
        assert outcome.code == 1
        assert f"another sweep holds this results file (host n1, process {first.process.pid}" in outcome.err
    assert "last heartbeat" in outcome.err
    first.kill()
    flagged = masks_flagged(sweep.file)
    assert sweep.left_over() == ["results.h5.lock"]
    assert harsanyi("verify", sweep.file).code == 2
    outcome = sweep.run(*blocks, *setting("model.sleep_us", 0), environment=on("n1", flock=False))
    assert outcome.code == 0, outcome.err
    assert f"taken over from host n1, process {first.process.pid}, which no longer runs" in outcome.err
    assert f"{flagged / (6 << 12):.1%}".replace("%", " %") in outcome.err
    assert sweep.left_over() == []


def take_over(file: Path) -> None:
    """As somebody elsewhere does who found no sign of life."""
    mine = file.with_name("taken")
    mine.write_text("host elsewhere, process 1\n1 1 elsewhere\n")
    mine.rename(file.with_name(file.name + ".lock"))


def stop_when(condition: Callable[[], bool], job: Job) -> None:
    wait_for(condition)
    job.send(signal.SIGSTOP)


def test_who_stood_still_makes_nothing(tmp_path: Path) -> None:
    """The statistics of a sweep, and what merge and transform make: stopped, and going on when another has the file."""
    beat = 5  # seconds, of the lock
    sweep = Sweep(tmp_path, game(800, 13))
    parts = Sweep(tmp_path, game(8, 18), "parts.h5")
    shards = [parts.file.with_suffix(f".shard-{shard}-of-2.h5") for shard in range(2)]
    for shard in range(2):
        assert parts.run("--shard", f"{shard}/2").code == 0
    np.save(tmp_path / "values.npy", np.random.default_rng(1).normal(size=(8, 1 << 18)))
    merged, transformed = tmp_path / "merged.h5", tmp_path / "transformed.h5"
    jobs = {merged: Job("merge", merged, *shards)}
    stop_when(merged.with_name("merged.h5.part").exists, jobs[merged])
    jobs[transformed] = Job("transform", tmp_path / "values.npy", "-o", transformed)
    stop_when(transformed.with_name("transformed.h5.part").exists, jobs[transformed])
    jobs[sweep.file] = sweep.start()
    stop_when(lambda: sweep.file.exists() and last_run(sweep.file)["exit"] == b"ended", jobs[sweep.file])
    time.sleep(beat + 0.5)
    for file, job in jobs.items():
        take_over(file)
        job.send(signal.SIGCONT)
    for file, job in jobs.items():
        outcome = job.wait()
        assert outcome.code == 1, outcome.err
        assert "another sweep (host elsewhere, process 1) has taken this results file over" in outcome.err
        assert file.with_name(file.name + ".lock").read_text().startswith("host elsewhere")
        assert file == sweep.file or not file.exists()
    assert read(sweep.file, "summary/valid") == 0
    assert (tmp_path / "merged.h5.part").exists()  # the other's
    assert (tmp_path / "transformed.h5.part").exists()
