"""Results files of harsanyi as numpy arrays with player names. docs/file-format.md says what every dataset is.

from harsanyi.reader import open_results

with open_results("results.h5") as results:
    for row in results.done:
        print([i.players for i in results.strongest(row, top=3)])
"""

from __future__ import annotations

import copy
import importlib
import json
import operator
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]
Player = str | int

FORMAT = "harsanyi results"
FORMAT_VERSION = 2
ROOT = "harsanyi"  # the family whose datasets have no group of their own
PENDING, DONE, FAILED = 0, 1, 2
UNKNOWN = 255  # of u8 datasets
INTERACTION = ("kind", "mask", "players", "order", "effect", "strength", "salient", "floors")  # columns of to_pandas
FIRST_BATCH = 1024  # interactions that strongest() sorts before it sorts them all


@dataclass(frozen=True)
class Interaction:
    """What exactly the players of a set contribute together, in one row. A dividend of v, and an "and", count where all
    players are there, an "or" where at least one is."""

    mask: int
    players: tuple[str, ...]
    effect: float
    strength: float  # |effect|
    order: int  # number of players
    salient: bool
    floors: float  # strength in units of the noise floor of its order; NaN: unknown
    kind: str = ""  # of a family with kinds: "and", "or"

    @property
    def name(self) -> str:
        """AND(eye, nose), OR(eye, nose); {eye, nose} where there are no kinds."""
        return set_name(self.players, self.kind)


def set_name(players: Iterable[str], kind: str = "") -> str:
    """Players as Interaction.name has them."""
    inside = ", ".join(players)
    return f"{kind.upper()}({inside})" if kind else f"{{{inside}}}"


def open_results(path: str | Path) -> Results:
    """Opens a results file, also one that a sweep is still writing. ValueError when it is not one."""
    return Results(path)


def titles(files: Sequence[Results]) -> list[str]:
    """The title of each; where several files have the same, with as many of their folders as tell them apart."""

    def named(one: Results, folders: int) -> str:
        return "/".join((*one.path.absolute().parent.parts[::-1][:folders][::-1], one.title))

    found = []
    for one in files:
        others = [other for other in files if other.source != one.source]
        most = range(max(len(file.path.absolute().parts) for file in files))
        alone = (n for n in most if all(named(other, n) != named(one, n) for other in others))
        found.append(named(one, next(alone, 0)))
    return found


