"""Tables for LaTeX."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from harness import game
from harsanyi import tables
from harsanyi.reader import open_results
from made import read_csv, swept


def test_tables_are_latex(named_file: Path, tmp_path: Path) -> None:
    odd = tmp_path / "50%_of & #1.h5"
    shutil.copy(named_file, odd)
    with open_results(named_file) as named, open_results(odd) as results:
        for name in tables.TABLES:
            path, numbers, _ = tables.save_table(name, [named, results], tmp_path / name)
            text = path.read_text()
            assert r"50\%\_of \& \#1" in text
            assert text.count("{") == text.count("}") and text.count("$") % 2 == 0
            body = text[text.index(r"\toprule") : text.index(r"\bottomrule")].splitlines()
            lines = [line for line in body if line.endswith(r"\\")]
            columns = len(re.search(r"\{tabular\}\{(\w+)\}", text)[1])  # type: ignore[index]
            assert len(lines) == 1 + 2 * 2 and r"\midrule" in body
            assert all(len(re.findall(r"(?<!\\)&", line)) == columns - 1 for line in lines)
            assert read_csv(numbers)["file"] == [named.path.stem] * 2 + [odd.stem] * 2


def test_samples_with_different_players(tmp_path: Path) -> None:
    with open_results(swept(tmp_path, game(3, [2, 4]))) as results:
        text = tables.summary_table([results])
    assert " & 3 & 0 & 2--4 & $" in text


def test_special_characters() -> None:
    assert tables.escaped(r"a_b%c&d#e$f{g}~^" + "\\") == (
        r"a\_b\%c\&d\#e\$f\{g\}\textasciitilde{}\textasciicircum{}\textbackslash{}"
    )
