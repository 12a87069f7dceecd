"""`harsanyi plan` says what a sweep would cost and what looks wrong with it, in seconds, and makes nothing."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from harness import (
    CANCER,
    DIGITS,
    Sweep,
    block_masks,
    cancer,
    datasets_of,
    digits,
    game,
    harsanyi,
    hdf5,
    masks_by_rank,
    network,
    of_values,
    opened,
    setting,
    swept,
)


def test_plan(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, digits("0:100"))
    outcome = harsanyi("plan", sweep.config, "--ranks", 64).ends(0)
    assert "evaluations   6,553,600, and 6,400 more to estimate the noise\n" in outcome.out
    without = harsanyi("plan", sweep.config, *setting("statistics.noise_sigma", "none"))
    assert "evaluations   6,553,600\n" in without.out
    assert "softmax" not in outcome.out
    assert re.search(r"time .* core-hours; .* on 64 ranks", outcome.out)
    assert not sweep.file.exists()


def test_plan_as_json(tmp_path: Path) -> None:
    """The same figures for scripts (jobs/submit.sh reads them); what is not known is null."""
    sweep = Sweep(tmp_path, game(3, 9, sleep_us=100))
    outcome = harsanyi("plan", sweep.config, "--ranks", 4, "--json").ends(0)
    told = json.loads(outcome.out)
    assert told["output"] == str(sweep.file)
    assert (told["samples"], told["players"], told["ranks"]) == (3, {"min": 9, "max": 9}, 4)
    assert (told["evaluations"], told["baselines"]) == (3 * 512, 1)
    assert told["seconds"] < told["core_seconds"] <= 4.01 * told["seconds"]
    assert told["core_seconds"] > 3 * 512 * 100e-6
    assert told["rank_0_bytes"] > told["rank_bytes"] > 2**20
    assert [text.partition(" in ")[0] for text in told["warnings"]] == ["v(N) < v(empty)"]
    assert told["results_bytes"] > 3 * 512 * 16
    assert told["longest_shard_seconds"] is None
    failing = harsanyi("plan", Sweep(tmp_path, game(1, 4, fault="transient", fault_times=10**9)).config, "--json")
    assert failing.code == 0, failing.err
    assert json.loads(failing.out)["core_seconds"] is None


def test_plan_of_shards(tmp_path: Path) -> None:
    """The longest of them, whichever it is, each with the same ranks."""
    sweep = Sweep(tmp_path, game(7, [5, 11], sleep_us=500))
    told = json.loads(harsanyi("plan", sweep.config, "--shards", 7, "--json").out)
    assert 0.4 * told["seconds"] < told["longest_shard_seconds"] < 0.6 * told["seconds"]  # 11 players of 5 ... 11
    outcome = harsanyi("plan", sweep.config, "--shards", 2, "--ranks", 3)
    assert re.search(r"^shards +[0-9.]+ s for the longest of 2, on 3 ranks$", outcome.out, re.MULTILINE), outcome.out
    outcome = harsanyi("plan", sweep.config, "--shards", 8)
    assert (outcome.code, outcome.out) == (1, "")
    assert "--shards 8: only 7 samples are selected" in outcome.err


def test_plan_of_predicted_targets_and_several_baselines(tmp_path: Path) -> None:
    given = datasets_of(CANCER["samples"])
    hdf5(tmp_path / "samples.h5", x=given["x"][:3], players=given["players"], baselines=given["x"][3:5])
    config = cancer(None, "samples.h5", "from_file")
    config["model"]["score"] = "logit"
    sweep = Sweep(tmp_path, config)
    outcome = harsanyi("plan", sweep.config).ends(0)
    assert "target        the samples have no labels: the model's own predictions\n" in outcome.out
    assert "(2 baselines), and one more batch for each sample's target" in outcome.out


UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


@pytest.mark.parametrize("case", ["digits", "uneven", "split"])
def test_plan_is_what_the_sweep_takes(tmp_path: Path, case: str) -> None:
    """Evaluations are exact, the file is no larger and hardly smaller than planned, memory is as said within a factor.
    Times are not compared: the machine may be busy (bench/plan_check.py does that)."""
    configs = {"digits": digits("0:2"), "uneven": game(40, [5, 14]), "split": game(1, 21)}
    sweep = Sweep(tmp_path, configs[case])
    planned = harsanyi("plan", sweep.config, "--ranks", 2).ends(0)
    assert sorted(path.name for path in tmp_path.iterdir()) == [sweep.config.name]  # nothing was left behind
    done = sweep.complete(ranks=2)

    def said(pattern: str, text: str) -> tuple[str, ...]:
        found = re.search(pattern, text)
        assert found, text
        return found.groups()

    evaluations = [
        int(number.replace(",", "")) for number in re.findall(r"[\d,]*\d", planned.out.split("evaluations")[1])
    ]
    noise = re.search(r"in addition (\d+) masks", done.err)
    assert evaluations[0] == sum(masks_by_rank(done)) == block_masks(sweep.file).sum()
    assert (evaluations[1] if "more to estimate the noise" in planned.out else 0) == (int(noise[1]) if noise else 0)
    most = int(said(r"at most ([0-9,]+) bytes", planned.out)[0].replace(",", ""))
    assert 0.8 * most < sweep.file.stat().st_size <= most
    lead, lead_unit, worker, worker_unit = said(
        r"memory +([0-9.]+) (\w+) on rank 0, ([0-9.]+) (\w+) on the other", planned.out
    )
    assert float(worker) * UNITS[worker_unit] <= float(lead) * UNITS[lead_unit]
    taken = 1e6 * float(said(r"at most (\d+) MB resident", done.err)[0])  # before the statistics across samples
    assert 0.5 * taken < float(lead) * UNITS[lead_unit] < 3 * taken
    assert re.search(r"time .* core-hours; [0-9.]+ s on 2 ranks", planned.out)


def test_plan_of_what_cannot_be_run(tmp_path: Path) -> None:
    """A sweep of 2^30 masks is planned in seconds; wrong input is told as by run."""
    big = Sweep(tmp_path, game(1, 30))
    outcome = harsanyi("plan", big.config).ends(0)
    assert "nothing looks wrong" in outcome.out
    assert "evaluations   1,073,741,824\n" in outcome.out
    assert "16.3 GiB" in outcome.out
    wrong = Sweep(tmp_path, game(1, 5, colour="red") | {"sweep": {"batch": -1}})
    harsanyi("plan", wrong.config).ends(1, "model.colour", "sweep.batch")


def test_plan_of_what_the_disk_has_no_room_for(tmp_path: Path) -> None:
    """As run would: nothing is made. What it would cost is told all the same."""
    sweep = Sweep(tmp_path, game(100000, 28))
    outcome = harsanyi("plan", sweep.config).ends(1, f"{sweep.file}: no space: 100000 rows of up to 2^28 masks take ")
    assert "\nresults file  396." in outcome.out and f"- {sweep.file}: no space" in outcome.out
    assert f" are free in {tmp_path}: make room, give another output.file, or select fewer samples" in outcome.err
    assert not sweep.file.exists()


def test_plan_warns(tmp_path: Path) -> None:
    """Labels that the network does not predict; a network whose rows depend on their batch."""
    given = datasets_of(DIGITS["samples"])
    given |= {"x": given["x"][:20], "label": (given["label"][:20] + 1) % 10}
    hdf5(tmp_path / "samples.h5", **given)
    config = digits("0:20", "samples.h5")
    outcome = harsanyi("plan", Sweep(tmp_path, config).config).ends(0)
    assert "label" in outcome.out.partition("looks wrong")[2]
    x = np.random.default_rng(0).normal(size=(3, 4))
    coupled = Sweep(tmp_path, network(tmp_path, "coupled", x, label=np.array([0, 1, 2])))
    outcome = harsanyi("plan", coupled.config).ends(0)
    assert "batch" in outcome.out.partition("looks wrong")[2]


def test_what_v_is(tmp_path: Path) -> None:
    """Found from the outputs, said by plan and run, kept in the file; not so where it is asked for."""
    rows = [[-0.77531164, 0.29127394, 0.41228337, 0.47309213], [-0.6749772, 0.10063849, 0.99422317, 0.28245667]]
    cases = [
        ("softmax", {}, "log_odds", "probabilities", "v = the log-odds of the target, from probabilities"),
        ("linear_f32", {}, "log_odds", "logits", "v = the log-odds of the target, from logits"),
        ("sigmoid", {}, "log_odds", "probabilities", "v = the log-odds of the target, from probabilities"),
        ("sigmoid", {"score": "probability"}, "probability", "probabilities", "v = the probability of the target"),
        ("softmax", {"output_kind": "logits"}, "log_odds", "logits", "the outputs sum to 1"),
        ("logit", {"score": "logit"}, "logit", "logits", "for a regression set model.score: raw"),
        ("logit", {}, "raw", "logits", "v = the output itself"),
    ]
    for name, asked, score, kind, said in cases:
        config = network(tmp_path, name, rows, "auto")
        config["model"] |= asked
        sweep = Sweep(tmp_path, config)
        assert said in harsanyi("plan", sweep.config).out, name
        assert said in sweep.complete("--fresh").err, name
        with opened(sweep.file) as results:
            assert (results.attrs["score"], results.attrs["output_kind"]) == (score.encode(), kind.encode()), name
    assert "complete already" in sweep.run().err


def test_probabilities_give_the_log_odds_of_their_logits(tmp_path: Path) -> None:
    """The same network with and without a softmax inside."""
    rows = [[-0.77531164, 0.29127394, 0.41228337, 0.47309213], [-0.6749772, 0.10063849, 0.99422317, 0.28245667]]
    files = [
        swept(tmp_path, network(tmp_path, name, rows, "auto", label=[0, 2]), name=f"{name}_results.h5").read("values")
        for name in ("softmax", "linear_f32")
    ]
    assert files[0] == pytest.approx(files[1], abs=2e-6)


def test_random_models_are_refused(tmp_path: Path) -> None:
    config = network(tmp_path, "random", [[1, 2, 3, 4]], "raw", label=[0])
    sweep = Sweep(tmp_path, config)
    for outcome in (harsanyi("plan", sweep.config), sweep.run(ranks=2)):
        assert outcome.code == 1 and "the same masks evaluated twice differ" in outcome.err
    assert not sweep.file.exists()
    config["model"]["accept_random"] = True
    accepted = Sweep(tmp_path, config)
    assert "the same masks evaluated twice differ" in accepted.complete().err
    assert accepted.read("samples/noise_why").tolist() == [4]


def test_rows_that_depend_on_their_batch(tmp_path: Path) -> None:
    """The warning is in the file: every command that reads it says so. With a batch of one there is no such row, or
    none but by two."""
    sweep = Sweep(tmp_path, network(tmp_path, "coupled", [[1, 1, 1, 1], [1, 2, 3, 4]], "raw", label=[0, 0]))
    said = "rows depend on their batch: v moves by up to 0.072 (of 1.2) between batches of 16 and one row alone"
    assert said in harsanyi("plan", sweep.config).out
    assert said in sweep.complete(ranks=2).err
    assert np.isnan(sweep.read("samples/noise_sigma")).all() and sweep.read("samples/noise_why").tolist() == [4, 4]
    for command in ("show", "status", "verify"):
        assert said in harsanyi(command, sweep.file).ends(0).out, command
    again = swept(tmp_path, of_values(sweep.file.name), name="again.h5")
    assert said in harsanyi("show", again.file).out
    assert again.read("samples/noise_why").tolist() == [4, 4]


def test_plan_where_no_mask_can_be_evaluated(tmp_path: Path) -> None:
    """log(x0) + 1 / x1 is infinite or NaN on every mask."""
    sweep = Sweep(tmp_path, network(tmp_path, "not_finite", [[-1, 0]], "raw", label=[0]))
    outcome = harsanyi("plan", sweep.config, "--shards", 1).ends(0)
    assert "time          unknown: no mask could be evaluated\n\nwhat looks wrong:\n" in outcome.out
    assert "1 of 1 samples fail; the first: sample 0: mask 0x0: output is " in outcome.out
    told = json.loads(harsanyi("plan", sweep.config, "--json").out)
    assert told["seconds"] is None and told["core_seconds"] is None
