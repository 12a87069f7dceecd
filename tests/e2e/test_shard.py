"""A shard of a sweep is a results file of every k-th sample, with the bits of the whole sweep."""

import signal
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import Config, Sweep, cancer, game, harsanyi, last_run, numbers, opened, put, read, setting, wait_for

# n of 7 samples: 5, 6, 7, 8, 5, 6, 7; sample 2 fails.
GAME = game(7, [5, 8], fault="nan", fault_sample=2, fault_mask=9)


@pytest.mark.parametrize(("config", "shards"), [(GAME, 3), (cancer("10:15"), 2)], ids=["game", "cancer"])
def test_rows_of_the_whole(tmp_path: Path, config: Config, shards: int) -> None:
    whole = Sweep(tmp_path, config)
    assert whole.run().code in (0, 2)
    with opened(whole.file) as expected:
        samples = expected["samples/index"].size
        for i in range(shards):
            file = whole.shard(i, shards, *setting("sweep.block_bits", 8 + i))
            with opened(file) as found:
                assert "summary" not in found
                assert (found.attrs["shard"], found.attrs["shards"]) == (i, shards)
                for name in ("index", "label", "n_players"):
                    assert np.array_equal(found[f"shard/{name}"][:], expected[f"samples/{name}"][:])
                assert np.array_equal(found["shard/classes"][:], expected["summary/transferability/classes"][:])
                for name, value in expected.attrs.items():
                    assert found.attrs[name] == value, name
                compare_rows(found, expected, range(i, samples, shards))
            failed = (read(file, "samples/status") == 2).any()
            assert harsanyi("verify", file).code == (2 if failed else 0)


def compare_rows(found: h5py.File, expected: h5py.File, rows: range) -> None:
    def visit(name: str, item: h5py.Group | h5py.Dataset) -> None:
        if not isinstance(item, h5py.Dataset) or name.split("/")[0] in ("summary", "progress", "provenance", "config"):
            return
        if name not in ("samples/seconds", "samples/player_names", "curves/rank", "curves/k"):
            assert found[name][:].tobytes() == item[:][rows].tobytes(), name

    expected.visititems(visit)


def test_goes_on_and_is_told_from_others(tmp_path: Path) -> None:
    smooth, sweep = Sweep(tmp_path, game(4, 12), "smooth.h5"), Sweep(tmp_path, game(4, 12, sleep_us=500))
    expected = numbers(smooth.shard(1, 2))
    file = sweep.shard_file(1, 2)
    job = sweep.start("--shard", "1/2", *setting("sweep.block_bits", 8))
    wait_for(lambda: file.exists() and (read(file, "progress/values_done") == 1).any())
    job.kill()
    assert harsanyi("verify", file).code == 2
    assert "shard    1 of 2, of 4 samples in all" in harsanyi("status", file).out
    for options, was in (((), "is none"), (("--shard", "0/2"), "is 0/2"), (("--shard", "1/3"), "is 1/3")):
        (tmp_path / "other.h5").write_bytes(file.read_bytes())
        name = "other.h5" if not options else f"other.shard-{options[1].replace('/', '-of-')}.h5"
        (tmp_path / "other.h5").rename(tmp_path / name)
        sweep.run("-o", tmp_path / "other.h5", *options).ends(1, f"shard (--shard): was 1/2, {was}")
    sweep.run("--shard", "1/2", *setting("model.sleep_us", 0)).ends(0)
    assert last_run(file)["masks"] < 2 << 12
    assert numbers(file) == expected
    sweep.run("--shard", "1/2", "--resume").ends(0, "complete already")
    out = tmp_path / "analyzed.h5"
    assert harsanyi("analyze", file, "-o", out).code == 0
    assert harsanyi("verify", out).code == 0
    assert "none in a shard" in harsanyi("show", file).out


def test_a_stop_in_the_last_unit_finds_it_whole(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(1, 5, sleep_us=40000))
    file = sweep.shard_file(0, 1)
    job = sweep.start("--shard", "0/1")
    wait_for(lambda: file.exists() and last_run(file)["exit"] == b"running")
    time.sleep(0.3)
    job.send(signal.SIGUSR1)
    outcome = job.wait(timeout=20)
    assert "stopping on SIGUSR1" in outcome.err
    assert outcome.code == 0, outcome.err
    assert last_run(file)["exit"] == b"ended"


def test_wrong_shards(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(3, 4))
    for wrong in ("3/3", "-1/3", "1", "1/", "/2", "a/b", "0/0", "0/9999999999"):
        sweep.run(f"--shard={wrong}").ends(1, "--shard takes I/K with 0 <= I < K")
    sweep.run("--shard", "1/4").ends(1, "only 3 samples are selected")
    sweep.run("--shard", "1/3", "-o", sweep.shard_file(1, 3)).ends(1, f"-o {sweep.file}")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["results.yaml"]


def test_damaged(tmp_path: Path) -> None:
    """What a shard says of the whole is not believed."""
    sweep = Sweep(tmp_path, game(5, 4))
    file = sweep.shard(1, 2)
    good = file.read_bytes()

    def refused(what: str) -> None:
        harsanyi("status", file).ends(1, what)
        file.write_bytes(good)

    for name, value in (("shard", 2), ("shard", -1), ("shards", 4), ("shards", 0), ("shards", 2**31 - 1)):
        with h5py.File(file, "r+") as results:
            results.attrs.modify(name, value)
        refused("attributes shard, shards")
    for name, value in (("index", 7), ("label", 3), ("n_players", 2)):
        put(file, f"shard/{name}", value, 3)
        refused("differs from the one in /shard")
    put(file, "shard/n_players", 5, 0)
    refused("1 to 4 expected")
    with h5py.File(file, "r+") as results:
        del results["shard/classes"]
    refused("shard/classes")
