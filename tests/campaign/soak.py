"""A long run that is killed every minute and started again by the job script's own loop (jobs/sweep.sbatch, here
without Slurm).

    source scripts/mpi-env.sh
    .venv/bin/python tests/campaign/soak.py --minutes 60 > soak.jsonl

Small samples of a game that sleeps, so that it takes next to no processor time. One rank, mpirun, or all of them are
killed. Resident memory and open descriptors of every rank are watched. A line of JSON for each start, a summary at the
end; the exit code is 0 when both were flat, every start got further, and the file has the bits of an undisturbed run in
the end.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from harness import (  # noqa: E402
    PROGRAM,
    REPOSITORY,
    Job,
    Sweep,
    assert_same_numbers,
    game,
    harsanyi,
    masks_flagged,
    numbers,
    read,
    setting,
    wait_for,
)

RANKS = 3
PLAYERS = [6, 9]
SLEEP_US = 5000
SETTLED = 15.0  # seconds after which a rank has all that it needs
GROWTH = 1.0  # MiB that a rank may grow afterwards in a minute; buffers that were never full before may fill up


def samples_for(minutes: float) -> int:
    """So many that a third of the work is left at the end."""
    mean = sum(1 << n for n in range(PLAYERS[0], PLAYERS[1] + 1)) / (PLAYERS[1] - PLAYERS[0] + 1)
    return int(1.5 * 60 * minutes * RANKS / (mean * SLEEP_US * 1e-6)) + 1


def resident(pid: int) -> float:
    """MiB in memory that are the process's own: not the shared segments, whose pages come as messages touch them."""
    pages, shared = Path(f"/proc/{pid}/statm").read_text().split()[1:3]
    return (int(pages) - int(shared)) * os.sysconf("SC_PAGE_SIZE") / 2**20


def look(job: Job) -> dict[int, tuple[float, int]]:
    """Of each rank: MiB in memory, open descriptors."""
    return {rank: (resident(pid), len(os.listdir(f"/proc/{pid}/fd"))) for rank, pid in job.ranks().items()}


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def job_script(sweep: Sweep) -> Job:
    """One job, which starts the sweep as often as it takes."""
    site = sweep.folder / "site.sh"
    site.write_text(f"harsanyi=({PROGRAM})\nlauncher=(mpirun -n {RANKS})\n")
    slurm = {"SLURM_JOB_ID": "1", "SLURM_NTASKS": str(RANKS), "SLURM_JOB_NODELIST": "here"}
    return Job(
        sweep.config,
        sweep.file,
        command=["bash", REPOSITORY / "jobs/sweep.sbatch"],
        environment=slurm | {"HARSANYI_JOBS": str(REPOSITORY / "jobs"), "HARSANYI_SITE": str(site)},
    )


def live(job: Job, sweep: Sweep, seconds: float, chance: random.Random) -> dict[str, Any]:
    """From one start of all ranks to a kill after `seconds`."""
    before = masks_flagged(sweep.file) if sweep.file.exists() else 0
    wait_for(lambda: len(job.ranks()) == RANKS, timeout=60)
    ranks = job.ranks()
    born = time.monotonic()
    time.sleep(min(SETTLED, seconds / 2))
    settled = look(job)
    time.sleep(max(0.0, seconds - (time.monotonic() - born)))
    last = look(job)
    assert job.ranks() == ranks, "the ranks are not the same any more"
    launcher = parent(ranks[0])
    victim = chance.choice([*range(RANKS), "launcher", "all"])
    for pid in {"launcher": [launcher], "all": [launcher, *ranks.values()]}.get(victim) or [ranks[victim]]:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not set(ranks.values()) & set(job.ranks().values()), timeout=60)
    return {
        "victim": victim,
        "masks": masks_flagged(sweep.file) - before,
        "samples": int((read(sweep.file, "samples/status") == 1).sum()),
        "memory": {rank: round(last[rank][0], 2) for rank in sorted(last)},
        "growth": {rank: round(last[rank][0] - settled[rank][0], 2) for rank in sorted(last)},
        "descriptors": {rank: last[rank][1] for rank in sorted(last)},
        "more descriptors": {rank: last[rank][1] - settled[rank][1] for rank in sorted(last)},
    }


def complaints(lives: list[dict[str, Any]]) -> list[str]:
    found = []
    for number, one in enumerate(lives):
        if one["masks"] <= 0:
            found.append(f"start {number} stored nothing")
        found += [
            f"start {number}: rank {rank} grew by {mib} MiB" for rank, mib in one["growth"].items() if mib > GROWTH
        ]
        found += [
            f"start {number}: rank {rank}: {more} more files" for rank, more in one["more descriptors"].items() if more
        ]
    for rank in range(RANKS):  # the first start makes the file, the others resume
        first, last = lives[min(1, len(lives) - 1)], lives[-1]
        if last["memory"][rank] - first["memory"][rank] > GROWTH:
            found.append(f"rank {rank} has {last['memory'][rank]} MiB, {first['memory'][rank]} at the start")
        if last["descriptors"][rank] != first["descriptors"][rank]:
            found.append(
                f"rank {rank} has {last['descriptors'][rank]} files open, {first['descriptors'][rank]} at first"
            )
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--every", type=float, default=60, help="seconds from start to kill")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    samples = samples_for(options.minutes)
    print(f"{PROGRAM}: {samples} samples, {options.minutes} minutes", file=sys.stderr)
    lives: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="harsanyi-soak-") as scratch:
        smooth = Sweep(Path(scratch), game(samples, PLAYERS), "smooth.h5")
        smooth.complete()
        expected = numbers(smooth.file)
        smooth.file.unlink()
        sweep = Sweep(Path(scratch), game(samples, PLAYERS, sleep_us=SLEEP_US))
        job = job_script(sweep)
        try:
            end = time.monotonic() + 60 * options.minutes
            while time.monotonic() < end:
                lives.append(live(job, sweep, options.every, chance))
                print(json.dumps(lives[-1]), flush=True)
            job.send(signal.SIGTERM)
        except BaseException:
            print(job.kill().out, file=sys.stderr)
            raise
        outcome = job.wait()
        print(outcome.out, file=sys.stderr)
        wrong = complaints(lives)
        if outcome.code != 75:
            wrong.append(f"the job script ended with {outcome.code}")
        left = int((read(sweep.file, "samples/status") != 1).sum())
        verified = harsanyi("verify", sweep.file)
        if left == 0 or verified.code != 2:
            wrong.append(f"{left} samples left, verify: {verified.code}: {verified.out}")
        assert sweep.run(*setting("model.sleep_us", 0), ranks=RANKS).code == 0
        assert_same_numbers(sweep.file, expected)
        starts = int(read(sweep.file, "provenance/starts"))
    summary = {"starts": starts, "samples": samples, "left when it was let go": left, "wrong": wrong}
    print(json.dumps(summary), flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
