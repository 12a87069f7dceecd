"""Where samples come from: arrays and tables of features (images: images.py)."""

import csv
import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

LAYOUTS = ("CHW", "HWC", "HW", "flat")


class InputError(Exception):
    """What is wrong with the input, in one line, for the user."""


def first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


@dataclass(frozen=True)
class Layout:
    """How a model's input holds an image; `flat` and `HW` are for one channel."""

    name: str
    height: int
    width: int
    channels: int

    @property
    def shape(self) -> tuple[int, ...]:
        h, w, c = self.height, self.width, self.channels
        return {"CHW": (c, h, w), "HWC": (h, w, c), "HW": (h, w), "flat": (h * w,)}[self.name]

    def fold(self, images: Array) -> Array:
        """[S, height, width, channels] to [S, shape...]."""
        if self.name == "CHW":
            return np.moveaxis(images, -1, 1)
        return images.reshape(len(images), *self.shape)

    def unfold(self, x: Array) -> Array:
        """[S, shape...] to [S, height, width, channels]."""
        if self.name == "CHW":
            return np.moveaxis(x, 1, -1)
        return x.reshape(len(x), self.height, self.width, self.channels)


@dataclass(frozen=True)
class Classes:
    """Labels as numbers, and what was made of those that were text."""

    labels: Array | None  # [S] int64
    names: tuple[str, ...] = ()  # of class 0, 1, ...; empty when labels were numbers


NO_LABELS = Classes(None)


@dataclass(frozen=True)
class Source:
    """S inputs of one shape."""

    name: str
    shape: tuple[int, ...]
    origins: Sequence[str]  # [S]: row number or file of each
    read: Callable[[Array], Array]  # row numbers to [rows, shape...], floats, not normalized
    layout: Layout | None = None  # when the inputs are images
    features: tuple[str, ...] = ()  # names of the elements; empty: none
    classes: Classes = NO_LABELS
    note: str = ""  # what was done to the numbers


def of_array(name: str, x: Array, layout: Layout | None, features: tuple[str, ...], classes: Classes) -> Source:
    """x [S, shape...]"""
    return Source(name, x.shape[1:], [str(row) for row in range(len(x))], x.__getitem__, layout, features, classes)


# ---- labels ----


@dataclass(frozen=True)
class ClassOptions:
    order: Sequence[str] = ()  # names of class 0, 1, ...; empty: alphabetical
    wanted: bool = True  # training data need no labels


def as_classes(values: Array, where: str, order: Sequence[str]) -> Classes:
    """Whole numbers from 0 as they are; text by its place in `order`, or else in alphabetical order."""
    texts = [str(value).strip() for value in values]
    if order:
        unknown = sorted(set(texts) - set(order))
        if unknown:
            raise InputError(f"{where}: class {unknown[0]!r} is not among --classes {','.join(order)}")
        return Classes(np.array([order.index(text) for text in texts], np.int64), tuple(order))
    try:
        numbers = np.array([float(text) for text in texts])
    except ValueError:
        names = sorted(set(texts))
        if "" in names:
            raise InputError(f"{where}: row {texts.index('')} has no label") from None
        return Classes(np.array([names.index(text) for text in texts], np.int64), tuple(names))
    wrong = ~((numbers >= 0) & (numbers < 2**53) & (numbers == np.floor(numbers)))
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(f"{where}: row {row}: label {texts[row]} is not a whole number from 0 on")
    return Classes(numbers.astype(np.int64))


# ---- arrays ----


def load_npz(path: Path) -> dict[str, Array]:
    """Every array of a .npz file; of a .npy file the only one, named x."""
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {"x": loaded}
        with loaded:
            return {name: loaded[name] for name in loaded.files}
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except MemoryError:
        raise
    except Exception as error:  # numpy, zipfile and zlib have many for broken files
        raise InputError(f"{path}: is not a complete .npz or .npy file of plain arrays") from error


def _floats(x: Array, where: str) -> Array:
    """float64 stays, whatever is narrower becomes float32."""
    if x.dtype.kind not in "fiub":
        raise InputError(f"{where}: holds {x.dtype}, not numbers")
    return x.astype(np.float64 if x.dtype.kind == "f" and x.dtype.itemsize >= 8 else np.float32)


def pick(arrays: dict[str, Array], asked: str | None, usual: Sequence[str], path: Path, option: str) -> str | None:
    if asked is not None:
        if asked not in arrays:
            raise InputError(f"{path}: has no array {asked!r} ({option}); it has {listed(arrays)}")
        return asked
    return next((name for name in usual if name in arrays), None)


