"""The command harsanyi-figures: what it writes, and what it says."""

from __future__ import annotations

from pathlib import Path

import pytest
from harsanyi import figures, style, tables
from harsanyi.figures.command import main as run


@pytest.mark.usefixtures("numbers_only")
def test_the_command_writes_all(named_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "new/out"
    assert run([str(named_file), "-o", str(out), "--style", "ieee", "--width", "column"]) == 0
    written = {path.name for path in out.iterdir()}
    assert written == {f"{name}.{ending}" for name in figures.FIGURES for ending in ("csv", "txt")} | {
        f"{name}.{ending}" for name in tables.TABLES for ending in ("tex", "csv", "txt")
    }


def test_the_command_says_how_again(named_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And the same numbers make the same files."""
    assert run([str(named_file), "-o", str(tmp_path), "--figure", "monotonicity", "--style", "ieee"]) == 0
    pictures = [tmp_path / f"monotonicity.{ending}" for ending in style.FORMATS]
    before = [path.read_bytes() for path in pictures]
    for path in pictures:
        path.unlink()
    again = (tmp_path / "monotonicity.txt").read_text().split()
    assert again[0] == "harsanyi-figures" and run(again[1:]) == 0
    assert [path.read_bytes() for path in pictures] == before
    assert capsys.readouterr().err == ""


def test_the_command_tells_what_is_wrong(named_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([str(tmp_path / "none.h5"), "-o", str(tmp_path / "out")]) == 1
    assert "harsanyi-figures: " in capsys.readouterr().err
    assert run([str(named_file), "-o", str(tmp_path / "out"), "--figure", "sample", "--sample", "77"]) == 1
    assert "no sample 77" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run([str(named_file), "-o", str(tmp_path / "out"), "--figure", "nothing"])
