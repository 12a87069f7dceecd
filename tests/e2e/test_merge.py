"""merge makes of shards what one sweep makes of all samples, bit for bit, or says what is wrong and makes nothing."""

import fcntl
import os
import random
import re
import signal
import time
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import (
    FULL,
    Config,
    Job,
    Outcome,
    Sweep,
    assert_same_numbers,
    block_masks,
    cancer,
    datasets,
    digits,
    flip_bit,
    forget,
    game,
    harsanyi,
    in_shell,
    last_run,
    masks_by_rank,
    opened,
    put,
    read,
    setting,
    swept,
    wait_for,
)

BLOCKS: Config = {"sweep": {"block_bits": 8}}  # as calibration chooses them, their size depends on the machine's load
FAILING = game(7, [5, 8], fault="nan", fault_sample=2, fault_mask=9)
# What tells how it was made, not what came out.
MADE = ("provenance/runs", "provenance/starts", "progress/heartbeat", "samples/seconds")


def merge(out: Path, *arguments: object) -> Outcome:
    return harsanyi("merge", out, *arguments)


def refused(folder: Path, outcome: Outcome, *texts: str) -> None:
    outcome.ends(1, *texts)
    assert list(folder.glob("merged*")) == []
    assert list(folder.glob("*.lock")) == []


def everything(file: Path) -> dict[str, bytes]:
    """All datasets and attributes but those of MADE."""
    found: dict[str, bytes] = {}
    with opened(file) as results:
        for name, item in {"": results, **datasets(results)}.items():
            found |= {f"{name}@{attribute}": np.asarray(value).tobytes() for attribute, value in item.attrs.items()}
            if name and name not in MADE:
                found[name] = str((item.shape, item.dtype)).encode() + np.asarray(item[()]).tobytes()
    return found


def own_names(folder: Path) -> Config:
    """Samples of 3 to 6 players, each with its own names; without labels."""
    generator = np.random.default_rng(7)
    count = np.array([4, 3, 6, 5, 3])
    players = np.full((5, 30), -1, dtype="int32")
    for sample, n in enumerate(count):
        players[sample, : 2 * n] = np.repeat(np.arange(n), 2)
    with h5py.File(folder / "samples.h5", "w") as samples:
        samples["x"] = generator.normal(size=(5, 30)).astype("float32")
        samples["players"] = players
        names = [[f"part {sample}.{player}" + "é" * sample for player in range(6)] for sample in range(5)]
        samples.create_dataset("player_names", data=np.array(names, dtype=object), dtype=h5py.string_dtype())
    model = {"file": cancer()["model"]["file"], "target": "predicted"}
    return {"model": model, "samples": {"file": "samples.h5", "baseline": "mean"}}


# ---- the same as unsharded ----


@pytest.mark.parametrize(
    ("config", "shards"),
    [
        (digits("3:5") | BLOCKS, 2),
        (FAILING, 3),
        pytest.param(game(4, [3, 6]), 1, marks=FULL),
        (game(4, [3, 6]), 4),
        ("names", 3),
    ],
    ids=["digits", "failing", "one", "each", "names"],
)
def test_as_unsharded(tmp_path: Path, config: Config | str, shards: int) -> None:
    """Down to the last byte of every dataset and attribute, whatever the order of the shards."""
    sweep = Sweep(tmp_path, own_names(tmp_path) if isinstance(config, str) else config)
    code = sweep.run().code
    expected = everything(sweep.file)
    sweep.file.unlink()
    files = sweep.shards(shards)
    merge(sweep.file, *reversed(files)).ends(code)
    found = everything(sweep.file)
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
    sweep.verify(code)
    assert sweep.left_over() == []
    for command in ("status", "show"):
        assert harsanyi(command, sweep.file).code == 0
    assert harsanyi("compare", sweep.file, sweep.file).code == code
    sweep.run().ends(code, "complete already")


