#include "model/backend.h"

#include "base/clock.h"
#include "base/nan.h"
#include "model/game.h"
#include "model/onnx_files.h"
#include "model/process.h"
#include "model/score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef HARSANYI_HAVE_ONNXRUNTIME
status_t onnx_open(model_t *model, failure_t *why) {
    return failed(why, STATUS_INPUT,
                  "%s: this build has no ONNX Runtime backend: install libonnxruntime-dev, or set "
                  "-DHARSANYI_ONNXRUNTIME_ROOT to a folder with include/onnxruntime_c_api.h, and configure again",
                  model->options.file);
}
#endif

/* ---- v(S) from a table computed elsewhere ---- */

static status_t values_evaluate(model_t *model, const sample_t *sample, int baseline, range_t range, double *values,
                                failure_t *why) {
    (void)baseline; /* a table has no input */
    const value_table_t *table = &model->table;
    double start = clock_seconds();
    status_t status = table->read(table->self, sample->row, range.first, range.count, values, why);
    model->times.engine += clock_seconds() - start;
    return status;
}

static status_t values_open(model_t *model, const value_table_t *table, failure_t *why) {
    static const backend_ops_t ops = {.evaluate = values_evaluate};
    if (!table || !table->read)
        return failed(why, STATUS_INTERNAL, "the values backend was opened without a table");
    model->table = *table;
    model->ops = &ops;
    model->info.input_rank = -1;
    model->info.outputs = 1;
    snprintf(model->info.engine, MODEL_TEXT, "values");
    snprintf(model->info.engine_version, MODEL_TEXT, "1");
    return STATUS_OK;
}

/* ---- all backends ---- */

