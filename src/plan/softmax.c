#include "plan/softmax.h"

#include "base/memory.h"
#include "model/score.h"

#include <stdlib.h>

status_t softmax_suspected(inputs_t *inputs, bool *suspected, failure_t *why) {
    enum { SAMPLES_MAX = 3 };
    int64_t count = samples_count(inputs->samples), most = count < SAMPLES_MAX ? count : SAMPLES_MAX;
    int64_t outputs = model_info(inputs->model)->outputs;
    score_t score = inputs->options.score;
    *suspected = false;
    if (inputs->options.backend != BACKEND_ONNX || outputs < 2 ||
        (score != SCORE_LOG_ODDS && score != SCORE_PROBABILITY))
        return STATUS_OK;
    double *raw = memory_need((size_t)outputs, sizeof *raw, "the outputs of the model");
    status_t status = STATUS_OK;
    int64_t looked = 0, distributions = 0;
    for (int64_t i = 0; i < most && status != STATUS_INTERNAL; i++) {
        sample_t sample;
        size_t got = 0;
        status = inputs_load_sample(inputs, i * count / most, &sample, why);
        if (status == STATUS_OK)
            status = model_raw_full(inputs->model, &sample, raw, (size_t)outputs, &got, why);
        looked += status == STATUS_OK;
        distributions += status == STATUS_OK && score_is_distribution(raw, got);
    }
    free(raw);
    *suspected = looked > 0 && distributions == looked;
    return status == STATUS_INTERNAL ? status : STATUS_OK;
}
