#!/usr/bin/env bash
# Valgrind's memcheck: invalid and uninitialised memory, and memory that is lost. It watches the C tests (those of MPI with
# 3 ranks), then the program's commands on small inputs, from a sweep that is stopped and resumed to a merge. Its
# reports, and the output of tests and commands that fail, are left in build/valgrind/reports. tests/valgrind.supp lists
# what is not ours. Valgrind hides AVX-512, so the code for AVX2 runs. Takes about eight minutes on two cores.
#
#   scripts/valgrind.sh [WHAT...]      all of it, or only these: test_moebius, mpi_test_comm, program
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

command -v valgrind >/dev/null || { echo "valgrind: is not installed (Debian: apt-get install valgrind)" >&2; exit 1; }
build=$PWD/build/valgrind
reports=$build/reports
cmake --preset valgrind >/dev/null
cmake --build --preset valgrind
rm -rf "$reports"
mkdir -p "$reports"
source scripts/mpi-env.sh
export HWLOC_COMPONENTS=-x86 # it uses instructions that valgrind does not emulate
memcheck=(valgrind -q --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite --num-callers=40
    --suppressions="$PWD/tests/valgrind.supp" --error-exitcode=99 --log-file="$reports/%q{WHAT}.%p")

# expect STATUS COMMAND...: keeps the command's output only if it ends with another status.
expect() {
    local expected=$1 status=0 said
    shift
    said=$(mktemp "$reports/$WHAT.said-XXXXXX")
    "$@" >"$said" 2>&1 || status=$?
    if ((status == expected)); then
        rm "$said"
    else
        echo "valgrind: $*: ended with status $status instead of $expected" >>"$said"
    fi
}

c_test() {
    export WHAT=$1
    local launcher=()
    [[ $1 != mpi_* ]] || launcher=(mpirun -n 3)
    cd "$build/tests"
    expect 0 timeout 1800 "${launcher[@]}" "${memcheck[@]}" "./$1"
}

# The program's commands, in a temporary folder. One sample of the network is enough: its engine is slow here. The child
# that looks at a file runs without valgrind (tests/support/preload/self.c).
program() {
    export WHAT=program
    local preload=$build/tests/self.so
    local harsanyi=(env "LD_PRELOAD=$preload" "SELF=$build/harsanyi" "${memcheck[@]}" "$build/harsanyi") work
    local network=("$PWD/configs/cancer/cancer12.yaml" --set samples.select=0:1 -o network.h5)
    work=$(mktemp -d)
    cd "$work"
    echo 'model: {backend: game, game: sparse, terms: 20, noise: 0.01, samples: 4, players: 13}' >game.yaml
    echo 'output: {file: game.h5}' >>game.yaml
    expect 0 "${harsanyi[@]}" plan game.yaml
    # A stop file ends the first run as soon as it has made its file.
    timeout 300 bash -c 'until [[ -e game.h5 ]]; do sleep 0.1; done; touch game.h5.stop' &
    expect 75 "${harsanyi[@]}" run game.yaml --set model.sleep_us=1000
    wait
    expect 0 "${harsanyi[@]}" status game.h5
    rm -f game.h5.stop
    expect 0 mpirun -n 2 "${harsanyi[@]}" run game.yaml --resume --set model.sleep_us=0
    expect 0 "${harsanyi[@]}" verify game.h5
    expect 0 "${harsanyi[@]}" show game.h5
    expect 0 "${harsanyi[@]}" show game.h5 --sample 0
    expect 0 "${harsanyi[@]}" analyze game.h5 -o analyzed.h5
    echo '{model: {backend: values, file: game.h5}, output: {file: table.h5}}' >table.yaml
    expect 0 "${harsanyi[@]}" run table.yaml
    expect 0 "${harsanyi[@]}" compare game.h5 game.h5 -o compared.h5
    for shard in 0 1; do
        expect 0 "${harsanyi[@]}" run game.yaml --shard $shard/2
    done
    expect 0 "${harsanyi[@]}" merge merged.h5 game.shard-0-of-2.h5 game.shard-1-of-2.h5
    expect 0 mpirun -n 3 "${harsanyi[@]}" run "${network[@]}"
    expect 0 "${harsanyi[@]}" verify network.h5
    rm -rf "$work"
}

what=("$@")
if ((${#what[@]} == 0)); then
    # test_look watches a child of its own, test_heartbeat measures how long a start waits, the others start themselves
    # again as /proc/self/exe, which is valgrind.
    mapfile -t what < <(cd "$build/tests" && find . -maxdepth 1 -type f -executable -name '*test_*' \
        ! -name test_look ! -name test_heartbeat ! -name test_child ! -name test_process -printf '%f\n' | sort)
    what+=(program)
fi
for one in "${what[@]}"; do
    while (($(jobs -rp | wc -l) >= $(nproc))); do wait -n; done
    case $one in
        program) program & ;;
        *) c_test "$one" & ;;
    esac
done
wait

mapfile -t left < <(find "$reports" -type f -size +0 | sort)
if ((${#left[@]})); then
    cat "${left[@]}" >&2
    echo "valgrind: FAILED, see above and ${left[*]}" >&2
    exit 1
fi
echo "valgrind: ${#what[@]} programs, nothing found"
