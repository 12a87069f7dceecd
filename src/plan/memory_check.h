/* Checks before work begins whether a sweep fits in the memory of its machines, so that no rank is killed midway. */
#ifndef HARSANYI_PLAN_MEMORY_CHECK_H
#define HARSANYI_PLAN_MEMORY_CHECK_H

#include "base/failure.h"
#include "place/limits.h"
#include "plan/footprint.h"

/* The ranks of one machine. */
typedef struct {
    const char *name;
    int ranks;
    bool with_rank_0;
    footprint_t footprint; /* what they will need */
    double resident;       /* bytes that they already hold, together */
} memory_check_t;

/* STATUS_INPUT when the ranks do not fit in what is left of the tightest limit; the message says what they need, the
 * limit and what to do. */
status_t memory_check_judge(const memory_check_t *machine, const memory_limits_t *limits, failure_t *why);

/* The same for a rank that will need `bytes` and has `own`, against the limits of a single process (ulimit -v, -d);
 * UINT64_MAX: none. */
status_t memory_check_judge_own(double bytes, const memory_own_t *own, const memory_own_t *limits, failure_t *why);

/* The same for this process and its limits. */
status_t memory_check_own(double bytes, failure_t *why);

#endif
