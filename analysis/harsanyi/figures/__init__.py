"""Figures of results files, as in the paper (arXiv 2305.01939).

    from harsanyi import figures
    from harsanyi.reader import open_results

    with open_results("results.h5") as results:
        ax = figures.strength_boxes(results)
        figures.save(ax.figure, "boxes", style="icml", width="column")

Every function takes one results file, or several to draw side by side, and `ax=`; it returns the axes, shows nothing
and leaves matplotlib's settings alone. The numbers come from harsanyi.data, where what they are is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, NullFormatter
from numpy.typing import NDArray

from harsanyi import data
from harsanyi.agreement_figure import agreement
from harsanyi.class_figure import classes
from harsanyi.markup import grouped
from harsanyi.picture import Picture, figure, legend_line, panels, plain, positive_only, short_names, width_of
from harsanyi.reader import ROOT, Results
from harsanyi.sample_figure import sample
from harsanyi.style import SMALL, THEMES, Theme, save

__all__ = [
    "FIGURES",
    "OF_FAMILIES",
    "agreement",
    "effects",
    "boxes_of_families",
    "classes",
    "exponents",
    "faithfulness",
    "families",
    "layers",
    "monotonicity",
    "of_families",
    "panels",
    "salient_orders",
    "sample",
    "save",
    "signed_strength",
    "strength_boxes",
    "strength_curve",
    "transferability",
]

ROW = 0.42  # inches of a row with names
ORDERS_PER_INCH = 3.5  # numbers of two digits that fit
STRIP = 0.2  # inches of a row of dots
GOLDEN = 0.618034  # of any number of dots, neighbours are far apart
SMALLEST = 1e-6  # of the strongest: less is rounding of the solver
MARKERS = "os^Dv"
FEW = 20  # points that a line alone would not show


@figure(shared="none", wide=True)
def effects(ax: Axes, theme: Theme, results: Results, top: int = 6, family: str = ROOT) -> Picture:
    """Fig. 2, right: how the effects of the sets that are most often salient are spread over the samples, of one
    family. Each row has a scale of its own: its highest bar is its fullest bin."""
    columns = data.effects_data(results, top, family)
    labels = []
    rows = int(columns["rank"][-1])
    for rank in range(1, rows + 1):
        of_set = (columns["rank"] == rank) & (columns["target"] == data.ALL)
        low, high, samples = (columns[name][of_set] for name in ("low", "high", "samples"))
        middle = (low + high) / 2
        heights = 0.8 * samples / max(samples.max(), 1)
        wide = np.where(high > low, high - low, np.nan)
        colours = np.where(middle >= 0, theme.positive, theme.negative)
        if np.isfinite(wide).any():
            ax.bar(middle, heights, wide, bottom=rows - rank, color=colours, linewidth=0)
        else:  # one value only
            ax.vlines(middle, rows - rank, rows - rank + heights, color=colours)
        ax.axhline(rows - rank, color=theme.grid, linewidth=0.6, zorder=0)
        first = np.argmax(of_set)
        share = f"in {100 * columns['frequency'][first]:.0f} % of the samples"
        names = short_names(columns["players"][first], results.players, ax, 2, columns["kind"][first])
        labels.append(f"{names}\n{share}")
    ax.axvline(0, color=theme.muted, linewidth=0.6)
    ax.set_yticks([rows - rank + 0.4 for rank in range(1, rows + 1)], labels)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(-0.05, rows)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("effect I(S) where S is salient")
    return Picture(columns, title=_of(results, family), height=0.8 + ROW * rows)


@figure()
def strength_curve(ax: Axes, theme: Theme, results: Results) -> Picture:
    """Fig. 3: strengths of all interactions of each family, sorted, log y; noise floor of the smallest, middle and
    largest order of the dividends."""
    columns = data.strength_curve_data(results)
    rank = columns["rank"]
    several = len(results.families) > 1
    legend: list[Any] = _curve(ax, columns, theme.positive, "dividends" if several else "mean over samples")
    for name, colour in zip(results.families[1:], (theme.third, theme.fourth), strict=False):
        try:
            of_family = data.strength_curve_data(results, name)
        except data.NothingToDraw as nothing:
            legend.append(legend_line(str(nothing)))
            continue
        legend += _curve(ax, of_family, colour, results.family(name).label)
        columns = data.stacked([columns, of_family])
    first, middle, last = (columns[f"noise_{name}"][0] for name in ("first", "middle", "last"))
    if middle > 0:
        ends = [rank[0], rank[-1]]
        band = ax.fill_between(ends, first, last, color=theme.grid, linewidth=0, zorder=0)
        of = "dividends’ noise" if several else "noise floor"
        band.set_label(f"{of}, order 1 … n")
        (floor,) = ax.plot(ends, [middle, middle], color=theme.muted, linestyle="--", label=f"{of}, order n/2")
        legend += [floor, band]
    else:
        legend.append(_no_floor(first))
    salience = results.setting("statistics.salience")
    if salience and results.setting("statistics.salience_scale") == "max":
        level = ax.axhline(float(salience), color=theme.negative, linestyle=":", label=f"salience {salience}")
        legend.append(level)
    _log_y(ax)
    if several:
        ax.set_ylim(bottom=max(ax.get_ylim()[0], SMALLEST))
    ax.set_xscale("log")
    ax.set_xlabel("rank")
    ax.set_ylabel("strength |I(S)| / max |I|")
    return Picture(columns, legend)


def _curve(ax: Axes, columns: data.Columns, colour: str, label: str) -> list[Any]:
    """The line of a family; the legend says where it ends at 0."""
    rank, strength = columns["rank"], columns["strength"]
    few = "o" if (strength > 0).sum() <= FEW else ""
    zero = f" (0 from rank {rank[strength <= 0][0]:,})" if (strength <= 0).any() else ""
    look = few + "-"
    return ax.plot(rank, positive_only(strength), look, color=colour, label=label + zero, markersize=3)


@figure()
def strength_boxes(ax: Axes, theme: Theme, results: Results, family: str = ROOT, kind: str = "") -> Picture:
    """Fig. 4: strengths by order as box plots, log y, with the noise floor; of one kind of a family."""
    columns = data.strength_boxes_data(results, family, kind)
    names = {"whislo": "whisker_low", "q1": "q1", "med": "median", "q3": "q3", "whishi": "whisker_high"}
    shown = [place for place in range(len(columns["order"])) if columns["samples"][place] > 0]
    boxes: list[dict[str, Any]] = [
        {key: float(columns[name][place]) for key, name in names.items()} | {"fliers": []} for place in shown
    ]
    line = {"color": theme.positive, "linewidth": 0.8}
    ax.set_yscale("log")
    ax.bxp(
        boxes,
        positions=columns["order"][shown],
        widths=0.6,
        patch_artist=True,
        showfliers=False,
        manage_ticks=False,
        boxprops={"facecolor": theme.grid, "edgecolor": theme.positive, "linewidth": 0.8},
        medianprops={"color": theme.ink, "linewidth": 1.2},
        whiskerprops=line,
        capprops=line,
    )
    (largest,) = ax.plot(
        columns["order"], positive_only(columns["max"]), "^", color=theme.negative, markersize=3.5, label="strongest"
    )
    box = Patch(facecolor=theme.grid, edgecolor=theme.positive, label="quartiles, 1.5 IQR")
    legend: list[Any] = [box, largest]
    if family == ROOT:
        legend.append(_floor(ax, columns["order"], columns["noise_floor"], theme))
    zero = [int(columns["order"][place]) for place in shown if columns["whisker_low"][place] == 0]
    if zero and family == ROOT:  # of the sparse ones most are 0, or rounding of the solver
        legend.append(legend_line(f"down to 0: order {', '.join(map(str, zero))}"))
    _log_y(ax)
    _orders(ax, columns["order"])
    ax.set_ylabel("strength |I(S)|")
    if family != ROOT:
        ax.set_ylim(bottom=max(ax.get_ylim()[0], SMALLEST * float(columns["max"].max())))
    what = (kind.upper() or "dividends") if len(results.families) > 1 else ""
    return Picture(columns, legend, "; ".join(filter(None, [what, _uneven(results)])))


def boxes_of_families(results: Results | Sequence[Results], **options: Any) -> list[Axes]:  # noqa: ANN401 (those of panels)
    """Fig. 4 of each kind of each family of one or several files: a panel each."""
    files = [results] if isinstance(results, Results) else results
    pairs = [(file, name, kind) for file in files for name in file.families for kind in file.family(name).kinds]
    each = [{"family": name, "kind": kind} for _, name, kind in pairs]
    return panels(strength_boxes, [file for file, _, _ in pairs], each=each, **options)


def of_families(name: str, results: Results | Sequence[Results], **options: Any) -> list[Axes]:  # noqa: ANN401 (those of panels)
    """A figure of OF_FAMILIES of one or several files: a panel for each family, in strength_boxes for each kind."""
    if name == "strength_boxes":
        return boxes_of_families(results, **options)
    files = [results] if isinstance(results, Results) else results
    pairs = [(file, family) for file in files for family in file.families]
    return panels(FIGURES[name], [file for file, _ in pairs], each=[{"family": one} for _, one in pairs], **options)


@figure()
def salient_orders(ax: Axes, theme: Theme, results: Results) -> Picture:
    """How many interactions are salient by order, mean over samples, of each kind of each family."""
    columns = data.salient_orders_data(results)
    legend: list[Any] = []
    for name, kind, colour, marker in _kinds(results, theme):
        drawn = (columns["family"] == name) & (columns["kind"] == kind)
        label = kind.upper() or "dividends"
        counts = positive_only(columns["salient"][drawn])
        legend += ax.plot(columns["order"][drawn], counts, f"{marker}-", color=colour, markersize=3.5, label=label)
    _log_y(ax)
    _orders(ax, columns["order"])
    ax.set_ylabel("salient interactions a sample")
    return Picture(columns, legend, _uneven(results))


def _kinds(results: Results, theme: Theme) -> list[tuple[str, str, str, str]]:
    """Family, kind, colour and marker of all there are."""
    pairs = [(name, kind) for name in results.families for kind in results.family(name).kinds]
    looks = [(theme.positive, "o"), (theme.third, "s"), (theme.fourth, "^")]
    return [(*pair, *look) for pair, look in zip(pairs, looks, strict=False)]


@figure(shared="x")
def families(ax: Axes, theme: Theme, results: Results) -> Picture:
    """Each family's strength, number of salient interactions and number of those that explain v, sample by sample."""
    columns = data.families_data(results)
    groups = (
        ("strength", "strength Σ|I|, in units of v"),
        ("salient", "salient interactions"),
        ("explaining", f"strongest that give R² ≥ {data.EXPLAINED:g}"),
    )
    ticks, names, line = [], [], 0.0
    for quantity, heading in groups:
        line -= 1.15
        ax.text(0, line, heading, transform=ax.get_yaxis_transform(), va="center", fontsize=SMALL, color=theme.muted)
        for label, colour, drawn in _strips(results, theme, columns, quantity):
            line -= 1
            _strip(ax, theme, columns[quantity][drawn], columns["converged"][drawn] == 1, line, colour)
            ticks.append(line)
            names.append(label)
    ax.set_yticks(ticks, names)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(line - 0.6, -0.5)
    ax.set_xscale("log")
    ax.set_xlabel("a dot is a sample; right: median")
    legend: list[Any] = [Line2D([], [], color=theme.ink, marker="|", linestyle="none", markersize=8, label="median")]
    if (columns["converged"] == 0).any():
        hollow = {"marker": "o", "linestyle": "none", "color": theme.muted, "markerfacecolor": theme.paper}
        legend.append(Line2D([], [], **hollow, markersize=3, label="missed its gap"))  # type: ignore[arg-type]
    if any((columns[quantity] == 0).any() for quantity, _ in groups):
        legend.append(legend_line("0 is left out"))
    return Picture(columns, legend, _solved(results), height=1.0 + STRIP * -line)


