"""Samples from images: files, folders of them, a folder for each class, or one array."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from harsanyi.samples.sources import (
    NO_LABELS,
    Array,
    ClassOptions,
    InputError,
    Layout,
    Source,
    as_classes,
    classes_of_array,
    first_line,
    listed,
    load_npz,
    of_array,
    pick,
)
from harsanyi.samples.table import read_table

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm"}


@dataclass(frozen=True)
class ImageOptions:
    layout: str  # of LAYOUTS
    channels: int | None  # 1 or 3; None: as the images have it
    resize: tuple[int, int] | None  # height, width
    divide: float | None  # None: 255 for 8 bits, 65535 for 16, 1 for floats
    labels: Path | None  # table of files and labels


def from_images(paths: Sequence[Path], options: ImageOptions, classes: ClassOptions) -> Source:
    name = str(paths[0]) if len(paths) == 1 else f"{len(paths)} files"
    if any(path.suffix in (".npy", ".npz") for path in paths):
        if len(paths) > 1:
            raise InputError(f"{name}: give one array, or image files")
        return _from_array(paths[0], options, classes)
    files, texts = _image_files(paths)
    if options.labels:
        texts = _labels_from_table(files, options.labels)
    labels = as_classes(np.array(texts), name, classes) if texts and classes.wanted else NO_LABELS
    sizes, modes = _sizes(files)
    channels = options.channels or _channels(files, modes)
    height, width = options.resize or _same_size(files, sizes)
    layout = _image_layout(options.layout, height, width, channels)
    read = partial(_read, tuple(files), layout, options)
    return Source(name, layout.shape, [str(file) for file in files], read, layout, classes=labels, note=_note(options))


def _read(files: Sequence[Path], layout: Layout, options: ImageOptions, rows: Array) -> Array:
    return layout.fold(np.stack([_image(files[row], layout, options) for row in rows]))


def _image(file: Path, layout: Layout, options: ImageOptions) -> Array:
    """[height, width, channels]"""
    with _opened(file) as image:
        try:
            pixels = image.convert(_mode(image, layout.channels))
            if options.resize:
                pixels = pixels.resize((layout.width, layout.height), Image.Resampling.BILINEAR)
        except Exception as error:  # each format's decoder has its own for broken files
            raise InputError(f"{file}: cannot be read: {first_line(error)}") from error
        return _scaled(np.asarray(pixels), options.divide).reshape(layout.height, layout.width, layout.channels)


def _note(options: ImageOptions) -> str:
    how = f"{options.divide:g}" if options.divide else "255 where they have 8 bits, by 65535 where 16"
    return f"pixels divided by {how}" + (", resized" if options.resize else "")


def _image_layout(name: str, height: int, width: int, channels: int) -> Layout:
    if channels != 1 and name in ("HW", "flat"):
        raise InputError(f"--layout {name} is for images of one channel, these have {channels} (--channels 1)")
    return Layout(name, height, width, channels)


def _opened(file: Path) -> Image.Image:
    try:
        return Image.open(file)
    except FileNotFoundError:
        raise InputError(f"{file}: no such file") from None
    except Exception as error:  # as above
        raise InputError(f"{file}: cannot be read as an image") from error


def _scaled(pixels: Array, divide: float | None) -> Array:
    """float32"""
    with np.errstate(over="ignore", invalid="ignore"):  # reported when samples are read
        return np.asarray(pixels.astype(np.float64) / (divide or _largest(pixels)), np.float32)


def _largest(pixels: Array) -> float:
    """That the bits of a pixel hold; floats and signed numbers, which are no pixels' own, stay as they are."""
    return float(np.iinfo(pixels.dtype).max) if pixels.dtype.kind == "u" else 1.0


def _mode(image: Image.Image, channels: int) -> str:
    """16-bit images in one colour keep their 16 bits."""
    if channels == 3:
        return "RGB"
    return "I;16" if image.mode.startswith("I;16") else "L"


