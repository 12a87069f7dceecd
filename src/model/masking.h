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
#include "model/element.h"
#include "model/sample.h"

#include <stdbool.h>

/* Zero-initialise all but type; release with masking_free. Others read nothing but `buffer`. */
typedef struct {
    element_t type; /* of the model's input */
    void *buffer;   /* owned, [rows, elements] of the type, aligned to 64 bytes; moves only in masking_begin */
    size_t room;    /* bytes allocated for it */
    bool lent;      /* buffer and room are the caller's: it holds `rows` rows whenever masking_begin is called */
    size_t chunk, rows, elements;
    int n;
    bool filled; /* the buffer holds the chunk that begins at `first` */
    mask_t first;
    uint64_t taken; /* how many samples and baselines were taken over, to notice another one */

    /* Copies of what the sample's pointers pointed to, to notice a change; [elements]. x is owned: one allocation with
     * all six arrays. */
    double *x, *baseline;
    int32_t *players;

    /* The same as the model sees it, [elements] of the type. */
    char *present, *absent;

    /* The elements of player i are members[starts[i]] ... members[starts[i + 1] - 1]. */
    size_t *members; /* [elements] */
    size_t starts[PLAYERS_MAX + 1];
} masking_t;

void masking_free(masking_t *masking);

/* Makes sample and baseline the ones that are masked: `chunk` rows (a power of two <= 2^n) of masks, `rows` >= chunk
 * rows in all. Cheap when all is as in the call before: what the sample points to is compared with a copy, not its
 * address. STATUS_CERTAIN names an element that the type does not hold; STATUS_INPUT a player that the sample does not
 * have. */
status_t masking_begin(masking_t *masking, const sample_t *sample, int baseline, size_t chunk, size_t rows,
                       failure_t *why);

/* Fills the buffer for the masks first ... first + chunk - 1; first is a multiple of the chunk. */
void masking_fill(masking_t *masking, mask_t first);

#endif
