"""What `harsanyi show` prints is what the file holds, by name, in at most 100 columns."""

import math
import re
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import (
    Outcome,
    Sweep,
    cancer,
    digits,
    game,
    harsanyi,
    opened,
    put,
    read,
    samples_file,
    setting,
    swept,
    table,
)

NUMBER = re.compile(r" (-?\d[\d.e+-]*)(?:   .*)?$")
RANKED = re.compile(r"^ +(\d+) +(\S+) +(\S+) % (.{8}) +(\d+)  \{(.*)")


def show(file: Path, *options: object, code: int = 0) -> Outcome:
    outcome = harsanyi("show", file, *options).ends(code)
    assert [line for line in outcome.out.splitlines() if len(line) > 100 and line != str(file)] == []
    return outcome


def ranked(outcome: Outcome) -> list[tuple[str, float, float, int, str, str]]:
    """Rank, effect, share of the strongest, order, first names and multiple of the noise of each of the strongest."""
    found = filter(None, map(RANKED.match, outcome.out.splitlines()))
    return [(m[1], float(m[2]), float(m[3]), int(m[5]), m[6], m[4].strip()) for m in found]


@pytest.fixture(scope="module")
def cancer_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sweep = swept(
        tmp_path_factory.mktemp("cancer"),
        cancer([7, 3, 20, 21, 22]),
        *setting("statistics.indices", "[stii2, multi_order]"),
    )
    return sweep.file


@pytest.fixture
def copied(tmp_path: Path, cancer_file: Path) -> Path:
    return Path(shutil.copy(cancer_file, tmp_path / "copy.h5"))


def names_of(file: Path) -> list[str]:
    return [name.decode() for name in read(file, "samples/player_names")]


def masks_by_strength(interactions: np.ndarray) -> np.ndarray:
    """All masks but the empty one, strongest first, the smaller of equals first."""
    return 1 + np.argsort(-np.abs(interactions[1:]), kind="stable")


@pytest.mark.parametrize("top", [1, 10, 4095, 100000])
def test_strongest_by_name(cancer_file: Path, top: int) -> None:
    outcome = show(cancer_file, "--sample", 20, "--top", top)
    interactions, names = read(cancer_file, "interactions")[2], names_of(cancer_file)
    lines = ranked(outcome)
    assert len(lines) == min(top, 4095)
    for line, mask in zip(lines, masks_by_strength(interactions), strict=False):
        effect, order = interactions[mask], int(mask).bit_count()
        first = next(name for i, name in enumerate(names) if mask >> i & 1)
        assert line[1] == pytest.approx(effect, rel=1e-3, abs=1e-300)
        assert line[2] == pytest.approx(100 * abs(effect) / np.abs(interactions[1:]).max(), abs=0.051)
        assert line[3] == order
        assert line[4].startswith(first)
    assert outcome.out.startswith(f"{cancer_file}\nSample 20: label {read(cancer_file, 'samples/label')[2]}, ")


def test_long_sets_go_on_in_the_next_line(cancer_file: Path) -> None:
    """The set of all players, as one piece again."""
    names = names_of(cancer_file)
    out = show(cancer_file, "--sample", 3, "--top", 4095).out
    assert "{" + ", ".join(names) + "}" in re.sub(r"\n {44}", " ", out)


def test_shapley_values_and_orders(cancer_file: Path) -> None:
    out = show(cancer_file, "--sample", 7, "--top", 1).out
    with opened(cancer_file) as results:
        for name, value in zip(names_of(cancer_file), results["indices/shapley"][0], strict=True):
            found = re.search(rf"{name} +(\S+)", out.split("Shapley values")[1])
            assert found
            assert float(found[1]) == pytest.approx(value, rel=1e-3)
        table = [line.split() for line in out.split("salient\n")[1].splitlines()]
        assert [int(row[0]) for row in table] == list(range(13))
        columns = {2: "strength_mean", 4: "strength_max", 5: "noise_floor", 8: "output_mean", 9: "salient_count"}
        for column, name in columns.items():
            shown = [float(row[column].replace(",", "")) for row in table]
            assert shown == pytest.approx(results[f"orders/{name}"][0], rel=1e-3)


