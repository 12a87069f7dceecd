"""Bitmaps of salient sets, curves of rows, and statistics across rows that are made of them without the tables."""

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from harness import Config, Sweep, cancer, datasets, digits, game, harsanyi, opened, setting, swept, zeta

CASES: dict[str, Config] = {
    "digits": digits("0:1"),
    "cancer": cancer("0:5"),
    "uneven": game(9, [4, 12]),
    "two players": game(4, 2),
    "constant": game(2, 10, game="constant", noise=0),
    "a failed row": game(3, 10, fault="nan", fault_sample=1, fault_mask=5),
    "split rows": game(2, 13) | {"sweep": {"block_bits": 6, "batch": 16}},
}


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    sweep = Sweep(tmp_path_factory.mktemp("salient"), CASES[request.param])
    assert sweep.run(ranks=3 if request.param == "split rows" else None).code in (0, 2)
    return sweep.file


def bits(results: h5py.File, sign: str, row: int) -> np.ndarray:
    """One entry for every bit stored, those behind the row's masks as well."""
    return np.unpackbits(results[f"salient/{sign}"][row], bitorder="little").astype(bool)


def test_bitmaps_are_the_salient_sets(case: Path) -> None:
    with opened(case) as results:
        for row, n in enumerate(results["samples/n_players"][:]):
            tau, effects = results["conditions/threshold"][row], results["interactions"][row, : 1 << n]
            with np.errstate(invalid="ignore"):
                salient = (np.abs(effects) >= tau) & (tau > 0) & (np.arange(1 << n) > 0)
            for sign, expected in (("positive", salient & (effects > 0)), ("negative", salient & (effects < 0))):
                found = bits(results, sign, row)
                assert np.array_equal(found[: 1 << n], expected)
                assert not found[1 << n :].any()
            if results["samples/status"][row] == 1:
                counted = results["conditions/salient_total"][row]
                assert counted == salient.sum() == np.nansum(results["orders/salient_count"][row])


# ---- curves ----


def curves(values: np.ndarray, effects: np.ndarray, rank: np.ndarray, k: np.ndarray) -> dict[str, np.ndarray]:
    """By the definitions, NaN at ranks and numbers that the row does not have."""
    order = 1 + np.lexsort((np.arange(1, effects.size), -np.abs(effects[1:])))
    strength, count = np.abs(effects[order]), order.size
    found = {"strength": np.full(rank.size, np.nan)} | {name: np.full(k.size, np.nan) for name in ERRORS}
    if strength[0] > 0:
        found["strength"][rank <= count] = strength[rank[rank <= count] - 1] / strength[0]
    squares = ((values - values.mean()) ** 2).sum()
    for i, kept in enumerate(k[k <= count]):
        part = np.zeros_like(effects)
        part[order[:kept]] = effects[order[:kept]]
        part[0] = effects[0]
        error = values - zeta(part)
        mass = strength[:kept].sum()
        rest = abs(values[-1] - values[0] - part[1:].sum())
        found["rmse"][i] = np.sqrt((error**2).mean())
        found["max_error"][i] = np.abs(error).max()
        found["r2"][i] = 1 - (error**2).sum() / squares if squares > 0 else np.nan
        found["r_omega"][i] = mass / (mass + rest) if mass + rest > 0 else np.nan
    return found


ERRORS = ("rmse", "max_error", "r2", "r_omega")


def test_curves_of_rows(case: Path) -> None:
    with opened(case) as results:
        stored = results["curves"]
        if results["values"].shape[1] < 1 << 10:
            assert set(stored) == {"rank", "k"}
            return
        for row, n in enumerate(results["samples/n_players"][:]):
            if results["samples/status"][row] == 1:
                values, effects = (results[name][row, : 1 << n] for name in ("values", "interactions"))
                expected = curves(values, effects, stored["rank"][:], stored["k"][:])
            else:
                expected = {name: np.full_like(stored[name][row], np.nan) for name in ("strength", *ERRORS)}
            for name, curve in expected.items():
                np.testing.assert_allclose(stored[name][row], curve, rtol=1e-9, atol=1e-10, err_msg=name)


