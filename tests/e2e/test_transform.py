"""`harsanyi transform`: the bits that a sweep over the same v gives, from any kind of file, in any order of masks."""

import itertools
import json
import os
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import Outcome, Sweep, digits, game, harsanyi, moebius, numbers, opened, read, setting

Array = np.ndarray

# What a sweep writes about the tables, beside what it alone knows.
STATISTICS = ("values", "interactions", "indices", "orders", "conditions", "summary")


def statistics(file: Path) -> dict[str, bytes]:
    return {name: data for name, data in numbers(file).items() if name.split("/")[0] in STATISTICS}


def transform(values: Path, *options: object, code: int = 0, name: str = "transformed.h5") -> tuple[Path, Outcome]:
    """The results file, which verify finds whole (or true, with failed samples); nothing else is left beside it."""
    file = values.parent / name
    file.unlink(missing_ok=True)
    others = {path.name for path in values.parent.iterdir()}
    outcome = harsanyi("transform", values, "-o", file, *options)
    assert outcome.code == code, outcome.err
    assert {path.name for path in values.parent.iterdir()} - others == ({file.name} if code != 1 else set())
    if code != 1:
        verified = harsanyi("verify", file)
        assert (verified.code, "wrong" in verified.out) == (code, False), verified.out
    return file, outcome


def by_size(n: int) -> list[int]:
    """All masks, smaller subsets first: the order of shapiq's powerset."""
    subsets = itertools.chain.from_iterable(itertools.combinations(range(n), k) for k in range(n + 1))
    return [sum(1 << i for i in subset) for subset in subsets]


def rows_of(masks: list[int], n: int) -> Array:
    return np.array([[bool(mask >> i & 1) for i in range(n)] for mask in masks])


def write_hdf5(path: Path, values: Array) -> None:
    with h5py.File(path, "w") as file:
        file["values"] = values


WRITERS: dict[str, Callable[[Path, Array], None]] = {
    "c.npy": np.save,
    "fortran.npy": lambda path, values: np.save(path, np.asfortranarray(values)),
    "big.npy": lambda path, values: np.save(path, values.astype(">f8")),
    "lines.csv": lambda path, values: np.savetxt(path, values, fmt="%.17g", delimiter=","),
    "blanks.txt": lambda path, values: np.savetxt(path, values, fmt="%.17g", header="v(S)"),
    "v.h5": write_hdf5,
}


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """A game with noise on every mask: 5 samples of 7 players."""
    sweep = Sweep(tmp_path_factory.mktemp("game"), game(5, 7))
    sweep.complete(*setting("statistics.indices", "[stii2, bii2, multi_order]"))
    return sweep


ALL_INDICES = setting("statistics.indices", "[stii2, bii2, multi_order]")


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("order", ["lsb", "msb", "masks"])
def test_all_files_and_orders_give_the_same_bits(swept: Sweep, tmp_path: Path, kind: str, order: str) -> None:
    n, values = 7, read(swept.file, "values")
    written = {
        "lsb": list(range(1 << n)),
        "msb": [
            sum(1 << i for i, present in enumerate(bits) if present) for bits in itertools.product((0, 1), repeat=n)
        ],
        "masks": by_size(n),
    }[order]
    WRITERS[kind](tmp_path / kind, values[:, written])
    options: list[object] = ["--player0", order]
    if order == "masks":
        np.save(tmp_path / "masks.npy", rows_of(written, n))
        options = ["--masks", tmp_path / "masks.npy"]
    file, outcome = transform(tmp_path / kind, *options, *ALL_INDICES)
    assert statistics(file) == statistics(swept.file)
    assert "5 samples of 7 players transformed" in outcome.err


def test_a_sweep_over_the_same_table_is_the_same(swept: Sweep, tmp_path: Path) -> None:
    table = tmp_path / "table.h5"
    write_hdf5(table, read(swept.file, "values"))
    sweep = Sweep(tmp_path, {"model": {"backend": "values", "file": "table.h5"}})
    sweep.complete()
    file, _ = transform(table)
    found, expected = numbers(file), numbers(sweep.file)
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
    assert read(file, "summary/valid") == 1
    with opened(file) as new, opened(sweep.file) as old:
        for name in ("engine", "engine_version", "instruction_set", "samples_sha256", "settings_sha256"):
            assert new.attrs[name] == old.attrs[name]
        assert new["provenance/runs"][0]["exit"] == b"transformed"
        assert b"backend: values" in new["config"][()]
        assert str(table).encode() in new["config"][()]


