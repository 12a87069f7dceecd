"""What `harsanyi` reads: the samples file (HDF5) and a commented config beside it."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np

from harsanyi.samples.baseline import Baseline
from harsanyi.samples.players import Players
from harsanyi.samples.sources import Array, InputError

ATTRIBUTE = 10_000  # characters; HDF5 keeps at most 64 KiB in an attribute, less than thousands of file names
CLASS = 60  # characters of a class's name; `harsanyi run` takes 255 bytes


@dataclass(frozen=True)
class Samples:
    """All that a samples file holds."""

    x: Array  # [S, shape...]
    labels: Array | None  # [S]
    classes: tuple[str, ...]  # what labels 0, 1, ... mean; empty: not known
    players: Players
    baseline: Baseline
    origins: list[str]  # [S]: row or file that each sample came from
    constants: Mapping[str, Array] = field(default_factory=dict)  # the model's other inputs: [S, ...] or [...]


@dataclass(frozen=True)
class Model:
    """The network as the user named it; None: not yet. score: auto where it was not looked at."""

    file: Path | None
    input: str | None = None
    output: str | None = None
    score: str = "auto"  # or log_odds, or raw: a regression


@dataclass(frozen=True)
class Story:
    """How the samples were made, in words, for the comments of the config."""

    command: str
    source: str
    content: str  # labels, and what was done to the inputs


def paths(out: Path, force: bool) -> tuple[Path, Path]:
    """The two files to write, neither of which is there yet, unless force."""
    if out.suffix not in (".h5", ".hdf5"):
        raise InputError(f"{out}: the samples file's name has to end in .h5; the config gets the same name with .yaml")
    config = out.with_suffix(".yaml")
    check_free((out, config), force)
    return out, config


def check_free(files: Sequence[Path], force: bool) -> None:
    """There is a folder for them, and none of them is there yet, unless force."""
    for path in files:
        if not path.parent.is_dir():
            raise InputError(f"{path.parent}: no such folder")
        if path.exists() and not force:
            raise InputError(f"{path}: exists already; --force overwrites it")


@contextmanager
def beside(files: Sequence[Path]) -> Iterator[list[Path]]:
    """Names to write to, beside the files, which they replace at the end: all of them or none."""
    parts = [path.with_name(f".{path.name}.{os.getpid()}") for path in files]
    try:
        yield parts
        for part, path in zip(parts, files, strict=True):
            os.replace(part, path)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def write(files: tuple[Path, Path], samples: Samples, model: Model, story: Story) -> None:
    """Both whole or neither."""
    with beside(files) as parts:
        _write_samples(parts[0], samples, story)
        parts[1].write_text(_config(files[0], samples, model, story), encoding="utf-8")


def _write_samples(path: Path, samples: Samples, story: Story) -> None:
    with h5py.File(path, "w") as file:
        file.attrs["made_by"] = printable(story.command)[:ATTRIBUTE]
        file["x"] = samples.x
        if samples.labels is not None:
            file["label"] = samples.labels
        if samples.classes:
            write_texts(file, "classes", [printable(name)[:CLASS] for name in samples.classes])
        file["players"] = samples.players.of
        file[samples.baseline.dataset] = samples.baseline.numbers
        for name, array in samples.constants.items():
            file[f"constants/{name}"] = array
        if not samples.players.differ:
            write_texts(file, "player_names", samples.players.names)
        write_texts(file, "origin", samples.origins)


def write_texts(file: h5py.File, name: str, texts: Sequence[str], shape: tuple[int, ...] = (-1,)) -> None:
    """Of fixed length, which every HDF5 reads."""
    encoded = [text.encode(errors="surrogateescape") for text in texts]
    width = max(1, *map(len, encoded))
    file[name] = np.array(encoded, h5py.string_dtype("utf-8", width)).reshape(shape)


def _config(out: Path, samples: Samples, model: Model, story: Story) -> str:
    shape = ", ".join(map(str, samples.x.shape[1:]))
    count, absent = len(samples.x), samples.baseline
    lines = [
        f"# {count} samples of {printable(story.source)}; {_players(samples.players.counts)} for each sample.",
        "# Paths are relative to this file. What it will cost, and what looks wrong:",
        f"#     harsanyi plan {printable(out.with_suffix('.yaml').name)}",
        "# Made by",
        f"#     {printable(story.command)[:ATTRIBUTE]}",
        "",
        "model:",
        line("backend: onnx", "v(S) comes from a network in an ONNX file"),
        *_model(out, model, shape),
        *_score(model, samples.labels is not None),
        "",
        "samples:",
        line(f"file: {quoted(out.name)}", f"/x [{count}, {shape}], {story.content}"),
        line('# select: "0:10"', "only rows 0 ... 9, to begin with"),
        line("players: from_file", f"/players: {samples.players.what}"),
        line("baseline: from_file", f"/{absent.dataset}, what absent players become: {absent.what}"),
        "",
        "sweep:",
        line(
            f"batch: {_batch(samples.x[0].size)}", "masks evaluated at once; a power of two; part of what defines the"
        ),
        line("", "last bits of v. `harsanyi plan` times others"),
        "",
        "statistics:",
        line("salience: 0.05", "interactions of at least 5 % of the strongest one count as salient"),
        "",
        "output:",
        line(f"file: {quoted(out.stem + '-results.h5')}", "-o on the command line wins"),
    ]
    return "".join(line.rstrip() + "\n" for line in lines)


def _batch(elements: int) -> int:
    """Large inputs in small batches: 16 MiB of floats at most, but 8 masks. More fits no cache, and takes memory."""
    return next((batch for batch in (256, 128, 32) if batch * elements <= 1 << 22), 8)


def _players(counts: Sequence[int]) -> str:
    least, most = min(counts), max(counts)
    if least < most:
        return f"{least} to {most} players, 2^{least} to 2^{most} masks"
    return f"{most} players, 2^{most} = {2**most:,} masks"


def _score(model: Model, labelled: bool) -> list[str]:
    if model.score == "raw":
        return [
            line("score: raw", "v(S) is the network's output when only the players in S are left"),
            line("target: 0", "the first output"),
        ]
    target = "label" if labelled else "predicted"
    auto = [line("", "auto: so for classes; of a regression the output itself")] if model.score == "auto" else []
    return [
        line(f"score: {model.score}", "v(S) = log(p / (1 - p)), p the probability of the target class when only the"),
        line("", "players in S are left; from logits, or from probabilities"),
        *auto,
        line(f"target: {target}", "the class whose probability it is: `label`, each sample's /label;"),
        line("", "`predicted`, the network's own choice"),
    ]


def _model(out: Path, model: Model, shape: str) -> list[str]:
    outputs = "one output [batch, 1]" if model.score == "raw" else "one output [batch, classes]"
    what = f"an input [batch, {shape}], {outputs}"
    if model.file is None:
        lines = [line("file: YOUR-MODEL.onnx", f"to be filled in: the network; {what}")]
    else:
        lines = [line(f"file: {quoted(os.path.relpath(model.file, out.parent))}", what)]
    if model.input:
        lines.append(line(f"input: {quoted(model.input)}", "name of its input that is masked"))
    if model.output:
        lines.append(line(f"output: {quoted(model.output)}", "name of its output"))
    return lines


def line(setting: str, comment: str) -> str:
    return f"  {setting:<24} # {printable(comment)}"


def printable(text: str) -> str:
    """Safe in a comment: on one line, and nothing that YAML forbids."""
    return "".join(c if c.isprintable() else "?" for c in text)


def quoted(text: str) -> str:
    """A JSON string is a YAML string."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def cost(counts: Sequence[int], baselines: int) -> str:
    """What a sweep of samples with so many players takes: a network evaluation for each mask and baseline, two tables
    of doubles."""
    least, most, evaluations = min(counts), max(counts), baselines * sum(2**count for count in counts)
    size, unit = len(counts) * 2**most * 16 / 2**20, "MiB"
    if size >= 2**10:
        size, unit = size / 2**10, "GiB"
    of_each = f"2^{most} = {2**most:,}" if least == most else f"2^{least} to 2^{most}"
    times = f" under {baselines} baselines" if baselines > 1 else ""
    work = f"{evaluations:,} evaluations of the model, {size:,.1f} {unit} of results"
    return f"{of_each} masks for each sample{times}, {work}"
