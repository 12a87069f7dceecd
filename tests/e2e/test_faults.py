"""Disks that fill up or fail, results files that others touch under a sweep: nothing that was flagged is lost, the
message names file and cause, and once the cause is gone the same command leads to the same bits.

The calls fail in a library that is preloaded (tests/support/preload). HARSANYI_FAULTS says at how many places the disk
fills up (default 32).
"""

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from harness import (
    ENVIRONMENT,
    PROGRAM,
    Outcome,
    Sweep,
    block_masks,
    check_blocks,
    datasets,
    forget,
    game,
    harsanyi,
    masks_flagged,
    numbers,
    opened,
    put,
    read,
    setting,
    spread,
    swept,
)
from preload import calls, faults, log_of, needs_libraries, preloaded, side_by_side

PLACES = int(os.environ.get("HARSANYI_FAULTS", "32"))
SAYS = {
    "ENOSPC": "No space left on device: make room on that disk",
    "EDQUOT": "Disk quota exceeded: your quota is used up; make room",
    "EIO": "Input/output error: the disk or file server failed",
    "EROFS": "Read-only file system: it was mounted read-only",
    "ESTALE": "Stale file handle: the disk or file server failed",
}

pytestmark = needs_libraries


# ---- a file that is half done, the same one every time ----

CONFIG = game(10, [8, 11])  # n = 8, 9, 10, 11, 8, ...: of 1, 2, 4, 8, 1, ... blocks
BLOCK_BITS = setting("sweep.block_bits", 8)


@dataclass(frozen=True)
class Known:
    half_done: Path
    numbers: dict[str, bytes]
    values: np.ndarray


def undo(file: Path) -> None:
    """From a complete file to one of a sweep that was killed: two samples are done, of one half of the blocks are
    stored, of one all of them; what is not flagged is rubbish."""
    done = read(file, "progress/values_done")
    done[2], done[4:] = [1, 0, 1, 0, 0, 0, 0, 0], 0
    forget(file, np.s_[2:])
    put(file, "progress/values_done", done)
    values = read(file, "values")
    values.reshape(*done.shape, -1)[done == 0] = 7.0
    put(file, "values", values)
    with opened(file) as results:
        made = [dataset.name for group in ("orders", "conditions", "indices") for dataset in results[group].values()]
    for name in ("interactions", *made):
        put(file, name, 7, np.s_[2:])


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Known:
    sweep = swept(tmp_path_factory.mktemp("known"), CONFIG, *BLOCK_BITS)
    found = Known(sweep.folder / "half_done.h5", sweep.numbers(), sweep.read("values"))
    shutil.copy(sweep.file, found.half_done)
    undo(found.half_done)
    check_blocks(found.half_done, found.values)
    return found


def half_done(folder: Path, known: Known) -> Sweep:
    folder.mkdir()
    sweep = Sweep(folder, CONFIG)
    shutil.copy(known.half_done, sweep.file)
    return sweep


def goes_on(sweep: Sweep, known: Known) -> None:
    """What is flagged is right and is not evaluated again; the same command ends with the undisturbed run's bits."""
    check_blocks(sweep.file, known.values)
    assert harsanyi("verify", sweep.file).code in (0, 2)
    left = int(block_masks(sweep.file).sum()) - sweep.flagged()
    sweep.complete()
    sweep.has(known.numbers)
    check_blocks(sweep.file, known.values)
    if left > 0:
        assert sweep.last_run()["masks"] == left


# ---- where calls fail ----


@dataclass(frozen=True)
class Place:
    """The `at`-th call that touches a dataset, or of the calls of one kind while the file is made."""

    what: str
    at: int
    span: tuple[int, int] | None = None  # bytes; None: while the file is made

    def fails(self, file: Path, **settings: object) -> dict[str, str]:
        if not self.span:
            return faults(file.with_name(file.name + ".tmp"), fault_at=self.at, **settings)
        span = f"{self.span[0]}:{self.span[1]}"
        return faults(file, fault_call="write", fault_range=span, fault_at=self.at, **settings)


