"""/summary, and that of sparse interactions: every number again from the samples' tables, by its definition taken
literally; and planted games."""

from collections import Counter
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from harness import (
    Config,
    Sweep,
    cancer,
    datasets,
    digits,
    game,
    harsanyi,
    opened,
    orders_of,
    put,
    setting,
    swept,
    table,
    zeta,
)

CASES: dict[str, Config] = {
    "digits": digits("0:3"),
    "cancer": cancer("0:60"),
    "uneven": game(9, [3, 7]),
    "one sample": game(1, 5),
    "one player": game(3, 1),
    "two players": game(4, 2),
    "constant": game(3, 4, game="constant", noise=0),
    "all equal": game(3, 3, game="sparse", terms=0, noise=0),
    "ands": cancer("36:48") | {"sparse": {"kinds": "and", "gap": 1e-3}},
    "ands and ors": cancer("36:48") | {"sparse": {"kinds": "and_or", "gap": 1e-3}},
    "uneven ands and ors": game(9, [3, 8]) | {"sparse": {"kinds": "and_or"}},
    "few ands and ors": game(3, [1, 4]) | {"sparse": {"kinds": "and_or"}},
}
TOP = 20
NUMBERS = dict[str, np.ndarray]


def same(found: np.ndarray | float, expected: np.ndarray | float) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13, equal_nan=True)


def summary_of(results: h5py.File, family: str = "") -> NUMBERS:
    return {name: item[()] for name, item in datasets(results[f"{family}summary"]).items()}


class Swept:
    """One family of a sweep's file in plain Python: one entry a sample. A set is known by kind * 2^n + mask."""

    def __init__(self, file: Path, family: str = "") -> None:
        with opened(file) as results:
            self.summary = summary_of(results, family)
            self.kinds = len(results[f"{family}kinds"]) if family else 1
            self.n = results["orders/strength_mean"].shape[1] - 1
            self.players = results["samples/n_players"][:]
            self.label = results["samples/label"][:]
            self.v = [results["values"][k, : 1 << n] for k, n in enumerate(self.players)]
            stored = results[f"{family}interactions"][()].reshape(len(self.v), self.kinds, -1)
            self.effects = [stored[k, :, : 1 << n] for k, n in enumerate(self.players)]
            groups = [(group, results[f"{family}{group}"]) for group in ("orders", "conditions")]
            self.rows = {f"{name}/{key}": group[key][:] for name, group in groups for key in group}
        self.salient = [self._salient(k) for k in range(len(self.v))]

    def _salient(self, k: int) -> dict[int, float]:
        tau, strengths = self.rows["conditions/threshold"][k], np.abs(self.effects[k])
        found = np.argwhere((strengths >= tau) & (np.arange(strengths.shape[1]) > 0) & (tau > 0))
        return {int(kind << self.n | mask): self.effects[k][kind, mask] for kind, mask in found}


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Swept:
    config = CASES[request.param]
    sweep = swept(tmp_path_factory.mktemp("summary"), config, *setting("statistics.top", TOP))
    return Swept(sweep.file, "sparse/" if "sparse" in config else "")


def dictionary(sets: list[dict[int, float]]) -> list[int]:
    """The masks by frequency, the smaller first of equally frequent ones."""
    counts = Counter(mask for one in sets for mask in one)
    return sorted(counts, key=lambda mask: (-counts[mask], mask))[:TOP]


def rho(masks: list[int], scored: list[dict[int, float]], k: int) -> float:
    shares = [len(set(masks[:k]) & set(one)) / len(one) for one in scored if one]
    return float(np.mean(shares)) if shares else np.nan


