/* Ranges of masks through a network: in chunks, whose outputs become v (score.h), or are handed out as they are.
 *
 * Granule: min(batch, 2^n) masks, one chunk, always of the same masks: that is what makes bits independent of how masks
 * are shared out, even for models in which a row's value depends on the rows beside it. Several chunks can be under way
 * at once, so that a model that computes elsewhere never waits for the next one.
 *
 * Private to src/model; a backend that opens itself calls network_set_batch and network_set_ops.
 */
#ifndef HARSANYI_MODEL_NETWORK_H
#define HARSANYI_MODEL_NETWORK_H

#include "model/model.h"

/* One output of a chunk, owned by the backend, until its next call. */
typedef struct {
    const void *numbers; /* [chunk, info.width], doubles for 64 bits, else floats */
    int bits;            /* of the type that the network computed them in: 16, 32 or 64 */
} network_outputs_t;

/* Rows of a sample that are evaluated together, [count] each. */
typedef struct {
    int count;
    double *const *values;      /* [range.count] each */
    failure_t *of;              /* what fails one row */
    model_rounding_t *rounding; /* what is found is added; NULL: not asked for */
} rows_t;

typedef struct {
    mask_t at_once; /* how many chunks may be under way */

    /* The chunks to come are of this sample and baseline, and `chunk` masks long. Sets network.sample. */
    status_t (*begin)(model_t *model, const sample_t *sample, int baseline, size_t chunk, failure_t *why);
    /* Hands in the chunk that begins at `first`. */
    status_t (*put)(model_t *model, mask_t first, failure_t *why);
    /* The outputs [info.outputs] of the chunk at `first`, of those handed in the first that was not taken. Sets
     * info.width. */
    status_t (*take)(model_t *model, mask_t first, network_outputs_t *outputs, failure_t *why);

    /* Frees model->state. */
    void (*close)(model_t *model);
} network_ops_t;

/* What model.h's model_t keeps of it; zero-initialise. */
typedef struct {
    const network_ops_t *ops;
    int batch_bits;  /* log2 of the longest chunk */
    uint64_t sample; /* another number whenever begin was told of another sample or baseline; > 0 */
    double *raw;     /* owned: the outputs of the last network_raw, one after the other */

    /* For cosines: of each output what it gives for the full and for the empty mask, [2, width], one output after the
     * other, owned; and of which sample they are. */
    double *reference;
    uint64_t refers_to; /* 0: none yet */
} network_t;

/* The largest power of two of at most `rows` masks is the longest chunk. */
void network_set_batch(network_t *network, int64_t rows);

/* Makes the model one that evaluates in chunks, through `ops`. */
void network_set_ops(model_t *model, const network_ops_t *ops);

#endif
