#!/usr/bin/env python3
"""Whether memory stays flat: resident size of every rank while a sweep of many small samples runs.

    bench/memory.py [--ranks 4] [--samples 20000] [--players 8] [--sleep-us 10] [--build build/release]

A game; sizes are read from /proc (Linux) every 0.2 s. For each process its largest size in each eighth of the time
(rank 0's goes up and down with the results that wait for its writer), and the growth between the second and the
seventh. Prints JSON.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from ranks import ENVIRONMENT


def resident_megabytes(parent: int) -> dict[int, float]:
    """Of each process that `parent` (mpirun) started."""
    sizes = {}
    for children in Path(f"/proc/{parent}/task").glob("*/children"):
        try:
            for child in map(int, children.read_text().split()):
                pages = int(Path(f"/proc/{child}/statm").read_text().split()[1])
                sizes[child] = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
        except OSError:
            continue
    return sizes


def watch(command: list[str]) -> list[dict[int, float]]:
    """The sizes while the command runs, until it says that the sweep is over."""
    sizes = []
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=said)
        while process.poll() is None:
            sizes.append(resident_megabytes(process.pid))
            time.sleep(0.2)
        said.seek(0)
        if process.returncode != 0:
            raise SystemExit(f"memory.py: {' '.join(command)} ended with {process.returncode}:\n{said.read()}")
    return sizes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=int, default=4)
    parser.add_argument("--samples", type=int, default=20000)
    parser.add_argument("--players", type=int, default=8)
    parser.add_argument("--sleep-us", type=int, default=10)
    parser.add_argument("--build", default="build/release")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "memory.yaml"
        config.write_text(
            f"model: {{backend: game, game: sparse, samples: {args.samples}, players: {args.players},\n"
            f"        sleep_us: {args.sleep_us}}}\n"
            "statistics: {curves: false}\n"
            "output: {file: memory.h5}\n"
        )
        program = str(Path(args.build) / "harsanyi")
        sizes = watch(["mpirun", "-n", str(args.ranks), program, "run", str(config), "--fresh"])
    whole = [moment for moment in sizes if len(moment) == args.ranks]
    if len(whole) < 8:
        raise SystemExit("memory.py: the sweep was too short to watch; give more --samples or a larger --sleep-us")
    eighths = [whole[len(whole) * part // 8 : len(whole) * (part + 1) // 8] for part in range(8)]
    ranks = [[round(max(m[child] for m in part), 2) for part in eighths] for child in sorted(whole[0])]
    growth = max(rank[6] - rank[1] for rank in ranks)
    print(
        json.dumps(
            {
                "samples": args.samples,
                "players": args.players,
                "megabytes_in_eighths": ranks,
                "largest_growth_from_2_to_7": round(growth, 2),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
