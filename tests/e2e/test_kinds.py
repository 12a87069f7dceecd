"""Networks as they are exported: token ids, float16, other inputs beside the one that is masked. v is exact."""

from pathlib import Path

import numpy as np
import pytest
from harness import Sweep, harsanyi, hdf5, network, setting
from test_warnings import assert_said

WORD = ((7 * np.arange(12)[:, None] + 3 * np.arange(3)) % 11 - 5) / 8  # of tokens.onnx
IDS = np.array([[2, 7, 11, 4, 3], [5, 2, 9, 1, 8], [10, 6, 2, 3, 7]])
KEEP = np.array([[1, 1, 1, 1, 1], [1, 1, 1, 0, 1], [1, 2, 0, -1, 0]])
SCALE = np.array([[0.5, 2, -4], [1, 1, 1], [3, -1, 2]])
MASKS = np.arange(32)[:, None] >> np.arange(5) & 1
ALL = {"constants/keep": KEEP, "constants/scale/factor": SCALE, "constants/flip": np.array([False, True, False])}


def tokens(folder: Path, **constants: object) -> Sweep:
    config = network(folder, "tokens", IDS, "raw")
    hdf5(folder / "samples.h5", x=IDS, **constants)
    config["model"] |= {"input": "ids", "target": 1}
    config["samples"]["baseline"] = 1  # the mask's word
    config["sweep"] = {"batch": 8}
    return Sweep(folder, config)


def bags(keep: np.ndarray, scale: np.ndarray, flip: np.ndarray) -> np.ndarray:
    words = WORD[np.where(MASKS, IDS[:, None], 1)][..., 1]
    z = (words * keep[:, None]).sum(axis=2) * scale[:, 1:2]
    return np.where(flip[:, None], -z, z)


@pytest.mark.parametrize("ranks", [1, 3])
def test_token_ids_and_constants(tmp_path: Path, ranks: int) -> None:
    sweep = tokens(tmp_path, **ALL)
    assert "\nconstants     keep, scale/factor, flip\n" in harsanyi("plan", sweep.config).ends(0).out
    sweep.complete(ranks=ranks).ends(0)
    assert sweep.read("values").tolist() == bags(KEEP, SCALE, ALL["constants/flip"]).tolist()
    sigma, strength = sweep.read("samples/noise_sigma"), np.abs(sweep.read("values")).max(axis=1)
    assert (sigma > 1e-9 * strength).all() and (sigma < 1e-6 * strength).all()  # the outputs' rounding: ids stay
    sweep.verify()


def test_constants_that_all_samples_share(tmp_path: Path) -> None:
    """By the number of axes, also where the length would fit both; each counts in the checksum of a sample's input."""
    sums = []
    for scale in SCALE:
        folder = tmp_path / str(scale[0])
        folder.mkdir()
        sweep = tokens(folder, **ALL | {"constants/scale/factor": scale, "constants/flip": True})
        sweep.complete().ends(0)
        assert sweep.read("values").tolist() == bags(KEEP, np.tile(scale, (3, 1)), np.ones(3, bool)).tolist()
        sums.append(sweep.read("samples/input_crc"))
    assert len(np.unique(sums)) == 9


def test_constants_that_are_missing(tmp_path: Path) -> None:
    sweep = tokens(tmp_path, **{"constants/keep": KEEP, "constants/scale/factor": SCALE})
    for command in ("plan", "run"):
        said = harsanyi(command, sweep.config).ends(1).err
        assert "/constants/flip: missing; give it, or set model.constants: zero; the model's input flip takes" in said
    zero = setting("model.constants", "zero")
    warning = "inputs of the model that are not in /constants are 0: flip"
    assert f"- {warning}" in harsanyi("plan", sweep.config, *zero).ends(0).out
    sweep.complete(*zero).ends(0, f"warning: {warning}")
    assert sweep.read("values").tolist() == bags(KEEP, SCALE, np.zeros(3, bool)).tolist()
    assert_said(sweep.file, [warning])


