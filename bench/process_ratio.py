#!/usr/bin/env python3
"""How much of a Python model's speed a sweep keeps: `harsanyi run` with backend process against a plain Python loop.

    bench/process_ratio.py [--hidden 512] [--torch] [--batch 256] [--samples 4] [--repeat 5] [--build build/release]

The loop masks the inputs with numpy and runs the same function at the same batch in this process; both use one thread
for arithmetic. They are run in turn, and the best of each is compared. The function: a network of 64 inputs (4 x 4
patches of 8 x 8 pixels, 16 players), one hidden layer, 10 outputs, in numpy; --torch: the CNN of configs/digits in
PyTorch, if it is installed. Of the sweep the evaluation counts (first unit given out to last result). Processor time,
which says more on a machine that does other work beside, is that of the rank and of the model's process for all samples
but one: a sweep of one sample is run beside each, and taken off, so that starts do not count. Prints JSON.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[threads] = "1"

import numpy as np  # noqa: E402  (reads the variables)

PLAYERS, OUTPUTS = 16, 10
HIDDEN = int(os.environ.get("BENCH_HIDDEN", "512"))

random = np.random.default_rng(0)
W1 = (random.normal(size=(64, HIDDEN)) / 8).astype(np.float32)
W2 = (random.normal(size=(HIDDEN, OUTPUTS)) / 20).astype(np.float32)
Array = np.ndarray


def predict(x: Array) -> Array:
    return np.maximum(x.reshape(len(x), 64) @ W1, 0) @ W2


def network() -> Any:  # noqa: ANN401  (a torch module)
    import torch
    from torch import nn

    torch.manual_seed(0)
    torch.set_num_threads(1)
    return nn.Sequential(
        nn.Unflatten(1, (1, 8)),
        nn.Conv2d(1, 16, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(512, 64),
        nn.ReLU(),
        nn.Linear(64, OUTPUTS),
    ).eval()


def patches() -> Array:
    """The player of each pixel."""
    rows, columns = np.divmod(np.arange(64), 8)
    return (rows // 2 * 4 + columns // 2).reshape(8, 8).astype(np.int32)


def images(count: int) -> Array:
    return np.random.default_rng(1).normal(size=(count, 8, 8)).astype(np.float32)


def loop(model: Any, x: Array, batch: int) -> tuple[float, float]:  # noqa: ANN401  (a function)
    """Masks a second, and a second of processor time, over all masks of a sample."""
    players, baseline = patches(), np.zeros((8, 8), np.float32)
    began, busy = time.monotonic(), time.process_time()
    for first in range(0, 1 << PLAYERS, batch):
        present = (np.arange(first, first + batch)[:, None] >> np.arange(PLAYERS)) & 1 == 1
        model(np.where(present[:, players], x, baseline))
    masks = 1 << PLAYERS
    return masks / (time.monotonic() - began), masks / (time.process_time() - busy)


def in_torch() -> Any:  # noqa: ANN401  (a function)
    import torch

    module = network()

    def run(x: Array) -> Array:
        with torch.inference_mode():
            return module(torch.from_numpy(x)).numpy()

    return run


def config(folder: Path, args: argparse.Namespace, samples: int) -> Path:
    import h5py

    folder.mkdir()
    with h5py.File(folder / "samples.h5", "w") as file:
        file["x"] = images(samples)
        file["players"] = patches()
        file["label"] = np.arange(samples) % OUTPUTS
    name = "process_ratio:predict"
    if args.torch:
        (folder / "network.py").write_text("import process_ratio\n\nmodule = process_ratio.network()\n")
        name = "network:module"
    text = {
        "model": {"backend": "process", "function": name, "python": sys.executable},
        "samples": {"file": "samples.h5", "baseline": "zero"},
        "sweep": {"batch": args.batch},
        "output": {"file": "results.h5"},
    }
    (folder / "bench.yaml").write_text(json.dumps(text))
    return folder / "bench.yaml"


def main() -> None:
    from sweep_ratio import sweep

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hidden", type=int, default=512)
    parser.add_argument("--torch", action="store_true")
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--build", default="build/release")
    args = parser.parse_args()
    if args.hidden != HIDDEN:  # the model is made when this module is imported, here and in the sweep
        os.environ["BENCH_HIDDEN"] = str(args.hidden)
        sys.exit(subprocess.run([sys.executable, *sys.argv], check=False).returncode)
    os.environ["PYTHONPATH"] = f"{Path(__file__).parent.resolve()}:{os.environ.get('PYTHONPATH', '')}"
    model = in_torch() if args.torch else predict
    loops: list[tuple[float, float]] = []
    sweeps: list[tuple[float, float]] = []
    loop(model, images(1)[0], args.batch)  # what is only done at first
    with tempfile.TemporaryDirectory() as name:
        commands = [
            [str(Path(args.build) / "harsanyi"), "run", str(config(Path(name) / str(count), args, count)), "--fresh"]
            for count in (1, args.samples)
        ]
        for _ in range(args.repeat):
            loops.append(loop(model, images(1)[0], args.batch))
            one, done = (sweep(command, Path(command[2]).parent / "results.h5", None) for command in commands)
            masks = done.masks - one.masks
            sweeps.append((done.masks / done.evaluation, masks / (done.processor - one.processor)))
    result = {
        "loop_masks_per_second": [round(fast) for fast, _ in loops],
        "sweep_masks_per_second": [round(fast) for fast, _ in sweeps],
        "loop_masks_per_processor_second": [round(busy) for _, busy in loops],
        "sweep_masks_per_processor_second": [round(busy) for _, busy in sweeps],
        "ratio": round(max(fast for fast, _ in sweeps) / max(fast for fast, _ in loops), 3),
        "ratio_processor_time": round(max(busy for _, busy in sweeps) / max(busy for _, busy in loops), 3),
        "last_run": done.said,
    }
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
