"""Memory that runs out: wherever the program asks for it and is refused, it ends with exit code 3 and says so, or does
without. It never crashes nor hangs, calls no file damaged for it, leaves nothing half made, and the same command leads
to the same bits once there is memory.

The requests fail in a library that is preloaded (tests/support/preload/memory.c), one at a time. HARSANYI_ALLOCATIONS
says at how many places of each command (default 8).
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from harness import (
    PROGRAM,
    Outcome,
    Sweep,
    assert_same_numbers,
    cancer,
    forget,
    harsanyi,
    numbers,
    put,
    setting,
    spread,
    swept,
)
from preload import LIBRARIES, preloaded, side_by_side

PLACES = int(os.environ.get("HARSANYI_ALLOCATIONS", "8"))

# Sanitizers keep the memory themselves; what counts lines asks for memory within the program, and crashes without.
INSTRUMENTED = any(name in Path(PROGRAM).read_bytes() for name in (b"__asan_init", b"__tsan_init", b"__gcov_exit"))

pytestmark = pytest.mark.skipif(
    not (LIBRARIES / "memory.so").is_file() or INSTRUMENTED,
    reason=f"no libraries to preload in {LIBRARIES}, or an instrumented program",
)


@dataclass(frozen=True)
class Known:
    """A finished sweep, one that is half done, and two shards."""

    sweep: Sweep
    half_done: Path
    shards: list[Path]
    numbers: dict[str, bytes]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    folder = tmp_path_factory.mktemp("known")
    sweep = swept(folder, cancer("0:3"))
    half_done = folder / "half_done.h5"
    shutil.copy(sweep.file, half_done)
    forget(half_done, np.s_[1:])
    put(half_done, "progress/values_done", 1, 1)
    return Known(sweep, half_done, sweep.shards(2), sweep.numbers())


def expect_no_memory(outcome: Outcome, place: str) -> None:
    said = outcome.out + outcome.err
    assert outcome.code in (0, 3), f"{place}: exit code {outcome.code}: {said}"
    assert outcome.code == 0 or "memory" in said, f"{place}: {said}"
    assert "damaged" not in said, f"{place}: {said}"


Run = Callable[[Path, dict[str, str] | None], Outcome]


def at_places(folder: Path, run: Run, after: Callable[[Path, Outcome], None], places: int = PLACES) -> None:
    """Counts the places of an undisturbed command, then refuses memory at some of them, each in a folder of its own."""

    def refuse(at: int) -> tuple[Outcome, list[str]]:
        """What comes of it, and the places that there were."""
        place, log = folder / str(at), folder / f"{at}.log"
        place.mkdir()
        outcome = run(place, preloaded("memory.so", memory_log=log, memory_at=at))
        return outcome, log.read_text().splitlines()

    def check(at: int) -> None:
        outcome, there = refuse(at)
        expect_no_memory(outcome, there[-1])
        after(folder / str(at), outcome)

    counted, there = refuse(0)
    counted.ends(0)
    assert len(there) > 10
    side_by_side(check, spread(len(there), places))


READERS: dict[str, Callable[[Known], list[object]]] = {
    "plan": lambda known: ["plan", known.sweep.config],
    "plan --json": lambda known: ["plan", known.sweep.config, "--json"],
    "status": lambda known: ["status", known.half_done],
    "status --json": lambda known: ["status", known.half_done, "--json"],
    "show": lambda known: ["show", known.sweep.file],
    "show --sample": lambda known: ["show", known.sweep.file, "--sample", 1, "--conditions"],
    "show --index": lambda known: ["show", known.sweep.file, "--index", "sii", "--players", "worst area,radius error"],
    "verify": lambda known: ["verify", known.sweep.file],
    "compare": lambda known: ["compare", known.sweep.file, known.sweep.file],
    "doctor": lambda known: ["doctor"],
}


@pytest.mark.parametrize("command", READERS)
def test_commands_that_read(tmp_path: Path, known: Known, command: str) -> None:
    arguments = READERS[command](known)

    def after(place: Path, _: Outcome) -> None:
        assert "failed" in place.with_suffix(".log").read_text()

    at_places(tmp_path, lambda _, environment: harsanyi(*arguments, environment=environment), after)


MAKERS: dict[str, Callable[[Known, Path], list[object]]] = {
    "analyze": lambda known, out: ["analyze", known.sweep.file, "-o", out, *setting("statistics.salience", 0.1)],
    "merge": lambda known, out: ["merge", out, *known.shards],
    "compare": lambda known, out: ["compare", known.sweep.file, known.sweep.file, "-o", out],
}


@pytest.mark.parametrize("command", MAKERS)
def test_commands_that_make_a_file(tmp_path: Path, known: Known, command: str) -> None:
    def run(folder: Path, environment: dict[str, str] | None) -> Outcome:
        return harsanyi(*MAKERS[command](known, folder / "out.h5"), environment=environment)

    def after(folder: Path, outcome: Outcome) -> None:
        if outcome.code != 0 and not (folder / "out.h5").exists():
            run(folder, None).ends(0)  # as if killed: removes a lock or a part that was left
        (folder / "out.h5.lock").unlink(missing_ok=True)  # killed after the file had its name
        assert [path.name for path in folder.iterdir()] == ["out.h5"]
        assert_same_numbers(folder / "out.h5", numbers(tmp_path / "0/out.h5"))

    at_places(tmp_path, run, after)


@pytest.mark.parametrize("ranks", [None, 2])
@pytest.mark.parametrize("resumed", [False, True])
def test_sweeps(tmp_path: Path, known: Known, resumed: bool, ranks: int | None) -> None:  # noqa: FBT001
    """What is done stays done, and the same command goes on."""

    def run(folder: Path, environment: dict[str, str] | None) -> Outcome:
        if resumed:
            shutil.copy(known.half_done, folder / "results.h5")
        return Sweep(folder, cancer("0:3")).run(ranks=ranks, environment=environment)

    def after(folder: Path, _: Outcome) -> None:
        sweep = Sweep(folder, cancer("0:3"))
        assert set(sweep.left_over()) <= {"results.h5.lock", "results.h5.tmp"}  # as after a kill
        sweep.complete(ranks=ranks)
        sweep.has(known.numbers)

    at_places(tmp_path, run, after, PLACES // (3 if ranks else 1))