def _strips(
    results: Results, theme: Theme, columns: data.Columns, quantity: str
) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Label, colour and lines of each family and, where they are known, of its kinds."""
    for name, colour in zip(results.families, (theme.positive, theme.third), strict=False):
        kinds = results.family(name).kinds
        for kind in ("", *(kinds if len(kinds) > 1 and quantity != "explaining" else ())):
            label = f"of these {kind.upper()}" if kind else results.family(name).label
            shade = theme.fourth if kind == "or" else colour
            yield label, shade, (columns["family"] == name) & (columns["kind"] == kind)


def _strip(
    ax: Axes, theme: Theme, numbers: data.Column, converged: NDArray[np.bool_], line: float, colour: str
) -> None:
    """A dot for each number above 0, spread so that equal ones show, and what their median is."""
    spread = (np.arange(len(numbers)) * GOLDEN % 1 - 0.5) * 0.5
    shown = np.isfinite(numbers) & (numbers > 0)
    for some, face in ((shown & converged, colour), (shown & ~converged, theme.paper)):
        ax.plot(
            numbers[some],
            line + spread[some],
            "o",
            color=colour,
            markerfacecolor=face,
            markersize=2.5,
            markeredgewidth=0.6,
            alpha=0.7,
        )
    known = numbers[~np.isnan(numbers)]
    middle = float(np.median(known)) if len(known) else float("nan")
    if 0 < middle < np.inf:
        ax.plot(middle, line, "|", color=theme.ink, markersize=8, markeredgewidth=1.4)
    text = "not in the file" if np.isnan(middle) else "never" if middle == np.inf else grouped(middle)
    ax.text(1.02, line, text, transform=ax.get_yaxis_transform(), va="center", fontsize=SMALL, color=theme.ink)


def _solved(results: Results) -> str:
    """How many rows reached their gap, and in which band they rebuild v."""
    said = []
    for family in map(results.family, results.families):
        if family.solved:
            reached = len(results.done) - len(family.missed())
            asked, share = results.setting("sparse.gap"), results.setting("sparse.denoise")

            band = f"ζ = {share} |v(N) − v(∅)|".replace(" ", data.UNBROKEN)
            said.append(f"gap ≤ {asked} in {reached} of {len(results.done)} samples; {band}")
    return "; ".join(said)


@figure()
def monotonicity(ax: Axes, theme: Theme, results: Results, family: str = ROOT) -> Picture:
    """Fig. 5a: mean output by order, mean over samples with a band of one standard deviation; of v, or of the table w
    that another family rebuilds."""
    columns = data.monotonicity_data(results, family)
    order, output, std = columns["order"], columns["output"], columns["std"]
    band = ax.fill_between(order, output - std, output + std, color=theme.positive, alpha=0.22, linewidth=0)
    band.set_label("± standard deviation")
    (line,) = ax.plot(order, output, "o-", color=theme.positive, markersize=3, label="mean over samples")
    ax.axhline(0, color=theme.muted, linewidth=0.6, zorder=0)
    _orders(ax, order)
    ax.set_ylabel("mean of v(S) − v(∅)" if len(results.families) == 1 else "mean output, less that of ∅")
    flags = results.family(family).conditions("monotone")
    known = flags[np.isfinite(flags)]
    of = "" if len(results.families) == 1 else "v: " if family == ROOT else f"w of {results.family(family).label}: "
    fact = f"{of}{int(known.sum())} of {len(known)} samples monotone" if len(known) else ""
    return Picture(columns, [line, band], "; ".join(filter(None, [fact, _uneven(results)])))


@figure()
def exponents(ax: Axes, theme: Theme, results: Results) -> Picture:
    """Fig. 5b: the exponent p over the samples, the paper's estimate and that of all pairs of orders."""
    columns = data.exponents_data(results)
    p, pairs = columns["p_paper"], columns["p_all_pairs"]
    both = np.concatenate([p, pairs[np.isfinite(pairs)]])
    bins = np.linspace(both.min(), both.max(), 21) if both.max() > both.min() else np.array([p[0] - 0.5, p[0] + 0.5])
    share, pairs_share = (np.full(len(sample), 1 / len(p)) for sample in (p, pairs))
    ax.hist(p, bins=list(bins), weights=share, color=theme.positive, alpha=0.85, linewidth=0)
    bars = Patch(color=theme.positive, alpha=0.85, label="p, of the paper")
    ax.hist(pairs, bins=list(bins), weights=pairs_share, histtype="step", color=theme.negative, linewidth=1.2)
    outline = Line2D([], [], color=theme.negative, label="p*, of all pairs")
    middle = ax.axvline(data.mean(p), color=theme.ink, linestyle="--", linewidth=0.9, label="mean p")
    ax.set_xlabel("exponent p")
    ax.set_ylabel("share of samples")
    fact = f"p = {data.mean(p):.2f} ± {data.deviation(p):.2f}, {len(p)} of {len(results.done)} samples"
    return Picture(columns, [bars, outline, middle], fact)


