"""The numbers behind each figure and table, as named columns of equal length: what a figure draws, its .csv holds.

Every function takes a results file and raises NothingToDraw, with a sentence for the reader, when there is nothing.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harsanyi.markup import number
from harsanyi.reader import ROOT, Family, Results

Column = NDArray[Any]
Columns = dict[str, Column]

UNBROKEN = "\u00a0"  # a space at which no line ends
EXPLAINED = 0.95  # R² of v rebuilt from the strongest interactions, from which on they explain it
ALL = "all"  # targets together
NO_SET = 2**64 - 1  # of /summary/interactions/mask


class NothingToDraw(ValueError):
    """A sentence that says why."""


def sample_data(results: Results, row: int, top: int = 6) -> Columns:
    """Fig. 1: the strongest interactions of one sample, strongest first, of each family; floors: strength in units of
    noise_floor."""
    if not 0 <= row < results.rows:
        raise ValueError(f"{results.path}: has no row {row}; the last is {results.rows - 1}")
    if row not in results.done:
        why = results.error(row)
        raise NothingToDraw(
            f"Sample {results.row_name(row)} failed: {why}"
            if why
            else f"Sample {results.row_name(row)} is not done yet."
        )
    found = [
        (name, rank, interaction)
        for name in results.families
        for rank, interaction in enumerate(results.strongest(row, top, name), 1)
        if interaction.strength > 0
    ]
    if not found:
        raise NothingToDraw("All interactions of this sample are 0.")
    floor = results.noise_floor(row)
    return {
        "family": np.array([name for name, _, _ in found]),
        "kind": np.array([i.kind for _, _, i in found]),
        "rank": np.array([rank for _, rank, _ in found]),
        "mask": np.array([i.mask for _, _, i in found], dtype=np.uint64),
        "players": np.array([" + ".join(i.players) for _, _, i in found]),
        "order": np.array([i.order for _, _, i in found]),
        "effect": np.array([i.effect for _, _, i in found]),
        "noise_floor": np.array([floor[i.order] if name == ROOT else math.nan for name, _, i in found]),
        "floors": np.array([i.floors for _, _, i in found]),
        "salient": np.array([i.salient for _, _, i in found]),
    }


def facts(family: Family, row: int) -> str:
    """One sample's interactions of a family in numbers, for people."""
    counts = np.atleast_1d(family.conditions("salient_total")[row])
    salient = ", ".join(f"{kind.upper()} {count:,.0f}" for kind, count in zip(family.kinds, counts, strict=True))
    needed = explaining(family)[row]
    said = [f"Σ|I| = {number(float(strengths(family)[row].sum()))}", f"salient: {salient.strip()}"]
    if needed < np.inf:
        said.append(f"{needed:,.0f} give R² ≥ {EXPLAINED:g}")
    if family.solved:
        gap = family.solution("gap")[row]
        missed = ", missed" if row in family.missed() else ""
        said += [f"ζ = {number(float(family.solution('zeta')[row]))}", f"gap {number(float(gap), 2)}{missed}"]
    return f"{family.label}: {'; '.join(part.replace(' ', UNBROKEN) for part in said)}"


def families_data(results: Results) -> Columns:
    """The families against each other, a line for each sample, family and, where there are several, kind. strength:
    Σ|I| without the empty set; explaining: how many of the strongest, of all kinds together, rebuild v with an R² of at
    least EXPLAINED (the smallest such number in curves/k; inf: none of them; NaN: not in the file)."""
    _need_done(results)
    if len(results.families) == 1:
        raise NothingToDraw("The dividends of v are the only interactions in this file; sparse.kinds adds AND and OR.")
    columns = stacked([part for name in results.families for part in _in_numbers(results.family(name))])
    if not (columns["strength"] > 0).any():
        raise NothingToDraw("All interactions are 0.")
    return columns


