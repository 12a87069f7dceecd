"""Results files that the built program makes, for the tests of what reads and draws them."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
from harness import Config, Sweep


def swept(folder: Path, config: Config, *options: str) -> Path:
    sweep = Sweep(folder, config)
    sweep.complete(*options)
    return sweep.file


def of_tables(folder: Path, tables: object, *options: str) -> Path:
    """Results of tables of v, [samples, 2^n]."""
    with h5py.File(folder / "v.h5", "w") as file:
        file["values"] = np.array(tables, dtype=np.float64)
    return swept(folder, {"model": {"backend": "values", "file": "v.h5"}}, *options)


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
