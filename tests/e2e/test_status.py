"""`harsanyi status`: what it says of a running, killed, failed and complete sweep, as text and as JSON."""

import fcntl
import json
import platform
import signal
from pathlib import Path
from typing import Any

import h5py
from harness import Sweep, game, harsanyi, put, setting, swept
from preload import preloaded


def status(file: Path) -> dict[str, Any]:
    return json.loads(harsanyi("status", file, "--json").ends(0).out)


def text(file: Path) -> str:
    return harsanyi("status", file).ends(0).out


def test_beside_a_running_sweep_and_after_it(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(6, 12, sleep_us=200))
    job = sweep.started(*setting("sweep.block_bits", 8), ranks=2)
    running = status(sweep.file)
    assert running["state"] == "running"
    assert running["heartbeat"]["ranks"] == 2
    assert running["heartbeat"]["age"] < 30
    assert running["samples"]["total"] == 6
    assert 0 < running["masks"]["stored"] < running["masks"]["total"] == 6 << 12
    assert 0 < running["blocks"]["stored"] < running["blocks"]["total"] == 6 << 4
    assert "running on 2 ranks" in text(sweep.file)
    job.wait().ends(0)
    done = status(sweep.file)
    assert done["state"] == "complete"
    assert done["samples"] == {"total": 6, "done": 6, "failed": 0, "left": 0, "combining": 0}
    assert done["masks"]["stored"] == 6 << 12
    # A mask takes each of the two ranks 200 us at least.
    assert 0 < done["masks_per_second"] < 10000
    assert [(run["exit"], run["ranks"], run["masks"]) for run in done["runs"]] == [("ended", 2, 6 << 12)]
    assert "6 of 6 done" in text(sweep.file)


def test_failures(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(8, [5, 8], fault="nan", fault_sample=3, fault_mask=9))
    assert sweep.run().code == 2
    report = status(sweep.file)
    assert report["state"] == "complete"
    assert report["failures"] == [
        {
            "reason": "mask ...: output is NaN",
            "count": 1,
            "tried_again": False,
            "first_sample": 3,
            "first_index": 3,
            "first_error": "mask 0x9: output is NaN",
        }
    ]
    assert "mask 0x9: output is NaN" in text(sweep.file)


def test_stalled_is_told_from_slow_and_from_killed(tmp_path: Path) -> None:
    """The clock of who asks is an hour ahead, so that only what comes while it watches can tell."""
    ahead = preloaded("clock_jump.so", clock_after=0, clock_jump=3600)
    sweep = Sweep(tmp_path, game(6, 12, sleep_us=2000))
    job = sweep.started(*setting("sweep.block_bits", 8))

    def ask() -> tuple[dict[str, Any], str]:
        outcome = harsanyi("status", sweep.file, "--json", environment=ahead).ends(0)
        return json.loads(outcome.out), harsanyi("status", sweep.file).out

    slow, here = ask()
    assert slow["state"] == "running"
    assert slow["heartbeat"]["clocks_differ"]
    assert "running on 1 rank" in here
    assert f"process {job.process.pid}" in slow["holder"]
    job.send(signal.SIGSTOP)
    with h5py.File(sweep.file, "r+", locking=False) as results:
        beat = results["progress/heartbeat"][()]
        beat["silent"], beat["first_silent"] = 1, 7
        results["progress/heartbeat"][()] = beat
    stalled, _ = ask()
    assert stalled["state"] == "stalled"
    said = harsanyi("status", sweep.file, environment=ahead).out
    assert f"state    stalled: its process is alive (host {platform.node()}, process {job.process.pid}" in said
    assert "but sent no heartbeat for " in said
    assert "1 of them sent nothing for a minute, the first is rank 7" in said
    job.kill()
    killed, here = ask()
    assert killed["state"] == "silent"
    assert "not running: killed" in here
    # A start that is not in the file yet, or has made its last entry: only the lock tells.
    complete = swept(tmp_path, game(2, 8), name="complete.h5")
    put(complete.file, "summary/valid", 0, ())
    lock = tmp_path / "complete.h5.lock"
    with lock.open("w") as holder:
        fcntl.flock(holder, fcntl.LOCK_EX)
        holder.write("host here, process 1\n")
        holder.flush()
        assert status(complete.file)["state"] == "busy"
        said = text(complete.file)
        assert "state    busy (host here, process 1): computing statistics across samples" in said
    lock.unlink()


def test_many_reasons_and_what_waits(tmp_path: Path) -> None:
    sweep = swept(tmp_path, game(14, 9), *setting("sweep.block_bits", 8))
    with h5py.File(sweep.file, "r+", locking=False) as results:
        results["summary/valid"][()] = 0
        results["samples/status"][:12] = 2
        results["samples/error_kind"][:12] = 1
        results["samples/error"][:12] = [f"reason {chr(ord('a') + i)}" for i in range(12)]
        results["samples/status"][12] = 0
        results["progress/phase"][12] = 1
    said = text(sweep.file)
    assert "reason a" in said
    assert "and 2 other reasons" in said
    assert "1 sample is evaluated, not yet transformed" in said
    put(sweep.file, "provenance/starts", 0, ())
    put(sweep.file, "samples/status", 0, ())
    put(sweep.file, "progress/values_done", 0, ())
    put(sweep.file, "progress/phase", 0, ())
    assert status(sweep.file)["state"] == "not started"
    assert "state    not started" in text(sweep.file)
