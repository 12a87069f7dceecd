# ruff: noqa: ANN401 (torch may not be there)
"""Tiny language models of random weights, and a tokenizer for them, made without download."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
tokenizers = pytest.importorskip("tokenizers")

TEXTS = (
    "The capital of France is Paris",
    "An apple a day keeps the doctor away",
    "one two three four five six seven eight nine ten",
    "In summer the days are long and the nights are short",
)
SIZE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}


def tokenizer(*, bos: bool = True) -> Any:
    """Byte-level BPE, so that words have several tokens."""
    made = tokenizers.Tokenizer(tokenizers.models.BPE())
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    special = ["<pad>", "<s>", "</s>", "<mask>"]
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        TEXTS, tokenizers.trainers.BpeTrainer(vocab_size=290, special_tokens=special, initial_alphabet=alphabet)
    )
    if bos:
        made.post_processor = tokenizers.processors.Sequence(
            [
                tokenizers.processors.ByteLevel(trim_offsets=False),
                tokenizers.processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)]),
            ]
        )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", bos_token="<s>", eos_token="</s>", mask_token="<mask>"
    )


def model(name: str) -> Any:
    """gpt2, llama, opt, gemma, bert (masked), classes or last (classifiers; the second reads its last token)."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    words = {"vocab_size": 290, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    if name == "gpt2":
        made = transformers.GPT2LMHeadModel(
            transformers.GPT2Config(n_embd=32, n_layer=2, n_head=2, n_positions=64, **words)
        )
    elif name == "llama":
        made = transformers.LlamaForCausalLM(transformers.LlamaConfig(**SIZE, **words))
    elif name == "opt":
        opt = {
            "hidden_size": 32,
            "word_embed_proj_dim": 32,
            "ffn_dim": 48,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
        }
        made = transformers.OPTForCausalLM(transformers.OPTConfig(**opt, **words))
    elif name == "gemma":
        gemma = transformers.Gemma3TextConfig(**SIZE, **words, head_dim=16, num_key_value_heads=1)
        made = transformers.Gemma3ForCausalLM(gemma)
    elif name == "last":
        last = transformers.LlamaConfig(**SIZE, **{**words, "pad_token_id": 2}, num_labels=3)
        made = transformers.LlamaForSequenceClassification(last)
    elif name == "bert":
        made = transformers.BertForMaskedLM(transformers.BertConfig(**SIZE, **words))
    else:
        made = transformers.BertForSequenceClassification(transformers.BertConfig(**SIZE, **words, num_labels=3))
    for weight in made.parameters():  # so that words make a difference
        weight.data.mul_(2.5)
    return made.eval()


def spans_of(text: str, words: list[str]) -> tuple[tuple[int, int], ...]:
    """Where each of the words is, in order."""
    found, at = [], 0
    for word in words:
        first = text.index(word, at)
        at = first + len(word)
        found.append((first, at))
    return tuple(found)