@figure()
def signed_strength(ax: Axes, theme: Theme, results: Results) -> Picture:
    """Sums of the positive and of the negative interactions by order, mean ± standard deviation over samples."""
    columns = data.signed_strength_data(results)
    order = columns["order"]
    legend: list[Any] = []
    for name, colour in (("positive", theme.positive), ("negative", theme.negative)):
        bars = ax.bar(
            order,
            columns[name],
            0.7,
            color=colour,
            yerr=columns[f"{name}_std"],
            error_kw={"ecolor": theme.muted, "elinewidth": 0.7},
            label=f"{name} interactions",
        )
        legend.append(bars)
    if np.isfinite(columns["noise"]).any():
        (noise,) = ax.plot(
            order, columns["noise"], color=theme.ink, linestyle="--", linewidth=0.9, label="from noise alone"
        )
        ax.plot(order, -columns["noise"], color=theme.ink, linestyle="--", linewidth=0.9)
        legend.append(noise)
    else:
        legend.append(_no_floor(float("nan")))
    ax.axhline(0, color=theme.muted, linewidth=0.6)
    _orders(ax, order)
    ax.set_ylabel("sum of I(S)")
    return Picture(columns, legend, _uneven(results))


@figure()
def transferability(ax: Axes, theme: Theme, results: Results, family: str = ROOT) -> Picture:
    """rho(k): which share of a sample's salient interactions of a family is among the k most frequent ones."""
    columns = data.transferability_data(results, family)
    k = columns["k"]
    legend: list[Any] = []
    lines = (
        ("rho", "all samples", theme.positive, "o-"),
        ("rho_heldout", "held out", theme.negative, "s-"),
        ("rho_random", "k at random", theme.muted, ":"),
    )
    for name, label, colour, kind in lines:
        if np.isfinite(columns[name]).any():
            legend += ax.plot(k, columns[name], kind, color=colour, markersize=3, label=label)
        else:
            legend.append(legend_line(f"{label}: not known"))
    classes = [name for name in columns if name.startswith("rho_class_") and np.isfinite(columns[name]).any()]
    for place, name in enumerate(classes if len(classes) > 1 else []):
        thin = ax.plot(k, columns[name], color=theme.third, linewidth=0.6, alpha=0.8, label="one class alone", zorder=1)
        legend += thin if place == 0 else []
    for line in ax.plot(k[:1], [0], linewidth=0):  # the axis begins at 0, and grows with that of panels beside it
        line.sticky_edges.y.append(0)
    ax.set_xscale("log")
    ax.set_xlabel("size k of the dictionary")
    ax.set_ylabel("transferability ρ(k)")
    return Picture(columns, legend, _of(results, family))


