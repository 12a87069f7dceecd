#!/usr/bin/env bash
# Setup, build, every test. The last line counts them; the exit status is 0 only when none failed.
#
#   scripts/test.sh
#   scripts/test.sh --full      with the slow cases that are left out otherwise
#   scripts/test.sh --models    only what needs frameworks, on what is built, in .venv-models (scripts/setup.sh --models)
#   scripts/test.sh --llm       only what needs llama.cpp and a language model, which scripts/get-llm.sh gets; in build/llm
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ ${1:-} == --models ]]; then
    source scripts/mpi-env.sh
    exec .venv-models/bin/python -m pytest -c analysis/pyproject.toml -q -rs -n 2 analysis/tests/test_samples_superpixels.py \
        analysis/tests/test_language.py analysis/tests/test_baseline.py tests/e2e/test_language_models.py \
        tests/e2e/test_own_model.py tests/e2e/test_adapters.py tests/e2e/test_python.py tests/e2e/test_kinds.py \
        tests/e2e/test_examples.py tests/e2e/test_shap.py
fi

if [[ ${1:-} == --llm ]]; then
    scripts/get-llm.sh
    source scripts/mpi-env.sh
    cmake -S . -B build/llm -G Ninja -DCMAKE_BUILD_TYPE=Release -DHARSANYI_LLAMA=ON >/dev/null
    cmake --build build/llm --target harsanyi test_llm bench_llama
    build/llm/tests/test_llm
    HARSANYI_PROGRAM=$PWD/build/llm/harsanyi exec .venv/bin/python -m pytest -q -rs tests/e2e/test_llm.py
fi

if [[ ${1:-} == --full ]]; then
    export HARSANYI_FULL=1
fi

scripts/setup.sh
cmake --preset release >/dev/null
cmake --build --preset release

source scripts/mpi-env.sh
unset PYTHONDONTWRITEBYTECODE # containers set it; each of the tests' many Pythons would compile our modules again
failed=0
reports=(build/release/{ctest,slurm,pytest}.xml)
ctest --preset release --output-junit ctest.xml || failed=1
# It mostly waits for Slurm, so it runs beside the others.
tests/slurm.sh build/release/slurm.xml >build/release/slurm.log 2>&1 &
slurm=$!
trap 'kill "$slurm" 2>/dev/null || true' EXIT
# Four at a time on two cores: many wait, for starts, disks and clocks.
.venv/bin/python -m pytest -c analysis/pyproject.toml -q -rs -n 4 --dist worksteal \
    --junitxml build/release/pytest.xml tests/e2e analysis/tests || failed=1
wait "$slurm" || failed=1
trap - EXIT
cat build/release/slurm.log
python3 scripts/count_tests.py "${reports[@]}" || failed=1
exit $failed
