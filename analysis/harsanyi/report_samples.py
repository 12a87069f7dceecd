"""The report's part about single samples, and about the interactions that many of them share."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from harsanyi.markup import MISSING, Column, Markup, counted, element, escape, join, link, number, signed, spread, table
from harsanyi.pictures import thumbnail
from harsanyi.reader import DONE, FAILED, PENDING, ROOT, Family, Results
from harsanyi.report_data import (
    MOST_LINES,
    Data,
    classes,
    has_target,
    interaction,
    interaction_id,
    players,
    sample_link,
)
from harsanyi.report_figures import of_sample

TOP = 10  # interactions shown of a sample in detail
MOST_PLAYERS = 16  # players whose indices are shown of a sample in detail
MOST_LINKS = 10  # samples linked from a frequent interaction
MOST_FAILED = 200  # failed samples listed


# ---- small drawings beside numbers, which say the same ----


def bar(value: float, scale: float) -> Markup:
    """A bar from the middle, to the right when positive; full length at |value| = scale."""
    if not np.isfinite(value) or not scale > 0:
        return Markup("")
    width = 50 * min(1.0, abs(value) / scale)
    start = 50 if value >= 0 else 50 - width
    return Markup(
        f'<svg viewBox="0 0 100 14" width="80" height="14" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="{"up" if value >= 0 else "down"}" x="{start:.1f}" y="2" width="{width:.1f}" height="10"/>'
        f'<line class="axis" x1="50" x2="50" y1="0" y2="14"/></svg>'
    )


def histogram(counts: NDArray[np.float64], edges: NDArray[np.float64]) -> Markup:
    """A histogram the size of a word; bins below 0 are coloured like negative effects; a line marks 0."""
    if not np.all(np.isfinite(counts)) or not counts.sum() > 0:
        return Markup(MISSING)
    step = 100 / len(counts)
    bars = "".join(
        f'<rect class="{"up" if left + right >= 0 else "down"}" x="{i * step:.1f}" y="{24 - height:.1f}"'
        f' width="{step - 0.6:.1f}" height="{height:.1f}"/>'
        for i, (height, left, right) in enumerate(zip(24 * counts / counts.max(), edges, edges[1:], strict=False))
        if height > 0
    )
    zero = ""
    if edges[0] < 0 < edges[-1]:
        x = 100 * -edges[0] / (edges[-1] - edges[0])
        zero = f'<line class="axis" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="25"/>'
    span = f"from {number(edges[0])} to {number(edges[-1])}"
    label = escape(f"histogram of effects {span}, most of them at {_peak(counts, edges)}")
    return Markup(
        f'<svg viewBox="0 0 100 25" width="100" height="25" role="img" aria-label="{label}">{bars}'
        f'<line class="axis" x1="0" x2="100" y1="24.5" y2="24.5"/>{zero}</svg>'
    )


def _peak(counts: NDArray[np.float64], edges: NDArray[np.float64]) -> str:
    i = int(counts.argmax())
    return number(float(edges[i] + edges[i + 1]) / 2)


# ---- interactions of many samples ----


def frequent_interactions(data: Data) -> Markup:
    """The table of the interactions that are salient most often, each linked to samples in which it is salient."""
    results = data.results
    if not data.frequent:
        reason = (
            "No interaction is salient in any sample."
            if results.summary_valid
            else "The file holds no statistics across samples, so it is not known which interactions are frequent."
        )
        return element("p", reason, class_="note")
    return frequent_table(
        results.family(ROOT),
        [(place, players(results, None, mask)) for place, mask in enumerate(data.frequent)],
        "frequent",
        [interaction_id(mask) for mask in data.frequent],
        [_where_salient(data, place) for place in range(len(data.frequent))],
    )


def frequent_table(
    family: Family,
    shown: Sequence[tuple[int, Markup]],
    identity: str,
    row_ids: Sequence[str] | None = None,
    samples: Sequence[Markup] | None = None,
) -> Markup:
    """Frequent interactions of a family: places in summary/interactions, each with what it is called. samples: links to
    those in which each is salient."""
    columns = {name: family.summary(f"interactions/{name}") for name in ("mask", *_FREQUENT)}
    rows = []
    for line, (place, called) in enumerate(shown):
        of_mask = {name: values[place] for name, values in columns.items()}
        order = int(of_mask["mask"]).bit_count()
        rows.append(
            (
                called,
                (str(order), order),
                (f"{100 * of_mask['frequency']:.0f} %", of_mask["frequency"]),
                (spread(of_mask["effect_mean"], of_mask["effect_std"]), of_mask["effect_mean"]),
                f"{of_mask['positive']:.0f} / {of_mask['negative']:.0f}",
                histogram(of_mask["histogram"], of_mask["edges"]),
                *([samples[line]] if samples else []),
            )
        )
    return table(
        [
            Column("Interaction", "names"),
            Column("Order", "number", "number of players in the interaction"),
            Column("Frequency", "number", "share of the done samples in which it is salient"),
            Column("Mean effect ± std", "number", "of I(S) over the samples in which it is salient"),
            Column("+ / −", "number", "samples in which it is salient with I(S) > 0 and with I(S) < 0"),
            Column("Effects"),
            *([Column("Samples", "samples")] if samples else []),
        ],
        rows,
        "The only interaction that is salient, and its effects where it is"
        if len(rows) == 1
        else f"The {len(rows)} interactions that are salient most often; effects are those where they are salient",
        identity=identity,
        class_="long",
        row_ids=row_ids,
        folds=True,
    )


_FREQUENT = ("frequency", "effect_mean", "effect_std", "positive", "negative", "histogram", "edges")


def _where_salient(data: Data, k: int) -> Markup:
    """Links to the samples in which it is salient, the strongest effects first."""
    rows = np.flatnonzero(data.salient[:, k])
    rows = rows[np.argsort(-np.abs(data.effects[rows, k]), kind="stable")]
    if len(rows) == 0:
        return Markup(MISSING)
    links = join((sample_link(data, int(row)) for row in rows[:MOST_LINKS]), " ")
    more = len(rows) - MOST_LINKS
    return element("span", links, f" and {more} more" if more > 0 else "")


# ---- all samples ----


def _all_table(data: Data) -> Markup:
    results = data.results
    numbers = {name: results.conditions(name) for name in ("salient_total", "order_limit", "monotone", "p_paper")}
    numbers |= {name: results.sample(name) for name in ("v_empty", "v_full")}
    listed = set(np.flatnonzero(results.status == FAILED)[:MOST_FAILED])
    rows = []
    lines = range(min(results.rows, MOST_LINES))
    for row in lines:
        if results.status[row] == DONE:
            rows.append(_done(data, row, {name: float(values[row]) for name, values in numbers.items()}))
            continue
        state = "pending" if results.status[row] == PENDING else "failed"
        why = link(f"failed-{row}", state) if row in listed else state
        rows.append((_number(results, row), why, *[MISSING] * (len(_ALL) - 2)))
    return table(
        _ALL,
        rows,
        "All samples of the file, one line each"
        if len(lines) == results.rows
        else f"The first {len(lines):,} of the {results.rows:,} samples of the file, one line each",
        identity="all-samples",
        class_="long",
        row_ids=[f"row-{row}" for row in lines],
        tall=True,
        folds=True,
    )


_ALL = (
    Column("Sample", "number", "its row in the samples file; behind a slash the target, where a sample has several"),
    Column("Class", "number", "its label, or the output that is explained where there is no label"),
    Column("n", "number", "number of players"),
    Column("v(∅)", "number", "output with all players masked"),
    Column("v(N)", "number", "output with no player masked"),
    Column("Strongest interaction", "names"),
    Column("Effect (floors)", "number", "I(S); in brackets: its strength in units of the noise floor of its order"),
    Column("Salient", "number", "number of salient interactions"),
    Column("Order limit", "number", "no interaction of more players is salient"),
    Column("Monotone", None, "whether the mean output never falls from order to order"),
    Column("p", "number", "exponent of Assumption 3, of monotone samples"),
)


def _done(data: Data, row: int, of_row: dict[str, float]) -> tuple[object, ...]:
    """The line of a sample that is done."""
    results = data.results
    mask, effect = data.strongest.get(row, (0, float("nan")))
    floor = float(results.noise_floor(row)[mask.bit_count()])
    floors = f" ({number(abs(effect) / floor, 2)}×)" if mask and floor > 0 else ""
    kind = int(classes(results)[row]) if has_target(results) else int(results.label[row])
    return (
        _number(results, row, sample_link(data, row) if row in data.detailed else None),
        (str(kind) if kind >= 0 else MISSING, float(kind)),
        _count(float(results.n_players[row])),
        _sortable(of_row["v_empty"]),
        _sortable(of_row["v_full"]),
        interaction(data, row, mask) if mask else MISSING,
        (signed(effect) + floors, abs(effect)),
        _count(of_row["salient_total"]),
        _count(of_row["order_limit"]),
        ({1.0: "yes", 0.0: "no"}.get(of_row["monotone"], MISSING), of_row["monotone"]),
        _sortable(of_row["p_paper"]),
    )


def _number(results: Results, row: int, text: Markup | None = None) -> tuple[object, float]:
    """A sample's row in the samples file."""
    return text or results.row_name(row), float(results.index[row])


