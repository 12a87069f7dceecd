#include "model/backend.h"

#include "base/nan.h"
#include "lattice/row.h"
#include "model/score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void model_close(model_t **model) {
    if (*model && (*model)->ops->close)
        (*model)->ops->close(*model);
    if (*model)
        free((*model)->targets);
    free(*model);
    *model = NULL;
}

void model_settle(model_t *model, const model_options_t *options) {
    model->options.score = options->score;
    model->options.score_eps = options->score_eps;
    model->options.output_kind = options->output_kind;
    model->options.target = options->target;
    model->options.given = options->given;
    model->options.target_pairs = options->target_pairs;
    model->options.targets = options->targets;
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

/* Of each output. */
static int targets_of(const model_t *model) {
    const bool is_table = model->options.backend == BACKEND_VALUES;
    const int targets = is_table ? model->table.targets : model->options.targets;
    return targets > 1 ? targets : 1;
}

int model_rows(const model_t *model) {
    return model->info.outputs * targets_of(model);
}

int model_output_of(const model_t *model, int row) {
    return row / targets_of(model);
}

status_t model_count_targets(const model_t *model, int *targets, failure_t *why) {
    for (int output = 0; output < model->info.outputs; output++) {
        const scorer_t scorer = scorer_of(&model->options, (size_t)model->info.width[output], 0);
        const int64_t count = score_targets(&scorer);
        if (count > TARGETS_MAX)
            return failed(why, STATUS_INPUT,
                          "model.target: all would be %lld targets; at most %d are explained at once", (long long)count,
                          TARGETS_MAX);
        if (output > 0 && count != *targets)
            return failed(
                why, STATUS_INPUT,
                "model.target: all needs outputs with the same number of targets: %s has %d, %s has %lld; list "
                "the targets",
                model->info.output[0], *targets, model->info.output[output], (long long)count);
        *targets = (int)count;
    }
    return STATUS_OK;
}

status_t model_raw(model_t *model, const sample_t *sample, range_t range, const double **numbers, failure_t *why) {
    if (!model->ops->raw)
        return failed(why, STATUS_INTERNAL, "model: %s has no outputs but v", model->info.engine);
    return model->ops->raw(model, sample, range, numbers, why);
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

/* Of v. */
static const char *nan_text(const model_t *model, const sample_t *sample) {
    const char *missing = missing_text(sample);
    const bool has_cosine = model->options.score == SCORE_COSINE && !*missing;
    return has_cosine ? "; score: cosine has none where all outputs are 0, here or on the full or empty mask" : missing;
}

/* The outputs on the full mask, all of them numbers. */
static status_t full_outputs(model_t *model, const sample_t *sample, const double **numbers, failure_t *why) {
    TRY(model_raw(model, sample, (range_t){mask_count(sample->n) - 1, 1}, numbers, why));
    for (int output = 0; output < model->info.outputs; output++)
        for (int64_t j = 0; j < model->info.width[output]; j++)
            if (isnan(numbers[output][j]))
                return failed(why, STATUS_CERTAIN, "mask 0x%llx: output %lld is NaN%s",
                              (unsigned long long)(mask_count(sample->n) - 1), (long long)j, missing_text(sample));
    return STATUS_OK;
}

/* The targets of one output; numbers: what it gives for the full mask, where that matters. */
static status_t choose_targets(const model_t *model, const sample_t *sample, int output, const double *numbers,
                               int64_t *targets, failure_t *why) {
    const model_options_t *options = &model->options;
    const scorer_t scorer = scorer_of(options, (size_t)model->info.width[output], 0);
    const int count = targets_of(model);
    const int64_t most = score_targets(&scorer);
    /* A label of a regression is no index of an output. */
    const bool no_choice = options->target == TARGET_LABEL && !score_has_target(options->score, scorer.outputs);
    if (options->target == TARGET_TOP && count > most)
        return failed(why, STATUS_INPUT, "model.target: top:%d, but there are %lld targets", count, (long long)most);
    if (options->score == SCORE_COSINE || no_choice)
        targets[0] = 0;
    else if (options->target == TARGET_PREDICTED || options->target == TARGET_TOP)
        score_strongest(&scorer, numbers, count, targets);
    else if (options->target == TARGET_LABEL && sample->label < 0)
        return failed(why, STATUS_INPUT, "sample %lld has no label: set model.target to predicted or to a number",
                      (long long)sample->index);
    else
        for (int t = 0; t < count; t++)
            targets[t] = options->target == TARGET_LABEL   ? sample->label
                         : options->target == TARGET_GIVEN ? options->given[t].output
                                                           : t;
    for (int t = 0; t < count; t++) {
        const scorer_t with = scorer_of(options, scorer.outputs, t);
        TRY(score_check_target(&with, targets[t], why));
    }
    return STATUS_OK;
}

static status_t find_targets(model_t *model, const sample_t *sample, uint64_t *evaluated, failure_t *why) {
    const double *numbers[OUTPUTS_MAX] = {0};
    const int targets = targets_of(model);
    bool look = model->options.target == TARGET_PREDICTED || model->options.target == TARGET_TOP;
    for (int output = 0; output < model->info.outputs; output++)
        look = look || model->info.width[output] < 0;
    if (look) {
        TRY(full_outputs(model, sample, numbers, why));
        *evaluated += mask_count(model_granule_bits(model, sample->n));
    }
    for (int output = 0; output < model->info.outputs; output++)
        TRY(choose_targets(model, sample, output, numbers[output], model->targets + (size_t)output * (size_t)targets,
                           why));
    return STATUS_OK;
}

status_t model_set_target(model_t *model, sample_t *sample, uint64_t *evaluated, failure_t *why) {
    const size_t rows = (size_t)model_rows(model);
    int64_t *targets = model->target_room < rows ? realloc(model->targets, rows * sizeof *targets) : model->targets;
    if (!targets)
        return failed(why, STATUS_INTERNAL, "model: out of memory for targets");
    model->target_room = model->target_room < rows ? rows : model->target_room;
    model->targets = targets;
    const bool is_v = !model->ops->find_targets && !model->ops->raw; /* a game, or a table, which may say it */
    if (model->ops->find_targets)
        TRY(model->ops->find_targets(model, sample, targets, evaluated, why));
    else if (model->ops->raw)
        TRY(find_targets(model, sample, evaluated, why));
    for (size_t row = 0; is_v && row < rows; row++) {
        const int64_t said = sample->targets ? sample->targets[row] : sample->target;
        targets[row] = said > 0 ? said : 0;
    }
    sample->target = targets[0];
    sample->targets = rows > 1 ? targets : NULL;
    return STATUS_OK;
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

/* Why v of a mask is not finite: where the outputs are probabilities, infinite log-odds are those of certainty. */
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
    if (isnan(v) && model->ops->raw && model->options.output_kind == OUTPUTS_PROBABILITIES && !*missing_text(sample))
        return failed(why, STATUS_CERTAIN,
                      "mask 0x%llx: output is NaN, or not in [0, 1] and so no probability; model.score: raw takes any "
                      "number",
                      (unsigned long long)mask);
    return failed(why, STATUS_CERTAIN, "mask 0x%llx: output is %s%s", (unsigned long long)mask,
                  isnan(v)  ? "NaN"
                  : v > 0.0 ? "+inf"
                            : "-inf",
                  isnan(v) ? nan_text(model, sample) : "");
}

/* Of rows that have v: whether it is finite everywhere. */
static void check_finite(const model_t *model, const sample_t *sample, range_t range, rows_t rows) {
    for (int row = 0; row < rows.count; row++) {
        if (rows.of[row].status == STATUS_OK && row_leaf_is_finite(rows.values[row], range.count))
            continue;
        for (mask_t k = 0; k < range.count && rows.of[row].status == STATUS_OK; k++) {
            const mask_t mask = range.first + k;
            if (isfinite(rows.values[row][k]))
                continue;
            bad_value(model, sample, mask, rows.values[row][k], &rows.of[row]);
            rows.of[row].mask = mask;
        }
    }
}

static status_t evaluate_once(model_t *model, const sample_t *sample, int baseline, range_t range, bool probes,
                              rows_t rows, failure_t *why) {
    return (probes ? model->ops->probe : model->ops->evaluate)(model, sample, baseline, range, rows, why);
}

/* The mean over baselines: v_k summed in the order of k, then divided by K; of a look each term is. */
static status_t mean_over_baselines(model_t *model, const sample_t *sample, range_t range, bool probes, rows_t rows,
                                    failure_t *why) {
    const double share = probes ? (double)sample->baselines : 1, whole = probes ? 1 : (double)sample->baselines;
    const size_t count = (size_t)rows.count;
    double *numbers = malloc(count * range.count * sizeof *numbers), **one = malloc(count * sizeof *one);
    status_t status = numbers && one ? STATUS_OK
                                     : failed(why, STATUS_INTERNAL, "model: out of memory for %llu values",
                                              (unsigned long long)range.count);
    for (size_t row = 0; one && row < count; row++)
        one[row] = numbers + row * range.count;
    const rows_t here = {rows.count, one, rows.of, rows.rounding};
    for (int b = 0; status == STATUS_OK && b < sample->baselines; b++) {
        status = evaluate_once(model, sample, b, range, probes, here, why);
        for (size_t row = 0; status == STATUS_OK && row < count; row++)
            for (mask_t k = 0; k < range.count; k++)
                rows.values[row][k] = b == 0 ? one[row][k] / share : rows.values[row][k] + one[row][k] / share;
    }
    for (size_t row = 0; status == STATUS_OK && row < count; row++)
        for (mask_t k = 0; k < range.count; k++)
            rows.values[row][k] /= whole;
    free(numbers);
    free(one);
    return status;
}

/* What fails one row is in rows.of. */
static status_t evaluate_rows(model_t *model, const sample_t *sample, range_t range, bool probes, rows_t rows,
                              failure_t *why) {
    for (int row = 0; row < rows.count; row++)
        rows.of[row].status = STATUS_OK;
    if (sample->baselines > 1 && model->ops->raw) /* games and tables have no input to mask */
        TRY(mean_over_baselines(model, sample, range, probes, rows, why));
    else
        TRY(evaluate_once(model, sample, 0, range, probes, rows, why));
    check_finite(model, sample, range, rows);
    return STATUS_OK;
}

status_t model_evaluate_rows(model_t *model, const sample_t *sample, range_t range, int rows, double *const *values,
                             failure_t *of, failure_t *why) {
    TRY(check_range(model, sample, range, why));
    return evaluate_rows(model, sample, range, false, (rows_t){rows, values, of, NULL}, why);
}

status_t model_evaluate(model_t *model, const sample_t *sample, range_t range, double *values, failure_t *why) {
    failure_t of;
    TRY(model_evaluate_rows(model, sample, range, 1, &values, &of, why));
    if (of.status != STATUS_OK && why)
        *why = of;
    return of.status;
}

bool model_measures_noise(const model_t *model) {
    return model->info.input_bits > 0 || model->info.layouts;
}

mask_t model_probe_masks(const model_t *model, int n, range_t range) {
    mask_t granule = mask_count(model_granule_bits(model, n));
    return model->info.free_batch || range.count > granule ? range.count : granule;
}

status_t model_probe(model_t *model, const sample_t *sample, range_t range, int rows, double *const *values,
                     model_rounding_t *rounding, failure_t *of, failure_t *why) {
    const double baselines = (double)sample->baselines, terms = baselines * baselines * (double)range.count;
    for (int row = 0; row < rows; row++)
        rounding[row] = (model_rounding_t){0};
    TRY(evaluate_rows(model, sample, range, true, (rows_t){rows, values, of, rounding}, why));
    for (int row = 0; row < rows; row++) {
        rounding[row].own /= terms;
        rounding[row].coarse /= terms;
    }
    return STATUS_OK;
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
