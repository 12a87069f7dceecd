"""Theorems 2 and 3: the file's numbers computed again from its own /orders, as math.md writes them, digit by digit."""

import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness import Config, cancer, digits, game, harsanyi, opened, orders_of, read, setting, swept, table

NEAR_0 = 1e-8
CASES: dict[str, tuple[Config, int | None]] = {
    "digits": (digits("0:3"), None),
    "cancer": (cancer("0:100"), None),
    "cancer, M = 5": (cancer("0:100"), 5),
    "sparse": (game(100, 7, orders=[1, 7], noise=0), None),
    "sparse, M = 3": (game(100, 7, noise=0, orders=[1, 3]), 3),
    "uneven": (game(60, [2, 9]), None),
    "square": (game(2, 9, game="square", noise=0), None),
    "appendix_h": (game(2, 5, game="appendix_h", noise=0), None),
    "constant": (game(2, 4, game="constant", noise=0), None),
    "one player": (game(2, 1), None),
}


@dataclass
class Theorems:
    """What the theorems say of one sample."""

    code: int
    coefficients: np.ndarray
    lambdas: np.ndarray
    bound: np.ndarray
    delta: float = math.nan
    delta_bound: float = math.nan
    m0: float = math.nan
    undefined: list[int] = field(default_factory=list)


def base_digits(whole: int, base: int) -> list[int]:
    """Lowest first; none of 0."""
    found = []
    while whole:
        whole, digit = divmod(whole, base)
        found.append(digit)
    return found


def log(x: float, base: int) -> float:
    return math.log(x) / math.log(base)


def theorems(row: dict[str, Any], n: int, limit: int) -> Theorems:
    """Of a sample that has p and is above min_output."""
    p, u_1, q = row["p_paper"], row["output_mean"][1], math.floor(row["p_paper"] + 1e-9)
    x = row["interaction_sum"][: n + 1] / u_1
    x[1] = n
    out = Theorems(7, np.full((n + 1, n + 1), np.nan), np.full(n + 1, np.nan), np.full(n + 1, np.nan))
    signed: list[list[float]] = [[]]
    deltas = [math.nan]
    for k in range(1, n + 1):
        size, sign = abs(x[k]), -1 if x[k] < 0 else 1
        digit = [float(d) for d in base_digits(int(size), n)] or ([0.0] if size > 0 else [])
        if digit:
            digit[0] += size - int(size)
        high = sum(d * n**i for i, d in enumerate(digit) if i >= q)
        deltas.append(log(high, n) - p if len(digit) > q else math.nan)
        signed.append([sign * d for d in digit])
        out.coefficients[k] = [signed[k][i] if i < min(q, len(digit)) else 0 for i in range(n + 1)]
    if np.isnan(deltas).all():
        return out
    out.delta = np.nanmax(deltas)
    for k in range(1, n + 1):
        out.lambdas[k] = 0 if math.isnan(deltas[k]) else math.copysign(n ** (deltas[k] - out.delta), x[k])

    usable = 0
    for m0 in range(max(limit, n - limit), n + 1):
        weights = {k: math.comb(m0, k) / math.comb(n, k) for k in range(1, limit + 1)}
        lam = sum(weights[k] * out.lambdas[k] for k in weights)
        a = [sum(weights[k] * (signed[k][i] if i < len(signed[k]) else 0) for k in weights) for i in range(q)]
        s = sum(a[i] * n ** (i - p) for i in range(q))
        if abs(lam) < NEAR_0:
            continue
        usable += 1
        argument = (1 - s) / lam if lam > 0 else s / -lam
        if argument <= 0:
            out.undefined.append(m0)
        elif not log(argument, n) >= out.delta_bound:
            out.delta_bound, out.m0 = log(argument, n), m0
    if math.isnan(out.delta_bound):
        out.code = 8 if usable == 0 else 9
        return out

    sum_0 = False
    for k in range(1, n + 1):
        eta, absolute = row["cancellation"][k], row["interaction_abs_sum"][k]
        right = out.lambdas[k] * n ** (p + out.delta_bound) + sum(d * n**i for i, d in enumerate(signed[k][:q]))
        if absolute == 0:
            out.bound[k] = 0
        elif x[k] == 0:
            out.bound[k] = absolute / row["threshold"]
            sum_0 = True
        else:
            out.bound[k] = u_1 / (row["threshold"] * abs(eta)) * abs(right)
    out.code = (10 if out.undefined else 0) + (11 if sum_0 else 0)
    out.code = 12 if out.code > 11 else out.code
    return out


def rows_of(file: Path) -> list[tuple[int, dict[str, Any]]]:
    """The number of players and the rows of orders/ and conditions/ of each sample."""
    with opened(file) as results:
        players = results["samples/n_players"][()].tolist()
        names = [(name, results[group][name][()]) for group in ("orders", "conditions") for name in results[group]]
        return [(n, {name: data[i] for name, data in names}) for i, n in enumerate(players)]


