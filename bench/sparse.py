#!/usr/bin/env python3
"""bench_sparse on tables of a results file: eight rows of one number of players, spread over the file.

    bench/sparse.py RESULTS [--program build/release/bench/bench_sparse]

Needs h5py. Prints the program's JSON.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import h5py
import numpy as np

TABLES = 8


def tables_of(results: Path) -> tuple[int, np.ndarray]:
    """The largest number of players of complete rows, and up to eight of their tables."""
    with h5py.File(results) as file:
        players = file["samples/n_players"][()]
        done = file["samples/status"][()] == 1
        n = int(players[done].max())
        rows = np.flatnonzero(done & (players == n))
        chosen = rows[np.linspace(0, rows.size - 1, min(TABLES, rows.size)).astype(int)]
        return n, file["values"][chosen, : 1 << n].astype("<f8")


def main() -> None:
    """Writes the tables where the program reads them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path)
    parser.add_argument("--program", type=Path, default=Path("build/release/bench/bench_sparse"))
    arguments = parser.parse_args()
    n, tables = tables_of(arguments.results)
    with tempfile.NamedTemporaryFile() as file:
        tables.tofile(file.name)
        subprocess.run([arguments.program, str(n), file.name], check=True)


if __name__ == "__main__":
    main()
