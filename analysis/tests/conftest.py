"""Fixtures that several files of tests share."""

from __future__ import annotations

from pathlib import Path

import pytest
from made import shared, with_kinds


@pytest.fixture(scope="module")
def named_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shared(tmp_path_factory, "named", with_kinds) / "results.h5"


@pytest.fixture
def numbers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are laid out, but saved as their .csv and .txt alone: pictures take most of the time."""
    monkeypatch.setattr("harsanyi.style.FORMATS", ())
