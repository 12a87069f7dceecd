"""The reader against h5py and literal loops, on files that the built program made."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from harness import Sweep, cancer, game, harsanyi, setting
from harsanyi.reader import Results, open_results
from made import of_tables, set_noise, set_status, swept, with_probes

SPARSE = setting("sparse.gap", 1e-3)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two samples of twelve named players, with AND and OR interactions, and one that is not done."""
    path = swept(tmp_path_factory.mktemp("both"), cancer("3:6"), *setting("sparse.kinds", "and_or"), *SPARSE)
    set_status(path, 2, 0)
    return path


@pytest.fixture(scope="module")
def ands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return swept(tmp_path_factory.mktemp("ands"), cancer("3:5"), *setting("sparse.kinds", "and"), *SPARSE)


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four samples of twelve named players, with a noise floor."""
    path = swept(tmp_path_factory.mktemp("named"), cancer("3:7"))
    set_noise(path, 1e-5)
    return path


def test_a_shard_has_no_summary(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(5, 4))
    assert sweep.run("--shard", "1/2").code == 0
    with open_results(tmp_path / "results.shard-1-of-2.h5") as results:
        assert results.is_shard
        assert not results.summary_valid
        assert results.index.tolist() == [1, 3]
        assert np.isfinite(results.orders("output_mean")).all()
        with pytest.raises(ValueError, match="is a shard; harsanyi merge makes statistics"):
            results.summary("transferability/rho")


def test_is_what_h5py_reads(named: Path) -> None:
    with h5py.File(named) as file, open_results(named) as results:
        assert (results.rows, results.players, results.has_tables) == (4, 12, True)
        assert results.done.tolist() == [0, 1, 2, 3]
        assert results.index.tolist() == [3, 4, 5, 6]
        assert results.row_of(5) == 2
        for row in range(4):
            assert np.array_equal(results.values(row), file["values"][row])
            assert np.array_equal(results.interactions(row), file["interactions"][row])
            assert np.array_equal(results.noise_floor(row), file["orders/noise_floor"][row])
        for name in file["orders"]:
            assert np.array_equal(results.orders(name), file[f"orders/{name}"][:], equal_nan=True)
        assert np.array_equal(results.index_values("sii2"), file["indices/sii2"][:])
        assert np.array_equal(results.conditions("monotone"), file["conditions/monotone"][:])
        assert results.summary_valid
        assert np.array_equal(results.summary("transferability/rho"), file["summary/transferability/rho"][:])
        assert results.names(0) == [name.decode() for name in file["samples/player_names"][:]]
        assert results.attributes["format"] == "harsanyi results"


def test_settings_and_runs(named: Path) -> None:
    with open_results(named) as results:
        assert results.setting("statistics.salience") == "0.05"
        assert results.setting("statistics.indices") == "[shapley, banzhaf, sii2]"
        assert results.setting("model.input") is None
        assert results.setting("no.such") is None
        assert str(results.setting("samples.file")).endswith("cancer12.h5")
        (run,) = results.runs()
        assert run["exit"] == "ended" and run["masks"] == 4 * 4096


def test_gets_by_names_and_numbers(named: Path) -> None:
    with open_results(named) as results:
        mask = 1 << 1 | 1 << 6
        assert results.names(1)[1] == "mean concave points" and results.names(1)[6] == "worst radius"
        expected = results.interactions(1)[mask]
        assert results.get(1, ["worst radius", "mean concave points"]) == expected
        assert results.get(1, [6, 1]) == results.get(1, [np.int64(6), "mean concave points"]) == expected
        assert results.value(1, [1, 6]) == results.values(1)[mask]
        assert results.get(1, []) == results.interactions(1)[0]
        with pytest.raises(ValueError, match="no player is called 'nose'; there are: mean concavity, "):
            results.get(1, ["nose"])
        with pytest.raises(ValueError, match="no player 12; the last is 11"):
            results.get(1, [12])
        with pytest.raises(ValueError, match="no sample 99"):
            results.row_of(99)


@pytest.mark.parametrize("top", [None, 1, 17, 1024, 1500, 10**6])
def test_strongest_first(named: Path, top: int | None) -> None:
    with open_results(named) as results:
        table = results.interactions(2)
        threshold = results.conditions("threshold")[2]
        expected = sorted(range(1, 4096), key=lambda mask: (-abs(table[mask]), mask))[:top]
        found = list(results.strongest(2, top))
        assert [interaction.mask for interaction in found] == expected
        for interaction in found:
            players = [name for bit, name in enumerate(results.names(2)) if interaction.mask >> bit & 1]
            assert interaction.players == tuple(players)
            assert interaction.effect == table[interaction.mask]
            assert interaction.strength == abs(interaction.effect)
            assert interaction.order == len(players)
            assert interaction.salient == (abs(interaction.effect) >= threshold)
            assert interaction.floors == interaction.strength / (1e-5 * 2 ** (len(players) / 2))


def test_equal_strengths_come_by_mask(tmp_path: Path) -> None:
    # Dividends ±1 everywhere: 2^11 - 1 equal strengths, more than the first batch.
    signs = np.random.default_rng(0).choice([-1.0, 1.0], size=2048)
    values = signs.copy()
    for bit in range(11):
        pairs = values.reshape(-1, 2, 1 << bit)
        pairs[:, 1] += pairs[:, 0]
    with open_results(of_tables(tmp_path, [values])) as results:
        for top in (5, 1030, None):
            found = list(results.strongest(0, top))
            assert [interaction.mask for interaction in found] == list(range(1, 2048))[:top]
        assert np.isnan(found[0].floors)  # a table has no noise floor


def test_rows_that_are_not_done_are_nan(tmp_path: Path) -> None:
    path = swept(tmp_path, game(4, 5))
    set_status(path, 1, 0)
    set_status(path, 2, 2, "the model gave NaN")
    with open_results(path) as results:
        assert results.done.tolist() == [0, 3]
        assert [results.error(row) for row in range(4)] == ["", "", "the model gave NaN", ""]
        for row in (1, 2):
            assert np.isnan(results.values(row)).all() and np.isnan(results.interactions(row)).all()
            assert np.isnan(results.get(row, [0])) and list(results.strongest(row)) == []
            assert np.isnan(results.orders("strength_mean")[row]).all() and np.isnan(
                results.conditions("monotone")[row]
            )
            assert np.isnan(results.index_values("shapley")[row]).all()
        assert np.isfinite(results.orders("strength_mean")[[0, 3]]).all()


def test_uneven_players(tmp_path: Path) -> None:
    path = swept(tmp_path, game(4, [3, 5]))
    with h5py.File(path) as file, open_results(path) as results:
        assert results.n_players.tolist() == [3, 4, 5, 3]
        for row, n in enumerate([3, 4, 5, 3]):
            assert np.array_equal(results.interactions(row), file["interactions"][row, : 2**n])
            assert results.names(row) == [str(player) for player in range(n)]
            assert len(list(results.strongest(row))) == 2**n - 1
            assert len(results.noise_floor(row)) == n + 1
        with pytest.raises(ValueError, match="no player 3"):
            results.get(0, [3])


def test_nothing_is_salient_where_all_is_zero(tmp_path: Path) -> None:
    with open_results(of_tables(tmp_path, [[2.0] * 8])) as results:
        found = list(results.strongest(0))
        assert [(i.mask, i.strength, i.salient) for i in found] == [(mask, 0.0, False) for mask in range(1, 8)]


def test_tables_of_an_analyzed_file(named: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.h5"
    outcome = harsanyi("analyze", named, "-o", out, "--select", "5:7", "--set", "statistics.salience=0.2")
    assert outcome.code == 0, outcome.err
    with open_results(named) as tables, open_results(out) as results:
        assert not results.has_tables and results.index.tolist() == [5, 6]
        assert np.array_equal(results.interactions(0), tables.interactions(2))
        assert results.get(1, [0, 4]) == tables.get(3, [0, 4])
        strongest = next(results.strongest(0))
        assert strongest.mask == next(tables.strongest(2)).mask
        salient = sum(interaction.salient for interaction in results.strongest(0))
        assert salient == results.conditions("salient_total")[0] < tables.conditions("salient_total")[2]


def test_an_analyzed_file_without_its_tables_says_so(tmp_path: Path) -> None:
    path = swept(tmp_path, game(2, 4))
    out = tmp_path / "out.h5"
    assert harsanyi("analyze", path, "-o", out).code == 0
    path.rename(tmp_path / "elsewhere.h5")
    with open_results(out) as results:
        assert np.isfinite(results.orders("strength_mean")).all()
        with pytest.raises(
            ValueError, match="`harsanyi analyze` makes them; the tables are in the file .*results.h5`, which"
        ):
            results.interactions(0)
    other = tmp_path / "other"
    other.mkdir()
    swept(other, game(2, 4, seed=5)).rename(path)
    with open_results(out) as results, pytest.raises(ValueError, match="has another v_empty than in"):
        results.interactions(0)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no such file"):
        open_results(tmp_path / "missing.h5")
    text = tmp_path / "text.h5"
    text.write_text("no HDF5")
    with pytest.raises(ValueError, match="not an HDF5 file"):
        open_results(text)
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["values"] = [1.0]
    with pytest.raises(ValueError, match="not a results file"):
        open_results(tmp_path / "other.h5")
    with h5py.File(tmp_path / "hollow.h5", "w") as file:
        file.attrs["format"], file.attrs["format_version"] = b"harsanyi results", np.int32(2)
    with pytest.raises(ValueError, match="has no /samples/status"):
        open_results(tmp_path / "hollow.h5")
    with h5py.File(tmp_path / "hollow.h5", "r+") as file:
        file.attrs["format_version"] = np.int32(3)
    with pytest.raises(ValueError, match="format version 3; this reader knows 2"):
        open_results(tmp_path / "hollow.h5")


def test_damaged_files(named: Path, tmp_path: Path) -> None:
    """Whichever structure is damaged, and numbers that would take memory without end."""
    whole, path = named.read_bytes(), tmp_path / "damaged.h5"
    for structure in (b"OHDR", b"FRHP", b"FHDB", b"BTHD", b"BTLF"):
        for at in (whole.find(structure), whole.rfind(structure)):
            assert at >= 0
            path.write_bytes(whole[:at] + b"XXXX" + whole[at + 4 :])
            with pytest.raises(ValueError, match="damaged"):
                open_results(path)
    for players in (0, -1, 13, 37):
        path.write_bytes(whole)
        with h5py.File(path, "r+") as file:
            file["samples/n_players"][1] = players
        with pytest.raises(ValueError, match=r"/samples/n_players is not in 1 \.\.\. 12"):
            open_results(path)


def test_version_1_is_refused_with_what_to_type(named: Path, tmp_path: Path) -> None:
    old = tmp_path / "old one.h5"
    shutil.copy(named, old)
    with h5py.File(old, "r+") as file:
        file.attrs["format_version"] = np.int32(1)
    with pytest.raises(ValueError, match="format version 1") as refused:
        open_results(old)
    lines = str(refused.value).splitlines()
    assert lines[1:3] == [f"  harsanyi-samples from-values '{old}' -o new.yaml", "  harsanyi run new.yaml"]


def test_salient_sets_are_the_files_bitmaps(tmp_path: Path) -> None:
    path = swept(tmp_path, game(5, [2, 9]))
    set_status(path, 4, 0)
    with h5py.File(path) as file, open_results(path) as results:
        masks = [1, 3, 9, 40]
        assert results.family("harsanyi").salient_in(masks).shape == (5, 4)
        for row, n in enumerate([2, 3, 4, 5]):
            effects, tau = file["interactions"][row, : 2**n], file["conditions/threshold"][row]
            salient = (np.abs(effects) >= tau) & (np.arange(2**n) > 0)
            assert salient.any()
            assert np.array_equal(results.salient(row), salient)
            assert np.array_equal(results.salient(row, 1), salient & (effects > 0))
            assert np.array_equal(results.salient(row, -1), salient & (effects < 0))
            inside = [bool(mask < 2**n and salient[mask]) for mask in masks]
            assert results.family("harsanyi").salient_in(masks)[row].tolist() == inside
        assert not results.salient(4).any()
        assert not results.family("harsanyi").salient_in(range(1, 64))[4].any()


def test_curves_of_rows(named: Path, tmp_path: Path) -> None:
    with h5py.File(named) as file, open_results(named) as results:
        for name in ("strength", "rmse", "max_error", "r2", "r_omega"):
            assert np.array_equal(results.curves(name), file[f"curves/{name}"][:], equal_nan=True)
        assert results.curves("strength").shape == (4, len(results.curve_axis("rank")))
        assert results.curve_axis("k")[:4].tolist() == [1, 2, 5, 10]
    with (
        open_results(swept(tmp_path, game(1, 5))) as few,
        pytest.raises(ValueError, match="no /curves/rmse; in /curves there is: k, rank"),
    ):
        few.curves("rmse")


def test_further_families(named: Path, tmp_path: Path) -> None:
    """A file with one more: two kinds, minus the effects and their half."""
    path = tmp_path / "more.h5"
    shutil.copy(named, path)
    with h5py.File(path, "r+") as file:
        table = file["interactions"][:]
        file["toy/interactions"] = np.stack([-table, table / 2], axis=1)
        for sign, other in (("positive", "negative"), ("negative", "positive")):
            bits = file[f"salient/{other}"][:]
            file[f"toy/salient/{sign}"] = np.stack([bits, np.zeros_like(bits)], axis=1)
        file["toy/orders/salient_count"] = np.stack([file["orders/salient_count"][:]] * 2, axis=1)
        file["toy/kinds"] = np.array([b"and", b"or"])
    set_status(path, 2, 0)
    with open_results(path) as results:
        assert results.families == ["harsanyi", "toy"]
        toy, first = results.family("toy"), results.family("harsanyi")
        assert (toy.kinds, first.kinds) == (("and", "or"), ("",))
        assert np.array_equal(toy.interactions(1)[0], -results.interactions(1))
        assert np.array_equal(toy.salient(1, 1)[0], first.salient(1, -1)) and not toy.salient(1)[1].any()
        assert np.array_equal(toy.salient_in([5, 4095]), first.salient_in([5, 4095]))
        assert toy.orders("salient_count").shape == (4, 2, 13)
        assert toy.interactions(2).shape == (2, 4096) and np.isnan(toy.interactions(2)).all()
        assert not toy.salient(2).any() and np.isnan(toy.orders("salient_count")[2]).all()
        with pytest.raises(ValueError, match="no family 'sparse'; there are: harsanyi, toy"):
            results.family("sparse")
        assert [i.mask for i in results.strongest(0, 3)] == [i.mask for i in results.strongest(0)][:3]


# ---- several outputs and targets ----


def test_one_output_alone(tmp_path: Path) -> None:
    with open_results(with_probes(tmp_path)) as results:
        early, late = results.by_output()
        assert late.by_output() == [late]
        rows = np.flatnonzero(results.output == 1)
        assert (early.title, late.title) == ("results, early", "results, late") and late.rows == 24
        assert late.done.tolist() == list(range(24)) and results.rows == 48
        row = late.row_of(5, target=2)
        assert (late.index[row], late.target[row], late.row_name(row)) == (5, 2, "5/2")
        assert results.row_name(int(rows[row])) == "5/late/2" == results.row_name(results.row_of(5, "late", 2))
        for read in (Results.values, Results.interactions, Results.salient, Results.noise_floor):
            assert np.array_equal(read(late, row), read(results, int(rows[row])))
        assert late.get(row, [0, 3]) == results.get(int(rows[row]), [0, 3])
        assert late.names(row) == results.names(int(rows[row])) and late.error(row) == ""
        whole, part = (one.family("sparse") for one in (results, late))
        assert np.array_equal(part.orders("strength_max"), whole.orders("strength_max")[rows])
        assert np.array_equal(part.salient_in([1, 5]), whole.salient_in([1, 5])[rows])
        assert np.array_equal(late.sample("v_full"), results.sample("v_full")[rows])
        assert not np.array_equal(early.summary("orders/strength_max_mean"), late.summary("orders/strength_max_mean"))
        means = late.orders("strength_max").mean(axis=0)
        assert late.summary("orders/strength_max_mean") == pytest.approx(means, nan_ok=True)
        assert np.array_equal(part.summary("interactions/mask"), whole.summary("interactions/mask", "late"))
        with pytest.raises(ValueError, match="has no output middle; its outputs: early, late"):
            results.of_output("middle")
        with pytest.raises(ValueError, match="has no sample 5 of the samples file, target 9"):
            late.row_of(5, target=9)


# ---- sparse interactions ----


def test_strongest_of_several_kinds(both: Path) -> None:
    with h5py.File(both) as file, open_results(both) as results:
        effects = file["sparse/interactions"][1]
        bits = [file[f"sparse/salient/{sign}"][1] for sign in ("positive", "negative")]
        salient = np.unpackbits(bits[0] | bits[1], axis=-1, bitorder="little").astype(bool)
        places = [(kind, mask) for kind in (0, 1) for mask in range(1, 4096)]
        expected = sorted(places, key=lambda place: -abs(effects[place]))  # stable: AND first, then the smaller mask
        for top in (None, 30):
            found = list(results.strongest(1, family="sparse", top=top))
            assert [(("and", "or").index(i.kind), i.mask) for i in found] == expected[:top]
            assert [i.effect for i in found] == [effects[place] for place in expected[:top]]
            assert [i.salient for i in found] == [salient[place] for place in expected[:top]]
        assert {i.kind for i in found if i.salient} == {"and", "or"}
        assert all(np.isnan(i.floors) for i in found)  # the noise of v has no known effect on them
        first = found[0]
        assert first.name == f"{first.kind.upper()}({', '.join(first.players)})"
        assert next(results.strongest(1)).name.startswith("{") and next(results.strongest(1)).kind == ""
        assert list(results.strongest(2, family="sparse")) == []


def test_solutions_and_statistics_by_kind(both: Path) -> None:
    with h5py.File(both) as file, open_results(both) as results:
        assert results.families == ["harsanyi", "sparse"]
        family = results.family("sparse")
        assert family.kinds == ("and", "or")
        for name in ("l1", "objective", "lower_bound", "gap", "zeta", "tie_weight", "iterations", "converged"):
            assert np.array_equal(family.solution(name)[:2], file[f"sparse/{name}"][:2])
            assert np.isnan(family.solution(name)[2])
        assert (family.solution("converged")[:2] == 1).all()
        strengths = np.abs(family.interactions(0)[:, 1:]).sum(axis=1)
        assert family.orders("interaction_abs_sum")[0, :, 1:].sum(axis=1) == pytest.approx(strengths)
        assert family.conditions("salient_total")[0].tolist() == family.salient(0).sum(axis=1).tolist()
        with pytest.raises(ValueError, match="has no /harsanyi/l1"):
            results.family("harsanyi").solution("l1")


def test_one_kind_is_labelled(ands: Path) -> None:
    with open_results(ands) as results:
        family = results.family("sparse")
        assert family.kinds == ("and",) and family.interactions(0).shape == (1, 4096)
        assert {i.kind for i in family.strongest(0, 20)} == {"and"}


def to_pandas_columns(
    results: Results, monkeypatch: pytest.MonkeyPatch, *arguments: object, **options: object
) -> object:
    """What to_pandas gives pandas.DataFrame: pandas need not be there."""
    frame = SimpleNamespace(DataFrame=lambda lines, columns: [dict(zip(columns, line, strict=True)) for line in lines])
    monkeypatch.setitem(sys.modules, "pandas", frame)
    return results.to_pandas(*arguments, **options)


def test_to_pandas(both: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_results(both) as results:
        lines = to_pandas_columns(results, monkeypatch, top=3)
        assert [(line["row"], line["family"]) for line in lines] == [
            (row, family) for row in (0, 1) for family in ("harsanyi", "sparse") for _ in range(3)
        ]
        strongest = next(results.strongest(1, family="sparse"))
        line = lines[9]
        assert (line["sample"], line["output"], line["target"]) == (4, 0, results.target[1])
        assert (line["kind"], line["mask"], line["players"]) == (strongest.kind, strongest.mask, strongest.players)
        assert (line["effect"], line["salient"]) == (strongest.effect, strongest.salient)
        assert {line["kind"] for line in lines[:3]} == {""}
        few = to_pandas_columns(results, monkeypatch, 1, top=2, family="sparse")
        assert [line["mask"] for line in few] == [line["mask"] for line in lines[9:11]]
        assert to_pandas_columns(results, monkeypatch, 2) == []
        monkeypatch.setitem(sys.modules, "pandas", None)
        with pytest.raises(ImportError, match="to_pandas needs the package pandas: pip install pandas"):
            results.to_pandas(0)


def test_to_pandas_is_a_frame(both: Path) -> None:
    pandas = pytest.importorskip("pandas", reason="pandas is not installed: pip install pandas")
    with open_results(both) as results:
        frame = results.to_pandas(0, top=5)
        assert isinstance(frame, pandas.DataFrame) and len(frame) == 10
        assert frame.groupby("family")["strength"].max()["harsanyi"] == next(results.strongest(0)).strength
        assert list(results.to_pandas(2).columns) == list(frame.columns)


def test_to_shapiq_has_no_or(both: Path, ands: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        open_results(both) as results,
        pytest.raises(ValueError, match="'sparse' has OR interactions, and shapiq has no"),
    ):
        results.to_shapiq(0, family="sparse")
    monkeypatch.setitem(sys.modules, "shapiq", SimpleNamespace(InteractionValues=lambda **given: given))
    with open_results(ands) as results:
        effects = results.family("sparse").interactions(0)[0]
        assert results.to_shapiq(0, family="sparse")["values"].tolist() == effects.tolist()
        assert results.to_shapiq(0)["baseline_value"] == results.interactions(0)[0]


def test_rows_of_one_sample(named: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.h5"
    shutil.copy(named, path)
    with h5py.File(path, "r+") as file:
        file["samples/index"][:] = [3, 3, 3, 4]
        file["samples/output"][:] = [0, 1, 1, 0]
        file["samples/target"][:] = [0, 0, 1, 0]
    with open_results(path) as results:
        assert [results.row_of(3), results.row_of(3, 1), results.row_of(3, 1, 1), results.row_of(4)] == [0, 1, 2, 3]
        with pytest.raises(ValueError, match="has no sample 4"):
            results.row_of(4, 1)


def test_what_is_known_of_rows_and_warnings(named: Path, tmp_path: Path) -> None:
    path = tmp_path / "warned.h5"
    shutil.copy(named, path)
    with h5py.File(path, "r+") as file:
        file["provenance/warnings"][:2] = [b"names differ", "ü".encode()]
    with open_results(path) as results:
        assert results.warnings() == ["names differ", "ü"]
        assert results.sample("noise_why").tolist() == [0] * 4
        assert len(set(results.sample("input_crc").tolist()) - {0}) == 4
        with pytest.raises(ValueError, match="no /samples/nothing; .*input_crc"):
            results.sample("nothing")


def test_names_what_is_missing(named: Path) -> None:
    with (
        open_results(named) as results,
        pytest.raises(ValueError, match="no /indices/stii2; .* banzhaf, shapley, sii2"),
    ):
        results.index_values("stii2")


def test_to_shapiq(named: Path) -> None:
    shapiq = pytest.importorskip("shapiq", reason="shapiq is not installed: pip install shapiq")
    with open_results(named) as results:
        table = results.interactions(0)
        all_orders = results.to_shapiq(0)
        assert isinstance(all_orders, shapiq.InteractionValues) and all_orders.index == "Moebius"
        for mask in (0, 1, 6, 4095):
            players = tuple(player for player in range(12) if mask >> player & 1)
            assert all_orders[players] == table[mask]
        pairs = results.to_shapiq(0, order=2)
        assert pairs.max_order == 2 and len(pairs.values) == 1 + 12 + 66


def test_to_shapiq_without_shapiq(named: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "shapiq", None)
    with open_results(named) as results, pytest.raises(ImportError, match="package shapiq: pip install shapiq"):
        results.to_shapiq(0)


def test_to_shapiq_with_half_a_shapiq(named: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Installed without what it needs."""
    (tmp_path / "shapiq.py").write_text("import no_such_package.part")
    monkeypatch.delitem(sys.modules, "shapiq", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with (
        open_results(named) as results,
        pytest.raises(ImportError, match="needs the package no_such_package: pip install shapiq"),
    ):
        results.to_shapiq(0)
