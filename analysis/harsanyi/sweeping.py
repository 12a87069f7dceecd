"""harsanyi.sweep: a sweep from Python, also from a notebook.

Beside the output it writes all that the sweep is made of (samples, config, the pickled model), so that the same sweep
can be run again, or on a cluster, with `harsanyi run`.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt

from harsanyi.reader import Results, open_results

Array = npt.NDArray[Any]
Settings = Mapping[str, Any]

COMPLETE, REFUSED, INCOMPLETE = 0, 1, 2
FAILED = 2  # samples/status
INSTALLED = ("site-packages", "dist-packages")  # where packages lie; the latter those of Debian
BESIDE = (".samples.h5", ".model.pkl", ".yaml")
LAST_LINES = 40


class HarsanyiError(RuntimeError):
    """The program refused the sweep, or failed; the message is its own."""


# ---- the model ----


def _is_installed(file: str) -> bool:
    return any(folder in file for folder in INSTALLED) or file.startswith(os.path.dirname(os.__file__))


def _settled(pickled: bytes) -> bytes:
    """cloudpickle gives each class of a session a random number. Here the number comes from the content."""
    from cloudpickle import cloudpickle

    given = [number.encode() for number in getattr(cloudpickle, "_DYNAMIC_CLASS_TRACKER_BY_CLASS", {}).values()]
    given = sorted({number for number in given if number in pickled}, key=pickled.index)
    content = pickled
    for i, number in enumerate(given):
        content = content.replace(number, b"%d" % i)
    for i, number in enumerate(given):
        pickled = pickled.replace(number, hashlib.sha256(content + b"%d" % i).hexdigest()[: len(number)].encode())
    return pickled


def _dumped(model: Any) -> bytes:  # noqa: ANN401  (any model)
    """By cloudpickle; the same bytes in every session, as the same call has to resume the sweep in the next one."""
    import cloudpickle

    storages = tuple(_class_of("torch.storage", name) for name in ("TypedStorage", "UntypedStorage"))

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
        def reducer_override(self, thing: Any) -> Any:  # noqa: ANN401  (whatever a model consists of)
            if not isinstance(thing, storages):
                return super().reducer_override(thing)
            torch, file = sys.modules["torch"], io.BytesIO()
            with warnings.catch_warnings(action="ignore"):  # of storages with a type
                torch.save(thing.cpu(), file)  # its own way writes addresses
            return torch.storage._load_from_bytes, (file.getvalue(),)

    file = io.BytesIO()
    Pickler(file).dump(model)
    return _settled(file.getvalue())


def _class_of(module: str, name: str) -> Any:  # noqa: ANN401  (a type)
    """A class of a package that is loaded; (): it is not."""
    return getattr(sys.modules.get(module), name, ())


def _by_value(model: Any) -> bytes:  # noqa: ANN401  (any model)
    """Pickled with its code, unless that is installed."""
    try:
        import cloudpickle
    except ImportError:
        if getattr(model, "__module__", None) == "__main__":
            raise HarsanyiError("a model that was written in this session needs `pip install cloudpickle`") from None
        return pickle.dumps(model)
    owner = model if hasattr(model, "__qualname__") else type(model)
    module = sys.modules.get(owner.__module__)
    file = getattr(module, "__file__", None) or ""
    mine = module is not None and module.__name__ != "__main__" and file and not _is_installed(file)
    if mine:
        cloudpickle.register_pickle_by_value(module)
    try:
        return _dumped(model)
    finally:
        if mine:
            cloudpickle.unregister_pickle_by_value(module)


def _is_regression(model: object) -> bool:
    base = sys.modules.get("sklearn.base")
    return base is not None and hasattr(model, "fit") and bool(base.is_regressor(model))


def _model(model: Any, output: Path, options: Settings) -> dict[str, Any]:  # noqa: ANN401  (any model)
    """The section `model`, and the file beside the output that it needs."""
    if isinstance(model, str | Path):
        return {"file": str(Path(model).resolve())} | dict(options)
    file = output.with_suffix(".model.pkl")
    file.write_bytes(_by_value(model))
    chosen: dict[str, Any] = {"backend": "process", "pickle": file.name, "python": sys.executable}
    if hasattr(model, "predict_proba"):
        chosen["output_kind"] = "probabilities"
    elif hasattr(model, "fit") and hasattr(model, "predict"):
        chosen["score"] = "raw"
    return chosen | dict(options)


# ---- the samples ----


def _texts(names: Sequence[str]) -> Array:
    return np.array([name.encode() for name in map(str, names)])


def _numbers(x: npt.ArrayLike) -> Array:
    """Of any type that the samples file has; of a data frame too."""
    rows = np.asarray(x)
    try:
        rows = rows.astype(np.float64) if rows.dtype == np.float16 or rows.dtype.kind == "O" else rows
    except (TypeError, ValueError):
        pass
    if rows.dtype.kind not in "biuf":
        raise ValueError(f"x is an array of {rows.dtype}; numbers are expected: encode words, and fill what is missing")
    return rows


def _whole(given: Any, what: str) -> Array:  # noqa: ANN401  (numbers)
    whole = np.asarray(given).astype(np.int64)
    if (whole != given).any():
        raise ValueError(f"{what}; whole numbers are expected")
    return whole


def _place(label: object, own: Sequence[object], classes: Sequence[str]) -> int:
    """The output of a label, by what the model or else the caller calls the outputs."""
    for order in (own, list(map(str, own)), classes):
        for known in (label, str(label)):
            if known in order:
                return order.index(known)
    if not own and not classes:
        raise ValueError("labels are words: give classes, a name for each output of the model")
    raise ValueError(f"labels: {label!r} is not one of {', '.join(map(str, own or classes))}")


def _label(file: h5py.File, labels: Any, classes: Any, own: Any) -> None:  # noqa: ANN401  (lists or arrays)
    """/label and /classes. own: what the model itself calls its outputs, classes_ of an estimator."""
    known = own.tolist() if isinstance(own, np.ndarray) and own.ndim == 1 else []
    names = list(map(str, classes if classes is not None else known if isinstance([*known, 0][0], str) else []))
    given = np.asarray([] if labels is None else labels)
    if labels is not None and (known or given.dtype.kind in "UO"):
        file["label"] = np.array([_place(label, known, names) for label in given.tolist()])
    elif labels is not None:
        file["label"] = _whole(given, "labels have fractions: leave out those of a regression")
    if names:
        file["classes"] = _texts(names)


def _baseline(file: h5py.File, baseline: Any, x: Array) -> object:  # noqa: ANN401  (a word, a number, an array)
    """samples.baseline, and what the samples file needs for it."""
    if isinstance(baseline, float | np.floating) and np.isnan(baseline):
        baseline = np.full(x.shape[1:], np.nan)
    if isinstance(baseline, str) or np.ndim(baseline) == 0:
        return baseline
    given = np.asarray(baseline, x.dtype if x.dtype.kind == "f" else None)
    if given.ndim < x.ndim - 1 or given.ndim > x.ndim + 1 or given.shape[given.ndim - x.ndim + 1 :] != x.shape[1:]:
        raise ValueError(f"baseline has shape {given.shape}; {x.shape[1:]}, or axes [K] or [S, K] before it, expected")
    file["baseline" if given.ndim == x.ndim - 1 else "baselines"] = given
    return "from_file"


def _players(file: h5py.File, players: Any, x: Array) -> object:  # noqa: ANN401  (a word, a pair, an array)
    """samples.players, likewise."""
    if players is None or isinstance(players, str):
        return players or "elements"
    if isinstance(players, tuple) and len(players) == 2:
        return {"grid": list(players)}
    given = np.asarray(players)
    if given.shape not in (x.shape[1:], x.shape):
        raise ValueError(f"players has shape {given.shape}; {x.shape[1:]} or {x.shape} is expected")
    file["players"] = _whole(given, "players has fractions").astype(np.int32)
    return "from_file"


def _samples(path: Path, x: Array, given: Settings) -> dict[str, Any]:
    """The samples file, and the section `samples`."""
    with h5py.File(path, "w") as file:
        file["x"] = x
        chosen = {
            "file": path.name,
            "baseline": _baseline(file, given["baseline"], x),
            "players": _players(file, given["players"], x),
        }
        _label(file, given["labels"], given["classes"], given["own"])
        if given["names"] is not None:
            file["player_names"] = _texts(given["names"])
        for name, array in (given["constants"] or {}).items():
            file[f"constants/{name}"] = array
    return chosen


# ---- the program ----


def _program() -> str:
    named = os.environ.get("HARSANYI_PROGRAM")
    found = shutil.which(named or "harsanyi")
    if not found and named:
        raise HarsanyiError(f"HARSANYI_PROGRAM: {named} cannot be started")
    if not found:
        raise HarsanyiError("the program harsanyi is not on the PATH; HARSANYI_PROGRAM can name it")
    return found


def _environment() -> dict[str, str]:
    """Modules that the model imports are found where this session finds them."""
    folders = [folder for folder in sys.path if os.path.isdir(folder) and not _is_installed(folder)]
    return os.environ | {"PYTHONPATH": os.pathsep.join(folders)}


def _run(command: Sequence[str]) -> tuple[int, list[str]]:
    """Exit code and last lines; what it says is shown as it comes. Ctrl-C stops it, and what is done stays done."""
    last: deque[str] = deque(maxlen=LAST_LINES)
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=_environment(),
        start_new_session=True,
    )
    assert process.stderr
    stopping = False
    while True:
        try:
            for line in process.stderr:
                sys.stderr.write(line)
                last.append(line.rstrip("\n"))
            process.stderr.close()
            code = process.wait()
            break
        except KeyboardInterrupt:
            process.send_signal(signal.SIGKILL if stopping else signal.SIGUSR1)
            stopping = True
    if stopping:
        raise KeyboardInterrupt(f"stopped; the same call resumes: {last[-1] if last else ''}")
    return code, list(last)


@contextmanager
def _replaced(output: Path) -> Iterator[Callable[[], None]]:
    """The files beside the output are written anew; those of before come back when what it gives is called."""
    old = {path: path.with_name(path.name + ".old") for path in map(output.with_suffix, BESIDE) if path.exists()}
    for path, kept in old.items():
        path.replace(kept)

    def restore() -> None:
        for path, kept in old.items():
            kept.replace(path)
        old.clear()

    try:
        yield restore
    except (ValueError, HarsanyiError):
        restore()
        raise
    finally:
        for kept in old.values():
            kept.unlink(missing_ok=True)


def _errors(lines: Sequence[str]) -> str:
    """What went wrong, in the program's words: all that is not said in passing."""
    return "\n".join(line for line in lines if not line.startswith("harsanyi: ") or "error: " in line)


