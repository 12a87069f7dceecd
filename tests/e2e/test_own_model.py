"""The recipes of docs/own-model.md, as they stand there: each makes mine.onnx of a model and sweeps it. v has to be the
log-odds, or the number, that the framework itself predicts for the masked inputs.

A recipe is skipped where its packages are missing; tests/requirements-models.txt lists them."""

import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from harness import PROGRAM, REPOSITORY, Job, Outcome, opened, read
from harness import numbers as numbers_of

Array = np.ndarray
Predict = Callable[[Array], Array]  # inputs to probabilities [rows, classes], or to numbers [rows]

FEATURES, SAMPLES = 6, 4
PROBABILITIES, LOGITS, RAW = ("log_odds", "probabilities"), ("log_odds", "logits"), ("raw", "logits")


# ---- the document ----


def _sections() -> dict[str, list[tuple[str, str]]]:
    """Code blocks (language, text) by heading; those before the first heading by ""."""
    text = (REPOSITORY / "docs/own-model.md").read_text()
    heads = re.split(r"^## (.*)$", text, flags=re.MULTILINE)
    pairs = zip(["", *heads[1::2]], heads[0::2], strict=True)
    return {head: re.findall(r"^```(\w+)\n(.*?)^```", part, re.DOTALL | re.MULTILINE) for head, part in pairs}


SECTIONS = _sections()


def run_python(head: str, names: dict[str, Any]) -> None:
    for language, code in SECTIONS[head]:
        if language == "python":
            exec(compile(code, f"own-model.md: {head}", "exec"), names)


def shell(line: str) -> Outcome:
    """In the working folder, with harsanyi and harsanyi-samples on the PATH."""
    path = [str(Path(PROGRAM).parent), str(Path(sys.executable).parent), os.environ["PATH"]]
    python = [str(REPOSITORY / "analysis"), os.environ.get("PYTHONPATH", "")]
    environment = {"PATH": ":".join(path), "PYTHONPATH": ":".join(python)}
    return Job(command=("bash", "-ec", line), environment=environment).wait(timeout=600)  # torch takes long to start


def run_shell(head: str) -> None:
    """The lines of the section, or those of the introduction where it has none."""
    lines = [code for language, code in SECTIONS[head] if language == "sh"]
    for line in lines or [code for language, code in SECTIONS[""] if language == "sh"]:
        shell(line).ends(0)


# ---- models ----


@dataclass(frozen=True)
class Made:
    """What the reader of a recipe has, and what the sweep of it must give."""

    predict: Predict
    x: Array
    y: Array
    names: dict[str, Any] = field(default_factory=dict)  # of Python: model and the like


@dataclass(frozen=True)
class Case:
    head: str
    packages: tuple[str, ...]
    make: Callable[[], Made]
    decided: tuple[str, str] = PROBABILITIES  # score and output_kind
    within: float = 1e-5  # of 1 + |v|


def numbers(classes: int, rows: int = 600) -> tuple[Array, Array]:
    """Inputs and labels that no model can be sure of; classes = 0: those of a regression."""
    random = np.random.default_rng(classes)
    x = random.normal(size=(rows, FEATURES)).astype(np.float32)
    score = x[:, 0] * x[:, 1] + x[:, 2] - 0.5 * np.abs(x[:, 3]) + random.normal(size=rows)
    if classes == 0:
        return x, score.astype(np.float64)
    edges = np.quantile(score, np.arange(1, classes) / classes)
    return x, np.searchsorted(edges, score).astype(np.int64)


def fitted(make: Callable[[], Any], classes: int = 2) -> Callable[[], Made]:
    def made() -> Made:
        x, y = numbers(classes)
        model = make().fit(x, y)
        predict = model.predict_proba if classes else model.predict
        return Made(predict, x[:SAMPLES], y[:SAMPLES], {"model": model})

    return made


def of_sklearn(module: str, name: str, **options: object) -> Callable[[], Any]:
    return lambda: getattr(pytest.importorskip(f"sklearn.{module}"), name)(**options)


