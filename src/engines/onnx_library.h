/* The shared library of ONNX Runtime, found and opened when the first model needs it.
 *
 * Tried in this order; the first two are somebody's wish, and an error when they cannot be opened:
 *   1. the path from the config (model.library)
 *   2. the environment variable HARSANYI_ONNXRUNTIME
 *   3. ../lib/harsanyi/libonnxruntime.so.1 beside the running program (where `install` puts it)
 *   4. the library that CMake found when this was built
 *   5. libonnxruntime.so.1 on the loader's own path, then libonnxruntime.so (Debian's has another number at its end)
 */
#ifndef HARSANYI_ENGINES_ONNX_LIBRARY_H
#define HARSANYI_ENGINES_ONNX_LIBRARY_H

#include "base/failure.h"

#include <onnxruntime_c_api.h>
#include <stdbool.h>
#include <stddef.h>

/* The API of this version is in every library since ONNX Runtime 1.11; later ones only add to it. */
enum { ONNX_API_VERSION = 11 };

typedef struct {
    const OrtApi *api;
    const char *version; /* "1.31.1" */
    bool noisy; /* Debian's: complains on stderr that libonnx, a library of its own there, has its schemas too */
} onnx_library_t;

/* wanted: path from the config or NULL. The library stays loaded until the process ends (it cannot be unloaded safely:
 * threads and destructors of its own refer to it). STATUS_INPUT names every place that was tried and why it failed. */
status_t onnx_library_open(const char *wanted, onnx_library_t *library, failure_t *why);

/* The file that it was loaded from; "" when the loader cannot tell. Lasts as long as the library. */
const char *onnx_library_path(const onnx_library_t *library);

/* The execution providers that it was built with, "CUDAExecutionProvider, CPUExecutionProvider", cut to `capacity`. */
void onnx_library_providers(const onnx_library_t *library, char *text, size_t capacity);

#endif