@pytest.mark.parametrize("name", CASES)
def test_theorems(tmp_path: Path, name: str) -> None:
    config, limit = CASES[name]
    sweep = swept(tmp_path, config, *(setting("statistics.assumed_order_limit", limit) if limit else ()))
    rows = rows_of(sweep.file)
    assert name in ("constant", "one player") or any(not np.isnan(row["p_paper"]) for _, row in rows)
    for n, row in rows:
        most = n - 1 if limit is None else min(limit, n)
        inside = slice(1, n + 1)
        assert np.isnan(row["bound_l1"][[0, *range(n + 1, len(row["bound_l1"]))]]).all()
        assert row["real_total"] == row["salient_count"][1 : most + 1].sum()
        with np.errstate(invalid="ignore"):
            l1 = row["interaction_abs_sum"][inside] / row["threshold"]
        np.testing.assert_array_equal(row["bound_l1"][inside], l1)
        if row["threshold"] > 0:
            assert (row["salient_count"][inside] <= row["bound_l1"][inside]).all()
        if np.isnan(row["p_paper"]):
            assert row["excluded_why"] in (2, 3, 4, 5)
            names = ("lambda", "bound", "coefficients", "delta", "delta_bound", "m0", "bound_total")
            assert all(np.isnan(row[name]).all() for name in names)
            continue
        expected = theorems(row, n, most)
        assert row["excluded_why"] == expected.code
        np.testing.assert_array_equal(row["coefficients"][: n + 1, : n + 1], expected.coefficients)
        near = {"rtol": 1e-9, "atol": 1e-12}
        np.testing.assert_allclose(row["lambda"][: n + 1], expected.lambdas, **near)
        np.testing.assert_allclose(row["bound"][: n + 1], expected.bound, **near)
        np.testing.assert_allclose(row["delta"], expected.delta, **near)
        np.testing.assert_allclose(row["delta_bound"], expected.delta_bound, **near)
        np.testing.assert_equal(row["m0"], expected.m0)
        np.testing.assert_allclose(row["bound_total"], expected.bound[1 : most + 1].sum(), **near)
        degrees = np.arange(n + 1)
        for k in range(1, n + 1):
            x = row["interaction_sum"][k] / row["output_mean"][1]
            high = 0 if expected.code == 7 else row["lambda"][k] * n ** (row["p_paper"] + row["delta"])
            whole = high + (row["coefficients"][k, : n + 1] * float(n) ** degrees).sum()
            assert whole == pytest.approx(x, rel=1e-11, abs=1e-12)


def codes_of(file: Path) -> list[int]:
    return read(file, "conditions/excluded_why").tolist()


def test_known_samples(tmp_path: Path) -> None:
    """v = |S|^2 has no degree, a constant no interactions; Appendix H by hand: log_5 0.4, and 40 + 40 + 20."""
    for name, code in (("square", 7), ("constant", 2), ("appendix_h", 0)):
        sweep = swept(tmp_path, CASES[name][0], name=f"{name}.h5")
        assert codes_of(sweep.file) == [code, code]
    with opened(sweep.file) as results:
        conditions = {name: item[0] for name, item in results["conditions"].items()}
    assert conditions["delta"] == pytest.approx(math.log(0.4) / math.log(5), abs=1e-14)
    assert conditions["delta_bound"] == pytest.approx(conditions["delta"], abs=1e-14)
    np.testing.assert_allclose(conditions["bound"][1:], [40, 40, 20, 0, 0], rtol=1e-13)
    assert (conditions["m0"], conditions["real_total"]) == (5, 5)
    assert conditions["bound_total"] == pytest.approx(100, rel=1e-13)
    assert "above its bound" not in harsanyi("show", sweep.file, "--conditions").out  # tight is not above


@pytest.fixture(scope="module")
def cancer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return swept(tmp_path_factory.mktemp("cancer"), cancer("0:60"), *setting("statistics.min_output", 8)).file


def shown(out: str, what: str) -> tuple[str, int]:
    found = re.search(rf"^  {re.escape(what)} +(\S.*?) {{2,}}(\d+)$", out, re.MULTILINE)
    assert found, what
    return found[1], int(found[2])


def mean_and_std(x: np.ndarray) -> str:
    return f"{x.mean():.4g} ± {x.std():.4g}"


