"""harsanyi.sweep, and the recipes of docs/python.md as they stand there; skipped where packages are missing."""

import re
import signal
import sys
from pathlib import Path
from typing import Any

import h5py
import harsanyi
import numpy as np
import pytest
from harness import PROGRAM, REPOSITORY, Job, in_shell, masks_flagged, moebius, wait_for

FEATURES = 6


def _recipes() -> dict[str, list[tuple[str, str]]]:
    parts = re.split(r"^## (.*)$", (REPOSITORY / "docs/python.md").read_text(), flags=re.MULTILINE)
    return {
        head: re.findall(r"^```(\w+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        for head, text in zip(parts[1::2], parts[2::2], strict=True)
    }


RECIPES = _recipes()


def follow(head: str, names: dict[str, Any]) -> Any:  # noqa: ANN401  (the results, if any)
    for language, code in RECIPES[head]:
        if language == "python":
            exec(compile(code, f"python.md: {head}", "exec"), names)
    return names.get("results")


@pytest.fixture(autouse=True)
def _environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARSANYI_PROGRAM", PROGRAM)


def data() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    x = random.normal(size=(200, FEATURES))
    return x, (x[:, 0] * x[:, 1] + x[:, 2] + random.normal(size=200) > 0).astype(int)


def check(results: harsanyi.sweep, rows: int) -> None:
    for row in range(rows):
        assert np.isfinite(results.values(row)).all()
        np.testing.assert_array_equal(results.interactions(row), moebius(results.values(row)))


# ---- the recipes ----


def test_a_function(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("cloudpickle")
    x, y = data()
    names = {"X": x, "y": y, "__name__": "__main__"}
    results = follow("A function", names)
    check(results, 2)
    z = names["predict"](x[:1])[0]  # type: ignore[operator]
    assert results.values(0)[-1] == pytest.approx(z[y[0]] - np.log(np.exp(np.delete(z, y[0])).sum()), abs=1e-12)
    assert "samples done" in capfd.readouterr().err
    follow("The same sweep later", {})
    program = f'harsanyi() {{ "{PROGRAM}" "$@"; }}; '
    in_shell(program + RECIPES["The same sweep later"][1][1]).ends(0)
    again = harsanyi.open_results("again.h5")
    assert again.values(1).tobytes() == results.values(1).tobytes()


def test_the_five_lines_of_the_readme(capsys: pytest.CaptureFixture[str]) -> None:
    """As they stand there, but of 4 patches, and of a function: it needs no PyTorch."""
    pytest.importorskip("cloudpickle")
    code = re.findall(r"^```python\n(.*?)^```", (REPOSITORY / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    images = np.random.default_rng(0).normal(size=(5, 1, 4, 4))
    names = {"__name__": "__main__", "images": images, "labels": np.arange(5) % 2}
    exec("def module(x):\n    return x.reshape(len(x), -1)[:, :2]", names)
    for block in code:
        assert len(block.split("\n\n")) == 2 and block.count("\n") - 1 == 4
        exec(compile(block.replace("(4, 4)", "(2, 2)"), "README.md", "exec"), names)
    check(names["results"], 3)  # type: ignore[arg-type]
    assert capsys.readouterr().out.count("\n") == 5


def test_a_fitted_estimator() -> None:
    x, y = data()
    model = pytest.importorskip("sklearn.ensemble").GradientBoostingClassifier(n_estimators=10).fit(x, y)
    results = follow("A fitted estimator", {"X": x, "y": y, "model": model})
    check(results, 3)
    p = model.predict_proba(x[:1])[0]
    assert results.values(0)[-1] == pytest.approx(np.log(p[y[0]] / p[1 - y[0]]), abs=1e-12)


def test_a_pytorch_module() -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("cloudpickle")
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 2), torch.nn.Dropout())
    images = np.random.default_rng(0).normal(size=(2, 4, 4)).astype("f4")
    check(follow("A PyTorch module", {"module": module, "images": images, "y": np.array([0, 1])}), 2)

    class Kept(torch.nn.Module):
        def forward(self, x: Any, keep: Any) -> Any:  # noqa: ANN401  (tensors)
            return (x * keep).sum(1)

    keep = np.array([[1, 0, 2, 3], [4, 5, 6, 7]], np.int32)
    results = harsanyi.sweep(Kept(), X, constants={"keep": keep}, output="kept.h5", model_options={"score": "raw"})
    assert results.values(1)[-1] == X[1] @ keep[1]


def test_an_onnx_file() -> None:
    from test_own_model import save

    pytest.importorskip("onnx")
    save((("MatMul", "x w", "y", {}),), ["batch", FEATURES])
    results = follow("An ONNX file", {"X": data()[0]})
    check(results, 2)
    assert results.names(0) == ["a", "b", "c", "d", "e", "f"]
    assert results.families == ["harsanyi", "sparse"]


def test_an_estimator_of_words() -> None:
    x, y = data()
    model = pytest.importorskip("sklearn.linear_model").LogisticRegression().fit(x, np.array(["no", "yes"])[y])
    results = harsanyi.sweep(model, x[:2], labels=np.array(["yes", "no"]), output="words.h5")
    assert results.sample("label").tolist() == [1, 0]
    assert results.class_names == ("no", "yes")
    p = model.predict_proba(x[:1])[0]
    assert results.values(0)[-1] == pytest.approx(np.log(p[1] / p[0]), abs=1e-12)


def test_labels_and_what_is_no_number() -> None:
    """As the model calls them, or the caller; nothing is rounded."""
    from harsanyi.sweeping import _label

    def places(labels: Any, classes: Any, own: Any) -> list[int]:  # noqa: ANN401  (lists or arrays)
        with h5py.File("labels.h5", "w") as file:
            _label(file, labels, classes, own)
            return file["label"][:].tolist()  # type: ignore[no-any-return]

    own = np.array([3, 7])
    assert places([7.0, 3.0], None, own) == places(["7", "3"], None, own) == places(["b", "a"], ["a", "b"], own)
    assert places(np.array([1, 0]), None, np.array([False, True])) == places([1.0, 0.0], None, None) == [1, 0]
    with pytest.raises(ValueError, match="labels: 5 is not one of 3, 7"):
        places([5], None, own)
    for wrong, says in (
        ({"labels": [0.5, 1]}, "labels have fractions: leave out those of a regression"),
        ({"labels": ["cat", "dog"]}, "labels are words: give classes"),
        ({"players": [0, 0.5, 1, 1]}, "players has fractions"),
    ):
        with pytest.raises(ValueError, match=says):
            harsanyi.sweep(sum, X, output="w.h5", **wrong)
    with pytest.raises(ValueError, match="x is an array of <U1; numbers are expected"):
        harsanyi.sweep(sum, [["a", "b"]], output="w.h5")


# ---- what it does beside ----

LINEAR = "import numpy as np\n\nclass Linear:\n    def __call__(self, x):\n        return x @ np.arange(1.0, 5)\n"
LINEAR += "\ndef scaled(x, keep):\n    return (x * keep).sum(axis=1)\n"


@pytest.fixture
def linear(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401  (a model)
    """Code beside the output, which a plain pickle finds there."""
    (tmp_path / "linear_code.py").write_text(LINEAR)
    monkeypatch.syspath_prepend(tmp_path)
    import linear_code

    yield linear_code.Linear()
    del sys.modules["linear_code"]


X = np.array([[1.0, 2, 3, 4], [4, 3, 2, 1]])


def sums(x: np.ndarray, baseline: np.ndarray) -> list[float]:
    present = (np.arange(16)[:, None] >> np.arange(4)) & 1 == 1
    return (np.where(present, x, baseline) @ np.arange(1.0, 5)).tolist()


def test_arrays_become_samples(linear: Any) -> None:  # noqa: ANN401  (a model)
    options = {"score": "raw"}
    results = harsanyi.sweep(linear, X, output="a.h5", model_options=options, sweep_options={"batch": np.int64(8)})
    assert results.values(1).tolist() == sums(X[1], np.zeros(4))
    results = harsanyi.sweep(linear, X, output="b.h5", baseline=np.eye(4)[:2], model_options=options, ranks=2)
    assert results.values(0).tolist() == np.mean([sums(X[0], np.eye(4)[k]) for k in range(2)], axis=0).tolist()
    results = harsanyi.sweep(
        linear, X, output="c.h5", players=np.array([0, 0, 1, -1]), names=["left", "right"], model_options=options
    )
    assert results.values(0).tolist() == [16, 21, 25, 30]
    assert results.names(0) == ["left", "right"]
    words = ["cat", "dog"]
    results = harsanyi.sweep(linear, X, output="d.h5", labels=words, classes=["dog", "cat"], model_options=options)
    assert results.sample("label").tolist() == [1, 0]
    assert results.class_names == ("dog", "cat")
    keep = np.array([[1.0, 0, 2, 3], [4, 5, 6, 7]])
    results = harsanyi.sweep(
        sys.modules["linear_code"].scaled, X, constants={"keep": keep}, output="f.h5", model_options=options
    )
    assert results.values(1)[-1] == X[1] @ keep[1]
    own = np.arange(16.0).reshape(2, 2, 4)
    results = harsanyi.sweep(linear, X, output="e.h5", baseline=own, model_options=options)
    assert results.values(1).tolist() == np.mean([sums(X[1], own[1, k]) for k in range(2)], axis=0).tolist()


def test_what_exists_is_resumed_or_left_alone(
    linear: Any,  # noqa: ANN401  (a model)
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    options = {"score": "raw"}
    harsanyi.sweep(linear, X, output="r.h5", model_options=options)
    harsanyi.sweep(linear, X, output="r.h5", model_options=options)
    assert "is complete" in capfd.readouterr().err
    kept = {name: Path(f"r{name}").read_bytes() for name in (".h5", ".samples.h5", ".model.pkl", ".yaml")}
    with pytest.raises(harsanyi.HarsanyiError, match="r.h5"):
        harsanyi.sweep(linear, X + 1, output="r.h5", model_options=options)
    with pytest.raises(ValueError, match="baseline has shape"):
        harsanyi.sweep(linear, X, output="r.h5", baseline=np.zeros((3, 2)))
    assert {name: Path(f"r{name}").read_bytes() for name in kept} == kept
    assert sorted(path.name for path in Path().glob("r.*")) == sorted(f"r{name}" for name in kept)
    harsanyi.sweep(linear, X + 1, output="r.h5", model_options=options, fresh=True)
    monkeypatch.setenv("HARSANYI_PROGRAM", "/no/program")
    with pytest.raises(harsanyi.HarsanyiError, match="/no/program cannot be started"):
        harsanyi.sweep(linear, X, output="s.h5")
    monkeypatch.setenv("HARSANYI_PROGRAM", PROGRAM)
    with pytest.raises(harsanyi.HarsanyiError, match="model.scoer: unknown key; did you mean model.score"):
        harsanyi.sweep(linear, X, output="s.h5", model_options={"scoer": "raw"})


def test_failed_samples_are_a_warning(tmp_path: Path, linear: Any) -> None:  # noqa: ANN401  (a model)
    x = X.copy()
    x[1, 2] = np.nan
    with pytest.warns(UserWarning, match="1 samples failed; the first, row 1: mask 0x4: output is NaN"):
        results = harsanyi.sweep(linear, x, output="r.h5", model_options={"score": "raw"})
    assert "NaN" in results.error(1)


# The class is that of the session, a part of it that of a module beside the script, which is not the working folder.
SESSION = """
import numpy as np
import harsanyi
from beside import BASE

class Net(BASE):
    def __init__(self):
        super().__init__()
        self.weights = WEIGHTS

    def forward(self, x):
        return (x @ self.weights)[:, 0]

    __call__ = CALL

results = harsanyi.sweep(Net(), np.ones((1, 4)), output="session.h5", model_options={"score": "raw"})
print(results.values(0)[-1])
"""
KINDS = {
    "": ("class Base:\n    pass\n", "Base", "np.ones((4, 1))", "forward"),
    "torch": ("import torch\n", "torch.nn.Module", "torch.nn.Parameter(torch.ones(4, 1))", "torch.nn.Module.__call__"),
}


@pytest.mark.parametrize("package", KINDS)
def test_the_next_session_resumes(tmp_path: Path, package: str) -> None:
    """A model that is pickled again is the same model, though the session numbers its classes at random."""
    pytest.importorskip("cloudpickle")
    code, base, weights, call = KINDS[package]
    if package:
        pytest.importorskip(package)
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    (scripts / "beside.py").write_text(code + f"\nBASE = {base}\n")
    text = SESSION.replace("BASE\n", f"BASE{', torch' if package else ''}\n", 1)
    (scripts / "script.py").write_text(text.replace("WEIGHTS", weights).replace("CALL", call))
    environment = {"PYTHONPATH": str(REPOSITORY / "analysis"), "HARSANYI_PROGRAM": str(PROGRAM)}
    for says in ("1 samples done", "is complete already"):
        outcome = Job(command=(sys.executable, "scripts/script.py"), environment=environment).wait()
        assert outcome.out == "4.0\n" and says in outcome.err, outcome.err


# Ctrl-C is ignored by what a shell starts in the background, the tests perhaps.
SLOW = """
import signal
import sys
import numpy as np
import harsanyi
import slow_code

signal.signal(signal.SIGINT, signal.default_int_handler)
results = harsanyi.sweep(slow_code.predict, np.ones((40, 8)), output="slow.h5", model_options={"score": "raw"},
                         sweep_options={"batch": 16})
print("complete", results.values(39)[-1])
"""


def test_ctrl_c_stops_and_the_same_call_resumes(tmp_path: Path) -> None:
    sleep = "import os, time\n\ndef predict(x):\n    time.sleep(0 if os.path.exists('fast') else 0.008)\n"
    (tmp_path / "slow_code.py").write_text(sleep + "    return x.sum(axis=1)\n")
    environment = {"PYTHONPATH": f"{REPOSITORY / 'analysis'}:{tmp_path}", "HARSANYI_PROGRAM": str(PROGRAM)}
    job = Job(command=(sys.executable, "-c", SLOW), environment=environment)
    wait_for(lambda: Path("slow.h5").exists() and masks_flagged(Path("slow.h5")) > 0)
    job.send(signal.SIGINT)
    assert "KeyboardInterrupt: stopped; the same call resumes" in job.wait().err
    assert 0 < masks_flagged(Path("slow.h5")) < 40 * 256
    Path("fast").touch()
    outcome = Job(command=(sys.executable, "-c", SLOW), environment=environment).wait()
    assert outcome.out.strip() == "complete 8.0", outcome.err
