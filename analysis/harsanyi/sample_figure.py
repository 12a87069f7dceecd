"""Fig. 1: a sample with its strongest interactions, drawn on the image, or as bars where the players are no patches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from harsanyi import data
from harsanyi.picture import Picture, figure, legend_line, short_names, width_of
from harsanyi.reader import Results
from harsanyi.style import SMALL, Theme

Pixels = NDArray[Any]

ROW = 0.42  # inches of a bar with names
TILE = 0.7  # inches of an image at least
GAP, CAPTION = 0.14, 0.42  # in widths and inches of an image
VEIL = 0.62  # how much of an absent pixel is hidden
CHANNELS = (1, 3)


@dataclass(frozen=True)
class Inputs:
    """A sample as an image, [rows, columns] or [rows, columns, 3], and the player of each pixel, −1: none."""

    image: Pixels
    players: Pixels


@figure(shared="none")
def sample(
    ax: Axes,
    theme: Theme,
    results: Results,
    row: int,
    top: int = 6,
    image: Pixels | None = None,
    players: Pixels | None = None,
) -> Picture:
    """Fig. 1: the strongest interactions of one sample. An image and the player of each of its pixels come from the
    samples file that the results name, when it is there; or `image` [rows, columns(, 3)] and `players` [rows, columns]
    are given. Samples that are no images get bars."""
    columns = data.sample_data(results, row, top)
    inputs = inputs_of(results, row)
    if image is not None:
        of_pixels = players if players is not None else inputs.players if inputs else None
        if of_pixels is None or np.shape(of_pixels)[:2] != np.shape(image)[:2]:
            raise ValueError("the player of each pixel is not known: give players=, of the image's rows and columns")
        inputs = Inputs(np.asarray(image), np.asarray(of_pixels))
    if inputs is None:
        return _bars(ax, theme, results, row, columns)
    return _tiles(ax, theme, results, row, columns, inputs)


def inputs_of(results: Results, row: int) -> Inputs | None:
    """The sample as an image, out of the samples file; None when that is not there, or the sample is no image."""
    path = samples_path(results)
    if path is None:
        return None
    with h5py.File(path, "r", locking=False) as file:
        index = int(results.index[row])
        if "x" not in file or file["x"].ndim < 3 or index >= len(file["x"]):
            return None
        x = np.asarray(file["x"][index], dtype=np.float64)
        players = _players(results.setting("samples.players"), file, index, x.shape)
    image = as_image(x)
    if image is None or players is None or players.shape != x.shape:
        return None
    flat = _same_in_channels(players, image.shape[:2])
    return None if flat is None else Inputs(image, flat)


def samples_path(results: Results) -> Path | None:
    """The samples file that the results name: as named, from here or from the results' folder."""
    name = results.setting("samples.file")
    if name is None:
        return None
    places = (Path(name), results.path.parent / name, results.path.parent / Path(name).name)
    return next((place for place in places if place.is_file() and h5py.is_hdf5(place)), None)


def as_image(x: Pixels) -> Pixels | None:
    """[rows, columns], [rows, columns, 3], or with channels first; None when it is no image."""
    if x.ndim == 3 and x.shape[0] in CHANNELS:
        x = np.moveaxis(x, 0, -1)
    if x.ndim == 3 and x.shape[-1] == 1:
        x = x[..., 0]
    if x.ndim not in (2, 3) or (x.ndim == 3 and x.shape[-1] != 3) or min(x.shape[:2]) < 2:
        return None
    return x


def _players(setting: str | None, file: Any, index: int, shape: tuple[int, ...]) -> Pixels | None:  # noqa: ANN401 (h5py has no types)
    """The player of each element, as the setting samples.players says."""
    if grid := re.search(r"grid:\s*\[(\d+),\s*(\d+)\]", setting or ""):
        high, wide = int(grid[1]), int(grid[2])
        rows, columns = np.indices(shape[-2:])
        patches = rows * high // shape[-2] * wide + columns * wide // shape[-1]
        return np.broadcast_to(patches, shape)
    if setting == "elements":
        return np.arange(np.prod(shape)).reshape(shape)
    if "players" not in file:
        return None
    players = file["players"]
    return np.asarray(players[index] if players.ndim > len(shape) else players[:])


def _same_in_channels(players: Pixels, size: tuple[int, ...]) -> Pixels | None:
    if players.shape == size:
        return players
    channels = players if players.shape[1:] == size else np.moveaxis(players, -1, 0)
    return channels[0] if (channels == channels[0]).all() else None


def measured(effect: float, floors: float) -> str:
    """An effect, and below it its strength in noise floors where that is known."""
    return f"{effect:+.3g}".replace("-", "−") + (f"\n{times(floors)}" if np.isfinite(floors) else "")


def times(number: float) -> str:
    """A factor, in few letters."""
    if number < 1000:
        return f"{number:.3g} ×"
    digits, exponent = f"{number:.1e}".split("e")
    return f"${digits}\\cdot10^{{{int(exponent)}}}$ ×"


# ---- on the image ----


