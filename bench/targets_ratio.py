#!/usr/bin/env python3
"""What several targets cost: a sweep with all outputs of the digits CNN as targets against one with a single target.

    bench/targets_ratio.py [--samples S] [--repeat K] [--build DIR]

Both are run in turn on one rank, K times; the least processor time (user and system) of each is compared, start and
file included. All ten targets come from the same evaluations, so the rest is their rows: scores, transforms,
statistics, and ten times the file. Prints JSON.
"""

import argparse
import json
import os
import resource
import subprocess
import tempfile
from pathlib import Path

CONFIG = Path(__file__).parents[1] / "configs/digits/digits.yaml"
TARGETS = {"one": "label", "ten": "all"}


def processor_seconds(command: list[str]) -> float:
    """Of a command that ends well, and of what it started."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=20)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--build", type=Path, default=Path("build/release"))
    args = parser.parse_args()
    os.environ.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    seconds: dict[str, list[float]] = {name: [] for name in TARGETS}
    with tempfile.TemporaryDirectory() as folder:
        command = [str(args.build / "harsanyi"), "run", str(CONFIG), "--fresh", "-o", f"{folder}/bench.h5"]
        command += ["--set", f"samples.select=0:{args.samples}"]
        for _ in range(args.repeat):
            for name, target in TARGETS.items():
                seconds[name].append(round(processor_seconds([*command, "--set", f"model.target={target}"]), 2))
    print(json.dumps({"processor_seconds": seconds, "ratio": min(seconds["ten"]) / min(seconds["one"])}, indent=1))


if __name__ == "__main__":
    main()
