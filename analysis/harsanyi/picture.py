"""What all figures have in common: axes of their own or given ones, one file or several side by side, a sentence where
there is nothing to draw, a legend that lies on no data."""

# ruff: noqa: ANN401 (arguments are passed on to functions of any)
from __future__ import annotations

import functools
import inspect
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol, cast, overload

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from harsanyi import style
from harsanyi.data import Columns, NothingToDraw
from harsanyi.reader import Results, titles
from harsanyi.style import Drawn, Theme
from harsanyi.ticks import in_plain_text

Shared = Literal["x", "y", "none"]
DEFAULT_WIDTH = 5.5  # inches of a figure that nobody gave a width
SENTENCE = 38  # letters of a line; fits a narrow column
NAMES_SHARE = 0.42  # of the width: player names beside axes


@dataclass
class Picture:
    """What a drawing function did."""

    columns: Columns
    legend: Sequence[Artist] = field(default_factory=list)
    title: str = ""  # one fact that belongs to this panel
    height: float | None = None  # inches; None: by the width


class FigureFunction(Protocol):
    """A figure: of one file, or of several side by side."""

    __name__: str
    shared: Shared
    wide: bool

    @overload
    def __call__(
        self,
        results: Results,
        *arguments: Any,
        ax: Axes | None = None,
        theme: str = "light",
        width: float = DEFAULT_WIDTH,
        **options: Any,
    ) -> Axes: ...

    @overload
    def __call__(
        self,
        results: Sequence[Results],
        *arguments: Any,
        ax: Sequence[Axes] | None = None,
        theme: str = "light",
        width: float = DEFAULT_WIDTH,
        **options: Any,
    ) -> list[Axes]: ...


def figure(shared: Shared = "y", wide: bool = False) -> Callable[[Callable[..., Picture]], FigureFunction]:
    """Makes a figure of a function that draws on axes: draw(ax, theme, results, …). It then takes one results file or
    several, `ax=` (one for each file; made when none is given), `theme="light"|"dark"` and `width=`, the inches of the
    figure that it makes, and returns the axes. shared: which axis several files have in common; wide: there is more
    beside the axes than numbers, so fewer of them fit side by side."""

    def decorate(draw: Callable[..., Picture]) -> FigureFunction:
        @functools.wraps(draw)
        def call(
            results: Any,
            *arguments: Any,
            ax: Any = None,
            theme: str = "light",
            width: float = DEFAULT_WIDTH,
            **options: Any,
        ) -> Any:
            if not isinstance(results, Results):
                return panels(
                    cast(FigureFunction, call), results, *arguments, ax=ax, theme=theme, width=width, **options
                )
            with style.applied(theme) as colours:
                own = ax is None
                target: Axes = _new_axes(width) if own else ax
                drawn = _draw(draw, target, colours, results, arguments, options)
                title = textwrap.fill(drawn.title, max(int(width_of(target) * style.LETTERS_PER_INCH * 0.75), 12))
                target.set_title(title, loc="left", color=colours.muted, fontsize=style.SMALL)
                in_plain_text(target)
                _explain(target, own, drawn, Drawn(results.source, drawn.columns, drawn.height, drawn.legend, theme))
            return target

        call.shared, call.wide = shared, wide  # type: ignore[attr-defined]
        call.__signature__ = _signature(draw)  # type: ignore[attr-defined]
        return cast(FigureFunction, call)

    return decorate


def panels(
    function: FigureFunction,
    results: Sequence[Results],
    *arguments: Any,
    ax: Sequence[Axes] | None = None,
    theme: str = "light",
    width: float = DEFAULT_WIDTH,
    each: Sequence[Mapping[str, Any]] = (),
    **options: Any,
) -> list[Axes]:
    """One panel for each file, side by side, with a shared axis; returns their axes. each: further options of each
    panel; a file may have several."""
    if not results:
        raise ValueError("no results files to draw")
    if ax is not None and len(ax) != len(results):
        raise ValueError(f"{len(results)} results files need as many axes, not {len(ax)}")
    with style.applied(theme):
        own = ax is None
        across = _columns(len(results), width, function.wide)
        axes = _grid(len(results), across, width, function.shared) if ax is None else list(ax)
        several = len({one.source for one in results}) > 1
        part = width / across
        for one, title, panel, own_options in zip(
            results, titles(results), axes, each or [{}] * len(results), strict=True
        ):
            function(one, *arguments, ax=panel, theme=theme, width=part, **options, **own_options)
            style.remember(panel, replace(style.drawn_by(panel), title=title))
            said = [plain(title)] if several else []
            said += filter(None, [panel.get_title(loc="left")])
            panel.set_title("\n".join(said), loc="left", fontsize=style.SMALL)
        if own:
            _join(axes, function.shared)
    return axes


