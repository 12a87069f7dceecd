#!/usr/bin/env python3
"""How close a sweep comes to the ideal on many ranks, with a model that sleeps instead of computing.

    bench/scaling.py [--ranks 64] [--samples 2000] [--sleep-us 20] [--repeat 3] [--build build/release]

Samples of 6 ... 14 players, once with a cost per mask of x 1 ... x 20 (drawn for each sample), once with its mean
for all. Efficiency is the ideal time over the time from the first unit given out to the last result; the ideal is the
larger of the mean load of the evaluating ranks and the longest unit, as they were measured. With even cost the nominal
load (sleep_us times masks) is known too, and its share of the time is given as `nominal`. Also how busy rank 0 was.
Sleeping ranks may be more than the cores. Prints JSON: the median of several runs.
"""

import argparse
import json
import re
import statistics
import subprocess
import tempfile
from pathlib import Path

from ranks import ENVIRONMENT

PLAYERS = range(6, 15)
SPREAD = 20.0


def found(pattern: str, text: str) -> list[float]:
    match = re.search(pattern, text)
    if not match:
        raise SystemExit(f"scaling.py: run did not say {pattern!r}:\n{text}")
    return [float(group) for group in match.groups()]


def run(command: list[str]) -> str:
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"scaling.py: {' '.join(command)} ended with {done.returncode}:\n{done.stderr}")
    return done.stderr


def sweep(args: argparse.Namespace, sleep_us: float, spread: float) -> dict[str, float]:
    players = f"[{PLAYERS[0]}, {PLAYERS[-1]}]"
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "scaling.yaml"
        config.write_text(
            f"model: {{backend: game, game: sparse, samples: {args.samples}, players: {players},\n"
            f"        sleep_us: {sleep_us:.0f}, sleep_spread: {spread:g}}}\n"
            f"output: {{file: scaling.h5}}\n"
        )
        program = str(Path(args.build) / "harsanyi")
        text = run(["mpirun", "-n", str(args.ranks), program, "run", str(config), "--fresh"])
    manager, writer = found(r"rank 0 was busy ([0-9.]+) % .* messages, ([0-9.]+) %", text)
    taken, mean, longest = found(
        r"first unit to last result: ([0-9.]+) s.* evaluated ([0-9.]+) s .* took ([0-9.]+) s", text
    )
    return {
        "first_to_last": taken,
        "mean_load": mean,
        "longest_unit": longest,
        "efficiency": max(mean, longest) / taken,
        "rank_0_units_and_messages": manager / 100,
        "rank_0_writing": writer / 100,
    }


def case(args: argparse.Namespace, sleep_us: float, spread: float) -> dict[str, object]:
    runs = [sweep(args, sleep_us, spread) for _ in range(args.repeat)]
    median: dict[str, object] = {key: statistics.median(one[key] for one in runs) for key in runs[0]}
    median["efficiencies"] = [one["efficiency"] for one in runs]
    if spread == 1:
        masks = sum(2 ** PLAYERS[i % len(PLAYERS)] for i in range(args.samples))
        evaluating = args.ranks if args.ranks <= 16 else args.ranks - 1
        taken = statistics.median(one["first_to_last"] for one in runs)
        median["nominal"] = 1e-6 * sleep_us * masks / evaluating / taken
    return median


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=int, default=64)
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--sleep-us", type=int, default=20)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--build", default="build/release")
    args = parser.parse_args()
    uneven = case(args, args.sleep_us, SPREAD)
    even = case(args, round(args.sleep_us * (1 + SPREAD) / 2), 1)
    print(json.dumps({"ranks": args.ranks, "samples": args.samples, "uneven": uneven, "even": even}, indent=1))


if __name__ == "__main__":
    main()
