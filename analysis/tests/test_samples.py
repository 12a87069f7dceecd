"""harsanyi-samples: what it writes, against plain loops; what it refuses, in one line."""

from pathlib import Path

import h5py
import numpy as np
import onnxruntime
import pytest
from harness import CONFIGS, MODELS
from harsanyi.samples.command import main
from PIL import Image

DIGITS = CONFIGS / "digits"
Written = dict[str, np.ndarray]


def make(folder: Path, *arguments: object) -> Written:
    """Datasets of the file written."""
    out = folder / "mine.h5"
    assert main([*map(str, arguments), "-o", str(out)]) == 0
    with h5py.File(out) as file:
        return {name: data[()] for name, data in file.items() if isinstance(data, h5py.Dataset)}


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """What it says, in one line, when it ends with 1."""
    capsys.readouterr()
    try:
        status = main([*map(str, arguments)])
    except SystemExit as ended:
        status = ended.code
    said = capsys.readouterr().err
    assert status == 1
    assert said.count("\n") == 1, said
    return said


def texts(array: np.ndarray) -> list[str]:
    return [text.decode() for text in array.tolist()]


@pytest.fixture
def colours(tmp_path: Path) -> tuple[Path, np.ndarray]:
    """7 images [3, 5, 6] with labels 0, 1, 2, 0, ..."""
    x = np.random.default_rng(1).normal(size=(7, 3, 5, 6)).astype(np.float32)
    np.savez(tmp_path / "colours.npz", x=x, y=np.arange(7) % 3)
    return tmp_path / "colours.npz", x


# ---- players ----


def test_grid_of_unequal_patches(tmp_path: Path, colours: tuple[Path, np.ndarray]) -> None:
    """All channels of a pixel are one player; rows 0 1 | 2 3 4 is not what floor(i * 2 / 5) gives, 0 1 2 | 3 4 is."""
    written = make(tmp_path, "from-npz", colours[0], "--grid", "2x3")
    expected = np.zeros((3, 5, 6))
    for h in range(5):
        for w in range(6):
            expected[:, h, w] = (0 if h < 3 else 1) * 3 + w // 2
    assert (written["players"] == expected).all()
    assert texts(written["player_names"]) == ["r0c0", "r0c1", "r0c2", "r1c0", "r1c1", "r1c2"]
    assert (written["x"] == colours[1]).all()
    assert written["label"].tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert texts(written["origin"]) == list("0123456")


@pytest.mark.parametrize("layout", ["CHW", "HWC"])
def test_grid_follows_the_layout(tmp_path: Path, layout: str) -> None:
    x = np.zeros((2, 4, 4, 4), np.float32)
    np.savez(tmp_path / "x.npz", x=x)
    players = make(tmp_path, "from-npz", tmp_path / "x.npz", "--layout", layout, "--grid", "2x1")["players"]
    same_over, rows = ((0, 2), 1) if layout == "CHW" else ((1, 2), 0)
    assert (players.max(axis=same_over) == players.min(axis=same_over)).all()
    assert players.take(0, axis=rows).max() == 0
    assert players.take(3, axis=rows).min() == 1


def test_parts(tmp_path: Path, colours: tuple[Path, np.ndarray]) -> None:
    plane = np.where(np.arange(6) < 2, 0, np.where(np.arange(6) < 4, -1, 1)) * np.ones((5, 1), int)
    np.savez(tmp_path / "parts.npz", parts=plane, names=["left", "right"])
    np.savetxt(tmp_path / "parts.csv", plane, fmt="%d", delimiter=",")
    for file, names in (("parts.npz", ["left", "right"]), ("parts.csv", ["part0", "part1"])):
        written = make(tmp_path, "from-npz", colours[0], "--parts", tmp_path / file, "--force")
        assert (written["players"] == plane).all()
        assert texts(written["player_names"]) == names
    (tmp_path / "names").write_text("a b\nc\n")
    written = make(
        tmp_path, "from-npz", colours[0], "--parts", tmp_path / "parts.csv", "--force", "--names", tmp_path / "names"
    )
    assert texts(written["player_names"]) == ["a b", "c"]


