/* The input of the model for a chunk of masks: rows of one sample, each with the elements of absent players replaced by
 * their baseline.
 *
 *              element 0   1   2   3   4      mask of row r of the chunk that begins at `first`: first + r
 *   row 0          x   b   b   x   b          rows past the chunk (models of a fixed batch): mask 0
 *   row 1          x   x   b   x   b
 *   ...                                       x: the sample's value, b: the baseline's
 *
 * A chunk is a power of two long and begins at a multiple of its length, so two chunks of a sample differ only in
 * players above the chunk's bits, the same in every row. The buffer is kept between chunks: only the columns of players
 * whose bit differs from the chunk before are rewritten.
 */
#ifndef HARSANYI_MODEL_MASKING_H
#define HARSANYI_MODEL_MASKING_H

#include "base/failure.h"
#include "lattice/mask.h"
#include "model/sample.h"

#include <stdbool.h>

typedef struct masking masking_t;

typedef enum { MASKING_F32 = 4, MASKING_F64 = 8 } masking_type_t; /* bytes of an element */

status_t masking_new(masking_type_t type, masking_t **out, failure_t *why);
void masking_free(masking_t **masking);

/* Makes sample and baseline the ones that are masked: `chunk` rows (a power of two <= 2^n) of masks, `rows` >= chunk
 * rows in all. Cheap when all is as in the call before: what the sample points to is compared with a copy, not its
 * address. STATUS_CERTAIN names an element that is finite as double but not as float; STATUS_INPUT a player that is
 * none. */
status_t masking_begin(masking_t *masking, const sample_t *sample, int baseline, size_t chunk, size_t rows,
                       failure_t *why);

/* Fills the buffer for the masks first ... first + chunk - 1; first is a multiple of the chunk. */
void masking_fill(masking_t *masking, mask_t first);

/* [rows, elements] of float or double, aligned to 64 bytes; owned by masking. The address changes only in
 * masking_begin.
 */
void *masking_buffer(const masking_t *masking);

#endif
