"""What a network takes, what its outputs are, and which samples it gets right; needs the Python package onnxruntime."""

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harsanyi.samples.sources import Array, InputError, first_line

BATCH = 256


TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(bool)": np.bool_,
    **{f"tensor({name})": getattr(np, name) for name in ("int8", "int16", "int32", "int64")},
    **{f"tensor({name})": getattr(np, name) for name in ("uint8", "uint16", "uint32", "uint64")},
}
OUTPUTS = ("tensor(float)", "tensor(double)", "tensor(float16)")
LABELS = ("tensor(int64)", "tensor(string)")


@dataclass(frozen=True)
class Constant:
    """One of the network's other inputs."""

    array: Array  # [...] or [S, ...]
    per_sample: bool
    has_batch: bool

    def of_rows(self, rows: Array) -> Array:
        """As the network takes it for these samples."""
        if self.per_sample:
            return self.array[rows] if self.has_batch else self.array[rows[0]]
        return np.repeat(self.array[np.newaxis], len(rows), axis=0) if self.has_batch else self.array


def is_there() -> bool:
    return importlib.util.find_spec("onnxruntime") is not None


class Network:
    """An ONNX file, of which one input is the samples' and one output counts: those named, or the only ones; of outputs
    the only one of floats."""

    def __init__(self, path: Path, input_name: str | None, output_name: str | None) -> None:
        import onnxruntime

        self.path = path
        onnxruntime.set_default_logger_severity(4)  # what goes wrong is reported here
        try:
            self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        except Exception as error:  # its exceptions have no base class of their own
            raise InputError(f"{path}: cannot be loaded: {first_line(error)}") from error
        inputs = self._session.get_inputs()
        self._input = self._one(inputs, input_name, "input")
        self._others = [item for item in inputs if item.name != self._input.name]
        self.constants: dict[str, Constant] = {}
        outputs = self._session.get_outputs()
        self.output = self._one(self._of_floats(outputs, output_name), output_name, "output").name
        self.is_one_of = len(outputs) if output_name is None else 1
        self._labels = [item.name for item in outputs if item.type in LABELS and len(outputs) == 2]
        self._dtype = self._type_of(self._input)

    def _of_floats(self, outputs: list[Any], name: str | None) -> list[Any]:
        """Those that can be scores: a classifier's label is left out."""
        maps = [item.name for item in outputs if "map" in item.type and name in (None, item.name)]
        if maps:
            raise InputError(
                f"{self.path}: its output {maps[0]!r} is a list of maps (ZipMap), not an array: convert the model "
                "again without, in skl2onnx to_onnx(..., options={'zipmap': False}), in onnxmltools zipmap=False"
            )
        floats = [item for item in outputs if item.type in OUTPUTS]
        return floats if name is None and len(floats) == 1 else outputs

    def _one(self, found: list[Any], name: str | None, what: str) -> Any:  # noqa: ANN401  (onnxruntime has no types)
        names = [item.name for item in found]
        if name is None and len(found) == 1:
            return found[0]
        if name not in names:
            raise InputError(f"{self.path}: --{what} must name one of {', '.join(names)}")
        return found[names.index(name)]

    def _type_of(self, item: Any) -> Any:  # noqa: ANN401
        if item.type not in TYPES:
            raise InputError(f"{self.path}: its input {item.name!r} takes {item.type}, not numbers")
        return TYPES[item.type]

    def take_constants(self, others: Mapping[str, Array], count: int) -> None:
        """The network's other inputs, by their names: with as many axes as an input has without its batch axis for all
        of `count` samples, with one more for each."""
        for item in self._others:
            batch, own = item.shape[:1], self._input.shape[:1]
            has_batch = bool(batch) and not isinstance(batch[0], int) and batch == own
            rank = len(item.shape) - has_batch
            if item.name not in others:
                raise InputError(
                    f"{self.path}: its input {item.name!r} {_axes(item.shape[has_batch:], has_batch)} is missing: save "
                    "an array of this name beside x (from-npz); without --model, write it to /constants yourself"
                )
            array = others[item.name]
            if array.ndim not in (rank, rank + 1) or (array.ndim > rank and len(array) != count):
                raise InputError(
                    f"{self.path}: its input {item.name!r} has {rank} axes for a sample: [...], or [{count}, ...] with "
                    f"one for each sample; the array is {list(array.shape)}"
                )
            whole = self.whole(array, self._type_of(item), f"the array {item.name!r}")
            self.constants[item.name] = Constant(whole, array.ndim > rank, has_batch)

    def whole(self, numbers: Array, dtype: Any = None, what: str = "x", way: str = "") -> Array:  # noqa: ANN401
        """The numbers as the network's input takes them; whole ones must not change."""
        wanted = np.dtype(self._dtype if dtype is None else dtype)
        with np.errstate(invalid="ignore", over="ignore"):
            taken: Array = numbers.astype(wanted)
        if wanted.kind != "f" and not np.array_equal(taken, numbers):
            raise InputError(f"{self.path} takes {wanted}, but {what} holds numbers that are not{way and ': ' + way}")
        return taken

    def check_shape(self, shape: tuple[int, ...]) -> None:
        wanted = self._input.shape[1:]
        fits = len(wanted) == len(shape) and all(
            not isinstance(w, int) or w == s for w, s in zip(wanted, shape, strict=True)
        )
        if not fits:
            raise InputError(f"{self.path} takes inputs {_axes(wanted)}, the samples are {_axes(shape)}")

    def outputs(self, x: Array, rows: Array) -> Array:
        """[rows of x, outputs]; rows: which samples they are."""
        fixed = self._input.shape[0]
        alone = any(item.per_sample and not item.has_batch for item in self.constants.values())
        size = fixed if isinstance(fixed, int) and fixed > 0 else 1 if alone else BATCH
        found = []
        for first in range(0, len(x), size):
            part, of = self.whole(x[first : first + size]), rows[first : first + size]
            # The last batch is filled up with copies where the network has a batch size of its own.
            lost = size - len(part) if size == fixed else 0
            full, of = np.concatenate([part, np.repeat(part[:1], lost, axis=0)]), np.append(of, np.repeat(of[:1], lost))
            found.append(self._run(full, of)[: len(part)])
        return np.concatenate(found)

    def _run(self, x: Array, rows: Array) -> Array:
        outputs = self._evaluate(self.output, x, rows)
        long = sum(length > 1 for length in outputs.shape[1:])
        batched = outputs.shape[:1] == x.shape[:1]
        if not batched or long > 1 or outputs.dtype.kind != "f":
            found = f"{self.output!r} is {outputs.dtype} {list(outputs.shape)} for {len(x)} inputs"
            way = ""
            if outputs.dtype.kind != "f":
                way = ": export its scores; whole numbers need a Cast (docs/own-model.md, Other types)"
            elif not batched:
                way = ": its batch is on another axis (docs/own-model.md, The batch is not the first axis)"
            elif long > 1:
                way = ": leave --model out, and write model.file and model.element into the config"
            raise InputError(f"{self.path}: {found}, not floats [batch, classes]{way}")
        return outputs.reshape(len(x), -1)

    def _evaluate(self, output: str, x: Array, rows: Array) -> Array:
        given = {name: item.of_rows(rows) for name, item in self.constants.items()}
        try:
            return np.asarray(self._session.run([output], {self._input.name: x, **given})[0])
        except Exception as error:
            raise InputError(f"{self.path}: cannot be evaluated: {first_line(error)}") from error

    def own_labels(self, x: Array, rows: Array) -> list[str]:
        """What a classifier with a label beside its probabilities calls these inputs; empty: it has none, or takes
        batches of its own size."""
        if not self._labels or self.constants or isinstance(self._input.shape[0], int):
            return []
        labels = self._evaluate(self._labels[0], self.whole(x), rows)
        return [str(label) for label in labels] if labels.shape == x.shape[:1] else []


