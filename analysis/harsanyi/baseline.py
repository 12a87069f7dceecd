"""harsanyi-baseline: learns the embedding that stands for an absent word in a language model.

As in arXiv 2105.10719: the vector under which two small sets of words interact least, over random contexts. It is what
`--removal embedding --embedding FILE.npy` of harsanyi.language takes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harsanyi.language import LanguageModel, add_options, chosen, load
from harsanyi.prompts import Prompt, read_prompts
from harsanyi.serving import Refused

Array = npt.NDArray[Any]

RATE, MOMENTUM, TRIPLES, EPOCHS = 1e-3, 0.9, 10, 100  # of the authors
LARGEST_SET = 3
WHOLE_CONTEXT = 1 / 3  # how often all other words are there


def triples(n: int, count: int, random: np.random.Generator) -> Array:
    """Masks [4, count, n] of S1 ∪ S2 ∪ S3, S1 ∪ S3, S2 ∪ S3 and S3: S1, S2 of 1 to 3 players, S3 of the others all, or
    some."""
    masks = np.zeros((4, count, n), dtype=np.uint8)
    for i in range(count):
        order = random.permutation(n)
        first = int(random.integers(1, min(LARGEST_SET, n - 1) + 1))
        second = int(random.integers(1, min(LARGEST_SET, n - first) + 1))
        rest = order[first + second :]
        if random.random() >= WHOLE_CONTEXT:
            rest = rest[random.random(len(rest)) < 0.5]
        masks[:, i, rest] = 1
        masks[[0, 1], i, order[:first, None]] = 1
        masks[[0, 2], i, order[first : first + second, None]] = 1
    return masks


def usable(model: LanguageModel, prompts: Sequence[Prompt]) -> tuple[list[Prompt], str]:
    """Prompts whose players can be told apart by tokens, and what is to be said of the others, "": there are none."""
    found: list[Prompt] = []
    first = ""
    for number, prompt in enumerate(prompts):
        try:
            model.tokens(prompt)
            found.append(prompt)
        except Refused as why:
            first = first or f"sample {number}: {why}"
    return found, first and f"{len(prompts) - len(found)} of {len(prompts)} prompts are left out, as {first}"


def learned(
    model: LanguageModel,
    prompts: Sequence[Prompt],
    *,
    epochs: int = EPOCHS,
    rate: float = RATE,
    seed: int = 0,
    say: Callable[[int, float], None] = lambda epoch, loss: None,
) -> tuple[Array, list[float]]:
    """The vector [d] and the loss, mean over each epoch: |v(S1 ∪ S2 ∪ S3) − v(S1 ∪ S3) − v(S2 ∪ S3) + v(S3)|. It begins
    as the mask token; each step takes one prompt. Prompts of one player teach nothing."""
    import torch

    if model.kind == "classes":
        raise ValueError("a classifier has several outputs: a baseline is learned for the log-odds of a text")
    usable = [prompt for prompt in prompts if len(prompt.spans) > 1]
    if not usable:
        raise ValueError("no prompt has two players")
    random = np.random.default_rng(seed)
    model.model.requires_grad_(False)
    start = torch.tensor([model.mask], device=model.model.device)
    vector = model.model.get_input_embeddings()(start)[0].detach().float().clone().requires_grad_()  # some scale theirs
    steps = torch.optim.SGD([vector], lr=rate, momentum=MOMENTUM)
    losses = []
    for epoch in range(epochs):
        total = 0.0
        for place in random.permutation(len(usable)):
            prompt = usable[place]
            masks = triples(len(prompt.spans), TRIPLES, random)
            v = model.values(prompt, masks.reshape(-1, masks.shape[2]), vector).reshape(4, TRIPLES)
            loss = (v[0] - v[1] - v[2] + v[3]).abs().mean()
            steps.zero_grad()
            loss.backward()
            steps.step()
            if not torch.isfinite(vector).all():
                raise ValueError("the vector grew beyond all bounds: a smaller --rate is needed")
            total += float(loss.detach())
        losses.append(total / len(usable))
        say(epoch, losses[-1])
    return vector.detach().cpu().numpy(), losses


def main(arguments: Sequence[str] | None = None) -> int:
    """0: written; 1: bad usage or input, reported on stderr."""
    parser = argparse.ArgumentParser(prog="harsanyi-baseline", description=__doc__)
    add_options(parser)
    parser.add_argument("samples", type=Path, metavar="SAMPLES", help="a file of harsanyi-samples from-prompts")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.npy")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help=f"over all prompts (default: {EPOCHS})")
    parser.add_argument("--rate", type=float, default=RATE, help=f"of learning (default: {RATE})")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu", help='"cpu" (default) or "cuda:0"')
    asked = parser.parse_args(arguments)
    try:
        if not asked.output.parent.is_dir():  # not after hours
            raise ValueError(f"{asked.output.parent}: no such folder")
        model = load(asked.model, **chosen(asked))
        model.model.to(asked.device)
        prompts, left_out = usable(model, read_prompts(asked.samples))
        if left_out:
            print(f"harsanyi-baseline: {left_out}", file=sys.stderr)
        vector, _ = learned(
            model,
            prompts,
            epochs=asked.epochs,
            rate=asked.rate,
            seed=asked.seed,
            say=lambda epoch, loss: print(f"epoch {epoch + 1} of {asked.epochs}: loss {loss:.4g}", file=sys.stderr),
        )
    except (ValueError, OSError, ImportError, Refused, RuntimeError, AssertionError) as why:  # the last two: of torch
        print(f"harsanyi-baseline: {why}", file=sys.stderr)
        return 1
    with asked.output.open("wb") as file:
        np.save(file, vector)
    return 0


if __name__ == "__main__":
    sys.exit(main())
