#!/usr/bin/env python3
"""How much of the engine's speed a sweep keeps: `mpirun -n R harsanyi run` against R plain one-thread loops.

    bench/sweep_ratio.py CONFIG MODEL N [--ranks R] [--repeat K] [--samples FILE S] [--set key=value ...]
                                        [--seconds T] [--folder DIR]

Both are run in turn, K times; the best of each is compared, and of the whole command also each run with the mean of
the loops before and after it (ratio_pairs), which stays true where the machine's speed sways. A loop (bench_raw_loop)
evaluates random rows with the same model at batch 256 in one thread; R of them run side by side, as cores that share
caches and clock slow each other down.
Of the sweep three times are taken: the whole command, start-up of MPI included; the sweep itself, and of it the
evaluation (first unit given out to last result), as `run` reports them. Masks that are evaluated again to estimate the
noise count as nothing. Processor time is compared too, which says more on a machine that does other work beside; it
knows nothing of idle cores. --samples repeats the rows of a samples file until there are S of them (needs h5py).
--seconds stops the run after that time, for sweeps too long to be waited for: only the evaluation is compared then
(with n = 30 the file takes 16 GiB of the disk for that time; --folder says where). Prints JSON, with what the last run
said of itself.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

STOPPED = 75


def raw_loops(program: Path, model: str, players: int, masks: int, count: int) -> tuple[float, float]:
    """Masks a second of `count` loops side by side, all together, and of one a second of processor time."""
    command = [program, model, str(players), str(masks)]
    loops = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(count)]
    said = [json.loads(loop.communicate()[0]) for loop in loops]
    return sum(s["masks_per_second"] for s in said), sum(s["masks_per_processor_second"] for s in said) / count


@dataclass
class Sweep:
    masks: int
    whole: float  # seconds, as the next two
    inner: float
    evaluation: float
    processor: float  # of all processes, mpirun too
    megabytes: float
    said: list[str]


def found(pattern: str, text: str) -> float:
    match = re.search(pattern, text)
    assert match, text
    return float(match.group(1))


def processor_seconds() -> float:
    """Of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def sweep(command: list[str], output: Path, seconds: float | None) -> Sweep:
    began, busy = time.monotonic(), processor_seconds()
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        err = process.communicate(timeout=seconds)[1]
    except subprocess.TimeoutExpired:
        stop = Path(f"{output}.stop")
        stop.touch()
        err = process.communicate()[1]
        stop.unlink()
    whole = time.monotonic() - began
    assert process.returncode in ((0, STOPPED) if seconds else (0,)), err
    return Sweep(
        masks=sum(int(m) for m in re.findall(r"rank \d+: (\d+)", err)),
        whole=whole,
        inner=found(r"sweep took ([0-9.]+) s", err),
        processor=processor_seconds() - busy,
        evaluation=found(r"last result: ([0-9.]+) s", err),
        megabytes=found(r"at most (\d+) MB resident", err),
        said=re.findall(r"harsanyi: (time of .*|rank 0 was busy.*|whole run.*|in addition.*)", err),
    )


def repeat_samples(source: str, count: int, target: Path) -> None:
    import h5py
    import numpy as np

    with h5py.File(source) as old, h5py.File(target, "w") as new:
        rows = len(old["x"])
        for name, data in old.items():
            per_sample = data.ndim > 0 and name in ("x", "label") or data.ndim == old["x"].ndim and len(data) == rows
            new[name] = data[()][np.arange(count) % rows] if per_sample else data[()]


def compared(loops: list[tuple[float, float]], sweeps: list[Sweep], finished: bool) -> dict[str, object]:
    ideal = max(fast for fast, _ in loops)
    result: dict[str, object] = {
        "loop_masks_per_second": [fast for fast, _ in loops],
        "evaluation_masks_per_second": [round(s.masks / s.evaluation) for s in sweeps],
        "sweep_masks_per_second": [round(s.masks / s.inner) for s in sweeps],
        "whole_command_masks_per_second": [round(s.masks / s.whole) for s in sweeps],
        "ratio_processor_time": max(s.masks / s.processor for s in sweeps) / max(busy for _, busy in loops),
        "resident_megabytes": max(s.megabytes for s in sweeps),
        "ratio_evaluation": max(s.masks / s.evaluation for s in sweeps) / ideal,
    }
    if finished:
        result["ratio_sweep"] = max(s.masks / s.inner for s in sweeps) / ideal
        result["ratio_whole_command"] = max(s.masks / s.whole for s in sweeps) / ideal
        beside = [(before + after) / 2 for (before, _), (after, _) in pairwise(loops)]
        result["ratio_pairs"] = [s.masks / s.whole / loop for s, loop in zip(sweeps, beside, strict=True)]
    return result


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
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--folder")
    parser.add_argument("--build", default="build/release")
    args = parser.parse_args()
    build = Path(args.build)
    os.environ.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        output = Path(folder) / "bench.h5"
        command = ["mpirun", "-n", str(args.ranks), str(build / "harsanyi"), "run", args.config, "--fresh"]
        command += ["-o", str(output)]
        if args.samples:
            repeat_samples(args.samples[0], int(args.samples[1]), Path(folder) / "samples.h5")
            args.set.append(f"samples.file={folder}/samples.h5")
        for item in args.set:
            command += ["--set", item]
        loops: list[tuple[float, float]] = []
        sweeps: list[Sweep] = []
        loop = partial(raw_loops, build / "bench" / "bench_raw_loop", args.model, args.players, args.masks, args.ranks)
        loops.append(loop())
        for _ in range(args.repeat):
            output.unlink(missing_ok=True)  # deleting a large file takes a while, which is no part of a run
            sweeps.append(sweep(command, output, args.seconds))
            loops.append(loop())
    result = {"ranks": args.ranks} | compared(loops, sweeps, finished=args.seconds is None)
    print(json.dumps(result | {"last_run": sweeps[-1].said}, indent=1))


if __name__ == "__main__":
    main()
