"""harsanyi-samples makes what the built program takes; on the shipped data, the same bits as the shipped configs."""

import csv
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import CONFIGS, harsanyi, read, setting
from harsanyi.samples.command import main
from PIL import Image

DIGITS, CANCER = CONFIGS / "digits", CONFIGS / "cancer"


def digits() -> dict[str, np.ndarray]:
    with h5py.File(DIGITS / "digits.h5") as file:
        return {name: file[name][()] for name in ("x", "label", "baseline")}


def make(*arguments: object) -> None:
    assert main([str(argument) for argument in arguments]) == 0


def swept(config: Path, folder: Path, *options: str) -> Path:
    out = folder / f"{config.stem}-swept.h5"
    outcome = harsanyi("run", config, *setting("samples.select", "0:2"), *options, "-o", out)
    assert outcome.code == 0, outcome.err
    return out


def assert_same(ours: Path, theirs: Path) -> None:
    for name in (
        "values",
        "interactions",
        "indices/shapley",
        "orders/strength_mean",
        "samples/label",
        "samples/target",
    ):
        assert read(ours, name).tobytes() == read(theirs, name).tobytes(), name
    assert read(ours, "samples/player_names").tolist() == read(theirs, "samples/player_names").tolist()


def plans(config: Path) -> str:
    outcome = harsanyi("plan", config)
    assert outcome.code == 0, outcome.err
    return outcome.out


@pytest.fixture
def training(tmp_path: Path) -> Path:
    """The mean of one image is that image: so /baseline comes out as the shipped one."""
    file = tmp_path / "training.npz"
    np.savez(file, x=digits()["baseline"][np.newaxis])
    return file


def test_npz_of_digits(tmp_path: Path, training: Path) -> None:
    data = digits()
    np.savez(tmp_path / "test.npz", x=data["x"], y=data["label"])
    make("from-npz", tmp_path / "test.npz", "--grid", "4x4", "--training", training, "--model", DIGITS / "digits.onnx",
         "-o", tmp_path / "mine.h5")  # fmt: skip
    assert "26,214,400" in plans(tmp_path / "mine.yaml")
    assert_same(swept(tmp_path / "mine.yaml", tmp_path), swept(DIGITS / "digits.yaml", tmp_path))


def test_images_of_digits(tmp_path: Path) -> None:
    """Image files with a table of labels, pixels 0 ... 16; the mean is taken by the program itself to compare with."""
    data = digits()
    names = [f"image{i:02}.png" for i in range(40)]
    folder = tmp_path / "images"
    folder.mkdir()
    for name, image in zip(names, data["x"], strict=False):
        Image.fromarray((image[0] * 16).astype(np.uint8)).save(folder / name)
    rows = [["label", "file"], *([int(label), name] for label, name in zip(data["label"], names, strict=False))]
    with (tmp_path / "labels.csv").open("w") as file:
        csv.writer(file).writerows(rows)
    make("from-images", folder, "--labels", tmp_path / "labels.csv", "--divide", 16, "--grid", "4x4", "--model",
         DIGITS / "digits.onnx", "-o", tmp_path / "mine.h5")  # fmt: skip
    assert read(tmp_path / "mine.h5", "x").tobytes() == data["x"][:40].tobytes()
    with h5py.File(tmp_path / "first40.h5", "w") as file, h5py.File(DIGITS / "digits.h5") as shipped:
        for name in ("x", "label"):
            file[name] = shipped[name][:40]
        for name in ("players", "player_names"):
            shipped.copy(name, file)
    config = tmp_path / "theirs.yaml"
    config.write_text((DIGITS / "digits.yaml").read_text().replace("digits.onnx", str(DIGITS / "digits.onnx")))
    theirs = swept(
        config, tmp_path, *setting("samples.file", tmp_path / "first40.h5"), *setting("samples.baseline", "mean")
    )
    assert_same(swept(tmp_path / "mine.yaml", tmp_path), theirs)


