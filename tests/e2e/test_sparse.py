"""Sparse interactions through the whole program: solved to a gap, rebuilt, proven, and the same bits however the sweep
was cut into pieces. Tests of the solver itself are in tests/unit."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from harness import (
    Sweep,
    cancer,
    game,
    harsanyi,
    moebius,
    of_values,
    opened,
    orders_of,
    put,
    rebuilt,
    setting,
    swept,
    wait_for,
    zeta,
)
from harsanyi.rating import rate
from harsanyi.reader import open_results

Array = np.ndarray[Any, Any]
BOTH = setting("sparse.kinds", "and_or")
LOOSE = (*BOTH, *setting("sparse.gap", 1e-3))
NOISY = game(5, [4, 9], terms=12, noise=0.01)
SOLUTION = ("l1", "objective", "lower_bound", "tie_weight", "gap", "zeta", "iterations", "converged")


def supersets(table: Array) -> Array:
    """Sums over supersets: those over subsets of the complements."""
    return zeta(table[::-1])[::-1]


def bound(v: Array, dual: Array, band: float, weight: float, kinds: int) -> float:
    """What the dual proves (solve/certificate.h), in plain numpy."""
    orders = orders_of(v.size.bit_length() - 1)

    def penalty(y: Array, least: int) -> float:
        over = np.maximum(np.abs(y[orders >= least]) - 1, 0)
        return float((over**2).sum() / (2 * weight))

    value = ((v - v[0]) * dual).sum() - band * np.abs(dual).sum() - penalty(supersets(dual), 1)
    return float(value) - (penalty(zeta(dual)[::-1], 2) if kinds > 1 else 0)


def check_row(results: h5py.File, row: int, kinds: int, gap: float) -> None:
    n, family = int(results["samples/n_players"][row]), results["sparse"]
    v, masks = results["values"][row, : 1 << n], 1 << n
    effects, dual = family["interactions"][row, :, :masks], family["dual"][row, :masks]
    assert effects.shape == (kinds, masks)
    assert np.isnan(family["interactions"][row, :, masks:]).all() and np.isnan(family["dual"][row, masks:]).all()
    said = {name: float(family[name][row]) for name in SOLUTION}
    scale = np.abs(v).max()
    assert said["zeta"] == pytest.approx(0.04 * abs(v[-1] - v[0]), rel=1e-12)
    assert np.abs(rebuilt(effects) - v).max() <= said["zeta"] + 1e-9 * scale
    if kinds > 1:
        assert not effects[1, orders_of(n) < 2].any()
    assert said["l1"] == pytest.approx(np.abs(effects[:, 1:]).sum(), rel=1e-12)
    assert said["tie_weight"] == pytest.approx(1 / np.abs(v - v[0]).max(), rel=1e-12)
    objective = said["l1"] + said["tie_weight"] / 2 * (effects[:, 1:] ** 2).sum()
    assert said["objective"] == pytest.approx(objective, rel=1e-12)
    assert abs(dual.sum()) <= 1e-9 * np.abs(dual).sum()
    assert said["lower_bound"] <= bound(v, dual, said["zeta"], said["tie_weight"], kinds) + 1e-9 * objective
    assert said["gap"] == pytest.approx(1 - said["lower_bound"] / objective, abs=1e-12)
    assert said["gap"] <= gap and said["converged"] == 1


@pytest.mark.parametrize(("asked", "kinds"), [("and", 1), ("and_or", 2)])
def test_v_is_rebuilt_and_the_gap_is_proven(tmp_path: Path, asked: str, kinds: int) -> None:
    """Of games with noise and of a network; the root family is what it is without."""
    for name, config in (("game", NOISY), ("cancer", cancer("0:2"))):
        options = (*setting("sparse.kinds", asked), *setting("sparse.gap", 1e-3))
        sweep = swept(tmp_path, config, *options, name=f"{name}.h5")
        with opened(sweep.file) as results:
            assert results["sparse/kinds"][()].tolist() == [b"and", b"or"][:kinds]
            for row in range(results["samples/status"].size):
                check_row(results, row, kinds, 1e-3)
        sweep.verify()
        plain = swept(tmp_path, config, name="plain.h5")
        same = {key: data for key, data in sweep.numbers().items() if not key.startswith("sparse/")}
        plain.has(same | {"samples/row_crc": plain.numbers()["samples/row_crc"]})
        plain.file.unlink()


# ---- the same bits ----


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return swept(tmp_path_factory.mktemp("whole"), NOISY, *LOOSE, *setting("sweep.block_bits", 4)).numbers()


@pytest.mark.parametrize("ranks", [2, 3])
def test_any_ranks(tmp_path: Path, whole: dict[str, bytes], ranks: int) -> None:
    sweep = swept(tmp_path, NOISY, *LOOSE, *setting("sweep.block_bits", 4), ranks=ranks)
    sweep.has(whole)
    sweep.verify()


def test_shards(tmp_path: Path, whole: dict[str, bytes]) -> None:
    sweep = Sweep(tmp_path, NOISY)
    parts = [sweep.shard(i, 2, *LOOSE, *setting("sweep.block_bits", 4)) for i in range(2)]
    harsanyi("merge", sweep.file, *parts).ends(0)
    sweep.has(whole)
    sweep.verify()


def test_split_and_killed(tmp_path: Path) -> None:
    """One sample in ranges of masks on three ranks, killed on the way; and the table of it, solved by itself."""
    split = game(1, 9, terms=20, noise=0.01, sleep_us=1200)
    options = (*LOOSE, *setting("sweep.block_bits", 4))
    quick = swept(tmp_path, split, *options, *setting("model.sleep_us", 0), name="quick.h5")
    sweep = Sweep(tmp_path, split)
    job = sweep.start(*options, ranks=3)
    wait_for(lambda: sweep.file.exists() and sweep.flagged() > 0)
    job.kill()
    sweep.complete(*options, *setting("model.sleep_us", 0), ranks=2)
    sweep.has(quick.numbers())
    again = swept(tmp_path, of_values("quick.h5"), *options, name="again.h5").numbers()
    solved = {key: data for key, data in quick.numbers().items() if key.startswith("sparse/")}
    assert {key: again[key] for key in solved} == solved


@pytest.mark.parametrize("ranks", [1, 2, 3, 5])
def test_split_rows_are_solved_by_any_rank(tmp_path: Path, ranks: int) -> None:
    """Three rows in ranges of masks; killed when all values are stored and rows are solved, or are about to be."""
    split = game(3, 9, terms=20, noise=0.01)
    options = (*LOOSE, *setting("sweep.block_bits", 4))
    quick = swept(tmp_path, split, *options, name="quick.h5")
    sweep = Sweep(tmp_path, split)
    slow = setting("model.sleep_us", 800)
    job = sweep.start(*options, *slow, ranks=ranks)
    wait_for(lambda: sweep.file.exists() and sweep.flagged() == 3 << 9)
    job.kill()
    said = sweep.complete(*options, *slow, ranks=ranks).err
    assert "100.0 % of all masks are stored" in said or "complete already" in said
    sweep.has(quick.numbers())
    sweep.verify()


def test_split_rows_of_a_samples_file(tmp_path: Path) -> None:
    """Only rank 0 has read how many players a sample has."""
    one = swept(tmp_path, cancer("0:1"), *LOOSE, name="one.h5")
    several = swept(tmp_path, cancer("0:1"), *LOOSE, ranks=3, name="several.h5")
    several.has(one.numbers())


# ---- honest ----


def test_rows_that_miss_the_gap_are_named(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, NOISY)
    said = "sparse interactions of 5 of 5 samples did not reach the gap within sparse.max_iterations"
    assert said in sweep.complete(*LOOSE, *setting("sparse.max_iterations", 10)).err
    assert sweep.read("sparse/converged").tolist() == [0] * 5
    assert (sweep.read("sparse/gap") > 1e-3).all()
    for command in (("verify",), ("show",), ("status",)):
        assert said in harsanyi(*command, sweep.file).ends(0).out
    assert "NOT reached" in harsanyi("show", sweep.file, "--sample", 1, "--family", "sparse").ends(0).out


@pytest.mark.parametrize(
    ("dataset", "at", "says"),
    [
        ("sparse/interactions", (1, 0, 3), "its checksum is"),
        ("sparse/lower_bound", 1, "the dual proves"),
        ("sparse/dual", (1, 1), "its checksum is"),
        ("sparse/l1", 1, "/sparse/l1"),
        ("sparse/converged", 1, "/sparse/converged"),
        ("sparse/indices/shapley", (1, 2), "/sparse/indices/shapley"),
        ("sparse/orders/output_mean", (1, 2), "/sparse/orders/output_mean"),
        ("sparse/conditions/violations", 1, "/sparse/conditions/violations"),
        ("sparse/summary/transferability/rho", 1, "/sparse/summary/transferability/rho: differs"),
        ("sparse/summary/orders/output_mean_std", 1, "/sparse/summary/orders/output_mean_std: differs"),
    ],
)
def test_verify_finds_what_is_wrong(tmp_path: Path, dataset: str, at: object, says: str) -> None:
    """Besides the checksums, which are about what was stored."""
    sweep = swept(tmp_path, NOISY, *LOOSE)
    before = np.asarray(sweep.read(dataset))[at]
    put(sweep.file, dataset, 0 if dataset.endswith("converged") else before * 1.01 + 0.5, at)
    assert says in sweep.verify(1).out


def test_show_names_both_kinds(tmp_path: Path) -> None:
    sweep = swept(tmp_path, NOISY, *LOOSE)
    out = harsanyi("show", sweep.file, "--sample", 0, "--family", "sparse").ends(0).out
    for text in ("family sparse", "of kind and", "of kind or", "within this", "of the objective to its lower bound"):
        assert text in out
    plain = swept(tmp_path, NOISY, name="plain.h5")
    harsanyi("show", plain.file, "--sample", 0, "--family", "sparse").ends(1, "was made without family sparse")


# ---- refused ----


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (setting("sparse.gap", 1e-3), "sparse.gap: needs sparse.kinds"),
        ((*BOTH, *setting("sparse.gap", 0)), "sparse.gap: "),
        ((*BOTH, *setting("model.players", 21), *setting("model.samples", 1)), "at most 20 players, and some have 21"),
    ],
)
def test_what_cannot_be(tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    sweep = Sweep(tmp_path, NOISY)
    for outcome in (sweep.run(*options), harsanyi("plan", sweep.config, *options)):
        assert outcome.code == 1 and says in outcome.err
    assert not sweep.file.exists()


def test_what_others_find_is_rated_by_the_bound(tmp_path: Path) -> None:
    """Our own solution in the form that published procedures store, and v as ANDs alone."""
    file = swept(tmp_path, game(2, 6, terms=9, noise=0.02), *BOTH).file
    with opened(file) as results:
        v, (ands, ors) = results["values"][1], results["sparse/interactions"][1]
        said = {name: float(results[f"sparse/{name}"][1]) for name in SOLUTION}
    w_and, w_or = zeta(ands), zeta(ors)[-1] - zeta(ors)[::-1]
    with open_results(file) as results:
        ours = rate(results, 1, (w_and - w_or) / 2, v - w_and - w_or)
        plain = rate(results, 1, v / 2)
        with pytest.raises(ValueError, match="row 1 has 64 masks"):
            rate(results, 1, v[:32])
    assert ours.l1 == pytest.approx(said["l1"], rel=1e-9)
    assert ours.times == pytest.approx(1 / (1 - said["gap"]), rel=1e-9)
    assert ours.error <= said["zeta"] * (1 + 1e-9) == pytest.approx(ours.zeta)
    assert plain.l1 == pytest.approx(np.abs(moebius(v)[1:]).sum(), rel=1e-9)
    assert plain.times > 1.01
    np.save(tmp_path / "p.npy", v / 2)
    command = (sys.executable, "-m", "harsanyi.rating", str(file), "1", str(tmp_path / "p.npy"))
    assert f"{plain.times:.4g} times the bound" in subprocess.run(command, capture_output=True, text=True).stdout
