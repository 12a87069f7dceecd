"""Fig. 1 of a text: the prompt with its words in colour, and its strongest interactions as arcs over the words."""

from __future__ import annotations

import itertools
import re
import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch, Patch, PathPatch
from matplotlib.path import Path
from matplotlib.textpath import text_to_path
from numpy.typing import NDArray

from harsanyi import data
from harsanyi.picture import Picture, legend_line, plain, width_of
from harsanyi.prompts import Prompt
from harsanyi.reader import Results
from harsanyi.style import LARGE, LETTERS_PER_INCH, SMALL, Theme

# Inches.
LINE = 0.21  # of the prompt
LEVEL = 0.25  # of an arc above the one below
GAP = 0.1  # between words of a row, and between arcs of a level
FOOT = 0.05  # between the feet of arcs on a word
MARGIN = 0.08
SLANT = 40.0  # degrees of words that do not fit beside each other
FROM_MIDDLE = 0.05  # where they end, right of the middle of their place
LEGEND = 0.17  # of a line of the legend
STRONGEST = 0.55  # opacity behind the word of the largest Shapley value


@dataclass(frozen=True)
class Word:
    """A word of the prompt, or of the row of players, where it stands: inches from the left, line from the top."""

    text: str
    player: int  # −1: none; −2: what follows the prompt
    left: float
    right: float
    line: int


FOLLOWS = -2


def arcs(ax: Axes, theme: Theme, results: Results, row: int, columns: data.Columns, prompt: Prompt) -> Picture:
    """The prompt, then for each family its arcs over the players; a prompt of one line has them over itself."""
    inches = width_of(ax) - 2 * MARGIN
    words = laid_out(prompt, inches)
    single = words[-1].line == 0
    shapley = results.index_values("shapley")[row, : len(prompt.spans)]
    bottom = -MARGIN
    if not single:
        _draw_words(ax, theme, words, shapley, bottom)
        bottom -= LINE * (words[-1].line + 1) + MARGIN
    for heading, of_family in data.families_of(results, row, columns):
        if heading:
            bottom = _heading(ax, theme, heading, bottom - MARGIN, inches)
        under = words if single else players_in_a_row(prompt, results.names(row), inches)
        drawn = placed(under, of_family)
        bottom -= LEVEL * (1.2 + max(one.level for one in drawn))
        for one in drawn:
            _draw_arc(ax, theme, one, bottom)
        bottom -= 0.5 * GAP
        bottom -= _draw_words(ax, theme, under, shapley, bottom)
    ax.set_xlim(-MARGIN, inches + MARGIN)
    ax.set_ylim(bottom - MARGIN, 0)
    ax.set_aspect("equal", anchor="N")
    ax.set_axis_off()
    legend = _legend(theme, columns)
    return Picture(columns, legend, height=-bottom + 0.4 + LEGEND * _lines(legend, inches))


# ---- words ----


def width(text: str, size: float = LARGE, weight: str = "normal") -> float:
    """Inches."""
    font = FontProperties(size=size, weight=weight)
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]) / 72


def _weight(player: int) -> str:
    return "bold" if player == FOLLOWS else "normal"


def laid_out(prompt: Prompt, inches: float) -> list[Word]:
    """The prompt and what follows it, in lines of so many inches."""
    pieces: list[tuple[str, int]] = [(_shown(text), player) for text, player in prompt.pieces()]
    arrow = " ← " if _from_right(prompt.text) else " → "
    pieces += [(arrow, -1), (_shown(prompt.target.strip()), FOLLOWS)] if prompt.target else []
    words: list[Word] = []
    at, line, space = 0.0, 0, width("n n") - 2 * width("n")
    for text, player in pieces:
        for part in re.findall(r"\n|[^\S\n]+|\S+", text):
            wide = width(part, weight=_weight(player)) if part.strip() else space
            if part == "\n" or (part.strip() and at > 0 and at + wide > inches):
                at, line = 0.0, line + 1
            if part.strip():
                words.append(Word(part, player, at, at + wide, line))
            at += wide if part != "\n" and at + wide > 0 else 0
    return _as_read(words, prompt, inches)


def _from_right(text: str) -> bool:
    """Whether the first letter that has a direction is one of a script that is read from right to left."""
    directions = (unicodedata.bidirectional(letter) for letter in text)
    return next((way in ("R", "AL") for way in directions if way in ("L", "R", "AL")), False)


def _as_read(words: list[Word], prompt: Prompt, inches: float) -> list[Word]:
    """Words laid out from the left, or from the right where the prompt is read so."""
    if not _from_right(prompt.text):
        return words
    return [replace(word, left=inches - word.right, right=inches - word.left) for word in words]


def _shown(text: str) -> str:
    return text.expandtabs(1)


