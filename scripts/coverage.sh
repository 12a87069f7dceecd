#!/usr/bin/env bash
# Which lines of src/ the tests run: builds with gcc's --coverage, runs ctest, the end-to-end tests and, where Slurm is
# there, tests/slurm.sh, and prints a table by file; the lines that no test reaches are in build/coverage/report.html.
# Takes some ten minutes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

tools=build/coverage-tools
[[ -x $tools/bin/gcovr ]] || { python3 -m venv "$tools" && "$tools/bin/pip" install -q --disable-pip-version-check gcovr; }

cmake --preset coverage >/dev/null
cmake --build --preset coverage
find build/coverage -name '*.gcda' -delete
source scripts/mpi-env.sh
failed=0
ctest --preset coverage || failed=1
HARSANYI_PROGRAM=$PWD/build/coverage/harsanyi .venv/bin/python -m pytest -q -n 2 tests/e2e || failed=1
if [[ -x tests/slurm.sh ]]; then
    HARSANYI_PROGRAM=$PWD/build/coverage/harsanyi tests/slurm.sh || failed=1
fi
# Killed programs leave half-written counters; that is not an error.
"$tools/bin/gcovr" --root . --filter src/ --object-directory build/coverage --gcov-ignore-parse-errors all \
    --gcov-ignore-errors all --exclude-throw-branches --html-details build/coverage/report.html --txt
((failed == 0)) || echo "coverage: some tests failed: see above" >&2
exit $failed
