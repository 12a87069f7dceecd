"""Figures of texts: the prompt with arcs, strength by class of player, agreement between files."""

from __future__ import annotations

import sys
import warnings
from contextlib import ExitStack
from itertools import combinations
from pathlib import Path

import h5py
import numpy as np
import pytest
from harsanyi import figures
from harsanyi.agreement_figure import agreement_data
from harsanyi.class_figure import classes_data
from harsanyi.data import effects_data
from harsanyi.figures.command import main
from harsanyi.pictures import are_pictures, are_texts
from harsanyi.prompt_figure import laid_out, placed, players_in_a_row, width
from harsanyi.prompts import Prompt, prompt_of, prompt_of_bytes, read_prompts
from harsanyi.reader import open_results, titles
from harsanyi.report_data import gather
from harsanyi.report_figures import of_sample
from harsanyi.report_samples import frequent_interactions
from harsanyi.sample_figure import prompt_of_row
from harsanyi.samples.command import main as make
from harsanyi.style import letters_missed
from harsanyi.tables import summary_data
from made import of_tables, swept
from matplotlib.text import Text

GAME = """
import numpy as np

def predict(sample, masks):
    m = masks.astype(float)
    return SCALE * m[:, 0] * m[:, 1] - m[:, 2:].prod(1) + m[:, 0] + len(sample.prompt.target or "")
"""
PROMPTS = "The [capital] of [France] with [the Größe] is\t Paris\n[One] [two] [three] <b>$x$</b>\n"


