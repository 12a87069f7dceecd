"""The numbers behind each figure and table, as named columns of equal length: what a figure draws, its .csv holds.

Every function takes a results file and raises NothingToDraw, with a sentence for the reader, when there is nothing.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harsanyi.reader import Results

Column = NDArray[Any]
Columns = dict[str, Column]

NO_SET = 2**64 - 1  # of /summary/interactions/mask


class NothingToDraw(ValueError):
    """A sentence that says why."""


def sample_data(results: Results, row: int, top: int = 6) -> Columns:
    """Fig. 1: the strongest interactions of one sample, strongest first; floors: strength in units of noise_floor."""
    if not 0 <= row < results.rows:
        raise ValueError(f"{results.path}: has no row {row}; the last is {results.rows - 1}")
    if row not in results.done:
        why = results.error(row)
        raise NothingToDraw(
            f"Sample {results.index[row]} failed: {why}" if why else f"Sample {results.index[row]} is not done yet."
        )
    found = [interaction for interaction in results.strongest(row, top) if interaction.strength > 0]
    if not found:
        raise NothingToDraw("All interactions of this sample are 0.")
    floor = results.noise_floor(row)
    return {
        "rank": np.arange(1, len(found) + 1),
        "mask": np.array([i.mask for i in found], dtype=np.uint64),
        "players": np.array([" + ".join(i.players) for i in found]),
        "order": np.array([i.order for i in found]),
        "effect": np.array([i.effect for i in found]),
        "noise_floor": np.array([floor[i.order] for i in found]),
        "floors": np.array([i.floors for i in found]),
        "salient": np.array([i.salient for i in found]),
    }


def effects_data(results: Results, top: int = 6) -> Columns:
    """Fig. 2, right: effects of the most frequently salient sets over the samples in which they are salient, one line
    for each bin of each set's histogram."""
    _need_summary(results)
    masks = results.summary("interactions/mask")
    frequency = results.summary("interactions/frequency")
    sets = [place for place in range(len(masks)) if masks[place] != NO_SET and frequency[place] > 0][:top]
    if not sets:
        raise NothingToDraw("No interaction is salient in any sample.")
    row = int(results.done[np.argmax(results.n_players[results.done])])
    counts = results.summary("interactions/histogram")[sets]
    edges = results.summary("interactions/edges")[sets]
    bins = counts.shape[1]

    def of_set(name: str) -> Column:
        return np.repeat(results.summary(f"interactions/{name}")[sets], bins)

    players = [" + ".join(results.players_of(row, int(masks[place]))) for place in sets]
    return {
        "rank": np.repeat(np.arange(1, len(sets) + 1), bins),
        "mask": of_set("mask"),
        "players": np.repeat(np.array(players), bins),
        "frequency": of_set("frequency"),
        "effect_mean": of_set("effect_mean"),
        "effect_std": of_set("effect_std"),
        "positive": of_set("positive"),
        "negative": of_set("negative"),
        "low": edges[:, :-1].ravel(),
        "high": edges[:, 1:].ravel(),
        "samples": counts.ravel(),
    }


def strength_curve_data(results: Results) -> Columns:
    """Fig. 3: |I(S)| / max |I| by rank, mean over the samples that have the rank. noise_first, _middle and _last: the
    noise floor of order 1, of order n/2 (where most sets are) and of order n in the same unit, mean over samples."""
    _need_summary(results)
    strength = results.summary("strength_curve")
    samples = results.summary("strength_count")
    there = samples > 0
    if not there.any():
        raise NothingToDraw("There is no strength curve: statistics.curves is off, or all interactions are 0.")
    floor = results.orders("noise_floor")[results.done]
    largest = np.nanmax(results.orders("strength_max")[results.done, 1:], axis=1, initial=0.0)
    n = results.n_players[results.done]
    places = np.arange(len(floor))
    columns: Columns = {
        "rank": results.summary("strength_rank")[there],
        "strength": strength[there],
        "samples": samples[there],
    }
    for name, order in (("first", np.ones_like(n)), ("middle", (n + 1) // 2), ("last", n)):
        ratios = np.divide(floor[places, order], largest, out=np.full(len(n), np.nan), where=largest > 0)
        columns[f"noise_{name}"] = np.full(int(there.sum()), mean(ratios))
    return columns


def strength_boxes_data(results: Results) -> Columns:
    """Fig. 4: box-plot statistics of |I(S)| by order 1 … n, each the mean over the samples that have the order."""
    columns = _by_order(results, "strength_mean")
    names = ("whisker_low", "q1", "median", "q3", "whisker_high", "max", "mean")
    for name in names:
        columns[name] = _mean_by_order(results, f"strength_{name}")
    columns["noise_floor"] = _mean_by_order(results, "noise_floor")
    if not np.any(columns["max"] > 0):
        raise NothingToDraw("All interactions are 0.")
    return columns


def monotonicity_data(results: Results) -> Columns:
    """Fig. 5a: mean output u-bar by order 0 … n, mean and standard deviation (population) over the samples."""
    columns = _by_order(results, "output_mean", first=0)
    output = results.orders("output_mean")[results.done]
    columns["output"] = _mean_by_order(results, "output_mean", first=0)
    columns["std"] = np.array([deviation(column) for column in output.T])
    return columns


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
        "p_paper": p[there],
        "p_all_pairs": results.conditions("p_all_pairs")[there],
    }


def signed_strength_data(results: Results) -> Columns:
    """Sum of the positive and of the negative interactions by order 1 … n, mean and standard deviation over samples;
    noise: what noise alone would make of either, C(n, m) floor / sqrt(2 pi)."""
    columns = _by_order(results, "interaction_abs_sum")
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


def transferability_data(results: Results) -> Columns:
    """rho(k): all samples, held out, at random, and class by class."""
    _need_summary(results)
    columns: Columns = {"k": results.summary("transferability/k")}
    for name in ("rho", "rho_heldout", "rho_random"):
        columns[name] = results.summary(f"transferability/{name}")
    if not np.isfinite(columns["rho"]).any():
        raise NothingToDraw("No interaction is salient in any sample.")
    by_class = results.summary("transferability/rho_class")
    for label, rho in zip(results.summary("transferability/classes"), by_class, strict=True):
        columns[f"rho_class_{label}"] = rho
    return columns


def faithfulness_data(results: Results) -> Columns:
    """Errors of v rebuilt from the k strongest interactions on all masks, mean over samples."""
    _need_summary(results)
    columns: Columns = {"k": results.summary("faithfulness/k")}
    for name in ("rmse", "max_error", "r2", "r_omega"):
        columns[name] = results.summary(f"faithfulness/{name}")
    if not any(np.isfinite(columns[name]).any() for name in ("rmse", "max_error", "r2", "r_omega")):
        raise NothingToDraw("There is no faithfulness in this file: statistics.curves is off, or n is above 24.")
    if not (columns["max_error"] > 0).any():
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


def _mean_by_order(results: Results, name: str, first: int = 1) -> Column:
    return np.array([mean(column) for column in results.orders(name)[results.done, first:].T])


def _by_order(results: Results, name: str, first: int = 1) -> Columns:
    """The order and the number of samples that have it: fewer where samples differ in their number of players."""
    _need_done(results)
    there = np.isfinite(results.orders(name)[results.done, first:])
    return {"order": np.arange(first, results.players + 1), "samples": there.sum(axis=0)}


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
