#!/usr/bin/env bash
# Plans a sweep, shows what it costs, and submits it to Slurm:
#
#   jobs/submit.sh CONFIG [option]...
#
#   -o RESULTS             the results file (output.file of the config); the same in every start
#   --nodes N              nodes, of each shard (1)
#   --tasks-per-node T     ranks on each, one a core (what the job script says)
#   --shards K             an array of K jobs with a file each, and a job that merges them
#   --chain C              C jobs that follow each other, where jobs cannot requeue themselves (no scontrol on the nodes)
#   --time [D-]HH:MM:SS    time limit (half as much again as planned and 10 minutes, at most what the partition allows:
#                          a job that needs longer stops in time and resumes)
#   --mem M                memory of each node (from the plan)
#   -p, --partition P      \ as for sbatch
#   -A, --account A        /
#   --set KEY=VALUE, --retry-failed, --accept-engine   as for harsanyi run
#   --dry-run              shows the plan and the sbatch lines, submits nothing
#   -- OPTION...           anything else for sbatch, e.g. -- --constraint=milan --qos=long
#
# Example: jobs/submit.sh configs/digits/digits.yaml --nodes 2 --tasks-per-node 16 --dry-run
set -euo pipefail
export LC_ALL=C # decimal points in what awk prints and sbatch reads, whatever the language

fail() {
    echo "submit: $*" >&2
    exit 1
}

jobs=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
# shellcheck source=jobs/site.sh
source "${HARSANYI_SITE:-$jobs/site.sh}"

# ---- options ----

quoted=$(printf ' %q' "$0" "$@")
config='' results='' nodes=1 tasks='' shards=0 chain=1 time='' mem='' dry_run=false
plan_options=() run_options=() merge_options=() sbatch_options=()

# need WHAT VALUE: a whole number of at least 1.
need_count() {
    [[ $2 =~ ^[1-9][0-9]{0,5}$ ]] || fail "$1: $2 is not a whole number from 1 on"
}

while (($#)); do
    case $1 in
    -h | --help)
        sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}"
        exit
        ;;
    --dry-run) dry_run=true ;;
    --retry-failed) run_options+=("$1") ;;
    --accept-engine)
        run_options+=("$1")
        merge_options+=("$1")
        ;;
    --)
        shift
        sbatch_options+=("$@")
        break
        ;;
    -o | --output | --nodes | --tasks-per-node | --shards | --chain | --time | --mem | -p | --partition | -A | --account | --set)
        (($# > 1)) || fail "$1 needs a value"
        case $1 in
        -o | --output)
            results=$2
            plan_options+=(--set "output.file=\"$2\"") # whether it fits there
            ;;
        --nodes) need_count "$1" "$2" && nodes=$2 ;;
        --tasks-per-node) need_count "$1" "$2" && tasks=$2 ;;
        --shards) need_count "$1" "$2" && shards=$2 ;;
        --chain) need_count "$1" "$2" && chain=$2 ;;
        --time) time=$2 ;;
        --mem) mem=$2 ;;
        -p | --partition) sbatch_options+=(--partition "$2") ;;
        -A | --account) sbatch_options+=(--account "$2") ;;
        --set)
            plan_options+=(--set "$2")
            run_options+=(--set "$2")
            ;;
        esac
        shift
        ;;
    -*) fail "$1: unknown option; --help lists them" ;;
    *)
        [[ -z $config ]] || fail "$1: one config only"
        config=$1
        ;;
    esac
    shift
done
[[ -n $config ]] || fail "which config? --help lists the options"

script=$jobs/sweep.sbatch
((shards == 0)) || script=$jobs/array.sbatch
[[ -n $tasks ]] || tasks=$(sed -n 's/^#SBATCH --ntasks-per-node=//p' "$script")
ranks=$((nodes * tasks))

# ---- the plan ----

"${harsanyi[@]}" --version >/dev/null ||
    fail "${harsanyi[*]} cannot be started: build it, or say in ${HARSANYI_SITE:-$jobs/site.sh} where it is and which modules it needs"
