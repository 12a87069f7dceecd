"""harsanyi-samples from-values: what the program makes of its files has the bits of the tables that went in."""

import itertools
import json
import os
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import Sweep, assert_same_numbers, game, harsanyi, moebius, numbers, opened, read, setting
from harsanyi.samples.command import main

Array = np.ndarray


def by_size(n: int) -> list[int]:
    """All masks, smaller subsets first: the order of shapiq's powerset."""
    subsets = itertools.chain.from_iterable(itertools.combinations(range(n), k) for k in range(n + 1))
    return [sum(1 << i for i in subset) for subset in subsets]


def rows_of(masks: list[int], n: int) -> Array:
    return np.array([[bool(mask >> i & 1) for i in range(n)] for mask in masks])


def highest_first(n: int) -> list[int]:
    return [sum(1 << i for i, there in enumerate(bits) if there) for bits in itertools.product((0, 1), repeat=n)]


def make(path: Path, *options: object, name: str = "made") -> Path:
    """The config."""
    config = path.parent / f"{name}.yaml"
    assert main(["from-values", str(path), "-o", str(config), "--force", *map(str, options)]) == 0
    return config


def swept(config: Path, *options: str, code: int = 0) -> Path:
    out = config.with_name(f"{config.stem}-results.h5")
    outcome = harsanyi("run", config, "--fresh", *options)
    assert outcome.code == code, outcome.err
    return out


def refused(capsys: pytest.CaptureFixture[str], path: Path, *options: object) -> str:
    """What it says, in one line, when nothing is made."""
    config = path.parent / "refused.yaml"
    capsys.readouterr()
    try:
        code = main(["from-values", str(path), "-o", str(config), *map(str, options)])
    except SystemExit as ended:
        code = ended.code
    said = capsys.readouterr().err
    assert (code, said.count("\n"), config.exists()) == (1, 1, False), said
    return said


def write_hdf5(path: Path, values: Array) -> None:
    with h5py.File(path, "w") as file:
        file["v"] = values


WRITERS: dict[str, Callable[[Path, Array], None]] = {
    "c.npy": np.save,
    "fortran.npy": lambda path, values: np.save(path, np.asfortranarray(values)),
    "big.npy": lambda path, values: np.save(path, values.astype(">f8")),
    "one.npz": lambda path, values: np.savez(path, anything=values),
    "lines.csv": lambda path, values: np.savetxt(path, values, fmt="%.17g", delimiter=","),
    "blanks.txt": lambda path, values: np.savetxt(path, values, fmt="%.17g", header="v(S)"),
    "v.h5": write_hdf5,
}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("order", ["lsb", "msb", "masks"])
def test_all_files_and_orders(tmp_path: Path, kind: str, order: str) -> None:
    n, values = 5, np.random.default_rng(3).normal(size=(3, 32))
    written = {"lsb": list(range(32)), "msb": highest_first(n), "masks": by_size(n)}[order]
    WRITERS[kind](tmp_path / kind, values[:, written])
    np.save(tmp_path / "masks.npy", rows_of(written, n))
    options = ("--masks", tmp_path / "masks.npy") if order == "masks" else ("--player0", order)
    file = swept(make(tmp_path / kind, *options))
    assert read(file, "values").tobytes() == values.tobytes()
    assert read(file, "interactions").tobytes() == np.stack([moebius(row) for row in values]).tobytes()


def test_masks_in_every_kind_of_file(tmp_path: Path) -> None:
    n, values, masks = 4, np.random.default_rng(4).normal(size=16), by_size(4)
    rows = rows_of(masks, n)
    np.save(tmp_path / "v.npy", values[masks])
    np.savetxt(tmp_path / "m.csv", rows, fmt="%d", delimiter=",")
    np.savez(tmp_path / "m.npz", masks=rows, other=values)
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file["anything"] = rows
    for name in ("m.csv", "m.npz", "m.h5"):
        made = make(tmp_path / "v.npy", "--masks", tmp_path / name).with_suffix(".h5")
        assert read(made, "values").tolist() == [values.tolist()]
    np.savez(tmp_path / "both.npz", values=values[masks], order=rows)
    made = make(tmp_path / "both.npz", "--masks", "order").with_suffix(".h5")
    assert read(made, "values").tolist() == [values.tolist()]


