"""Our Shapley values of ensembles of trees against those of shap, which knows the trees and sums over no masks; skipped
without it (tests/requirements-models.txt). Absent features come from several baselines, which is what shap calls
interventional."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import harsanyi
import numpy as np
import pytest
from harness import PROGRAM, read

FEATURES, BASELINES = 7, 5


def data() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    # What float32 holds, so that xgboost and lightgbm see the same numbers as shap.
    x = random.normal(size=(300, FEATURES)).astype(np.float32).astype(np.float64)
    return x, x[:, 0] * x[:, 1] + np.abs(x[:, 2]) + 0.1 * random.normal(size=300)


def of(package: str, name: str, **options: object) -> Callable[[bool], Any]:
    def make(classes: bool) -> Any:  # noqa: ANN401  (an estimator)
        x, y = data()
        return getattr(pytest.importorskip(package), name)(**options).fit(x, y > np.median(y) if classes else y)

    return make


# Whether it classifies, what v is of what shap explains, and how near.
CASES: dict[str, tuple[Callable[[bool], Any], bool, str]] = {
    "forest": (of("sklearn.ensemble", "RandomForestRegressor", n_estimators=20, random_state=0), False, "raw"),
    "boosting": (of("sklearn.ensemble", "GradientBoostingClassifier", n_estimators=20, random_state=0), True, "raw"),
    "forest of classes": (
        of("sklearn.ensemble", "RandomForestClassifier", n_estimators=20, random_state=0),
        True,
        "probability",
    ),
    "xgboost": (of("xgboost", "XGBRegressor", n_estimators=20, max_depth=4), False, "raw"),
    "lightgbm": (of("lightgbm", "LGBMRegressor", n_estimators=20, verbose=-1), False, "raw"),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", CASES)
def test_shapley_values_are_those_of_shap(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shap = pytest.importorskip("shap")
    make, classes, output = CASES[case]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HARSANYI_PROGRAM", PROGRAM)
    model, x = make(classes), data()[0]
    explained, background = x[:3], x[100 : 100 + BASELINES]
    options = {"score": "probability"} if output == "probability" else {}
    target = 1 if classes else "label"
    harsanyi.sweep(model, explained, baseline=background, target=target, output="r.h5", model_options=options)
    explainer = shap.TreeExplainer(model, background, feature_perturbation="interventional", model_output="raw")
    expected = np.asarray(explainer.shap_values(explained))
    expected = expected[..., 1] if expected.ndim == 3 else expected
    ours = read(Path("r.h5"), "indices/shapley")
    np.testing.assert_allclose(ours, expected, rtol=0, atol=2e-6 * np.abs(expected).max())
