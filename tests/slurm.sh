#!/usr/bin/env bash
# The job scripts of jobs/ on a real Slurm: what happens at the time limit, when a node dies, ... ends in the right file.
#
#   tests/slurm.sh [REPORT.xml]        needs scripts/setup.sh and the release build
#
# It uses the cluster that sinfo shows. Without one, HARSANYI_SLURM_LAB=DIR names a folder with cluster.sh (start, stop,
# crash NODE, boot NODE) and mpi-env.sh: a cluster of two nodes on this host, which is started and stopped here (as root;
# nothing is installed). Without either every case is skipped. Two nodes, about 8 processors each; 2 minutes, mostly
# waiting: time limits are whole minutes. Results are compared bit for bit with those of an undisturbed run.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

root=$PWD
mkdir -p build
report=$(realpath -m "${1:-build/release/slurm.xml}")
rm -f "$report"
harsanyi=$root/build/release/harsanyi
cases=(both_nodes mpirun array time_limit chain requeue cancel node_crash one_file failed_samples crash_loop)
lab=${HARSANYI_SLURM_LAB:-}
unset OMPI_MCA_btl # scripts/mpi-env.sh, for tests on one machine, leaves tcp out
own=false # whether the cluster is started and stopped here

# ---- the report ----

# One line a case in $work/results: name, ok, failed or skipped, seconds.
write_report() {
    local name result seconds
    {
        echo '<?xml version="1.0" encoding="UTF-8"?>'
        echo "<testsuite name=\"slurm\" tests=\"${#cases[@]}\" failures=\"$(grep -c ' failed ' "$1")\" skipped=\"$(grep -c ' skipped ' "$1")\">"
        while read -r name result seconds; do
            echo "  <testcase classname=\"slurm\" name=\"$name\" time=\"$seconds\">"
            [[ $result != failed ]] || echo "    <failure message=\"see the output of tests/slurm.sh\"/>"
            [[ $result != skipped ]] || echo "    <skipped/>"
            echo "  </testcase>"
        done <"$1"
        echo '</testsuite>'
    } >"$report"
}

skip_all() {
    local list
    list=$(mktemp)
    printf '%s skipped 0\n' "${cases[@]}" >"$list"
    write_report "$list"
    rm -f "$list"
    echo "slurm: ${#cases[@]} cases skipped: $*"
    exit 0
}

# ---- the cluster ----

if ! timeout 10 sinfo >/dev/null 2>&1; then
    [[ -n $lab ]] || skip_all "sinfo shows no cluster, and HARSANYI_SLURM_LAB is not set"
    [[ -x $lab/cluster.sh ]] || skip_all "HARSANYI_SLURM_LAB: there is no $lab/cluster.sh"
    [[ $EUID == 0 ]] || skip_all "only root can start the cluster of HARSANYI_SLURM_LAB"
    for program in slurmctld slurmd munged sbatch; do
        command -v $program >/dev/null || skip_all "$program is not there (scripts/setup.sh installs it for root)"
    done
    unshare --mount --uts --pid --ipc --fork --mount-proc mount -t tmpfs tmpfs /mnt 2>/dev/null ||
        skip_all "root may not make namespaces here, which the nodes of HARSANYI_SLURM_LAB are"
    own=true
fi

work=$(mktemp -d "$root/build/slurm.XXXXXX")
finish() {
    if [[ ! -e $report ]]; then # interrupted
        printf '%s failed 0\n' "${cases[@]}" >"$work/results"
        write_report "$work/results"
    fi
    if $own; then
        "$lab/cluster.sh" stop >/dev/null 2>&1
        rm -rf "$LAB"
    fi
    ((failed)) || rm -rf "$work"
}
failed=0
trap finish EXIT
trap 'exit 1' INT TERM

{
    echo "source '${HARSANYI_SITE:-$root/jobs/site.sh}'"
    ! $own || echo "source '$lab/mpi-env.sh'"
    echo "harsanyi=('$harsanyi')"
    # shellcheck disable=SC2016
    echo 'launcher+=(--wait=5) stop_seconds=20'
} >"$work/site.sh"
export HARSANYI_JOBS=$root/jobs HARSANYI_SITE=$work/site.sh

