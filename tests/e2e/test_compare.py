"""`harsanyi compare` gives the numbers that sets of masks counted with numpy give, and refuses what does not belong
together."""

import re
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import Outcome, Sweep, datasets, digest, game, harsanyi, opened, put, read

SALIENCE = (0.05, 0.1, 0.15, 0.2, 0.25, 0.3)
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)


def compare(out: Path | None, *arguments: Path | str, code: int = 0) -> Outcome:
    """The compared files stay as they are, and nothing but OUT is left in its folder."""
    files = [argument for argument in arguments if isinstance(argument, Path)]
    before, others = [digest(file) for file in files], set(files[0].parent.iterdir())
    outcome = harsanyi("compare", *arguments, *([] if out is None else ["-o", out])).ends(code)
    assert [digest(file) for file in files] == before
    assert set(files[0].parent.iterdir()) - others == (set() if out is None or code == 1 else {out})
    return outcome


def made(folder: Path, name: str, config: dict, code: int = 0) -> Path:
    sweep = Sweep(folder, config, f"{name}.h5")
    assert sweep.run().code == code
    return sweep.file


# ---- the literal reference ----


def salient(row: np.ndarray, salience: float) -> set[int]:
    strength = np.abs(row)
    largest = strength[1:].max()
    return {s for s in range(1, row.size) if largest > 0 and strength[s] >= salience * largest}


def strongest(row: np.ndarray, k: int) -> set[int]:
    """The k strongest; of equal ones the smaller mask."""
    return set(sorted(range(1, row.size), key=lambda s: (-abs(row[s]), s))[:k])


def moments(numbers: list[float]) -> tuple[float, float, float]:
    """Mean, standard deviation and count."""
    if not numbers:
        return np.nan, np.nan, 0
    return float(np.mean(numbers)), float(np.std(numbers)), len(numbers)


def rows_of(file: Path, samples: list[int], family: str = "") -> list[np.ndarray]:
    """Those of several kinds one after the other: a set is known by kind * 2^n + mask."""
    with opened(file) as results:
        masks = 2 ** results["samples/n_players"][()]
        return [results[f"{family}interactions"][k][..., : masks[k]].ravel() for k in samples]


def check_gamma(out: h5py.File, tables: list[list[np.ndarray]], kinds: int) -> None:
    for i, own in enumerate(tables):
        for j, other in enumerate(tables):
            for level, salience in enumerate(SALIENCE):
                shares, randoms = [], []
                for row, other_row in zip(own, other, strict=True):
                    of_i, of_j = salient(row, salience), salient(other_row, 0.05)
                    if of_i:
                        shares.append(len(of_i & of_j) / len(of_i))
                        randoms.append(len(of_j) / (row.size - kinds))
                found = [out[f"gamma/{name}"][i, j, level] for name in ("mean", "std", "count", "random")]
                assert found == pytest.approx([*moments(shares), moments(randoms)[0]], abs=1e-12, nan_ok=True)


def check_top(out: h5py.File, tables: list[list[np.ndarray]], kinds: int) -> None:
    most = max(row.size for row in tables[0]) - kinds
    assert out["top/k"][()].tolist() == [k for k in STEPS if k <= most]
    for at, k in enumerate(out["top/k"][()]):
        shares, randoms = [], []
        for rows in zip(*tables, strict=True):
            if all(np.count_nonzero(row[1:]) >= k for row in rows):
                shares.append(len(set.intersection(*(strongest(row, k) for row in rows))) / k)
                randoms.append((k / (rows[0].size - kinds)) ** (len(tables) - 1))
        found = [out[f"top/{name}"][at] for name in ("mean", "std", "count", "random")]
        assert found == pytest.approx([*moments(shares), moments(randoms)[0]], abs=1e-12, nan_ok=True)


