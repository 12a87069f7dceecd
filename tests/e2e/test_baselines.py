"""Several baselines: v is the mean over them, those of all samples or those of each."""

from pathlib import Path

import numpy as np
import pytest
from harness import CANCER, Sweep, cancer, datasets_of, harsanyi, hdf5

K, ROWS = 3, 5
GIVEN = {name: data for name, data in datasets_of(CANCER["samples"]).items() if name != "baseline"}
COUNT, FEATURES = GIVEN["x"].shape
SHARED = np.random.default_rng(5).normal(size=(K, FEATURES)).astype(np.float32)
OWN = np.random.default_rng(6).normal(size=(COUNT, K, FEATURES)).astype(np.float32)


def made(folder: Path, **baselines: np.ndarray) -> Sweep:
    """A sweep of the first samples, not yet run."""
    folder.mkdir()
    hdf5(folder / "samples.h5", **GIVEN, **baselines)
    return Sweep(folder, cancer(f"0:{ROWS}", "samples.h5", "from_file"))


def test_written_out_for_each_sample(tmp_path: Path) -> None:
    """The baselines of all samples, given once more for each, change no bit, no checksum and no hash."""
    shared = made(tmp_path / "shared", baselines=SHARED)
    each = made(tmp_path / "each", baselines=np.broadcast_to(SHARED, (COUNT, K, FEATURES)))
    shared.complete()
    each.complete()
    each.has(shared.numbers())
    each.verify()
    assert f"({K} baselines)" in harsanyi("plan", each.config).ends(0).out
    (each.folder / each.file.name).write_bytes(shared.file.read_bytes())
    each.run("--resume").ends(0, "complete already")


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    sweep = made(tmp_path_factory.mktemp("own") / "one", baselines=OWN)
    sweep.complete()
    return sweep


def test_mean_in_the_order_of_the_file(tmp_path: Path, own: Sweep) -> None:
    """v is, bit for bit, what sweeps with one baseline each give, added up from the first on and divided by K."""
    total = np.zeros(())
    for k in range(K):
        single = made(tmp_path / str(k), baseline=OWN[:, k])
        single.complete()
        total = single.read("values") if k == 0 else total + single.read("values")
    assert own.read("values").tobytes() == (total / K).tobytes()
    own.verify()


def test_any_ranks_and_shards(tmp_path: Path, own: Sweep) -> None:
    sweep = made(tmp_path / "ranks", baselines=OWN)
    sweep.complete(ranks=3)
    sweep.has(own.numbers())
    sweep.file.unlink()
    assert harsanyi("merge", sweep.file, *sweep.shards(2)).code == 0
    sweep.has(own.numbers())


def test_each_counts_in_the_checksum_of_its_sample(tmp_path: Path, own: Sweep) -> None:
    other = OWN.copy()
    other[1, K - 1, FEATURES - 1] += 1
    changed = made(tmp_path / "changed", baselines=other)
    changed.complete()
    differs = changed.read("samples/input_crc") != own.read("samples/input_crc")
    assert differs.tolist() == [row == 1 for row in range(ROWS)]
    (changed.folder / changed.file.name).write_bytes(own.file.read_bytes())
    changed.run("--resume").ends(1, "samples")