def test_strength_in_units_of_the_noise(tmp_path: Path, cancer_file: Path) -> None:
    """Of the floor of the interaction's own order; blank where the noise is unknown or 0."""
    floors, interactions = read(cancer_file, "orders/noise_floor")[0], read(cancer_file, "interactions")[0]
    assert floors == pytest.approx(read(cancer_file, "samples/noise_sigma")[0] * 2 ** (np.arange(13) / 2))
    outcome = show(cancer_file, "--sample", 7, "--top", 4095)
    assert f"  noise {read(cancer_file, 'samples/noise_sigma')[0]:>14.4g}   standard deviation in v(S)" in outcome.out
    lines = ranked(outcome)
    for line, mask in zip(lines, masks_by_strength(interactions), strict=True):
        ratio = abs(interactions[mask]) / floors[line[3]]
        assert float(line[5].replace(",", "")) == pytest.approx(ratio, rel=0.06)
    assert {line[5] for line in ranked(show(cancer_file))} <= {line[5] for line in lines}
    for sigma in ("none", 0, 0.5):
        sweep = swept(tmp_path, game(1, 8), *setting("statistics.noise_sigma", sigma), name=f"{sigma}.h5")
        lines = ranked(show(sweep.file, "--top", 255))
        assert len(lines) == 255
        for line in lines:
            expected = abs(line[1]) / (0.5 * 2 ** (line[3] / 2))
            assert float(line[5]) == pytest.approx(expected, rel=0.06, abs=1e-9) if sigma == 0.5 else line[5] == ""


def test_all_samples(cancer_file: Path) -> None:
    out = show(cancer_file).out
    assert "12 players; 5 samples: 5 done, 0 failed, 0 left" in out
    assert "sample 7 (the others" in out
    table = [line.split() for line in out.split("salient\n")[1].split("\n\n")[0].splitlines()]
    with opened(cancer_file) as results:
        columns = ("strength_mean", "noise_floor", "interaction_sum", "cancellation", "output_mean")
        for column, name in enumerate(columns, 1):
            mean = results[f"orders/{name}"][()].mean(axis=0)
            shown = [float("nan") if row[column] == "-" else float(row[column]) for row in table]
            assert shown == pytest.approx(mean, rel=1e-3, abs=1e-12, nan_ok=True)


def test_across_samples(cancer_file: Path) -> None:
    out = show(cancer_file, "--top", 3).out
    block = out[out.index("Interactions that are salient") : out.index("Strongest interactions of sample")]
    lines = [line.split() for line in block.splitlines()]
    with opened(cancer_file) as results:
        summary = results["summary"]
        for rank in range(3):
            found = next(line for line in lines if line[:1] == [str(rank + 1)] and "%" in line)
            assert float(found[1]) == pytest.approx(100 * summary["interactions/frequency"][rank], abs=0.05)
            assert float(found[3]) == pytest.approx(summary["interactions/effect_mean"][rank], rel=1e-3)
            signs = [summary["interactions/positive"][rank], summary["interactions/negative"][rank]]
            assert [float(found[6]), float(found[7])] == signs
        k = summary["transferability/k"][:].tolist()
        shares = [summary[f"transferability/{name}"][k.index(10)] for name in ("rho", "rho_heldout", "rho_random")]
        held = next(line for line in lines if line[:1] == ["10"])
        assert [float(number) for number in held[1:]] == pytest.approx(shares, rel=1e-3)
        k = summary["faithfulness/k"][:].tolist()
        rebuilt = [summary[f"faithfulness/{name}"][k.index(1000)] for name in ("rmse", "max_error", "r2")]
        kept = next(line for line in lines if line[:1] == ["1000"])
        assert [float(number) for number in kept[1:]] == pytest.approx(rebuilt, rel=1e-3)


