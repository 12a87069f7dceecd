"""Who may start on which results file: one sweep at a time, one that belongs to it, and never copies that do not see
each other."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import h5py
import pytest
from harness import CANCER, CONFIGS, ENVIRONMENT, PROGRAM, Sweep, cancer, digest, game, setting, swept

# ---- ranks of one kind ----


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (setting("statistics.salience", 0.1), "not like rank 0"),
        (setting("model.file", "other.onnx"), "not the model that rank 0 has read"),
        (setting("samples.select", "0:3"), "not the samples that rank 0 has read"),
        (setting("statistics.salient", 0.1), "statistics.salient: unknown key"),
    ],
)
def test_ranks_unlike_rank_0_are_refused(tmp_path: Path, option: tuple[str, str], says: str) -> None:
    sweep = Sweep(tmp_path, cancer("0:2"))
    comment = b"\x32\x05other"  # of a model; changes nothing but the file
    (tmp_path / "other.onnx").write_bytes((CONFIGS / "cancer/cancer.onnx").read_bytes() + comment)
    start = tmp_path / "start.sh"
    start.write_text(
        "#!/bin/sh\n"
        f'[ "$OMPI_COMM_WORLD_RANK" = 1 ] && set -- "$@" {option[0]} {option[1]}\n'
        f'exec {Path(PROGRAM).resolve()} "$@"\n'
    )
    start.chmod(0o755)
    command = ["mpirun", "-n", "2", str(start), "run", str(sweep.config)]
    outcome = subprocess.run(
        command, env=ENVIRONMENT, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert outcome.returncode == 1, outcome.stderr
    assert "rank 1 on" in outcome.stderr and says in outcome.stderr, outcome.stderr
    assert not sweep.file.exists() and sweep.left_over() == []


# ---- one at a time ----


def test_leftovers_of_the_dead_are_removed(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(2, 6))
    lock = tmp_path / "results.h5.lock"
    lock.write_text("host gone, process 1\n")
    os.utime(lock, (time.time() - 120, time.time() - 120))
    (tmp_path / "results.h5.tmp").write_text("half a file")
    sweep.complete()
    (tmp_path / "results.h5.tmp").write_text("half a file")  # of a --fresh that was killed
    sweep.complete()


@pytest.mark.parametrize(
    ("environment", "command"),
    [
        ({"OMPI_COMM_WORLD_SIZE": "8", "OMPI_COMM_WORLD_RANK": "0"}, "mpirun -n 8 harsanyi run"),
        ({"SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "0"}, "srun --mpi=pmix -n 8 harsanyi run"),
    ],
)
def test_copies_that_do_not_see_each_other(tmp_path: Path, environment: dict[str, str], command: str) -> None:
    sweep = Sweep(tmp_path, game(2, 6))
    sweep.run(environment=environment).ends(1, command)
    assert [path.name for path in tmp_path.iterdir()] == ["results.yaml"]
    sweep.complete()
    before = digest(sweep.file)
    assert sweep.run("--fresh", environment=environment).code == 1
    assert digest(sweep.file) == before


# ---- the file that is there ----


HERE = {
    "model": {"file": "cancer.onnx"},
    "samples": {"file": "cancer12.h5", "select": "0:3", "baseline": "zero"},
    "output": {"file": "results.h5"},
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished sweep with files of its own."""
    folder = tmp_path_factory.mktemp("finished")
    for file in CANCER.values():
        shutil.copy(file, folder)
    return swept(folder, HERE).folder


@pytest.fixture
def cancer_copy(tmp_path: Path, finished: Path) -> Sweep:
    """The same, so that tests may change it."""
    shutil.copytree(finished, tmp_path, dirs_exist_ok=True)
    return Sweep(tmp_path, HERE)


def test_complete_file_is_left_alone(cancer_copy: Sweep) -> None:
    before = digest(cancer_copy.file)
    outcome = cancer_copy.complete()
    assert "complete already" in outcome.err
    assert digest(cancer_copy.file) == before
    assert cancer_copy.read("provenance/starts") == 1


