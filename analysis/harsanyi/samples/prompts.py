"""Prompts whose words are players: /text, /player_bytes and /target_text, and a config for `backend: llama`.

The [capital] of [France] is<TAB> Paris          a line of a text file: players in brackets, then what is to follow
{"text": "The capital of France is", "target": " Paris", "players": ["capital", "France"]}         a line of JSON

Players are numbered from the end of the text: `backend: llama` evaluates masks that differ in the players of the lowest
numbers together, and shares what stands before them.
"""

import argparse
import json
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from harsanyi.samples import write
from harsanyi.samples.sources import Array, InputError

PLAYERS_MOST = 30
NAME_BYTES = 60
Span = tuple[int, int]  # in characters
MARK = "\N{COMBINING GRAVE ACCENT}"  # stands for each accent and vowel sign, which re counts as no part of a word
WORD = re.compile(rf"\w[\w{MARK}]*(?:(?:['’-]|(?<=\d)[.,](?=\d))\w[\w{MARK}]*)*")
JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"  # inside words of Persian and Hindi
PIECE = re.compile(r"\\(.?)|([\[\]])|([^\\\[\]]+)", re.DOTALL)
ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", "[": "[", "]": "]"}


@dataclass(frozen=True)
class Prompt:
    text: str
    target: str  # what is to follow, with its space; "": what the model says
    spans: tuple[Span, ...]  # of the players, in the order of the text
    origin: str

    @property
    def span_bytes(self) -> list[Span]:
        """From the last player to the first."""
        return [(len(self.text[:a].encode()), len(self.text[:b].encode())) for a, b in reversed(self.spans)]

    @property
    def names(self) -> list[str]:
        """From the last player to the first; a word that comes again is numbered, "the", "the 2"."""
        seen: Counter[str] = Counter()
        names = []
        for a, b in self.spans:
            name = write.printable(" ".join(self.text[a:b].split()).replace(",", ";"))
            seen[name] += 1
            names.append(name if seen[name] == 1 else f"{name} {seen[name]}")
        return [name.encode()[:NAME_BYTES].decode(errors="ignore") for name in reversed(names)]


# ---- reading ----


def _plain(line: str, where: str, brackets: bool) -> tuple[str, tuple[Span, ...]]:
    """The text without its brackets, and where they stood; backslashes: \\n, \\t, \\\\, \\[ and \\]."""
    text, spans, opened = "", [], -1
    for piece in PIECE.finditer(line):
        escaped, bracket, rest = piece.groups()
        if escaped is not None and escaped not in ESCAPES:
            raise InputError(f"{where}: \\{escaped} means nothing: \\n, \\t, \\\\, \\[ and \\] do")
        if bracket is None or not brackets:
            text += ESCAPES[escaped] if escaped is not None else bracket or rest
        elif (bracket == "[") != (opened < 0) or opened == len(text):
            raise InputError(f"{where}: brackets go around each player, [like] [this]; \\[ is a bracket of the text")
        elif bracket == "[":
            opened = len(text)
        else:
            spans.append((opened, len(text)))
            opened = -1
    if opened >= 0:
        raise InputError(f"{where}: a bracket is not closed")
    return text, tuple(spans)


def _of_line(line: str, where: str, brackets: bool) -> Prompt:
    marked, _, target = line.partition("\t")
    text, spans = _plain(marked, where, brackets)
    return _checked(Prompt(text, _plain(target, where, False)[0], spans, where))


def _checked(prompt: Prompt) -> Prompt:
    """The prompt, which a samples file can hold."""
    if not prompt.text.strip():
        raise InputError(f"{prompt.origin}: the prompt is empty")
    try:
        held = (prompt.text + prompt.target).encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{prompt.origin}: is no text: {error}") from None
    if b"\0" in held:
        raise InputError(f"{prompt.origin}: holds the character U+0000, which no prompt can")
    return prompt


