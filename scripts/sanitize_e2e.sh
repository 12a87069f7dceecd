#!/usr/bin/env bash
# The end-to-end tests with a program that the address and undefined-behaviour sanitizers watch (scripts/sanitize.sh: the C
# tests). Any report ends the program or its rank with a status that no test expects; those about addresses and leaks are kept in
# build/asan/reports, and one there is a failure whatever the tests say. Takes half an hour on two cores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

reports=$PWD/build/asan/reports
cmake --preset asan >/dev/null
cmake --build --preset asan
rm -rf "$reports"
mkdir -p "$reports"
source scripts/mpi-env.sh
export HARSANYI_PROGRAM=$PWD/build/asan/harsanyi
# Tests preload libraries before the sanitizer's (link order). gcc 12 misreads what glibc keeps for a thread (tls_get_addr).
export ASAN_OPTIONS=exitcode=99:log_path=$reports/report:verify_asan_link_order=0:fast_unwind_on_malloc=0:intercept_tls_get_addr=0
export LSAN_OPTIONS=exitcode=99:print_suppressions=0:suppressions=$PWD/tests/lsan.supp
export UBSAN_OPTIONS=exitcode=99:print_stacktrace=1
failed=0
.venv/bin/python -m pytest -q -rs -n 2 tests/e2e || failed=1

mapfile -t left < <(find "$reports" -type f | sort)
if ((${#left[@]})); then
    cat "${left[@]}" >&2
    echo "sanitize_e2e: ${#left[@]} reports, see above and $reports" >&2
    failed=1
fi
exit $failed
