"""`harsanyi verify`: whole files pass, whatever they hold is told truthfully, and any flipped byte is found."""

import re
from pathlib import Path

from harness import Sweep, digits, flip_bit, game, harsanyi, opened, put, setting, swept


def shares_of_rounding(out: str) -> list[float]:
    """How much of what rounding explains was needed: of Theorem 1 and of the lemma."""
    return [float(share) for share in re.findall(r"at most \S+, (\S+) of what rounding explains", out)]


def test_a_flipped_byte_is_found(tmp_path: Path) -> None:
    sweep = swept(tmp_path, digits("0:2"))
    with opened(sweep.file) as results:
        at = results["orders/strength_mean"].id.get_offset() + 9
    flip_bit(sweep.file, at, 2)
    outcome = harsanyi("verify", sweep.file)
    assert (outcome.code, "/orders" in outcome.out) == (1, True), outcome.out
    flip_bit(sweep.file, at, 2)
    outcome = harsanyi("verify", sweep.file).ends(0)
    assert all(0 < share < 1 for share in shares_of_rounding(outcome.out))
    assert len(shares_of_rounding(outcome.out)) == 2


def test_long_rows_go_through_temporary_files(tmp_path: Path) -> None:
    """23 players are more than verify takes into memory."""
    sweep = swept(tmp_path, game(1, 23))
    room = tmp_path / "room"
    room.mkdir()
    harsanyi("verify", sweep.file, environment={"TMPDIR": str(room)}).ends(0)
    assert list(room.iterdir()) == []
    with opened(sweep.file) as results:
        offset = results["interactions"].id.get_offset()
    flip_bit(sweep.file, offset + 8 * 0x5A5A5A + 1)
    outcome = harsanyi("verify", sweep.file).ends(1)
    assert (
        "/interactions: sample 0 (index 0): not the transform of /values: 1 mask, the first is 0x5a5a5a" in outcome.out
    )
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []
    outcome = harsanyi("verify", sweep.file, environment={"TMPDIR": str(tmp_path / "nowhere")}).ends(1)
    assert "set TMPDIR to a folder with room" in outcome.out
    flip_bit(sweep.file, offset + 8 * 0x5A5A5A + 1)
    outcome = harsanyi("verify", sweep.file, environment={"TMPDIR": str(tmp_path / "nowhere")}).ends(3)
    assert "unknown: " in outcome.out


def test_summary_that_cannot_be_whole(tmp_path: Path) -> None:
    sweep = swept(tmp_path, game(3, 6))
    put(sweep.file, "samples/status", 0, 1)
    put(sweep.file, "progress/phase", 0, 1)
    outcome = harsanyi("verify", sweep.file).ends(1)
    assert "/summary/valid: is 1, but samples are left\n" in outcome.out


def test_incomplete_and_failed(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(6, 12, sleep_us=100))
    job = sweep.started(*setting("sweep.block_bits", 8), ranks=2)
    job.kill()
    outcome = harsanyi("verify", sweep.file)
    assert (outcome.code, "correct, but incomplete" in outcome.out) == (2, True), outcome.out
    sweep.complete(*setting("model.sleep_us", 0))
    assert harsanyi("verify", sweep.file).out.endswith("whole\n")
    failing = Sweep(tmp_path, game(6, [4, 9], fault="nan", fault_sample=2, fault_mask=3), "failing.h5")
    assert failing.run().code == 2
    outcome = harsanyi("verify", failing.file)
    assert (outcome.code, "correct, but with failed samples" in outcome.out) == (2, True), outcome.out
