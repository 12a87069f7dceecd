/* Networks in ONNX files, evaluated by ONNX Runtime.
 *
 * A model with a fixed batch of F rows takes the largest power of two <= F at once, and the surplus rows hold mask 0.
 */
#include "engines/onnx.h"

#include "base/clock.h"
#include "engines/onnx_constants.h"
#include "model/masking.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    onnx_session_t session;
    OrtMemoryInfo *memory; /* "ordinary memory", for input tensors */
    masking_t masking;

    /* All inputs. The first is over masking's buffer; and what it was made for. */
    onnx_constants_t inputs;
    void *buffer;
    int64_t shape[ONNX_AXES_MAX];

    OrtValue *output[OUTPUTS_MAX]; /* of the last run; owned */
    void *packed[OUTPUTS_MAX];     /* owned: what is explained of it, where that is not all, or is float16 */
} onnx_state_t;

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

static void release_outputs(onnx_state_t *state) {
    for (int i = 0; i < OUTPUTS_MAX; i++) {
        state->session.api->ReleaseValue(state->output[i]);
        state->output[i] = NULL;
    }
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
    release_outputs(state);
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

static status_t begin(model_t *model, const sample_t *sample, int baseline, size_t chunk, failure_t *why) {
    onnx_state_t *state = model->state;
    int64_t shape[ONNX_AXES_MAX] = {0};
    double start = clock_seconds();
    shape[0] = model->info.free_batch ? (int64_t)chunk : state->session.ports.input.shape[0];
    TRY(sample_shape(model, sample, shape + 1, why));
    TRY(masking_begin(&state->masking, sample, baseline, chunk, (size_t)shape[0], why));
    model->network.sample = state->masking.taken;
    TRY(make_tensor(model, shape, why));
    TRY(onnx_constants_set(&state->inputs, &state->session, state->memory, sample, shape[0], why));
    model->times.fill += clock_seconds() - start;
    return STATUS_OK;
}

/* ---- runs ---- */

/* Where rows are lost it is the model that is at fault, else perhaps the sample. */
static status_t bad_output(const model_t *model, int output, mask_t first, const onnx_port_t *got, int64_t rows,
                           failure_t *why) {
    const bool rows_differ = got->rank == 0 || got->shape[0] != rows, several = onnx_port_columns(got) == 0;
    const int64_t columns = model->info.width[output];
    char text[MODEL_TEXT], width[32] = "C";
    onnx_port_text(got, text);
    if (columns > 0)
        snprintf(width, sizeof width, "%lld", (long long)columns);
    status_t status = failed(why, rows_differ || several ? STATUS_INPUT : STATUS_CERTAIN,
                             "mask 0x%llx: the model's output is %s, expected was [%lld, %s]%s",
                             (unsigned long long)first, text, (long long)rows, width,
                             rows_differ ? ", a row for each mask: the batch must be axis 0 of input and output, and "
                                           "free; export it so, or put a Transpose at its start"
                             : several   ? ": more than one axis of numbers for each row; say which place is "
                                           "explained in model.element ([0]: the first of axis 1)"
                                         : "");
    if (why)
        why->mask = first;
    return status == STATUS_INPUT ? failed_within(why, "%s", model->options.file) : status;
}

/* Checks type and shape of the output, *got, against the rows put in; the first run may tell how many outputs there
 * are. */
static status_t check_output(model_t *model, int output, mask_t first, onnx_port_t *got, failure_t *why) {
    onnx_state_t *state = model->state;
    const OrtApi *api = state->session.api;
    const onnx_port_t *said = &state->session.ports.output[output];
    OrtTensorTypeAndShapeInfo *info = NULL;
    OrtStatus *result = api->GetTensorTypeAndShape(state->output[output], &info);
    *got = (onnx_port_t){.taken = said->taken};
    if (!result)
        result = onnx_port_shape(api, info, got);
    api->ReleaseTensorTypeAndShapeInfo(info);
    TRY(onnx_check(api, result, STATUS_TRANSIENT, model->options.file, why));
    int64_t rows = state->shape[0], columns = onnx_port_columns(got), *outputs = &model->info.width[output];
    bool right = got->type == said->type && got->rank > 0 && got->shape[0] == rows;
    if (!right || columns < 1 || (*outputs > 0 && columns != *outputs))
        return bad_output(model, output, first, got, rows, why);
    if (!onnx_port_has(got, model->options.element)) {
        char text[MODEL_TEXT];
        onnx_port_text(got, text);
        return failed(why, STATUS_CERTAIN, "the model's output is %s, and does not have the place of model.element",
                      text);
    }
    *outputs = columns;
    return STATUS_OK;
}

/* Numbers of a row of the output, and where those that are explained begin: the axes behind them are whole. */
static size_t row_length(const onnx_port_t *got, const int64_t *element, size_t *begin) {
    size_t length = 1;
    *begin = 0;
    for (int i = got->rank - 1; i > 0; i--) {
        if (i <= got->taken)
            *begin += (size_t)element[i - 1] * length;
        length *= (size_t)got->shape[i];
    }
    return length;
}

/* What is explained of an output, float16 as floats: replaces *data of the last run, unless it is just that. */
static status_t pack(model_t *model, int output, const onnx_port_t *got, const void **data, failure_t *why) {
    onnx_state_t *state = model->state;
    const bool halves = got->type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16;
    const size_t rows = (size_t)state->shape[0], columns = (size_t)model->info.width[output];
    const size_t bytes = element_bytes((element_t)got->type), row = columns * (halves ? sizeof(float) : bytes);
    if (!halves && got->taken == 0)
        return STATUS_OK;
    char *packed = realloc(state->packed[output], rows * row);
    if (!packed)
        return failed(why, STATUS_INTERNAL, "%s: out of memory for its outputs", model->options.file);
    state->packed[output] = packed;
    size_t begin;
    const size_t length = row_length(got, model->options.element, &begin);
    for (size_t i = 0; i < rows; i++) {
        const char *from = (const char *)*data + (i * length + begin) * bytes;
        for (size_t j = 0; halves && j < columns; j++)
            ((float *)(void *)packed)[i * columns + j] = element_of_half(((const uint16_t *)(const void *)from)[j]);
        if (!halves)
            memcpy(packed + i * row, from, row);
    }
    *data = packed;
    return STATUS_OK;
}

static status_t put(model_t *model, mask_t first, failure_t *why) {
    const double began = clock_seconds();
    (void)why;
    masking_fill(&((onnx_state_t *)model->state)->masking, first);
    model->times.fill += clock_seconds() - began;
    return STATUS_OK;
}

static OrtStatus *run(const model_t *model) {
    onnx_state_t *state = model->state;
    const onnx_constants_t *inputs = &state->inputs;
    const char *names[OUTPUTS_MAX];
    for (int i = 0; i < model->info.outputs; i++)
        names[i] = state->session.ports.output[i].name;
    return state->session.api->Run(state->session.session, NULL, inputs->names,
                                   (const OrtValue *const *)inputs->tensors, inputs->count + 1, names,
                                   (size_t)model->info.outputs, state->output);
}

/* Runs into the tensors of the run before, which saves small networks an allocation. Where a shape does not fit this
 * time, the engine says so before it writes. */
static OrtStatus *run_again(const model_t *model) {
    onnx_state_t *state = model->state;
    OrtStatus *result = run(model);
    if (!result || !state->output[0])
        return result;
    state->session.api->ReleaseStatus(result);
    release_outputs(state);
    return run(model);
}

/* One output of the last run. */
static status_t take_output(model_t *model, int output, mask_t first, network_outputs_t *to, failure_t *why) {
    onnx_state_t *state = model->state;
    const OrtApi *api = state->session.api;
    void *at = NULL;
    onnx_port_t got;
    TRY(check_output(model, output, first, &got, why));
    TRY(onnx_check(api, api->GetTensorMutableData(state->output[output], &at), STATUS_TRANSIENT, model->options.file,
                   why));
    const void *data = at;
    TRY(pack(model, output, &got, &data, why));
    *to = (network_outputs_t){data, 8 * (int)element_bytes((element_t)state->session.ports.output[output].type)};
    return STATUS_OK;
}

/* What may be to blame for a failure of the engine comes before its words, which are long. */
static status_t check_run(const model_t *model, OrtStatus *result, failure_t *why) {
    const onnx_state_t *state = model->state;
    status_t status = onnx_check(state->session.api, result, STATUS_TRANSIENT, model->options.file, why);
    int axis = 0;
    const onnx_port_t *suspect = status == STATUS_OK ? NULL : onnx_ports_state(&state->session.ports, &axis);
    char text[MODEL_TEXT];
    if (!suspect)
        return status;
    onnx_port_text(suspect, text);
    return failed_within(why,
                         "if axis %d of its input %.100s, %s, is the batch, fix that at 1 (docs/own-model.md: A state "
                         "whose batch is not the first axis)",
                         axis, suspect->name, text);
}

/* Runs the network on the chunk that was put. */
static status_t take(model_t *model, mask_t first, network_outputs_t *outputs, failure_t *why) {
    const double began = clock_seconds();
    TRY(check_run(model, run_again(model), why));
    for (int i = 0; i < model->info.outputs; i++)
        TRY(take_output(model, i, first, &outputs[i], why));
    model->times.engine += clock_seconds() - began;
    return STATUS_OK;
}

/* ---- a fixed batch ---- */

/* Runs the model on zeros: *rows is the length of the output's axis 0, -1 where the engine fails or it has no axes. */
static void count_rows(const onnx_state_t *state, int output, const int64_t *shape, void *zeros, size_t bytes,
                       int64_t *rows) {
    const OrtApi *api = state->session.api;
    const onnx_port_t *input = &state->session.ports.input;
    const char *from = input->name, *to = state->session.ports.output[output].name;
    OrtValue *given = NULL, *made = NULL;
    OrtTensorTypeAndShapeInfo *info = NULL;
    onnx_port_t got = {0};
    OrtStatus *result = api->CreateTensorWithDataAsOrtValue(state->memory, zeros, bytes, shape, (size_t)input->rank,
                                                            input->type, &given);
    if (!result)
        result = api->Run(state->session.session, NULL, &from, (const OrtValue *const *)&given, 1, &to, 1, &made);
    if (!result)
        result = api->GetTensorTypeAndShape(made, &info);
    if (!result)
        result = onnx_port_shape(api, info, &got);
    *rows = !result && got.rank > 0 ? got.shape[0] : -1;
    api->ReleaseTensorTypeAndShapeInfo(info);
    api->ReleaseValue(made);
    api->ReleaseValue(given);
    api->ReleaseStatus(result);
}

/* A fixed axis 0 need not be the batch: the output may follow another axis, and samples of as many elements along that
 * axis would fit. Where neither names nor shapes tell, the free axes are one longer than axis 0, once. */
static status_t check_fixed_batch(const model_t *model, int at, failure_t *why) {
    const onnx_state_t *state = model->state;
    const onnx_port_t *input = &state->session.ports.input, *output = &state->session.ports.output[at];
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
    count_rows(state, at, shape, zeros, bytes, &rows);
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
        release_outputs(state);
        api->ReleaseMemoryInfo(state->memory);
    }
    onnx_session_close(&state->session);
    masking_free(&state->masking);
    for (int i = 0; i < OUTPUTS_MAX; i++)
        free(state->packed[i]);
    free(state);
}

