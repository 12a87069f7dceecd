"""A campaign of kills: sweeps, merges and analyses die of SIGKILL at a random moment and are started again.

    source scripts/mpi-env.sh
    .venv/bin/python tests/campaign/kills.py --count 200 --seed 1 > kills.jsonl

A line of JSON for each trial, a summary at the end; the exit code is 0 when every trial ended with the bits of the
undisturbed run, no flag was ever wrong, and no block that was flagged was evaluated again. One worker, rank 0 or the
whole job is killed, a third of the jobs twice. When Open MPI's mpirun hangs although no rank is left (a worker died
while MPI started), it is killed as well, and the summary counts it.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from harness import (  # noqa: E402
    DIGITS,
    PROGRAM,
    Config,
    Job,
    Sweep,
    assert_same_numbers,
    block_masks,
    check_blocks,
    datasets_of,
    digest,
    digits,
    game,
    harsanyi,
    hdf5,
    last_run,
    masks_flagged,
    numbers,
    read,
    setting,
    swept,
)

TWICE = 1 / 3


# ---- what is swept ----


@dataclass
class Case:
    """A sweep, and what it gives undisturbed."""

    name: str
    config: Config
    ranks: list[int | None]
    block_bits: int
    seconds: dict[int | None, float] = field(default_factory=dict)  # by ranks
    numbers: dict[str, bytes] = field(default_factory=dict)
    values: np.ndarray = field(default_factory=lambda: np.empty(0))

    def options(self) -> tuple[str, ...]:
        return setting("sweep.block_bits", self.block_bits)


def digits_of(folder: Path, samples: int, players: list[int]) -> Config:
    """Digits of which only the first patches are players: sample i has players[i mod ...] of them."""
    given = datasets_of(DIGITS["samples"])
    own = [np.where(given["players"] < players[i % len(players)], given["players"], -1) for i in range(samples)]
    del given["player_names"]
    given |= {"x": given["x"][:samples], "label": given["label"][:samples], "players": np.stack(own)}
    return digits(None, hdf5(folder / "digits.h5", **given))


def cases_in(folder: Path) -> list[Case]:
    def mixed(name: str, samples: int, players: list[int]) -> Config:
        (folder / name).mkdir()
        return digits_of(folder / name, samples, players)

    return [
        Case("digits, n = 12 ... 16", mixed("mixed", 5, [12, 13, 14, 15, 16]), [2, None, 3], 10),
        Case("digits, n = 16", mixed("16", 2, [16]), [2, 3], 12),
        Case("digits, n = 13", mixed("13", 8, [13]), [None, 2], 11),
        Case("small samples, packed", game(600, 8, sleep_us=10), [2, None], 6),
        Case("small samples of uneven size, packed", game(240, [3, 10], sleep_us=15), [3, None], 7),
        Case("one sample over all ranks", game(1, 14, sleep_us=150), [2, 3], 8),
        Case("one digit over all ranks", mixed("one", 1, [16]), [3, 2], 9),
        Case("a few samples over all ranks", game(3, 13, sleep_us=60), [2, 4], 8),
    ]


def measure(case: Case, folder: Path) -> None:
    """What it gives undisturbed, and how long it takes with each number of ranks."""
    for ranks in case.ranks:
        folder.mkdir()
        sweep = Sweep(folder, case.config)
        began = time.monotonic()
        sweep.complete(*case.options(), ranks=ranks)
        case.seconds[ranks] = time.monotonic() - began
        found = numbers(sweep.file)
        assert not case.numbers or case.numbers == found, f"{case.name}: other bits with {ranks} ranks"
        case.numbers, case.values = found, read(sweep.file, "values")
        shutil.rmtree(folder)


# ---- killing ----


def kill(job: Job, victim: str, chance: random.Random, record: dict[str, Any]) -> bool:
    """SIGKILL; whether there was anything left to kill. The death of one rank ends the job."""
    ranks = job.ranks()
    workers = [pid for rank, pid in ranks.items() if rank > 0]
    if job.process.poll() is not None:
        job.wait()
        return False
    if victim == "worker" and workers:
        one = chance.choice(workers)
    elif victim == "rank 0" and 0 in ranks:
        one = ranks[0]
    else:
        return job.kill().code != 0
    try:
        os.kill(one, signal.SIGKILL)
        code = job.process.wait(timeout=60)
    except ProcessLookupError:  # it has just ended by itself
        code = job.wait().code
    except subprocess.TimeoutExpired:
        assert not job.ranks(), f"the other ranks go on: {job.ranks()}"
        record["launcher hung"] = code = 1
    job.kill()  # whatever mpirun left behind
    return code != 0


def moment(seconds: float, chance: random.Random) -> float:
    """When to kill what takes so long. Its first third, MPI's start and the making of the file, gets a quarter."""
    begin, end = (0.02, 0.35) if chance.random() < 0.25 else (0.35, 1.0)
    return chance.uniform(begin, end) * seconds