if $own; then
    LAB=$(mktemp -d "${TMPDIR:-/tmp}/slurm.XXXXXX")
    export LAB SLURM_CONF=$LAB/slurm.conf PORT=$((20000 + $$ % 8000)) NODES=2 CPUS=8
    if ! "$lab/cluster.sh" start >"$work/cluster.log" 2>&1; then
        cat "$work/cluster.log"
        failed=1
        exit 1
    fi
fi
cd "$work" || exit 1
# Options that keep a job on one node of our own cluster, as the other is going to crash.
node_1=() node_2=()
! $own || node_1=(--nodelist=n1) node_2=(--nodelist=n2)

# ---- helpers; what a case calls ends it when it fails (set -e) ----

# wait_until SECONDS COMMAND...
wait_until() {
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        if ((SECONDS >= end)); then
            echo "waited in vain: $*"
            return 1
        fi
        sleep 0.3
    done
}

# job_is ID FIELD VALUE: what scontrol says of a job, e.g. JobState COMPLETED.
job_is() {
    scontrol show job "$1" 2>/dev/null | grep -Eq "(^| )$2=$3( |\$)"
}

ended() {
    ! squeue -h -j "$1" 2>/dev/null | grep -q .
}

# submit LOG OPTION... SCRIPT ARGUMENT...: the job's id.
submit() {
    local log=$1
    shift
    sbatch --parsable --output="$work/$log" --mem=200M --ntasks-per-node=1 "$@" | cut -d';' -f1
}

# stored FILE: something is stored in it.
stored() {
    [[ -e $1 ]] && "$harsanyi" status "$1" --json | grep -Eq '"stored": [1-9]'
}

# same FILE [OTHER]: it has the numbers of the undisturbed run; and no stored block was evaluated again (blocks that a stop
# or a crash left half done were: at most two a rank and start).
same() {
    "$root/.venv/bin/python" - "$root/tests/e2e" "$1" "${2:-plain.h5}" <<'END'
import sys
from pathlib import Path

sys.path.insert(0, sys.argv[1])
from harness import assert_same_numbers, numbers, opened

file, plain = Path(sys.argv[2]), Path(sys.argv[3])
assert_same_numbers(file, numbers(plain))
with opened(file) as results:
    runs = results["provenance/runs"][()]
    again = int(runs["masks"].sum()) - (1 << results["samples/n_players"][()].astype(int)).sum()
    assert again <= (2 << int(results["progress/block_bits"][()])) * runs["ranks"].sum(), f"{again} masks evaluated again"
END
}

# says LOG TEXT
says() {
    grep -qF -- "$2" "$1" || {
        echo "$1 does not say: $2"
        return 1
    }
}

# A sweep of 24,576 masks; sleep_us is how long each takes.
cat >game.yaml <<'END'
model: {backend: game, game: sparse, terms: 20, noise: 0.01, samples: 24, players: 10}
sweep: {block_bits: 6}
output: {file: plain.h5}
END

# ---- the cases ----

both_nodes() {
    local id
    "$root/jobs/submit.sh" "$root/configs/cancer/cancer12.yaml" -o both.h5 --nodes 2 --tasks-per-node 2 -- --output=both_nodes.log >both.out
    id=$(sed -n 's/^submitted *job \([0-9]*\).*/\1/p' both.out)
    "$harsanyi" run "$root/configs/cancer/cancer12.yaml" -o cancer.h5 --quiet
    wait_until 40 job_is "$id" JobState COMPLETED
    job_is "$id" NumNodes 2
    says both_nodes.log "complete"
    # every rank took part
    grep -Eq 'masks evaluated by rank 0: [1-9][0-9]*, rank 1: [1-9][0-9]*, rank 2: [1-9][0-9]*, rank 3: [1-9]' both_nodes.log
    same both.h5 cancer.h5
}

