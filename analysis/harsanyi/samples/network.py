"""What a network takes, what its outputs are, and which samples it gets right; needs the Python package onnxruntime."""

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from harsanyi.samples.sources import Array, InputError, first_line

BATCH = 256


FLOATS = {"tensor(float)": np.float32, "tensor(double)": np.float64}
OUTPUTS = (*FLOATS, "tensor(float16)")


def is_there() -> bool:
    return importlib.util.find_spec("onnxruntime") is not None


class Network:
    """An ONNX file with one float input, of which one output counts: the one named, or the only one of floats."""

    def __init__(self, path: Path, input_name: str | None, output_name: str | None) -> None:
        import onnxruntime

        self.path = path
        onnxruntime.set_default_logger_severity(4)  # what goes wrong is reported here
        try:
            self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        except Exception as error:  # its exceptions have no base class of their own
            raise InputError(f"{path}: cannot be loaded: {first_line(error)}") from error
        self._input = self._one(self._session.get_inputs(), input_name, "input")
        outputs = self._session.get_outputs()
        self.output = self._one(self._of_floats(outputs, output_name), output_name, "output").name
        self.is_one_of = len(outputs) if output_name is None else 1
        if self._input.type not in FLOATS:
            raise InputError(f"{path}: its input {self._input.name!r} takes {self._input.type}, not floats")
        self._dtype = FLOATS[self._input.type]

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

    def check_shape(self, shape: tuple[int, ...]) -> None:
        wanted = self._input.shape[1:]
        fits = len(wanted) == len(shape) and all(
            not isinstance(w, int) or w == s for w, s in zip(wanted, shape, strict=True)
        )
        if not fits:
            raise InputError(f"{self.path} takes inputs {_axes(wanted)}, the samples are {_axes(shape)}")

    def outputs(self, x: Array) -> Array:
        """[rows of x, outputs]"""
        fixed = self._input.shape[0]
        size = fixed if isinstance(fixed, int) and fixed > 0 else BATCH
        found = []
        for first in range(0, len(x), size):
            part = x[first : first + size].astype(self._dtype)
            # The last batch is filled up with copies where the network has a batch size of its own.
            full = part if size != fixed else np.concatenate([part, np.repeat(part[:1], size - len(part), axis=0)])
            found.append(self._run(full)[: len(part)])
        return np.concatenate(found)

    def _run(self, x: Array) -> Array:
        try:
            outputs = np.asarray(self._session.run([self.output], {self._input.name: x})[0])
        except Exception as error:
            raise InputError(f"{self.path}: cannot be evaluated: {first_line(error)}") from error
        if outputs.shape[:1] != x.shape[:1] or outputs.ndim > 2 or outputs.dtype.kind != "f":
            found = f"{self.output!r} is {outputs.dtype} {list(outputs.shape)} for {len(x)} inputs"
            raise InputError(f"{self.path}: {found}, not floats [batch, classes]")
        return outputs.reshape(len(x), -1)


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


def _axes(shape: tuple[int | str | None, ...] | list[int | str | None]) -> str:
    return "[" + ", ".join(["batch", *(str(axis) for axis in shape)]) + "]"
