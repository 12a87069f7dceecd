"""The built program is HARSANYI_PROGRAM, or the one of the release preset; without one every test fails at once."""

from pathlib import Path

import pytest
from harness import PROGRAM


def pytest_sessionstart(session: pytest.Session) -> None:
    if not Path(PROGRAM).is_file():
        pytest.exit(f"{PROGRAM} is not there: build it first (cmake --build --preset release)", returncode=1)
