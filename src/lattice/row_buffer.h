/* A row that is read once and then again from memory, when it is short enough. */
#ifndef HARSANYI_LATTICE_ROW_BUFFER_H
#define HARSANYI_LATTICE_ROW_BUFFER_H

#include "lattice/row.h"

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
