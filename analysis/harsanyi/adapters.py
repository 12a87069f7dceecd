"""What a model is, as a function of arrays: torch modules, estimators, boosters, functions. Nothing is imported that
the model did not bring."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import inspect
import os
import pickle
import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Adapted:
    call: Callable[..., Any]  # x, or (sample, masks), to outputs
    state: bytes  # of its weights; b"": they stand elsewhere
    engine: str
    version: str
    takes: frozenset[str] | None = frozenset()  # of the constants; None: all

    def chosen(self, constants: Mapping[str, Array]) -> dict[str, Array]:
        return {name: value for name, value in constants.items() if self.takes is None or name in self.takes}


def _parameters(function: Callable[..., Any]) -> frozenset[str] | None:
    """The names that it can be given values by, besides its first parameter; None: any."""
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return frozenset()
    if any(one.kind is one.VAR_KEYWORD for one in found):
        return None
    return frozenset(one.name for one in found[1:] if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY))


def _is(model: object, module: str, name: str) -> bool:
    """Whether the model is of a class of a package that is loaded."""
    package = sys.modules.get(module)
    kind = getattr(package, name, None)
    return isinstance(kind, type) and isinstance(model, kind)


# ---- torch ----


def _settle_torch() -> None:
    """The same bits each time: deterministic algorithms, float32 where it says float32, one thread."""
    import torch

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.set_num_threads(1)


def _of_torch(model: Any, where: str) -> Adapted:  # noqa: ANN401  (a torch.nn.Module)
    import torch

    model = model.eval().to(where)
    floats = [p.dtype for p in model.parameters() if p.is_floating_point()]

    def given(x: Array) -> Any:  # noqa: ANN401  (a torch.Tensor)
        made = torch.tensor(x, device=where)  # copied: a module may change it in place
        return made.to(floats[0]) if floats and made.is_floating_point() else made

    def call(x: Array, **constants: Array) -> Any:  # noqa: ANN401  (whatever the module gives)
        with torch.inference_mode():
            return model(given(x), **{name: given(value) for name, value in constants.items()})

    return Adapted(call, digest_of(model), "torch", torch.__version__, _parameters(model.forward))


def digest_of(model: Any) -> bytes:  # noqa: ANN401  (a torch.nn.Module)
    """Of its structure and its weights."""
    import torch

    state = hashlib.sha256(str(model).encode())
    for name, tensor in sorted(model.state_dict().items()):
        data = tensor.detach().cpu().contiguous()
        state.update(f"{name} {data.dtype} {tuple(data.shape)}".encode())
        state.update(data.reshape(-1).view(torch.uint8).numpy().tobytes() if data.numel() else b"")
    return state.digest()


# ---- trees and pipelines ----


def _single_threaded(model: Any) -> None:  # noqa: ANN401  (an estimator)
    """Sums over trees in one order."""
    threads = [key for key in model.get_params(deep=True) if key.split("__")[-1] in ("n_jobs", "nthread")]
    model.set_params(**dict.fromkeys(threads, 1))


def _with_names(model: Any, call: Callable[..., Any]) -> Callable[..., Any]:  # noqa: ANN401  (an estimator)
    """A pipeline that was fitted on a data frame may look its columns up by name."""
    names = getattr(model, "feature_names_in_", None)
    if names is None or not (hasattr(model, "steps") or hasattr(model, "transformers")):
        return call
    frame = importlib.import_module("pandas").DataFrame
    return lambda x: call(frame(x, columns=names))


def _of_estimator(model: Any) -> Adapted:  # noqa: ANN401  (what has fit and predict)
    state = b""
    with contextlib.suppress(Exception):  # what cannot be pickled is told by its code alone
        state = pickle.dumps(model, 4)
    if hasattr(model, "get_params"):
        _single_threaded(model)
    package = sys.modules[type(model).__module__.split(".")[0]]
    methods = ("predict_proba", "decision_function", "predict")
    return Adapted(
        _with_names(model, next(getattr(model, name) for name in methods if hasattr(model, name))),
        state,
        package.__name__,
        str(getattr(package, "__version__", "")),
    )


def _of_xgboost(model: Any) -> Adapted:  # noqa: ANN401  (an xgboost.Booster)
    import xgboost

    model.set_param({"nthread": 1})
    return Adapted(model.inplace_predict, bytes(model.save_raw()), "xgboost", xgboost.__version__)


def _of_lightgbm(model: Any) -> Adapted:  # noqa: ANN401  (a lightgbm.Booster)
    import lightgbm

    def call(x: Array) -> Any:  # noqa: ANN401  (an array)
        return model.predict(x, num_threads=1)

    return Adapted(call, model.model_to_string().encode(), "lightgbm", lightgbm.__version__)


# ---- any ----


def adapt(model: Any, device: Callable[[], str]) -> Adapted:  # noqa: ANN401  (any model)
    """device gives "cpu" or "cuda:N"; only models that are moved there ask, as it loads torch where there is one."""
    if "torch" in sys.modules:
        _settle_torch()
    if hasattr(model, "adapted"):  # harsanyi.language
        return model.adapted(device())  # type: ignore[no-any-return]
    if _is(model, "torch.nn", "Module"):
        return _of_torch(model, device())
    if _is(model, "xgboost", "Booster"):
        return _of_xgboost(model)
    if _is(model, "lightgbm", "Booster"):
        return _of_lightgbm(model)
    if hasattr(model, "predict") and hasattr(model, "fit"):
        warnings.filterwarnings("ignore", message="X does not have valid feature names")
        return _of_estimator(model)
    if not callable(model):
        sys.exit(
            f"harsanyi.serve: {type(model).__name__} is not a model: give a function, a torch module or an estimator"
        )
    if "torch" in sys.modules:
        return Adapted(model, b"", "torch", str(sys.modules["torch"].__version__), _parameters(model))
    return Adapted(model, b"", "numpy", np.__version__, _parameters(model))