def _sortable(value: float) -> tuple[str, float]:
    return number(value), value


def _count(value: float) -> tuple[str, float]:
    return (MISSING if np.isnan(value) else f"{value:.0f}"), value


def all_samples(data: Data) -> Markup:
    """One line a sample, and a field to filter them by."""
    unread = not data.all_read and not data.why_no_tables
    tools = element(
        "p",
        element("label", "Filter: ", element("input", type="search", placeholder="a name, a class, no …")),
        element("output", aria_live="polite"),
        class_="tools",
        hidden=True,
        data_filters="all-samples",
    )
    return element("div", element("p", _UNREAD, class_="note") if unread else "", tools, _all_table(data))


_UNREAD = "The tables are large: strongest interactions were read for a part of the samples only."


# ---- samples in detail ----


def details(data: Data, images: bool, further: Callable[[Results, int], Markup]) -> Markup:
    """The samples in detail, with links to each. images: whether they can be drawn on; further: see in_detail."""
    results = data.results
    done, shown = len(results.done), len(data.detailed)
    how = (
        ("The one sample that is done." if done == 1 else f"All {done} samples that are done.")
        if shown == done
        else f"{shown} of the {done} samples that are done: as many of each class, evenly spaced over its samples. The "
        "option --samples K of harsanyi-report shows more."
    )
    missing = element("p", f"Without interactions: {data.why_no_tables}", class_="note") if data.why_no_tables else ""
    jump = element("ul", *(element("li", _jump(results, row, images)) for row in data.detailed), class_="links")
    parts = (in_detail(data, row, of_sample(results, row) if images else None, further) for row in data.detailed)
    return element("div", element("p", how), missing, jump, *parts)