def check_orders(out: h5py.File, tables: list[list[np.ndarray]], kinds: int) -> None:
    names = ("salient", "shared", "positive", "negative", "shared_positive", "shared_negative")
    found_of = {name: out["orders"][name][()].reshape(len(tables), kinds, -1) for name in out["orders"]}
    for i, kind in np.ndindex(len(tables), kinds):
        for order in range(found_of["share_mean"].shape[2]):
            shares: list[float] = []
            lists: dict[str, list[float]] = {name: [] for name in names}
            for rows in zip(*tables, strict=True):
                row = rows[i]
                masks = row.size // kinds
                if order == 0 or masks < 2**order:
                    continue
                of_kind = [s for s in salient(row, 0.05) if s // masks == kind]
                own = [s for s in of_kind if (s % masks).bit_count() == order]
                common = [s for s in own if all(s in salient(other, 0.05) for other in rows)]
                if own:
                    shares.append(float(np.abs(row[common]).sum() / np.abs(row[own]).sum()))
                of_all, of_shared = row[own], row[common]
                sums = (len(own), len(common), of_all.clip(0).sum(), of_all.clip(None, 0).sum())
                sums += (of_shared.clip(0).sum(), of_shared.clip(None, 0).sum())
                for name, number in zip(names, sums, strict=True):
                    lists[name].append(float(number))
            found = [found_of[f"share_{name}"][i, kind, order] for name in ("mean", "std", "count")]
            assert found == pytest.approx(moments(shares), abs=1e-12, nan_ok=True)
            for name in names:
                number = found_of[f"{name}_mean"][i, kind, order]
                assert number == pytest.approx(moments(lists[name])[0], abs=1e-12, nan_ok=True)


def check_everything(file: Path, files: list[Path], samples: list[int], family: str = "", kinds: int = 1) -> None:
    tables = [rows_of(one, samples, family) for one in files]
    with opened(file) as out:
        check_gamma(out, tables, kinds)
        check_top(out, tables, kinds)
        check_orders(out, tables, kinds)


# ---- numbers ----


def test_against_numpy(tmp_path: Path) -> None:
    """The middle game is the first one with other noise; n differs from sample to sample."""
    files = [
        made(tmp_path, name, game(4, [3, 9], seed=seed, noise=noise))
        for name, seed, noise in (("a", 1, 0.01), ("b", 1, 0.02), ("c", 2, 0.01))
    ]
    out = tmp_path / "out.h5"
    outcome = compare(out, *files)
    check_everything(out, files, [0, 1, 2, 3])
    players = int(read(files[0], "samples/n_players").max())
    assert len(set(read(files[0], "samples/n_players"))) > 1
    assert f"3 files, {players} players; 4 of 4 samples" in outcome.out
    assert f"comparison: {out}" in outcome.err
    with opened(out) as found:
        assert found.attrs["format"] == b"harsanyi comparison"
        assert found.attrs["format_version"] == 1
        assert found.attrs["samples_sha256"] == h5py.File(files[0], locking=False).attrs["samples_sha256"]
        assert found["files/path"][()].tolist() == [str(file).encode() for file in files]
        assert found["samples/index"][()].tolist() == [0, 1, 2, 3]
        assert found["gamma/salience"][()].tolist() == list(SALIENCE)
        for name in ("model_sha256", "settings_sha256", "engine", "engine_version"):
            expected = [h5py.File(file, locking=False).attrs[name] for file in files]
            assert found[f"files/{name}"][()].tolist() == expected
        assert [name for name, dataset in datasets(found).items() if not described(dataset)] == []
        # A game and the same with other noise have more in common than two games.
        assert found["gamma/mean"][0, 1, 2] > found["gamma/mean"][0, 2, 2]


@pytest.mark.parametrize(("asked", "kinds"), [("and", 1), ("and_or", 2)])
def test_sparse_interactions(tmp_path: Path, asked: str, kinds: int) -> None:
    """A kind and a mask make an interaction; n differs, from one leaf for both kinds to a leaf for each."""
    sparse = {"sparse": {"kinds": asked, "gap": 1e-2}}
    files = [made(tmp_path, name, game(3, [2, 9], seed=seed) | sparse) for name, seed in (("a", 1), ("b", 2))]
    out = tmp_path / "out.h5"
    outcome = compare(out, *files, "--family", "sparse")
    check_everything(out, files, [0, 1, 2], "sparse/", kinds)
    with opened(out) as found:
        assert found.attrs["family"] == b"sparse"
        assert found["kinds"][()].tolist() == [b"and", b"or"][:kinds]
        assert found["orders/share_mean"].attrs["axes"] == b"file, kind, order"
        assert [name for name, dataset in datasets(found).items() if not described(dataset)] == []
    assert [f"By order, of kind {name}" in outcome.out for name in ("and", "or")] == [kinds > 1] * 2


def test_sparse_interactions_of_large_samples(tmp_path: Path) -> None:
    sparse = {"sparse": {"kinds": "and_or", "gap": 0.1}, "statistics": {"curves": False}}
    files = [made(tmp_path, name, game(1, 13, seed=seed) | sparse) for name, seed in (("a", 1), ("b", 2))]
    compare(tmp_path / "out.h5", *files, "--family", "sparse")
    check_everything(tmp_path / "out.h5", files, [0], "sparse/", 2)


def test_other_sparse_interactions(tmp_path: Path) -> None:
    """Without them or with other kinds there is nothing to compare; found otherwise they are warned of."""
    both, plain = {"kinds": "and_or", "gap": 1e-2}, made(tmp_path, "plain", game(2, 4))
    first = made(tmp_path, "first", game(2, 4) | {"sparse": both})
    ands = made(tmp_path, "ands", game(2, 4) | {"sparse": both | {"kinds": "and"}})
    exact = made(tmp_path, "exact", game(2, 4) | {"sparse": both | {"denoise": 0}})
    asked = ("--family", "sparse")
    harsanyi("compare", first, plain, *asked).ends(1, "plain.h5: was made without family sparse")
    harsanyi("compare", first, ands, *asked).ends(1, "ands.h5: its family sparse has other kinds than in ")
    outcome = harsanyi("compare", first, exact, *asked).ends(0)
    assert "exact.h5: sparse interactions are found otherwise than in " in outcome.err
    assert "sparse.denoise: was 0.04, is 0" in outcome.err
    assert "sparse" not in harsanyi("compare", first, exact).ends(0).err
    harsanyi("compare", first, first, "--family", "no such").ends(1, "there is no such family; choose one of harsanyi,")


def described(dataset: h5py.Dataset) -> bool:
    contiguous = dataset.id.get_create_plist().get_layout() == h5py.h5d.CONTIGUOUS
    axes = dataset.attrs["axes"].decode()
    named = len(axes.split(", ")) == dataset.ndim if axes else dataset.ndim == 0
    return contiguous and named and bool(dataset.attrs["units"]) and bool(dataset.attrs["description"])


def shown_shares(outcome: Outcome) -> list[list[float]]:
    """Lines "of, in, six shares, random" of the table of gamma."""
    lines = [line.split() for line in outcome.out.partition("of file")[2].partition("strongest")[0].splitlines()]
    return [[float(cell) for cell in cells] for cells in lines if len(cells) == 9 and re.fullmatch(r"\d+", cells[0])]


def test_a_file_and_itself(tmp_path: Path) -> None:
    file = made(tmp_path, "a", game(3, 6))
    outcome = compare(tmp_path / "out.h5", file, file)
    with opened(tmp_path / "out.h5") as out:
        assert (out["gamma/mean"][()] == 1).all()
        assert (out["gamma/std"][()] == 0).all()
        assert (out["top/mean"][()] == 1).all()
        share = out["orders/share_mean"][()]
        assert (share[~np.isnan(share)] == 1).all()
    assert [row[:8] for row in shown_shares(outcome)] == [[1, 2, *[1] * 6], [2, 1, *[1] * 6]]


def test_constant_model(tmp_path: Path) -> None:
    files = [
        made(tmp_path, "a", game(2, 4)),
        made(tmp_path, "constant", game(2, 4, game="constant", noise=0)),
    ]
    outcome = compare(tmp_path / "out.h5", *files)
    check_everything(tmp_path / "out.h5", files, [0, 1])
    assert "In file 2, 2 of 2 samples have no interaction other than 0; its shares and" in outcome.out
    with opened(tmp_path / "out.h5") as out:
        assert np.isnan(out["gamma/mean"][1]).all()
        assert np.isnan(out["top/mean"][()]).all()
        raw = out["gamma/mean"][1].view(np.uint64)
        assert (raw == 0x7FF8000000000000).all()


def test_the_same_bytes_again(tmp_path: Path) -> None:
    files = [made(tmp_path, f"s{seed}", game(3, 7, seed=seed)) for seed in (1, 2)]
    outs = [tmp_path / "out1.h5", tmp_path / "out2.h5"]
    shown = [compare(out, *files).out for out in outs]
    assert digest(outs[0]) == digest(outs[1])
    assert shown[0] == shown[1] == compare(None, *files).out


# ---- samples that are not done ----


def test_failed_and_pending_samples_are_left_out(tmp_path: Path) -> None:
    files = [
        made(tmp_path, "a", game(5, 5, seed=1)),
        made(tmp_path, "b", game(5, 5, seed=2, fault="nan", fault_sample=1, fault_mask=9), code=2),
    ]
    put(files[0], "samples/status", 0, 3)
    put(files[0], "interactions", np.inf, 3)
    outcome = compare(tmp_path / "out.h5", *files, code=2)
    assert "3 of 5 samples are done in all" in outcome.out
    assert re.search(r"a\.h5  \(0 failed, 1 pending\)", outcome.out)
    assert re.search(r"b\.h5  \(1 failed, 0 pending\)", outcome.out)
    check_everything(tmp_path / "out.h5", files, [0, 2, 4])
    with opened(tmp_path / "out.h5") as out:
        assert out["samples/index"][()].tolist() == [0, 2, 4]
        assert out["files/failed"][()].tolist() == [0, 1]
        assert out["files/pending"][()].tolist() == [1, 0]


# ---- refusals ----


def statistics_only(folder: Path) -> Path:
    out = folder / "statistics.h5"
    assert harsanyi("analyze", folder / "a.h5", "-o", out).code == 0
    return out


def comparison(folder: Path) -> Path:
    compare(folder / "comparison.h5", folder / "a.h5", folder / "a.h5")
    return folder / "comparison.h5"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (statistics_only, "statistics.h5: holds statistics only; compare the file with the tables: "),
        (comparison, "comparison.h5: is an HDF5 file, but not a results file of harsanyi"),
        (lambda folder: folder, "is not a regular file"),
    ],
    ids=["statistics", "comparison", "folder"],
)
def test_refused(tmp_path: Path, make: Callable[[Path], Path], says: str) -> None:
    first = made(tmp_path, "a", game(5, [3, 5]))
    other = make(tmp_path)
    outcome = harsanyi("compare", first, other, "-o", tmp_path / "out.h5")
    assert (outcome.code, outcome.out) == (1, "")
    assert says in outcome.err
    assert list(tmp_path.glob("out.h5*")) == []


def test_usage(tmp_path: Path) -> None:
    file = made(tmp_path, "a", game(2, 4))
    harsanyi("compare", file).ends(1, "missing: A B...")
    out = tmp_path / "out.h5"
    compare(out, file, file)
    before = digest(out)
    assert "already exists" in harsanyi("compare", file, file, "-o", out).err
    assert digest(out) == before


def test_other_targets_are_warned_of(tmp_path: Path) -> None:
    files = [made(tmp_path, name, game(3, 4)) for name in "ab"]
    put(files[1], "samples/target", 5, np.s_[1:])
    outcome = compare(tmp_path / "out.h5", *files)
    assert "2 of the compared samples do not have the same target in all files" in outcome.err, outcome.err
