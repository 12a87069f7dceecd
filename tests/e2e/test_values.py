"""`backend: values`: a table of v made elsewhere, or by an earlier sweep, is a model like any other."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import (
    DIGITS,
    Config,
    Sweep,
    cancer,
    datasets_of,
    digits,
    forget,
    game,
    harsanyi,
    hdf5,
    moebius,
    of_values,
    opened,
    put,
    read,
    setting,
    swept,
    table,
)

ALL_INDICES = setting("statistics.indices", "[stii2, bii2, multi_order]")


def again(sweep: Sweep, name: str = "again.h5") -> Sweep:
    """The sweep over a results file."""
    return Sweep(sweep.folder, of_values(sweep.file.name), name)


def random_tables(*players: int) -> np.ndarray:
    """[S, 2^n], NaN behind the rows of fewer players."""
    random = np.random.default_rng(7)
    tables = np.full((len(players), 1 << max(players)), np.nan)
    for row, n in enumerate(players):
        tables[row, : 1 << n] = random.normal(size=1 << n)
    return tables


# ---- any HDF5 file ----


@pytest.mark.parametrize("dtype", ["<f8", ">f8", "<f4"])
def test_interactions_are_the_transform(tmp_path: Path, dtype: str) -> None:
    values = random_tables(7, 7, 7).astype(dtype)
    sweep = swept(tmp_path, table(tmp_path, values), ranks=2)
    expected = [moebius(row) for row in values.astype("f8")]
    assert sweep.read("interactions").tobytes() == np.stack(expected).tobytes()
    with opened(sweep.file) as results:
        assert np.isnan(results["samples/noise_sigma"][()]).all()
        assert results["samples/label"][()].tolist() == [-1, -1, -1]
        assert results["samples/target"][()].tolist() == [0, 0, 0]
        assert results["summary/transferability/classes"][()].tolist() == [0]
        assert results["summary/valid"][()] == 1
    sweep.verify()
    given = swept(tmp_path, table(tmp_path, values), *setting("statistics.noise_sigma", 0.25), name="given.h5")
    assert given.read("samples/noise_sigma").tolist() == [0.25] * 3


def test_layouts(tmp_path: Path) -> None:
    """One row alone, and rows in compressed chunks that cut them."""
    values = random_tables(8, 8)
    one = swept(tmp_path, table(tmp_path, values[0]), name="one.h5")
    assert one.read("interactions").tobytes() == moebius(values[0]).tobytes()
    with h5py.File(tmp_path / "chunks.h5", "w") as file:
        file.create_dataset("values", data=values, chunks=(2, 100), compression="gzip", fletcher32=True)
    chunks = swept(
        tmp_path,
        of_values("chunks.h5"),
        *setting("sweep.block_bits", 5),
        name="chunked.h5",
    )
    assert chunks.read("values").tobytes() == values.tobytes()


def test_players_labels_and_names(tmp_path: Path) -> None:
    values = random_tables(3, 9, 1, 9)
    names = ["eye", "nose", "mouth", *"abcdef"]
    sweep = swept(
        tmp_path, table(tmp_path, values, n_players=[3, 9, 1, 9], label=[7, 2, 7, 5], player_names=names), ranks=2
    )
    with opened(sweep.file) as results:
        assert results["samples/n_players"][()].tolist() == [3, 9, 1, 9]
        assert results["samples/label"][()].tolist() == [7, 2, 7, 5]
        assert results["summary/transferability/classes"][()].tolist() == [2, 5, 7]
        for row, n in enumerate((3, 9, 1, 9)):
            found = results["interactions"][row]
            assert found[: 1 << n].tobytes() == moebius(values[row, : 1 << n]).tobytes()
            assert np.isnan(found[1 << n :]).all()
    sweep.verify()
    assert "mouth" in harsanyi("show", sweep.file, "--sample", 0).out
    analyzed = harsanyi("analyze", sweep.file, "-o", tmp_path / "sevens.h5", "--class", 7)
    assert (analyzed.code, read(tmp_path / "sevens.h5", "samples/index").tolist()) == (0, [0, 2])
    some = Sweep(tmp_path, of_values("table.h5", select=[2, 0]), "some.h5")  # fewer players than there are names
    some.complete()
    assert some.read("samples/index").tolist() == [2, 0]
    assert some.read("values").shape == (2, 8)


def test_nan_decides_no_players_and_fails_inside(tmp_path: Path) -> None:
    """Without /n_players each row is for log2 of its length, whatever stands at its end."""
    values = random_tables(3, 4, 4)
    values[2, [5, 9]] = -np.inf, np.nan
    sweep = Sweep(tmp_path, table(tmp_path, values))
    assert "1 of 3 samples fail; the first: sample 0: mask 0xf: output is NaN" in harsanyi("plan", sweep.config).out
    assert sweep.run(ranks=2).code == 2
    with opened(sweep.file) as results:
        assert results["samples/n_players"][()].tolist() == [4, 4, 4]
        assert results["samples/status"][()].tolist() == [2, 1, 2]
        assert results["samples/error"][()].tolist() == [b"mask 0x8: output is NaN", b"", b"mask 0x5: output is -inf"]
        assert np.isnan(results["interactions"][[0, 2]]).all()
    sweep.verify(2)
    sized = Sweep(tmp_path, table(tmp_path, values, n_players=[3, 4, 3]), "sized.h5")
    assert sized.run().code == 2
    assert sized.read("samples/error").tolist() == [b"", b"", b"mask 0x5: output is -inf"]


# ---- results files ----


@pytest.mark.parametrize(
    "config",
    [digits([12]), cancer("5:9"), game(5, [3, 12]), game(3, 18)],
    ids=["digits", "cancer", "uneven", "split"],
)
@pytest.mark.parametrize("ranks", [None, 2])
def test_a_results_file_gives_the_same_bits(tmp_path: Path, config: Config, ranks: int | None) -> None:
    """Every number: of samples, of their statistics, and across them."""
    sweep = swept(tmp_path, config, *ALL_INDICES)
    copy = again(sweep)
    copy.complete(*ALL_INDICES, ranks=ranks)
    copy.has(sweep.numbers())
    with opened(sweep.file) as old, opened(copy.file) as new:
        assert new.attrs["samples_sha256"] == old.attrs["samples_sha256"]
        assert new.attrs["engine"] == b"values"
    copy.verify()


def test_classes_of_predictions(tmp_path: Path) -> None:
    """Without labels classes are targets, those that no sample has included."""
    given = datasets_of(DIGITS["samples"])
    del given["label"]
    hdf5(tmp_path / "samples.h5", **given)
    sweep = swept(tmp_path, digits("0:2", "samples.h5"))
    copy = again(sweep)
    copy.complete()
    assert copy.read("summary/transferability/classes").tolist() == list(range(10))
    copy.has(sweep.numbers())


def test_shards(tmp_path: Path) -> None:
    """Of a results file; and a shard as a table, whose samples are some of its sweep's."""
    sweep = swept(tmp_path, game(7, [3, 6]))
    copy = again(sweep)
    shards = copy.shards(3)
    assert harsanyi("merge", copy.file, *shards).code == 0
    copy.has(sweep.numbers())
    one = swept(tmp_path, of_values(shards[1].name), name="one.h5")
    assert one.read("samples/index").tolist() == [1, 4]
    found = one.read("interactions")  # a shard's rows are as long as those of all shards
    assert found.tobytes() == np.ascontiguousarray(read(shards[1], "interactions")[:, : found.shape[1]]).tobytes()
    with opened(one.file) as results, opened(sweep.file) as whole:
        assert results.attrs["samples_sha256"] != whole.attrs["samples_sha256"]


