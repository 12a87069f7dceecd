"""What the make_*.py of the folders share: writing a network and its samples, and checking what was written."""

from collections.abc import Callable, Sequence
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

# Low on purpose: every ONNX Runtime since 1.10 reads them.
OPSET = 13
IR_VERSION = 7

Array = npt.NDArray[np.generic]


def write_model(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    weights: dict[str, Array],
    name: str,
    shape: Sequence[int],
    outputs: int,
) -> None:
    """One input `name` [batch, shape...], one output "logits" [batch, outputs], both float32, any batch size."""
    graph = helper.make_graph(
        list(nodes),
        path.stem,
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", *shape])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", outputs])],
        [numpy_helper.from_array(np.asarray(value, np.float32), key) for key, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="harsanyi-configs")
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)


def write_samples(
    path: Path,
    x: Array,
    label: Array,
    players: Array,
    names: Sequence[str],
    baseline: Array | None = None,
    classes: Sequence[str] = (),
) -> None:
    """x [S, shape...], label [S], players (-1: never masked) and baseline [shape...] or [S, shape...], names [n],
    classes: what the labels mean."""
    arrays = {"x": np.asarray(x, np.float32), "players": np.asarray(players, np.int32)}
    if baseline is not None:
        arrays["baseline"] = np.asarray(baseline, np.float32)
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array, compression="gzip", shuffle=True)
        file["label"] = np.asarray(label, np.int64)
        for name, words in (("player_names", names), ("classes", classes)):
            if words:
                width = max(len(word.encode()) for word in words)
                file.create_dataset(name, data=list(words), dtype=h5py.string_dtype("utf-8", width))


def check(path: Path, x: Array, label: Array, trained: Callable[[Array], Array]) -> None:
    """Prints what the written network is worth; stops when it is not the trained one, at any of three batch sizes."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    logits = np.concatenate([session.run(None, {name: part})[0] for part in np.split(x.astype(np.float32), [1, 8])])
    error = float(np.abs(logits - trained(x)).max())
    if error > 1e-4:
        raise SystemExit(f"{path}: differs from the trained network by {error:g}")
    model = onnx.load(path)
    size = sum(int(np.prod(weight.dims)) for weight in model.graph.initializer)
    accuracy = float((logits.argmax(1) == label).mean())
    print(f"{path.name}: {size} parameters, accuracy {accuracy:.2%} on {len(x)} test samples, differs by {error:.1e}")
