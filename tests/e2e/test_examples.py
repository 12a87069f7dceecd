"""The models of examples/process that make their own inputs of masks (takes: masks)."""

import shutil
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from harness import REPOSITORY, Sweep, hdf5, swept

EXAMPLES = REPOSITORY / "examples/process"


def run(folder: Path, name: str, score: str, samples: dict[str, object], **datasets: object) -> Sweep:
    """The sweep of an example, that lies in the folder with the samples."""
    shutil.copy(EXAMPLES / f"{name}.py", folder)
    model = {"backend": "process", "function": f"{name}:predict", "takes": "masks", "python": sys.executable}
    hdf5(folder / "samples.h5", **datasets)
    return swept(
        folder, {"model": model | {"score": score}, "samples": {"file": "samples.h5", "players": "elements"} | samples}
    )


def loaded(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(EXAMPLES))
    monkeypatch.delitem(sys.modules, name, raising=False)
    return __import__(name)


def masks_of(n: int) -> np.ndarray:
    return np.arange(1 << n)[:, None] >> np.arange(n) & 1


def test_words_that_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = [["the", "film", "is", "not", "bad"], ["not", "the", "film", "is", "bad"]]
    names = np.array([[word.encode() for word in words] for words in sentences])
    sweep = run(tmp_path, "tokens", "raw", {"baseline": "zero"}, x=np.zeros((2, 5)), player_names=names)
    network = loaded("tokens", monkeypatch).network
    for words, values in zip(sentences, sweep.read("values"), strict=True):
        assert values[0] == 0
        assert values[0b01001] == network([words[0], words[3]])
        assert values[-1] == network(words)


def test_features_of_the_nearest_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two features that are equal in the data one tells the other; with 0 in its place it would not."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    data = random.normal(size=(400, 3))
    data[:, 1] = data[:, 0]
    np.save("data.npy", data)
    x = np.array([[1.5, 1.5, -1.0]])
    values = run(tmp_path, "imputation", "raw", {"baseline": "zero"}, x=x).read("values")[0]
    network = loaded("imputation", monkeypatch).network
    assert values[-1] == network(x)[0]
    nearest = np.argsort(np.abs(data[:, 0] - 1.5))[:8]
    expected = network(np.column_stack([np.full(8, 1.5), data[nearest, 1:]])).mean()
    np.testing.assert_allclose(values[0b001], expected, rtol=1e-12)
    assert abs(values[0b101] - values[0b111]) < 0.3 < abs(network(x * [1, 0, 1])[0] - values[0b111])


def test_patches_that_are_painted_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a slope, painting gives back what was there; grey would not."""
    pytest.importorskip("skimage")
    x = np.linspace(0, 1, 8)[None, None, :] * np.ones((1, 8, 1))
    players = np.repeat(np.repeat(np.arange(4).reshape(2, 2), 4, axis=0), 4, axis=1).astype(np.int32)
    sweep = run(
        tmp_path,
        "inpainting",
        "log_odds",
        {"baseline": 0.5, "players": "from_file"},
        x=x,
        players=players,
        label=np.array([1]),
    )
    values = sweep.read("values")[0]
    logits = loaded("inpainting", monkeypatch).network(x)[0]
    np.testing.assert_allclose(values[-1], logits[1] - logits[0], rtol=1e-6)
    assert abs(values[0]) < 1e-9  # all grey
    assert abs(values[0b1110] - values[-1]) < 0.25 * abs(values[-1])