def test_rows_that_are_not_done(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(30, 5, fault="nan", fault_sample=4, fault_mask=6))
    assert sweep.run().code == 2
    put(sweep.file, "samples/status", 0, np.s_[5:])
    copy = again(sweep)
    copy.run(ranks=2).ends(2)
    with opened(copy.file) as results:
        assert results["samples/status"][()].tolist() == [1] * 4 + [2] * 26
        assert results["samples/error"][4] == b"mask 0x6: output is NaN"
        assert results["samples/error"][29] == b"row 29 is not done in results.h5"
    assert copy.read("interactions")[:4].tobytes() == sweep.read("interactions")[:4].tobytes()
    copy.verify(2)
    first = Sweep(tmp_path, of_values("results.h5", select="20:25"), "first.h5")
    assert first.run().code == 2  # nothing is done of it
    assert (first.read("samples/status") == 2).all()


def test_a_sweep_that_goes_on(tmp_path: Path) -> None:
    """One that was interrupted goes on; on tables that are other ones it does not."""
    sweep = swept(tmp_path, game(40, 12))
    copy = again(sweep)
    copy.complete(ranks=2)
    expected = copy.numbers()
    forget(copy.file, np.s_[10:30])
    copy.complete("--resume", ranks=2)
    assert copy.last_run()["masks"] == 20 << 12
    copy.has(expected)
    assert "is complete already" in copy.run().err
    with h5py.File(sweep.file, "r+", locking=False) as results:
        results["values"][3, 7] += 1
    copy.run().ends(1, "model (SHA-256 of its files): was")


# ---- what is refused ----


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"v": np.zeros(4)}, "/values: missing; it must hold a table [S, 2^n] of v; harsanyi-samples from-values"),
        ({"values": np.zeros((2, 6))}, "/values: has the shape [2, 6]; [S, 2^n] or [2^n] with n = 1 to 36 expected"),
        ({"values": np.zeros((2, 4)), "n_players": [2, 3]}, "/n_players: is 3 for row 1; 1 to 2 expected"),
        ({"values": np.zeros((2, 4)), "label": [1, -7]}, "/label: sample 1 has label -7; 0 or more expected"),
    ],
)
def test_wrong_tables(tmp_path: Path, data: dict[str, object], says: str) -> None:
    hdf5(tmp_path / "table.h5", **data)
    sweep = Sweep(tmp_path, of_values("table.h5"))
    sweep.run().ends(1, says)
    assert not sweep.file.exists()


def test_wrong_files_and_settings(tmp_path: Path) -> None:
    sweep = swept(tmp_path, game(2, 3))
    assert harsanyi("analyze", sweep.file, "-o", tmp_path / "statistics.h5").code == 0
    for config, says in (
        (of_values("statistics.h5"), "this file holds only statistics"),
        (of_values("none.h5"), "none.h5: cannot be read"),
        (of_values("results.h5", select="1:4"), "results.h5: samples.select: no sample 3; samples are 0 to 1"),
        (
            {"model": {"backend": "values", "file": "results.h5"}, "samples": {"file": "results.h5"}},
            "samples.file: is only for backend: onnx or game",
        ),
    ):
        Sweep(tmp_path, config, "refused.h5").run().ends(1, says)
    itself = Sweep(tmp_path, of_values("results.h5"))
    before = sweep.file.read_bytes()
    itself.run("--fresh").ends(1, "this file holds the model; give another output file")
    assert sweep.file.read_bytes() == before
