"""The page of harsanyi-report: what it says of files that the program made, that names in it are harmless, that it
refers to nothing outside, and how large it gets."""

import base64
import dataclasses
import hashlib
import re
import time
from html.parser import HTMLParser
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import FULL, Config, Sweep, game, harsanyi, setting
from harsanyi.markup import element, number
from harsanyi.reader import open_results
from harsanyi.report import main, report
from harsanyi.report_data import choose, gather, players
from harsanyi.report_figures import ACROSS
from harsanyi.style import THEMES
from made import with_probes

EVIL = ("<script>alert(1)</script>", 'a"b onload="x', "x&amp;y", "$\\frac{$", "</style>", "]]><b>")
VOID = {"br", "img", "input", "meta", "col", "hr"}
# Elements of SVG that may close themselves.
DRAWN = {"path", "use", "rect", "line", "image", "circle", "polygon", "polyline"}


@pytest.fixture
def drawn() -> None:
    """For tests of what is drawn; to others a figure is an empty drawing, as it takes most of a page's time."""


@pytest.fixture(autouse=True)
def empty_drawings(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "drawn" not in request.fixturenames:
        monkeypatch.setattr(
            "harsanyi.report_figures._drawing",
            lambda _, label, *__: element("svg", role="img", aria_label=label),
        )


class Page(HTMLParser):
    """A page, parsed; whatever is not as HTML should be is a failure at once."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.ids: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._seen(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in DRAWN, tag
        self._seen(tag, attrs)

    def _seen(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id" and value is not None]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "script"):
            self.text += data

    def attributes(self, name: str) -> list[str]:
        return [value for _, attributes in self.tags if (value := attributes.get(name)) is not None]


def page_of(file: Path, details: int = 20) -> Page:
    """The parsed page, which is as every page has to be."""
    with open_results(file) as results:
        text = report(results, details)
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    assert not _outside(page, text)
    assert "could not be drawn" not in page.text
    inside = {"#" + name for name in page.ids}
    assert {target for target in page.attributes("href") if target.startswith("#")} <= inside
    assert dict(page.tags)["html"]["lang"] == "en"
    assert all(attributes.get("alt") for tag, attributes in page.tags if tag == "img")
    assert all(
        attributes.get("aria-label") or attributes.get("aria-hidden") for tag, attributes in page.tags if tag == "svg"
    )
    _headings_in_order(page)
    return page


def _outside(page: Page, text: str) -> list[str]:
    """References that leave the page."""
    targets = page.attributes("href") + page.attributes("src") + page.attributes("srcset") + page.attributes("action")
    found = [target for target in targets if not target.startswith(("#", "data:image/png;base64,"))]
    return found + re.findall(r"@import|url\((?!#)[^)]*\)", text)


def _headings_in_order(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


def swept(folder: Path, config: Config, *options: str) -> Path:
    sweep = Sweep(folder, config)
    outcome = sweep.run(*options)
    assert outcome.code in (0, 2), outcome.err
    return sweep.file


def with_samples(folder: Path, names: tuple[str, ...], classes: list[int]) -> Config:
    """A game on images of 2 x len(names) patches of 4 x 4 pixels... of samples with labels."""
    n = len(names)
    x = np.random.default_rng(0).normal(size=(len(classes), 1, 4, 2 * n)).astype("float32")
    with h5py.File(folder / "samples.h5", "w") as file:
        file["x"] = x
        file["label"] = np.array(classes, dtype="int64")
        file["players"] = np.broadcast_to(np.arange(2 * n) // 2, x.shape[1:]).astype("int32")
        file["baseline"] = np.float32(0)
        file["player_names"] = [name.encode() for name in names]
    return {
        "model": {"backend": "game", "game": "sparse", "terms": 8, "noise": 0.01},
        "samples": {"file": str(folder / "samples.h5")},
        "statistics": {"noise_sigma": 0.01},
    }


def test_says_what_is_in_the_file(tmp_path: Path, drawn: None) -> None:
    file = swept(tmp_path, game(6, 5, seed=3) | {"statistics": {"noise_sigma": 0.01}})
    page = page_of(file)
    with open_results(file) as results:
        first = next(results.strongest(0, 1))
        salient = results.conditions("salient_total")
        assert f"{salient.mean():.3g} ± " in page.text
        monotone = int(results.conditions("monotone").sum())
        assert f"({monotone} of 6)" in page.text
        assert " · ".join(first.players) in page.text
        assert f"{first.effect:+.3g}".replace("-", "−") in page.text
        assert results.attributes["settings_sha256"] in page.text
        assert results.config_text in page.text
    assert "6 done, 0 failed, 0 pending" in page.text
    assert {"summary", "figures", "interactions", "samples", "all-samples", "provenance", "sample-0", "row-5"} <= set(
        page.ids
    )


def answers(file: Path) -> dict[str, str]:
    """The questions of the first section and what is answered, each in one sentence."""
    with open_results(file) as results:
        text = report(results, 1)
    first = text[text.index('<section id="summary"') :].split("</section>")[0]
    assert "<table" not in first and text.index("<figure") < text.index("<table")
    found = re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", first)
    said = {question: Page(f"<p>{answer}</p>").text.replace("\u00a0", " ") for question, answer in found}
    assert list(said) == ["Sparse?", "Monotone?", "Shared across samples?", "Above the noise?"]
    assert all(answer.endswith(".") and ". " not in answer for answer in said.values())
    return said


def test_first_of_all_a_sentence_for_each_question(tmp_path: Path) -> None:
    config = game(5, 6, seed=3) | {"statistics": {"noise_sigma": 0.01}}
    file = swept(tmp_path, config, *setting("sparse.kinds", "and"))
    said = answers(file)
    with open_results(file) as results:
        salient = results.conditions("salient_total")
        sparse = results.family("sparse").conditions("salient_total")
        monotone = int(results.conditions("monotone").sum())
        held = results.summary("transferability/rho_heldout")[list(results.summary("transferability/k")).index(2)]
    assert said["Sparse?"].startswith(
        f"In the median sample {np.median(salient):.0f} of 63 interactions are salient ({100 * salient.mean() / 63:.1f}"
    )
    assert f"; of AND {np.median(sparse):.0f}, joining up to" in said["Sparse?"]
    assert said["Monotone?"].startswith(f"In {monotone} of 5 samples the mean output never falls")
    assert f"The 2 most frequent interactions hold {100 * held:.1f} %" in said["Shared across samples?"]
    assert "σ = 0.0100 (given)" in said["Above the noise?"] and re.search(
        r"In \d of 5 samples", said["Above the noise?"]
    )


def test_what_one_sample_cannot_answer(tmp_path: Path) -> None:
    said = answers(swept(tmp_path, game(1, 4) | {"statistics": {"noise_sigma": "none"}}))
    assert re.match(r"\d+ of 15 interactions are salient, joining up to \d players\.", said["Sparse?"])
    assert said["Shared across samples?"] == "Not known: it takes at least two samples."
    assert said["Above the noise?"] == "Not known (noise of v: not asked for)."


def test_what_constant_values_have(tmp_path: Path) -> None:
    """No class lacks a second sample, and no list of the strongest is empty."""
    constant = {"backend": "game", "game": "constant", "samples": 4, "players": 3}
    text = page_of(swept(tmp_path, {"model": constant})).text
    assert "held out not known (nothing is salient)" in text and "no class has two" not in text
    assert text.count("All its interactions are 0.") == 4 and "none: the threshold τ is 0" in text
    assert "explained output" not in text  # a game has one, without a number


def test_sums_of_samples_with_different_players(tmp_path: Path) -> None:
    """Means over all samples, not over those that have an order."""
    file = swept(tmp_path, game(5, [2, 6]))
    with h5py.File(file, locking=False) as results:
        sums = [np.nansum(results[f"orders/{sign}_sum"][:], axis=1).mean() for sign in ("positive", "negative")]
    text = page_of(file).text
    assert f"Positive interactions sum to {number(sums[0])}, negative ones to {number(sums[1])}; " in text
    assert re.search(r"In the median sample \d+ interactions are salient", text)


def test_wide_tables_fold_on_a_narrow_screen(tmp_path: Path) -> None:
    """All but those of a sample, of which columns are left out there; every cell has a heading to show."""
    with open_results(swept(tmp_path, game(4, 5), *setting("sparse.kinds", "and_or"))) as results:
        text = report(results)
    tables = re.findall("<table(.*?)>(.*?)</table>", text, re.DOTALL)
    for attributes, inside in tables:
        columns = len(re.findall('<th scope="col"', inside))
        assert columns <= 5 or "folds" in attributes or 'class="strongest"' in attributes, attributes
        assert ("folds" in attributes) == (f"--h{columns}:" in attributes)
        assert all(f"var(--h{column})" in text for column in range(1, columns + 1) if "folds" in attributes)


def test_names_and_errors_are_text(tmp_path: Path, drawn: None) -> None:
    file = swept(tmp_path, with_samples(tmp_path, EVIL, [0, 1, 0, 1, 0, 1]))
    with h5py.File(file, "r+") as results:
        results["samples/status"][2] = 2
        results["samples/error"][2] = b"<img src=x onerror=alert(1)> \x01 \xff"
    page = page_of(file)
    for name in EVIL:
        assert name in page.text
    assert "<img src=x onerror=alert(1)> \ufffd" in page.text
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert len([tag for tag, attributes in page.tags if tag == "img"]) == 5


def test_pictures_only_of_the_samples_of_the_file(tmp_path: Path) -> None:
    file = swept(tmp_path, with_samples(tmp_path, ("a", "b", "c"), [0, 1]))
    assert "img" in dict(page_of(file).tags)
    with h5py.File(tmp_path / "samples.h5", "r+") as samples:
        label = samples["label"][()]
        del samples["label"]
        samples["classes"], samples["label"] = [b"no", b"yes"], np.array([b"no", b"yes"])[label]
    assert "img" in dict(page_of(file).tags)
    with h5py.File(tmp_path / "samples.h5", "r+") as samples:
        samples["label"][0] = b"yes"
    assert "img" not in dict(page_of(file).tags)
    (tmp_path / "samples.h5").unlink()
    assert "img" not in dict(page_of(file).tags)


def test_classes_by_name(tmp_path: Path) -> None:
    config = with_samples(tmp_path, ("a", "b"), [0, 1])
    with h5py.File(tmp_path / "samples.h5", "r+") as samples:
        samples["classes"] = [b"no", "<Öl>".encode()]
    text = page_of(swept(tmp_path, config)).text
    assert "Sample 0, class 0 (no)" in text and "Sample 1, class 1 (<Öl>)" in text


def test_failed_and_pending_samples(tmp_path: Path) -> None:
    file = swept(tmp_path, game(4, 4, fault="nan", fault_sample=1, fault_mask=3))
    with h5py.File(file, "r+") as results:
        results["samples/status"][3] = 0
    page = page_of(file)
    assert "2 done, 1 failed, 1 pending" in page.text
    with open_results(file) as results:
        assert results.error(1) and results.error(1) in page.text
    assert {"failed-1", "row-3"} <= set(page.ids) and "sample-1" not in page.ids


def test_nothing_is_done(tmp_path: Path) -> None:
    file = swept(tmp_path, game(1, 4, fault="nan"))
    page = page_of(file)
    assert "0 done, 1 failed" in page.text or "No sample is done" in page.text
    assert "failed-0" in page.ids


def test_without_statistics_across_samples(tmp_path: Path) -> None:
    file = swept(tmp_path, game(3, 4))
    with h5py.File(file, "r+") as results:
        results["summary/valid"][()] = 0
    assert "no statistics across samples" in page_of(file).text


def test_statistics_of_analyze(tmp_path: Path) -> None:
    file = swept(tmp_path, game(3, 4))
    out = tmp_path / "other.h5"
    assert harsanyi("analyze", file, "-o", out, *setting("statistics.salience", 0.2)).code == 0
    assert "0.2 ×" in page_of(out).text
    with open_results(file) as results:
        strongest = " · ".join(next(results.strongest(0, 1)).players)
    assert strongest in page_of(out).text
    file.unlink()
    page = page_of(out)
    assert f"{file.name}`, which does not exist" in page.text
    assert [name for name in page.attributes("href") if name.startswith("#sample-")]  # salient sets need no tables
    assert "Shapley and Banzhaf values" in page.text


@pytest.mark.parametrize("given", [game(1, 1), pytest.param(game(1, 3, game="constant"), marks=FULL), game(3, [1, 3])])
def test_smallest_files(tmp_path: Path, given: Config, drawn: None) -> None:
    page = page_of(swept(tmp_path, given, *setting("sparse.kinds", "and_or")))
    assert not re.search(r"\bnan\b", page.text, re.IGNORECASE)


def test_noise_that_is_not_known(tmp_path: Path) -> None:
    file = swept(tmp_path, game(2, 4) | {"statistics": {"noise_sigma": "none"}})
    assert "Noise floor" in (text := page_of(file).text)
    assert "not known" in text


def test_where_the_noise_is_from(tmp_path: Path) -> None:
    file = swept(tmp_path, game(3, 4) | {"statistics": {"noise_sigma": 0.01}})
    assert "(median; given)" in page_of(file).text
    with h5py.File(file, "r+") as results:
        results["samples/noise_why"][0] = 0
    assert "(median; 1 estimated, from below, 2 given)" in page_of(file).text


def test_warnings_are_shown(tmp_path: Path) -> None:
    file = swept(tmp_path, game(1, 3))
    assert "Warning: " not in page_of(file).text
    with h5py.File(file, "r+") as results:
        results["provenance/warnings"][:2] = [b"<b>one</b>", b"two"]
    assert "Warning: <b>one</b>Warning: two" in page_of(file).text


# ---- several outputs ----


def test_each_output_has_its_part(tmp_path: Path) -> None:
    file = with_probes(tmp_path)
    page = page_of(file, details=3)
    assert "2 outputs, each with statistics of its own: early, late." in page.text
    for place, name in enumerate(("early", "late")):
        assert {f"output-{place}-{part}" for part in ("summary", "figures", "sparse", "all-samples", "row-23")} <= set(
            page.ids
        )
        assert f"{name}: What was found" in page.text and f"output-{place}-row-24" not in page.ids
    assert "figure-layers" in page.ids and "The strongest order: 1 of early" in page.text
    assert page.text.count("Every interaction that") == 2 and "24 of 24 rows done" in page.text
    assert "on 8 samples of" in page.text and re.search(r"Sample \d/[012], class [012]", page.text)
    assert "provenance" in page.ids and "summary" not in page.ids
    with open_results(file) as results:
        counts = [part.conditions("salient_total") for part in results.by_output()]
        assert all(f"{number(count.mean())} ± " in page.text for count in counts)


# ---- families ----


def test_a_part_for_each_family(tmp_path: Path) -> None:
    file = swept(tmp_path, with_samples(tmp_path, EVIL, [0, 1, 0, 1]), *setting("sparse.kinds", "and_or"))
    page = page_of(file)
    assert {"sparse", "sparse-samples", "sparse-frequent", "figure-sparse-families"} <= set(page.ids)
    assert "AND–OR interactions" in page.text and "4 of 4 samples reached the gap asked for" in page.text
    assert "missed the gap" not in page.text
    with open_results(file) as results:
        for i in results.family("sparse").strongest(1, 5):
            assert f"{i.kind.upper()}({' · '.join(i.players)})" in page.text
        zeta = results.family("sparse").solution("zeta")
        assert f"ζ = 0.04 · |v(N) − v(∅)|, {number(zeta.min(), 2)} … {number(zeta.max(), 2)}" in page.text
        l1 = results.family("sparse").solution("l1")
        assert f"{number(np.median(l1))} ({number(l1.min())} … {number(l1.max())})" in page.text


def test_samples_that_missed_their_gap_are_named(tmp_path: Path) -> None:
    file = swept(tmp_path, game(5, 4, terms=6), *setting("sparse.kinds", "and"))
    with h5py.File(file, "r+") as results:
        results["sparse/converged"][3] = 0
        results["sparse/gap"][3] = 0.25
        del results["sparse/summary"]
    page = page_of(file)
    assert "1 of 5 samples missed the gap within sparse.max_iterations = 20000: 3 (gap 0.25)" in page.text
    assert "4 of 5 samples reached the gap asked for" in page.text
    assert "gap\u00a00.25,\u00a0missed" in page.text
    assert "Statistics across samples of AND are not in this file" in page.text
    assert "OR(" not in page.text.replace("OR(…)", "")


def test_a_thousand_samples(tmp_path: Path, drawn: None) -> None:
    file = swept(tmp_path, game(1000, 8, seed=1) | {"statistics": {"noise_sigma": 0.01}})
    start = time.monotonic()
    assert main([str(file), "-o", str(tmp_path / "r.html"), "--samples", "20"]) == 0
    assert time.monotonic() - start < 60
    assert (tmp_path / "r.html").stat().st_size < 10e6
    page = Page((tmp_path / "r.html").read_text())
    assert sum(name.startswith("sample-") for name in page.ids) == 20
    assert sum(name.startswith("row-") for name in page.ids) == 1000


def test_detail_shows_every_class(tmp_path: Path) -> None:
    file = swept(tmp_path, with_samples(tmp_path, ("a", "b"), [0, 1, 2, 3] * 5 + [4]))
    with open_results(file) as results:
        assert choose(results, 5) == sorted(choose(results, 5))
        assert {int(results.label[row]) for row in choose(results, 5)} == {0, 1, 2, 3, 4}
        assert len(choose(results, 9)) == 9
        assert choose(results, 100) == list(range(21))
        assert choose(results, 0) == []


def test_page_allows_its_own_script_only(tmp_path: Path) -> None:
    with open_results(swept(tmp_path, game(2, 3))) as results:
        text = report(results)
    (script,) = re.findall("<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = next(attributes for _, attributes in Page(text).tags if "http-equiv" in attributes)
    assert policy["content"] == (
        f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    )


def test_figures_take_the_colours_of_the_page(tmp_path: Path, drawn: None) -> None:
    """No colour of the light theme is left in a figure: it would stay in the dark."""
    with open_results(swept(tmp_path, game(6, 5, seed=3) | {"statistics": {"noise_sigma": 0.01}})) as results:
        text = report(results)
        assert text == report(results)  # the same file, the same page
    drawings = re.findall(r"<figure.*?</figure>", text, re.DOTALL)
    assert len(drawings) == len(ACROSS)
    light = dataclasses.asdict(THEMES["light"]).values()
    assert [colour for drawing in drawings for colour in light if colour in drawing] == []
    assert all("var(--" in drawing for drawing in drawings if "<svg" in drawing)
    for theme in THEMES.values():
        assert all(f": {colour};" in text for colour in dataclasses.asdict(theme).values())


def test_default_place_and_complaints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = swept(tmp_path, game(1, 3))
    assert main([str(file)]) == 0
    assert (tmp_path / "results.html").read_text().startswith("<!DOCTYPE html>")
    assert main([str(tmp_path / "none.h5")]) == 1
    assert "no such file" in capsys.readouterr().err
    assert main([str(file), "-o", str(tmp_path / "no/where.html")]) == 1
    assert not (tmp_path / "no").exists()
    before = file.read_bytes()
    assert main([str(file), "-o", str(file)]) == 1
    assert file.read_bytes() == before
    with pytest.raises(SystemExit, match="1"):
        main([str(file), "--samples", "-1"])


def test_tables_too_large_to_read_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The samples in detail come first; of the others as many as fit."""
    file = swept(tmp_path, game(6, 5))
    monkeypatch.setattr("harsanyi.report_data.MOST_ENTRIES", 2 * 2 * 2**5)
    page = page_of(file, details=3)
    assert "for a part of the samples only" in page.text
    assert sum(name.startswith("sample-") for name in page.ids) == 2
    with open_results(file) as results:
        assert len(gather(results, 3, 5).strongest) == 4


def test_more_samples_than_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("report_data", "report_samples"):
        monkeypatch.setattr(f"harsanyi.{module}.MOST_LINES", 4)
    page = page_of(swept(tmp_path, game(9, 4, seed=5)), details=2)
    assert "The first 4 of the 9 samples" in page.text
    assert sum(name.startswith("row-") for name in page.ids) == 4


def test_links_lead_both_ways(tmp_path: Path) -> None:
    """From a frequent interaction to the samples in which it is salient, from a sample's line to the interaction."""
    page = page_of(swept(tmp_path, game(8, 4, seed=5)))
    targets = page.attributes("href")
    assert any(target.startswith("#interaction-") for target in targets)
    assert any(target.startswith("#sample-") for target in targets)


def test_frequent_interactions_are_those_of_the_summary(tmp_path: Path) -> None:
    """Frequencies and samples against a plain count."""
    file = swept(tmp_path, game(9, 4, seed=5))
    with open_results(file) as results:
        data = gather(results, 3, 100)
        for k, mask in enumerate(data.frequent):
            salient = [any(i.mask == mask and i.salient for i in results.strongest(row)) for row in range(9)]
            assert list(data.salient[:, k]) == salient
            assert results.summary("interactions/frequency")[k] == sum(salient) / 9


def test_large_sets_are_told_by_what_they_lack(tmp_path: Path) -> None:
    with open_results(swept(tmp_path, game(1, 8))) as results:
        assert players(results, 0, 0b1111_1111) == '<span title="0 · 1 · 2 · 3 · 4 · 5 · 6 · 7">all 8 players</span>'
        assert ">all but <bdi>0</bdi> · <bdi>7</bdi><" in players(results, 0, 0b0111_1110)
        assert players(results, 0, 0b1_1111) == " · ".join(f"<bdi>{player}</bdi>" for player in range(5))
