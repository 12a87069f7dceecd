"""Statistics of sparse interactions: each is what the stored interactions and values give, by its definition."""

import re
import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from checksum import crc32c
from format_tables import row_order
from harness import REPOSITORY, Sweep, cancer, harsanyi, opened, put, rebuilt, setting, swept, table

Array = np.ndarray[Any, Any]
KINDS = {"and": 1, "and_or": 2}


@pytest.fixture(scope="module", params=KINDS)
def sweep(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """12 players: curves are stored. One sample is not monotone."""
    options = (*setting("sparse.kinds", request.param), *setting("sparse.gap", 1e-3))
    return swept(tmp_path_factory.mktemp("statistics"), cancer("36:42"), *options)


def tables(results: h5py.File, row: int) -> tuple[int, Array, Array]:
    """n, v and the effects by kind."""
    n = int(results["samples/n_players"][row])
    return n, results["values"][row, : 1 << n], results["sparse/interactions"][row, :, : 1 << n]


def test_row_crc_covers_all(sweep: Sweep) -> None:
    """In the order of the document: the root's, then the same of /sparse with what is said of the solution."""
    order = row_order((REPOSITORY / "docs/file-format.md").read_text())
    solution = "l1 objective lower_bound tie_weight gap zeta iterations converged".split()
    at = order.index("salient/positive")
    names = order + [f"sparse/{name}" for name in (*order[:at], *solution, *order[at:])]
    with opened(sweep.file) as results:
        for row, crc in enumerate(results["samples/row_crc"][()]):
            assert crc32c(b"".join(results[name][row].tobytes() for name in names if name in results)) == crc


def close(found: Array, expected: Array, scale: float = 1.0) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-10 * scale)


# ---- of a row ----


def by_strength(effects: Array) -> Array:
    """(kind, set) as kind * 2^n + set, strongest first; of equal ones the first kind, then the smaller mask."""
    keys = np.arange(effects.size)
    keys = keys[keys % effects.shape[1] != 0]
    return keys[np.argsort(-np.abs(effects.ravel()[keys]), kind="stable")]


def faithfulness(v: Array, effects: Array, order: Array, k: int) -> tuple[float, float, float, float]:
    kept = np.zeros(effects.size)
    kept[order[:k]] = effects.ravel()[order[:k]]
    mass = np.abs(kept).sum()
    kept = kept.reshape(effects.shape)
    kept[:, 0] = effects[:, 0]
    off = v - rebuilt(kept)
    explained = 1 - (off**2).sum() / ((v - v.mean()) ** 2).sum()
    return float(np.sqrt((off**2).mean())), np.abs(off).max(), float(explained), mass / (mass + abs(off[-1]))


def test_curves(sweep: Sweep) -> None:
    """Over both kinds together; errors are against v, not against what the interactions rebuild."""
    with opened(sweep.file) as results:
        curves = results["sparse/curves"]
        for name in ("rank", "k"):
            assert curves[name][()].tolist() == results[f"curves/{name}"][()].tolist()
        for row in range(len(results["values"])):
            _, v, effects = tables(results, row)
            order = by_strength(effects)
            strengths = np.abs(effects.ravel()[order])
            close(curves["strength"][row], strengths[curves["rank"][()] - 1] / strengths[0])
            for step, k in enumerate(curves["k"]):
                found = [curves[name][row, step] for name in ("rmse", "max_error", "r2", "r_omega")]
                close(np.array(found), np.array(faithfulness(v, effects, order, k)), np.abs(v).max())


# What is said of ANDs by order, and of what they rebuild by the theorems; the rest is of any effects.
OF_ANDS = ["delta", "delta_bound", "m0", "bound_total", "real_total", "excluded_why", "mass_above"]
OF_ANDS += ["lambda", "bound", "bound_l1", "coefficients"]
AGAIN = [f"conditions/{name}" for name in ("monotone violations violation_max p_paper p_all_pairs".split() + OF_ANDS)]
AGAIN += ["orders/output_mean", "orders/output_std", "indices/shapley", "indices/banzhaf"]


def test_what_they_rebuild_is_a_game(sweep: Sweep) -> None:
    """Mean outputs, monotonicity, p, Shapley and Banzhaf values and, with ANDs alone, the theorems are those of a sweep
    over the rebuilt table."""
    with opened(sweep.file) as results:
        w = np.stack([rebuilt(tables(results, row)[2]) for row in range(len(results["values"]))])
        family = {name: results[f"sparse/{name}"][()] for name in AGAIN if f"sparse/{name}" in results}
        kinds = len(results["sparse/kinds"])
    again = swept(sweep.folder, table(sweep.folder, w), name=f"again-{kinds}.h5")
    assert family.keys() == set(AGAIN)
    for name, found in family.items():
        expected = again.read(name)
        if kinds > 1 and name.split("/")[1] in OF_ANDS:
            assert (found == 255).all() if found.dtype == np.uint8 else np.isnan(found).all(), name
        else:
            np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8, err_msg=name)
    assert len(set(family["conditions/monotone"])) == 2


def test_show(sweep: Sweep) -> None:
    """The whole family at a glance, kind by kind; and with ANDs alone the theorems."""
    out = harsanyi("show", sweep.file, "--family", "sparse", "--top", 3).ends(0).out
    with opened(sweep.file) as results:
        names = [name.decode() for name in results["sparse/kinds"][()]]
        summary = {name: results[f"sparse/summary/{name}"][()] for name in ("interactions/kind", "p_mean")}
        counts = results["sparse/summary/orders/salient_count_mean"][()]
    heads = [f" of kind {name}" for name in names] if len(names) > 1 else [""]
    for head, of_kind in zip(heads, counts, strict=True):
        table = out.split(f"(number of players){head}, ")[1].split("salient\n")[1].split("\n\n")[0].splitlines()
        assert [float(line.split()[-1]) for line in table] == pytest.approx(of_kind, rel=1e-3)
        assert f"Strongest interactions{head} of sample 36" in out
    frequent = re.findall(r"^ +\d+ +\S+ %  \S+ ± \S+ +\d+ +\d+  (\w*) *\{", out, re.M)
    expected = [names[kind] for kind in summary["interactions/kind"][:3]]
    assert frequent == (expected if len(names) > 1 else [""] * 3)
    assert f"{summary['p_mean']:.4g} ±" in out
    assert "2 monotone                            83.3 %" in out
    for options in (("--conditions",), ("--conditions", "--sample", 36)):
        theorems = harsanyi("show", sweep.file, "--family", "sparse", *options)
        if len(names) > 1:
            theorems.ends(1, "--conditions is about interactions of one kind")
        else:
            bound = sweep.read("sparse/conditions/bound_total")
            assert f"{bound[0] if '--sample' in options else np.nanmean(bound):.4g} " in theorems.out


def test_verify_looks_at_all(sweep: Sweep, tmp_path: Path) -> None:
    sweep.verify()
    for dataset, at in (("curves/rmse", (1, 2)), ("summary/faithfulness/r2", 3), ("summary/interactions/kind", 0)):
        other = Path(shutil.copy(sweep.file, tmp_path))
        put(other, f"sparse/{dataset}", 7, at)
        assert f"/sparse/{dataset}: " in harsanyi("verify", other).ends(1).out


def test_curves_are_left_out(tmp_path: Path) -> None:
    off = setting("statistics.curves", "false")
    quiet = swept(tmp_path, cancer("0:2"), *setting("sparse.kinds", "and"), *setting("sparse.gap", 1e-2), *off)
    assert np.isnan(quiet.read("sparse/curves/strength")).all()
    assert np.isnan(quiet.read("sparse/curves/rmse")).all()
