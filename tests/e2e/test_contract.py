"""The structure of a results file: names, shapes, types and attributes are what every reader relies on, and what
docs/file-format.md says of them."""

from pathlib import Path

import numpy as np
import pytest
from checksum import crc32c
from format_tables import documented, row_order, tables
from harness import (
    CANCER,
    REPOSITORY,
    Sweep,
    cancer,
    datasets,
    datasets_of,
    game,
    harsanyi,
    hdf5,
    last_run,
    opened,
    samples_file,
    setting,
    swept,
)

S, N = 3, 12
DOCUMENT = (REPOSITORY / "docs/file-format.md").read_text()
STEPS = [1, 2, 5, 10, 20, 50, 100]
KEPT = [*STEPS, 200, 500, 1000, 2000]
LENGTHS = {
    "row": {S},
    "player": {N},
    "mask": {1 << N},
    "byte": {1 << N - 3},
    "order": {N + 1},
    "degree": {N + 1},
    "rank": {1024 + 2 * 64},
    "k": {len(KEPT), len(STEPS)},
    "interaction": {100},
    "bin": {20, 5},
    "edge": {21},
    "class": {2},
    "code": {16},
    "block": {16},
    "slot": {64},
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return swept(tmp_path_factory.mktemp("contract"), cancer(f"0:{S}"), *setting("sweep.block_bits", 8)).file


def test_shapes(file: Path) -> None:
    """Every axis has its length; the names and types are those of the document (below)."""
    with opened(file) as results:
        for name, dataset in datasets(results).items():
            axes = list(filter(None, dataset.attrs["axes"].decode().split(", ")))
            assert len(axes) == dataset.ndim, name
            assert all(length in LENGTHS[axis] for axis, length in zip(axes, dataset.shape, strict=True)), name
            assert dataset.dtype == dataset.dtype.newbyteorder("<"), name
        assert results["progress/block_bits"][()] == 8
        assert results["provenance/warnings"].dtype == "S256"
        assert results["curves/k"][()].tolist() == results["summary/faithfulness/k"][()].tolist() == KEPT
        assert results["curves/rank"][()].tolist() == results["summary/strength_rank"][()].tolist()
        assert results["summary/transferability/k"][()].tolist() == STEPS
        ranks = results["curves/rank"][()]
        assert ranks[:1024].tolist() == list(range(1, 1025))
        assert ranks[-1] == (1 << N) - 1


def test_every_dataset(file: Path) -> None:
    """Described, with a unit, of fixed-length strings, contiguous, at a known place."""
    with opened(file) as results:
        for name, dataset in datasets(results).items():
            for attribute in ("units", "description"):
                assert isinstance(dataset.attrs[attribute], bytes | np.bytes_ | str), name
                assert len(dataset.attrs[attribute]) > 0, name
            assert dataset.dtype.kind != "O", name
            assert dataset.chunks is None, name
            axes = dataset.attrs["axes"].decode()
            if name.split("/")[0] in ("values", "interactions", "salient", "indices", "orders", "conditions"):
                assert axes.split(", ")[0] == "row", name
            assert dataset.id.get_offset() is not None, name


def test_the_document_says_what_files_say(tmp_path: Path) -> None:
    """Every dataset with its axes, type, units and description; tests/e2e/format_tables.py writes the lines."""
    names = np.array([[f"{row}.{i}".encode() for i in range(10)] for row in range(4)])
    named = samples_file(
        tmp_path, np.random.default_rng(0).normal(size=(4, 10)), player_names=names, player_class=names
    )
    lists = {"classes": [b"no", b"yes"], "player_class": np.full(N, b"sort")}
    hdf5(tmp_path / "classes.h5", **datasets_of(CANCER["samples"]), **lists)
    indices = setting("statistics.indices", "[stii2, bii2, multi_order]")
    sweep = swept(tmp_path, cancer("0:1", "classes.h5"), *indices, *setting("sparse.kinds", "and_or"))
    sharded = Sweep(tmp_path, {"model": {"backend": "game", "game": "sparse"}, "samples": named}, "named.h5")
    sharded.shard(0, 2)
    harsanyi("compare", sweep.file, sweep.file, "--family", "sparse", "-o", tmp_path / "compared.h5").ends(0)
    with (
        opened(sweep.file) as results,
        opened(tmp_path / "named.shard-0-of-2.h5") as shard,
        opened(tmp_path / "compared.h5") as comparison,
    ):
        told, said = tables(results, shard, comparison), documented(DOCUMENT)
    assert said.keys() == told.keys()
    for section, lines in told.items():
        assert said[section] == lines, section


def test_row_crc_covers_what_the_document_says(tmp_path: Path) -> None:
    sweep = swept(tmp_path, cancer(f"0:{S}"), *setting("statistics.indices", "[stii2]"))
    order = row_order(DOCUMENT)
    with opened(sweep.file) as results:
        groups = ("indices", "orders", "conditions", "curves", "salient")
        there = {f"{group}/{name}" for group in groups for name in results[group]}
        assert there - set(order) == {"curves/rank", "curves/k"}
        assert set(order) - there == {"indices/bii2", "indices/multi_order"}
        for row, crc in enumerate(results["samples/row_crc"][()]):
            assert crc32c(b"".join(results[name][row].tobytes() for name in order if name in there)) == crc


def test_root_attributes(file: Path) -> None:
    with opened(file) as results:
        attributes = {name: value for name, value in results.attrs.items()}
    version = harsanyi("--version").out
    assert attributes["format_version"] == 2
    assert {"format", "software_version", "git_revision", "mask_convention"} <= attributes.keys()
    assert attributes["engine"].lower().startswith(b"onnx")
    digests = [name for name in attributes if "sha256" in name]
    assert len(digests) == 3
    assert all(len(attributes[name]) == 64 for name in digests)
    assert attributes["software_version"].decode() in version


def test_config_goes_on_by_itself(file: Path, tmp_path: Path) -> None:
    """The stored configuration is one that the program reads, and it means the same."""
    with opened(file) as results:
        text = results["config"][()].decode().rstrip("\0")
    config = tmp_path / "stored.yaml"
    config.write_text(text)
    harsanyi("run", config, "-o", file, "--resume").ends(0, "complete already")


def test_one_pattern_of_nan(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(7, [4, 10], fault="nan", fault_sample=3, fault_mask=9))
    assert sweep.run().code == 2
    with opened(sweep.file) as results:
        for name, dataset in datasets(results).items():
            if dataset.dtype == np.dtype("<f8"):
                data = np.atleast_1d(dataset[()])
                assert set(data[np.isnan(data)].view(np.uint64)) <= {0x7FF8000000000000}, name


def test_provenance(file: Path) -> None:
    run = last_run(file)
    assert (run["ranks"], run["masks"], run["exit"]) == (1, S << N, b"ended")
    assert all(run[name] for name in ("started", "host", "mpi", "hdf5", "compiler"))
    assert 0 < run["seconds"] < 60
