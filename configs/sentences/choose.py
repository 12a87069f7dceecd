"""Which prompts a language model completes as wanted: keeps those, and shows what it says instead of the others.

choose.py candidates.txt sentences.txt --model M.gguf [--program harsanyi]     (needs the package in analysis/)

Each prompt is swept with its last word as the only player. Kept: p > 1/2, so that no other token is likelier. The
others are swept again for the model's own prediction, whose token stands in /samples/target.
"""

import argparse
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

import h5py
from harsanyi.samples import prompts
from harsanyi.samples.command import main as harsanyi_samples

NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
STRING, ARRAY = 8, 9


def value(file: BinaryIO, kind: int) -> Any:  # noqa: ANN401  (of any type that GGUF has)
    if kind == STRING:
        return file.read(value(file, 10)).decode(errors="replace")
    if kind == ARRAY:
        of, count = value(file, 4), value(file, 10)
        return [value(file, of) for _ in range(count)]
    return struct.unpack("<" + NUMBERS[kind], file.read(struct.calcsize(NUMBERS[kind])))[0]


def vocabulary(model: Path) -> list[str]:
    with model.open("rb") as file:
        file.read(16)
        for _ in range(value(file, 10)):
            key = value(file, STRING)
            found = value(file, value(file, 4))
            if key == "tokenizer.ggml.tokens":
                return [token.replace("▁", " ") for token in found]
    raise SystemExit(f"{model}: has no vocabulary")


def sweep(program: str, model: Path, lines: list[str], folder: Path, name: str) -> tuple[list[int], list[float]]:
    """The token that each v is about, and v of the whole prompt."""
    text, samples, config = (folder / f"{name}{suffix}" for suffix in (".txt", ".h5", ".yaml"))
    text.write_text("\n".join(lines) + "\n", encoding="utf-8")
    made = ["from-prompts", text, "-o", samples, "--players", "words", "--within", "1", "--model", model]
    assert harsanyi_samples([*map(str, made)]) == 0
    subprocess.run([program, "run", str(config), "--set", "statistics.noise_sigma=none"], check=True)
    with h5py.File(folder / f"{name}-results.h5") as file:
        return file["samples/target"][()].tolist(), file["samples/v_full"][()].tolist()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("candidates", type=Path)
    parser.add_argument("chosen", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--program", default="harsanyi")
    options = parser.parse_args()
    lines = [line for line in options.candidates.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    tokens = vocabulary(options.model)
    with tempfile.TemporaryDirectory() as folder:
        model = options.model.resolve()
        _, v = sweep(options.program, model, lines, Path(folder), "wanted")
        others = [line.partition("\t")[0] for line, odds in zip(lines, v, strict=True) if odds <= 0]
        said = iter(sweep(options.program, model, others, Path(folder), "said")[0] if others else [])
    for line, odds in zip(lines, v, strict=True):
        text, _, target = line.partition("\t")
        says = f"says {tokens[next(said)]!r}" if odds <= 0 else ""
        print(f"{odds:6.2f} {len(prompts.WORD.findall(text)):2} players  {text}|{target}  {says}")
    kept = [line for line, odds in zip(lines, v, strict=True) if odds > 0]
    options.chosen.write_text("\n".join(kept) + "\n", encoding="utf-8")
    print(f"{len(kept)} of {len(lines)} are completed as wanted: {options.chosen}", file=sys.stderr)


if __name__ == "__main__":
    main()