def test_conditions(cancer_file: Path) -> None:
    with h5py.File(cancer_file, "r", locking=False) as results:
        conditions = {name: item[()] for name, item in results["conditions"].items()}
    out = show(cancer_file, "--conditions").out
    assert f"{100 * (conditions['monotone'] == 1).mean():.1f} %" in out
    p = conditions["p_paper"][np.isfinite(conditions["p_paper"])]
    assert f"{p.mean():.4g} ± {p.std():.4g}" in out
    salient = conditions["salient_total"]
    assert f"{salient.mean():.4g} ± {salient.std():.4g}" in out
    assert f"{salient.min():.4g} ... {salient.max():.4g}" in out
    limits = [line.split() for line in out.split("mean share\n")[1].splitlines()]
    for order, within, _, mass, _ in limits:
        m = int(order)
        assert float(within) == pytest.approx(100 * (conditions["order_limit"] <= m).mean(), abs=0.051)
        assert float(mass) == pytest.approx(100 * conditions["mass_above"][:, m].mean(), abs=0.0051)
    one = show(cancer_file, "--sample", 21, "--conditions").out
    assert f"order limit   {conditions['order_limit'][3]:.0f}: no I(S) of more" in one
    assert f"{conditions['p_paper'][3]:.4g} by the paper's estimate" in one


def test_conditions_of_a_sample_that_is_left_out(tmp_path: Path) -> None:
    sweep = swept(tmp_path, table(tmp_path, [[3.0, 2.0, 2.0, 0.5], [1.0, 1.0, 1.0, 1.0]]))
    file = sweep.file
    falling, flat = (show(file, "--sample", sample, "--conditions").out for sample in range(2))
    assert "2 monotone      no: the mean output falls at 2 of 2 orders, by 1.5 at most\n" in falling, falling
    assert "  left out of the theorems: " in falling and "  left out of the theorems: " in flat
    assert "unknown reason" not in falling + flat
    assert falling.partition("left out")[2].splitlines()[0] != flat.partition("left out")[2].splitlines()[0]


def test_why_samples_are_left_out(tmp_path: Path) -> None:
    """A constant has no interactions."""
    sweep = swept(tmp_path, game(3, 4) | {"model": {"backend": "game", "game": "constant", "samples": 3, "players": 4}})
    out = show(sweep.file, "--conditions").out
    assert re.search(r"3  all interactions are 0\n", out)
    of_one = show(sweep.file, "--sample", 0, "--conditions").out
    assert "0   of 15 interactions: none is, as all are 0\n\nStrongest interactions\n  all are 0\n" in of_one
    assert "nan" not in of_one + out + show(sweep.file).out
    assert re.search(r"how often > 0 and < 0\n.*\n  none\n", show(sweep.file).out)


@pytest.mark.parametrize("scale", [1e100, 1e-100])
def test_columns_stay_apart(tmp_path: Path, scale: float) -> None:
    """Also of numbers whose exponent takes three digits; -0 is 0."""
    values = scale * np.random.default_rng(1).normal(size=(3, 16))
    sweep = swept(tmp_path, table(tmp_path, np.vstack([values, np.full(16, -0.0)])))
    one = harsanyi("show", sweep.file, "--sample", 1).ends(0).out  # in a few columns more than 100
    lines = [line.split() for line in one.split("salient\n")[-1].splitlines()]
    assert [len(line) for line in lines] == [10] * 5, one
    assert [float(line[4]) for line in lines] == pytest.approx(read(sweep.file, "orders/strength_max")[1], rel=1e-3)
    found = re.findall(r" %  (\S+) ± (\S+) +(\d+) +(\d+)  \{", show(sweep.file).out)
    assert len(found) == 10
    assert " -0 " not in show(sweep.file, "--sample", 3).out


def test_players_that_not_all_samples_have(tmp_path: Path) -> None:
    """Means by order are over the samples that have it, which is said; a single one is no plural."""
    out = show(swept(tmp_path, game(4, [2, 5])).file).out
    assert "\n  up to 5 players; 4 samples: 4 done" in out
    assert "mean over 4 samples; u = v - v(empty)\norder m: over those with m players or more\n" in out
    single = show(swept(tmp_path, game(1, 1), name="one.h5").file)
    assert "Sample 0: 1 player\n" in show(tmp_path / "one.h5", "--sample", 0).out  # a game has no target
    assert "\n  1 player; 1 sample: 1 done" in single.out and "mean over 1 sample;" in single.out