def test_some_of_the_players(tmp_path: Path) -> None:
    """Chosen at random they keep their order; named, they have the order named; all others are -1."""
    np.savez(tmp_path / "x.npz", x=np.zeros((3, 8)), names=list("abcdefgh"))
    named = make(tmp_path, "from-npz", tmp_path / "x.npz", "--players", "g, b,4")
    assert named["players"].tolist() == [-1, 1, -1, -1, 2, -1, 0, -1]
    assert texts(named["player_names"]) == ["g", "b", "e"]
    found = []
    for seed in (0, 0, 1, 2, 3):
        chosen = make(tmp_path, "from-npz", tmp_path / "x.npz", "--choose", 3, "--seed", seed, "--force")
        which = np.flatnonzero(chosen["players"] >= 0)
        assert chosen["players"][which].tolist() == [0, 1, 2]
        assert texts(chosen["player_names"]) == ["abcdefgh"[i] for i in which]
        found.append(which.tolist())
    assert found[0] == found[1]
    assert len({str(which) for which in found}) > 1


# ---- baselines and normalization ----


def test_blur_against_a_plain_loop(tmp_path: Path, colours: tuple[Path, np.ndarray]) -> None:
    written = make(tmp_path, "from-npz", colours[0], "--grid", "2x2", "--baseline", "blur:1.3")
    image = colours[1][4].astype(float)
    expected = np.zeros_like(image)
    for h in range(5):
        for w in range(6):
            near = np.array(
                [[np.exp(-((i - h) ** 2 + (j - w) ** 2) / (2 * 1.3**2)) for j in range(6)] for i in range(5)]
            )
            expected[:, h, w] = (image * near).sum(axis=(1, 2)) / near.sum()
    assert written["baseline"][4] == pytest.approx(expected, abs=1e-6)
    assert written["baseline"].shape == written["x"].shape


def test_blur_of_one_colour_is_that_colour(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=np.full((2, 3, 9), 0.75))
    assert make(tmp_path, "from-npz", tmp_path / "x.npz", "--grid", "1x3", "--baseline", "blur")[
        "baseline"
    ] == pytest.approx(0.75)


def test_mean_is_of_all_inputs_or_of_the_training_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    x, training = np.arange(12.0).reshape(4, 3), np.array([[1.0, 2, 3], [2, 4, 8]])
    np.savez(tmp_path / "x.npz", x=x)
    np.savez(tmp_path / "training.npz", x=training, y=["no", "labels"])
    own = make(tmp_path, "from-npz", tmp_path / "x.npz", "--count", 2)
    assert own["baseline"].tolist() == [4.5, 5.5, 6.5]
    assert "--training" in capsys.readouterr().out
    of_training = make(tmp_path, "from-npz", tmp_path / "x.npz", "--training", tmp_path / "training.npz", "--force")
    assert of_training["baseline"].tolist() == [1.5, 3, 5.5]
    assert "--training" not in capsys.readouterr().out


@pytest.mark.parametrize(("given", "number"), [("zero", 0), ("0.5", 0.5), ("-2", -2)])
def test_one_number(tmp_path: Path, colours: tuple[Path, np.ndarray], given: str, number: float) -> None:
    assert make(tmp_path, "from-npz", colours[0], "--grid", "2x2", f"--baseline={given}")["baseline"] == number


