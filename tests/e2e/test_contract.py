"""The structure of a results file: names, shapes, types and attributes are what every reader relies on, and what
docs/file-format.md says of them."""

from pathlib import Path

import h5py
import numpy as np
import pytest
from checksum import crc32c
from format_tables import documented, row_order, tables
from harness import PROGRAM, REPOSITORY, Sweep, cancer, digits, game, harsanyi, last_run, opened, setting

S, N, TOP = 3, 12, 100
M, T = N + 1, 1 << N
DOCUMENT = (REPOSITORY / "docs/file-format.md").read_text()

ORDERS = (
    "strength_mean strength_std strength_min strength_q1 strength_median strength_q3 strength_max "
    "strength_whisker_low strength_whisker_high interaction_sum interaction_abs_sum positive_sum negative_sum "
    "cancellation output_mean output_std salient_count salient_positive noise_floor lemma_residual"
).split()
CONDITIONS = (
    "threshold salient_total order_limit violations violation_max p_paper p_all_pairs delta delta_bound m0 "
    "bound_total real_total"
).split()
STEPS = [1, 2, 5, 10, 20, 50, 100]
KEPT = [*STEPS, 200, 500, 1000, 2000]
RANKS = 1024 + 2 * 64

FLOATS: dict[str, tuple[int, ...]] = {
    "samples/seconds": (S,),
    "samples/v_empty": (S,),
    "samples/v_full": (S,),
    "samples/noise_sigma": (S,),
    "values": (S, T),
    "interactions": (S, T),
    "indices/shapley": (S, N),
    "indices/banzhaf": (S, N),
    "indices/sii2": (S, N, N),
    **{f"orders/{name}": (S, M) for name in ORDERS},
    **{f"conditions/{name}": (S,) for name in CONDITIONS},
    **{f"conditions/{name}": (S, M) for name in ("mass_above", "lambda", "bound", "bound_l1")},
    "conditions/coefficients": (S, M, M),
    "curves/strength": (S, RANKS),
    **{f"curves/{name}": (S, len(KEPT)) for name in ("rmse", "max_error", "r2", "r_omega")},
    **{f"summary/orders/{name}_{what}": (M,) for name in ORDERS for what in ("mean", "std", "count")},
    **{f"summary/{name}": () for name in ("monotone_share", "p_mean", "p_std", "bound_mean", "real_mean")},
    **{f"summary/interactions/{name}": (TOP,) for name in ("frequency", "effect_mean", "effect_std")},
    **{f"summary/interactions/{name}": (TOP,) for name in ("positive", "negative")},
    "summary/interactions/histogram": (TOP, 20),
    "summary/interactions/edges": (TOP, 21),
    **{f"summary/transferability/{name}": (len(STEPS),) for name in ("rho", "rho_heldout", "rho_random")},
    **{f"summary/discrimination/{name}": (5,) for name in ("count", "mean")},
    "summary/discrimination/weighted": (),
    **{f"summary/faithfulness/{name}": (len(KEPT),) for name in ("rmse", "max_error", "r2", "r_omega")},
}
OTHERS: dict[str, tuple[tuple[int, ...], str]] = {
    "samples/index": ((S,), "<i8"),
    "samples/label": ((S,), "<i8"),
    "samples/target": ((S,), "<i8"),
    "samples/n_players": ((S,), "<i4"),
    "samples/attempts": ((S,), "<i4"),
    "samples/status": ((S,), "u1"),
    "samples/error_kind": ((S,), "u1"),
    "samples/row_crc": ((S,), "<u4"),
    "samples/output": ((S,), "<i4"),
    "samples/noise_why": ((S,), "u1"),
    "samples/input_crc": ((S,), "<u8"),
    "salient/positive": ((S, T // 8), "u1"),
    "salient/negative": ((S, T // 8), "u1"),
    "curves/rank": ((RANKS,), "<i8"),
    "curves/k": ((len(KEPT),), "<i8"),
    "progress/phase": ((S,), "u1"),
    "progress/values_done": ((S, 16), "u1"),
    "progress/values_crc": ((S, 16), "<u4"),
    "progress/interactions_crc": ((S, 16), "<u4"),
    "conditions/monotone": ((S,), "u1"),
    "conditions/excluded_why": ((S,), "u1"),
    "summary/valid": ((), "u1"),
    "summary/interactions/mask": ((TOP,), "<u8"),
    "summary/transferability/k": ((len(STEPS),), "<i8"),
    "summary/transferability/classes": ((2,), "<i8"),
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sweep = Sweep(tmp_path_factory.mktemp("contract"), cancer(f"0:{S}"))
    sweep.complete(*setting("sweep.block_bits", 8))
    return sweep.file


def datasets(results: h5py.File) -> dict[str, h5py.Dataset]:
    found: dict[str, h5py.Dataset] = {}
    results.visititems(lambda name, item: found.__setitem__(name, item) if isinstance(item, h5py.Dataset) else None)
    return found


def test_names_shapes_and_types(file: Path) -> None:
    with opened(file) as results:
        for name, shape in FLOATS.items():
            assert (results[name].shape, results[name].dtype) == (shape, np.dtype("<f8")), name
        for name, (shape, dtype) in OTHERS.items():
            assert (results[name].shape, results[name].dtype) == (shape, np.dtype(dtype)), name
        assert results["samples/player_names"].shape == (N,)
        assert results["samples/error"].shape == (S,)
        assert results["progress/block_bits"][()] == 8
        assert results["provenance/runs"].shape == (64,)
        assert (results["provenance/warnings"].shape, results["provenance/warnings"].dtype) == ((64,), "S256")
        assert results["curves/k"][()].tolist() == KEPT
        assert results["curves/rank"][()].tolist() == results["summary/strength_rank"][()].tolist()
        assert results["summary/transferability/k"][()].tolist() == STEPS
        ranks = results["summary/strength_rank"][()]
        assert ranks[:1024].tolist() == list(range(1, 1025))
        assert (ranks.size, ranks[-1]) == (RANKS, T - 1)
        for name in ("curve", "count"):
            assert results[f"summary/strength_{name}"].shape == ranks.shape
        classes = results["summary/transferability/classes"].size
        assert results["summary/transferability/rho_class"].shape == (classes, len(STEPS))


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
            assert len(axes.split(", ") if axes else []) == dataset.ndim, name
            if name.split("/")[0] in ("values", "interactions", "salient", "indices", "orders", "conditions"):
                assert axes.split(", ")[0] == "row", name
            assert dataset.id.get_offset() is not None, name


def test_the_document_says_what_files_say(tmp_path: Path) -> None:
    """Every dataset with its axes, type, units and description; tests/e2e/format_tables.py writes the lines."""
    with h5py.File(tmp_path / "samples.h5", "w") as samples:
        samples["x"] = np.random.default_rng(0).normal(size=(4, 10))
        samples["player_names"] = np.array([[f"{row}.{i}".encode() for i in range(10)] for row in range(4)])
    sweep = Sweep(tmp_path, cancer(f"0:{S}"))
    sweep.complete(*setting("statistics.indices", "[stii2, bii2, multi_order]"))
    named = {"file": "samples.h5", "players": "elements", "baseline": "zero"}
    sharded = Sweep(tmp_path, {"model": {"backend": "game", "game": "sparse"}, "samples": named}, "named.h5")
    assert sharded.run("--shard", "0/2").code == 0
    with opened(sweep.file) as results, opened(tmp_path / "named.shard-0-of-2.h5") as shard:
        told, said = tables(results, shard), documented(DOCUMENT)
    assert said.keys() == told.keys()
    for section, lines in told.items():
        assert said[section] == lines, section


def test_row_crc_covers_what_the_document_says(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, cancer(f"0:{S}"))
    sweep.complete(*setting("statistics.indices", "[stii2]"))
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
    assert attributes["software_version"].decode() in version, PROGRAM


def test_config_goes_on_by_itself(file: Path, tmp_path: Path) -> None:
    """The stored configuration is one that the program reads, and it means the same."""
    with opened(file) as results:
        text = results["config"][()].decode().rstrip("\0")
    config = tmp_path / "stored.yaml"
    config.write_text(text)
    outcome = harsanyi("run", config, "-o", file, "--resume")
    assert (outcome.code, "complete already" in outcome.err) == (0, True), outcome.err


def test_nothing_is_zero_silently(file: Path) -> None:
    """What has not been computed yet is NaN."""
    with opened(file) as results:
        if results["summary/valid"][()] == 0:
            for name, dataset in datasets(results).items():
                if name.startswith("summary/") and name in FLOATS:
                    assert np.isnan(dataset[()]).all(), name


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


def test_player_names(tmp_path: Path) -> None:
    """Names per sample, UTF-8, of variable length."""
    with h5py.File(tmp_path / "samples.h5", "w") as samples, h5py.File(digits()["samples"]["file"]) as given:
        for name in ("label", "players", "baseline"):
            samples[name] = given[name][()]
        samples["x"] = given["x"][()]
        names = np.array([[f"Ärmel {i}.{j}" for j in range(16)] for i in range(400)], dtype=object)
        samples.create_dataset("player_names", data=names, dtype=h5py.string_dtype())
    config = digits("5:6")
    config["samples"]["file"] = "samples.h5"
    sweep = Sweep(tmp_path, config)
    sweep.complete()
    with opened(sweep.file) as results:
        stored = results["samples/player_names"]
        assert stored.shape == (1, 16)
        assert [name.decode() for name in stored[0]] == names[5].tolist()
