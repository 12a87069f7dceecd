"""Where samples come from: arrays (tables: table.py, images: images.py)."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
    regression: bool = False  # the labels were numbers to be predicted, not classes


NO_LABELS = Classes(None)


@dataclass(frozen=True)
class Source:
    """S inputs of one shape."""

    name: str
    shape: tuple[int, ...]
    origins: Sequence[str]  # [S]: row number or file of each
    read: Callable[[Array], Array]  # row numbers to [rows, shape...], floats, not normalized
    layout: Layout | None = None  # when the inputs are images
    elements: tuple[str, ...] = ()  # names of the elements of an input; empty: none
    features: tuple[str, ...] = ()  # names of the features, which are the elements unless there are groups
    groups: Array | None = None  # [elements] int32: the feature of each
    classes: Classes = NO_LABELS
    note: str = ""  # what was done to the numbers
    others: Mapping[str, Array] = field(default_factory=dict)  # arrays that nothing was made of


def of_array(
    name: str, x: Array, layout: Layout | None, features: tuple[str, ...], classes: Classes, note: str = ""
) -> Source:
    """x [S, shape...]"""
    origins = [str(row) for row in range(len(x))]
    return Source(name, x.shape[1:], origins, x.__getitem__, layout, features, features, classes=classes, note=note)


# ---- labels ----


@dataclass(frozen=True)
class ClassOptions:
    order: Sequence[str] = ()  # names of class 0, 1, ...; empty: alphabetical
    wanted: bool = True  # training data need no labels
    regression: bool = False  # labels are numbers to be predicted even if they are whole


def as_classes(values: Array, where: str, options: ClassOptions) -> Classes:
    """Whole numbers from 0 as they are; text by its place in the order given, or else in alphabetical order. Numbers
    with fractions are those of a regression."""
    order = options.order
    texts = [str(value).strip() for value in values]
    if order:
        texts = [text.removesuffix(".0") if values.dtype.kind == "f" else text for text in texts]
        unknown = sorted(set(texts) - set(order))
        if unknown:
            raise InputError(f"{where}: class {unknown[0]!r} is not among --classes {','.join(order)}")
        return Classes(np.array([order.index(text) for text in texts], np.int64), tuple(order))
    try:
        numbers = np.array([float(text) for text in texts])
    except ValueError:
        if options.regression:
            raise InputError(f"{where}: holds text, not the numbers of a regression") from None
        names = sorted(set(texts))
        if "" in names:
            raise InputError(f"{where}: row {texts.index('')} has no label") from None
        return Classes(np.array([names.index(text) for text in texts], np.int64), tuple(names))
    if not np.isfinite(numbers).all():
        row = int(np.isfinite(numbers).argmin())
        raise InputError(f"{where}: row {row}: label {texts[row]} is not finite")
    if options.regression or (numbers != np.floor(numbers)).any():
        return Classes(None, regression=True)
    wrong = (numbers < 0) | (numbers >= 2**53)
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(
            f"{where}: row {row}: label {texts[row]} is not a whole number from 0 on; --classes={texts[row]},… gives "
            "the classes in the order of the model's outputs, --regression says that labels are numbers to be predicted"
        )
    return Classes(numbers.astype(np.int64))


# ---- arrays ----


def load_npz(path: Path) -> dict[str, Array]:
    """Every array of a .npz file; of a .npy file the only one, named x."""
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {"x": loaded}
        with loaded:
            return {name: _member(loaded, name) for name in loaded.files}
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except MemoryError:
        raise
    except Exception as error:  # numpy, zipfile and zlib have many for broken files
        if _OBJECTS in str(error):
            return {"x": np.empty(0, object)}
        raise InputError(f"{path}: is not a complete .npz or .npy file of plain arrays") from error


_OBJECTS = "allow_pickle=False"  # in what numpy says of arrays of Python objects


def _member(loaded: Any, name: str) -> Array:  # noqa: ANN401  (numpy's NpzFile is no stable name)
    """An array of Python objects is never read, as unpickling runs code: an empty one stands for it."""
    try:
        return np.asarray(loaded[name])
    except ValueError as error:
        if _OBJECTS in str(error):
            return np.empty(0, object)
        raise


def plain(array: Array, where: str) -> Array:
    """The array, unless it is one of Python objects (_member)."""
    if array.dtype.kind == "O":
        raise InputError(
            f"{where}: holds Python objects, which are not read (they can run code): save numbers with "
            ".astype('float32'), text with .astype(str); rows of uneven length are no array"
        )
    return array


def names_of(arrays: dict[str, Array], path: Path) -> tuple[str, ...]:
    """Those of an array `names`; none without one."""
    return tuple(str(name) for name in plain(arrays["names"], f"{path}: names").ravel()) if "names" in arrays else ()


def _floats(x: Array, where: str) -> Array:
    """float64 stays, and so do integers that only it holds; whatever is narrower becomes float32."""
    if plain(x, where).dtype.kind not in "fiub":
        raise InputError(f"{where}: holds {x.dtype}, not numbers")
    if x.dtype.kind == "f":
        return x.astype(np.float64 if x.dtype.itemsize >= 8 else np.float32)
    narrow = x.astype(np.float32)
    return narrow if (narrow == x).all() else x.astype(np.float64)


def pick(arrays: dict[str, Array], asked: str | None, usual: Sequence[str], path: Path, option: str) -> str | None:
    if asked is not None:
        if asked not in arrays:
            raise InputError(f"{path}: has no array {asked!r} ({option}); it has {listed(arrays)}")
        return asked
    return next((name for name in usual if name in arrays), None)


def listed(arrays: dict[str, Array]) -> str:
    return ", ".join(f"{name} {_shape(array)}" for name, array in arrays.items()) or "none"


def _shape(array: Array) -> str:
    return "of Python objects" if array.dtype.kind == "O" else str(list(array.shape))


@dataclass(frozen=True)
class ArrayOptions:
    x: str | None  # names of the arrays; None: the usual ones
    label: str | None
    shape: tuple[int, ...] | None
    layout: str | None
    no_label: bool = False


LABELS = ("y", "label", "labels", "target", "targets")


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
    features = names_of(arrays, path)
    layout = _layout_of(x.shape[1:], options.layout, path)
    label = None if options.no_label else _label_of(arrays, options.label, path, classes)
    found = NO_LABELS if label is None else _classes(arrays[label], len(x), f"{path}: {label}", classes)
    others = {key: array for key, array in arrays.items() if key not in (name, label, "names")}
    return replace(of_array(str(path), x, layout, features, found), others=others)


def unused(source: Source, used: Sequence[str]) -> str:
    rest = {name: array for name, array in source.others.items() if name not in used}
    return f"not used: {listed(rest)} (--label and --x name arrays)" if rest else ""


def _label_of(arrays: dict[str, Array], asked: str | None, path: Path, classes: ClassOptions) -> str | None:
    return pick(arrays, asked, LABELS, path, "--label") if classes.wanted else None


def classes_of_array(
    arrays: dict[str, Array], asked: str | None, count: int, path: Path, classes: ClassOptions
) -> Classes:
    name = _label_of(arrays, asked, path, classes)
    return NO_LABELS if name is None else _classes(arrays[name], count, f"{path}: {name}", classes)


def _classes(values: Array, count: int, where: str, classes: ClassOptions) -> Classes:
    if plain(values, where).shape not in ((count,), (count, 1)):
        raise InputError(f"{where} is {list(values.shape)}, but there are {count} samples: one label each, [{count}]")
    return as_classes(values.ravel(), where, classes)


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
