"""`harsanyi doctor`: what it says of this place, of bad ones, and that it leaves nothing behind."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from harness import ENVIRONMENT, PROGRAM, Job, Outcome, harsanyi, in_shell

FAKE_HOST = Path(PROGRAM).parent / "tests/fake_host.so"


def line(outcome: Outcome, name: str) -> str:
    return next(text for text in outcome.out.splitlines() if text.startswith(name))


def test_this_place(tmp_path: Path) -> None:
    alone = harsanyi("doctor", "-o", tmp_path).ends(0)
    assert "neither mpirun nor srun: one process" in line(alone, "launcher")
    assert f"of {os.sysconf('SC_NPROCESSORS_ONLN')} cores" in alone.out
    assert "libonnxruntime" in line(alone, "engine")
    assert "CPUExecutionProvider" in line(alone, "engine")
    assert str(tmp_path) in line(alone, "folder")
    assert "locks work" in line(alone, "folder")
    assert alone.out.splitlines()[-1].startswith("fit for a run")
    together = harsanyi("doctor", "-o", tmp_path, ranks=3).ends(0)
    assert "mpirun" in line(together, "launcher")
    assert "3 on 1 machine" in line(together, "ranks")
    assert list(tmp_path.iterdir()) == []


def test_engine_that_was_installed_with_the_program(tmp_path: Path) -> None:
    engine = re.search(r": (/.*);", line(harsanyi("doctor", "-o", tmp_path), "engine"))
    assert engine
    (tmp_path / "bin").mkdir()
    (tmp_path / "lib/harsanyi").mkdir(parents=True)
    shutil.copy(PROGRAM, tmp_path / "bin/harsanyi")
    library = tmp_path / "lib/harsanyi/libonnxruntime.so.1"
    library.symlink_to(engine[1])
    command = [tmp_path / "bin/harsanyi", "doctor", "-o", tmp_path]
    outcome = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert f"{tmp_path}/bin/../lib/harsanyi/libonnxruntime.so.1" in outcome.stdout


def test_what_slurm_and_the_environment_grant(tmp_path: Path) -> None:
    for granted in (
        {"SLURM_MEM_PER_NODE": "2000"},
        {"SLURM_MEM_PER_CPU": "500", "SLURM_CPUS_ON_NODE": "4"},
    ):
        outcome = harsanyi("doctor", "-o", tmp_path, environment=granted | {"CUDA_VISIBLE_DEVICES": "1,3"})
        assert "; Slurm: 2.0 GiB\n" in outcome.out
        assert "CUDA_VISIBLE_DEVICES=1,3" in outcome.out


def test_what_would_make_a_run_fail(tmp_path: Path) -> None:
    missing = harsanyi("doctor", "-o", tmp_path / "none").ends(1)
    assert f"would make a run fail: {tmp_path / 'none'}: No such file or directory; create it" in missing.out
    assert missing.out.endswith("not fit for a run\n")
    engine = harsanyi("doctor", "-o", tmp_path, environment={"HARSANYI_ONNXRUNTIME": "/none.so"}).ends(1)
    assert "cannot run ONNX models: environment variable HARSANYI_ONNXRUNTIME: /none.so" in engine.out
    copies = harsanyi("doctor", "-o", tmp_path, environment={"SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "0"}).ends(1)
    assert "srun --mpi=pmix -n 4" in copies.out
    other = harsanyi("doctor", "-o", tmp_path, environment={"SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "2"})
    assert (other.code, other.out) == (0, "")  # one of them speaks
    mismatched = {"OMPI_COMM_WORLD_SIZE": "3", "OMPI_COMM_WORLD_RANK": "0"}  # by the mpirun of another MPI
    copies = harsanyi("doctor", "-o", tmp_path, environment=mismatched).ends(1)
    assert "would make a run fail: mpirun started 3 copies, but each sees only itself" in copies.out
    other = harsanyi("doctor", "-o", tmp_path, environment=mismatched | {"OMPI_COMM_WORLD_RANK": "2"})
    assert (other.code, other.out) == (0, "")
    limited = in_shell('ulimit -f 100 -n 40; exec "$0" doctor -o "$1"', tmp_path).ends(1)
    assert "files may grow only to 100.0 KiB: run ulimit -f unlimited" in limited.out
    assert "may open only 40 files at once: run ulimit -n" in limited.out
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({}, "fit for a run"),
        ({"FAKE_LOCAL_FLOCK": "1"}, "do not reach n2"),
        ({"FAKE_NO_FLOCK": "1"}, "do not reach n2"),
    ],
)
def test_locks_across_machines(tmp_path: Path, fault: dict[str, str], words: str) -> None:
    settings = " ".join(f"{key}={value}" for key, value in fault.items())
    place = f'if [ "$OMPI_COMM_WORLD_RANK" = 2 ]; then export FAKE_HOST=n2 {settings}; else export FAKE_HOST=n1; fi'
    script = f'{place}; export LD_PRELOAD={FAKE_HOST}; exec "$@"'
    doctor = Job("doctor", "-o", tmp_path, ranks=3, command=["sh", "-c", script, "sh", PROGRAM])
    outcome = doctor.wait().ends(0)
    assert "3 on 2 machines" in outcome.out
    assert ("do not reach n2: the heartbeat in the results file" in outcome.out) == bool(fault)
    assert list(tmp_path.iterdir()) == []


def test_locks_that_do_not_work(tmp_path: Path) -> None:
    fake = {"LD_PRELOAD": str(FAKE_HOST), "FAKE_NO_FLOCK": "1"}
    outcome = harsanyi("doctor", "-o", tmp_path, environment=fake).ends(0)
    assert "locks are refused" in line(outcome, "folder")
    assert "warning: " in outcome.out
    assert "(No locks available), so the heartbeat in the results file keeps a second sweep out" in outcome.out
    assert list(tmp_path.iterdir()) == []
