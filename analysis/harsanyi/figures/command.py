"""The command harsanyi-figures: the paper's figures and tables of results files."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from matplotlib.figure import Figure

from harsanyi import style
from harsanyi.figures import FIGURES, OF_FAMILIES, of_families
from harsanyi.reader import Results, open_results
from harsanyi.tables import TABLES, save_table

NAMES = [*FIGURES, *TABLES]
DRAWN, BAD_INPUT = 0, 1


def main(arguments: Sequence[str] | None = None) -> int:
    """0: all was written; 1: bad usage or input, reported on stderr."""
    asked = _parser().parse_args(arguments)
    try:
        with style.letters_missed("harsanyi-figures"):
            _write(asked)
    except (ValueError, OSError) as error:
        print(f"harsanyi-figures: {error}", file=sys.stderr)
        return BAD_INPUT
    return DRAWN


def _write(asked: argparse.Namespace) -> None:
    inches = style.width_of(asked.style, asked.width)
    folder: Path = asked.output
    folder.mkdir(parents=True, exist_ok=True)
    names = asked.figure or NAMES
    with ExitStack() as open_files:
        whole = [open_files.enter_context(open_results(path)) for path in asked.files]
        files = [part for file in whole for part in _parts(file, asked)]
        for name in names:
            stem = folder / name
            command = _command(asked, name)
            if name in TABLES:
                paths = save_table(name, files, stem, command)
            else:
                paths = style.save(
                    _figure(name, whole if name == "layers" else files, asked, inches),
                    stem,
                    asked.style,
                    asked.width,
                    command,
                )
            print(f"{stem}: {' '.join(path.suffix[1:] for path in paths)}")


def _parts(file: Results, asked: argparse.Namespace) -> list[Results]:
    """A file, or its outputs, that asked for or all: each is drawn as a file of its own."""
    return file.by_output() if asked.model_output is None else [file.of_output(asked.model_output)]


def _figure(name: str, files: Sequence[Results], asked: argparse.Namespace, inches: float) -> Figure:
    """One file: a figure; several: its panels side by side."""
    options = {"top": asked.top} if name in ("sample", "effects") else {}
    arguments = [_row(files, asked.sample, asked.target)] if name == "sample" else []
    if name in OF_FAMILIES and any(len(file.families) > 1 for file in files):
        ax = of_families(name, files, theme=asked.theme, width=inches, **options)[0]
    elif len(files) == 1:
        ax = FIGURES[name](files[0], *arguments, theme=asked.theme, width=inches, **options)
    else:
        ax = FIGURES[name](files, *arguments, theme=asked.theme, width=inches, **options)[0]
    figure = ax.figure
    assert isinstance(figure, Figure)
    return figure


def _row(files: Sequence[Results], index: int | None, target: int | None) -> int:
    """The row of the sample and target, the same in all files: that asked for, or the first that is done."""
    if index is None:
        done = [int(row) for row in files[0].done if target is None or files[0].target[row] == target]
        return done[0] if done else 0
    rows = {file.row_of(index, target=target) for file in files}
    if len(rows) > 1:
        raise ValueError(f"sample {index} has different rows in the files: draw them one by one")
    return rows.pop()


def _command(asked: argparse.Namespace, name: str) -> list[str]:
    """The command for one figure alone."""
    words = ["harsanyi-figures", *map(str, asked.files), "-o", str(asked.output), "--figure", name]
    words += ["--style", asked.style, "--width", asked.width, "--theme", asked.theme, "--top", str(asked.top)]
    chosen = {"--sample": asked.sample, "--target": asked.target, "--model-output": asked.model_output}
    return words + [word for key, value in chosen.items() if value is not None for word in (key, str(value))]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="harsanyi-figures",
        description="Writes figures of results files as PDF, SVG and PNG at final size with embedded TrueType fonts, "
        "and tables as LaTeX; beside each a .csv of its numbers and a .txt with the command that makes it again.",
        epilog="Several files are drawn side by side with a shared axis. Figures: " + ", ".join(NAMES) + ".",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="results of harsanyi run or analyze")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="FOLDER", help="created if needed")
    parser.add_argument("--style", choices=list(style.WIDTHS), default="iclr", help="whose widths (default: iclr)")
    parser.add_argument(
        "--width", choices=["column", "text"], default="text", help="of one column or of the text (default)"
    )
    parser.add_argument("--theme", choices=list(style.THEMES), default="light", help="default: light")
    parser.add_argument(
        "--figure",
        nargs="+",
        action="extend",
        type=lambda name: name.replace("-", "_"),
        choices=NAMES,
        metavar="NAME",
        help="only these (default: all)",
    )
    parser.add_argument(
        "--sample", type=int, metavar="I", help="of the figure `sample`: its number in the samples file"
    )
    parser.add_argument(
        "--target", type=int, metavar="C", help="of the figure `sample`: which of several targets of the sample"
    )
    parser.add_argument(
        "--model-output", metavar="NAME", help="of files with several outputs of a model only this (default: each)"
    )
    parser.add_argument("--top", type=int, default=6, metavar="K", help="how many interactions (default: 6)")
    return parser
