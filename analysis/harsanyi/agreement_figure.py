"""How far several results files of the same samples and players agree: other mask tokens, removals, models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import NDArray

from harsanyi.data import Columns, NothingToDraw
from harsanyi.picture import DEFAULT_WIDTH, Picture, figure, plain
from harsanyi.reader import Results, titles
from harsanyi.style import LARGE, Theme

Rows = list[tuple[int, int]]  # of one file and of another


def agreement_data(files: Sequence[Results]) -> Columns:
    """Each pair of files, over the samples that both have done: correlation of all I(S) but I(∅), and Jaccard index of
    the salient sets, mean over these samples. ValueError when players differ."""
    pairs = [(a, b) for a in range(len(files)) for b in range(a + 1, len(files))]
    found = [_of_pair(files[a], files[b]) for a, b in pairs]
    return {
        "first": np.array([files[a].source for a, _ in pairs]),
        "second": np.array([files[b].source for _, b in pairs]),
        "samples": np.array([count for _, _, count in found]),
        "correlation": np.array([rho for rho, _, _ in found]),
        "jaccard": np.array([jaccard for _, jaccard, _ in found]),
    }


def _of_pair(one: Results, other: Results) -> tuple[float, float, int]:
    """Correlation, Jaccard index, number of samples."""
    found = []
    for row, there in _common(one, other):
        if one.names(row) != other.names(there):
            raise ValueError(
                f"{one.path}, {other.path}: sample {one.index[row]} has other players: {', '.join(one.names(row))}; "
                f"{', '.join(other.names(there))}"
            )
        found.append(
            _of_tables(one.interactions(row), other.interactions(there), one.salient(row), other.salient(there))
        )
    if not found:
        return float("nan"), float("nan"), 0
    rho, jaccard = np.array(found).T
    return _mean(rho), _mean(jaccard), len(found)


def _of_tables(a: Any, b: Any, salient_a: Any, salient_b: Any) -> tuple[float, float]:  # noqa: ANN401 (arrays)
    constant = np.ptp(a[1:]) == 0 or np.ptp(b[1:]) == 0
    rho = float("nan") if constant else float(np.corrcoef(a[1:], b[1:])[0, 1])
    either = int((salient_a | salient_b).sum())
    return rho, float((salient_a & salient_b).sum()) / either if either else float("nan")


def _common(one: Results, other: Results) -> Rows:
    """Rows of the same sample and output, done in both."""
    there = {(int(other.index[row]), int(other.output[row])): int(row) for row in other.done[::-1]}
    keys = {(int(one.index[row]), int(one.output[row])): int(row) for row in one.done[::-1]}
    return [(row, there[key]) for key, row in sorted(keys.items()) if key in there]


def _mean(numbers: NDArray[np.float64]) -> float:
    known = numbers[np.isfinite(numbers)]
    return float(known.mean()) if len(known) else float("nan")


@figure(shared="none")
def _matrix(ax: Axes, theme: Theme, first: Results, files: Sequence[Results]) -> Picture:
    if len(files) < 2:
        raise NothingToDraw("Agreement is between files: give two results files or more.")
    columns, count = agreement_data(files), len(files)
    shown = np.full((count, count), np.nan)
    above, below = np.triu_indices(count, 1), np.triu_indices(count, 1)[::-1]
    shown[above], shown[below] = columns["correlation"], columns["jaccard"]
    colours = LinearSegmentedColormap.from_list("agreement", [theme.negative, theme.paper, theme.positive])
    ax.imshow(shown, cmap=colours, vmin=-1.4, vmax=1.4, aspect="auto")  # letters stay legible on the ends
    for (i, j), number in np.ndenumerate(shown):
        if i != j:
            text = "–" if np.isnan(number) else f"{number:.2f}".replace("-", "−")
            ax.text(j, i, text, ha="center", va="center", fontsize=LARGE, color=theme.ink)
    names = [plain(title) for title in titles(files)]
    ax.set_yticks(range(count), names)
    ax.set_xticks(range(count), names, rotation=30 if count > 3 else 0, ha="right" if count > 3 else "center")
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    samples = columns["samples"]
    many = str(samples.max()) if samples.min() == samples.max() else f"{samples.min()} … {samples.max()}"
    fact = f"above: correlation of I(S); below: Jaccard index of the salient sets; means over {many} samples"
    return Picture(columns, [], plain(fact), height=1.1 + 0.36 * count)


def agreement(
    results: Results | Sequence[Results],
    *,
    ax: Any = None,  # noqa: ANN401 (axes, or a list of them)
    theme: str = "light",
    width: float = DEFAULT_WIDTH,
) -> Any:  # noqa: ANN401 (axes, or a list of them)
    """A matrix of all pairs of files; the axes, in a list when a list of files is given."""
    files = [results] if isinstance(results, Results) else list(results)
    drawn = _matrix(files[0], files, ax=ax[0] if isinstance(ax, list) else ax, theme=theme, width=width)
    return drawn if isinstance(results, Results) else [drawn]


agreement.shared = "none"  # type: ignore[attr-defined]
