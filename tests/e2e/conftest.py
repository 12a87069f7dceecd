"""The built program is HARSANYI_PROGRAM, or the one of the release preset; without one every test fails at once."""

from pathlib import Path

import pytest
from harness import PROGRAM, swept


def pytest_sessionstart(session: pytest.Session) -> None:
    if not Path(PROGRAM).is_file():
        pytest.exit(f"{PROGRAM} is not there: build it first (cmake --build --preset release)", returncode=1)


@pytest.fixture(scope="module")
def expected(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The numbers of the module's FAST sweep, undisturbed."""
    return swept(tmp_path_factory.mktemp("whole"), request.module.FAST).numbers()
