#include "model/network.h"

#include "base/clock.h"
#include "model/backend.h"
#include "model/score.h"

#include <stdlib.h>

void network_free(network_t *network) {
    free(network->raw);
    network->raw = NULL;
}

void network_set_batch(network_t *network, int64_t rows) {
    network->batch_bits = 0;
    while (network->batch_bits < PLAYERS_MAX && ((int64_t)2 << network->batch_bits) <= rows)
        network->batch_bits++;
}

int network_granule_bits(const model_t *model, int n) {
    return model->network.batch_bits < n ? model->network.batch_bits : n;
}

/* What is made of the outputs of a range: v, or themselves. */
typedef struct {
    double *values;             /* [range.count]; NULL: the outputs go to network.raw */
    model_rounding_t *rounding; /* what is found is added; NULL: not asked for */
} scores_t;

static status_t keep_raw(model_t *model, network_outputs_t from, mask_t done, size_t rows, range_t range,
                         failure_t *why) {
    const size_t columns = (size_t)model->info.outputs, at = (size_t)done * columns;
    size_t bytes;
    double *raw = NULL;
    if (!__builtin_mul_overflow((size_t)range.count, columns * sizeof *raw, &bytes))
        raw = realloc(model->network.raw, bytes);
    if (!raw)
        return failed(why, STATUS_INTERNAL, "%s: out of memory for its outputs", model->options.file);
    model->network.raw = raw;
    for (size_t i = 0; i < rows * columns; i++)
        raw[at + i] = from.wide ? ((const double *)from.numbers)[i] : (double)((const float *)from.numbers)[i];
    return STATUS_OK;
}

static status_t score(model_t *model, const sample_t *sample, network_outputs_t from, size_t rows, scores_t into,
                      failure_t *why) {
    scorer_t scorer = scorer_of(&model->options, (size_t)model->info.outputs);
    double start = clock_seconds();
    TRY(score_check_target(&scorer, sample->target, why));
    scorer.target = (size_t)sample->target;
    score_rows(&scorer, from.numbers, from.wide, rows, into.values);
    if (into.rounding) {
        into.rounding->own += score_rounding(&scorer, from.numbers, from.wide, rows, from.wide ? 64 : 32);
        into.rounding->coarse +=
            score_rounding(&scorer, from.numbers, from.wide, rows, from.wide ? model->info.input_bits : 32);
    }
    model->times.score += clock_seconds() - start;
    return STATUS_OK;
}

/* The range in chunks, which may reach beyond both its ends. */
static status_t run_range(model_t *model, const sample_t *sample, int baseline, size_t chunk, range_t range,
                          scores_t into, failure_t *why) {
    const network_ops_t *ops = model->network.ops;
    const mask_t end = range.first + range.count;
    mask_t handed_in = range.first - range.first % chunk, taken = handed_in;
    TRY(ops->begin(model, sample, baseline, chunk, why));
    for (; taken < end; taken += chunk) {
        network_outputs_t outputs;
        for (; handed_in < end && handed_in < taken + ops->at_once * chunk; handed_in += chunk)
            TRY(ops->put(model, handed_in, why));
        TRY(ops->take(model, taken, &outputs, why));
        const mask_t from = taken < range.first ? range.first : taken, to = end - taken < chunk ? end : taken + chunk;
        const size_t width = outputs.wide ? sizeof(double) : sizeof(float);
        outputs.numbers = (const char *)outputs.numbers + (from - taken) * (size_t)model->info.outputs * width;
        scores_t here = {into.values ? into.values + (from - range.first) : NULL, into.rounding};
        TRY(here.values ? score(model, sample, outputs, to - from, here, why)
                        : keep_raw(model, outputs, from - range.first, to - from, range, why));
    }
    return STATUS_OK;
}

static size_t granule(const model_t *model, int n) {
    return (size_t)1 << network_granule_bits(model, n);
}

status_t network_evaluate(model_t *model, const sample_t *sample, int baseline, range_t range, double *values,
                          failure_t *why) {
    return run_range(model, sample, baseline, granule(model, sample->n), range, (scores_t){values, NULL}, why);
}

status_t network_probe(model_t *model, const sample_t *sample, int baseline, range_t range, double *values,
                       model_rounding_t *rounding, failure_t *why) {
    size_t chunk = granule(model, sample->n);
    if (model->info.free_batch || range.count < chunk)
        chunk = range.count; /* rows that a fixed batch has in addition hold mask 0 */
    return run_range(model, sample, baseline, chunk, range, (scores_t){values, rounding}, why);
}

status_t network_raw(model_t *model, const sample_t *sample, range_t range, const double **outputs, failure_t *why) {
    TRY(run_range(model, sample, 0, granule(model, sample->n), range, (scores_t){0}, why));
    *outputs = model->network.raw;
    return STATUS_OK;
}
