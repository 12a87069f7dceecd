"""Results files that the built program makes, for the tests of what reads and draws them."""

from __future__ import annotations

import csv
import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import Config, Sweep, cancer, network, setting


def shared(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that `make` has filled, once for all processes of the tests; to be left as it is."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            folder.mkdir()
            make(folder)
    return folder


def swept(folder: Path, config: Config, *options: str) -> Path:
    sweep = Sweep(folder, config)
    sweep.complete(*options)
    return sweep.file


def of_tables(folder: Path, tables: object, *options: str) -> Path:
    """Results of tables of v, [samples, 2^n]."""
    with h5py.File(folder / "v.h5", "w") as file:
        file["values"] = np.array(tables, dtype=np.float64)
    return swept(folder, {"model": {"backend": "values", "file": "v.h5"}}, *options)


def with_probes(folder: Path) -> Path:
    """8 samples of 6 players, 2 outputs, 3 targets each: 48 rows; with AND and OR interactions."""
    x = np.round(np.random.default_rng(5).normal(size=(8, 6)) * 8) / 8
    config = network(folder, "probes", x, label=np.arange(8) % 3)
    config["model"] |= {"output": ["early", "late"], "target": "all"}
    config["samples"]["baseline"] = 0.5
    return swept(folder, config, *setting("sparse.kinds", "and_or"))


def set_noise(path: Path, sigma: float) -> None:
    """A noise floor as the file format defines it, in every sample."""
    with h5py.File(path, "r+", locking=False) as file:
        n = file["samples/n_players"][:]
        for row, players in enumerate(n):
            file["orders/noise_floor"][row, : players + 1] = sigma * 2.0 ** (np.arange(players + 1) / 2)


def set_status(path: Path, row: int, status: int, error: str = "") -> None:
    with h5py.File(path, "r+", locking=False) as file:
        file["samples/status"][row] = status
        file["samples/error"][row] = error.encode()


SIGMA = 1e-5


def with_kinds(folder: Path) -> None:
    """A sweep with AND and OR interactions and classes of players."""
    sparse = (*setting("sparse.kinds", "and_or"), *setting("sparse.gap", 1e-3))
    path = swept(folder, cancer("0:12"), *sparse)
    set_noise(path, SIGMA)
    with h5py.File(path, "r+") as file:
        file["samples/player_class"] = np.array([b"size", b"shape"] * 6)


def read_csv(path: Path) -> dict[str, list[str]]:
    with path.open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return {name: [row[place] for row in rows[1:]] for place, name in enumerate(rows[0])}
