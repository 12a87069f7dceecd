"""The numbers of shapiq (PyPI), run on the same tables; skipped where it is not installed.

It follows the definitions by discrete derivatives of v; harsanyi sums up interactions.
"""

import importlib.util
import itertools
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness import harsanyi, read, setting, swept, table

WITHIN = {"rtol": 0, "atol": 1e-10}
Players = tuple[int, ...]


def remove_shapiq() -> dict[str, types.ModuleType]:
    """Its modules, which are no longer there."""
    names = [name for name in sys.modules if name.partition(".")[0] == "shapiq"]
    return {name: sys.modules.pop(name) for name in names}


@pytest.fixture(scope="module")
def exact_computer() -> Iterator[type]:
    """shapiq's class, imported without the package's __init__, which imports much more and all that needs."""
    spec = importlib.util.find_spec("shapiq")
    if spec is None or spec.submodule_search_locations is None:
        pytest.skip("shapiq is not installed: pip install --no-deps -r tests/requirements-shapiq.txt")
    before = remove_shapiq()
    package = types.ModuleType("shapiq")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["shapiq"] = package
    try:
        yield pytest.importorskip("shapiq.game_theory.exact").ExactComputer
    finally:
        remove_shapiq()
        sys.modules.update(before)


@dataclass(frozen=True)
class Case:
    n: int
    file: Path
    compute: Callable[[str, int], Any]  # shapiq's: index, order

    def expected(self, index: str, order: int) -> dict[Players, float]:
        return self.compute(index, order).dict_values


@pytest.fixture(scope="module", params=[5, 8, 11])
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, exact_computer: type) -> Case:
    """A table of random values, and the sweep over it."""
    n: int = request.param
    folder = tmp_path_factory.mktemp(f"players{n}")
    values = np.random.default_rng(n).normal(size=1 << n)
    sweep = swept(
        folder, table(folder, values), *setting("statistics.indices", "[shapley, banzhaf, sii2, stii2, bii2]")
    )
    return Case(n, sweep.file, exact_computer(lambda present: values[present @ (1 << np.arange(n))], n_players=n))


def shown(file: Path, index: str, players: Players) -> float:
    outcome = harsanyi("show", file, "--index", index, "--players", ",".join(map(str, players))).ends(0)
    return float(outcome.out.splitlines()[-1].split("   of one player")[0])


@pytest.mark.parametrize(("name", "index"), [("SV", "shapley"), ("BV", "banzhaf")])
def test_players(case: Case, name: str, index: str) -> None:
    expected = case.expected(name, 1)
    found = read(case.file, f"indices/{index}")[0]
    np.testing.assert_allclose(found, [expected[(i,)] for i in range(case.n)], **WITHIN)


@pytest.mark.parametrize(("name", "index"), [("SII", "sii2"), ("STII", "stii2"), ("BII", "bii2")])
def test_pairs(case: Case, name: str, index: str) -> None:
    expected = case.expected(name, 2)
    found = read(case.file, f"indices/{index}")[0]
    for i in range(case.n):
        for j in range(case.n):
            np.testing.assert_allclose(found[i, j], expected[tuple(sorted({i, j}))], **WITHIN)


@pytest.mark.parametrize(("name", "index"), [("SII", "sii"), ("STII", "stii"), ("BII", "bii")])
def test_any_order(case: Case, name: str, index: str) -> None:
    """Some sets of one to three players; the Shapley-Taylor index is of the order of the set."""
    for order in (1, 2, 3):
        expected = case.expected(name, order)
        for players in list(itertools.combinations(range(case.n), order))[order % 2 :: 37]:
            np.testing.assert_allclose(shown(case.file, index, players), expected[players], **WITHIN)


def test_interactions(case: Case) -> None:
    """All sets; of the Shapley-Taylor index of order 3 those below 3 players too."""
    interactions = read(case.file, "interactions")[0]
    expected = case.expected("Moebius", case.n)
    masks = {players: sum(1 << i for i in players) for players in expected}
    assert sorted(masks.values()) == list(range(1 << case.n))
    np.testing.assert_allclose(
        [interactions[masks[players]] for players in expected], list(expected.values()), **WITHIN
    )
    below = {players: value for players, value in case.expected("STII", 3).items() if 0 < len(players) < 3}
    assert len(below) == case.n * (case.n + 1) // 2
    for players, value in below.items():
        np.testing.assert_allclose(interactions[masks[players]], value, **WITHIN)