def players_in_a_row(prompt: Prompt, names: Sequence[str], inches: float) -> list[Word]:
    """The players as they are read, spread over the width; where they do not fit, their places are narrower than they
    are."""
    order = sorted(range(len(prompt.spans)), key=prompt.spans.__getitem__, reverse=_from_right(prompt.text))
    shown = [names[player] for player in order]
    widths = np.array([width(name) for name in shown])
    free = inches - float(widths.sum())
    if free < GAP * (len(order) - 1):
        start = _room_for_slanted(widths, inches)
        step = (inches - start) / len(order)
        return [
            Word(name, p, start + step * i, start + step * (i + 1), 0)
            for i, (name, p) in enumerate(zip(shown, order, strict=True))
        ]
    gap = min(free / max(len(order) - 1, 1), 4 * GAP)
    starts = np.cumsum(np.concatenate([[0], widths[:-1] + gap]))
    return [
        Word(name, player, float(left), float(left + wide), 0)
        for name, player, left, wide in zip(shown, order, starts, widths, strict=True)
    ]


def _room_for_slanted(widths: NDArray[np.float64], inches: float) -> float:
    """Where the first place begins, so that no slanted word, which ends below its place, begins left of the figure."""
    middles = (np.arange(len(widths)) + 0.5) / len(widths)  # of the places, as shares of the row
    reach = widths * np.cos(np.radians(SLANT)) - FROM_MIDDLE
    return min(max(0.0, float(((reach - inches * middles) / (1 - middles)).max())), inches / 2)


def _draw_words(ax: Axes, theme: Theme, words: Sequence[Word], shapley: NDArray[Any], top: float) -> float:
    """Returns the height. Behind a player its Shapley value; a phrase is one box in each of its lines."""
    slanted = any(width(word.text) > word.right - word.left + 1e-6 for word in words)
    most = float(np.nanmax(np.abs(shapley), initial=0)) or 1.0
    for (line, player), of_phrase in itertools.groupby(words, key=lambda word: (word.line, word.player)):
        phrase = list(of_phrase)
        middle = top - (0.06 if slanted else LINE * (line + 0.5))
        if player >= 0:
            half = 0.05 if slanted else 0.42 * LINE
            colour = theme.positive if shapley[player] >= 0 else theme.negative
            opacity = STRONGEST * abs(float(shapley[player])) / most
            inset = 0.02 if slanted else 0.0
            x = min(word.left for word in phrase) + inset, max(word.right for word in phrase) - inset
            _box(ax, x, (middle - half, middle + half), colour, opacity)
        for word in phrase:
            _draw_word(ax, theme, word, middle, slanted)
    if slanted:
        return LINE + max(width(word.text) for word in words) * float(np.sin(np.radians(SLANT)))
    return LINE * (words[-1].line + 1)


def _draw_word(ax: Axes, theme: Theme, word: Word, middle: float, slanted: bool) -> None:
    colour = theme.muted if word.player == -1 else theme.ink
    look: dict[str, Any] = {"color": colour, "weight": _weight(word.player), "fontsize": LARGE, "in_layout": False}
    if slanted:
        x, y = (word.left + word.right) / 2 + FROM_MIDDLE, middle - 0.04
        ax.text(x, y, plain(word.text), ha="right", va="top", rotation=SLANT, rotation_mode="anchor", **look)
    else:
        ax.text(word.left, middle, plain(word.text), ha="left", va="center_baseline", **look)


def _box(ax: Axes, x: tuple[float, float], y: tuple[float, float], colour: str, opacity: float) -> None:
    rounded = "round,pad=0.01,rounding_size=0.03"
    shape = FancyBboxPatch((x[0], y[0]), x[1] - x[0], y[1] - y[0], boxstyle=rounded)
    shape.set(facecolor=colour, edgecolor="none", alpha=opacity)
    ax.add_patch(shape)


def _heading(ax: Axes, theme: Theme, text: str, top: float, inches: float) -> float:
    """Returns where it ends."""
    lines = textwrap.wrap(text, max(int(inches * LETTERS_PER_INCH), 12))
    ax.text(0, top, "\n".join(lines), va="top", fontsize=SMALL, color=theme.ink, in_layout=False)
    return top - 0.13 * len(lines) - 0.04


# ---- arcs ----


@dataclass(frozen=True)
class Arc:
    """Over its feet, inches from the left, in order; level 0 is the lowest."""

    feet: tuple[float, ...]
    level: int
    effect: float
    share: float  # of the strongest that is drawn
    kind: str
    salient: bool
    label: str


def placed(words: Sequence[Word], columns: data.Columns) -> list[Arc]:
    """The interactions of one family as arcs over the words: narrow ones low, no two on each other, no two feet on one
    spot."""
    extents = _extents(words)
    order = sorted(extents, key=extents.__getitem__)
    members = [[player for player in order if int(mask) >> player & 1] for mask in columns["mask"]]
    labels = [f"{effect:+.3g}".replace("-", "−") for effect in columns["effect"].tolist()]
    middle = {player: (left + right) / 2 for player, (left, right) in extents.items()}
    levels = _levels([([middle[p] for p in set_], label) for set_, label in zip(members, labels, strict=True)])
    feet = _feet(members, levels, extents)
    most = float(np.abs(columns["effect"]).max())
    return [
        Arc(
            tuple(feet[p, i] for p in set_),
            levels[i],
            float(columns["effect"][i]),
            abs(float(columns["effect"][i])) / most,
            str(columns["kind"][i]),
            bool(columns["salient"][i]),
            labels[i],
        )
        for i, set_ in enumerate(members)
    ]


