/* The strongest interactions of a row, streaming: a heap of as many as are wanted, whatever the row's length. */
#ifndef HARSANYI_STATS_STRONGEST_H
#define HARSANYI_STATS_STRONGEST_H

#include "base/failure.h"
#include "lattice/row.h"

typedef struct {
    mask_t mask;
    double effect; /* I(S) */
} interaction_t;

/* Fills out [most] with the interactions of largest |I(S)|, S not empty, strongest first; of equal ones the smaller
 * mask comes first. *count is how many there are: min(most, 2^n - 1). The row is read once and must be finite. Fails
 * only when reading does. */
status_t strongest_find(row_source_t interactions, size_t most, interaction_t *out, size_t *count, failure_t *why);

#endif
