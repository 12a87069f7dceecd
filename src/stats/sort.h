/* Sorting numbers in memory, all of them or as far as some ranks need it. */
#ifndef HARSANYI_STATS_SORT_H
#define HARSANYI_STATS_SORT_H

#include <stddef.h>

/* x: [count], no NaN. Ascending. */
void sort_all(double *x, size_t count);

/* Reorders x so that x[rank] is what it would be if x were sorted, for each of ranks [wanted], which ascend and are
 * below count. Takes time proportional to count. */
void sort_ranks(double *x, size_t count, const size_t *ranks, int wanted);

#endif