def legend_line(label: str) -> Line2D:
    """A line of text in the legend: what the reader has to know and no line shows."""
    return Line2D([], [], linestyle="none", label=label)


def short_names(players: str, n: int, ax: Axes, lines: int = 3, kind: str = "") -> str:
    """Names of a set, as "a + b", or as "AND(a, b)" of a kind, to fit beside axes; large sets by their first names. The
    .csv has them in full."""
    names = players.split(" + ")
    before, between, after = (f"{kind.upper()}(", ", ", ")") if kind else ("", " + ", "")
    if len(names) == n and n > 2:
        return f"{before}all {n} players{after}"
    letters = int(width_of(ax) * NAMES_SHARE * style.LETTERS_PER_INCH)

    def wrapped(text: str) -> list[str]:
        return textwrap.wrap(text, letters, break_long_words=False, break_on_hyphens=False)

    shown = wrapped(before + between.join(names) + after)
    for kept in range(len(names) - 1, 0, -1):
        if len(shown) <= lines:
            break
        shown = wrapped(before + between.join([*names[:kept], f"{len(names) - kept} more"]) + after)
    return plain("\n".join(shown))


def plain(text: str) -> str:
    """Text in which matplotlib sees no formula, whatever it holds."""
    return text.replace("$", r"\$")


def width_of(ax: Axes) -> float:
    """Inches that axes have with their labels: their share of the figure."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    spec = ax.get_subplotspec()
    return float(figure.get_figwidth() * (ax.get_position().width if spec is None else 1 / spec.get_gridspec().ncols))


# ---- inside ----


def _draw(
    draw: Callable[..., Picture], ax: Axes, theme: Theme, results: Results, arguments: Any, options: Any
) -> Picture:
    try:
        return draw(ax, theme, results, *arguments, **options)
    except NothingToDraw as nothing:
        ax.set_axis_off()
        letters = min(max(int(width_of(ax) * style.LETTERS_PER_INCH * 0.7), 12), SENTENCE)
        ax.text(
            0.5,
            0.5,
            textwrap.fill(str(nothing), letters),
            transform=ax.transAxes,
            ha="center",
            va="center",
            color=theme.muted,
            fontsize=style.LARGE,
            in_layout=False,
        )
        return Picture({})


def _explain(ax: Axes, own: bool, picture: Picture, drawn: Drawn) -> None:
    style.remember(ax, drawn)
    if own:
        figure = ax.figure
        assert isinstance(figure, Figure)
        if picture.height is not None:
            figure.set_figheight(picture.height)
        style.lay_legend(figure)
    elif picture.legend:
        ax.legend(handles=list(picture.legend), loc="best")


def _new_axes(width: float) -> Axes:
    return _grid(1, 1, width, "none")[0]


def _columns(count: int, width: float, wide: bool) -> int:
    """Panels side by side: in as few rows as fit, and these equally full."""
    most = (2 if width < style.NARROW else 3) - wide
    return -(-count // -(-count // most))


def _grid(count: int, columns: int, width: float, shared: Shared) -> list[Axes]:
    rows = -(-count // columns)
    figure = Figure(layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharex=shared == "x", sharey=shared == "y")
    for unused in grid.ravel()[count:]:
        unused.remove()
    figure.set_size_inches(width, style.height_of(figure, width))
    return list(grid.ravel()[:count])


def _join(axes: list[Axes], shared: Shared) -> None:
    """One legend and, where all panels have something to show, the shared axis labelled at the edge only."""
    figure = axes[0].figure
    assert isinstance(figure, Figure)
    for panel in axes:
        if panel.legend_ is not None:
            panel.legend_.remove()
    if shared == "y":
        columns = axes[0].get_subplotspec().get_gridspec().ncols  # type: ignore[union-attr]
        for place, panel in enumerate(axes):
            if place % columns and axes[place - place % columns].axison:
                panel.set_ylabel("")
                panel.tick_params(labelleft=False)
    figure.set_figheight(style.height_of(figure, figure.get_figwidth()))
    style.lay_legend(figure)


def _signature(draw: Callable[..., Picture]) -> inspect.Signature:
    own = list(inspect.signature(draw).parameters.values())[2:]
    shown = [p.replace(kind=inspect.Parameter.POSITIONAL_OR_KEYWORD) for p in own]
    more = [("ax", None), ("theme", "light"), ("width", DEFAULT_WIDTH)]
    return inspect.Signature(
        shown + [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=value) for name, value in more]
    )


def positive_only(numbers: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """For a log axis: what is not above 0 is left out."""
    return np.where(numbers > 0, numbers, np.nan)
