"""The noise of v: what is estimated is what its definition says, however the sweep was cut into pieces; the floor that
follows from it is the size of interactions that are noise."""

from math import comb
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
    read,
    setting,
    swept,
    wait_for,
)

Array = np.ndarray[Any, Any]


def sigmas(file: Path) -> Array:
    return read(file, "samples/noise_sigma")


# ---- the definition ----


LOOKED_AT = 64


def first_of_range(n: int) -> int:
    """Players 6, 8, 10, ... present; the 6 players below take all their subsets."""
    return sum(1 << player for player in range(6, n, 2))


def hash_of(place: int) -> int:
    """splitmix64."""
    word = (place + 0x9E3779B97F4A7C15) % 2**64
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    word = (word ^ word >> 27) * 0x94D049BB133111EB % 2**64
    return word ^ word >> 31


def moved(x: Array) -> Array:
    """Every number of a float32 array to its neighbour, whole ones left."""
    up = np.array([hash_of(e) >= 2**63 for e in range(x.size)]).reshape(x.shape)
    neighbour = np.nextafter(x, np.where(up, np.float32(np.inf), np.float32(-np.inf)))
    return np.where(x == np.floor(x), x, neighbour)


def log_odds(logits: Array, target: int) -> Array:
    z = logits.astype(np.float64)
    others = np.delete(z, target, axis=1)
    most = others.max(axis=1)
    return z[:, target] - most - np.log(np.exp(others - most[:, None]).sum(axis=1))


def rounding(logits: Array, target: int) -> Array:
    """The variance of each row's log-odds when every logit is rounded to float32."""
    z = logits.astype(np.float64)
    slope = np.exp(z - np.delete(z, target, axis=1).max(axis=1)[:, None])
    slope[:, target] = 0
    slope /= slope.sum(axis=1)[:, None]
    slope[:, target] = 1
    return ((slope * np.spacing(np.abs(logits)).astype(np.float64)) ** 2).sum(axis=1) / 12


def reference(model: str, x: Array, players: Array, baselines: Array, target: int, before: Array) -> float:
    """before: v [2^n]. Masked inputs row by row, moved after masking, in one batch."""
    engine = pytest.importorskip("onnxruntime")
    options = engine.SessionOptions()
    options.intra_op_num_threads = 1
    session = engine.InferenceSession(model, options, ["CPUExecutionProvider"])
    masks = first_of_range(before.size.bit_length() - 1) + np.arange(LOOKED_AT)
    after, variance = np.zeros(LOOKED_AT), np.zeros(LOOKED_AT)
    for baseline in baselines:
        present = np.stack([(players < 0) | ((mask >> np.maximum(players, 0)) & 1 == 1) for mask in masks.tolist()])
        inputs = moved_rows(np.where(present, x, baseline).astype(np.float32))
        logits = session.run(None, {session.get_inputs()[0].name: inputs})[0]
        after += log_odds(logits, target) / len(baselines)
        variance += rounding(logits, target) / len(baselines) ** 2
    return max(float((after - before[masks]).std()), float(np.sqrt(variance.mean())))


def moved_rows(inputs: Array) -> Array:
    return np.stack([moved(row) for row in inputs])


def same_engine() -> tuple[str, ...]:
    """The sweep with the library that Python uses: another version may round in another way."""
    engine = pytest.importorskip("onnxruntime")
    found = sorted((Path(engine.__file__).parent / "capi").glob("libonnxruntime.so.*"))
    if not found:
        pytest.skip("the Python package of ONNX Runtime brings no library that a sweep can use")
    return setting("model.library", found[0])


def check_against_reference(sweep: Sweep, samples: str, baselines: Array | None = None) -> None:
    found, model = sigmas(sweep.file), str(sweep_model(sweep))
    with h5py.File(samples) as given, opened(sweep.file) as results:
        for i, row in enumerate(results["samples/index"][()].tolist()):
            x, players = given["x"][row], given["players"][()]
            used = given["baseline"][()][None] if baselines is None else baselines
            n, target = int(results["samples/n_players"][i]), int(results["samples/target"][i])
            expected = reference(model, x, players, used, target, results["values"][i, : 1 << n])
            assert found[i] == pytest.approx(expected, rel=1e-6)
            assert results["samples/noise_why"][i] == 0
            assert 1e-8 < found[i] < 1e-5
            floor = found[i] * 2 ** (np.arange(n + 1) / 2)
            assert results["orders/noise_floor"][i, : n + 1] == pytest.approx(floor, rel=1e-14)


def sweep_model(sweep: Sweep) -> Path:
    return MODELS.parents[1] / "configs" / sweep.file.stem / f"{sweep.file.stem}.onnx"


