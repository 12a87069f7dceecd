"""Figures and tables: their numbers against plain loops, their files, and what they must leave alone."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from math import comb, pi, sqrt
from pathlib import Path
from xml.etree import ElementTree

import h5py
import matplotlib as mpl
import numpy as np
import pytest
from harness import FULL, digits, game, rebuilt, setting
from harsanyi import data, figures, style, tables
from harsanyi.figures.command import main as run
from harsanyi.reader import Results, open_results
from harsanyi.sample_figure import _outline, as_image, inputs_of, measured
from made import SIGMA, of_tables, read_csv, set_status, shared, swept, with_probes
from matplotlib import pyplot
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text
from PIL import Image


@pytest.fixture(scope="module")
def image_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shared(tmp_path_factory, "image", lambda folder: swept(folder, digits("4:6"))) / "results.h5"


@pytest.fixture
def named(named_file: Path) -> Iterator[Results]:
    with open_results(named_file) as results:
        yield results


@pytest.fixture(scope="module")
def probes_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shared(tmp_path_factory, "probes", with_probes) / "results.h5"


@pytest.fixture
def probes(probes_file: Path) -> Iterator[Results]:
    with open_results(probes_file) as results:
        yield results


@pytest.fixture
def image(image_file: Path) -> Iterator[Results]:
    with open_results(image_file) as results:
        yield results


def draw(name: str, results: Results, **options: object) -> object:
    if name == "agreement":  # of a file with itself: it is between files
        ax = options.pop("ax", None)
        return figures.agreement([results, results], ax=ax and [ax], **options)[0]  # type: ignore[arg-type]
    arguments = [0] if name == "sample" else []
    return figures.FIGURES[name](results, *arguments, **options)


def named_by_folder(results: Results) -> str:
    """Both files are called results.h5."""
    return f"{results.path.parent.name}/{results.path.stem}"


def words(ax: object) -> str:
    """All that is written on a figure."""
    figure = ax.figure  # type: ignore[attr-defined]
    return "\n".join(text.get_text() for text in figure.findobj(Text))


# ---- numbers ----


def orders_of(n: int) -> np.ndarray:
    return np.array([mask.bit_count() for mask in range(2**n)])


def test_boxes_are_means_of_each_samples_boxes(named: Results) -> None:
    columns = data.strength_boxes_data(named)
    order = orders_of(12)
    assert columns["order"].tolist() == list(range(1, 13))
    for m in range(1, 13):
        strengths = [np.abs(named.interactions(row)[order == m]) for row in range(12)]
        for name, share in (("q1", 25), ("median", 50), ("q3", 75), ("max", 100)):
            assert columns[name][m - 1] == pytest.approx(np.mean([np.percentile(s, share) for s in strengths]))
        lows = []
        for s in strengths:
            q1, q3 = np.percentile(s, [25, 75])
            lows.append(s[s >= q1 - 1.5 * (q3 - q1)].min())
        assert columns["whisker_low"][m - 1] == pytest.approx(np.mean(lows))
        assert columns["noise_floor"][m - 1] == pytest.approx(SIGMA * 2 ** (m / 2))


def test_curve_is_the_mean_of_sorted_strengths(named: Results) -> None:
    columns = data.strength_curve_data(named)
    curves = []
    for row in range(12):
        strength = np.sort(np.abs(named.interactions(row)[1:]))[::-1]
        curves.append(strength / strength[0])
    mean = np.mean(curves, axis=0)
    assert columns["strength"] == pytest.approx(mean[columns["rank"] - 1])
    largest = np.array([np.abs(named.interactions(row)[1:]).max() for row in range(12)])
    assert columns["noise_middle"][0] == pytest.approx(np.mean(SIGMA * 2**3 / largest))
    assert columns["noise_first"][0] == pytest.approx(np.mean(SIGMA * 2**0.5 / largest))


def test_mean_outputs_and_signed_sums(named: Results) -> None:
    outputs, signed = data.monotonicity_data(named), data.signed_strength_data(named)
    order = orders_of(12)
    for m in range(13):
        means = [(named.values(row) - named.values(row)[0])[order == m].mean() for row in range(12)]
        assert outputs["output"][m] == pytest.approx(np.mean(means), abs=1e-12)
        assert outputs["std"][m] == pytest.approx(np.std(means), abs=1e-12)
    for m in range(1, 13):
        effects = [named.interactions(row)[order == m] for row in range(12)]
        assert signed["positive"][m - 1] == pytest.approx(np.mean([e[e > 0].sum() for e in effects]), abs=1e-9)
        assert signed["negative"][m - 1] == pytest.approx(np.mean([e[e < 0].sum() for e in effects]), abs=1e-9)
        assert signed["noise"][m - 1] == pytest.approx(comb(12, m) * SIGMA * 2 ** (m / 2) / sqrt(2 * pi))


def test_effects_are_those_of_the_most_frequent_sets(named: Results) -> None:
    columns = data.effects_data(named, top=3)
    threshold = named.conditions("threshold")
    effects = np.array([named.interactions(row) for row in range(12)])
    salient = np.abs(effects) >= threshold[:, np.newaxis]
    salient[:, 0] = False
    ranked = sorted(range(4096), key=lambda mask: (-salient[:, mask].sum(), mask))[:3]
    assert list(dict.fromkeys(columns["mask"].tolist())) == ranked
    for rank, mask in enumerate(ranked, 1):
        of_set = columns["rank"] == rank
        there = effects[salient[:, mask], mask]
        assert columns["samples"][of_set].sum() == len(there)
        assert columns["low"][of_set][0] <= there.min() and there.max() <= columns["high"][of_set][-1]
        assert columns["frequency"][of_set][0] == len(there) / 12
        assert columns["players"][of_set][0] == " + ".join(named.players_of(0, mask))


@pytest.mark.parametrize("family", ["harsanyi", "sparse"])
def test_effects_of_several_targets(probes_file: Path, family: str) -> None:
    """Each target has lines of its own, with the bins of all; together they are all."""
    with open_results(probes_file) as results:
        late = results.of_output("late")
        columns = data.effects_data(late, top=2, family=family)
        assert list(dict.fromkeys(columns["target"].tolist())) == ["all", "0", "1", "2"]
        names = ("samples", "positive", "frequency", "low", "effect_mean")
        numbers = {name: columns[name].reshape(4, 2, -1) for name in names}
        for name in ("samples", "positive"):
            assert numbers[name][0].tolist() == numbers[name][1:].sum(axis=0).tolist()
        assert (numbers["low"] == numbers["low"][0]).all()
        assert numbers["frequency"][0] == pytest.approx(numbers["frequency"][1:].mean(axis=0))
        drawn = late.family(family)
        mask, kind = int(columns["mask"][0]), drawn.kinds.index(columns["kind"][0])
        rows = [row for row in late.done if late.target[row] == 2]
        effects = np.array([drawn.interactions(row).reshape(-1, 64)[kind, mask] for row in rows])
        salient = np.array([drawn.salient(row).reshape(-1, 64)[kind, mask] for row in rows])
        assert numbers["effect_mean"][3, 0, 0] == pytest.approx(effects[salient].mean(), nan_ok=True)


def test_exponents_are_those_of_monotone_samples(named: Results) -> None:
    columns = data.exponents_data(named)
    order = orders_of(12)
    expected = {}
    for row in range(12):
        outputs = [(named.values(row) - named.values(row)[0])[order == m].mean() for m in range(13)]
        if all(b >= a for a, b in pairwise(outputs)) and outputs[1] > 0:
            expected[row] = max(np.log(outputs[m] / outputs[1]) / np.log(m) for m in range(2, 13))
    assert dict(zip(columns["sample"].tolist(), columns["p_paper"], strict=True)) == pytest.approx(expected)


def test_a_table_of_the_conditions(named: Results) -> None:
    columns = tables.conditions_data([named])
    monotone = named.conditions("monotone") == 1
    assert columns["monotone_percent"][0] == pytest.approx(100 * monotone.mean())
    order = orders_of(12)
    counts = []
    for row in np.flatnonzero(monotone):
        strength = np.abs(named.interactions(int(row)))
        counts.append((strength[order > 0] >= 0.05 * strength[order > 0].max()).sum())
    assert columns["salient_mean"][0] == pytest.approx(np.mean(counts))
    assert columns["salient_std"][0] == pytest.approx(np.std(counts))


# ---- families ----


def sparse_of(results: Results, row: int) -> np.ndarray:
    """|I(S)| of AND and OR without the empty set, [2, 4095]."""
    return np.abs(results.family("sparse").interactions(row)[:, 1:])


def test_families_in_numbers(named: Results) -> None:
    columns = data.families_data(named)
    lines = list(zip(columns["sample"], columns["family"], columns["kind"], strict=True))
    assert lines == [
        (sample, *place)
        for place in (("harsanyi", ""), ("sparse", ""), ("sparse", "and"), ("sparse", "or"))
        for sample in range(12)
    ]
    k, explained = named.family("sparse").curve_axis("k"), named.family("sparse").curves("r2") >= 0.95
    for row in range(12):
        strength = sparse_of(named, row)
        tau = 0.05 * strength.max()
        total, ands, ors = (columns["strength"][12 * part + row] for part in (1, 2, 3))
        assert columns["strength"][row] == pytest.approx(np.abs(named.interactions(row)[1:]).sum())
        assert [total, ands, ors] == pytest.approx([strength.sum(), *strength.sum(axis=1)])
        counts = [columns["salient"][12 * part + row] for part in (1, 2, 3)]
        assert counts == [(strength >= tau).sum(), *(strength >= tau).sum(axis=1)]
        assert columns["explaining"][12 + row] == k[explained[row]].min()
    assert np.isnan(columns["explaining"][24:]).all() and (columns["converged"] == 1).all()
    assert np.isnan(columns["gap"][:12]).all() and (columns["gap"][12:] <= 1e-3).all()


def test_curves_and_boxes_of_kinds(named: Results) -> None:
    columns = data.strength_curve_data(named, "sparse")
    curves = []
    for row in range(12):
        strength = np.sort(sparse_of(named, row).ravel())[::-1]
        curves.append(strength / strength[0])
    assert columns["strength"] == pytest.approx(np.mean(curves, axis=0)[columns["rank"] - 1])
    assert np.isnan(columns["noise_middle"]).all()
    boxes = data.strength_boxes_data(named, "sparse", "or")
    pairs = orders_of(12)[1:] == 2
    medians = [np.median(sparse_of(named, row)[1][pairs]) for row in range(12)]
    assert boxes["median"][1] == pytest.approx(np.mean(medians))
    with pytest.raises(ValueError, match="'sparse' has no kind ''; there are: "):
        data.strength_boxes_data(named, "sparse")


def test_salient_ones_by_order(named: Results) -> None:
    columns = data.salient_orders_data(named)
    assert list(zip(columns["family"], columns["kind"], strict=True))[::12] == [
        ("harsanyi", ""),
        ("sparse", "and"),
        ("sparse", "or"),
    ]
    pairs = orders_of(12) == 2
    counts = [named.family("sparse").salient(row)[1][pairs].sum() for row in range(12)]
    assert columns["salient"][24 + 1] == pytest.approx(np.mean(counts))


def test_statistics_across_samples_of_each_family(named: Results) -> None:
    sparse = named.family("sparse")
    salient = np.array([sparse.salient(row)[:, 1:] for row in range(12)])
    first = data.effects_data(named, 1, "sparse")
    kind, mask = sparse.kinds.index(first["kind"][0]), int(first["mask"][0])
    assert salient[:, kind, mask - 1].sum() == salient.sum(axis=0).max() == 12 * first["frequency"][0]
    inside = np.array([sparse.interactions(row)[kind, mask] for row in range(12)])[salient[:, kind, mask - 1]]
    assert first["effect_mean"][0] == pytest.approx(inside.mean())
    rho = data.transferability_data(named, "sparse")
    shares = salient[:, kind, mask - 1] / salient.sum(axis=(1, 2))
    assert rho["k"][0] == 1 and rho["rho"][0] == pytest.approx(shares.mean())
    output = data.monotonicity_data(named, "sparse")["output"]
    tables_w = [rebuilt(sparse.interactions(row)) for row in range(12)]
    assert output[5] == pytest.approx(np.mean([(w - w[0])[orders_of(12) == 5].mean() for w in tables_w]), abs=1e-9)
    faithful = data.faithfulness_data(named, "sparse")
    assert faithful["zeta"][0] == pytest.approx(sparse.solution("zeta").mean())
    assert np.isnan(data.faithfulness_data(named)["zeta"]).all()


def test_panels_of_families(named: Results, image: Results) -> None:
    for name in figures.OF_FAMILIES[1:]:
        both = figures.of_families(name, named)
        assert len(both) == (3 if name == "strength_boxes" else 2)
        assert "AND" in both[1].get_title(loc="left") and "AND" not in both[0].get_title(loc="left")
    dividends, sparse = figures.of_families("effects", named, top=2)
    assert all(re.match(r"(AND|OR)\(", label.get_text()) for label in sparse.get_yticklabels())
    assert "(" not in dividends.get_yticklabels()[0].get_text()
    low, high = figures.of_families("transferability", named)[0].get_ylim()
    assert low == 0 and high > data.transferability_data(named, "sparse")["rho"].max()
    assert len(figures.of_families("monotonicity", [image, named])) == 3


def test_tables_have_a_line_for_each_family(named: Results, image: Results) -> None:
    columns = tables.conditions_data([image, named])
    assert columns["interactions"].tolist() == ["dividends", "dividends", "AND–OR"]
    counts = named.family("sparse").conditions("salient_total").sum(axis=1)
    monotone = named.family("sparse").conditions("monotone") == 1
    assert columns["salient_mean"][2] == pytest.approx(counts[monotone].mean())
    assert columns["bounded_samples"][2] == 0 and "AND--OR & " in tables.conditions_table([named])
    assert "interactions &" not in tables.summary_table([image]).replace("salient interactions", "")
    limits = named.family("sparse").conditions("order_limit").max(axis=1)
    assert tables.summary_data([named])["order_limit_mean"][1] == pytest.approx(limits.mean())


def test_kinds_are_labelled(named: Results, image: Results) -> None:
    said = words(figures.sample(named, 0))
    assert "dividends: Σ|I|" in said and "AND–OR: Σ|I|" in said and "\nAND(" in said and "\nOR(" in said
    assert [ax.get_title(loc="left") for ax in figures.boxes_of_families(named)] == ["dividends", "AND", "OR"]
    assert "AND–OR" in words(figures.strength_curve(named))
    both = figures.boxes_of_families([image, named])
    stems = [ax.get_title(loc="left").splitlines()[0] for ax in both]
    assert stems == [named_by_folder(image)] + [named_by_folder(named)] * 3
    assert "the only interactions in this file" in words(figures.families(image)).replace("\n", " ")


def test_a_missed_gap_is_said(named: Results, tmp_path: Path) -> None:
    path = tmp_path / "missed.h5"
    shutil.copy(named.path, path)
    with h5py.File(path, "r+") as file:
        file["sparse/converged"][4:6] = [0, 255]
    with open_results(path) as results:
        assert results.family("sparse").missed().tolist() == [4, 5]
        assert ", missed" in data.facts(results.family("sparse"), 4).replace(data.UNBROKEN, " ")
        said = words(figures.families(results))
        assert "missed its gap" in said and "in 10 of 12 samples" in said.replace("\n", " ")
        assert data.families_data(results)["converged"].sum() == 48 - 6
    assert "missed" not in words(figures.families(named))


def test_what_a_family_lacks_is_said(named: Results, tmp_path: Path) -> None:
    path = tmp_path / "old.h5"
    shutil.copy(named.path, path)
    with h5py.File(path, "r+") as file:
        del file["sparse/curves"], file["sparse/summary"]
    with open_results(path) as results:
        for name in ("effects", "transferability", "faithfulness"):
            without = figures.of_families(name, results)[1]
            assert "Statistics across samples of AND–OR are not" in words(without).replace("\n", " ")
        assert tables.summary_data([results])["r2"][0] > 0 and np.isnan(tables.summary_data([results])["r2"][1])
        assert "AND–OR: no strength curve in this file" in words(figures.strength_curve(results))
        assert "not in the file" in words(figures.families(results))


# ---- several outputs ----


@pytest.mark.usefixtures("numbers_only")
def test_outputs_are_drawn_apart(probes_file: Path, tmp_path: Path) -> None:
    def command(*options: str) -> dict[str, list[str]]:
        assert run([str(probes_file), "-o", str(tmp_path), *options]) == 0
        return read_csv(tmp_path / f"{options[1]}.csv")

    assert set(command("--figure", "exponents")["file"]) == {f"{probes_file}, {name}" for name in ("early", "late")}
    with open_results(probes_file) as results:
        late = results.of_output("late")
        means = command("--figure", "signed_strength", "--model-output", "late")["positive"]
        assert [float(mean) for mean in means] == data.signed_strength_data(late)["positive"].tolist()
        options = ("--sample", "5", "--target", "2", "--model-output", "late", "--top", "1")
        effect = float(command("--figure", "sample", *options)["effect"][0])
        assert effect == next(results.strongest(results.row_of(5, "late", 2))).effect
        assert "sample 5/2" in words(figures.sample(late, late.row_of(5, target=2)))
        titles = [ax.get_title(loc="left").splitlines()[0] for ax in figures.exponents(results.by_output())]
        assert titles == ["results, early", "results, late"]
    assert command("--figure", "conditions_table")["file"] == [f"results, {n}" for n in ("early", "late") for _ in "12"]
    again = (tmp_path / "sample.txt").read_text().split()
    assert again[-6:] == ["--sample", "5", "--target", "2", "--model-output", "late"]


def test_layers_are_lines(probes_file: Path) -> None:
    with open_results(probes_file) as results:
        ax = figures.layers(results)
        columns = data.layers_data(results)
        assert columns["output"].tolist() == ["early"] * 6 + ["late"] * 6
        order = orders_of(6)
        for place, name in enumerate(("early", "late")):
            rows = np.flatnonzero(results.output == place)
            strength = np.array([np.abs(results.interactions(int(row))) for row in rows])
            pairs, total = strength[:, order == 2].sum(axis=1), strength[:, 1:].sum(axis=1)
            assert columns["strength"][6 * place + 1] == pytest.approx(pairs.mean())
            assert columns["share"][6 * place + 1] == pytest.approx((pairs / total).mean())
            line = next(line for line in ax.lines if line.get_label() == name)
            assert line.get_ydata()[1] == pytest.approx(100 * columns["share"][6 * place + 1])
        with pytest.raises(data.NothingToDraw, match="There is one output"):
            data.layers_data(results.of_output("late"))


# ---- what every figure does ----


@pytest.mark.parametrize("name", list(figures.FIGURES))
def test_draws_on_given_axes_and_changes_no_settings(name: str, named: Results, probes: Results) -> None:
    if name == "layers":
        named = probes
    before = dict(mpl.rcParams)
    canvas = Figure()
    mine = canvas.subplots()
    assert draw(name, named, ax=mine) is mine
    assert mine.has_data() or mine.images
    assert pyplot.get_fignums() == []  # nothing that could be shown
    own = draw(name, named)
    assert own.figure is not canvas  # type: ignore[attr-defined]
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", list(figures.FIGURES))
def test_files_of_final_size(name: str, named: Results, probes: Results, tmp_path: Path) -> None:
    if name == "layers":
        named = probes
    ax = draw(name, named, width=style.width_of("icml", "column"))
    paths = figures.save(ax.figure, tmp_path / "a.b", "icml", "column", ["made", "by me"])  # type: ignore[attr-defined]
    assert [path.name for path in paths] == ["a.b.pdf", "a.b.svg", "a.b.png", "a.b.csv", "a.b.txt"]
    pdf = paths[0].read_bytes()
    box = re.search(rb"/MediaBox \[ 0 0 ([0-9.]+) ([0-9.]+) \]", pdf)
    assert box and float(box[1]) == pytest.approx(72 * 3.25, abs=0.01)
    assert b"/CIDFontType2" in pdf and b"/FontFile2" in pdf and b"/Type3" not in pdf
    svg = ElementTree.parse(paths[1]).getroot()
    assert float(svg.attrib["width"].removesuffix("pt")) == pytest.approx(72 * 3.25, abs=0.01)
    assert Image.open(paths[2]).width == pytest.approx(300 * 3.25, abs=1)
    assert paths[4].read_text() == "made 'by me'\n"
    nothing_is_cut_off(ax)


@pytest.mark.parametrize(
    ("name", "journal", "width", "inches"),
    [
        ("sample", "ieee", "text", 7.16),
        ("effects", "icml", "text", 6.75),
        ("monotonicity", "iclr", "text", 5.5),
        ("exponents", "ieee", "column", 3.5),
    ],
)
@pytest.mark.usefixtures("numbers_only")
def test_other_sizes(name: str, journal: str, width: str, inches: float, named: Results, tmp_path: Path) -> None:
    ax = draw(name, named, width=style.width_of(journal, width))
    figures.save(ax.figure, tmp_path / "a", journal, width)  # type: ignore[attr-defined]
    assert ax.figure.get_figwidth() == inches  # type: ignore[attr-defined]
    nothing_is_cut_off(ax)


def nothing_is_cut_off(ax: object) -> None:
    figure = ax.figure  # type: ignore[attr-defined]
    assert min(text.get_fontsize() for text in figure.findobj(Text)) >= 7
    figure.draw_without_rendering()
    taken, page = figure.get_tightbbox(), figure.bbox_inches
    slack = 0.02  # inches: letters reach a little over their boxes
    assert page.x0 - slack <= taken.x0 and taken.x1 <= page.x1 + slack
    assert page.y0 - slack <= taken.y0 and taken.y1 <= page.y1 + slack
    for legend in figure.findobj(Legend):
        assert not legend.get_window_extent().overlaps(ax.bbox)  # type: ignore[attr-defined]


def test_fonts_as_pdffonts_sees_them(named: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("pdffonts") is None:
        pytest.skip("pdffonts is not installed (poppler-utils)")
    monkeypatch.setattr("harsanyi.style.FORMATS", ("pdf",))
    path = figures.save(figures.faithfulness(named).figure, tmp_path / "f")[0]  # type: ignore[arg-type]
    fonts = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert fonts
    for font in fonts:
        assert "CID TrueType" in font and re.search(r"TrueType\s+\S+\s+yes", font), font


@pytest.mark.usefixtures("numbers_only")
def test_csv_reads_back_as_the_same_bits(named: Results, tmp_path: Path) -> None:
    figures.save(figures.strength_boxes(named).figure, tmp_path / "f")  # type: ignore[arg-type]
    read, columns = read_csv(tmp_path / "f.csv"), data.strength_boxes_data(named)
    assert list(read) == list(columns)
    for name, column in columns.items():
        back = np.array(read[name]).astype(column.dtype)
        assert np.array_equal(back, column, equal_nan=column.dtype.kind == "f")


@pytest.mark.usefixtures("numbers_only")
def test_several_files_side_by_side(named: Results, image: Results, tmp_path: Path) -> None:
    axes = figures.strength_boxes([named, image])
    assert len(axes) == 2 and axes[0].get_shared_y_axes().joined(*axes)
    assert axes[0].figure is axes[1].figure
    titles = [ax.get_title(loc="left").splitlines()[0] for ax in axes]
    assert titles == [named_by_folder(named), named_by_folder(image)]
    low, high = axes[0].get_ylim()
    largest = max(data.strength_boxes_data(one)["max"].max() for one in (named, image))
    assert low < SIGMA * 2 and high > largest
    assert "noise floor: unknown" in words(axes[0]) or np.isfinite(image.noise_floor(0)).all()
    figures.save(axes[0].figure, tmp_path / "two", "icml", "text")  # type: ignore[arg-type]
    assert set(read_csv(tmp_path / "two.csv")["file"]) == {str(named.path), str(image.path)}
    given = list(Figure().subplots(1, 2))
    assert figures.panels(figures.monotonicity, [named, image], ax=given) == given
    with pytest.raises(ValueError, match="2 results files need as many axes, not 1"):
        figures.monotonicity([named, image], ax=given[:1])


def test_dark_is_dark(named: Results) -> None:
    ax = figures.monotonicity(named, theme="dark")
    assert sum(ax.get_facecolor()[:3]) < 0.5 < 2 < sum(mpl.colors.to_rgb(ax.xaxis.label.get_color()))


def test_the_noise_floor_is_drawn_or_said_to_be_unknown(named: Results, tmp_path: Path) -> None:
    strengths = ("sample", "strength_curve", "strength_boxes", "signed_strength", "faithfulness")
    with open_results(of_tables(tmp_path, np.random.default_rng(0).normal(size=(3, 16)))) as unknown:
        for name in strengths:
            assert "noise floor: unknown" in words(draw(name, unknown)), name
            assert "unknown" not in words(draw(name, named)), name
            assert "noise" in words(draw(name, named)), name


# ---- Fig. 1 ----


def test_the_image_and_its_patches_come_from_the_samples_file(image: Results) -> None:
    inputs = inputs_of(image, 1)
    assert inputs is not None
    with h5py.File(str(image.setting("samples.file"))) as file:
        assert np.array_equal(inputs.image, file["x"][5, 0])
        assert np.array_equal(inputs.players, file["players"][0])
    ax = figures.sample(image, 1, top=4)
    assert len(ax.images) == 5 and len(ax.collections) == 4
    assert "sample 5" in words(ax)
    effect = next(image.strongest(1)).effect
    assert f"{effect:+.3g}".replace("-", "−") in words(ax)


def test_only_absent_patches_are_veiled(image: Results) -> None:
    ax = figures.sample(image, 0, top=1)
    inputs, mask = inputs_of(image, 0), next(image.strongest(0)).mask
    assert inputs is not None
    whole, marked = (np.asarray(shown.get_array()) for shown in ax.images)
    present = np.array([[mask >> player & 1 for player in line] for line in inputs.players], dtype=bool)
    assert np.allclose(whole[present], marked[present])
    assert (marked[~present] >= whole[~present]).all() and (marked[~present] > whole[~present]).any()


def test_outlines_join_patches_that_touch() -> None:
    present = np.zeros((4, 4), dtype=bool)
    present[:2, :] = True  # two patches of 2 x 2, side by side
    segments = {tuple(map(tuple, segment)) for segment in _outline(present)}
    assert len(segments) == 2 * 4 + 2 * 2
    assert ((0, 0), (1, 0)) in segments and ((4, 1), (4, 2)) in segments
    assert ((2, 0), (2, 1)) not in segments  # the border between them


def test_a_given_image(image: Results) -> None:
    colours = np.random.default_rng(0).uniform(size=(8, 8, 3))
    assert len(figures.sample(image, 0, top=2, image=colours).images) == 3
    with pytest.raises(ValueError, match="give players="):
        figures.sample(image, 0, image=np.zeros((5, 5)))


@pytest.mark.parametrize(
    ("shape", "shown"),
    [
        ((3, 8, 6), (8, 6, 3)),
        ((1, 8, 6), (8, 6)),
        ((8, 6), (8, 6)),
        ((8, 6, 3), (8, 6, 3)),
        ((8, 1), None),
        ((30,), None),
        ((5, 8, 6), None),
    ],
)
def test_what_is_an_image(shape: tuple[int, ...], shown: tuple[int, ...] | None) -> None:
    image = as_image(np.zeros(shape))
    assert (image.shape if image is not None else None) == shown


def test_an_effect_is_told_in_noise_floors() -> None:
    assert measured(-1.234, float("nan")) == "−1.23"
    assert measured(0.5, 12.34) == "+0.5\n12.3 ×"
    assert measured(0.5, 360_000.0) == "+0.5\n$3.6\\cdot10^{5}$ ×"


def test_features_are_named(named: Results) -> None:
    ax = figures.sample(named, 3, top=5)
    first = next(named.strongest(3))
    assert not ax.images and len(ax.get_yticks()) == 10
    assert first.players[0].split()[0] in ax.get_yticklabels()[0].get_text()


# ---- what has nothing to draw, or little ----


def draws_all(results: Results, folder: Path) -> dict[str, str]:
    said = {}
    for name in figures.FIGURES:
        ax = draw(name, results, width=3.25)
        ax.figure.draw_without_rendering()  # type: ignore[attr-defined]
        said[name] = words(ax)
    figures.boxes_of_families(results, width=3.25)[0].figure.draw_without_rendering()  # type: ignore[union-attr]
    for name in tables.TABLES:
        tables.save_table(name, [results], folder / name)
    return said


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "values",
    [
        [[0.0, 1.0], [0.5, 2.0]],  # one player
        pytest.param([[0.0, 1.0, 2.0, 4.0]], marks=FULL),  # two, one sample
        [[2.0] * 16] * 3,  # a constant model
        pytest.param([[0.0] * 15 + [1.0]], marks=FULL),  # one interaction
        [[float(mask & 1) for mask in range(16)], [0.0] * 16],  # one of two samples is constant
    ],
)
def test_poor_files(values: list[list[float]], tmp_path: Path) -> None:
    with open_results(of_tables(tmp_path, values, *setting("sparse.kinds", "and_or"))) as results:
        said = draws_all(results, tmp_path)
    if len(set(values[0])) == 1:
        assert "All interactions of this sample are 0." in said["sample"]
        for name in ("strength_boxes", "signed_strength", "families"):
            assert "All interactions are 0." in said[name]
        assert "No interaction is salient" in said["transferability"]


@pytest.mark.filterwarnings("error")
def test_uneven_players_are_said(tmp_path: Path) -> None:
    with open_results(swept(tmp_path, game(6, [2, 5]), *setting("sparse.kinds", "and_or"))) as results:
        assert data.monotonicity_data(results)["samples"].tolist() == [6, 6, 6, 4, 2, 1]
        said = draws_all(results, tmp_path)
    for name in ("strength_boxes", "salient_orders", "monotonicity", "signed_strength"):
        assert "n = 2 … 5: means over the samples that have the order" in " ".join(said[name].split())


def test_zeros_on_a_log_axis_are_said(tmp_path: Path) -> None:
    values = [[float(mask & 1) + 3.0 * (mask == 15) for mask in range(16)]]
    with open_results(of_tables(tmp_path, values)) as results:
        assert "0 from rank 3" in words(figures.strength_curve(results))
        assert "down to 0: order 1, 2, 3" in words(figures.strength_boxes(results))


@pytest.mark.filterwarnings("error")
def test_a_running_sweep_and_failed_samples(tmp_path: Path) -> None:
    path = swept(tmp_path, game(4, 5))
    for row in range(3):
        set_status(path, row, 0)
    with h5py.File(path, "r+", locking=False) as file:
        file["summary/valid"][()] = 0
    with open_results(path) as results:
        said = draws_all(results, tmp_path)
        assert "Sample 0 is not done yet." in said["sample"]
        for name in ("effects", "strength_curve", "transferability", "faithfulness"):
            assert "no statistics across samples" in said[name].replace("\n", " ")
        assert data.monotonicity_data(results)["samples"].tolist() == [1] * 6
    set_status(path, 3, 0)
    with open_results(path) as results:
        assert "No sample is done yet." in draws_all(results, tmp_path)["monotonicity"]
    for row in range(4):
        set_status(path, row, 2, "out of luck")
    with open_results(path) as results:
        said = draws_all(results, tmp_path)
        assert "All samples failed." in said["strength_boxes"]
        assert "Sample 0 failed: out of luck" in said["sample"]


# ---- style ----


def test_ticks_are_plain_text(named: Results) -> None:
    ax = figures.strength_curve(named)
    ax.set_xlim(1.5, 7)
    ax.figure.draw_without_rendering()  # type: ignore[union-attr]
    assert "10⁻²" in [tick.get_text() for tick in ax.get_yticklabels()]
    assert "2×10⁰" in [tick.get_text() for tick in ax.get_xticklabels(minor=True)]
    linear = figures.monotonicity(named)
    linear.plot([1, 2], [0, 3e7])
    linear.figure.draw_without_rendering()  # type: ignore[union-attr]
    assert linear.yaxis.get_offset_text().get_text() == "×10⁷"


def test_widths_that_are_not_known() -> None:
    with pytest.raises(ValueError, match="styles: iclr, icml, ieee; widths: column, text"):
        style.width_of("nature", "text")