def _find(text: str, phrases: Sequence[Any], where: str) -> tuple[Span, ...]:
    """The first place of each phrase behind the one before it."""
    spans, end = [], 0
    for phrase in phrases:
        start = text.find(phrase, end) if isinstance(phrase, str) and phrase else -1
        if start < 0:
            raise InputError(f"{where}: players: {phrase!r} is not in the text, or not behind the player before it")
        end = start + len(phrase)
        spans.append((start, end))
    return tuple(spans)


def _of_json(line: str, where: str) -> Prompt:
    try:
        entry = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"{where}: is no JSON: {error}") from None
    text, target, players = None, None, None
    if isinstance(entry, dict):
        text, target, players = entry.get("text"), entry.get("target") or "", entry.get("players") or []
    if not isinstance(text, str) or not isinstance(target, str) or not isinstance(players, list):
        raise InputError(f'{where}: {{"text": "...", "target": "...", "players": ["...", ...]}} expected')
    return _checked(Prompt(text, target, _find(text, players, where), where))


def _read(path: Path, brackets: bool) -> list[Prompt]:
    """Lines that are empty or begin with # are left out."""
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if path.suffix.lower() == ".csv":
        raise InputError(
            f"{path}: is a table: write a line of JSON for each prompt (.jsonl), or its text, a tab, its target"
        )
    as_json = path.suffix.lower() in (".jsonl", ".json")
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8: {error}") from None
    prompts = []
    for number, line in enumerate(lines, 1):
        where = f"{path}:{number}"
        if line.strip() and not line.startswith("#"):
            prompts.append(_of_json(line, where) if as_json else _of_line(line.rstrip("\r"), where, brackets))
    if not prompts:
        raise InputError(f"{path}: holds no prompt")
    return prompts


# ---- players ----


def _words(prompt: Prompt, options: argparse.Namespace) -> list[Span]:
    stop = {word.casefold() for word in options.stop_words}
    letters = (MARK if unicodedata.category(c)[0] == "M" or c in JOINERS else c for c in prompt.text)
    words = [match.span() for match in WORD.finditer("".join(letters))]
    last = words[-options.within :] if options.within else words
    return [(a, b) for a, b in last if prompt.text[a:b].casefold() not in stop]


def _choose(prompt: Prompt, options: argparse.Namespace, random: np.random.Generator) -> Prompt | None:
    """The prompt with its words as players, all or some at random; None: it has too few."""
    words, count = _words(prompt, options), options.players
    if count > len(words) or not words:
        return None
    chosen = sorted(random.choice(len(words), count, replace=False).tolist()) if count else range(len(words))
    return Prompt(prompt.text, prompt.target, tuple(words[i] for i in chosen), prompt.origin)


def _with_players(prompts: Sequence[Prompt], options: argparse.Namespace) -> list[Prompt]:
    if options.players is None:
        if options.within or options.stop_words:
            raise InputError("--within and --stop-words need --players words or random:K")
        found = list(prompts)
    else:
        random = np.random.default_rng(options.seed)
        chosen = [_choose(prompt, options, random) for prompt in prompts]
        found = [prompt for prompt in chosen if prompt]
    for prompt in found:
        if not prompt.spans:
            ways = 'mark them, [like] [this] (in JSON: "players": ["..."]), or choose --players words'
            raise InputError(f"{prompt.origin}: no player: {ways}")
        if len(prompt.spans) > PLAYERS_MOST:
            raise InputError(f"{prompt.origin}: {len(prompt.spans)} players; at most {PLAYERS_MOST} can be swept")
    if not found:
        raise InputError(f"{prompts[0].origin}: no prompt has enough words")
    return found


# ---- what is written ----


