/* The Moebius or zeta transform of a table that need not fit in memory, bounded by 2^piece_bits doubles whatever n is.
 *
 *   1. pieces of 2^piece_bits masks:  input  --butterflies over the low bits-->  the table in between
 *   2. strips of columns, over the remaining high bits:
 *
 *          columns 0 ... 2^piece_bits
 *        row 0  | strip | strip | ... |      row r = masks r 2^piece_bits ... (r+1) 2^piece_bits - 1
 *        row 1  |   |   |       |     |      a strip holds a run of columns of every row: read, butterflies down the
 *        ...    |   v   |       |     |      rows, given out
 *
 * Bits 0 ... n-1 ascend in all of it, so the bits are those of the transform in one piece. A table of one piece goes
 * from input to output directly.
 */
#ifndef HARSANYI_LATTICE_STRIPS_H
#define HARSANYI_LATTICE_STRIPS_H

#include "base/failure.h"
#include "lattice/mask.h"

#include <stdbool.h>

/* Masks first ... first + count - 1 of a table. */
typedef status_t (*strips_read_t)(void *self, mask_t first, mask_t count, double *data, failure_t *why);
typedef status_t (*strips_write_t)(void *self, mask_t first, mask_t count, const double *data, failure_t *why);

/* Any of the callbacks may end the transform by failing. */
typedef struct {
    bool zeta;
    int n, piece_bits; /* piece_bits >= strips_piece_bits(n, 0) */
    double *piece;     /* [2^piece_bits], borrowed */
    strips_read_t input;
    strips_write_t keep; /* the table in between, which must hold 2^n doubles ... */
    strips_read_t kept;  /* ... and may be the one that output goes to: what is given out is not read again */
    strips_write_t output;
    void *self;
} strips_t;

enum { STRIPS_PIECE_BITS = 21 }; /* 16 MiB */

/* STRIPS_PIECE_BITS, or fewer when the environment's HARSANYI_PIECE_BITS says so: tests of the whole program send
 * small tables the way of large ones. */
int strips_default_bits(void);

/* The piece_bits for tables of up to n players: `wanted`, but no more than such a table needs and no less than strips
 * of one column do. */
int strips_piece_bits(int n, int wanted);

/* Every mask is given out once, in runs, not in order. */
status_t strips_transform(const strips_t *strips, failure_t *why);

#endif
