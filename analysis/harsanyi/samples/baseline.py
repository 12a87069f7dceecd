"""What absent players become."""

import argparse

import numpy as np

from harsanyi.samples.inputs import CHUNK, Inputs, open_inputs
from harsanyi.samples.players import image_of
from harsanyi.samples.sources import Array, InputError, Source


def baseline(options: argparse.Namespace, inputs: Inputs, x: Array) -> tuple[Array, str]:
    """A number, an input, or an input for each sample of x [S, shape...]; and what it is, in words."""
    kind, colon, sigma = options.baseline.partition(":")
    if options.training and options.baseline != "mean":
        raise InputError(f"--training is for --baseline mean, not {options.baseline}")
    if options.baseline == "mean":
        return _mean(options, inputs, x)
    if kind == "blur":
        return _blur(inputs.source, x, sigma if colon else None)
    if options.baseline.lower() == "nan":
        return np.array(np.nan, x.dtype), "NaN everywhere: missing, for a model that takes NaN so"
    number = _number("0" if options.baseline == "zero" else options.baseline)
    if not np.isfinite(number):
        raise InputError(f"--baseline {options.baseline}: zero, mean, blur, blur:SIGMA, a number or nan")
    return np.array(number, x.dtype), f"{number:g} everywhere"


def _number(text: str) -> float:
    """NaN when it is not a number."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _mean(options: argparse.Namespace, inputs: Inputs, x: Array) -> tuple[Array, str]:
    training = open_inputs(options, [options.training], training=True) if options.training else inputs
    if training.source.shape != inputs.source.shape or training.source.elements != inputs.source.elements:
        raise InputError(
            f"{options.training}: its samples are not like those of {inputs.source.name}: other columns, or other "
            "categories (--one-hot COLUMN=A,B,C names them)"
            if training.source.elements
            else f"{options.training}: its samples are not like those of {inputs.source.name}"
        )
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
    return np.asarray(total / there, x.dtype), what


def _blur(source: Source, x: Array, given: str | None) -> tuple[Array, str]:
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
    what = f"each image, blurred (Gaussian, sigma {sigma:g} pixels)"
    return blurred, what


def _weights(size: int, sigma: float) -> Array:
    """[to, from], each row with the sum 1."""
    distance = np.arange(size)[:, np.newaxis] - np.arange(size)
    weights = np.exp(-0.5 * (distance / sigma) ** 2)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
