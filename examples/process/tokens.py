"""Absent words are left out of the sentence, instead of becoming a mask token: the sentence gets shorter.

    model: {backend: process, function: "tokens:predict", takes: masks, score: raw}

for samples whose players are words: /player_names [S, n] holds them, in their order. `network` stands for your model.
"""

from zlib import crc32

import numpy as np
from harsanyi.serving import Array, Sample

SIZE = 8
turn = np.random.default_rng(0).normal(size=(SIZE, SIZE)) / SIZE


def embedding(word: str) -> Array:
    return np.random.default_rng(crc32(word.encode())).normal(size=SIZE)


def network(words: list[str]) -> float:
    """Reads one word after another, and remembers."""
    state = np.zeros(SIZE)
    for word in words:
        state = np.tanh(turn @ state + embedding(word))
    return float(state[0])


def predict(sample: Sample, masks: Array) -> Array:
    return np.array([network([sample.names[i] for i in np.flatnonzero(mask)]) for mask in masks])
