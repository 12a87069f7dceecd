"""The numbers of a sweep are the same bits, however many ranks compute them and in whatever pieces."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from harness import (
    Config,
    Sweep,
    assert_same_numbers,
    cancer,
    digits,
    game,
    last_run,
    masks_by_rank,
    numbers,
    read,
    setting,
)

ALL_INDICES = {"statistics": {"indices": ["shapley", "banzhaf", "sii2", "stii2", "bii2", "multi_order"]}}


@dataclass(frozen=True)
class Case:
    config: Config
    smallest_block: int  # a block holds a batch at least


CASES = {
    # 4, 5, ..., 12, 4, ... players: samples that end within a block, beside others of many blocks
    "uneven": Case(game(20, [4, 12]) | ALL_INDICES, 4),
    "big": Case(game(2, 16), 8),
    "digits": Case(digits("1:2"), 8),
    "cancer": Case(cancer("0:30"), 8),
}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, bytes]]:
    """The numbers of a case as a single process without mpirun finds them, with one block per sample."""
    known: dict[str, dict[str, bytes]] = {}

    def numbers_of(name: str) -> dict[str, bytes]:
        if name not in known:
            sweep = Sweep(tmp_path_factory.mktemp(name), CASES[name].config)
            sweep.complete(*setting("sweep.block_bits", 16))
            known[name] = numbers(sweep.file)
        return known[name]

    return numbers_of


@pytest.mark.parametrize("ranks", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("name", CASES)
def test_any_number_of_ranks(tmp_path: Path, alone: Callable[[str], dict[str, bytes]], name: str, ranks: int) -> None:
    sweep = Sweep(tmp_path, CASES[name].config)
    outcome = sweep.complete(*setting("sweep.block_bits", CASES[name].smallest_block), ranks=ranks)
    counts = masks_by_rank(outcome)
    assert len(counts) == ranks
    assert sum(counts) == int((1 << read(sweep.file, "samples/n_players").astype(np.int64)).sum())
    assert_same_numbers(sweep.file, alone(name))


@pytest.mark.parametrize("block_bits", [8, 10, "auto"])
@pytest.mark.parametrize("name", CASES)
def test_any_blocks(tmp_path: Path, alone: Callable[[str], dict[str, bytes]], name: str, block_bits: int | str) -> None:
    sweep = Sweep(tmp_path, CASES[name].config)
    sweep.complete(*setting("sweep.block_bits", block_bits))
    assert_same_numbers(sweep.file, alone(name))


@pytest.mark.parametrize("block_bits", [8, 16])
def test_one_sample_over_several_ranks(tmp_path: Path, block_bits: int) -> None:
    one_sample = game(1, 16, sleep_us=40)  # 2.6 s of work
    sweep = Sweep(tmp_path, one_sample)
    counts = masks_by_rank(sweep.complete(*setting("sweep.block_bits", block_bits), ranks=3))
    assert sum(counts) == 1 << 16
    assert min(counts) > 0.2 * (1 << 16)
    fast = Sweep(tmp_path, game(1, 16), "fast.h5")
    fast.complete()
    assert_same_numbers(sweep.file, numbers(fast.file))


def test_one_digit_over_several_ranks(tmp_path: Path, alone: Callable[[str], dict[str, bytes]]) -> None:
    sweep = Sweep(tmp_path, CASES["digits"].config)
    counts = masks_by_rank(sweep.complete(ranks=2))
    assert sum(counts) == 1 << 16
    assert min(counts) > 0
    assert_same_numbers(sweep.file, alone("digits"))


def test_more_ranks_than_rank_0_can_evaluate_beside(tmp_path: Path, alone: Callable[[str], dict[str, bytes]]) -> None:
    """In worlds of more than 16 ranks, rank 0 hands out work only."""
    sweep = Sweep(tmp_path, CASES["uneven"].config)
    assert "17 ranks: least" in sweep.complete(ranks=18).err
    assert_same_numbers(sweep.file, alone("uneven"))


def test_predicted_target_over_several_ranks(tmp_path: Path) -> None:
    """Each rank with a part of the sample looks for the target itself; these evaluations are counted apart."""
    options = setting("model.target", "predicted")
    single, spread = (Sweep(tmp_path, CASES["digits"].config, name) for name in ("single.h5", "spread.h5"))
    for sweep, ranks in ((single, 1), (spread, 3)):
        at_work = np.count_nonzero(masks_by_rank(sweep.complete(*options, ranks=ranks)))
        run = last_run(sweep.file)
        assert run["masks"] == 1 << 16
        assert run["masks_for_target"] == 256 * at_work
    assert_same_numbers(spread.file, numbers(single.file))
