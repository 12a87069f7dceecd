"""Language models of transformers behind `harsanyi run`, as a model that takes masks:

    model: {backend: process, command: [python3, -m, harsanyi.language, MODEL], takes: masks}

v is the log-odds of the text that follows a prompt, of which some words are absent: causal models and masked encoders.
A classifying encoder gives the logits of its classes.
"""

from __future__ import annotations

import argparse
import hashlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harsanyi.adapters import Adapted, digest_of
from harsanyi.prompts import Prompt, Span
from harsanyi.serving import Refused, Sample, connection, serve

Array = npt.NDArray[Any]
Tensor = Any  # torch.Tensor: torch is imported where it is needed

REMOVALS = ("mask_token", "attention", "delete", "embedding")
KINDS = {
    "causal": "AutoModelForCausalLM",
    "masked": "AutoModelForMaskedLM",
    "classes": "AutoModelForSequenceClassification",
}
HALVES = ("torch.float16", "torch.bfloat16")


@dataclass(frozen=True)
class Tokens:
    """A prompt as the model reads it."""

    ids: Array  # [L]
    owner: Array  # [L] the player that a token belongs to, −1: always present
    asked: Array  # [k] where the outputs are that count
    target: Array  # [k] tokens that are expected there; [0]: a classifier

    def present(self, masks: Array) -> Array:
        """[B, L] of bool."""
        return np.concatenate([masks != 0, np.ones((len(masks), 1), dtype=bool)], axis=1)[:, self.owner]


def owners(offsets: Sequence[Span], text: str, spans: Sequence[Span]) -> Array:
    """The player of each token, −1: none. Spaces around a token do not count. Refused when a token holds letters of a
    player and others."""
    found = np.full(len(offsets), -1)
    for place, (first, end) in enumerate(offsets):
        piece = text[first:end]
        first, end = end - len(piece.lstrip()), first + len(piece.rstrip())
        for player, (begin, stop) in enumerate(spans):
            if first >= end or end <= begin or stop <= first:
                continue
            if first < begin or stop < end:
                raise Refused(
                    f"the token {text[first:end]!r} belongs to the player {text[begin:stop]!r} and to its neighbour: "
                    "make them one player"
                )
            found[place] = player
    for player in sorted(set(range(len(spans))) - set(found.tolist())):
        raise Refused(f"the player {text[slice(*spans[player])]!r} has no token of its own")
    return found


def log_odds(logits: Tensor, target: Tensor) -> Tensor:
    """Of all the tokens of the target together, from logits [B, k, V] and tokens [k]: [B], in double."""
    import torch

    z = logits.double()
    place = target.reshape(1, -1, 1).expand(len(z), -1, 1)
    of_target = z.gather(2, place).squeeze(2)
    single = of_target - z.scatter(2, place, float("-inf")).logsumexp(2)
    if len(target) == 1:
        return single[:, 0]
    log_p = -torch.nn.functional.softplus(-single).sum(1)
    return log_p - torch.log(-torch.expm1(log_p))


