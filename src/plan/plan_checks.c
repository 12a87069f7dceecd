#include "plan/plan_checks.h"

#include "base/clock.h"
#include "base/memory.h"
#include "model/score.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { COMPARED_MAX = 16 };

/* ---- looking ---- */

/* v on one mask, from its granule. */
static status_t value_at(model_t *model, const sample_t *sample, mask_t mask, double *v, failure_t *why) {
    mask_t granule = mask_count(model_granule_bits(model, sample->n)), first = mask - mask % granule;
    double *values = memory_need(granule, sizeof *values, "the values of a granule");
    status_t status = model_evaluate(model, sample, (range_t){first, granule}, values, why);
    *v = status == STATUS_OK ? values[mask - first] : 0;
    free(values);
    return status;
}

/* Checks the raw outputs on the full mask. */
static status_t look_at_outputs(inputs_t *inputs, const sample_t *sample, plan_findings_t *out, failure_t *why) {
    size_t count = (size_t)model_info(inputs->model)->outputs;
    const scorer_t scorer = scorer_of(&inputs->options, count);
    bool choice = count > 1 || inputs->options.score != SCORE_RAW;
    double *outputs = memory_need(count, sizeof *outputs, "the outputs of the model");
    status_t status = model_raw_full(inputs->model, sample, outputs, count, &count, why);
    if (status == STATUS_OK) {
        out->sums_to_one += score_is_distribution(outputs, count);
        if (choice && sample->label >= 0) {
            out->labelled++;
            out->mispredicted += score_predicted(&scorer, outputs) != sample->label;
        }
    }
    free(outputs);
    return status;
}

static status_t look_at_sample(inputs_t *inputs, int64_t k, plan_findings_t *out, failure_t *why) {
    sample_t sample;
    double full = 0, empty = 0;
    TRY(inputs_prepare(inputs, k, &sample, why));
    TRY(value_at(inputs->model, &sample, 0, &empty, why));
    TRY(value_at(inputs->model, &sample, mask_count(sample.n) - 1, &full, why));
    if (inputs->options.backend == BACKEND_ONNX)
        TRY(look_at_outputs(inputs, &sample, out, why));
    out->below_empty += full < empty;
    out->looked++;
    return STATUS_OK;
}

static status_t note_failure(plan_findings_t *out, index_t index, failure_t *why) {
    if (why->status == STATUS_INTERNAL)
        return why->status;
    failed_within(why, "sample %lld", (long long)index);
    if (out->failures++ == 0)
        out->failure = *why;
    return STATUS_OK;
}

/* ---- another batch ---- */

/* Evaluates the last masks in batches of the sweep's size and of another. Ranges are whole granules of either. */
static status_t compare_values(inputs_t *inputs, model_t *other, const sample_t *sample, plan_findings_t *out,
                               failure_t *why) {
    mask_t all = mask_count(sample->n), own = mask_count(model_granule_bits(inputs->model, sample->n));
    mask_t others = mask_count(model_granule_bits(other, sample->n)), top = own > others ? own : others;
    mask_t few = top < COMPARED_MAX ? top : COMPARED_MAX, compared = others > few ? others : few;
    double *values = memory_need(top + compared, sizeof *values, "the values of two batches");
    status_t status = model_evaluate(inputs->model, sample, (range_t){all - top, top}, values, why);
    if (status == STATUS_OK)
        status = model_evaluate(other, sample, (range_t){all - compared, compared}, values + top, why);
    for (mask_t i = 0; status == STATUS_OK && i < compared; i++) {
        double v = values[top - compared + i];
        out->change = fmax(out->change, fabs(v - values[top + i]));
        out->strength = fmax(out->strength, fabs(v));
    }
    free(values);
    return status;
}

