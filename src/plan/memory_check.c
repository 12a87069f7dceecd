#include "plan/memory_check.h"

#include "base/progress.h"

#include <stdio.h>
#include <sys/resource.h>

status_t memory_check_judge(const memory_check_t *machine, const memory_limits_t *limits, failure_t *why) {
    const memory_limit_t *limit = limits_tightest(limits);
    int workers = machine->ranks - machine->with_rank_0;
    double needed = machine->with_rank_0 * machine->footprint.rank_0 + workers * machine->footprint.worker;
    if (!limit || needed - machine->resident <= (double)limit->room)
        return STATUS_OK;
    char all[32], lead[32], worker[32], bytes[32], left[32], each[96];
    progress_bytes(needed, all);
    progress_bytes(machine->footprint.rank_0, lead);
    progress_bytes(machine->footprint.worker, worker);
    progress_bytes((double)limit->bytes, bytes);
    progress_bytes((double)limit->room + machine->resident, left);
    if (machine->with_rank_0 && workers > 0)
        snprintf(each, sizeof each, "rank 0 %s, the others %s each", lead, worker);
    else
        snprintf(each, sizeof each, "%s each", workers > 0 ? worker : lead);
    return failed(
        why, STATUS_INPUT,
        "%s: this run needs about %s of memory there (%d rank%s: %s), but only %s of the limit of %s (%s) are "
        "free: start fewer ranks per machine, or request more memory (Slurm: --mem)",
        machine->name, all, machine->ranks, machine->ranks == 1 ? "" : "s", each, left, bytes, limit->from);
}

status_t memory_check_judge_own(double bytes, const memory_own_t *own, const memory_own_t *limits, failure_t *why) {
    double more = bytes > (double)own->resident ? bytes - (double)own->resident : 0;
    bool addresses = (double)own->addresses + more > (double)limits->addresses;
    if (!addresses && (double)own->data + more <= (double)limits->data)
        return STATUS_OK;
    char needed[32], has[32], limit[32];
    progress_bytes((addresses ? (double)own->addresses : (double)own->data) + more, needed);
    progress_bytes(addresses ? (double)own->addresses : (double)own->data, has);
    progress_bytes((double)(addresses ? limits->addresses : limits->data), limit);
    return failed(why, STATUS_INPUT,
                  "each rank needs about %s of %s (it already uses %s), but the limit is %s (ulimit -%c): "
                  "raise it (ulimit -%c unlimited, before mpirun or in the job script)",
                  needed, addresses ? "addresses" : "data", has, limit, addresses ? 'v' : 'd', addresses ? 'v' : 'd');
}

static uint64_t limit_of(__rlimit_resource_t resource) {
    struct rlimit limit;
    return getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY ? limit.rlim_cur : UINT64_MAX;
}

status_t memory_check_own(double bytes, failure_t *why) {
    const memory_own_t own = limits_own("");
    const memory_own_t limits = {.addresses = limit_of(RLIMIT_AS), .data = limit_of(RLIMIT_DATA)};
    return memory_check_judge_own(bytes, &own, &limits, why);
}
