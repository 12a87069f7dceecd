"""The backend llama: the same bits for any ranks and after a kill; what is said of prompts and models that will not do.

Needs scripts/get-llm.sh and a program built with -DHARSANYI_LLAMA=ON: scripts/test.sh --llm.
"""

import os
from pathlib import Path

import numpy as np
import pytest
from harness import CONFIGS, Config, Sweep, harsanyi, setting, swept, wait_for
from harsanyi.samples.command import main

MODELS = Path(__file__).parents[2] / ".deps" / "llm"
WHOLE = Path(os.environ.get("HARSANYI_LLM", MODELS / "gemma-3-270m-f32.gguf"))
QUANTISED = MODELS / "gemma-3-270m-q4_k_m.gguf"
SMALL = CONFIGS / "sentences" / "small.h5"
TIMEOUT = 900  # a language model takes its time where all cores are busy


def config(samples: Path = SMALL, model: Path = WHOLE, **options: object) -> Config:
    return {"model": {"backend": "llama", "file": str(model), **options}, "samples": {"file": str(samples)}}


def is_built() -> bool:
    """Whether the program has the backend, which it says when it is given a model that does not exist."""
    said = harsanyi("plan", CONFIGS / "sentences" / "small.yaml", *setting("model.file", "none.gguf")).err
    return "this build has no backend llama" not in said


@pytest.fixture(scope="session")
def built() -> None:
    if not is_built():
        pytest.skip("built without llama: cmake -DHARSANYI_LLAMA=ON")
    if not WHOLE.exists():
        pytest.skip(f"{WHOLE} is missing: scripts/get-llm.sh")


def prompts(folder: Path, text: str) -> Path:
    (folder / "prompts.txt").write_text(text)
    assert main(["from-prompts", str(folder / "prompts.txt"), "-o", str(folder / "prompts.h5")]) == 0
    return folder / "prompts.h5"


def test_without_it() -> None:
    """One line says how to get it."""
    if is_built():
        pytest.skip("built with llama")
    outcome = harsanyi("run", CONFIGS / "sentences" / "small.yaml", *setting("model.file", "none.gguf"))
    assert outcome.code == 1
    assert "scripts/get-llm.sh" in outcome.err and "-DHARSANYI_LLAMA=ON" in outcome.err