@figure(wide=True)
def faithfulness(ax: Axes, theme: Theme, results: Results, family: str = ROOT) -> Picture:
    """Errors of v rebuilt from the K strongest interactions of a family, on all masks: RMSE and largest error (log,
    left), R² and R_Ω (right)."""
    columns = data.faithfulness_data(results, family)
    k = columns["k"]
    (rmse,) = ax.plot(k, positive_only(columns["rmse"]), "o-", color=theme.positive, markersize=3, label="RMSE")
    (most,) = ax.plot(k, positive_only(columns["max_error"]), "--", color=theme.positive, label="largest error")
    legend: list[Any] = [rmse, most]
    sigma = data.mean(results.orders("noise_floor")[results.done, 0])  # of order 0: sigma itself
    if sigma > 0:
        legend.append(ax.axhline(sigma, color=theme.muted, linestyle="--", linewidth=0.9, label="noise of v"))
    else:
        legend.append(_no_floor(sigma))
    if columns["zeta"][0] > 0:
        band = ax.axhline(columns["zeta"][0], color=theme.fourth, linestyle=":", label="ζ, mean")
        legend.append(band)
    if any((columns[name] <= 0).any() for name in ("rmse", "max_error")):
        legend.append(legend_line("errors of 0 are left out"))
    ax.set_xscale("log")
    _log_y(ax)
    ax.set_xlabel("K strongest kept")
    ax.set_ylabel("error of v")
    right = ax.twinx()
    legend += right.plot(k, columns["r2"], "s-", color=theme.negative, markersize=3, label="R² (right)")
    legend += right.plot(k, columns["r_omega"], "^-", color=theme.third, markersize=3, label=r"$R_\Omega$ (right)")
    right.set_ylim(-0.03, 1.03)
    right.set_ylabel(r"R², $R_\Omega$")
    right.tick_params(labelsize=SMALL)
    right.spines["right"].set_visible(True)
    said = [_of(results, family)]
    if (columns["r2"] < 0).any():
        said.append(f"R² below 0 up to K = {k[columns['r2'] < 0][-1]:,}")
    return Picture(columns, legend, "; ".join(filter(None, said)))


