"""A further family of interactions, through the whole program: tests/toy, the transform of -v in two kinds.

`harsanyi_toy` is `harsanyi` with one more entry in its list of families; nothing else in it is different.
"""

import random
import re
from pathlib import Path

import h5py
import numpy as np
import pytest
from checksum import crc32c_of_rows
from harness import (
    PROGRAM,
    Config,
    Job,
    Outcome,
    Sweep,
    digits,
    flip_bit,
    game,
    masks_by_rank,
    moebius,
    opened,
    setting,
    swept,
    wait_for,
)

TOY = Path(PROGRAM).with_name("tests") / "harsanyi_toy"
KINDS = ("down", "mirror")

pytestmark = pytest.mark.skipif(not TOY.exists(), reason="this build has no tests")


def toy(*arguments: object, ranks: int | None = None, environment: dict[str, str] | None = None) -> Outcome:
    return Job(*arguments, ranks=ranks, environment=environment, command=(TOY,)).wait()


def complete(sweep: Sweep, *options: str, ranks: int | None = None) -> Outcome:
    outcome = toy("run", sweep.config, *options, ranks=ranks).ends(0)
    assert sweep.left_over() == []
    return outcome


def verified(file: Path, code: int = 0) -> str:
    return toy("verify", file).ends(code).out


def check_row(results: h5py.File, row: int) -> None:
    """What a row's values give, by definition."""
    n = int(results["samples/n_players"][row])
    masks, family = 1 << n, results["toy"]
    down = moebius(-results["values"][row, :masks])
    tables = np.stack([down, down[::-1]])
    stored = family["interactions"][row]
    assert stored[:, :masks].tobytes() == tables.tobytes()
    assert np.isnan(stored[:, masks:]).all()
    tau = family["conditions/threshold"][row]
    assert tau == 0.05 * np.abs(tables[:, 1:]).max()
    salient = (np.abs(tables) >= tau) & (np.arange(masks) > 0)
    for name, sign in (("positive", 1), ("negative", -1)):
        bits = np.unpackbits(family[f"salient/{name}"][row], axis=-1, bitorder="little")
        assert np.array_equal(bits[:, :masks] == 1, salient & (sign * tables > 0))
        assert not bits[:, masks:].any()
    orders = np.bitwise_count(np.arange(masks))
    for kind in range(2):
        assert family["conditions/salient_total"][row, kind] == salient[kind].sum()
        assert family["conditions/order_limit"][row, kind] == orders[salient[kind]].max()
        for m in range(n + 1):
            effects, strengths = tables[kind, orders == m], np.abs(tables[kind, orders == m])
            expected = {
                "strength_mean": strengths.mean(),
                "strength_median": np.median(strengths),
                "strength_max": strengths.max(),
                "salient_count": salient[kind, orders == m].sum(),
                "positive_sum": effects[effects > 0].sum() if m else np.nan,
                "negative_sum": effects[effects < 0].sum() if m else np.nan,
            }
            found = {name: family[f"orders/{name}"][row, kind, m] for name in expected}
            assert found == pytest.approx(expected, rel=1e-10, abs=1e-10, nan_ok=True)
        assert np.isnan(family["orders/strength_mean"][row, kind, n + 1 :]).all()


def check_checksums(file: Path) -> None:
    with opened(file) as results:
        stored, crcs = results["toy/interactions"][()], results["toy/interactions_crc"][()]
        blocks = stored.reshape(-1, 1 << int(results["progress/block_bits"][()]))
    assert np.array_equal(crc32c_of_rows(blocks), crcs.reshape(-1))


def check_file(file: Path) -> None:
    with opened(file) as results:
        assert (results["samples/status"][()] == 1).all()
        for row in range(results["samples/status"].size):
            check_row(results, row)
        assert results["toy/interactions"].attrs["axes"] == b"row, kind, mask"
        assert results["toy/orders/strength_mean"].attrs["axes"] == b"row, kind, order"
    assert "whole" in verified(file)


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    sweep = Sweep(tmp_path_factory.mktemp("uneven"), game(5, [4, 11]) | {"sweep": {"block_bits": 6}})
    complete(sweep)
    return sweep