def _in_numbers(family: Family) -> list[Columns]:
    """All kinds together, then each of several."""
    results, done = family.results, family.results.done
    strength = strengths(family)[done]
    salient = family.conditions("salient_total")[done].reshape(len(done), -1)
    converged = np.isin(done, family.missed(), invert=True)
    solution = {
        name: family.solution(name)[done] if family.solved else np.full(len(done), np.nan) for name in ("zeta", "gap")
    }

    def part(kind: str, places: slice, needed: Column) -> Columns:
        return {
            "sample": results.index[done],
            "target": results.target[done],
            "family": np.full(len(done), family.name),
            "kind": np.full(len(done), kind, dtype="U16"),
            "strength": strength[:, places].sum(axis=1),
            "salient": salient[:, places].sum(axis=1),
            "explaining": needed,
            **solution,
            "converged": converged.astype(int),
        }

    parts = [part("", slice(None), explaining(family)[done])]
    if len(family.kinds) > 1:
        unknown = np.full(len(done), np.nan)
        parts += [part(kind, slice(place, place + 1), unknown) for place, kind in enumerate(family.kinds)]
    return parts


def strengths(family: Family) -> Column:
    """Σ|I| without the empty set, [R, kinds]."""
    by_order = family.orders("interaction_abs_sum")
    sums: Column = np.nansum(by_order[..., 1:], axis=-1).reshape(len(by_order), -1)
    sums[family.results.status != 1] = np.nan
    return sums


def explaining(family: Family) -> Column:
    """[R], see families_data."""
    try:
        r2, k = family.curves("r2"), family.curve_axis("k")
    except ValueError:  # a file without them
        return np.full(family.results.rows, np.nan)
    enough = r2 >= EXPLAINED
    needed = np.where(enough.any(axis=1), k[enough.argmax(axis=1)], np.inf)
    return np.where(np.isfinite(r2).any(axis=1), needed, np.nan)


def salient_orders_data(results: Results) -> Columns:
    """Salient interactions by order 1 … n of each family and kind, mean over the samples that have the order."""
    parts = []
    for name in results.families:
        family = results.family(name)
        for place, kind in enumerate(family.kinds):
            columns = _by_order(family, "salient_count", place)
            count = len(columns["order"])
            columns |= {"family": np.full(count, name), "kind": np.full(count, kind, dtype="U16")}
            parts.append(columns | {"salient": _mean_by_order(family, "salient_count", place)})
    columns = stacked(parts)
    if not np.any(columns["salient"] > 0):
        raise NothingToDraw("No interaction is salient in any sample.")
    return columns


def effects_data(results: Results, top: int = 6, family: str = ROOT) -> Columns:
    """Fig. 2, right: effects of the most frequently salient sets of a family, of all kinds together, over the samples
    in which they are salient, one line for each bin of each set's histogram. Where samples have several targets: over
    all rows (target "all"), and then over those of each target."""
    _need_summary(results)
    drawn = results.family(family)
    masks, frequency = (_of_summary(drawn, f"interactions/{name}") for name in ("mask", "frequency"))
    sets = [place for place in range(len(masks)) if masks[place] != NO_SET and frequency[place] > 0][:top]
    if not sets:
        raise NothingToDraw("No interaction is salient in any sample.")
    counts = drawn.summary("interactions/histogram")[sets]
    edges = drawn.summary("interactions/edges")[sets]
    bins = counts.shape[1]

    def of_set(name: str) -> Column:
        return np.repeat(drawn.summary(f"interactions/{name}")[sets], bins)

    players = [" + ".join(results.players_of(None, int(masks[place]))) for place in sets]
    kinds = drawn.summary("interactions/kind")[sets] if family != ROOT else np.zeros(len(sets), dtype=int)
    columns: Columns = {
        "family": np.full(len(sets) * bins, family),
        "kind": np.repeat(np.array([drawn.kinds[kind] for kind in kinds]), bins),
        "rank": np.repeat(np.arange(1, len(sets) + 1), bins),
        "mask": of_set("mask"),
        "players": np.repeat(np.array(players), bins),
        "target": np.full(len(sets) * bins, ALL),
        "frequency": of_set("frequency"),
        "effect_mean": of_set("effect_mean"),
        "effect_std": of_set("effect_std"),
        "positive": of_set("positive"),
        "negative": of_set("negative"),
        "low": edges[:, :-1].ravel(),
        "high": edges[:, 1:].ravel(),
        "samples": counts.ravel(),
    }
    return stacked([columns, *_by_target(drawn, columns)]) if results.several_targets else columns


def _by_target(family: Family, pooled: Columns) -> list[Columns]:
    """The lines of each target, with the bins of all; none where only statistics are there, without the tables."""
    results, parts = family.results, []
    for target in np.unique(results.target[results.done]):
        rows = results.done[results.target[results.done] == target]
        part = {name: column.copy() for name, column in pooled.items()}
        part["target"] = np.full(len(pooled["rank"]), str(target))
        try:
            for rank in np.unique(pooled["rank"]):
                _of_rows(part, family, rows, pooled["rank"] == rank)
        except ValueError:
            return []
        parts.append(part)
    return parts


def _of_rows(part: Columns, family: Family, rows: Column, lines: Column) -> None:
    """Sets the lines of one set to what they are over these rows."""
    mask, kind = int(part["mask"][lines][0]), family.kinds.index(part["kind"][lines][0])
    salient = family.salient_in([mask], kind)[rows, 0]
    effects = np.array([family.effect(row, mask, kind) for row in rows[salient]])
    part["frequency"][lines] = salient.mean()
    part["effect_mean"][lines], part["effect_std"][lines] = mean(effects), deviation(effects)
    part["positive"][lines], part["negative"][lines] = (effects > 0).sum(), (effects < 0).sum()
    bins = np.searchsorted(part["high"][lines][:-1], effects, side="right")
    part["samples"][lines] = np.bincount(bins, minlength=int(lines.sum()))


def strength_curve_data(results: Results, family: str = ROOT) -> Columns:
    """Fig. 3: |I(S)| / max |I| by rank, mean over the samples that have the rank. noise_first, _middle and _last: the
    noise floor of order 1, of order n/2 (where most sets are) and of order n in the same unit, mean over samples; NaN
    where the floor is not known, as in all families but the dividends."""
    _need_summary(results)
    rank, strength, samples = _strength_curve(results.family(family))
    there = samples > 0
    if not there.any():
        raise NothingToDraw("There is no strength curve: statistics.curves is off, or all interactions are 0.")
    count = int(there.sum())
    columns: Columns = {
        "family": np.full(count, family),
        "rank": rank[there],
        "strength": strength[there],
        "samples": samples[there],
    }
    return columns | {
        f"noise_{name}": np.full(count, floor if family == ROOT else math.nan)
        for name, floor in _noise_of_curve(results).items()
    }


def _strength_curve(family: Family) -> tuple[Column, Column, Column]:
    """Ranks, mean strengths, and of how many samples."""
    for read in (_curve_of_summary, _curve_of_rows):
        try:
            return read(family)
        except ValueError:  # a file without it
            continue
    raise NothingToDraw(f"{family.label}: no strength curve in this file")


def _curve_of_summary(family: Family) -> tuple[Column, Column, Column]:
    return family.summary("strength_rank"), family.summary("strength_curve"), family.summary("strength_count")


def _curve_of_rows(family: Family) -> tuple[Column, Column, Column]:
    strength = family.curves("strength")[family.results.done]
    means = np.array([mean(column) for column in strength.T])
    return family.curve_axis("rank"), means, np.isfinite(strength).sum(axis=0)


