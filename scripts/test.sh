#!/usr/bin/env bash
# Setup, build, every test. The last line counts them; the exit status is 0 only when none failed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

scripts/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release

source scripts/mpi-env.sh
failed=0
reports=(build/release/ctest.xml)
ctest --preset release --output-junit ctest.xml || failed=1
for tests in tests/e2e analysis/tests; do
    report=build/release/pytest-${tests//\//-}.xml
    reports+=("$report")
    .venv/bin/python -m pytest -q -rs --junitxml "$report" "$tests" || failed=1
done
python3 scripts/count_tests.py "${reports[@]}" || failed=1
exit $failed