def left(file: Path) -> tuple[bool, int]:
    """Whether samples are pending, and how many masks are not flagged."""
    pending = bool((read(file, "samples/status") != 1).any())
    return pending, int(block_masks(file).sum()) - masks_flagged(file)


def killed_sweep(case: Case, folder: Path, chance: random.Random, record: dict[str, Any]) -> None:
    """One trial; the first start is repeated until it is killed before its end."""
    folder.mkdir()
    sweep = Sweep(folder, case.config)
    ranks = chance.choice(case.ranks)
    victim = chance.choice(["worker", "rank 0", "all"]) if ranks else "all"
    record |= {"case": case.name, "ranks": ranks, "victim": victim, "kills": []}
    wanted = 2 if chance.random() < TWICE else 1
    while len(record["kills"]) < wanted:
        if not record["kills"] and sweep.file.exists():
            sweep.file.unlink()
        after = moment(case.seconds[ranks], chance)
        job = sweep.start(*case.options(), ranks=ranks)
        time.sleep(after)
        if not kill(job, victim, chance, record):
            if record["kills"]:
                break  # what was left after the first kill took no longer
            continue
        stored = masks_flagged(sweep.file) if sweep.file.exists() else None
        record["kills"].append({"after": round(after, 3), "stored": stored})
        if sweep.file.exists():
            check_blocks(sweep.file, case.values)
    pending, missing = left(sweep.file) if sweep.file.exists() else (True, len(case.values.ravel()))
    if not sweep.file.exists():
        missing = None
    starts = int(read(sweep.file, "provenance/starts")) if sweep.file.exists() else 0
    again = chance.choice(case.ranks)
    sweep.complete(ranks=again, *(case.options() if missing is None else ()))  # noqa: B026
    assert_same_numbers(sweep.file, case.numbers)
    check_blocks(sweep.file, case.values)
    assert harsanyi("verify", sweep.file).code == 0, "verify"
    if pending:
        evaluated = int(last_run(sweep.file)["masks"])
        assert int(read(sweep.file, "provenance/starts")) == starts + 1
        assert evaluated == (missing if missing is not None else int(block_masks(sweep.file).sum())), "evaluated again"
        record["evaluated_after"] = evaluated


# ---- what is made of whole files ----


@dataclass
class Making:
    """A command that makes one file from others."""

    name: str
    arguments: Callable[[Path], list[object]]  # of the file to be made
    sources: list[Path]
    seconds: float = 0
    numbers: dict[str, bytes] = field(default_factory=dict)


def makings_in(folder: Path) -> list[Making]:
    sweep = swept(folder, game(400, 12), name="whole.h5")
    analyze = Making(
        "analyze",
        lambda out: ["analyze", sweep.file, "-o", out, *setting("statistics.salience", 0.02)],
        [sweep.file],
    )
    shards = sweep.shards(3)
    merge = Making("merge", lambda out: ["merge", out, *shards], shards)
    merge.numbers = numbers(sweep.file)
    return [analyze, merge]


def measure_making(making: Making, folder: Path) -> None:
    folder.mkdir()
    began = time.monotonic()
    outcome = harsanyi(*making.arguments(folder / "out.h5"))
    making.seconds = time.monotonic() - began
    assert outcome.code == 0, outcome.err
    found = numbers(folder / "out.h5")
    assert not making.numbers or making.numbers == found, f"{making.name}: other bits than the sweep"
    making.numbers = found
    shutil.rmtree(folder)


