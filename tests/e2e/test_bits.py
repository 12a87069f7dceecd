"""The numbers of a sweep are the same bits, however many ranks compute them and in whatever pieces."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from harness import Config, Sweep, cancer, digits, game, masks_by_rank, setting, swept

ALL_INDICES = {"statistics": {"indices": ["shapley", "banzhaf", "sii2", "stii2", "bii2", "multi_order"]}}


CASES: dict[str, Config] = {
    # 4, 5, ..., 12, 4, ... players: samples that end within a block, beside others of many blocks
    "uneven": game(20, [4, 12]) | ALL_INDICES,
    "big": game(2, 16),
    "digits": digits("1:2"),
    "cancer": cancer("0:30"),
}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, bytes]]:
    """The numbers of a case as a single process without mpirun finds them, with one block per sample."""
    known: dict[str, dict[str, bytes]] = {}

    def numbers_of(name: str) -> dict[str, bytes]:
        if name not in known:
            sweep = swept(tmp_path_factory.mktemp(name), CASES[name], *setting("sweep.block_bits", 16))
            known[name] = sweep.numbers()
        return known[name]

    return numbers_of


@pytest.mark.parametrize(
    ("name", "ranks", "block_bits"),
    [
        ("uneven", 1, 4),
        ("uneven", 2, "auto"),
        ("uneven", 8, 4),
        ("uneven", None, 8),
        ("big", 2, 8),
        ("big", 5, 10),
        ("big", None, "auto"),
        ("digits", 2, "auto"),
        ("digits", 3, 8),
        ("cancer", 3, 8),
        ("cancer", None, 10),
    ],
)
def test_any_ranks_and_blocks(
    tmp_path: Path, alone: Callable[[str], dict[str, bytes]], name: str, ranks: int | None, block_bits: int | str
) -> None:
    sweep = Sweep(tmp_path, CASES[name])
    counts = masks_by_rank(sweep.complete(*setting("sweep.block_bits", block_bits), ranks=ranks))
    assert len(counts) == (ranks or 1)
    assert sum(counts) == int((1 << sweep.read("samples/n_players").astype(np.int64)).sum())
    assert min(counts) > 0 or name != "digits"
    sweep.has(alone(name))


@pytest.mark.parametrize("block_bits", [8, 16])
def test_one_sample_over_several_ranks(tmp_path: Path, block_bits: int) -> None:
    one_sample = game(1, 16, sleep_us=20)  # 1.3 s of work
    sweep = Sweep(tmp_path, one_sample)
    counts = masks_by_rank(sweep.complete(*setting("sweep.block_bits", block_bits), ranks=3))
    assert sum(counts) == 1 << 16
    assert min(counts) > 0.2 * (1 << 16)
    fast = swept(tmp_path, game(1, 16), name="fast.h5")
    sweep.has(fast.numbers())


def test_more_ranks_than_rank_0_can_evaluate_beside(tmp_path: Path, alone: Callable[[str], dict[str, bytes]]) -> None:
    """In worlds of more than 16 ranks, rank 0 hands out work only."""
    sweep = Sweep(tmp_path, CASES["uneven"])
    assert "17 ranks: least" in sweep.complete(ranks=18).err
    sweep.has(alone("uneven"))


def test_predicted_target_over_several_ranks(tmp_path: Path) -> None:
    """Each rank with a part of the sample looks for the target itself; these evaluations are counted apart."""
    options = setting("model.target", "predicted")
    single, several = (Sweep(tmp_path, CASES["digits"], name) for name in ("single.h5", "several.h5"))
    for sweep, ranks in ((single, 1), (several, 3)):
        at_work = np.count_nonzero(masks_by_rank(sweep.complete(*options, ranks=ranks)))
        run = sweep.last_run()
        assert run["masks"] == 1 << 16
        assert run["masks_for_target"] == 256 * at_work
    several.has(single.numbers())
