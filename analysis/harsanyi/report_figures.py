"""Figures as SVG within the page: in its colours, light or dark, and with its letters."""

import dataclasses
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from harsanyi import data, figures
from harsanyi.data import NothingToDraw
from harsanyi.markup import Markup, element, escape, number, percent, spread
from harsanyi.reader import ROOT, Results
from harsanyi.report_data import no_halves
from harsanyi.sample_figure import prompt_of_row
from harsanyi.style import THEMES, keep_layout

WIDTH = 3.4  # inches: at the width of a telephone, letters are as large as those around
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
# What belongs to a file of its own; its style is in report.css.
_NOT_DRAWN = re.compile(r"<metadata>.*?</metadata>|<!--.*?-->|<style.*?</style>|<g [^>]*/>", re.DOTALL)
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")


def variables() -> str:
    """CSS: the colours of both themes as variables --ink, --paper, ..., by what the reader prefers."""
    light, dark = (
        " ".join(f"--{name}: {colour};" for name, colour in dataclasses.asdict(THEMES[theme]).items())
        for theme in ("light", "dark")
    )
    return f":root {{ {light} }}\n@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}\n"


def inline(figure: Figure, name: str, label: str) -> Markup:
    """A figure of the light theme as an SVG element whose ids begin with `name` and whose colours are variables."""
    written = io.StringIO()
    layout = figure.get_layout_engine()
    if layout is not None:  # once: savefig would draw the whole figure for it
        layout.execute(figure)
        keep_layout(figure)
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(
            written, format="svg", transparent=True, metadata={"Date": None, "Creator": None, "Format": None}
        )
    svg = written.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = _NOT_DRAWN.sub("", svg)
    box = re.search(r'viewBox="([^"]*)"', svg)
    assert box is not None
    start = f'<svg viewBox="{box[1]}" role="img" aria-label="{escape(label)}">'
    svg = start + svg[svg.index(">") + 1 :]
    svg = _of_page(svg, name)
    return Markup(svg.strip())


def _of_page(svg: str, name: str) -> str:
    """Ids that are no other figure's, the page's colours and letters, and no more digits than are seen. What stands in
    texts is left alone: only tags are changed."""
    colours = {colour: f"var(--{role})" for role, colour in reversed(dataclasses.asdict(THEMES["light"]).items())}

    def change(tag: re.Match[str]) -> str:
        text = tag[0].replace("xlink:href", "href")
        text = re.sub(r'\bid="', f'id="{name}-', text)
        text = text.replace('href="#', f'href="#{name}-').replace("url(#", f"url(#{name}-")
        text = re.sub(r"font: ([^;\"]*?)(\d[\d.]*px) [^;\"]*", r"font-size: \2", text)
        if "data:" in text:
            return text.replace("\n", "")
        text = _COLOUR.sub(lambda colour: colours.get(colour[0], colour[0]), text)
        return _NUMBER.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), text)

    return re.sub(r"<[^>]*>", change, svg)


@dataclass(frozen=True)
class Shown:
    """A figure of the report: what is seen in this file, in a sentence with its numbers, and by which definition."""

    name: str
    title: str
    draw: Callable[..., Axes]
    seen: Callable[[Results], str]
    definition: str


def _curve(results: Results) -> str:
    seen = [_curve_of(results, name) for name in results.families]
    return " ".join(filter(None, seen))


def _curve_of(results: Results, family: str) -> str:
    try:
        columns = data.strength_curve_data(results, family)
    except NothingToDraw:
        if family == ROOT:
            raise
        return ""
    of_max = results.setting("statistics.salience_scale") == "max"
    level = float(results.setting("statistics.salience") or 0.05) if of_max else 0.05
    weak = np.flatnonzero(columns["strength"] < level)
    of = "" if family == ROOT else f" of {results.family(family).label}"
    if len(weak) == 0:
        return f"On average every interaction{of} is at least {level:g} times as strong as the strongest."
    rank, last = columns["rank"][weak[0]], columns["rank"][-1]
    if family != ROOT:
        return f"Strength{of}: at rank {rank:,}."
    return f"On average strength falls below {level:g} of the strongest at rank {rank:,} of {last:,}."


def _boxes(results: Results) -> str:
    columns = data.strength_boxes_data(results)
    median, order = columns["median"], columns["order"]
    strongest = int(np.nanargmax(columns["max"]))
    above = [int(m) for m in order[median > columns["noise_floor"]]]
    seen = f"The strongest interactions are of order {order[strongest]}."
    if not np.isfinite(columns["noise_floor"]).any():
        return f"{seen} The noise is not known."
    if len(above) == len(order):
        return f"{seen} The median is above the noise floor at every order."
    return f"{seen} The median is above the noise floor at {len(above)} of {len(order)} orders."


def monotone(results: Results, family: str = ROOT) -> str:
    flags = results.family(family).conditions("monotone")
    known = flags[~np.isnan(flags)]
    return f"The mean output never falls in {int(known.sum())} of {len(known)} samples."


def _exponents(results: Results) -> str:
    p = data.exponents_data(results)["p_paper"]
    if len(p) == 1:
        return f"p = {number(float(p[0]))}, of one sample."
    range_ = f"from {number(p.min())} to {number(p.max())}"
    return f"p = {spread(data.mean(p), data.deviation(p))} over {len(p)} samples, {range_}."


def _signed(results: Results) -> str:
    columns = data.signed_strength_data(results)
    positive, negative = (
        data.mean(np.nansum(results.orders(f"{sign}_sum")[results.done], axis=1)) for sign in ("positive", "negative")
    )
    largest = columns["order"][int(np.nanargmax(columns["positive"] + np.abs(columns["negative"])))]
    sums = f"Positive interactions sum to {number(positive)}, negative ones to {number(negative)}"
    return f"{sums}; most of it at order {largest}."


def transferability(results: Results, family: str = ROOT) -> str:
    columns = data.transferability_data(results, family)
    last = int(np.flatnonzero(np.isfinite(columns["rho"]))[-1])
    rho, held, random = (percent(float(columns[name][last])) for name in ("rho", "rho_heldout", "rho_random"))
    if np.isnan(columns["rho_heldout"][last]):
        held = no_halves(results)
    k = int(columns["k"][last])
    frequent = "most frequent interaction holds" if k == 1 else f"{k:,} most frequent interactions hold"
    alike = "a random one" if k == 1 else "as many random ones"
    return f"The {frequent} {rho} of a sample’s salient ones; held out: {held}; {alike}: {random}."


def faithfulness(results: Results, family: str = ROOT) -> str:
    columns = data.faithfulness_data(results, family)
    if not np.isfinite(columns["r2"]).any():
        return "R² is not known."
    for share in (0.99, 0.9, 0.5):
        enough = np.flatnonzero(columns["r2"] >= share)
        if len(enough):
            k = int(columns["k"][enough[0]])
            strongest = "strongest interaction is" if k == 1 else f"{k:,} strongest interactions are"
            return f"The {strongest} enough for R² ≥ {share}, mean over the samples."
    return "However many of the K are kept, R² stays below 0.5."


def effects(results: Results, family: str = ROOT) -> str:
    columns = data.effects_data(results, family=family)
    frequency = percent(float(columns["frequency"][0]))
    kind, inside = columns["kind"][0].upper(), columns["players"][0]
    called = f"{kind}({inside.replace(' + ', ', ')})" if kind else f"{{{inside}}}"
    return f"The most frequent is {called}, salient in {frequency} of the samples."


ACROSS = (
    Shown(
        "strength-curve",
        "Strength by rank",
        figures.strength_curve,
        _curve,
        "|I(S)| / max |I| of all sets but the empty one, sorted within each sample, mean over the samples that have "
        "the rank; logarithmic. Sparse: it falls steeply. Noise floor: what noise in v alone makes of I(S).",
    ),
    Shown(
        "strength-boxes",
        "Strength by order",
        figures.strength_boxes,
        _boxes,
        "Quartiles and whiskers (outermost within 1.5 interquartile ranges) of |I(S)| over the sets of m players, mean "
        "over the samples. Noise floor: √(2ᵐ) σ, what noise of size σ in v alone makes of I(S).",
    ),
    Shown(
        "monotonicity",
        "Mean output by order",
        figures.monotonicity,
        monotone,
        "ū(m): mean of v(S) − v(∅) over all sets of m players; mean over the samples, the band is one standard "
        "deviation. Assumption 2: it never falls.",
    ),
    Shown(
        "exponents",
        "Exponent p",
        figures.exponents,
        _exponents,
        "p = max over m of ln(ū(m)/ū(1)) / ln m, of monotone samples with ū(1) > 0: how much faster than the number of "
        "players the mean output grows (Assumption 3).",
    ),
    Shown(
        "signed-strength",
        "Positive and negative interactions by order",
        figures.signed_strength,
        _signed,
        "Sum of the positive and of the negative I(S) over the sets of m players, mean over the samples. Where both "
        "are large and equal they cancel.",
    ),
    Shown(
        "transferability",
        "Transferability across samples",
        figures.transferability,
        transferability,
        "ρ(k): mean share of a sample’s salient interactions that are among the k most frequently salient ones. Held "
        "out: these come from the other half of the samples. Random: k / (2ⁿ − 1).",
    ),
    Shown(
        "effects",
        "Effects of frequent interactions",
        figures.effects,
        effects,
        "I(S) of the most frequently salient sets over the samples in which they are salient.",
    ),
    Shown(
        "faithfulness",
        "Faithfulness of the strongest interactions",
        figures.faithfulness,
        faithfulness,
        "v rebuilt from the K strongest interactions of a sample, compared with v on all 2ⁿ masks; mean over samples.",
    ),
)


OF_OUTPUTS = (
    Shown(
        "layers",
        "Outputs against each other",
        figures.layers,
        lambda results: _layers(results),
        "Σ|I(S)| over the sets of m players, as a share of that over all sets; mean over the rows of an output.",
    ),
)


def _layers(results: Results) -> str:
    columns = data.layers_data(results)
    strongest = {}
    for name in results.outputs:
        of_output = columns["output"] == name
        shares = np.nan_to_num(columns["share"][of_output])
        strongest[name] = int(columns["order"][of_output][shares.argmax()])
    return "The strongest order: " + ", ".join(f"{order} of {name}" for name, order in strongest.items()) + "."


def across(results: Results) -> Markup:
    """All figures about all samples; where there is nothing to draw, why."""
    return drawings(results, ACROSS)


def drawings(results: Results, figures: Sequence[Shown]) -> Markup:
    """Figures side by side."""
    return element("div", *(_figure(results, shown) for shown in figures), class_="figures")


def _figure(results: Results, shown: Shown) -> Markup:
    try:
        seen = shown.seen(results)
        drawing = _drawing(shown.name, f"{shown.title}. {seen}", shown.draw, results)
    except NothingToDraw as why:
        drawing, seen = element("p", str(why), class_="note"), ""
    except ValueError as why:  # the rest of the page is worth having all the same
        drawing, seen = element("p", f"This figure could not be drawn: {why}", class_="note"), ""
    caption = element(
        "figcaption", element("b", f"{shown.title}. "), seen, element("span", shown.definition, class_="what")
    )
    return element("figure", drawing, caption, id=f"figure-{shown.name}")


def _drawing(name: str, label: str, draw: Callable[..., Axes], *arguments: object) -> Markup:
    figure = draw(*arguments, width=WIDTH).figure
    assert isinstance(figure, Figure)
    return inline(figure, name, label)


def of_sample(results: Results, row: int) -> Markup | None:
    """The strongest interactions of one sample, drawn on it; None where there is nothing to draw."""
    try:
        data.sample_data(results, row)
    except ValueError:
        return None
    called = f"Sample {results.row_name(row)} and its strongest interactions"
    if prompt_of_row(results, row) is None:
        label = f"{called}: the players of each are shown, the others are pale."
        more = " Below each: I(S), and |I(S)| in noise floors."
    else:
        label = f"{called}, as arcs with feet on their players, and I(S)."
        more = " Behind each player: its Shapley value."
    drawing = _drawing(f"drawing-{row}", label, figures.sample, results, row)
    return element("figure", drawing, element("figcaption", label + more, class_="muted"))
