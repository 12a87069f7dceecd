"""How fast harsanyi.language is, beside a plain loop over the same batches, on a tiny model of random weights.

.venv-models/bin/python bench/language_ratio.py [--batch 256] [--repeats 7]
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "analysis/tests"))

from harsanyi.language import LanguageModel  # noqa: E402
from harsanyi.prompts import Prompt  # noqa: E402
from language_models import model, spans_of, tokenizer  # noqa: E402

TEXT = "one two three four five six seven eight nine ten"
PLAYERS = 10


def plain(network: torch.nn.Module, ids: np.ndarray, owner: np.ndarray, target: int, masks: np.ndarray) -> np.ndarray:
    """Absent tokens become token 0; what one writes without harsanyi."""
    absent = (owner >= 0) & (masks[:, owner] == 0)
    rows = np.where(absent, 0, ids)
    z = network(torch.tensor(rows)).logits[:, -1].double()
    p = torch.softmax(z, 1)[:, target]
    return (torch.log(p) - torch.log1p(-p)).numpy()


def seconds(once: Callable[[np.ndarray], np.ndarray], batches: list[np.ndarray]) -> float:
    begin = time.process_time()
    for batch in batches:
        once(batch)
    return time.process_time() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=7)
    asked = parser.parse_args()
    masks = (np.arange(1 << PLAYERS)[:, None] >> np.arange(PLAYERS) & 1).astype(np.uint8)
    batches = np.split(masks, len(masks) // asked.batch)
    prompt = Prompt(TEXT, spans_of(TEXT, TEXT.split()), " apple")
    for name in ("gpt2", "llama", "opt"):
        language = LanguageModel(model(name), tokenizer(), target_rule="first")
        tokens = language.tokens(prompt)
        ids, owner, target = tokens.ids, tokens.owner, int(tokens.target[0])
        ways = (
            lambda part, language=language: language.values(prompt, part).numpy(),
            lambda part, language=language, of=(ids, owner, target): plain(language.model, *of, part),
        )
        with torch.inference_mode():
            times = [[seconds(way, batches) for way in ways] for _ in range(asked.repeats)]
        mine, loop = np.median(times, axis=0)
        print(f"{name}: {len(masks) / mine:,.0f} masks/s, plain loop {len(masks) / loop:,.0f}: {loop / mine:.2f}")


if __name__ == "__main__":
    main()