@pytest.mark.parametrize("batch", [32, 1024])
def test_digits_as_defined(tmp_path: Path, batch: int) -> None:
    config = digits("2:4")
    sweep = swept(tmp_path, config, *setting("sweep.batch", batch), *same_engine(), name="digits.h5")
    check_against_reference(sweep, config["samples"]["file"])


def test_elements_that_are_never_masked_and_several_baselines(tmp_path: Path) -> None:
    """18 of the 30 features belong to no player; zeros in a baseline stay."""
    baselines = np.random.default_rng(5).normal(size=(3, 30)).astype(np.float32)
    baselines[1] = 0
    hdf5(tmp_path / "samples.h5", **datasets_of(CANCER["samples"]), baselines=baselines)
    sweep = swept(tmp_path, cancer("0:5", "samples.h5", "from_file"), *same_engine(), name="cancer.h5")
    check_against_reference(sweep, str(tmp_path / "samples.h5"), baselines)


# ---- the same bits ----

PIECES = {"digits": digits("1:2"), "cancer": cancer("0:20")}
# A batch below the 64 masks that are looked at: units may end among them.
SMALL = setting("sweep.batch", 16)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    found = {}
    for name, config in PIECES.items():
        sweep = swept(tmp_path_factory.mktemp(name), config, *SMALL, *setting("sweep.block_bits", 16))
        assert np.isfinite(sigmas(sweep.file)).all()
        found[name] = sweep.numbers()
    return found


@pytest.mark.parametrize(
    ("name", "block_bits", "ranks"), [("digits", 5, 2), ("digits", 9, 3), ("cancer", 4, 1), ("cancer", 9, 5)]
)
def test_any_pieces(
    tmp_path: Path, undisturbed: dict[str, dict[str, bytes]], name: str, ranks: int, block_bits: int
) -> None:
    sweep = swept(tmp_path, PIECES[name], *SMALL, *setting("sweep.block_bits", block_bits), ranks=ranks)
    sweep.has(undisturbed[name])
    assert sweep.last_run()["masks"] == sweep.read("values").size


