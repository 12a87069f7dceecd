#include "model/network.h"

#include "base/clock.h"
#include "model/backend.h"
#include "model/score.h"

#include <stdlib.h>

void network_set_batch(network_t *network, int64_t rows) {
    network->batch_bits = 0;
    while (network->batch_bits < PLAYERS_MAX && ((int64_t)2 << network->batch_bits) <= rows)
        network->batch_bits++;
}

static int granule_bits(const model_t *model, int n) {
    return model->network.batch_bits < n ? model->network.batch_bits : n;
}

static size_t granule(const model_t *model, int n) {
    return (size_t)1 << granule_bits(model, n);
}

/* What is made of the outputs of a range: v, or themselves. */
typedef struct {
    double *values;             /* [range.count]; NULL: the outputs go to network.raw */
    model_rounding_t *rounding; /* what is found is added; NULL: not asked for */
} scores_t;

static bool is_wide(network_outputs_t from) {
    return from.bits == 64;
}

static double output(network_outputs_t from, size_t i) {
    return is_wide(from) ? ((const double *)from.numbers)[i] : (double)((const float *)from.numbers)[i];
}

static status_t keep_raw(model_t *model, network_outputs_t from, mask_t done, size_t rows, range_t range,
                         failure_t *why) {
    const size_t columns = (size_t)model->info.outputs, at = (size_t)done * columns;
    size_t bytes;
    double *kept = NULL;
    if (!__builtin_mul_overflow((size_t)range.count, columns * sizeof *kept, &bytes))
        kept = realloc(model->network.raw, bytes);
    if (!kept)
        return failed(why, STATUS_INTERNAL, "%s: out of memory for its outputs", model->options.file);
    model->network.raw = kept;
    for (size_t i = 0; i < rows * columns; i++)
        kept[at + i] = output(from, i);
    return STATUS_OK;
}

static status_t score(model_t *model, const sample_t *sample, network_outputs_t from, size_t rows, scores_t into,
                      failure_t *why) {
    scorer_t scorer = scorer_of(&model->options, (size_t)model->info.outputs);
    const int coarse = from.bits < model->info.input_bits ? from.bits : model->info.input_bits;
    double start = clock_seconds();
    TRY(score_check_target(&scorer, sample->target, why));
    scorer.target = (size_t)sample->target;
    if (scorer.score == SCORE_COSINE)
        score_refer(&scorer, model->network.reference, model->network.reference + scorer.outputs);
    score_rows(&scorer, from.numbers, is_wide(from), rows, into.values);
    if (into.rounding) {
        into.rounding->own += score_rounding(&scorer, from.numbers, is_wide(from), rows, from.bits);
        into.rounding->coarse += score_rounding(&scorer, from.numbers, is_wide(from), rows, coarse);
    }
    model->times.score += clock_seconds() - start;
    return STATUS_OK;
}

/* The outputs of the full and of the empty mask, each from its regular chunk: what cosines are taken with. */
static status_t find_reference(model_t *model, const sample_t *sample, int baseline, failure_t *why) {
    network_t *network = &model->network;
    const size_t chunk = granule(model, sample->n);
    const mask_t masks[2] = {mask_count(sample->n) - 1, 0};
    TRY(network->ops->begin(model, sample, baseline, chunk, why));
    if (network->reference && network->refers_to == network->sample)
        return STATUS_OK;
    for (size_t i = 0; i < 2; i++) {
        const mask_t first = masks[i] - masks[i] % chunk;
        network_outputs_t from;
        TRY(network->ops->put(model, first, why));
        TRY(network->ops->take(model, first, &from, why));
        const size_t columns = (size_t)model->info.outputs, row = (size_t)(masks[i] - first);
        double *room = i ? network->reference : realloc(network->reference, 2 * columns * sizeof *room);
        if (!room)
            return failed(why, STATUS_INTERNAL, "%s: out of memory for its outputs", model->options.file);
        network->reference = room;
        for (size_t j = 0; j < columns; j++)
            room[i * columns + j] = output(from, row * columns + j);
    }
    network->refers_to = network->sample;
    return STATUS_OK;
}

/* The range in chunks, which may reach beyond both its ends. */
static status_t run_range(model_t *model, const sample_t *sample, int baseline, size_t chunk, range_t range,
                          scores_t into, failure_t *why) {
    const network_ops_t *ops = model->network.ops;
    const mask_t end = range.first + range.count;
    mask_t handed_in = range.first - range.first % chunk, taken = handed_in;
    if (into.values && model->options.score == SCORE_COSINE)
        TRY(find_reference(model, sample, baseline, why));
    TRY(ops->begin(model, sample, baseline, chunk, why));
    for (; taken < end; taken += chunk) {
        network_outputs_t outputs;
        for (; handed_in < end && handed_in < taken + ops->at_once * chunk; handed_in += chunk)
            TRY(ops->put(model, handed_in, why));
        TRY(ops->take(model, taken, &outputs, why));
        const mask_t from = taken < range.first ? range.first : taken, to = end - taken < chunk ? end : taken + chunk;
        const size_t width = is_wide(outputs) ? sizeof(double) : sizeof(float);
        outputs.numbers = (const char *)outputs.numbers + (from - taken) * (size_t)model->info.outputs * width;
        scores_t here = {into.values ? into.values + (from - range.first) : NULL, into.rounding};
        TRY(here.values ? score(model, sample, outputs, to - from, here, why)
                        : keep_raw(model, outputs, from - range.first, to - from, range, why));
    }
    return STATUS_OK;
}

static status_t evaluate(model_t *model, const sample_t *sample, int baseline, range_t range, double *values,
                         failure_t *why) {
    return run_range(model, sample, baseline, granule(model, sample->n), range, (scores_t){values, NULL}, why);
}

static status_t probe(model_t *model, const sample_t *sample, int baseline, range_t range, double *values,
                      model_rounding_t *rounding, failure_t *why) {
    size_t chunk = granule(model, sample->n);
    if (model->info.free_batch || range.count < chunk)
        chunk = range.count; /* rows that a fixed batch has in addition hold mask 0 */
    return run_range(model, sample, baseline, chunk, range, (scores_t){values, rounding}, why);
}

static status_t raw(model_t *model, const sample_t *sample, range_t range, const double **outputs, failure_t *why) {
    TRY(run_range(model, sample, 0, granule(model, sample->n), range, (scores_t){0}, why));
    *outputs = model->network.raw;
    return STATUS_OK;
}

static void close_network(model_t *model) {
    model->network.ops->close(model);
    free(model->network.raw);
    free(model->network.reference);
}

void network_set_ops(model_t *model, const network_ops_t *ops) {
    static const backend_ops_t all = {
        .granule_bits = granule_bits, .evaluate = evaluate, .raw = raw, .probe = probe, .close = close_network};
    model->ops = &all;
    model->network.ops = ops;
}