def are_probabilities(outputs: Array) -> bool:
    """What `harsanyi run` takes them for too: rows of numbers from 0 that sum to 1, or single numbers in [0, 1], not
    all equal."""
    if not np.isfinite(outputs).all():
        return False
    if outputs.shape[1] == 1:
        return bool(outputs.min() >= -1e-6 and outputs.max() <= 1 + 1e-6 and np.ptp(outputs) > 0)
    return bool(outputs.min() >= 0 and np.abs(outputs.sum(axis=1) - 1).max() <= 1e-3)


def classes(outputs: Array) -> Array:
    """The class of each row, -1 where an output is not finite. A single output is p of class 1, or its logit."""
    if outputs.shape[1] == 1:
        found = outputs[:, 0] > (0.5 if are_probabilities(outputs) else 0)
    else:
        found = outputs.argmax(axis=1)
    return np.where(np.isfinite(outputs).all(axis=1), found, -1)


def class_order(own: Sequence[str], places: Sequence[int], count: int) -> list[str] | None:
    """What a classifier calls its outputs, if its own labels follow them at all: own [rows] where the outputs at these
    places are the largest. "…": not seen."""
    found: dict[int, str] = {}
    for label, place in zip(own, places, strict=True):
        if found.setdefault(place, label) != label:
            return None
    if all(label.lstrip("-").isdigit() for label in own):
        first = {int(label) - place for place, label in found.items()}
        if len(first) == 1:
            start = first.pop()
            return [str(start + place) for place in range(count)]
    return [found.get(place, "…") for place in range(count)]


def _axes(shape: Sequence[int | str | None], has_batch: bool = True) -> str:
    return "[" + ", ".join([*["batch"] * has_batch, *(str(axis) for axis in shape)]) + "]"
