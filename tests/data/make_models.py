"""Makes the small ONNX models of tests/unit/test_onnx*.c and others, which know their formulas.

All weights are small multiples of 1/8, so sums and products of them and of small inputs are exact in float32: the tests
compare bits, whatever the order of summation. Needs the package `onnx`; writes beside itself.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = Path(__file__).parent
F16, F32, F64, I64 = TensorProto.FLOAT16, TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT64
Shape = list[int | str | None]


def weight(rows: int, columns: int, dtype: type = np.float32) -> np.ndarray:
    """The matrix that the tests know: w[i, j] = ((7 i + 3 j) mod 11 - 5) / 8."""
    i, j = np.indices((rows, columns))
    return (((7 * i + 3 * j) % 11 - 5) / 8).astype(dtype)


def bias(columns: int, dtype: type = np.float32) -> np.ndarray:
    """b[j] = (j - 1) / 4."""
    return ((np.arange(columns) - 1) / 4).astype(dtype)


def save(
    name: str,
    inputs: dict[str, tuple[int, Shape]],
    outputs: dict[str, tuple[int, Shape]],
    nodes: list[onnx.NodeProto],
    constants: dict[str, np.ndarray],
) -> onnx.ModelProto:
    """Writes NAME.onnx; inputs and outputs map names to (type, shape)."""
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info(key, *value) for key, value in inputs.items()],
        [helper.make_tensor_value_info(key, *value) for key, value in outputs.items()],
        [numpy_helper.from_array(value, key) for key, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    onnx.checker.check_model(model)
    onnx.save(model, HERE / f"{name}.onnx")
    return model


def linear(name: str, kind: int, dtype: type, batch: int | str = "batch") -> onnx.ModelProto:
    """x w + b, [batch, 4] -> [batch, 3]."""
    node = helper.make_node("Gemm", ["x", "w", "b"], ["y"])
    constants = {"w": weight(4, 3, dtype), "b": bias(3, dtype)}
    return save(name, {"x": (kind, [batch, 4])}, {"y": (kind, [batch, 3])}, [node], constants)


def mlp() -> None:
    """relu(x w + b) v + c with weight(6, 8), bias(8), weight(8, 3), bias(3)."""
    nodes = [
        helper.make_node("Gemm", ["x", "w", "b"], ["h"]),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("Gemm", ["r", "v", "c"], ["y"]),
    ]
    constants = {"w": weight(6, 8), "b": bias(8), "v": weight(8, 3), "c": bias(3)}
    save("mlp", {"x": (F32, ["batch", 6])}, {"y": (F32, ["batch", 3])}, nodes, constants)


def single(name: str, flat: bool) -> None:
    """x w + b with one output: [batch, 1], or flat [batch]."""
    nodes = [helper.make_node("Gemm", ["x", "w", "b"], ["z" if flat else "y"])]
    constants = {"w": weight(4, 1), "b": bias(1)}
    if flat:
        nodes.append(helper.make_node("Squeeze", ["z", "axes"], ["y"]))
        constants["axes"] = np.array([1], np.int64)
    save(name, {"x": (F32, ["batch", 4])}, {"y": (F32, ["batch"] if flat else ["batch", 1])}, nodes, constants)


def probabilities() -> None:
    """Of x w + b, w = weight(4, 1) or weight(4, 3): p of class 1 in `sigmoid`; of three classes in `softmax`, in
    `classifier` beside the class (int64, first), and in `zipmap` as a list of maps."""
    gemm = helper.make_node("Gemm", ["x", "w", "b"], ["z"])
    one, three = {"w": weight(4, 1), "b": bias(1)}, {"w": weight(4, 3), "b": bias(3)}
    x = {"x": (F32, ["batch", 4])}
    save("sigmoid", x, {"p": (F32, ["batch", 1])}, [gemm, helper.make_node("Sigmoid", ["z"], ["p"])], one)
    softmax = [gemm, helper.make_node("Softmax", ["z"], ["p"], axis=1)]
    save("softmax", x, {"p": (F32, ["batch", 3])}, softmax, three)
    both = [*softmax, helper.make_node("ArgMax", ["z"], ["label"], axis=1, keepdims=0)]
    model = save("classifier", x, {"label": (I64, ["batch"]), "p": (F32, ["batch", 3])}, both, three)
    maps = helper.make_node("ZipMap", ["p"], ["maps"], domain="ai.onnx.ml", classlabels_int64s=[0, 1, 2])
    model.graph.node.append(maps)
    of_map = helper.make_map_type_proto(I64, helper.make_tensor_type_proto(F32, []))
    model.graph.output[1].CopyFrom(helper.make_value_info("maps", helper.make_sequence_type_proto(of_map)))
    model.opset_import.append(helper.make_opsetid("ai.onnx.ml", 1))
    onnx.save(model, HERE / "zipmap.onnx")
    model.graph.output.append(helper.make_tensor_value_info("z", F32, ["batch", 3]))
    onnx.save(model, HERE / "zipmap_and_scores.onnx")
    chosen = helper.make_node("ArgMin", ["z"], ["least"], axis=1, keepdims=0)
    classes = {"label": (I64, ["batch"]), "least": (I64, ["batch"])}
    save("classes", x, classes, [gemm, both[2], chosen], three)


def coupled(name: str, batch: int | str) -> None:
    """x w + b plus 1/64 of its sum over the batch: what a row gives depends on all rows beside it."""
    nodes = [
        helper.make_node("Gemm", ["x", "w", "b"], ["z"]),
        helper.make_node("ReduceSum", ["z", "axes"], ["s"], keepdims=1),
        helper.make_node("Mul", ["s", "scale"], ["t"]),
        helper.make_node("Add", ["z", "t"], ["y"]),
    ]
    constants = {
        "w": weight(4, 3),
        "b": bias(3),
        "axes": np.array([0], np.int64),
        "scale": np.array([1 / 64], np.float32),
    }
    save(name, {"x": (F32, [batch, 4])}, {"y": (F32, [batch, 3])}, nodes, constants)


def random() -> None:
    """x w + b and noise in [0, 1) that is new in every call: a model that was exported in training mode."""
    nodes = [
        helper.make_node("Gemm", ["x", "w", "b"], ["z"]),
        helper.make_node("RandomUniformLike", ["z"], ["noise"], seed=1.0),
        helper.make_node("Add", ["z", "noise"], ["y"]),
    ]
    constants = {"w": weight(4, 3), "b": bias(3)}
    save("random", {"x": (F32, ["batch", 4])}, {"y": (F32, ["batch", 3])}, nodes, constants)


def step() -> None:
    """The sum of x and of 1 for each x >= 0.3, [batch, 6] -> [batch]: it jumps at a value of the data, as trees do."""
    nodes = [
        helper.make_node("GreaterOrEqual", ["x", "t"], ["above"]),
        helper.make_node("Cast", ["above"], ["ones"], to=F32),
        helper.make_node("Add", ["x", "ones"], ["z"]),
        helper.make_node("ReduceSum", ["z", "axes"], ["y"], keepdims=0),
    ]
    constants = {"t": np.float32([0.3]), "axes": np.array([1], np.int64)}
    save("step", {"x": (F32, ["batch", 6])}, {"y": (F32, ["batch"])}, nodes, constants)


def image() -> None:
    """The sum of x * x over an image of any size, [batch, 1, height, width] -> [batch]."""
    nodes = [
        helper.make_node("Mul", ["x", "x"], ["z"]),
        helper.make_node("ReduceSum", ["z", "axes"], ["y"], keepdims=0),
    ]
    shape: Shape = ["batch", 1, "height", "width"]
    save("image", {"x": (F32, shape)}, {"y": (F32, ["batch"])}, nodes, {"axes": np.array([1, 2, 3], np.int64)})


def free_axis() -> None:
    """The sum of x over one axis of any length, [batch, length] -> [batch]."""
    node = helper.make_node("ReduceSum", ["x", "axes"], ["y"], keepdims=0)
    shape: Shape = ["batch", "length"]
    save("free_axis", {"x": (F32, shape)}, {"y": (F32, ["batch"])}, [node], {"axes": np.array([1], np.int64)})


def not_finite() -> None:
    """log(x0) + 1 / x1, [batch, 2] -> [batch, 1]: NaN for x0 < 0, -inf for x0 = 0, +inf for x1 = 0."""
    nodes = [
        helper.make_node("Split", ["x"], ["a", "b"], axis=1),
        helper.make_node("Log", ["a"], ["l"]),
        helper.make_node("Reciprocal", ["b"], ["r"]),
        helper.make_node("Add", ["l", "r"], ["y"]),
    ]
    save("not_finite", {"x": (F32, ["batch", 2])}, {"y": (F32, ["batch", 1])}, nodes, {})


def missing() -> None:
    """The product of x over five columns, with 1/2, -1, 2, 1/4 and 1 where x is NaN, [batch, 5] -> [batch, 1]."""
    nodes = [
        helper.make_node("IsNaN", ["x"], ["gone"]),
        helper.make_node("Where", ["gone", "instead", "x"], ["z"]),
        helper.make_node("ReduceProd", ["z"], ["y"], axes=[1], keepdims=1),
    ]
    instead = {"instead": np.array([0.5, -1, 2, 0.25, 1], np.float32)}
    save("missing", {"x": (F32, ["batch", 5])}, {"y": (F32, ["batch", 1])}, nodes, instead)


def two_outputs() -> None:
    """wide = x w + b, narrow = its sum."""
    nodes = [
        helper.make_node("Gemm", ["x", "w", "b"], ["wide"]),
        helper.make_node("ReduceSum", ["wide", "axes"], ["narrow"], keepdims=0),
    ]
    constants = {"w": weight(4, 3), "b": bias(3), "axes": np.array([1], np.int64)}
    outputs: dict[str, tuple[int, Shape]] = {"wide": (F32, ["batch", 3]), "narrow": (F32, ["batch"])}
    save("two_outputs", {"x": (F32, ["batch", 4])}, outputs, nodes, constants)


def probes() -> None:
    """Scores of three classes from the input, from a hidden layer, and the logarithm of those: NaN below 0."""
    nodes = [
        helper.make_node("MatMul", ["x", "e"], ["early"]),
        helper.make_node("Gemm", ["x", "w", "b"], ["h"]),
        helper.make_node("Tanh", ["h"], ["hidden"]),
        helper.make_node("Gemm", ["hidden", "v", "c"], ["late"]),
        helper.make_node("Log", ["late"], ["shaky"]),
    ]
    constants = {"e": weight(6, 3), "w": weight(6, 8), "b": bias(8), "v": weight(8, 3), "c": bias(3)}
    outputs: dict[str, tuple[int, Shape]] = {name: (F32, ["batch", 3]) for name in ("early", "late", "shaky")}
    save("probes", {"x": (F32, ["batch", 6])}, outputs, nodes, constants)


def free_columns() -> None:
    """x itself, reshaped to x[0, 0] columns: how many there are is known only when it runs."""
    nodes = [
        helper.make_node("Slice", ["x", "zeros", "ones"], ["corner"]),
        helper.make_node("Reshape", ["corner", "minus"], ["first"]),
        helper.make_node("Cast", ["first"], ["columns"], to=I64),
        helper.make_node("Concat", ["minus", "columns"], ["shape"], axis=0),
        helper.make_node("Reshape", ["x", "shape"], ["y"]),
    ]
    constants = {
        "zeros": np.array([0, 0], np.int64),
        "ones": np.array([1, 1], np.int64),
        "minus": np.array([-1], np.int64),
    }
    save("free_columns", {"x": (F32, ["batch", 4])}, {"y": (F32, ["rows", "columns"])}, nodes, constants)


def tokens() -> None:
    """(the sum over t of keep[t] word[ids[t]]) * scale, [batch, length] -> [batch, 3], negated by a flag: ids and keep
    have the batch axis, scale [3] and the flag [] have none. word = weight(12, 3)."""
    nodes = [
        helper.make_node("Gather", ["word", "ids"], ["words"]),
        helper.make_node("Cast", ["keep"], ["kept"], to=F32),
        helper.make_node("Unsqueeze", ["kept", "last"], ["weights"]),
        helper.make_node("Mul", ["words", "weights"], ["terms"]),
        helper.make_node("ReduceSum", ["terms", "one"], ["bag"], keepdims=0),
        helper.make_node("Mul", ["bag", "scale"], ["z"]),
        helper.make_node("Neg", ["z"], ["minus"]),
        helper.make_node("Where", ["flip", "minus", "z"], ["y"]),
    ]
    rows: Shape = ["batch", "length"]
    inputs: dict[str, tuple[int, Shape]] = {
        "keep": (I64, rows),
        "ids": (I64, rows),
        "scale/factor": (F32, [3]),
        "flip": (TensorProto.BOOL, []),
    }
    nodes[5].input[1] = "scale/factor"
    constants = {"word": weight(12, 3), "last": np.array([2], np.int64), "one": np.array([1], np.int64)}
    save("tokens", inputs, {"y": (F32, ["batch", 3])}, nodes, constants)


def octets() -> None:
    """`bytes`: the sum of weight(257, 3)[x] over eight bytes, or 256 for padding: int32 [batch, 8] -> [batch, 3]."""
    nodes = [
        helper.make_node("Gather", ["weight", "x"], ["rows"]),
        helper.make_node("ReduceSum", ["rows", "one"], ["y"], keepdims=0),
    ]
    constants = {"weight": weight(257, 3), "one": np.array([1], np.int64)}
    save("bytes", {"x": (TensorProto.INT32, ["batch", 8])}, {"y": (F32, ["batch", 3])}, nodes, constants)


def other_types() -> None:
    """`half`: x w + b in float16. `ir3`: the same in float32, in a graph of IR 3, whose weights are inputs too.
    `many_ones`: x w + b as [batch, 3, 1, 1]. `open_axes`: x itself, [batch, 1, height, width]."""
    gemm = helper.make_node("Gemm", ["x", "w", "b"], ["y"])
    half = {"w": weight(4, 3, np.float16), "b": bias(3, np.float16)}
    save("half", {"x": (F16, ["batch", 4])}, {"y": (F16, ["batch", 3])}, [gemm], half)
    single = {"w": weight(4, 3), "b": bias(3)}
    inputs: dict[str, tuple[int, Shape]] = {"x": (F32, ["batch", 4]), "w": (F32, [4, 3]), "b": (F32, [3])}
    model = save("ir3", inputs, {"y": (F32, ["batch", 3])}, [gemm], single)
    model.ir_version = 3
    model.opset_import[0].version = 8
    onnx.checker.check_model(model)
    onnx.save(model, HERE / "ir3.onnx")
    flat = helper.make_node("Gemm", ["x", "w", "b"], ["z"])
    ones = {**single, "shape": np.array([-1, 3, 1, 1], np.int64)}
    reshape = helper.make_node("Reshape", ["z", "shape"], ["y"])
    save("many_ones", {"x": (F32, ["batch", 4])}, {"y": (F32, ["batch", 3, 1, 1])}, [flat, reshape], ones)
    free: Shape = ["batch", 1, "height", "width"]
    save("open_axes", {"x": (F32, free)}, {"y": (F32, free)}, [helper.make_node("Identity", ["x"], ["y"])], {})


def stray_batches() -> None:
    """x + keep, with axes of keep that may be the batch but are not said to be; `text` takes strings."""
    forms: list[tuple[str, Shape, Shape]] = [
        ("batch_named_otherwise", ["N", 4], ["batch_size", 4]),
        ("batch_unnamed", ["N", 4], [None, 4]),
        ("batch_of_keep_second", ["N", 4], [4, "N"]),
    ]
    for name, x, keep in forms:
        inputs: dict[str, tuple[int, Shape]] = {"x": (F32, x), "keep": (F32, keep)}
        nodes = [helper.make_node("Add", ["x", "kept"], ["y"])]
        turn = helper.make_node("Transpose", ["keep"], ["kept"])
        nodes.insert(0, turn if keep[1] == "N" else helper.make_node("Identity", ["keep"], ["kept"]))
        save(name, inputs, {"y": (F32, x)}, nodes, {})
    cast = helper.make_node("Cast", ["x"], ["y"], to=F32)
    save("text", {"x": (TensorProto.STRING, ["batch", 4])}, {"y": (F32, ["batch", 4])}, [cast], {})


def refused() -> None:
    """Models of a form that is not supported: one node each, from what it takes to what it gives."""
    rows: Shape = ["batch", 4]
    square: Shape = ["batch", 2, 2]
    many: Shape = ["batch", *[1] * 16]
    forms: list[tuple[str, dict[str, tuple[int, Shape]], tuple[int, Shape], str, dict[str, int]]] = [
        ("int_input", {"x": (I64, rows)}, (F32, rows), "Cast", {"to": F32}),
        ("int_output", {"x": (F32, rows)}, (I64, ["batch"]), "ArgMax", {"axis": 1, "keepdims": 0}),
        ("two_inputs", {"left": (F32, rows), "right": (F32, rows)}, (F32, rows), "Add", {}),
        ("rank3_output", {"x": (F32, square)}, (F32, square), "Relu", {}),
        ("no_axis", {"x": (F32, [])}, (F32, []), "Identity", {}),
        ("empty_batch", {"x": (F32, [0, 4])}, (F32, [0, 4]), "Identity", {}),
        ("many_axes", {"x": (F32, many)}, (F32, many), "Identity", {}),
    ]
    for name, inputs, output, kind, attributes in forms:
        save(name, inputs, {"y": output}, [helper.make_node(kind, [*inputs], ["y"], **attributes)], {})
    total = helper.make_node("ReduceSum", ["x", "axes"], ["y"], keepdims=1)
    save("batch_lost", {"x": (F32, rows)}, {"y": (F32, [1, 4])}, [total], {"axes": np.array([0], np.int64)})


def batch_axes() -> None:
    """The largest of each of two columns over all rows but those of the batch, with the batch as first axis or as
    second, and with names of axes that tell it or do not: [rows, columns, 2] -> [batch, 2]."""
    forms: list[tuple[str, Shape, Shape, int]] = [
        ("batch_second", ["time", "batch", 2], ["batch", 2], 0),
        ("batch_second_fixed", [4, "batch", 2], [None, 2], 0),
        ("batch_second_followed", ["time", "rows", 2], ["rows", 2], 0),
        ("batch_second_unnamed", [None, None, 2], [None, 2], 0),
        ("batch_second_fixed_unnamed", [4, None, 2], [None, 2], 0),
        ("batch_first_named", ["N", "batches", 2], ["N", 2], 1),
        ("batch_first_unnamed", [None, None, 2], [None, 2], 1),
        ("batch_first_fixed_unnamed", [4, None, 2], [None, 2], 1),
    ]
    for name, shape, output, axis in forms:
        node = helper.make_node("ReduceMax", ["x"], ["y"], axes=[axis], keepdims=0)
        save(name, {"x": (F32, shape)}, {"y": (F32, output)}, [node], {})


def fails_when_run() -> None:
    """Looks x0 up in a table of two entries, 5 and 6: the engine fails where x0 is neither 0 nor 1."""
    nodes = [
        helper.make_node("Cast", ["x"], ["i"], to=I64),
        helper.make_node("Gather", ["table", "i"], ["y"]),
    ]
    constants = {"table": np.array([5, 6], np.float32)}
    save("fails_when_run", {"x": (F32, ["batch", 1])}, {"y": (F32, ["batch", 1])}, nodes, constants)


def main() -> None:
    probabilities()
    linear("linear_f32", F32, np.float32)
    linear("linear_f64", F64, np.float64)
    mlp()
    single("logit", flat=False)
    single("logit_flat", flat=True)
    coupled("coupled", "batch")
    coupled("coupled5", 5)
    random()
    step()
    image()
    free_axis()
    not_finite()
    missing()
    two_outputs()
    probes()
    free_columns()
    tokens()
    octets()
    other_types()
    stray_batches()
    batch_axes()
    refused()
    fails_when_run()
    (HERE / "external.bin").unlink(missing_ok=True)  # it would be appended to
    external = linear("external", F32, np.float32)
    onnx.save(
        external,
        HERE / "external.onnx",
        save_as_external_data=True,
        location="external.bin",
        size_threshold=0,
    )


if __name__ == "__main__":
    main()
