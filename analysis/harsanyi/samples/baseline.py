"""What absent players become."""

import argparse
from dataclasses import dataclass

import numpy as np

from harsanyi.samples.inputs import CHUNK, Inputs, open_inputs
from harsanyi.samples.players import image_of
from harsanyi.samples.sources import Array, InputError, Source

MOST = 4096  # baselines of a sample that `harsanyi run` takes
FROM_DATA = ("mean", "marginal")
_KINDS = "zero, mean, marginal:K, blur, blur:SIGMA, a number or nan"


@dataclass(frozen=True)
class Baseline:
    """What the elements of absent players become, and what it is, in words."""

    numbers: Array  # a number, [shape...] or [S, shape...]; with several [K, shape...] or [S, K, shape...]
    what: str
    several: int = 0  # K, the baselines that v is the mean over; 0: one that is no list

    @property
    def dataset(self) -> str:
        return "baselines" if self.several else "baseline"


def baseline(options: argparse.Namespace, inputs: Inputs, rows: Array, x: Array) -> Baseline:
    """Of x [S, shape...], the inputs of `rows`."""
    kind, colon, given = options.baseline.partition(":")
    if options.training and kind not in FROM_DATA:
        raise InputError(f"--training is for --baseline mean and marginal:K, not {options.baseline}")
    if options.baseline == "mean":
        return _mean(options, inputs, x)
    if kind == "marginal":
        return _marginal(options, inputs, rows, given)
    if kind == "blur":
        return _blur(inputs.source, x, given if colon else None)
    if options.baseline.lower() == "nan":
        return Baseline(np.array(np.nan, x.dtype), "NaN everywhere: missing, for a model that takes NaN so")
    number = _number("0" if options.baseline == "zero" else options.baseline)
    if not np.isfinite(number):
        raise InputError(f"--baseline {options.baseline}: give {_KINDS}")
    return Baseline(np.array(number, x.dtype), f"{number:g} everywhere")


def _number(text: str) -> float:
    """NaN when it is not a number."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _background(options: argparse.Namespace, inputs: Inputs) -> Inputs:
    """The training data, or else all inputs given."""
    training = open_inputs(options, [options.training], training=True) if options.training else inputs
    if training.source.shape != inputs.source.shape or training.source.elements != inputs.source.elements:
        raise InputError(
            f"{options.training}: its samples are not like those of {inputs.source.name}: other columns, or other "
            "categories (--one-hot COLUMN=A,B,C names them)"
            if training.source.elements
            else f"{options.training}: its samples are not like those of {inputs.source.name}"
        )
    return training


def _mean(options: argparse.Namespace, inputs: Inputs, x: Array) -> Baseline:
    training = _background(options, inputs)
    total, there = np.zeros(inputs.source.shape), np.zeros(inputs.source.shape, np.int64)
    for _, part in training.chunks(np.arange(len(training))):
        total += np.nansum(part, axis=0, dtype=np.float64)
        there += (~np.isnan(part)).sum(axis=0)
    if not there.all():
        nowhere = int(there.ravel().argmin())
        name = training.source.elements[nowhere] if training.source.elements else f"number {nowhere} of an input"
        raise InputError(f"{training.source.name}: {name} is missing everywhere, it has no mean: --baseline nan")
    what = f"the mean of the {len(training)} inputs of {training.source.name}"
    if (there < len(training)).any():
        what += ", of the values that are not missing"
    return Baseline(np.asarray(total / there, x.dtype), what)


def _marginal(options: argparse.Namespace, inputs: Inputs, rows: Array, given: str) -> Baseline:
    """K inputs drawn at random, the same for all samples. No sample is a baseline of its own, which would hide what
    its players do: where it was drawn itself, another is in its place, and each sample has a list of its own."""
    if not given.isdecimal() or not 1 <= int(given) <= MOST:
        raise InputError(f"--baseline {options.baseline}: K of marginal:K is a whole number from 1 to {MOST}")
    count, background = int(given), _background(options, inputs)
    own = background is inputs
    if count + own > len(background):
        others = "other " if own else ""
        raise InputError(
            f"--baseline {options.baseline}: there are only {len(background) - own} {others}inputs in "
            f"{background.source.name}"
        )
    drawn = np.random.default_rng(options.seed).permutation(len(background))[: count + own]
    numbers = background.read(drawn)
    what = f"v is the mean over {count} inputs of {background.source.name}, drawn with --seed {options.seed}"
    if not own or not np.isin(rows, drawn[:count]).any():
        return Baseline(numbers[:count], f"{what}, the same for all samples", count)
    places = np.array([np.flatnonzero(drawn != row)[:count] for row in rows])
    return Baseline(numbers[places], f"{what}, the same for all samples but those drawn, which have another", count)


def _blur(source: Source, x: Array, given: str | None) -> Baseline:
    """Each image under a Gaussian; what lies outside the image has no weight."""
    layout = image_of(source, "--baseline blur")
    if np.isnan(x).any():
        raise InputError(f"--baseline blur: {source.name} holds NaN, which a blur would spread")
    sigma = max(layout.height, layout.width) / 8 if given is None else _number(given)
    if not 0 < sigma < np.inf:
        raise InputError(f"--baseline blur:{given}: SIGMA is a number of pixels above 0")
    rows, columns = _weights(layout.height, sigma), _weights(layout.width, sigma)
    blurred = np.empty_like(x)
    for first in range(0, len(x), CHUNK):
        part = layout.unfold(x[first : first + CHUNK].astype(np.float64))
        blurred[first : first + CHUNK] = layout.fold(np.einsum("ih,jw,shwc->sijc", rows, columns, part, optimize=True))
    return Baseline(blurred, f"each image, blurred (Gaussian, sigma {sigma:g} pixels)")


def _weights(size: int, sigma: float) -> Array:
    """[to, from], each row with the sum 1."""
    distance = np.arange(size)[:, np.newaxis] - np.arange(size)
    weights = np.exp(-0.5 * (distance / sigma) ** 2)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
