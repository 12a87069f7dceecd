"""What harsanyi-samples --model makes of a network's outputs: the score in the config, and which samples are right."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import MODELS
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
