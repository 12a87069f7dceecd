"""What several parts of the report need of a results file, read once: one sample's table in memory at a time."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harsanyi.markup import Markup, element, escape, join, link
from harsanyi.reader import ROOT, Family, Results

MOST_ENTRIES = 1 << 29  # table entries read for one report: 4 GiB
MOST_LINES = 5000  # samples with a line in the table of all
MANY = 6  # a set of at least so many players that lacks at most a third as many is described by these
NO_MASK = np.iinfo(np.uint64).max


@dataclass(frozen=True)
class Data:
    """A results file and what was gathered from it."""

    results: Results
    detailed: list[int]  # rows shown in detail
    frequent: list[int]  # masks of the frequent interactions that are shown
    strongest: dict[
        int, tuple[int, float]
    ]  # row: mask and effect of its strongest interaction, if it was read and has one
    read: int  # samples whose tables were read
    effects: NDArray[np.float64]  # [R, len(frequent)] I(S); NaN: not read
    salient: NDArray[np.bool_]  # [R, len(frequent)]
    why_no_tables: str  # why the tables could not be read; empty: they could

    @property
    def all_read(self) -> bool:
        return self.read == len(self.results.done)


def gather(results: Results, details: int, most_frequent: int) -> Data:
    """Reads what the report shows: tables of the samples in detail and, as far as MOST_ENTRIES goes, of all others."""
    sizes = 1 << results.n_players.astype(np.int64)
    detailed = _within(choose(results, details), sizes, MOST_ENTRIES // 2)
    rows = detailed + _within([int(r) for r in results.done if r not in set(detailed)], sizes, MOST_ENTRIES // 2)
    frequent = _frequent(results)[:most_frequent]
    strongest: dict[int, tuple[int, float]] = {}
    effects = np.full((results.rows, len(frequent)), np.nan)
    why = ""
    read = 0
    for row in rows:
        try:
            table = results.interactions(row)
        except (ValueError, OSError) as error:
            why = str(error)
            break
        read += 1
        if np.any(table[1:] != 0):
            mask = int(np.abs(table[1:]).argmax()) + 1
            strongest[row] = (mask, float(table[mask]))
        fitting = [k for k, mask in enumerate(frequent) if mask < len(table)]
        effects[row, fitting] = table[[frequent[k] for k in fitting]]
    salient = results.family(ROOT).salient_in(frequent)
    return Data(results, detailed, frequent, strongest, read, effects, salient, why)


def _within(rows: list[int], sizes: NDArray[np.int64], most: int) -> list[int]:
    """The first rows whose tables together have that many entries; at least one."""
    total = np.cumsum(sizes[rows])
    return rows[: max(1, int(np.searchsorted(total, most, side="right")))]


def _frequent(results: Results) -> list[int]:
    if not results.summary_valid:
        return []
    return [int(mask) for mask in results.summary("interactions/mask") if mask != NO_MASK]


def classes(results: Results) -> NDArray[np.int64]:
    """The class of each row: its label, or the target where it has none or a sample has several."""
    return np.where((results.label >= 0) & (not results.several_targets), results.label, results.target)


def has_target(results: Results) -> bool:
    """Whether v is about one of several outputs or classes: that of a game or of a table from elsewhere is not."""
    return results.several_targets or results.attributes.get("score") != "none"


def no_halves(results: Results) -> str:
    """Why there is no transferability to the other half of the samples."""
    if not np.any(results.conditions("salient_total")[results.done] > 0):
        return "not known (nothing is salient)"
    pairs = set(zip(classes(results)[results.done].tolist(), results.index[results.done].tolist(), strict=True))
    if len({kind for kind, _ in pairs}) == len(pairs):
        return "not known (no class has two samples)"
    return "not known (nothing is salient in one of the halves)"


def known(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Those that are not NaN."""
    return values[~np.isnan(values)]


def further(results: Results) -> list[Family]:
    """The families beside the dividends."""
    return [results.family(name) for name in results.families if name != ROOT]


def rows_called(results: Results, count: int) -> str:
    """What a row is: a sample, or one target of it; in the number that goes with the count."""
    return ("row" if results.several_targets else "sample") + ("" if count == 1 else "s")


def above_the_noise(results: Results) -> tuple[int, int]:
    """Rows whose τ is above the noise floor of every order up to their order limit, and all rows of known noise."""
    limit, tau = results.conditions("order_limit"), results.conditions("threshold")
    floor = results.orders("noise_floor")
    rows = [r for r in results.done if not np.isnan(limit[r]) and not np.isnan(floor[r, int(limit[r])])]
    return sum(bool(floor[r, int(limit[r])] < tau[r]) for r in rows), len(rows)


def threshold(results: Results) -> str:
    """What tau is, by the settings."""
    of_mean = results.setting("statistics.salience_scale") == "mean_output"
    scale = "|mean of v(N) − v(∅) over the samples|" if of_mean else "the sample’s largest |I(S)|"
    return f"{results.setting('statistics.salience')} × {scale}"


def choose(results: Results, count: int) -> list[int]:
    """Rows to show in detail: every class gets as many as the others, as far as it has them, evenly spaced over its
    done samples; so a class is not missed because the samples are in some order."""
    groups = [results.done[classes(results)[results.done] == c] for c in np.unique(classes(results)[results.done])]
    shares = np.zeros(len(groups), dtype=np.int64)
    while shares.sum() < min(count, len(results.done)):
        open_groups = [i for i, group in enumerate(groups) if shares[i] < len(group)]
        for i in open_groups[: min(count, len(results.done)) - int(shares.sum())]:
            shares[i] += 1
    picked = [
        group[np.arange(share) * len(group) // share] for group, share in zip(groups, shares, strict=True) if share
    ]
    return sorted(int(row) for group in picked for row in group)


def players(results: Results, row: int | None, mask: int) -> Markup:
    """The names of a set in a row, None: in all, for people; a large one is described by what it lacks."""
    count = int(results.n_players.max() if row is None else results.n_players[row])
    inside, everyone = results.players_of(row, mask), (1 << count) - 1
    lacking = results.players_of(row, everyone & ~mask)
    if len(inside) < MANY or 3 * len(lacking) > len(inside):
        return _names(inside)
    text = join(["all but ", _names(lacking)]) if lacking else Markup(f"all {len(inside)} players")
    return element("span", text, title=" · ".join(inside))


def _names(names: tuple[str, ...]) -> Markup:
    return join((element("bdi", name) for name in names), " · ")


def interaction(data: Data, row: int, mask: int) -> Markup:
    """The names of a set in a sample, linked to its line in the table of frequent interactions where it has one."""
    names = players(data.results, row, mask)
    return link(interaction_id(mask), names) if mask in data.frequent else names


def interaction_id(mask: int) -> str:
    return f"interaction-{mask}"


def sample_link(data: Data, row: int) -> Markup:
    """The number of a sample, linked to the place that says most about it, if there is one."""
    text = escape(data.results.row_name(row))
    if row in data.detailed:
        return link(f"sample-{row}", text)
    return link(f"row-{row}", text) if row < MOST_LINES else text
