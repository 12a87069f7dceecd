"""The job scripts without Slurm: what they do at each end of a sweep. tests/slurm.sh runs them on a real one."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import (
    ENVIRONMENT,
    PROGRAM,
    REPOSITORY,
    Config,
    Sweep,
    assert_same_numbers,
    game,
    harsanyi,
    masks_flagged,
    samples_file,
    wait_for,
)

FAST = game(12, 9) | {"sweep": {"block_bits": 5}}
SLOW = ("--set", "model.sleep_us=300")  # 1.8 s of work


class Cluster:
    """A folder with a site file and commands of Slurm that only note what they were asked; jobs run here at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked = folder / "asked"
        (folder / "bin").mkdir()
        for command, answer in (("scontrol", ""), ("squeue", "exit 1"), ("sinfo", 'echo "main* 1-00:00:00"')):
            script = folder / "bin" / command
            script.write_text(f'#!/bin/sh\necho {command} "$@" >>{self.asked}\n{answer}\n')
            script.chmod(0o755)
        (folder / "site.sh").write_text(f"harsanyi=({PROGRAM})\nlauncher=(env)\nstop_seconds=30\n")

    def environment(self, **given: str) -> dict[str, str]:
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        return {
            "HARSANYI_SITE": str(self.folder / "site.sh"),
            "HARSANYI_JOBS": str(REPOSITORY / "jobs"),
            "PATH": path,
        } | given

    def start(self, script: str, *arguments: str, **given: str) -> subprocess.Popen[str]:
        slurm = {"SLURM_JOB_ID": "7", "SLURM_NTASKS": "1", "SLURM_JOB_NODELIST": "here"}
        return subprocess.Popen(
            ["bash", str(REPOSITORY / "jobs" / script), *arguments],
            cwd=self.folder,
            env=ENVIRONMENT | self.environment(**slurm | given),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def requeued(self) -> list[str]:
        """The jobs that were."""
        asked = self.asked.read_text() if self.asked.exists() else ""
        return re.findall("^scontrol requeue (.*)$", asked, re.MULTILINE)


def end(job: subprocess.Popen[str], code: int, *says: str) -> str:
    """What it said."""
    out, _ = job.communicate(timeout=60)
    assert job.returncode == code, out
    assert [text for text in says if text not in out] == [], out
    return out


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    Sweep(tmp_path, FAST)
    yield Cluster(tmp_path)
    assert not list(tmp_path.glob("*.lock"))


def stored(file: Path) -> None:
    wait_for(lambda: file.exists() and masks_flagged(file) > 0)


def ranks_of(job: subprocess.Popen[str]) -> list[int]:
    """The processes of harsanyi run that a job script has started."""
    out = subprocess.run(
        ["pgrep", "-s", str(job.pid), "-f", "harsanyi run"], capture_output=True, text=True, check=False
    )
    return [int(pid) for pid in out.stdout.split() if int(pid) != job.pid]


def kill_rank(job: subprocess.Popen[str]) -> None:
    wait_for(lambda: bool(ranks_of(job)))
    for pid in ranks_of(job):
        os.kill(pid, signal.SIGKILL)


def test_to_its_end(cluster: Cluster, expected: dict[str, bytes]) -> None:
    for says in ("job 7: complete", "is complete already"):
        end(cluster.start("sweep.sbatch", "results.yaml", "results.h5"), 0, says)
    assert_same_numbers(cluster.folder / "results.h5", expected)
    assert cluster.requeued() == []
    assert not list(cluster.folder.glob("results.h5?*"))


CLAIMS = "import os\nimport harsanyi\n\nassert harsanyi.device() == 'cuda:0'\n"
CLAIMS += "assert os.environ['SRUN_CPUS_PER_TASK'] == '3'\n\n\ndef predict(x):\n    return x.sum(axis=1)\n"


def test_a_gpu_for_each_rank(cluster: Cluster) -> None:
    """Slurm shows a rank the only GPU that it gave it, whatever its number and the rank's."""
    if importlib.util.find_spec("torch"):
        pytest.skip("torch asks the driver, and does not count what the environment names")
    (cluster.folder / "claims.py").write_text(CLAIMS)
    model = {"backend": "process", "function": "claims:predict", "python": sys.executable, "device": "cuda"}
    Sweep(cluster.folder, {"model": model | {"score": "raw"}, "samples": samples_file(cluster.folder, [[1.0, 2.0]])})
    job = {"SLURM_LOCALID": "3", "CUDA_VISIBLE_DEVICES": "6", "SLURM_CPUS_PER_TASK": "3"}
    end(cluster.start("gpu.sbatch", "results.yaml", "results.h5", **job), 0, "job 7: complete")
    end(
        cluster.start("gpu.sbatch", "results.yaml", "no.h5", **job | {"CUDA_VISIBLE_DEVICES": ""}),
        1,
        "no GPU is visible",
    )


def test_time_limit(cluster: Cluster, expected: dict[str, bytes]) -> None:
    file = cluster.folder / "results.h5"
    job = cluster.start("sweep.sbatch", "results.yaml", file.name, *SLOW)
    stored(file)
    job.send_signal(signal.SIGUSR1)
    end(job, 75, "requeued")
    assert cluster.requeued() == ["7"]
    end(cluster.start("sweep.sbatch", "results.yaml", file.name, SLURM_RESTART_COUNT="1"), 0, "resuming: ")
    assert_same_numbers(file, expected)
    assert not list(cluster.folder.glob("results.h5?*"))


def test_time_limit_of_a_shard(cluster: Cluster) -> None:
    """The job's own clock, and the id of an array's task."""
    array = {"SLURM_ARRAY_JOB_ID": "5", "SLURM_ARRAY_TASK_ID": "1", "SLURM_JOB_END_TIME": str(int(time.time()) + 33)}
    job = cluster.start("array.sbatch", "results.yaml", "results.h5", "2", "--set", "model.sleep_us=2000", **array)
    end(job, 75)
    assert cluster.requeued() == ["5_1"]
    assert masks_flagged(cluster.folder / "results.shard-1-of-2.h5") > 0
    out = end(cluster.start("merge.sbatch", "results.h5", "2"), 1, "shard 0: not started (results.shard-0-of-2.h5)")
    assert re.search(r"shard 1: \d of 6 done, 0 failed, \d left; stopped", out)


@pytest.mark.parametrize("how", ["no scontrol", "chain"])
def test_what_cannot_requeue_itself(cluster: Cluster, expected: dict[str, bytes], how: str) -> None:
    given = {"HARSANYI_SUBMIT": "jobs/submit.sh mine.yaml"}
    if how == "chain":
        given["HARSANYI_CHAIN"] = "1"
    else:
        (cluster.folder / "bin" / "scontrol").write_text("#!/bin/sh\nexit 1\n")
    file = cluster.folder / "results.h5"
    job = cluster.start("sweep.sbatch", "results.yaml", file.name, *SLOW, **given)
    stored(file)
    job.send_signal(signal.SIGUSR1)
    end(job, 75, "jobs/submit.sh mine.yaml")
    assert cluster.requeued() == []
    for place, says in (("2", ""), ("3", "have left nothing to do")):
        end(cluster.start("sweep.sbatch", "results.yaml", file.name, HARSANYI_CHAIN=place), 0, says)
    assert_same_numbers(file, expected)


def test_ended_from_outside(cluster: Cluster) -> None:
    """scancel sends SIGTERM to the script and to the ranks; a job that is cancelled must not come back."""
    file = cluster.folder / "results.h5"
    job = cluster.start("sweep.sbatch", "results.yaml", file.name, *SLOW)
    stored(file)
    os.killpg(job.pid, signal.SIGTERM)
    end(job, 75, "is being ended")
    assert cluster.requeued() == []
    assert harsanyi("status", file).out.count("stopped; the same command resumes it")


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        ("harsanyi=(/nowhere/harsanyi)", "harsanyi: '/nowhere/harsanyi' cannot be started"),
        ("launcher=(nowhere)", "launcher: there is no command 'nowhere'"),
        ('launcher="srun --mpi=pmix"', "launcher: there is no command 'srun --mpi=pmix'"),
        ("stop_seconds=soon", "stop_seconds: soon is not a whole number"),
    ],
)
def test_site_that_does_not_fit(cluster: Cluster, setting: str, says: str) -> None:
    with (cluster.folder / "site.sh").open("a") as site:
        site.write(setting + "\n")
    before = sorted(cluster.folder.iterdir())
    for job in (("sweep.sbatch", "results.yaml", "results.h5"), ("merge.sbatch", "results.h5", "2")):
        end(cluster.start(*job), 1, "nothing was started. In ", says)
    assert sorted(cluster.folder.iterdir()) == before