def _jump(results: Results, row: int, images: bool) -> Markup:
    picture = thumbnail(results, row) if images else ""
    return element("a", picture, results.row_name(row), href=f"#sample-{row}")


def in_detail(data: Data, row: int, drawing: Markup | None, further: Callable[[Results, int], Markup]) -> Markup:
    """All that the report says of one sample; further: what it says of other families."""
    results = data.results
    title = f"Sample {results.row_name(row)}"
    if results.label[row] >= 0:
        title += f", class {results.class_in_words(int(results.label[row]))}"
    return element(
        "article",
        element("h3", title),
        element(
            "div",
            _facts(results, row),
            drawing or "",
            element("div", _strongest(data, row), further(results, row), class_="of-sets"),
            element("div", _indices(results, row), class_="of-players"),
            class_="detail drawn" if drawing else "detail",
        ),
        element(
            "p", link("samples", "To the list of samples"), " · ", link("all-samples", "All samples"), class_="muted"
        ),
        id=f"sample-{row}",
        class_="sample",
    )


def _facts(results: Results, row: int) -> Markup:
    condition = {name: float(results.conditions(name)[row]) for name in _FACTS}
    monotone = {
        1.0: "yes",
        0.0: f"no: falls at {condition['violations']:.0f} of {results.n_players[row]} orders, by at most "
        f"{number(condition['violation_max'])}",
    }
    sigma = float(results.noise_floor(row)[0])
    facts = [
        *([("explained output", str(results.target[row]))] if has_target(results) else []),
        ("players", str(results.n_players[row])),
        ("v(∅), v(N)", f"{_sample(results, 'v_empty', row)}, {_sample(results, 'v_full', row)}"),
        (
            "salient",
            f"{counted(condition['salient_total'], 'interaction')} of |I(S)| ≥ τ = {number(condition['threshold'])}"
            if condition["threshold"] > 0
            else "none: the threshold τ is 0",
        ),
        ("order limit", _count(condition["order_limit"])[0]),
        ("monotone", monotone.get(condition["monotone"], "not known")),
        ("exponent p", number(condition["p_paper"])),
        ("noise σ", number(sigma) if np.isfinite(sigma) else "not known"),
    ]
    return element(
        "dl",
        *(element(tag, text) for fact in facts for tag, text in zip(("dt", "dd"), fact, strict=True)),
        class_="facts",
    )


