# shellcheck shell=bash
# Sourced by the job scripts: runs a sweep as a part of a Slurm job, so that every end of the job leaves something clear.
#
#   exit code of run       what the job does
#   0 complete             ends, 0
#   2 samples failed       ends, 2: never requeued, it would fail again
#   1 bad input            ends, 1
#   3 disk or other error  ends, 3
#   75 stopped             time limit near: requeues itself (a job of a chain: ends, 75); else ends, 75
#   else: a rank was killed   resumes at once, in the same job; gives up when three starts in a row store nothing
#
# A job whose node failed, or that was preempted, is started again by Slurm (#SBATCH --requeue) and resumes too.

export LC_ALL=C # decimal points in what awk reads and prints, whatever the language

jobs=${HARSANYI_JOBS:-$SLURM_SUBMIT_DIR/jobs}
harsanyi=(harsanyi)
launcher=(srun --mpi=pmix)
stop_seconds=180
# shellcheck source=jobs/site.sh
source "${HARSANYI_SITE:-$jobs/site.sh}" || exit 1

IDLE_STARTS_MAX=3 # starts in a row that may store nothing

by_hand='the same sbatch line as before' # how to resume when submit.sh did not submit the job
results='' # the file that this job writes
asked='' # why the sweep was asked to stop: time (USR1: the time limit is near) or end (TERM: the job is being ended)
pid=''   # of the launcher, while it runs
code=0   # its exit code

say() {
    echo "$(date '+%F %T') job ${SLURM_JOB_ID:-?}: $*"
}

# What to type to resume.
again() {
    echo "${HARSANYI_SUBMIT:-${by_hand}}"
}

