/* The inputs of a network that are not masked: the same for all masks of a sample, and repeated in each row of the
 * batch where they have that axis. */
#ifndef HARSANYI_ENGINES_ONNX_CONSTANTS_H
#define HARSANYI_ENGINES_ONNX_CONSTANTS_H

#include "engines/onnx_session.h"

typedef struct onnx_constant onnx_constant_t;

/* All inputs, for a run of the engine: names and tensors [1 + count], the masked one first, which is the caller's.
 * Zero-initialise; release with onnx_constants_free. */
typedef struct {
    size_t count;
    onnx_constant_t *items; /* owned, [count] */
    const char **names;     /* owned, as the next; the names are the session's */
    OrtValue **tensors;
    model_constant_t *described; /* owned, [count]: for model_info */
} onnx_constants_t;

status_t onnx_constants_open(const onnx_session_t *session, const char *file, onnx_constants_t *constants,
                             failure_t *why);

/* Makes the tensors of a sample for batches of `rows`; cheap when all is as in the call before. STATUS_INPUT: the
 * sample has other constants than the model, or of another shape; STATUS_CERTAIN: a number that the model's type does
 * not hold.
 */
status_t onnx_constants_set(onnx_constants_t *constants, const onnx_session_t *session, const OrtMemoryInfo *memory,
                            const sample_t *sample, int64_t rows, failure_t *why);

void onnx_constants_free(onnx_constants_t *constants, const OrtApi *api);

#endif
