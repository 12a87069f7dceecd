"""NaN in x or in a baseline is a missing value, for models that take it; for others their samples fail."""

from pathlib import Path

import numpy as np
import pytest
from harness import Sweep, harsanyi, hdf5, network, setting
from test_warnings import assert_said

X = np.array([[1, 2, -1, 0.5, 3], [1, np.nan, 0.5, 2, -2]], np.float32)
INSTEAD = np.array([0.5, -1, 2, 0.25, 1])  # of missing.onnx, whose v is exact in float32
GONE = np.full(5, np.nan, np.float32)
MASKS = np.arange(32)[:, None] >> np.arange(5) & 1
BOTH = "x holds NaN in 1 of 2 samples, and so does the baseline: taken as missing values"


def products(baseline: np.ndarray) -> np.ndarray:
    z = np.where(MASKS, X[:, None], baseline)
    return np.where(np.isnan(z), INSTEAD, z).prod(axis=2)


@pytest.mark.parametrize(("given", "options"), [({"baseline": GONE}, ()), ({}, setting("samples.baseline", ".nan"))])
def test_a_model_that_takes_missing_values(tmp_path: Path, given: dict[str, object], options: tuple[str, ...]) -> None:
    sweep = Sweep(tmp_path, network(tmp_path, "missing", X, "raw", **given))
    assert f"- {BOTH}" in harsanyi("plan", sweep.config, *options).ends(0).out
    sweep.complete(*options).ends(0, f"warning: {BOTH}")
    assert sweep.read("values").tolist() == products(GONE).tolist()
    assert sweep.read("interactions")[1][2::4].tolist() == [0] * 8  # player 1 is missing in every mask of sample 1
    assert np.isfinite(sweep.read("samples/noise_sigma")).all()
    assert_said(sweep.file, [BOTH])
    sweep.verify()
    sweep.complete(*options, "--resume").ends(0, "complete already")


def test_the_pattern_of_nan_does_not_matter(tmp_path: Path) -> None:
    """Checksums are those of float64 and of a NaN with a sign, too."""
    sums = []
    for name, x in (("a", X), ("b", np.where(np.isnan(X), -np.nan, X.astype(np.float64)))):
        folder = tmp_path / name
        folder.mkdir()
        sweep = Sweep(folder, network(folder, "missing", X, "raw", baseline=GONE))
        hdf5(folder / "samples.h5", x=x, baseline=GONE)
        sweep.complete()
        sums.append(sweep.read("samples/input_crc").tolist())
    assert sums[0] == sums[1]


def test_the_mean_is_of_the_values_there(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, network(tmp_path, "missing", X, "raw"))
    sweep.complete(*setting("samples.baseline", "mean")).ends(
        0,
        "x holds NaN in 1 of 2 samples: taken as missing values, which are left out of the mean that is the baseline",
    )
    np.testing.assert_allclose(sweep.read("values"), products(np.nanmean(X, axis=0)), rtol=1e-6)


def test_a_model_that_does_not_take_them(tmp_path: Path) -> None:
    """Its samples with NaN fail, and say why; the others, and what v is, do not suffer."""
    x = np.array([[np.nan, 0, 0, 0], [1, 2, 3, 4]], np.float32)
    sweep = Sweep(tmp_path, network(tmp_path, "softmax", x, "auto", label=np.array([0, 1])))
    sweep.run().ends(2, "from probabilities", "warning: x holds NaN in 1 of 2 samples: taken as missing values")
    assert sweep.read("samples/status").tolist() == [2, 1]
    says = "mask 0x1: output is NaN; x holds NaN, which not every model takes as missing"
    assert sweep.read("samples/error")[0].decode() == says
    planned = harsanyi("plan", sweep.config).ends(0)
    assert f"1 of 2 samples fail; the first: sample 0: {says}" in planned.out


def test_infinities_stay_refused(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, network(tmp_path, "missing", np.where(np.isnan(X), -np.inf, X), "raw", baseline=GONE))
    sweep.run().ends(1, "/x: sample 1, element 1 is -inf")
    harsanyi("run", sweep.config, *setting("samples.baseline", ".inf")).ends(1, "samples.baseline")
