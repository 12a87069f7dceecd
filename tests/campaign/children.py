#!/usr/bin/env python3
"""Kills the processes of a model at random, 20 times in a sweep, while they start and while they compute: same bits as
undisturbed. And one that takes 30 s to start is waited for.

    PYTHONPATH=tests/e2e HARSANYI_PROGRAM=build/release/harsanyi python3 tests/campaign/children.py [--kills 20]
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from harness import Config, Sweep, samples_file, swept, wait_for

SAMPLES = 100

MODEL = """
import os, time
import numpy as np

time.sleep(float(os.environ.get("START_SECONDS", "0")))
W = np.random.default_rng(0).normal(size=(14, 64))

def predict(x):
    time.sleep(0.002)
    return np.tanh(x @ W).sum(axis=1)
"""


def config(folder: Path, samples: int) -> Config:
    (folder / "my_model.py").write_text(MODEL)
    model = {"backend": "process", "function": "my_model:predict", "python": sys.executable, "score": "raw"}
    x = np.random.default_rng(1).normal(size=(samples, 14))
    return {"model": model, "samples": samples_file(folder, x), "sweep": {"batch": 64, "retries": 9}}


def children(of: list[int]) -> list[int]:
    found = []
    for rank in of:
        try:
            text = Path(f"/proc/{rank}/task/{rank}/children").read_text()
        except OSError:
            continue
        found += [int(pid) for pid in text.split()]
    return found


def flagged(sweep: Sweep) -> int:
    return sweep.flagged() if sweep.file.exists() else 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    draw = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = swept(folder, config(folder, SAMPLES), name="whole.h5")
        sweep, kills = Sweep(folder, config(folder, SAMPLES)), 0
        job = sweep.start(ranks=2)
        while kills < args.kills and job.process.poll() is None:
            if kills % 4:  # the fourth of them may hit one that starts
                stored = flagged(sweep)
                wait_for(lambda stored=stored: flagged(sweep) > stored or job.process.poll() is not None, 600)
            time.sleep(draw.uniform(0, 0.5))
            for pid in draw.sample(living := children(list(job.ranks().values())), min(1, len(living))):
                os.kill(pid, signal.SIGKILL)
                kills += 1
        job.wait(1200).ends(0)
        assert kills == args.kills, f"the sweep ended after {kills} kills"
        sweep.has(whole.numbers())
        print(f"{kills} kills: same bits; {sweep.read('samples/attempts').sum()} attempts of {SAMPLES} samples")
        slow = Sweep(folder, config(folder, SAMPLES), "slow.h5")
        slow.run(environment={"START_SECONDS": "30"}).ends(0)
        slow.has(whole.numbers())
        print("a start of 30 s: same bits")


if __name__ == "__main__":
    main()
