"""The report's part about the interactions that a solver found beside the dividends: one part for each such family."""

import functools
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from harsanyi import data, figures, report_figures
from harsanyi.data import EXPLAINED, explaining, strengths
from harsanyi.markup import MISSING, Column, Markup, element, grouped, join, number, percent, signed, table
from harsanyi.reader import ROOT, Family, Results
from harsanyi.report_data import MOST_LINES, Data, further, players, sample_link
from harsanyi.report_figures import Shown, drawings
from harsanyi.report_samples import bar, frequent_table

MOST_MISSED = 50  # samples named that missed their gap
MOST_FREQUENT = 50
TOP = 10  # interactions shown of a sample in detail


def family_part(data_: Data, family: Family) -> Markup:
    """All that the report says of a family, samples in detail aside."""
    return element(
        "div",
        element("p", _what(family)),
        _solved(family),
        _missed(data_, family),
        drawings(family.results, _figures(family)),
        _compared(family),
        _frequent(family),
        _samples(data_, family),
    )


def of_sample(results: Results, row: int) -> Markup:
    """The strongest interactions of one sample, of each family beside the dividends."""
    return join(_strongest(family, row) for family in further(results))


def _what(family: Family) -> str:
    kinds = {"AND": "AND interactions", "AND–OR": "AND and OR interactions"}.get(family.label, family.label)
    return (
        f"The {kinds} of least strength Σ|I| whose sum w(S) stays within ζ of v(S) on every mask. AND(…) counts where "
        "all of its players are present, OR(…) where at least one is."
    )


def _solved(family: Family) -> Markup:
    """How exactly a solver found them."""
    if not family.solved:
        return Markup("")
    results, done = family.results, family.results.done
    zeta, gap = (family.solution(name)[done] for name in ("zeta", "gap"))
    return element(
        "p",
        f"ζ = {results.setting('sparse.denoise')} · |v(N) − v(∅)|, {_spread(zeta)} over the samples. "
        f"{len(done) - len(family.missed())} of {len(done)} samples reached the gap asked for, "
        f"{results.setting('sparse.gap')}: it was {_spread(gap)}. The gap says how much of the strength, with the term "
        "of the tie rule, could be saved at most; it is about the sum, not about each interaction"
        f"{_TIE[results.setting('sparse.tie') == 'none']}.",
        class_="muted",
    )


_TIE = {
    False: "; a tie rule picks one of the solutions of equal strength",
    True: ": without a tie rule other interactions of the same strength rebuild v as well",
}


def _missed(data_: Data, family: Family) -> Markup:
    """Which samples did not reach the gap."""
    rows = family.missed()
    if not len(rows):
        return Markup("")
    gap = family.solution("gap")
    named = join(
        (join([sample_link(data_, int(row)), f" (gap {number(float(gap[row]), 2)})"]) for row in rows[:MOST_MISSED]),
        ", ",
    )
    more = f" and {len(rows) - MOST_MISSED} more" if len(rows) > MOST_MISSED else ""
    return element(
        "p",
        element("b", f"{len(rows)} of {len(family.results.done)} samples missed the gap"),
        f" within sparse.max_iterations = {family.results.setting('sparse.max_iterations')}: ",
        named,
        f"{more}. They are kept as they are: they rebuild v within ζ, but sparser interactions may exist. All numbers "
        "here include them.",
        class_="note",
    )


# ---- against the dividends ----


def _compared(family: Family) -> Markup:
    """Quantities of the dividends, of all kinds together, and of each of several."""
    several = len(family.kinds) > 1
    titles = ["dividends", family.label, *(kind.upper() for kind in family.kinds if several)]
    rows = [(name, *map(_median, numbers)) for name, numbers in _quantities(family)]
    rows += [(name, *cells) for name, cells in _of_rebuilt(family)]
    width = 1 + len(titles)
    return table(
        [Column("Quantity"), *(Column(title, "number") for title in titles)],
        [(*row, *[MISSING] * (width - len(row))) for row in rows],
        "Against the dividends: median over the samples, in brackets the lowest and the highest",
        folds=True,
    )


