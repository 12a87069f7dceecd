"""The samples that the command line names, as the model takes them."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harsanyi.samples import sources as sources
from harsanyi.samples.images import ImageOptions, from_images
from harsanyi.samples.sources import Array, InputError, Source
from harsanyi.samples.table import TableOptions, from_csv

CHUNK = 256  # samples in memory at once, where all are read
_HOLDS_NAN = "NaN; --missing nan of from-csv and from-npz keeps it, for a model that takes NaN as missing"


@dataclass(frozen=True)
class Inputs:
    """A source with the normalization that the model expects."""

    source: Source
    mean: Array
    std: Array
    nan: bool = False  # NaN is a value of its own: missing

    def __len__(self) -> int:
        return len(self.source.origins)

    def read(self, rows: Array) -> Array:
        """[len(rows), shape...]; in double precision until the end, so that whole steps of a pixel stay exact. Numbers
        are finite, or NaN where that is allowed."""
        given = self.source.read(rows)
        with np.errstate(over="ignore", invalid="ignore"):  # what is too large becomes infinite, and is reported
            x = np.asarray((given.astype(np.float64) - self.mean) / self.std, given.dtype)
        allowed = (np.isfinite(x) | (np.isnan(x) & self.nan)).reshape(len(rows), -1)
        if not allowed.all():
            row = int(allowed.all(axis=1).argmin())
            is_nan = bool(np.isnan(x[row].ravel()[allowed[row].argmin()]))
            what = _HOLDS_NAN if is_nan else "numbers that are not finite"
            raise InputError(f"{self.source.name}: sample {self.source.origins[rows[row]]} holds {what}")
        return x

    def chunks(self, rows: Array) -> Iterator[tuple[Array, Array]]:
        for first in range(0, len(rows), CHUNK):
            part = rows[first : first + CHUNK]
            yield part, self.read(part)


def open_inputs(options: argparse.Namespace, paths: Sequence[Path], training: bool) -> Inputs:
    """training: labels are neither needed nor read."""
    source = _source(options, paths, training)
    if not len(source.origins) or not np.prod(source.shape):
        raise InputError(f"{source.name}: holds no samples: {[len(source.origins), *source.shape]}")
    mean, std = options.normalize or (np.zeros(1), np.ones(1))
    if not (np.isfinite([*mean, *std]).all() and (std > 0).all()):
        raise InputError("--normalize: MEAN has to be finite, and STD above 0")
    return Inputs(source, _per_channel(source, mean), _per_channel(source, std), _keeps_nan(options))


def _keeps_nan(options: argparse.Namespace) -> bool:
    return bool(options.command != "from-images" and options.missing == "nan")


def _source(options: argparse.Namespace, paths: Sequence[Path], training: bool) -> Source:
    classes = sources.ClassOptions(options.classes, wanted=not training, regression=options.regression)
    if options.command == "from-npz":
        arrays = sources.ArrayOptions(options.x, options.label, options.shape, options.layout, options.no_label)
        return sources.from_npz(paths[0], arrays, classes)
    if options.command == "from-csv":
        one_hot = dict(options.one_hot)
        table = TableOptions(options.label, options.skip, one_hot, options.drop_missing, _keeps_nan(options))
        return from_csv(paths[0], table, classes)
    labels = None if training else options.labels
    images = ImageOptions(options.layout, options.channels, options.resize, options.divide, labels)
    return from_images(paths, images, classes)


def _per_channel(source: Source, numbers: Array) -> Array:
    """One number, or one for each channel of an image or each feature of a row, laid along that axis."""
    layout = source.layout
    if numbers.size == 1:
        return numbers.reshape(())
    if layout and layout.channels == numbers.size:
        wide = np.broadcast_to(numbers, (1, layout.height, layout.width, layout.channels))
        return np.asarray(layout.fold(wide)[0])
    if not layout and source.shape == numbers.shape:
        return numbers
    raise InputError(f"--normalize: {numbers.size} numbers do not fit a sample {list(source.shape)}")
