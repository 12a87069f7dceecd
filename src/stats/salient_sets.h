/* The salient sets of many rows, as statistics across rows read them: bitmaps, and effects of single sets. Where they
 * lie is the source's business (results/salient_reader.h: a results file); memory does not grow with their number. */
#ifndef HARSANYI_STATS_SALIENT_SETS_H
#define HARSANYI_STATS_SALIENT_SETS_H

#include "base/failure.h"
#include "lattice/mask.h"

#include <stdint.h>

typedef struct {
    int64_t rows; /* done ones, numbered in file order */
    int n;        /* of the bitmaps */
    /* Words first ... first + words - 1 of the row's bitmaps; they last until the next call. */
    status_t (*read)(void *self, int64_t row, size_t first, size_t words, const uint64_t **positive,
                     const uint64_t **negative, failure_t *why);
    /* I(S) of `count` masks, ascending, into effects [count]. */
    status_t (*effects)(void *self, int64_t row, const mask_t *masks, size_t count, double *effects, failure_t *why);
    void *self;
} salient_sets_t;

#endif
