"""Players that are superpixels: regions of like colour, other ones in each image, by scikit-image's SLIC."""

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np

from harsanyi.samples.players import Players, image_of, over_channels
from harsanyi.samples.sources import Array, InputError, Source

MORE = 4  # SLIC is asked for up to this many times as many regions as are wanted


@dataclass(frozen=True)
class _Superpixels(Players):
    """Made only of the samples that are explained."""

    source: Source
    count: int

    def of_rows(self, rows: Array) -> Players:
        from skimage.segmentation import slic  # optional

        layout = image_of(self.source, "--superpixels")
        images = (layout.unfold(self.source.read(rows[i : i + 1]))[0] for i in range(len(rows)))
        planes = np.stack([_regions(slic, _colours(image), self.count) for image in images])
        counts = tuple(int(plane.max()) + 1 for plane in planes)
        return Players(over_channels(planes, layout), (), self.what, counts)


def superpixels(source: Source, count: int, names: Sequence[str]) -> Players:
    """A map for each image, in which all channels of a pixel belong to its player."""
    layout = image_of(source, "--superpixels")
    if importlib.util.find_spec("skimage") is None:
        raise InputError("--superpixels needs scikit-image: pip install scikit-image")
    if names:
        raise InputError("--superpixels: players that differ from sample to sample have no names")
    if layout.channels not in (1, 3):
        raise InputError(f"--superpixels: images of 1 or 3 channels, not {layout.channels}")
    if count > layout.height * layout.width:
        raise InputError(f"--superpixels {count}: the images are {layout.height}x{layout.width} pixels only")
    how = f"by SLIC of scikit-image {version('scikit-image')}, fewer where it is flat"
    what = f"{count} superpixels of each image, {how}; they are not compared across samples"
    return _Superpixels(np.empty(0, np.int32), (), what, (count,), source, count)


def _colours(image: Array) -> Array:
    """[height, width, 3] from 0 to 1, so that distances between colours mean the same for images of any range."""
    if not np.isfinite(image).all():
        raise InputError("--superpixels: an image holds NaN")
    low, high = float(image.min()), float(image.max())
    scaled = (image.astype(np.float64) - low) / (high - low if high > low else 1)
    return np.broadcast_to(scaled, (*image.shape[:2], 3)).copy()


def _regions(slic: Callable[..., Array], image: Array, count: int) -> Array:
    """[height, width] int32 of 0, 1, ...: `count` regions, or as many as SLIC makes, which are fewer where the image is
    flat. It makes about as many as it is asked for; where they are too many, those most alike become one."""
    most = np.zeros(image.shape[:2], np.int32)
    for asked in range(count, MORE * count + 1, max(1, count // 4)):
        found = slic(image, n_segments=asked, start_label=0)
        found = np.unique(found, return_inverse=True)[1].reshape(found.shape).astype(np.int32)
        if found.max() > most.max():
            most = found
        if most.max() >= count - 1:
            break
    while most.max() >= count:
        most = _with_two_as_one(most, image)
    return most


def _with_two_as_one(regions: Array, image: Array) -> Array:
    """The two neighbours become one whose union has the least more variance of colour than they have."""
    size = np.bincount(regions.ravel())
    colour = np.stack([np.bincount(regions.ravel(), image[..., c].ravel()) for c in range(3)], axis=1) / size[:, None]
    sides = [(regions[1:], regions[:-1]), (regions[:, 1:], regions[:, :-1])]
    pairs = np.concatenate([np.stack([a.ravel(), b.ravel()], axis=1) for a, b in sides])
    low, high = np.unique(np.sort(pairs[pairs[:, 0] != pairs[:, 1]], axis=1), axis=0).T
    worse = size[low] * size[high] / (size[low] + size[high]) * ((colour[low] - colour[high]) ** 2).sum(axis=1)
    one, other = low[worse.argmin()], high[worse.argmin()]
    merged = np.where(regions == other, one, regions)
    return np.where(merged > other, merged - 1, merged).astype(np.int32)