def test_masks_in_every_kind_of_file(swept: Sweep, tmp_path: Path) -> None:
    masks = by_size(7)
    np.save(tmp_path / "v.npy", read(swept.file, "values")[:, masks])
    np.savetxt(tmp_path / "masks.csv", rows_of(masks, 7), fmt="%d", delimiter=",")
    np.save(tmp_path / "masks.npy", rows_of(masks, 7).astype("u1"))
    with h5py.File(tmp_path / "masks.h5", "w") as file:
        file["masks"] = rows_of(masks, 7)
    identities = set()
    for name in ("masks.csv", "masks.npy", "masks.h5"):
        result, _ = transform(tmp_path / "v.npy", "--masks", tmp_path / name, *ALL_INDICES)
        assert statistics(result) == statistics(swept.file)
        with opened(result) as results:
            identities.add(results.attrs["model_sha256"])
    assert len(identities) == 1
    unordered, _ = transform(tmp_path / "v.npy")
    with opened(unordered) as results:
        assert results.attrs["model_sha256"] not in identities


def test_the_tables_of_a_network(tmp_path: Path) -> None:
    without_noise = setting("statistics.noise_sigma", "none")
    sweep = Sweep(tmp_path, digits("0:4"))
    sweep.complete(*without_noise)
    with opened(sweep.file) as results, h5py.File(tmp_path / "tables.h5", "w") as tables:
        tables["values"] = results["values"][()]
        tables["label"] = results["samples/label"][()]
        tables["player_names"] = results["samples/player_names"][()]
    file, _ = transform(tmp_path / "tables.h5", *without_noise)
    assert statistics(file) == statistics(sweep.file)
    assert (read(file, "samples/player_names") == read(sweep.file, "samples/player_names")).all()
    itself, _ = transform(sweep.file, *without_noise, name="itself.h5")  # any results file is a table, without labels
    assert {k: v for k, v in statistics(itself).items() if not k.startswith("summary")} == {
        k: v for k, v in statistics(sweep.file).items() if not k.startswith("summary")
    }


def test_players_that_differ_in_number(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(6, [3, 13]))
    sweep.complete()
    folder = tmp_path / "tables"
    folder.mkdir()
    with opened(sweep.file) as results:
        for k, n in enumerate(results["samples/n_players"][()]):
            kind = [".npy", ".csv", ".h5"][k % 3]
            values = results["values"][k, : 1 << n]
            {".npy": np.save, ".csv": lambda p, v: np.savetxt(p, v, fmt="%.17g"), ".h5": write_hdf5}[kind](
                folder / f"{k:02}{kind}", values
            )
    file, outcome = transform(folder)
    assert statistics(file) == statistics(sweep.file)
    assert "6 samples of 3 to 8 players transformed" in outcome.err


def test_tables_of_several_blocks(tmp_path: Path) -> None:
    folder, rng = tmp_path / "tables", np.random.default_rng(3)
    folder.mkdir()
    tables = [rng.normal(size=1 << n) for n in (3, 18, 16)]
    for k, values in enumerate(tables):
        np.save(folder / f"{k}.npy", values)
    file, _ = transform(folder)
    with opened(file) as results:
        assert results["progress/values_done"].shape == (3, 4)
        for k, values in enumerate(tables):
            assert results["interactions"][k, : values.size].tobytes() == moebius(values).tobytes()
            assert np.isnan(results["interactions"][k, values.size :]).all()


def test_bytes_give_the_order_of_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    for number in (1, 2, 10):
        np.save(folder / f"x{number}.npy", [0.0, number])
    file, _ = transform(folder)
    assert read(file, "samples/v_full").tolist() == [1, 10, 2]