def pipeline() -> Any:  # noqa: ANN401  (a scikit-learn model)
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), PCA(4), LogisticRegression())


def support_vectors() -> Any:  # noqa: ANN401  (a scikit-learn model)
    from sklearn.svm import SVC

    return SVC(probability=True, random_state=0)


def boosted(package: str, name: str, **options: object) -> Callable[[], Any]:
    return lambda: getattr(pytest.importorskip(package), name)(
        n_estimators=15, max_depth=3, learning_rate=0.2, **options
    )


def of_torch() -> Made:
    import torch

    x, y = numbers(3)
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(FEATURES, 8), torch.nn.ReLU(), torch.nn.Dropout(), torch.nn.Linear(8, 3)
    )

    def predict(rows: Array) -> Array:
        return softmax(model.double().eval()(torch.from_numpy(rows.astype(np.float64))).detach().numpy())

    return Made(predict, x[:SAMPLES], y[:SAMPLES], {"model": model})


# ---- networks, made here ----

W = np.random.default_rng(5).normal(size=(FEATURES, 3)).astype(np.float32) / 2


def softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def of_w(x: Array) -> Array:
    return softmax(x.astype(np.float64) @ W)


Node = tuple[str, str, str, dict[str, Any]]  # operator, its inputs, its outputs, attributes
CONSTANTS = {"w": W, "w3": W[:3], "half": np.array(0.5, np.float32), "true": np.array(True)}
DENSE: Node = ("MatMul", "x w", "y", {})