def _tiles(ax: Axes, theme: Theme, results: Results, row: int, columns: data.Columns, inputs: Inputs) -> Picture:
    """The sample, then one copy for each interaction: what is absent is veiled, what is present outlined."""
    inches = width_of(ax)
    count = len(columns["mask"]) + 1
    across = _across(count, max(int(inches / TILE), 2))
    high = inputs.image.shape[0] / inputs.image.shape[1]
    step = 1 + GAP
    caption = CAPTION * across * step / inches
    shown = _shown(inputs.image)
    for tile in range(count):
        left, bottom = tile % across * step, -(tile // across) * (high + caption)
        extent = (left, left + 1, bottom, bottom + high)
        if tile == 0:
            _place(ax, shown, extent)
            text = f"sample {results.index[row]}"
            colour = theme.ink
        else:
            present = _present(inputs.players, int(columns["mask"][tile - 1]))
            effect = float(columns["effect"][tile - 1])
            colour = theme.positive if effect >= 0 else theme.negative
            veil = (~present & (inputs.players >= 0))[..., np.newaxis] * VEIL
            _place(ax, shown * (1 - veil) + np.array(to_rgb(theme.paper)) * veil, extent)
            segments = _outline(present) / np.array([present.shape[1], -present.shape[0] / high]) + [
                left,
                bottom + high,
            ]
            ax.add_collection(LineCollection(list(segments), colors=colour, linewidths=1.6, capstyle="projecting"))
            floors = float(columns["floors"][tile - 1])
            text = measured(effect, floors)
        ax.text(left + 0.5, bottom - 0.05, text, ha="center", va="top", fontsize=SMALL, color=colour, linespacing=1.1)
    rows = -(-count // across)
    ax.set_xlim(-0.03, across * step - GAP + 0.03)
    ax.set_ylim(-(rows - 1) * (high + caption) - caption, high + 0.03)
    ax.set_aspect("equal")
    ax.set_axis_off()
    legend: list[Any] = [
        Patch(facecolor="none", edgecolor=theme.positive, label="I(S) > 0"),
        Patch(facecolor="none", edgecolor=theme.negative, label="I(S) < 0"),
    ]
    known = np.isfinite(columns["floors"]).any()
    legend.append(legend_line("×: noise floors" if known else "noise floor: unknown"))
    height = inches / (across * step) * rows * (high + caption) + 0.3
    return Picture(columns, legend, height=height)


def _across(count: int, most: int) -> int:
    """As few rows as fit, and these equally full."""
    rows = -(-count // most)
    return -(-count // rows)


def _shown(image: Pixels) -> Pixels:
    """Colours 0 … 1, [rows, columns, 3], from the image's own darkest to its own lightest."""
    low, high = float(np.nanmin(image)), float(np.nanmax(image))
    scaled = (image - low) / (high - low) if high > low else np.full_like(image, 0.5, dtype=np.float64)
    return scaled if scaled.ndim == 3 else np.repeat(scaled[..., np.newaxis], 3, axis=2)


def _place(ax: Axes, colours: Pixels, extent: tuple[float, float, float, float]) -> None:
    ax.imshow(np.clip(colours, 0, 1), extent=extent, interpolation="nearest", aspect="auto")


def _present(players: Pixels, mask: int) -> NDArray[np.bool_]:
    there = np.array([mask >> player & 1 for player in range(64)], dtype=bool)
    return np.asarray(np.where(players >= 0, there[np.maximum(players, 0)], False))


def _outline(present: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The border of the pixels that are there, as segments [count, 2 ends, (column, row)]: touching patches are one."""
    padded = np.pad(present, 1)
    across = np.argwhere(padded[1:, 1:-1] != padded[:-1, 1:-1])  # edges above pixel (row, column)
    along = np.argwhere(padded[1:-1, 1:] != padded[1:-1, :-1])  # edges left of it
    flat = [np.stack([across[:, ::-1], across[:, ::-1] + [1, 0]], axis=1)]
    upright = [np.stack([along[:, ::-1], along[:, ::-1] + [0, 1]], axis=1)]
    return np.concatenate(flat + upright).astype(np.float64)


# ---- as bars ----


def _bars(ax: Axes, theme: Theme, results: Results, row: int, columns: data.Columns) -> Picture:
    place = -columns["rank"]
    effects, floor, salient = columns["effect"], columns["noise_floor"], columns["salient"]
    colours = np.where(effects >= 0, theme.positive, theme.negative)
    legend: list[Any] = []
    if np.isfinite(floor).any():
        ax.barh(place, 2 * floor, 0.8, left=-floor, color=theme.grid)
        legend.append(Patch(color=theme.grid, label="± noise floor of its order"))
        legend.append(legend_line("×: noise floors"))
    else:
        legend.append(legend_line("noise floor: unknown"))
    ax.hlines(place, 0, effects, color=colours, linewidth=1.2)
    for effect, floors, y, colour, strong in zip(effects, columns["floors"], place, colours, salient, strict=True):
        ax.plot(effect, y, "o", color=colour, markersize=5, markerfacecolor=colour if strong else theme.paper)
        text = measured(effect, floors)
        ax.text(1.03, y, text, transform=ax.get_yaxis_transform(), va="center", fontsize=SMALL, color=theme.ink)
    if not salient.all():
        legend.append(
            Line2D(
                [],
                [],
                marker="o",
                linestyle="none",
                color=theme.muted,
                markerfacecolor=theme.paper,
                label="not salient",
            )
        )
    ax.axvline(0, color=theme.muted, linewidth=0.6)
    n = int(results.n_players[row])
    ax.set_yticks(place, [short_names(names, n, ax) for names in columns["players"]])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.margins(x=0.06)
    ax.set_ylim(-len(place) - 0.6, -0.4)
    ax.set_xlabel("interaction I(S)")
    return Picture(columns, legend, f"sample {results.index[row]}", height=1.1 + ROW * len(place))