def test_constants_that_no_input_takes(tmp_path: Path) -> None:
    sweep = tokens(tmp_path, **ALL, **{"constants/keep_it": KEEP, "constants/scale/size": SCALE})
    warning = "in /constants, but no input of the model, and not used: keep_it, scale/size"
    assert f"- {warning}" in harsanyi("plan", sweep.config).ends(0).out
    sweep.complete().ends(0, f"warning: {warning}")
    assert sweep.read("values").tolist() == bags(KEEP, SCALE, ALL["constants/flip"]).tolist()
    assert_said(sweep.file, [warning])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (setting("samples.baseline", 0.5), "samples.baseline: element 0, 0.5, is no whole number for the model's"),
        (setting("samples.baseline", "mean"), "element 0, 5.66667, is no whole number"),
        (setting("model.input", "keep"), "/constants/ids: missing"),
    ],
)
def test_what_is_refused_before_the_run(tmp_path: Path, options: tuple[str, ...], says: str) -> None:
    sweep = tokens(tmp_path, **ALL)
    assert says in harsanyi("run", sweep.config, *options).ends(1).err
    assert not sweep.file.exists()


def test_bytes(tmp_path: Path) -> None:
    """int32, two bytes a player, 256 where they are absent; what int32 does not hold is refused."""
    x, players = (
        np.array([[0, 255, 17, 4, 99, 128, 1, 7], [200, 3, 3, 60, 250, 11, 90, 2]], np.int32),
        np.arange(8) // 2,
    )
    config = network(tmp_path, "bytes", x, "raw", players=players, baseline=np.int32(256), label=np.array([2, 0]))
    hdf5(tmp_path / "samples.h5", x=x, players=players, baseline=np.int32(256), label=np.array([2, 0]))
    sweep = Sweep(tmp_path, config)
    sweep.complete().ends(0)
    weights = ((7 * np.arange(257)[:, None] + 3 * np.arange(3)) % 11 - 5) / 8
    masked = np.where(np.arange(16)[:, None] >> players & 1, x[:, None], 256)
    assert sweep.read("values").tolist() == [
        weights[rows].sum(axis=1)[:, label].tolist() for rows, label in zip(masked, [2, 0], strict=True)
    ]
    said = harsanyi("run", sweep.config, *setting("samples.baseline", 3000000000), "--fresh").ends(1).err
    assert "samples.baseline: element 0, 3e+09, is out of range for the model's int32 input" in said


def test_float16_in_and_out(tmp_path: Path) -> None:
    """The samples file may hold float16 too; the noise is that of float16."""
    x = np.array([[1.5, -0.75, 2, 0.625], [0.25, 1.125, -1, 0.5]])
    values = []
    for kind in (np.float16, np.float32):
        folder = tmp_path / np.dtype(kind).name
        folder.mkdir()
        config = network(folder, "half", x, "raw")
        hdf5(folder / "samples.h5", x=x.astype(kind))
        config["model"]["target"] = 2
        sweep = Sweep(folder, config)
        sweep.complete().ends(0)
        values.append(sweep.read("values"))
        assert (sweep.read("samples/noise_sigma") > 5e-5).all() and (sweep.read("samples/noise_sigma") < 5e-3).all()
    masked = np.where(np.arange(16)[:, None] >> np.arange(4) & 1, x[:, None], 0)
    assert values[0].tolist() == (masked @ WORD[:4, 2] + 0.25).tolist() == values[1].tolist()


@pytest.mark.parametrize("command", ["plan", "run"])
def test_open_axes_that_hold_more_than_one_number(tmp_path: Path, command: str) -> None:
    """[batch, 1, height, width]: known when it runs; of one row of pixels it has one axis."""
    x = np.arange(8.0).reshape(2, 1, 2, 2)
    sweep = Sweep(tmp_path, network(tmp_path, "open_axes", x, "raw", label=np.array([0, 1])))
    said = harsanyi(command, sweep.config).ends(1).err
    assert "output is float32 [16, 1, 2, 2]" in said and "which place is explained in model.element" in said
    config = network(tmp_path, "open_axes", x.reshape(2, 1, 1, 4), "raw", label=np.array([0, 3]))
    harsanyi(command, Sweep(tmp_path, config).config).ends(0)