def results_of(folder: Path, name: str, scale: float) -> Path:
    (folder / f"{name}.py").write_text(f"SCALE = {scale}\n{GAME}")
    model = {"backend": "process", "function": f"{name}:predict", "takes": "masks", "python": sys.executable}
    made = swept(folder, {"model": model, "samples": {"file": "prompts.h5"}})
    return made.rename(folder / f"{name}.h5")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Samples with classes, and the results of two models of them."""
    folder = tmp_path_factory.mktemp("prompts")
    (folder / "prompts.txt").write_text(PROMPTS)
    assert make(["from-prompts", str(folder / "prompts.txt"), "-o", str(folder / "prompts.h5")]) == 0
    with h5py.File(folder / "prompts.h5", "r+") as file:
        file["player_class"] = [[b"relevant", b"relevant", b"irrelevant"]] * 2
    for name, scale in (("one", 2.0), ("two", -3.0)):
        results_of(folder, name, scale)
    return folder


def test_prompts_that_are_read_from_right_to_left() -> None:
    """Their first word stands at the right, a phrase too, and what follows at the left."""
    text = "كان يا ما كان"
    prompt = Prompt(text, ((0, 3), (4, 9)), " عظيم")
    words = laid_out(prompt, 5.0)
    assert [word.text for word in sorted(words, key=lambda word: -word.left)] == [*text.split(), "←", "عظيم"]
    assert max(word.right for word in words) == 5.0
    row = players_in_a_row(prompt, ["كان", "يا ما"], 5.0)
    assert [word.player for word in row] == [1, 0] and row[0].right < row[1].left


def test_letters_that_no_font_has_are_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    with letters_missed("test"), warnings.catch_warnings():
        for _ in range(2):
            warnings.warn("Glyph 21507 (\\N{CJK}) missing from font(s) DejaVu Sans.", stacklevel=1)
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "test: no font here has 吃: boxes are drawn" in said


def test_no_prompts_words_stand_for_all(folder: Path) -> None:
    """Where players have other names in other samples, frequent interactions name numbers."""
    with open_results(folder / "one.h5") as results:
        assert results.shared_names() == ["player 0", "player 1", "player 2"]
        assert set("".join(effects_data(results)["players"])) <= set("player012 +")
        assert "player 0" in frequent_interactions(gather(results, 1, 5))


def test_a_prompt_is_the_same_from_file_and_process(folder: Path) -> None:
    first, second = read_prompts(folder / "prompts.h5")
    assert first.words() == ["the Größe", "France", "capital"] and first.target == " Paris"
    assert second.target is None
    assert [text for text, player in first.pieces() if player >= 0] == ["capital", "France", "the Größe"]
    assert "".join(text for text, _ in first.pieces()) == first.text
    data = (first.text + "\0" + (first.target or "")).encode()
    players = np.full(len(data), -1)
    for player, (begin, end) in enumerate(first.spans):
        players[len(first.text[:begin].encode()) : len(first.text[:end].encode())] = player
    assert prompt_of_bytes(np.frombuffer(data, np.uint8).astype(np.int32), players) == first


@pytest.mark.parametrize("span", [(0, 0), (0, 9), (1, 3)])
def test_spans_that_are_no_part_of_the_text(span: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="no part of the text"):
        prompt_of("äb", [span], None)


def test_words_fit_the_width_and_do_not_overlap() -> None:
    prompt = Prompt("one two\nthree " + "four " * 40, ((0, 3), (8, 13)), " five")
    words = laid_out(prompt, 2.0)
    assert [word.text for word in words] == [*prompt.text.split(), "→", "five"]
    assert all(word.right <= 2.0 + 1e-9 for word in words)
    assert [(word.player, word.line) for word in words[:3]] == [(0, 0), (-1, 0), (1, 1)]
    assert all(a.right < b.left for a, b in combinations(words, 2) if a.line == b.line)


def test_arcs_of_a_level_are_apart_and_no_two_feet_are_on_a_spot() -> None:
    text = "a b c d e f g h"
    prompt = Prompt(text, tuple((i, i + 1) for i in range(0, len(text), 2)))
    random = np.random.default_rng(0)
    masks = random.choice(np.arange(1, 256), 12, replace=False).astype(np.uint64)
    effects = random.normal(size=12)
    columns = {"mask": masks, "effect": effects, "kind": np.array(["", "or"] * 6), "salient": effects > 0}
    drawn = placed(players_in_a_row(prompt, text.split(), 5.0), columns)
    assert [len(one.feet) for one in drawn] == [int(mask).bit_count() for mask in masks]
    feet = [foot for one in drawn for foot in one.feet]
    assert len(set(np.round(feet, 6))) == len(feet)
    for a, b in combinations(drawn, 2):
        if a.level == b.level:
            assert a.feet[-1] < b.feet[0] or b.feet[-1] < a.feet[0]
            half = (width(a.label, 7) + width(b.label, 7)) / 2
            assert abs(a.feet[0] + a.feet[-1] - b.feet[0] - b.feet[-1]) / 2 > half


def test_slanted_words_begin_within_the_figure() -> None:
    names = ["An introductory phrase", "of", "some", "more", "United Kingdom", "words"]
    prompt = Prompt(" " * len(names), tuple((place, place + 1) for place in range(len(names))))
    for inches in (3.0, 2.2):
        words = players_in_a_row(prompt, names, inches)
        assert any(width(word.text) > word.right - word.left for word in words)
        ends = [(word.left + word.right) / 2 + 0.05 for word in words]
        starts = [end - width(word.text) * np.cos(np.radians(40)) for word, end in zip(words, ends, strict=True)]
        assert min(starts) > -1e-6 and words[-1].right == pytest.approx(inches)


def test_the_figure_of_a_text_has_its_words_and_effects(folder: Path) -> None:
    with open_results(folder / "one.h5") as results:
        ax = figures.sample(results, 0)
        shown = {text.get_text() for text in ax.findobj(Text)}
        assert {"capital", "France", "Größe", "Paris", "with", "+2", "+1", "−1"} <= shown
        assert figures.sample(results, 1, width=2.0).get_children()
        results._settings["samples.file"] = "elsewhere.h5"
        assert prompt_of_row(results, 0) is None
        assert figures.sample(results, 0).get_xlabel() == "interaction I(S)"


def test_the_report_shows_texts(folder: Path) -> None:
    with open_results(folder / "one.h5") as results:
        assert are_texts(results) and not are_pictures(results)
        drawn = [of_sample(results, row) or "" for row in (0, 1)]
    assert "Behind each player: its Shapley value." in drawn[0] and ">capital<" in drawn[0]
    assert "&lt;b&gt;$x$&lt;/b&gt;" in drawn[1] and "<b>$x$" not in drawn[1]


def test_strength_by_class(folder: Path) -> None:
    with open_results(folder / "one.h5") as results:
        columns = classes_data(results)
    of = {name: i for i, name in enumerate(columns["classes"])}
    assert set(of) == {"relevant", "irrelevant"}
    np.testing.assert_allclose(columns["share"][of["relevant"]], 0.75)  # +2 and +1 of 4
    np.testing.assert_allclose(columns["negative"][of["irrelevant"]], -0.25)
    assert columns["count"][of["relevant"]] == 2 and columns["samples"].tolist() == [2, 2]


def test_agreement_between_files(folder: Path) -> None:
    with open_results(folder / "one.h5") as one, open_results(folder / "two.h5") as two:
        columns = agreement_data([one, one, two])
        interactions = [results.interactions(0)[1:] for results in (one, two)]
    assert columns["samples"].tolist() == [2, 2, 2]
    np.testing.assert_allclose(columns["correlation"], [1] + [np.corrcoef(*interactions)[0, 1]] * 2)
    np.testing.assert_allclose(columns["jaccard"], 1)


def test_files_of_one_name_are_told_apart_by_their_folders(folder: Path, tmp_path: Path) -> None:
    for place, name in (("delete", "one"), ("a/mask", "two"), ("b/mask", "one")):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "r.h5").symlink_to(folder / f"{name}.h5")
    with ExitStack() as opened:
        paths = [tmp_path / "delete/r.h5", tmp_path / "a/mask/r.h5", tmp_path / "b/mask/r.h5", folder / "one.h5"]
        files = [opened.enter_context(open_results(path)) for path in paths]
        said = ["delete/r", "a/mask/r", "b/mask/r", "one"]
        assert titles(files) == summary_data(files)["file"].tolist() == said
        assert titles(files[:1] * 2) == ["r", "r"]
        ax = figures.agreement(files)[0]
        for axis in (ax.get_xticklabels(), ax.get_yticklabels()):
            assert [label.get_text() for label in axis] == said
        panels = figures.strength_boxes(files[:3])
        assert [panel.get_title(loc="left").split("\n")[0] for panel in panels] == said[:3]
        (tmp_path / "c").mkdir()
        unknown = of_tables(tmp_path / "c", np.random.default_rng(0).normal(size=(1, 8))).rename(tmp_path / "c/r.h5")
        ax = figures.strength_boxes([files[0], opened.enter_context(open_results(unknown))])[0]
        assert "noise floor: unknown (c/r)" in [text.get_text() for text in ax.figure.findobj(Text)]


def test_files_of_other_players_do_not_compare(folder: Path, tmp_path: Path) -> None:
    other = of_tables(tmp_path, np.random.default_rng(0).normal(size=(2, 8)))
    with open_results(folder / "one.h5") as one, open_results(other) as two:
        with pytest.raises(ValueError, match="has other players"):
            agreement_data([one, two])
        for function, says in ((figures.classes, "of which class"), (figures.agreement, "two results files or more")):
            shown = " ".join(text.get_text().replace("\n", " ") for text in function(two).texts)
            assert says in shown


def test_the_command_draws_them(folder: Path) -> None:
    files = [str(folder / "one.h5"), str(folder / "two.h5")]
    assert main([*files, "-o", str(folder / "out"), "--figure", "agreement"]) == 0
    assert {path.suffix for path in (folder / "out").glob("agreement.*")} == {".pdf", ".svg", ".png", ".csv", ".txt"}
    assert "correlation" in (folder / "out/agreement.csv").read_text()
