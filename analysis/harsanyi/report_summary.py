"""The report's table of what holds across samples."""

import numpy as np
from numpy.typing import NDArray

from harsanyi.markup import MISSING, Column, Markup, counted, element, escape, number, percent, spread, table
from harsanyi.reader import Results
from harsanyi.report_data import Data, above_the_noise, known, no_halves, threshold
from harsanyi.report_findings import noise_sources

# Codes of conditions/excluded_why, as docs/file-format.md has them; samples with later codes are counted.
EXCLUDED = {
    1: "theorems not computed, or numbers overflow",
    2: "all interactions are 0",
    3: "not monotone",
    4: "mean output of order 1 not above 0",
    5: "one player only",
    6: "v(N) − v(∅) below min_output",
    7: "no order reaches degree ⌊p⌋",
    8: "every λ(m0) near 0",
    9: "no logarithm defined",
}


def summary_table(data: Data) -> Markup:
    """Each quantity, in a few words what it is, and its value."""
    results = data.results
    rows = _samples(results) + _conditions(results) + _theorem_3(results) + _across(results) + _noise(results)
    cells = [(Markup(escape(name) + element("span", what, class_="what")), value) for name, value, what in rows]
    return table([Column("Quantity"), Column("Value")], cells, "What holds across the samples")


Rows = list[tuple[object, object, object]]


def _samples(results: Results) -> Rows:
    done, failed = len(results.done), int((results.status == 2).sum())
    pending = results.rows - done - failed
    return [
        (
            "Samples",
            f"{done} done, {failed} failed, {pending} pending",
            "all numbers here are of the samples that are done",
        ),
        ("Threshold τ", threshold(results), "I(S) is salient when |I(S)| ≥ τ; the empty set never is"),
    ]


def _conditions(results: Results) -> Rows:
    monotone, p = results.conditions("monotone"), results.conditions("p_paper")
    limit = known(results.conditions("order_limit"))
    sets = f"{'up to ' if len(set(results.n_players[results.done])) > 1 else ''}{2.0**results.players - 1:,.0f}"
    salient = known(results.conditions("salient_total"))
    of_monotone = results.conditions("salient_total")[monotone == 1]
    above = results.conditions("mass_above")
    at_limit = [above[r, int(m)] for r, m in enumerate(results.conditions("order_limit")) if not np.isnan(m)]
    return [
        (
            "Monotone samples",
            f"{percent(_mean(known(monotone)))} ({int(np.nansum(monotone))} of {len(known(monotone))})",
            "Assumption 2: the mean output over all masks of m players never falls as m grows; no tolerance",
        ),
        (
            "p",
            f"{_spread(known(p))}, from {counted(len(known(p)), 'sample')}",
            "Assumption 3, the paper’s estimate: max over m of ln(ū(m)/ū(1)) / ln m; monotone samples with ū(1) > 0",
        ),
        (
            "Salient interactions",
            f"{_spread(salient)} of {sets}; monotone samples: {_spread(known(of_monotone))}",
            "how many are salient, mean ± standard deviation over the samples",
        ),
        (
            "Order limit",
            f"{_spread(limit)}, at most {_largest(limit)}",
            "Assumption 1: the smallest M such that no interaction of more than M players is salient",
        ),
        (
            "Strength above it",
            percent(_mean(known(np.array(at_limit)))),
            "share of the sum of |I(S)| at orders above the order limit",
        ),
    ]


def _theorem_3(results: Results) -> Rows:
    bound, real = results.conditions("bound_total"), results.conditions("real_total")
    both = ~np.isnan(bound) & ~np.isnan(real)
    l1, salient = results.conditions("bound_l1"), results.conditions("salient_total")
    totals = np.where(np.isnan(l1[:, 1:]).all(axis=1), np.nan, np.nansum(l1[:, 1:], axis=1))[results.done]
    codes = results.conditions("excluded_why")[results.done]
    causes = [f"{(codes == code).sum()} {why}" for code, why in EXCLUDED.items() if (codes == code).any()]
    return [
        (
            "Theorem 3",
            f"bound {_spread(bound[both])}, real {_spread(real[both])}" if both.any() else MISSING,
            "bound of the number of salient interactions up to the assumed order limit, against their real number; of "
            f"{counted(int(both.sum()), 'sample')} with a bound",
        ),
        (
            "Bound that always holds",
            f"{_spread(known(totals))}, real {_spread(known(salient))}" if len(known(totals)) else MISSING,
            "sum of |I(S)| / τ over all orders",
        ),
        ("Left out of the theorems", "; ".join(causes) or "none", "samples, by cause"),
    ]


