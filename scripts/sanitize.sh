#!/usr/bin/env bash
# The C tests under the address, undefined-behaviour and thread sanitizers, and some seconds of fuzzing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

source scripts/mpi-env.sh
for preset in asan tsan; do
    cmake --preset $preset >/dev/null
    cmake --build --preset $preset
    ctest --preset $preset
done
scripts/fuzz.sh
