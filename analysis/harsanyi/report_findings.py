"""What the report says first: one sentence for each question that people ask of a sweep."""

import numpy as np
from numpy.typing import NDArray

from harsanyi.data import UNBROKEN, mean
from harsanyi.markup import Markup, counted, element, grouped, join, number, percent
from harsanyi.reader import ROOT, Family, Results
from harsanyi.report_data import above_the_noise, further, known, rows_called, threshold

# How many interactions are looked for in other samples: the largest number in the file within both limits.
DICTIONARY = 100
SHARE = 0.05  # of all sets, so that as many at random hold little

# Codes of samples/noise_why, as docs/file-format.md has them.
NOISE = {
    0: "estimated, from below",
    1: "given",
    2: "not asked for",
    3: "rounding of the outputs only, as v jumps, or stays as it is, when inputs move",
    4: "unknown, as v is no function of S alone",
    5: "unknown, as there are no inputs to move",
    6: "rounding of the outputs only, as moved inputs have no finite v",
}


def findings(results: Results) -> Markup:
    """The four answers, each under its question."""
    answers = (
        ("Sparse?", sparse(results)),
        ("Monotone?", monotone(results)),
        ("Shared across samples?", shared(results)),
        ("Above the noise?", noise(results)),
    )
    cards = (element("div", element("dt", question), element("dd", answer)) for question, answer in answers)
    return element("dl", *cards, class_="findings")


def salience(results: Results) -> Markup:
    """What the answers call salient, and the kinds of interactions that they name."""
    text = f"An interaction is salient when |I(S)| ≥ τ = {threshold(results)}."
    if further(results):
        text += (
            f" {' and '.join(family.label for family in further(results))}: the sparsest interactions that rebuild v "
            "on every mask within ζ."
        )
    return element("p", text, class_="muted")


def sparse(results: Results) -> Markup:
    """How many interactions are salient, and how many players they join."""
    count, limit = _salient(results.family(ROOT))
    sets = 2.0 ** results.n_players[results.done] - 1
    if not len(count):
        return Markup("Not known: the file does not hold it.")
    share = _percent(mean(count / sets)) if len(count) == len(sets) else ""
    one = len(results.done) == 1
    alike = len(set(sets)) == 1  # else it is a share of another number in each
    middle = grouped(float(np.median(count)))
    parts: list[object] = [
        "" if one else f"In the median {rows_called(results, 1)} ",
        element("b", f"{middle} of {grouped(float(sets[0]))}" if alike else middle),
        " interaction is salient" if alike and sets[0] == 1 else " interactions are salient",
        f"{f' ({share} on average)' if share and not one else ''}, "
        f"joining up to {counted(float(np.median(limit)), 'player')}",
    ]
    for family in further(results):
        count, limit = _salient(family)
        if len(count):
            parts += [
                f"; of {family.label} ",
                element("b", grouped(float(np.median(count)))),
                f", joining up to {float(np.median(limit)):g}",
            ]
    return join([*parts, "."])


def _salient(family: Family) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of the done rows that have them: salient interactions of all kinds together, and the most players of one."""
    done = family.results.done
    count = family.conditions("salient_total")[done].reshape(len(done), -1).sum(axis=1)
    limit = family.conditions("order_limit")[done].reshape(len(done), -1).max(axis=1)
    return known(count), known(limit)


def monotone(results: Results) -> Markup:
    """In how many samples the mean output never falls."""
    flags, p = known(results.conditions("monotone")[results.done]), known(results.conditions("p_paper")[results.done])
    if not len(flags):
        return Markup("Not known: the file does not hold it.")
    with_p = f", and the exponent p is {number(mean(p))}{' on average' if len(p) > 1 else ''}" if len(p) else ""
    return join(
        [
            "In ",
            element("b", f"{int(flags.sum())} of {len(flags)}"),
            f" {rows_called(results, len(flags))} the mean output never falls as players are added{with_p}.",
        ]
    )


def shared(results: Results) -> Markup:
    """How much of what is salient in a sample is frequent in others."""
    if len(results.done) < 2:
        return join([f"Not known: it takes at least two {rows_called(results, 2)}."])
    if not results.summary_valid:
        return Markup("Not known yet: a sweep’s last sample, or harsanyi analyze, brings it.")
    most = min(DICTIONARY, SHARE * 2.0**results.players)
    k, rho, random = _transferred(results.family(ROOT), most)
    if not np.isfinite(rho):
        return Markup("Nothing is salient, so nothing is shared.")
    parts: list[object] = [
        f"The {'most frequent interaction holds' if k == 1 else f'{grouped(k)} most frequent interactions hold'} ",
        element("b", _percent(rho)),
        f" of what is salient in a {rows_called(results, 1)}, as many random ones {_percent(random)}",
    ]
    for family in further(results):
        try:
            k, rho, _ = _transferred(family, most)
        except ValueError:  # a file whose statistics of this family are not there
            continue
        parts += [f"; of {family.label} ", element("b", _percent(rho))]
    return join([*parts, "."])


def _transferred(family: Family, most: float) -> tuple[float, float, float]:
    """k, ρ(k) (of other samples where that is known), and that of random sets, for the largest k within `most`."""
    k = family.summary("transferability/k")
    at = max(0, int(np.searchsorted(k, most, side="right")) - 1)
    rho, held, random = (
        float(family.summary(f"transferability/{name}")[at]) for name in ("rho", "rho_heldout", "rho_random")
    )
    return float(k[at]), held if np.isfinite(held) else rho, random


def _percent(share: float) -> str:
    return percent(share).replace(" ", UNBROKEN)


def noise(results: Results) -> Markup:
    """In how many samples every salient interaction is stronger than its noise floor."""
    sigma = known(results.orders("noise_floor")[results.done, 0])
    if not len(sigma):
        return join([f"Not known (noise of v: {noise_sources(results)})."])
    clear, rows = above_the_noise(results)
    return join(
        [
            "In ",
            element("b", f"{clear} of {rows}"),
            f" {rows_called(results, rows)} every salient interaction is above its noise floor; the noise of v is "
            f"σ = {number(float(np.median(sigma)))} ({noise_sources(results)}).",
        ]
    )


def noise_sources(results: Results) -> str:
    """Where σ is from; with the number of samples where they differ."""
    codes, counts = np.unique(results.sample("noise_why")[results.done], return_counts=True)
    said = [NOISE.get(int(code), f"code {code}") for code in codes]
    if len(said) == 1:
        return said[0]
    return ", ".join(f"{count} {what}" for count, what in zip(counts, said, strict=True))
