"""What harsanyi-samples --model makes of a network's outputs: the score in the config, and which samples are right."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import MODELS
from harsanyi.samples.network import class_order
from test_samples import make, refused, texts

W = ((7 * np.arange(4)[:, np.newaxis] + 3 * np.arange(3)) % 11 - 5) / 8  # tests/data/make_models.py
B = (np.arange(3) - 1) / 4
X = np.random.default_rng(4).integers(-8, 9, size=(12, 4)) / 4.0


def config(folder: Path) -> str:
    return (folder / "mine.yaml").read_text()


def arrays(folder: Path, **given: object) -> Path:
    np.savez(folder / "x.npz", x=X.astype(np.float32), **given)
    return folder / "x.npz"


def test_one_output_without_labels_is_a_regression(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(tmp_path, "from-npz", arrays(tmp_path), "--model", MODELS / "logit.onnx")
    assert "score: raw" in config(tmp_path) and "target: 0" in config(tmp_path)
    assert "a regression" in capsys.readouterr().out
    make(tmp_path, "from-npz", arrays(tmp_path, y=np.arange(12) % 2), "--model", MODELS / "logit.onnx", "--force")
    assert "score: log_odds" in config(tmp_path) and "target: label" in config(tmp_path)
    make(tmp_path, "from-npz", arrays(tmp_path), "--model", MODELS / "sigmoid.onnx", "--force")
    assert "score: log_odds" in config(tmp_path)
    assert "of probabilities" in capsys.readouterr().out


def test_without_a_model_the_score_is_left_to_the_program(tmp_path: Path) -> None:
    make(tmp_path, "from-npz", arrays(tmp_path))
    assert "score: auto" in config(tmp_path) and "target: predicted" in config(tmp_path)


def test_the_output_of_floats_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    labels = (X @ W + B).argmax(axis=1)
    labels[5] = (labels[5] + 1) % 3
    written = make(tmp_path, "from-npz", arrays(tmp_path, y=labels), "--model", MODELS / "classifier.onnx", "--correct")
    assert texts(written["origin"]) == [str(k) for k in range(12) if k != 5]
    said = capsys.readouterr().out
    assert "of the 2 outputs" in said and "'p' is taken" in said and "log_odds, of probabilities" in said
    assert 'output: "p"' in config(tmp_path)


@pytest.mark.parametrize(("model", "threshold"), [("sigmoid", 0.5), ("logit", 0)])
def test_correct_with_one_output(tmp_path: Path, model: str, threshold: float) -> None:
    """p of class 1, or its logit."""
    z = X @ W[:, 0] + B[0]
    output = 1 / (1 + np.exp(-z)) if model == "sigmoid" else z
    labels = (output > threshold).astype(int)
    labels[[2, 7]] = 1 - labels[[2, 7]]
    written = make(tmp_path, "from-npz", arrays(tmp_path, y=labels), "--model", MODELS / f"{model}.onnx", "--correct")
    assert texts(written["origin"]) == [str(k) for k in range(12) if k not in (2, 7)]


def test_a_model_that_does_not_take_nan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    x = X.astype(np.float32)
    x[3, 1] = np.nan
    np.savez(tmp_path / "x.npz", x=x)
    options = ("from-npz", tmp_path / "x.npz", "--missing", "nan", "--model", MODELS / "softmax.onnx")
    said = refused(capsys, *options, "-o", tmp_path / "mine.h5")
    assert "softmax.onnx: does not take NaN" in said and "sample 3" in said


def test_zipmap_says_what_to_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--model", MODELS / "zipmap.onnx", "-o", tmp_path / "mine.h5")
    said = refused(capsys, "from-npz", arrays(tmp_path), *options)
    assert "ZipMap" in said and "options={'zipmap': False}" in said


def test_what_does_not_fit_the_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--model", MODELS / "mlp.onnx", "-o", tmp_path / "mine.h5")
    assert "takes inputs [batch, 6]" in refused(capsys, "from-npz", arrays(tmp_path), *options)


def test_a_model_that_cannot_be_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    make(tmp_path, "from-npz", arrays(tmp_path), "--model", MODELS / "logit.onnx")
    assert "pip install onnxruntime" in capsys.readouterr().out
    with h5py.File(tmp_path / "mine.h5") as file:
        assert len(file["x"]) == 12


# ---- other inputs, other types ----

IDS = np.array([[2, 7, 11, 4], [5, 2, 9, 1], [10, 6, 2, 3]])
KEEP = np.array([[1, 1, 0, 2], [1, 1, 1, 0], [0, 1, -1, 1]])
SCALE = np.array([0.5, 2, -4])
TOKENS = ("--features", "--model", MODELS / "tokens.onnx", "--input", "ids")


def tokens(folder: Path, **changed: object) -> Path:
    given = {"x": IDS, "y": np.arange(3), "keep": KEEP, "scale/factor": SCALE, "flip": np.False_} | changed
    np.savez(folder / "x.npz", **{name: array for name, array in given.items() if array is not None})
    return folder / "x.npz"


def bags() -> np.ndarray:
    word = ((7 * np.arange(12)[:, np.newaxis] + 3 * np.arange(3)) % 11 - 5) / 8
    return (word[IDS] * KEEP[..., np.newaxis]).sum(axis=1) * SCALE


def test_the_other_inputs_are_arrays_of_their_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By sample or for all; only chosen rows are written, and the network sees its own."""
    right = bags().argmax(axis=1)
    labels = np.array([right[0], (right[1] + 1) % 3, right[2]])
    file = tokens(tmp_path, y=labels, weights=np.zeros(2))
    written = make(tmp_path, "from-npz", file, *TOKENS, "--baseline", 1, "--correct")
    assert texts(written["origin"]) == ["0", "2"]
    said = capsys.readouterr().out
    assert "constants: keep, scale/factor, flip" in said and "not used: weights [2]" in said
    assert 'input: "ids"' in config(tmp_path)
    with h5py.File(tmp_path / "mine.h5") as made:
        assert made["constants/keep"][()].tolist() == KEEP[[0, 2]].tolist()
        assert made["constants/scale/factor"][()].tolist() == SCALE.tolist()
        assert made["constants/flip"][()] == False  # noqa: E712
        assert made["x"][()].tolist() == IDS[[0, 2]].tolist()


