"""Fig. 1: a sample with its strongest interactions, on its image or cloud of points, over its text, or as bars."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import h5py
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from harsanyi import data
from harsanyi.cloud import Cloud, Extent, as_cloud
from harsanyi.picture import Picture, figure, legend_line, short_names, width_of
from harsanyi.prompt_figure import arcs
from harsanyi.prompts import Prompt, read_prompt
from harsanyi.reader import Results
from harsanyi.style import LETTERS_PER_INCH, SMALL, Theme

Pixels = NDArray[Any]

ROW = 0.42  # inches of a bar with names
GAP, CAPTION, SHORT_CAPTION = 0.14, 0.42, 0.26  # in widths and inches of an image; short: of one line
LINE = 0.13  # inches of a line of text
VEIL = 0.62  # how much of an absent pixel is hidden
CHANNELS = (1, 3)


@dataclass(frozen=True)
class Inputs:
    """A sample as an image, [rows, columns] or [rows, columns, 3], and the player of each pixel, −1: none."""

    image: Pixels
    players: Pixels
    tile: ClassVar[float] = 0.7  # inches at least

    @property
    def high(self) -> float:
        """Height of its tile in widths."""
        return float(self.image.shape[0] / self.image.shape[1])

    def whole(self, ax: Axes, theme: Theme, extent: Extent) -> None:
        _place(ax, _shown(self.image), extent)

    def marked(
        self, ax: Axes, theme: Theme, present: NDArray[np.bool_], colour: str, extent: Extent, *, dashed: bool
    ) -> None:
        """What is absent is veiled, what is present outlined; dashed: one of the players is enough."""
        left, _, bottom, top = extent
        veil = (~present & (self.players >= 0))[..., np.newaxis] * VEIL
        _place(ax, _shown(self.image) * (1 - veil) + np.array(to_rgb(theme.paper)) * veil, extent)
        size = np.array([present.shape[1], -present.shape[0] / (top - bottom)])
        segments = _outline(present) / size + [left, top]
        dashes = (0, (2, 1.4)) if dashed else "solid"
        lines = LineCollection(list(segments), colors=colour, linewidths=1.6, capstyle="butt", linestyles=[dashes])
        if not dashed:
            lines.set_capstyle("projecting")
        ax.add_collection(lines)

    def legend_of_or(self, theme: Theme) -> Artist:
        return Patch(facecolor="none", edgecolor=theme.ink, linestyle="--", label="OR: one patch is enough")


@figure(shared="none", wide=True)
def sample(
    ax: Axes,
    theme: Theme,
    results: Results,
    row: int,
    top: int = 6,
    image: Pixels | None = None,
    players: Pixels | None = None,
) -> Picture:
    """Fig. 1: the strongest interactions of one sample, of each family that the file has. An image and the player of
    each of its pixels come from the samples file that the results name, when it is there; or `image`
    [rows, columns(, 3)] and `players` [rows, columns] are given. Clouds of points have the points of each interaction
    in colour; texts get arcs over their words; other samples get bars."""
    columns = data.sample_data(results, row, top)
    prompt = prompt_of_row(results, row)
    if prompt is not None:
        return arcs(ax, theme, results, row, columns, prompt)
    inputs = inputs_of(results, row)
    if image is not None:
        of_pixels = players if players is not None else inputs.players if inputs else None
        if of_pixels is None or np.shape(of_pixels)[:2] != np.shape(image)[:2]:
            raise ValueError("the player of each pixel is not known: give players=, of the image's rows and columns")
        inputs = Inputs(np.asarray(image), np.asarray(of_pixels))
    if inputs is None:
        return _bars(ax, theme, results, row, columns)
    return _tiles(ax, theme, results, row, columns, inputs)


def inputs_of(results: Results, row: int) -> Inputs | Cloud | None:
    """The sample as an image or a cloud, out of the samples file; None when that is not there, or it is neither."""
    path = samples_path(results)
    if path is None:
        return None
    with h5py.File(path, "r", locking=False) as file:
        index = int(results.index[row])
        if "x" not in file or file["x"].ndim < 3 or index >= len(file["x"]):
            return None
        x = np.asarray(file["x"][index], dtype=np.float64)
        players = _players(results.setting("samples.players"), file, index, x.shape)
    if players is None or players.shape != x.shape:
        return None
    cloud, image = as_cloud(x, players), as_image(x)
    if cloud is not None or image is None:
        return cloud
    flat = _same_in_channels(players, image.shape[:2])
    return None if flat is None else Inputs(image, flat)


def samples_path(results: Results) -> Path | None:
    """The samples file that the results name: as named, from here or from the results' folder."""
    name = results.setting("samples.file")
    if name is None:
        return None
    places = (Path(name), results.path.parent / name, results.path.parent / Path(name).name)
    return next((place for place in places if place.is_file() and h5py.is_hdf5(place)), None)


def prompt_of_row(results: Results, row: int) -> Prompt | None:
    """The prompt of a row of results, out of the samples file; None when that is not there or holds other samples."""
    path = samples_path(results)
    if path is None:
        return None
    with h5py.File(path, "r", locking=False) as file:
        prompt = read_prompt(file, int(results.index[row]))
    return prompt if prompt is not None and len(prompt.spans) == results.n_players[row] else None


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


def _wrapped(heading: str, inches: float) -> str:
    return textwrap.fill(heading, max(int(inches * LETTERS_PER_INCH), 12))


# ---- on the image ----


