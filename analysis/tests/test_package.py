"""What the package says of itself: its pins."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

PACKAGE = Path(__file__).parents[1]
PROJECT = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]


def test_every_dependency_is_pinned_and_installed() -> None:
    pins = dict(line.split("==") for line in (PACKAGE / "requirements.txt").read_text().split())
    named = [re.split("[<>=~!]", dependency)[0] for dependency in PROJECT["dependencies"]]
    assert sorted(named) == sorted(pins)
    assert {name: version(name) for name in pins} == pins


def test_is_typed() -> None:
    assert (PACKAGE / "harsanyi/py.typed").is_file()