def test_exactly_these_players(cancer_file: Path) -> None:
    names = names_of(cancer_file)
    mask = 1 << 2 | 1 << 7
    out = show(cancer_file, "--sample", 22, "--players", f"{names[7]}, {names[2]}").out
    assert "{" + f"{names[2]}, {names[7]}" + "}" in out
    with opened(cancer_file) as results:
        value, effect = results["values"][4, mask], results["interactions"][4, mask]
        salient = abs(effect) >= results["conditions/threshold"][4]
    shown = dict(re.findall(r"(v|I)\(S\) +(\S+)", out))
    assert (float(shown["v"]), float(shown["I"])) == (value, effect)
    assert ("not salient" in out) == (not salient)
    empty = show(cancer_file, "--players", "").out
    assert "Sample 7, interaction I(S) of {}" in empty
    assert "never salient" in empty


@pytest.mark.parametrize(
    ("index", "chosen", "number"),
    [
        ("shapley", (4,), "indices/shapley[1, 4]"),
        ("banzhaf", (0,), "indices/banzhaf[1, 0]"),
        ("sii2", (3, 1), "indices/sii2[1, 1, 3]"),
        ("sii2", (5,), "indices/shapley[1, 5]"),
        ("stii2", (2, 9), "indices/stii2[1, 2, 9]"),
        ("moebius", (0, 1, 2, 3), "interactions[1, 15]"),
    ],
)
def test_index_of_players(cancer_file: Path, index: str, chosen: tuple[int, ...], number: str) -> None:
    names = names_of(cancer_file)
    out = show(cancer_file, "--sample", 3, "--index", index, "--players", ",".join(names[i] for i in chosen)).out
    dataset, place = number.rstrip("]").split("[")
    expected = read(cancer_file, dataset)[tuple(map(int, place.split(", ")))]
    lines = out.splitlines()
    found = NUMBER.search(lines[2 if index == "moebius" else 1])
    assert found
    assert float(found[1]) == expected


def derivative(values: np.ndarray, chosen: tuple[int, ...]) -> np.ndarray:
    """The discrete derivatives of v by these players, at each set of the others."""
    for player in sorted(chosen, reverse=True):
        halves = values.reshape(-1, 2, 1 << player)
        values = (halves[:, 1] - halves[:, 0]).reshape(-1)
    return values


def by_definition(index: str, values: np.ndarray, chosen: tuple[int, ...]) -> float:
    n, t, derivatives = values.size.bit_length() - 1, len(chosen), derivative(values, chosen)
    weights = {
        "sii": [1 / ((n - t + 1) * math.comb(n - t, s)) for s in range(n - t + 1)],
        "stii": [t / (n * math.comb(n - 1, s)) for s in range(n - t + 1)],
        "bii": [0.5 ** (n - t)] * (n - t + 1),
    }[index]
    return math.fsum(weights[mask.bit_count()] * d for mask, d in enumerate(derivatives))


@pytest.mark.parametrize("index", ["sii", "stii", "bii"])
@pytest.mark.parametrize("chosen", [(4,), (3, 1), (0, 5, 11), (2, 4, 6, 8), tuple(range(11)), tuple(range(12))])
def test_index_of_any_order(cancer_file: Path, index: str, chosen: tuple[int, ...]) -> None:
    names, titles = names_of(cancer_file), {"sii": "Shapley", "stii": "Shapley-Taylor", "bii": "Banzhaf"}
    out = show(cancer_file, "--sample", 3, "--index", index, "--players", ",".join(names[i] for i in chosen)).out
    title, line = re.sub(r"\n {4,}", " ", out).splitlines()
    interaction = "" if index == "stii" else "interaction "
    order = f"Sample 3, {titles[index]} {interaction}index of order {len(chosen)} of "
    assert title == order + "{" + ", ".join(names[i] for i in sorted(chosen)) + "}"
    found = NUMBER.search(line)
    assert found
    expected = by_definition(index, read(cancer_file, "values")[1], chosen)
    assert float(found[1]) == pytest.approx(expected, rel=1e-9, abs=1e-11)
    assert ("of one player: " in line) == (len(chosen) == 1)