# The other launcher: the signal reaches all ranks, the job requeues itself.
mpirun() {
    local id
    { cat site.sh && echo 'launcher=(mpirun)'; } >site-mpirun.sh
    id=$(HARSANYI_SITE=$work/site-mpirun.sh submit mpirun.log -N2 --time=5 "$root/jobs/sweep.sbatch" \
        game.yaml mpirun.h5 --set model.sleep_us=600)
    wait_until 60 stored mpirun.h5
    scancel --batch --signal=USR1 "$id"
    wait_until 60 job_is "$id" JobState COMPLETED
    job_is "$id" Restarts 1
    says mpirun.log "requeued"
    grep -Eq 'masks evaluated by rank 0: [1-9][0-9]*, rank 1: [1-9]' mpirun.log
    same mpirun.h5
}

# One shard's ranks die once, another shard is cancelled: nothing is merged; the same line again does the rest.
array() {
    local ids job merge
    for job in first second; do
        "$root/jobs/submit.sh" game.yaml -o array.h5 --tasks-per-node 1 --shards 8 --set model.sleep_us=4000 --mem 200M -- \
            "--output=$work/array-$job-%j.log" >array.out
        mapfile -t ids < <(sed -n 's/^submitted *job \([0-9]*\).*/\1/p' array.out)
        merge=${ids[1]}
        if [[ $job == first ]]; then
            wait_until 60 stored array.shard-3-of-8.h5
            scancel --signal=KILL "$(squeue -h -j "${ids[0]}_3" -o %A).0"
            wait_until 60 stored array.shard-5-of-8.h5
            scancel "${ids[0]}_5"
            wait_until 90 job_is "$merge" JobState FAILED
        fi
    done
    wait_until 90 job_is "$merge" JobState COMPLETED
    grep -q "a rank or a node was lost" array-first-*.log
    grep -q "not merged (exit code 1)" array-first-*.log
    grep -Eq "shard 5: [0-2] of 3 done, 0 failed, [1-3] left; " array-first-*.log
    grep -q "shard 3: 3 of 3 done, 0 failed, 0 left; complete" array-first-*.log
    grep -q "shard-3-of-8.h5 is complete already" array-second-*.log
    same array.h5
}

time_limit() {
    local id
    id=$(submit time_limit.log --ntasks-per-node=2 "${node_1[@]}" --time=1 --signal=B:USR1@15 "$root/jobs/sweep.sbatch" \
        game.yaml limit.h5 --set model.sleep_us=4500)
    wait_until 170 job_is "$id" JobState COMPLETED
    job_is "$id" Restarts '[1-9]'
    says time_limit.log "stopped near the time limit: requeued"
    says time_limit.log "resuming: "
    same limit.h5
}

# Jobs that follow each other, where none can requeue itself; and the job's own clock instead of --signal.
chain() {
    local id
    "$root/jobs/submit.sh" game.yaml -o chain.h5 --tasks-per-node 1 --chain 3 --time 1 --mem 200M --set model.sleep_us=2000 -- \
        "${node_1[@]}" --signal=B:CONT@1 "--output=$work/chain-%j.log" >chain.out
    [[ $(grep -c submitted chain.out) == 3 ]]
    id=$(sed -n 's/^submitted *job \([0-9]*\).*/\1/p' chain.out | tail -n 1)
    wait_until 170 job_is "$id" JobState COMPLETED
    cat chain-*.log >chain.log
    says chain.log "the next job of the chain resumes"
    says chain.log "the jobs before this one of the chain have left nothing to do"
    says chain.log "resuming: "
    same chain.h5
}

requeue() {
    local id
    id=$(submit requeue.log "${node_1[@]}" --time=5 "$root/jobs/sweep.sbatch" game.yaml requeue.h5 --set model.sleep_us=300)
    wait_until 60 stored requeue.h5
    scontrol requeue "$id"
    wait_until 90 job_is "$id" JobState COMPLETED
    job_is "$id" Restarts 1
    says requeue.log "resuming: "
    same requeue.h5
}

