"""What the package says of itself: its pins, its commands."""

import importlib
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1]
PROJECT = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]


def test_every_dependency_is_pinned_and_installed() -> None:
    pins = dict(line.split("==") for line in (PACKAGE / "requirements.txt").read_text().split())
    named = [re.split("[<>=~!]", dependency)[0] for dependency in PROJECT["dependencies"]]
    assert sorted(named) == sorted(pins)
    assert {name: version(name) for name in pins} == pins


@pytest.mark.parametrize("command", PROJECT["scripts"])
def test_commands_start(command: str) -> None:
    """As a program, and as a module of the same name."""
    module, _, function = PROJECT["scripts"][command].partition(":")
    assert callable(getattr(importlib.import_module(module), function))
    name = command.replace("-", ".")
    started = subprocess.run([sys.executable, "-m", name, "--help"], cwd=PACKAGE, capture_output=True, text=True)
    assert started.returncode == 0, started.stderr
    assert "usage" in started.stdout


def test_is_typed() -> None:
    assert (PACKAGE / "harsanyi/py.typed").is_file()