def _quantities(family: Family) -> list[tuple[str, list[NDArray[np.float64]]]]:
    """Each with [samples] of the dividends, of the family and, where they are known, of its kinds."""
    done = family.results.done
    both = (family.results.family(ROOT), family)
    strength = [strengths(one)[done] for one in both]
    salient = [one.conditions("salient_total")[done].reshape(len(done), -1) for one in both]
    limit = [one.conditions("order_limit")[done].reshape(len(done), -1) for one in both]
    rows = [
        ("Σ|I|", [part.sum(axis=1) for part in strength], strength[1]),
        ("salient", [part.sum(axis=1) for part in salient], salient[1]),
        ("order limit", [part.max(axis=1) for part in limit], limit[1]),
        (f"strongest that give R² ≥ {EXPLAINED:g}", [explaining(one)[done] for one in both], np.empty((len(done), 0))),
    ]
    return [(name, totals + (list(kinds.T) if len(family.kinds) > 1 else [])) for name, totals, kinds in rows]


def _of_rebuilt(family: Family) -> list[tuple[str, list[str]]]:
    """What is about the table that the interactions rebuild, and what is about all samples."""
    both = (family.results.family(ROOT), family)
    rows = [
        ("monotone samples (of v; of w)", _each(both, lambda one: percent(data.mean(one.conditions("monotone"))))),
        ("p (of v; of w)", _each(both, lambda one: _median(one.conditions("p_paper"), "no sample has one"))),
    ]
    if family.results.summary_valid:
        rows.append(("transferability ρ(10)", _each(both, lambda one: _summed(one, "transferability/rho"))))
        rows.append(("discrimination", _each(both, lambda one: _summed(one, "discrimination/weighted"))))
    return rows


def _summed(family: Family, name: str) -> str:
    """A number of the summary; of a curve over k, that at 10."""
    values = np.atleast_1d(family.summary(name))
    k = family.summary("transferability/k")
    at = min(int(np.searchsorted(k, 10)), len(values) - 1)
    return number(float(values[at])) if len(values) else MISSING


def _each(families: Sequence[Family], read: Callable[[Family], str]) -> list[str]:
    """What is read of each; where the file lacks it, that it does."""
    said = []
    for family in families:
        try:
            said.append(read(family))
        except ValueError:
            said.append(NOT_THERE)
    return said


NOT_THERE = "not in the file"


def _median(values: NDArray[np.float64], otherwise: str = NOT_THERE) -> str:
    known = values[~np.isnan(values)]
    if not len(known):
        return otherwise
    shown = [_number(float(value)) for value in (np.median(known), known.min(), known.max())]
    return f"{shown[0]} ({shown[1]} … {shown[2]})"


def _number(value: float) -> str:
    """A number; of how many are needed, that none suffices."""
    return "never" if value == np.inf else grouped(value)


def _spread(values: NDArray[np.float64]) -> str:
    known = values[~np.isnan(values)]
    return f"{number(float(known.min()), 2)} … {number(float(known.max()), 2)}" if len(known) else MISSING


# ---- figures ----


def _figures(family: Family) -> tuple[Shown, ...]:
    name, label = family.name, family.label
    return (
        Shown(
            f"{name}-families",
            f"Dividends and {label}",
            figures.families,
            lambda results: _less(results.family(name)),
            "Each dot is a sample, hollow where it missed its gap. R²: share of the variance of v, over all 2ⁿ masks, "
            "that the K strongest interactions explain together; K is the smallest of those in curves/k.",
        ),
        Shown(
            f"{name}-orders",
            "Salient interactions by order",
            figures.salient_orders,
            lambda results: _limits(results.family(name)),
            "How many are salient, mean over the samples that have the order. An interaction of one player is always "
            "an AND.",
        ),
        Shown(
            f"{name}-boxes",
            "Strength by order and kind",
            lambda results, width: figures.boxes_of_families(results, width=width)[0],
            lambda _: "Most sparse interactions are 0: then a box reaches down to the axis.",
            "As above, for each kind. Less than 10⁻⁶ of the strongest is rounding of the solver, and is not drawn.",
        ),
        *(
            Shown(
                f"{name}-{one.name}",
                f"{one.title}: {label}",
                functools.partial(one.draw, family=name),
                functools.partial(seen, family=name),
                what,
            )
            for one, seen, what in _AS_DIVIDENDS
        ),
    )


_ACROSS = {one.name: one for one in report_figures.ACROSS}
_AS_DIVIDENDS: tuple[tuple[Shown, Callable[..., str], str], ...] = (
    (_ACROSS["monotonicity"], report_figures.monotone, "As for the dividends, of the table w that they rebuild."),
    (_ACROSS["transferability"], report_figures.transferability, "As for the dividends, of all kinds together."),
    (_ACROSS["effects"], report_figures.effects, "I of the most frequently salient ones, of all kinds together."),
    (
        _ACROSS["faithfulness"],
        report_figures.faithfulness,
        "As for the dividends; all of them together rebuild v within ζ, not exactly.",
    ),
)


