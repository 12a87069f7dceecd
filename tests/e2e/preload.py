"""Libraries that are preloaded into the program (tests/support/preload): calls that fail, clocks that jump."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest
from harness import PROGRAM

LIBRARIES = Path(PROGRAM).resolve().parent / "tests"

needs_libraries = pytest.mark.skipif(
    not (LIBRARIES / "faults.so").is_file(), reason=f"no libraries to preload in {LIBRARIES}"
)


def preloaded(library: str, **settings: object) -> dict[str, str]:
    """The environment in which the program has the library, with its settings: HARSANYI_FAULT_AT for fault_at."""
    return {"LD_PRELOAD": str(LIBRARIES / library)} | {
        f"HARSANYI_{name.upper()}": str(value) for name, value in settings.items()
    }


def faults(file: Path, **settings: object) -> dict[str, str]:
    return preloaded("faults.so", **{"fault_file": file, "fault_log": log_of(file)} | settings)


def log_of(file: Path) -> Path:
    return file.parent / "calls.log"


def calls(file: Path) -> list[tuple[str, int, int, bool]]:
    """Of each call that counted: what it was, first byte, bytes, whether it failed."""
    lines = [line.split() for line in log_of(file).read_text().splitlines()]
    return [(line[1], int(line[2]), int(line[3]), len(line) > 4) for line in lines]


Item = TypeVar("Item")
Result = TypeVar("Result")


def side_by_side(check: Callable[[Item], Result], items: list[Item]) -> list[Result]:
    """Most of a short sweep is waiting for MPI to start."""
    with ThreadPoolExecutor(4) as pool:
        tasks = [pool.submit(check, item) for item in items]
    wrong = [f"{item}: {task.exception()}" for item, task in zip(items, tasks, strict=True) if task.exception()]
    assert wrong == []
    return [task.result() for task in tasks]