def test_labels_and_names(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(size=(4, 8))
    with h5py.File(tmp_path / "v.h5", "w") as file:
        file["anything"] = values.astype("f4")
        file["label"] = [7, 2, 7, 5]
        file["player_names"] = ["eye", "nose", "mouth"]
    result, _ = transform(tmp_path / "v.h5")
    with opened(result) as results:
        assert results["samples/label"][()].tolist() == [7, 2, 7, 5]
        assert results["samples/player_names"][()].tolist() == [b"eye", b"nose", b"mouth"]
        assert results["summary/transferability/classes"][()].tolist() == [2, 5, 7]
        assert (
            results["interactions"][()].tobytes()
            == np.stack([moebius(v) for v in values.astype("f4").astype(float)]).tobytes()
        )
    assert "eye" in harsanyi("show", result, "--sample", 0).out
    analyzed = harsanyi("analyze", result, "-o", tmp_path / "sevens.h5", "--class", 7)
    assert (analyzed.code, read(tmp_path / "sevens.h5", "samples/index").tolist()) == (0, [0, 2])
    assert harsanyi("status", result).code == 0


def test_names_that_differ(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    for k, names in enumerate((["a", "b"], ["a", "c", "d"])):
        with h5py.File(folder / f"{k}.h5", "w") as file:
            file["values"] = np.arange(float(1 << len(names)))
            file["player_names"] = names
    result, outcome = transform(folder)
    assert "players are not called alike in all samples" in outcome.err
    analyzed = harsanyi("analyze", result, "-o", tmp_path / "analyzed.h5")
    assert analyzed.code == 0
    assert "players are not called alike in all samples" in analyzed.err
    assert read(result, "samples/player_names").tolist() == [[b"a", b"b", b""], [b"a", b"c", b"d"]]


@pytest.mark.parametrize("values", [[1.0, 3.0], [2.0, 2.0], [[0.0, 0.0], [0.0, -1.0]]])
def test_one_player(tmp_path: Path, values: list[float]) -> None:
    np.save(tmp_path / "v.npy", values)
    for order in ("lsb", "msb"):
        file, _ = transform(tmp_path / "v.npy", "--player0", order)
        table = np.atleast_2d(values)
        assert read(file, "interactions").tolist() == np.column_stack([table[:, 0], table[:, 1] - table[:, 0]]).tolist()
        assert read(file, "indices/shapley")[:, 0].tolist() == (table[:, 1] - table[:, 0]).tolist()
    assert harsanyi("show", file, "--sample", 0).code == 0
    assert harsanyi("show", file, "--conditions").code == 0


def test_a_constant_table(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.full((2, 16), 3.5))
    file, _ = transform(tmp_path / "v.npy")
    with opened(file) as results:
        assert (results["interactions"][:, 1:] == 0).all()
        assert (results["conditions/salient_total"][()] == 0).all()
        assert np.isnan(results["conditions/p_paper"][()]).all()
        assert (results["conditions/excluded_why"][()] == 2).all()
    assert harsanyi("show", file).code == 0


def test_tables_with_holes_fail_alone(tmp_path: Path) -> None:
    values = np.arange(24.0).reshape(3, 8)
    values[1, [5, 6]] = np.nan, -np.inf
    np.save(tmp_path / "v.npy", values)
    file, outcome = transform(tmp_path / "v.npy", code=2)
    assert "1 failed, the first is sample 1 (" in outcome.err
    with opened(file) as results:
        assert results["samples/status"][()].tolist() == [1, 2, 1]
        assert results["samples/error_kind"][()].tolist() == [0, 1, 0]
        assert results["samples/error"][1] == b"mask 0x5: output is NaN"
        assert np.isnan(results["interactions"][1]).all()
    file, _ = transform(tmp_path / "v.npy", "--player0", "msb", code=2)
    assert read(file, "samples/error")[1] == b"mask 0x3: output is -inf"
    np.savetxt(tmp_path / "v.csv", values)
    assert transform(tmp_path / "v.csv", code=2)[0].exists()
    np.save(tmp_path / "none.npy", np.full(4, np.inf))
    file, _ = transform(tmp_path / "none.npy", code=2)
    assert read(file, "samples/error")[0] == b"mask 0x0: output is +inf"
    assert harsanyi("verify", file).code == 2


def test_settings(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.random.default_rng(2).normal(size=32))
    file, _ = transform(
        tmp_path / "v.npy", *setting("statistics.salience", 0.5), *setting("statistics.noise_sigma", 0.25)
    )
    strongest = np.abs(read(file, "interactions")[0, 1:]).max()
    assert read(file, "conditions/threshold")[0] == 0.5 * strongest
    assert read(file, "samples/noise_sigma")[0] == 0.25
    assert read(file, "orders/noise_floor")[0] == pytest.approx(0.25 * 2 ** (np.arange(6) / 2), rel=1e-15)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (setting("model.file", "x"), "only statistics.* can be set here"),
        (setting("statistics.nothing", 1), "there is no such key"),
        (setting("statistics.salience", -1), "statistics.salience: -1 is not allowed"),
        (setting("statistics.salience_scale", "mean_output"), "then harsanyi analyze with --set"),
        (("--player0", "left"), "--player0 wants lsb or msb, not left"),
        (("--player0", "lsb", "--masks", "m.csv"), "--player0"),
        (("--masks", "none.csv"), "none.csv: cannot be read"),
    ],
)
def test_wrong_options(tmp_path: Path, options: tuple[object, ...], says: str) -> None:
    np.save(tmp_path / "v.npy", np.zeros(4))
    assert says in transform(tmp_path / "v.npy", *options, code=1)[1].err


