#!/usr/bin/env python3
"""How much of the engine's speed a sweep keeps: `mpirun -n R harsanyi run` against R times a plain one-thread loop.

    bench/sweep_ratio.py CONFIG MODEL N [--ranks R] [--repeat K] [--samples FILE S] [--set key=value ...]

Both are run in turn, K times; the best of each is compared. The loop (bench_raw_loop) evaluates random rows with the
same model at batch 256 in one thread. Of the sweep two times are taken: the whole command, start-up of MPI included,
and the sweep itself (first unit given out to last one written), as `run` reports it. --samples repeats the rows of a
samples file until there are S of them (needs h5py). Prints JSON.
"""

import argparse
import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path


def raw_loop(program: Path, model: str, players: int, masks: int) -> float:
    out = subprocess.run([program, model, str(players), str(masks)], check=True, capture_output=True, text=True).stdout
    return float(json.loads(out)["masks_per_second"])


def sweep(command: list[str]) -> tuple[float, float, float, float]:
    """Whole seconds, masks, masks per second of the sweep itself, resident MB."""
    began = time.monotonic()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds = time.monotonic() - began
    masks = sum(int(m) for m in re.findall(r"rank \d+: (\d+)", done.stderr))
    inner = re.search(r"sweep took ([0-9.]+) s", done.stderr)
    memory = re.search(r"at most (\d+) MB resident", done.stderr)
    assert inner and memory, done.stderr
    return seconds, masks, masks / float(inner.group(1)), float(memory.group(1))


def repeat_samples(source: str, count: int, target: Path) -> None:
    import h5py
    import numpy as np

    with h5py.File(source) as old, h5py.File(target, "w") as new:
        rows = len(old["x"])
        for name, data in old.items():
            per_sample = data.ndim > 0 and name in ("x", "label") or data.ndim == old["x"].ndim and len(data) == rows
            new[name] = data[()][np.arange(count) % rows] if per_sample else data[()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config")
    parser.add_argument("model")
    parser.add_argument("players", type=int)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--masks", type=int, default=1 << 20, help="for the plain loop")
    parser.add_argument("--samples", nargs=2, metavar=("FILE", "S"))
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--build", default="build/release")
    args = parser.parse_args()
    build = Path(args.build)
    os.environ.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    with tempfile.TemporaryDirectory() as folder:
        command = ["mpirun", "-n", str(args.ranks), str(build / "harsanyi"), "run", args.config, "--fresh"]
        command += ["-o", str(Path(folder) / "bench.h5")]
        if args.samples:
            repeat_samples(args.samples[0], int(args.samples[1]), Path(folder) / "samples.h5")
            args.set.append(f"samples.file={folder}/samples.h5")
        for item in args.set:
            command += ["--set", item]
        loops, wholes, inners, memories = [], [], [], []
        for _ in range(args.repeat):
            loops.append(raw_loop(build / "bench" / "bench_raw_loop", args.model, args.players, args.masks))
            seconds, masks, inner, memory = sweep(command)
            wholes.append(masks / seconds)
            inners.append(inner)
            memories.append(memory)
    loop = max(loops)
    print(
        json.dumps(
            {
                "loop_masks_per_second": loops,
                "sweep_masks_per_second": inners,
                "whole_command_masks_per_second": wholes,
                "resident_megabytes": max(memories),
                "ranks": args.ranks,
                "ratio_sweep": max(inners) / (args.ranks * loop),
                "ratio_whole_command": max(wholes) / (args.ranks * loop),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