def _extents(words: Sequence[Word]) -> dict[int, tuple[float, float]]:
    """From where to where each player is."""
    found: dict[int, tuple[float, float]] = {}
    for word in words:
        if word.player >= 0:
            left, right = found.get(word.player, (word.left, word.right))
            found[word.player] = min(left, word.left), max(right, word.right)
    return found


def _levels(arcs: Sequence[tuple[Sequence[float], str]]) -> list[int]:
    """The level of each arc, of which the feet and the label are given: above all that are narrower and in its way."""

    def reach(feet: Sequence[float], label: str) -> tuple[float, float]:
        half = max(feet[-1] - feet[0], width(label, SMALL)) / 2 + GAP / 2
        return (feet[0] + feet[-1]) / 2 - half, (feet[0] + feet[-1]) / 2 + half

    reaches = [reach(*arc) for arc in arcs]
    levels = [0] * len(arcs)
    done: list[int] = []
    for i in sorted(range(len(arcs)), key=lambda i: arcs[i][0][-1] - arcs[i][0][0]):
        below = [levels[j] for j in done if reaches[j][0] < reaches[i][1] and reaches[i][0] < reaches[j][1]]
        levels[i] = max(below, default=-1) + 1
        done.append(i)
    return levels


def _feet(
    members: Sequence[Sequence[int]], levels: Sequence[int], extents: dict[int, tuple[float, float]]
) -> dict[tuple[int, int], float]:
    """Where each arc stands on each of its players: those that come from the left stand left, and high ones outside, so
    that few lines cross."""
    found: dict[tuple[int, int], float] = {}
    for player, (left, right) in extents.items():
        here = [i for i, set_ in enumerate(members) if player in set_]
        ends = {i: (members[i][0] == player) - (members[i][-1] == player) for i in here}
        here.sort(key=lambda i, ends=ends: (ends[i], -ends[i] * levels[i]))  # type: ignore[misc]
        step = min(FOOT, (right - left) / max(len(here), 1))
        for place, i in enumerate(here):
            found[player, i] = (left + right) / 2 + (place - (len(here) - 1) / 2) * step
    return found


def _draw_arc(ax: Axes, theme: Theme, arc: Arc, ground: float) -> None:
    colour = theme.positive if arc.effect >= 0 else theme.negative
    top = ground + LEVEL * (arc.level + 0.5)
    left, right = arc.feet[0], arc.feet[-1]
    bend = min(0.7 * LEVEL, (right - left) / 2, top - ground)
    points = [(left, ground), (left, top - bend), (left, top), (left + bend, top)]
    points += [(right - bend, top), (right, top), (right, top - bend), (right, ground)]
    codes = [Path.MOVETO, Path.LINETO, Path.CURVE3, Path.CURVE3, Path.LINETO, Path.CURVE3, Path.CURVE3, Path.LINETO]
    for foot in arc.feet[1:-1]:
        points += [(foot, top), (foot, ground)]
        codes += [Path.MOVETO, Path.LINETO]
    dashes = (0, (3, 1.5)) if arc.kind == "or" else "solid"
    look: dict[str, Any] = {"edgecolor": colour, "linewidth": 0.6 + 1.6 * arc.share, "linestyle": dashes}
    ax.add_patch(PathPatch(Path(points, codes), facecolor="none", capstyle="butt", **look))
    faces = colour if arc.salient else theme.paper
    ax.plot(arc.feet, [ground] * len(arc.feet), "o", color=colour, markersize=2.6, markerfacecolor=faces)
    behind = {"boxstyle": "square,pad=0.08", "facecolor": theme.paper, "edgecolor": "none"}
    text: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": SMALL, "color": colour, "in_layout": False}
    ax.text((left + right) / 2, top + 0.025, arc.label, bbox=behind, **text)


def _legend(theme: Theme, columns: data.Columns) -> list[Any]:
    legend: list[Any] = [
        Patch(facecolor="none", edgecolor=theme.positive, label="I(S) > 0"),
        Patch(facecolor="none", edgecolor=theme.negative, label="I(S) < 0"),
        Patch(facecolor=theme.positive, alpha=STRONGEST, label="behind words: Shapley value"),
    ]
    if "or" in columns["kind"]:
        legend.append(Patch(facecolor="none", edgecolor=theme.ink, linestyle="--", label="OR: one word is enough"))
    if not columns["salient"].all():
        legend.append(legend_line("hollow feet: not salient"))
    return legend


def _lines(legend: Sequence[Any], inches: float) -> int:
    """How many lines the legend has, as style.lay_legend sets it."""
    longest = max(len(str(artist.get_label())) for artist in legend) + 4
    return -(-len(legend) // max(int(inches * LETTERS_PER_INCH / longest), 1))
