"""Prompts as a samples file holds them: a text, the bytes of each player in it, and the text that is to follow."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import h5py


Span = tuple[int, int]


@dataclass(frozen=True)
class Prompt:
    """Spans are [first, end) of the text, in letters, one for each player; target None: what the model predicts."""

    text: str
    spans: tuple[Span, ...]
    target: str | None = None

    def words(self) -> list[str]:
        """What the players are."""
        return [self.text[first:end] for first, end in self.spans]

    def pieces(self) -> list[tuple[str, int]]:
        """The text in parts, each with its player, −1: none. ValueError when players overlap."""
        found, at = [], 0
        for player in sorted(range(len(self.spans)), key=self.spans.__getitem__):
            first, end = self.spans[player]
            if first < at:
                raise ValueError(f"the players overlap at {self.text[first:end]!r}")
            found += [(self.text[at:first], -1), (self.text[first:end], player)]
            at = end
        return [piece for piece in [*found, (self.text[at:], -1)] if piece[0]]


def prompt_of(text: str, player_bytes: Any, target: str | None) -> Prompt:  # noqa: ANN401 (an array)
    """From spans of bytes in UTF-8 [n, 2], −1: no such player. ValueError names a span that is no part of the text."""
    data = text.encode()
    letter = np.full(len(data) + 1, -1)  # the letter that begins at a byte
    letter[np.cumsum([0, *(len(one.encode()) for one in text)])] = np.arange(len(text) + 1)
    spans: list[Span] = []
    for first, end in np.asarray(player_bytes).tolist():
        if first < 0:
            continue
        if not first < end <= len(data) or letter[first] < 0 or letter[end] < 0:
            raise ValueError(f"player {len(spans)} has bytes {first} to {end}, which are no part of the text")
        spans.append((int(letter[first]), int(letter[end])))
    return Prompt(text, tuple(spans), target or None)


def prompt_of_bytes(x: Any, players: Any) -> Prompt:  # noqa: ANN401 (arrays)
    """From what a process is told of a sample: the bytes of the text and, behind a 0, those of the target [elements];
    the player of each."""
    data = np.asarray(x).astype(np.uint8).tobytes()
    text, _, target = data.partition(b"\0")
    player = np.asarray(players)
    places = [np.flatnonzero(player == one) for one in range(int(player.max(initial=-1)) + 1)]
    return prompt_of(text.decode(), [(int(at[0]), int(at[-1]) + 1) for at in places], target.decode())


def read_prompt(file: h5py.File, index: int) -> Prompt | None:
    """A sample of an open samples file; None when it holds no text there."""
    if "text" not in file or "player_bytes" not in file or not 0 <= index < len(file["text"]):
        return None
    target = _text(file["target_text"][index]) if "target_text" in file else None
    return prompt_of(_text(file["text"][index]), file["player_bytes"][index], target)


def read_prompts(path: str | Path) -> list[Prompt]:
    """All samples of a samples file. ValueError when it holds no text."""
    import h5py

    with h5py.File(path, "r", locking=False) as file:
        found = [read_prompt(file, index) for index in range(len(file["text"]) if "text" in file else 0)]
    prompts = [prompt for prompt in found if prompt is not None]
    if not prompts:
        raise ValueError(f"{path}: has no /text and /player_bytes: harsanyi-samples from-prompts makes such a file")
    return prompts


def _text(value: bytes | str) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
