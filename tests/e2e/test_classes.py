"""Classes and sorts of players in words: from the samples file to the results file, its shards, analyses and tables."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import CANCER, Sweep, cancer, datasets_of, harsanyi, hdf5, of_values, read, setting
from harsanyi.reader import open_results
from test_merge import everything, merge

GIVEN = datasets_of(CANCER["samples"])
CLASSES = [b"malignant", "gutartig – ß".encode()]
SORTS = [b"size", b"shape", b"size", b"shape"] * 3
OWN = [[sort + (b"" if row % 2 else b" here") for sort in SORTS] for row in range(len(GIVEN["x"]))]


def made(folder: Path, **changed: object) -> Sweep:
    folder.mkdir(exist_ok=True)
    hdf5(folder / "samples.h5", **{**GIVEN, "classes": CLASSES, "player_class": SORTS, **changed})
    return Sweep(folder, cancer("0:5", "samples.h5"))


@pytest.fixture
def sweep(tmp_path: Path) -> Sweep:
    sweep = made(tmp_path)
    sweep.complete()
    return sweep


def test_labels_in_words(tmp_path: Path, sweep: Sweep) -> None:
    """The same sweep as with numbers, bit for bit."""
    words = made(tmp_path / "words", label=np.array(CLASSES)[GIVEN["label"]])
    words.complete()
    words.has(sweep.numbers())
    plain = made(tmp_path / "plain")
    with h5py.File(plain.folder / "samples.h5", "r+") as samples:
        del samples["classes"], samples["player_class"]
    plain.complete()
    lists = {"samples/class_names", "samples/player_class"}
    assert words.numbers().keys() - lists == plain.numbers().keys()
    plain.has({name: data for name, data in sweep.numbers().items() if name not in lists})


def test_kept_and_shown(sweep: Sweep) -> None:
    with open_results(sweep.file) as results:
        assert results.class_names == tuple(name.decode() for name in CLASSES)
        assert results.player_classes(0) == [sort.decode() for sort in SORTS]
    assert sweep.read("samples/class_names").tolist() == CLASSES
    assert sweep.read("samples/player_class").tolist() == SORTS
    sweep.verify()
    label = int(GIVEN["label"][1])
    shown = harsanyi("show", sweep.file, "--sample", 1).ends(0).out
    name = CLASSES[label].decode()
    assert f"Sample 1: label {label} ({name}), target {label} ({name}), 12 players" in shown
    names = [name.decode() for name in GIVEN["player_names"]]
    assert f"  size: {{{names[0]}, {names[2]}" in shown and f"  shape: {{{names[1]}, {names[3]}" in shown


@pytest.mark.parametrize("sorts", [SORTS, OWN], ids=["shared", "own"])
def test_shards_analyses_and_tables(tmp_path: Path, sorts: list[bytes]) -> None:
    whole = made(tmp_path, player_class=sorts)
    whole.complete()
    expected = everything(whole.file)
    whole.file.rename(tmp_path / "whole.h5")
    merge(whole.file, *whole.shards(2)).ends(0)
    found = everything(whole.file)
    assert [name for name in expected if found.get(name) != expected[name]] == []
    lists = ("samples/class_names", "samples/player_class", "samples/player_names")
    for out, made_by in (
        (tmp_path / "analyzed.h5", ("analyze", tmp_path / "whole.h5", "-o")),
        (tmp_path / "again.h5", ("run", Sweep(tmp_path, of_values("whole.h5"), "again.h5").config, "-o")),
    ):
        harsanyi(*made_by, out).ends(0)
        for name in lists:
            assert read(out, name).tolist() == read(tmp_path / "whole.h5", name).tolist(), name
    rest = tmp_path / "rest.h5"
    harsanyi("analyze", tmp_path / "whole.h5", "-o", rest, "--select", "1:2").ends(0)
    assert read(rest, "samples/player_class").tolist() == (sorts if sorts is SORTS else sorts[1])


def test_other_sorts_are_another_shard(tmp_path: Path) -> None:
    """Names decide no number, and no hash: but shards of one sweep have the same."""
    a, b = made(tmp_path / "a"), made(tmp_path / "b", classes=[b"x", b"y"])
    merge(tmp_path / "merged.h5", a.shard(0, 2), b.shard(1, 2)).ends(1, "other names")


def test_words_that_are_no_class(tmp_path: Path) -> None:
    sweep = made(tmp_path, label=np.array([b"cat"] * len(GIVEN["x"])))
    harsanyi("plan", sweep.config).ends(1, "/label: sample 0: 'cat' is not among /classes")
    sweep.run(*setting("model.target", "predicted")).ends(1, "'cat' is not among /classes")
