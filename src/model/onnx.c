/* Networks in ONNX files, evaluated by ONNX Runtime on the processor.
 *
 * Granule: min(batch, 2^n) masks, one run of the engine each, always of the same masks: that is what makes bits
 * independent of how masks are shared out, even for models in which a row's value depends on the rows beside it. A
 * model with a fixed batch of F rows takes the largest power of two <= F instead, and the surplus rows hold mask 0. */
#include "model/backend.h"

#include "base/clock.h"
#include "model/masking.h"
#include "model/onnx_constants.h"
#include "model/score.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    onnx_session_t session;
    OrtMemoryInfo *memory; /* "ordinary memory", for input tensors */
    masking_t masking;
    int batch_bits; /* log2 of the longest chunk */

    /* All inputs. The first is over masking's buffer; and what it was made for. */
    onnx_constants_t inputs;
    void *buffer;
    int64_t shape[ONNX_AXES_MAX];

    OrtValue *output; /* of the last run; owned */
    float *floats;    /* owned: its numbers where they are float16 */
    double *raw;      /* owned: the outputs of the last call of onnx_raw */

    /* For cosines: the outputs of the full and the empty mask, [2, outputs], owned; and of which sample they are. */
    double *reference;
    uint64_t refers_to; /* masking.taken; 0: none yet */
} onnx_state_t;

static int onnx_granule_bits(const model_t *model, int n) {
    const onnx_state_t *state = model->state;
    return state->batch_bits < n ? state->batch_bits : n;
}

/* ---- the input tensor ---- */

/* The shape of one sample, batch axis left out: the model's own, free axes taken from the sample. */
static status_t sample_shape(const model_t *model, const sample_t *sample, int64_t *shape, failure_t *why) {
    const model_info_t *info = &model->info;
    size_t known = 1;
    int free_axes = 0, free_axis = 0;
    bool fits = sample->elements > 0;
    for (int i = 0; fits && i < info->input_rank; i++) {
        shape[i] = info->input_shape[i];
        if (shape[i] < 0 && sample->rank == info->input_rank)
            shape[i] = sample->shape[i];
        if (shape[i] < 0) {
            free_axes++;
            free_axis = i;
        } else {
            fits = !__builtin_mul_overflow(known, (size_t)shape[i], &known);
        }
    }
    if (fits && free_axes == 1 && known > 0) {
        shape[free_axis] = (int64_t)(sample->elements / known);
        fits = !__builtin_mul_overflow(known, (size_t)shape[free_axis], &known);
    }
    if (fits && free_axes <= 1 && known == sample->elements)
        return STATUS_OK;
    char text[MODEL_TEXT];
    onnx_port_text(&((const onnx_state_t *)model->state)->session.ports.input, text);
    return failed(why, STATUS_INPUT, "sample %lld has %zu elements, which do not make up the model's input, %s",
                  (long long)sample->index, sample->elements, text);
}

/* Makes the input tensor anew when the buffer or the shape changed. */
static status_t make_tensor(model_t *model, const int64_t *shape, failure_t *why) {
    onnx_state_t *state = model->state;
    const OrtApi *api = state->session.api;
    const onnx_port_t *input = &state->session.ports.input;
    OrtValue **tensor = &state->inputs.tensors[0];
    size_t rank = (size_t)input->rank, bytes = element_bytes(state->masking.type);
    void *buffer = state->masking.buffer;
    if (*tensor && state->buffer == buffer && memcmp(state->shape, shape, rank * sizeof *shape) == 0)
        return STATUS_OK;
    api->ReleaseValue(*tensor);
    *tensor = NULL;
    for (size_t i = 0; i < rank; i++)
        bytes *= (size_t)shape[i]; /* masking has allocated this much */
    memcpy(state->shape, shape, rank * sizeof *shape);
    state->buffer = buffer;
    return onnx_check(
        api, api->CreateTensorWithDataAsOrtValue(state->memory, buffer, bytes, shape, rank, input->type, tensor),
        STATUS_INTERNAL, model->options.file, why);
}

