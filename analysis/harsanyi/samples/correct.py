"""Which samples a network gets right, and whether it takes them at all; needs the Python package onnxruntime."""

from pathlib import Path
from typing import Any

import numpy as np

from harsanyi.samples.sources import Array, InputError, first_line

BATCH = 256


class Network:
    """An ONNX file with one float input, of which one output counts."""

    def __init__(self, path: Path, input_name: str | None, output_name: str | None) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise InputError("--correct needs onnxruntime: pip install onnxruntime") from error
        self.path = path
        onnxruntime.set_default_logger_severity(4)  # what goes wrong is reported here
        try:
            self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        except Exception as error:  # its exceptions have no base class of their own
            raise InputError(f"{path}: cannot be loaded: {first_line(error)}") from error
        self._input = self._one(self._session.get_inputs(), input_name, "input")
        self._output = self._one(self._session.get_outputs(), output_name, "output").name
        types = {"tensor(float)": np.float32, "tensor(double)": np.float64}
        if self._input.type not in types:
            raise InputError(f"{path}: its input {self._input.name!r} takes {self._input.type}, not floats")
        self._dtype = types[self._input.type]

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

    def predicted(self, x: Array) -> tuple[Array, int]:
        """Class of each row of x, -1 where an output is not finite, and how many classes there are. A single output is
        the logit of class 1."""
        fixed = self._input.shape[0]
        size = fixed if isinstance(fixed, int) and fixed > 0 else BATCH
        found = []
        for first in range(0, len(x), size):
            part = x[first : first + size].astype(self._dtype)
            # The last batch is filled up with copies where the network has a batch size of its own.
            full = part if size != fixed else np.concatenate([part, np.repeat(part[:1], size - len(part), axis=0)])
            found.append(self._run(full)[: len(part)])
        outputs = np.concatenate(found)
        single = outputs.shape[1] == 1
        classes = outputs[:, 0] > 0 if single else outputs.argmax(axis=1)
        return np.where(np.isfinite(outputs).all(axis=1), classes, -1), 2 if single else outputs.shape[1]

    def _run(self, x: Array) -> Array:
        try:
            outputs = np.asarray(self._session.run([self._output], {self._input.name: x})[0])
        except Exception as error:
            raise InputError(f"{self.path}: cannot be evaluated: {first_line(error)}") from error
        if outputs.shape[:1] != x.shape[:1] or outputs.ndim > 2 or outputs.dtype.kind != "f":
            found = f"{self._output!r} is {outputs.dtype} {list(outputs.shape)} for {len(x)} inputs"
            raise InputError(f"{self.path}: {found}, not floats [batch, classes]")
        return outputs.reshape(len(x), -1)


def _axes(shape: tuple[int | str | None, ...] | list[int | str | None]) -> str:
    return "[" + ", ".join(["batch", *(str(axis) for axis in shape)]) + "]"