def _write(path: Path, prompts: Sequence[Prompt], command: str) -> None:
    most = max(len(prompt.spans) for prompt in prompts)
    spans: Array = np.full((len(prompts), most, 2), -1, np.int32)
    for row, prompt in enumerate(prompts):
        spans[row, : len(prompt.spans)] = prompt.span_bytes
    with h5py.File(path, "w") as file:
        file.attrs["made_by"] = write.printable(command)[: write.ATTRIBUTE]
        write.write_texts(file, "text", [prompt.text for prompt in prompts])
        file["player_bytes"] = spans
        if any(prompt.target for prompt in prompts):
            write.write_texts(file, "target_text", [prompt.target for prompt in prompts])
        names = [name for prompt in prompts for name in (*prompt.names, *[""] * most)[:most]]
        write.write_texts(file, "player_names", names, (len(prompts), most))
        write.write_texts(file, "origin", [prompt.origin for prompt in prompts])


def _config(out: Path, prompts: Sequence[Prompt], options: argparse.Namespace, command: str) -> str:
    given = sum(bool(prompt.target) for prompt in prompts)
    own = len(prompts) - given
    follows = "/target_text" + (f", or what the model says, for {own} of {len(prompts)} prompts" if own else "")
    model = "YOUR-MODEL.gguf" if options.model is None else os.path.relpath(options.model, out.parent)
    lines = [
        f"# {len(prompts)} prompts of {write.printable(str(options.file))}.",
        "# Paths are relative to this file. What it will cost, and what looks wrong:",
        f"#     harsanyi plan {write.printable(out.with_suffix('.yaml').name)}",
        "# Made by",
        f"#     {write.printable(command)[: write.ATTRIBUTE]}",
        "",
        "model:",
        write.line("backend: llama", "v(S) = log(p / (1 - p)), p the probability of what follows the prompt when"),
        write.line("", f"only the words in S are left. What follows: {follows}"),
        write.line(f"file: {write.quoted(model)}", "a language model, best with weights in F32"),
        write.line('mask_token: "<pad>"', "what the tokens of absent words become; it decides what is found"),
        "",
        "samples:",
        write.line(f"file: {write.quoted(out.name)}", "/text, /player_bytes, /target_text, /player_names"),
        "",
        "statistics:",
        write.line("salience: 0.05", "interactions of at least 5 % of the strongest one count as salient"),
        "",
        "output:",
        write.line(f"file: {write.quoted(out.stem + '-results.h5')}", "-o on the command line wins"),
    ]
    return "".join(line.rstrip() + "\n" for line in lines)


def _remarks(prompts: Sequence[Prompt]) -> str:
    """Of targets that are missing, or that hardly stand as they were meant. Only letters that have a case tell words by
    spaces."""
    own = sum(not prompt.target for prompt in prompts)
    said = f" {own} without a target: there the model's own prediction is explained." if own else ""
    for prompt in prompts:
        last, first = prompt.text[-1], prompt.target[:1]
        cased = first.lower() != first.upper() and last.lower() != last.upper()
        if cased or (last.isspace() and first.isspace()):
            what = "two spaces" if last.isspace() else "no space"
            return f"{said} {prompt.origin}: {what} before the target {prompt.target!r}: is that meant?"
    return said


def make(options: argparse.Namespace, command: str) -> str:
    """Writes the files; what was made."""
    out, config = write.paths(options.out, options.force)
    given = _read(options.file, brackets=options.players is None)
    prompts = _with_players(given, options)
    with write.beside([out, config]) as parts:
        _write(parts[0], prompts, command)
        parts[1].write_text(_config(out, prompts, options, command), encoding="utf-8")
    few = f" ({len(given) - len(prompts)} have too few words and are left out)" if len(prompts) < len(given) else ""
    cost = write.cost([len(prompt.spans) for prompt in prompts], 1)
    first = "" if options.model else f"the model's name in {config}, then "
    made = f"made: {out} with {len(prompts)} prompts{few}, and {config}: {cost}."
    return f"{made}{_remarks(prompts)} Next: {first}harsanyi plan {config}"
