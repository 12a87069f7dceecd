"""Models of frameworks through harsanyi.process: v has the framework's own bits. A framework that is missing is skipped
(tests/requirements-models.txt)."""

import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from harness import hdf5, swept
from harsanyi.adapters import Adapted, adapt

FEATURES, SAMPLES, BATCH = 6, 2, 16
Predict = Callable[[np.ndarray], np.ndarray]


def data() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    x = random.normal(size=(400, FEATURES))
    return x, (x[:, 0] * x[:, 1] + x[:, 2] + random.normal(size=400) > 0).astype(int)


def of_sklearn(module: str, name: str, **options: object) -> Callable[[], tuple[Any, Predict]]:
    def make() -> tuple[Any, Predict]:
        model = getattr(pytest.importorskip(f"sklearn.{module}"), name)(**options).fit(*data())
        return model, model.predict_proba

    return make


def pipeline() -> tuple[Any, Predict]:
    pytest.importorskip("sklearn")
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), RandomForestClassifier(20, random_state=0, n_jobs=2)).fit(*data())
    return model, model.set_params(randomforestclassifier__n_jobs=1).predict_proba


def columns_by_name() -> tuple[Any, Predict]:
    """A pipeline that was fitted on a data frame and takes nothing else."""
    pytest.importorskip("sklearn")
    frame = pytest.importorskip("pandas").DataFrame
    from sklearn.compose import make_column_transformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    x, y = data()
    names = list("abcdef")
    scaled = make_column_transformer((StandardScaler(), ["b", "d"]), remainder="passthrough")
    model = make_pipeline(scaled, LogisticRegression()).fit(frame(x, columns=names), y)
    return model, lambda x: model.predict_proba(frame(x, columns=names))


def regression() -> tuple[Any, Predict]:
    pytest.importorskip("sklearn")
    from sklearn.ensemble import GradientBoostingRegressor

    x, y = data()
    model = GradientBoostingRegressor(n_estimators=20, random_state=0).fit(x, x[:, 0] * x[:, 1] + 0.5 * y)
    return model, model.predict


def of_xgboost() -> tuple[Any, Predict]:
    model = pytest.importorskip("xgboost").XGBClassifier(n_estimators=20, n_jobs=2).fit(*data())
    return model, model.predict_proba


def booster() -> tuple[Any, Predict]:
    model = pytest.importorskip("xgboost").XGBClassifier(n_estimators=20).fit(*data()).get_booster()
    return model, model.inplace_predict


def of_lightgbm() -> tuple[Any, Predict]:
    model = pytest.importorskip("lightgbm").LGBMClassifier(n_estimators=20, verbose=-1).fit(*data())
    return model, model.predict_proba


def lightgbm_booster() -> tuple[Any, Predict]:
    model = pytest.importorskip("lightgbm").LGBMClassifier(n_estimators=20, verbose=-1).fit(*data()).booster_
    return model, model.predict


def of_torch() -> tuple[Any, Predict]:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    torch.set_num_threads(1)
    layers = [torch.nn.Linear(FEATURES, 16), torch.nn.ReLU(inplace=True), torch.nn.Dropout(), torch.nn.Linear(16, 2)]
    model = torch.nn.Sequential(*layers)

    def predict(x: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return torch.softmax(model.eval()(torch.tensor(x, dtype=torch.float32)).double(), 1).numpy()

    return model, predict


CASES = {
    "forest": of_sklearn("ensemble", "RandomForestClassifier", n_estimators=20, random_state=0, n_jobs=2),
    "boosting": of_sklearn("ensemble", "HistGradientBoostingClassifier", max_iter=20, random_state=0),
    "support vectors": of_sklearn("svm", "SVC", probability=True, random_state=0),
    "pipeline": pipeline,
    "columns by name": columns_by_name,
    "regression": regression,
    "xgboost": of_xgboost,
    "xgboost booster": booster,
    "lightgbm": of_lightgbm,
    "lightgbm booster": lightgbm_booster,
    "torch": of_torch,
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES)
def test_v_has_the_bits_of_the_framework(tmp_path: Path, case: str) -> None:
    model, predict = CASES[case]()
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(model))
    x = data()[0][:SAMPLES]
    hdf5(tmp_path / "samples.h5", x=x, players=np.arange(FEATURES, dtype=np.int32), baseline=np.zeros(FEATURES))
    regression = case == "regression"
    sweep = swept(
        tmp_path,
        {
            "model": {
                "backend": "process",
                "pickle": "model.pkl",
                "python": sys.executable,
                "score": "raw" if regression else "probability",
                "target": 0 if regression else 1,
            },
            "samples": {"file": "samples.h5"},
            "sweep": {"batch": BATCH},
        },
    )
    present = (np.arange(1 << FEATURES)[:, None] >> np.arange(FEATURES)) & 1 == 1
    for k, values in enumerate(sweep.read("values")):
        rows = np.where(present, x[k], 0.0)
        whole = np.concatenate([predict(part) for part in np.split(rows, len(rows) // BATCH)]).astype(float)
        expected = whole[:, 1] if whole.ndim == 2 else whole
        if case == "torch":
            np.testing.assert_allclose(values, expected, rtol=0, atol=1e-6)
        else:
            assert values.tobytes() == expected.tobytes()


def test_a_model_that_adapts_itself_is_told_the_device() -> None:
    class Own:
        def adapted(self, where: str) -> Adapted:
            return Adapted(len, where.encode(), "own", "1")

    assert adapt(Own(), lambda: "cuda:1").state == b"cuda:1"