def test_what_shapiq_saves(tmp_path: Path) -> None:
    """Game.save_values(as_npz=True): by size, and it says so itself."""
    n, values, masks = 6, np.random.default_rng(5).normal(size=64), by_size(6)
    np.savez_compressed(
        tmp_path / "game.npz",
        values=values[masks],
        coalitions=rows_of(masks, n),
        n_players=n,
        normalization_value=0.0,
    )
    file = swept(make(tmp_path / "game.npz"))
    assert read(file, "interactions")[0].tobytes() == moebius(values).tobytes()
    lsb = make(tmp_path / "game.npz", "--player0", "lsb").with_suffix(".h5")
    assert read(lsb, "values")[0].tolist() == values[masks].tolist()


def test_a_folder_of_uneven_tables(tmp_path: Path) -> None:
    """In the bytewise order of names."""
    folder, tables = tmp_path / "tables", [np.random.default_rng(n).normal(size=1 << n) for n in (3, 1, 6)]
    folder.mkdir()
    (folder / ".hidden").write_text("no table")
    np.save(folder / "x1.npy", tables[0].astype("f4"))
    np.savetxt(folder / "x10.csv", tables[1], fmt="%.17g")
    with h5py.File(folder / "x2.h5", "w") as file:
        file["values"], file["label"], file["player_names"] = tables[2], [3], list("abcdef")
    file = swept(make(folder))
    with opened(file) as results:
        assert results["samples/n_players"][()].tolist() == [3, 1, 6]
        assert results["samples/label"][()].tolist() == [-1, -1, 3]
        assert results["samples/player_names"][2].tolist() == [b"a", b"b", b"c", b"d", b"e", b"f"]
        assert results["values"][0, :8].tolist() == tables[0].astype("f4").tolist()
        for row, table in ((1, tables[1]), (2, tables[2])):
            assert results["interactions"][row, : table.size].tobytes() == moebius(table).tobytes()


def test_text_with_lines_of_any_length(tmp_path: Path) -> None:
    (tmp_path / "v.csv").write_text("# two samples\n0, 1, 2, 4.5\n\n1;nan\n", encoding="utf-8-sig")
    file = swept(make(tmp_path / "v.csv"), code=2)
    assert read(file, "samples/error").tolist() == [b"", b"mask 0x1: output is NaN"]
    assert read(file, "interactions")[0].tolist() == [0, 1, 2, 1.5]