def test_orders_and_conditions(case: Swept) -> None:
    for name, rows in case.rows.items():
        if name.startswith("orders/"):
            there = (~np.isnan(rows)).sum(0)
            with np.errstate(all="ignore"):
                mean = np.where(there, np.nansum(rows, 0) / there, np.nan)
                std = np.sqrt(np.where(there, np.nansum((rows - mean) ** 2, 0) / there, np.nan))
            same(case.summary[f"{name}_mean"], mean)
            same(case.summary[f"{name}_std"], std)
            same(case.summary[f"{name}_count"], there)
    conditions = {name.split("/")[1]: rows for name, rows in case.rows.items() if name.startswith("conditions/")}
    same(case.summary["monotone_share"], np.mean(conditions["monotone"] == 1))
    exponents = [p for p in conditions["p_paper"] if not np.isnan(p)]
    same(case.summary["p_mean"], np.mean(exponents) if exponents else np.nan)
    same(case.summary["p_std"], np.std(exponents) if exponents else np.nan)
    bounded = ~np.isnan(conditions["bound_total"])
    for name, rows in (("bound_mean", "bound_total"), ("real_mean", "real_total")):
        same(case.summary[name], np.mean(conditions[rows][bounded]) if bounded.any() else np.nan)
    if case.kinds == 1:
        same(case.summary["excluded"], np.bincount(conditions["excluded_why"], minlength=16))
    else:
        assert np.isnan(case.summary["excluded"]).all()


def test_frequent_interactions(case: Swept) -> None:
    masks, found = dictionary(case.salient), {k: v for k, v in case.summary.items() if k.startswith("interactions/")}
    room = len(found["interactions/mask"])
    assert room == min(TOP, (1 << case.n) - 1)
    masks = masks[:room]
    last, rest = (1 << case.n) - 1, room - len(masks)
    assert found["interactions/mask"].tolist() == [mask & last for mask in masks] + [2**64 - 1] * rest
    if "interactions/kind" in found:
        assert found.pop("interactions/kind").tolist() == [mask >> case.n for mask in masks] + [255] * (
            room - len(masks)
        )
    for i, mask in enumerate(masks):
        effects = np.array([one[mask] for one in case.salient if mask in one])
        same(found["interactions/frequency"][i], len(effects) / len(case.salient))
        same(found["interactions/effect_mean"][i], effects.mean())
        same(found["interactions/effect_std"][i], effects.std())
        assert found["interactions/positive"][i] == (effects > 0).sum()
        assert found["interactions/negative"][i] == (effects < 0).sum()
        edges, bins = found["interactions/edges"][i], found["interactions/histogram"][i]
        same(edges, np.histogram_bin_edges(effects, 20))
        assert bins.tolist() == np.histogram(effects, edges)[0].tolist()
    for name in found:
        if name != "interactions/mask":
            assert np.isnan(found[name][len(masks) :]).all()


def classes_of(case: Swept) -> dict[int, list[int]]:
    """Sample numbers by class; without labels there is one class."""
    classes: dict[int, list[int]] = {}
    for k, label in enumerate(case.label):
        classes.setdefault(max(0, int(label)), []).append(k)
    return classes


def test_transferability(case: Swept) -> None:
    found, sets, classes = case.summary, case.salient, classes_of(case)
    half = {k: i % 2 for members in classes.values() for i, k in enumerate(members)}
    halves = [[sets[k] for k in sorted(half) if half[k] == h] for h in (0, 1)]
    for j, k in enumerate(found["transferability/k"]):
        same(found["transferability/rho"][j], rho(dictionary(sets), sets, k))
        same(found["transferability/rho_random"][j], k / (case.kinds * ((1 << case.n) - 1)))
        held_out = [rho(dictionary(halves[1 - h]), halves[h], k) for h in (0, 1)]
        same(found["transferability/rho_heldout"][j], np.mean(held_out))
        for c, label in enumerate(found["transferability/classes"]):
            members = [sets[i] for i in classes.get(int(label), [])]
            same(found["transferability/rho_class"][c, j], rho(dictionary(members), members, k))


