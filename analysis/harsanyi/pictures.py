"""The samples as pictures, where the samples file is at hand and holds images."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import h5py
import matplotlib.image
import numpy as np
from numpy.typing import NDArray

from harsanyi.reader import Results

LARGEST = 96  # pixels along the longer side of a thumbnail


class Pictures:
    """Images of the samples of a results file; use it as a context manager."""

    def __init__(self, file: h5py.File, rows: NDArray[np.int64]) -> None:
        self.file = file
        self._rows = rows

    def __enter__(self) -> "Pictures":
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def image(self, row: int) -> NDArray[np.float64]:
        """The sample of a row of the results file: [height, width] or [height, width, 3], scaled to 0 ... 1."""
        x = _as_image(np.asarray(self.file["x"][int(self._rows[row])], dtype=np.float64))
        low, high = x.min(), x.max()
        return (x - low) / (high - low) if high > low else np.zeros_like(x)

    def data_uri(self, row: int) -> str:
        """The image as PNG, at most LARGEST pixels on the longer side, written into an address."""
        image = self.image(row)
        step = -(-max(image.shape[:2]) // LARGEST)
        png = io.BytesIO()
        matplotlib.image.imsave(png, image[::step, ::step], format="png", cmap="gray", vmin=0, vmax=1)
        return "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()


def _image_axes(shape: tuple[int, ...]) -> bool:
    """Whether an array of one sample is a picture: [h, w], [1 or 3, h, w] or [h, w, 1 or 3], at least 4 pixels wide."""
    if len(shape) == 3 and (shape[0] in (1, 3) or shape[2] in (1, 3)):
        shape = shape[1:] if shape[0] in (1, 3) else shape[:2]
    return len(shape) == 2 and min(shape) >= 4


def _as_image(x: NDArray[np.float64]) -> NDArray[np.float64]:
    if x.ndim == 3 and x.shape[0] in (1, 3):
        x = np.moveaxis(x, 0, -1)
    return x[..., 0] if x.ndim == 3 and x.shape[-1] == 1 else x


def _places(results: Results, name: str) -> Iterator[Path]:
    """Where the samples file may be: its path is relative to the folder in which the sweep ran."""
    yield Path(name)
    for folder in results.path.resolve().parents:
        yield folder / name


def open_pictures(results: Results) -> Pictures | None:
    """The pictures of the samples; None when there are none or the file is not there or is that of other samples."""
    name = results.setting("samples.file")
    if not name or name == "null":
        return None
    for place in _places(results, name):
        if not place.is_file():
            continue
        try:
            file = h5py.File(place, "r", locking=False)
        except OSError:
            continue
        if _fits(file, results):
            return Pictures(file, results.index)
        file.close()
    return None


def _fits(file: h5py.File, results: Results) -> bool:
    """Whether the file holds images of as many samples, with the labels that the results file has."""
    x = file.get("x")
    if not isinstance(x, h5py.Dataset) or not _image_axes(x.shape[1:]) or results.index.max(initial=0) >= len(x):
        return False
    label = file.get("label")
    if not isinstance(label, h5py.Dataset) or label.shape != x.shape[:1]:
        return bool(np.all(results.label < 0))
    return bool(np.array_equal(label[:][results.index], results.label))
