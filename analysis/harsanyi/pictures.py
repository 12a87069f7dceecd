"""Thumbnails of samples that are images or clouds of points, where the samples file is available."""

import base64
import io

import h5py
import matplotlib.image
import numpy as np

from harsanyi.markup import Markup, element
from harsanyi.reader import Results
from harsanyi.sample_figure import inputs_of, prompt_of_row, samples_path

LARGEST = 64  # pixels along the longer side


def are_pictures(results: Results) -> bool:
    """Whether the samples file is there, is still that of these results as far as labels tell, and holds images or
    clouds."""
    path = samples_path(results)
    if path is None or not len(results.index):
        return False
    with h5py.File(path, "r", locking=False) as file:
        x, label, classes = file.get("x"), file.get("label"), file.get("classes")
        if not isinstance(x, h5py.Dataset) or results.index.max() >= len(x):
            return False
        if isinstance(label, h5py.Dataset) and label.shape == x.shape[:1]:
            given = label[:][results.index]
            if label.dtype.kind in "SO" and isinstance(classes, h5py.Dataset):  # in words
                places = {name: place for place, name in enumerate(classes[:].tolist())}
                given = np.array([places.get(word, -1) for word in given.tolist()])
            if not np.array_equal(given, results.label):
                return False
        elif np.any(results.label >= 0):
            return False
    return inputs_of(results, 0) is not None


def are_texts(results: Results) -> bool:
    """Whether the samples file is there and holds prompts."""
    return bool(len(results.done)) and prompt_of_row(results, int(results.done[0])) is not None


def thumbnail(results: Results, row: int) -> Markup:
    """A sample as a PNG image of at most LARGEST pixels on the longer side; from its darkest to its lightest."""
    inputs = inputs_of(results, row)
    if inputs is None:
        return Markup("")
    step = -(-max(inputs.image.shape[:2]) // LARGEST)
    small = inputs.image[::step, ::step]
    low, high = small.min(), small.max()
    scaled = (small - low) / (high - low) if high > low else np.zeros_like(small)
    png = io.BytesIO()
    matplotlib.image.imsave(png, scaled, format="png", cmap="gray", vmin=0, vmax=1)
    address = "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()
    return element("img", src=Markup(address), alt=f"sample {results.index[row]}", class_="thumbnail")
