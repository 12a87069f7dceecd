/* Models of tests/data for tests of the ONNX backend, which need an engine. */
#ifndef HARSANYI_TESTS_SUPPORT_MODELS_H
#define HARSANYI_TESTS_SUPPORT_MODELS_H

#include "engines/model_open.h"
#include "support/test.h"

/* The file's path lasts until the next call. */
static inline model_options_t options_for(const char *name) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", TEST_DATA_DIR, name);
    return (model_options_t){.backend = BACKEND_ONNX, .file = path, .score = SCORE_RAW, .batch = 256};
}

static inline model_t *open_model(const model_options_t *options) {
    failure_t why = {0};
    model_t *model;
    assert_ok(model_open(options, NULL, &model, &why));
    assert_non_null(model);
    return model;
}

/* True, and says so, when there is no engine: then a test program ends. */
static inline bool engine_missing(void) {
    model_options_t options = options_for("linear_f32.onnx");
    failure_t why;
    model_t *model;
    status_t status = model_open(&options, NULL, &model, &why);
    model_close(&model);
    if (status == STATUS_OK ||
        !(strstr(why.text, "no ONNX Runtime backend") || strstr(why.text, "ONNX Runtime was not found")))
        return false;
    printf("skipped: %s\n", why.text);
    return true;
}

/* All v of a sample, in one range. */
static inline void evaluate_all(model_t *model, const sample_t *sample, double *values) {
    failure_t why = {0};
    assert_ok(model_evaluate(model, sample, (range_t){0, mask_count(sample->n)}, values, &why));
}

#endif
