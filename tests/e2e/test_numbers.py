"""What stands in a results file is what math.md's formulas give: each number computed again in numpy from /values."""

import math
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from harness import (
    CANCER,
    MODELS,
    Config,
    Sweep,
    cancer,
    datasets_of,
    digits,
    game,
    harsanyi,
    hdf5,
    moebius,
    network,
    opened,
    orders_of,
    setting,
    swept,
    zeta,
)

ALL_INDICES = "[shapley, banzhaf, sii2, stii2, bii2, multi_order]"
CASES = {"digits": digits("3:4"), "cancer": cancer("0:6"), "uneven": game(6, [4, 7])}
Row = dict[str, Any]


@pytest.fixture(scope="module", params=CASES)
def rows(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """Every dataset's row of each sample of a sweep."""
    sweep = swept(
        tmp_path_factory.mktemp(request.param), CASES[request.param], *setting("statistics.indices", ALL_INDICES)
    )
    found: list[Row] = []
    with opened(sweep.file) as results:
        for i in range(results["values"].shape[0]):
            row: Row = {"n": int(results["samples/n_players"][i])}
            for group in ("samples", "indices", "orders", "conditions"):
                names = (name for name in results[group] if name != "player_names")
                row |= {name: results[group][name][i] for name in names}
            row |= {name: results[name][i] for name in ("values", "interactions")}
            found.append(row)
    return found


def tables(row: Row) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    """n, v, I, and the order of each mask."""
    n = row["n"]
    return n, row["values"][: 1 << n], row["interactions"][: 1 << n], orders_of(n)


def holding(n: int, *players: int) -> np.ndarray:
    """Which masks hold all these players."""
    return np.all([np.arange(1 << n) >> player & 1 == 1 for player in players], axis=0)


def test_interactions(rows: list[Row]) -> None:
    """The transform of the values bit for bit, NaN past a sample's end, and Theorem 1 on every mask."""
    for row in rows:
        n, values, interactions, _ = tables(row)
        assert np.isfinite(values).all()
        assert interactions.tobytes() == moebius(values).tobytes()
        assert np.isnan(row["values"][1 << n :]).all()
        assert np.isnan(row["interactions"][1 << n :]).all()
        assert (row["v_empty"], row["v_full"]) == (values[0], values[-1])
        back, bound = zeta(interactions), zeta(np.abs(interactions))
        assert (np.abs(back - values) <= 4 * n * np.finfo(float).eps * bound).all()


def test_indices(rows: list[Row]) -> None:
    for row in rows:
        n, values, interactions, orders = tables(row)
        near = {"rtol": 1e-9, "atol": 1e-11 * np.abs(interactions).sum()}
        rest = slice(n, None)
        shapley = [(interactions / np.maximum(orders, 1))[holding(n, i)].sum() for i in range(n)]
        banzhaf = [(interactions * 2.0 ** (1 - orders))[holding(n, i)].sum() for i in range(n)]
        np.testing.assert_allclose(row["shapley"][:n], shapley, **near)
        np.testing.assert_allclose(row["banzhaf"][:n], banzhaf, **near)
        np.testing.assert_allclose(row["shapley"][:n].sum(), values[-1] - values[0], **near)
        assert np.isnan(row["shapley"][rest]).all()
        weights = {
            "sii2": 1 / np.maximum(orders - 1, 1),
            "stii2": 1 / np.maximum(orders * (orders - 1) / 2, 1),
            "bii2": 2.0 ** (2 - orders),
        }
        diagonals = {"sii2": shapley, "stii2": interactions[1 << np.arange(n)], "bii2": banzhaf}
        for name, weight in weights.items():
            pairs = [[(weight * interactions)[holding(n, i, j)].sum() for i in range(n)] for j in range(n)]
            np.fill_diagonal(expected := np.array(pairs), diagonals[name])
            np.testing.assert_allclose(row[name][:n, :n], expected, **near, err_msg=name)
            assert np.array_equal(row[name], row[name].T, equal_nan=True)
            assert np.isnan(row[name][rest]).all()


def test_multi_order(rows: list[Row]) -> None:
    for row in rows:
        n, _, interactions, orders = tables(row)
        masks = holding(n, 0, n - 1)
        for m in range(n - 1):
            weight = np.array([math.comb(m, k - 2) / math.comb(n - 2, k - 2) for k in orders[masks]])
            expected = (weight * interactions[masks]).sum()
            for found in (row["multi_order"][m, 0, n - 1], row["multi_order"][m, n - 1, 0]):
                assert found == pytest.approx(expected, rel=1e-9, abs=1e-11 * np.abs(interactions).sum())


def test_orders(rows: list[Row]) -> None:
    for row in rows:
        n, values, interactions, orders = tables(row)
        salient = (np.abs(interactions) >= row["threshold"]) & (orders > 0)
        for m in range(n + 1):
            these = interactions[orders == m]
            strength, output = np.abs(these), values[orders == m] - values[0]
            q1, median, q3 = np.quantile(strength, [0.25, 0.5, 0.75])
            expected = {
                "strength_mean": strength.mean(),
                "strength_std": strength.std(),
                "strength_min": strength.min(),
                "strength_q1": q1,
                "strength_median": median,
                "strength_q3": q3,
                "strength_max": strength.max(),
                "strength_whisker_low": strength[strength >= q1 - 1.5 * (q3 - q1)].min(),
                "strength_whisker_high": strength[strength <= q3 + 1.5 * (q3 - q1)].max(),
                "interaction_sum": these.sum() if m else np.nan,
                "interaction_abs_sum": strength.sum(),
                "positive_sum": these[these > 0].sum() if m else np.nan,
                "negative_sum": these[these < 0].sum() if m else np.nan,
                "cancellation": these.sum() / strength.sum() if m else np.nan,
                "output_mean": output.mean(),
                "output_std": output.std(),
                "salient_count": salient[orders == m].sum(),
                "salient_positive": (salient & (interactions > 0))[orders == m].sum(),
            }
            for name, value in expected.items():
                scale = np.abs(values).max() + strength.sum()
                np.testing.assert_allclose(row[name][m], value, rtol=1e-9, atol=1e-12 * scale, err_msg=f"{name} {m}")
        for name in ("strength_mean", "salient_count", "lemma_residual"):
            assert np.isnan(row[name][n + 1 :]).all()


def test_lemma(rows: list[Row]) -> None:
    for row in rows:
        n, _, interactions, _ = tables(row)
        bound = 4 * n * np.finfo(float).eps * np.abs(interactions).sum()
        assert (np.abs(row["lemma_residual"][: n + 1]) <= bound).all()


def test_conditions(rows: list[Row]) -> None:
    for row in rows:
        n, _, interactions, orders = tables(row)
        strength = np.abs(interactions[1:])
        threshold = 0.05 * strength.max()
        salient = orders[1:][strength >= threshold]
        assert row["threshold"] == threshold
        assert row["salient_total"] == salient.size
        assert row["order_limit"] == salient.max()
        above = [strength[orders[1:] > m].sum() / strength.sum() for m in range(n + 1)]
        np.testing.assert_allclose(row["mass_above"][: n + 1], above, rtol=1e-9, atol=1e-12)
        falls = -np.diff(row["output_mean"][: n + 1])
        assert row["violations"] == (falls > 0).sum()
        assert row["violation_max"] == max(falls.max(), 0)
        assert row["monotone"] == (not (falls > 0).any())
        means = row["output_mean"]
        if row["monotone"] and means[1] > 0:
            paper = max(math.log(means[m] / means[1]) / math.log(m) for m in range(2, n + 1))
            pairs = (math.log(means[m] / means[k]) / math.log(m / k) for m in range(2, n + 1) for k in range(1, m))
            assert row["p_paper"] == pytest.approx(paper, rel=1e-12)
            assert row["p_all_pairs"] == pytest.approx(max(pairs), rel=1e-12)
        else:
            assert np.isnan([row["p_paper"], row["p_all_pairs"]]).all()


# ---- v(S) itself ----

# The weights of tests/data/make_models.py: small multiples of 1/8, with which float32 is exact.


def weight(rows: int, columns: int) -> np.ndarray:
    i, j = np.indices((rows, columns))
    return ((7 * i + 3 * j) % 11 - 5) / 8


def masked_rows(x: np.ndarray, baseline: np.ndarray, players: np.ndarray) -> np.ndarray:
    """The model's input for every mask of a sample."""
    masks = np.arange(1 << (players.max() + 1))[:, None]
    present = (players < 0) | ((masks >> np.maximum(players, 0)) & 1 == 1)
    return np.where(present, x, baseline)


X = np.array([[1, 2, 3, 4], [-1, 0.5, 0, 2], [4, -4, 1, -1]], np.float32)
BASELINE = np.array([0.25, -0.5, 1, 0], np.float32)
PLAYERS = np.array([1, 0, -1, 1], np.int32)  # input 3 and input 0 are one player, input 2 is never masked
LABELS = np.array([0, 2, 1])


def linear(folder: Path, kind: str, score: str, **more: object) -> Config:
    """The model x w + b of four inputs, in f32 or f64."""
    return network(folder, f"linear_{kind}", X, score, baseline=BASELINE, players=PLAYERS, **more)


def expected_logits(baseline: object = BASELINE) -> list[np.ndarray]:
    given = np.broadcast_to(baseline, 4)
    return [masked_rows(x, given, PLAYERS) @ weight(4, 3) + (np.arange(3) - 1) / 4 for x in X]


def log_odds(logits: np.ndarray, target: int) -> np.ndarray:
    others = np.delete(logits, target, axis=-1)
    return logits[..., target] - np.log(np.exp(others).sum(axis=-1))


@pytest.mark.parametrize("kind", ["f32", "f64"])
@pytest.mark.parametrize("score", ["raw", "logit", "log_odds", "probability"])
def test_scores(tmp_path: Path, kind: str, score: str) -> None:
    sweep = swept(tmp_path, linear(tmp_path, kind, score, label=LABELS))
    for row, logits, target in zip(sweep.read("values"), expected_logits(), LABELS, strict=True):
        if score in ("raw", "logit"):
            assert row.tolist() == logits[:, target].tolist()
        else:
            odds = log_odds(logits, target)
            expected = odds if score == "log_odds" else 1 / (1 + np.exp(-odds))
            np.testing.assert_allclose(row, expected, rtol=1e-14, atol=1e-15)


def test_a_classifiers_label_is_left_out(tmp_path: Path) -> None:
    """One output of floats remains, which is told by name; its probabilities give the log-odds of the logits."""
    config = network(tmp_path, "classifier", X, "auto", baseline=BASELINE, players=PLAYERS, label=LABELS)
    sweep = Sweep(tmp_path, config)
    assert (
        "score         v = the log-odds of the target, from probabilities (output p)"
        in harsanyi("plan", sweep.config).out.splitlines()
    )
    sweep.complete().ends(0, "v = the log-odds of the target, from probabilities (output p)")
    for row, logits, target in zip(sweep.read("values"), expected_logits(), LABELS, strict=True):
        np.testing.assert_allclose(row, log_odds(logits, target), rtol=1e-6, atol=1e-6)


def test_predictions_of_a_single_logit_are_two_classes(tmp_path: Path) -> None:
    sweep = swept(tmp_path, network(tmp_path, "logit", [[100, 0, 0, 0], [-100, 0, 0, 0]]))
    assert set(sweep.read("samples/target")) == {0, 1}
    assert sweep.read("summary/transferability/classes").tolist() == [0, 1]


@pytest.mark.parametrize(("choice", "baseline"), [("zero", 0), ("2.5", 2.5), ("mean", [4 / 3, -0.5, 4 / 3, 5 / 3])])
def test_baselines(tmp_path: Path, choice: str, baseline: object) -> None:
    config = linear(tmp_path, "f64", "raw", label=LABELS)
    config["samples"]["select"] = "0:2"
    sweep = swept(tmp_path, config, *setting("samples.baseline", choice))
    for row, logits, target in zip(sweep.read("values"), expected_logits(baseline), LABELS, strict=False):
        np.testing.assert_allclose(row, logits[:, target], rtol=1e-14, atol=1e-14)


def test_several_baselines(tmp_path: Path) -> None:
    """v is the mean of the single baselines' v, in their order."""
    given, baselines = datasets_of(CANCER["samples"]), np.random.default_rng(3).normal(size=(3, 30)).astype(np.float32)
    config = cancer("0:2", "samples.h5", "from_file")
    hdf5(tmp_path / "samples.h5", **given, baselines=baselines)
    sweep = swept(tmp_path, config, ranks=2)
    total = np.zeros((2, 1 << 12))
    for i, baseline in enumerate(baselines):
        hdf5(tmp_path / "samples.h5", **given, baseline=baseline)
        total += swept(tmp_path, config, name=f"single{i}.h5").read("values")
    assert sweep.read("values").tobytes() == (total / 3).tobytes()


def test_predicted_target(tmp_path: Path) -> None:
    """The strongest output on the full mask, the lowest of equals; used too when there are no labels, and said so."""
    sweep = Sweep(tmp_path, linear(tmp_path, "f32", "raw"))
    assert "no labels" in sweep.complete(ranks=2).err
    targets = [int(np.argmax(logits[-1])) for logits in expected_logits()]
    assert sweep.read("samples/target").tolist() == targets
    assert sweep.read("samples/label").tolist() == [-1, -1, -1]
    for row, logits, target in zip(sweep.read("values"), expected_logits(), targets, strict=True):
        assert row.tolist() == logits[:, target].tolist()


def test_predicted_target_of_a_network(tmp_path: Path) -> None:
    """Where the network is right its prediction is the label: the same bits."""
    by_label, by_prediction = (Sweep(tmp_path, cancer("0:20"), name) for name in ("label.h5", "predicted.h5"))
    by_label.complete()
    by_prediction.complete(*setting("model.target", "predicted"), ranks=2)
    right = by_label.read("samples/label") == by_prediction.read("samples/target")
    assert right.sum() >= 18
    same = by_label.read("values")[right].tobytes() == by_prediction.read("values")[right].tobytes()
    assert same


def test_single_logit(tmp_path: Path) -> None:
    """v is the logit for label 1 and its negative for label 0."""
    x = np.array([1, 2, 3, 4], np.float32)
    logit = masked_rows(x, np.zeros(4), np.arange(4)) @ weight(4, 1)[:, 0] - 0.25
    for model in ("logit", "logit_flat"):
        sweep = swept(tmp_path, network(tmp_path, model, [x, x], label=np.array([1, 0])), name=f"{model}.h5")
        assert sweep.read("values").tolist() == [logit.tolist(), (-logit).tolist()]


def test_integer_samples(tmp_path: Path) -> None:
    """i64 samples into a float model, players in a grid."""
    x = np.arange(16, dtype=np.int64).reshape(1, 1, 4, 4)
    with h5py.File(tmp_path / "samples.h5", "w") as samples:
        samples["x"] = x
    config: Config = {
        "model": {"file": str(MODELS / "image.onnx"), "score": "raw"},
        "samples": {"file": "samples.h5", "players": {"grid": [2, 1]}, "baseline": 1},
    }
    sweep = swept(tmp_path, config)
    top, bottom = (x[0, 0, :2] ** 2).sum(), (x[0, 0, 2:] ** 2).sum()
    assert sweep.read("values").tolist() == [[16, 8 + top, 8 + bottom, top + bottom]]


@pytest.mark.parametrize("name", ["digits", "cancer"])
def test_network_against_its_engine(tmp_path: Path, name: str) -> None:
    """A handful of v(S), computed with the engine's own Python package."""
    engine = pytest.importorskip("onnxruntime")
    config = CASES[name]
    sweep = swept(tmp_path, config)
    session = engine.InferenceSession(config["model"]["file"], providers=["CPUExecutionProvider"])
    first = int(config["samples"]["select"].split(":")[0])
    with h5py.File(config["samples"]["file"]) as samples:
        x, label, players = samples["x"][first], int(samples["label"][first]), samples["players"][()]
        baseline = samples["baseline"][()] if "baseline" in samples else np.zeros_like(x)
    for mask in (0, 1, 2, 0x5A5, 0xABC, (1 << (players.max() + 1)) - 1):
        present = (players < 0) | ((mask >> np.maximum(players, 0)) & 1 == 1)
        logits = session.run(None, {session.get_inputs()[0].name: np.where(present, x, baseline)[None]})[0][0]
        value = sweep.read("values")[0, mask]
        assert value == pytest.approx(log_odds(logits.astype(float), label), abs=1e-4)
