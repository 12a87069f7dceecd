/* Order statistics of numbers in memory, exactly, in time proportional to how many they are. */
#ifndef HARSANYI_STATS_SELECT_H
#define HARSANYI_STATS_SELECT_H

#include <stddef.h>

/* Reorders x [count], no NaN, so that x[rank] is what it would be if x were sorted, for each of ranks [wanted], which
 * ascend and are below count. */
void select_ranks(double *x, size_t count, const size_t *ranks, int wanted);

#endif