_FACTS = ("salient_total", "threshold", "order_limit", "monotone", "violations", "violation_max", "p_paper")


def _sample(results: Results, name: str, row: int) -> str:
    return number(float(results.sample(name)[row]))


def _strongest(data: Data, row: int) -> Markup:
    if data.why_no_tables:
        return Markup("")
    found = [i for i in data.results.strongest(row, TOP) if i.strength > 0]
    if not found:
        return element("p", "All its interactions are 0.", class_="note")
    scale = max(i.strength for i in found)
    rows = [
        (
            interaction(data, row, i.mask),
            str(i.order),
            signed(i.effect),
            bar(i.effect, scale),
            MISSING if np.isnan(i.floors) else f"{number(i.floors, 2)}×",
            "yes" if i.salient else "no",
        )
        for i in found
    ]
    columns = [
        Column("Players", "names"),
        Column("Order", "number order"),
        Column("I(S)", "number"),
        Column("as a bar", "bar"),
        Column("Floors", "number", "strength |I(S)| in units of the noise floor of its order"),
        Column("Salient", None, "|I(S)| ≥ τ"),
    ]
    strongest = "strongest interaction" if len(rows) == 1 else f"{len(rows)} strongest interactions"
    caption = f"Its {strongest}; floors: |I(S)| in units of the noise floor of its order"
    return table(columns, rows, caption, class_="strongest")


def _indices(results: Results, row: int) -> Markup:
    names = results.names(row)
    shapley = results.index_values("shapley")[row, : len(names)]
    banzhaf = results.index_values("banzhaf")[row, : len(names)]
    order = np.argsort(-np.abs(shapley), kind="stable")[:MOST_PLAYERS]
    scale = float(np.abs(shapley).max(initial=0))
    rows = [
        (element("bdi", names[p]), signed(float(shapley[p])), bar(float(shapley[p]), scale), signed(float(banzhaf[p])))
        for p in order
    ]
    which = "Its players" if len(rows) == len(names) else f"Its {len(rows)} strongest of {len(names)} players"
    columns = [
        Column("Player", "names"),
        Column("Shapley", "number"),
        Column("as a bar", "bar"),
        Column("Banzhaf", "number"),
    ]
    return table(columns, rows, f"{which}: Shapley and Banzhaf values, by the size of the first")


# ---- failed ones ----


def failed_samples(results: Results) -> Markup:
    """Why samples failed."""
    failed = np.flatnonzero(results.status == FAILED)
    kinds = {1: "would come again", 2: "might pass: tried again at the next start"}
    kind = results.sample("error_kind")
    shown = failed[:MOST_FAILED]
    rows = [(results.row_name(int(row)), results.error(int(row)), kinds.get(int(kind[row]), MISSING)) for row in shown]
    caption = f"{len(failed):,} sample{'' if len(failed) == 1 else 's'} failed" + (
        "" if len(shown) == len(failed) else f"; the first {len(shown)} of them"
    )
    return table(
        [Column("Sample"), Column("Reason"), Column("Kind of failure")],
        rows,
        caption,
        row_ids=[f"failed-{row}" for row in shown],
    )
