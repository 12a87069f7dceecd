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

static bool is_wide(network_outputs_t from) {
    return from.bits == 64;
}

static double number(network_outputs_t from, size_t i) {
    return is_wide(from) ? ((const double *)from.numbers)[i] : (double)((const float *)from.numbers)[i];
}

/* The same from mask `skip` of the chunk on. */
static network_outputs_t skipped(network_outputs_t from, mask_t skip, int64_t width) {
    const size_t bytes = is_wide(from) ? sizeof(double) : sizeof(float);
    return (network_outputs_t){(const char *)from.numbers + skip * (size_t)width * bytes, from.bits};
}

/* Numbers that all outputs before this one give for a mask. */
static size_t width_before(const model_t *model, int output) {
    size_t width = 0;
    for (int i = 0; i < output; i++)
        width += (size_t)model->info.width[i];
    return width;
}

/* Masks done ... done + count - 1 of a range, of all outputs. */
static status_t keep_raw(model_t *model, const network_outputs_t *from, mask_t done, size_t count, range_t range,
                         failure_t *why) {
    const size_t all = width_before(model, model->info.outputs);
    size_t bytes;
    double *kept = NULL;
    if (!__builtin_mul_overflow((size_t)range.count, all * sizeof *kept, &bytes))
        kept = realloc(model->network.raw, bytes);
    if (!kept)
        return failed(why, STATUS_INTERNAL, "%s: out of memory for its outputs", model->options.file);
    model->network.raw = kept;
    for (int output = 0; output < model->info.outputs; output++) {
        const size_t width = (size_t)model->info.width[output];
        double *to = kept + width_before(model, output) * range.count + done * width;
        for (size_t i = 0; i < count * width; i++)
            to[i] = number(from[output], i);
    }
    return STATUS_OK;
}

/* How a row is scored. */
static status_t scorer_for(const model_t *model, const sample_t *sample, int row, scorer_t *scorer, failure_t *why) {
    const int output = model_output_of(model, row), at = row % (model_rows(model) / model->info.outputs);
    const int64_t target = sample->targets ? sample->targets[row] : sample->target;
    *scorer = scorer_of(&model->options, (size_t)model->info.width[output], at);
    TRY(score_check_target(scorer, target, why));
    scorer->target = (size_t)target;
    if (scorer->score == SCORE_COSINE) {
        const double *full = model->network.reference + 2 * width_before(model, output);
        score_refer(scorer, full, full + scorer->outputs);
    }
    return STATUS_OK;
}

/* Rows first ... end - 1, of one output, if their scores have most in common. */
static bool score_together(const scorer_t *scorer, const sample_t *sample, network_outputs_t from, int first, int end,
                           mask_t at, size_t count, rows_t into) {
    const bool shared = end - first > 2 && score_is_shared(scorer);
    if (shared)
        score_rows_shared(scorer, sample->targets + first, end - first, from.numbers, is_wide(from), count,
                          into.values + first, at);
    return shared;
}

/* Masks at ... at + count - 1 of a range, of all rows. */
static status_t score(model_t *model, const sample_t *sample, const network_outputs_t *outputs, mask_t at, size_t count,
                      rows_t into, failure_t *why) {
    const int targets = model_rows(model) / model->info.outputs;
    double start = clock_seconds();
    bool done = false; /* with the first row of this output */
    for (int row = 0; row < into.count; row++) {
        const network_outputs_t from = outputs[model_output_of(model, row)];
        const int coarse = from.bits < model->info.input_bits ? from.bits : model->info.input_bits;
        scorer_t scorer;
        TRY(scorer_for(model, sample, row, &scorer, why));
        if (row % targets == 0)
            done = score_together(&scorer, sample, from, row, row + targets < into.count ? row + targets : into.count,
                                  at, count, into);
        if (!done)
            score_rows(&scorer, from.numbers, is_wide(from), count, into.values[row] + at);
        if (into.rounding) {
            const double own = score_rounding(&scorer, from.numbers, is_wide(from), count, from.bits);
            into.rounding[row].own += own;
            into.rounding[row].coarse +=
                coarse == from.bits ? own : score_rounding(&scorer, from.numbers, is_wide(from), count, coarse);
        }
    }
    model->times.score += clock_seconds() - start;
    return STATUS_OK;
}

