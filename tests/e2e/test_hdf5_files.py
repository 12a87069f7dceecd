"""HDF5 files as people have them: whatever wrote them and however they are stored, the same numbers come of them. What
this HDF5 cannot read is refused with the line that writes the file again."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from harness import CANCER, MODELS, Outcome, Sweep, cancer, datasets_of, of_values, swept

Arrays = dict[str, Any]
TEXT = h5py.string_dtype()


def written(file: dict[str, Any] | None = None, names: Any = None, **x: Any) -> Callable[[Path, Arrays], None]:  # noqa: ANN401
    """How h5py writes: options of the file and of datasets of numbers, and the type of names."""

    def write(path: Path, arrays: Arrays) -> None:
        with h5py.File(path, "w", **(file or {})) as out:
            for name, array in arrays.items():
                if array.dtype.kind == "S":
                    options = {"chunks": (5,)} if names else {}
                    data = [text.decode() for text in array.tolist()] if names else array
                    out.create_dataset(name, data=data, dtype=names or array.dtype, **options)
                else:
                    chunks = {"chunks": tuple(max(1, size // 3) for size in array.shape)} if x else {}
                    out.create_dataset(name, data=array, **(x | chunks))

    return write


def with_attributes(path: Path, arrays: Arrays) -> None:
    """So many attributes and links that they are in heaps and B-trees, of all kinds of types."""
    with h5py.File(path, "w", track_order=True, libver=("earliest", "v110")) as out:
        for name, array in arrays.items():
            out.create_dataset(name, data=array, track_order=True)
        for i in range(60):
            out.attrs[f"attribute {i}"] = ["text", 1.5, np.arange(4), "ö" * i][i % 4]
            out.create_group(f"group {i}")["again"] = out["x"]
        out["soft"] = h5py.SoftLink("/nowhere")
        out["external"] = h5py.ExternalLink("nowhere.h5", "/x")
        out["records"] = np.array([(1, "a")], dtype=[("number", "i4"), ("text", TEXT)])
        out["ragged"] = np.array([np.arange(2), np.arange(3)], dtype=h5py.vlen_dtype("i4"))
        out.create_dataset("lzf", data=np.arange(99), compression="lzf")
        out.attrs["reference"] = out["x"].ref


def by_pytables(path: Path, arrays: Arrays) -> None:
    tables = pytest.importorskip("tables", reason="PyTables is not installed")
    packed = tables.Filters(complevel=5, complib="zlib")
    with tables.open_file(path, "w") as out:
        for name, array in arrays.items():
            out.create_carray("/", name, obj=array, filters=packed)


def by_pandas(path: Path, arrays: Arrays) -> None:
    """A frame lies beside; the arrays are written into its file."""
    pandas = pytest.importorskip("pandas", reason="pandas is not installed")
    pytest.importorskip("tables", reason="PyTables is not installed")
    pandas.DataFrame({"a": [1.5, 2.5], "b": ["x", "y"]}).to_hdf(path, key="frame", format="table")
    with h5py.File(path, "a") as out:
        for name, array in arrays.items():
            out[name] = array


def kept(writer: str) -> Callable[[Path, Arrays], None]:
    """What PyTables 3.11.1 and pandas 3.1.1 wrote of the same arrays, for where they are not installed."""
    return lambda path, _: path.write_bytes((MODELS / f"written/{writer}-{path.name}").read_bytes())


WRITERS = {
    "h5py defaults": written(),
    "libver v108": written({"libver": ("v108", "v108")}),
    "libver v110": written({"libver": ("v110", "v110")}),
    "libver v110, gzip": written({"libver": ("v110", "v110")}, compression="gzip"),
    "gzip": written(compression="gzip"),
    "shuffle, gzip": written(compression="gzip", shuffle=True),
    "shuffle, gzip, fletcher32": written(compression="gzip", shuffle=True, fletcher32=True),
    "chunks": written(maxshape=None, shuffle=False),
    "strings of variable length": written(names=TEXT),
    "strings of variable length, libver v110": written({"libver": ("v110", "v110")}, names=TEXT),
    "track_order": written({"track_order": True}, track_order=True),
    "paged": written({"fs_strategy": "page", "fs_page_size": 4096}, compression="gzip"),
    "userblock": written({"userblock_size": 1024}),
    "attributes": with_attributes,
    "PyTables": by_pytables,
    "pandas": by_pandas,
    "PyTables, kept": kept("pytables"),
    "pandas, kept": kept("pandas"),
}


# ---- samples ----


def few_samples() -> Arrays:
    given = datasets_of(CANCER["samples"])
    return given | {name: given[name][:3] for name in ("x", "label")}


def sweep_of(folder: Path) -> Sweep:
    return Sweep(folder, cancer(None, "samples.h5"))


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return swept(tmp_path_factory.mktemp("known"), cancer("0:3")).numbers()


@pytest.mark.parametrize("writer", WRITERS)
def test_samples(tmp_path: Path, known: dict[str, bytes], writer: str) -> None:
    WRITERS[writer](tmp_path / "samples.h5", few_samples())
    sweep = sweep_of(tmp_path)
    sweep.complete()
    sweep.has(known)


# ---- tables of v ----


@pytest.mark.parametrize("writer", WRITERS)
def test_tables(tmp_path: Path, writer: str) -> None:
    values = np.random.default_rng(3).normal(size=(3, 16))
    WRITERS[writer](tmp_path / "values.h5", {"values": values, "x": values})
    assert swept(tmp_path, of_values("values.h5")).read("values").tobytes() == values.tobytes()


# ---- files that are refused, with how to rewrite them ----


def check_refused(outcome: Outcome, *says: str) -> None:
    assert outcome.ends(1, *says).err.endswith("nothing was started\n")


def test_the_newest_format(tmp_path: Path, known: dict[str, bytes]) -> None:
    """libver="latest" of an HDF5 that may be newer than that of the program."""
    written({"libver": "latest"}, compression="gzip")(tmp_path / "samples.h5", few_samples())
    sweep = sweep_of(tmp_path)
    outcome = sweep.run()
    if outcome.code == 0:
        sweep.has(known)
    else:
        check_refused(outcome, "written for an HDF5 newer than", "rewrite it: python3 -c ")
        write_again(outcome, tmp_path, known)


def write_again(outcome: Outcome, folder: Path, known: dict[str, bytes]) -> None:
    """The line in the message does what it says."""
    line = outcome.err.partition('python3 -c "')[2].partition('"')[0]
    subprocess.run([sys.executable, "-c", line], cwd=folder, check=True)
    (folder / "new.h5").rename(folder / "samples.h5")
    sweep = sweep_of(folder)
    sweep.complete()
    sweep.has(known)


def test_filters_that_are_not_read(tmp_path: Path, known: dict[str, bytes]) -> None:
    written(compression="lzf")(tmp_path / "samples.h5", few_samples())
    outcome = sweep_of(tmp_path).run()
    check_refused(outcome, "is compressed with filter 32000 (lzf)", "rewrite it: python3 -c ")
    write_again(outcome, tmp_path, known)


def test_filters_of_hdf5_that_are_not_read(tmp_path: Path) -> None:
    written(scaleoffset=3)(tmp_path / "samples.h5", few_samples())
    check_refused(sweep_of(tmp_path).run(), "filter 6 (scaleoffset)", "h5repack -f GZIP=4 ")