def test_other_blocks(tmp_path: Path) -> None:
    """Shards that were calibrated differently, one with a sample that came in pieces from two ranks, one resumed."""
    sweep = Sweep(tmp_path, game(5, [9, 12], sleep_us=300))
    quick = setting("model.sleep_us", 0)
    assert sweep.run(*quick).code == 0
    expected = sweep.numbers()
    sweep.file.rename(tmp_path / "unsharded.h5")
    blocks = (10, 8, 12)
    files = [sweep.shard(1, 3, *setting("sweep.block_bits", blocks[1]), *quick), sweep.shard_file(2, 3)]
    outcome = sweep.run("--shard", "2/3", *setting("sweep.block_bits", blocks[2]), ranks=2).ends(0)
    assert min(masks_by_rank(outcome)) > 0
    job = sweep.start("--shard", "0/3", *setting("sweep.block_bits", blocks[0]))
    first = sweep.shard_file(0, 3)
    wait_for(lambda: first.exists() and (read(first, "progress/values_done") == 1).any())
    job.kill()
    sweep.shard(0, 3, *quick)
    for order in ([first, *files], [*files, first]):
        out = tmp_path / "merged.h5"
        assert merge(out, *order).code == 0
        assert_same_numbers(out, expected)
        assert read(out, "progress/block_bits") == read(order[0], "progress/block_bits")
        assert harsanyi("verify", out).code == 0
        assert read(out, "provenance/starts") == 4
        assert last_run(out)["exit"] == b"ended"
        starts = re.findall(r"^ +\d{4}-.*: (\w+)$", harsanyi("status", out).out, re.MULTILINE)
        assert starts == ["ended"] * 3  # the killed start of shard 0 is only counted
        out.unlink()


# ---- missing ----


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """Three whole shards; tests make copies of them."""
    sweep = Sweep(tmp_path_factory.mktemp("small"), game(7, [3, 6]))
    sweep.shards(3)
    return sweep


@pytest.fixture
def files(small: Sweep, tmp_path: Path) -> list[Path]:
    copies = []
    for shard in range(3):
        original = small.shard_file(shard, 3)
        copies.append(tmp_path / original.name)
        copies[-1].write_bytes(original.read_bytes())
    return copies


def test_long_list_of_what_is_left(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(230, 2))
    files = sweep.shards(2)
    put(files[1], "samples/status", 0, np.s_[:103])
    outcome = merge(tmp_path / "merged.h5", *files)
    refused(
        tmp_path, outcome, "shard 1/2 has 103 of 115 samples left, index 1, 3, 5, ", ", 199, ... and 3 more; to finish"
    )


def test_allow_missing(tmp_path: Path, files: list[Path], small: Sweep) -> None:
    """What no shard has is evaluated when the merged file is gone on with."""
    if not small.file.exists():
        small.complete()
    sweep = Sweep(tmp_path, game(7, [3, 6]), "merged.h5")
    forget(files[0], 1)
    outcome = merge(sweep.file, "--allow-missing", files[2], files[0])
    assert outcome.code == 2, outcome.err
    assert "3 of the failed samples are missing in the shards" in outcome.err
    status, error = sweep.read("samples/status"), sweep.read("samples/error")
    assert status.tolist() == [1, 2, 1, 2, 2, 1, 1]
    assert [text.decode() for text in error[[1, 3, 4]]] == [
        "missing in merge: shard 1/3 was not given",
        "missing in merge: shard 0/3 had not done it",
        "missing in merge: shard 1/3 was not given",
    ]
    assert sweep.read("samples/error_kind").tolist() == [0, 2, 0, 2, 2, 0, 0]
    assert sweep.read("summary/valid") == 1
    sweep.verify(2)
    assert "state    stopped" in harsanyi("status", sweep.file).out
    sweep.complete()
    assert sweep.last_run()["masks"] == block_masks(sweep.file)[[1, 3, 4]].sum()
    sweep.has(small.numbers())
    sweep.verify()


def test_names_of_missing_samples(tmp_path: Path) -> None:
    sweep = swept(tmp_path, own_names(tmp_path))
    expected = everything(sweep.file)
    sweep.file.unlink()
    assert merge(sweep.file, sweep.shard(1, 2), "--allow-missing").code == 2
    sweep.complete()
    found = everything(sweep.file)
    assert [name for name in expected if found[name] != expected[name]] == []


# ---- refused ----