@figure()
def layers(ax: Axes, theme: Theme, results: Results) -> Picture:
    """Strength by order of each of several outputs, as its share of the output's own: outputs differ in scale."""
    columns = data.layers_data(results)
    legend: list[Any] = []
    low, high = (0, 0.85) if theme is THEMES["light"] else (0.3, 1)  # no line as pale, or as dark, as the paper
    colours = mpl.colormaps["viridis"](np.linspace(low, high, len(results.outputs)))
    for place, (name, colour) in enumerate(zip(results.outputs, colours, strict=True)):
        drawn = columns["output"] == name
        look = f"{MARKERS[place % len(MARKERS)]}-"
        legend += ax.plot(
            columns["order"][drawn],
            100 * columns["share"][drawn],
            look,
            color=colour,
            markersize=3.5,
            label=plain(name),
        )
    _orders(ax, columns["order"])
    ax.set_ylabel("share of the strength Σ|I| [%]")
    return Picture(columns, legend, _uneven(results))


FIGURES: dict[str, Any] = {
    function.__name__: function
    for function in (
        sample,
        families,
        effects,
        strength_curve,
        strength_boxes,
        salient_orders,
        monotonicity,
        exponents,
        signed_strength,
        transferability,
        faithfulness,
        layers,
        classes,
        agreement,
    )
}


