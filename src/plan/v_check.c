#include "plan/v_check.h"

#include "base/memory.h"
#include "model/noise.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS_ALONE = 16 };
static const double BEYOND_ROUNDING = 1e-4; /* of the largest |v| */

/* The masks evaluated alone are spread over the chunk, so that they differ in what is in them. */
static status_t compare_alone(model_t *model, const sample_t *sample, range_t chunk, const double *values,
                              v_check_t *out, failure_t *why) {
    const mask_t rows = chunk.count < ROWS_ALONE ? chunk.count : ROWS_ALONE, together = chunk.count > 1 ? 1 : 2;
    if (together > 1 && !model_info(model)->free_batch)
        return STATUS_OK; /* a model that takes one row always evaluates it alone */
    for (mask_t i = 0; i < rows; i++) {
        mask_t at = chunk.first + i * chunk.count / rows;
        model_rounding_t ignored;
        double v[2];
        TRY(model_probe(model, sample, (range_t){at - at % together, together}, v, &ignored, why));
        out->alone = fmax(out->alone, fabs(v[at % together] - values[at - chunk.first]));
    }
    return STATUS_OK;
}

static status_t compare(model_t *model, const sample_t *sample, range_t chunk, double *values, double *again,
                        v_check_t *out, failure_t *why) {
    TRY(model_evaluate(model, sample, chunk, values, why));
    TRY(model_evaluate(model, sample, chunk, again, why));
    for (mask_t k = 0; k < chunk.count; k++) {
        out->strength = fmax(out->strength, fabs(values[k]));
        out->twice = fmax(out->twice, fabs(again[k] - values[k]));
    }
    return compare_alone(model, sample, chunk, values, out, why);
}

static status_t check_sample(inputs_t *inputs, place_t place, v_check_t *out, failure_t *why) {
    model_t *model = inputs->model;
    sample_t sample;
    uint64_t not_counted = 0;
    TRY(samples_load_selected(inputs->samples, place, &sample, why));
    TRY(model_set_target(model, &sample, &not_counted, why));
    mask_t granule = mask_count(model_granule_bits(model, sample.n)), first = noise_masks(sample.n).first;
    range_t chunk = {first - first % granule, granule};
    *out = (v_check_t){.own_batch = !model_info(model)->free_batch, .together = (int)granule};
    double *values = memory_need(2 * granule, sizeof *values, "the check of v");
    status_t status = compare(model, &sample, chunk, values, values + granule, out, why);
    free(values);
    return status;
}

status_t v_check(inputs_t *inputs, v_check_t *out, failure_t *why) {
    *out = (v_check_t){0};
    if (model_info(inputs->model)->input_bits == 0)
        return STATUS_OK;
    for (place_t place = 0; place < DECIDE_SAMPLES && place < samples_selected(inputs->samples); place++) {
        status_t status = check_sample(inputs, place, out, why);
        if (status != STATUS_CERTAIN && status != STATUS_TRANSIENT)
            return status;
    }
    *out = (v_check_t){0};
    return STATUS_OK;
}

const char *const V_VERDICT_WORDS[V_VERDICTS] = {[V_REPRODUCIBLE] = "reproducible",
                                                 [V_ALMOST] = "almost",
                                                 [V_RANDOM] = "random",
                                                 [V_DEPENDS_ON_BATCH] = "depends_on_batch"};

v_verdict_t v_check_verdict(const v_check_t *found, char text[V_CHECK_TEXT]) {
    const double large = BEYOND_ROUNDING * found->strength;
    text[0] = '\0';
    if (found->twice > large) {
        snprintf(text, V_CHECK_TEXT,
                 "v is no function of S: the same masks evaluated twice differ by up to %.2g (of %.2g). Random layers "
                 "or training mode (dropout, batch normalization) seem to be left on; export the model for inference "
                 "(PyTorch: model.eval())",
                 found->twice, found->strength);
        return V_RANDOM;
    }
    if (found->alone > large) {
        snprintf(text, V_CHECK_TEXT,
                 "rows depend on their batch: v moves by up to %.2g (of %.2g) between batches of %d and %s, and an "
                 "interaction of order m by up to 2^m times that; %s gives the model's own output. The noise of v is "
                 "unknown",
                 found->alone, found->strength, found->together, found->together > 1 ? "one row alone" : "two rows",
                 found->own_batch ? "an export for batches of 1" : "sweep.batch: 1");
        return V_DEPENDS_ON_BATCH;
    }
    if (found->twice > 0) {
        snprintf(text, V_CHECK_TEXT,
                 "v is not reproducible bit for bit: the same masks evaluated twice differ by up to %.2g (of %.2g)",
                 found->twice, found->strength);
        return V_ALMOST;
    }
    return V_REPRODUCIBLE;
}

status_t v_check_warn(inputs_t *inputs, v_verdict_t *verdict, problems_t *warnings, failure_t *why) {
    char text[V_CHECK_TEXT];
    v_check_t found;
    TRY(v_check(inputs, &found, why));
    *verdict = v_check_verdict(&found, text);
    if (*verdict == V_RANDOM && !inputs->options.accept_random)
        return failed(why, STATUS_INPUT, "%s: %s; model.accept_random: true runs it all the same", inputs->options.file,
                      text);
    if (text[0])
        problems_add(warnings, "%s", text);
    return inputs_warn(inputs, warnings, why);
}