/* What the session says about itself, for model_info and the chunks. */
static void describe(model_t *model) {
    onnx_state_t *state = model->state;
    const onnx_ports_t *ports = &state->session.ports;
    const onnx_port_t *input = &ports->input;
    int64_t rows = model->options.batch;
    if (input->shape[0] > 0 && input->shape[0] < rows)
        rows = input->shape[0];
    network_set_batch(&model->network, rows);
    model->info.input_rank = input->rank - 1;
    model->info.input_type = state->masking.type = (element_t)input->type;
    model->info.free_batch = input->shape[0] < 0;
    model->info.input_bits = element_is_whole(state->masking.type) ? 64 : 8 * (int)element_bytes(state->masking.type);
    model->info.constants = state->inputs.count;
    model->info.constant = state->inputs.described;
    memcpy(model->info.input_shape, input->shape + 1, sizeof model->info.input_shape);
    model->info.outputs = ports->explained;
    for (int i = 0; i < ports->explained; i++) {
        model->info.width[i] = onnx_port_columns(&ports->output[i]);
        model->info.output[i] = ports->outputs > 1 ? ports->output[i].name : "";
    }
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
    for (int i = 0; i < model->info.outputs; i++)
        TRY(check_fixed_batch(model, i, why));
    return STATUS_OK;
}

status_t onnx_open(model_t *model, failure_t *why) {
    static const network_ops_t ops = {.at_once = 1, .begin = begin, .put = put, .take = take, .close = onnx_close};
    onnx_state_t *state = calloc(1, sizeof *state);
    if (!state)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", model->options.file);
    model->state = state;
    network_set_ops(model, &ops);
    status_t status = open_state(model, state, why);
    if (status != STATUS_OK)
        onnx_close(model);
    return status;
}