def test_labels_and_names(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(size=(4, 8)).astype("f4")
    np.savez(tmp_path / "v.npz", values=values, label=[7, 2, 7, 5], player_names=["eye", "nöse", "mouth"])
    config = make(tmp_path / "v.npz")
    with h5py.File(config.with_suffix(".h5")) as made:
        assert made["values"].dtype == np.float32
        assert "n_players" not in made
    file = swept(config)
    assert read(file, "samples/label").tolist() == [7, 2, 7, 5]
    assert read(file, "samples/player_names").tolist() == [b"eye", "nöse".encode(), b"mouth"]


def test_classes_and_sorts_of_players(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of an .npz, and of a folder in which one file has them; classes must not differ."""
    values, folder = np.random.default_rng(2).normal(size=(2, 8)), tmp_path / "tables"
    words = {"classes": ["cat", "hündin"], "label": [1, 0], "player_class": ["animal", "animal", "ground"]}
    np.savez(tmp_path / "v.npz", values=values, **words)
    file = swept(make(tmp_path / "v.npz"))
    assert read(file, "samples/class_names").tolist() == [b"cat", "hündin".encode()]
    assert read(file, "samples/player_class").tolist() == [b"animal", b"animal", b"ground"]
    folder.mkdir()
    np.save(folder / "a.npy", values[0, :4])
    np.savez(folder / "b.npz", values=values[1], classes=words["classes"], player_class=words["player_class"])
    file = swept(make(folder, name="both"))
    assert read(file, "samples/class_names").tolist() == [b"cat", "hündin".encode()]
    assert read(file, "samples/player_class").tolist() == [[b"", b"", b""], [b"animal", b"animal", b"ground"]]
    np.savez(folder / "c.npz", values=values[1], classes=["cat"])
    assert "classes: cat, hündin in one file and cat in another" in refused(capsys, folder)
    np.savez(tmp_path / "w.npz", values=values, player_class=["animal"])
    assert "player_class: 1 texts for 3 players" in refused(capsys, tmp_path / "w.npz")


def test_files_that_need_no_copy(tmp_path: Path) -> None:
    """Results files, with the statistics that they were made with, and tables as the program takes them."""
    sweep = Sweep(tmp_path, game(4, [3, 6]))
    sweep.complete(*setting("statistics.salience", 0.25), *setting("statistics.indices", "[stii2]"))
    config = make(sweep.file)
    assert not config.with_suffix(".h5").exists()
    assert_same_numbers(swept(config), numbers(sweep.file))
    with h5py.File(tmp_path / "v.h5", "w") as file:
        file["values"] = [0.0, 1, 2, 4]
    config = make(tmp_path / "v.h5", name="plain")
    assert not config.with_suffix(".h5").exists()
    assert read(swept(config), "interactions").tolist() == [[0, 1, 2, 1]]
    config = make(tmp_path / "v.h5", "--player0", "msb", name="turned")
    assert read(config.with_suffix(".h5"), "values").tolist() == [[0, 2, 1, 4]]


def test_a_folder_of_results_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One file behind the other, with all that /samples says of their rows; a row that is not done says why."""
    folder = tmp_path / "swept"
    folder.mkdir()
    files, config = {}, {"model": {"backend": "values", "file": "v.h5"}, "output": {"file": "r.h5"}}
    for name, n, index in (("b", 3, 4), ("a", 4, 2)):
        path = tmp_path / name
        path.mkdir()
        values = np.random.default_rng(n).normal(size=(6, 1 << n))
        values[4, 5] = np.inf if name == "b" else 0
        with h5py.File(path / "v.h5", "w") as file:
            file["values"], file["label"], file["classes"] = values, [0, 1, 1, 0, 1, 1], ["cat", "dog"]
            file["player_names"] = [name + str(i) for i in range(n)]
        (path / "v.yaml").write_text(json.dumps(config | {"samples": {"select": f"{index}:6"}}))
        assert harsanyi("run", path / "v.yaml").code == (2 if name == "b" else 0)
        files[name] = (path / "r.h5").replace(folder / f"{name}.h5")
    file = swept(make(folder), code=2)
    with opened(file) as results, opened(files["a"]) as a, opened(files["b"]) as b:
        assert results["samples/index"][()].tolist() == [2, 3, 4, 5, 4, 5]
        for name in ("index", "label", "target", "n_players", "status", "error", "input_crc"):
            expected = [*a[f"samples/{name}"][()], *b[f"samples/{name}"][()]]
            assert results[f"samples/{name}"][()].tolist() == expected, name
        assert results["samples/class_names"][()].tolist() == [b"cat", b"dog"]
        assert results["samples/player_names"][3:5].tolist() == [
            [b"a0", b"a1", b"a2", b"a3"],
            [b"b0", b"b1", b"b2", b""],
        ]
        assert results["samples/error"][4] == b"mask 0x5: output is +inf"
        assert results["interactions"][0].tobytes() == a["interactions"][0].tobytes()
        assert results["interactions"][5, :8].tobytes() == b["interactions"][1].tobytes()
    assert "whose order is known" in refused(capsys, folder, "--player0", "msb")
    with h5py.File(files["b"], "r+") as file:
        del file["samples/class_names"]
    assert "b.h5: has other classes than" in refused(capsys, folder)
    np.save(folder / "c.npy", np.zeros(8))
    assert "holds results files and other tables" in refused(capsys, folder)


def test_what_is_there_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "v.npy", np.zeros(4))
    (tmp_path / "refused.h5").write_text("mine")
    assert "refused.h5: exists already; --force overwrites it" in refused(capsys, tmp_path / "v.npy")
    with h5py.File(tmp_path / "made.h5", "w") as file:
        file["values"] = np.zeros(4)
    before = (tmp_path / "made.h5").read_bytes()
    code = main(
        ["from-values", str(tmp_path / "made.h5"), "-o", str(tmp_path / "made.yaml"), "--player0", "msb", "--force"]
    )
    assert (code, "is what the tables are read from" in capsys.readouterr().err) == (1, True)
    assert (tmp_path / "made.h5").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "holds no numbers"),
        ("a.csv", b"mask,value\n0,1\n", "line 1: could not convert string to float: 'mask'; # begins a comment"),
        ("a.csv", b"1\n2\n1e400\n4\n", "line 3: a number is beyond the range"),
        ("a.csv", b"1 2 3\n4 5 6\n", "row 0: a table of 3 numbers; 2^n for n = 1 to 30 players expected"),
        ("a.csv", b"1\n", "a table of 1 numbers"),
        ("a.npy", b"\x93NUMPY\x01\x00v\x00", "is not a complete .npy file"),
        ("a.npz", b"PK\x03\x04", "is not a complete .npz"),
        ("a.h5", b"\x89HDF\r\n\x1a\nxxxx", "is not a complete HDF5 file"),
        ("a.json", b"{}", "shapiq's save_values takes as_npz=True"),
    ],
)
def test_wrong_files(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert says in refused(capsys, tmp_path / name)


@pytest.mark.parametrize(
    ("masks", "says"),
    [
        ("0 0\n0 1\n1 0\n0 1\n", "row 3 repeats a subset"),
        ("0 0\n0 1\n1 0\n0 2\n", "masks are [2^n, n] of 0 and 1"),
        ("0\n1\n", "masks are [2^n, n] of 0 and 1"),
        ("0 0 0\n" * 8, "row 1 repeats a subset"),
    ],
)
def test_wrong_masks(tmp_path: Path, capsys: pytest.CaptureFixture[str], masks: str, says: str) -> None:
    np.save(tmp_path / "v.npy", np.zeros(4))
    (tmp_path / "m.csv").write_text(masks)
    assert says in refused(capsys, tmp_path / "v.npy", "--masks", tmp_path / "m.csv")


def test_what_does_not_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "v.npy", np.zeros(8))
    np.save(tmp_path / "m.npy", rows_of(by_size(2), 2))
    assert "a table of 8 numbers, but masks for 4" in refused(capsys, tmp_path / "v.npy", "--masks", tmp_path / "m.npy")
    assert "--masks order: is neither a file nor an array" in refused(capsys, tmp_path / "v.npy", "--masks", "order")
    assert "not allowed with" in refused(capsys, tmp_path / "v.npy", "--masks", "m", "--player0", "lsb")
    np.save(tmp_path / "o.npy", np.array([{}, 1], dtype=object), allow_pickle=True)
    assert "is not a complete .npy file of numbers" in refused(capsys, tmp_path / "o.npy")
    np.savez(tmp_path / "v.npz", values=np.zeros((2, 4)), label=[1])
    assert "label: 2 whole numbers expected" in refused(capsys, tmp_path / "v.npz")
    np.savez(tmp_path / "w.npz", a=np.zeros(4), b=np.zeros(4))
    assert "holds no array `values`: a [4], b [4]" in refused(capsys, tmp_path / "w.npz")
    with h5py.File(tmp_path / "e.h5", "w") as file:
        file["\x1b]0;x"], file["y"] = np.zeros(4), np.zeros(4)
    assert "\x1b" not in refused(capsys, tmp_path / "e.h5")
    sweep = Sweep(tmp_path, game(2, 3))
    sweep.complete()
    assert "is a results file, whose order is known" in refused(capsys, sweep.file, "--player0", "msb")
    assert harsanyi("analyze", sweep.file, "-o", tmp_path / "s.h5").code == 0
    assert "holds statistics only" in refused(capsys, tmp_path / "s.h5")


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
    config = make(tmp_path / "v.txt", "--masks", tmp_path / "masks.txt")
    file = swept(config, *setting("statistics.indices", "[stii2, bii2]"))
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