# Those with panels for each family of a file.
OF_FAMILIES = ("effects", "strength_boxes", "monotonicity", "transferability", "faithfulness")


def _of(results: Results, family: str) -> str:
    """What the panel of a family is called, where there are several."""
    return results.family(family).label if len(results.families) > 1 else ""


def _orders(ax: Axes, order: data.Column) -> None:
    ax.set_xlabel("order |S|")
    few = min(10, int(ORDERS_PER_INCH * width_of(ax)))
    ax.xaxis.set_major_locator(MaxNLocator(nbins=few, integer=True, min_n_ticks=1))
    ax.set_xlim(order[0] - 0.6, order[-1] + 0.6)


def _log_y(ax: Axes) -> None:
    """A log axis of whole decades where there are few, so that the decades' ticks suffice. Call it once all is drawn.
    The limits grow as if by data: panels that share the axis can still widen them."""
    ax.set_yscale("log")
    low, high = ax.get_ylim()
    if high / low < 100:
        x = ax.dataLim.x0
        ax.update_datalim([(x, 10 ** np.floor(np.log10(low))), (x, 10 ** np.ceil(np.log10(high)))])
        ax.autoscale_view()
    ax.yaxis.set_minor_formatter(NullFormatter())


def _floor(ax: Axes, order: data.Column, floor: data.Column, theme: Theme) -> Line2D:
    """The line of the noise floor, or the legend's word that it is not known."""
    if not (floor > 0).any():
        return _no_floor(data.mean(floor))
    label = "noise floor, mean"
    (line,) = ax.plot(order, positive_only(floor), color=theme.muted, linestyle="--", label=label)
    return line


def _no_floor(floor: float) -> Line2D:
    return legend_line("noise floor: 0" if floor == 0 else "noise floor: unknown")


def _uneven(results: Results) -> str:
    n = results.n_players[results.done]
    return f"n = {n.min()} … {n.max()}: means over the samples that have the order" if n.min() < n.max() else ""
