"""Tables of v(S) made elsewhere: the HDF5 file that `backend: values` reads, and its config.

Of an HDF5 file that has /values in the right order already, results files of any version included, the config alone.
"""

import argparse
import itertools
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from harsanyi.samples import write
from harsanyi.samples.sources import Array, InputError, listed, load_npz, plain

PLAYERS_MOST = 30
TEXTS, HDF5 = (".csv", ".txt"), (".h5", ".hdf5", ".hdf")
MASKS = ("coalitions", "masks")  # names of arrays that give the order of the table beside them
# What /samples of a results file says of each row, besides texts of players.
COLUMNS = ("status", "error", "index", "label", "target", "n_players", "input_crc", "noise_sigma", "noise_why")
# Where a results file has the classes that its rows without labels are of.
CLASSES = ("shard/classes", "summary/transferability/classes", "summary/0/transferability/classes")


@dataclass(frozen=True)
class Table:
    """v of one sample, [2^n] in the order of harsanyi: player 0 is the lowest bit."""

    values: Array
    label: int = -1  # -1: none
    names: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()  # /player_class
    classes: tuple[str, ...] = ()  # names of the labels, the same for all tables

    @property
    def players(self) -> int:
        return self.values.size.bit_length() - 1


# ---- files ----


def _text(path: Path) -> Array | list[Array]:
    """A column of numbers is one table; otherwise each line is one."""
    rows: list[Array] = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        words = line.partition("#")[0].translate(str.maketrans(",;", "  ")).split()
        try:
            row = np.array([float(word) for word in words])
        except ValueError as error:
            raise InputError(f"{path}: line {number}: {error}; # begins a comment") from None
        if any(math.isinf(x) and "inf" not in word.lower() for x, word in zip(row, words, strict=True)):
            raise InputError(f"{path}: line {number}: a number is beyond the range of double precision")
        if words:
            rows.append(row)
    if not rows:
        raise InputError(f"{path}: holds no numbers")
    return np.concatenate(rows) if all(row.size == 1 for row in rows) else rows


def _arrays(path: Path) -> dict[str, Any]:
    """All arrays of a file by name; that of a file with one only is `values`."""
    suffix = path.suffix.lower()
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if suffix == ".npy":
        try:
            return {"values": np.load(path, mmap_mode="r", allow_pickle=False)}
        except ValueError as error:
            raise InputError(f"{path}: is not a complete .npy file of numbers: {error}") from None
    if suffix in TEXTS:
        return {"values": _text(path)}
    if suffix == ".npz":
        arrays = {name: plain(array, f"{path}: {name}") for name, array in load_npz(path).items()}
    elif suffix in HDF5:
        with _open(path) as file:
            arrays = {name: file[name][()] for name in file if isinstance(file[name], h5py.Dataset)}
    else:
        hint = "; shapiq's save_values takes as_npz=True" if suffix == ".json" else ""
        raise InputError(f"{path}: .npy, .npz, .csv, .txt, .h5 or a folder of such files is needed{hint}")
    return {"values": next(iter(arrays.values()))} if len(arrays) == 1 else arrays


def _open(path: Path) -> h5py.File:
    try:
        return h5py.File(path, "r", locking=False)
    except OSError as error:
        raise InputError(f"{path}: is not a complete HDF5 file ({error})") from None


def _files(path: Path) -> list[Path]:
    """The file, or those of a folder in the bytewise order of their names."""
    if not path.is_dir():
        return [path]
    files = sorted(
        (file for file in path.iterdir() if not file.name.startswith(".")), key=lambda f: os.fsencode(f.name)
    )
    if not files:
        raise InputError(f"{path}: the folder holds no tables")
    return files


# ---- the order of masks ----


def _order(rows: Any, where: str) -> Array:  # noqa: ANN401  (an array, or lines of a text)
    """The mask of each entry, from rows [2^n, n] that say which players are present."""
    matrix = np.asarray(rows) if not isinstance(rows, list) or len({len(row) for row in rows}) == 1 else np.empty(0)
    count = len(matrix)
    if matrix.ndim != 2 or count != 2 ** matrix[0].size or not np.isin(matrix, (0, 1)).all():
        raise InputError(f"{where}: is {list(matrix.shape)}; masks are [2^n, n] of 0 and 1, 1: the player is present")
    order = matrix.astype(np.int64) @ (1 << np.arange(matrix[0].size))
    _, first = np.unique(order, return_index=True)
    if len(first) < count:
        row = int(np.setdiff1d(np.arange(count), first)[0])
        raise InputError(f"{where}: row {row} repeats a subset; each must occur once")
    return np.asarray(order)


