#include "plan/v_check.h"

#include "base/memory.h"
#include "model/noise.h"

#include <math.h>
#include <stdio.h>

enum { ROWS_ALONE = 16 };
static const double BEYOND_ROUNDING = 1e-4; /* of the largest |v| */
static const double ROUNDINGS = 20;         /* of the outputs, that a row may move by in another batch */

/* v of a chunk, looked at twice, of each row of the sample. */
typedef struct {
    int rows;
    double **values, **again; /* [rows], [chunk] each */
    model_rounding_t *rounding;
    failure_t *of;
} looks_t;

/* The masks evaluated alone are spread over the chunk, so that they differ in what is in them. */
static status_t compare_alone(model_t *model, const sample_t *sample, range_t chunk, const looks_t *looks,
                              v_check_t *out, failure_t *why) {
    const mask_t rows = chunk.count < ROWS_ALONE ? chunk.count : ROWS_ALONE, together = chunk.count > 1 ? 1 : 2;
    if (together > 1 && !model_info(model)->free_batch)
        return STATUS_OK; /* a model that takes one row always evaluates it alone */
    for (mask_t i = 0; i < rows; i++) {
        mask_t at = chunk.first + i * chunk.count / rows;
        TRY(model_probe(model, sample, (range_t){at - at % together, together}, looks->rows, looks->again,
                        looks->rounding, looks->of, why));
        for (int row = 0; row < looks->rows; row++) {
            const double moved = fabs(looks->again[row][at % together] - looks->values[row][at - chunk.first]);
            if (looks->of[row].status == STATUS_OK && moved > ROUNDINGS * sqrt(looks->rounding[row].own))
                out->alone = fmax(out->alone, moved);
        }
    }
    return STATUS_OK;
}

/* Of all rows; those that have no v are left out, unless that is the first. */
static status_t compare(model_t *model, const sample_t *sample, range_t chunk, const looks_t *looks, v_check_t *out,
                        failure_t *why) {
    TRY(model_evaluate_rows(model, sample, chunk, looks->rows, looks->values, looks->of, why));
    if (looks->of[0].status != STATUS_OK) {
        *why = looks->of[0];
        return why->status;
    }
    TRY(model_evaluate_rows(model, sample, chunk, looks->rows, looks->again, looks->of, why));
    for (int row = 0; row < looks->rows; row++)
        for (mask_t k = 0; k < chunk.count && looks->of[row].status == STATUS_OK; k++) {
            out->strength = fmax(out->strength, fabs(looks->values[row][k]));
            out->twice = fmax(out->twice, fabs(looks->again[row][k] - looks->values[row][k]));
        }
    return compare_alone(model, sample, chunk, looks, out, why);
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
    const size_t rows = (size_t)model_rows(model), room = granule > 2 ? granule : 2;
    double *values OWNED = memory_need(2 * rows * room, sizeof *values, "the check of v");
    double **of_rows OWNED = memory_need(2 * rows, sizeof *of_rows, "the check of v");
    model_rounding_t *rounding OWNED = memory_need(rows, sizeof *rounding, "the check of v");
    failure_t *failures OWNED = memory_need(rows, sizeof *failures, "the check of v");
    for (size_t i = 0; i < 2 * rows; i++)
        of_rows[i] = values + i * room;
    const looks_t looks = {(int)rows, of_rows, of_rows + rows, rounding, failures};
    return compare(model, &sample, chunk, &looks, out, why);
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
        snprintf(
            text, V_CHECK_TEXT,
            "rows depend on their batch: v moves by up to %.2g (of %.2g) between batches of %d and %s, an interaction "
            "of order m by up to 2^m times that; its noise is unknown. Export the model after eval(); failing that, "
            "%s",
            found->alone, found->strength, found->together, found->together > 1 ? "one row alone" : "two rows",
            found->own_batch ? "for batches of 1" : "set sweep.batch: 1");
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
