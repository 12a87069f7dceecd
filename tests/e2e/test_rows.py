"""Several targets and outputs: rows that come from the same evaluations are those of a sweep each, bit for bit."""

import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import (
    DIGITS,
    Config,
    Sweep,
    datasets,
    datasets_of,
    digits,
    harsanyi,
    hdf5,
    network,
    numbers,
    of_values,
    opened,
    read,
    samples_file,
    setting,
    swept,
)
from harsanyi.reader import open_results

OUTPUTS = ["early", "late", "shaky"]
X = np.round(np.random.default_rng(5).normal(size=(8, 6)) * 8) / 8


def probes(folder: Path, score: str = "log_odds", **model: object) -> Config:
    config = network(folder, "probes", X, score, label=np.arange(8) % 3)
    config["model"] |= {"output": OUTPUTS[:2], "target": "all"} | model
    config["samples"]["baseline"] = 0.5
    return config | {"sweep": {"batch": 8}}


def rows_of(file: Path, rows: np.ndarray) -> dict[str, bytes]:
    """What is stored of some rows."""
    kept = {}
    with opened(file) as results:
        count = results["samples/index"].shape[0]
        for name, item in datasets(results).items():
            rest = name.startswith(("summary", "sparse/summary", "provenance", "samples/seconds", "samples/output"))
            if not rest and item.ndim > 0 and item.shape[0] == count:
                kept[name] = item[()][rows].tobytes()
    return kept


def assert_rows(file: Path, rows: np.ndarray, single: Path) -> None:
    found, expected = rows_of(file, rows), rows_of(single, np.arange(read(single, "samples/index").size))
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []


def test_ten_targets_of_the_digits(tmp_path: Path) -> None:
    """Each is the sweep of that target alone; their one evaluation is counted once."""
    given = datasets_of(DIGITS["samples"])
    hdf5(tmp_path / "samples.h5", **{name: given[name] for name in ("x", "label", "baseline")})
    config = digits("0:4", "samples.h5")
    config["samples"]["players"] = {"grid": [2, 4]}
    sweep = Sweep(tmp_path, config, "all.h5")
    said = sweep.complete(*setting("model.target", "all")).err
    assert "40 rows done, 0 failed, 0 left; 1024 masks," in said
    for target in (0, 3, 9):
        single = swept(tmp_path, config, *setting("model.target", target), name=f"{target}.h5")
        assert_rows(sweep.file, 10 * np.arange(4) + target, single.file)
    sweep.verify()


@pytest.mark.parametrize("score", ["raw", "cosine"])
def test_outputs_and_targets(tmp_path: Path, score: str) -> None:
    """Sample slowest, target fastest; and summaries of each output by itself."""
    targets = "label" if score == "cosine" else "all"
    sweep = swept(tmp_path, probes(tmp_path, score, target=targets))
    each = 1 if score == "cosine" else 3
    assert sweep.read("samples/output").tolist() == ([0] * each + [1] * each) * 8
    assert sweep.read("outputs/name").tolist() == [b"early", b"late"]
    with opened(sweep.file) as results:
        assert [results[f"summary/{i}"].attrs["output"].decode() for i in range(2)] == OUTPUTS[:2]
        assert "valid" not in results["summary"]
        assert int(results.attrs.get("targets", 1)) == each
    for i, output in enumerate(OUTPUTS[:2]):
        for target in {0: [0], 1: [each - 1]}[i]:
            options = [*setting("model.output", output), *setting("model.target", target if each > 1 else "label")]
            single = swept(tmp_path, probes(tmp_path, score), *options, name=f"{output}{target}.h5")
            assert_rows(sweep.file, np.arange(8) * 2 * each + i * each + target, single.file)
        alone = [*setting("model.output", output), *setting("model.target", targets)]
        whole = numbers(swept(tmp_path, probes(tmp_path, score), *alone, name=f"{output}.h5").file)
        for name, expected in numbers(sweep.file).items():
            if name.startswith(f"summary/{i}/"):
                assert expected == whole[name.replace(f"/{i}/", "/")], name
    sweep.verify()


@pytest.mark.parametrize("disturbed", ["two ranks", "three ranks", "killed", "shards", "values", "sparse"])
def test_the_same_bits(tmp_path: Path, disturbed: str) -> None:
    config = probes(tmp_path, target="top:2")
    if disturbed == "sparse":
        config["sparse"] = {"kinds": "and", "denoise": 0.1}
    expected = numbers(swept(tmp_path, config, name="expected.h5").file)
    sweep = Sweep(tmp_path, config)
    if disturbed.endswith("ranks"):
        sweep.complete(ranks=2 if disturbed.startswith("two") else 3)
    elif disturbed == "killed":
        sweep.complete()
        with h5py.File(sweep.file, "r+") as results:  # as a kill between two rows of a sample leaves it
            for row, done in (1, 0), (4, 1), (30, 0):
                results["samples/status"][row] = results["progress/phase"][row] = 0
                results["progress/values_done"][row] = done
            results["summary/0/valid"][()] = results["summary/1/valid"][()] = 0
        sweep.complete()
    elif disturbed == "shards":
        harsanyi("merge", sweep.file, *sweep.shards(3)).ends(0)
    elif disturbed == "values":
        sweep = Sweep(tmp_path, of_values("expected.h5"))
        sweep.complete()
    else:
        sweep.complete(ranks=2)
    found = numbers(sweep.file)
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
    sweep.verify()


