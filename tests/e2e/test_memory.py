"""A run that does not fit in its memory limit is refused before anything is made; what it took is its own."""

import re
import sys
from pathlib import Path

import pytest
from harness import ADDRESS_SANITIZER, PROGRAM, Job, Outcome, Sweep, game, in_shell


def limited(mebibytes: int, *arguments: object) -> Outcome:
    """The program with a limit on its addresses."""
    return in_shell(f'ulimit -v {mebibytes << 10}; exec "$0" "$@"', *arguments)


@pytest.mark.skipif(ADDRESS_SANITIZER, reason="the address sanitizer itself exceeds every limit on addresses")
def test_more_than_the_limit_is_refused(tmp_path: Path) -> None:
    small = Sweep(tmp_path, game(2, 8), "small.h5")
    big = Sweep(tmp_path, game(2, 24), "big.h5")  # 128 MiB a table, some of them at once on rank 0
    limit = 100
    while limited(limit, "run", small.config, "--fresh").code != 0:
        limit += 50
        assert limit < 4000
    limited(limit, "run", big.config).ends(1, "but the limit is", "(ulimit -v): raise it")
    assert not big.file.exists()
    assert big.left_over() == []
    planned = limited(limit, "plan", big.config).ends(0)
    assert "of addresses (it already uses" in planned.out.partition("what looks wrong:")[2]


@pytest.mark.skipif(ADDRESS_SANITIZER, reason="the address sanitizer takes memory of its own")
def test_memory_of_the_process_that_starts_it_is_not_reported(tmp_path: Path) -> None:
    sweep = Sweep(tmp_path, game(1, 5))
    start = "import subprocess, sys; big = b'x' * 400_000_000; sys.exit(subprocess.run(sys.argv[1:]).returncode)"
    done = Job("run", sweep.config, command=(sys.executable, "-c", start, PROGRAM)).wait().ends(0)
    found = re.search(r"at most (\d+) MB resident", done.err)
    assert found, done.err
    assert 5 < int(found[1]) < 150
