/* What a sweep costs on this machine apart from the model, measured in about a second on one core. */
#ifndef HARSANYI_PLAN_PLAN_COSTS_H
#define HARSANYI_PLAN_PLAN_COSTS_H

#include "base/failure.h"
#include "plan/inputs.h"

typedef struct {
    /* Seconds for one sample of n players, for every n of the selection: */
    double transform[PLAYERS_MAX + 1];
    double statistics[PLAYERS_MAX + 1]; /* with curves, where they are stored with the row */
    double curves[PLAYERS_MAX + 1];     /* computed at the end, in files of few players; else 0 */
    /* Seconds per byte of a file in the folder of the results: into the page cache, out of it, and from it to the
     * disk. 0 when no file can be created there. */
    double write, read, sync;
    double checksum; /* seconds per byte */
} plan_costs_t;

/* Measures on the first masks of a sample, as many as take some tenths of a second: they are the table of its first
 * players. Creates a nameless temporary file of at most 32 MiB in the folder of the results. Costs for more than 21
 * players are extrapolated.
 * seconds_per_mask: of the model; NaN when no mask can be evaluated. STATUS_INTERNAL is the only failure. */
status_t plan_costs(inputs_t *inputs, double seconds_per_mask, plan_costs_t *out, failure_t *why);

#endif
