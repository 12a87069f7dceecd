"""Makes probes.onnx: the digits CNN with a linear probe on the features of each layer, as outputs beside its own.

    python configs/digits/make_probes.py [FILE]

A probe is a logistic regression on what a layer gives for the training images. All outputs are explained by one sweep:
docs/own-model.md, "Layer by layer".
"""

import sys
from pathlib import Path

import h5py
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).parent
LAYERS = {"probe1": "conv1_out", "probe2": "pooled", "probe3": "full1_out"}
CLASSES = 10


def images() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Training images and labels, test images and labels: digits.h5 holds the test images."""
    data = load_digits()
    x = (data.images[:, None] / 16).astype(np.float32)
    with h5py.File(HERE / "digits.h5") as samples:
        test, labels = samples["x"][:], samples["label"][:]
    held_out = {image.tobytes() for image in test}
    kept = np.array([image.tobytes() not in held_out for image in x])
    return x[kept], data.target[kept], test, labels


def outputs(model: onnx.ModelProto, x: np.ndarray) -> dict[str, np.ndarray]:
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return dict(zip([port.name for port in session.get_outputs()], session.run(None, {"image": x}), strict=True))


def add_output(model: onnx.ModelProto, name: str, shape: list[str | int] | None) -> None:
    model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))


def add_probe(model: onnx.ModelProto, name: str, layer: str, features: np.ndarray, labels: np.ndarray) -> None:
    """`features`: what the layer gives for the images that have these labels."""
    probe = LogisticRegression(max_iter=2000).fit(features.reshape(len(features), -1), labels)
    weights = {f"{name}_weights": probe.coef_.T, f"{name}_bias": probe.intercept_}
    model.graph.initializer.extend(numpy_helper.from_array(w.astype(np.float32), key) for key, w in weights.items())
    model.graph.node.append(helper.make_node("Flatten", [layer], [f"{name}_flat"], axis=1))
    model.graph.node.append(helper.make_node("Gemm", [f"{name}_flat", *weights], [name]))
    add_output(model, name, ["batch", CLASSES])


def main() -> None:
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "probes.onnx"
    network = onnx.load(HERE / "digits.onnx")
    seen = onnx.load(HERE / "digits.onnx")
    for layer in LAYERS.values():
        add_output(seen, layer, None)
    x, labels, test, test_labels = images()
    features = outputs(seen, x)
    for name, layer in LAYERS.items():
        add_probe(network, name, layer, features[layer], labels)
    onnx.checker.check_model(network)
    onnx.save(network, file)
    for name, logits in outputs(network, test).items():
        print(f"{name}: {100 * (logits.argmax(axis=1) == test_labels).mean():.1f} % of the test images are right")


if __name__ == "__main__":
    main()