def test_indices_of_a_single_player(tmp_path: Path) -> None:
    """n = 1, where nothing but v(N) - v(empty) is there; and n = 2."""
    sweep = swept(tmp_path, game(2, [1, 2]))
    values = sweep.read("values")
    for index in ("sii", "stii", "bii", "shapley", "moebius"):
        out = show(sweep.file, "--index", index, "--players", "0").out
        assert float(out.split()[-1] if index == "shapley" else NUMBER.findall(out, re.M)[0]) == pytest.approx(
            values[0, 1] - values[0, 0], abs=1e-15
        )
    assert "there is no player" in show(sweep.file, "--index", "multi_order", "--players", "0,1", code=1).err
    out = show(sweep.file, "--sample", 1, "--index", "multi_order", "--players", "0,1").out
    assert [float(line.split()[1]) for line in out.splitlines()[2:]] == [sweep.read("interactions")[1, 3]]


def test_multi_order_that_is_not_stored(tmp_path: Path, cancer_file: Path) -> None:
    sweep = swept(tmp_path, cancer([3]))
    names = names_of(cancer_file)
    pair = ("--sample", 3, "--index", "multi_order", "--players", f"{names[0]},{names[5]}")
    computed, stored = (
        [line.split() for line in show(file, *pair).out.splitlines()] for file in (sweep.file, cancer_file)
    )
    assert computed[:2] == stored[:2]
    assert len(computed) == 2 + 11
    expected = read(cancer_file, "indices/multi_order")[1, :, 0, 5]
    assert [float(value) for _, value in stored[2:]] == expected.tolist()
    assert [float(value) for _, value in computed[2:]] == pytest.approx(expected, rel=1e-9, abs=1e-11)


def test_files_without_tables(tmp_path: Path, cancer_file: Path) -> None:
    """They answer what they store, and say where the rest is."""
    out_file = tmp_path / "out.h5"
    assert harsanyi("analyze", cancer_file, "-o", out_file).code == 0
    pair = ("--sample", 3, "--players", ",".join(names_of(cancer_file)[:2]), "--index")
    assert show(out_file, *pair, "sii2").out == show(cancer_file, *pair, "sii2").out
    assert show(out_file, *pair, "shapley").out == show(cancer_file, *pair, "shapley").out
    assert show(out_file, *pair, "multi_order").out == show(cancer_file, *pair, "multi_order").out
    for index in ("sii", "stii", "bii", "bii2", "moebius"):
        assert f"use the file with the tables: {cancer_file}" in show(out_file, *pair, index, code=1).err


def test_index_of_all(cancer_file: Path) -> None:
    names = names_of(cancer_file)
    out = show(cancer_file, "--sample", 3, "--index", "sii2", "--top", 66).out
    sii2 = read(cancer_file, "indices/sii2")[1]
    pairs = sorted((-abs(sii2[i, j]), i, j) for j in range(12) for i in range(j))
    for line, (_, i, j) in zip(out.splitlines()[1:], pairs, strict=True):
        assert line.endswith("{" + f"{names[i]}, {names[j]}" + "}")
    multi = show(cancer_file, "--sample", 3, "--index", "multi_order", "--players", f"{names[0]},{names[5]}").out
    shown = [float(line.split()[1]) for line in multi.splitlines()[2:]]
    assert shown == pytest.approx(read(cancer_file, "indices/multi_order")[1, :, 0, 5], rel=1e-3)
    assert "worst texture" in show(cancer_file, "--index", "banzhaf").out
    strongest = show(cancer_file, "--sample", 3, "--index", "moebius", "--top", 20)
    assert ranked(strongest) == ranked(show(cancer_file, "--sample", 3, "--top", 20))
    assert len(ranked(strongest)) == 20