def save(nodes: tuple[Node, ...], x: list[Any], shape: list[Any] | None = None, kind: int = 1, **more: object) -> None:
    """mine.onnx, from x of this shape to y [batch, 3] of floats, unless told otherwise."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    used = {name for _, inputs, _, _ in nodes for name in inputs.split()}
    graph = helper.make_graph(
        [helper.make_node(name, inputs.split(), outputs.split(), **given) for name, inputs, outputs, given in nodes],
        "mine",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, x)],
        [helper.make_tensor_value_info("y", kind, shape or [x[0] if len(x) == 2 else "batch", 3])],
        [numpy_helper.from_array(value, name) for name, value in CONSTANTS.items() if name in used],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", more.pop("opset", 17))], ir_version=8)
    for name, value in more.items():
        setattr(model, name, value)
    onnx.save(model, "mine.onnx")


def of_network(*nodes: Node, batch: int | str = "batch", **more: object) -> Callable[[], Made]:
    def made() -> Made:
        save(nodes or (DENSE,), [batch, FEATURES], **more)
        x, y = numbers(3)
        return Made(of_w, x[:SAMPLES], y[:SAMPLES])

    return made


def newest() -> Made:
    """An IR version that nobody reads, and the newest opset."""
    onnx = pytest.importorskip("onnx")
    return of_network(ir_version=99, opset=onnx.defs.onnx_opset_version())()


def two_outputs() -> Made:
    x, y = numbers(2)
    model = pytest.importorskip("sklearn.linear_model").LogisticRegression().fit(x, y)
    run_python("scikit-learn: classes", {"model": model, "X": x})
    return Made(model.predict_proba, x[:SAMPLES], y[:SAMPLES])


def with_zipmap() -> Made:
    x, y = numbers(2)
    model = pytest.importorskip("sklearn.linear_model").LogisticRegression().fit(x, y)
    onx = pytest.importorskip("skl2onnx").to_onnx(model, x[:1])
    Path("mine.onnx").write_bytes(onx.SerializeToString())
    return Made(model.predict_proba, x[:SAMPLES], y[:SAMPLES])


DROPOUT: tuple[Node, ...] = (("Dropout", "x half true", "kept", {"seed": 3}), ("MatMul", "kept w", "y", {}))
CUT: tuple[Node, ...] = (("MatMul", "x w", "z", {}), ("Softmax", "z", "y", {}))
SKLEARN, TREES = ("sklearn", "skl2onnx"), ("sklearn", "onnxmltools")
CLASSES, NUMBERS = "scikit-learn: classes", "scikit-learn: numbers"
CASES = {
    "torch": Case("PyTorch", ("torch", "onnxscript"), of_torch, LOGITS),
    "logistic": Case(CLASSES, SKLEARN, fitted(of_sklearn("linear_model", "LogisticRegression"), 3)),
    "forest": Case(
        CLASSES,
        SKLEARN,
        fitted(of_sklearn("ensemble", "RandomForestClassifier", n_estimators=20, min_samples_leaf=20, random_state=0)),
    ),
    "boosting": Case(
        CLASSES, SKLEARN, fitted(of_sklearn("ensemble", "GradientBoostingClassifier", n_estimators=15, random_state=0))
    ),
    "svc": Case(CLASSES, SKLEARN, fitted(support_vectors)),
    "mlp": Case(
        CLASSES,
        SKLEARN,
        fitted(
            of_sklearn("neural_network", "MLPClassifier", hidden_layer_sizes=(8,), max_iter=1000, random_state=0), 3
        ),
    ),
    "pipeline": Case(CLASSES, SKLEARN, fitted(pipeline)),
    "ridge": Case(NUMBERS, SKLEARN, fitted(of_sklearn("linear_model", "Ridge"), 0), RAW),
    "forest_of_numbers": Case(
        NUMBERS,
        SKLEARN,
        fitted(of_sklearn("ensemble", "RandomForestRegressor", n_estimators=20, random_state=0), 0),
        RAW,
    ),
    "xgboost": Case("XGBoost", (*TREES, "xgboost"), fitted(boosted("xgboost", "XGBClassifier"))),
    "xgboost_three": Case("XGBoost", (*TREES, "xgboost"), fitted(boosted("xgboost", "XGBClassifier"), 3)),
    "xgboost_numbers": Case("XGBoost", (*TREES, "xgboost"), fitted(boosted("xgboost", "XGBRegressor"), 0), RAW),
    "lightgbm": Case("LightGBM", (*TREES, "lightgbm"), fitted(boosted("lightgbm", "LGBMClassifier", verbose=-1))),
    "lightgbm_numbers": Case(
        "LightGBM", (*TREES, "lightgbm"), fitted(boosted("lightgbm", "LGBMRegressor", verbose=-1), 0), RAW
    ),
    "softmax": Case("A softmax or sigmoid inside", ("onnx",), of_network(*CUT), LOGITS),
    "several": Case("Several outputs", SKLEARN, two_outputs),
    "zipmap": Case("ZipMap", SKLEARN, with_zipmap),
    "newest": Case("An IR version or opset that is too new", ("onnx",), newest, LOGITS),
    "dropout": Case("Other values each time", ("onnx",), of_network(*DROPOUT), LOGITS),
    "fixed": Case("A fixed batch", ("onnx",), of_network(batch=3), LOGITS),
}


# ---- sweeps ----


def log_odds(p: Array, y: Array) -> Array:
    """[rows, classes] of each class y, the others summed."""
    p = p.astype(np.float64)
    own = np.arange(p.shape[1]) == y
    return np.log(p[:, own].sum(axis=1)) - np.log(p[:, ~own].sum(axis=1))


def masked(x: Array, players: Array, baseline: Array) -> Array:
    """[2^n, shape...]: all masked versions of an input."""
    present = np.arange(2 ** (players.max() + 1))[:, np.newaxis] >> np.append(np.arange(players.max() + 1), 0) & 1
    present[:, -1] = 1  # player -1
    return np.where(present[:, players], x, baseline).astype(np.float32)


def check(predict: Predict, y: Array | None, within: float = 1e-5) -> None:
    """v of mine-results.h5 is that of what the model predicts; y None: a regression."""
    x, players, baseline = (read(Path("mine.h5"), name) for name in ("x", "players", "baseline"))
    values = read(Path("mine-results.h5"), "values")
    for row, v in enumerate(values):
        inputs = masked(x[row], players if players.ndim < x.ndim else players[row],
                        baseline if baseline.ndim < x.ndim else baseline[row])  # fmt: skip
        predicted = predict(inputs).astype(np.float64)
        expected = predicted.ravel() if y is None else log_odds(predicted, y[row])
        assert np.abs(v[: len(expected)] - expected).max() <= within * (1 + np.abs(expected).max())


def check_decided(decided: tuple[str, str]) -> None:
    with opened(Path("mine-results.h5")) as results:
        assert tuple(str(results.attrs[name], "ascii") for name in ("score", "output_kind")) == decided


@pytest.mark.filterwarnings("ignore::FutureWarning")  # of what scikit-learn will rename
@pytest.mark.parametrize("name", CASES)
def test_recipe(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES[name]
    for package in case.packages:
        pytest.importorskip(package)
    monkeypatch.chdir(tmp_path)
    made = case.make()
    names = made.names | {"X": made.x, "y": made.y}
    run_python("", names)
    run_python(case.head, names)
    run_shell(case.head)
    check_decided(case.decided)
    check(made.predict, None if case.decided == RAW else made.y, case.within)
    sigma = read(Path("mine-results.h5"), "samples/noise_sigma")
    assert ((sigma >= 1e-8) & (sigma <= 1e-4)).all(), sigma


def test_batch_on_another_axis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """[time, batch, features]: the strongest of each feature over time, then a layer."""
    pytest.importorskip("onnx")
    monkeypatch.chdir(tmp_path)
    bag: Node = ("ReduceMax", "x", "bag", {"axes": [0], "keepdims": 0})
    save((bag, ("MatMul", "bag w", "y", {})), [2, "batch", FEATURES])
    x = np.random.default_rng(3).normal(size=(SAMPLES, 2, FEATURES)).astype(np.float32)
    y = np.arange(SAMPLES) % 3
    run_python("", {"X": x, "y": y})
    run_python("The batch is not the first axis", {})
    Path("parts.csv").write_text("\n".join(["0 0 1 1 2 2", "3 3 4 4 5 5"]))
    shell("harsanyi-samples from-npz mine.npz --parts parts.csv --model mine.onnx -o mine.h5").ends(0)
    shell("harsanyi run mine.yaml").ends(0)
    check(lambda rows: of_w(rows.max(axis=1)), y)


WORDS, LENGTH = 12, 5
TABLE = np.random.default_rng(8).normal(size=(WORDS, 3)).astype(np.float32)


def of_tokens(ids: Array, keep: Array) -> Array:
    """What the network of save_tokens gives: p of three classes."""
    return softmax((TABLE.astype(np.float64)[ids] * keep[..., np.newaxis]).sum(axis=-2))


def save_tokens(axis: str) -> None:
    """mine.onnx: logits of token ids [batch, 5] with an attention mask [axis, 5]."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["words"]),
        helper.make_node("Cast", ["attention_mask"], ["kept"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["kept", "last"], ["weights"]),
        helper.make_node("Mul", ["words", "weights"], ["terms"]),
        helper.make_node("ReduceSum", ["terms", "one"], ["y"], keepdims=0),
    ]
    inputs = [("input_ids", "batch"), ("attention_mask", axis)]
    graph = helper.make_graph(
        nodes,
        "mine",
        [helper.make_tensor_value_info(name, TensorProto.INT64, [batch, LENGTH]) for name, batch in inputs],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 3])],
        [
            numpy_helper.from_array(value, name)
            for name, value in {"table": TABLE, "last": np.array([2]), "one": np.array([1])}.items()
        ],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), "mine.onnx")


