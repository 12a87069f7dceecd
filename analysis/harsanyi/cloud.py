"""Samples that are clouds of points: which ones are, and how they are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import NDArray

from harsanyi.picture import legend_line
from harsanyi.style import Theme

Numbers = NDArray[Any]
Extent = tuple[float, float, float, float]  # left, right, bottom, top

AZIMUTH, ELEVATION = 35, 25  # degrees: from the front right where x points to the right, y forwards, z upwards
MOST = 1024  # points drawn
BANDS = 6  # of depth
MARGIN = 0.04  # of a tile
PIXELS = 64


@dataclass(frozen=True)
class Cloud:
    """Points [P, 3] in axes of the page: to the right, upwards, towards the eye; and the player of each, −1: none."""

    points: Numbers
    players: Numbers
    tile: ClassVar[float] = 1.0  # inches at least

    @property
    def high(self) -> float:
        """Height of its tile in widths; slim clouds get a square."""
        wide, high = np.ptp(self.points[:, :2], axis=0)
        return float(min(1, high / wide)) if wide > 0 else 1.0

    @property
    def image(self) -> Numbers:
        """It as PIXELS x PIXELS: 0 where there are points, 1 elsewhere."""
        pixels = np.ones((PIXELS, PIXELS))
        x, y = (self._in_tile((0, 1, 0, 1)).T * (PIXELS - 1)).round().astype(int)
        pixels[PIXELS - 1 - y, x] = 0
        return pixels

    def whole(self, ax: Axes, theme: Theme, extent: Extent) -> None:
        self.marked(ax, theme, np.ones(len(self.points), dtype=bool), theme.ink, extent)

    def marked(self, ax: Axes, theme: Theme, present: NDArray[np.bool_], colour: str, extent: Extent, **_: Any) -> None:  # noqa: ANN401
        """The present points in colour, the others grey; far ones pale, and behind near ones."""
        step = -(-len(self.points) // MOST)
        places, present = self._in_tile(extent)[::step], present[::step]
        size = float(np.clip(30 / np.sqrt(len(places)), 0.8, 2.5))
        order = np.argsort(self.points[::step, 2], kind="stable")
        for band, some in enumerate(np.array_split(order, BANDS)):
            near = (band + 1) / BANDS
            _dots(ax, places[some[~present[some]]], theme.muted, size, 0.15 + 0.2 * near)
            _dots(ax, places[some[present[some]]], colour, size, 0.4 + 0.6 * near)

    def legend_of_or(self, _: Theme) -> Artist:
        return legend_line("OR: one part is enough")

    def _in_tile(self, extent: Extent) -> Numbers:
        """[P, 2]: in the middle of a tile, in equal units both ways."""
        left, right, bottom, top = extent
        low, high = self.points[:, :2].min(0), self.points[:, :2].max(0)
        room = np.array([right - left, top - bottom])
        size = np.where(high > low, high - low, 1)
        scale = (1 - 2 * MARGIN) * np.min(room / size)
        return np.asarray((self.points[:, :2] - (low + high) / 2) * scale + [(left + right) / 2, (bottom + top) / 2])


def as_cloud(x: Numbers, players: Numbers) -> Cloud | None:
    """[P, 3] or [3, P], with one player for all of a point; None when it is no cloud. Points that are NaN are left
    out."""
    if x.ndim == 2 and x.shape[0] == 3:
        x, players = x.T, players.T
    if x.ndim != 2 or x.shape[1] != 3 or len(x) <= 3 or not (players == players[:, :1]).all():
        return None
    there = np.isfinite(x).all(axis=1)
    return Cloud(_seen(x[there]), players[there, 0]) if there.any() else None


def _seen(points: Numbers) -> Numbers:
    azimuth, elevation = np.radians([AZIMUTH, ELEVATION])
    right = np.array([-np.sin(azimuth), np.cos(azimuth), 0])
    near = np.array([np.cos(elevation) * np.cos(azimuth), np.cos(elevation) * np.sin(azimuth), np.sin(elevation)])
    return np.asarray(points @ np.stack([right, np.cross(near, right), near], axis=1))


def _dots(ax: Axes, places: Numbers, colour: str, size: float, alpha: float) -> None:
    """All in one path: a page with many clouds stays small. A dot is a line of hardly any length with round ends."""
    if len(places) == 0:
        return
    ends = np.repeat(places, 2, axis=0)
    ends[1::2, 0] += 1e-3
    path = Path(ends, np.tile([Path.MOVETO, Path.LINETO], len(places)))
    path.should_simplify = False
    line = {"edgecolor": colour, "linewidth": size, "capstyle": "round", "alpha": alpha}
    ax.add_patch(PathPatch(path, fill=False, snap=False, **line))
