"""What a sweep was warned of is kept in its file, and said by whatever is asked about the file."""

import json
from pathlib import Path

import h5py
import numpy as np
from harness import Sweep, game, harsanyi, opened

DIFFER = "players have different names in different samples: statistics across samples compare players by their number"


def kept(file: Path) -> list[str]:
    with opened(file) as results:
        return [text.decode() for text in results["provenance/warnings"][:] if text]


def assert_said(file: Path, warnings: list[str]) -> None:
    for command in ("show", "status", "verify"):
        said = [line for line in harsanyi(command, file).out.splitlines() if line.startswith("warning: ")]
        assert said == [f"warning: {text}" for text in warnings], command
    assert json.loads(harsanyi("status", file, "--json").out)["warnings"] == warnings


def sweep_of_names(folder: Path) -> Sweep:
    """Two samples whose players are not called the same."""
    with h5py.File(folder / "samples.h5", "w") as samples:
        samples["x"] = np.random.default_rng(0).normal(size=(2, 3))
        samples["player_names"] = np.array([[b"a", b"b", b"c"], [b"a", b"c", b"b"]])
    samples_of = {"file": "samples.h5", "players": "elements", "baseline": "zero"}
    return Sweep(folder, {"model": {"backend": "game", "game": "sparse"}, "samples": samples_of})


def test_kept_once_and_carried_on(tmp_path: Path) -> None:
    sweep = sweep_of_names(tmp_path)
    sweep.complete()
    assert kept(sweep.file) == [DIFFER]
    assert_said(sweep.file, [DIFFER])
    with h5py.File(sweep.file, "r+", locking=False) as results:
        results["summary/valid"][()] = 0
    sweep.complete()
    assert kept(sweep.file) == [DIFFER]
    with h5py.File(sweep.file, "r+", locking=False) as results:
        results["provenance/warnings"][1] = b"of old"
    out = tmp_path / "out.h5"
    assert harsanyi("analyze", sweep.file, "-o", out).code == 0
    assert kept(out) == [DIFFER, "of old"]
    assert_said(out, [DIFFER, "of old"])


def test_merge_keeps_those_of_all_shards(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(4, 4))
    shards = []
    for shard, warnings in enumerate(([b"one", b"two"], [b"two", b"three"])):
        assert sweep.run("--shard", f"{shard}/2").code == 0
        shards.append(tmp_path / f"results.shard-{shard}-of-2.h5")
        with h5py.File(shards[-1], "r+", locking=False) as results:
            results["provenance/warnings"][:2] = warnings
    assert harsanyi("merge", sweep.file, *shards).code == 0
    assert_said(sweep.file, ["one", "two", "three"])


def test_none_and_control_characters(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(1, 3))
    sweep.complete()
    assert_said(sweep.file, [])
    with h5py.File(sweep.file, "r+", locking=False) as results:
        results["provenance/warnings"][0] = b"\x1b[31mred"
    assert_said(sweep.file, ["?[31mred"])