def spans(file: Path) -> dict[str, tuple[int, int]]:
    """The bytes of each dataset."""
    with opened(file) as results:
        places = {name: (item.id.get_offset(), item.id.get_storage_size()) for name, item in datasets(results).items()}
    return {name: (first, first + size) for name, (first, size) in places.items()}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory, known: Known) -> list[Place]:
    """PLACES of all the writes of an undisturbed run, of each dataset some; a fourth of them while the file is made."""
    folder = tmp_path_factory.mktemp("counted")
    fresh = Sweep(folder, CONFIG, "fresh.h5")
    assert fresh.run(*BLOCK_BITS, environment=faults(folder / "fresh.h5.tmp")).code == 0
    made = len(calls(fresh.file))
    log_of(fresh.file).unlink()
    sweep = half_done(folder / "sweep", known)
    assert sweep.run(environment=faults(sweep.file, fault_call="write")).code == 0
    sweep.has(known.numbers)
    writes = [(first, first + length) for _, first, length, _ in calls(sweep.file)]
    found = [Place("creation", at) for at in spread(made, PLACES // 4)]
    extents = spans(sweep.file)
    touched = {name: sum(first < span[1] and end > span[0] for first, end in writes) for name, span in extents.items()}
    names = sorted(name for name, count in touched.items() if count)
    one_each = {"values", "interactions", "samples/status", "progress/values_done", "progress/heartbeat"}
    assert one_each | {"summary/valid"} <= set(names)
    wanted = PLACES - len(found)
    # The first write of every dataset, then more of those that have more, ever closer together.
    in_turn: list[Place] = []
    for many in range(1, max(touched.values()) + 1):
        for name in names:
            more = set(spread(touched[name], many)) - set(spread(touched[name], many - 1))
            in_turn += [Place(name, at, extents[name]) for at in sorted(more)]
        if len(in_turn) >= wanted and many >= 2:
            break
    return found + [in_turn[i * len(in_turn) // wanted] for i in range(wanted)]


def check_place(folder: Path, known: Known, place: Place, error: str) -> bool:
    """Whether there was that write: a slow machine commits more at a time than when they were counted."""
    if place.span:
        sweep = half_done(folder, known)
    else:
        folder.mkdir()
        sweep = Sweep(folder, CONFIG)
    outcome = sweep.run(*BLOCK_BITS, environment=place.fails(sweep.file, fault_error=error))
    failed = [call for call, _, _, fails in calls(sweep.file) if fails]
    if not failed and place.at > 1:
        assert outcome.code == 0, outcome.err
        return False
    assert failed, f"nothing failed: {outcome.err}"
    assert sweep.left_over() == []
    assert str(sweep.file) in outcome.err
    if not place.span:
        assert not sweep.file.exists()
        # Space that cannot be reserved is found before anything is written, as is a file that cannot be made.
        assert outcome.code == (1 if failed[0] in ("allocate", "open") else 3), outcome.err
        assert SAYS[error].partition(":")[0] in outcome.err or "no space" in outcome.err, outcome.err
        sweep.complete(*BLOCK_BITS)
        sweep.has(known.numbers)
        return True
    assert outcome.code == 3, outcome.err
    assert SAYS[error] in outcome.err
    goes_on(sweep, known)
    return True


def test_full_disk_at_any_write(tmp_path: Path, known: Known, places: list[Place]) -> None:
    assert len(places) == PLACES
    hit = side_by_side(lambda i: check_place(tmp_path / str(i), known, places[i], "ENOSPC"), list(range(PLACES)))
    assert sum(hit) > 0.7 * PLACES


@pytest.mark.parametrize("error", ["EIO", "EROFS", "EDQUOT", "ESTALE"])
def test_disk_that_fails(tmp_path: Path, known: Known, places: list[Place], error: str) -> None:
    some = places[:: max(1, PLACES // 3)]
    assert any(side_by_side(lambda i: check_place(tmp_path / str(i), known, some[i], error), list(range(len(some)))))


@pytest.mark.parametrize("error", ["SHORT", "EINTR"])
def test_writes_that_are_cut_short_or_interrupted(tmp_path: Path, known: Known, error: str) -> None:
    """Neither is a failure."""
    sweep = half_done(tmp_path / "sweep", known)
    once = {"fault_once": 1} if error == "EINTR" else {}
    sweep.run(environment=faults(sweep.file, fault_call="write", fault_error=error, fault_at=5, **once)).ends(0)
    assert any(fails for *_, fails in calls(sweep.file))
    sweep.has(known.numbers)


def test_failed_sync(tmp_path: Path, known: Known) -> None:
    """After a sync that failed nobody knows what is on disk, even if the next one succeeds: nothing more is flagged."""
    sweep = half_done(tmp_path / "counted", known)
    assert sweep.run(environment=faults(sweep.file, fault_call="sync")).code == 0
    count = len(calls(sweep.file))
    assert count >= 6  # the start, two of a commit, the end, two of /summary
    before = (known.half_done, masks_flagged(known.half_done))

    def check(at: int) -> None:
        sweep = half_done(tmp_path / str(at), known)
        log = faults(sweep.file, fault_call="sync", fault_at=at, fault_error="EIO", fault_once=1)
        outcome = sweep.run(environment=log)
        if at > 6 and outcome.code == 0:  # fewer commits than when the calls were counted
            return
        assert outcome.code == 3, outcome.err
        assert f"{sweep.file}: fdatasync: {SAYS['EIO']}" in outcome.err
        assert [fails for *_, fails in calls(sweep.file)] == [False] * (at - 1) + [True]
        if at <= 2:  # the start's own, and of the first commit the one before its flags
            assert sweep.flagged() == before[1]
            assert (sweep.read("samples/status") == read(before[0], "samples/status")).all()
        goes_on(sweep, known)

    side_by_side(check, list(range(1, count + 1)))


def test_failed_rename_of_a_new_file(tmp_path: Path, known: Known) -> None:
    sweep = Sweep(tmp_path, CONFIG)
    sweep.run(environment=faults(sweep.file, fault_call="rename", fault_at=1, fault_error="EIO")).ends(
        3, str(sweep.file), SAYS["EIO"]
    )
    assert not sweep.file.exists()
    assert sweep.left_over() == []
    sweep.complete(*BLOCK_BITS)
    sweep.has(known.numbers)


def test_failed_sync_of_the_folder(tmp_path: Path, known: Known) -> None:
    """The new name may be lost when the machine fails, so nothing is built on it; the same command goes on."""
    sweep = Sweep(tmp_path, CONFIG)
    sweep.run(
        *BLOCK_BITS, environment=faults(tmp_path, fault_call="sync", fault_at=1, fault_error="EIO", fault_log="")
    ).ends(3, f"the folder of {sweep.file} cannot be synced: {SAYS['EIO']}")
    assert sweep.left_over() == []
    sweep.complete(*BLOCK_BITS)
    sweep.has(known.numbers)


def test_fresh_keeps_the_old_file_when_the_new_one_has_no_room(tmp_path: Path, known: Known) -> None:
    sweep = half_done(tmp_path / "sweep", known)
    before = sweep.file.read_bytes()
    for at in (1, 30):
        outcome = sweep.run("--fresh", *BLOCK_BITS, environment=faults(Path(f"{sweep.file}.tmp"), fault_at=at))
        assert outcome.code in (1, 3), outcome.err
        assert sweep.file.read_bytes() == before
        assert sweep.left_over() == []


def test_disk_fills_up_under_the_combine_thread(tmp_path: Path) -> None:
    """A sample over several ranks: its parts are whole, its transform does not fit."""
    sweep = Sweep(tmp_path, game(1, 13))
    smooth = swept(tmp_path, game(1, 13), name="smooth.h5")
    values = smooth.read("values")
    options = setting("sweep.block_bits", 9)
    job = sweep.started(*options, *setting("model.sleep_us", 500), ranks=2)
    job.kill()
    first = spans(sweep.file)["interactions"]
    environment = faults(sweep.file, fault_call="write", fault_at=1, fault_range=f"{first[0]}:{first[1]}")
    sweep.run(ranks=2, environment=environment).ends(3, SAYS["ENOSPC"])
    assert sweep.last_run()["exit"] == b"broken"
    check_blocks(sweep.file, values)
    sweep.complete(ranks=2)
    sweep.has(smooth.numbers())


def makers(sweep: Sweep, shards: list[Path]) -> dict[str, Callable[[Path], list[object]]]:
    """What makes a file out of a sweep's and its shards."""
    return {
        "analyze": lambda out: ["analyze", sweep.file, "-o", out, *setting("statistics.salience", 0.1)],
        "compare": lambda out: ["compare", sweep.file, sweep.file, "-o", out],
        "merge": lambda out: ["merge", out, *shards],
    }


def test_no_room_for_what_other_commands_make(tmp_path: Path) -> None:
    """There is no such file then, and a file that it is made from is as it was."""
    sweep = swept(tmp_path, game(6, 8))
    before = sweep.file.read_bytes()
    commands = makers(sweep, sweep.shards(2))

    def run(command: str, out: Path, **failing: object) -> Outcome:
        environment = faults(out.with_name("out.h5*"), **failing) if failing else {}
        return harsanyi(*commands[command](out), environment=environment)

    def check(command: str) -> None:
        folder = tmp_path / command
        folder.mkdir()
        out = folder / "out.h5"
        run(command, out, fault_call="write").ends(0)
        expected, count = numbers(out), len(calls(out))
        failures: list[dict[str, object]] = [
            {"fault_call": "write", "fault_at": at, "fault_error": "ENOSPC"} for at in spread(count, 4)
        ]
        failures += [{"fault_call": call, "fault_at": 1, "fault_error": "EIO"} for call in ("sync", "rename")]
        for failing in failures:
            out.unlink()
            log_of(out).unlink()
            run(command, out, **failing).ends(3, str(out), SAYS[str(failing["fault_error"])].partition(":")[0])
            assert [path.name for path in folder.iterdir()] == ["calls.log"]
            run(command, out).ends(0)
            assert numbers(out) == expected
            assert sweep.file.read_bytes() == before

    side_by_side(check, list(commands))


@pytest.mark.parametrize("look", [{}, {"fault_look": 1}], ids=["program", "look"])
def test_results_that_cannot_be_read(tmp_path: Path, look: dict[str, int]) -> None:
    """A disk that fails is no damage to the file: nobody is told to throw it away."""
    sweep = swept(tmp_path, game(3, 9))

    def check(command: str) -> None:
        folder = tmp_path / command
        folder.mkdir()
        file = folder / "results.h5"
        shutil.copy(sweep.file, file)
        assert harsanyi(command, file, environment=faults(file, fault_call="read", **look)).code == 0
        count = len(calls(file))
        for at in spread(count, PLACES // 4):
            environment = faults(file, fault_call="read", fault_at=at, fault_error="EIO", **look)
            outcome = harsanyi(command, file, environment=environment)
            said = outcome.out + outcome.err
            assert outcome.code == 3, f"read {at} of {count}: {said}"
            assert "Input/output error" in said, f"read {at} of {count}: {said}"
            assert "damaged" not in said, f"read {at} of {count}: {said}"

    side_by_side(check, ["status", "show", "verify"])


@pytest.mark.parametrize("error", ["SHORT", "EINTR"])
def test_reads_that_are_cut_short_or_interrupted(tmp_path: Path, error: str) -> None:
    """Neither is a failure."""
    sweep = swept(tmp_path, game(3, 9))
    log = {"fault_call": "read", "fault_error": error}
    assert harsanyi("verify", sweep.file, environment=faults(sweep.file, **log)).code == 0
    count = len(calls(sweep.file))
    for at in spread(count, 6):
        harsanyi("verify", sweep.file, environment=faults(sweep.file, fault_at=at, fault_once=1, **log)).ends(0)


# ---- disks as they are ----


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"no small file system without root: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def fill_up(filler: Path) -> None:
    with pytest.raises(OSError, match="No space left"), filler.open("wb", buffering=0) as full:
        while full.write(bytes(4096)) > 0:
            pass


def test_disk_that_is_filled_by_others_and_reserves_nothing(small_disk: Path, known: Known) -> None:
    """Some file systems cannot reserve space: there a sweep is told of it, and may meet a full disk under way."""
    sweep = Sweep(small_disk, CONFIG)
    environment = faults(Path(f"{sweep.file}.tmp"), fault_call="allocate", fault_at=1, fault_error="EOPNOTSUPP")
    environment |= {"HARSANYI_FAULT_LOG": ""}
    job = sweep.started(*BLOCK_BITS, *setting("model.sleep_us", 150), environment=environment)
    fill_up(small_disk / "filler")
    job.wait().ends(3, "cannot reserve space", f"{sweep.file}: write at byte", SAYS["ENOSPC"])
    (small_disk / "filler").unlink()
    goes_on(sweep, known)


def test_whoever_makes_a_file_tells_that_nothing_is_reserved(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(4, 5))
    shards = sweep.shards(2)
    sweep.complete()
    environment = preloaded(
        "faults.so", fault_file=tmp_path / "out*", fault_call="allocate", fault_at=1, fault_error="EOPNOTSUPP"
    )
    for arguments in (
        ("merge", tmp_path / "out-merge.h5", *shards),
        ("analyze", sweep.file, "-o", tmp_path / "out-analyze.h5"),
    ):
        outcome = harsanyi(*arguments, environment=environment).ends(0)
        assert "harsanyi: warning: " in outcome.err and "cannot reserve space" in outcome.err, outcome.err


def test_disk_too_small_and_disk_that_is_filled_by_others(small_disk: Path, known: Known) -> None:
    filler = small_disk / "filler"
    filler.write_bytes(bytes(600_000))
    sweep = Sweep(small_disk, CONFIG)
    sweep.run(*BLOCK_BITS).ends(1, f"{sweep.file}: no space")
    assert not sweep.file.exists()
    assert sweep.left_over() == []
    filler.unlink()
    job = sweep.started(*BLOCK_BITS, *setting("model.sleep_us", 150))
    fill_up(filler)
    job.wait().ends(0)
    sweep.has(known.numbers)


def test_limit_on_file_sizes(tmp_path: Path, known: Known) -> None:
    """A message instead of SIGXFSZ."""
    sweep = Sweep(tmp_path, CONFIG)
    limited = subprocess.run(
        [PROGRAM, "run", sweep.config, *BLOCK_BITS],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert limited.returncode == 1, limited.stderr
    assert "ulimit -f" in limited.stderr
    assert not sweep.file.exists()
    assert sweep.left_over() == []
    sweep.complete(*BLOCK_BITS)
    sweep.has(known.numbers)


# ---- a results file that others touch ----


def truncate(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def empty(file: Path) -> None:
    os.truncate(file, 0)


def move_away(file: Path) -> None:
    file.rename(file.with_name("elsewhere.h5"))


def replace(file: Path) -> None:
    copy = file.with_name("copy.h5")
    shutil.copy(file, copy)
    copy.rename(file)


def test_file_that_others_cut_move_or_replace(tmp_path: Path, known: Known) -> None:
    """It is noticed at the next commit."""

    def check(touch: Callable[[Path], None]) -> None:
        folder = tmp_path / touch.__name__
        folder.mkdir()
        sweep = Sweep(folder, CONFIG)
        job = sweep.started(*BLOCK_BITS, *setting("model.sleep_us", 400))
        touch(sweep.file)
        outcome = job.wait(timeout=30).ends(1)
        says = {
            truncate: "was truncated from",
            empty: "was truncated from",
            move_away: "was deleted or moved away",
            replace: "was replaced by another file",
        }
        assert f"{sweep.file}: {says[touch]}" in outcome.err
        if touch in (truncate, empty):
            sweep.run().ends(1, str(sweep.file))
            sweep.file.unlink()
            sweep.complete(*BLOCK_BITS)
            sweep.has(known.numbers)
        elif touch is replace:  # its flags are true of what was stored when it was copied
            goes_on(sweep, known)
        else:
            (folder / "elsewhere.h5").rename(sweep.file)
            goes_on(sweep, known)

    side_by_side(check, [truncate, empty, move_away, replace])