class LanguageModel:
    """A model of transformers with its tokenizer, as a function of a sample and masks [B, n].

    removal: what becomes of the tokens of absent players. "mask_token": another token (the encoder's own mask token, or
    the pad token, unless mask_token names one); "attention": nobody attends to them; "delete": the prompt is shorter;
    "embedding": the vector `embedding` [d] takes the place of theirs. target_rule: "all" tokens of the target, or the
    "first". Returns v [B], or the logits [B, classes] of a classifier.
    """

    def __init__(
        self,
        model: Any,  # noqa: ANN401 (a PreTrainedModel)
        tokenizer: Any,  # noqa: ANN401 (a fast tokenizer of transformers)
        *,
        removal: str = "mask_token",
        mask_token: str | None = None,
        embedding: Array | None = None,
        target_rule: str = "all",
    ) -> None:
        if removal not in REMOVALS:
            raise ValueError(f"removal {removal!r}; there are: {', '.join(REMOVALS)}")
        if not getattr(tokenizer, "is_fast", False):
            raise ValueError("the tokenizer is not a fast one, so it does not say which letters a token holds")
        self.model, self.tokenizer = model.eval(), tokenizer
        self.removal, self.first_only = removal, target_rule == "first"
        self.kind = _kind(model)
        self.mask = self._mask_token(mask_token) if removal == "mask_token" else -1
        self.embedding = None if embedding is None else np.asarray(embedding, dtype=np.float32)
        if removal == "embedding":
            self._check_embedding()
        self.takes = set(inspect.signature(model.forward).parameters)
        if str(model.dtype) in HALVES and self.kind != "classes":
            _head_in_float32(model)
        self._known: tuple[Prompt, Tokens] | None = None

    def adapted(self, where: str) -> Adapted:
        """What harsanyi.serve needs."""
        import transformers

        self.model.to(where)
        known = hashlib.sha256(digest_of(self.model))
        known.update(f"{self.removal} {self.mask} {self.first_only}".encode())
        known.update(self.tokenizer.backend_tokenizer.to_str().encode())
        known.update(b"" if self.embedding is None else self.embedding.tobytes())
        return Adapted(self, known.digest(), "transformers", transformers.__version__)

    def __call__(self, sample: Sample, masks: Array) -> Array:
        import torch

        if sample.x.dtype.kind != "i" or sample.x.ndim != 1:
            raise Refused("the sample is no text: a samples file of harsanyi-samples from-prompts is needed")
        with torch.inference_mode():
            return np.asarray(self.values(sample.prompt, masks).cpu().numpy())

    def values(self, prompt: Prompt, masks: Array, embedding: Tensor | None = None) -> Tensor:
        """v [B], a tensor. embedding [d], which may want a gradient, takes the place of what absent players have."""
        import torch

        tokens = self.tokens(prompt)
        present = tokens.present(masks)
        logits = self._logits(tokens, present, embedding)
        if self.kind == "classes":
            return logits
        v = log_odds(logits, torch.tensor(tokens.target, device=logits.device))
        if not torch.isfinite(v).all():
            first = "; keep a word or BOS at the beginning" if self.removal == "attention" else ""
            raise Refused(f"v is not finite for some masks{first}")
        return v

    # ---- the prompt ----

    def tokens(self, prompt: Prompt) -> Tokens:
        """Of the prompt; of the last one they are kept. Refused when players cannot be told apart by tokens."""
        if self._known is None or self._known[0] != prompt:
            make = {"causal": self._causal, "masked": self._masked, "classes": self._classes}
            self._known = prompt, make[self.kind](prompt)
        return self._known[1]

    def _encoded(self, text: str, spans: Sequence[Span]) -> tuple[Array, Array]:
        """Token ids with special tokens, and owners."""
        given = self.tokenizer(text, return_offsets_mapping=True)
        longest = getattr(self.model.config, "max_position_embeddings", None)
        if longest is not None and len(given["input_ids"]) > longest:
            raise Refused(f"the prompt has {len(given['input_ids'])} tokens; the model takes {longest}")
        return np.array(given["input_ids"]), owners(given["offset_mapping"], text, spans)

    def _causal(self, prompt: Prompt) -> Tokens:
        ids, owner = self._encoded(prompt.text, prompt.spans)
        end = len(ids)
        while end and ids[end - 1] == self.tokenizer.eos_token_id and ids[end - 1] != self.tokenizer.bos_token_id:
            end -= 1  # the prompt goes on
        ids, owner = ids[:end], owner[:end]
        if not end:
            raise Refused("the prompt is empty")
        if prompt.target is None:
            target = self._predicted(Tokens(ids, owner, np.array([end - 1]), np.zeros(1, dtype=np.int64)))
        else:
            whole = np.array(self.tokenizer(prompt.text + prompt.target)["input_ids"])
            target = whole[end:] if np.array_equal(whole[:end], ids) else whole[:0]
            if not len(target):
                raise Refused(
                    f"the tokens of the target {prompt.target!r} are not told from the prompt's: begin it with a space"
                )
        target = target[:1] if self.first_only else target
        return Tokens(
            np.concatenate([ids, target[:-1]]),
            np.concatenate([owner, np.full(len(target) - 1, -1)]),
            end - 1 + np.arange(len(target)),
            target,
        )

    def _masked(self, prompt: Prompt) -> Tokens:
        """The target stands where the prompt has the mask token, or at its end: a mask token for each of its tokens."""
        hole = str(self.tokenizer.mask_token)
        before, there, after = prompt.text.partition(hole)
        target = np.zeros(1, dtype=np.int64)
        if prompt.target is not None:
            target = np.array(self.tokenizer(prompt.target, add_special_tokens=False)["input_ids"])
        target = target[:1] if self.first_only else target
        shift = len(hole) * (len(target) - 1) if there else 0
        spans = [(b + shift, e + shift) if b > len(before) else (b, e) for b, e in prompt.spans]
        ids, owner = self._encoded(before + hole * len(target) + after, spans)
        asked = np.flatnonzero((ids == self.tokenizer.mask_token_id) & (owner < 0))[: len(target)]
        tokens = Tokens(ids, owner, asked, target)
        return tokens if prompt.target is not None else Tokens(ids, owner, asked, self._predicted(tokens))

    def _classes(self, prompt: Prompt) -> Tokens:
        ids, owner = self._encoded(prompt.text, prompt.spans)
        return Tokens(ids, owner, np.zeros(1, dtype=np.int64), np.zeros(0, dtype=np.int64))

    def _predicted(self, tokens: Tokens) -> Array:
        """[1] the model's own token."""
        import torch

        with torch.inference_mode():
            logits = self._logits(tokens, np.ones((1, len(tokens.ids)), dtype=bool), None)
        return np.asarray(logits[0, 0].argmax().reshape(1).cpu().numpy())

    # ---- the model ----

    def _logits(self, tokens: Tokens, present: Array, embedding: Tensor | None) -> Tensor:
        """[B, k, V] where the tokens are asked for, or [B, classes]."""
        import torch

        ids, seen, asked = self._inputs(tokens, present)
        where = self.model.device
        fed: dict[str, Tensor] = {"attention_mask": torch.tensor(seen.astype(np.int64), device=where)}
        if self.removal == "embedding" or embedding is not None:
            fed["inputs_embeds"] = self._embedded(ids, present, embedding)
        else:
            fed["input_ids"] = torch.tensor(ids, device=where)
        if self.kind == "classes":
            return self.model(**fed).logits
        if self.kind == "causal" and "position_ids" in self.takes:
            fed["position_ids"] = torch.arange(ids.shape[1], device=where).expand(ids.shape)
        kept, place = np.unique(asked, return_inverse=True)
        wanted = torch.tensor(place.reshape(asked.shape), device=where)
        if "logits_to_keep" in self.takes:
            logits = self.model(**fed, use_cache=False, logits_to_keep=torch.tensor(kept, device=where)).logits
        else:
            logits = self.model(**fed).logits[:, kept]
        if len(kept) == asked.shape[1]:
            return logits
        return logits[torch.arange(len(asked), device=where)[:, None], wanted]

    def _inputs(self, tokens: Tokens, present: Array) -> tuple[Array, Array, Array]:
        """Ids, attention mask, [B, L], and the places that are asked, [B, k]."""
        ids = np.broadcast_to(tokens.ids, present.shape)
        asked = np.broadcast_to(tokens.asked, (len(present), len(tokens.asked)))
        if self.removal == "mask_token":
            return np.where(present, ids, self.mask), np.ones_like(present), asked
        if self.removal == "attention":
            return ids.copy(), present, asked
        if self.removal == "embedding":
            return ids.copy(), np.ones_like(present), asked
        return self._shortened(ids, present, asked)

    def _shortened(self, ids: Array, present: Array, asked: Array) -> tuple[Array, Array, Array]:
        """Present tokens move up; what is free behind them is not attended to."""
        order = np.argsort(~present, axis=1, kind="stable")
        lengths = present.sum(1)
        asked = np.take_along_axis(np.cumsum(present, axis=1), asked, axis=1) - 1
        if asked.min() < 0 or lengths.min() == 0:
            raise Refused("without its players nothing is left of the prompt: keep a word of it, or take a mask token")
        longest = int(lengths.max())
        seen = np.arange(longest) < lengths[:, None]
        free = self.model.config.pad_token_id or 0  # a classifier that reads its last token finds it by the pad token
        return np.where(seen, np.take_along_axis(ids, order, axis=1)[:, :longest], free), seen, asked

    def _embedded(self, ids: Array, present: Array, embedding: Tensor | None) -> Tensor:
        import torch

        known = self.model.get_input_embeddings()(torch.tensor(ids, device=self.model.device))
        if embedding is None:
            embedding = torch.tensor(self.embedding, device=known.device)
        return torch.where(torch.tensor(present, device=known.device)[..., None], known, embedding.to(known))

    # ---- settings ----

    def _mask_token(self, name: str | None) -> int:
        tokenizer = self.tokenizer
        if name is None:
            name = tokenizer.mask_token if self.kind != "causal" and tokenizer.mask_token else tokenizer.pad_token
        found = tokenizer.get_vocab().get(name) if name else None
        if found is None:
            what = f"the vocabulary has no token {name!r}" if name else "the vocabulary has no pad token"
            raise ValueError(f"{what}: name one that it has with --mask-token")
        if self.kind == "classes" and not tokenizer.mask_token and found == self.model.config.pad_token_id:
            raise ValueError(
                f"this classifier answers at the last token that is not {name!r}, so that the place would change with "
                "the words that are absent: name another token with --mask-token, or another --removal"
            )
        return int(found)

    def _check_embedding(self) -> None:
        width = self.model.get_input_embeddings().weight.shape[1]
        if self.embedding is None:
            raise ValueError(
                "removal: embedding needs the vector: --embedding FILE.npy, as harsanyi-baseline writes it"
            )
        if self.embedding.shape != (width,):
            raise ValueError(f"the embedding has shape {list(self.embedding.shape)}; this model's are [{width}]")