def test_overlapping(tmp_path: Path, files: list[Path]) -> None:
    out = tmp_path / "merged.h5"
    copy = tmp_path / "copy.h5"
    copy.write_bytes(files[1].read_bytes())
    link = tmp_path / "link.h5"
    link.symlink_to(files[2])
    outcome = merge(out, *files, copy, link, files[0])
    refused(
        tmp_path,
        outcome,
        f"{copy}: is the same shard as {files[1]}",
        f"{link}: is the same file as {files[2]}",
        f"{files[0]}: is the same file as {files[0]}",
    )
    refused(tmp_path, merge(out, *files, copy, "--allow-missing"), "is the same shard as")


def test_foreign(tmp_path: Path, files: list[Path], small: Sweep) -> None:
    """Other settings, models, samples, numbers of shards; no shards; no results: all told at once."""
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    sweep = Sweep(foreign, game(7, [3, 6]))
    cases = {
        "settings": ("1/3", setting("statistics.salience", 0.1)),
        "model": ("1/3", setting("model.seed", 5)),
        "samples": ("1/3", setting("samples.select", "0:6")),
        "shards": ("1/4", ()),
    }
    others = {}
    for name, (shard, options) in cases.items():
        sweep.run("-o", foreign / f"{name}.h5", "--shard", shard, *options).ends(0)
        others[name] = foreign / f"{name}.shard-{shard.replace('/', '-of-')}.h5"
    if not small.file.exists():
        small.complete()
    text = tmp_path / "text.h5"
    text.write_text("shard")
    out = tmp_path / "merged.h5"
    outcome = merge(out, files[0], files[2], *others.values(), small.file, text, tmp_path / "none.h5")
    told = f"is not of the same sweep as {files[0]}: "
    refused(
        tmp_path,
        outcome,
        f"{others['settings']}: {told}other settings: statistics.salience: was 0.05, is 0.1\n",
        f"{others['model']}: {told}other settings: model.seed: was ",
        f"{others['samples']}: {told}other samples (SHA-256)\n",
        f"{others['shards']}: {told}one of 4 shards, not 3\n",
        f"{small.file}: is not a shard",
        f"{text}: ",
        f"{tmp_path / 'none.h5'}: ",
        "shards to run, out of 0 to 2: 1;",
    )


def test_settings_that_cannot_be_read(tmp_path: Path, files: list[Path]) -> None:
    put(files[0], "config", b"model: {backend: abacus}", ())
    refused(tmp_path, merge(tmp_path / "merged.h5", *files), f"{files[0]}: ", "its settings cannot be read")


def test_contradicting(tmp_path: Path, files: list[Path]) -> None:
    """Files of one digest whose lists of samples differ, as only tampering makes them."""
    put(files[1], "shard/index", 99, 0)
    refused(tmp_path, merge(tmp_path / "merged.h5", *files), f"{files[0]}: other samples")


def test_other_engine(tmp_path: Path, files: list[Path]) -> None:
    with h5py.File(files[1], "r+") as results:
        old = results.attrs["instruction_set"]
        results.attrs.modify("instruction_set", np.bytes_(b"z" * len(old)))
    out = tmp_path / "merged.h5"
    refused(tmp_path, merge(out, *files), "instruction set zz", "--accept-engine merges anyway")
    assert merge(out, *files, "--accept-engine").code == 0
    assert harsanyi("verify", out).code == 0


def test_held(tmp_path: Path, files: list[Path]) -> None:
    """A shard that a sweep writes, and an OUT that somebody else makes."""
    out = tmp_path / "merged.h5"
    for path in (files[1], out):
        lock = path.with_name(path.name + ".lock")
        with lock.open("w") as holder:
            fcntl.flock(holder, fcntl.LOCK_EX)
            holder.write("host elsewhere, process 1\n")
            holder.flush()
            outcome = merge(out, *files).ends(1, "host elsewhere")
            assert "shards to run" not in outcome.err
            assert not out.exists()
            lock.unlink()
    assert merge(out, *files).code == 0


def test_out_exists(tmp_path: Path, files: list[Path]) -> None:
    out = tmp_path / "there.h5"
    out.write_text("mine")
    merge(out, *files).ends(1, "exists already and is left alone")
    assert out.read_text() == "mine"
    before = files[0].read_bytes()
    assert merge(files[0], *files[1:]).code == 1  # OUT was forgotten
    assert files[0].read_bytes() == before
    refused(tmp_path, merge(tmp_path / "nowhere" / "merged.h5", *files), "does not exist")


