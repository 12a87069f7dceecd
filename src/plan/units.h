/* How large units of work are: for the scheduler that makes them, and for planning. */
#ifndef HARSANYI_PLAN_UNITS_H
#define HARSANYI_PLAN_UNITS_H

#include "lattice/mask.h"

#include <stdbool.h>

enum {
    EVALUATING_WORLD_MAX = 16, /* in larger worlds rank 0 does not evaluate */
    UNITS_IN_FLIGHT = 2,       /* per worker: one runs, one waits */
    UNIT_MASKS_MAX = 1 << 20,  /* of one unit, like the next */
    UNIT_SAMPLES_MAX = 256,
    PART_HEAD_BYTES = 352 /* beside each sample's numbers in a result, at most (run/wire.h) */
};

/* How many of `ranks` evaluate. */
int units_workers(int ranks);
/* How many seconds a unit should take when `masks_left` are not assigned yet. */
double units_seconds(double masks_left, double seconds_per_mask, int workers);
/* Whether a sample of n players goes to one worker as a whole, when a unit takes unit_seconds. */
bool units_give_whole(int n, double seconds_per_mask, int workers, double unit_seconds);

#endif
