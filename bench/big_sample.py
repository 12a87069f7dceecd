#!/usr/bin/env python3
"""One sample of many players from start to verified end, killed on the way: time, memory, and where the time went.

    bench/big_sample.py configs/cancer/cancer30.yaml --players 26 --folder /scratch
    bench/big_sample.py configs/cancer/cancer30.yaml --folder /scratch --kill 0.5 combining statistics

Starts `mpirun -n R harsanyi run`, kills it (SIGKILL, all processes) when a given share of the masks is stored
(a number), when the combine thread transforms (`combining`), and when the sample's statistics are made (`statistics`),
and types the same command again after each; then `harsanyi verify`. --kill without anything disturbs nothing.
--players makes a samples file in which only the first features are players (those of the config's own file, which
must have one player for each feature).

Prints JSON: of each start how long it took, what it ended with and the largest resident size of every rank; of the
last one, what `run` said at its end: seconds of evaluation, of receiving, combining, writing and waiting for the disk,
and the share of the whole that is not evaluation. Combining and statistics begin anew with each start, so the last one
shows all of them. The results file stays where it is only with --keep. Needs h5py, and room: 16 bytes for each mask,
as much again for verify.
"""

import argparse
import json
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
from ranks import ENVIRONMENT

EVALUATING, COMBINING = 0, 1  # /progress/phase


@dataclass
class Start:
    """What became of one start."""

    seconds: float = 0
    ended: str = ""
    share_stored: float = 0
    megabytes: dict[int, float] = field(default_factory=dict)  # by rank, VmHWM


# ---- the file, while it grows ----


def stored(file: Path) -> tuple[float, int, bool]:
    """The share of blocks of v that are flagged, the phase, and whether all checksums of interactions are there."""
    try:
        with h5py.File(file, "r", locking=False) as results:
            done = results["progress/values_done"][0]
            phase = int(results["progress/phase"][0])
            return float(done.mean()), phase, bool(results["progress/interactions_crc"][0, -1] != 0)
    except OSError:
        return 0, EVALUATING, False


def reached(when: str, file: Path) -> bool:
    share, phase, checked = stored(file)
    if when == "combining":
        return phase == COMBINING and not checked
    if when == "statistics":
        return phase == COMBINING and checked
    return share >= float(when)


# ---- processes ----


