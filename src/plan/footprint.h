/* Estimates how much memory the ranks of a sweep take, before it starts.
 *
 * Every rank is assumed to start with what this process holds with its model open; the tables that a sweep adds are
 * counted:
 *
 *   every rank   MPI; two results on their way (v and I of whole samples, or v of a range); statistics of whole samples
 *   rank 0       results that wait for the writer; the combine thread's row, or piece of one (split samples); /summary:
 *                windows of rows and bitmaps, counts by mask
 *
 * The figures are largest resident sizes, without page cache. docs/performance.md says how accurate they are.
 */
#ifndef HARSANYI_PLAN_FOOTPRINT_H
#define HARSANYI_PLAN_FOOTPRINT_H

#include "plan/inputs.h"

typedef struct {
    int ranks;
    double resident;         /* bytes of this process with the model open and used; 0: measure them now */
    bool mpi_is_up;          /* in this process: then `resident` includes it */
    double seconds_per_mask; /* 0: unknown, units are assumed to have their largest size */
} footprint_spec_t;

/* Bytes. `worker` is what each of the other ranks takes. */
typedef struct {
    double rank_0, worker;
} footprint_t;

/* inputs: from inputs_open. */
footprint_t footprint_estimate(const inputs_t *inputs, const footprint_spec_t *spec);

#endif