/* Everything that is the same for all chunks of a sample and baseline; `chunk` masks go into one run. */
static status_t prepare(model_t *model, const sample_t *sample, int baseline, size_t chunk, failure_t *why) {
    onnx_state_t *state = model->state;
    int64_t shape[ONNX_AXES_MAX] = {0};
    double start = clock_seconds();
    shape[0] = model->info.free_batch ? (int64_t)chunk : state->session.ports.input.shape[0];
    TRY(sample_shape(model, sample, shape + 1, why));
    TRY(masking_begin(&state->masking, sample, baseline, chunk, (size_t)shape[0], why));
    TRY(make_tensor(model, shape, why));
    TRY(onnx_constants_set(&state->inputs, &state->session, state->memory, sample, shape[0], why));
    model->times.fill += clock_seconds() - start;
    return STATUS_OK;
}

/* ---- runs ---- */

/* Where rows are lost it is the model that is at fault, else perhaps the sample. */
static status_t bad_output(const model_t *model, mask_t first, const onnx_port_t *got, int64_t rows, failure_t *why) {
    const bool rows_differ = got->rank == 0 || got->shape[0] != rows, several = onnx_port_columns(got) == 0;
    const int64_t columns = model->info.outputs;
    char text[MODEL_TEXT], width[32] = "C";
    onnx_port_text(got, text);
    if (columns > 0)
        snprintf(width, sizeof width, "%lld", (long long)columns);
    status_t status = failed(why, rows_differ || several ? STATUS_INPUT : STATUS_CERTAIN,
                             "mask 0x%llx: the model's output is %s, expected was [%lld, %s]%s",
                             (unsigned long long)first, text, (long long)rows, width,
                             rows_differ ? ", a row for each mask: the batch must be axis 0 of input and output, and "
                                           "free; export it so, or put a Transpose at its start"
                             : several   ? ": more than one axis of numbers for each row; take out those to explain "
                                           "(PyTorch: return y[:, 0]; else a Gather or Flatten at its end)"
                                         : "");
    if (why)
        why->mask = first;
    return status == STATUS_INPUT ? failed_within(why, "%s", model->options.file) : status;
}

/* Checks type and shape of the output against the rows put in; the first run may tell how many outputs there are. */
static status_t check_output(model_t *model, mask_t first, failure_t *why) {
    onnx_state_t *state = model->state;
    const OrtApi *api = state->session.api;
    OrtTensorTypeAndShapeInfo *info = NULL;
    onnx_port_t got = {0};
    OrtStatus *result = api->GetTensorTypeAndShape(state->output, &info);
    if (!result)
        result = onnx_port_shape(api, info, &got);
    api->ReleaseTensorTypeAndShapeInfo(info);
    TRY(onnx_check(api, result, STATUS_TRANSIENT, model->options.file, why));
    int64_t rows = state->shape[0], columns = onnx_port_columns(&got), *outputs = &model->info.outputs;
    bool right = got.type == state->session.ports.output.type && got.rank > 0 && got.shape[0] == rows;
    if (!right || columns < 1 || (*outputs > 0 && columns != *outputs))
        return bad_output(model, first, &got, rows, why);
    *outputs = columns;
    return STATUS_OK;
}

/* float16 outputs as floats: *data of the last run is replaced. */
static status_t widen(model_t *model, const void **data, failure_t *why) {
    onnx_state_t *state = model->state;
    const uint16_t *halves = *data;
    const size_t count = (size_t)state->shape[0] * (size_t)model->info.outputs;
    if (state->session.ports.output.type != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16)
        return STATUS_OK;
    float *floats = realloc(state->floats, count * sizeof *floats);
    if (!floats)
        return failed(why, STATUS_INTERNAL, "%s: out of memory for its outputs", model->options.file);
    for (size_t i = 0; i < count; i++)
        floats[i] = element_of_half(halves[i]);
    *data = state->floats = floats;
    return STATUS_OK;
}

/* Evaluates the chunk that begins at `first`: *data is the output, [rows, info.outputs], doubles or floats, owned by
 * the state until the next run. */