/* The other batch has one row, which depends on no other row; two rows when the sweep's batch is one. */
static status_t compare_batches(inputs_t *inputs, plan_findings_t *out, failure_t *why) {
    model_options_t options = inputs->options;
    model_t *other;
    sample_t sample;
    options.batch = options.batch > 1 ? 1 : 2;
    TRY(model_open(&options, NULL, &other, why));
    status_t status = inputs_prepare(inputs, 0, &sample, why);
    if (status == STATUS_OK)
        status = compare_values(inputs, other, &sample, out, why);
    if (status == STATUS_OK)
        out->batch = options.batch;
    model_close(&other);
    return status;
}

status_t plan_check(inputs_t *inputs, double budget, plan_findings_t *out, failure_t *why) {
    int64_t count = samples_count(inputs->samples), most = count < PLAN_SAMPLES_MAX ? count : PLAN_SAMPLES_MAX;
    double began = clock_seconds();
    *out = (plan_findings_t){0};
    for (int64_t i = 0; i < most && (i == 0 || clock_seconds() - began < budget); i++) {
        int64_t k = i * count / most;
        if (look_at_sample(inputs, k, out, why) != STATUS_OK)
            TRY(note_failure(out, samples_index(inputs->samples, k), why));
    }
    /* A sample that fails here was reported above. */
    if (inputs->options.backend == BACKEND_ONNX && compare_batches(inputs, out, why) == STATUS_INTERNAL)
        return STATUS_INTERNAL;
    return STATUS_OK;
}

/* ---- reporting ---- */

void plan_warnings(const inputs_t *inputs, const plan_findings_t *f, problems_t *warnings) {
    bool logits = inputs->options.score == SCORE_LOG_ODDS || inputs->options.score == SCORE_PROBABILITY;
    long long looked = (long long)f->looked;
    if (f->failures > 0)
        problems_add(warnings, "%lld of %lld samples fail; the first: %s", (long long)f->failures,
                     looked + (long long)f->failures, f->failure.text);
    if (logits && f->looked > 0 && f->sums_to_one == f->looked)
        problems_add(
            warnings,
            "the outputs on the full mask sum to 1 in all of %lld samples: the model seems to end in a softmax, "
            "but this score is computed from logits; export the model without its last layer",
            looked);
    if (f->below_empty > 0)
        problems_add(warnings,
                     "v(N) < v(empty) in %lld of %lld samples: their players together lower the score; check the "
                     "target and the baseline",
                     (long long)f->below_empty, looked);
    if (f->mispredicted > 0)
        problems_add(warnings,
                     "the model predicts another class than the label in %lld of %lld samples (%.0f %%); model.target "
                     "says which of them is explained",
                     (long long)f->mispredicted, (long long)f->labelled,
                     100.0 * (double)f->mispredicted / (double)f->labelled);
    if (f->batch > 0 && f->change > 0)
        problems_add(
            warnings,
            "rows depend on their batch: v changes by up to %.2g (of %.2g) in batches of %d instead of %d; a sweep's "
            "batches always hold the same masks, so its results are reproducible, but another sweep.batch gives "
            "other results",
            f->change, f->strength, f->batch, inputs->options.batch);
}

/* ---- for a run ---- */

status_t plan_suspects_softmax(inputs_t *inputs, bool *suspected, failure_t *why) {
    enum { SAMPLES_MAX = 3 };
    int64_t count = samples_count(inputs->samples), most = count < SAMPLES_MAX ? count : SAMPLES_MAX, looked = 0;
    score_t score = inputs->options.score;
    plan_findings_t found = {0};
    status_t status = STATUS_OK;
    *suspected = false;
    if (inputs->options.backend != BACKEND_ONNX || model_info(inputs->model)->outputs < 2 ||
        (score != SCORE_LOG_ODDS && score != SCORE_PROBABILITY))
        return STATUS_OK;
    for (int64_t i = 0; i < most && status != STATUS_INTERNAL; i++) {
        sample_t sample;
        status = samples_load(inputs->samples, i * count / most, &sample, why);
        if (status == STATUS_OK)
            status = look_at_outputs(inputs, &sample, &found, why);
        looked += status == STATUS_OK;
    }
    *suspected = looked > 0 && found.sums_to_one == looked;
    return status == STATUS_INTERNAL ? status : STATUS_OK;
}