def test_marginal_of_training_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Different rows of the training data, those of all samples; the seed says which."""
    x, training = np.arange(12.0).reshape(4, 3), 100 + np.arange(24.0).reshape(8, 3)
    np.savez(tmp_path / "x.npz", x=x)
    np.savez(tmp_path / "training.npz", x=training)
    given = ("from-npz", tmp_path / "x.npz", "--training", tmp_path / "training.npz", "--baseline", "marginal:5")
    assert "only 8 inputs in" in refused(capsys, *given[:-1], "marginal:9", "-o", tmp_path / "mine.h5")
    found = []
    for seed in (0, 0, 1):
        written = make(tmp_path, *given, "--seed", seed, "--force")
        assert "baseline" not in written
        assert written["baselines"].shape == (5, 3)
        found.append([training.tolist().index(row) for row in written["baselines"].tolist()])
        assert len(set(found[-1])) == 5
    assert found[0] == found[1] != found[2]
    said, config = capsys.readouterr().out, (tmp_path / "mine.yaml").read_text()
    what = (
        f"v is the mean over 5 inputs of {tmp_path / 'training.npz'}, drawn with --seed 1, the same for all samples\n"
    )
    assert f"baseline: {what}" in said
    assert f"/baselines, what absent players become: {what}" in config
    assert "2^3 = 8 masks for each sample under 5 baselines, 160 evaluations" in said


def test_marginal_of_the_samples_themselves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No sample is its own baseline: where it was drawn, another takes its place."""
    x = np.arange(12.0).reshape(4, 3)
    np.savez(tmp_path / "x.npz", x=x)
    baselines = make(tmp_path, "from-npz", tmp_path / "x.npz", "--baseline", "marginal:2")["baselines"]
    assert baselines.shape == (4, 2, 3)
    lists = [[x.tolist().index(row) for row in own] for own in baselines.tolist()]
    assert all(len(set(own)) == 2 and row not in own for row, own in enumerate(lists))
    assert len({tuple(own) for own in lists}) == 3  # two samples were drawn, the others share a list
    assert "but those drawn, which have another" in capsys.readouterr().out
    for seed in range(4):  # of those drawn, none is a sample
        one = make(tmp_path, "from-npz", tmp_path / "x.npz", "--baseline", "marginal:1", "--count", 1, "--seed", seed,
                   "--force")  # fmt: skip
        assert one["baselines"].size == 3 and one["baselines"].ravel().tolist() != one["x"][0].tolist()
    assert "the same for all samples\n" in capsys.readouterr().out


def test_normalization_by_channel(tmp_path: Path) -> None:
    """As of images with 0 ... 255, and so is the mean of training data."""
    pixels = np.random.default_rng(2).integers(0, 256, (5, 4, 6, 3), dtype=np.uint8)
    np.save(tmp_path / "x.npy", pixels)
    written = make(
        tmp_path, "from-images", tmp_path / "x.npy", "--grid", "2x2", "--normalize", "0.4,0.5,0.6", "0.1,0.2,0.3"
    )
    assert "uint8 pixels divided by 255" in (tmp_path / "mine.yaml").read_text()
    mean, std = np.array([0.4, 0.5, 0.6]), np.array([0.1, 0.2, 0.3])
    expected = np.moveaxis((pixels / 255 - mean) / std, -1, 1)
    assert written["x"].dtype == np.float32
    assert written["x"] == pytest.approx(expected, abs=1e-5)
    assert written["baseline"] == pytest.approx(expected.mean(axis=0), abs=1e-5)


# ---- which samples ----


