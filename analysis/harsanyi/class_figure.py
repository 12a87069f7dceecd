"""Strength by class of player: how much of it is in interactions of players of one class, of two, and so on."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from numpy.typing import NDArray

from harsanyi.data import Columns, NothingToDraw
from harsanyi.picture import Picture, figure, short_names
from harsanyi.reader import Family, Results
from harsanyi.style import SMALL, Theme

MOST = 12  # combinations drawn of each family
ROW = 0.26  # inches


def classes_data(results: Results) -> Columns:
    """For each family and each combination of classes that its salient interactions have, strongest first: share of the
    strength Σ|I| of a sample's salient interactions, mean and deviation over samples, in two parts by sign; and their
    number, mean over samples."""
    rows = [int(row) for row in results.done if results.player_classes(int(row))]
    if not rows:
        raise NothingToDraw("The file does not say of which class its players are: /player_class of the samples file.")
    parts = [_of_family(results, results.family(name), rows) for name in results.families]
    if not any(len(part["classes"]) for part in parts):
        raise NothingToDraw("No interaction is salient.")
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _of_family(results: Results, family: Family, rows: list[int]) -> Columns:
    found: dict[tuple[str, ...], NDArray[np.float64]] = {}  # positive and negative share, and count, by row
    for place, row in enumerate(rows):
        sorts = results.player_classes(row)
        effects = family.interactions(row).reshape(len(family.kinds), -1)
        salient = family.salient(row).reshape(effects.shape)
        total = float(np.abs(effects[salient]).sum())
        combination = _combinations(sorts, effects.shape[1])
        for number in np.unique(combination[salient.any(axis=0)]):
            chosen = salient & (combination == number)
            named = tuple(sorted({sort for i, sort in enumerate(dict.fromkeys(sorts)) if int(number) >> i & 1}))
            table = found.setdefault(named, np.zeros((len(rows), 3)))
            part = effects[chosen] / total
            table[place] = part[part > 0].sum(), part[part < 0].sum(), chosen.sum()
    order = sorted(found, key=lambda named: -float((found[named][:, 0] - found[named][:, 1]).mean()))
    tables = [found[named] for named in order]
    shares = [table[:, 0] - table[:, 1] for table in tables]
    return {
        "family": np.array([family.name] * len(order)),
        "classes": np.array([" + ".join(named) for named in order]),
        "share": np.array([share.mean() for share in shares]),
        "share_std": np.array([share.std() for share in shares]),
        "positive": np.array([table[:, 0].mean() for table in tables]),
        "negative": np.array([table[:, 1].mean() for table in tables]),
        "count": np.array([table[:, 2].mean() for table in tables]),
        "samples": np.array([(table[:, 2] > 0).sum() for table in tables]),
    }


def _combinations(sorts: list[str], masks: int) -> NDArray[np.int64]:
    """Of each mask the classes of its players, a bit each, in the order in which they come first."""
    bits = {sort: 1 << i for i, sort in enumerate(dict.fromkeys(sorts))}
    found = np.zeros(masks, dtype=np.int64)
    for player, sort in enumerate(sorts):
        found |= np.where(np.arange(masks) >> player & 1, bits[sort], 0)
    return found


@figure(shared="x")
def classes(ax: Axes, theme: Theme, results: Results) -> Picture:
    """Which share of the salient interactions' strength is between players of which classes, of each family."""
    columns = classes_data(results)
    ticks: list[float] = []
    names: list[str] = []
    line = 0.0
    for family in dict.fromkeys(columns["family"].tolist()):
        if len(results.families) > 1:
            line -= 1
            heading = results.family(family).label
            ax.text(
                0, line, heading, transform=ax.get_yaxis_transform(), va="center", fontsize=SMALL, color=theme.muted
            )
        for place in np.flatnonzero(columns["family"] == family)[:MOST]:
            line -= 1
            _bar(
                ax,
                theme,
                {name: float(columns[name][place]) for name in ("share", "positive", "negative")},
                line,
            )
            ticks.append(line)
            names.append(short_names(str(columns["classes"][place]) or "no class", 0, ax, lines=2))
    ax.set_yticks(ticks, names)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(line - 0.7, -0.3)
    ax.set_xlim(0, 1.45 * float(columns["share"].max()))  # room for numbers
    ax.set_xlabel("share of salient Σ|I|")
    legend = [Patch(color=theme.positive, label="I(S) > 0"), Patch(color=theme.negative, label="I(S) < 0")]
    rows = len([row for row in results.done if results.player_classes(int(row))])
    fact = f"means over {rows} samples"
    return Picture(columns, legend, fact, height=1.0 - ROW * line)


def _bar(ax: Axes, theme: Theme, of: dict[str, float], line: float) -> None:
    ax.barh(line, of["positive"], 0.7, color=theme.positive)
    ax.barh(line, -of["negative"], 0.7, left=of["positive"], color=theme.negative)
    ax.text(of["share"], line, f" {100 * of['share']:.3g} %", va="center", fontsize=SMALL, color=theme.ink)