status_t model_open(const model_options_t *options, const value_table_t *table, model_t **out, failure_t *why) {
    *out = NULL;
    model_t *model = calloc(1, sizeof *model);
    if (!model)
        return failed(why, STATUS_INTERNAL, "model: out of memory");
    model->options = *options;
    status_t status;
    switch (options->backend) {
    case BACKEND_ONNX:
        status = onnx_open(model, why);
        break;
    case BACKEND_VALUES:
        status = values_open(model, table, why);
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

void model_close(model_t **model) {
    if (*model && (*model)->ops->close)
        (*model)->ops->close(*model);
    free(*model);
    *model = NULL;
}

void model_settle(model_t *model, const model_options_t *options) {
    model->options.score = options->score;
    model->options.score_eps = options->score_eps;
    model->options.output_kind = options->output_kind;
    model->options.target = options->target;
    model->options.target_given = options->target_given;
    model->options.target_pair = options->target_pair;
    model->options.target_other = options->target_other;
}

const model_info_t *model_info(const model_t *model) {
    return &model->info;
}

int model_granule_bits(const model_t *model, int n) {
    return model->ops->granule_bits ? model->ops->granule_bits(model, n) : 0;
}

model_times_t model_times(const model_t *model) {
    return model->times;
}

/* "[3, any]", of one sample. */
static void shape_text(int rank, const int64_t *shape, char text[MODEL_TEXT]) {
    size_t used = (size_t)snprintf(text, MODEL_TEXT, "[");
    for (int i = 0; i < rank && i < MODEL_RANK_MAX; i++) {
        char axis[32] = "any";
        if (shape[i] >= 0)
            snprintf(axis, sizeof axis, "%lld", (long long)shape[i]);
        used += (size_t)snprintf(text + used, MODEL_TEXT - used, "%s%s", i ? ", " : "", axis);
    }
    snprintf(text + used, MODEL_TEXT - used, "]");
}

status_t model_check_shape(const model_t *model, int rank, const int64_t *shape, const char *where, failure_t *why) {
    const model_info_t *info = &model->info;
    if (info->input_rank < 0)
        return STATUS_OK;
    bool fits = rank == info->input_rank;
    for (int i = 0; fits && i < rank; i++)
        fits = info->input_shape[i] < 0 || info->input_shape[i] == shape[i];
    if (fits)
        return STATUS_OK;
    char given[MODEL_TEXT], wanted[MODEL_TEXT];
    shape_text(rank, shape, given);
    shape_text(info->input_rank, info->input_shape, wanted);
    return failed(why, STATUS_INPUT, "%s: one sample has shape %s, the model %s takes %s", where, given,
                  model->options.file, wanted);
}

status_t model_raw(model_t *model, const sample_t *sample, range_t range, const double **outputs, failure_t *why) {
    if (!model->ops->raw)
        return failed(why, STATUS_INTERNAL, "model: %s has no outputs but v", model->info.engine);
    return model->ops->raw(model, sample, range, outputs, why);
}

/* Where NaN may come from; "" where none is in the sample. */
static const char *missing_text(const sample_t *sample) {
    const bool x = nan_among(sample->x, sample->elements),
               baseline = nan_among(sample->baseline, (size_t)sample->baselines * sample->elements);
    return x && baseline ? "; x and the baseline hold NaN, which not every model takes as missing"
           : x           ? "; x holds NaN, which not every model takes as missing"
           : baseline    ? "; the baseline holds NaN, which not every model takes as missing"
                         : "";
}

/* The outputs on the full mask, all of them numbers. */
static status_t full_outputs(model_t *model, const sample_t *sample, const double **outputs, failure_t *why) {
    TRY(model_raw(model, sample, (range_t){mask_count(sample->n) - 1, 1}, outputs, why));
    for (int64_t j = 0; j < model->info.outputs; j++)
        if (isnan((*outputs)[j]))
            return failed(why, STATUS_CERTAIN, "mask 0x%llx: output %lld is NaN%s",
                          (unsigned long long)(mask_count(sample->n) - 1), (long long)j, missing_text(sample));
    return STATUS_OK;
}

static status_t choose_target(const model_t *model, const double *outputs, sample_t *sample, failure_t *why) {
    const model_options_t *options = &model->options;
    const scorer_t scorer = scorer_of(options, (size_t)model->info.outputs);
    /* A label of a regression is no index of an output. */
    const bool no_choice = options->target == TARGET_LABEL && !score_has_target(options->score, scorer.outputs);
    if (options->score == SCORE_COSINE || no_choice)
        sample->target = 0;
    else if (options->target == TARGET_PREDICTED)
        sample->target = score_predicted(&scorer, outputs);
    else if (options->target == TARGET_GIVEN)
        sample->target = options->target_given;
    else if (sample->label < 0)
        return failed(why, STATUS_INPUT, "sample %lld has no label: set model.target to predicted or to a number",
                      (long long)sample->index);
    else
        sample->target = sample->label;
    return score_check_target(&scorer, sample->target, why);
}

status_t model_set_target(model_t *model, sample_t *sample, uint64_t *evaluated, failure_t *why) {
    if (!model->ops->raw) {
        sample->target = sample->target > 0 ? sample->target : 0; /* v itself: a game, or a table, which may say it */
        return STATUS_OK;
    }
    const double *outputs = NULL;
    if (model->options.target == TARGET_PREDICTED || model->info.outputs < 0) {
        TRY(full_outputs(model, sample, &outputs, why));
        *evaluated += mask_count(model_granule_bits(model, sample->n));
    }
    return choose_target(model, outputs, sample, why);
}

/* Whether the range is one that the backend can be asked for. */
static status_t check_range(const model_t *model, const sample_t *sample, range_t range, failure_t *why) {
    mask_t granule = mask_count(model_granule_bits(model, sample->n)), masks = mask_count(sample->n);
    bool whole = range.first % granule == 0 && range.count % granule == 0;
    if (whole && range.count > 0 && range.first < masks && range.count <= masks - range.first)
        return STATUS_OK;
    return failed(why, STATUS_INTERNAL, "model: asked for %llu masks from 0x%llx on; granules are %llu masks of %llu",
                  (unsigned long long)range.count, (unsigned long long)range.first, (unsigned long long)granule,
                  (unsigned long long)masks);
}

/* Why v of a mask is no number: where the outputs are probabilities, infinite log-odds are those of certainty. */
static status_t bad_value(const model_t *model, const sample_t *sample, mask_t mask, double v, failure_t *why) {
    const bool certain = model->ops->raw && model->options.output_kind == OUTPUTS_PROBABILITIES &&
                         !score_is_of_outputs(model->options.score) && isinf(v);
    if (certain && model->options.score == SCORE_LOG_PROB)
        return failed(why, STATUS_CERTAIN,
                      "mask 0x%llx: the model's p is 0, whose log is infinite; model.score: probability has none",
                      (unsigned long long)mask);
    if (certain)
        return failed(why, STATUS_CERTAIN,
                      "mask 0x%llx: the model's p is %d, whose log-odds are infinite; model.score_eps: 0.001 bounds "
                      "them, model.score: probability has none",
                      (unsigned long long)mask, v > 0);
    return failed(why, STATUS_CERTAIN, "mask 0x%llx: output is %s%s", (unsigned long long)mask,
                  isnan(v)  ? "NaN"
                  : v > 0.0 ? "+inf"
                            : "-inf",
                  isnan(v) ? missing_text(sample) : "");
}

static status_t check_finite(const model_t *model, const sample_t *sample, range_t range, const double *values,
                             failure_t *why) {
    for (mask_t k = 0; k < range.count; k++) {
        if (isfinite(values[k]))
            continue;
        mask_t mask = range.first + k;
        status_t status = bad_value(model, sample, mask, values[k], why);
        if (why)
            why->mask = mask;
        return status;
    }
    return STATUS_OK;
}

/* The mean over baselines: v_k summed in the order of k, then divided by K. */
static status_t mean_over_baselines(model_t *model, const sample_t *sample, range_t range, double *values,
                                    failure_t *why) {
    double *one = malloc(range.count * sizeof *one);
    if (!one)
        return failed(why, STATUS_INTERNAL, "model: out of memory for %llu values", (unsigned long long)range.count);
    status_t status = model->ops->evaluate(model, sample, 0, range, values, why);
    for (int b = 1; status == STATUS_OK && b < sample->baselines; b++) {
        status = model->ops->evaluate(model, sample, b, range, one, why);
        for (mask_t k = 0; status == STATUS_OK && k < range.count; k++)
            values[k] += one[k];
    }
    for (mask_t k = 0; status == STATUS_OK && k < range.count; k++)
        values[k] /= (double)sample->baselines;
    free(one);
    return status;
}

status_t model_evaluate(model_t *model, const sample_t *sample, range_t range, double *values, failure_t *why) {
    TRY(check_range(model, sample, range, why));
    if (sample->baselines > 1 && model->ops->raw) /* games and tables have no input to mask */
        TRY(mean_over_baselines(model, sample, range, values, why));
    else
        TRY(model->ops->evaluate(model, sample, 0, range, values, why));
    return check_finite(model, sample, range, values, why);
}

mask_t model_probe_masks(const model_t *model, int n, range_t range) {
    mask_t granule = mask_count(model_granule_bits(model, n));
    return model->info.free_batch || range.count > granule ? range.count : granule;
}

status_t model_probe(model_t *model, const sample_t *sample, range_t range, double *values, model_rounding_t *rounding,
                     failure_t *why) {
    const double baselines = (double)sample->baselines, terms = baselines * baselines * (double)range.count;
    double *one = malloc(range.count * sizeof *one);
    status_t status = one ? STATUS_OK : failed(why, STATUS_INTERNAL, "model: out of memory for a look at v");
    *rounding = (model_rounding_t){0};
    for (mask_t k = 0; k < range.count; k++)
        values[k] = 0;
    for (int b = 0; status == STATUS_OK && b < sample->baselines; b++) {
        status = model->ops->probe(model, sample, b, range, one, rounding, why);
        for (mask_t k = 0; status == STATUS_OK && k < range.count; k++)
            values[k] += one[k] / baselines;
    }
    rounding->own /= terms;
    rounding->coarse /= terms;
    free(one);
    return status == STATUS_OK ? check_finite(model, sample, range, values, why) : status;
}

status_t model_digest(const model_options_t *options, digest_t *digest, failure_t *why) {
    if (options->backend == BACKEND_VALUES)
        return digest_add_file(digest, options->file, why);
    if (options->backend == BACKEND_PROCESS)
        return process_digest(options, digest, why);
    if (options->backend == BACKEND_ONNX)
        return onnx_files_digest(options->file, digest, why);
    return STATUS_OK; /* a game has no file: its settings are all of it */
}

/* Appends the name of a feature when the processor has it. The compiler wants a literal. */
#define ADD_FEATURE(text, name)                                                                                        \
    do {                                                                                                               \
        if (__builtin_cpu_supports(name)) {                                                                            \
            size_t used_ = strlen(text);                                                                               \
            snprintf((text) + used_, MODEL_TEXT - used_, " %s", name);                                                 \
        }                                                                                                              \
    } while (0)

void model_instruction_set(char text[MODEL_TEXT]) {
#if defined(__x86_64__)
    snprintf(text, MODEL_TEXT, "x86-64");
    __builtin_cpu_init();
    ADD_FEATURE(text, "avx2");
    ADD_FEATURE(text, "fma");
    ADD_FEATURE(text, "avx512f");
    ADD_FEATURE(text, "avx512vnni");
#elif defined(__aarch64__)
    snprintf(text, MODEL_TEXT, "aarch64");
#else
    snprintf(text, MODEL_TEXT, "other");
#endif
}
