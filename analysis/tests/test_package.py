"""What the package says of itself: its pins, its commands, which module stands on which."""

import ast
import importlib
import re
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
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


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(file): file for file in (PACKAGE / "harsanyi").rglob("*.py")}


def imports_of(module: str) -> set[str]:
    """The package's other modules that this one imports, inside functions too; none of them relatively."""
    named = set()
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.Import):
            named |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{module}: a relative import"
            parts = {f"{node.module}.{name.name}" for name in node.names}
            named |= {part if part in MODULES else node.module for part in parts}
    return named & MODULES.keys() - {module}


def test_imports_have_no_circle() -> None:
    graph = {module: imports_of(module) for module in MODULES}
    assert graph["harsanyi.report"] > {"harsanyi.markup", "harsanyi.reader"}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle
