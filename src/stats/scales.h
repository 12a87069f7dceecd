/* The steps at which curves over masks are kept: numbers of masks, and ranks of strength. */
#ifndef HARSANYI_STATS_SCALES_H
#define HARSANYI_STATS_SCALES_H

#include <stddef.h>
#include <stdint.h>

enum {
    STEPS_MAX = 64,  /* entries of scales_steps */
    RANKS_MAX = 4096 /* entries of scales_ranks */
};

/* 1, 2, 5, 10, 20, ... up to limit: how many, and which when steps [STEPS_MAX] is not NULL. */
size_t scales_steps(uint64_t limit, int64_t *steps);

/* The ranks at which the strength curve is kept: 1 ... 1024, then 64 per octave, the last is 2^n - 1; ranks
 * [RANKS_MAX] may be NULL. */
size_t scales_ranks(int players, int64_t *ranks);

#endif
