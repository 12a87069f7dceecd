"""harsanyi.language against a plain loop over masks, on tiny random models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from harsanyi.language import LanguageModel, log_odds, owners  # noqa: E402
from harsanyi.prompts import Prompt  # noqa: E402
from harsanyi.serving import Refused  # noqa: E402
from language_models import model, spans_of, tokenizer  # noqa: E402

TEXT = "In summer the days are long and the nights are short"
WORDS = ["In", "summer", "days", "are", "long", "the nights", "are", "short"]
PROMPT = Prompt(TEXT, spans_of(TEXT, WORDS), " Paris away")
MASKS = (np.arange(256)[:, None] >> np.arange(8) & 1).astype(np.uint8)
REMOVALS = ("mask_token", "attention", "delete", "embedding")
VECTOR = np.linspace(-1, 1, 32).astype(np.float32)


def plain(name: str, removal: str, prompt: Prompt, masks: np.ndarray) -> np.ndarray:
    """v, one mask at a time, as one would write it."""
    network, words = model(name).double(), tokenizer()
    ids = words(prompt.text, return_offsets_mapping=True)
    target = words(prompt.text + (prompt.target or ""))["input_ids"][len(ids["input_ids"]) :]
    mask_token = words.mask_token_id if name == "bert" else words.pad_token_id
    found = []
    for mask in masks:
        tokens, seen, absent = [], [], []
        for token, (first, end) in zip(ids["input_ids"], ids["offset_mapping"], strict=True):
            while first < end and prompt.text[first] == " ":
                first += 1
            gone = any(b <= first < end <= e and not mask[p] for p, (b, e) in enumerate(prompt.spans))
            if removal == "delete" and gone:
                continue
            tokens.append(mask_token if gone and removal == "mask_token" else token)
            seen.append(0 if gone and removal == "attention" else 1)
            absent.append(gone)
        k, end = len(target), len(tokens)
        tail = [words.mask_token_id] * k if name == "bert" else target[:-1]
        given = torch.tensor([tokens + tail])
        embeds = network.get_input_embeddings()(given)
        for place in np.flatnonzero(absent) if removal == "embedding" else []:
            embeds[0, place] = torch.tensor(VECTOR)
        attention = torch.tensor([seen + [1] * len(tail)])
        places = {} if name == "bert" else {"position_ids": torch.arange(given.shape[1])[None]}
        with torch.inference_mode():
            logits = network(inputs_embeds=embeds, attention_mask=attention, **places).logits[0]
        logits = logits[end : end + k] if name == "bert" else logits[end - 1 :]
        log_p = sum(float(logits[i].log_softmax(0)[t]) for i, t in enumerate(target))
        found.append(log_p - np.log1p(-np.exp(log_p)))
    return np.array(found)


@pytest.mark.parametrize("removal", REMOVALS)
@pytest.mark.parametrize("name", ["gpt2", "llama", "opt", "bert"])
def test_v_is_that_of_a_plain_loop(name: str, removal: str) -> None:
    language = LanguageModel(
        model(name), tokenizer(), removal=removal, embedding=VECTOR if removal == "embedding" else None
    )
    with torch.inference_mode():
        v = torch.cat([language.values(PROMPT, part) for part in np.split(MASKS, 4)]).numpy()
    assert v.dtype == np.float64
    np.testing.assert_allclose(v, plain(name, removal, PROMPT, MASKS), rtol=0, atol=1e-5)
    assert np.ptp(v) > 0.1


def test_without_a_target_the_models_own_prediction_is_explained() -> None:
    language = LanguageModel(model("gpt2"), tokenizer())
    tokens = language.tokens(Prompt(TEXT, PROMPT.spans))
    with torch.inference_mode():
        logits = model("gpt2")(**tokenizer()(TEXT, return_tensors="pt")).logits[0, -1]
    assert tokens.target.tolist() == [int(logits.argmax())]


def test_the_first_token_of_a_target_alone() -> None:
    first, all_of_it = (
        LanguageModel(model("gpt2"), tokenizer(), target_rule=rule).tokens(PROMPT) for rule in ("first", "all")
    )
    assert len(all_of_it.target) > 1 and first.target.tolist() == all_of_it.target[:1].tolist()
    assert len(first.ids) == len(all_of_it.ids) - len(all_of_it.target) + 1


def test_a_masked_encoder_fills_the_place_that_the_prompt_marks() -> None:
    text = "The capital of <mask> is Paris"
    language = LanguageModel(model("bert"), tokenizer())
    prompt = Prompt(text, spans_of(text, ["capital", "Paris"]), " France")
    tokens = language.tokens(prompt)
    assert (tokens.ids[tokens.asked] == tokenizer().mask_token_id).all()
    assert len(tokens.asked) == len(tokens.target) == len(tokenizer()(" France", add_special_tokens=False)["input_ids"])
    of_player = [tokenizer().decode(tokens.ids[tokens.owner == player]) for player in (0, 1)]
    assert [text.strip() for text in of_player] == ["capital", "Paris"]


def test_a_classifier_gives_the_logits_of_its_classes() -> None:
    network, words = model("classes"), tokenizer()
    language = LanguageModel(network, words)
    with torch.inference_mode():
        logits = language.values(PROMPT, MASKS[-1:])
        expected = network(**words(TEXT, return_tensors="pt")).logits
    np.testing.assert_allclose(logits, expected, atol=1e-6)


def test_a_classifier_that_reads_its_last_token_reads_the_prompts_own() -> None:
    """Whatever the other masks of a batch need behind it."""
    language = LanguageModel(model("last"), tokenizer(), removal="delete")
    masks = MASKS[[5, 255, 77]]
    with torch.inference_mode():
        alone = torch.cat([language.values(PROMPT, mask[None]) for mask in masks])
        np.testing.assert_allclose(language.values(PROMPT, masks), alone, atol=1e-5)


def test_a_classifier_keeps_its_pad_token() -> None:
    network, words = model("last"), tokenizer()
    words.mask_token, words.pad_token = None, "</s>"
    with pytest.raises(ValueError, match="answers at the last token that is not '</s>'"):
        LanguageModel(network, words)
    LanguageModel(network, words, mask_token="<s>")


def test_logits_of_half_precision_weights_are_float32() -> None:
    language = LanguageModel(model("gpt2").bfloat16(), tokenizer())
    with torch.inference_mode():
        assert (
            language._logits(language.tokens(PROMPT), np.ones((1, len(language.tokens(PROMPT).ids)), bool), None).dtype
            == torch.float32
        )


def test_log_odds_near_certainty_lose_no_digits() -> None:
    z = torch.tensor([[[40.0, 0.0, 0.0], [0.0, 45.0, 0.0]]])
    v = float(log_odds(z, torch.tensor([0, 1])))
    assert v == pytest.approx(-np.log(2 * np.exp(-40.0) + 2 * np.exp(-45.0)), rel=1e-12)


def test_what_tells_models_apart() -> None:
    def state(**options: object) -> bytes:
        return LanguageModel(model("gpt2"), tokenizer(), **options).adapted("cpu").state

    states = [state(), state(removal="delete"), state(mask_token="<s>"), state(target_rule="first")]
    states += [state(removal="embedding", embedding=VECTOR), state(removal="embedding", embedding=-VECTOR)]
    assert len(set(states)) == len(states) and state() == states[0]


def test_tokens_that_hold_letters_of_two_players_are_refused() -> None:
    with pytest.raises(Refused, match="'ab' belongs to the player 'a'"):
        owners([(0, 2)], "ab", [(0, 1)])
    with pytest.raises(Refused, match="'b' has no token"):
        owners([(0, 1)], "a b", [(0, 1), (2, 3)])


@pytest.mark.parametrize(
    ("removal", "options", "says"),
    [
        ("mask_token", {"mask_token": "<nothing>"}, "no token '<nothing>'"),
        ("embedding", {}, "needs the vector"),
        ("embedding", {"embedding": VECTOR[1:]}, r"shape \[31\]"),
        ("drop", {}, "there are: mask_token"),
    ],
)
def test_settings_that_do_not_fit_the_model(removal: str, options: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        LanguageModel(model("gpt2"), tokenizer(), removal=removal, **options)


def test_prompts_that_do_not_fit_the_model() -> None:
    language = LanguageModel(model("gpt2"), tokenizer(bos=False), removal="delete")
    with pytest.raises(Refused, match="nothing is left"):
        language.values(Prompt("apple day", ((0, 5), (6, 9)), " away"), MASKS[:1, :2])
    with pytest.raises(Refused, match="the model takes 64"):
        language.tokens(Prompt("apple " * 40, ((0, 5),), " away"))
