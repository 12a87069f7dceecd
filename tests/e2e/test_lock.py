"""One sweep per results file, also where flock does not work, and where it does not reach the other machine."""

from pathlib import Path

import pytest
from harness import PROGRAM, Sweep, game, harsanyi, masks_flagged, setting, wait_for

FAKE_HOST = Path(PROGRAM).parent / "tests/fake_host.so"


def on(host: str, *, flock: bool) -> dict[str, str]:
    """The environment of a machine of that name, on a file system with or without flock."""
    if not FAKE_HOST.is_file():
        pytest.fail(f"{FAKE_HOST} is not there: build the tests")
    return {"LD_PRELOAD": str(FAKE_HOST), "FAKE_HOST": host} | ({} if flock else {"FAKE_NO_FLOCK": "1"})


def test_without_flock_a_lock_file_holds(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(6, 12, sleep_us=1000))
    blocks = setting("sweep.block_bits", 8)
    first = sweep.start(*blocks, environment=on("n1", flock=False))
    wait_for(lambda: sweep.file.exists() and masks_flagged(sweep.file) > 0)
    here = sweep.start(*blocks, environment=on("n1", flock=False))
    elsewhere = sweep.start(*blocks, environment=on("n2", flock=True))
    for second in (here, elsewhere):
        outcome = second.wait()
        assert outcome.code == 1
        assert f"another sweep holds this results file (host n1, process {first.process.pid}" in outcome.err
    assert "last heartbeat" in outcome.err
    first.kill()
    flagged = masks_flagged(sweep.file)
    assert sweep.left_over() == ["results.h5.lock"]
    assert harsanyi("verify", sweep.file).code == 2
    outcome = sweep.run(*blocks, *setting("model.sleep_us", 0), environment=on("n1", flock=False))
    assert outcome.code == 0, outcome.err
    assert f"taken over from host n1, process {first.process.pid}, which no longer runs" in outcome.err
    assert f"{flagged / (6 << 12):.1%}".replace("%", " %") in outcome.err
    assert sweep.left_over() == []
