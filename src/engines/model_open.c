#include "engines/model_open.h"

#include "engines/game.h"
#include "engines/llm.h"
#include "engines/onnx.h"
#include "engines/onnx_files.h"
#include "engines/process.h"
#include "engines/values.h"

#include <stdlib.h>

#ifndef HARSANYI_HAVE_ONNXRUNTIME
status_t onnx_open(model_t *model, failure_t *why) {
    return failed(why, STATUS_INPUT,
                  "%s: this build has no ONNX Runtime backend: install libonnxruntime-dev, or set "
                  "-DHARSANYI_ONNXRUNTIME_ROOT to a folder with include/onnxruntime_c_api.h, and configure again",
                  model->options.file);
}
#endif

#ifndef HARSANYI_HAVE_LLAMA
status_t llm_open(model_t *model, failure_t *why) {
    return failed(
        why, STATUS_INPUT,
        "%s: this build has no backend llama: run scripts/get-llm.sh, then configure with -DHARSANYI_LLAMA=ON",
        model->options.file);
}
#endif

status_t model_open(const model_options_t *options, const value_table_t *table, model_t **out, failure_t *why) {
    *out = NULL;
    model_t *model = calloc(1, sizeof *model);
    if (!model)
        return failed(why, STATUS_INTERNAL, "model: out of memory");
    model->options = *options;
    model->info.outputs = 1;
    model->info.output[0] = "";
    status_t status;
    switch (options->backend) {
    case BACKEND_ONNX:
        status = onnx_open(model, why);
        break;
    case BACKEND_VALUES:
        status = values_open(model, table, why);
        break;
    case BACKEND_LLAMA:
        status = llm_open(model, why);
        break;
    case BACKEND_PROCESS:
        status = process_open(model, why);
        break;
    default:
        status = game_open(model, why);
    }
    if (status != STATUS_OK) {
        free(model);
        return status;
    }
    *out = model;
    return STATUS_OK;
}

status_t model_digest(const model_options_t *options, digest_t *digest, failure_t *why) {
    if (options->backend == BACKEND_VALUES || options->backend == BACKEND_LLAMA)
        return digest_add_file(digest, options->file, why);
    if (options->backend == BACKEND_PROCESS)
        return process_digest(options, digest, why);
    if (options->backend == BACKEND_ONNX)
        return onnx_files_digest(options->file, digest, why);
    return STATUS_OK; /* a game has no file: its settings are all of it */
}