def killed_making(making: Making, folder: Path, chance: random.Random, record: dict[str, Any]) -> None:
    """What is there under the name of the result is the whole result, at any time."""
    folder.mkdir()
    out = folder / "out.h5"
    record |= {"case": making.name, "ranks": None, "victim": "all", "kills": []}
    before = [digest(source) for source in making.sources]
    for _ in range(2 if chance.random() < TWICE else 1):
        killed = False
        while not killed and not out.exists():
            after = moment(making.seconds, chance)
            job = Job(*making.arguments(out))
            time.sleep(after)
            killed = kill(job, "all", chance, record)
            if not killed:
                out.unlink()
        record["kills"].append({"after": round(after, 3), "stored": None})
    # Killed after it had given the result its name: the lock of the dead stays until somebody wants that file again.
    may_stay = ["out.h5.lock"] if out.exists() else []
    if not out.exists():
        outcome = harsanyi(*making.arguments(out))
        assert outcome.code == 0, outcome.err
    assert_same_numbers(out, making.numbers)
    assert [digest(source) for source in making.sources] == before, "a source was changed"
    assert sorted(path.name for path in folder.glob("out.h5?*")) in ([], may_stay), "left over"


# ---- the campaign ----


def trial(number: int, seed: int, cases: list[Case], makings: list[Making], folder: Path) -> dict[str, Any]:
    chance = random.Random(f"{seed} {number}")
    record: dict[str, Any] = {"trial": number}
    began = time.monotonic()
    which = number % (len(cases) + len(makings))
    try:
        if which < len(cases):
            killed_sweep(cases[which], folder, chance, record)
        else:
            killed_making(makings[which - len(cases)], folder, chance, record)
        record["ok"] = True
        shutil.rmtree(folder)
    except Exception as error:  # noqa: BLE001  (a trial that fails is a result; its folder stays)
        record |= {"ok": False, "why": str(error) or repr(error), "folder": str(folder)}
    record["seconds"] = round(time.monotonic() - began, 2)
    return record


def summary_of(records: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
    killed = [record for record in records if record.get("kills")]
    stored = [kill["stored"] for record in killed for kill in record["kills"]]
    return {
        "trials": len(records),
        "ok": sum(record["ok"] for record in records),
        "kills": len(stored),
        "killed twice": sum(len(record["kills"]) == 2 for record in killed),
        "killed before anything was stored": sum(not count for count in stored),
        "launcher hung": sum(record.get("launcher hung", 0) for record in killed),
        "by victim": {
            victim: sum(record["victim"] == victim for record in killed) for victim in ("worker", "rank 0", "all")
        },
        "by case": {
            name: sum(record["case"] == name for record in killed)
            for name in dict.fromkeys(record["case"] for record in killed)
        },
        "seconds": round(seconds, 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--count", type=int, default=200, help="how many trials")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first trial, to repeat one")
    parser.add_argument("--only", default="", help="only the cases in whose name this is")
    options = parser.parse_args()
    print(f"{PROGRAM}: {options.count} trials with seed {options.seed}", file=sys.stderr)
    began = time.monotonic()
    scratch = Path(tempfile.mkdtemp(prefix="harsanyi-kills-"))
    (scratch / "sources").mkdir()
    cases, makings = cases_in(scratch / "sources"), makings_in(scratch / "sources")
    cases = [case for case in cases if options.only in case.name]
    makings = [making for making in makings if options.only in making.name]
    for case in cases:
        measure(case, scratch / "measured")
    for making in makings:
        measure_making(making, scratch / "measured")
    records = []
    for number in range(options.first, options.first + options.count):
        records.append(trial(number, options.seed, cases, makings, scratch / f"trial-{number}"))
        print(json.dumps(records[-1]), flush=True)
    summary = summary_of(records, time.monotonic() - began)
    print(json.dumps(summary), flush=True)
    if summary["ok"] == len(records):
        shutil.rmtree(scratch)
        return 0
    print(f"what failed is kept in {scratch}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