def _kind(model: Any) -> str:  # noqa: ANN401 (a PreTrainedModel)
    """By the name of its class."""
    name = type(model).__name__
    for ending, kind in (("ForMaskedLM", "masked"), ("ForSequenceClassification", "classes")):
        if name.endswith(ending):
            return kind
    if not name.endswith(("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")):
        raise ValueError(f"{name} is neither a causal model, nor a masked or a classifying encoder")
    return "causal"


def _head_in_float32(model: Any) -> None:  # noqa: ANN401 (a PreTrainedModel)
    """Weights may have 16 bits; logits have 32, so that differences of v are no steps of 1/8."""
    import torch

    head = model.get_output_embeddings()
    for name, weight in list(head.named_parameters(recurse=False)):
        setattr(
            head, name, torch.nn.Parameter(weight.detach().float(), requires_grad=False)
        )  # no longer the embedding's
    head.register_forward_pre_hook(lambda module, given: (given[0].float(), *given[1:]))


def load(name: str, *, kind: str = "auto", dtype: str = "float32", **options: Any) -> LanguageModel:  # noqa: ANN401
    """A model by its name at the hub, its folder, or its GGUF file; options: those of LanguageModel."""
    import torch
    import transformers

    path, found = Path(name), {}
    if path.suffix == ".gguf":
        if not path.is_file():
            raise ValueError(f"{name}: no such file")
        name, found = str(path.parent), {"gguf_file": path.name}
        kind = "causal" if kind == "auto" else kind  # each look at the file takes minutes
    tokenizer = transformers.AutoTokenizer.from_pretrained(name, use_fast=True, **found)
    if kind == "auto":
        named = transformers.AutoConfig.from_pretrained(name).architectures or ["?ForCausalLM"]
        kind = next((k for k, ending in _ENDINGS.items() if named[0].endswith(ending)), "causal")
    auto = getattr(transformers, KINDS[kind])
    return LanguageModel(auto.from_pretrained(name, dtype=getattr(torch, dtype), **found), tokenizer, **options)