def _noise_of_curve(results: Results) -> dict[str, float]:
    floor = results.orders("noise_floor")[results.done]
    largest = np.nanmax(results.orders("strength_max")[results.done, 1:], axis=1, initial=0.0)
    n = results.n_players[results.done]
    places = np.arange(len(floor))
    return {
        name: mean(np.divide(floor[places, order], largest, out=np.full(len(n), np.nan), where=largest > 0))
        for name, order in (("first", np.ones_like(n)), ("middle", (n + 1) // 2), ("last", n))
    }


def strength_boxes_data(results: Results, family: str = ROOT, kind: str = "") -> Columns:
    """Fig. 4: box-plot statistics of |I(S)| by order 1 … n, each the mean over the samples that have the order; of one
    kind of a family. The noise floor is known of the dividends only."""
    drawn = results.family(family)
    if kind not in drawn.kinds:
        raise ValueError(f"{results.path}: the family {family!r} has no kind {kind!r}; there are: {drawn.kinds}")
    place = drawn.kinds.index(kind)
    by_order = _by_order(drawn, "strength_mean", place)
    count = results.players
    columns = {"family": np.full(count, family), "kind": np.full(count, kind, dtype="U16"), **by_order}
    names = ("whisker_low", "q1", "median", "q3", "whisker_high", "max", "mean")
    for name in names:
        columns[name] = _mean_by_order(drawn, f"strength_{name}", place)
    known = family == ROOT
    columns["noise_floor"] = _mean_by_order(drawn, "noise_floor") if known else np.full(count, np.nan)
    if not np.any(columns["max"] > 0):
        raise NothingToDraw("All interactions are 0.")
    return columns


def monotonicity_data(results: Results, family: str = ROOT) -> Columns:
    """Fig. 5a: mean output u-bar by order 0 … n, mean and standard deviation (population) over the samples; of v, or
    of the table w that the interactions of another family rebuild."""
    drawn = results.family(family)
    columns = _by_order(drawn, "output_mean", first=0)
    output = drawn.orders("output_mean")[results.done]
    columns["output"] = _mean_by_order(drawn, "output_mean", first=0)
    columns["std"] = np.array([deviation(column) for column in output.T])
    return {"family": np.full(len(output.T), family), **columns}


def exponents_data(results: Results) -> Columns:
    """Fig. 5b: the exponents p of the samples that have one: monotone, mean output of order 1 above 0."""
    _need_done(results)
    p = results.conditions("p_paper")
    there = np.flatnonzero(np.isfinite(p))
    if len(there) == 0:
        raise NothingToDraw(
            "No sample has an exponent p: it takes two players or more, and a mean output that never falls "
            "and is above 0 at order 1."
        )
    return {
        "sample": results.index[there],
        "target": results.target[there],
        "p_paper": p[there],
        "p_all_pairs": results.conditions("p_all_pairs")[there],
    }


def signed_strength_data(results: Results) -> Columns:
    """Sum of the positive and of the negative interactions by order 1 … n, mean and standard deviation over samples;
    noise: what noise alone would make of either, C(n, m) floor / sqrt(2 pi)."""
    columns = _by_order(results.family(ROOT), "interaction_abs_sum")
    for name in ("positive", "negative"):
        part = results.orders(f"{name}_sum")[results.done, 1:]
        columns[name] = np.array([mean(column) for column in part.T])
        columns[f"{name}_std"] = np.array([deviation(column) for column in part.T])
    if not (np.any(columns["positive"] > 0) or np.any(columns["negative"] < 0)):
        raise NothingToDraw("All interactions are 0.")
    floor = results.orders("noise_floor")[results.done, 1:]
    sets = np.array([[math.comb(n, m) for m in columns["order"]] for n in results.n_players[results.done].tolist()])
    columns["noise"] = np.array([mean(column) for column in (sets * floor / math.sqrt(2 * math.pi)).T])
    return columns


def layers_data(results: Results) -> Columns:
    """Several outputs, such as probes on the layers of a network: Σ|I| of the dividends of order 1 … n, mean over the
    rows that have the order, and its share of all orders' Σ|I|, the mean over rows of each one's share."""
    if len(results.by_output()) == 1:
        raise NothingToDraw("There is one output; model.output: [a, b] in the config explains several.")
    parts = []
    for part in results.by_output():
        family = part.family(ROOT)
        columns = _by_order(family, "interaction_abs_sum")
        strength = part.orders("interaction_abs_sum")[part.done, 1:]
        total = strengths(family)[part.done]
        shares = np.divide(strength, total, out=np.full_like(strength, np.nan), where=total > 0)
        columns["strength"] = np.array([mean(column) for column in strength.T])
        columns["share"] = np.array([mean(column) for column in shares.T])
        parts.append({"output": np.full(len(strength.T), part.chosen), **columns})
    columns = stacked(parts)
    if not np.any(columns["strength"] > 0):
        raise NothingToDraw("All interactions are 0.")
    return columns


def transferability_data(results: Results, family: str = ROOT) -> Columns:
    """rho(k): all samples, held out, at random, and class by class; of all kinds of a family together."""
    _need_summary(results)
    drawn = results.family(family)
    k = _of_summary(drawn, "transferability/k")
    columns: Columns = {"family": np.full(len(k), family), "k": k}
    for name in ("rho", "rho_heldout", "rho_random"):
        columns[name] = drawn.summary(f"transferability/{name}")
    if not np.isfinite(columns["rho"]).any():
        raise NothingToDraw("No interaction is salient in any sample.")
    by_class = drawn.summary("transferability/rho_class")
    for label, rho in zip(drawn.summary("transferability/classes"), by_class, strict=True):
        columns[f"rho_class_{label}"] = rho
    return columns


def faithfulness_data(results: Results, family: str = ROOT) -> Columns:
    """Errors of v rebuilt from the k strongest interactions, of all kinds together, on all masks, mean over samples.
    zeta: how far the interactions of a family that a solver found may be from v all together, mean over samples."""
    _need_summary(results)
    drawn = results.family(family)
    k = _of_summary(drawn, "faithfulness/k")
    zeta = mean(drawn.solution("zeta")) if drawn.solved else math.nan
    columns: Columns = {"family": np.full(len(k), family), "k": k, "zeta": np.full(len(k), zeta)}
    for name in ("rmse", "max_error", "r2", "r_omega"):
        columns[name] = drawn.summary(f"faithfulness/{name}")
    if not any(np.isfinite(columns[name]).any() for name in ("rmse", "max_error", "r2", "r_omega")):
        raise NothingToDraw("There is no faithfulness in this file: statistics.curves is off, or n is above 24.")
    if not (columns["max_error"] > 0).any():
        if not np.any(drawn.conditions("threshold")[results.done] > 0):
            raise NothingToDraw("All interactions are 0.")
        raise NothingToDraw("No error is above 0: v is rebuilt exactly from the strongest interaction alone.")
    return columns


# ---- means that skip NaN and are NaN without a number ----


def mean(numbers: Column) -> float:
    finite = numbers[np.isfinite(numbers)]
    return float(finite.mean()) if len(finite) else math.nan


def deviation(numbers: Column) -> float:
    """Standard deviation of the population, as everywhere in the file."""
    finite = numbers[np.isfinite(numbers)]
    return float(finite.std()) if len(finite) else math.nan


def stacked(parts: list[Columns]) -> Columns:
    """Tables of the same columns, below each other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _of_kind(family: Family, name: str, kind: int, first: int) -> Column:
    """orders/NAME of the done rows from order `first` on; what has no kinds is that of all together."""
    rows = family.orders(name)[family.results.done]
    return rows[:, first:] if rows.ndim == 2 else rows[:, kind, first:]


def _mean_by_order(family: Family, name: str, kind: int = 0, first: int = 1) -> Column:
    return np.array([mean(column) for column in _of_kind(family, name, kind, first).T])


def _by_order(family: Family, name: str, kind: int = 0, first: int = 1) -> Columns:
    """The order and the number of samples that have it: fewer where samples differ in their number of players."""
    _need_done(family.results)
    there = np.isfinite(_of_kind(family, name, kind, first))
    return {"order": np.arange(first, family.results.players + 1), "samples": there.sum(axis=0)}


def _of_summary(family: Family, name: str) -> Column:
    try:
        return family.summary(name)
    except ValueError as lacks:  # a file without them
        raise NothingToDraw(f"Statistics across samples of {family.label} are not in this file.") from lacks


def _need_done(results: Results) -> None:
    if len(results.done) == 0:
        failed = int((results.status == 2).sum())
        raise NothingToDraw("All samples failed." if failed == results.rows and failed else "No sample is done yet.")


def _need_summary(results: Results) -> None:
    _need_done(results)
    if not results.summary_valid:
        raise NothingToDraw(
            "This file has no statistics across samples: they are written when all samples are done "
            "(`harsanyi analyze FILE -o OUT` makes them of those that are)."
        )


def families_of(results: Results, row: int, columns: Columns) -> list[tuple[str, Columns]]:
    """What is drawn, family by family: a heading (none where there are the dividends alone), and the interactions."""
    parts = []
    for name in results.families:
        of_family = {key: column[columns["family"] == name] for key, column in columns.items()}
        heading = facts(results.family(name), row) if len(results.families) > 1 else ""
        parts.append((heading, of_family))
    return parts
