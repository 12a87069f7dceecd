/* The salient sets of many rows, as statistics across rows read them: bitmaps, and effects of single sets. Where they
 * lie is the source's business (results/salient_reader.h: a results file); memory does not grow with their number. */
#ifndef HARSANYI_STATS_SALIENT_SETS_H
#define HARSANYI_STATS_SALIENT_SETS_H

#include "base/failure.h"
#include "lattice/mask.h"
#include "stats/families.h"

#include <stddef.h>
#include <stdint.h>

typedef struct {
    int64_t rows;           /* done ones, numbered in file order */
    const int64_t *samples; /* [rows], of which sample each is, those of one side by side; NULL: each its own */
    int n, kinds; /* of the bitmaps; those of the kinds of a row, a whole number of words each, follow each other */
    /* Words first ... first + words - 1 of the row's bitmaps; they last until the next call. */
    status_t (*read)(void *self, int64_t row, size_t first, size_t words, const uint64_t **positive,
                     const uint64_t **negative, failure_t *why);
    /* I(S) of `count` sets, numbered as the bits of these bitmaps, ascending, into effects [count]. */
    status_t (*effects)(void *self, int64_t row, const mask_t *sets, size_t count, double *effects, failure_t *why);
    void *self;
} salient_sets_t;

/* Sets of one kind, and of all, are numbered below 2 to the power of this. */
static inline int salient_kind_bits(int n, int kinds) {
    return kinds > 1 && n < 6 ? 6 : n;
}
static inline int salient_bits(int n, int kinds) {
    _Static_assert(KINDS_MAX == 2, "one bit tells the kinds apart");
    return salient_kind_bits(n, kinds) + (kinds > 1);
}
/* Of the bitmaps of all kinds of a row. */
static inline size_t salient_words(int n, int kinds) {
    const mask_t sets = mask_count(salient_bits(n, kinds));
    return sets < 64 ? 1 : (size_t)(sets / 64);
}

#endif