def change_comment(sweep: Sweep) -> None:
    sweep.config.write_text("# another day\n" + sweep.config.read_text())


def move_everything(sweep: Sweep) -> None:
    folder = sweep.folder / "elsewhere"
    folder.mkdir()
    for name in ("cancer.onnx", "cancer12.h5"):
        (sweep.folder / name).rename(folder / name)
    sweep.config = sweep.config.rename(folder / "other.yaml")
    sweep.file = sweep.file.rename(folder / "renamed.h5")
    sweep.config.write_text(sweep.config.read_text().replace("results.h5", "renamed.h5"))


def change_retries(sweep: Sweep) -> None:
    sweep.config.write_text(sweep.config.read_text().replace('"samples": {', '"sweep": {"retries": 7}, "samples": {'))


@pytest.mark.parametrize("change", [change_comment, change_retries, move_everything])
def test_changes_that_do_not_matter(cancer_copy: Sweep, change: Callable[[Sweep], None]) -> None:
    change(cancer_copy)
    assert "complete already" in cancer_copy.complete("--resume").err


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("model.score", "logit", "model.score"),
        ("sweep.batch", 128, "sweep.batch"),
        ("samples.baseline", "mean", "samples.baseline"),
        ("samples.select", "1:4", "samples"),
        ("statistics.noise_sigma", "none", "statistics.noise_sigma"),
        ("statistics.indices", "[stii2]", "statistics.indices"),
    ],
)
def test_settings_that_matter(cancer_copy: Sweep, key: str, value: object, says: str) -> None:
    before = digest(cancer_copy.file)
    cancer_copy.run(*setting(key, value)).ends(1, says, str(cancer_copy.file))
    assert digest(cancer_copy.file) == before
    assert cancer_copy.left_over() == []


def change_model(folder: Path) -> None:
    """A field of the ONNX file that changes no number: doc_string, appended."""
    with (folder / "cancer.onnx").open("ab") as model:
        model.write(b"\x32\x01x")


def change_sample(folder: Path) -> None:
    with h5py.File(folder / "cancer12.h5", "r+") as samples:
        samples["x"][1, 4] += 1


def change_players(folder: Path) -> None:
    with h5py.File(folder / "cancer12.h5", "r+") as samples:
        players = samples["players"][()]
        first, second = int((players == 0).argmax()), int((players == 1).argmax())
        players[[first, second]] = 1, 0
        samples["players"][...] = players


@pytest.mark.parametrize(
    ("change", "says"), [(change_model, "model"), (change_sample, "samples"), (change_players, "samples")]
)
def test_files_that_matter(cancer_copy: Sweep, change: Callable[[Path], None], says: str) -> None:
    before = digest(cancer_copy.file)
    change(cancer_copy.folder)
    cancer_copy.run().ends(1, f"{says} (SHA-256")
    assert digest(cancer_copy.file) == before


def test_samples_that_are_not_selected_do_not_matter(cancer_copy: Sweep) -> None:
    with h5py.File(cancer_copy.folder / "cancer12.h5", "r+") as samples:
        samples["x"][100, 4] += 1
    assert "complete already" in cancer_copy.complete().err


def test_fresh_replaces(cancer_copy: Sweep) -> None:
    before = cancer_copy.numbers()
    cancer_copy.complete("--fresh", *setting("statistics.salience", 0.5))
    assert (cancer_copy.read("conditions/salient_total") >= 1).all()
    assert cancer_copy.numbers()["orders/salient_count"] != before["orders/salient_count"]
    cancer_copy.complete("--fresh")
    cancer_copy.has(before)
    assert cancer_copy.read("provenance/starts") == 1
    assert cancer_copy.last_run()["masks"] == 3 << 12


def test_resume_needs_a_file(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(2, 6))
    sweep.run("--resume").ends(1, "no such file to resume")
    assert not sweep.file.exists()
    assert sweep.run("--resume", "--fresh").code == 1