@pytest.mark.parametrize("missing", [[0], [1, 2], [0, 1, 2, 3], [-1, 0]])
def test_parts_of_the_range_are_missing(
    tmp_path: Path, undisturbed: dict[str, dict[str, bytes]], missing: list[int]
) -> None:
    """The masks looked at are 4 blocks of 16: what is evaluated again tells the noise anew, or leaves it."""
    sweep = swept(tmp_path, PIECES["digits"], *SMALL, *setting("sweep.block_bits", 4))
    with h5py.File(sweep.file, "r+") as results:
        results["samples/status"][0] = 0
        for block in missing:
            results["progress/values_done"][0, first_of_range(16) // 16 + block] = 0
        if 0 in missing:
            results["samples/noise_sigma"][0] = np.nan
    sweep.complete(*SMALL)
    assert sweep.last_run()["masks"] == 16 * len(missing)
    sweep.has(undisturbed["digits"])
    sweep.verify()


@pytest.mark.parametrize("ranks", [1, 3])
def test_killed(tmp_path: Path, undisturbed: dict[str, dict[str, bytes]], ranks: int) -> None:
    """A block that is flagged has left its noise in the file."""
    sweep, before = Sweep(tmp_path, PIECES["digits"]), 0
    for _ in range(2):
        job = sweep.start(*SMALL, *setting("sweep.block_bits", 6), ranks=ranks)
        wait_for(lambda stored=before: sweep.file.exists() and sweep.flagged() > stored)
        job.kill()
        before = sweep.flagged()
        with opened(sweep.file) as results:
            told = results["progress/values_done"][0, first_of_range(16) // 64] == 1
            assert not told or np.isfinite(results["samples/noise_sigma"][0])
        if before == 1 << 16:
            break
    sweep.complete(*SMALL, ranks=ranks)
    sweep.has(undisturbed["digits"])


# ---- unknown, given, not wanted ----


def test_unknown_without_an_input(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(3, [4, 9]))
    outcome = sweep.complete()
    assert np.isnan(sigmas(sweep.file)).all()
    assert np.isnan(sweep.read("orders/noise_floor")).all()
    assert "noise" not in outcome.err


@pytest.mark.parametrize(("given", "sigma", "block_bits"), [("none", np.nan, 8), (2e-3, 2e-3, 16), (0, 0.0, 8)])
def test_given_or_not_wanted(tmp_path: Path, given: object, sigma: float, block_bits: int) -> None:
    """Whole samples and one that is split; nothing is evaluated for it."""
    config: Config = digits("1:2")
    sweep = Sweep(tmp_path, config)
    options = *setting("statistics.noise_sigma", given), *setting("sweep.block_bits", block_bits)
    outcome = sweep.complete(*options, ranks=2)
    assert np.array_equal(sigmas(sweep.file), [sigma], equal_nan=True)
    floor = sigma * 2 ** (np.arange(17) / 2)
    assert sweep.read("orders/noise_floor")[0] == pytest.approx(floor, rel=1e-14, nan_ok=True)
    assert "estimate the noise" not in outcome.err
    sweep.verify()


def test_cost_is_told_apart(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, cancer("0:7"))
    outcome = sweep.complete()
    assert f"in addition {7 * LOOKED_AT} masks to estimate the noise of v" in outcome.err
    run = sweep.last_run()
    assert (run["masks"], run["masks_for_target"]) == (7 << 12, 0)


def test_samples_that_fail(tmp_path: Path) -> None:
    """v = log(x0) + 1 / x1: no v for the first sample."""
    sweep = Sweep(tmp_path, network(tmp_path, "not_finite", [[1, 0], [2, 3]], "raw", baseline=np.ones(2, np.float32)))
    assert sweep.run().code == 2
    for _ in range(2):
        found = sigmas(sweep.file)
        assert sweep.read("samples/status").tolist() == [2, 1]
        assert np.isnan(found[0]) and 1e-9 < found[1] < 1e-6
        assert sweep.run("--retry-failed").code == 2
    sweep.verify(2)


def test_jumps_are_no_noise(tmp_path: Path) -> None:
    """A step at a value of the data: rounding of the output alone is known, and show says so."""
    sweep = swept(tmp_path, network(tmp_path, "step", [[0.3] * 6], "raw"))
    assert sweep.read("samples/noise_why").tolist() == [3]
    assert 1e-9 < sigmas(sweep.file)[0] < 1e-6
    assert "v jumps" in harsanyi("show", sweep.file, "--sample", 0).ends(0).out


# ---- the floor ----


def test_floor_of_planted_noise(tmp_path: Path) -> None:
    """Where nothing but noise is planted, interactions are as large as the floor says: the mean of I(S)^2 over the sets
    of one order is within 4 of its own standard deviations. Two sets of order m that share k players share the v of
    2^k sets, so their I(S) have correlation 2^(k-m), their squares 4^(k-m)."""
    sigma, n, count = 0.01, 12, 200
    sweep = swept(
        tmp_path, game(count, n, noise=sigma, orders=[1, 4], seed=8), *setting("statistics.noise_sigma", sigma)
    )
    orders = orders_of(n)
    with opened(sweep.file) as results:
        floor, interactions = results["orders/noise_floor"][()], results["interactions"][()]
        mean = results["orders/strength_mean"][()]
        assert np.array_equal(results["samples/noise_sigma"][()], np.full(count, sigma))
    assert floor == pytest.approx(np.tile(sigma * 2 ** (np.arange(n + 1) / 2), (count, 1)), rel=1e-14)
    for m in range(5, n + 1):
        units = interactions[:, orders == m] / floor[0, m]
        pairs = sum(comb(m, k) * comb(n - m, m - k) / comb(n, m) * 4.0 ** (k - m) for k in range(m + 1))
        assert abs((units**2).mean() - 1) < 4 * np.sqrt(2 * pairs / count), m
        assert np.abs(units).max() < 6
    assert mean[:, 5:10].mean(axis=0) == pytest.approx(floor[0, 5:10] * np.sqrt(2 / np.pi), rel=0.03)


def test_floor_of_a_network(tmp_path: Path) -> None:
    """The change of v between the sample and the moved one, on all masks, makes I(S) of about the floor's size."""
    pytest.importorskip("onnxruntime")
    given = datasets_of(CANCER["samples"])
    hdf5(tmp_path / "moved.h5", x=moved_rows(given["x"][:6]), label=given["label"][:6], players=given["players"])
    sweep = swept(tmp_path, cancer("0:6"))
    other = swept(tmp_path, cancer(None, "moved.h5"), name="moved_results.h5")
    change = other.read("values") - sweep.read("values")
    floor = sweep.read("orders/noise_floor")
    orders = orders_of(12)
    for i in range(6):
        within = change[i, first_of_range(12) : first_of_range(12) + LOOKED_AT]
        assert sigmas(sweep.file)[i] == pytest.approx(within.std(), rel=0.5)  # in another batch, with other rounding
        interactions = moebius(change[i])
        for m in range(1, 12):
            size = np.sqrt((interactions[orders == m] ** 2).mean())
            assert 0.1 * floor[i, m] < size < 3 * floor[i, m]