# What no further start would fix is reported before the first one.
check_site() {
    local wrong=''
    if [[ ! $stop_seconds =~ ^[0-9]+$ ]]; then
        wrong="stop_seconds: $stop_seconds is not a whole number"
    elif ((${#launcher[@]})) && ! command -v "${launcher[0]}" >/dev/null; then
        wrong="launcher: there is no command '${launcher[0]}' on $(uname -n)"
    elif ! "${harsanyi[@]}" --version >/dev/null; then
        wrong="harsanyi: '${harsanyi[*]}' cannot be started on $(uname -n) (is it built, are its modules loaded?)"
    fi
    [[ -n $wrong ]] || return 0
    say "nothing was started. In ${HARSANYI_SITE:-$jobs/site.sh}, $wrong. Once it is fixed: $(again)"
    exit 1
}

status_json() {
    "${harsanyi[@]}" status "$results" --json 2>/dev/null
}

# How much of the results file is done; empty when nothing is stored, or it is not there or cannot be read. Two of these differ
# when something was stored in between.
standing() {
    status_json |
        awk '/^ *"(done|failed|stored)":/ { sum += $2 } /^ *"(done|failed|left|combining|summary|stored)":/ { all = all $0 }
            END { if (sum) print all }'
}

# How many starts the file knows of.
starts() {
    status_json | awk '/^ *"starts":/ { print $2 + 0 }'
}

samples_failed() {
    status_json | grep -Eq '^ *"failed": [1-9]'
}

# Counts the starts of this job that began with the same stored, in a file beside the results; too many: ends the job.
# That holds for every kind of end, also one that leaves no time to say anything. Where that file cannot be written, the
# results cannot be either, and it is harsanyi run that says why.
count_start() {
    local notes=$results.starts
    if is_first_start || [[ $(head -n 1 "$notes" 2>/dev/null) != "$1" ]]; then
        { echo "$1" >"$notes"; } 2>/dev/null
    elif (($(wc -l <"$notes") > IDLE_STARTS_MAX)); then
        say "not started again: $IDLE_STARTS_MAX starts in a row stored nothing. See what ended them; if it was the time limit," \
            "give the job more time (--time), or a new file smaller blocks (sweep.block_bits). Then: $(again)"
        end_with 1
    fi
    say "start ${SLURM_RESTART_COUNT:-0} on $SLURM_JOB_NODELIST, ${SLURM_NTASKS:-?} tasks: $results" | tee -a "$notes" 2>/dev/null
}

# Neither requeued nor a later one of a chain.
is_first_start() {
    ((${SLURM_RESTART_COUNT:-0} == 0 && ${HARSANYI_CHAIN:-1} == 1))
}

# Ends the job when nothing will resume it.
end_with() {
    rm -f "$results.starts"
    exit "$1"
}

# In a chain (HARSANYI_CHAIN: this job's place in it, from 1): whether the jobs before have left nothing to do, or nothing
# that an automatic retry could change.
chain_is_through() {
    status_json |
        awk '/^ *"(summary": true|shard": \{)/ { whole = 1 } /^ *"exit":/ { last = $0 }
            END { exit !(last ~ /"gave up"/ || (whole && last ~ /"ended"/)) }'
}

# ---- signals ----

# srun and mpirun both pass SIGUSR1 to the ranks.
stop_sweep() {
    [[ -z $pid ]] || kill -USR1 "$pid" 2>/dev/null
}
near_the_end() {
    asked=${asked:-time}
    stop_sweep
}
# Said at once: Slurm may kill the job before the sweep has ended.
at_the_end() {
    asked=end
    say "this job is being ended (scancel, time limit, preemption, requeue or a lost node). What is stored stays. Slurm starts it again," \
        "except after scancel or at the time limit: then $(again)"
    stop_sweep
}
trap near_the_end USR1
trap at_the_end TERM

# Beside #SBATCH --signal, which may be overruled or come too early: the job's own end, where it can be known.
start_timer() {
    local end=${SLURM_JOB_END_TIME:-} left
    [[ -n $end ]] || ! end=$(squeue -h -j "$SLURM_JOB_ID" -o %e 2>/dev/null) || end=$(date -d "${end:-unknown}" +%s 2>/dev/null)
    [[ $end =~ ^[0-9]+$ ]] || return 0
    left=$((end - $(date +%s) - stop_seconds))
    if ((left <= 0)); then
        say "the time limit leaves nothing before the last $stop_seconds s, in which the sweep is asked to stop:" \
            "give the job more time (--time), or reduce stop_seconds and --signal"
        return
    fi
    (
        sleep "$left" &
        trap 'kill $! 2>/dev/null' TERM # scancel may have ended it already
        wait $! && kill -USR1 $$
    ) &
    # shellcheck disable=SC2064 # this one
    trap "kill $! 2>/dev/null" EXIT
}

# ---- the sweep ----

launch() {
    "${launcher[@]}" "${harsanyi[@]}" run "$@" &
    pid=$!
    [[ -z $asked ]] || stop_sweep # came just before
    while wait "$pid"; code=$?; kill -0 "$pid" 2>/dev/null; do # a trap interrupts wait
        :
    done
    pid=''
}

requeue() {
    local id=$SLURM_JOB_ID
    if [[ -n ${HARSANYI_CHAIN:-} ]]; then
        say "the next job of the chain resumes; after the last one: $(again)"
        exit 75
    fi
    [[ -z ${SLURM_ARRAY_JOB_ID:-} ]] || id=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
    trap '' TERM # what Slurm sends to a requeued job
    if command -v scontrol >/dev/null && scontrol requeue "$id"; then
        say "stopped near the time limit: requeued, resumes when Slurm starts it again"
    else
        say "stopped near the time limit, and this node cannot requeue the job. To resume: $(again)" \
            "(submit.sh --chain N submits N jobs that follow each other)"
    fi
    exit 75
}

# The sweep was asked to stop, or has died because of it.
end_stopped() {
    case $asked in
    time) requeue ;;
    end) ;; # said already
    *) say "stopped by a signal or by $results.stop. To resume: remove that file if it exists, then $(again)" ;;
    esac
    exit 75
}