def test_discrimination(case: Swept) -> None:
    alphas, betas = [], []
    for members in classes_of(case).values():
        signs: dict[int, list[bool]] = {}
        for k in members:
            for mask, effect in case.salient[k].items():
                signs.setdefault(mask, []).append(effect > 0)
        alphas += [len(one) / len(members) for one in signs.values()]
        betas += [max(np.mean(one), 1 - np.mean(one)) for one in signs.values()]
    alpha, beta = np.array(alphas), np.array(betas)
    bins = np.minimum(np.floor(np.round(alpha * 5, 9)), 4)
    for i in range(5):
        same(case.summary["discrimination/bin"][i], i / 5)
        assert case.summary["discrimination/count"][i] == (bins == i).sum()
        same(case.summary["discrimination/mean"][i], beta[bins == i].mean() if (bins == i).any() else np.nan)
    weighted = (alpha * beta).sum() / alpha.sum() if len(alpha) else np.nan
    same(case.summary["discrimination/weighted"], weighted)


def test_strength_curve(case: Swept) -> None:
    curves = [np.sort(np.abs(row[:, 1:]).ravel())[::-1] for row in case.effects]
    curves = [curve / curve[0] for curve in curves if curve[0] > 0]
    for i, rank in enumerate(case.summary["strength_rank"]):
        there = [curve[rank - 1] for curve in curves if len(curve) >= rank]
        assert case.summary["strength_count"][i] == len(there)
        same(case.summary["strength_curve"][i], np.mean(there) if there else np.nan)


def faithfulness(v: np.ndarray, effects: np.ndarray, k: int) -> dict[str, float]:
    sets = [(kind, mask) for kind in range(len(effects)) for mask in range(1, len(v))]
    order = sorted(sets, key=lambda one: (-abs(effects[one]), one))[:k]
    rebuilt = np.full(len(v), effects[0, 0])
    for kind, mask in order:
        rebuilt[[s for s in range(len(v)) if (s & mask if kind else s & mask == mask)]] += effects[kind, mask]
    error, mass = v - rebuilt, sum(abs(effects[one]) for one in order)
    spread, rest = ((v - v.mean()) ** 2).sum(), abs(error[-1])
    return {
        "rmse": np.sqrt((error**2).mean()),
        "max_error": np.abs(error).max(),
        "r2": 1 - (error**2).sum() / spread if spread > 0 else np.nan,
        "r_omega": mass / (mass + rest) if mass + rest > 0 else np.nan,
    }


def test_faithfulness(case: Swept) -> None:
    for j, k in enumerate(case.summary["faithfulness/k"]):
        if k > 20 and k * sum(len(v) for v in case.v) > 1 << 22:
            break  # the literal way is slow
        rows = [
            faithfulness(v, effects, k)
            for v, effects in zip(case.v, case.effects, strict=True)
            if k <= effects[:, 1:].size
        ]
        for name in ("rmse", "max_error", "r2", "r_omega"):
            values = [row[name] for row in rows if not np.isnan(row[name])]
            found = case.summary[f"faithfulness/{name}"][j]
            np.testing.assert_allclose(found, np.mean(values) if values else np.nan, rtol=1e-9, atol=1e-11)


# ---- planted games ----