def test_program_that_is_not_on_all_nodes(cluster: Cluster) -> None:
    """srun ends with 2 then, as a run does whose samples failed."""
    with (cluster.folder / "site.sh").open("a") as site:
        site.write("launcher=(bash -c 'exit 2' launcher)\n")
    out = end(cluster.start("sweep.sbatch", "results.yaml", "results.h5"), 1)
    assert "samples failed" not in out
    assert not list(cluster.folder.glob("results.h5*"))


def test_scripts_from_another_folder(cluster: Cluster) -> None:
    given = {"HARSANYI_JOBS": "", "SLURM_SUBMIT_DIR": str(cluster.folder)}
    end(cluster.start("sweep.sbatch", "results.yaml", "results.h5", **given), 1, "export HARSANYI_JOBS=")


def test_merge(cluster: Cluster, expected: dict[str, bytes]) -> None:
    """Again what is merged already is not touched; shards that went on since then are told."""
    file = cluster.folder / "results.h5"
    for shard in ("0", "1"):
        array = {"SLURM_ARRAY_JOB_ID": "5", "SLURM_ARRAY_TASK_ID": shard}
        end(cluster.start("array.sbatch", "results.yaml", file.name, "2", **array), 0)
    for says in ("the shards are no longer needed", "is complete already, and no shard is newer"):
        end(cluster.start("merge.sbatch", file.name, "2"), 0, says)
    assert_same_numbers(file, expected)
    shard_0 = cluster.folder / "results.shard-0-of-2.h5"
    os.utime(shard_0, (time.time() + 60, time.time() + 60))
    end(cluster.start("merge.sbatch", file.name, "2"), 1, "results.h5 is in the way")
    for shard in cluster.folder.glob("*.shard-*"):
        shard.unlink()
    end(cluster.start("merge.sbatch", file.name, "2"), 0, "is complete already")


