/* A row: 2^n doubles in mask order, in memory or in a file, read in leaves of 2^12 masks.
 *
 * Statistics read rows only through this interface, always whole, always in leaves, in mask order. So their sums have
 * one order, wherever the row lies and whoever computes: this is what makes them the same bits for any blocking and
 * ranks.
 */
#ifndef HARSANYI_LATTICE_ROW_H
#define HARSANYI_LATTICE_ROW_H

#include "base/failure.h"
#include "lattice/mask.h"

#include <stdbool.h>

enum { LEAF_BITS = 12 };

typedef struct {
    int n;
    /* Points *leaf at the 2^min(n, LEAF_BITS) doubles of masks first ... (first is a multiple of that number). They
     * belong to the source and last until the next call on it. */
    status_t (*read)(void *self, mask_t first, const double **leaf, failure_t *why);
    void *self; /* borrowed */
} row_source_t;

/* A row in memory: row has shape [2^n], is borrowed and must outlive the source. */
row_source_t row_in_memory(const double *row, int n);

/* Whether `count` numbers are all finite. */
bool row_leaf_is_finite(const double *leaf, mask_t count);

/* The number of masks in a leaf of a row of n players. */
static inline mask_t row_leaf_masks(int n) {
    return mask_count(n < LEAF_BITS ? n : LEAF_BITS);
}

/* ---- a row that is read once and then again from memory, when it is short enough ---- */

enum { ROW_BUFFER_BITS = 20 }; /* rows of more players are passed through */

/* Zero-initialise with {0}; the memory is kept from row to row, 8 MiB at the most. Free with row_buffer_free. */
typedef struct {
    double *row; /* owned */
    int bits;    /* it has room for 2^bits doubles; what is in it belongs to the last row held */
} row_buffer_t;

/* *out is the row `from`: in memory, or `from` itself when it has too many players. It lasts until the next call. Fails
 * when reading fails or memory is short. */
status_t row_buffer_take(row_buffer_t *held, row_source_t from, row_source_t *out, failure_t *why);
void row_buffer_free(row_buffer_t *held);

#endif
