"""A sweep that is killed at any moment leaves a file that tells the truth, and the next start goes on with it.

HARSANYI_E2E_KILLS says how many sweeps are killed (default 4).
"""

import os
import random
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from checksum import crc32c, crc32c_of_rows
from harness import (
    Config,
    Sweep,
    block_masks,
    check_blocks,
    digits,
    flip_bit,
    game,
    harsanyi,
    moebius,
    opened,
    setting,
    swept,
    wait_for,
)

KILLS = int(os.environ.get("HARSANYI_E2E_KILLS", "4"))


@dataclass(frozen=True)
class Case:
    config: Config
    ranks: int | None
    block_bits: int
    seconds: float  # about as long as it takes undisturbed


CASES = [
    Case(game(2, 14, sleep_us=150), 2, 8, 3),  # samples of 64 blocks, each over all ranks
    Case(game(400, 8, sleep_us=40), 2, 8, 3),  # many small samples in a unit
    Case(digits("0:3"), 2, 10, 2.5),
    Case(game(6, 12, sleep_us=120), None, 10, 3.5),
    Case(digits("0:1"), 3, 8, 1.5),
    Case(game(14, [6, 12], sleep_us=400), 3, 9, 3),  # as the first two, uneven
]


@dataclass(frozen=True)
class Undisturbed:
    numbers: dict[str, bytes]
    values: np.ndarray


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[Undisturbed]:
    """What the cases give when nobody kills them."""
    known = []
    for case in CASES[:KILLS]:
        sweep = swept(
            tmp_path_factory.mktemp("undisturbed"),
            case.config,
            *setting("model.sleep_us", 0) if "game" in case.config["model"] else (),
        )
        known.append(Undisturbed(sweep.numbers(), sweep.read("values")))
    return known


@pytest.mark.parametrize("trial", range(KILLS))
def test_killed_at_any_moment(tmp_path: Path, undisturbed: list[Undisturbed], trial: int) -> None:
    case, known = CASES[trial % len(CASES)], undisturbed[trial % len(CASES)]
    options = setting("sweep.block_bits", case.block_bits)
    sweep = Sweep(tmp_path, case.config)
    chance = random.Random(trial)
    for _ in range(1 + trial % 2):
        job = sweep.start(*options, ranks=case.ranks)
        time.sleep(chance.uniform(0.25, 1.0) * case.seconds)
        job.kill()
        if sweep.file.exists():
            check_blocks(sweep.file, known.values)
            whole = (sweep.read("samples/status") == 1).all() and sweep.read("summary/valid") == 1
            assert harsanyi("verify", sweep.file).code == (0 if whole else 2)
    flagged = sweep.flagged() if sweep.file.exists() else 0
    whole = sweep.file.exists() and (sweep.read("samples/status") == 1).all()
    sweep.complete(ranks=case.ranks)  # the file's own block_bits win
    sweep.has(known.numbers)
    check_blocks(sweep.file, known.values)
    sweep.verify()
    if not whole:
        assert sweep.last_run()["masks"] == block_masks(sweep.file).sum() - flagged


def test_killed_again_and_again(tmp_path: Path) -> None:
    """Every start gets further, whatever befalls it, and no mask that is stored is evaluated again."""
    config = game(4, 13, sleep_us=100)  # 3.3 s of work
    smooth = swept(tmp_path, game(4, 13), name="smooth.h5")
    sweep = Sweep(tmp_path, config)
    before = 0
    for _ in range(3):
        job = sweep.start(*setting("sweep.block_bits", 8))
        wait_for(lambda stored=before: sweep.file.exists() and sweep.flagged() > stored)
        job.kill()
        assert sweep.last_run()["exit"] == b"running"
        before = sweep.flagged()
    assert 0 < before < 4 << 13
    sweep.complete()
    run = sweep.last_run()
    assert run["masks"] == (4 << 13) - before
    assert sweep.read("provenance/starts") == 4
    sweep.has(smooth.numbers())


def test_large_sample_is_killed_while_it_is_combined(tmp_path: Path) -> None:
    """The way of a sample of 30 players, at 22: many small ranges, a combine thread whose memory is a thousandth of the
    table, quartiles of a row that is not kept; killed while evaluating and twice while combining. The bits are those of
    an undisturbed run in one piece, and of the literal transform."""
    settings = {"statistics": {"curves": False}, "sweep": {"block_bits": 10}}
    smooth = swept(tmp_path, game(1, 22) | {"statistics": {"curves": False}}, name="smooth.h5")
    sweep = Sweep(tmp_path, game(1, 22) | settings)
    small = {"HARSANYI_PIECE_BITS": "12"}  # strips of 4 columns

    def phase() -> int:
        return int(sweep.read("progress/phase")[0])

    def combining(starts: int) -> bool:
        """In the start after so many: one whose last blocks were not flagged is back at phase 0 first."""
        return int(sweep.read("provenance/starts")) > starts and phase() == 1

    job = sweep.start(*setting("model.sleep_us", 2), ranks=3, environment=small)
    wait_for(lambda: sweep.file.exists() and sweep.flagged() > 1 << 20)
    job.kill()
    stored = sweep.flagged()
    assert 0 < stored < 1 << 22
    assert phase() == 0
    for starts, later in ((1, 0), (2, 0.3)):
        job = sweep.start(ranks=3, environment=small)
        wait_for(partial(combining, starts))
        time.sleep(later)
        job.kill()
        assert phase() == 1
        assert sweep.read("samples/status")[0] == 0
        sweep.verify(2)
        stored = sweep.flagged()
    outcome = sweep.run(ranks=3, environment=small).ends(0)
    assert sweep.last_run()["masks"] == (1 << 22) - stored
    assert "split samples: combining took" in outcome.err
    sweep.has(smooth.numbers())
    assert sweep.read("interactions").tobytes() == moebius(sweep.read("values")[0]).tobytes()
    assert harsanyi("verify", sweep.file, environment=small).code == 0


def test_a_start_that_stored_nothing_teaches_the_next_one(tmp_path: Path) -> None:
    """Units are no longer than they should be although nobody knows from before how long a mask takes."""
    sweep = Sweep(tmp_path, game(8, 8, sleep_us=2000))  # 4.1 s of work
    job = sweep.start()
    wait_for(sweep.file.exists)
    job.kill()
    assert sweep.flagged() == 0
    job = sweep.start()
    wait_for(lambda: sweep.flagged() > 0)
    job.kill()
    assert sweep.flagged() < 8 << 8
    assert 0 < sweep.last_run()["seconds"] < 30


def test_damaged_block_is_evaluated_again(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(1, 12, sleep_us=1000))
    job = sweep.started(*setting("sweep.block_bits", 8), ranks=2)
    job.kill()
    before = sweep.flagged()
    with opened(sweep.file) as results:
        block = int(np.flatnonzero(results["progress/values_done"][0])[0])
        offset = results["values"].id.get_offset() + 8 * 256 * block + 3
    flip_bit(sweep.file, offset)
    outcome = sweep.complete(*setting("model.sleep_us", 0))
    assert f"stored block {block} does not match its checksum" in outcome.err
    assert sweep.last_run()["masks"] == (1 << 12) - before + 256
    whole = swept(tmp_path, game(1, 12), name="whole.h5")
    sweep.has(whole.numbers())


def test_oracle_of_checksums() -> None:
    """The check value of the algorithm's catalogue entry, and the fast way against the plain one."""
    assert crc32c(b"123456789") == 0xE3069283
    rows = np.random.default_rng(1).normal(size=(3, 64))
    assert crc32c_of_rows(rows).tolist() == [crc32c(row.tobytes()) for row in rows]