def test_merge_without_whole_shards(cluster: Cluster) -> None:
    for bad, says in ((None, "shard 0: not started"), (b"", "shard 0: harsanyi: error: results.shard-0-of-2.h5: ")):
        if bad is not None:
            (cluster.folder / "results.shard-0-of-2.h5").write_bytes(bad)
        job = cluster.start("merge.sbatch", "results.h5", "2")
        out = end(job, 1, says, "shard 1: not started", "the sbatch lines of the array and of this merge")
        assert "harsanyi merge: missing" not in out


def test_stop_file(cluster: Cluster) -> None:
    (cluster.folder / "results.h5.stop").touch()
    end(cluster.start("sweep.sbatch", "results.yaml", "results.h5"), 75, "remove that file")
    assert cluster.requeued() == []


@pytest.mark.parametrize(("config", "code"), [(game(3, 6, fault="nan"), 2), ({"model": {"colour": "red"}}, 1)])
def test_nothing_that_would_fail_again_is_tried(cluster: Cluster, config: Config, code: int) -> None:
    Sweep(cluster.folder, config)
    out = end(cluster.start("sweep.sbatch", "results.yaml", "results.h5"), code)
    assert out.count("harsanyi: error" if code == 1 else "samples done") == 1, out
    assert cluster.requeued() == []


