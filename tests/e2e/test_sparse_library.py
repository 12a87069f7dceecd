"""Sparse interactions of the library against linear programmes solved by HiGHS: D <= optimum <= F, within the gap."""

import ctypes
import importlib.util
import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness import PROGRAM

if importlib.util.find_spec("scipy") is None:  # imported where it is used: every worker imports every module of tests
    pytest.skip("scipy is the oracle of this test", allow_module_level=True)

GAP = 1e-4
DOUBLES = ctypes.POINTER(ctypes.c_double)


class Options(ctypes.Structure):
    """harsanyi_sparse_options."""

    _fields_ = [
        ("kinds", ctypes.c_char_p),
        ("denoise", ctypes.c_double),
        ("gap", ctypes.c_double),
        ("tie", ctypes.c_char_p),
        ("max_iterations", ctypes.c_int),
    ]


class Result(ctypes.Structure):
    """harsanyi_sparse_result."""

    _fields_ = [
        *((name, DOUBLES) for name in ("effects_and", "effects_or", "dual")),
        *((name, ctypes.c_double) for name in ("l1", "objective", "lower_bound", "tie_weight", "gap", "zeta")),
        ("iterations", ctypes.c_int),
        ("converged", ctypes.c_int),
    ]


@pytest.fixture(scope="module")
def library() -> ctypes.CDLL:
    path = Path(PROGRAM).parent / "libharsanyi.so"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    return ctypes.CDLL(str(path))


def table(kind: str, n: int) -> np.ndarray:
    """A table of v."""
    random = np.random.default_rng(n)
    masks = np.arange(1 << n)
    if kind == "random":
        return random.normal(size=1 << n)
    if kind == "additive":
        return (masks[:, None] >> np.arange(n) & 1) @ random.normal(size=n)
    if kind == "constant":
        return np.full(1 << n, 2.5)
    values = np.zeros(1 << n)
    for number in range(2 * n):
        chosen = int(random.integers(1, 1 << n) & random.integers(1, 1 << n))
        values += random.normal() * ((masks & chosen > 0) if number % 2 else (masks & chosen == chosen))
    return values + (0.05 * random.normal(size=1 << n) if kind == "noisy" else 0)


def solved(library: ctypes.CDLL, values: np.ndarray, kinds: str, denoise: float, tie: str) -> tuple[Result, Any]:
    """The library's result and its tables: AND, OR, dual."""
    n = values.size.bit_length() - 1
    tables = np.zeros((3, values.size))
    pointers = [row.ctypes.data_as(DOUBLES) for row in tables]
    result, sparse = Result(*pointers), ctypes.c_void_p()
    options = Options(kinds.encode(), denoise, GAP, tie.encode(), 20000)
    assert library.harsanyi_sparse_new(n, ctypes.byref(options), ctypes.byref(sparse), None) == 0
    status = library.harsanyi_sparse_compute(sparse, values.ctypes.data_as(DOUBLES), ctypes.byref(result), None)
    assert status == 0
    library.harsanyi_sparse_free(ctypes.byref(sparse))
    return result, tables


def columns(n: int, kinds: str) -> np.ndarray:
    """Tables of single interactions: all of AND, then those of OR that are no AND."""
    masks = np.arange(1 << n)
    of_and = (masks[:, None] & masks[1:]) == masks[1:]
    several = masks[(masks[:, None] >> np.arange(n) & 1).sum(axis=1) > 1]
    of_or = (masks[:, None] & several) > 0
    return np.hstack([of_and, of_or] if kinds == "and_or" else [of_and]).astype("f8")


def optimum(values: np.ndarray, kinds: str, zeta: float) -> float:
    """By HiGHS: effects are p - q, and the constant is free."""
    parts = columns(values.size.bit_length() - 1, kinds)
    rows = np.hstack([parts, -parts, np.ones((values.size, 1))])
    costs = np.append(np.ones(2 * parts.shape[1]), 0)
    bounds = [(0, None)] * (2 * parts.shape[1]) + [(None, None)]
    if zeta > 0:
        sides = {"A_ub": np.vstack([rows, -rows]), "b_ub": np.concatenate([values + zeta, zeta - values])}
    else:
        sides = {"A_eq": rows, "b_eq": values}
    from scipy import optimize

    found = optimize.linprog(costs, bounds=bounds, method="highs", **sides)
    assert found.status == 0, found.message
    return float(found.fun)


def check(result: Result, tables: np.ndarray, values: np.ndarray, kinds: str) -> None:
    """What numpy says of the band, F and D."""
    masks = np.arange(values.size)
    of_and, of_or, dual = tables
    rebuilt = ((masks[:, None] & masks) == masks) @ of_and + ((masks[:, None] & masks) > 0) @ of_or
    assert np.abs(rebuilt - values).max() <= result.zeta + 1e-9 * max(1, np.abs(values).max())
    effects = np.concatenate([of_and[1:], of_or])
    weight = result.tie_weight / 2
    assert result.objective == pytest.approx(np.abs(effects).sum() + weight * (effects**2).sum(), rel=1e-12, abs=1e-300)
    prices = columns(values.size.bit_length() - 1, kinds).T @ dual
    assert abs(dual.sum()) < 1e-9
    bound = values @ dual - result.zeta * np.abs(dual).sum()
    excess = np.maximum(np.abs(prices) - 1, 0)
    if result.tie_weight > 0:
        bound -= (excess**2).sum() / (2 * result.tie_weight)
    else:
        assert excess.max() < 1e-9
    assert result.lower_bound == pytest.approx(bound, rel=1e-9, abs=1e-12)


CASES = [
    (kind, n, kinds, denoise)
    for kind, n, kinds, denoise in itertools.product(
        ("random", "planted", "noisy", "additive", "constant"), range(4, 9), ("and", "and_or"), (0.0, 0.04)
    )
    if n < 7 or kind in ("random", "noisy")
]


@pytest.mark.parametrize(("kind", "n", "kinds", "denoise"), CASES)
def test_bounds_enclose_the_optimum(library: ctypes.CDLL, kind: str, n: int, kinds: str, denoise: float) -> None:
    values = table(kind, n)
    result, tables = solved(library, values, kinds, denoise, "none")
    check(result, tables, values, kinds)
    best = optimum(values, kinds, result.zeta)
    slack = 1e-7 * max(best, np.ptp(values))  # what HiGHS takes for feasible
    assert result.lower_bound <= best + slack
    assert best <= result.objective + slack
    assert result.converged
    assert result.gap <= GAP


@pytest.mark.parametrize("kinds", ["and", "and_or"])
@pytest.mark.parametrize("denoise", [0.0, 0.04])
@pytest.mark.parametrize("kind", ["random", "planted", "noisy"])
def test_the_tie_rule_costs_little(library: ctypes.CDLL, kind: str, kinds: str, denoise: float) -> None:
    values = table(kind, 7)
    result, tables = solved(library, values, kinds, denoise, "minimum_norm")
    check(result, tables, values, kinds)
    assert result.converged
    free, _ = solved(library, values, kinds, denoise, "none")
    assert free.lower_bound <= result.objective
    assert free.lower_bound <= result.l1
    assert result.tie_weight == pytest.approx(1 / np.abs(values - values[0]).max())