def test_curves_are_off_on_request(tmp_path: Path) -> None:
    sweep = swept(tmp_path, game(2, 10) | {"statistics": {"curves": False}})
    for name in ("strength", *ERRORS):
        assert np.isnan(sweep.read(f"curves/{name}")).all()
    assert np.isnan(sweep.read("summary/strength_curve")).all()
    sweep.verify()


# ---- the end of a sweep ----


def forget_summary(file: Path) -> None:
    """As if the sweep had been stopped before it: not valid, and nonsense in it."""
    with h5py.File(file, "r+", locking=False) as results:
        results["summary/valid"][()] = 0
        for name, item in datasets(results["summary"]).items():
            if item.dtype.kind == "f" and name.split("/")[-1] not in ("k", "classes", "bin", "strength_rank"):
                item[...] = 7


@pytest.mark.parametrize("config", [cancer("0:6"), game(5, [8, 11])], ids=["cancer", "uneven"])
def test_the_end_of_a_sweep_reads_no_tables(tmp_path: Path, config: Config) -> None:
    """Only what the dictionary's masks need: everything else in the tables may be anything."""
    sweep = swept(tmp_path, config, *setting("statistics.top", 20))
    before = sweep.numbers()
    forget_summary(sweep.file)
    with h5py.File(sweep.file, "r+", locking=False) as results:
        masks = np.sort(results["summary/interactions/mask"][:].astype(np.int64))
        others = np.setdiff1d(np.arange(results["interactions"].shape[1]), masks)
        for row in range(results["interactions"].shape[0]):
            results["values"][row] = 1e9
            results["interactions"][row, others] = -1e9
    sweep.complete(*setting("statistics.top", 20))
    after = sweep.numbers()
    spoiled = {"values", "interactions"}
    assert [name for name in before if after[name] != before[name] and name not in spoiled] == []


def test_all_sets_are_salient(tmp_path: Path) -> None:
    n, samples = 11, 5
    sweep = swept(tmp_path, game(samples, n), *setting("statistics.salience", 1e-12))
    with opened(sweep.file) as results:
        union = results["salient/positive"][:] | results["salient/negative"][:]
        assert (union[:, 0] == 0xFE).all() and (union[:, 1:] == 0xFF).all()
        assert (results["conditions/salient_total"][:] == 2**n - 1).all()
        found: Any = results["summary"]
        assert found["interactions/mask"][:].tolist() == list(range(1, 101))
        assert (found["interactions/frequency"][:] == 1).all()
        k = found["transferability/k"][:]
        np.testing.assert_allclose(found["transferability/rho"][:], k / (2**n - 1), rtol=1e-12)
        np.testing.assert_allclose(found["transferability/rho_heldout"][:], k / (2**n - 1), rtol=1e-12)
        assert found["discrimination/count"][:].tolist() == [0, 0, 0, 0, 2**n - 1]
        effects = results["interactions"][:, 1:101]
        np.testing.assert_allclose(found["interactions/effect_mean"][:], effects.mean(0), rtol=1e-12)
    sweep.verify()


# ---- files of version 1 ----


def test_version_1_is_refused_with_what_to_type(tmp_path: Path) -> None:
    sweep = swept(tmp_path, game(2, 5))
    with h5py.File(sweep.file, "r+") as results:
        results.attrs["format_version"] = np.int32(1)
    before = sweep.file.read_bytes()
    for arguments in (
        ("run", sweep.config),
        ("run", sweep.config, "--resume"),
        *((command, sweep.file) for command in ("show", "verify", "status")),
        ("analyze", sweep.file, "-o", tmp_path / "out.h5"),
        ("compare", sweep.file, sweep.file),
        ("merge", tmp_path / "merged.h5", sweep.file),
    ):
        outcome = harsanyi(*arguments).ends(1, f"{sweep.file}: is a results file of format version 1")
        between = "   " if arguments[0] in ("compare", "merge") else "\n  "  # these list what is wrong, a line each
        told = between.join([":", f"harsanyi-samples from-values {sweep.file} -o new.yaml", "harsanyi run new.yaml"])
        assert told in outcome.err, (arguments, outcome.err)
    assert sweep.file.read_bytes() == before
    assert {path.suffix for path in tmp_path.iterdir()} == {".h5", ".yaml"}