def _across(results: Results) -> Rows:
    if not results.summary_valid:
        return [
            (
                "Across samples",
                "not in the file",
                "transferability, discrimination and faithfulness come at the end of a sweep or with harsanyi analyze",
            )
        ]
    k = results.summary("transferability/k")
    at = int(np.searchsorted(k, 10)) if len(k) and k[-1] >= 10 else len(k) - 1
    rho = [float(results.summary(f"transferability/{name}")[at]) for name in ("rho", "rho_heldout", "rho_random")]
    held_out = no_halves(results) if np.isnan(rho[1]) else number(rho[1])
    return [
        (
            f"Transferability ρ({k[at]})",
            f"{number(rho[0])}; held out {held_out}; random {number(rho[2])}",
            f"mean share of a sample’s salient interactions that are among the {k[at]} most frequent ones; held out: "
            "most frequent in the other half of the samples; random: as many sets at random",
        ),
        (
            "Discrimination",
            number(float(results.summary("discrimination/weighted"))),
            "max(m⁺, m⁻)/(m⁺ + m⁻) of the signs of a salient interaction’s effects in one class, mean weighted by its "
            "frequency; ½: signs as if tossed, 1: always the same",
        ),
    ]


def _noise(results: Results) -> Rows:
    floor = results.orders("noise_floor")
    sigma = known(floor[:, 0])
    if len(sigma) == 0:
        return [
            (
                "Noise floor",
                "not known",
                f"{noise_sources(results)}; strengths cannot be compared with it",
            )
        ]
    clear, rows = above_the_noise(results)
    last = known(np.array([results.noise_floor(int(r))[-1] for r in results.done]))
    return [
        (
            "Noise floor",
            f"σ = {number(float(np.median(sigma)))} (median; {noise_sources(results)}); "
            f"{number(float(np.median(last)))} at order n",
            "standard deviation of I(S) that noise of v alone causes: √(2ᵐ) σ at order m",
        ),
        (
            "Samples above the noise",
            f"{clear} of {rows}",
            "samples whose τ is above the noise floor of every order up to their order limit: each of their salient "
            "interactions is stronger than its floor",
        ),
    ]


def transferability_table(results: Results) -> Markup:
    """ρ over k."""
    k = results.summary("transferability/k")
    columns = [results.summary(f"transferability/{name}") for name in ("rho", "rho_heldout", "rho_random")]
    rows = [(str(size), *(number(float(column[i])) for column in columns)) for i, size in enumerate(k)]
    heads = [Column("k", "number"), Column("ρ", "number"), Column("held out", "number"), Column("random", "number")]
    return table(heads, rows, "Transferability across samples")


def faithfulness_table(results: Results) -> Markup:
    """Error over how many of the strongest interactions are kept."""
    k = results.summary("faithfulness/k")
    names = ("rmse", "max_error", "r2", "r_omega")
    columns = [results.summary(f"faithfulness/{name}") for name in names]
    rows = [
        (str(size), *(number(float(column[i])) for column in columns))
        for i, size in enumerate(k)
        if not all(np.isnan(column[i]) for column in columns)
    ]
    heads = [
        Column("K", "number"),
        Column("RMSE", "number"),
        Column("max error", "number"),
        Column("R²", "number"),
        Column("R_Ω", "number"),
    ]
    return (
        table(heads, rows, "Faithfulness of the K strongest interactions")
        if rows
        else element("p", "No faithfulness curves in the file.", class_="muted")
    )


def _mean(values: NDArray[np.float64]) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _spread(values: NDArray[np.float64]) -> str:
    return spread(_mean(values), float(values.std())) if len(values) else MISSING


def _largest(values: NDArray[np.float64]) -> str:
    return f"{values.max():.0f}" if len(values) else MISSING