def test_csv_of_cancer(tmp_path: Path) -> None:
    """The twelve players by name, the other features unmasked."""
    with h5py.File(CANCER / "cancer30.h5") as file, h5py.File(CANCER / "cancer12.h5") as chosen:
        x, label = file["x"][()], file["label"][()]
        header = [name.decode() for name in file["player_names"]]
        players = [name.decode() for name in chosen["player_names"]]
    with (tmp_path / "test.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", *header, "class"])
        table.writerows([i, *map(float, row), int(y)] for i, (row, y) in enumerate(zip(x, label, strict=True)))
    make("from-csv", tmp_path / "test.csv", "--label", "class", "--skip", "id", "--players", ",".join(players),
         "--baseline", "zero", "--model", CANCER / "cancer.onnx", "-o", tmp_path / "mine.h5")  # fmt: skip
    plans(tmp_path / "mine.yaml")
    assert_same(swept(tmp_path / "mine.yaml", tmp_path), swept(CANCER / "cancer12.yaml", tmp_path))


def test_blur_and_random_players_and_no_labels(tmp_path: Path) -> None:
    """A baseline for each sample, players chosen at random: v(N) is that of the whole image all the same."""
    np.savez(tmp_path / "test.npz", x=digits()["x"][:6])
    make("from-npz", tmp_path / "test.npz", "--grid", "3x3", "--choose", 5, "--baseline", "blur:1.5", "--model",
         DIGITS / "digits.onnx", "-o", tmp_path / "mine.h5")  # fmt: skip
    assert "evaluations   192" in plans(tmp_path / "mine.yaml")
    ours = swept(tmp_path / "mine.yaml", tmp_path)
    assert read(ours, "values").shape == (2, 32)
    theirs = swept(DIGITS / "digits.yaml", tmp_path, *setting("model.target", "predicted"))
    assert read(ours, "samples/v_full") == pytest.approx(read(theirs, "samples/v_full"), abs=1e-5)
    assert read(ours, "samples/target").tolist() == read(theirs, "samples/target").tolist()


def test_marginal_baselines(tmp_path: Path) -> None:
    """v of nobody is the mean over the baselines of what the model says of each."""
    np.savez(tmp_path / "test.npz", x=digits()["x"][:6])
    make("from-npz", tmp_path / "test.npz", "--grid", "2x2", "--baseline", "marginal:3", "--model",
         DIGITS / "digits.onnx", "-o", tmp_path / "mine.h5")  # fmt: skip
    assert "evaluations   288 (3 baselines)" in plans(tmp_path / "mine.yaml")
    target = setting("model.target", 3)
    found = swept(tmp_path / "mine.yaml", tmp_path, *target)
    with h5py.File(tmp_path / "mine.h5", "r+") as file:
        file["x"][:3] = file["baselines"][0]
        del file["baselines"]
        file["baseline"] = np.float32(0)
    (tmp_path / "one").mkdir()
    alone = swept(tmp_path / "mine.yaml", tmp_path / "one", *target, *setting("samples.select", "0:3"))
    expected = read(alone, "samples/v_full").mean()
    assert read(found, "samples/v_empty")[0] == pytest.approx(expected, abs=1e-5)


def test_without_a_model_plan_says_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(tmp_path / "test.npz", x=digits()["x"][:6])
    make("from-npz", tmp_path / "test.npz", "--grid", "4x4", "-o", tmp_path / "mine.h5")
    assert "mine.yaml" in capsys.readouterr().out
    outcome = harsanyi("plan", tmp_path / "mine.yaml")
    assert outcome.code == 1
    assert "YOUR-MODEL.onnx" in outcome.err
    assert len(outcome.err.splitlines()) == 2


@pytest.mark.parametrize("name", ["mine: \"a\" 'b' #1", "zahlen-äöü 数字 🙂", "two\nlines", "%41 {x} [y] & *z \\n"])
def test_odd_file_names(tmp_path: Path, name: str) -> None:
    np.savez(tmp_path / f"{name}.npz", x=digits()["x"][:3])
    model = tmp_path / f"{name}.onnx"
    model.symlink_to(DIGITS / "digits.onnx")
    make("from-npz", tmp_path / f"{name}.npz", "--grid", "2x2", "--model", model, "-o", tmp_path / f"{name}.h5")
    assert "3 selected" in plans(tmp_path / f"{name}.yaml")