@pytest.mark.parametrize("by_hand", [False, True])
def test_tokens(by_hand: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an encoder with an attention mask, which harsanyi-samples writes, or the recipe for several inputs."""
    pytest.importorskip("onnx")
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(1)
    x, y = random.integers(2, WORDS, (3, LENGTH)), np.array([0, 1, 2])
    keep = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 1, 0], [1, 1, 1, 0, 0]])
    save_tokens("batch_size")
    if not by_hand:
        run_python("Names of axes", {})
    run_python("Token ids", {"X": x, "y": y, "attention_mask": keep})
    if by_hand:
        shell("harsanyi-samples from-npz mine.npz --features --baseline 1 -o mine.h5").ends(0)
        run_python("Several inputs", {"attention_mask": keep})
        settings = "--set model.file=mine.onnx --set model.input=input_ids"
        refused = shell(f"harsanyi run mine.yaml {settings}").ends(1).err
        assert "axis 0 of its input attention_mask, int64 [batch_size, 5], may be the batch" in refused
        run_python("Names of axes", {})
        shell(f"harsanyi run mine.yaml {settings}").ends(0)
    else:
        run_shell("Token ids")
    values = read(Path("mine-results.h5"), "values")
    for k, v in enumerate(values):
        inputs = masked(x[k], np.arange(LENGTH), np.array(1)).astype(np.int64)
        assert np.abs(v - log_odds(of_tokens(inputs, keep[k]), y[k])).max() < 1e-5


@pytest.mark.parametrize("named", [True, False])
def test_a_recurrent_state(named: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """y = x w + state[0], with a state [2, batch, 3]: refused, without names when it fails, and after the recipe a
    constant [2, 1, 3]."""
    onnx = pytest.importorskip("onnx")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(CONSTANTS, "first", np.array(0))
    monkeypatch.setitem(CONSTANTS, "add", np.vstack([np.eye(3, dtype=np.float32)] * 2))
    pick: Node = ("Gather", "state first", "s", {"axis": 0})
    join: Node = ("Concat", "z s", "joined", {"axis": 1})  # of equally many rows, which are not repeated
    batch = "batch" if named else None
    save((pick, ("MatMul", "x w", "z", {}), join, ("MatMul", "joined add", "y", {})), [batch, FEATURES])
    network = onnx.load("mine.onnx")
    network.graph.input.append(onnx.helper.make_tensor_value_info("state", onnx.TensorProto.FLOAT, [2, batch, 3]))
    onnx.save(network, "mine.onnx")
    x, y = numbers(3)
    state = np.array([[[1, -1, 0.5]], [[0, 0, 0]]], np.float32)
    run_python("", {"X": x[:SAMPLES], "y": y[:SAMPLES]})
    shell("harsanyi-samples from-npz mine.npz --features --baseline zero -o mine.h5").ends(0)
    with h5py.File("mine.h5", "a") as file:
        file["constants/state"] = state
    settings = "--set model.file=mine.onnx --set model.input=x"
    said = shell(f"harsanyi run mine.yaml {settings}").ends(1).err
    assert "axis 1 of its input state" in said and "A state whose batch is not the first axis" in said
    run_python("A state whose batch is not the first axis", {})
    shell(f"harsanyi run mine.yaml {settings}").ends(0)
    check(lambda rows: softmax(rows.astype(np.float64) @ W + state[0]), y)


@pytest.mark.parametrize("last", [True, False])
def test_steps_of_classes(last: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """[batch, 2, 3] or [batch, 3, 2]: refused, and by the recipe the first of the two steps."""
    pytest.importorskip("onnx")
    monkeypatch.chdir(tmp_path)
    unsqueeze: Node = ("Reshape", "x rows", "steps", {})
    turn: Node = ("Transpose", "z", "y", {"perm": [0, 1, 2] if last else [0, 2, 1]})
    monkeypatch.setitem(CONSTANTS, "rows", np.array([-1, 2, 3]))
    shape = ["batch", 2, 3] if last else ["batch", 3, 2]
    save((unsqueeze, ("MatMul", "steps w3", "z", {}), turn), ["batch", FEATURES], shape=shape)
    x, y = numbers(3)
    run_python("", {"X": x[:SAMPLES], "y": y[:SAMPLES]})
    samples = "harsanyi-samples from-npz mine.npz --features --model mine.onnx -o mine.h5"
    said = shell(samples).ends(1).err
    assert f"{[4, *shape[1:]]} for 4 inputs, not floats [batch, classes]: leave --model out" in said
    if last:
        run_shell("More than one axis of numbers")
    else:
        run_python("More than one axis of numbers", {})
        run_shell("")
    check(lambda rows: softmax(rows[:, :3].astype(np.float64) @ W[:3]), y)


def test_integers_as_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    onnx = pytest.importorskip("onnx")
    monkeypatch.chdir(tmp_path)
    save((("MatMul", "x w", "z", {}), ("Cast", "z", "y", {"to": onnx.TensorProto.INT32})), ["batch", FEATURES], kind=6)
    x, _ = numbers(3)
    x = np.round(8 * x[:SAMPLES])
    run_python("", {"X": x, "y": np.arange(SAMPLES) % 3})
    samples = "harsanyi-samples from-npz mine.npz --features --baseline zero --model mine.onnx -o mine.h5"
    assert "not floats" in shell(samples).ends(1).err
    run_python("Other types", {})
    shell(samples).ends(0)
    shell("harsanyi run mine.yaml --set model.score=raw").ends(0)
    masks = np.arange(2**FEATURES)[:, np.newaxis] >> np.arange(FEATURES) & 1
    z = np.trunc((x[:, np.newaxis] * masks).astype(np.float32) @ W)
    assert (read(Path("mine-results.h5"), "values") == z[np.arange(SAMPLES), :, np.arange(SAMPLES) % 3]).all()


@pytest.mark.parametrize(
    ("package", "head", "name"), [("xgboost", "XGBoost", "XGBClassifier"), ("lightgbm", "LightGBM", "LGBMClassifier")]
)
def test_missing_values(package: str, head: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnxmltools")
    monkeypatch.chdir(tmp_path)
    x, y = numbers(2)
    x[np.random.default_rng(0).random(x.shape) < 0.2] = np.nan
    model = boosted(package, name, **({"verbose": -1} if package == "lightgbm" else {}))().fit(x, y)
    x, y = x[:SAMPLES], y[:SAMPLES]
    assert np.isnan(x).any()
    run_python(head, {"model": model, "X": x})
    rows = [",".join("" if np.isnan(cell) else repr(float(cell)) for cell in row) for row in x]
    table = ["a,b,c,d,e,f,y", *(f"{row},{label}" for row, label in zip(rows, y, strict=True))]
    Path("mine.csv").write_text("\n".join(table))
    run_shell("NaN means missing")
    check(model.predict_proba, y)


def test_quantized(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """v is that of each masked input alone."""
    pytest.importorskip("onnx")
    monkeypatch.chdir(tmp_path)
    quantise: Node = ("DynamicQuantizeLinear", "x", "q scale zero", {})
    back: Node = ("DequantizeLinear", "q scale zero", "rounded", {})
    save((quantise, back, ("MatMul", "rounded w", "y", {})), ["batch", FEATURES])
    x, y = numbers(3)
    run_python("", {"X": x[:SAMPLES], "y": y[:SAMPLES]})
    shell("harsanyi-samples from-npz mine.npz --features --model mine.onnx -o mine.h5").ends(0)
    shell("harsanyi run mine.yaml -o together.h5").ends(0, "warning")
    run_shell("Rows that depend on their batch")
    session = pytest.importorskip("onnxruntime").InferenceSession("mine.onnx")
    check(lambda rows: softmax(np.concatenate([session.run(None, {"x": row[np.newaxis]})[0] for row in rows])), y)


def test_categories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("skl2onnx")
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    monkeypatch.chdir(tmp_path)
    x, y = numbers(2)
    islands = np.array(["Nord", "Ost", "West"])[np.digitize(x[:, 0], [-0.5, 0.5])]
    table = pandas.DataFrame({"island": islands, "size": x[:, 1], "age": x[:, 2]})
    encoder = make_column_transformer((OneHotEncoder(sparse_output=False), ["island"]), remainder="passthrough")
    model = make_pipeline(encoder, LogisticRegression()).fit(table, y)
    run_python("Categories", {"model": model, "table": table})
    table[:SAMPLES].assign(y=y[:SAMPLES]).to_csv("mine.csv", index=False)
    run_shell("Categories")
    assert read(Path("mine.h5"), "players").tolist() == [0, 0, 0, 1, 2]
    check(model[-1].predict_proba, y[:SAMPLES])


def test_superpixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("skimage")
    pytest.importorskip("onnx")
    monkeypatch.chdir(tmp_path)
    images = np.random.default_rng(2).random((2, 16, 16, 3))
    images[:, 4:9, 3:8] += 1
    mean: Node = ("ReduceMean", "x", "mean", {"axes": [2, 3], "keepdims": 0})
    save((mean, ("MatMul", "mean w3", "y", {})), ["batch", 3, 16, 16])
    y = np.array([0, 2])
    run_python("Images with superpixels", {"images": images / 2, "y": y})
    run_shell("Images with superpixels")
    check(lambda rows: softmax(rows.astype(np.float64).mean(axis=(2, 3)) @ W[:3]), y)


def test_clipped_probabilities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forest that is sure: without the recipe the samples fail, with it v is finite."""
    forest = pytest.importorskip("sklearn.ensemble").RandomForestClassifier(n_estimators=3, random_state=0)
    pytest.importorskip("skl2onnx")
    monkeypatch.chdir(tmp_path)
    x, y = numbers(2)
    model = forest.fit(x, y)
    run_python("", {"X": x[:SAMPLES], "y": y[:SAMPLES]})
    run_python(CLASSES, {"model": model, "X": x})
    shell("harsanyi-samples from-npz mine.npz --features --model mine.onnx -o mine.h5").ends(0)
    assert shell("harsanyi run mine.yaml -o unclipped.h5").code == 2
    run_shell("Probabilities of exactly 0 or 1")
    assert np.isfinite(read(Path("mine-results.h5"), "values")).all()


def test_several_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """v of each is the logit of its own probability."""
    pytest.importorskip("onnx")
    monkeypatch.chdir(tmp_path)
    save((("MatMul", "x w", "z", {}), ("Sigmoid", "z", "y", {})), ["batch", FEATURES])
    x, y = numbers(3)
    run_python("", {"X": x[:SAMPLES], "y": y[:SAMPLES]})
    run_shell("Several labels at once")
    values = read(Path("mine-results.h5"), "values").reshape(SAMPLES, 3, -1)
    baseline = read(Path("mine.h5"), "baseline")
    for sample, v in zip(x, values, strict=False):
        z = masked(sample, np.arange(FEATURES), baseline).astype(np.float64) @ W
        assert np.abs(v - z.T).max() < 1e-5 * (1 + np.abs(z).max())


def test_a_file_is_its_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    regression = pytest.importorskip("sklearn.linear_model").LogisticRegression()
    pytest.importorskip("skl2onnx")
    monkeypatch.chdir(tmp_path)
    x, y = numbers(3)
    names = {"model": regression.fit(x, y), "X": x}
    run_python(CLASSES, names)
    run_python("Is the file the model?", names)
    assert float(capsys.readouterr().out.rpartition(":")[2]) < 1e-6


def test_every_recipe_is_run() -> None:
    text = Path(__file__).read_text()
    assert [head for head in SECTIONS if SECTIONS[head] and f'"{head}"' not in text] == []


# ---- models in Python, as they are ----


def write_files(head: str) -> None:
    """The blocks of a section that begin with the name of a file."""
    for _, code in SECTIONS[head]:
        name = re.match(r"# (\S+\.\w+)\n", code)
        if name:
            Path(name[1]).write_text(code)


def follow(head: str, expected: Callable[[Array, Array], Array]) -> None:
    """Runs the recipe; v is the log-odds of expected(x, masks)."""
    first = "A model in Python, as it is"
    x, y = numbers(3)
    run_python("", {"X": x[:SAMPLES], "y": y[:SAMPLES]})
    np.save("weights.npy", W)
    write_files(first)
    write_files(head)
    Path("mine.yaml").write_text(
        Path("mine.yaml").read_text().replace("process,", f"process, python: {sys.executable},")
    )
    run_shell(first)
    masks = np.arange(1 << FEATURES)[:, np.newaxis] >> np.arange(FEATURES) & 1
    for row, v in enumerate(read(Path("mine-results.h5"), "values")):
        z = expected(x[row], masks)
        np.testing.assert_allclose(v, log_odds(softmax(z.astype(np.float64)), y[row]), rtol=0, atol=1e-5)


@pytest.mark.parametrize("head", ["A model in Python, as it is", "On GPUs"])
def test_a_function(head: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    follow(head, lambda x, masks: (x * masks) @ W)
    if head == "On GPUs":
        alone = numbers_of(Path("mine-results.h5"))
        Path("mine-results.h5").unlink()
        run_shell(head)
        assert numbers_of(Path("mine-results.h5")) == alone


def test_masks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    follow("Masks instead of inputs", lambda x, masks: np.tanh((x * masks).sum(axis=1))[:, np.newaxis] * W[0])


def test_layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)

    def expected(x: Array, masks: Array) -> Array:
        torch.manual_seed(0)
        first, second = torch.nn.Linear(6, 6), torch.nn.Linear(6, 3)
        hidden = torch.relu(first(torch.from_numpy(x))) * torch.from_numpy(masks.astype("f4"))
        return second(hidden).detach().numpy()

    follow("Layers as players", expected)


def of_images(head: str, expected: Callable[[Any, Array, Array], Array]) -> None:
    """Runs a recipe for images; v is the log-odds of expected(the module of the recipe, image, mask) of every mask."""
    x, y = np.random.default_rng(4).normal(size=(2, 8, 8)).astype("f4"), np.array([0, 2])
    np.savez("mine.npz", x=x, y=y)
    write_files(head)
    config = SECTIONS["Masks instead of inputs"][1][1].replace(", files: [weights.npy]", "")
    Path("mine.yaml").write_text(config.replace("process,", f"process, python: {sys.executable},"))
    run_shell(head)
    module: dict[str, Any] = {}
    exec(Path("my_model.py").read_text(), module)
    for image, label, v in zip(x, y, read(Path("mine-results.h5"), "values"), strict=True):
        n = len(v).bit_length() - 1
        z = [expected(module, image, np.arange(n)[mask >> np.arange(n) & 1 == 1]) for mask in range(len(v))]
        np.testing.assert_allclose(v, log_odds(softmax(np.array(z, float)), label), rtol=0, atol=1e-5)


def test_patches_of_a_feature_map(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)

    def expected(module: Any, image: Array, kept: Array) -> Array:  # noqa: ANN401  (names of the recipe)
        cells = torch.zeros(8)
        cells[kept] = 1
        module["present"]["cells"] = torch.ones(1)
        maps = module["features"](torch.from_numpy(image)[None, None]) * cells.reshape(1, 1, 2, 4)
        return module["model"][1:](maps).detach().numpy()[0]

    of_images("Patches of a feature map", expected)


def test_tokens_of_a_vision_transformer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)

    def expected(module: Any, image: Array, kept: Array) -> Array:  # noqa: ANN401  (names of the recipe)
        model = module["model"]
        patches = [torch.from_numpy(image[4 * (i // 2) :, 4 * (i % 2) :][:4, :4].copy()) for i in kept]
        tokens = [model.start[0, 0], *(model.embed(patch[None, None]).ravel() for patch in patches)]
        tokens = torch.stack(tokens) + model.position[0, [0, *(kept + 1)]]
        return model.head(model.block(tokens[None])[:, 0]).detach().numpy()[0]

    of_images("Tokens of a vision transformer", expected)