def _ordered(values: Array, order: Array | None, player0: str, where: str) -> Array:
    """The table in the order of harsanyi."""
    n = values.size.bit_length() - 1
    if values.size != 2**n or not 1 <= n <= PLAYERS_MOST:
        raise InputError(f"{where}: a table of {values.size} numbers; 2^n for n = 1 to {PLAYERS_MOST} players expected")
    if order is not None and order.size != values.size:
        raise InputError(f"{where}: a table of {values.size} numbers, but masks for {order.size}")
    if order is not None:
        sorted_values = np.empty_like(values)
        sorted_values[order] = values
        return sorted_values
    return values.reshape((2,) * n).transpose().ravel() if player0 == "msb" else values


def _order_of(path: Path, arrays: Mapping[str, Any], options: argparse.Namespace) -> Array | None:
    """What --masks names, in this file or another; else what the file itself has."""
    if options.masks and options.masks in arrays:
        return _order(arrays[options.masks], f"{path}: {options.masks}")
    if options.masks:
        file = Path(options.masks)
        if not file.is_file():
            raise InputError(
                f"--masks {options.masks}: is neither a file nor an array of {path}: {listed(dict(arrays))}"
            )
        found = _arrays(file)
        name = next((name for name in (*MASKS, "values") if name in found), None)
        if name is None:
            raise InputError(f"{file}: holds no array `masks`: {listed(found)}")
        return _order(found[name], str(file))
    own = next((name for name in MASKS if name in arrays), None)
    return _order(arrays[own], f"{path}: {own}") if own and not options.player0 else None


# ---- tables ----


def _labels(path: Path, arrays: Mapping[str, Any], count: int) -> list[int]:
    """Of each table; none: -1."""
    labels = np.atleast_1d(arrays.get("label", np.full(count, -1)))
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise InputError(f"{path}: label: {count} whole numbers expected, one for each table")
    return [int(label) for label in labels]


def _words(row: Array) -> tuple[str, ...]:
    return tuple(x.decode() if isinstance(x, bytes) else str(x) for x in row.tolist())


def _of_players(path: Path, arrays: Mapping[str, Any], name: str, count: int) -> list[tuple[str, ...]]:
    """Texts about the players of each table, [n] or [count, n]; none: ()."""
    texts = np.asarray(arrays.get(name, np.empty((count, 0), "U1")))
    rows = texts if texts.ndim == 2 else np.broadcast_to(texts, (count, texts.size))
    if len(rows) != count:
        raise InputError(f"{path}: {name}: is {list(texts.shape)}; [n] or [{count}, n] expected")
    return [_words(row) for row in rows]


def _tables(path: Path, options: argparse.Namespace) -> list[Table]:
    arrays = _arrays(path)
    if "values" not in arrays:
        raise InputError(f"{path}: holds no array `values`: {listed(arrays)}")
    given = arrays["values"]
    if not isinstance(given, list) and (given.dtype.kind not in "fiu" or given.ndim not in (1, 2) or not given.size):
        raise InputError(f"{path}: values: is {given.dtype} {list(given.shape)}; numbers [2^n] or [S, 2^n] expected")
    rows = given if isinstance(given, list) or given.ndim == 2 else given[np.newaxis]
    sizes = np.asarray(arrays["n_players"]) if "n_players" in arrays else np.empty(0)
    if sizes.shape == (len(rows),):  # shapiq's own is one number
        rows = [row[: 1 << int(n)] for row, n in zip(rows, sizes, strict=True)]
    order = _order_of(path, arrays, options)
    labels, classes = _labels(path, arrays, len(rows)), _words(np.atleast_1d(arrays.get("classes", np.empty(0, "U1"))))
    names, sorts = (_of_players(path, arrays, name, len(rows)) for name in ("player_names", "player_class"))
    tables = []
    for i, row in enumerate(rows):
        values = _ordered(
            row if row.dtype.kind == "f" else row.astype(np.float64), order, options.player0, f"{path}: row {i}"
        )
        table = Table(values, labels[i], names[i], sorts[i], classes)
        for name, texts in (("player_names", table.names), ("player_class", table.sorts)):
            if texts and len(texts) < table.players:
                raise InputError(f"{path}: {name}: {len(texts)} texts for {table.players} players")
        tables.append(table)
    return tables


