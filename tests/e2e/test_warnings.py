"""What a sweep was warned of is kept in its file, and said by whatever is asked about the file."""

import json
from pathlib import Path

import numpy as np
from harness import Sweep, game, harsanyi, opened, put, samples_file, swept

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
    names = np.array([[b"a", b"b", b"c"], [b"a", b"c", b"b"]])
    named = samples_file(folder, np.random.default_rng(0).normal(size=(2, 3)), player_names=names)
    return Sweep(folder, {"model": {"backend": "game", "game": "sparse"}, "samples": named})


def test_kept_once_and_carried_on(tmp_path: Path) -> None:
    sweep = sweep_of_names(tmp_path)
    sweep.complete()
    assert kept(sweep.file) == [DIFFER]
    assert_said(sweep.file, [DIFFER])
    put(sweep.file, "summary/valid", 0, ())
    sweep.complete()
    assert kept(sweep.file) == [DIFFER]
    put(sweep.file, "provenance/warnings", b"of old", 1)
    out = tmp_path / "out.h5"
    assert harsanyi("analyze", sweep.file, "-o", out).code == 0
    assert kept(out) == [DIFFER, "of old"]
    assert_said(out, [DIFFER, "of old"])


def test_summaries_name_no_player_where_names_differ(tmp_path: Path) -> None:
    sweep = sweep_of_names(tmp_path)
    sweep.complete()
    said = harsanyi("show", sweep.file).out.partition("salient in most")[2].partition("Transferability")[0]
    assert "numbers, as names differ" in said and "{0" in said and "{a" not in said


def test_merge_keeps_those_of_all_shards(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(4, 4))
    shards = sweep.shards(2)
    for file, warnings in zip(shards, ([b"one", b"two"], [b"two", b"three"]), strict=True):
        put(file, "provenance/warnings", warnings, np.s_[:2])
    assert harsanyi("merge", sweep.file, *shards).code == 0
    assert_said(sweep.file, ["one", "two", "three"])


def test_none_and_control_characters(tmp_path: Path) -> None:
    sweep = swept(tmp_path, game(1, 3))
    assert_said(sweep.file, [])
    put(sweep.file, "provenance/warnings", b"\x1b[31mred", 0)
    assert_said(sweep.file, ["?[31mred"])
