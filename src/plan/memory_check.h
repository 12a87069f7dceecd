/* Whether what a sweep takes fits in the memory of the machines it runs on: asked before work begins, so that nobody is
 * killed in the middle of it. */
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
    footprint_t footprint; /* what they will take */
    double resident;       /* bytes that they hold already, together */
} memory_check_t;

/* STATUS_INPUT when the ranks do not fit in what is left of the tightest limit: what they need, the limit, what to do.
 */
status_t memory_check_judge(const memory_check_t *room, const memory_limits_t *limits, failure_t *why);

/* The limits of each process by itself (ulimit -v, -d), for a rank that will take `bytes`; UINT64_MAX: none. */
typedef struct {
    uint64_t addresses, data;
} memory_check_own_limits_t;
memory_check_own_limits_t memory_check_own_limits(void);
status_t memory_check_judge_own(double bytes, const memory_own_t *own, const memory_check_own_limits_t *limits,
                                failure_t *why);

#endif