def test_correct_drops_what_the_model_gets_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that it got right, of which seven have got another label."""
    with h5py.File(DIGITS / "digits.h5") as file:
        x, label = file["x"][()], file["label"][()]
    np.savez(tmp_path / "all.npz", x=x, y=label)
    options = ("--grid", "2x2", "--correct", "--model", DIGITS / "digits.onnx", "--force")
    right = [int(row) for row in texts(make(tmp_path, "from-npz", tmp_path / "all.npz", *options)["origin"])]
    assert 360 < len(right) < 400
    assert f"{len(right)} of 400; {400 - len(right)} dropped" in capsys.readouterr().out
    spoilt = right[3:80:11]
    label[spoilt] = (label[spoilt] + 1) % 10
    np.savez(tmp_path / "spoilt.npz", x=x, y=label)
    left = [int(row) for row in texts(make(tmp_path, "from-npz", tmp_path / "spoilt.npz", *options)["origin"])]
    assert left == [row for row in right if row not in spoilt]


def test_correct_with_a_single_logit(tmp_path: Path) -> None:
    """logit.onnx has one output, the logit of class 1: every sample is right under one of the two labels."""
    x = np.random.default_rng(3).normal(size=(40, 4)).astype(np.float32)
    found = []
    for label in (0, 1):
        np.savez(tmp_path / "x.npz", x=x, y=np.full(40, label))
        options = ("--baseline", "zero", "--correct", "--model", MODELS / "logit.onnx", "--force")
        found += texts(make(tmp_path, "from-npz", tmp_path / "x.npz", *options)["origin"])
    assert sorted(map(int, found)) == list(range(40))


@pytest.mark.parametrize(("side", "batch"), [(8, 256), (150, 128), (224, 32), (500, 8)])
def test_large_inputs_come_in_small_batches(tmp_path: Path, side: int, batch: int) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((2, side, side), np.float32))
    make(tmp_path, "from-npz", tmp_path / "a.npz", "--grid", "2x2", "--baseline", "zero")
    assert f"  batch: {batch} " in (tmp_path / "mine.yaml").read_text()


@pytest.mark.parametrize(
    ("model", "batch", "output"),
    [("mlp", 12, "y"), ("coupled5", 5, "y"), ("linear_f64", 12, "y"), ("two_outputs", 12, "wide")],
)
def test_correct_as_onnxruntime_says(tmp_path: Path, model: str, batch: int, output: str) -> None:
    """coupled5 takes batches of 5 only, in which its rows depend on each other: the last 2 of 12 are not looked at."""
    file = MODELS / f"{model}.onnx"
    session = onnxruntime.InferenceSession(file)
    given = session.get_inputs()[0]
    x = np.random.default_rng(5).normal(size=(12, given.shape[1]))
    x = x.astype(np.float64 if given.type == "tensor(double)" else np.float32)
    whole = 12 // batch * batch
    outputs = [session.run([output], {given.name: x[i : i + batch]})[0] for i in range(0, whole, batch)]
    label = np.zeros(12, int)
    label[:whole] = (np.concatenate(outputs).argmax(axis=1) + np.arange(whole) % 2) % 3  # right in the even rows
    np.savez(tmp_path / "x.npz", x=x, y=label)
    written = make(tmp_path, "from-npz", tmp_path / "x.npz", "--correct", "--model", file, "--output", output)
    assert [int(row) for row in texts(written["origin"]) if int(row) < whole] == list(range(0, whole, 2))
    assert written["x"].dtype == x.dtype


def test_infinite_logits_are_not_correct(tmp_path: Path) -> None:
    """not_finite.onnx: log x0 + 1 / x1; minus infinity would be class 0."""
    np.savez(tmp_path / "x.npz", x=np.array([[0, 1], [0.5, 1e9], [2, 1]], np.float32), y=np.zeros(3))
    written = make(tmp_path, "from-npz", tmp_path / "x.npz", "--correct", "--model", MODELS / "not_finite.onnx")
    assert texts(written["origin"]) == ["1"]


@pytest.mark.parametrize(
    ("model", "shape", "said"),
    [
        ("two_outputs", (4,), "--output must name one of wide, narrow"),
        ("two_inputs", (4,), "--input must name one of left, right"),
        ("text", (4,), "not numbers"),
        ("int_output", (4,), "not floats"),
        ("batch_lost", (4,), "not floats [batch, classes]"),
        ("rank3_output", (2, 2), "not floats [batch, classes]"),
        ("mlp", (4,), "takes inputs [batch, 6], the samples are [batch, 4]"),
        ("fails_when_run", (1,), "cannot be evaluated"),
    ],
)
def test_networks_that_cannot_judge(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], model: str, shape: tuple[int, ...], said: str
) -> None:
    np.savez(tmp_path / "x.npz", x=np.full((6, *shape), 7, np.float32), y=np.zeros(6))
    options = ("--features", "--correct", "--model", MODELS / f"{model}.onnx", "-o", tmp_path / "mine.h5")
    assert said in refused(capsys, "from-npz", tmp_path / "x.npz", *options)


def test_per_class(tmp_path: Path) -> None:
    label = np.array([2, 2, 0, 1, 1, 0, 0, 2, 1, 0])
    np.savez(tmp_path / "x.npz", x=np.arange(10.0)[:, np.newaxis], y=label)
    rows = []
    for seed in (0, 0, 1, 2, 3):
        written = make(tmp_path, "from-npz", tmp_path / "x.npz", "--per-class", 2, "--seed", seed, "--force")
        assert written["label"].tolist() == [0, 1, 2, 0, 1, 2]
        origin = [int(row) for row in texts(written["origin"])]
        assert label[origin].tolist() == written["label"].tolist()
        assert written["x"].ravel().tolist() == origin
        assert len(set(origin)) == 6
        rows.append(origin)
    assert rows[0] == rows[1]
    assert len({str(row) for row in rows}) > 1


def test_count(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=np.arange(10.0)[:, np.newaxis])
    written = make(tmp_path, "from-npz", tmp_path / "x.npz", "--count", 4)
    assert (np.diff(written["x"].ravel()) > 0).all()
    assert "label" not in written
    assert len(written["x"]) == 4


# ---- tables ----


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_table(tmp_path: Path, separator: str) -> None:
    """With a byte order mark, quotes, an empty line at the end, labels as text."""
    lines = [["größe", '"a name"', "kind"], ["1", "2.5", "dog"], ["-1e-3", "4", "cat"]]
    file = tmp_path / "x.csv"
    file.write_text("\ufeff" + "\r\n".join(separator.join(line) for line in lines) + "\r\n\r\n", encoding="utf-8")
    written = make(tmp_path, "from-csv", file, "--label", "kind")
    assert written["x"].tolist() == [[1, 2.5], [-0.001, 4]]
    assert texts(written["player_names"]) == ["größe", "a name"]
    assert written["label"].tolist() == [1, 0]
    written = make(tmp_path, "from-csv", file, "--label", "kind", "--classes", "dog,cow,cat", "--force")
    assert written["label"].tolist() == [0, 2]


def test_training_table_needs_no_labels(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b,y\n1,2,0\n3,4,1\n")
    (tmp_path / "training.csv").write_text("a,b\n5,6\n7,8\n")
    written = make(tmp_path, "from-csv", tmp_path / "x.csv", "--label", "y", "--training", tmp_path / "training.csv")
    assert written["baseline"].tolist() == [6, 7]


# ---- images ----


def image(file: Path, pixels: np.ndarray) -> Path:
    file.parent.mkdir(exist_ok=True)
    Image.fromarray(pixels).save(file)
    return file


def test_folder_for_each_class(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    for name, grey in (("dog", 51), ("cat", 102)):
        for i in range(2):
            image(folder / name / f"{i}.png", np.full((4, 6), grey + i, np.uint8))
    (folder / "dog/notes.txt").write_text("no image")
    written = make(tmp_path, "from-images", folder, "--grid", "2x2")
    assert written["x"].shape == (4, 1, 4, 6)
    assert written["x"][:, 0, 0, 0] == pytest.approx(np.array([102, 103, 51, 52]) / 255)
    assert written["label"].tolist() == [0, 0, 1, 1]
    assert texts(written["classes"]) == ["cat", "dog"]
    assert "cat = 0, dog = 1" in capsys.readouterr().out
    assert texts(written["origin"])[2].endswith("dog/0.png")
    written = make(tmp_path, "from-images", folder, "--grid", "2x2", "--classes", "dog,cat", "--force")
    assert written["label"].tolist() == [1, 1, 0, 0]
    assert texts(written["classes"]) == ["dog", "cat"]


@pytest.mark.parametrize(("layout", "shape"), [("CHW", (1, 4, 6)), ("HWC", (4, 6, 1)), ("HW", (4, 6)), ("flat", (24,))])
def test_layouts_of_grey_images(tmp_path: Path, layout: str, shape: tuple[int, ...]) -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(4, 6)
    file = image(tmp_path / "x.png", pixels)
    written = make(tmp_path, "from-images", file, "--layout", layout, "--grid", "2x3", "--divide", 1)
    assert written["x"].shape == (1, *shape)
    assert written["x"].ravel().tolist() == list(range(24))
    assert written["players"].shape == shape
    assert written["players"].ravel().tolist() == [h // 2 * 3 + w // 2 for h in range(4) for w in range(6)]


def test_colours_sizes_and_bits(tmp_path: Path) -> None:
    """Colours as they are or as grey; images resized to one size; 16 bits divided by 65535."""
    pixels = np.random.default_rng(4).integers(0, 256, (4, 6, 3), dtype=np.uint8)
    file = image(tmp_path / "x.png", pixels)
    written = make(tmp_path, "from-images", file, "--grid", "2x2", "--layout", "HWC")
    assert written["x"][0] == pytest.approx(pixels / 255)
    grey = make(tmp_path, "from-images", file, "--grid", "2x2", "--channels", 1, "--force")
    weighted = pixels @ [0.299, 0.587, 0.114] / 255
    assert grey["x"][0, 0] == pytest.approx(weighted, abs=1 / 255)
    small = make(tmp_path, "from-images", file, "--grid", "2x2", "--resize", "2x3", "--force")
    assert small["x"].shape == (1, 3, 2, 3)
    assert small["x"].mean() == pytest.approx(pixels.mean() / 255, abs=0.05)
    deep = image(tmp_path / "deep.png", np.array([[0, 65535], [257, 30000]], np.uint16))
    assert make(tmp_path, "from-images", deep, "--grid", "1x1", "--force")["x"].ravel() == pytest.approx(
        np.array([0, 65535, 257, 30000]) / 65535
    )


# ---- what is refused ----


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(tmp_path / "x.npz", x=np.zeros((2, 3)))
    for there in ("mine.h5", "mine.yaml"):
        (tmp_path / there).write_text("precious")
        assert "--force" in refused(capsys, "from-npz", tmp_path / "x.npz", "-o", tmp_path / "mine.h5")
        assert (tmp_path / there).read_text() == "precious"
        (tmp_path / there).unlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.npz"]


NPZ = {
    "flat": {"x": np.zeros(4)},
    "empty": {"x": np.zeros((0, 3))},
    "text": {"x": np.array([["a", "b"]])},
    "nan": {"x": np.array([[0.0, 1], [2, np.nan]])},
    "infinite": {"x": np.array([[0.0, np.nan], [2, np.inf]])},
    "nowhere": {"x": np.array([[0.0, np.nan], [2, np.nan]])},
    "torn": {"x": np.where(np.eye(4), np.nan, 1.0)[np.newaxis]},
    "huge": {"x": np.array([[0.0, 1], [2, 1e308]])},
    "other": {"inputs": np.zeros((2, 3))},
    "short": {"x": np.zeros((3, 2)), "y": np.zeros(2)},
    "endless": {"x": np.zeros((2, 2)), "y": np.array([0, np.inf])},
    "negative": {"x": np.zeros((2, 2)), "y": np.array([0, -1])},
    "wide": {"x": np.zeros((2, 31))},
    "named": {"x": np.zeros((2, 2)), "names": ["a,b", "c"]},
    "twice": {"x": np.zeros((2, 2)), "names": ["a", "a"]},
    "good": {"x": np.zeros((4, 6)), "y": np.array([0, 0, 0, 1])},
    "image": {"x": np.zeros((2, 1, 4, 4)), "y": np.array([0, 99])},
}
WRONG_NPZ = [
    ("flat", (), "[S, shape...]"),
    ("empty", (), "no samples"),
    ("text", (), "not numbers"),
    ("nan", (), "sample 1 holds NaN; --missing nan"),
    ("infinite", ("--missing", "nan"), "sample 1 holds numbers that are not finite"),
    ("nowhere", ("--missing", "nan"), "number 1 of an input is missing everywhere"),
    ("torn", ("--missing", "nan", "--grid", "2x2", "--baseline", "blur"), "holds NaN, which a blur would spread"),
    ("good", ("--missing", "zero"), "--missing"),
    ("huge", ("--normalize", "0", "0.001"), "sample 1 holds numbers that are not finite"),
    ("other", (), "inputs [2, 3]"),
    ("short", (), "one label each"),
    ("endless", (), "row 1: label inf is not finite"),
    ("negative", (), "row 1: label -1"),
    ("wide", (), "2^31"),
    ("named", (), "must not contain commas"),
    ("twice", (), "two players are named 'a'"),
    ("good", ("--grid", "2x2"), "not images"),
    ("good", ("--grid", "0x2"), "--grid"),
    ("good", ("--grid", "2"), "--grid"),
    ("good", ("--choose", 7), "6 players"),
    ("good", ("--choose", 0), "--choose"),
    ("good", ("--players", "7"), "no player '7'"),
    ("good", ("--players", "1,1"), "twice"),
    ("good", ("--names", "a,b"), "2 names for 6"),
    ("good", ("--baseline", "median"), "blur:SIGMA"),
    ("good", ("--baseline", "inf"), "blur:SIGMA"),
    ("good", ("--baseline", "blur"), "not images"),
    ("good", ("--baseline", "marginal"), "K of marginal:K is a whole number from 1 to 4096"),
    ("good", ("--baseline", "marginal:0"), "K of marginal:K is a whole number from 1 to 4096"),
    ("good", ("--baseline", "marginal:4"), "there are only 3 other inputs in"),
    ("good", ("--group", "1,6"), "--group: there is no player '6'"),
    ("good", ("--group", "1"), "--group 1: "),
    ("good", ("--group", "1,2,1"), "names '1' twice"),
    ("good", ("--group", "1,2", "--group", "2,3"), "names '2' twice"),
    ("image", ("--grid", "2x2", "--group", "1,2"), "--group is for features"),
    ("good", ("--training", "missing.npz"), "missing.npz"),
    ("good", ("--baseline", "zero", "--training", "x.npz"), "--training"),
    ("good", ("--correct",), "--model"),
    ("good", ("--model", "missing.onnx"), "missing.onnx"),
    ("good", ("--per-class", 2), "class 1"),
    ("good", ("--count", 5), "only 4"),
    ("good", ("--per-class", 1, "--count", 1), "--count"),
    ("good", ("--label", "z"), "no array 'z'"),
    ("good", ("--shape", "2x2"), "--shape"),
    ("good", ("--normalize", "1,2", "1"), "--normalize"),
    ("good", ("--normalize", "0", "0"), "STD"),
    ("good", ("--classes", "0,2"), "--classes"),
    ("image", (), "--grid"),
    ("image", ("--grid", "5x2"), "4x4 pixels"),
    ("image", ("--grid", "2x2", "--baseline", "blur:-1"), "SIGMA"),
    ("image", ("--grid", "2x2", "--correct", "--model", DIGITS / "digits.onnx"), "takes inputs [batch, 1, 8, 8]"),
    ("image", ("--grid", "2x2", "--correct", "--model", MODELS / "not_a_model"), "not_a_model"),
]


@pytest.mark.parametrize(("name", "options", "said"), WRONG_NPZ)
def test_wrong_arrays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, options: tuple[object, ...], said: str
) -> None:
    np.savez(tmp_path / "x.npz", **NPZ[name])
    assert said in refused(capsys, "from-npz", tmp_path / "x.npz", *options, "-o", tmp_path / "mine.h5")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.npz"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("a,b\n", "no rows"),
        ("a,b\n1\n", "line 2 has 1 columns"),
        ("a,b\n1,x\n", "line 2: 'b' is 'x'"),
        ("a,a\n1,2\n", "two columns"),
        ("a,b\n1,inf\n", "not finite"),
    ],
)
def test_wrong_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str) -> None:
    (tmp_path / "x.csv").write_text(text)
    assert said in refused(capsys, "from-csv", tmp_path / "x.csv", "-o", tmp_path / "mine.h5")


def test_wrong_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ("-o", tmp_path / "mine.h5")
    noise = tmp_path / "noise"
    noise.write_bytes(bytes(range(256)))
    for command in ("from-npz", "from-csv", "from-images"):
        assert "no such file" in refused(capsys, command, tmp_path / "missing", *out)
        assert "noise" in refused(capsys, command, noise, *out)
        assert str(tmp_path) in refused(capsys, command, tmp_path, *out)
        assert "no such folder" in refused(capsys, command, noise, "-o", tmp_path / "missing/mine.h5")
        assert ".h5" in refused(capsys, command, noise, "-o", tmp_path / "mine.yaml")
        assert "-o" in refused(capsys, command, noise)
    assert "from-npz" in refused(capsys, "from-nowhere")


def test_wrong_images(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ("--grid", "2x2", "-o", tmp_path / "mine.h5")
    a = image(tmp_path / "a.png", np.zeros((4, 4), np.uint8))
    b = image(tmp_path / "b.png", np.zeros((4, 5), np.uint8))
    c = image(tmp_path / "c.png", np.zeros((4, 4, 3), np.uint8))
    cut = tmp_path / "cut.png"
    noise = image(tmp_path / "noise.png", np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8))
    cut.write_bytes(noise.read_bytes()[:2000])
    assert "--resize 4x4" in refused(capsys, "from-images", a, b, *out)
    assert "--channels" in refused(capsys, "from-images", a, c, *out)
    assert "cut.png" in refused(capsys, "from-images", cut, *out)
    assert "one channel" in refused(capsys, "from-images", c, "--layout", "flat", *out)
    (tmp_path / "labels.csv").write_text("file,label\nb.png,1\n")
    assert "no label for a.png" in refused(capsys, "from-images", a, "--labels", tmp_path / "labels.csv", *out)
    (tmp_path / "labels.csv").write_text("name,label\nb.png,1\n")
    assert "`file`" in refused(capsys, "from-images", a, "--labels", tmp_path / "labels.csv", *out)
    image(tmp_path / "class/d.png", np.zeros((4, 4), np.uint8))
    assert "beside folders" in refused(capsys, "from-images", tmp_path, *out)
    np.save(tmp_path / "odd.npy", np.zeros((2, 3, 4, 3)))
    assert "1 or 3 channels" in refused(capsys, "from-images", tmp_path / "odd.npy", *out)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        (np.full((5, 6), 0.5), "-1"),
        (np.full((5, 6), -2), "-1"),
        (np.full((5, 6), -1), "no player"),
        (np.full((5, 6), 1), "without gaps"),
        (np.full((5, 6), 10**9), "0, 1, ..."),
        (np.full((5, 6), np.nan), "0, 1, ..."),
        (np.zeros((6, 5), int), "[5, 6]"),
        (np.array(["a"]), "whole numbers"),
    ],
)
def test_wrong_parts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], colours: tuple[Path, np.ndarray], parts: np.ndarray, said: str
) -> None:
    np.save(tmp_path / "parts.npy", parts)
    assert said in refused(
        capsys, "from-npz", colours[0], "--parts", tmp_path / "parts.npy", "-o", tmp_path / "mine.h5"
    )


def test_correct_without_onnxruntime(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez(tmp_path / "x.npz", **NPZ["image"])
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    options = ("--grid", "2x2", "--correct", "--model", DIGITS / "digits.onnx", "-o", tmp_path / "mine.h5")
    assert "pip install onnxruntime" in refused(capsys, "from-npz", tmp_path / "x.npz", *options)
