"""Memory that runs out: wherever the program asks for it and is refused, it ends with exit code 3 and says so, or does
without. It never crashes nor hangs, calls no file damaged for it, leaves nothing half made, and the same command leads
to the same bits once there is memory.

The requests fail in a library that is preloaded (tests/support/preload/memory.c), one at a time. HARSANYI_ALLOCATIONS
says at how many places of each command (default 24).
"""

import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import h5py
import pytest
from harness import PROGRAM, Outcome, Sweep, assert_same_numbers, cancer, harsanyi, numbers, read, setting, spread

PLACES = int(os.environ.get("HARSANYI_ALLOCATIONS", "24"))
LIBRARY = Path(PROGRAM).resolve().parent / "tests/memory.so"

# Sanitizers keep the memory themselves; what counts lines asks for memory within the program, and crashes without.
INSTRUMENTED = any(name in Path(PROGRAM).read_bytes() for name in (b"__asan_init", b"__tsan_init", b"__gcov_exit"))

pytestmark = pytest.mark.skipif(
    not LIBRARY.is_file() or INSTRUMENTED,
    reason=f"no library to preload ({LIBRARY}), or an instrumented program",
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
    sweep = Sweep(folder, cancer("0:3"))
    sweep.complete()
    half_done = folder / "half_done.h5"
    shutil.copy(sweep.file, half_done)
    with h5py.File(half_done, "r+", locking=False) as results:
        results["summary/valid"][()] = 0
        results["samples/status"][1:] = 0
        results["progress/phase"][1:] = 0
        results["progress/values_done"][2] = 0
    shards = [folder / f"results.shard-{i}-of-2.h5" for i in range(2)]
    for i in range(2):
        assert sweep.run("--shard", f"{i}/2").code == 0
    return Known(sweep, half_done, shards, numbers(sweep.file))


def refusing(log: Path, at: int) -> dict[str, str]:
    return {"LD_PRELOAD": str(LIBRARY), "HARSANYI_MEMORY_LOG": str(log), "HARSANYI_MEMORY_AT": str(at)}


def refused(log: Path) -> bool:
    return any(line.startswith("failed") for line in log.read_text().splitlines())


def expect_no_memory(outcome: Outcome, place: str) -> None:
    said = outcome.out + outcome.err
    assert outcome.code in (0, 3), f"{place}: exit code {outcome.code}: {said}"
    assert outcome.code == 0 or "memory" in said, f"{place}: {said}"
    assert "damaged" not in said, f"{place}: {said}"


def at_places(
    folder: Path,
    first: Callable[[Path, dict[str, str]], Outcome],
    check: Callable[[Path, int], None],
    places: int = PLACES,
) -> None:
    """Counts the places of an undisturbed command, then checks some of them."""
    log = folder / "counted.log"
    counted = first(folder / "counted", refusing(log, 0))
    assert counted.code == 0, counted.err
    count = len(log.read_text().splitlines())
    assert count > 10
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(check, folder / str(at), at) for at in spread(count, places)]:
            done.result()


# ---- commands that only read ----

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

    def run(_folder: Path, environment: dict[str, str]) -> Outcome:
        return harsanyi(*arguments, environment=environment)

    def check(folder: Path, at: int) -> None:
        log = folder.with_suffix(".log")
        outcome = run(folder, refusing(log, at))
        assert refused(log)
        expect_no_memory(outcome, log.read_text().splitlines()[-1])

    at_places(tmp_path, run, check)


# ---- commands that make a file ----

MAKERS: dict[str, Callable[[Known, Path], list[object]]] = {
    "analyze": lambda known, out: ["analyze", known.sweep.file, "-o", out, *setting("statistics.salience", 0.1)],
    "merge": lambda known, out: ["merge", out, *known.shards],
    "compare": lambda known, out: ["compare", known.sweep.file, known.sweep.file, "-o", out],
}