static status_t run_chunk(model_t *model, mask_t first, const void **data, failure_t *why) {
    onnx_state_t *state = model->state;
    const OrtApi *api = state->session.api;
    const onnx_constants_t *inputs = &state->inputs;
    const char *output = state->session.ports.output.name;
    void *at = NULL;
    double start = clock_seconds();
    masking_fill(&state->masking, first);
    double filled = clock_seconds();
    api->ReleaseValue(state->output);
    state->output = NULL;
    OrtStatus *result = api->Run(state->session.session, NULL, inputs->names, (const OrtValue *const *)inputs->tensors,
                                 inputs->count + 1, &output, 1, &state->output);
    TRY(onnx_check(api, result, STATUS_TRANSIENT, model->options.file, why));
    TRY(check_output(model, first, why));
    TRY(onnx_check(api, api->GetTensorMutableData(state->output, &at), STATUS_TRANSIENT, model->options.file, why));
    *data = at;
    TRY(widen(model, data, why));
    model->times.fill += filled - start;
    model->times.engine += clock_seconds() - filled;
    return STATUS_OK;
}

static bool wide_output(const onnx_state_t *state) {
    return state->session.ports.output.type == ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE;
}

static double output_as_double(const onnx_state_t *state, const void *data, size_t i) {
    return wide_output(state) ? ((const double *)data)[i] : (double)((const float *)data)[i];
}

static int output_bits(const onnx_state_t *state) {
    return 8 * (int)element_bytes((element_t)state->session.ports.output.type);
}

static size_t granule(const model_t *model, int n) {
    return (size_t)1 << onnx_granule_bits(model, n);
}

/* What is made of the outputs of a range: v, or themselves. */
typedef struct {
    double *values;             /* [range.count]; NULL: the outputs go to state->raw */
    model_rounding_t *rounding; /* what is found is added; NULL: not asked for */
} scores_t;

static status_t keep_raw(model_t *model, const void *data, mask_t done, size_t rows, range_t range, failure_t *why) {
    onnx_state_t *state = model->state;
    const size_t outputs = (size_t)model->info.outputs, at = (size_t)done * outputs;
    size_t bytes;
    double *raw = NULL;
    if (!__builtin_mul_overflow((size_t)range.count, outputs * sizeof *raw, &bytes))
        raw = realloc(state->raw, bytes);
    if (!raw)
        return failed(why, STATUS_INTERNAL, "%s: out of memory for its outputs", model->options.file);
    state->raw = raw;
    for (size_t i = 0; i < rows * outputs; i++)
        raw[at + i] = output_as_double(state, data, i);
    return STATUS_OK;
}

static status_t score(model_t *model, const sample_t *sample, const void *data, size_t rows, scores_t into,
                      failure_t *why) {
    scorer_t scorer = scorer_of(&model->options, (size_t)model->info.outputs);
    const bool wide = wide_output(model->state);
    const int own = output_bits(model->state), coarse = own < model->info.input_bits ? own : model->info.input_bits;
    double start = clock_seconds();
    TRY(score_check_target(&scorer, sample->target, why));
    scorer.target = (size_t)sample->target;
    if (scorer.score == SCORE_COSINE) {
        const double *reference = ((const onnx_state_t *)model->state)->reference;
        score_refer(&scorer, reference, reference + scorer.outputs);
    }
    score_rows(&scorer, data, wide, rows, into.values);
    if (into.rounding) {
        into.rounding->own += score_rounding(&scorer, data, wide, rows, own);
        into.rounding->coarse += score_rounding(&scorer, data, wide, rows, coarse);
    }
    model->times.score += clock_seconds() - start;
    return STATUS_OK;
}

/* The outputs of the full and of the empty mask, each from its regular chunk: what cosines are taken with. */
static status_t find_reference(model_t *model, const sample_t *sample, int baseline, failure_t *why) {
    onnx_state_t *state = model->state;
    const size_t chunk = granule(model, sample->n);
    const mask_t masks[2] = {mask_count(sample->n) - 1, 0};
    TRY(prepare(model, sample, baseline, chunk, why));
    if (state->reference && state->refers_to == state->masking.taken)
        return STATUS_OK;
    for (size_t i = 0; i < 2; i++) {
        const void *data;
        TRY(run_chunk(model, masks[i] - masks[i] % chunk, &data, why));
        const size_t outputs = (size_t)model->info.outputs, row = (size_t)(masks[i] % chunk);
        double *room = i ? state->reference : realloc(state->reference, 2 * outputs * sizeof *room);
        if (!room)
            return failed(why, STATUS_INTERNAL, "%s: out of memory for its outputs", model->options.file);
        state->reference = room;
        for (size_t j = 0; j < outputs; j++)
            room[i * outputs + j] = output_as_double(state, data, row * outputs + j);
    }
    state->refers_to = state->masking.taken;
    return STATUS_OK;
}