def _image_files(paths: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """Files, and their classes when they lie in one folder for each class."""
    if len(paths) > 1 or not paths[0].is_dir():
        return list(paths), []
    folder = paths[0]
    files = _images_in(folder)
    by_class = {entry.name: _images_in(entry) for entry in sorted(folder.iterdir()) if entry.is_dir()}
    by_class = {name: found for name, found in by_class.items() if found}
    if files and by_class:
        raise InputError(f"{folder}: holds images ({files[0].name}) beside folders of images ({min(by_class)}/)")
    if not files and not by_class:
        raise InputError(f"{folder}: there are no images in it ({' '.join(sorted(SUFFIXES))})")
    files += [file for found in by_class.values() for file in found]
    return files, [name for name, found in by_class.items() for _ in found]


def _images_in(folder: Path) -> list[Path]:
    return sorted(f for f in folder.iterdir() if f.suffix.lower() in SUFFIXES and not f.name.startswith("."))


def _labels_from_table(files: Sequence[Path], table: Path) -> list[str]:
    header, rows = read_table(table)
    if "file" not in header or "label" not in header:
        raise InputError(f"{table}: needs the columns `file` and `label` in its first line, not {', '.join(header)}")
    label_of = {row[header.index("file")]: row[header.index("label")] for _, row in rows}
    found = []
    for file in files:
        names = [name for name in (str(file), file.name, f"{file.parent.name}/{file.name}") if name in label_of]
        if not names:
            raise InputError(f"{table}: has no label for {file.name}")
        found.append(label_of[names[0]])
    return found


def _sizes(files: Sequence[Path]) -> tuple[list[tuple[int, int]], list[str]]:
    sizes, modes = [], []
    for file in files:
        with _opened(file) as image:
            if image.mode in ("I", "F"):
                raise InputError(f"{file}: has 32 bits a pixel, whose scale is unknown: save it as a .npy of floats")
            sizes.append(image.size)
            modes.append(image.mode)
    return sizes, modes


def _same_size(files: Sequence[Path], sizes: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Height and width; sizes hold width and height."""
    for file, size in zip(files, sizes, strict=True):
        if size != sizes[0]:
            first, other = (f"{height}x{width}" for width, height in (sizes[0], size))
            raise InputError(
                f"{file} is {other}, {files[0]} {first} (height x width): --resize {first} gives them one size"
            )
    return sizes[0][1], sizes[0][0]


def _channels(files: Sequence[Path], modes: Sequence[str]) -> int:
    grey = [mode in ("1", "L", "LA") or mode.startswith("I;16") for mode in modes]
    if all(grey):
        return 1
    if any(grey):
        raise InputError(f"{files[grey.index(True)]} is grey, {files[grey.index(False)]} is not: --channels 1 or 3")
    return 3


def _from_array(path: Path, options: ImageOptions, classes: ClassOptions) -> Source:
    arrays = load_npz(path)
    name = pick(arrays, None, ("x", "X", "images"), path, "--x")
    if name is None:
        raise InputError(f"{path}: has no array `x` or `images`; it has {listed(arrays)} (from-npz takes any)")
    images = _with_channels_last(arrays[name], f"{path}: {name}")
    if options.resize or (options.channels and options.channels != images.shape[-1]):
        raise InputError(f"{path}: --resize and --channels are for image files; this is an array")
    if options.labels:
        raise InputError(f"{path}: --labels is for image files; an array's labels are `y` beside it in a .npz")
    layout = _image_layout(options.layout, *images.shape[1:])
    x = layout.fold(_scaled(images, options.divide))
    labels = classes_of_array(arrays, None, len(x), path, classes)
    note = f"{images.dtype} pixels divided by {options.divide or _largest(images):g}"
    return replace(of_array(str(path), x, layout, (), labels), note=note)


def _with_channels_last(images: Array, where: str) -> Array:
    """[S, H, W], [S, H, W, C] or [S, C, H, W]; C is 1 or 3."""
    if images.dtype.kind not in "fiub":
        raise InputError(f"{where}: holds {images.dtype}, not numbers")
    if images.ndim == 3:
        return images[..., np.newaxis]
    if images.ndim == 4:
        first, last = images.shape[1] in (1, 3), images.shape[3] in (1, 3)
        if first != last:
            return images if last else np.moveaxis(images, 1, -1)
    raise InputError(
        f"{where} is {list(images.shape)}, not [S, H, W], [S, H, W, C] or [S, C, H, W] with 1 or 3 channels"
    )
