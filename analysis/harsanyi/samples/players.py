"""Who the players are: a map from the elements of an input to players, and their names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from harsanyi.samples.sources import Array, InputError, Layout, Source, first_line, load_npz, names_of

LIMIT = 30  # sweep.max_players of a config unless it is raised


@dataclass(frozen=True)
class Players:
    of: Array  # [shape...] int32: the player of each element; -1: never masked. [S, shape...] when they differ
    names: tuple[str, ...]  # empty when players differ from sample to sample
    what: str  # in words
    counts: tuple[int, ...]  # how many there are: [1], or of each sample

    @property
    def differ(self) -> bool:
        return not self.names

    def of_rows(self, rows: Array) -> "Players":
        """Those of some samples, with the counts of each."""
        if not self.differ:
            return replace(self, counts=self.counts * len(rows))
        return replace(self, of=self.of[rows], counts=tuple(self.counts[row] for row in rows))


def _alike(of: Array, names: Sequence[str], what: str) -> Players:
    return Players(of, tuple(names), what, (len(names),))


def grid(source: Source, size: tuple[int, int], names: Sequence[str]) -> Players:
    """Patches named r0c0 (top left), r0c1, ...; of unequal sizes when rows and columns do not divide the image."""
    layout = image_of(source, "--grid")
    rows, columns = size
    h, w = layout.height, layout.width
    if rows > h or columns > w:
        raise InputError(f"--grid {rows}x{columns}: the images are {h}x{w} pixels only")
    patch = np.arange(h)[:, np.newaxis] * rows // h * columns + np.arange(w) * columns // w
    equal = f"{h // rows} x {w // columns} pixels" if h % rows == w % columns == 0 else "unequal sizes"
    given = tuple(names) or tuple(f"r{row}c{column}" for row in range(rows) for column in range(columns))
    if len(given) != rows * columns:
        raise InputError(f"--names: {len(given)} names for {rows * columns} patches")
    return _alike(
        over_channels(patch[np.newaxis].astype(np.int32), layout)[0],
        given,
        f"{rows} x {columns} patches of {equal}, row by row",
    )


def features(source: Source, names: Sequence[str], groups: Sequence[str]) -> Players:
    """Each element a player, or each column of a table with all numbers that it became; a group of them, "a,b" or
    "NAME=a,b", is one player in the place of its first."""
    count = int(np.prod(source.shape)) if source.groups is None else len(source.features)
    columns = source.features or tuple(str(i) for i in range(count))
    of = np.arange(count, dtype=np.int32) if source.groups is None else source.groups
    player, own = _grouped(columns, groups)
    given = tuple(names) or own
    if len(given) != len(own):
        raise InputError(f"{len(given)} names for {len(own)} features: {', '.join(given[:3])} ...")
    what = "every element of the input one"
    if len(own) < count:
        what = f"the features, some together as one: {', '.join(name for name in own if name not in columns)}"
    if source.groups is not None and count < len(of):
        what = f"every column of the table one; {len(of)} numbers" if len(own) == count else what
    return _alike(player[of].reshape(source.shape), given, what)


def _grouped(columns: Sequence[str], groups: Sequence[str]) -> tuple[Array, tuple[str, ...]]:
    """The player of each column, and their names."""
    first, names, taken = np.arange(len(columns)), list(columns), set[int]()
    for group in groups:
        name, members = _group(columns, group)
        for number in members:
            if number in taken:
                raise InputError(f"--group {group}: names {columns[number]!r} twice")
            taken.add(number)
        first[members] = min(members)
        names[min(members)] = name
    kept, player = np.unique(first, return_inverse=True)
    return player.astype(np.int32), tuple(names[i] for i in kept)


def _group(columns: Sequence[str], group: str) -> tuple[str, list[int]]:
    """Its name and its columns. A column may be called "a=b" itself."""
    words = [word.strip() for word in group.split(",")]
    name, equals, rest = words[0].partition("=")
    named = bool(equals) and words[0] not in columns
    words[0] = rest.strip() if named else words[0]
    if len(words) < 2:
        raise InputError(f"--group {group}: name two columns or more, a,b or NAME=a,b")
    return name.strip() if named else "+".join(words), [_number_of(word, columns, "--group") for word in words]


def parts(source: Source, file: Path, names: Sequence[str]) -> Players:
    """A map of whole numbers, [H, W] or of the input's shape, or one for each sample: .npy, .npz (`parts`, perhaps
    `names`) or text."""
    of, stored = _read_parts(file)
    of = _fit(of, source, file)
    if not np.isfinite(of).all() or (of != np.floor(of)).any() or of.min() < -1 or of.max() >= of.size:
        raise InputError(f"{file}: must hold the players' numbers, 0, 1, ..., and -1 for what is never masked")
    of = of.astype(np.int32)
    if of.ndim > len(source.shape):
        if names or stored:
            raise InputError(f"{file}: players that differ from sample to sample have no names")
        counts = tuple(_count(plane, f"{file}: map {k}") for k, plane in enumerate(of))
        what = f"the parts of {file}, a map for each sample; they are not compared across samples"
        return Players(of, (), f"{min(counts)} to {max(counts)}, {what}", counts)
    count = _count(of, str(file))
    given = tuple(names) or stored or tuple(f"part{i}" for i in range(count))
    if len(given) != count:
        raise InputError(f"{file}: has {count} players, but there are {len(given)} names")
    return _alike(of, given, f"the parts of {file}")


def _fit(of: Array, source: Source, file: Path) -> Array:
    """Of a sample's shape, or of all samples'."""
    layout, samples = source.layout, len(source.origins)
    if len(source.shape) == 1 and of.ndim == 2 and min(of.shape) == 1 and of.size == source.shape[0]:
        return of.ravel()  # a text table of one line or one column
    if of.shape in (source.shape, (samples, *source.shape)):
        return of
    if layout:
        plane = (layout.height, layout.width)
        if of.shape == plane:
            return np.asarray(over_channels(of[np.newaxis], layout)[0])
        if of.shape == (samples, *plane):
            return over_channels(of, layout)
    hint = f" or [{layout.height}, {layout.width}]" if layout else ""
    raise InputError(
        f"{file}: is {list(of.shape)}, a sample {list(source.shape)}: must be the same{hint}, or begin with the "
        f"number of samples, {samples}"
    )


def _count(of: Array, where: str) -> int:
    count = int(of.max()) + 1
    if count == 0:
        raise InputError(f"{where}: has no player, only -1")
    missing = np.setdiff1d(np.arange(count), of)
    if missing.size:
        raise InputError(
            f"{where}: player {missing[0]} has no element, player {count - 1} has: number them without gaps"
        )
    return count


def _read_parts(file: Path) -> tuple[Array, tuple[str, ...]]:
    if file.suffix in (".npy", ".npz"):
        arrays = load_npz(file)
        of = arrays.get("parts", arrays.get("x"))
        if of is None or of.dtype.kind not in "iuf":
            raise InputError(f"{file}: has no array `parts` of whole numbers")
        return of, names_of(arrays, file)
    try:
        lines = [line.replace(",", " ") for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
        return np.array([[float(word) for word in line.split()] for line in lines]), ()
    except FileNotFoundError:
        raise InputError(f"{file}: no such file") from None
    except ValueError as error:
        raise InputError(f"{file}: is not a table of whole numbers ({first_line(error)})") from error


def choose(players: Players, wanted: Sequence[str], count: int | None, seed: int) -> Players:
    """Some of the players, in the order wanted, or `count` at random in their own order; the rest is never masked."""
    if players.differ and (wanted or count is not None):
        raise InputError("--choose and --players: the players differ from sample to sample")
    if wanted:
        numbers = [_number_of(name, players.names, "--players") for name in wanted]
    elif count is not None:
        if not 1 <= count <= len(players.names):
            raise InputError(f"--choose {count}: there are {len(players.names)} players")
        numbers = sorted(np.random.default_rng(seed).choice(len(players.names), count, replace=False).tolist())
    else:
        return players
    if len(set(numbers)) < len(numbers):
        raise InputError("--players: names a player twice")
    new = np.full(len(players.names) + 1, -1, np.int32)  # the last one is that of -1
    new[numbers] = np.arange(len(numbers))
    how = (
        f"{len(numbers)} of {len(players.names)}: {players.what}; the others keep the sample's own values in every mask"
    )
    return _alike(new[players.of], [players.names[i] for i in numbers], how)


def _number_of(name: str, names: Sequence[str], option: str) -> int:
    if name in names:
        return names.index(name)
    if name.isdecimal() and int(name) < len(names):
        return int(name)
    raise InputError(f"{option}: there is no player {name!r}; there are {', '.join(names[:40])}")


def check(players: Players) -> None:
    """Names that `harsanyi show --players` can tell apart, and a number of players that can be swept."""
    for name in players.names:
        if "," in name or not name or not name.isprintable() or name != name.strip():
            raise InputError(f"player name {name!r} must not contain commas, control characters, or spaces at its ends")
        if players.names.count(name) > 1:
            raise InputError(f"two players are named {name!r}")
    most = max(players.counts)
    if most > LIMIT:
        raise InputError(
            f"{most} players are 2^{most} masks for each sample, and {LIMIT} the most: choose some "
            "(--choose K or --players a,b,c) or make larger parts"
        )


def image_of(source: Source, option: str) -> Layout:
    if source.layout is None:
        raise InputError(f"{option}: {source.name} holds samples {list(source.shape)}, not images")
    return source.layout


def over_channels(planes: Array, layout: Layout) -> Array:
    """[S, H, W] to inputs [S, shape...]: all channels of a pixel belong to its player."""
    size = (len(planes), layout.height, layout.width, layout.channels)
    return np.array(layout.fold(np.broadcast_to(planes[..., np.newaxis], size)))
