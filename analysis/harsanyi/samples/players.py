"""Who the players are: a map from the elements of an input to players, and their names."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from harsanyi.samples.sources import Array, InputError, Layout, Source, first_line, load_npz

LIMIT = 30  # sweep.max_players of a config unless it is raised


@dataclass(frozen=True)
class Players:
    of: Array  # [shape...] int32: the player of each element; -1: never masked
    names: tuple[str, ...]
    what: str  # in words

    @property
    def count(self) -> int:
        return len(self.names)


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
    return Players(_over_channels(patch, layout), given, f"{rows} x {columns} patches of {equal}, row by row")


def features(source: Source, names: Sequence[str]) -> Players:
    """Each element a player."""
    count = int(np.prod(source.shape))
    given = tuple(names) or source.features or tuple(str(i) for i in range(count))
    if len(given) != count:
        raise InputError(f"{len(given)} names for {count} features: {', '.join(given[:3])} ...")
    return Players(np.arange(count, dtype=np.int32).reshape(source.shape), given, "every element of the input one")


def parts(source: Source, file: Path, names: Sequence[str]) -> Players:
    """A map of whole numbers, [H, W] or of the input's shape: .npy, .npz (`parts`, perhaps `names`) or text."""
    of, stored = _read_parts(file)
    layout = source.layout
    if of.shape != source.shape and layout and of.shape == (layout.height, layout.width):
        of = _over_channels(of, layout)
    if of.shape != source.shape:
        hint = f" or [{layout.height}, {layout.width}]" if layout else ""
        raise InputError(f"{file}: is {list(of.shape)}, a sample {list(source.shape)}: must be the same{hint}")
    if not np.isfinite(of).all() or (of != np.floor(of)).any() or of.min() < -1 or of.max() >= of.size:
        raise InputError(f"{file}: must hold the players' numbers, 0, 1, ..., and -1 for what is never masked")
    of = of.astype(np.int32)
    count = int(of.max()) + 1
    if count == 0:
        raise InputError(f"{file}: has no player, only -1")
    missing = np.setdiff1d(np.arange(count), of)
    if missing.size:
        raise InputError(
            f"{file}: player {missing[0]} has no element, player {count - 1} has: number them without gaps"
        )
    given = tuple(names) or stored or tuple(f"part{i}" for i in range(count))
    if len(given) != count:
        raise InputError(f"{file}: has {count} players, but there are {len(given)} names")
    return Players(of, given, f"the parts of {file}")


def _read_parts(file: Path) -> tuple[Array, tuple[str, ...]]:
    if file.suffix in (".npy", ".npz"):
        arrays = load_npz(file)
        of = arrays.get("parts", arrays.get("x"))
        if of is None or of.dtype.kind not in "iuf":
            raise InputError(f"{file}: has no array `parts` of whole numbers")
        return of, tuple(str(name) for name in arrays["names"].ravel()) if "names" in arrays else ()
    try:
        lines = [line.replace(",", " ") for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
        return np.array([[float(word) for word in line.split()] for line in lines]), ()
    except FileNotFoundError:
        raise InputError(f"{file}: no such file") from None
    except ValueError as error:
        raise InputError(f"{file}: is not a table of whole numbers ({first_line(error)})") from error


def choose(players: Players, wanted: Sequence[str], count: int | None, seed: int) -> Players:
    """Some of the players, in the order wanted, or `count` at random in their own order; the rest is never masked."""
    if wanted:
        numbers = [_number_of(name, players.names) for name in wanted]
    elif count is not None:
        if not 1 <= count <= players.count:
            raise InputError(f"--choose {count}: there are {players.count} players")
        numbers = sorted(np.random.default_rng(seed).choice(players.count, count, replace=False).tolist())
    else:
        return players
    if len(set(numbers)) < len(numbers):
        raise InputError("--players: names a player twice")
    new = np.full(players.count + 1, -1, np.int32)  # the last one is that of -1
    new[numbers] = np.arange(len(numbers))
    how = f"{len(numbers)} of {players.count}: {players.what}; the others keep the sample's own values in every mask"
    return Players(new[players.of], tuple(players.names[i] for i in numbers), how)


def _number_of(name: str, names: Sequence[str]) -> int:
    if name in names:
        return names.index(name)
    if name.isdecimal() and int(name) < len(names):
        return int(name)
    raise InputError(f"--players: there is no player {name!r}; there are {', '.join(names[:40])}")


def check(players: Players) -> None:
    """Names that `harsanyi show --players` can tell apart, and a number of players that can be swept."""
    for name in players.names:
        if "," in name or not name or not name.isprintable() or name != name.strip():
            raise InputError(f"player name {name!r} must not contain commas, control characters, or spaces at its ends")
        if players.names.count(name) > 1:
            raise InputError(f"two players are named {name!r}")
    if players.count > LIMIT:
        raise InputError(
            f"{players.count} players are 2^{players.count} masks for each sample, and {LIMIT} the most: choose some "
            "(--choose K or --players a,b,c) or make larger parts"
        )


def image_of(source: Source, option: str) -> Layout:
    if source.layout is None:
        raise InputError(f"{option}: {source.name} holds samples {list(source.shape)}, not images")
    return source.layout


def _over_channels(plane: Array, layout: Layout) -> Array:
    """[H, W] to the input's shape: all channels of a pixel belong to its player."""
    images = np.broadcast_to(plane[np.newaxis, :, :, np.newaxis], (1, layout.height, layout.width, layout.channels))
    return np.array(layout.fold(images)[0], plane.dtype if plane.dtype.kind == "f" else np.int32)