def test_killed_rank(cluster: Cluster, expected: dict[str, bytes]) -> None:
    file = cluster.folder / "results.h5"
    job = cluster.start("sweep.sbatch", "results.yaml", file.name, *SLOW)
    stored(file)
    kill_rank(job)
    end(job, 0, "a rank or a node was lost (exit code 137)", "resuming: ")
    assert_same_numbers(file, expected)


def test_failed_samples_are_tried_again_after_a_start_that_died_early(cluster: Cluster) -> None:
    failing = game(3, 6, fault="nan", fault_sample=1)
    assert Sweep(cluster.folder, failing).run().code == 2
    once = cluster.folder / "once"
    once.write_text('#!/bin/sh\nmv "$0" "$0.done"; exit 137\n')
    once.chmod(0o755)
    with (cluster.folder / "site.sh").open("a") as site:
        site.write(f"launcher=(bash -c '[ ! -e {once} ] || exec {once}; exec \"$@\"' launcher)\n")
    job = cluster.start("sweep.sbatch", "results.yaml", "results.h5", "--retry-failed", "--set", "model.fault=none")
    end(job, 0, "was lost (exit code 137)")


def test_starts_that_store_nothing(cluster: Cluster) -> None:
    """Requeued three times from where it began: not a fourth time, until somebody submits it again."""
    slow = ("--set", "model.sleep_us=100000", "--set", "sweep.block_bits=9")
    for restart in range(4):
        job = cluster.start("sweep.sbatch", "results.yaml", "results.h5", *slow, SLURM_RESTART_COUNT=str(restart))
        if restart < 3:
            wait_for(lambda: bool(ranks_of(job)))  # noqa: B023  (waited for here)
            os.killpg(job.pid, signal.SIGKILL)  # the node dies
            job.wait(timeout=60)
    end(job, 1, "3 starts in a row stored nothing")
    end(cluster.start("sweep.sbatch", "results.yaml", "results.h5"), 0)


def submit(cluster: Cluster, *arguments: str, code: int = 0, **given: str) -> tuple[list[str], str]:
    """sbatch lines without the folder of the scripts, and all that was said."""
    done = subprocess.run(
        [REPOSITORY / "jobs/submit.sh", "results.yaml", "--dry-run", *arguments],
        cwd=cluster.folder,
        env=ENVIRONMENT | cluster.environment(**given),
        capture_output=True,
        text=True,
        check=False,
    )
    said = (done.stdout + done.stderr).replace(f"{REPOSITORY}/jobs/", "")
    assert done.returncode == code, said
    return [line for line in said.splitlines() if line.startswith("sbatch ")], said


def time_of(line: str) -> int:
    hours, minutes, _ = map(int, re.findall(r"--time (\d+):(\d+):(\d+)", line)[0])
    return 3600 * hours + 60 * minutes


