"""harsanyi-baseline on a tiny model of random weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from harsanyi.baseline import learned, main, triples, usable  # noqa: E402
from harsanyi.language import LanguageModel  # noqa: E402
from harsanyi.prompts import Prompt  # noqa: E402
from harsanyi.samples.command import main as make  # noqa: E402
from language_models import TEXTS, model, spans_of, tokenizer  # noqa: E402


def prompts() -> list[Prompt]:
    return [Prompt(text.rpartition(" ")[0], spans_of(text, text.split()[:4]), " " + text.split()[-1]) for text in TEXTS]


@pytest.mark.parametrize("n", [2, 3, 10])
def test_triples_are_disjoint_sets(n: int) -> None:
    whole, first, second, context = triples(n, 200, np.random.default_rng(0)).astype(int)
    one, two = first - context, second - context
    assert (whole == context + one + two).all() and whole.max() == 1 and (one * two).max() == 0
    for part in (one, two):
        assert part.min() == 0 and set(part.sum(1)) == set(range(1, min(3, n - 1) + 1))
    rest = context.sum(1) == n - one.sum(1) - two.sum(1)
    assert n < 10 or 0.25 < rest.mean() < 0.5


def test_the_loss_falls_and_the_same_seed_gives_the_same_bits() -> None:
    language = LanguageModel(model("gpt2"), tokenizer())
    _, losses = learned(language, prompts(), epochs=12, rate=0.05)
    assert np.mean(losses[-3:]) < 0.8 * np.mean(losses[:3])
    vector, again = (learned(language, prompts(), epochs=1)[0] for _ in range(2))
    assert vector.dtype == np.float32 and vector.tobytes() == again.tobytes()


@pytest.mark.parametrize("name", ["gpt2", "gemma"])
def test_it_begins_as_the_mask_token(name: str) -> None:
    vector, _ = learned(LanguageModel(model(name), tokenizer()), prompts(), epochs=0)
    masks = np.array([[0, 0, 0, 0], [1, 0, 1, 0]], dtype=np.uint8)
    begun = LanguageModel(model(name), tokenizer(), removal="embedding", embedding=vector)
    v = [one.values(prompts()[0], masks).detach().numpy() for one in (begun, LanguageModel(model(name), tokenizer()))]
    np.testing.assert_allclose(v[0], v[1], atol=1e-5)


def test_prompts_that_cannot_be_used_are_left_out() -> None:
    language = LanguageModel(model("gpt2"), tokenizer())
    found, said = usable(language, [Prompt("apple day", ((0, 1), (6, 9)), " away"), *prompts()])
    assert found == prompts()
    assert said.startswith("1 of 5 prompts are left out, as sample 0: the token") and usable(language, found)[1] == ""
    with pytest.raises(ValueError, match="a smaller --rate"):
        learned(language, prompts(), epochs=1, rate=float("inf"))


def test_the_command_writes_what_removal_embedding_takes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model("gpt2").save_pretrained(tmp_path / "tiny")
    tokenizer().save_pretrained(tmp_path / "tiny")
    (tmp_path / "p.txt").write_text("The [capital] of [France] is\t Paris\n")
    assert make(["from-prompts", str(tmp_path / "p.txt"), "-o", str(tmp_path / "p.h5")]) == 0
    given = [str(tmp_path / "tiny"), str(tmp_path / "p.h5"), "-o", str(tmp_path / "absent.npy"), "--epochs", "2"]
    assert main(given) == 0
    assert "epoch 2 of 2: loss " in capsys.readouterr().err
    LanguageModel(model("gpt2"), tokenizer(), removal="embedding", embedding=np.load(tmp_path / "absent.npy"))
    assert main([*given, "-o", str(tmp_path / "none" / "absent.npy")]) == 1
    assert "none: no such folder" in capsys.readouterr().err
    assert main([*given, "--device", "cuda:99"]) == 1
    assert main([*given, "--mask-token", "<gap>"]) == 1
    assert "harsanyi-baseline: the vocabulary has no token '<gap>'" in capsys.readouterr().err