@dataclass(frozen=True)
class Family:
    """Effects made from v, and their statistics: Results.family(name). In a family with kinds, arrays have an axis of
    kinds behind that of rows. Rows that are not done are NaN, and have no salient sets."""

    results: Results
    name: str
    prefix: str  # of its datasets: "" or a group with a slash behind
    kinds: tuple[str, ...]  # their names, "and", "or"; one without a name where the family has no kinds

    @property
    def label(self) -> str:
        """What its interactions are: "dividends", "AND", "AND–OR"."""
        return "–".join(self.kinds).upper() or "dividends"

    @property
    def solved(self) -> bool:
        """Whether a solver found them, which may have missed the gap: see solution()."""
        return f"{self.name}/converged" in self.results.file

    def missed(self) -> Integers:
        """The done rows that the solver did not bring to the gap asked for."""
        done = self.results.done
        return done[self.solution("converged")[done] != 1] if self.solved else done[:0]

    def interactions(self, row: int) -> Floats:
        """The effects of all 2^n_i masks, mask order; [kinds, 2^n_i] in a family with kinds."""
        return self.results._table(f"{self.prefix}interactions", row)

    def strongest(self, row: int, top: int | None = None) -> Iterator[Interaction]:
        """Interactions of a row, of all kinds together, strongest first; of equal ones AND first, then the smaller
        mask; without the empty set. Those asked for are the only ones that are made: of a table of 2^24 the first ten
        cost two passes."""
        effects = self.interactions(row).reshape(len(self.kinds), -1)
        if np.isnan(effects[0, -1]):
            return
        names = self.results.names(row)
        n = len(names)
        # Noise of v moves each dividend by a known amount; what it does to a solver's answer is not known.
        floor = self.results.noise_floor(row) if self.name == ROOT else np.full(n + 1, np.nan)
        salient = self.salient(row).reshape(effects.shape)
        for place in _by_strength(effects[:, 1:].ravel(), top):
            kind, mask = divmod(place, effects.shape[1] - 1)
            mask += 1
            effect = float(effects[kind, mask])
            order = mask.bit_count()
            yield Interaction(
                mask=mask,
                players=tuple(name for player, name in enumerate(names) if mask >> player & 1),
                effect=effect,
                strength=abs(effect),
                order=order,
                salient=bool(salient[kind, mask]),
                floors=float(abs(effect) / floor[order]) if floor[order] > 0 else float("nan"),
                kind=self.kinds[kind],
            )

    def salient(self, row: int, sign: int = 0) -> Booleans:
        """Which masks are salient, [2^n_i] or [kinds, 2^n_i]; sign 1, -1: those with an effect above, below 0."""
        if sign == 0:
            return self.salient(row, 1) | self.salient(row, -1)
        return self.results._bitmap(f"{self.prefix}salient/{_sign(sign)}", row)

    def effect(self, row: int, mask: int, kind: int = 0) -> float:
        """The effect of one mask; only this number is read."""
        return self.results._entry(f"{self.prefix}interactions", row, mask, kind)

    def salient_in(self, masks: Sequence[int], kind: int | None = None) -> Booleans:
        """In which rows each of the masks is salient, in this kind or in any: [R, masks]. Only a byte a row and mask is
        read."""
        found = np.zeros((self.results.rows, len(masks)), dtype=bool)
        for sign in (1, -1):
            bitmaps = self.results._dataset(f"{self.prefix}salient", _sign(sign))
            for place, mask in enumerate(masks):
                bits = bitmaps[..., mask >> 3][self.results._rows].reshape(self.results.rows, -1) >> (mask & 7) & 1
                found[:, place] |= bits.any(axis=1) if kind is None else bits[:, kind].astype(bool)
        found[self.results.status != DONE] = False
        return found

    def solution(self, name: str) -> Floats:
        """Of the family "sparse" [R]: l1, objective, lower_bound, gap, zeta, tie_weight, iterations, converged."""
        return self.results._statistic(self.name, name)

    def index_values(self, name: str) -> Floats:
        """indices/NAME: shapley, banzhaf [R, n]; sii2, stii2, bii2 [R, n, n]; multi_order [R, n-1, n, n]."""
        return self.results._statistic(f"{self.prefix}indices", name)

    def orders(self, name: str) -> Floats:
        """orders/NAME [R, n+1]; [R, kinds, n+1] in a family with kinds."""
        return self.results._statistic(f"{self.prefix}orders", name)

    def conditions(self, name: str) -> Floats:
        """conditions/NAME [R], [R, n+1] or [R, n+1, n+1]; codes and flags as numbers, unknown ones as NaN. In a family
        with kinds salient_total and order_limit are [R, kinds]."""
        return self.results._statistic(f"{self.prefix}conditions", name)

    def curves(self, name: str) -> Floats:
        """curves/NAME: strength [R, ranks], rmse, max_error, r2, r_omega [R, k]. ValueError in files of few players,
        which have curves across samples only. Of all kinds together; errors are of v, whatever the family."""
        return self.results._statistic(f"{self.prefix}curves", name)

    def curve_axis(self, name: str) -> Integers:
        """curves/rank or curves/k: at which ranks, or numbers of interactions kept, curves are."""
        axis: Integers = self.results._dataset(f"{self.prefix}curves", name)[:]
        return axis

    def summary(self, name: str, output: int | str | None = None) -> NDArray[Any]:
        """summary/NAME, e.g. "transferability/rho" or "orders/strength_mean_mean"; of one output of several, the first
        unless chosen. Where the summary is not valid, everything measured is NaN."""
        results = self.results
        if results.is_shard:
            raise ValueError(
                f"{results.path}: is a shard; harsanyi merge makes statistics across the samples of all shards"
            )
        data = np.asarray(results._dataset(f"{self.prefix}summary{results._of_output(output)}", name)[()])
        return data if results.summary_valid or data.dtype.kind != "f" else np.full_like(data, np.nan)