@pytest.fixture(scope="module")
def alone(built: None, tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    return swept(tmp_path_factory.mktemp("alone"), config(), *setting("samples.select", "0:2"))


def test_what_is_found(alone: Sweep) -> None:
    """Prompts that the model completes: v(N) is above v(empty), and above 0; noise is small and counted in."""
    assert (alone.read("samples/v_full") > np.maximum(alone.read("samples/v_empty"), 0)).all()
    noise = alone.read("samples/noise_sigma")
    assert ((noise > 0) & (noise < 0.02)).all() and (alone.read("samples/noise_why") == 0).all()
    assert (alone.read("samples/target") > 0).all()
    alone.verify()


@pytest.mark.parametrize("ranks", [2, 3])
def test_any_ranks(tmp_path: Path, alone: Sweep, ranks: int) -> None:
    sweep = Sweep(tmp_path, config())
    sweep.complete(*setting("samples.select", "0:2"), *setting("sweep.block_bits", 6), ranks=ranks)
    sweep.has(alone.numbers())


def test_after_a_kill(tmp_path: Path, alone: Sweep) -> None:
    sweep = Sweep(tmp_path, config())
    options = (*setting("samples.select", "0:2"), *setting("sweep.block_bits", 6))
    job = sweep.start(*options, ranks=2)
    wait_for(lambda: sweep.file.exists() and sweep.flagged() > 0, timeout=100)
    job.kill()
    sweep.complete(*options, ranks=2)
    sweep.has(alone.numbers())


def test_own_prediction(tmp_path: Path, alone: Sweep) -> None:
    """Without a target what the model says follows: here the same, so v has the same bits."""
    text = "[The] [first] [president] [of] [this] [country] [was] [George]\n"
    sweep = swept(tmp_path, config(prompts(tmp_path, text)))
    assert sweep.read("samples/target")[0] == alone.read("samples/target")[0]
    assert sweep.read("values")[0].tobytes() == alone.read("values")[0].tobytes()


TWO = "The [capital] [city] of the [country] [called] [France] is\t Paris\n[One] [two] [three] [four] [five]\t six\n"


def rows_of_two(folder: Path) -> Config:
    """Two prompts of 5 players, 8 batches each; the three strongest tokens behind each prompt."""
    return config(prompts(folder, TWO), leaf_bits=2, target="top:3")


@pytest.fixture(scope="module")
def several(built: None, tmp_path_factory: pytest.TempPathFactory) -> Sweep:
    folder = tmp_path_factory.mktemp("several")
    sweep = Sweep(folder, rows_of_two(folder))
    assert "6 rows done, 0 failed, 0 left; 64 masks," in sweep.complete().err
    sweep.verify()
    return sweep


def test_the_strongest_tokens_are_rows(tmp_path: Path, several: Sweep) -> None:
    """Strongest first, and each with the bits of a sweep of it alone."""
    assert (np.diff(several.read("samples/v_full").reshape(2, 3)) < 0).all()
    targets = several.read("samples/target").reshape(2, 3)
    given = [("predicted", [0, 3]), (targets[0, 1], [1]), (f"[{targets[0, 2]}, {targets[0, 1]}]", [2, 1])]
    both = rows_of_two(tmp_path)
    for target, rows in given:
        alone = swept(tmp_path, both, *setting("model.target", target), name=f"{len(str(target))}.h5")
        for name in ("samples/target", "values", "samples/noise_sigma"):
            assert alone.read(name)[: len(rows)].tobytes() == several.read(name)[rows].tobytes()


@pytest.mark.parametrize("ranks", [2, 3])
def test_tokens_on_any_ranks(tmp_path: Path, several: Sweep, ranks: int) -> None:
    sweep = Sweep(tmp_path, rows_of_two(tmp_path))
    sweep.complete(*setting("sweep.block_bits", 2), ranks=ranks)
    sweep.has(several.numbers())


def test_tokens_that_there_are_not(built: None, tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, config())
    sweep.run(*setting("model.target", 300000)).ends(1, "model.target: target 300000: the model has 262144 outputs")
    sweep.run(*setting("model.target", "all")).ends(1, "model.target: all would be 262144 targets")


def test_bad_prompts_fail_alone(built: None, tmp_path: Path) -> None:
    text = "The cap[ital] of [France] is\t Paris\nThe [capital] of [France] is\t Paris\n"
    sweep = Sweep(tmp_path, config(prompts(tmp_path, text)))
    sweep.run().ends(2)
    assert sweep.read("samples/status").tolist() == [2, 1]
    assert b"'capital', bytes 4 to 10 of the text, is one token" in sweep.read("samples/error")[0]


def test_quantised_weights_are_warned_of(built: None, tmp_path: Path) -> None:
    if not QUANTISED.exists():
        pytest.skip("scripts/get-llm.sh fetches the quantised model")
    sweep = Sweep(tmp_path, config(prompts(tmp_path, "The [capital] of [France] is\t Paris\n"), QUANTISED))
    said = sweep.complete().err
    assert "Q4_K" in said and "v moves by" in said
    assert sweep.read("samples/noise_sigma")[0] > 0.02


def test_more_players_than_allowed(built: None, tmp_path: Path) -> None:
    outcome = Sweep(tmp_path, config()).run(*setting("sweep.max_players", 7)).ends(1)
    assert "8 players, more than sweep.max_players: 7" in outcome.err


def test_numbers_are_no_prompts(built: None, tmp_path: Path) -> None:
    outcome = Sweep(tmp_path, config(CONFIGS / "digits" / "digits.h5")).run().ends(1)
    assert "from-prompts" in outcome.err