def _classes(tables: Sequence[Table]) -> tuple[str, ...]:
    """Those of the tables that name some."""
    found = list(dict.fromkeys(table.classes for table in tables if table.classes))
    if len(found) > 1:
        raise InputError(f"classes: {', '.join(found[0])} in one file and {', '.join(found[1])} in another")
    return found[0] if found else ()


# ---- what is written ----


def _write_values(path: Path, tables: Sequence[Table], classes: Sequence[str], command: str) -> None:
    """NaN behind the rows of tables with fewer players."""
    most = max(table.players for table in tables)
    dtype = np.float32 if all(table.values.dtype.itemsize <= 4 for table in tables) else np.float64
    with h5py.File(path, "w") as file:
        file.attrs["made_by"] = write.printable(command)[: write.ATTRIBUTE]
        values = file.create_dataset("values", (len(tables), 1 << most), dtype)
        for row, table in enumerate(tables):
            values[row] = np.pad(table.values, (0, (1 << most) - table.values.size), constant_values=np.nan)
        if any(table.players < most for table in tables):
            file["n_players"] = np.array([table.players for table in tables], np.int32)
        if any(table.label >= 0 for table in tables):
            file["label"] = np.array([table.label for table in tables], np.int64)
        if classes:
            write.write_texts(file, "classes", classes)
        _write_of_players(file, "player_names", [table.names[: table.players] for table in tables], most)
        _write_of_players(file, "player_class", [table.sorts[: table.players] for table in tables], most)


def _write_of_players(file: h5py.File, name: str, rows: Sequence[tuple[str, ...]], most: int) -> None:
    """[n] where all tables have the same, else [S, most]; nothing where there are none."""
    if not any(rows):
        return
    if len(set(rows)) == 1:
        write.write_texts(file, name, rows[0])
    else:
        padded = [text for row in rows for text in (*row, *[""] * most)[:most]]
        write.write_texts(file, name, padded, (len(rows), most))


def _old_statistics(file: h5py.File) -> list[str]:
    """The statistics of a results file, as its sweep had them."""
    text = file["config"][()].decode() if "samples/status" in file and "config" in file else ""
    lines = text.partition("\nstatistics:\n")[2].splitlines()
    return list(itertools.takewhile(lambda line: line.startswith(" "), lines))


def _config(out: Path, file: Path, what: str, statistics: Sequence[str], command: str) -> str:
    lines = [
        f"# {write.printable(what)}",
        "# Paths are relative to this file. Made by",
        f"#     {write.printable(command)[: write.ATTRIBUTE]}",
        "",
        "model:",
        write.line("backend: values", "v(S) is read from a table"),
        write.line(f"file: {write.quoted(os.path.relpath(file, out.parent))}", "/values [samples, 2^n]"),
        "",
        "statistics:",
        *(
            statistics
            or [write.line("salience: 0.05", "interactions of at least 5 % of the strongest one are salient")]
        ),
        "",
        "output:",
        write.line(f"file: {write.quoted(out.stem + '-results.h5')}", "-o on the command line wins"),
    ]
    return "".join(line.rstrip() + "\n" for line in lines)


# ---- results files of a folder ----


def _result(path: Path) -> dict[str, Any]:
    """What a results file says of its rows, by the names of datasets; {}: it is another table."""
    if path.suffix.lower() not in HDF5:
        return {}
    with _open(path) as file:
        if "samples/status" not in file:
            return {}
        if "values" not in file:
            raise InputError(f"{path}: holds statistics only; give the results file that they were made from")
        found: dict[str, Any] = {name: item[()] for name, item in file["samples"].items()}
        found |= {name: file[name][()] for name in ("values", "outputs/name", *CLASSES) if name in file}
        found["layout"] = _words(found.get("outputs/name", np.empty(0))), int(file.attrs.get("targets", 1))
        return found | {"path": path, "statistics": _old_statistics(file)}


def _one_of(results: Sequence[Mapping[str, Any]], what: str, of: Sequence[Any]) -> Any:  # noqa: ANN401 (what they have)
    """What all results files have."""
    other = next((i for i, one in enumerate(of) if one != of[0]), None)
    if other is not None:
        raise InputError(f"{results[other]['path']}: has other {what} than {results[0]['path']}: convert it alone")
    return of[0]