_ENDINGS = {"masked": "ForMaskedLM", "classes": "ForSequenceClassification"}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which model, and how it is loaded."""
    parser.add_argument("model", metavar="MODEL", help="a name at the hub, a folder, or a GGUF file")
    parser.add_argument("--kind", choices=["auto", *KINDS], default="auto", help="default: as its configuration says")
    parser.add_argument(
        "--dtype", choices=["float32", "bfloat16", "float16", "float64"], default="float32", help="of weights"
    )
    parser.add_argument("--mask-token", metavar="TOKEN", help="default: the encoder's mask token, or the pad token")
    parser.add_argument(
        "--target-rule", choices=["all", "first"], default="all", help="which tokens of the target count"
    )


def chosen(asked: argparse.Namespace) -> Mapping[str, Any]:
    """Options of load()."""
    return {name: getattr(asked, name) for name in ("kind", "dtype", "mask_token", "target_rule")}


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python3 -m harsanyi.language", description=__doc__)
    add_options(parser)
    parser.add_argument("--removal", choices=REMOVALS, default="mask_token", help="what becomes of absent tokens")
    parser.add_argument("--embedding", type=Path, metavar="FILE.npy", help="of removal embedding")
    asked = parser.parse_args(arguments)
    connection()  # so that harsanyi.device() is known
    embedding = None if asked.embedding is None else np.load(asked.embedding, allow_pickle=False)
    try:
        model = load(asked.model, removal=asked.removal, embedding=embedding, **chosen(asked))
    except (ValueError, OSError, ImportError) as why:
        parser.exit(1, f"harsanyi.language: {why}\n")
    serve(model, source=[__file__])


if __name__ == "__main__":
    main()
