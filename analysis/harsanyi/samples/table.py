"""Samples from a table of text, as data frames are written: numbers, truth values, categories, missing fields."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from harsanyi.samples.sources import NO_LABELS, Array, Classes, ClassOptions, InputError, Source, as_classes

MISSING = {"", "na", "n/a", "nan", "null", "none"}
TRUTH = {"true": 1.0, "false": 0.0}
LISTED = 10  # values of a column that a message lists

Rows = list[tuple[int, list[str]]]  # of the table, each with its line number


@dataclass(frozen=True)
class TableOptions:
    label: str | None = None
    skip: Sequence[str] = ()
    one_hot: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # categories in the model's order; (): sorted
    drop_missing: bool = False  # leave out rows in which a field is missing
    nan: bool = False  # a missing feature is NaN instead


@dataclass(frozen=True)
class _Block:
    """What a column becomes: a column of numbers, or one for each category."""

    name: str
    numbers: Array  # [S, k]
    elements: tuple[str, ...]  # [k]


def from_csv(path: Path, options: TableOptions, classes: ClassOptions) -> Source:
    """The first line names the columns; each other line is a sample."""
    header, rows = read_table(path)
    label = options.label if classes.wanted else None
    _check_columns(path, header, [*options.skip, *options.one_hot, *([label] if label is not None else [])])
    used = [i for i, name in enumerate(header) if name and name != options.label and name not in options.skip]
    if not used or not rows:
        raise InputError(f"{path}: has no {'rows' if used else 'columns of features'}")
    at = None if label is None else header.index(label)
    whole = _without_missing(path, header, rows, ([] if options.nan else used, at), options.drop_missing)
    kept = [rows[k] for k in whole]
    blocks = [_block(path, header[i], kept, i, options.one_hot) for i in used]
    labels = NO_LABELS if at is None else _labels(path, header[at], kept, at, classes)
    absent = sum(_is_missing(cells[i]) for _, cells in kept for i in used)
    return _source(path, blocks, labels, whole, _notes(header, len(rows) - len(kept), absent))


def _check_columns(path: Path, header: list[str], named: Sequence[str]) -> None:
    for column in named:
        if column not in header:
            raise InputError(f"{path}: has no column {column!r}; it has {', '.join(filter(None, header))}")


def _notes(header: list[str], dropped: int, absent: int) -> list[str]:
    notes = []
    if "" in header:
        notes.append(f"left out: column {header.index('') + 1}, which has no name (an index)")
    if dropped:
        notes.append(f"left out: {dropped} rows with missing fields")
    if absent:
        notes.append(f"{absent} missing fields are NaN")
    return notes


def _source(path: Path, blocks: list[_Block], labels: Classes, origins: list[int], notes: list[str]) -> Source:
    names = tuple(block.name.replace(",", ";") for block in blocks)
    notes += [
        f"player {name!r}: its commas became semicolons"
        for name, block in zip(names, blocks, strict=True)
        if name != block.name
    ]
    x = np.concatenate([block.numbers for block in blocks], axis=1)
    groups = np.repeat(np.arange(len(blocks)), [len(block.elements) for block in blocks])
    return Source(
        str(path),
        x.shape[1:],
        list(map(str, origins)),
        x.__getitem__,
        elements=tuple(element for block in blocks for element in block.elements),
        features=names,
        groups=groups.astype(np.int32),
        classes=labels,
        note="; ".join(notes),
    )


# ---- columns ----


def _is_missing(text: str) -> bool:
    return text.strip().lower() in MISSING


def _without_missing(
    path: Path, header: list[str], rows: Rows, needed: tuple[Sequence[int], int | None], drop: bool
) -> list[int]:
    """Numbers of the rows in which no needed column (features, label) is missing: without `drop` these must be all."""
    features, label = needed
    columns = [*features, *([] if label is None else [label])]
    whole = [k for k, (_, cells) in enumerate(rows) if not any(_is_missing(cells[i]) for i in columns)]
    if len(whole) < len(rows) and not drop:
        line, cells = rows[next(k for k, at in enumerate([*whole, -1]) if k != at)]
        column = next(i for i in columns if _is_missing(cells[i]))
        keep = "" if column == label else "; --missing nan keeps it as NaN, for a model that takes NaN as missing"
        raise InputError(
            f"{path}: line {line}: {header[column]!r} is missing ({cells[column]!r}); --drop-missing leaves out such "
            f"rows: {len(whole)} of {len(rows)} remain{keep}"
        )
    if not whole:
        raise InputError(f"{path}: every row has missing fields")
    return whole


def _block(path: Path, name: str, rows: Rows, at: int, one_hot: Mapping[str, tuple[str, ...]]) -> _Block:
    """NaN where a field is missing."""
    lines = [line for line, cells in rows if not _is_missing(cells[at])]
    cells = [cells[at].strip() for _, cells in rows if not _is_missing(cells[at])]
    if name in one_hot:
        there, elements = _categories(path, name, lines, cells, one_hot[name])
    else:
        there, elements = _numbers(path, name, lines, cells)[:, np.newaxis], (name,)
    numbers = np.full((len(rows), len(elements)), np.nan)
    numbers[[not _is_missing(cells[at]) for _, cells in rows]] = there
    return _Block(name, numbers, elements)


def _numbers(path: Path, name: str, lines: list[int], cells: list[str]) -> Array:
    if all(cell.lower() in TRUTH for cell in cells):
        return np.array([TRUTH[cell.lower()] for cell in cells])
    return np.array([_number(path, name, line, cell, cells) for line, cell in zip(lines, cells, strict=True)])


def _categories(
    path: Path, name: str, lines: list[int], cells: list[str], given: tuple[str, ...]
) -> tuple[Array, tuple[str, ...]]:
    """A column of 0 and 1 for each category, and their names."""
    order = given or tuple(sorted(set(cells)))
    for line, cell in zip(lines, cells, strict=True):
        if cell not in order:
            raise InputError(f"{path}: line {line}: {name!r} is {cell!r}, not among --one-hot {name}={','.join(order)}")
    numbers = np.array([[float(cell == category) for category in order] for cell in cells])
    return numbers.reshape(len(cells), len(order)), tuple(f"{name}={category}" for category in order)


def _number(path: Path, name: str, line: int, text: str, cells: list[str]) -> float:
    try:
        return float(text)
    except ValueError:
        values = sorted({cell for cell in cells if not _is_float(cell)})
        listed = ", ".join(values[:LISTED]) + (f", … ({len(values)} in all)" if len(values) > LISTED else "")
        raise InputError(
            f"{path}: line {line}: {name!r} is {text!r}, not a number; it holds {listed}. --one-hot {name} makes one "
            f"player of it, with a 0/1 column for each value (--one-hot {name}=A,B,C: in the model's own order); "
            f"--skip {name} leaves it out; --label {name} if it is the label"
        ) from None


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _labels(path: Path, name: str, rows: Rows, at: int, classes: ClassOptions) -> Classes:
    return as_classes(np.array([cells[at] for _, cells in rows]), f"{path}: {name}", classes)


# ---- the text ----


def read_table(path: Path) -> tuple[list[str], Rows]:
    """Header, and each row with its line number. What separates columns: that of , ; and tab the header has most of."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: is not UTF-8 text") from None
    if not text.strip():
        raise InputError(f"{path}: is empty")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=text.partition("\n")[0].count))
    try:
        header = [name.strip() for name in next(reader)]
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise InputError(f"{path}: line {reader.line_num}: {error}") from error
    for line, row in rows:
        if len(row) != len(header):
            raise InputError(f"{path}: line {line} has {len(row)} columns, the first line {len(header)}")
    for name in filter(None, header):
        if header.count(name) > 1:
            raise InputError(f"{path}: two columns are named {name!r}")
    return header, rows
