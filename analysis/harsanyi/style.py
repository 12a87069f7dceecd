"""How figures look, on paper and on screen: sizes of journals, a palette for everybody's eyes, light and dark.

Nothing here changes matplotlib's settings for longer than a with statement.
"""

from __future__ import annotations

import csv
import re
import shlex
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from harsanyi.data import Columns

# Inches, of the publishers' own style files: ICLR has one column; IEEE's is 21 picas, its page 43.
WIDTHS = {
    "iclr": {"column": 5.5, "text": 5.5},
    "icml": {"column": 3.25, "text": 6.75},
    "ieee": {"column": 3.5, "text": 7.16},
}
SMALL, LARGE = 7.0, 8.0  # points: nothing is smaller, nothing is larger
LETTERS_PER_INCH = 17.5  # of the small size
NARROW = 4.0  # inches: figures below are higher for their width
# Asked, where they are installed, for letters that DejaVu Sans lacks.
FURTHER_FONTS = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC", "WenQuanYi Micro Hei"),
    *("WenQuanYi Zen Hei", "Droid Sans Fallback", "PingFang SC", "Hiragino Sans", "Microsoft YaHei"),
    *("Noto Sans Devanagari", "Noto Sans Thai", "Noto Sans Bengali", "Noto Sans Tamil", "Arial Unicode MS", "Unifont"),
)
NO_GLYPH = re.compile(r"Glyph (\d+) .*missing from font")
KEPT_AS = "harsanyi_drawn"  # attribute of axes
FORMATS = ("pdf", "svg", "png")


@dataclass(frozen=True)
class Theme:
    """Colours of Okabe and Ito, which colour-blind people tell apart; the dark ones are lighter where blue on black is
    hard to see."""

    ink: str
    muted: str
    grid: str
    paper: str
    positive: str
    negative: str
    third: str
    fourth: str


THEMES = {
    "light": Theme("#000000", "#595959", "#d9d9d9", "#ffffff", "#0072b2", "#d55e00", "#009e73", "#cc79a7"),
    "dark": Theme("#f2f2f2", "#b0b0b0", "#404040", "#16181d", "#56b4e9", "#e69f00", "#2fc49b", "#e3a3c7"),
}


@dataclass(frozen=True)
class Drawn:
    """What a panel shows: kept with its axes for the .csv, the height and the legend of the figure."""

    source: str
    columns: Columns = field(default_factory=dict)
    height: float | None = None  # inches that it wants; None: by the width
    legend: Sequence[Artist] = ()  # what the legend explains, each with its label
    theme: str = "light"
    title: str = ""  # of the file among several


def remember(ax: Axes, drawn: Drawn) -> None:
    setattr(ax, KEPT_AS, drawn)


def drawn_by(ax: Axes) -> Drawn:
    """What was remembered."""
    found: Drawn = getattr(ax, KEPT_AS)
    return found


def drawn_on(figure: Figure) -> list[Drawn]:
    """What the functions of harsanyi.figures drew on a figure, panel by panel."""
    return [drawn_by(ax) for ax in figure.axes if hasattr(ax, KEPT_AS)]


def fonts() -> list[str]:
    """Families, of which the first that has a letter draws it."""
    installed = set(font_manager.get_font_names())
    return ["DejaVu Sans", *(name for name in FURTHER_FONTS if name in installed)]


@contextmanager
def letters_missed(program: str) -> Iterator[None]:
    """Letters that no font has are reported on stderr once, afterwards, not each whenever it is drawn."""
    missed: set[str] = set()
    with warnings.catch_warnings():
        show = warnings.showwarning

        def note(message: Warning | str, *rest: Any) -> None:  # noqa: ANN401 (as the warning came)
            found = NO_GLYPH.match(str(message))
            missed.add(chr(int(found[1]))) if found else show(message, *rest)

        warnings.showwarning = note  # type: ignore[assignment]
        yield
    if missed:
        some = "".join(sorted(missed)[:10])
        print(
            f"{program}: no font here has {some}: boxes are drawn. Install one that has, such as Noto Sans CJK",
            file=sys.stderr,
        )


def settings(theme: str = "light") -> dict[Any, Any]:
    """matplotlib settings of a theme."""
    colours = THEMES[theme]
    return {
        "font.family": fonts(),
        "font.size": LARGE,
        "axes.titlesize": LARGE,
        "axes.labelsize": LARGE,
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "legend.fontsize": SMALL,
        "figure.titlesize": LARGE,
        "legend.frameon": False,
        "legend.handlelength": 1.6,
        "lines.linewidth": 1.2,
        "axes.linewidth": 0.6,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.formatter.use_mathtext": False,
        "xtick.major.width": 0.6,
        "ytick.major.width": 0.6,
        "text.color": colours.ink,
        "axes.labelcolor": colours.ink,
        "axes.edgecolor": colours.muted,
        "axes.facecolor": colours.paper,
        "figure.facecolor": colours.paper,
        "savefig.facecolor": "auto",
        "xtick.color": colours.muted,
        "ytick.color": colours.muted,
        "xtick.labelcolor": colours.ink,
        "ytick.labelcolor": colours.ink,
        "axes.titlecolor": colours.ink,
        "text.usetex": False,
        "pdf.fonttype": 42,
        "ps.fonttype": 42,
        "svg.fonttype": "path",
        "svg.hashsalt": "harsanyi",
    }


