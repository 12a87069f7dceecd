#!/usr/bin/env python3
"""The tables of docs/results.md: every family of results files side by side (needs h5py).

    bench/results_table.py NAME=FILE ...
    bench/results_table.py --each dividends|sparse NAME=FILE ...

One column for the dividends of the first file, then one for the sparse interactions of each file that has them; they
must be of the same samples. --each: one column for each file, of this family alone and of any samples. Per sample:
median over the rows (lower ... upper quartile). Counts of both kinds are given as AND + OR. Prints Markdown.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import h5py
import numpy as np

DONE = 1
K, FEW_K = 100, 10  # size of the dictionary for rho, and with --each


@dataclass
class Column:
    name: str
    file: h5py.File
    prefix: str  # "" or "sparse/"
    k: int = K

    def rows(self, name: str) -> np.ndarray:
        """Of done rows."""
        return self.file[self.prefix + name][()][self.file["samples/status"][()] == DONE]

    def summary(self, name: str) -> np.ndarray:
        return self.file[f"{self.prefix}summary/{name}"][()]


def quartiles(x: np.ndarray, most: float = np.inf, *, of_steps: bool = False) -> str:
    """Median and quartiles, of steps one of them; what is above `most` is known to be above it, no more."""
    three = [float(np.percentile(x, share, method="nearest" if of_steps else "linear")) for share in (50, 25, 75)]
    digits = 0 if max(three) >= 100 else 1 if max(three) >= 10 else 2
    middle, low, high = (f"{q:,.{digits}f}" if q <= most else f"> {most:,.0f}" for q in three)
    return f"{middle} ({low} … {high})"


def by_kind(x: np.ndarray) -> str:
    """x: [row] or [row, kind]."""
    return quartiles(x) if x.ndim == 1 else " + ".join(quartiles(x[:, kind]) for kind in range(x.shape[1]))


def strengths(column: Column) -> np.ndarray:
    return column.rows("l1") if column.prefix else np.nansum(column.rows("orders/interaction_abs_sum")[:, 1:], axis=1)


def converged(column: Column) -> str:
    if not column.prefix:
        return "exact"
    yes = column.rows("converged")
    return f"{np.sum(yes == 1)} of {len(yes)}, worst gap {column.rows('gap').max():.1e}"


def rho(column: Column, name: str) -> str:
    k = column.summary("transferability/k")
    at = int(np.searchsorted(k, column.k, side="right")) - 1
    return f"{column.summary(f'transferability/{name}')[at]:.3f} (k = {k[at]})"


def theorem_3(column: Column) -> str:
    bound, real = float(column.summary("bound_mean")), float(column.summary("real_mean"))
    return "unknown" if np.isnan(bound) else f"{bound:,.0f} against {real:,.0f}"


def interactions_for(column: Column, share: float) -> str:
    """How many of the strongest explain this share of the variance of v, by the steps of curves/k."""
    if f"{column.prefix}curves/r2" not in column.file or np.all(np.isnan(column.rows("curves/r2"))):
        return "no curves"
    r2, k = column.rows("curves/r2"), column.file[column.prefix + "curves/k"][()]
    reached = [float(k[np.argmax(row >= share)]) if np.any(row >= share) else np.inf for row in r2]
    return quartiles(np.array(reached), float(k[-1]), of_steps=True)


LINES: list[tuple[str, Callable[[Column], str]]] = [
    ("gap reached", converged),
    ("Σ\\|I\\|", lambda c: quartiles(strengths(c))),
    ("salient", lambda c: by_kind(c.rows("conditions/salient_total"))),
    ("highest order of a salient one", lambda c: by_kind(c.rows("conditions/order_limit"))),
    ("strongest that explain 95 % of the variance of v", lambda c: interactions_for(c, 0.95)),
    ("ρ", lambda c: rho(c, "rho")),
    ("ρ, held out", lambda c: rho(c, "rho_heldout")),
    ("ρ, random dictionary", lambda c: rho(c, "rho_random")),
    ("discrimination β", lambda c: f"{float(c.summary('discrimination/weighted')):.3f}"),
    ("monotone share", lambda c: f"{float(c.summary('monotone_share')):.2f}"),
    ("p", lambda c: f"{float(c.summary('p_mean')):.2f} ± {float(c.summary('p_std')):.2f}"),
    ("Theorem 3: bound against real", theorem_3),
]


def columns_of(arguments: list[str]) -> list[Column]:
    if arguments[0] == "--each":
        prefix = "sparse/" if arguments[1] == "sparse" else ""
        named = (argument.split("=", 1) for argument in arguments[2:])
        return [Column(name, h5py.File(path), prefix, FEW_K) for name, path in named]
    columns: list[Column] = []
    for argument in arguments:
        name, path = argument.split("=", 1)
        file = h5py.File(path)
        if not columns:
            columns.append(Column("dividends", file, ""))
        if "sparse" in file:
            columns.append(Column(name, file, "sparse/"))
    return columns


def main() -> None:
    files = sys.argv[3:] if sys.argv[1:2] == ["--each"] else sys.argv[1:]
    if not files or any("=" not in argument for argument in files):
        sys.exit(__doc__)
    columns = columns_of(sys.argv[1:])
    print("| | " + " | ".join(c.name for c in columns) + " |")
    print("|---|" + "---:|" * len(columns))
    for title, cell in LINES:
        print(f"| {title} | " + " | ".join(cell(c) for c in columns) + " |")


if __name__ == "__main__":
    main()