@pytest.mark.parametrize(
    ("changed", "options", "said"),
    [
        ({"keep": None}, ("--baseline", 1), "its input 'keep' [batch, length] is missing: save an array of this name"),
        ({"keep": KEEP[:2]}, ("--baseline", 1), "'keep' has 1 axes for a sample: [...], or [3, ...] with one for each"),
        ({"keep": KEEP + 0.5}, ("--baseline", 1), "takes int64, but the array 'keep' holds numbers that are not"),
        ({}, (), "takes int64, but --baseline mean holds numbers that are not"),
        ({"x": IDS + 0.5}, ("--baseline", 1), "takes int64, but x holds numbers that are not"),
    ],
)
def test_arrays_that_the_network_does_not_take(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changed: dict[str, object],
    options: tuple[object, ...],
    said: str,
) -> None:
    file = tokens(tmp_path, **changed)
    assert said in refused(capsys, "from-npz", file, *TOKENS, *options, "-o", tmp_path / "mine.h5")


def test_integers_that_float32_does_not_hold_stay(tmp_path: Path) -> None:
    large = IDS + 2**24
    written = make(tmp_path, "from-npz", tokens(tmp_path, x=large), "--features")
    assert written["x"].dtype == np.float64 and written["x"].tolist() == large.tolist()


def test_float16_and_axes_of_length_one(tmp_path: Path) -> None:
    labels = (X @ W + B).argmax(axis=1)
    for model in ("half", "many_ones"):
        options = ("--model", MODELS / f"{model}.onnx", "--correct", "--force")
        assert len(make(tmp_path, "from-npz", arrays(tmp_path, y=labels), *options)["x"]) == len(X)


def test_labels_that_are_no_outputs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Classes 1, 2 and 3 of a model that numbers its outputs from 0 on."""
    labels = (X @ W + B).argmax(axis=1)
    options = ("--model", MODELS / "classifier.onnx", "-o", tmp_path / "mine.h5")
    said = refused(capsys, "from-npz", arrays(tmp_path, y=labels + 1.0), *options)
    assert "label 3" in said and "--classes=1,2,3" in said
    assert "--classes=0,1,2" in refused(capsys, "from-npz", arrays(tmp_path, y=labels), *options, "--classes=2,1,0")
    written = make(tmp_path, "from-npz", arrays(tmp_path, y=labels + 1.0), *options[:2], "--classes=1,2,3")
    assert (written["label"] == labels).all()


@pytest.mark.parametrize(
    ("own", "places", "order"),
    [
        (["3", "1"], [2, 0], ["1", "2", "3"]),
        (["0", "1", "0"], [1, 0, 1], ["1", "0", "…"]),
        (["cat"], [1], ["…", "cat", "…"]),
        (["cat", "dog"], [1, 1], None),
    ],
)
def test_the_order_of_a_model_s_own_labels(own: list[str], places: list[int], order: list[str] | None) -> None:
    assert class_order(own, places, 3) == order


def test_a_regression_without_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(tmp_path, "from-npz", arrays(tmp_path), "--model", MODELS / "sigmoid.onnx")
    assert "add --regression" in capsys.readouterr().out
    make(tmp_path, "from-npz", arrays(tmp_path), "--model", MODELS / "sigmoid.onnx", "--regression", "--force")
    assert "score: raw" in config(tmp_path)