def test_a_game(tmp_path: Path, uneven: Sweep) -> None:
    """On one rank and on two; and the family takes nothing from the one that was there."""
    check_file(uneven.file)
    check_checksums(uneven.file)
    two = Sweep(tmp_path, game(5, [4, 11]) | {"sweep": {"block_bits": 6}}, "two.h5")
    complete(two, ranks=2)
    two.has(uneven.numbers())
    check_checksums(two.file)
    plain = swept(tmp_path, game(5, [4, 11]) | {"sweep": {"block_bits": 6}}, name="plain.h5")
    without = {name: data for name, data in uneven.numbers().items() if not name.startswith("toy/")}
    plain.has(without | {"samples/row_crc": plain.numbers()["samples/row_crc"]})


def test_a_network(tmp_path: Path) -> None:
    one = Sweep(tmp_path, digits("0:2"), "one.h5")
    complete(one)
    check_file(one.file)
    two = Sweep(tmp_path, digits("0:2"), "two.h5")
    complete(two, *setting("sweep.block_bits", one.read("progress/block_bits")), ranks=2)
    two.has(one.numbers())


SPLIT: Config = game(1, 14, sleep_us=40) | {"sweep": {"block_bits": 8}}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The sample that the next tests split, by one rank as a whole."""
    sweep = Sweep(tmp_path_factory.mktemp("undisturbed"), SPLIT)
    complete(sweep, *setting("model.sleep_us", 0))
    check_file(sweep.file)
    return sweep.numbers()


def test_a_sample_in_ranges(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    sweep = Sweep(tmp_path, SPLIT)
    counts = masks_by_rank(complete(sweep, ranks=2))
    assert len(counts) == 2
    assert min(counts) > 0
    sweep.has(undisturbed)
    check_checksums(sweep.file)


def test_killed_and_resumed(tmp_path: Path, undisturbed: dict[str, bytes]) -> None:
    sweep = Sweep(tmp_path, SPLIT)
    job = Job("run", sweep.config, *setting("model.sleep_us", 200), ranks=2, command=(TOY,))
    wait_for(lambda: sweep.file.exists() and sweep.flagged() > 0)
    job.kill()
    assert not sweep.read("samples/status").any()
    verified(sweep.file, 2)
    complete(sweep, ranks=2)
    sweep.has(undisturbed)


def test_rows_too_long(tmp_path: Path) -> None:
    """Of more than 20 players there are none, and nothing is salient; a shorter row beside them has its own."""
    sweep = Sweep(tmp_path, game(2, [20, 21]) | {"statistics": {"curves": False}})
    complete(sweep)
    with opened(sweep.file) as results:
        assert list(results["samples/n_players"][()]) == [20, 21]
        check_row(results, 0)
        for dataset in ("interactions", "orders/strength_mean", "conditions/threshold", "conditions/salient_total"):
            assert np.isnan(results[f"toy/{dataset}"][1]).all()
        assert not results["toy/salient/positive"][1].any()
        assert not results["toy/salient/negative"][1].any()
        assert results["salient/positive"][1].any()
    verified(sweep.file)
    shown = toy("show", sweep.file, "--family", "toy", "--sample", 1).ends(0)
    assert "rows of more than 20 players have no effects of this family" in shown.out


def test_shards(tmp_path: Path, uneven: Sweep) -> None:
    sweep = Sweep(tmp_path, game(5, [4, 11]) | {"sweep": {"block_bits": 6}})
    for shard in range(2):
        toy("run", sweep.config, "--shard", f"{shard}/2").ends(0)
    shards = sorted(tmp_path.glob("results.shard-*.h5"))
    assert len(shards) == 2
    toy("merge", sweep.file, *shards).ends(0)
    sweep.has(uneven.numbers())
    check_file(sweep.file)


@pytest.mark.parametrize(
    ("dataset", "kind"),
    [
        ("interactions", " ({})"),
        ("salient/positive", " ({})"),
        ("salient/negative", " ({})"),
        ("orders/strength_mean", ""),
        ("orders/salient_count", ""),
        ("conditions/threshold", ""),
    ],
)
def test_a_flipped_byte_is_found(uneven: Sweep, dataset: str, kind: str) -> None:
    with opened(uneven.file) as results:
        stored = results[f"toy/{dataset}"]
        offset, size, rows = stored.id.get_offset(), stored.id.get_storage_size(), stored.shape[0]
    draw = random.Random(dataset)
    for _ in range(3):
        at = draw.randrange(size)
        within = at % (size // rows) * 2 // (size // rows)
        bit = draw.randrange(8)
        flip_bit(uneven.file, offset + at, bit)
        try:
            assert f"/toy/{dataset}{kind.format(KINDS[within])}: sample " in verified(uneven.file, 1)
        finally:
            flip_bit(uneven.file, offset + at, bit)
    verified(uneven.file)


def test_show(uneven: Sweep) -> None:
    row = 1
    shown = toy("show", uneven.file, "--family", "toy", "--sample", row, "--top", 5).ends(0)
    assert re.match(rf"{uneven.file}\nSample {row}: .*, family toy\n", shown.out)
    parts = shown.out.split("Strongest effects of kind ")[1:]
    assert [part.split(";")[0] for part in parts] == list(KINDS)
    with opened(uneven.file) as results:
        n = int(results["samples/n_players"][row])
        for kind, part in enumerate(parts):
            effects = results["toy/interactions"][row, kind, : 1 << n]
            strongest = 1 + np.argsort(-np.abs(effects[1:]), kind="stable")[:5]
            lines = re.findall(r"^ +(\d+) +(\S+) +(\S+) % +(\d+)  \{(.*)\}", part, re.M)
            assert [int(line[0]) for line in lines] == [1, 2, 3, 4, 5]
            assert [float(line[1]) for line in lines] == pytest.approx(effects[strongest], rel=1e-3)
            sets = [", ".join(str(i) for i in range(n) if mask >> i & 1) for mask in strongest]
            assert [line[4] for line in lines] == sets
            table = [line.split() for line in part.split("salient\n")[1].strip().splitlines()]
            assert [int(line[0]) for line in table] == list(range(n + 1))
            for column, name in ((2, "strength_mean"), (4, "strength_max"), (7, "salient_count")):
                expected = results[f"toy/orders/{name}"][row, kind, : n + 1]
                assert [float(line[column]) for line in table] == pytest.approx(expected, rel=1e-3)


def test_show_asks_for_what_there_is(uneven: Sweep) -> None:
    refused = toy("show", uneven.file, "--family", "sparse")
    assert refused.code == 1
    assert "--family sparse: there is no such family; choose one of harsanyi, toy" in refused.err
    for option in (("--players", "0"), ("--index", "sii2")):
        toy("show", uneven.file, "--family", "toy", *option).ends(1, f"{option[0]} is of family harsanyi only")
    toy("show", uneven.file, "--family", "toy", "--conditions").ends(1, "about interactions of one kind")
    for options in ((), ("--sample", 2), ("--players", "0,1"), ("--conditions",)):
        named = toy("show", uneven.file, *options, "--family", "harsanyi").ends(0)
        assert named.out == toy("show", uneven.file, *options).out
    every = toy("show", uneven.file, "--family", "toy").ends(0).out
    for kind in KINDS:
        assert f"By order (number of players) of kind {kind}, mean over 5 samples\n" in every
        assert f"Strongest interactions of kind {kind} of sample 0" in every
    assert "monotone" not in every


def test_analyze_keeps_the_first_family_alone(tmp_path: Path, uneven: Sweep) -> None:
    out = tmp_path / "again.h5"
    toy("analyze", uneven.file, "-o", out).ends(0)
    with opened(out) as results:
        assert "toy" not in results
        assert "salient" in results
    verified(out)
    toy("show", out, "--family", "toy").ends(1, f"use the file with the tables: {uneven.file}")
