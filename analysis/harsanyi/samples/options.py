"""The command line of harsanyi-samples."""

import argparse
import sys
from pathlib import Path
from typing import NoReturn

import numpy as np

from harsanyi.samples.sources import LAYOUTS, Array


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message} (--help lists the options)", file=sys.stderr)
        sys.exit(1)


def _counts(text: str) -> tuple[int, ...]:
    parts = text.lower().split("x")
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r}: whole numbers from 1, like 4x4")
    return tuple(map(int, parts))


def _pair(text: str) -> tuple[int, int]:
    numbers = _counts(text)
    if len(numbers) != 2:
        raise argparse.ArgumentTypeError(f"{text!r}: two numbers, rows and columns, like 4x4")
    return numbers[0], numbers[1]


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: a whole number from 1")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r}: a whole number from 0")
    return int(text)


def _divisor(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r}: a number above 0")
    return number


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",")) if text.strip() else ()


def _words_or_file(text: str) -> tuple[str, ...]:
    file = Path(text)
    if "," in text or not file.is_file():
        return _words(text)
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeError) as error:
        raise argparse.ArgumentTypeError(f"{text}: {error}") from error
    return tuple(line.strip() for line in lines if line.strip())


def _players_of_prompts(text: str) -> int:
    """How many words, at random; 0: all."""
    if text == "words":
        return 0
    if text.startswith("random:"):
        return _positive(text.removeprefix("random:"))
    raise argparse.ArgumentTypeError(f"{text!r}: words or random:K")


def _categories(text: str) -> tuple[str, tuple[str, ...]]:
    column, _, order = text.partition("=")
    return column.strip(), _words(order)


def _numbers(text: str) -> Array:
    try:
        return np.array([float(part) for part in text.split(",")])
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: numbers with commas between them") from None


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o", "--out", type=Path, required=True, metavar="OUT.h5", help="the samples file; OUT.yaml beside it"
    )
    parser.add_argument("--force", action="store_true", help="overwrite OUT.h5 and OUT.yaml")

    group = parser.add_argument_group("players")
    who = group.add_mutually_exclusive_group()
    who.add_argument("--grid", type=_pair, metavar="RxC", help="patches of the image, R rows and C columns of them")
    who.add_argument("--features", action="store_true", help="every number of the input")
    who.add_argument(
        "--superpixels",
        type=_positive,
        metavar="K",
        help="K regions of like colour, other ones in each image (SLIC; needs scikit-image)",
    )
    who.add_argument(
        "--parts",
        type=Path,
        metavar="FILE",
        help="map of players' numbers, [H, W] or the input's shape; -1: never masked (.npy, .npz, .csv)",
    )
    group.add_argument(
        "--group",
        action="append",
        default=[],
        metavar="[NAME=]A,B",
        help="these features are one player, such as the 0/1 columns of a category; may be given several times",
    )
    group.add_argument(
        "--names",
        type=_words_or_file,
        default=(),
        metavar="LIST",
        help="names of the players, a,b,c, or a file with one in each line",
    )
    some = group.add_mutually_exclusive_group()
    some.add_argument(
        "--choose",
        type=_positive,
        metavar="K",
        help="only K of the players, chosen at random; the rest stays as it is in every mask",
    )
    some.add_argument("--players", type=_words, default=(), metavar="LIST", help="only these, by name or number")

    group = parser.add_argument_group("what absent players become")
    group.add_argument(
        "--baseline",
        default="mean",
        metavar="B",
        help="zero, mean, marginal:K (v is the mean over K inputs drawn at random), blur, blur:SIGMA (pixels), nan "
        "(missing) or a number as the model sees it; mean unless given",
    )
    group.add_argument(
        "--training",
        type=Path,
        metavar="FILE",
        help="take the mean of these, or draw from these, of the same kind as FILE, not of FILE itself",
    )

    group = parser.add_argument_group("which samples")
    group.add_argument("--correct", action="store_true", help="only those that --model gets right")
    many = group.add_mutually_exclusive_group()
    many.add_argument(
        "--per-class", type=_positive, metavar="K", help="K of each class at random, classes taking turns"
    )
    many.add_argument("--count", type=_positive, metavar="N", help="N at random, in the order given")
    group.add_argument("--seed", type=_seed, default=0, help="of everything random; 0 unless given")
    group.add_argument(
        "--classes",
        type=_words,
        default=(),
        metavar="LIST",
        help="what the model's outputs 0, 1, ... mean, where labels are text",
    )

    group.add_argument(
        "--regression",
        action="store_true",
        help="labels are numbers to be predicted, not classes; so are labels with fractions",
    )

    group = parser.add_argument_group("the model")
    group.add_argument("--model", type=Path, metavar="M.onnx", help="for the config, and for --correct")
    group.add_argument("--input", metavar="NAME", help="its input, when it has several")
    group.add_argument("--output", metavar="NAME", help="its output, when it has several")
    group.add_argument(
        "--normalize",
        nargs=2,
        type=_numbers,
        metavar=("MEAN", "STD"),
        help="give the model (x - MEAN) / STD; a number, or one for each channel or feature: 0.48,0.46,0.41",
    )