class Results:
    """A results file. What is done is decided when it is opened: a sweep that continues changes nothing here; open the
    file again to see more. Rows that are not done are NaN wherever they are read. A row is a sample, output and target;
    interactions(), orders() and the like are those of the family "harsanyi"."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.file = _open(self.path)
        try:
            h5py.h5o.visit(self.file.id, lambda name: None)  # reads all structures, to find damage here
            self._read()
        except (RuntimeError, KeyError) as error:  # what h5py raises for structures that HDF5 cannot read
            self.file.close()
            raise ValueError(f"{self.path}: the file is damaged ({error})") from error
        except BaseException:
            self.file.close()
            raise

    def _read(self) -> None:
        self.attributes: dict[str, str] = {name: _text(value) for name, value in self.file.attrs.items()}
        _check_format(self.path, self.attributes)
        self.is_shard: bool = "shard/index" in self.file  # a shard has no statistics across samples
        names = self._texts("outputs/name")
        self.outputs: tuple[str, ...] = () if names is None else tuple(map(_text, names))  # where there are several
        self.chosen: str = ""  # the output that is left, see of_output
        valid = f"summary{self._of_output(0)}/valid"
        summary = () if self.is_shard else (valid,)
        for name in ("samples/status", "samples/n_players", "orders/strength_mean", *summary, "config"):
            if name not in self.file:
                raise ValueError(f"{self.path}: has no /{name}: not a whole results file")
        # The status comes first: what is flagged was whole before it was flagged.
        self.status: NDArray[np.uint8] = self.file["samples/status"][:]
        self.summary_valid: bool = not self.is_shard and self.file[valid][()] == 1
        self.done: Integers = np.flatnonzero(self.status == DONE)
        self.rows: int = len(self.status)
        self._rows: Integers = np.arange(self.rows)  # in the file
        self._whole: Results | None = None
        self.players: int = self.file["orders/strength_mean"].shape[1] - 1
        self.has_tables: bool = "interactions" in self.file and "values" in self.file
        self.index: Integers = self.file["samples/index"][:]
        self.output: Integers = self.file["samples/output"][:].astype(np.int64)
        self.label: Integers = self.file["samples/label"][:]
        self.target: Integers = self.file["samples/target"][:]
        self.n_players: Integers = self.file["samples/n_players"][:].astype(np.int64)
        if ((self.n_players < 1) | (self.n_players > self.players)).any():  # 2^n entries of memory would follow
            raise ValueError(f"{self.path}: /samples/n_players is not in 1 ... {self.players}: the file is damaged")
        self.config_text: str = _text(self.file["config"][()])
        self._settings = _settings(self.config_text)
        self._root = Family(self, ROOT, "", ("",))
        self._floor = self.orders("noise_floor")
        self._names = self._texts("samples/player_names")
        self._sorts = self._texts("samples/player_class")
        classes = self._texts("samples/class_names")
        self.class_names: tuple[str, ...] = () if classes is None else tuple(map(_text, classes))
        self._tables: Results | None = None

    def __enter__(self) -> Results:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._tables is not None:
            self._tables.close()
            self._tables = None
        self.file.close()

    def __repr__(self) -> str:
        return f"<Results {self.path}: {len(self.done)} of {self.rows} rows done, {self.players} players>"

    # ---- which row, which player ----

    def of_output(self, output: int | str) -> Results:
        """The rows of one output alone, counted from 0, and its statistics across samples, as if the file had no other
        output. It reads from this file: close this one, and last."""
        part = copy.copy(self)
        place = self._output(output)
        part._rows = np.flatnonzero(self.output == place)
        for name in ("status", "index", "output", "label", "target", "n_players", "_floor"):
            setattr(part, name, getattr(self, name)[part._rows])
        for name in ("_names", "_sorts"):
            texts = getattr(self, name)
            if texts is not None and texts.ndim > 1:
                setattr(part, name, texts[part._rows])
        part.done, part.rows = np.flatnonzero(part.status == DONE), len(part._rows)
        part._root, part._whole, part.chosen = Family(part, ROOT, "", ("",)), self, self.outputs[place]
        return part

    def by_output(self) -> list[Results]:
        """A part for each output, see of_output; where there is one, or it is one, the file itself."""
        several = () if self.chosen else self.outputs
        return [self.of_output(name) for name in several] or [self]

    @property
    def title(self) -> str:
        """The file's name without its ending; of a part also the output."""
        return f"{self.path.stem}, {self.chosen}" if self.chosen else self.path.stem

    @property
    def source(self) -> str:
        """The file; of a part also the output."""
        return f"{self.path}, {self.chosen}" if self.chosen else str(self.path)

    @property
    def several_targets(self) -> bool:
        """Whether a sample has several rows of one output."""
        return self.attributes.get("targets", "1") != "1"

    def row_name(self, row: int) -> str:
        """Sample, output and target of a row, "7/probe/3", as far as there are several."""
        output = self.outputs[int(self.output[row])] if self.outputs and not self.chosen else ""
        target = str(self.target[row]) if self.several_targets else ""
        return "/".join(filter(None, (str(self.index[row]), output, target)))

    def _of_output(self, output: int | str | None) -> str:
        """Of the path of a summary: "/1" where there are several."""
        asked = (self.chosen or 0) if output is None else output
        return f"/{self._output(asked)}" if self.outputs else ""

    def _output(self, output: int | str) -> int:
        if isinstance(output, str) and output not in self.outputs:
            raise ValueError(f"{self.path}: has no output {output}; its outputs: {', '.join(self.outputs) or 'one'}")
        return self.outputs.index(output) if isinstance(output, str) else output

    def rows_of(self, index: int) -> Integers:
        """All rows of a sample by its number in the samples file: one for each output and target, target fastest."""
        return np.flatnonzero(self.index == index)

    def row_of(self, index: int, output: int | str | None = None, target: int | None = None) -> int:
        """The row of a sample by its number in the samples file; the first one of several, unless chosen. An output is
        given by its place or its name."""
        fits = self.index == index
        if output is not None:
            fits &= self.output == self._output(output)
        if target is not None:
            fits &= self.target == target
        if not fits.any():
            of = "".join(f", {name} {one}" for name, one in (("output", output), ("target", target)) if one is not None)
            raise ValueError(f"{self.path}: has no sample {index} of the samples file{of}")
        return int(fits.argmax())

    def names(self, row: int) -> list[str]:
        """Names of the row's players; their numbers where there are none."""
        n = int(self.n_players[row])
        if self._names is None:
            return [str(player) for player in range(n)]
        names = self._names if self._names.ndim == 1 else self._names[row]
        return [_text(name) or str(player) for player, name in enumerate(names[:n])]

    def class_in_words(self, label: int) -> str:
        """ "3 (cat)", or "3" when the file does not name its classes."""
        name = self.class_names[label] if 0 <= label < len(self.class_names) else ""
        return f"{label} ({name})" if name else str(label)

    def player_classes(self, row: int) -> list[str]:
        """What sort of player each of the row's players is; empty when the file does not say."""
        if self._sorts is None:
            return []
        sorts = self._sorts if self._sorts.ndim == 1 else self._sorts[row]
        return [_text(sort) for sort in sorts[: int(self.n_players[row])]]

    def _texts(self, name: str) -> NDArray[np.bytes_] | None:
        return self.file[name][:] if name in self.file else None

    def mask_of(self, row: int, players: Iterable[Player]) -> int:
        """The mask of a set of players, given by names or numbers. ValueError names the one that is missing."""
        names = self.names(row)
        mask = 0
        for player in players:
            mask |= 1 << _number(player, names)
        return mask

    @cached_property
    def _names_differ(self) -> bool:
        """Whether some row names a player differently."""
        if self._names is None or self._names.ndim == 1:
            return False
        there = np.arange(self._names.shape[1]) < self.n_players[:, None]
        return bool((there & (self._names != self._names[np.argmax(self.n_players)])).any())

    def shared_names(self) -> list[str]:
        """Names of the players for all rows together: "player 0", ... where some row names one differently."""
        most = int(np.argmax(self.n_players))
        if self._names_differ:
            return [f"player {player}" for player in range(int(self.n_players[most]))]
        return self.names(most)

    def players_of(self, row: int | None, mask: int) -> tuple[str, ...]:
        """Names of the players in a mask, of a row or, None, of all."""
        names = self.shared_names() if row is None else self.names(row)
        return tuple(name for player, name in enumerate(names) if mask >> player & 1)

    # ---- families ----

    @property
    def families(self) -> list[str]:
        """Names of the families of interactions in the file; "harsanyi" is the first, and always there."""
        return [ROOT, *(name for name in self.file if f"{name}/salient/positive" in self.file)]

    def family(self, name: str) -> Family:
        """The family with that name. ValueError says which there are."""
        if name == ROOT:
            return self._root
        if name not in self.families:
            raise ValueError(f"{self.path}: has no family {name!r}; there are: {', '.join(self.families)}")
        bitmaps = self.file[f"{name}/salient/positive"]
        if bitmaps.ndim < 3:
            return Family(self, name, f"{name}/", ("",))
        named = f"{name}/kinds" in self.file
        kinds = map(_text, self.file[f"{name}/kinds"][:]) if named else map(str, range(bitmaps.shape[1]))
        return Family(self, name, f"{name}/", tuple(kinds))

    # ---- the tables of one row ----

    def values(self, row: int) -> Floats:
        """v(S) of all 2^n_i masks, mask order."""
        return self._table("values", row)

    def interactions(self, row: int) -> Floats:
        """I(S) of all 2^n_i masks, mask order; I(empty) = v(empty)."""
        return self._root.interactions(row)

    def salient(self, row: int, sign: int = 0) -> Booleans:
        """Which masks are salient [2^n_i], by the file's bitmaps; sign 1, -1: with I(S) above, below 0 only."""
        return self._root.salient(row, sign)

    def value(self, row: int, players: Iterable[Player]) -> float:
        """v(S): the output when only these players are there."""
        return self._entry("values", row, self.mask_of(row, players))

    def get(self, row: int, players: Iterable[Player]) -> float:
        """I(S) of these players."""
        return self._entry("interactions", row, self.mask_of(row, players))

    def strongest(self, row: int, top: int | None = None, family: str = ROOT) -> Iterator[Interaction]:
        """Interactions of a row, strongest first, see Family.strongest."""
        return self.family(family).strongest(row, top)

    def to_pandas(self, row: int | None = None, top: int | None = None, family: str | None = None) -> Any:  # noqa: ANN401 (pandas may not be installed)
        """Interactions as a pandas.DataFrame, a line each, with columns row, sample, output, target, family and those
        of Interaction. Of all done rows and all families unless chosen; of each the strongest, top of them, first."""
        pandas = _imported("pandas", "to_pandas")
        rows = self.done if row is None else [row]
        lines = [
            (*place, *(getattr(found, field) for field in INTERACTION))
            for place, found in self._found(rows, self.families if family is None else [family], top)
        ]
        return pandas.DataFrame(lines, columns=["row", "sample", "output", "target", "family", *INTERACTION])

    def _found(
        self, rows: Iterable[int], families: Iterable[str], top: int | None
    ) -> Iterator[tuple[tuple[int, int, int, int, str], Interaction]]:
        for row in map(int, rows):
            for name in families:
                place = (row, int(self.index[row]), int(self.output[row]), int(self.target[row]), name)
                yield from ((place, found) for found in self.strongest(row, top, name))

    def to_shapiq(self, row: int, order: int | None = None, family: str = ROOT) -> Any:  # noqa: ANN401 (shapiq may not be installed)
        """The interactions of a row up to an order (all) as shapiq.InteractionValues, index "Moebius". ValueError for a
        family with OR interactions, which shapiq has no index for."""
        kinds = self.family(family).kinds
        if "or" in kinds:
            raise ValueError(
                f"{self.path}: the family {family!r} has OR interactions, and shapiq has no index for those; "
                "take to_pandas, or solve with sparse.kinds: and"
            )
        shapiq = _imported("shapiq", "to_shapiq")
        effects = self.family(family).interactions(row).ravel()
        n = int(self.n_players[row])
        most = n if order is None else order
        sets = {
            tuple(player for player in range(n) if mask >> player & 1): float(effects[mask])
            for mask in range(len(effects))
            if mask.bit_count() <= most
        }
        return shapiq.InteractionValues(
            values=np.array(list(sets.values())),
            index="Moebius",
            max_order=most,
            n_players=n,
            min_order=0,
            interaction_lookup={players: place for place, players in enumerate(sets)},
            estimated=False,
            baseline_value=float(effects[0]),
        )

    # ---- statistics ----

    def index_values(self, name: str) -> Floats:
        """/indices/NAME, see Family.index_values."""
        return self._root.index_values(name)

    def orders(self, name: str) -> Floats:
        """/orders/NAME [R, n+1]."""
        return self._root.orders(name)

    def conditions(self, name: str) -> Floats:
        """/conditions/NAME, see Family.conditions."""
        return self._root.conditions(name)

    def curves(self, name: str) -> Floats:
        """/curves/NAME, see Family.curves; where: curve_axis()."""
        return self._root.curves(name)

    def curve_axis(self, name: str) -> Integers:
        """/curves/rank or /curves/k, see Family.curve_axis."""
        return self._root.curve_axis(name)

    def summary(self, name: str, output: int | str | None = None) -> NDArray[Any]:
        """/summary/NAME, see Family.summary."""
        return self._root.summary(name, output)

    def noise_floor(self, row: int) -> Floats:
        """Standard deviation of I(S) by order [n_i + 1] that rounding of v alone causes; NaN: unknown."""
        return self._floor[row, : self.n_players[row] + 1]

    # ---- where it comes from ----

    def setting(self, key: str) -> str | None:
        """A setting of the run by its full name, e.g. "statistics.salience"; None where it is null or not there."""
        return self._settings.get(key)

    def sample(self, name: str) -> NDArray[Any]:
        """/samples/NAME [R], as stored: v_empty, v_full, noise_sigma, noise_why, input_crc, ..."""
        return np.asarray(self._dataset("samples", name)[:][self._rows])

    def warnings(self) -> list[str]:
        """What the sweep was warned of."""
        texts = (_text(text) for text in self._dataset("provenance", "warnings")[:])
        return [text for text in texts if text]

    def error(self, row: int) -> str:
        """Why a row failed; empty when it did not."""
        return _text(self.file["samples/error"][self._rows[row]]) if self.status[row] == FAILED else ""

    def runs(self) -> list[dict[str, Any]]:
        """The starts of the sweep that are on record, oldest first."""
        if "provenance/runs" not in self.file:
            return []
        records = self.file["provenance/runs"][:]
        runs = [
            {
                name: _text(record[name]) if record[name].dtype.kind == "S" else record[name].item()
                for name in record.dtype.names
            }
            for record in records
        ]
        return sorted((run for run in runs if run["started"]), key=lambda run: str(run["started"]))

    # ---- inside ----

    def _dataset(self, group: str, name: str) -> Any:  # noqa: ANN401 (h5py has no types)
        path = f"{group}/{name}"
        if path not in self.file or not isinstance(self.file[path], h5py.Dataset):
            there = ", ".join(sorted(self.file.get(group, ())))
            raise ValueError(f"{self.path}: has no /{path}; in /{group} there is: {there}")
        return self.file[path]

    def _statistic(self, group: str, name: str) -> Floats:
        data = np.asarray(self._dataset(group, name)[:][self._rows])
        rows = data.astype(np.float64)
        if data.dtype == np.uint8 and name != "excluded_why":
            rows[data == UNKNOWN] = np.nan
        rows[self.status != DONE] = np.nan
        return rows

    def _source(self, row: int) -> tuple[Results, int]:
        """The file that holds the row's tables, and its row there."""
        if self._whole is not None:
            return self._whole._source(int(self._rows[row]))
        if self.has_tables:
            return self, row
        if self._tables is None:
            self._tables = self._open_tables()
        there = self._tables.row_of(int(self.index[row]), int(self.output[row]), int(self.target[row]))
        for name in ("n_players", "v_empty", "v_full"):
            if self.file[f"samples/{name}"][row] != self._tables.file[f"samples/{name}"][there]:
                raise ValueError(
                    f"{self._tables.path}: sample {self.index[row]} has another {name} than in {self.path}"
                )
        return self._tables, there

    def _open_tables(self) -> Results:
        name = self.attributes.get("tables", "")
        places = [Path(name), self.path.parent / Path(name).name] if name else []
        found = next((place for place in places if place.is_file()), None)
        if found is None:
            raise ValueError(
                f"{self.path}: holds statistics only, as `harsanyi analyze` makes them; the tables are in the file "
                f"`{name or '(not named)'}`, which does not exist"
            )
        tables = Results(found)
        same = all(tables.attributes.get(k) == self.attributes.get(k) for k in ("model_sha256", "samples_sha256"))
        if not tables.has_tables or not same:
            tables.close()
            raise ValueError(f"{found}: is no longer the file whose statistics {self.path} holds")
        return tables

    def _table(self, name: str, row: int) -> Floats:
        source, there = self._source(row)
        size = 1 << int(self.n_players[row])
        if source.status[there] != DONE:
            return np.full((*source.file[name].shape[1:-1], size), np.nan)
        table: Floats = source.file[name][there, ..., :size]
        return table

    def _bitmap(self, name: str, row: int) -> Booleans:
        size = 1 << int(self.n_players[row])
        stored = self.file[name][self._rows[row], ..., : (size + 7) // 8]
        bits = np.unpackbits(stored, axis=-1, count=size, bitorder="little").astype(bool)
        return bits if self.status[row] == DONE else np.zeros_like(bits)

    def _entry(self, name: str, row: int, mask: int, kind: int = 0) -> float:
        source, there = self._source(row)
        if source.status[there] != DONE:
            return float("nan")
        return float(np.atleast_1d(source.file[name][there, ..., mask])[kind])


def _open(path: Path) -> Any:  # noqa: ANN401 (h5py has no types)
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    try:
        return h5py.File(path, "r", locking=False)
    except OSError:
        pass  # perhaps only because this program has it open with locking
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise ValueError(f"{path}: not an HDF5 file, or a damaged one ({error})") from error


def _check_format(path: Path, attributes: dict[str, str]) -> None:
    if attributes.get("format") != FORMAT:
        raise ValueError(f"{path}: is an HDF5 file, but not a results file of harsanyi")
    if attributes.get("format_version") == "1":
        raise ValueError(
            f"{path}: is a results file of format version 1 (harsanyi 0.1). These two lines make one of version "
            f"{FORMAT_VERSION} out of it, without the model:\n"
            f"  harsanyi-samples from-values {shlex.quote(str(path))} -o new.yaml\n"
            "  harsanyi run new.yaml\n(a shard: finish and merge it with harsanyi 0.1 first)"
        )
    if attributes.get("format_version") != str(FORMAT_VERSION):
        raise ValueError(
            f"{path}: has format version {attributes.get('format_version')}; this reader knows {FORMAT_VERSION}"
        )


def _sign(sign: int) -> str:
    return {1: "positive", -1: "negative"}[sign]


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _settings(text: str) -> dict[str, str]:
    """The canonical text of a configuration: `section:` lines and `  key: value` lines."""
    settings = {}
    section = ""
    for line in text.splitlines():
        key, _, value = line.strip().partition(": ")
        if not line.startswith(" "):
            section = key.rstrip(":")
        elif value != "null":
            settings[f"{section}.{key}"] = json.loads(value) if value.startswith('"') else value
    return settings


def _number(player: Player, names: Sequence[str]) -> int:
    if isinstance(player, str):
        places = [place for place, name in enumerate(names) if name == player]
        if len(places) != 1:
            what = "no player" if not places else "more than one player"
            raise ValueError(f"{what} is called {player!r}; there are: {', '.join(names)}")
        return places[0]
    number = operator.index(player)
    if not 0 <= number < len(names):
        raise ValueError(f"there is no player {number}; the last is {len(names) - 1}")
    return number


def _imported(name: str, method: str) -> Any:  # noqa: ANN401 (a module)
    """A package that only this method needs. ImportError says what to install."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        missing = (error.name or name).partition(".")[0]
        needs = f"the package {name}" if missing == name else f"{name}, and that needs the package {missing}"
        raise ImportError(f"{method} needs {needs}: pip install {name}", name=missing) from error


def _by_strength(effects: Floats, top: int | None) -> Iterator[int]:
    """Places by |I|, largest first, ties by place. The first few are picked before all are sorted."""
    strength = np.abs(effects)
    count = len(strength) if top is None else min(top, len(strength))
    few = min(count, FIRST_BATCH)
    if few < 1:
        return
    least = np.partition(strength, len(strength) - few)[len(strength) - few]
    candidates = np.flatnonzero(strength >= least)
    yield from candidates[np.argsort(-strength[candidates], kind="stable")][:few].tolist()
    if count > few:
        yield from np.argsort(-strength, kind="stable")[few:count].tolist()