def sweep(
    model: Any,  # noqa: ANN401  (any model)
    x: npt.ArrayLike,
    *,
    players: Any = None,  # noqa: ANN401  (a word, a pair, an array)
    baseline: Any = 0,  # noqa: ANN401  (a word, a number, an array)
    labels: Sequence[Any] | Array | None = None,
    names: Sequence[str] | None = None,
    classes: Sequence[str] | None = None,
    constants: Mapping[str, Any] | None = None,
    target: str | int | Sequence[Any] = "label",
    output: str | Path = "results.h5",
    ranks: int = 1,
    fresh: bool = False,
    statistics: Settings | None = None,
    sparse: Settings | None = None,
    model_options: Settings | None = None,
    sweep_options: Settings | None = None,
) -> Results:
    """All interactions that the model encodes on each sample of x [S, ...]; the results are in `output`, opened.

    model: the path of an ONNX file, a torch module, a fitted estimator (scikit-learn, XGBoost, LightGBM), or a function
    of masked inputs [B, ...] that gives [B] or [B, outputs]. players: "elements" (also None), (rows, columns) of
    patches over the last two axes, or the player of each element, [...] or [S, ...]. baseline: a number, "mean", or an
    array [...] or, for several baselines, [K, ...] or [S, K, ...] (one for each sample: [S, 1, ...]). labels: numbers,
    or words of `classes`, the names of the outputs (an estimator has its own); those of a regression are not used.
    names: of the players; a data frame has its own.
    constants: what the model takes besides x, by name: arrays [S, ...]; of an ONNX file also [...], for all samples.
    target: "label" (where there are no labels: "predicted"), "predicted", an output, or several, each a row of the
    results: "all", "top:K", a list. statistics, sparse, model_options, sweep_options: keys of these sections of the
    config (docs/config.md).

    An output that exists is resumed when all is the same, else refused; fresh=True replaces it. Raises HarsanyiError
    with the program's message; warns when samples failed. Ctrl-C stops, and the same call resumes.
    """
    file = Path(output).absolute()
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = _numbers(x)
    if names is None and (players is None or isinstance(players, str)) and hasattr(x, "columns"):
        names = list(x.columns)
    if _is_regression(model):
        labels = None
    given = {"baseline": baseline, "players": players, "labels": labels, "classes": classes, "names": names}
    given |= {"constants": constants, "own": getattr(model, "classes_", None)}
    with _replaced(file) as restore:
        config = {
            "model": {"target": target} | _model(model, file, model_options or {}),
            "samples": _samples(file.with_suffix(".samples.h5"), rows, given),
            "sweep": dict(sweep_options or {}),
            "statistics": dict(statistics or {}),
            "sparse": dict(sparse or {}),
            "output": {"file": file.name},
        }
        written = file.with_suffix(".yaml")
        keys = {name: keys for name, keys in config.items() if keys}
        written.write_text(json.dumps(keys, indent=1, default=lambda number: number.tolist()) + "\n")
        code, lines = _run([_program(), "run", str(written), "--ranks", str(ranks), *(["--fresh"] if fresh else [])])
        if code == REFUSED:
            restore()
    if code not in (COMPLETE, INCOMPLETE):
        raise HarsanyiError(_errors(lines))
    results = open_results(file)
    failed = np.flatnonzero(results.sample("status") == FAILED)
    if len(failed) > 0:
        first = int(failed[0])
        warnings.warn(f"{len(failed)} samples failed; the first, row {first}: {results.error(first)}", stacklevel=2)
    return results
