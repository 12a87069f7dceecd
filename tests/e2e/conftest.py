"""The built program is HARSANYI_PROGRAM, or the one of the release preset; without one every test fails at once."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import PROGRAM, Job, swept


def pytest_sessionstart(session: pytest.Session) -> None:
    if not Path(PROGRAM).is_file():
        pytest.exit(f"{PROGRAM} is not there: build it first (cmake --build --preset release)", returncode=1)


def pytest_collection_finish() -> None:
    """Whatever lives until the end (modules, the tests themselves) is not searched for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


@pytest.fixture(scope="module", autouse=True)
def _patience(request: pytest.FixtureRequest) -> Iterator[None]:
    """How long jobs may take."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Job, "timeout", getattr(request.module, "TIMEOUT", Job.timeout))
        yield


@pytest.fixture(scope="module")
def expected(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The numbers of the module's FAST sweep, undisturbed."""
    return swept(tmp_path_factory.mktemp("whole"), request.module.FAST).numbers()
