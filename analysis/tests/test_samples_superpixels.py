"""harsanyi-samples --superpixels: regions of each image by scikit-image's SLIC."""

from pathlib import Path

import numpy as np
import pytest
from harness import CONFIGS, harsanyi, read
from harsanyi.samples.command import main
from test_samples import image, make, refused
from test_samples_program import digits

SIZE = 24


@pytest.fixture
def scikit_image() -> None:
    pytest.importorskip("skimage", reason="scikit-image is not installed: pip install scikit-image")


def blobs(folder: Path) -> list[Path]:
    """Images of four colours that meet at a point of their own, with some noise."""
    random = np.random.default_rng(3)
    colours = random.integers(40, 216, (5, 2, 2, 3))
    files = []
    for k, of in enumerate(colours):
        rows, columns = np.arange(SIZE) > 6 + 2 * k, np.arange(SIZE) > 16 - 2 * k
        pixels = of[rows.astype(int)[:, None], columns.astype(int)] + random.integers(-8, 9, (SIZE, SIZE, 3))
        files.append(image(folder / f"{k}.png", pixels.astype(np.uint8)))
    return files


def connected(region: np.ndarray) -> bool:
    """Whether its pixels hang together by their sides."""
    reached = np.zeros_like(region)
    reached.ravel()[region.ravel().argmax()] = True
    while True:
        grown = reached.copy()
        grown[1:] |= reached[:-1]
        grown[:-1] |= reached[1:]
        grown[:, 1:] |= reached[:, :-1]
        grown[:, :-1] |= reached[:, 1:]
        grown &= region
        if (grown == reached).all():
            return bool((reached == region).all())
        reached = grown


@pytest.mark.usefixtures("scikit_image")
def test_regions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As many as asked for in each of the samples chosen, connected, and where the colours change, they end."""
    written = make(tmp_path, "from-images", *blobs(tmp_path), "--superpixels", 6, "--count", 3, "--normalize", "0.5",
                   "0.2")  # fmt: skip
    players = written["players"]
    assert players.shape == (3, 3, SIZE, SIZE)
    assert (players == players[:, :1]).all()
    assert "player_names" not in written
    for x, plane in zip(written["x"], players[:, 0], strict=True):
        assert np.unique(plane).tolist() == list(range(6))
        assert all(connected(plane == player) for player in range(6))
        within = sum(x[:, plane == player].var(axis=1).sum() * (plane == player).sum() for player in range(6))
        assert within < 0.25 * x.reshape(3, -1).var(axis=1).sum() * plane.size
    said = capsys.readouterr().out
    assert "players: 6 superpixels of each image, by SLIC of scikit-image" in said
    assert "not compared across samples" in said and "each sample: 6, 6, 6 players" in said and "2^6 = 64" in said


@pytest.mark.usefixtures("scikit_image")
def test_flat_images_have_fewer(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.stack([np.zeros((2, 2)), np.eye(2)]))
    players = make(tmp_path, "from-images", tmp_path / "x.npy", "--superpixels", 4)["players"]
    assert [len(np.unique(plane)) <= 4 and plane.min() == 0 for plane in players] == [True, True]


@pytest.mark.usefixtures("scikit_image")
def test_swept(tmp_path: Path) -> None:
    np.savez(tmp_path / "test.npz", x=digits()["x"][:3], y=digits()["label"][:3])
    assert main(["from-npz", str(tmp_path / "test.npz"), "--superpixels", "5", "--model",
                 str(CONFIGS / "digits/digits.onnx"), "-o", str(tmp_path / "mine.h5")]) == 0  # fmt: skip
    outcome = harsanyi("run", tmp_path / "mine.yaml", "-o", tmp_path / "results.h5")
    outcome.ends(0, "players differ from sample to sample")
    assert read(tmp_path / "results.h5", "samples/n_players").tolist() == [5, 5, 5]


@pytest.mark.usefixtures("scikit_image")
def test_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(tmp_path / "x.npz", x=np.zeros((2, 1, 4, 4)))
    np.savez(tmp_path / "odd.npz", x=np.zeros((2, 2, 4, 4)))
    np.savez(tmp_path / "table.npz", x=np.zeros((2, 4)))
    for file, options, said in (
        ("x.npz", (17,), "the images are 4x4 pixels only"),
        ("x.npz", (2, "--names", "a,b"), "have no names"),
        ("x.npz", (2, "--choose", 1), "the players differ from sample to sample"),
        ("x.npz", (2, "--group", "0,1"), "--group is for features"),
        ("x.npz", (2, "--grid", "2x2"), "not allowed with"),
        ("odd.npz", (2,), "images of 1 or 3 channels, not 2"),
        ("table.npz", (2,), "not images"),
    ):
        assert said in refused(
            capsys, "from-npz", tmp_path / file, "--superpixels", *options, "-o", tmp_path / "mine.h5"
        )


def test_without_scikit_image(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez(tmp_path / "x.npz", x=np.zeros((2, 1, 4, 4)))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    said = refused(capsys, "from-npz", tmp_path / "x.npz", "--superpixels", 2, "-o", tmp_path / "mine.h5")
    assert "pip install scikit-image" in said
