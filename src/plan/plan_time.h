/* Computes how long a sweep takes from the cost of one mask and one row.
 *
 *   on all ranks that evaluate   v, the noise, transform and statistics of samples that are done as a whole, and sparse
 *                                interactions of all
 *   on rank 0's core as well     receiving and writing tables and their checksums
 *   after the last v             the rest of the combine thread's work; the disk
 *   at the end, on rank 0        statistics across samples
 */
#ifndef HARSANYI_PLAN_PLAN_TIME_H
#define HARSANYI_PLAN_PLAN_TIME_H

#include "lattice/mask.h"
#include "plan/plan_costs.h"

#include <stdbool.h>

typedef struct {
    /* Seconds of one core: */
    double evaluate, rows, solve, write, combine, across;
    double wall; /* of the sweep and the statistics across samples, each rank with a core of its own */
} plan_time_t;

/* What is planned: the whole selection, or (shards > 0) its samples shard, shard + shards, ..., without statistics
 * across them. */
typedef struct {
    int shard, shards;
} plan_part_t;

/* Masks that are evaluated again to estimate the noise of v; 0 without an estimate. */
uint64_t plan_noise_masks(const inputs_t *inputs, plan_part_t part);

/* speed->seconds_per_mask must not be NaN. */
plan_time_t plan_time(const inputs_t *inputs, const plan_speed_t *speed, const plan_costs_t *costs, plan_part_t part,
                      int ranks);

/* Seconds of the shard that takes longest, each on `ranks` ranks. */
double plan_longest_shard(const inputs_t *inputs, const plan_speed_t *speed, const plan_costs_t *costs, int shards,
                          int ranks);

/* ---- how large units of work are: for the scheduler that makes them, and for planning ---- */

enum {
    EVALUATING_WORLD_MAX = 16, /* in larger worlds rank 0 does not evaluate */
    UNITS_IN_FLIGHT = 2,       /* per worker: one runs, one waits */
    UNIT_MASKS_MAX = 1 << 20,  /* of one unit, of all rows together, like the next */
    UNIT_SAMPLES_MAX = 256,
    PART_HEAD_BYTES = 352 /* beside each sample's numbers in a result, at most (run/wire.h) */
};

/* How many of `ranks` evaluate. */
int plan_workers(int ranks);
/* How many seconds a unit should take when `masks_left` are not assigned yet. */
double plan_unit_seconds(double masks_left, double seconds_per_mask, int workers);
/* Whether a sample of n players, of which `rows` rows are made, goes to one worker as a whole, when a unit takes
 * unit_seconds. */
bool plan_gives_whole(int n, int rows, double seconds_per_mask, int workers, double unit_seconds);

#endif
