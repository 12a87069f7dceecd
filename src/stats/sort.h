/* Sorting numbers in memory, all of them or as far as some ranks need it. */
#ifndef HARSANYI_STATS_SORT_H
#define HARSANYI_STATS_SORT_H

#include "base/failure.h"
#include "lattice/row.h"

#include <stddef.h>

/* x: [count], no NaN. Ascending. */
void sort_all(double *x, size_t count);

/* found [wanted]: x[rank] as it would be if x were sorted, for each of ranks [wanted <= SORT_RANKS_MOST], which ascend
 * and are below count; x >= 0, less than 2^32 of them. Takes time proportional to count. x is lost. */
enum { SORT_RANKS_MOST = 6 };
void sort_ranks(double *x, size_t count, const size_t *ranks, int wanted, double *found);

/* ---- the strongest interactions of a row, streaming: a heap of as many as are wanted, whatever its length ---- */

typedef struct {
    mask_t mask;
    double effect; /* I(S) */
} interaction_t;

/* The same for interactions that are offered one by one: heap has room for `most`, *count grows up to it. */
void strongest_offer(interaction_t *heap, size_t most, size_t *count, interaction_t one);
/* Puts what was kept into order, strongest first; of equal ones the smaller mask comes first. */
void strongest_sort(interaction_t *heap, size_t count);

/* Fills out [most] with the interactions of largest |I(S)|, S not empty, strongest first; of equal ones the smaller
 * mask comes first. *count is how many there are: min(most, 2^n - 1). The row is read once and must be finite. Fails
 * only when reading does. */
status_t strongest_find(row_source_t interactions, size_t most, interaction_t *out, size_t *count, failure_t *why);

#endif