def planted(samples: int, n: int, sigma: float, seed: int) -> tuple[np.ndarray, list[int]]:
    """30 interactions that all samples share, 5 of the first half of them, one whose sign flips, and noise."""
    random = np.random.default_rng(seed)
    masks = [int(mask) for mask in random.choice(np.arange(1, 1 << n), 36, replace=False)]
    effects = np.zeros((samples, 1 << n))
    effects[:, masks[:30]] = random.choice([-1, 1], 30) * random.uniform(1, 2, (samples, 30))
    effects[: samples // 2, masks[30:35]] = random.uniform(1, 2, (samples // 2, 5))
    effects[:, masks[35]] = np.where(np.arange(samples) % 2, -1.5, 1.5)
    values = zeta(effects)
    return values + sigma * random.standard_normal(values.shape), masks


def test_a_planted_game_comes_out_as_planted(tmp_path: Path) -> None:
    samples, n, sigma = 40, 10, 1e-4
    values, masks = planted(samples, n, sigma, seed=3)
    sweep = swept(
        tmp_path,
        table(tmp_path, values),
        *setting("statistics.salience", 0.2),
        *setting("statistics.noise_sigma", sigma),
    )
    found: Any = Swept(sweep.file).summary
    frequency = dict(zip(found["interactions/mask"].tolist(), found["interactions/frequency"], strict=True))
    shared, half, flipper = masks[:30], masks[30:35], masks[35]
    assert {mask for mask in frequency if frequency[mask] == 1} == {*shared, flipper}
    assert {mask for mask in frequency if frequency[mask] == 0.5} == set(half)
    assert sum(f > 0 for f in frequency.values()) == 36
    k = found["transferability/k"].tolist()
    sizes = np.where(np.arange(samples) < samples // 2, 36, 31)
    same(found["transferability/rho"][k.index(20)], np.mean(20 / sizes))
    same(found["transferability/rho"][k.index(50)], 1)
    same(found["transferability/rho_heldout"][k.index(20)], np.mean(20 / sizes))
    # 30 that never flip, 5 that do not where they are, all in the last bin but the five (0.5: the third); one at 0.5.
    assert found["discrimination/count"].tolist() == [0, 0, 5, 0, 31]
    same(found["discrimination/mean"][2], 1)
    same(found["discrimination/mean"][4], (30 + 0.5) / 31)
    same(found["discrimination/weighted"], (30 + 0.5 + 5 * 0.5) / (31 + 5 * 0.5))
    with opened(sweep.file) as results:
        floors = results["orders/noise_floor"][0]
        effects = results["interactions"][:]
    orders = orders_of(n)
    same(floors, sigma * 2 ** (np.arange(n + 1) / 2))
    for m in range(3, 8):
        noise = effects[:, (orders == m) & ~np.isin(np.arange(1 << n), masks)]
        assert abs(np.sqrt((noise**2).mean()) / floors[m] - 1) < 0.1  # they are not independent of each other


def test_an_all_equal_and_a_zero_table(tmp_path: Path) -> None:
    """Strengths that are all alike are all salient; where all interactions are 0 nothing is, and 0/0 is NaN."""
    n = 4
    sweep = swept(tmp_path, table(tmp_path, [zeta(np.ones(1 << n)), np.zeros(1 << n)]))
    found = Swept(sweep.file).summary
    assert (found["interactions/frequency"] == 0.5).all()
    assert found["interactions/mask"].tolist() == list(range(1, 1 << n))
    same(found["strength_curve"], np.ones(15))
    assert (found["strength_count"] == 1).all()
    same(found["transferability/rho"], found["transferability/k"] / 15)
    assert np.isnan(found["transferability/rho_heldout"]).all()  # no other half with salient sets


# ---- when it is there ----


def test_a_lost_summary_is_made_again_without_the_model(tmp_path: Path) -> None:
    sweep = swept(tmp_path, cancer("0:5"))
    before = sweep.numbers()
    put(sweep.file, "summary/valid", 0, ())
    put(sweep.file, "summary/interactions/mask", 7)
    put(sweep.file, "summary/transferability/rho", 7)
    sweep.verify(2)
    assert "statistics across samples are missing" in harsanyi("status", sweep.file).out
    outcome = sweep.complete()
    assert sweep.numbers() == before
    assert "rank 0: 0" in outcome.err  # masks evaluated
    sweep.verify()


def test_verify_finds_a_wrong_number_in_it(tmp_path: Path) -> None:
    sweep = swept(tmp_path, cancer("0:5"))
    for name in ("transferability/rho", "interactions/mask", "orders/output_std_mean", "faithfulness/rmse"):
        with h5py.File(sweep.file, "r+", locking=False) as results:
            was = results[f"summary/{name}"][1]
            results[f"summary/{name}"][1] = was + 1
        outcome = harsanyi("verify", sweep.file).ends(1)
        assert f"/summary/{name}: differs from what" in outcome.out
        put(sweep.file, f"summary/{name}", was, 1)
    sweep.verify()


def test_all_samples_failed(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(1, 4, fault="nan"))
    assert sweep.run().code == 2
    with opened(sweep.file) as results:
        found = summary_of(results)
    assert found["valid"] == 1
    assert np.isnan(found["monotone_share"])
    assert (found["interactions/mask"] == 2**64 - 1).all()
    assert np.isnan(found["transferability/rho"]).all()
    assert (found["orders/output_mean_count"] == 0).all()