/* Of one mask: the full one (0) or the empty one (1). */
static status_t keep_reference(model_t *model, const network_outputs_t *from, size_t row, size_t which,
                               failure_t *why) {
    network_t *network = &model->network;
    const size_t bytes = 2 * width_before(model, model->info.outputs) * sizeof(double);
    double *room = which ? network->reference : bytes > 0 ? realloc(network->reference, bytes) : NULL;
    if (!room)
        return failed(why, STATUS_INTERNAL, "%s: out of memory for its outputs", model->options.file);
    network->reference = room;
    for (int output = 0; output < model->info.outputs; output++) {
        const size_t width = (size_t)model->info.width[output];
        double *to = room + 2 * width_before(model, output) + which * width;
        for (size_t j = 0; j < width; j++)
            to[j] = number(from[output], row * width + j);
    }
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
        network_outputs_t from[OUTPUTS_MAX];
        TRY(network->ops->put(model, first, why));
        TRY(network->ops->take(model, first, from, why));
        TRY(keep_reference(model, from, (size_t)(masks[i] - first), i, why));
    }
    network->refers_to = network->sample;
    return STATUS_OK;
}

/* The range in chunks, which may reach beyond both its ends: v of rows, or without rows the outputs go to network.raw.
 */
static status_t run_range(model_t *model, const sample_t *sample, int baseline, size_t chunk, range_t range,
                          rows_t into, failure_t *why) {
    const network_ops_t *ops = model->network.ops;
    const mask_t end = range.first + range.count;
    mask_t handed_in = range.first - range.first % chunk, taken = handed_in;
    if (into.count > 0 && model->options.score == SCORE_COSINE)
        TRY(find_reference(model, sample, baseline, why));
    TRY(ops->begin(model, sample, baseline, chunk, why));
    for (; taken < end; taken += chunk) {
        network_outputs_t outputs[OUTPUTS_MAX];
        for (; handed_in < end && handed_in < taken + ops->at_once * chunk; handed_in += chunk)
            TRY(ops->put(model, handed_in, why));
        TRY(ops->take(model, taken, outputs, why));
        const mask_t from = taken < range.first ? range.first : taken, to = end - taken < chunk ? end : taken + chunk;
        for (int i = 0; i < model->info.outputs; i++)
            outputs[i] = skipped(outputs[i], from - taken, model->info.width[i]);
        TRY(into.count > 0 ? score(model, sample, outputs, from - range.first, to - from, into, why)
                           : keep_raw(model, outputs, from - range.first, to - from, range, why));
    }
    return STATUS_OK;
}

static status_t evaluate(model_t *model, const sample_t *sample, int baseline, range_t range, rows_t rows,
                         failure_t *why) {
    return run_range(model, sample, baseline, granule(model, sample->n), range, rows, why);
}

static status_t probe(model_t *model, const sample_t *sample, int baseline, range_t range, rows_t rows,
                      failure_t *why) {
    size_t chunk = granule(model, sample->n);
    if (model->info.free_batch || range.count < chunk)
        chunk = range.count; /* rows that a fixed batch has in addition hold mask 0 */
    return run_range(model, sample, baseline, chunk, range, rows, why);
}

static status_t raw(model_t *model, const sample_t *sample, range_t range, const double **numbers, failure_t *why) {
    TRY(run_range(model, sample, 0, granule(model, sample->n), range, (rows_t){0}, why));
    for (int output = 0; output < model->info.outputs; output++)
        numbers[output] = model->network.raw + width_before(model, output) * range.count;
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
