"""`harsanyi analyze` gives the bits that a sweep with those settings or samples gives, and touches nothing."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from harness import (
    ENVIRONMENT,
    PROGRAM,
    Outcome,
    Sweep,
    cancer,
    digest,
    digits,
    game,
    harsanyi,
    numbers,
    opened,
    put,
    read,
    setting,
    swept,
)

STATISTICS = ("salient", "indices", "orders", "conditions", "curves", "summary")


def analyze(sweep: Sweep, *options: object, code: int = 0) -> tuple[Path, Outcome]:
    """OUT; the sweep's file stays as it is, and nothing else is left in its folder."""
    out = sweep.folder / "analyzed.h5"
    before, others = digest(sweep.file), {path.name for path in sweep.folder.iterdir()}
    outcome = harsanyi("analyze", sweep.file, "-o", out, *options).ends(code)
    assert digest(sweep.file) == before
    assert {path.name for path in sweep.folder.iterdir()} - others == (set() if code == 1 else {out.name})
    return out, outcome


def statistics(file: Path) -> dict[str, bytes]:
    return {name: data for name, data in numbers(file).items() if name.split("/")[0] in STATISTICS}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    return swept(tmp_path_factory.mktemp("cancer"), cancer("0:40"))


@pytest.fixture(autouse=True)
def no_output_yet(request: pytest.FixtureRequest) -> None:
    if "whole" in request.fixturenames:
        (request.getfixturevalue("whole").folder / "analyzed.h5").unlink(missing_ok=True)


def test_same_settings_same_bits(whole: Sweep) -> None:
    out, outcome = analyze(whole)
    expected = {name: data for name, data in numbers(whole.file).items() if "/" in name}
    assert numbers(out) == expected
    assert "40 samples analyzed" in outcome.err
    assert f"next: harsanyi show {out}" in outcome.err
    with opened(out) as new, opened(whole.file) as old:
        assert set(old) - set(new) == {"values", "interactions", "progress"}
        assert new["config"][()] == old["config"][()]
        assert new.attrs["tables"].decode() == str(whole.file)
        for name in ("model_sha256", "samples_sha256", "settings_sha256", "engine", "instruction_set"):
            assert new.attrs[name] == old.attrs[name]


@pytest.mark.parametrize(
    "case", [digits("0:2"), game(5, [3, 13]), game(1, 16)], ids=["digits", "uneven", "several leaves"]
)
def test_same_bits_elsewhere(tmp_path: Path, case: dict) -> None:
    sweep = swept(tmp_path, case, *setting("statistics.indices", "[stii2, bii2, multi_order]"))
    assert statistics(analyze(sweep)[0]) == statistics(sweep.file)


def test_other_settings(whole: Sweep, tmp_path: Path) -> None:
    other = [
        *setting("statistics.salience", 0.2),
        *setting("statistics.indices", "[bii2]"),
        *setting("statistics.noise_sigma", 1e-6),
        *setting("statistics.min_output", 3),
    ]
    fresh = swept(tmp_path, cancer("0:40"), *other)
    out, _ = analyze(whole, *other)
    assert statistics(out) == statistics(fresh.file)
    with opened(out) as new, opened(fresh.file) as expected:
        assert new.attrs["settings_sha256"] == expected.attrs["settings_sha256"]
    assert statistics(out)["orders/salient_count"] != statistics(whole.file)["orders/salient_count"]


def test_some_samples(whole: Sweep, tmp_path: Path) -> None:
    fresh = swept(tmp_path, cancer("5:17"))
    assert statistics(analyze(whole, "--select", "5:17")[0]) == statistics(fresh.file)


def test_one_class_that_is_right(whole: Sweep) -> None:
    with opened(whole.file) as results:
        label, full = results["samples/label"][()], results["samples/v_full"][()]
        rows = np.flatnonzero((label == 1) & (full > 0) & (results["samples/index"][()] < 30))
        across = ("summary/", "curves/rank", "curves/k")
        of_samples = [name for name in statistics(whole.file) if not name.startswith(across)]
        expected = {name: results[name][rows].tobytes() for name in of_samples}
    assert 0 < rows.size < 40
    out, _ = analyze(whole, "--class", 1, "--correct", "--select", "0:30")
    assert {name: data for name, data in statistics(out).items() if name in expected} == expected
    assert read(out, "summary/valid") == 1
    assert read(out, "samples/index").tolist() == rows.tolist()
    assert read(out, "summary/transferability/classes").tolist() == [1]


def test_scale_of_mean_output(whole: Sweep) -> None:
    out, outcome = analyze(whole, *setting("statistics.salience_scale", "mean_output"))
    assert "is the scale of salience" in outcome.err
    assert harsanyi("show", out, "--conditions").code == 0


def test_samples_without_numbers(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(5, 6, fault="nan", fault_sample=1, fault_mask=9))
    assert sweep.run().code == 2
    put(sweep.file, "samples/status", 0, 3)
    out, outcome = analyze(sweep, code=2)
    assert "1 pending samples have no numbers yet and are left out" in outcome.err
    assert harsanyi("show", out, "--sample", 1).out == "sample 1: failed: mask 0x9: output is NaN\n"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (setting("model.score", "logit"), "needs the model"),
        (("--select", "3"), "--select takes I:J"),
        (("--select", "50:60"), "holds samples 0-39"),
    ],
)
def test_refused(whole: Sweep, options: tuple[object, ...], says: str) -> None:
    _, outcome = analyze(whole, *options, code=1)
    assert says in outcome.err


def test_a_list_of_saliences_is_refused_with_the_loop(whole: Sweep) -> None:
    _, outcome = analyze(whole, *setting("statistics.salience", "[0.01, 0.2]"), code=1)
    loop = re.search(r"for s in .* done", outcome.err)
    assert loop, outcome.err
    subprocess.run(["bash", "-c", f'harsanyi() {{ {PROGRAM} "$@"; }}; {loop[0]}'], check=True, env=ENVIRONMENT)
    for salience in (0.01, 0.2):
        with opened(whole.folder / f"analyzed-{salience}.h5") as results:
            assert f"salience: {salience}" in results["config"][()].decode()


def test_correct_needs_labels(tmp_path: Path) -> None:
    sweep = swept(tmp_path, game(2, 4))
    assert "--correct: a closed-form game predicts nothing" in analyze(sweep, "--correct", code=1)[1].err


def test_nothing_is_overwritten(whole: Sweep) -> None:
    out, _ = analyze(whole)
    before = digest(out)
    assert "already exists" in analyze(whole, code=1)[1].err
    assert digest(out) == before
    assert harsanyi("analyze", whole.file).code == 1
    harsanyi("analyze", out, "-o", whole.folder / "third.h5").ends(1, f"are in {whole.file}")
    harsanyi("run", whole.config, "-o", out).ends(1, "statistics only")