def test_submit(cluster: Cluster) -> None:
    lines, said = submit(cluster, "--nodes", "2", "--tasks-per-node", "8", "-A", "me", "--", "--qos=long")
    assert "evaluations  6144\n" in said
    assert len(lines) == 1
    assert "--nodes 2 --ntasks-per-node 8 --time 00:11:00 --mem" in lines[0]
    assert lines[0].endswith("--account me --qos=long sweep.sbatch results.yaml results.h5")

    lines, said = submit(cluster, "--shards", "3", "--retry-failed", "--mem", "1G", *SLOW, "-o", "other.h5")
    assert len(lines) == 2
    assert "--mem 1G --array 0-2" in lines[0]
    assert lines[0].endswith("array.sbatch results.yaml other.h5 3 --retry-failed --set model.sleep_us=300")
    assert re.search("--dependency afterany:.* merge.sbatch other.h5 3$", lines[1])

    lines, said = submit(cluster, "--shards", "2", "--accept-engine", "--", "--dependency=afterok:4")
    assert re.search("--dependency=afterok:4 array.sbatch results.yaml results.h5 2 --accept-engine$", lines[0])
    assert re.search("--dependency afterany:JOB merge.sbatch results.h5 2 --accept-engine$", lines[1])

    work = ("--set", "model.players=14", "--set", "model.sleep_us=20000")
    lines, said = submit(cluster, "--chain", "3", *work)
    assert ["--dependency afterany:" in line for line in lines] == [False, True, True]
    slept = 12 * 2**14 * 0.02 / 16  # on the 16 ranks that sweep.sbatch asks for
    assert 1.5 * slept + 600 <= time_of(lines[0]) <= 1.8 * slept + 720

    # Each shard gets the time of the longest, the one sample of 13 players; half of the work is there.
    uneven = ("--set", "model.players=[8, 13]", "--set", "model.samples=6", "--set", "model.sleep_us=200000")
    lines, said = submit(cluster, "--shards", "6", *uneven)
    slept = 2**13 * 0.2 / 4  # on the 4 ranks that array.sbatch asks for
    assert 1.5 * slept + 600 <= time_of(lines[0]) <= 1.8 * slept + 720

    lines, said = submit(cluster, "--set", "model.players=24", "--set", "model.sleep_us=5000")
    assert "--time 24:00:00" in lines[0], "no more than the partition allows"
    assert re.search(r"^pieces +about [2-9]", said, re.MULTILINE), said


@pytest.fixture
def decimal_comma(tmp_path: Path) -> dict[str, str]:
    """An environment in which 0.5 is printed as 0,5: the machine's own German, or one made here."""
    given = {"LC_ALL": "de_DE.UTF-8"}
    said = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=True).stdout
    if "de_DE.utf8" not in said.split():
        made = tmp_path / "locales"
        made.mkdir()
        command = ["localedef", "-i", "de_DE", "-f", "UTF-8", str(made / "de_DE.UTF-8")]
        if not shutil.which("localedef") or subprocess.run(command, capture_output=True, check=False).returncode != 0:
            pytest.skip("no locale with a decimal comma, and none can be made (Debian: package locales)")
        given["LOCPATH"] = str(made)
    half = subprocess.run(["bash", "-c", "printf %.1f 0,5"], env=os.environ | given, capture_output=True, check=False)
    assert half.stdout == b"0,5"
    return given


def test_submit_with_a_decimal_comma(cluster: Cluster, decimal_comma: dict[str, str]) -> None:
    work = ("--set", "model.sleep_us=1000", "--mem", "1G")
    lines, said = submit(cluster, *work, **decimal_comma)
    assert lines == submit(cluster, *work, LC_ALL="C")[0]
    assert re.search(r"^results +results\.h5, \d+\.\d [KM]iB$", said, re.MULTILINE), said
    assert re.search(r"^time +0\.\d+ core-hours", said, re.MULTILINE), said


def test_submit_refuses(cluster: Cluster) -> None:
    for arguments, why in (
        (("--shards", "13"), "--shards 13: only 12 samples are selected"),
        (("--nodes", "0"), "--nodes: 0 is not a whole number"),
        (("--colour",), "unknown option"),
        (("-o", "not there/results.h5"), "mkdir -p not\\ there"),
        (("-o", str(cluster.folder)), "is a folder"),
        (
            ("--shards", "2", "-o", "results.yaml"),
            "exists already: to resume it (--retry-failed), use the same line without",
        ),
        (("--set", "model.colour=red"), "model.colour"),
    ):
        lines, said = submit(cluster, *arguments, code=1)
        assert lines == [], said
        assert why in said
