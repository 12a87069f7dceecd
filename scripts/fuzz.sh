#!/usr/bin/env bash
# Fuzzes our own parsers of untrusted files and of messages (tests/fuzz), with clang's libFuzzer, under the address and
# undefined-behaviour sanitizers.
#
#   scripts/fuzz.sh                        what is in tests/fuzz/corpus, then 3 seconds of each target; always the same seed
#   scripts/fuzz.sh 600 [TARGET...]        600 seconds of each
#   scripts/fuzz.sh runs=1000000 [TARGET...]
#
# Targets: config messages onnx_files protocol. New inputs are kept in build/fuzz/found/TARGET, those that crash
# in build/fuzz/TARGET-crash-...: once fixed, add them to tests/fuzz/corpus/TARGET as found-WHAT.
# Without clang or its libFuzzer (Debian: clang, libclang-rt-14-dev; scripts/setup.sh --dev) it runs nothing and says so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

much=${1:-3}
shift || true
targets=("$@")
((${#targets[@]})) || targets=(config messages onnx_files protocol)
if [[ $much == runs=* ]]; then
    limit=(-"$much")
elif [[ $much =~ ^[0-9]+$ ]]; then
    limit=(-max_total_time="$much")
else
    sed -n '2,13s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 1
fi

if ! echo 'int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return d && n > 9; }' |
    clang -x c -fsanitize=fuzzer,address - -o /dev/null 2>/dev/null; then
    echo "fuzz: skipped: no clang with libFuzzer here (scripts/setup.sh --dev)" >&2
    exit 0
fi

cmake --preset fuzz >/dev/null
cmake --build --preset fuzz -- "${targets[@]/#/fuzz_}"

# Leaks are looked for at the end, not after each input.
export ASAN_OPTIONS=quarantine_size_mb=8:malloc_context_size=4
for target in "${targets[@]}"; do
    found=build/fuzz/found/$target
    mkdir -p "$found"
    log=build/fuzz/$target.log
    if ! "build/fuzz/tests/fuzz_$target" "${limit[@]}" -seed=1 -timeout=10 -rss_limit_mb=2048 -detect_leaks=0 \
        -print_final_stats=1 -artifact_prefix="build/fuzz/$target-" "$found" "tests/fuzz/corpus/$target" 2>"$log"; then
        tail -n 50 "$log" >&2
        echo "fuzz: $target: FAILED; all of it is in $log" >&2
        exit 1
    fi
    echo "fuzz: $target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") executions, nothing found"
done
