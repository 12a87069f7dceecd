"""The report's part about single samples, and about the interactions that many of them share."""


import numpy as np
from numpy.typing import NDArray

from harsanyi.markup import MISSING, Column, Markup, element, escape, join, link, number, signed, spread, table
from harsanyi.pictures import Pictures
from harsanyi.reader import FAILED, PENDING, Results
from harsanyi.report_data import Data, classes, interaction, interaction_id, players, sample_link

TOP = 10  # interactions shown of a sample in detail
MOST_PLAYERS = 16  # players whose indices are shown of a sample in detail
MOST_LINKS = 12  # samples linked from a frequent interaction
MOST_FAILED = 200  # failed samples listed


# ---- small drawings beside numbers, which say the same ----


def bar(value: float, scale: float) -> Markup:
    """A bar from the middle, to the right when positive; full length at |value| = scale."""
    if not np.isfinite(value) or not scale > 0:
        return Markup("")
    width = 50 * min(1.0, abs(value) / scale)
    start = 50 if value >= 0 else 50 - width
    return Markup(
        f'<svg viewBox="0 0 100 14" width="100" height="14" aria-hidden="true">'
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
    label = f"histogram of effects from {number(edges[0])} to {number(edges[-1])}, most in the bin at {_peak(counts, edges)}"
    return Markup(
        f'<svg class="spark" viewBox="0 0 100 25" width="100" height="25" role="img" aria-label="{escape(label)}">{bars}'
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
    named = int(results.done[0])
    columns = {name: results.summary(f"interactions/{name}") for name in _FREQUENT}
    rows = []
    for k, mask in enumerate(data.frequent):
        of_mask = {name: values[k] for name, values in columns.items()}
        rows.append(
            (
                players(_names(results, named, mask)),
                (str(mask.bit_count()), mask.bit_count()),
                (f"{100 * of_mask['frequency']:.0f} %", of_mask["frequency"]),
                (spread(of_mask["effect_mean"], of_mask["effect_std"]), of_mask["effect_mean"]),
                f"{of_mask['positive']:.0f} / {of_mask['negative']:.0f}",
                histogram(of_mask["histogram"], of_mask["edges"]),
                _where_salient(data, k),
            )
        )
    return table(
        [
            Column("Players"),
            Column("Order", True, "number of players in the interaction"),
            Column("Frequency", True, "share of the done samples in which it is salient"),
            Column("Mean effect ± std", True, "of I(S) over the samples in which it is salient"),
            Column("+ / −", True, "samples in which it is salient with I(S) > 0 and with I(S) < 0"),
            Column("Effects"),
            Column("Samples"),
        ],
        rows,
        f"The {len(rows)} interactions that are salient most often. Effects are those of the samples in which it is salient.",
        identity="frequent",
        class_="long",
        row_ids=[interaction_id(mask) for mask in data.frequent],
    )


_FREQUENT = ("frequency", "effect_mean", "effect_std", "positive", "negative", "histogram", "edges")


def _names(results: Results, row: int, mask: int) -> tuple[str, ...]:
    """Names of a mask's players, also of players that this sample does not have."""
    names = results.names(row)
    return tuple(names[p] if p < len(names) else str(p) for p in range(mask.bit_length()) if mask >> p & 1)


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


def all_samples(data: Data) -> Markup:
    """One line a sample."""
    results = data.results
    kind = classes(results)
    statistics = {name: results.conditions(name) for name in ("salient_total", "order_limit", "monotone", "p_paper")}
    v = {name: np.asarray(results.file[f"samples/{name}"][:]) for name in ("v_empty", "v_full")}
    rows = []
    for row in range(results.samples):
        if results.status[row] == PENDING:
            rows.append((str(results.index[row]), "pending", *[MISSING] * 8))
            continue
        if results.status[row] == FAILED:
            failed = element("span", link(f"failed-{row}", "failed"))
            rows.append((str(results.index[row]), failed, *[MISSING] * 8))
            continue
        mask, effect = data.strongest.get(row, (0, float("nan")))
        floor = results.noise_floor(row)[mask.bit_count()]
        of_row = {name: float(values[row]) for name, values in statistics.items()}
        rows.append(
            (
                (
                    sample_link(data, row) if row in data.detailed else str(results.index[row]),
                    float(results.index[row]),
                ),
                (str(kind[row]), float(kind[row])),
                _count(float(results.n_players[row])),
                _sortable(float(v["v_empty"][row])),
                _sortable(float(v["v_full"][row])),
                interaction(data, row, mask) if mask else MISSING,
                (f"{signed(effect)}{_in_floors(abs(effect) / floor if floor > 0 else float('nan'))}", abs(effect)),
                _count(of_row["salient_total"]),
                _count(of_row["order_limit"]),
                ({1.0: "yes", 0.0: "no"}.get(of_row["monotone"], MISSING), of_row["monotone"]),
            )
        )
    return table(
        [
            Column("Sample", True, "its row in the samples file"),
            Column("Class", True, "its label, or the output that is explained where there is no label"),
            Column("n", True, "number of players"),
            Column("v(∅)", True, "output with all players masked"),
            Column("v(N)", True, "output with no player masked"),
            Column("Strongest interaction"),
            Column("Effect (floors)", True, "I(S); in brackets: its strength in units of the noise floor of its order"),
            Column("Salient", True, "number of salient interactions"),
            Column("Order limit", True, "no interaction of more players is salient"),
            Column("Monotone", False, "whether the mean output never falls from order to order"),
        ],
        rows,
        "All samples of the file, one line each.",
        identity="all-samples",
        class_="long",
        row_ids=[f"row-{row}" for row in range(results.samples)],
    )


def _sortable(value: float) -> tuple[str, float]:
    return number(value), value


def _count(value: float) -> tuple[str, float]:
    return (MISSING if np.isnan(value) else f"{value:.0f}"), value


def _in_floors(floors: float) -> str:
    return "" if np.isnan(floors) else f" ({number(floors, 2)}×)"


# ---- one sample in detail ----


def in_detail(data: Data, row: int, drawing: Markup | None, pictures: Pictures | None) -> Markup:
    """All that the report says of one sample."""
    results = data.results
    title = f"Sample {results.index[row]}"
    if results.label[row] >= 0:
        title += f", class {results.label[row]}"
    image = None
    if pictures is not None:
        image = element("img", src=Markup(pictures.data_uri(row)), alt=f"The image of sample {results.index[row]}")
    strongest = _strongest(data, row)
    indices = _indices(results, row)
    return element(
        "article",
        element("h3", title),
        element(
            "div", element("div", image or "", _facts(results, row), class_="picture"), drawing or "", class_="columns"
        ),
        element("div", strongest, indices, class_="columns"),
        element("p", link("all-samples", "All samples"), class_="soft"),
        id=f"sample-{row}",
        class_="sample",
    )


def _facts(results: Results, row: int) -> Markup:
    condition = {name: float(results.conditions(name)[row]) for name in _FACTS}
    monotone = {
        1.0: "yes",
        0.0: f"no, {condition['violations']:.0f} falls, the largest {number(condition['violation_max'])}",
    }
    sigma = float(results.noise_floor(row)[0])
    facts = [
        ("explained output", str(results.target[row])),
        ("players", str(results.n_players[row])),
        ("v(∅), v(N)", f"{_sample(results, 'v_empty', row)}, {_sample(results, 'v_full', row)}"),
        ("salient", f"{condition['salient_total']:.0f} interactions of |I(S)| ≥ τ = {number(condition['threshold'])}"),
        ("order limit", number(condition["order_limit"])),
        ("monotone", monotone.get(condition["monotone"], "not known")),
        ("p", number(condition["p_paper"])),
        ("noise σ", number(sigma) if np.isfinite(sigma) else "not known"),
    ]
    return element(
        "dl",
        *(element(tag, text) for fact in facts for tag, text in zip(("dt", "dd"), fact, strict=True)),
        class_="facts",
    )


_FACTS = ("salient_total", "threshold", "order_limit", "monotone", "violations", "violation_max", "p_paper")


def _sample(results: Results, name: str, row: int) -> str:
    return number(float(results.file[f"samples/{name}"][row]))


def _strongest(data: Data, row: int) -> Markup:
    if data.why_no_tables:
        return Markup("")
    found = list(data.results.strongest(row, TOP))
    scale = max((i.strength for i in found), default=0.0)
    rows = [
        (
            interaction(data, row, i.mask),
            str(i.order),
            signed(i.effect),
            bar(i.effect, scale),
            MISSING if np.isnan(i.floors) else f"{number(i.floors, 2)}×",
            element("span", "salient", class_="salient") if i.salient else "",
        )
        for i in found
    ]
    columns = [
        Column("Players"),
        Column("Order", True),
        Column("Effect I(S)", True),
        Column(""),
        Column("Noise floors", True, "strength |I(S)| in units of the noise floor of its order"),
        Column("|I| ≥ τ"),
    ]
    return table(columns, rows, f"Its {len(rows)} strongest interactions")


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
    columns = [Column("Player"), Column("Shapley value", True), Column(""), Column("Banzhaf value", True)]
    return table(columns, rows, f"{which}, by the size of the Shapley value")


# ---- failed ones ----


def failed_samples(results: Results) -> Markup:
    """Why samples failed."""
    failed = np.flatnonzero(results.status == FAILED)
    kinds = {1: "would come again", 2: "might pass: tried again at the next start"}
    kind = results.file["samples/error_kind"][:]
    shown = failed[:MOST_FAILED]
    rows = [(str(results.index[row]), results.error(int(row)), kinds.get(int(kind[row]), MISSING)) for row in shown]
    caption = f"{len(failed)} samples failed" + (
        "" if len(shown) == len(failed) else f"; the first {len(shown)} of them"
    )
    return table(
        [Column("Sample"), Column("Reason"), Column("Kind of failure")],
        rows,
        caption,
        row_ids=[f"failed-{row}" for row in shown],
    )