DAMAGES = [
    ("values", 0, "block 0 of /values does not match its checksum"),
    ("interactions", 0, "block 0 of /interactions does not match its checksum"),
    ("orders/strength_mean", 0, "its statistics do not match their checksum"),
    ("progress/values_done", 0, "it is done, but not all of /progress/values_done are 1"),
    ("progress/phase", 1, "it is done, but /progress/phase is not 2"),
]


@pytest.mark.parametrize(("dataset", "bit", "what"), DAMAGES)
def test_damaged(tmp_path: Path, files: list[Path], dataset: str, bit: int, what: str) -> None:
    with opened(files[1]) as results:
        place = results[dataset]
        offset = place.id.get_offset() + place.dtype.itemsize * int(np.prod(place.shape[1:], dtype=int))
    flip_bit(files[1], offset, bit)
    outcome = merge(tmp_path / "merged.h5", *files)
    refused(tmp_path, outcome, f"{files[1]}: sample 1 (index 4): {what}", "harsanyi verify", "run --fresh --shard 1/3")


@pytest.mark.parametrize("dataset", ["phase", "values_done"])
def test_flags_that_a_power_cut_has_left_out(tmp_path: Path, files: list[Path], dataset: str) -> None:
    """No damage: the same run again sets them, as merge says."""
    with h5py.File(files[1], "r+") as results:
        results[f"progress/{dataset}"][1] = 0
        runs = results["provenance/runs"][()]
        runs["exit"][0] = b"running"
        results["provenance/runs"][...] = runs
    outcome = merge(tmp_path / "merged.h5", *files)
    refused(
        tmp_path,
        outcome,
        f"{files[1]}: sample 1 (index 4): it is done, but ",
        "the same command (run --shard 1/3) again",
    )
    assert "--fresh" not in outcome.err
    Sweep(tmp_path, game(7, [3, 6])).shard(1, 3)
    assert merge(tmp_path / "merged.h5", *files).code == 0


# ---- disturbed ----


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    """Two shards of 64 MiB of tables in all, and the unsharded file."""
    sweep = swept(tmp_path_factory.mktemp("large"), game(8, 18, noise=0))
    sweep.shards(2)
    return sweep


def parts(out: Path) -> list[Path]:
    return list(out.parent.glob(f"{out.name}.part-*"))


def start_large(large: Sweep, out: Path) -> Job:
    return Job("merge", out, *(large.shard_file(shard, 2) for shard in range(2)))


def test_killed(tmp_path: Path, large: Sweep) -> None:
    """A merge that is killed at any moment leaves no file, or a whole one; the next one makes it."""
    out = tmp_path / "merged.h5"
    chance = random.Random(3)
    expected = large.numbers()
    for _ in range(2):
        job = start_large(large, out)
        wait_for(lambda: parts(out) != [] or out.exists())
        time.sleep(chance.uniform(0, 0.1))
        job.kill()
        if out.exists():
            assert_same_numbers(out, expected)
            out.unlink()
    start_large(large, out).wait().ends(0)
    assert_same_numbers(out, expected)
    assert [path.name for path in tmp_path.iterdir()] == [out.name]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1])
def test_stopped(tmp_path: Path, large: Sweep, number: signal.Signals) -> None:
    job = start_large(large, tmp_path / "merged.h5")
    wait_for(lambda: parts(tmp_path / "merged.h5") != [])
    job.send(number)
    job.wait().ends(75, number.name)
    assert list(tmp_path.iterdir()) == []


def test_disk_full(tmp_path: Path, files: list[Path]) -> None:
    """No room for OUT: said at once, and nothing is left."""
    script = 'trap \'\' XFSZ; ulimit -f 16; exec "$0" merge "$@"'
    refused(tmp_path, in_shell(script, tmp_path / "merged.h5", *files), "no file of this size")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_read_only_folder(tmp_path: Path, files: list[Path]) -> None:
    """Shards that lie where nobody writes need no lock."""
    folder = tmp_path / "archive"
    folder.mkdir()
    for file in files:
        file.rename(folder / file.name)
    folder.chmod(0o555)
    assert merge(tmp_path / "merged.h5", *(folder / file.name for file in files)).code == 0
    folder.chmod(0o755)