/* The range in chunks, which may reach beyond both its ends. */
static status_t run_range(model_t *model, const sample_t *sample, int baseline, size_t chunk, range_t range,
                          scores_t into, failure_t *why) {
    const size_t width = wide_output(model->state) ? sizeof(double) : sizeof(float);
    if (into.values && model->options.score == SCORE_COSINE)
        TRY(find_reference(model, sample, baseline, why));
    TRY(prepare(model, sample, baseline, chunk, why));
    for (mask_t done = 0, taken; done < range.count; done += taken) {
        const void *data;
        mask_t before = (range.first + done) % chunk;
        taken = range.count - done < chunk - before ? range.count - done : chunk - before;
        TRY(run_chunk(model, range.first + done - before, &data, why));
        const char *rows = (const char *)data + before * (size_t)model->info.outputs * width;
        TRY(into.values ? score(model, sample, rows, taken, (scores_t){into.values + done, into.rounding}, why)
                        : keep_raw(model, rows, done, taken, range, why));
    }
    return STATUS_OK;
}

static status_t onnx_evaluate(model_t *model, const sample_t *sample, int baseline, range_t range, double *values,
                              failure_t *why) {
    return run_range(model, sample, baseline, granule(model, sample->n), range, (scores_t){values, NULL}, why);
}

static status_t onnx_probe(model_t *model, const sample_t *sample, int baseline, range_t range, double *values,
                           model_rounding_t *rounding, failure_t *why) {
    size_t chunk = granule(model, sample->n);
    if (model->info.free_batch || range.count < chunk)
        chunk = range.count; /* rows that a fixed batch has in addition hold mask 0 */
    return run_range(model, sample, baseline, chunk, range, (scores_t){values, rounding}, why);
}

static status_t onnx_raw(model_t *model, const sample_t *sample, range_t range, const double **outputs,
                         failure_t *why) {
    TRY(run_range(model, sample, 0, granule(model, sample->n), range, (scores_t){0}, why));
    *outputs = ((const onnx_state_t *)model->state)->raw;
    return STATUS_OK;
}

/* ---- a fixed batch ---- */

/* Runs the model on zeros: *rows is the length of the output's axis 0, -1 where the engine fails or there is none. */
static void count_rows(const onnx_state_t *state, const int64_t *shape, void *zeros, size_t bytes, int64_t *rows) {
    const OrtApi *api = state->session.api;
    const onnx_port_t *input = &state->session.ports.input;
    const char *from = input->name, *to = state->session.ports.output.name;
    OrtValue *given = NULL, *output = NULL;
    OrtTensorTypeAndShapeInfo *info = NULL;
    onnx_port_t got = {0};
    OrtStatus *result = api->CreateTensorWithDataAsOrtValue(state->memory, zeros, bytes, shape, (size_t)input->rank,
                                                            input->type, &given);
    if (!result)
        result = api->Run(state->session.session, NULL, &from, (const OrtValue *const *)&given, 1, &to, 1, &output);
    if (!result)
        result = api->GetTensorTypeAndShape(output, &info);
    if (!result)
        result = onnx_port_shape(api, info, &got);
    *rows = !result && got.rank > 0 ? got.shape[0] : -1;
    api->ReleaseTensorTypeAndShapeInfo(info);
    api->ReleaseValue(output);
    api->ReleaseValue(given);
    api->ReleaseStatus(result);
}

/* A fixed axis 0 need not be the batch: the output may follow another axis, and samples of as many elements along that
 * axis would fit. Where neither names nor shapes tell, the free axes are one longer than axis 0, once. */