def test_pairs_that_are_alike_come_by_their_mask(tmp_path: Path) -> None:
    sweep = swept(tmp_path, table(tmp_path, np.full(16, 3.5)))
    out = show(sweep.file, "--index", "sii2").out
    assert re.findall(r"\{(.*)\}", out) == ["0, 1", "0, 2", "1, 2", "0, 3", "1, 3", "2, 3"], out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--sample", 4), "has no sample 4; it holds samples 7, 3, 20-22"),
        (("--index", "owen"), "there is no index owen"),
        (("--index", "bii2"), "statistics.indices=[bii2]"),
        (("--index", "sii2", "--players", "worst area,worst texture,radius error"), "one or two players"),
        (("--index", "sii"), "one player or more (--players), not 0; sii2, stii2 and bii2 list the strongest pairs"),
        (("--index", "stii", "--players", ""), "one player or more"),
        (("--index", "multi_order"), "two players"),
        (("--index", "shapley", "--players", ""), "one player or more"),
        (("--sample", -1), "--sample takes"),
    ],
)
def test_refused(cancer_file: Path, options: tuple[object, ...], says: str) -> None:
    outcome = show(cancer_file, *options, code=1)
    assert says in outcome.err
    assert outcome.out == ""


def test_samples_that_are_not_done(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(4, [5, 8], fault="nan", fault_sample=0, fault_mask=3))
    assert sweep.run().code == 2
    put(sweep.file, "samples/status", 0, 1)
    failed = "sample 0: failed: mask 0x3: output is NaN\n"
    assert show(sweep.file, "--sample", 0).out == failed
    assert show(sweep.file, "--sample", 0, "--conditions", "--players", "1").out == failed
    assert show(sweep.file, "--sample", 1).out == "sample 1: pending\n"
    out = show(sweep.file).out
    assert "4 samples: 2 done, 1 failed, 1 left" in out
    assert failed in out
    assert "sample 2 (the others" in out
    put(sweep.file, "samples/status", 0, np.s_[2:])
    assert "0 done, 1 failed, 3 left" in show(sweep.file).out
    assert "0 done" in show(sweep.file, "--conditions").out
    assert show(sweep.file, "--index", "shapley").out == failed


def test_many_samples_that_failed(tmp_path: Path) -> None:
    sweep = swept(tmp_path, game(14, 5) | {"statistics": {"curves": False}})
    whole = show(sweep.file).out
    assert "v rebuilt from" not in whole
    put(sweep.file, "samples/status", 2, np.s_[:12])
    put(sweep.file, "samples/error_kind", 1, np.s_[:12])
    put(sweep.file, "samples/error", b"for a reason", np.s_[:12])
    out = harsanyi("show", sweep.file).out  # its path makes a line longer than the terminal
    assert out.count("failed: for a reason") == 10
    assert f"  ... 2 more: harsanyi status {sweep.file}\n" in out


def test_names_in_any_script(tmp_path: Path) -> None:
    names = ["Öhrchen", "鼻", "mouth, left", "x"]
    named = samples_file(tmp_path, np.zeros((2, 4)), player_names=[name.encode() for name in names])
    sweep = swept(tmp_path, {"model": {"backend": "game", "game": "sparse", "terms": 9}, "samples": named})
    out = show(sweep.file, "--sample", 1).out
    grid = out.split("Shapley values")[1].splitlines()[1:3]
    assert [grid[i // 2].index(names[i]) for i in range(4)] == [2, 28, 2, 28]
    assert "{鼻, mouth, left}" in show(sweep.file, "--players", "mouth, left,鼻").out


def test_square_of_patches(tmp_path: Path) -> None:
    sweep = swept(tmp_path, digits("3:4"))
    rows = show(sweep.file).out, show(sweep.file, "--sample", 3).out.split("Shapley values")[1].splitlines()
    assert "{r" in rows[0]
    for r in range(4):
        assert re.findall(r"r\dc\d", rows[1][1 + r]) == [f"r{r}c{c}" for c in range(4)]


def test_damaged_files(copied: Path, tmp_path: Path) -> None:
    with h5py.File(copied, "r+") as results:
        results["orders/strength_mean"][3, 2] += 1e-9
    assert "sample 21 do not match their checksum" in show(copied, "--sample", 21, code=1).err
    assert harsanyi("verify", copied).code == 1  # the overview does not check each row
    assert "Sample 20" in show(copied, "--sample", 20).out
    cut = tmp_path / "cut.h5"
    cut.write_bytes(copied.read_bytes()[:100_000])
    assert str(cut) in show(cut, code=1).err