def listed(arrays: dict[str, Array]) -> str:
    return ", ".join(f"{name} {list(array.shape)}" for name, array in arrays.items()) or "none"


@dataclass(frozen=True)
class ArrayOptions:
    x: str | None  # names of the arrays; None: the usual ones
    label: str | None
    shape: tuple[int, ...] | None
    layout: str | None


def from_npz(path: Path, options: ArrayOptions, classes: ClassOptions) -> Source:
    arrays = load_npz(path)
    name = pick(arrays, options.x, ("x", "X"), path, "--x")
    if name is None:
        raise InputError(f"{path}: has no array `x`; --x NAME says which to take: {listed(arrays)}")
    x = _floats(arrays[name], f"{path}: {name}")
    if x.ndim < 2:
        raise InputError(f"{path}: {name} is {list(x.shape)}; samples are [S, shape...]")
    if options.shape:
        asked = "x".join(map(str, options.shape))
        if math.prod(options.shape) != math.prod(x.shape[1:]):
            raise InputError(f"{path}: {name}: a sample of {math.prod(x.shape[1:])} numbers is not --shape {asked}")
        x = x.reshape(len(x), *options.shape)
    features = tuple(str(text) for text in arrays["names"].ravel()) if "names" in arrays else ()
    layout = _layout_of(x.shape[1:], options.layout, path)
    return of_array(str(path), x, layout, features, classes_of_array(arrays, options.label, len(x), path, classes))


def classes_of_array(
    arrays: dict[str, Array], asked: str | None, count: int, path: Path, classes: ClassOptions
) -> Classes:
    name = pick(arrays, asked, ("y", "label", "labels"), path, "--label") if classes.wanted else None
    if name is None:
        return NO_LABELS
    values, where = arrays[name], f"{path}: {name}"
    if values.shape not in ((count,), (count, 1)):
        raise InputError(f"{where} is {list(values.shape)}, but there are {count} samples: one label each, [{count}]")
    return as_classes(values.ravel(), where, classes.order)


def _layout_of(shape: tuple[int, ...], layout: str | None, path: Path) -> Layout | None:
    """Inputs of two axes are images in one colour, of three axes images [C, H, W] unless said otherwise."""
    known = {2: ("HW",), 3: ("CHW", "HWC")}.get(len(shape), ())
    if layout is not None and layout not in known:
        raise InputError(f"{path}: a sample {list(shape)} cannot be --layout {layout}")
    if not known:
        return None
    name = layout or known[0]
    channels, height, width = {"HW": (1, *shape), "CHW": shape, "HWC": (shape[-1], *shape[:2])}[name]
    return Layout(name, height, width, channels)


# ---- tables ----


def from_csv(path: Path, label: str | None, skip: Sequence[str], classes: ClassOptions) -> Source:
    """The first line names the columns; each other line is a sample."""
    header, rows = read_table(path)
    required = [*skip, *([label] if label is not None else [])] if classes.wanted else []
    for column in required:
        if column not in header:
            raise InputError(f"{path}: has no column {column!r}; it has {', '.join(header)}")
    used = [i for i, name in enumerate(header) if name != label and name not in skip]
    if not used or not rows:
        raise InputError(f"{path}: has no {'rows' if used else 'columns of features'}")
    x = np.array([[_number(row[i], path, line, header[i]) for i in used] for line, row in rows])
    features = tuple(header[i] for i in used)
    if label is None or not classes.wanted:
        return of_array(str(path), x, None, features, NO_LABELS)
    at = header.index(label)
    labels = as_classes(np.array([row[at] for _, row in rows]), f"{path}: {label}", classes.order)
    return of_array(str(path), x, None, features, labels)


def read_table(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header, and each row with its line number. What separates columns: that of , ; and tab the header has most of."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8 text") from None
    if not text.strip():
        raise InputError(f"{path}: is empty")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=text.partition("\n")[0].count))
    try:
        header = [name.strip() for name in next(reader)]
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise InputError(f"{path}: line {reader.line_num}: {error}") from error
    for line, row in rows:
        if len(row) != len(header):
            raise InputError(f"{path}: line {line} has {len(row)} columns, the first line {len(header)}")
    for name in header:
        if header.count(name) > 1:
            raise InputError(f"{path}: two columns are named {name!r}")
    return header, rows


def _number(text: str, path: Path, line: int, column: str) -> float:
    try:
        return float(text)
    except ValueError:
        hint = "--label and --skip name columns that are no features"
        raise InputError(f"{path}: line {line}: {column!r} is {text!r}, not a number ({hint})") from None
