/* One ONNX model opened in ONNX Runtime, and the one input and one output of it that are used.
 *
 * Accepted: exactly one input that must be given, a tensor of float32 or float64 with the batch as first axis; and one
 * output (named, or the only one), float32 or float64, of shape [batch] or [batch, C]. The batch axis is free or fixed.
 */
#ifndef HARSANYI_MODEL_ONNX_SESSION_H
#define HARSANYI_MODEL_ONNX_SESSION_H

#include "model/model.h"

#include <onnxruntime_c_api.h>

enum { ONNX_AXES_MAX = MODEL_RANK_MAX + 1 };

/* An input or output. */
typedef struct {
    char *name;                     /* owned */
    ONNXTensorElementDataType type; /* undefined: no tensor */
    int rank;                       /* 0: a scalar, or a shape that the model leaves open */
    int64_t shape[ONNX_AXES_MAX];   /* -1: free; only the first ONNX_AXES_MAX of more axes */
} onnx_port_t;

typedef struct {
    const OrtApi *api;
    const char *version; /* of the library */
    OrtEnv *env;
    OrtSession *session;
    onnx_port_t input, output;
} onnx_session_t;

/* Opens options->file with one thread. STATUS_INPUT: no engine, no ONNX model, or one of another form: the text names
 * its inputs and outputs with types and shapes, and what is supported. Close it after a failure too. */
status_t onnx_session_open(const model_options_t *options, onnx_session_t *session, failure_t *why);
void onnx_session_close(onnx_session_t *session);

/* STATUS_OK for a NULL status; otherwise `status` with ONNX Runtime's words for it, which are freed. */
status_t onnx_check(const OrtApi *api, OrtStatus *result, status_t status, const char *what, failure_t *why);

/* Type, rank and shape into a port. */
OrtStatus *onnx_port_shape(const OrtApi *api, const OrtTensorTypeAndShapeInfo *info, onnx_port_t *port);

/* "float32 [batch, 3]" for messages. */
void onnx_port_text(const onnx_port_t *port, char text[MODEL_TEXT]);

#endif
