/* Estimates how much memory the ranks of a sweep take, before it starts.
 *
 * Every rank is assumed to start with what this process holds with its model open; the tables that a sweep adds are
 * counted:
 *
 *   every rank   MPI; two results on their way (v and I of whole samples, or v of a range);
 *                statistics of whole samples; sparse interactions, for which split samples come back as a whole
 *   rank 0       results that wait for the writer; the combine thread's row, or piece of one (split samples);
 *                /summary: windows of rows and bitmaps, counts by mask
 *
 * The figures are largest resident sizes, without page cache. docs/performance.md says how accurate they are.
 */
#ifndef HARSANYI_PLAN_FOOTPRINT_H
#define HARSANYI_PLAN_FOOTPRINT_H

#include "place/limits.h"
#include "plan/inputs.h"

typedef struct {
    int ranks;
    double resident;         /* bytes of this process with the model open and used; 0: measure them now */
    bool mpi_is_up;          /* in this process: then `resident` includes it */
    double seconds_per_mask; /* 0: unknown, units are assumed to have their largest size */
} footprint_spec_t;

/* Bytes. `worker` is what each of the other ranks takes; `model` what the model's own process takes beside each rank,
 * the most that it has taken so far; 0: it has none. */
typedef struct {
    double rank_0, worker, model;
} footprint_t;

/* Bytes that the model's own process holds now; 0: it has none. */
double footprint_of_model(const model_t *model);

/* inputs: from inputs_open. */
footprint_t footprint_estimate(const inputs_t *inputs, const footprint_spec_t *spec);

/* ---- whether it fits, so that no rank is killed midway ---- */

/* The ranks of one machine. */
typedef struct {
    const char *name;
    int ranks;
    bool with_rank_0;
    footprint_t footprint; /* what they will need */
    double resident;       /* bytes that they already hold, together */
} footprint_ranks_t;

/* STATUS_INPUT when the ranks do not fit in what is left of the tightest limit; the message says what they need, the
 * limit and what to do. */
status_t footprint_judge(const footprint_ranks_t *machine, const memory_limits_t *limits, failure_t *why);

/* The same for a rank that will need `bytes` and has `own`, against the limits of a single process (ulimit -v, -d);
 * UINT64_MAX: none. */
status_t footprint_judge_own(double bytes, const memory_own_t *own, const memory_own_t *limits, failure_t *why);

/* The same for this process and its limits. */
status_t footprint_check_own(double bytes, failure_t *why);

#endif
