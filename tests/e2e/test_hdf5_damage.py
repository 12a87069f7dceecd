"""Damaged HDF5 files: whatever HDF5 does on them (crash, hang, take memory without end), every command that is given
one ends by itself with exit code 1 and says in one line that the file is damaged.

tests/data/bad_hdf5 holds files that fuzzers found: each once crashed HDF5 1.10 or kept it busy, or was misread. Others
are made here.
"""

import os
import resource
import struct
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import ADDRESS_SANITIZER, REPOSITORY, Sweep, cancer, game, harsanyi
from preload import preloaded

FOUND = sorted((REPOSITORY / "tests/data/bad_hdf5").iterdir())
PROCESSOR_SECONDS = 8
# What a sanitizer says of HDF5 in the child is no failure; in the program itself the exit code is one.
CHILD = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":log_path=stderr"}
# Where HDF5 hangs, less patience: 3 of 20 seconds of processor time.
CHILD |= preloaded("clock_jump.so", timer_most=3)
TAKES_ALL = "takes all memory, which cannot be limited under the sanitizer"


# ---- what is done with a file ----


def as_samples(folder: Path, file: Path, command: str) -> tuple[object, ...]:
    config = cancer(None)
    config["samples"]["file"] = str(file)
    return command, Sweep(folder, config).config


def as_table(folder: Path, file: Path, command: str) -> tuple[object, ...]:
    return command, Sweep(folder, {"model": {"backend": "values", "file": str(file)}}).config


def as_results(folder: Path, file: Path, command: str) -> tuple[object, ...]:
    out = folder / "out.h5"
    return {
        "run": lambda: ("run", Sweep(folder, game(1, 2), file.name).config),
        "run --fresh": lambda: ("run", "--fresh", Sweep(folder, game(1, 2), file.name).config),
        "analyze": lambda: ("analyze", file, "-o", out),
        "compare": lambda: ("compare", file, file),
        "merge": lambda: ("merge", out, file),
    }.get(command, lambda: (command, file))()


USES = {
    "samples": (as_samples, ("plan", "run")),
    "table": (as_table, ("plan", "run")),
    "results": (
        as_results,
        ("show", "status", "verify", "analyze", "compare", "merge", "run", "run --fresh"),
    ),
}


def check_damaged(*arguments: object) -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    outcome = harsanyi(*arguments, environment=CHILD)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert outcome.code == 1, (arguments, outcome)
    lines = [line for line in outcome.err.splitlines() if "damaged" in line]
    assert len(lines) == 1, outcome.err
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < PROCESSOR_SECONDS


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("found", FOUND, ids=[file.stem for file in FOUND])
def test_files_that_did_harm(tmp_path: Path, found: Path, use: str) -> None:
    """Every command with the first of them, one with each of the others."""
    if ADDRESS_SANITIZER and "circles" in found.stem:
        pytest.skip(TAKES_ALL)
    words, commands = USES[use]
    for command in commands if found == FOUND[0] else commands[:1]:
        file = tmp_path / "bad.h5"
        file.write_bytes(found.read_bytes())
        check_damaged(*words(tmp_path, file, command))
        assert file.read_bytes() == found.read_bytes()


# ---- files that are damaged here ----

NOWHERE = 0xFFFFFFFFFFFFFF00
Content = bytearray


def number(content: Content, at: int) -> int:
    return int(struct.unpack_from("<Q", content, at)[0])


def set_number(content: Content, at: int, value: int) -> None:
    struct.pack_into("<Q", content, at, value)


def free_names_in_circles(content: Content) -> None:
    heap = content.index(b"HEAP")
    free = number(content, heap + 16)
    set_number(content, number(content, heap + 24) + free, free)


def names_nowhere(content: Content) -> None:
    set_number(content, content.index(b"HEAP") + 24, NOWHERE)


def tree_to_itself(content: Content) -> None:
    tree = content.index(b"TREE")
    content[tree + 5] = 1
    set_number(content, tree + 32, tree)


def name_beyond_the_heap(content: Content) -> None:
    set_number(content, content.index(b"SNOD") + 8, 1 << 40)


def too_many_links(content: Content) -> None:
    content[content.index(b"SNOD") + 6] = 200


def header_nowhere(content: Content) -> None:
    set_number(content, content.index(b"SNOD") + 16, NOWHERE)


def header_in_circles(content: Content) -> None:
    """Its first message becomes a continuation that leads to the header's own messages."""
    header = number(content, content.index(b"SNOD") + 16)
    content[header + 16] = 0x10
    set_number(content, header + 24, header + 16)
    set_number(content, header + 32, 24)


def strings_without_end(content: Content) -> None:
    """The free space of a heap of strings has no size: HDF5 1.10 never gets past it."""
    at = content.index(b"GCOL") + 16
    while content[at]:
        at += 16 + (number(content, at + 8) + 7 & ~7)
    set_number(content, at + 8, 0)


def strings_nowhere(content: Content) -> None:
    set_number(content, content.index(b"GCOL") + 8, NOWHERE)


def cut(content: Content) -> None:
    del content[len(content) // 2 :]


WAYS = [
    free_names_in_circles,
    names_nowhere,
    tree_to_itself,
    name_beyond_the_heap,
    too_many_links,
    header_nowhere,
    header_in_circles,
    strings_without_end,
    strings_nowhere,
    cut,
]


def small_file(file: Path) -> Content:
    with h5py.File(file, "w") as out:
        out["x"] = np.arange(60, dtype=np.float32).reshape(2, 30)
        out.create_dataset("player_names", data=["eye", "nose", "mouth"], dtype=h5py.string_dtype())
    return bytearray(file.read_bytes())


@pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])
def test_damage(tmp_path: Path, way: Callable[[Content], None]) -> None:
    if ADDRESS_SANITIZER and way is free_names_in_circles:
        pytest.skip(TAKES_ALL)
    file = tmp_path / "bad.h5"
    content = small_file(file)
    way(content)
    file.write_bytes(content)
    check_damaged(*as_samples(tmp_path, file, "plan"))


def test_any_flipped_bit(tmp_path: Path) -> None:
    """It may lie where nothing is; else it is damage, another shape or other names: never a crash, never for long."""
    if ADDRESS_SANITIZER:
        pytest.skip(TAKES_ALL)
    file = tmp_path / "bad.h5"
    good = small_file(file)
    random = np.random.default_rng(5)
    for _ in range(24):
        content = bytearray(good)
        content[random.integers(len(content) // 2)] ^= 1 << int(random.integers(8))
        file.write_bytes(content)
        outcome = harsanyi(*as_samples(tmp_path, file, "plan"), environment=CHILD)
        assert outcome.code in (0, 1), outcome.err
