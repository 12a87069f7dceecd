/* The backend onnx: a network that ONNX Runtime runs in this process. */
#ifndef HARSANYI_ENGINES_ONNX_H
#define HARSANYI_ENGINES_ONNX_H

#include "model/backend.h"

/* Opens options.file; without ONNX Runtime in the build a refusal. STATUS_INPUT says what is wrong with the file. */
status_t onnx_open(model_t *model, failure_t *why);

#endif
