"""harsanyi-samples from-prompts: players are the bytes that they should be, and the program takes what is written."""

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from harness import harsanyi, read
from harsanyi.samples.command import main

LINE = "The [capital] of [France] is\t Paris"


def written(path: Path, text: str, *options: object, name: str = "prompts.txt") -> dict[str, np.ndarray]:
    """Datasets of the file made of a text."""
    (path / name).write_text(text, encoding="utf-8")
    out = path / "made.h5"
    assert main(["from-prompts", str(path / name), "-o", str(out), "--force", *map(str, options)]) == 0
    with h5py.File(out) as file:
        return {key: data[()] for key, data in file.items()}


def players(made: dict[str, np.ndarray], row: int = 0) -> list[str]:
    text = made["text"][row]
    return [text[a:b].decode() for a, b in made["player_bytes"][row] if a >= 0]


def refused(path: Path, capsys: pytest.CaptureFixture[str], text: str, *options: str, name: str = "bad.txt") -> str:
    (path / name).write_text(text, encoding="utf-8")
    capsys.readouterr()
    assert main(["from-prompts", str(path / name), "-o", str(path / "bad.h5"), *options]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and not (path / "bad.h5").exists(), said
    return said


def test_brackets(tmp_path: Path) -> None:
    """From the end of the text; phrases, bytes beyond ASCII, escapes, no target, a comment."""
    made = written(tmp_path, f"# facts\n{LINE}\n\n[Größe] \\[m\\] [of the]\\n[Größe]:\r\n")
    assert made["text"].tolist() == [b"The capital of France is", "Größe [m] of the\nGröße:".encode()]
    assert players(made) == ["France", "capital"]
    assert players(made, 1) == ["Größe", "of the", "Größe"]
    assert made["player_bytes"].dtype == np.int32 and made["player_bytes"][0, 2].tolist() == [-1, -1]
    assert made["target_text"].tolist() == [b" Paris", b""]
    names = [[name.decode() for name in row] for row in made["player_names"].tolist()]
    assert names == [["France", "capital", ""], ["Größe 2", "of the", "Größe"]]


def test_json(tmp_path: Path) -> None:
    entries = [
        {"text": "a [b] a b a", "target": " b", "players": ["a", "a b"]},
        {"text": "one\ntwo", "players": ["two"]},
    ]
    made = written(tmp_path, "\n".join(map(json.dumps, entries)), name="prompts.jsonl")
    assert [players(made, 0), players(made, 1)] == [["a b", "a"], ["two"]]
    assert made["player_bytes"][0].tolist() == [[6, 9], [0, 1]]


def test_words(tmp_path: Path) -> None:
    """All words; then some of the last at random, without those that are never players, the same with the same seed."""
    text = "It's [well-known], that the Nile flows north.\t Yes\nToo short\n"
    made = written(tmp_path, text, "--players", "words", "--stop-words", "the,THAT")
    assert players(made) == ["north", "flows", "Nile", "well-known", "It's"]
    assert made["text"][0].startswith(b"It's [well-known], that")
    some = [written(tmp_path, text, "--players", "random:3", "--within", 5, "--seed", seed) for seed in (1, 1, 2, 3, 4)]
    assert len(some[0]["text"]) == 1
    assert players(some[0]) == players(some[1])
    assert len({tuple(players(made)) for made in some}) > 1
    assert all(set(players(made)) <= {"that", "the", "Nile", "flows", "north"} for made in some)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("हिन्दी भाषा बोलते हैं", ["हिन्दी", "भाषा", "बोलते", "हैं"]),
        ("cafe\u0301 and ❤\ufe0f", ["cafe\u0301", "and"]),
        ("می\u200cخواهم کتاب", ["می\u200cخواهم", "کتاب"]),
        ("Pi is 3.14, not 1,000.", ["Pi", "is", "3.14", "not", "1,000"]),
    ],
)
def test_words_are_whole(tmp_path: Path, text: str, words: list[str]) -> None:
    """With their accents and vowel signs; numbers with their points."""
    assert players(written(tmp_path, text, "--players", "words")) == words[::-1]


def test_what_is_said_of_targets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text, wanted in [
        ("The [capital] is", "1 without a target"),
        ("The [capital] is\tParis", "prompts.txt:1: no space before the target 'Paris'"),
        ("The [capital] is \t Paris", "prompts.txt:1: two spaces before the target ' Paris'"),
        ("我[喜欢]\t香蕉", ""),
        ("One [two]\t, three", ""),
    ]:
        written(tmp_path, text)
        said = capsys.readouterr().out
        assert wanted in said and ("the target" in said or "a target" in said) == bool(wanted), text


def test_the_program_takes_it(tmp_path: Path) -> None:
    """Of a game, which asks for nothing but the players; prompts have their own numbers and names of them."""
    written(tmp_path, f"{LINE}\n[one] [two] [three]\n")
    config = tmp_path / "game.yaml"
    config.write_text("model: {backend: game, game: square}\nsamples: {file: made.h5}\noutput: {file: out.h5}\n")
    outcome = harsanyi("run", config)
    assert outcome.code == 0, outcome.err
    out = tmp_path / "out.h5"
    assert read(out, "samples/n_players").tolist() == [2, 3]
    assert read(out, "samples/player_names").tolist() == [[b"France", b"capital", b""], [b"three", b"two", b"one"]]
    assert len(set(read(out, "samples/input_crc").tolist())) == 2


def test_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text, options, wanted in [
        ("no player\n", (), "bad.txt:1: no player"),
        ("[a [b] c\n", (), "brackets go around"),
        ("a] b\n", (), "brackets go around"),
        ("[] b\n", (), "brackets go around"),
        ("[a b\n", (), "not closed"),
        ("[a] \\q\n", (), "\\q means nothing"),
        ("[a] \\", (), "means nothing"),
        ("# nothing\n", (), "holds no prompt"),
        ("[a]\n", ("--within", "3"), "need --players"),
        ("one two\n", ("--players", "random:3"), "enough words"),
        ("w " * 31 + "\n", ("--players", "words"), "31 players; at most 30"),
        ("\t Paris\n", (), "bad.txt:1: the prompt is empty"),
    ]:
        assert wanted in refused(tmp_path, capsys, text, *options), text
    for line, wanted in [
        ("{", "no JSON"),
        ("[1]", "expected"),
        ('{"text": "a b", "players": ["b", "a"]}', "'a' is not in the text"),
        ('{"txt": "a b"}', "expected"),
        ('{"text": "a b"}', '"players": ["..."]'),
        ('{"text": "a\\u0000b", "players": ["b"]}', "U+0000"),
        ('{"text": "a\\ud800", "players": ["a"]}', "bad.jsonl:1: is no text"),
    ]:
        assert wanted in refused(tmp_path, capsys, line, name="bad.jsonl")
    assert "is a table" in refused(tmp_path, capsys, "text,target\n", "--players", "words", name="bad.csv")
    (tmp_path / "latin.txt").write_bytes(b"Gr\xf6\xdfe\n")
    assert main(["from-prompts", str(tmp_path / "latin.txt"), "-o", str(tmp_path / "bad.h5")]) == 1
    assert "latin.txt: is not UTF-8" in capsys.readouterr().err
