/* Which sweep.batch suits a network on this machine: large batches of large inputs fall out of the caches and take
 * memory, small ones call the engine too often. The batch also decides the last bits of v, so it is the user who
 * changes it, before a sweep. */
#ifndef HARSANYI_PLAN_BATCHES_H
#define HARSANYI_PLAN_BATCHES_H

#include "base/failure.h"
#include "base/problems.h"
#include "plan/inputs.h"

enum { BATCHES_MAX = 4 };

typedef struct {
    int batch;
    double masks_per_second; /* on one core */
    double bytes;            /* that the engine takes in memory for it */
} batch_speed_t;

/* Evaluates the first sample in batches of 8, 32, 128 and 256 masks, each with the model opened anew, for some tenths
 * of a second each; those that would take much longer, or that its players do not fill, are left out. *count is 0 for
 * games, tables and models with a batch of their own. seconds_per_mask: about, of the model; NaN: unknown.
 * STATUS_INTERNAL is the only failure. */
status_t batches_time(inputs_t *inputs, double seconds_per_mask, batch_speed_t out[BATCHES_MAX], int *count,
                      failure_t *why);

/* The fastest; count >= 1. */
const batch_speed_t *batches_fastest(const batch_speed_t *batches, int count);

/* Warns when the config's batch is much slower than the fastest. */
void batches_warn(const batch_speed_t *batches, int count, int batch, problems_t *warnings);

#endif