# run_sweep RESULTS ARGUMENT...: harsanyi run ARGUMENT... until it ends; does not return.
run_sweep() {
    results=$1
    shift
    check_site
    local before after known begun stored deaths=0 argument later=()
    for argument; do # the first start makes failed samples pending: they are tried again once
        [[ $argument == --retry-failed ]] || later+=("$argument")
    done
    is_first_start || set -- "${later[@]}"
    if ((${HARSANYI_CHAIN:-1} > 1)) && chain_is_through; then
        say "the jobs before this one of the chain have left nothing to do; harsanyi status $results says how it ended"
        end_with 0
    fi
    count_start "$(standing)"
    start_timer
    while ((deaths < IDLE_STARTS_MAX)); do
        [[ -z $asked ]] || end_stopped
        before=$(standing)
        known=$(starts)
        launch "$@"
        begun=$(starts)
        ((${begun:-0} <= ${known:-0})) || set -- "${later[@]}" # else it died before it read them
        ((code != 2)) || samples_failed || code=1 # srun's own 2: the program cannot be started on a node
        case $code in
        0 | 2 | 3) break ;;
        75) end_stopped ;;
        esac
        after=$(standing)
        stored=false
        [[ -z $after || $after == "$before" ]] || stored=true
        [[ $asked != end ]] || end_stopped
        # 1 is bad input, or another sweep has the file; or MPI and srun lost a rank: then this start has stored something.
        if ((code == 1)) && ! { $stored && ((${begun:-0} > ${known:-0})); }; then
            break
        fi
        [[ -z $asked ]] || end_stopped
        if [[ -n $before && -z $after ]]; then
            say "$results is gone or cannot be read"
            end_with 1
        fi
        ((deaths++))
        ! $stored || deaths=0
        say "a rank or a node was lost (exit code $code)"
        sleep 2
    done
    case $code in
    0) say "complete" ;;
    2) say "finished, but samples failed: harsanyi status $results says why. To try them again: add --retry-failed" ;;
    1) say "not requeued: the reason is above. Once it is fixed: $(again)" ;;
    3) say "not requeued: the reason is above. What is stored stays; once it is fixed: $(again)" ;;
    *) say "given up: ranks were killed $deaths times (exit code $code) and nothing was stored in between; out of memory?" \
        "To resume: $(again)" ;;
    esac
    end_with "$code"
}

# ---- shards ----

# The file of shard $2 of $3 of results file $1, named as harsanyi run --shard does.
shard_file() {
    local name=${1##*/} infix=.shard-$2-of-$3
    case $name in
    ?*.*) echo "${1%.*}$infix.${name##*.}" ;;
    *) echo "$1$infix" ;;
    esac
}

# merge_shards RESULTS SHARDS ARGUMENT...: harsanyi merge RESULTS (its shards) ARGUMENT...; does not return.
merge_shards() {
    local shards=$2 i name there=()
    results=$1 by_hand='the sbatch lines of the array and of this merge'
    shift 2
    check_site
    for ((i = 0; i < shards; i++)); do
        name=$(shard_file "$results" "$i" "$shards")
        [[ ! -e $name ]] || there+=("$name")
    done
    if is_merged "${there[@]}"; then
        say "$results is complete already, and no shard is newer"
        ! samples_failed || exit 2
        exit 0
    fi
    code=1
    if ((${#there[@]})); then
        "${harsanyi[@]}" merge "$results" "${there[@]}" "$@"
        code=$?
    fi
    case $code in
    0) say "complete: $results; the shards are no longer needed" ;;
    2) say "complete except for failed samples: harsanyi status $results says why; the shards are no longer needed" ;;
    75) say "the merge was stopped and leaves nothing. To merge again: $(again)" ;;
    *) report_shards ;;
    esac
    exit "$code"
}

# A merge that was submitted twice, or started again after its end.
is_merged() {
    local shard
    [[ -e $results ]] && status_json | grep -q '^ "state": "complete"' || return 1
    for shard; do
        [[ ! $shard -nt $results ]] || return 1
    done
}

# Why there is no merge: what is left of each of $shards shards, and what to type.
report_shards() {
    local i
    say "not merged (exit code $code); the shards are:"
    for ((i = 0; i < shards; i++)); do
        report_shard "$i" "$(shard_file "$results" "$i" "$shards")"
    done
    if [[ -e $results ]]; then
        say "$results is in the way. Move it away, or remove it when it is an older merge of these shards; then: $(again)"
    else
        say "once the reason above is fixed, this completes the shards and merges them: $(again)"
    fi
}

report_shard() {
    local line
    if [[ ! -e $2 ]]; then
        line="not started ($2)"
    elif line=$("${harsanyi[@]}" status "$2" 2>&1); then
        line=$(awk '/^samples / { samples = $0 } /^state / { state = $0 }
            END { sub(/^samples */, "", samples); sub(/^state */, "", state); print samples "; " state }' <<<"$line")
    fi # else it is why it cannot be read
    echo "  shard $1: $line"
}
