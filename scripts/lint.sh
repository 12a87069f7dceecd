#!/usr/bin/env bash
# All static checks, clang with -Werror among them. scripts/setup.sh --dev installs what it needs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cmake --preset clang >/dev/null
cmake --build --preset clang
mapfile -t sources < <(git ls-files '*.c')
mapfile -t headers < <(git ls-files '*.h')
mapfile -t scripts < <(git ls-files '*.py')
mapfile -t shells < <(git ls-files '*.sh' '*.sbatch' .ci/run)
failed=0

step() {
    local name=$1
    shift
    if "$@"; then
        echo "lint: $name: clean"
    else
        echo "lint: $name: FAILED" >&2
        failed=1
    fi
}

# Files that are not compiled here (the backend llama) are left out. One process a file; clang-tidy's own chatter ("12 warnings generated") goes to stderr and says nothing.
tidy() {
    printf '%s\n' "${sources[@]}" | while read -r source; do
        if grep -qF "/$source\"" build/clang/compile_commands.json; then echo "$source"; fi
    done | xargs -P "$(nproc)" -n 1 clang-tidy -quiet -p build/clang 2>build/clang/tidy.log
}

step clang-format clang-format --dry-run -Werror "${sources[@]}" "${headers[@]}"
step clang-tidy tidy
step cppcheck cppcheck --project=build/clang/compile_commands.json --enable=warning,performance,portability \
    --suppressions-list=.cppcheck-suppressions --inline-suppr --error-exitcode=1 --quiet -j "$(nproc)"
step "ruff check" .venv/bin/ruff check --quiet "${scripts[@]}"
step "ruff format" .venv/bin/ruff format --quiet --check "${scripts[@]}"
step shellcheck shellcheck -x --severity=warning "${shells[@]}"
step mypy .venv/bin/mypy --config-file analysis/pyproject.toml --cache-dir build/mypy --no-error-summary analysis/harsanyi
exit $failed