def members(session: int) -> Iterator[int]:
    """Live processes of a session: mpirun gives each rank a process group of its own."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            after_name = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(after_name[3]) == session and after_name[0] != "Z":
            yield int(name)


def kill(process: "subprocess.Popen[bytes]") -> None:
    while found := list(members(process.pid)):
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.01)
    process.wait()


def look_at_memory(session: int, start: Start) -> None:
    for pid in members(session):
        try:
            rank = re.search(rb"OMPI_COMM_WORLD_RANK=(\d+)", Path(f"/proc/{pid}/environ").read_bytes())
            size = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        except OSError:
            continue
        if rank and size:
            megabytes = int(size[1]) * 1024 / 1e6
            start.megabytes[int(rank[1])] = max(megabytes, start.megabytes.get(int(rank[1]), 0))


def sweep(command: list[str], file: Path, when: str | None) -> tuple[Start, str]:
    """One start, killed at `when`; and what it said."""
    start, began = Start(), time.monotonic()
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True
        )
        while process.poll() is None:
            look_at_memory(process.pid, start)
            if when and reached(when, file):
                kill(process)
                start.ended = f"killed: {when}"
                break
            time.sleep(0.1)
        start.seconds = time.monotonic() - began
        said.seek(0)
        text = said.read()
    start.share_stored = stored(file)[0]
    if not start.ended:
        start.ended = "ended"
        if process.returncode != 0:
            raise SystemExit(f"big_sample.py: {' '.join(command)} ended with {process.returncode}:\n{text}")
        if when:
            raise SystemExit(f"big_sample.py: the sweep was over before it came to {when!r}:\n{text}")
    return start, text


# ---- what run says at its end ----

SAID = {
    "sweep": r"the sweep took ([0-9.]+) s",
    "evaluation_of_a_rank": r"a rank evaluated ([0-9.]+) s on average",
    "first_unit_to_last_result": r"first unit to last result: ([0-9.]+) s",
    "receiving": r"rank 0 received [0-9.]+ GB in ([0-9.]+) s",
    "combining": r"combining took ([0-9.]+) s",
    "combining_transform": r"transform ([0-9.]+) s, statistics",
    "combining_statistics": r"statistics ([0-9.]+) s, checksums",
    "combining_checksums": r"checksums ([0-9.]+) s, reading",
    "combining_reading": r"reading ([0-9.]+) s \(",
    "combining_writing": r"writing ([0-9.]+) s \(",
    "writer_processor": r"its writer wrote [0-9.]+ GB with ([0-9.]+) s",
    "waiting_for_the_disk": r"and waited ([0-9.]+) s",
    "across_samples": r"statistics across samples(?: took)? ([0-9.]+) s",
}


def breakdown(text: str) -> dict[str, float]:
    seconds = {name: float(match[1]) for name, pattern in SAID.items() if (match := re.search(pattern, text))}
    beside = sum(
        seconds.get(name, 0) for name in ("receiving", "combining", "writer_processor", "waiting_for_the_disk")
    )
    return seconds | {"share_beside_evaluation": round(beside / seconds["sweep"], 4)}


# ---- the sample ----


def with_players(source: Path, players: int, target: Path) -> None:
    with h5py.File(source) as old, h5py.File(target, "w") as new:
        numbers = old["players"][()]
        if numbers.min() < 0 or np.unique(numbers).size != numbers.size or numbers.size < players:
            raise SystemExit(f"big_sample.py: {source} must have a player of its own for each of {players} features")
        for name, data in old.items():
            if name != "player_names":
                new[name] = data[()]
        new["players"][...] = np.where(numbers < players, numbers, -1)


def samples_file(config: Path) -> Path:
    match = re.search(r"^samples:.*?\bfile:\s*([^\s#,}]+)", config.read_text(), re.MULTILINE | re.DOTALL)
    if not match:
        raise SystemExit(f"big_sample.py: {config} names no samples file")
    return config.parent / match[1]


@contextmanager
def prepared(args: argparse.Namespace) -> Iterator[tuple[list[str], Path]]:
    """The command and its results file."""
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        folder = Path(name)
        file = Path(args.folder).resolve() / "big_sample.h5" if args.keep else folder / "big_sample.h5"
        program = str(Path(args.build) / "harsanyi")
        command = ["mpirun", "-n", str(args.ranks), program, "run", args.config, "-o", str(file)]
        if args.players:
            with_players(samples_file(Path(args.config)), args.players, folder / "samples.h5")
            args.set.append(f"samples.file={folder / 'samples.h5'}")
        for item in args.set:
            command += ["--set", item]
        yield command, file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config")
    parser.add_argument("--players", type=int, help="fewer players than the samples have")
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--kill", nargs="*", default=[], metavar="WHEN", help="a share, `combining`, `statistics`")
    parser.add_argument("--folder", default=".", help="for the results file and verify's temporary files")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--build", default="build/release")
    args = parser.parse_args()
    starts: list[Start] = []
    text = ""
    with prepared(args) as (command, file):
        for when in [*args.kill, None]:
            start, text = sweep(command, file, when)
            starts.append(start)
        began = time.monotonic()
        verify = subprocess.run(
            [command[3], "verify", str(file)],
            env=ENVIRONMENT | {"TMPDIR": str(Path(args.folder).resolve())},
            capture_output=True,
            text=True,
        )
        took = time.monotonic() - began
        size = file.stat().st_size
    ranks = {rank for start in starts for rank in start.megabytes}
    print(
        json.dumps(
            {
                "command": command,
                "file_gigabytes": size / 1e9,
                "starts": [start.__dict__ for start in starts],
                "seconds_of_all_starts": sum(start.seconds for start in starts),
                "largest_megabytes": {r: max(start.megabytes.get(r, 0) for start in starts) for r in sorted(ranks)},
                "last_start": breakdown(text),
                "verify": {"exit": verify.returncode, "seconds": took, "said": verify.stdout.splitlines()[-12:]},
            },
            indent=1,
        )
    )
    if verify.returncode != 0:
        raise SystemExit(f"big_sample.py: verify says:\n{verify.stdout}{verify.stderr}")


if __name__ == "__main__":
    main()