@pytest.mark.parametrize("command", MAKERS)
def test_commands_that_make_a_file(tmp_path: Path, known: Known, command: str) -> None:
    def run(folder: Path, environment: dict[str, str] | None) -> Outcome:
        folder.mkdir(exist_ok=True)
        return harsanyi(*MAKERS[command](known, folder / "out.h5"), environment=environment)

    def check(folder: Path, at: int) -> None:
        log = folder.with_suffix(".log")
        outcome = run(folder, refusing(log, at))
        expect_no_memory(outcome, log.read_text().splitlines()[-1])
        if outcome.code != 0 and not (folder / "out.h5").exists():
            assert run(folder, None).code == 0  # as if killed: removes a lock or a part that was left
        (folder / "out.h5.lock").unlink(missing_ok=True)  # killed after the file had its name
        assert [path.name for path in folder.iterdir()] == ["out.h5"]
        assert_same_numbers(folder / "out.h5", numbers(tmp_path / "counted/out.h5"))

    at_places(tmp_path, run, check)


# ---- sweeps ----


@pytest.mark.parametrize("ranks", [None, 2])
@pytest.mark.parametrize("resumed", [False, True])
def test_sweeps(tmp_path: Path, known: Known, resumed: bool, ranks: int | None) -> None:  # noqa: FBT001
    """What is done stays done, and the same command goes on."""

    def sweep_in(folder: Path) -> Sweep:
        folder.mkdir()
        if resumed:
            shutil.copy(known.half_done, folder / "results.h5")
        return Sweep(folder, cancer("0:3"))

    def run(folder: Path, environment: dict[str, str]) -> Outcome:
        return sweep_in(folder).run(ranks=ranks, environment=environment)

    def check(folder: Path, at: int) -> None:
        log = folder.with_suffix(".log")
        outcome = run(folder, refusing(log, at))
        expect_no_memory(outcome, log.read_text().splitlines()[-1])
        sweep = Sweep(folder, cancer("0:3"))
        assert set(sweep.left_over()) <= {"results.h5.lock", "results.h5.tmp"}  # as after a kill
        assert sweep.run(ranks=ranks).code == 0
        assert sweep.left_over() == []
        assert_same_numbers(sweep.file, known.numbers)

    at_places(tmp_path, run, check, PLACES // (3 if ranks else 1))


@pytest.mark.parametrize("what", ["model", "settings", "engine"])
def test_the_file_of_another_sweep(tmp_path: Path, known: Known, what: str) -> None:
    """Without memory to say what differs, nobody goes on with it."""
    model = tmp_path / "model.onnx"
    config = cancer("0:3")
    content = Path(config["model"]["file"]).read_bytes()
    config["model"]["file"] = str(model)
    log = tmp_path / "places.log"
    sweep = Sweep(tmp_path, config)

    def run(at: int, *, other: bool) -> tuple[Outcome, list[str]]:
        """The outcome, and the places where memory was asked for."""
        log.unlink(missing_ok=True)
        shutil.copy(known.half_done, sweep.file)
        if what == "engine" and other:
            with h5py.File(sweep.file, "r+", locking=False) as results:
                results.attrs.modify("engine_version", "0")
        model.write_bytes(content + b"\x32\x05other" * (what == "model" and other))
        options = setting("statistics.salience", 0.3) if what == "settings" and other else ()
        outcome = sweep.run(*options, environment=refusing(log, at))
        return outcome, [line.partition(" ")[2] for line in log.read_text().splitlines()]

    _, usual = run(0, other=False)
    outcome, places = run(0, other=True)
    assert outcome.code == 1, outcome.err
    own = [at for at, stack in enumerate(places, 1) if stack not in usual]
    assert own
    before = read(sweep.file, "samples/status").tolist()
    for at in own:
        outcome, _ = run(at, other=True)
        assert refused(log)
        assert outcome.code in (1, 3), f"{places[at - 1]}: exit code {outcome.code}: {outcome.err}"
        assert read(sweep.file, "samples/status").tolist() == before