def parser() -> argparse.ArgumentParser:
    made = _Parser(prog="harsanyi-samples", description="Makes a samples file for `harsanyi run`, and a config")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    npz = commands.add_parser("from-npz", help="arrays x [S, shape...] and y [S] of numpy")
    npz.add_argument("file", type=Path, nargs=1, metavar="FILE.npz")
    npz.add_argument("--x", metavar="NAME", help="the array of inputs; x unless given")
    npz.add_argument("--label", metavar="NAME", help="the array of labels; y, label or target unless given")
    npz.add_argument("--no-label", action="store_true", help="there are no labels, whatever the arrays are called")
    npz.add_argument(
        "--shape", type=_counts, metavar="1x28x28", help="shape of an input, when the array holds it in one row"
    )
    npz.add_argument("--layout", choices=LAYOUTS[:3], help="what its axes are; CHW or HW unless given")
    _missing(npz)
    table = commands.add_parser("from-csv", help="a table with a feature in each column and names in the first line")
    table.add_argument("file", type=Path, nargs=1, metavar="FILE.csv")
    table.add_argument("--label", metavar="COLUMN", help="the column of labels")
    table.add_argument(
        "--one-hot",
        type=_categories,
        action="append",
        default=[],
        metavar="COLUMN[=A,B,C]",
        help="a column of categories: one player, a 0/1 column for each category, in this order (sorted unless given)",
    )
    table.add_argument("--drop-missing", action="store_true", help="leave out rows with missing fields")
    _missing(table)
    table.add_argument("--skip", type=_words, default=(), metavar="COLUMNS", help="columns to leave out")
    images = commands.add_parser(
        "from-images", help="image files, a folder of them, a folder for each class, or an array"
    )
    images.add_argument("file", type=Path, nargs="+", metavar="PATH")
    images.add_argument("--labels", type=Path, metavar="FILE.csv", help="table with the columns file and label")
    images.add_argument(
        "--layout", choices=LAYOUTS, default="CHW", help="how the model takes an image; CHW unless given"
    )
    images.add_argument(
        "--channels", type=int, choices=(1, 3), help="grey or colours; as the files have it unless given"
    )
    images.add_argument("--resize", type=_pair, metavar="HxW", help="pixels of each image")
    images.add_argument(
        "--divide", type=_divisor, metavar="D", help="what pixels are divided by; 255 for 8 bits unless given"
    )
    for command in (npz, table, images):
        _common(command)
    _values(commands.add_parser("from-values", help="tables of v(S) that another program computed"))
    _prompts(commands.add_parser("from-prompts", help="prompts for a language model, whose words are the players"))
    return made


def _missing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--missing",
        choices=("nan",),
        help="nan: missing features stay, as NaN, for a model that takes NaN as missing",
    )


def _values(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, metavar="PATH", help=".npy, .npz, .csv, .txt, .h5, or a folder of such files; a results file"
    )
    parser.add_argument(
        "-o", "--out", type=Path, required=True, metavar="NEW.yaml", help="the config; the table goes to NEW.h5"
    )
    parser.add_argument("--force", action="store_true", help="overwrite NEW.yaml and NEW.h5")
    order = parser.add_mutually_exclusive_group()
    order.add_argument(
        "--player0",
        choices=("lsb", "msb"),
        help="which bit of an entry's number says whether player 0 is present: the lowest (lsb, unless given) or the "
        "highest (msb)",
    )
    order.add_argument(
        "--masks",
        metavar="FILE|NAME",
        help="[2^n, n] of 0 and 1: row j says which players are present in entry j; a file, or an array of PATH "
        "(`coalitions` and `masks` are found unless --player0 is given)",
    )


def _prompts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="a prompt in each line, players in brackets, then a tab and what is to follow; or .jsonl",
    )
    parser.add_argument(
        "-o", "--out", type=Path, required=True, metavar="OUT.h5", help="the samples file; OUT.yaml beside it"
    )
    parser.add_argument("--force", action="store_true", help="overwrite OUT.h5 and OUT.yaml")
    parser.add_argument(
        "--players",
        type=_players_of_prompts,
        metavar="words|random:K",
        help="every word is a player, or K of them at random; brackets are part of the text then",
    )
    parser.add_argument("--within", type=_positive, metavar="W", help="only among the last W words of each prompt")
    parser.add_argument("--stop-words", type=_words_or_file, default=(), metavar="LIST", help="words that never are")
    parser.add_argument("--seed", type=_seed, default=0, help="of random:K; 0 unless given")
    parser.add_argument("--model", type=Path, metavar="M.gguf", help="for the config")