static status_t check_fixed_batch(const model_t *model, failure_t *why) {
    const onnx_state_t *state = model->state;
    const onnx_port_t *input = &state->session.ports.input, *output = &state->session.ports.output;
    const int64_t other = input->shape[0] + 1;
    int64_t shape[ONNX_AXES_MAX], rows;
    size_t bytes = element_bytes(state->masking.type);
    bool can_tell = false, fits = state->inputs.count == 0;
    for (int i = 0; i < input->rank; i++) {
        shape[i] = input->shape[i] < 0 ? other : input->shape[i];
        can_tell |= i > 0 && input->shape[i] < 0;
        fits = fits && !__builtin_mul_overflow(bytes, (size_t)shape[i], &bytes);
    }
    if (input->shape[0] < 0 || !can_tell || output->rank == 0 || output->shape[0] >= 0)
        return STATUS_OK;
    void *zeros = fits ? calloc(bytes, 1) : NULL;
    if (!zeros)
        return STATUS_OK;
    count_rows(state, shape, zeros, bytes, &rows);
    free(zeros);
    if (rows != other)
        return STATUS_OK;
    char text[MODEL_TEXT];
    onnx_port_text(input, text);
    return failed(
        why, STATUS_INPUT,
        "%s: the batch is another axis of its input, %s, than axis 0: put a Transpose at its start, or export "
        "it with the batch first",
        model->options.file, text);
}

/* ---- opening and closing ---- */

static void onnx_close(model_t *model) {
    onnx_state_t *state = model->state;
    const OrtApi *api = state->session.api;
    if (api) {
        if (state->inputs.tensors)
            api->ReleaseValue(state->inputs.tensors[0]);
        onnx_constants_free(&state->inputs, api);
        api->ReleaseValue(state->output);
        api->ReleaseMemoryInfo(state->memory);
    }
    onnx_session_close(&state->session);
    masking_free(&state->masking);
    free(state->floats);
    free(state->reference);
    free(state->raw);
    free(state);
}

/* What the session says about itself, for model_info and the chunks. */
static void describe(model_t *model) {
    onnx_state_t *state = model->state;
    const onnx_port_t *input = &state->session.ports.input, *output = &state->session.ports.output;
    int64_t rows = model->options.batch;
    if (input->shape[0] > 0 && input->shape[0] < rows)
        rows = input->shape[0];
    while (state->batch_bits < PLAYERS_MAX && ((int64_t)2 << state->batch_bits) <= rows)
        state->batch_bits++;
    model->info.input_rank = input->rank - 1;
    model->info.input_type = state->masking.type = (element_t)input->type;
    model->info.free_batch = input->shape[0] < 0;
    model->info.input_bits = element_is_whole(state->masking.type) ? 64 : 8 * (int)element_bytes(state->masking.type);
    model->info.constants = state->inputs.count;
    model->info.constant = state->inputs.described;
    memcpy(model->info.input_shape, input->shape + 1, sizeof model->info.input_shape);
    model->info.outputs = onnx_port_columns(output);
    if (state->session.ports.outputs > 1)
        snprintf(model->info.output, MODEL_TEXT, "%s", output->name);
    snprintf(model->info.engine, MODEL_TEXT, "onnxruntime");
    snprintf(model->info.engine_version, MODEL_TEXT, "%s", state->session.version);
}

static status_t open_state(model_t *model, onnx_state_t *state, failure_t *why) {
    TRY(onnx_session_open(&model->options, &state->session, why));
    const OrtApi *api = state->session.api;
    TRY(onnx_check(api, api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &state->memory), STATUS_INTERNAL,
                   model->options.file, why));
    TRY(onnx_constants_open(&state->session, model->options.file, &state->inputs, why));
    describe(model);
    return check_fixed_batch(model, why);
}

status_t onnx_open(model_t *model, failure_t *why) {
    static const backend_ops_t ops = {.granule_bits = onnx_granule_bits,
                                      .evaluate = onnx_evaluate,
                                      .raw = onnx_raw,
                                      .probe = onnx_probe,
                                      .close = onnx_close};
    onnx_state_t *state = calloc(1, sizeof *state);
    if (!state)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", model->options.file);
    model->state = state;
    model->ops = &ops;
    status_t status = open_state(model, state, why);
    if (status != STATUS_OK)
        onnx_close(model);
    return status;
}