def _tiles(
    ax: Axes, theme: Theme, results: Results, row: int, columns: data.Columns, inputs: Inputs | Cloud
) -> Picture:
    """The sample, then one copy for each interaction, family below family."""
    inches = width_of(ax)
    parts = data.families_of(results, row, columns)
    count = max(len(of_family["mask"]) for _, of_family in parts) + 1
    across = _across(count, max(int(inches / inputs.tile), 2))
    step = 1 + GAP
    unit = across * step / inches  # widths of a tile in an inch
    bottom = 0.0
    for place, (heading, of_family) in enumerate(parts):
        caption = (CAPTION if np.isfinite(of_family["floors"]).any() else SHORT_CAPTION) * unit
        if heading:
            text = _wrapped(heading, inches)
            bottom -= (0.06 + LINE * (1 + text.count("\n"))) * unit
            ax.text(0, bottom + 0.05 * unit, text, va="bottom", fontsize=SMALL, color=theme.ink)
        for tile in range(len(of_family["mask"]) + 1):
            left, top = tile % across * step, bottom - tile // across * (inputs.high + caption)
            extent = (left, left + 1, top - inputs.high, top)
            if tile > 0:
                _interaction(ax, theme, inputs, {k: v[tile - 1] for k, v in of_family.items()}, extent)
            elif place == 0:
                inputs.whole(ax, theme, extent)
                _caption(ax, f"sample {results.row_name(row)}", theme.ink, extent)
        bottom -= -(-(len(of_family["mask"]) + 1) // across) * (inputs.high + caption)
    ax.set_xlim(-0.03, across * step - GAP + 0.03)
    ax.set_ylim(bottom, 0.03)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return Picture(columns, _legend(theme, columns, inputs), height=-bottom / unit + 0.3)


def _interaction(ax: Axes, theme: Theme, inputs: Inputs | Cloud, found: dict[str, Any], extent: Extent) -> None:
    effect = float(found["effect"])
    colour = theme.positive if effect >= 0 else theme.negative
    present = _present(inputs.players, int(found["mask"]))
    inputs.marked(ax, theme, present, colour, extent, dashed=found["kind"] == "or")
    _caption(ax, f"{found['kind'].upper()} {measured(effect, float(found['floors']))}".strip(), colour, extent)


def _caption(ax: Axes, text: str, colour: str, extent: Extent) -> None:
    left, _, bottom, _ = extent
    ax.text(left + 0.5, bottom - 0.05, text, ha="center", va="top", fontsize=SMALL, color=colour, linespacing=1.1)


def _legend(theme: Theme, columns: data.Columns, inputs: Inputs | Cloud) -> list[Any]:
    legend: list[Any] = [
        Patch(facecolor="none", edgecolor=theme.positive, label="I(S) > 0"),
        Patch(facecolor="none", edgecolor=theme.negative, label="I(S) < 0"),
    ]
    if "or" in columns["kind"]:
        legend.append(inputs.legend_of_or(theme))
    known = np.isfinite(columns["floors"]).any()
    legend.append(legend_line("×: noise floors" if known else "noise floor: unknown"))
    return legend


def _across(count: int, most: int) -> int:
    """As few rows as fit, and these equally full."""
    rows = -(-count // most)
    return -(-count // rows)


def _shown(image: Pixels) -> Pixels:
    """Colours 0 … 1, [rows, columns, 3], from the image's own darkest to its own lightest."""
    low, high = float(np.nanmin(image)), float(np.nanmax(image))
    scaled = (image - low) / (high - low) if high > low else np.full_like(image, 0.5, dtype=np.float64)
    return scaled if scaled.ndim == 3 else np.repeat(scaled[..., np.newaxis], 3, axis=2)


def _place(ax: Axes, colours: Pixels, extent: Extent) -> None:
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
    inches, n = width_of(ax), int(results.n_players[row])
    places: list[float] = []
    names: list[str] = []
    headings: list[tuple[float, str]] = []
    line = 0.0  # of the last bar, downwards, in bars
    for heading, of_family in data.families_of(results, row, columns):
        if heading:
            text = _wrapped(heading, inches)
            line -= 0.5 + LINE / ROW * text.count("\n")
            headings.append((line - 0.4, text))
        first = line
        for players, kind in zip(of_family["players"], of_family["kind"], strict=True):
            line -= 1
            places.append(line)
            names.append(short_names(players, n, ax, kind=kind))
        ax.vlines(0, line - 0.5, first - 0.5, color=theme.muted, linewidth=0.6)
    legend = _draw_bars(ax, theme, columns, np.array(places))
    ax.set_yticks(places, names)
    _above_bars(ax, theme, headings, names)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.margins(x=0.06)
    ax.set_ylim(line - 0.6, headings[0][0] + 0.4 + LINE / ROW * headings[0][1].count("\n") if headings else -0.4)
    ax.set_xlabel("interaction I(S)")
    return Picture(columns, legend, f"sample {results.row_name(row)}", height=1.1 - ROW * line)


def _above_bars(ax: Axes, theme: Theme, headings: Sequence[tuple[float, str]], names: Sequence[str]) -> None:
    """Lines over names and bars: they begin about where the longest name does, left of the axes."""
    letters = max(len(line) for name in names for line in name.splitlines())
    for y, text in headings:
        ax.annotate(
            text,
            (0, y),
            (-70 * letters / (1.1 * LETTERS_PER_INCH), 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            fontsize=SMALL,
            color=theme.ink,
            annotation_clip=False,
            in_layout=False,
        )


def _draw_bars(ax: Axes, theme: Theme, columns: data.Columns, place: NDArray[np.float64]) -> list[Any]:
    """The effects, with what they are in noise floors; returns the legend."""
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
        hollow = {"marker": "o", "linestyle": "none", "color": theme.muted, "markerfacecolor": theme.paper}
        legend.append(Line2D([], [], **hollow, label="not salient"))  # type: ignore[arg-type]
    return legend
