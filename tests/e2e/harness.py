"""The built program as its users start it, and how its results files are read and compared."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import h5py
import numpy as np
import pytest
from checksum import crc32c_of_rows

REPOSITORY = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("HARSANYI_PROGRAM", str(REPOSITORY / "build/release/harsanyi"))
# Its shadow memory takes terabytes of addresses.
ADDRESS_SANITIZER = Path(PROGRAM).is_file() and b"libasan.so" in Path(PROGRAM).read_bytes()
CONFIGS = REPOSITORY / "configs"
MODELS = REPOSITORY / "tests/data"

# As root, with more ranks than cores, on this machine alone (without tcp, and without what Debian leaves out anyway),
# and unaware of any launcher that the tests themselves may run under.
_LAUNCHER = ("OMPI_COMM_", "PMIX_", "PMI_", "SLURM_")
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith(_LAUNCHER)} | {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    "OMPI_MCA_btl": "^tcp,uct,openib,ofi",
    "OMPI_MCA_mpi_yield_when_idle": "1",
    "OMPI_MCA_hwloc_base_binding_policy": "none",
    "PRTE_MCA_hwloc_default_binding_policy": "none",
    # What each start would look for and never use: PCI devices (each read of one leaves a virtual machine), GPUs,
    # processors' details, and transports, collectives and windows that lose to others on one machine anyway.
    "HWLOC_COMPONENTS": "-linuxio,-x86",
    "HWLOC_PLUGINS_PATH": "/nonexistent",
    "OMPI_MCA_pml": "ob1",
    "OMPI_MCA_mtl": "^ofi,psm,psm2",
    "OMPI_MCA_coll": "^adapt,han,inter,monitoring,sm,sync",
    "OMPI_MCA_osc": "^monitoring,pt2pt,rdma,sm,ucx",
    "PMIX_MCA_gds": "hash",
    # Tests write a model's code anew within the second by which Python tells whether what it compiled is of now.
    "PYTHONDONTWRITEBYTECODE": "1",
}


# ---- starting, stopping, killing ----


@dataclass(frozen=True)
class Outcome:
    """How a program ended and what it said."""

    code: int
    out: str
    err: str

    def ends(self, code: int, *says: str) -> Self:
        """With this exit code, and with all these words on stderr."""
        assert self.code == code, self.out + self.err
        assert [text for text in says if text not in self.err] == [], self.err
        return self


def _session_of(pid: str) -> tuple[str, int]:
    """State and session of a process."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return after_name[0], int(after_name[3])


