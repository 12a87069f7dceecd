"""Clouds of points: which samples are, and how figure and report draw them."""

from collections.abc import Iterator

import h5py
import numpy as np
import pytest
from harness import CONFIGS
from harsanyi import figures
from harsanyi.cloud import Cloud, as_cloud
from harsanyi.pictures import are_pictures, thumbnail
from harsanyi.reader import Results, open_results
from harsanyi.report_figures import of_sample
from harsanyi.sample_figure import inputs_of
from harsanyi.style import THEMES
from made import swept
from matplotlib.colors import to_hex
from matplotlib.patches import PathPatch

SHAPES = CONFIGS / "shapes"


@pytest.fixture(scope="module")
def lamp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    samples = {"file": str(SHAPES / "lamp.h5"), "select": "2:4"}
    config = {"model": {"file": str(SHAPES / "shapes.onnx")}, "samples": samples}
    with open_results(swept(tmp_path_factory.mktemp("cloud"), config)) as results:
        yield results


def test_points_and_parts_are_those_of_the_sample(lamp: Results) -> None:
    cloud = inputs_of(lamp, 1)
    assert isinstance(cloud, Cloud)
    with h5py.File(SHAPES / "lamp.h5") as file:
        x, players = file["x"][3], file["players"][3, :, 0]
    assert np.array_equal(cloud.players, players)
    assert np.allclose(np.linalg.norm(cloud.points, axis=1), np.linalg.norm(x, axis=1))  # turned, no more
    assert cloud.points[x[:, 2].argmax(), 1] > cloud.points[x[:, 2].argmin(), 1]  # the third axis points upwards


def test_parts_of_an_interaction_are_in_colour(lamp: Results) -> None:
    """Of each tile, as many points in the colour of the sign as the players of the interaction have."""
    top = 4
    ax = figures.sample(lamp, 0, top=top)
    cloud = inputs_of(lamp, 0)
    assert isinstance(cloud, Cloud) and not ax.images
    drawn: dict[str, int] = {}
    for path in (patch for patch in ax.patches if isinstance(patch, PathPatch)):
        colour = to_hex(path.get_edgecolor())
        drawn[colour] = drawn.get(colour, 0) + len(path.get_path().vertices) // 2
    theme, count = THEMES["light"], len(cloud.points)
    wanted = dict.fromkeys((theme.positive, theme.negative), 0)
    for found in lamp.strongest(0, top):
        colour = theme.positive if found.effect >= 0 else theme.negative
        wanted[colour] += sum(int(np.sum(cloud.players == player)) for player in range(7) if found.mask >> player & 1)
    coloured = sum(wanted.values())
    expected = wanted | {theme.muted: top * count - coloured, theme.ink: count}
    assert drawn == {colour: points for colour, points in expected.items() if points > 0}


def test_the_report_draws_clouds(lamp: Results) -> None:
    assert are_pictures(lamp) and "image/png" in thumbnail(lamp, 0)
    drawing = of_sample(lamp, 0)
    assert drawing is not None and len(drawing) < 100_000


@pytest.mark.parametrize("channels_first", [False, True])
def test_what_is_a_cloud(channels_first: bool) -> None:
    x, players = np.arange(30.0).reshape(10, 3), np.repeat(np.arange(10)[:, np.newaxis], 3, axis=1)
    if channels_first:
        x, players = x.T, players.T
    cloud = as_cloud(x, players)
    assert cloud is not None and cloud.players.tolist() == list(range(10))
    assert as_cloud(x, np.arange(30).reshape(x.shape)) is None  # a player for each number
    assert as_cloud(np.zeros((8, 8)), np.zeros((8, 8))) is None
    x[0, 0] = np.nan
    cloud = as_cloud(x, players)
    assert cloud is not None and len(cloud.points) == 9
