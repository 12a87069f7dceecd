#!/usr/bin/env python3
"""How right `harsanyi plan` is: what it says of six different sweeps, and what each then took on some ranks.

    bench/plan_check.py [--ranks 2] [--repeat 1] [--only NAME ...] [--build build/release]

    digits    100 images, 16 players: most of the time in the network
    cancer    4,000 samples of 12 players, a small network: much time outside it
    uneven    samples of 6 ... 14 players, a game that sleeps, some samples dearer than others
    split     one sample of 22 players: combined by rank 0
    baselines images of 12 players with 3 baselines
    values    tables of 16 players computed elsewhere: next to no evaluation

Seconds are those of the sweep (first unit to last byte written) and of the statistics across samples, as `run` says
them: without the start of MPI, the opening of files and the making of the results file. Memory is the largest resident
size (VmHWM in /proc, looked at every 10 ms): of rank 0, and of the largest other rank. Processor time is that of all
ranks, the start included (about 0.3 s each): on a busy machine it says more than the seconds, but not of models that
sleep. Prints JSON: predicted, measured, and predicted / measured; of several plans and runs, in turn, the fastest of
each. Needs h5py.
"""

import argparse
import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from ranks import ENVIRONMENT

CONFIGS = Path(__file__).resolve().parents[1] / "configs"
Config = dict[str, dict[str, object]]


# ---- the sweeps ----


def digits(folder: Path) -> Config:
    files = CONFIGS / "digits"
    return {
        "model": {"file": str(files / "digits.onnx")},
        "samples": {"file": str(files / "digits.h5"), "select": "0:100"},
    }


def cancer_with(folder: Path, rows: int, players: int | None) -> Config:
    """The samples of cancer12 over and over; or, of cancer30, with the first features only as players."""
    with h5py.File(CONFIGS / "cancer" / ("cancer30.h5" if players else "cancer12.h5")) as old:
        take = np.arange(rows) % len(old["x"])
        with h5py.File(folder / "samples.h5", "w") as new:
            new["x"], new["label"], new["players"] = old["x"][()][take], old["label"][()][take], old["players"][()]
            if players:
                new["players"][players:] = -1
    return {
        "model": {"file": str(CONFIGS / "cancer" / "cancer.onnx")},
        "samples": {"file": "samples.h5", "baseline": "zero"},
    }


def cancer(folder: Path) -> Config:
    return cancer_with(folder, 4000, None)


def split(folder: Path) -> Config:
    return cancer_with(folder, 1, 22)


def uneven(folder: Path) -> Config:
    return {
        "model": {
            "backend": "game",
            "game": "sparse",
            "samples": 300,
            "players": [6, 14],
            "sleep_us": 3,
            "sleep_spread": 5,
        }
    }


def baselines(folder: Path) -> Config:
    with h5py.File(CONFIGS / "digits" / "digits.h5") as old, h5py.File(folder / "samples.h5", "w") as new:
        new["x"], new["label"] = old["x"][:60], old["label"][:60]
        players = old["players"][()]
        players[players >= 12] = -1
        new["players"] = players
        new["baselines"] = old["x"][100:103]
    return {"model": {"file": str(CONFIGS / "digits" / "digits.onnx")}, "samples": {"file": "samples.h5"}}


def values(folder: Path) -> Config:
    with h5py.File(folder / "table.h5", "w") as new:
        new["values"] = np.random.default_rng(1).normal(size=(200, 1 << 16))
    return {"model": {"backend": "values", "file": "table.h5"}}


CASES: dict[str, Callable[[Path], Config]] = {
    "digits": digits,
    "cancer": cancer,
    "uneven": uneven,
    "split": split,
    "baselines": baselines,
    "values": values,
}


# ---- what plan says ----


def planned(program: str, config: Path, ranks: int) -> dict[str, float]:
    began = time.monotonic()
    command = [program, "plan", str(config), "--ranks", str(ranks), "--json"]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {
        "masks": told["evaluations"] / told["baselines"],
        "bytes": told["results_bytes"],
        "rank_0_megabytes": told["rank_0_bytes"] / 1e6,
        "worker_megabytes": told["rank_bytes"] / 1e6,
        "seconds": told["seconds"],
        "processor_seconds": told["core_seconds"],
        "plan_seconds": time.monotonic() - began,
    }


# ---- what it took ----


def status_of(pid: int) -> tuple[int, float, float]:
    """Of a process of the job: rank, largest resident size in MB, seconds of processor time."""
    environ = Path(f"/proc/{pid}/environ").read_bytes()
    rank = re.search(rb"OMPI_COMM_WORLD_RANK=(\d+)", environ) or re.search(rb"PMIX_RANK=(\d+)", environ)
    size = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    processor = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    return (int(rank[1]) if rank else -1), float(size[1]) * 1024 / 1e6 if size else 0, processor


def watch(command: list[str]) -> tuple[str, dict[int, float], dict[int, float]]:
    """What the job says; of each of its ranks the largest resident size and the processor time."""
    sizes: dict[int, float] = {}
    processor: dict[int, float] = {}
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=said)
        while process.poll() is None:
            for children in Path(f"/proc/{process.pid}/task").glob("*/children"):
                try:
                    for child in map(int, children.read_text().split()):
                        rank, size, processor[rank] = status_of(child)
                        sizes[rank] = max(size, sizes.get(rank, 0))
                except OSError:
                    continue
            time.sleep(0.01)
        said.seek(0)
        text = said.read()
    if process.returncode != 0:
        raise SystemExit(f"plan_check.py: {' '.join(command)} ended with {process.returncode}:\n{text}")
    return text, sizes, processor


def number(pattern: str, text: str) -> float:
    match = re.search(pattern, text)
    if not match:
        raise SystemExit(f"plan_check.py: {pattern!r} was not said:\n{text}")
    return float(match[1])


def measured(program: str, config: Path, ranks: int, file: Path) -> dict[str, float]:
    said, sizes, processor = watch(["mpirun", "-n", str(ranks), program, "run", str(config), "--fresh"])
    sweep, across = number(r"sweep took ([0-9.]+) s", said), number(r"across samples ([0-9.]+) s", said)
    return {
        "masks": sum(map(int, re.findall(r"rank \d+: (\d+)", said))),
        "bytes": file.stat().st_size,
        "rank_0_megabytes": sizes[0],
        "worker_megabytes": max(size for rank, size in sizes.items() if rank > 0),
        "seconds": sweep + across,
        "processor_seconds": sum(processor.values()),
        "sweep_seconds": sweep,
        "across_seconds": across,
    }


def check(make: Callable[[Path], Config], args: argparse.Namespace) -> dict[str, object]:
    program = str((Path(args.build) / "harsanyi").resolve())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = folder / "check.yaml"
        config.write_text(json.dumps({"output": {"file": "check.h5"}} | make(folder)))
        plans, runs = [], []
        for _ in range(args.repeat):
            plans.append(planned(program, config, args.ranks))
            runs.append(measured(program, config, args.ranks, folder / "check.h5"))
    plan, best = (min(several, key=lambda one: one["seconds"]) for several in (plans, runs))
    keys = ("masks", "bytes", "rank_0_megabytes", "worker_megabytes", "seconds", "processor_seconds")
    return {"ratio": {key: round(plan[key] / best[key], 3) for key in keys}, "predicted": plan, "measured": best}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=1, help="plans and runs of each sweep, in turn")
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--build", default="build/release")
    args = parser.parse_args()
    print(json.dumps({name: check(CASES[name], args) for name in args.only}, indent=1))


if __name__ == "__main__":
    main()