cancel() {
    local id
    id=$(submit cancel.log "${node_1[@]}" --time=5 "$root/jobs/sweep.sbatch" game.yaml cancel.h5 --set model.sleep_us=500)
    wait_until 60 stored cancel.h5
    scancel "$id"
    wait_until 30 ended "$id"
    job_is "$id" JobState CANCELLED
    job_is "$id" Restarts 0
    id=$(submit cancel.log "${node_1[@]}" --time=5 "$root/jobs/sweep.sbatch" game.yaml cancel.h5)
    wait_until 60 job_is "$id" JobState COMPLETED
    says cancel.log "resuming: "
    same cancel.h5
}

node_crash() {
    local id
    id=$(submit node_crash.log -N1 "${node_2[@]}" --time=5 "$root/jobs/sweep.sbatch" game.yaml crash.h5 --set model.sleep_us=400)
    wait_until 60 stored crash.h5
    "$lab/cluster.sh" crash n2
    wait_until 60 job_is "$id" JobState PENDING
    "$lab/cluster.sh" boot n2
    wait_until 150 job_is "$id" JobState COMPLETED
    job_is "$id" Restarts 1
    says node_crash.log "resuming: "
    same crash.h5
}

one_file() {
    local first second
    first=$(submit one_file-first.log "${node_1[@]}" --time=5 "$root/jobs/sweep.sbatch" game.yaml one.h5 --set model.sleep_us=800)
    wait_until 60 stored one.h5
    second=$(submit one_file-second.log "${node_1[@]}" --time=5 "$root/jobs/sweep.sbatch" game.yaml one.h5)
    wait_until 60 job_is "$second" JobState FAILED
    job_is "$second" ExitCode 1:0
    job_is "$second" Restarts 0
    says one_file-second.log "another sweep holds this results file"
    says one_file-second.log "Slurm job $first"
    says one_file-second.log "not requeued"
    wait_until 60 job_is "$first" JobState COMPLETED
    same one.h5
}

failed_samples() {
    local id
    id=$(submit failed_samples.log --time=5 "$root/jobs/sweep.sbatch" game.yaml failed.h5 --set model.fault=nan --set model.fault_sample=5)
    wait_until 60 job_is "$id" JobState FAILED
    job_is "$id" ExitCode 2:0
    job_is "$id" Restarts 0
    says failed_samples.log "finished, but samples failed"
}

# Ranks that die before they store anything are not started for ever.
crash_loop() {
    local id i
    id=$(submit crash_loop.log --time=5 "$root/jobs/sweep.sbatch" game.yaml loop.h5 --set model.sleep_us=100000)
    for i in 0 1 2; do
        wait_until 60 job_step "$id.$i"
        sleep 0.5
        scancel --signal=KILL "$id.$i"
    done
    wait_until 60 job_is "$id" JobState FAILED
    job_is "$id" Restarts 0
    says crash_loop.log "given up: ranks were killed 3 times (exit code 137)"
}

job_step() {
    squeue -h -s -j "${1%.*}" -o %i 2>/dev/null | grep -qxF "$1"
}

# ---- the run ----

# run_case NAME: in a process of its own, so that set -e works.
run_case() {
    local began=$SECONDS result=ok
    (
        set -e
        "$1"
    ) >"$1.out" 2>&1 &
    wait $! || result=failed
    echo "$1 $result $((SECONDS - began))" >>results
    echo "slurm: $1: $result ($((SECONDS - began)) s)"
    [[ $result == ok ]] || sed 's/^/    /' "$1.out" ./"$1"*.log
}

skip_case() {
    echo "$1 skipped 0" >>results
    echo "slurm: $1: skipped: $2"
}

"$harsanyi" run game.yaml --quiet || exit 1
run_case both_nodes
for name in time_limit chain requeue cancel one_file; do
    run_case $name &
done
if $own; then
    run_case node_crash
else
    skip_case node_crash "only a node of HARSANYI_SLURM_LAB is crashed"
fi
for name in mpirun array failed_samples crash_loop; do
    run_case $name &
done
wait

write_report "$work/results"
failed=$(grep -c ' failed ' "$work/results")
((failed == 0)) || echo "slurm: $failed of ${#cases[@]} cases failed; logs and files: $work"
exit $((failed > 0))