def _less(family: Family) -> str:
    done = family.results.done
    strength = [strengths(one)[done].sum(axis=1) for one in (family.results.family(ROOT), family)]
    some = strength[1] > 0
    if not some.any():
        return ""
    ratio = float(np.median(strength[0][some] / strength[1][some]))
    return f"The dividends’ Σ|I| is {number(ratio)} times as large, median over the samples."


def _limits(family: Family) -> str:
    limit = family.conditions("order_limit")[family.results.done].reshape(len(family.results.done), -1)
    highest = (f"{kind.upper()} {most:.0f}" for kind, most in zip(family.kinds, limit.max(axis=0), strict=True))
    return f"The highest order of a salient one in any sample: {', '.join(highest)}."


# ---- across samples ----


def _frequent(family: Family) -> Markup:
    """The interactions that are salient most often, each with its kind."""
    results = family.results
    if not results.summary_valid:
        return Markup("")
    try:
        masks, kinds = family.summary("interactions/mask"), family.summary("interactions/kind")
    except ValueError:
        return element("p", f"Statistics across samples of {family.label} are not in this file.", class_="note")
    shown = [
        (place, named(results, None, int(mask), family.kinds[kind]))
        for place, (mask, kind) in enumerate(zip(masks, kinds, strict=True))
        if kind < len(family.kinds)
    ]
    return frequent_table(family, shown[:MOST_FREQUENT], f"{family.name}-frequent")


def named(results: Results, row: int | None, mask: int, kind: str) -> Markup:
    """AND(…) or OR(…) of the names of players."""
    inside = players(results, row, mask)
    return join([f"{kind.upper()}(", inside, ")"]) if kind else inside


# ---- samples ----


def _samples(data_: Data, family: Family) -> Markup:
    """A line for each sample that is done."""
    results, root = family.results, family.results.family(ROOT)
    strength, plain = strengths(family).sum(axis=1), strengths(root).sum(axis=1)
    salient = family.conditions("salient_total").reshape(results.rows, -1)
    columns = [("Σ|I|, dividends", plain), (f"Σ|I|, {family.label}", strength)]
    columns.append(("salient dividends", root.conditions("salient_total")))
    columns += [(f"salient {kind.upper()}", salient[:, place]) for place, kind in enumerate(family.kinds)]
    columns += [("K, dividends", explaining(root)), (f"K, {family.label}", explaining(family))]
    if family.solved:
        columns += [("ζ", family.solution("zeta")), ("gap", family.solution("gap"))]
    missed = set(family.missed().tolist())
    rows = [
        (
            (sample_link(data_, int(row)), float(results.index[row])),
            *((_number(float(values[row])), float(values[row])) for _, values in columns),
            "missed" if int(row) in missed else "reached",
        )
        for row in results.done[:MOST_LINES]
    ]
    shown = "All samples that are done" if len(rows) == len(results.done) else f"The first {len(rows):,} samples"
    return table(
        [Column("Sample", "number"), *(Column(title, "number") for title, _ in columns), Column("Gap asked for")],
        rows,
        f"{shown}; K: how many of the strongest, of all kinds together, give R² ≥ {EXPLAINED:g}",
        identity=f"{family.name}-samples",
        class_="long",
        tall=True,
        folds=True,
    )


def _strongest(family: Family, row: int) -> Markup:
    results = family.results
    try:
        found = [i for i in family.strongest(row, TOP) if i.strength > 0]
    except (ValueError, OSError):  # the page says elsewhere that the tables are not there
        return Markup("")
    scale = max((i.strength for i in found), default=0.0)
    rows = [
        (
            named(results, row, i.mask, i.kind),
            str(i.order),
            signed(i.effect),
            bar(i.effect, scale),
            "yes" if i.salient else "no",
        )
        for i in found
    ]
    columns = [
        Column("Interaction", "names"),
        Column("Order", "number order"),
        Column("I", "number"),
        Column("as a bar", "bar"),
        Column("Salient", None, "|I| ≥ τ, of the strongest of all kinds"),
    ]
    return table(columns, rows, data.facts(family, row), class_="strongest")