class Job:
    """The program, started (under mpirun when `ranks` is given) in a session of its own. `command` starts it too."""

    timeout: float = 120  # seconds; a module of tests may have a TIMEOUT of its own

    def __init__(
        self,
        *arguments: object,
        ranks: int | None = None,
        environment: dict[str, str] | None = None,
        command: Sequence[object] = (PROGRAM,),
    ) -> None:
        launcher = ["mpirun", "-n", str(ranks)] if ranks else []
        # Open MPI's jobs share a folder, which one that ends may remove while another that starts relies on it.
        self.session = tempfile.mkdtemp(prefix="mpi-")
        session = {"OMPI_MCA_orte_tmpdir_base": self.session, "PRTE_MCA_prte_tmpdir_base": self.session}
        self.process = subprocess.Popen(
            [*launcher, *map(str, [*command, *arguments])],
            env=ENVIRONMENT | session | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def wait(self, timeout: float | None = None) -> Outcome:
        try:
            out, err = self.process.communicate(timeout=timeout or self.timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        shutil.rmtree(self.session, ignore_errors=True)
        if "this build has no ONNX Runtime backend" in out + err:
            pytest.skip("this build has no ONNX Runtime")
        return Outcome(self.process.returncode, out, err)

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def _members(self) -> list[int]:
        """All live processes of the session: mpirun gives each rank a process group of its own."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                state, session = _session_of(pid)
            except OSError:
                continue
            if session == self.process.pid and state != "Z":
                found.append(int(pid))
        return found

    def ranks(self) -> dict[int, int]:
        """The process of each rank."""
        found = {}
        for pid in self._members():
            try:
                environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
                program = os.readlink(f"/proc/{pid}/exe")
                words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if program == os.path.realpath(PROGRAM) and not {b"__look", b"__child"}.intersection(words):
                said = dict(entry.partition(b"=")[::2] for entry in environment)
                found[int(said.get(b"OMPI_COMM_WORLD_RANK", b"0"))] = pid
        return found

    def kill(self) -> Outcome:
        """SIGKILL to the whole job."""
        while members := self._members():
            for pid in members:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            time.sleep(0.005)
        return self.wait()


def wait_for(condition: Callable[[], bool], timeout: float = 30) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def harsanyi(*arguments: object, ranks: int | None = None, environment: dict[str, str] | None = None) -> Outcome:
    return Job(*arguments, ranks=ranks, environment=environment).wait()


def in_shell(script: str, *arguments: object) -> Outcome:
    """What bash makes of a line in which "$0" is the program, "$@" the arguments."""
    return Job(*arguments, command=("bash", "-c", script, PROGRAM)).wait()


def spread(count: int, wanted: int) -> list[int]:
    """`wanted` of the numbers 1 ... count, the first and the last among them."""
    return sorted({1 + round(i * (count - 1) / max(1, wanted - 1)) for i in range(min(wanted, count))})


# ---- sweeps ----

Config = dict[str, dict[str, Any]]


def game(samples: int, players: object, **model: object) -> Config:
    """A closed-form game with noise on every mask, so that no two numbers of its tables are alike."""
    given = {"backend": "game", "game": "sparse", "terms": 20, "noise": 0.01, "samples": samples, "players": players}
    return {"model": given | model}


DIGITS = {"model": CONFIGS / "digits/digits.onnx", "samples": CONFIGS / "digits/digits.h5"}
CANCER = {"model": CONFIGS / "cancer/cancer.onnx", "samples": CONFIGS / "cancer/cancer12.h5"}


def digits(select: object = "0:2", file: object = DIGITS["samples"]) -> Config:
    """The CNN on 8x8 images, 16 players."""
    return {"model": {"file": str(DIGITS["model"])}, "samples": {"file": str(file), "select": select}}


def cancer(select: object = "0:40", file: object = CANCER["samples"], baseline: str = "zero") -> Config:
    """The MLP on 30 features, 12 of them players."""
    chosen = {"file": str(file), "select": select, "baseline": baseline}
    return {"model": {"file": str(CANCER["model"])}, "samples": chosen}


def hdf5(file: Path, **datasets: object) -> Path:
    """A new file."""
    with h5py.File(file, "w") as out:
        for name, data in datasets.items():
            out[name] = data
    return file


def datasets_of(file: Path) -> dict[str, Any]:
    with h5py.File(file) as given:
        return {name: given[name][()] for name in given}


def samples_file(folder: Path, x: object, **datasets: object) -> dict[str, object]:
    """The `samples:` of float32 inputs, samples.h5 in the folder. Unless told otherwise every element is a player, and
    the baseline is 0."""
    hdf5(folder / "samples.h5", x=np.asarray(x, np.float32), **datasets)
    chosen = {"players": "elements", "baseline": "zero"}
    return {"file": "samples.h5"} | {name: choice for name, choice in chosen.items() if name not in datasets}


def network(folder: Path, name: str, x: object, score: str = "log_odds", **datasets: object) -> Config:
    """A model of tests/data on samples of its own."""
    model = {"file": str(MODELS / f"{name}.onnx"), "score": score}
    return {"model": model, "samples": samples_file(folder, x, **datasets)}


def table(folder: Path, values: object, **notes: object) -> Config:
    """A table of v made elsewhere, table.h5 in the folder; notes: /label and the like."""
    return of_values(hdf5(folder / "table.h5", values=values, **notes).name)


def of_values(file: str, **chosen: object) -> Config:
    """The sweep over a table of v, or over a results file."""
    return {"model": {"backend": "values", "file": file}} | ({"samples": chosen} if chosen else {})


class Sweep:
    """A config in a folder, and the results file that it leads to."""

    def __init__(self, folder: Path, config: Config, name: str = "results.h5") -> None:
        self.folder = folder
        self.file = folder / name
        self.config = self.file.with_suffix(".yaml")
        # JSON is YAML too.
        self.config.write_text(json.dumps({"output": {"file": name}} | config, indent=1))

    def start(self, *options: str, ranks: int | None = None, environment: dict[str, str] | None = None) -> Job:
        return Job("run", self.config, *options, ranks=ranks, environment=environment)

    def run(self, *options: str, ranks: int | None = None, environment: dict[str, str] | None = None) -> Outcome:
        return self.start(*options, ranks=ranks, environment=environment).wait()

    def complete(self, *options: str, ranks: int | None = None) -> Outcome:
        outcome = self.run(*options, ranks=ranks).ends(0)
        assert self.left_over() == [], outcome.err
        return outcome

    def started(self, *options: str, ranks: int | None = None, environment: dict[str, str] | None = None) -> Job:
        """More is stored than before."""
        before = self.flagged() if self.file.exists() else 0
        job = self.start(*options, ranks=ranks, environment=environment)
        wait_for(lambda: self.file.exists() and self.flagged() > before)
        return job

    def shard_file(self, shard: int, shards: int) -> Path:
        return self.file.with_suffix(f".shard-{shard}-of-{shards}.h5")

    def shard(self, shard: int, shards: int, *options: str, ranks: int | None = None) -> Path:
        outcome = self.run("--shard", f"{shard}/{shards}", *options, ranks=ranks)
        assert outcome.code in (0, 2), outcome.err
        return self.shard_file(shard, shards)

    def shards(self, shards: int) -> list[Path]:
        """All of them, one after the other."""
        return [self.shard(shard, shards) for shard in range(shards)]

    def left_over(self) -> list[str]:
        """Locks, temporary files, stop files: whatever begins with the results file's name and is not it."""
        return sorted(path.name for path in self.folder.glob(f"{self.file.name}?*"))

    def read(self, dataset: str) -> Any:  # noqa: ANN401  (arrays of any type, numbers, bytes)
        return read(self.file, dataset)

    def numbers(self) -> dict[str, bytes]:
        return numbers(self.file)

    def has(self, expected: dict[str, bytes]) -> None:
        assert_same_numbers(self.file, expected)

    def flagged(self) -> int:
        return masks_flagged(self.file)

    def last_run(self) -> Any:  # noqa: ANN401  (a compound record)
        return last_run(self.file)

    def verify(self, code: int = 0) -> Outcome:
        return harsanyi("verify", self.file).ends(code)


def swept(folder: Path, config: Config, *options: str, name: str = "results.h5", ranks: int | None = None) -> Sweep:
    """A complete one."""
    sweep = Sweep(folder, config, name)
    sweep.complete(*options, ranks=ranks)
    return sweep


# Cases that find nothing which their neighbours do not, so far.
FULL = pytest.mark.skipif("HARSANYI_FULL" not in os.environ, reason="only with scripts/test.sh --full")


def setting(key: str, value: object) -> tuple[str, str]:
    return "--set", f"{key}={value}"


# ---- results files ----


@contextmanager
def opened(file: Path) -> Iterator[h5py.File]:
    with h5py.File(file, "r", locking=False) as results:
        yield results


def read(file: Path, dataset: str) -> Any:  # noqa: ANN401  (arrays of any type, numbers, bytes)
    with opened(file) as results:
        return results[dataset][()]


def put(file: Path, dataset: str, data: object, at: object = ...) -> None:
    """Writes into a results file what no sweep has written, at a place of a dataset."""
    with h5py.File(file, "r+", locking=False) as results:
        results[dataset][at] = data


def forget(file: Path, rows: object) -> None:
    """As if these samples had not been evaluated yet, and nothing had been made of them."""
    for dataset in ("samples/status", "progress/phase", "progress/values_done"):
        put(file, dataset, 0, rows)
    if "shard" not in file.stem:
        put(file, "summary/valid", 0, ())


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def datasets(group: h5py.Group) -> dict[str, h5py.Dataset]:
    """All of them, those of subgroups as well, by their paths."""
    found: dict[str, h5py.Dataset] = {}
    group.visititems(lambda name, item: found.__setitem__(name, item) if isinstance(item, h5py.Dataset) else None)
    return found


# What depends on who computed it, when and in which pieces.
_MAY_DIFFER = ("config", "provenance", "progress", "samples/seconds", "samples/attempts")


def numbers(file: Path) -> dict[str, bytes]:
    """The bytes of every dataset that has to be the same for any ranks, blocks and interruptions."""
    found: dict[str, bytes] = {}

    def take(name: bytes) -> None:
        path = name.decode()
        if not path.startswith(_MAY_DIFFER):
            item = h5py.h5o.open(results.id, name)
            if isinstance(item, h5py.h5d.DatasetID):
                found[path] = _bytes_of(item)

    with opened(file) as results:
        h5py.h5o.visit(results.id, take)
    return found


def _bytes_of(item: h5py.h5d.DatasetID) -> bytes:
    """Without h5py.Dataset, which takes twice as long, where HDF5 stores the bytes themselves."""
    dtype = item.dtype
    if dtype.kind == "O":
        return np.asarray(h5py.Dataset(item)[()]).tobytes()
    data = np.empty(item.shape, dtype)
    item.read(h5py.h5s.ALL, h5py.h5s.ALL, data)
    return data.tobytes()


def assert_same_numbers(file: Path, expected: dict[str, bytes]) -> None:
    found = numbers(file)
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []


def block_masks(file: Path) -> np.ndarray:
    """How many masks each block has, [S, blocks]; 0 past a sample's end."""
    with opened(file) as results:
        size = 1 << int(results["progress/block_bits"][()])
        masks = 1 << results["samples/n_players"][()].astype(np.int64)
        blocks = results["progress/values_done"].shape[1]
    return np.clip(masks[:, None] - size * np.arange(blocks), 0, size)


def masks_flagged(file: Path) -> int:
    return int((block_masks(file) * (read(file, "progress/values_done") == 1)).sum())


def check_blocks(file: Path, values: np.ndarray) -> None:
    """Each flagged block has its checksum and holds the undisturbed run's values."""
    with opened(file) as results:
        done = results["progress/values_done"][()]
        crc = results["progress/values_crc"][()]
        status = results["samples/status"][()]
        interactions_crc = results["progress/interactions_crc"][()]
        stored = results["values"][()]
        interactions = results["interactions"][()]
    rows = stored.reshape(*done.shape, -1).copy()
    expected = values.reshape(rows.shape)
    masks = block_masks(file)
    # Past a sample's end the file holds NaN once the sample is done; the checksum counts it from the start.
    rows[np.arange(rows.shape[-1]) >= masks[..., None]] = np.nan
    assert set(np.unique(done)) <= {0, 1}
    assert np.isin(status, [0, 1]).all()
    flagged = done == 1
    assert flagged[status == 1].all()
    assert np.array_equal(crc32c_of_rows(rows[flagged]), crc[flagged])
    assert rows[flagged].tobytes() == expected[flagged].tobytes()
    assert stored[status == 1].tobytes() == values[status == 1].tobytes()
    whole = interactions.reshape(rows.shape)[status == 1]
    assert np.array_equal(crc32c_of_rows(whole), interactions_crc[status == 1])


def flip_bit(file: Path, offset: int, bit: int = 0) -> None:
    with file.open("r+b") as raw:
        raw.seek(offset)
        byte = raw.read(1)
        raw.seek(offset)
        raw.write(bytes([byte[0] ^ 1 << bit]))


def last_run(file: Path) -> Any:  # noqa: ANN401  (a compound record)
    with opened(file) as results:
        starts = int(results["provenance/starts"][()])
        return results["provenance/runs"][0 if starts == 1 else 1 + (starts - 2) % 63]


def masks_by_rank(outcome: Outcome) -> list[int]:
    line = re.search(r"masks evaluated by (.*)", outcome.err)
    assert line, outcome.err
    return [int(count) for count in re.findall(r"rank \d+: (\d+)", line[1])]


def orders_of(n: int) -> np.ndarray:
    """How many players each mask has."""
    return np.array([mask.bit_count() for mask in range(1 << n)])


def _over_subsets(table: np.ndarray, step: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    out = np.array(table, dtype=float)
    for bit in range(out.shape[-1].bit_length() - 1):
        halves = out.reshape(-1, 2, 1 << bit)
        halves[:, 1] = step(halves[:, 1], halves[:, 0])
    return out


def moebius(values: np.ndarray) -> np.ndarray:
    """The dividends of tables of values, [..., 2^n], bits in ascending order."""
    return _over_subsets(values, np.subtract)


def zeta(effects: np.ndarray) -> np.ndarray:
    """Its inverse: v of the dividends, their sums over subsets."""
    return _over_subsets(effects, np.add)


def rebuilt(effects: np.ndarray) -> np.ndarray:
    """w(S) of sparse interactions: AND, and OR where there is one."""
    table = zeta(effects[0])
    if len(effects) > 1:
        inside = zeta(effects[1])
        table = table + inside[-1] - inside[::-1]
    return table
