"""Makes digits.onnx and digits.h5: a CNN of the size of LeNet on scikit-learn's 8x8 handwritten digits.

    python configs/digits/make_digits.py

The random numbers are fixed; the last bits still depend on the processor and the versions in ../requirements.txt.
"""

import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from onnx import helper
from sklearn.datasets import load_digits

sys.path.insert(0, str(Path(__file__).parents[1]))
from export import Array, check, write_model, write_samples
from train import Plan, Weights, train

HERE = Path(__file__).parent
SEED = 1
TEST_PER_CLASS = 40
PLAN = Plan(epochs=60, batch=32, rate=1e-3, decay=1e-2, seed=SEED)
# conv1 and conv2: 3x3, [out, in, rows, columns]; full1 after a 2x2 max-pool; [in, out].
SHAPES = {"conv1": (16, 1, 3, 3), "conv2": (32, 16, 3, 3), "full1": (512, 64), "full2": (64, 10)}


def split() -> tuple[Array, Array, Array, Array]:
    """Training images and labels, test images and labels. Test sample i shows digit i mod 10."""
    data = load_digits()
    x = (data.images[:, None] / 16).astype(np.float32)
    order = np.random.default_rng(SEED).permutation(len(x))
    test = np.stack([order[data.target[order] == digit][:TEST_PER_CLASS] for digit in range(10)], axis=1).ravel()
    train = np.setdiff1d(order, test)
    return x[train], data.target[train], x[test], data.target[test]


def network(w: Weights, x: jax.Array) -> jax.Array:
    for name in ("conv1", "conv2"):
        x = jax.lax.conv_general_dilated(x, w[name], (1, 1), "SAME")
        x = jax.nn.relu(x + w[name + "_bias"][:, None, None])
    x = jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
    x = jax.nn.relu(x.reshape(len(x), -1) @ w["full1"] + w["full1_bias"])
    return x @ w["full2"] + w["full2_bias"]


def export(w: Weights) -> None:
    def conv(source: str, name: str) -> list:
        inputs = [source, name, name + "_bias"]
        convolved = helper.make_node("Conv", inputs, [name + "_sum"], kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        return [convolved, helper.make_node("Relu", [name + "_sum"], [name + "_out"])]

    nodes = [
        *conv("image", "conv1"),
        *conv("conv1_out", "conv2"),
        helper.make_node("MaxPool", ["conv2_out"], ["pooled"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["pooled"], ["flat"], axis=1),
        helper.make_node("Gemm", ["flat", "full1", "full1_bias"], ["full1_sum"]),
        helper.make_node("Relu", ["full1_sum"], ["full1_out"]),
        helper.make_node("Gemm", ["full1_out", "full2", "full2_bias"], ["logits"]),
    ]
    write_model(HERE / "digits.onnx", nodes, {k: np.asarray(v) for k, v in w.items()}, "image", (1, 8, 8), 10)


def main() -> None:
    x, y, x_test, y_test = split()
    weights = train(network, SHAPES, x, y, PLAN)
    export(weights)
    rows, columns = np.indices((8, 8)) // 2
    names = [f"r{row}c{column}" for row in range(4) for column in range(4)]
    baseline = x.mean(0, dtype=np.float64)
    write_samples(HERE / "digits.h5", x_test, y_test, (4 * rows + columns)[None], names, baseline)
    check(HERE / "digits.onnx", x_test, y_test, lambda some: np.asarray(network(weights, jnp.asarray(some))))


if __name__ == "__main__":
    main()
