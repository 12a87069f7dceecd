/* What a sweep costs on this machine apart from the model, measured in about a second on one core; with sparse
 * interactions in some ten seconds. */
#ifndef HARSANYI_PLAN_PLAN_COSTS_H
#define HARSANYI_PLAN_PLAN_COSTS_H

#include "base/failure.h"
#include "plan/inputs.h"

#include <stdint.h>

typedef struct {
    /* Seconds for one sample of n players, for every n of the selection: */
    double transform[PLAYERS_MAX + 1];
    double statistics[PLAYERS_MAX + 1]; /* with curves, where they are stored with the row */
    double solving[PLAYERS_MAX + 1];    /* with the statistics of what was solved; 0 without sparse interactions */
    double curves[PLAYERS_MAX + 1];     /* computed at the end, in files of few players; else 0 */
    /* Seconds per byte of a file in the folder of the results: into the page cache, out of it, and from it to the
     * disk. 0 when no file can be created there. */
    double write, read, sync;
    double checksum; /* seconds per byte */
} plan_costs_t;

/* Measures on the first masks of a sample, as many as take some tenths of a second: they are the table of its first
 * players. Sparse interactions take very different times from sample to sample: samples are put in order of how far
 * v(N) is from v(empty), and some are solved, spread over that order, as many as take some seconds. Creates a nameless
 * temporary file of at most 32 MiB in the folder of the results. Costs for more than 21 players are extrapolated.
 * seconds_per_mask: of the model; NaN when no mask can be evaluated. STATUS_INTERNAL is the only failure. */
status_t plan_costs(inputs_t *inputs, double seconds_per_mask, plan_costs_t *out, failure_t *why);

/* ---- how fast the model evaluates masks on one core of this machine ---- */

typedef struct {
    uint64_t masks;            /* timed */
    double seconds;            /* taken by them */
    double seconds_per_mask;   /* of the whole selection, all baselines included; NaN when no mask could be evaluated */
    double seconds_per_sample; /* for reading it and finding its target; NaN likewise */
} plan_speed_t;

/* Evaluates masks of samples spread over the selection, in mask order as a sweep does, for about `budget` seconds, or
 * all there are; each sample counts by its number of masks, since they may differ in cost. The first range only warms
 * the engine up, unless it is the only one. Samples that fail are skipped: STATUS_INTERNAL is the only failure. */
status_t plan_speed(inputs_t *inputs, double budget, plan_speed_t *out, failure_t *why);

/* The same in a fraction of a second, for a run: seconds per mask of the first sample with the most players (all
 * baselines included), > 0. Failures of the sample itself are ignored; STATUS_INTERNAL is returned. */
status_t plan_calibrate(inputs_t *inputs, double *seconds_per_mask, failure_t *why);

/* The g of the results file, at most n: sweep.block_bits, or the largest g <= 16 whose 2^g masks take at most 10 s,
 * never below the model's granule. */
int plan_block_bits(const inputs_t *inputs, double seconds_per_mask);

#endif
