/* Ranges of masks through a network: in chunks, whose outputs become v (score.h), or are handed out as they are.
 *
 * Granule: min(batch, 2^n) masks, one chunk, always of the same masks: that is what makes bits independent of how masks
 * are shared out, even for models in which a row's value depends on the rows beside it. Several chunks can be under way
 * at once, so that a model that computes elsewhere never waits for the next one.
 *
 * Private to src/model: these are the operations (backend.h) of a backend that sets model->network.
 */
#ifndef HARSANYI_MODEL_NETWORK_H
#define HARSANYI_MODEL_NETWORK_H

#include "model/model.h"

/* The outputs of a chunk, owned by the backend, until its next call. */
typedef struct {
    const void *numbers; /* [chunk, info.outputs] */
    bool wide;           /* doubles, else floats */
} network_outputs_t;

typedef struct {
    mask_t at_once; /* how many chunks may be under way */

    /* The chunks to come are of this sample and baseline, and `chunk` masks long. */
    status_t (*begin)(model_t *model, const sample_t *sample, int baseline, size_t chunk, failure_t *why);
    /* Hands in the chunk that begins at `first`. */
    status_t (*put)(model_t *model, mask_t first, failure_t *why);
    /* The outputs of the chunk at `first`, of those handed in the first that was not taken. Sets info.outputs. */
    status_t (*take)(model_t *model, mask_t first, network_outputs_t *outputs, failure_t *why);
} network_ops_t;

/* What model.h's model_t keeps of it; zero-initialise. */
typedef struct {
    const network_ops_t *ops;
    int batch_bits; /* log2 of the longest chunk */
    double *raw;    /* owned: the outputs of the last network_raw; network_free */
} network_t;

void network_free(network_t *network);

/* The largest power of two of at most `rows` masks is the longest chunk. */
void network_set_batch(network_t *network, int64_t rows);

int network_granule_bits(const model_t *model, int n);
status_t network_evaluate(model_t *model, const sample_t *sample, int baseline, range_t range, double *values,
                          failure_t *why);
status_t network_raw(model_t *model, const sample_t *sample, range_t range, const double **outputs, failure_t *why);
status_t network_probe(model_t *model, const sample_t *sample, int baseline, range_t range, double *values,
                       model_rounding_t *rounding, failure_t *why);

#endif