def _write_results(path: Path, results: Sequence[Mapping[str, Any]], command: str) -> None:
    """The rows of one file behind those of another, with all that is known of them, as a results file has it."""
    columns = _one_of(results, "columns in /samples", [[name for name in COLUMNS if name in one] for one in results])
    outputs, targets = _one_of(results, "outputs or targets", [one["layout"] for one in results])
    classes = _one_of(results, "classes", [_words(one.get("class_names", np.empty(0))) for one in results])
    most = max(one["values"].shape[1] for one in results)
    with h5py.File(path, "w") as file:
        file.attrs["made_by"] = write.printable(command)[: write.ATTRIBUTE]
        file.attrs["targets"] = targets
        count = sum(len(one["values"]) for one in results)
        values, first = file.create_dataset("values", (count, most), np.float64, fillvalue=np.nan), 0
        for one in results:
            rows, width = one["values"].shape
            values[first : first + rows, :width] = one["values"]
            first += rows
        for name in columns:
            file[f"samples/{name}"] = np.concatenate([one[name] for one in results])
        for name in ("player_names", "player_class"):
            texts = [row for one in results for row in _of_players(one["path"], one, name, len(one["values"]))]
            _write_of_players(file, f"samples/{name}", texts, most.bit_length() - 1)
        if classes:
            write.write_texts(file, "samples/class_names", classes)
        if outputs:
            write.write_texts(file, "outputs/name", outputs)
        known = [one[name] for one in results for name in CLASSES if name in one]
        file.create_group("shard")  # rows of several sweeps have no checksum in common
        if known:
            file["shard/classes"] = np.unique(np.concatenate(known))


# ---- all of it ----


def _config_alone(path: Path, options: argparse.Namespace) -> tuple[str, list[str]] | None:
    """What an HDF5 file holds, and its settings, when the program reads it as it is."""
    if path.suffix.lower() not in HDF5 or not path.is_file():
        return None
    with _open(path) as file:
        reordered = bool(options.masks or options.player0 == "msb")
        if "samples/status" in file and reordered:
            raise InputError(f"{path}: is a results file, whose order is known: omit --masks and --player0")
        if "orders" in file and "values" not in file:
            raise InputError(f"{path}: holds statistics only; give the results file that they were made from")
        table = file.get("values")
        if not isinstance(table, h5py.Dataset) or table.dtype.kind != "f" or table.dtype.itemsize < 4 or reordered:
            return None
        if any(name in file for name in MASKS) and not options.player0:
            return None
        return f"/values {list(table.shape)} of {path}", _old_statistics(file)


def make(options: argparse.Namespace, command: str) -> str:
    """Writes the files; what was made."""
    path, out = options.file, options.out
    if out.suffix not in (".yaml", ".yml"):
        raise InputError(f"{out}: the config's name has to end in .yaml; the table gets the same name with .h5")
    alone = _config_alone(path, options)
    if alone:
        write.check_free([out], options.force)
        with write.beside([out]) as parts:
            parts[0].write_text(_config(out, path, *alone, command), encoding="utf-8")
        return f"made: {out}, which reads {path}. Next: harsanyi run {out}"
    file = out.with_suffix(".h5")
    if file.exists() and any(file.samefile(given) for given in _files(path)):
        raise InputError(f"{file}: is what the tables are read from; give another name (-o)")
    write.check_free([file, out], options.force)
    results = [_result(given) for given in _files(path)]
    if any(results):
        if not all(results):
            raise InputError(f"{path}: holds results files and other tables: put them into different folders")
        if options.masks or options.player0 == "msb":
            raise InputError(f"{path}: holds results files, whose order is known: omit --masks and --player0")
        what = f"{sum(len(one['values']) for one in results)} rows of {len(results)} results files in {path}"
        same = all(one["statistics"] == results[0]["statistics"] for one in results)
        statistics = results[0]["statistics"] if same else ()
        with write.beside([file, out]) as parts:
            _write_results(parts[0], results, command)
            parts[1].write_text(_config(out, file, what, statistics, command), encoding="utf-8")
        return f"made: {file} with {what}, and {out}. Next: harsanyi run {out}"
    tables = [table for given in _files(path) for table in _tables(given, options)]
    classes = _classes(tables)
    players = sorted({table.players for table in tables})
    what = f"{len(tables)} tables of {path}; {' to '.join(map(str, dict.fromkeys((players[0], players[-1]))))} players"
    with write.beside([file, out]) as parts:
        _write_values(parts[0], tables, classes, command)
        parts[1].write_text(_config(out, file, what, (), command), encoding="utf-8")
    return f"made: {file} with {what}, and {out}. Next: harsanyi run {out}"
