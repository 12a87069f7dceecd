/* Whether what a sweep takes fits in the memory of the machines it runs on: asked before work begins, so that nobody is
 * killed in the middle of it. */
#ifndef HARSANYI_SWEEP_ROOM_H
#define HARSANYI_SWEEP_ROOM_H

#include "base/failure.h"
#include "base/limits.h"
#include "sweep/footprint.h"

/* The ranks of one machine. */
typedef struct {
    const char *name;
    int ranks;
    bool with_rank_0;
    footprint_t footprint; /* what they will take */
    double resident;       /* bytes that they hold already, together */
} room_t;

/* STATUS_INPUT when the ranks do not fit in what is left of the tightest limit: what they need, the limit, what to do.
 */
status_t room_judge(const room_t *room, const memory_limits_t *limits, failure_t *why);

/* The limits of each process by itself (ulimit -v, -d), for a rank that will take `bytes`; UINT64_MAX: none. */
typedef struct {
    uint64_t addresses, data;
} room_own_limits_t;
room_own_limits_t room_own_limits(void);
status_t room_judge_own(double bytes, const memory_own_t *own, const room_own_limits_t *limits, failure_t *why);

/* Collective. `footprint` counts on rank 0. On each machine one rank judges for all, and each for itself; *why is left
 * alone when it holds a failure already, or when all is well. */
void room_check(int rank, footprint_t footprint, failure_t *why);

#endif
