/* One ONNX model opened in ONNX Runtime, and which inputs and output of it are used (onnx_ports.h). */
#ifndef HARSANYI_ENGINES_ONNX_SESSION_H
#define HARSANYI_ENGINES_ONNX_SESSION_H

#include "engines/onnx_ports.h"

typedef struct {
    const OrtApi *api;
    const char *version; /* of the library */
    OrtEnv *env;
    OrtSession *session;
    onnx_ports_t ports;
} onnx_session_t;

/* Opens options->file with one thread. STATUS_INPUT: no engine, no ONNX model, or one that cannot be used, and what to
 * do about it. Close it after a failure too. */
status_t onnx_session_open(const model_options_t *options, onnx_session_t *session, failure_t *why);
void onnx_session_close(onnx_session_t *session);

#endif