((shards == 0)) || plan_options+=(--shards "$shards")
plan=$("${harsanyi[@]}" plan "$config" "${plan_options[@]}" --ranks "$ranks" --json) || fail "the plan failed, nothing was submitted"

# member NAME: of the plan; empty when it is null. jansson writes one member a line.
member() {
    sed -n "s/^ *\"$1\": \(.*[^,]\),\{0,1\}$/\1/p" <<<"$plan" | sed 's/^null$//; s/^"\(.*\)"$/\1/; s/\\\(["\\]\)/\1/g' | head -n 1
}

[[ -n $results ]] || results=$(member output)
[[ -d $(dirname "$results") ]] || fail "the folder of $results is not there: mkdir -p $(printf %q "$(dirname "$results")")"
[[ ! -d $results ]] || fail "$results is a folder; -o wants the results file"
((shards == 0)) || [[ ! -e $results ]] || fail "$results exists already: to resume it (--retry-failed), use the same line" \
    "without --shards; to make it again, move it and its shards away"

# The time limit of the partition in seconds; empty without a limit, or where it is not known.
partition_limit() {
    local option name='' limit
    for ((option = 0; option < ${#sbatch_options[@]}; option++)); do
        case ${sbatch_options[option]} in
        -p | --partition) name=${sbatch_options[option + 1]:-} ;;
        --partition=*) name=${sbatch_options[option]#*=} ;;
        esac
    done
    name=${name:-${SBATCH_PARTITION:-}}
    command -v sinfo >/dev/null || return 0
    # The default partition has a star; [days-]hours:minutes:seconds or minutes:seconds.
    limit=$(sinfo -h -o '%P %l' 2>/dev/null | awk -v name="$name" '$1 == name || $1 == name "*" || (name == "" && $1 ~ /\*$/) { print $2; exit }')
    [[ $limit =~ ^[0-9:-]+$ ]] || return 0
    awk -F'[:-]' -v days="$([[ $limit == *-* ]] && echo 1)" '{
        s = 0
        for (i = days ? 2 : 1; i <= NF; i++) s = 60 * s + $i
        print s + (days ? 86400 * $1 : 0) }' <<<"$limit"
}

as_time() {
    printf '%02d:%02d:00' $(($1 / 3600)) $(($1 % 3600 / 60))
}

of_job=seconds
((shards == 0)) || of_job=longest_shard_seconds
seconds=$(member "$of_job")
limit=$(partition_limit)
pieces=1
if [[ -z $time && -n $seconds ]]; then
    wanted=$(awk -v s="$seconds" 'BEGIN { printf "%.0f", (int((1.5 * s + 600) / 60) + 1) * 60 }')
    if [[ -n $limit ]] && ((wanted > limit)); then
        pieces=$(((wanted + limit - 1) / limit))
        wanted=$((limit / 60 * 60))
    fi
    time=$(as_time "$wanted")
fi

# All ranks of a node, rank 0 among them, each with the model's own process; half as much again, and what MPI takes.
rank=$(member rank_bytes)
rank_0=$(member rank_0_bytes)
model=$(member model_bytes)
if [[ -z $mem && -n $rank && -n $rank_0 ]]; then
    mem=$(awk -v r="$rank" -v r0="$rank_0" -v m="$model" -v t="$tasks" \
        'BEGIN { printf "%.0fM", (1.5 * (r * (t - 1) + r0 + m * t) + 64e6 * (1 + t / 4)) / 1048576 }')
fi

awk -v samples="$(member samples)" -v low="$(member min)" -v high="$(member max)" -v evaluations="$(member evaluations)" \
    -v bytes="$(member results_bytes)" -v core="$(member core_seconds)" -v seconds="$seconds" -v ranks="$ranks" \
    -v shards="$shards" -v file="$results" '
    function size(b) { for (u = 1; b >= 1024 && u < 6; u++) b /= 1024; return sprintf("%.1f %s", b, substr("B  KiBMiBGiBTiBPiB", 3 * u - 2, 3)) }
    function span(s) { return s < 120 ? sprintf("%.0f s", s) : s < 7200 ? sprintf("%.0f min", s / 60) : sprintf("%.1f h", s / 3600) }
    BEGIN {
        printf "samples      %d with %s players\n", samples, low == high ? low : low " to " high
        printf "evaluations  %.0f\n", evaluations
        printf "results      %s, %s%s\n", file, bytes == "" ? "too large to count" : size(bytes), shards ? ", and as much again in shards" : ""
        if (core == "") print "time         unknown: no mask could be evaluated"
        else printf "time         %.3g core-hours; %s on %d ranks%s\n", core / 3600, span(seconds), ranks,
            shards ? " for the longest of " shards " shards" : ""
    }'
sed -n '/^ "warnings": \[/,/^ \]/s/^  "\(.*\)",\{0,1\}$/looks wrong  \1/p' <<<"$plan" | sed 's/\\\(["\\]\)/\1/g'
((pieces == 1)) || echo "pieces       about $pieces: one start gets at most $time here; the rest in further starts"
[[ -z $limit ]] || ((limit > stop_seconds)) || echo "looks wrong  a sweep is asked to stop $stop_seconds s before its end, and the" \
    "partition allows only $limit s in all: reduce stop_seconds and --signal (jobs/site.sh)"
[[ ! -e $results ]] || echo "resumes      $results"

# ---- sbatch ----

# For the messages of the jobs: how to resume.
printf -v again 'cd %q && %s' "$PWD" "${quoted# }"
export HARSANYI_JOBS=$jobs HARSANYI_SUBMIT=$again

# submit SCRIPT-AND-OPTIONS...: prints the job id. With --dry-run it prints the line, and the id is its name here.
submit() {
    if $dry_run; then
        printf 'sbatch%s\n' "$(printf ' %q' "$@")" >&2
        echo JOB
    else
        sbatch --parsable "$@" | cut -d';' -f1
    fi
}

options=(--nodes "$nodes" --ntasks-per-node "$tasks")
[[ -z $time ]] || options+=(--time "$time")
[[ -z $mem ]] || options+=(--mem "$mem")
arguments=("$script" "$config" "$results")
if ((shards)); then
    options+=(--array "0-$((shards - 1))")
    arguments+=("$shards")
fi
job=''
for ((i = 0; i < chain; i++)); do
    after=()
    ((chain == 1)) || export HARSANYI_CHAIN=$((i + 1))
    [[ -z $job ]] || after=(--dependency "afterany:$job")
    # A --dependency of the user's is for the first.
    job=$(submit --export=ALL "${options[@]}" "${sbatch_options[@]}" "${after[@]}" "${arguments[@]}" "${run_options[@]}") ||
        fail "sbatch refused, see above"
    $dry_run || echo "submitted    job $job: $(basename "$script")"
done
if ((shards)); then
    merge=(--export=ALL "${sbatch_options[@]}" --dependency "afterany:$job")
    [[ -z $limit ]] || ((limit >= 7200)) || merge+=(--time "$(as_time "$limit")") # what merge.sbatch asks for
    job=$(submit "${merge[@]}" "$jobs/merge.sbatch" "$results" "$shards" "${merge_options[@]}") ||
        fail "sbatch refused the merge, see above; to submit it when the array is done:" \
            "HARSANYI_JOBS=$(printf '%q sbatch %q %q %q' "$jobs" "$jobs/merge.sbatch" "$results" "$shards")"
    $dry_run || echo "submitted    job $job: merge.sbatch, after the array"
fi
next=$(printf ' %q' "${harsanyi[@]}" status)
if ((shards)); then
    next=" for f in $(printf %q "${results%.*}").shard-*-of-$shards*; do$next \"\$f\"; done"
else
    next+=$(printf ' %q' "$results")
fi
$dry_run || echo "next         squeue --me; $next"
