"""One sweep per results file: by flock, and by the heartbeat in the file where flock does not reach."""

import signal
from pathlib import Path

import pytest
from harness import PROGRAM, Job, Sweep, game, harsanyi, setting, swept, wait_for

FAKE_HOST = Path(PROGRAM).parent / "tests/fake_host.so"
PERIOD = 0.4  # seconds between heartbeats
BLOCKS = setting("sweep.block_bits", 8)


def on(host: str, **faults: str) -> dict[str, str]:
    """The environment of a machine of that name."""
    if not FAKE_HOST.is_file():
        pytest.fail(f"{FAKE_HOST} is not there: build the tests")
    return {"LD_PRELOAD": str(FAKE_HOST), "FAKE_HOST": host, "HARSANYI_HEARTBEAT_SECONDS": str(PERIOD)} | faults


NO_FLOCK = {"FAKE_NO_FLOCK": "1"}
LOCAL_FLOCK = {"FAKE_LOCAL_FLOCK": "1"}


def test_flock_refuses_and_names_the_holder(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(6, 12, sleep_us=1000))
    first = sweep.started(*BLOCKS, environment=on("n1"))
    for host in ("n1", "n2"):
        outcome = sweep.run(*BLOCKS, environment=on(host))
        assert outcome.code == 1
        assert f"another sweep holds this results file (host n1, process {first.process.pid}, " in outcome.err
        assert "harsanyi run, since 20" in outcome.err
    first.kill()
    assert sweep.left_over() == ["results.h5.lock"]
    sweep.verify(2)
    outcome = sweep.run(*BLOCKS, *setting("model.sleep_us", 0), environment=on("n1")).ends(0)
    assert "has no recorded end" not in outcome.err
    assert sweep.left_over() == []


@pytest.mark.parametrize(
    ("host", "faults"), [("n1", NO_FLOCK), ("n2", NO_FLOCK), ("n2", LOCAL_FLOCK)], ids=["here", "elsewhere", "local"]
)
def test_the_heartbeat_refuses_where_flock_does_not(tmp_path: Path, host: str, faults: dict[str, str]) -> None:
    sweep = Sweep(tmp_path, game(6, 12, sleep_us=1000))
    first = sweep.started(*BLOCKS, environment=on("n1", **faults))
    for options in ((), ("--fresh",)):
        outcome = sweep.run(*BLOCKS, *options, environment=on(host, **faults))
        assert outcome.code == 1
        assert "another sweep is writing this results file (host n1, last heartbeat at 20" in outcome.err
    assert f"host n1, process {first.process.pid}, " in sweep.file.with_name("results.h5.lock").read_text()
    first.kill()
    flagged = sweep.flagged()
    sweep.run(*BLOCKS, *setting("model.sleep_us", 0), environment=on(host, **faults)).ends(
        0, "on host n1, has no recorded end", f"{flagged / (6 << 12):.1%}".replace("%", " %")
    )
    assert sweep.left_over() == []
    # One that ended is known to have ended.
    again = sweep.run(*BLOCKS, environment=on(host, **faults))
    assert (again.code, "has no recorded end" in again.err) == (0, False)


def test_who_stood_still_writes_nothing_more(tmp_path: Path) -> None:
    """Suspended for so long that a sweep elsewhere, which no flock reaches, took the file."""
    sweep = Sweep(tmp_path, game(6, 12, sleep_us=1000))
    first = sweep.started(*BLOCKS, environment=on("n1"))
    first.send(signal.SIGSTOP)
    sweep.run(*BLOCKS, *setting("model.sleep_us", 0), environment=on("n2", **LOCAL_FLOCK)).ends(0)
    expected, before = sweep.numbers(), sweep.file.read_bytes()
    first.send(signal.SIGCONT)
    first.wait().ends(1, "another sweep took over this results file while this one was suspended")
    assert sweep.file.read_bytes() == before
    assert sweep.last_run()["exit"] == b"ended"
    assert sweep.read("summary/valid") == 1
    sweep.has(expected)
    sweep.verify()


def test_the_first_one_stops_while_the_second_goes_on(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(6, 12, sleep_us=300))
    plain = swept(tmp_path, game(6, 12), *BLOCKS, name="plain.h5")
    first = sweep.started(*BLOCKS, environment=on("n1"))
    first.send(signal.SIGSTOP)
    flagged = sweep.flagged()
    second = sweep.start(*BLOCKS, environment=on("n2", **LOCAL_FLOCK))
    wait_for(lambda: sweep.flagged() > flagged)
    first.send(signal.SIGCONT)
    assert first.wait().code == 1
    second.wait().ends(0)
    sweep.has(plain.numbers())
    sweep.verify()


def merging(folder: Path, n: int) -> list[object]:
    """The arguments that make out.h5 out of two shards of 8 samples."""
    return ["merge", folder / "out.h5", *Sweep(folder, game(8, n), "parts.h5").shards(2)]


def test_two_commands_that_make_one_file(tmp_path: Path) -> None:
    """Each has a name of its own for what is not finished, so that neither spoils what the other makes."""
    arguments, out = merging(tmp_path, 16), tmp_path / "out.h5"
    environments = (on("n1", **LOCAL_FLOCK), on("n2", **LOCAL_FLOCK))
    jobs = [Job(*arguments, environment=each) for each in environments]
    outcomes = sorted((job.wait() for job in jobs), key=lambda outcome: outcome.code)
    assert outcomes[0].code == 0, outcomes[0].err
    assert outcomes[1].code == 0 or "exists already" in outcomes[1].err
    assert harsanyi("verify", out).code == 0
    assert [path.name for path in tmp_path.glob("out.h5?*")] == []


def test_a_killed_command_is_in_nobodys_way(tmp_path: Path) -> None:
    arguments, out = merging(tmp_path, 18), tmp_path / "out.h5"
    job = Job(*arguments, environment=on("n1"))
    wait_for(lambda: list(tmp_path.glob("out.h5.part-n1-*")) != [])
    job.kill()
    if not out.exists():
        assert (tmp_path / "out.h5.lock").exists()
        assert list(tmp_path.glob("out.h5.part-n1-*")) != []
        assert harsanyi(*arguments, environment=on("n1")).code == 0
        assert list(tmp_path.glob("out.h5?*")) == []
