"""What becomes of samples that cannot be evaluated: they fail with a reason, and the sweep goes on."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from checksum import crc32c_of_rows
from harness import Sweep, game, harsanyi, network, opened, setting, swept, table

TABLES = ("values", "interactions", "indices/shapley", "indices/sii2", "orders/strength_mean", "conditions/threshold")


def check_failed(sweep: Sweep, sample: int, kind: int, reason: str) -> None:
    """One sample has failed, with NaN in all its rows; all others are done."""
    with opened(sweep.file) as results:
        status = results["samples/status"][()]
        assert np.flatnonzero(status != 1).tolist() == [sample]
        assert status[sample] == 2
        assert results["samples/error_kind"][sample] == kind
        assert results["samples/error"][sample].decode() == reason
        for name in TABLES:
            assert np.isnan(results[name][sample]).all(), name
        assert not results["progress/values_done"][sample].any()
        assert results["progress/phase"][sample] == 0


@pytest.mark.parametrize(("fault", "word", "ranks"), [("nan", "NaN", None), ("inf", "+inf", 3)])
def test_bad_value_of_a_small_sample(tmp_path: Path, fault: str, word: str, ranks: int | None) -> None:
    sweep = Sweep(tmp_path, game(12, [5, 9], fault=fault, fault_sample=4, fault_mask=0x1A))
    sweep.run(ranks=ranks).ends(2)
    check_failed(sweep, 4, 1, f"mask 0x1a: output is {word}")
    sweep.run().ends(2, "complete already")
    sweep.complete("--retry-failed", *setting("model.fault", "none"))
    sweep.has(swept(tmp_path, game(12, [5, 9]), name="good.h5").numbers())


@pytest.mark.parametrize("ranks", [None, 3])
def test_bad_value_of_a_sample_over_several_ranks(tmp_path: Path, ranks: int | None) -> None:
    sweep = Sweep(tmp_path, game(2, 14, fault="nan", fault_sample=0, fault_mask=0x2B41, sleep_us=20))
    sweep.run(*setting("sweep.block_bits", 8), ranks=ranks).ends(2)
    check_failed(sweep, 0, 1, "mask 0x2b41: output is NaN")


def not_finite(folder: Path, x: list[list[float]] | np.ndarray, baseline: float) -> Sweep:
    """log(x0) + 1/x1 of two players, mask 0x1 for x0: NaN where x0 < 0."""
    config = network(folder, "not_finite", x, "raw")
    config["samples"]["baseline"] = baseline
    return Sweep(folder, config)


def test_lowest_bad_mask_of_a_network(tmp_path: Path) -> None:
    sweep = not_finite(tmp_path, [[1, 1], [2, -1], [-1, 2], [3, 1]], baseline=1)
    sweep.run().ends(2)
    check_failed(sweep, 2, 1, "mask 0x1: output is NaN")
    assert sweep.read("values")[0].tolist() == [1, 1, 1, 1]


OVERFLOW = "interactions overflow: v is up to 1.7e+308, and its interactions are beyond the largest number, 1.8e+308; "


@pytest.mark.parametrize("n", [8, 14, 18])
def test_interactions_that_overflow(tmp_path: Path, n: int) -> None:
    """Sample 1 of finite v fails, evaluated whole, and put together from ranges that an earlier start left."""
    random = np.random.default_rng(n)
    values = np.stack([random.random(2**n), random.choice([-1.7e308, 1.7e308], 2**n)])
    sweep = Sweep(tmp_path, table(tmp_path, values))
    assert harsanyi("plan", sweep.config).code == 0
    sweep.run().ends(2)
    check_failed(sweep, 1, 1, OVERFLOW + "scale v down")
    assert "interactions overflow" in harsanyi("status", sweep.file).out
    sweep.verify(2)
    with h5py.File(sweep.file, "r+") as results:
        blocks = values[1].reshape(results["progress/values_done"].shape[1], -1)
        results["values"][1] = values[1]
        results["progress/values_crc"][1] = crc32c_of_rows(blocks)
        results["progress/values_done"][1] = 1
        results["samples/status"][1] = 0
        results["samples/error_kind"][1] = 0
        results["samples/error"][1] = b""
    sweep.run().ends(2, "sample failed when its ranges were put together")
    check_failed(sweep, 1, 1, OVERFLOW + "scale v down")
    sweep.verify(2)


@pytest.mark.parametrize("ranks", [None, 2])
def test_transient_failure_is_tried_again(tmp_path: Path, ranks: int | None) -> None:
    config = game(10, 8, fault="transient", fault_sample=3, fault_mask=5, fault_times=1)
    sweep = swept(tmp_path, config, ranks=ranks)
    attempts = sweep.read("samples/attempts")
    assert 2 <= attempts[3] <= 3
    assert (sweep.read("samples/error_kind") == 0).all()
    sweep.has(swept(tmp_path, game(10, 8), name="good.h5").numbers())


def test_transient_failure_in_a_part_of_a_sample(tmp_path: Path) -> None:
    """Only the part is tried again, on whichever rank."""
    config = game(1, 13, fault="transient", fault_mask=0x1234, fault_times=1, sleep_us=50)
    sweep = swept(tmp_path, config | {"sweep": {"retries": 3, "block_bits": 8}}, ranks=3)
    assert 2 <= sweep.read("samples/attempts")[0] <= 4
    sweep.has(swept(tmp_path, game(1, 13), name="good.h5").numbers())


@pytest.mark.parametrize("samples", [10, 1])
def test_transient_failure_that_stays(tmp_path: Path, samples: int) -> None:
    config = game(samples, 10, fault="transient", fault_sample=0, fault_mask=5, fault_times=100)
    sweep = Sweep(tmp_path, config | {"sweep": {"retries": 2, "block_bits": 8}})
    sweep.run().ends(2)
    check_failed(sweep, 0, 2, "mask 0x5: injected transient fault")
    assert sweep.read("samples/attempts")[0] == 3
    assert sweep.run().code == 2  # tried again, in vain
    sweep.complete(*setting("model.fault", "none"))  # without --retry-failed
    sweep.has(swept(tmp_path, game(samples, 10), name="good.h5").numbers())


def test_all_fail_for_one_reason(tmp_path: Path) -> None:
    """When the first 16 samples have the same failure, the rest is left for later."""
    (sweep := not_finite(tmp_path, np.full((5000, 2), -1), baseline=-1)).run().ends(2, "all failed for the same reason")
    status = sweep.read("samples/status")
    assert 16 <= (status == 2).sum() < status.size
    assert set(status) == {0, 2}