def test_rows_fail_singly(tmp_path: Path) -> None:
    """log of a score is NaN below 0: those rows fail, with the lowest mask; their siblings are as ever, also where
    samples are split."""
    config = probes(tmp_path, "raw", output=OUTPUTS)
    whole, split = Sweep(tmp_path, config), Sweep(tmp_path, config, "split.h5")
    whole.run().ends(2, "output shaky, target 0 failed: mask 0x")
    split.run(ranks=3).ends(2)
    assert numbers(whole.file) == numbers(split.file)
    status, output = whole.read("samples/status"), whole.read("samples/output")
    assert (status[output < 2] == 1).all() and (status[output == 2] == 2).any()
    fine = swept(tmp_path, probes(tmp_path, "raw"), name="fine.h5")
    assert_rows(whole.file, np.flatnonzero(output < 2), fine.file)
    said = harsanyi("status", whole.file).ends(0).out
    assert "rows" in said and "; 9 of each sample\n" in said
    assert whole.verify(2)
    again = whole.run("--retry-failed").ends(2).err
    assert f"{int((status == 1).sum())} rows done" in again
    assert numbers(whole.file) == numbers(split.file)


def test_review(tmp_path: Path) -> None:
    """show chooses by target and output; analyze and compare know rows."""
    sweep = swept(tmp_path, probes(tmp_path))
    shown = harsanyi("show", sweep.file, "--sample", 4, "--target", 2, "--output", "late").ends(0).out
    assert "Sample 4: label 1, target 2, output late, 6 players\none of the 6 rows of this sample" in shown
    assert "Sample 4: label 1, target 1, output early" in harsanyi("show", sweep.file, "--sample", 4).ends(0).out
    harsanyi("show", sweep.file, "--sample", 4, "--target", 5).ends(
        1, "sample 4 has no such row; its targets are 0, 1, 2\n"
    )
    harsanyi("show", sweep.file, "--output", "none").ends(1, "has no output none; its outputs: early, late")
    overview = harsanyi("show", sweep.file, "--conditions").ends(0).out
    assert "of 24 rows\n" in overview and "\n  M         rows   mean share\n" in overview
    assert "samples" not in overview.partition("\nConditions")[2]
    overview = harsanyi("show", sweep.file).ends(0).out
    assert "salient is |I(S)| >= 0.05 times the row's largest |I|" in overview and "salient in most rows;" in overview
    assert overview.index("\nOutput early\n") < overview.index("\nOutput late\n")
    plan = harsanyi("plan", sweep.config).ends(0).out
    assert "\nrows          6 of each sample: 2 outputs x 3 targets\n" in plan and "outputs early, late)" in plan
    chosen = tmp_path / "chosen.h5"
    harsanyi("analyze", sweep.file, "-o", chosen, "--class", 2).ends(0)
    assert read(chosen, "samples/target").tolist() == [2] * 16 and read(chosen, "samples/output").tolist() == [0, 1] * 8
    harsanyi("verify", chosen).ends(0)
    fewer = swept(tmp_path, probes(tmp_path, target=[2, 0]), name="fewer.h5")
    out = tmp_path / "compared.h5"
    assert (
        harsanyi("compare", fewer.file, sweep.file, "-o", out).ends(0).out.splitlines()[0].startswith("2 files, 6 pl")
    )
    assert read(out, "samples/target").tolist() == [2, 0, 2, 0] * 8


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ({"target": "top:4"}, "model.target: top:4, but there are 3 targets"),
        ({"target": [0, 3]}, "model.target: target 3: the model has 3 outputs, targets 0 ... 2"),
        ({"output": ["early", "early"]}, "give null or a name or a list of different names"),
        ({"output": ["early", "middle"]}, "it has no output middle: name one of them in model.output"),
    ],
)
def test_what_is_refused(tmp_path: Path, model: dict[str, object], says: str) -> None:
    harsanyi("plan", Sweep(tmp_path, probes(tmp_path, **model)).config).ends(1, says)


def test_a_process_with_several_outputs(tmp_path: Path) -> None:
    """Of different widths, more numbers than the first memory has room for, and one more than is wanted."""
    (tmp_path / "two.py").write_text(
        "import numpy as np\n"
        "def predict(x):\n"
        "    s = x.sum(axis=1, keepdims=True)\n"
        "    return {'wide': np.sin(s * np.arange(1500)), 'none': s, 'few': np.cos(s * np.arange(3)).astype('f4')}\n"
    )
    config: Config = {
        "model": {
            "backend": "process",
            "python": sys.executable,
            "function": "two:predict",
            "score": "raw",
            "output": ["few", "wide"],
        },
        "samples": samples_file(tmp_path, X[:3]),
    }
    config["model"] |= {"target": [2, 1]}
    sweep = swept(tmp_path, config)
    for i, output in enumerate(["few", "wide"]):
        options = [*setting("model.output", output), *setting("model.target", 1)]
        single = swept(tmp_path, config, *options, name=f"{output}.h5")
        assert_rows(sweep.file, 4 * np.arange(3) + 2 * i + 1, single.file)
    sweep.verify()


def test_the_reader_knows_rows(tmp_path: Path) -> None:
    with open_results(swept(tmp_path, probes(tmp_path)).file) as results:
        assert results.outputs == ("early", "late")
        assert results.rows_of(3).tolist() == list(range(18, 24))
        assert results.row_of(3, target=2) == 20 and results.row_of(3, output="late", target=1) == 22
        means = [results.summary("orders/strength_mean_mean", output) for output in (0, "late")]
        for mean, rows in zip(means, (results.output == 0, results.output == 1), strict=True):
            assert np.allclose(mean, results.orders("strength_mean")[rows].mean(axis=0))
        with pytest.raises(ValueError, match="has no output none; its outputs: early, late"):
            results.row_of(3, output="none")
