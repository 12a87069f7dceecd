"""The shipped clouds of points: players are parts, other points in each sample; absent points go to the centre."""

from pathlib import Path

import numpy as np
import onnxruntime
from harness import CONFIGS, Sweep, datasets_of, read

SHAPES = CONFIGS / "shapes"
ROWS = 2
LAMP = {
    "model": {"file": str(SHAPES / "shapes.onnx")},
    "samples": {"file": str(SHAPES / "lamp.h5"), "select": f"0:{ROWS}"},
}


def test_a_lamp_in_parts(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, LAMP)
    sweep.complete()
    given = datasets_of(SHAPES / "lamp.h5")
    names = given["player_names"].tolist()
    assert read(sweep.file, "samples/player_names").tolist() == names and b"shade" in names
    assert sweep.read("interactions").shape == (ROWS, 2 ** len(names))
    assert np.allclose(sweep.read("values"), [expected(given, row, len(names)) for row in range(ROWS)], atol=1e-3)


def expected(given: dict[str, np.ndarray], row: int, n: int) -> np.ndarray:
    """The log-odds of the sample's class on all masks, by the network itself."""
    masks = np.arange(2**n)[:, np.newaxis, np.newaxis]
    present = masks >> given["players"][row] & 1
    x = np.where(present, given["x"][row], given["baseline"][row])
    session = onnxruntime.InferenceSession(SHAPES / "shapes.onnx", providers=["CPUExecutionProvider"])
    (logits,) = session.run(None, {"points": x.astype(np.float32)})
    label = given["label"][row]
    others = np.delete(logits.astype(np.float64), label, axis=1)
    return logits[:, label] - np.log(np.exp(others).sum(axis=1))
