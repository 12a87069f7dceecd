"""How far AND and OR interactions that another program found are from the sparsest ones that there can be.

    python -m harsanyi.rating FILE SAMPLE P.npy [Q.npy]

FILE is a results file with `sparse.kinds: and_or` and the default tie rule, of the same v. Published procedures store
for each mask gamma (P) and epsilon (Q), with w = v - epsilon, w_and = w / 2 + gamma and w_or = w / 2 - gamma. Masks are
in the order of /values. The bound in FILE holds for everything within its band, whoever found it; with a larger epsilon
than its zeta the strength can be below the bound.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harsanyi.reader import Results, open_results

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rating:
    l1: float  # sum of |I| without the empty set, an OR of one player being its AND
    objective: float  # l1 and the tie rule's share of sum I^2, as in /sparse/objective
    lower_bound: float  # no interactions in the band have a smaller objective
    error: float  # largest |epsilon|
    zeta: float  # the band of the file

    @property
    def times(self) -> float:
        """How many times the bound; 1 is the best there is."""
        return self.objective / self.lower_bound


def interactions_of(w_and: Floats, w_or: Floats) -> tuple[Floats, Floats]:
    """AND and OR interactions of two tables [2^n]; those of single players are ANDs, the empty set's are 0."""
    ands, ors = _moebius(w_and), _moebius(w_or[-1] - w_or[::-1])
    singles = 1 << np.arange(len(w_and).bit_length() - 1)
    ands[singles] += ors[singles]
    ors[singles] = 0
    ands[0] = ors[0] = 0
    return ands, ors


def rate(results: Results, row: int, gamma: Floats, epsilon: Floats | None = None) -> Rating:
    """gamma, epsilon: [2^n] of the row's players; without epsilon v itself is rebuilt."""
    family = results.family("sparse")
    if family.kinds != ("and", "or"):
        raise ValueError(f"{results.path}: its sparse interactions are of kinds {family.kinds}; and_or is needed")
    v = results.values(row)
    off = np.zeros_like(v) if epsilon is None else np.asarray(epsilon, dtype=np.float64)
    half = np.asarray(gamma, dtype=np.float64)
    if half.shape != v.shape or off.shape != v.shape:
        raise ValueError(f"row {row} has {v.size} masks; gamma has shape {half.shape}, epsilon {off.shape}")
    both = np.concatenate(interactions_of((v - off) / 2 + half, (v - off) / 2 - half))
    l1, weight = float(np.abs(both).sum()), float(family.solution("tie_weight")[row])
    return Rating(
        l1=l1,
        objective=l1 + weight / 2 * float((both**2).sum()),
        lower_bound=float(family.solution("lower_bound")[row]),
        error=float(np.abs(off).max()),
        zeta=float(family.solution("zeta")[row]),
    )


def _moebius(table: Floats) -> Floats:
    out = np.array(table, dtype=np.float64)
    step = 1
    while step < out.size:
        pairs = out.reshape(-1, 2, step)
        pairs[:, 1] -= pairs[:, 0]
        step *= 2
    return out


def main() -> None:
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    tables = [np.load(path) for path in sys.argv[3:]]
    with open_results(Path(sys.argv[1])) as results:
        try:
            rating = rate(results, results.row_of(int(sys.argv[2])), *tables)
        except (KeyError, ValueError) as error:
            sys.exit(f"harsanyi.rating: {error}")
    print(f"strength {rating.l1:.6g}, objective {rating.objective:.6g}: {rating.times:.4g} times the bound")
    print(f"largest error {rating.error:.3g}, zeta of the file {rating.zeta:.3g}", end="")
    print("" if rating.error <= rating.zeta * (1 + 1e-9) else ": outside the band, the bound says nothing")


if __name__ == "__main__":
    main()