@contextmanager
def applied(theme: str = "light") -> Iterator[Theme]:
    """Within it figures are made in a theme; afterwards all settings are as before."""
    with mpl.rc_context(settings(theme)):
        yield THEMES[theme]


def width_of(style: str, width: str) -> float:
    """Inches. ValueError for a style or width that is not known."""
    if style not in WIDTHS or width not in WIDTHS[style]:
        raise ValueError(f"no style {style!r} of width {width!r}; styles: {', '.join(WIDTHS)}; widths: column, text")
    return WIDTHS[style][width]


def height_of(figure: Figure, width: float) -> float:
    """Inches: what the panels want, row by row of panels."""
    wanted = [drawn.height for drawn in drawn_on(figure) if drawn.height is not None]
    rows = max((spec.get_gridspec().nrows for ax in figure.axes if (spec := ax.get_subplotspec())), default=1)
    one = max(wanted) if wanted else width * (0.72 if width < NARROW else 0.45)
    return one * rows


def lay_legend(figure: Figure) -> None:
    """One legend for all panels, above them, so that it never lies on the data; in as many columns as fit."""
    for old in figure.legends:
        old.remove()
    handles = _explained(drawn_on(figure))
    if not handles:
        return
    longest = max(map(len, handles)) + 4  # letters, with the handle
    fit = int(figure.get_figwidth() * LETTERS_PER_INCH / longest)
    figure.legend(
        list(handles.values()),
        list(handles),
        loc="outside upper center",
        ncols=min(max(fit, 1), len(handles)),
        fontsize=SMALL,
        frameon=False,
        labelcolor=THEMES[drawn_on(figure)[0].theme].ink,
    )


def _explained(panels: Sequence[Drawn]) -> dict[str, Artist]:
    """What is drawn, once; words that hold for some panels only say for which."""
    counts = Counter(str(artist.get_label()) for drawn in panels for artist in drawn.legend)
    handles: dict[str, Artist] = {}
    for drawn in panels:
        for artist in drawn.legend:
            label = str(artist.get_label())
            words_only = (
                isinstance(artist, Line2D) and artist.get_linestyle() == "None" and artist.get_marker() == "None"
            )
            of_some = words_only and counts[label] < len(panels)
            handles.setdefault(f"{label} ({drawn.title or Path(drawn.source).stem})" if of_some else label, artist)
    return handles


def save(
    figure: Figure,
    stem: str | Path,
    style: str = "iclr",
    width: str = "text",
    command: Sequence[str] | None = None,
) -> list[Path]:
    """Writes STEM.pdf, .svg and .png at final size with embedded TrueType fonts, STEM.csv with the numbers that are
    drawn and STEM.txt with the command that made it (the running one when none is given). Returns the paths."""
    inches = width_of(style, width)
    stem = Path(stem)
    panels = drawn_on(figure)
    # Artists that matplotlib makes only now, such as ticks, take the settings of now.
    with applied(panels[0].theme if panels else "light"):
        figure.set_size_inches(inches, height_of(figure, inches))
        if figure.legends:
            lay_legend(figure)
        _fit_text(figure)
        # Without the time, the same numbers make the same files.
        nothing: dict[str, dict[str, Any]] = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}
        paths = [_with_ending(stem, kind) for kind in FORMATS]
        layout = figure.get_layout_engine()
        for path, kind in zip(paths, FORMATS, strict=True):
            figure.savefig(path, format=kind, dpi=300, metadata=nothing[kind])
            keep_layout(figure)  # the others are laid out as the first is
        figure.set_layout_engine(layout)
    paths.append(write_csv(_with_ending(stem, "csv"), [(drawn.source, drawn.columns) for drawn in panels]))
    paths.append(write_command(_with_ending(stem, "txt"), command))
    return paths


def keep_layout(figure: Figure) -> None:
    """The figure stays laid out as it is. With the layout engine "none" savefig would draw it twice."""
    with mpl.rc_context({"figure.autolayout": False, "figure.constrained_layout.use": False}):
        figure.set_layout_engine(None)


def write_csv(path: Path, tables: Sequence[tuple[str, Mapping[str, Any]]]) -> Path:
    """Tables below each other; a first column says whose numbers they are when they are several files'. Numbers are
    written so that they read back as the same bits."""
    names = list(dict.fromkeys(name for _, columns in tables for name in columns))
    several = len(tables) > 1
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow((["file"] if several else []) + names)
        for source, columns in tables:
            for place in range(max((len(column) for column in columns.values()), default=0)):
                cells = [_cell(columns[name][place]) if name in columns else "" for name in names]
                writer.writerow(([source] if several else []) + cells)
    return path


def write_command(path: Path, command: Sequence[str] | None) -> Path:
    path.write_text(shlex.join(sys.argv if command is None else command) + "\n", encoding="utf-8")
    return path


def _cell(value: Any) -> str:  # noqa: ANN401 (what numpy arrays hold)
    return repr(float(value)) if isinstance(value, float | np.floating) else str(value)


def _with_ending(stem: Path, ending: str) -> Path:
    """Path.with_suffix would take `model.v2` for a name with an ending."""
    return stem.with_name(f"{stem.name}.{ending}")


def _fit_text(figure: Figure) -> None:
    """Figures that were made on axes of other settings get the sizes of print, too."""
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_fontsize(min(max(float(text.get_fontsize()), SMALL), LARGE))
    for ax in figure.axes:
        ax.tick_params(which="both", labelsize=SMALL)