def test_a_place_of_an_output(tmp_path: Path) -> None:
    """[batch, 1, height, width]: the label's number in the second row of pixels; a setting that decides numbers."""
    x, label = np.arange(1.0, 9).reshape(2, 1, 2, 2), np.array([1, 0])
    config = network(tmp_path, "open_axes", x, "raw", label=label)
    sweep = Sweep(tmp_path, config | {"model": config["model"] | {"element": [0, 1]}})
    sweep.complete().ends(0)
    masked = np.where(np.arange(16)[:, None] >> np.arange(4) & 1, x.reshape(2, 1, 4), 0)
    assert sweep.read("values").tolist() == [masked[0, :, 3].tolist(), masked[1, :, 2].tolist()]
    harsanyi("run", sweep.config, *setting("model.element", [0, 0])).ends(1, "model.element: was [0, 1], is [0, 0]")


# ---- scores ----

X = np.array([[1.5, -0.75, 2, 0.625], [0.25, 1.125, -1, 0.5], [-1, 0.5, 0.25, 2]])
BASELINES = np.array([[0, 0, 0, 0], [1, 0.5, -0.25, 0.75]])


def logits(baseline: np.ndarray) -> np.ndarray:
    """z of linear_f32.onnx [S, 2^n, 3]"""
    z: np.ndarray = np.where(np.arange(16)[:, None] >> np.arange(4) & 1, X[:, None], baseline) @ WORD[:4]
    return z + (np.arange(3) - 1) / 4


def cosines(z: np.ndarray) -> np.ndarray:
    unit = z / np.linalg.norm(z, axis=2, keepdims=True)
    cosine = np.einsum("smj,sj->sm", unit, unit[:, -1])
    return cosine - cosine[:, :1]


def log_probabilities(z: np.ndarray) -> np.ndarray:
    return z[..., 2] - np.log(np.exp(z).sum(axis=2))


SCORES = {
    "difference": ([[2, 0]], lambda z: z[..., 2] - z[..., 0], "v = the difference of two outputs"),
    "log_prob": (2, log_probabilities, "v = the log of the target's probability, from logits"),
    "cosine": ("label", cosines, "v = the cosine of the outputs with those of the full input"),
}


@pytest.mark.parametrize("score", SCORES)
@pytest.mark.parametrize("batch", [1, 4])
def test_scores(tmp_path: Path, score: str, batch: int) -> None:
    """Of several baselines the mean of each one's v; in units that do not hold the full mask; without labels."""
    target, formula, said = SCORES[score]
    config = network(tmp_path, "linear_f32", X, score, baselines=BASELINES)
    config["samples"]["baseline"] = "from_file"
    config["model"]["target"] = target
    config["sweep"] = {"batch": batch, "block_bits": 2}
    sweep = Sweep(tmp_path, config)
    sweep.complete(ranks=2).ends(0, said)
    expected = sum(formula(logits(baseline)) for baseline in BASELINES) / len(BASELINES)
    np.testing.assert_allclose(sweep.read("values"), expected, rtol=0, atol=2e-6)
    sigma = sweep.read("samples/noise_sigma")
    assert ((sigma > 1e-9) & (sigma < 1e-5)).all()
    assert sweep.read("samples/target").tolist() == [0 if score == "cosine" else 2] * 3
    sweep.verify()
    sweep.complete("--resume").ends(0, "complete already")


def test_what_scores_need(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, network(tmp_path, "logit", X, "cosine"))
    assert "score: cosine is for several outputs, and the model has one" in harsanyi("run", sweep.config).ends(1).err
    pair = (*setting("model.score", "difference"), *setting("model.target", "[[0, 1]]"))
    assert "target 1: the model has one output" in harsanyi("run", sweep.config, *pair).ends(1).err


def test_certain_probabilities_have_no_log(tmp_path: Path) -> None:
    """p that rounds to 0 fails its sample, and says so."""
    x = np.array([[300, 0, 0, 0], [0.5, 0, 0, 0]])
    config = network(tmp_path, "softmax", x, "log_prob")
    config["model"]["target"] = 0
    sweep = Sweep(tmp_path, config)
    harsanyi("run", sweep.config).ends(2)
    assert "the model's p is 0, whose log is infinite" in sweep.read("samples/error")[0].decode()
