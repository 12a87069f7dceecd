/* How large units of work are: for the scheduler, who makes them, and for those who plan. */
#ifndef HARSANYI_PLAN_UNITS_H
#define HARSANYI_PLAN_UNITS_H

#include "lattice/mask.h"

#include <stdbool.h>

enum {
    EVALUATING_WORLD_MAX = 16, /* in larger worlds rank 0 has enough to do without evaluating */
    UNITS_IN_FLIGHT = 2,       /* per worker: one runs, one waits */
    UNIT_MASKS_MAX = 1 << 20,  /* of one unit, as the next */
    UNIT_SAMPLES_MAX = 256,
    PART_HEAD_BYTES = 352 /* beside each sample's numbers in a result, at most (run/wire.h) */
};

/* How many of `ranks` evaluate. */
int units_workers(int ranks);
/* What a unit should be worth when `masks_left` are not given out yet. */
double units_seconds(double masks_left, double seconds_per_mask, int workers);
/* Whether a sample of n players goes to one worker as a whole, when a unit is worth unit_seconds. */
bool units_give_whole(int n, double seconds_per_mask, int workers, double unit_seconds);

#endif