def test_the_paper_table(cancer_file: Path) -> None:
    with opened(cancer_file) as results:
        conditions = {name: item[()] for name, item in results["conditions"].items()}
    out = harsanyi("show", cancer_file, "--conditions").out
    monotone, codes = conditions["monotone"] == 1, conditions["excluded_why"]
    bounded = ~np.isnan(conditions["bound_total"])
    p = conditions["p_paper"][~np.isnan(conditions["p_paper"])]
    assert shown(out, "share of monotone samples") == (f"{100 * monotone.mean():.2f} %", 60)
    salient = conditions["salient_total"][monotone]
    assert shown(out, "salient interactions of monotone ones") == (mean_and_std(salient), salient.size)
    assert shown(out, "p") == (mean_and_std(p), p.size)
    for what, name in (
        ("bound of Theorem 3, orders 1 ... M", "bound_total"),
        ("real count, orders 1 ... M", "real_total"),
    ):
        assert shown(out, what) == (mean_and_std(conditions[name][bounded]), bounded.sum())
    assert 0 < bounded.sum() < monotone.sum()  # min_output leaves some out
    assert f"Left out of the theorems: {60 - bounded.sum()} of 60 samples; by the authors' own procedure" in out
    assert f"{(codes == 6).sum():9}  v(N) - v(empty) is below min_output" in out
    assert f"M = n - 1\n  the real count is within the bound in {bounded.sum()} of {bounded.sum()} samples\n" in out
    above = (conditions["delta"] > conditions["delta_bound"] + 1e-9)[bounded].sum()
    assert (f"delta is above its bound in {above} of them" in out) == (above > 0)


def test_a_sample_order_by_order(cancer_file: Path) -> None:
    codes = codes_of(cancer_file)
    sample = codes.index(0)
    out = harsanyi("show", cancer_file, "--sample", sample, "--conditions").out
    with opened(cancer_file) as results:
        columns = [results[f"conditions/{name}"][sample] for name in ("lambda", "bound", "bound_l1")]
        columns.append(results["orders/salient_count"][sample])
        delta, total = (results[f"conditions/{name}"][sample] for name in ("delta", "bound_total"))
    lines = [line.split() for line in out.split("sum|I|/tau     salient\n")[1].splitlines()]
    assert [int(line[0]) for line in lines] == list(range(1, 13))
    for line in lines:
        k = int(line[0])
        assert [float(x) for x in line[1:]] == pytest.approx([column[k] for column in columns], rel=1e-3)
    assert f"delta is {delta:.4g}, its bound" in out
    assert f"at most {total:.4g} salient interactions of orders 1 ... M" in out
    left_out = harsanyi("show", cancer_file, "--sample", codes.index(6), "--conditions").out
    assert "left out of the theorems: v(N) - v(empty) is below min_output" in left_out
    assert "Theorem 3 " not in left_out
    assert "nan" not in left_out


def test_remarks_are_shown(tmp_path: Path) -> None:
    """Samples that count although something is to be said of them, and what the authors make of them."""
    order = orders_of(4).astype(float)
    masks = np.arange(16)
    # The pairs add up to 0; and lambda(4) = 4 - 6 * 0.9 < 0 without coefficients, made good by order 3, above M.
    adds_up = order + 0.5 * (masks & 3 == 3) - 0.5 * (masks & 6 == 6)
    undefined = order - 0.9 * order * (order - 1) / 2 + order * (order - 1) * (order - 2) / 6
    sweep = swept(tmp_path, table(tmp_path, [adds_up, undefined]), *setting("statistics.assumed_order_limit", 2))
    assert codes_of(sweep.file) == [11, 10]
    out = harsanyi("show", sweep.file, "--conditions").out
    bound, real = sweep.read("conditions/bound_total"), sweep.read("conditions/real_total")
    assert shown(out, "bound of Theorem 3, orders 1 ... M") == (mean_and_std(bound), 2)
    assert shown(out, "  bound, samples the authors keep") == (mean_and_std(bound[:1]), 1)
    assert shown(out, "  real count of these") == (mean_and_std(real[:1]), 1)
    assert "M = 2 (statistics.assumed_order_limit)\n" in out
    assert "Left out of the theorems: 0 of 2 samples; by the authors' own procedure 1\n" in out
    remarks = (
        "counted; an order's interactions add up to 0 but are not 0: its bound is bound_l1",
        "counted; the authors' procedure drops it at its first undefined logarithm",
    )
    for sample, remark in enumerate(remarks):
        assert f"{1:9}  {remark}\n" in out
        assert f"\n  {remark}\n" in harsanyi("show", sweep.file, "--sample", sample, "--conditions").out


def test_bounds_that_do_not_hold_are_told(tmp_path: Path) -> None:
    """All dividends of max are 1 or -1: at salience 0.9 the bound with M = 5 is 1/1.8 of what is there."""
    values = np.minimum(np.arange(64), 1.0)
    sweep = swept(tmp_path, table(tmp_path, values), *setting("statistics.salience", 0.9))
    assert sweep.read("conditions/real_total")[0] == 62
    assert sweep.read("conditions/bound_total")[0] == pytest.approx(62 / 1.8, rel=1e-12)
    out = harsanyi("show", sweep.file, "--conditions").out
    assert "the real count is within the bound in 0 of 1 samples" in out
    assert "delta is above its bound in 1 of them" in out
    assert ": orders above M are not empty" in harsanyi("show", sweep.file, "--sample", 0, "--conditions").out
