"""Samples, models and tables that change, vanish or cannot be read under a sweep, and clocks that jump: no wrong number
gets into the results, the message names file and cause, and once the cause is gone the same command leads to the same
bits."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import Config, Sweep, check_blocks, digits, game, harsanyi, put, setting, swept, wait_for
from preload import calls, faults, log_of, needs_libraries, preloaded, side_by_side

pytestmark = needs_libraries


def samples_of(folder: Path) -> Config:
    """Samples so large that HDF5 has not read them already when they change, of a game that takes its time."""
    players = np.arange(20000, dtype=np.int32) % 8
    with h5py.File(folder / "samples.h5", "w") as samples:
        samples["x"] = np.random.default_rng(1).normal(size=(24, players.size)).astype(np.float32)
        samples["players"] = players
    model = {"backend": "game", "game": "sparse", "noise": 0.01, "sleep_us": 450}
    return {"model": model, "samples": {"file": "samples.h5", "baseline": "zero"}}


def change_numbers(file: Path) -> None:
    put(file, "x", 1.0, np.s_[12:])


def cut_numbers(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


@pytest.mark.parametrize(("touch", "ranks"), [(change_numbers, None), (change_numbers, 2), (cut_numbers, 2)])
def test_samples_that_change_under_a_sweep(tmp_path: Path, touch: Callable[[Path], None], ranks: int | None) -> None:
    """No number of theirs gets into the file, and no sample is called failed for it."""
    sweep = Sweep(tmp_path, samples_of(tmp_path))
    smooth = swept(tmp_path, samples_of(tmp_path), *setting("model.sleep_us", 0), name="smooth.h5")
    samples = tmp_path / "samples.h5"
    shutil.copy(samples, tmp_path / "kept.h5")
    job = sweep.start(ranks=ranks)
    wait_for(lambda: sweep.file.exists() and (sweep.read("samples/status") == 1).any())
    touch(samples)
    outcome = job.wait(timeout=30).ends(1, str(samples))
    assert touch is cut_numbers or "has changed since the start" in outcome.err
    assert harsanyi("verify", sweep.file).code == 2  # what came before is stored, and true
    status = sweep.read("samples/status")
    assert set(status) == {0, 1}
    assert (status[12:] == 0).all()
    check_blocks(sweep.file, smooth.read("values"))
    sweep.run().ends(1)
    (tmp_path / "kept.h5").rename(samples)
    sweep.complete(*setting("model.sleep_us", 0), ranks=ranks)
    sweep.has(smooth.numbers())


@pytest.mark.parametrize("ranks", [None, 2])
def test_samples_that_cannot_be_read_under_a_sweep(tmp_path: Path, ranks: int | None) -> None:
    """An error of the disk is no fault of the sample."""
    config = samples_of(tmp_path)
    config["model"]["sleep_us"] = 0
    smooth = Sweep(tmp_path, config, "smooth.h5")
    samples = tmp_path / "samples.h5"
    assert smooth.run(environment=faults(samples, fault_call="read")).code == 0
    count = len(calls(samples))
    log_of(samples).unlink()
    sweep = Sweep(tmp_path, config)
    sweep.run(ranks=ranks, environment=faults(samples, fault_call="read", fault_at=count - 4, fault_error="EIO")).ends(
        3, f"{samples}: /x: cannot be read (Input/output error)"
    )
    assert set(sweep.read("samples/status")) <= {0, 1}
    sweep.complete(ranks=ranks)
    sweep.has(smooth.numbers())


def test_model_replaced_under_a_sweep(tmp_path: Path) -> None:
    """The sweep ends with the model that it has read, and says so; nobody goes on with another one."""
    model = tmp_path / "model.onnx"
    config = digits("0:2")
    shutil.copy(config["model"]["file"], model)
    config["model"]["file"] = "model.onnx"
    smooth = swept(tmp_path, config, name="smooth.h5")
    sweep = Sweep(tmp_path, config)
    job = sweep.start(*setting("sweep.block_bits", 9), ranks=2)
    wait_for(sweep.file.exists)
    other = tmp_path / "other.onnx"
    other.write_bytes(model.read_bytes()[:-7])
    kept = model.read_bytes()
    other.rename(model)
    job.wait().ends(0, f"{model} changed after it was read at the start")
    sweep.has(smooth.numbers())
    sweep.run().ends(1)
    model.write_bytes(kept)
    assert sweep.run().code == 0


def test_table_that_changes_under_a_sweep(tmp_path: Path) -> None:
    table = tmp_path / "table.h5"
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(400, 1 << 10))

    def make(rows: np.ndarray) -> None:
        with h5py.File(table, "w") as file:
            file["values"] = rows

    make(rows)
    config: Config = {"model": {"backend": "values", "file": "table.h5"}}
    sweep = Sweep(tmp_path, config)
    # Before the first of its values is read: the results file is there then, and named before anything is evaluated.
    environment = faults(sweep.file, fault_call="write", fault_at=0)
    job = sweep.start(environment=environment)
    wait_for(lambda: log_of(sweep.file).exists(), timeout=10)
    os.utime(table)
    outcome = job.wait()
    if outcome.code == 0:
        pytest.skip("all of the table was read before it could be touched")
    assert outcome.code == 1, outcome.err
    assert f"{table}: was changed or moved since it was opened" in outcome.err
    assert set(sweep.read("samples/status")) <= {0, 1}
    sweep.complete()
    sweep.verify()


# ---- clocks ----


def test_clock_that_jumps(tmp_path: Path) -> None:
    """Neither speed nor time left nor the end of a sweep depend on the calendar."""
    smooth = swept(tmp_path, game(16, 9), name="smooth.h5")
    expected = smooth.numbers()

    def check(jump: int) -> None:
        folder = tmp_path / str(jump)
        folder.mkdir()
        sweep = Sweep(folder, game(16, 9, sleep_us=800))  # 6.6 s
        job = sweep.start(environment=preloaded("clock_jump.so", clock_after=1.5, clock_jump=jump))
        wait_for(lambda: sweep.file.exists() and sweep.read("progress/heartbeat")["masks_now"] > 0)
        jumped = preloaded("clock_jump.so", clock_after=0, clock_jump=jump)
        beside = harsanyi("status", sweep.file, environment=jumped)
        assert "running on 1 rank" in beside.out
        job.wait(timeout=30).ends(0)
        sweep.has(expected)
        beat = sweep.read("progress/heartbeat")
        assert 5 < beat["time"] - beat["start"] < 15
        assert 4 < sweep.last_run()["seconds"] < 15

    side_by_side(check, [-7200, 7200, 86400 * 3650])
