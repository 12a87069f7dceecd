"""The statistics across samples computed literally, and put into a copy of a results file: what figures are tested on."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def with_summary(source: Path, target: Path, sigma: float | None = None) -> Path:
    """A copy with /summary filled and, with sigma, a noise floor in every sample."""
    shutil.copy(source, target)
    with h5py.File(target, "r+", locking=False) as file:
        if sigma is not None:
            set_noise(file, sigma)
        fill(file)
    return target


def set_noise(file: h5py.File, sigma: float) -> None:
    file["samples/noise_sigma"][:] = sigma
    n = file["samples/n_players"][:]
    for row in range(len(n)):
        file["orders/noise_floor"][row, : n[row] + 1] = sigma * 2.0 ** (np.arange(n[row] + 1) / 2)


def fill(file: h5py.File) -> None:
    rows = np.flatnonzero(file["samples/status"][:] == 1)
    n = file["samples/n_players"][:]
    tables = {row: file["interactions"][row, : 1 << n[row]] for row in rows}
    salient = {row: _salient(file, row, tables[row]) for row in rows}
    summary = file["summary"]
    for name in file["orders"]:
        data = file[f"orders/{name}"][:][rows]
        for order in range(data.shape[1]):
            known = data[np.isfinite(data[:, order]), order]
            summary[f"orders/{name}_count"][order] = len(known)
            summary[f"orders/{name}_mean"][order] = known.mean() if len(known) else np.nan
            summary[f"orders/{name}_std"][order] = known.std() if len(known) else np.nan
    _strength_curve(summary, list(tables.values()))
    _dictionary(summary, tables, salient)
    _transferability(summary, file["samples/label"][:], rows, salient)
    _faithfulness(summary, tables)
    summary["valid"][()] = 1


def zeta(interactions: Floats) -> Floats:
    values = interactions.copy()
    for mask in range(len(values)):
        subsets = [part for part in range(len(values)) if part & ~mask == 0] if len(values) <= 64 else None
        if subsets is None:
            break
        values[mask] = interactions[subsets].sum()
    else:
        return values
    values = interactions.copy()
    for bit in range(len(values).bit_length() - 1):
        pairs = values.reshape(-1, 2, 1 << bit)
        pairs[:, 1] += pairs[:, 0]
    return values


def _salient(file: h5py.File, row: int, table: Floats) -> list[int]:
    if not np.abs(table[1:]).max() > 0:
        return []
    return [mask for mask in range(1, len(table)) if abs(table[mask]) >= file["conditions/threshold"][row]]


def _strength_curve(summary: h5py.Group, tables: list[Floats]) -> None:
    curves = [np.sort(np.abs(t[1:]))[::-1] / np.abs(t[1:]).max() for t in tables if np.abs(t[1:]).max() > 0]
    for place, rank in enumerate(summary["strength_rank"][:]):
        there = [curve[rank - 1] for curve in curves if len(curve) >= rank]
        summary["strength_count"][place] = len(there)
        summary["strength_curve"][place] = np.mean(there) if there else np.nan


def _ranked(sets: list[list[int]]) -> list[tuple[int, int]]:
    counts = Counter(mask for one in sets for mask in one)
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _dictionary(summary: h5py.Group, tables: dict[int, Floats], salient: dict[int, list[int]]) -> None:
    group = summary["interactions"]
    for place, (mask, count) in enumerate(_ranked(list(salient.values()))[: len(group["mask"])]):
        effects = np.array([tables[row][mask] for row in salient if mask in salient[row]])
        group["mask"][place] = mask
        group["frequency"][place] = count / len(salient)
        group["effect_mean"][place] = effects.mean()
        group["effect_std"][place] = effects.std()
        group["positive"][place] = (effects > 0).sum()
        group["negative"][place] = (effects < 0).sum()
        group["histogram"][place], group["edges"][place] = np.histogram(effects, bins=group["histogram"].shape[1])


def _rho(dictionary: list[int], scored: list[list[int]], k: int) -> float:
    best = set(dictionary[:k])
    shares = [len(best & set(one)) / len(one) for one in scored if one]
    return float(np.mean(shares)) if shares else np.nan


def _transferability(summary: h5py.Group, labels: NDArray[np.int64], rows: Floats, salient: dict[int, list[int]]) -> None:
    group = summary["transferability"]
    halves: tuple[list[int], list[int]] = ([], [])
    for label in np.unique(labels[rows]):
        of_class = [row for row in rows if labels[row] == label]
        halves[0].extend(of_class[0::2])
        halves[1].extend(of_class[1::2])

    def order(some: list[int]) -> list[int]:
        return [mask for mask, _ in _ranked([salient[row] for row in some])]

    everything = order(list(rows))
    half_orders = [order(half) for half in halves]
    sets = list(salient.values())
    most = int(max(map(max, (s for s in sets if s)), default=1)).bit_length()
    for place, k in enumerate(group["k"][:]):
        group["rho"][place] = _rho(everything, sets, k)
        crossed = [_rho(half_orders[1 - side], [salient[row] for row in halves[side]], k) for side in (0, 1)]
        group["rho_heldout"][place] = np.mean(crossed)
        group["rho_random"][place] = k / (2**most - 1)
        for at, label in enumerate(group["classes"][:]):
            of_class = [row for row in rows if labels[row] == label]
            if of_class:
                group["rho_class"][at, place] = _rho(order(of_class), [salient[row] for row in of_class], k)


def _faithfulness(summary: h5py.Group, tables: dict[int, Floats]) -> None:
    group = summary["faithfulness"]
    for place, k in enumerate(group["k"][:]):
        found = []
        for table in tables.values():
            strongest = np.argsort(-np.abs(table[1:]), kind="stable")[:k] + 1
            kept = np.zeros_like(table)
            kept[0] = table[0]
            kept[strongest] = table[strongest]
            full, values = zeta(table), zeta(kept)
            error = values - full
            spread = ((full - full.mean()) ** 2).sum()
            total = np.abs(table[strongest]).sum()
            rest = abs(full[-1] - full[0] - table[strongest].sum())
            found.append(
                (
                    np.sqrt((error**2).mean()),
                    np.abs(error).max(),
                    1 - (error**2).sum() / spread if spread > 0 else np.nan,
                    total / (total + rest) if total + rest > 0 else np.nan,
                )
            )
        for name, numbers in zip(("rmse", "max_error", "r2", "r_omega"), np.transpose(found), strict=True):
            known = numbers[np.isfinite(numbers)]
            group[name][place] = known.mean() if len(known) else np.nan