def test_all_that_is_wrong_is_told(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text("1 2 3\n")
    (tmp_path / "m.csv").write_text("0 0\n0 1\n1 0\n0 1\n")
    _, outcome = transform(tmp_path / "v.csv", "--masks", tmp_path / "m.csv", *setting("statistics.top", 0), code=1)
    for says in ("a table of 3 numbers", "the same subset (mask 0x2)", "statistics.top: 0 is not allowed"):
        assert says in outcome.err


def test_masks_for_other_players(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.zeros(8))
    np.save(tmp_path / "m.npy", rows_of(by_size(2), 2))
    _, outcome = transform(tmp_path / "v.npy", "--masks", tmp_path / "m.npy", code=1)
    assert "masks of 2 players, but the tables of" in outcome.err


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "holds no numbers"),
        ("a.csv", b"mask,value\n0,1\n", "a line with names must begin with #"),
        ("a.csv", b"1\n2\n1e400\n4\n", "line 3: 1e400 is beyond the range"),
        ("a.csv", b"1 2 3\n4 5 6\n", "a table of 3 numbers, which is no power of two"),
        ("a.csv", b"1\r\n2\r\n3\r\n", "a table of 3 numbers"),
        ("a.npy", b"\x93NUMPY\x01\x00v\x00", "truncated"),
        ("a.h5", b"\x89HDF\r\n\x1a\nxxxx", "cannot be opened as an HDF5 file"),
        ("a.npz", b"PK\x03\x04", "is no kind of file that is read here"),
    ],
)
def test_wrong_files(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert says in transform(tmp_path / name, code=1)[1].err


def test_objects_are_never_loaded(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.array([{}, 1, 2, 3], dtype=object), allow_pickle=True)
    assert "Python objects, which are never loaded" in transform(tmp_path / "v.npy", code=1)[1].err


def test_results_with_unfinished_rows_are_no_tables(tmp_path: Path) -> None:
    folder = tmp_path / "tables"
    folder.mkdir()
    sweep = Sweep(tmp_path, game(3, [3, 4]))
    sweep.complete()
    assert "not every row is a whole table (sample 0)" in transform(sweep.file, code=1)[1].err
    sweep.file.rename(folder / "results.h5")
    assert "not every row is a whole table (sample 0)" in transform(folder, code=1)[1].err


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    np.save(tmp_path / "v.npy", np.zeros(4))
    file, _ = transform(tmp_path / "v.npy")
    before = file.read_bytes()
    again = harsanyi("transform", tmp_path / "v.npy", "-o", file)
    assert (again.code, "exists already and is left alone" in again.err) == (1, True)
    itself = harsanyi("transform", tmp_path / "v.npy", "-o", tmp_path / "v.npy")
    assert (itself.code, "exists already" in itself.err) == (1, True)
    nowhere = harsanyi("transform", tmp_path / "v.npy", "-o", tmp_path / "none" / "r.h5")
    assert (nowhere.code, "the folder" in nowhere.err) == (1, True)
    assert harsanyi("transform", tmp_path / "v.npy").code == 1
    among = harsanyi("transform", tmp_path, "-o", tmp_path / "r.h5")
    assert (among.code, "would lie among the tables" in among.err) == (1, True)
    assert file.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["transformed.h5", "v.npy"]


def test_values_of_another_program(tmp_path: Path) -> None:
    """Dividends and indices that shapiq computed for a game of 8 players (California housing)."""
    if "HARSANYI_GOLDEN" not in os.environ:
        pytest.skip("HARSANYI_GOLDEN is not set")
    n, golden = 8, Path(os.environ["HARSANYI_GOLDEN"]) / "shapiq_california_housing"

    def load(name: str) -> dict[tuple[int, ...], float]:
        data = json.loads((golden / f"{name}.json").read_text())["data"]
        return {tuple(map(int, filter(str.isdigit, key.split(",")))): value for key, value in data.items()}

    dividends = np.zeros(1 << n)
    for players, value in load("Moebius_8").items():
        dividends[sum(1 << i for i in players)] = value
    subsets = by_size(n)
    values = [sum(dividends[part] for part in range(1 << n) if part & ~mask == 0) for mask in subsets]
    np.savetxt(tmp_path / "v.txt", values, fmt="%.17g")
    np.savetxt(tmp_path / "masks.txt", rows_of(subsets, n), fmt="%d")
    file, _ = transform(tmp_path / "v.txt", "--masks", tmp_path / "masks.txt", *ALL_INDICES)
    assert np.abs(read(file, "interactions")[0] - dividends).max() <= 1e-10
    for name, index in (
        ("SV_1", "shapley"),
        ("BV_1", "banzhaf"),
        ("SII_2", "sii2"),
        ("STII_2", "stii2"),
        ("BII_2", "bii2"),
    ):
        found, compared = read(file, f"indices/{index}")[0], 0
        for players, value in load(name).items():
            if players:
                place = players[0] if found.ndim == 1 else (players[0], players[-1])
                assert abs(found[place] - value) <= 1e-10, (name, players)
                compared += 1
        assert compared == (n if found.ndim == 1 else n * (n + 1) // 2)
