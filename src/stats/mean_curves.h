/* The curves of /summary: means over samples of each sample's curves (stats/curves.h).
 *
 * A sample's curves cost more than all else that is done for it at the end of a sweep, when no other rank works. So
 * every second sample's are found by a thread, beside the next one's. They are added in the order in which they came.
 */
#ifndef HARSANYI_STATS_MEAN_CURVES_H
#define HARSANYI_STATS_MEAN_CURVES_H

#include "base/failure.h"
#include "lattice/row.h"
#include "stats/summary.h"

typedef struct mean_curves mean_curves_t;

/* players: of the file. aside: whether a thread may help; it takes two more rows of memory, 16 MiB at the most. Destroy
 * in any case. */
status_t mean_curves_create(int players, bool aside, mean_curves_t **out, failure_t *why);
void mean_curves_destroy(mean_curves_t **curves);

/* Rows of one sample, finite; of too many players for curves they are passed over. They need not outlive the call. */
status_t mean_curves_add(mean_curves_t *curves, row_source_t values, row_source_t interactions, failure_t *why);

/* Fills SUMMARY_STRENGTH_*, _RMSE, _MAX_ERROR, _R2 and _R_OMEGA. */
status_t mean_curves_finish(mean_curves_t *curves, summary_t *out, failure_t *why);

#endif
