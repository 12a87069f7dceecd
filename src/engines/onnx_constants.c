#include "engines/onnx_constants.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

struct onnx_constant {
    double *numbers; /* owned: what the tensor was made of */
    void *buffer;    /* owned: the numbers as the model takes them, repeated */
    size_t elements;
    int64_t shape[ONNX_AXES_MAX];
};

/* What model_info says about a constant; its batch axis is left out. */
static model_constant_t describe(const onnx_port_t *port, const onnx_port_t *input) {
    model_constant_t out = {.name = port->name, .type = (element_t)port->type, .rank = port->rank - port->has_batch};
    for (int i = 0; i < out.rank; i++) {
        const int axis = i + port->has_batch;
        out.shape[i] = port->shape[axis];
        out.follows[i] = -1;
        for (int j = 1; j < input->rank; j++)
            if (port->shape[axis] < 0 && port->axes[axis][0] && strcmp(port->axes[axis], input->axes[j]) == 0)
                out.follows[i] = j - 1;
    }
    return out;
}

status_t onnx_constants_open(const onnx_session_t *session, const char *file, onnx_constants_t *constants,
                             failure_t *why) {
    const onnx_ports_t *ports = &session->ports;
    const size_t count = ports->constants;
    *constants = (onnx_constants_t){.items = calloc(count + 1, sizeof *constants->items),
                                    .names = calloc(count + 1, sizeof *constants->names),
                                    .tensors = calloc(count + 1, sizeof(OrtValue *)),
                                    .described = calloc(count + 1, sizeof *constants->described)};
    if (!constants->items || !constants->names || !constants->tensors || !constants->described)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", file);
    constants->count = count;
    constants->names[0] = ports->input.name;
    for (size_t i = 0; i < count; i++) {
        constants->names[i + 1] = ports->constant[i].name;
        constants->described[i] = describe(&ports->constant[i], &ports->input);
    }
    return STATUS_OK;
}

/* Whether a constant has the shape that the model wants. */
static bool fits(const model_constant_t *wanted, const constant_t *given) {
    bool same = given->rank == wanted->rank && given->elements > 0;
    for (int i = 0; same && i < wanted->rank; i++)
        same = wanted->shape[i] < 0 || wanted->shape[i] == given->shape[i];
    return same;
}

static bool is_made(const onnx_constant_t *item, const constant_t *given, const int64_t *shape, size_t rank) {
    return item->elements == given->elements && memcmp(item->shape, shape, rank * sizeof *shape) == 0 &&
           memcmp(item->numbers, given->numbers, given->elements * sizeof *given->numbers) == 0;
}

static void forget(onnx_constant_t *item) {
    free(item->numbers);
    free(item->buffer);
    *item = (onnx_constant_t){0};
}

/* Numbers and buffer of `rows` rows; *bytes of the buffer. */
static status_t write_rows(onnx_constant_t *item, const model_constant_t *of, const constant_t *given, size_t rows,
                           size_t *bytes, failure_t *why) {
    size_t row, room;
    forget(item);
    if (__builtin_mul_overflow(given->elements, element_bytes(of->type), &row) ||
        __builtin_mul_overflow(row, rows, bytes) || __builtin_add_overflow(*bytes, ALIGNMENT, &room) ||
        !(item->numbers = malloc(given->elements * sizeof *item->numbers)) ||
        !(item->buffer = aligned_alloc(ALIGNMENT, room - room % ALIGNMENT)))
        return failed(why, STATUS_INTERNAL, "out of memory for the input %s: lower sweep.batch", of->name);
    memcpy(item->numbers, given->numbers, given->elements * sizeof *item->numbers);
    const size_t written = element_write(of->type, given->numbers, given->elements, item->buffer);
    if (written < given->elements)
        return failed(why, STATUS_CERTAIN, "element %zu of /constants/%s, %g, %s the model's %s input", written,
                      of->name, given->numbers[written], element_fault(of->type, given->numbers[written]),
                      element_name(of->type));
    for (size_t i = 1; i < rows; i++)
        memcpy((char *)item->buffer + i * row, item->buffer, row);
    return STATUS_OK;
}

/* Constant number i anew, unless it is as it was. */
static status_t set_one(onnx_constants_t *constants, size_t i, const onnx_session_t *session,
                        const OrtMemoryInfo *memory, const constant_t *given, int64_t rows, failure_t *why) {
    const model_constant_t *of = &constants->described[i];
    const onnx_port_t *port = &session->ports.constant[i];
    const OrtApi *api = session->api;
    OrtValue **tensor = &constants->tensors[i + 1];
    onnx_constant_t *item = &constants->items[i];
    int64_t shape[ONNX_AXES_MAX] = {rows};
    size_t bytes = 0;
    if (!fits(of, given))
        return failed(why, STATUS_INPUT, "the model's input %s has another shape than what it is given", of->name);
    for (int k = 0; k < of->rank; k++)
        shape[k + port->has_batch] = given->shape[k];
    if (*tensor && is_made(item, given, shape, (size_t)port->rank))
        return STATUS_OK;
    api->ReleaseValue(*tensor);
    *tensor = NULL;
    TRY(write_rows(item, of, given, port->has_batch ? (size_t)rows : 1, &bytes, why));
    item->elements = given->elements;
    memcpy(item->shape, shape, sizeof shape);
    return onnx_check(
        api,
        api->CreateTensorWithDataAsOrtValue(memory, item->buffer, bytes, shape, (size_t)port->rank, port->type, tensor),
        STATUS_INTERNAL, of->name, why);
}

status_t onnx_constants_set(onnx_constants_t *constants, const onnx_session_t *session, const OrtMemoryInfo *memory,
                            const sample_t *sample, int64_t rows, failure_t *why) {
    if (sample->constants != constants->count)
        return failed(why, STATUS_INPUT, "the model has %zu inputs besides %s, a sample %zu constants",
                      constants->count, constants->names[0], sample->constants);
    for (size_t i = 0; i < constants->count; i++)
        TRY(set_one(constants, i, session, memory, &sample->constant[i], rows, why));
    return STATUS_OK;
}

void onnx_constants_free(onnx_constants_t *constants, const OrtApi *api) {
    for (size_t i = 0; i < constants->count; i++) {
        api->ReleaseValue(constants->tensors[i + 1]);
        forget(&constants->items[i]);
    }
    free(constants->items);
    free(constants->names);
    free(constants->tensors);
    free(constants->described);
    *constants = (onnx_constants_t){0};
}
