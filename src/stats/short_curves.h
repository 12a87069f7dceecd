/* Curves of many short rows at once (stats/curves.h), for files that store none: on as many threads as this process may
 * use cores. */
#ifndef HARSANYI_STATS_SHORT_CURVES_H
#define HARSANYI_STATS_SHORT_CURVES_H

#include "base/failure.h"
#include "stats/curves.h"

/* The numbers of one row of a file of n players, NaN where it has none: strength [ranks], then rmse, max_error, r2 and
 * r_omega [steps each]. */
typedef struct {
    size_t ranks, steps, doubles;
} short_curves_shape_t;
short_curves_shape_t short_curves_shape(int n);

/* rows of players[k] <= n players each (0: none, its numbers are left as they are); values, interactions: [rows,
 * pitch]. out: [rows, shape.doubles]. */
status_t short_curves_find(int n, size_t rows, const int *players, const double *values, const double *interactions,
                           size_t pitch, double *out, failure_t *why);

#endif
