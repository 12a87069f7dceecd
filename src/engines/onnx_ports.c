#include "engines/onnx_ports.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

status_t onnx_check(const OrtApi *api, OrtStatus *result, status_t status, const char *what, failure_t *why) {
    if (!result)
        return STATUS_OK;
    failed(why, status, "%s: ONNX Runtime: %s", what, api->GetErrorMessage(result));
    api->ReleaseStatus(result);
    return status;
}

/* ---- as text ---- */

/* ONNX's number of a type is ours. */
static element_t element_of(const onnx_port_t *port) {
    return (element_t)port->type;
}

/* "batch", "3", "any" */
static void axis_text(const onnx_port_t *port, int axis, char text[ONNX_AXIS_NAME]) {
    const char *unnamed = axis == 0 ? "batch" : "any";
    if (port->shape[axis] >= 0)
        snprintf(text, ONNX_AXIS_NAME, "%lld", (long long)port->shape[axis]);
    else
        snprintf(text, ONNX_AXIS_NAME, "%.24s", port->axes[axis][0] ? port->axes[axis] : unnamed);
}

void onnx_port_text(const onnx_port_t *port, char text[MODEL_TEXT]) {
    if (port->type == ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED) {
        snprintf(text, MODEL_TEXT, "%s", port->of_maps ? "a list of maps" : "no tensor");
        return;
    }
    size_t used = (size_t)snprintf(text, MODEL_TEXT, "%s [", element_name(element_of(port)));
    for (int i = 0; i < port->rank && i < ONNX_AXES_MAX; i++) {
        char axis[ONNX_AXIS_NAME];
        axis_text(port, i, axis);
        used += (size_t)snprintf(text + used, MODEL_TEXT - used, "%s%s", i ? ", " : "", axis);
    }
    snprintf(text + used, MODEL_TEXT - used, "%s]", port->rank > ONNX_AXES_MAX ? ", ..." : "");
}

/* ---- reading ---- */

typedef struct {
    size_t count;
    onnx_port_t *ports; /* owned */
} ports_t;

static void free_ports(ports_t *ports) {
    for (size_t i = 0; i < ports->count; i++)
        free(ports->ports[i].name);
    free(ports->ports);
    *ports = (ports_t){0};
}

OrtStatus *onnx_port_shape(const OrtApi *api, const OrtTensorTypeAndShapeInfo *info, onnx_port_t *port) {
    const char *names[ONNX_AXES_MAX] = {0};
    size_t rank = 0;
    OrtStatus *result = api->GetTensorElementType(info, &port->type);
    if (!result)
        result = api->GetDimensionsCount(info, &rank);
    const size_t kept = rank < ONNX_AXES_MAX ? rank : ONNX_AXES_MAX;
    port->rank = rank > INT32_MAX ? INT32_MAX : (int)rank;
    if (!result)
        result = api->GetDimensions(info, port->shape, kept);
    if (!result)
        result = api->GetSymbolicDimensions(info, names, kept);
    for (size_t i = 0; !result && i < kept; i++)
        if (names[i] && strlen(names[i]) < ONNX_AXIS_NAME)
            snprintf(port->axes[i], ONNX_AXIS_NAME, "%s", names[i]);
    return result;
}

/* What is no tensor: whether it is a sequence of maps. */
static OrtStatus *look_for_maps(const OrtApi *api, const OrtTypeInfo *type, bool *of_maps) {
    const OrtSequenceTypeInfo *sequence = NULL;
    OrtTypeInfo *element = NULL;
    enum ONNXType kind = ONNX_TYPE_UNKNOWN;
    OrtStatus *result = api->CastTypeInfoToSequenceTypeInfo(type, &sequence);
    if (!result && sequence)
        result = api->GetSequenceElementType(sequence, &element);
    if (!result && element)
        result = api->GetOnnxTypeFromTypeInfo(element, &kind);
    *of_maps = kind == ONNX_TYPE_MAP;
    api->ReleaseTypeInfo(element);
    return result;
}

static OrtStatus *read_type(const OrtApi *api, const OrtTypeInfo *type, onnx_port_t *port) {
    const OrtTensorTypeAndShapeInfo *tensor = NULL;
    OrtStatus *result = api->CastTypeInfoToTensorInfo(type, &tensor);
    if (result)
        return result;
    return tensor ? onnx_port_shape(api, tensor, port) : look_for_maps(api, type, &port->of_maps);
}

static OrtStatus *read_port(const OrtApi *api, const OrtSession *session, bool output, size_t i, onnx_port_t *port) {
    OrtAllocator *allocator = NULL;
    OrtTypeInfo *type = NULL;
    char *name = NULL;
    OrtStatus *result = api->GetAllocatorWithDefaultOptions(&allocator);
    if (!result)
        result = output ? api->SessionGetOutputName(session, i, allocator, &name)
                        : api->SessionGetInputName(session, i, allocator, &name);
    if (!result) {
        port->name = strdup(name);
        result = api->AllocatorFree(allocator, name);
    }
    if (!result)
        result =
            output ? api->SessionGetOutputTypeInfo(session, i, &type) : api->SessionGetInputTypeInfo(session, i, &type);
    if (!result)
        result = read_type(api, type, port);
    api->ReleaseTypeInfo(type);
    return result;
}

static status_t read_ports(const OrtApi *api, const OrtSession *session, const char *file, bool output, ports_t *ports,
                           failure_t *why) {
    size_t count = 0;
    *ports = (ports_t){0};
    OrtStatus *result =
        output ? api->SessionGetOutputCount(session, &count) : api->SessionGetInputCount(session, &count);
    TRY(onnx_check(api, result, STATUS_INPUT, file, why));
    ports->ports = calloc(count ? count : 1, sizeof *ports->ports);
    if (!ports->ports)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", file);
    ports->count = count;
    for (size_t i = 0; i < count; i++) {
        status_t status =
            onnx_check(api, read_port(api, session, output, i, &ports->ports[i]), STATUS_INPUT, file, why);
        if (status == STATUS_OK && !ports->ports[i].name)
            status = failed(why, STATUS_INTERNAL, "%s: out of memory", file);
        if (status != STATUS_OK) {
            free_ports(ports);
            return status;
        }
    }
    return STATUS_OK;
}

/* ---- refusing ---- */

/* All inputs of a model, or all outputs. */
typedef struct {
    const char *file, *kind; /* "inputs" */
    ports_t ports;
} choice_t;

/* STATUS_INPUT: "<file>: <problem>; its <inputs>: a: float32 [batch, 3], b: ..." */
__attribute__((format(printf, 3, 4))) static status_t refuse(const choice_t *of, failure_t *why, const char *format,
                                                             ...) {
    char problem[FAILURE_TEXT / 2], list[FAILURE_TEXT / 2] = "none", text[MODEL_TEXT];
    size_t used = 0;
    va_list args;
    va_start(args, format);
    vsnprintf(problem, sizeof problem, format, args);
    va_end(args);
    for (size_t i = 0; i < of->ports.count && used < sizeof list; i++) {
        const onnx_port_t *port = &of->ports.ports[i];
        onnx_port_text(port, text);
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s: %s", i ? ", " : "", port->name, text);
    }
    return failed(why, STATUS_INPUT, "%s: %s; its %s: %s", of->file, problem, of->kind, list);
}

/* A type whose numbers can be read and written. */
static bool has_numbers(const onnx_port_t *port) {
    return element_bytes(element_of(port)) > 0;
}

static bool is_float(const onnx_port_t *port) {
    return (has_numbers(port) && !element_is_whole(element_of(port))) ||
           port->type == ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16;
}

static size_t count_floats(const ports_t *ports) {
    size_t count = 0;
    for (size_t i = 0; i < ports->count; i++)
        count += is_float(&ports->ports[i]);
    return count;
}

static status_t refuse_maps(const choice_t *of, failure_t *why) {
    return refuse(of, why,
                  "it gives a list of maps (ZipMap): convert it again with options={'zipmap': False} (skl2onnx) or "
                  "zipmap=False (onnxmltools)%s",
                  count_floats(&of->ports) > 0 ? ", or name another output in model.output" : "");
}

/* The index of the port with this name, or ports->count if there is none. */
static size_t find_name(const ports_t *ports, const char *name) {
    size_t at = 0;
    while (at < ports->count && strcmp(name, ports->ports[at].name) != 0)
        at++;
    return at;
}

/* ---- the input that is masked ---- */

/* Which input is masked: of->ports.ports[*at]. */
static status_t find_input(const choice_t *of, const char *name, size_t *at, failure_t *why) {
    const ports_t *all = &of->ports;
    *at = name ? find_name(all, name) : 0;
    if (!name && all->count > 1)
        return refuse(of, why,
                      "it has %zu inputs: name the one that is masked in model.input; the others are read from "
                      "/constants of the samples file (docs/own-model.md: Several inputs)",
                      all->count);
    if (*at < all->count)
        return STATUS_OK;
    if (all->count == 0)
        return refuse(of, why, "it has no inputs: export it with one");
    return refuse(of, why, "it has no input %.100s: %s", name,
                  all->count > 1 ? "name one of them in model.input" : "leave model.input out");
}

static status_t check_input(const choice_t *of, const onnx_port_t *input, failure_t *why) {
    if (!has_numbers(input))
        return refuse(of, why,
                      "its input %.100s does not take numbers: put a Cast at its start, or export it with an input of "
                      "floats (skl2onnx: FloatTensorType)",
                      input->name);
    if (input->rank == 0)
        return refuse(of, why,
                      "its input has no axes, or does not say how many: export it with the input's shape, the batch "
                      "first");
    if (input->rank > ONNX_AXES_MAX)
        return refuse(of, why, "its input has %d axes, %d are possible: put a Reshape at its start", input->rank,
                      (int)ONNX_AXES_MAX);
    if (input->shape[0] == 0)
        return refuse(of, why, "its input has an empty batch: export it with a free batch axis");
    return STATUS_OK;
}

/* ---- the other inputs ---- */

static bool says_batch(const char *axis) {
    return strncasecmp(axis, "batch", 5) == 0;
}

static bool is_free(const onnx_port_t *port, int axis) {
    return axis < port->rank && port->shape[axis] < 0;
}

/* Whether two free axes are one by their names, or by having none. */
static bool same_axis(const onnx_port_t *a, int i, const onnx_port_t *b, int j) {
    return is_free(a, i) && is_free(b, j) && strcmp(a->axes[i], b->axes[j]) == 0;
}

/* The axis of a constant that seems to be the batch, though it is not the first of the masked input's name; -1: none
 * does. */
static int stray_batch(const onnx_port_t *constant, const onnx_port_t *input) {
    const bool named = input->axes[0][0];
    for (int i = 0; i < constant->rank; i++)
        if (is_free(constant, i) &&
            ((i > 0 && named && same_axis(constant, i, input, 0)) || says_batch(constant->axes[i]) ||
             (i == 0 && is_free(input, 0) && !named != !constant->axes[0][0])))
            return i;
    return -1;
}

static status_t check_constant(const choice_t *of, const onnx_port_t *input, onnx_port_t *constant, failure_t *why) {
    char text[MODEL_TEXT];
    if (!has_numbers(constant))
        return refuse(of, why, "its input %.100s does not take numbers: put its value into the graph (an initializer)",
                      constant->name);
    if (constant->rank > ONNX_AXES_MAX)
        return refuse(of, why, "its input %.100s has %d axes, %d are possible: put a Reshape at its start",
                      constant->name, constant->rank, (int)ONNX_AXES_MAX);
    constant->has_batch = same_axis(constant, 0, input, 0);
    const int stray = constant->has_batch ? -1 : stray_batch(constant, input);
    if (stray < 0)
        return STATUS_OK;
    onnx_port_text(constant, text);
    return refuse(
        of, why,
        "axis %d of its input %.100s, %s, may be the batch, which must be axis 0, free, and named as axis 0 of "
        "%.100s: %s",
        stray, constant->name, text, input->name,
        stray == 0 ? "give the axes names that tell, or put a Transpose at its start (docs/own-model.md: Names "
                     "of axes)"
                   : "of a state fix the batch at 1 (docs/own-model.md: A state whose batch is not the first "
                     "axis), else give the axes names that tell (Names of axes)");
}

const onnx_port_t *onnx_ports_state(const onnx_ports_t *ports, int *axis) {
    const onnx_port_t *input = &ports->input;
    for (size_t i = 0; i < ports->constants; i++)
        for (*axis = 1; *axis < ports->constant[i].rank && *axis < ONNX_AXES_MAX; ++*axis)
            if (!ports->constant[i].has_batch && same_axis(&ports->constant[i], *axis, input, 0))
                return &ports->constant[i];
    return NULL;
}

/* ---- the output ---- */

/* Which output is used: of->ports.ports[*at]. */
static status_t find_output(const choice_t *of, const char *name, size_t *at, failure_t *why) {
    const ports_t *all = &of->ports;
    *at = name ? find_name(all, name) : 0;
    if (name)
        return *at < all->count ? STATUS_OK
                                : refuse(of, why, "it has no output %.100s: name one of them in model.output", name);
    for (size_t i = 0; i < all->count; i++)
        if (all->ports[i].of_maps)
            return refuse_maps(of, why);
    if (all->count == 1)
        return STATUS_OK;
    if (count_floats(all) > 1)
        return refuse(
            of, why, "it has several outputs of floats: name one in model.output (docs/own-model.md: Several outputs)");
    while (*at < all->count && !is_float(&all->ports[*at]))
        ++*at;
    return *at < all->count ? STATUS_OK
                            : refuse(of, why, "no output of it is of floats: export its scores or probabilities");
}

/* The axis of the input that is the batch by the names of axes: the one that the output's first axis is named after,
 * or the one that is called batch. 0, the first, where names do not tell. */
static int batch_axis(const onnx_port_t *input, const onnx_port_t *output) {
    const char *followed = output->rank > 0 ? output->axes[0] : "";
    if (followed[0] && strcmp(input->axes[0], followed) == 0)
        return 0;
    for (int i = 1; i < input->rank; i++)
        if (followed[0] && strcmp(input->axes[i], followed) == 0)
            return i;
    for (int i = 1; i < input->rank; i++)
        if (says_batch(input->axes[i]) && !says_batch(input->axes[0]))
            return i;
    return 0;
}

static status_t check_batch(const choice_t *of, const onnx_port_t *input, const onnx_port_t *output, failure_t *why) {
    const int axis = batch_axis(input, output);
    char text[MODEL_TEXT];
    onnx_port_text(input, text);
    if (axis > 0)
        return refuse(of, why,
                      "the batch is axis %d of its input %.100s, %s, and must be axis 0: put a Transpose at its start, "
                      "or export it with the batch first",
                      axis, input->name, text);
    if (output->rank > 0 && output->shape[0] >= 0 && output->shape[0] != input->shape[0])
        return refuse(of, why,
                      "axis 0 of its output %.100s is fixed and not the batch of its input, %s: export it with a free "
                      "batch axis, the first of input and output",
                      output->name, text);
    return STATUS_OK;
}

int64_t onnx_port_columns(const onnx_port_t *port) {
    int64_t columns = 1;
    bool open = port->rank == 0;
    for (int i = 1 + port->taken; i < port->rank; i++) {
        const int64_t length = i < ONNX_AXES_MAX ? port->shape[i] : 0;
        if (length == 0 || (length > 1 && columns > 1))
            return 0;
        columns = length > 1 ? length : columns;
        open = open || length < 0;
    }
    return open && columns == 1 ? -1 : columns;
}

bool onnx_port_has(const onnx_port_t *port, const int64_t *element) {
    bool has = port->rank == 0 || (port->taken < port->rank && port->taken < ONNX_AXES_MAX);
    for (int i = 0; has && port->rank > 0 && i < port->taken; i++)
        has = port->shape[i + 1] < 0 || element[i] < port->shape[i + 1];
    return has;
}

static status_t check_output(const choice_t *of, const onnx_port_t *input, const model_options_t *options, size_t at,
                             failure_t *why) {
    onnx_port_t *output = &of->ports.ports[at];
    const char *other = of->ports.count > 1 ? ", or name another output in model.output" : "";
    if (output->of_maps)
        return refuse_maps(of, why);
    if (!is_float(output) || !has_numbers(output))
        return refuse(of, why,
                      "its output %.100s is not float16, float32 or float64: export its scores or probabilities, or "
                      "put a Cast at its end%s",
                      output->name, other);
    output->taken = options->element_axes;
    if (!onnx_port_has(output, options->element))
        return refuse(of, why,
                      "its output %.100s does not have the place of model.element: give a number within each of its "
                      "first axes behind the batch, or leave it out",
                      output->name);
    if (onnx_port_columns(output) == 0)
        return refuse(of, why,
                      "its output %.100s has more than one axis of numbers for each row: say which place is explained "
                      "in model.element ([0]: the first of axis 1), or put a Gather or Flatten at its end%s",
                      output->name, other);
    return check_batch(of, input, output, why);
}

/* ---- all of them ---- */

/* Takes a port out of the list. */
static void take(ports_t *from, size_t at, onnx_port_t *port) {
    *port = from->ports[at];
    from->ports[at].name = NULL; /* the caller's now */
}

/* All inputs but the one at `masked`. */
static status_t take_constants(choice_t *of, size_t masked, onnx_ports_t *ports, failure_t *why) {
    const size_t count = of->ports.count - 1;
    ports->constant = calloc(count ? count : 1, sizeof *ports->constant);
    if (!ports->constant)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", of->file);
    for (size_t i = 0; i <= count; i++)
        if (i != masked)
            TRY(check_constant(of, &of->ports.ports[masked], &of->ports.ports[i], why));
    for (size_t i = 0; i <= count; i++)
        take(&of->ports, i, i == masked ? &ports->input : &ports->constant[ports->constants++]);
    return STATUS_OK;
}

static status_t choose_inputs(choice_t *of, const char *name, onnx_ports_t *ports, failure_t *why) {
    size_t at;
    TRY(find_input(of, name, &at, why));
    TRY(check_input(of, &of->ports.ports[at], why));
    return take_constants(of, at, ports, why);
}

static status_t choose_output(choice_t *of, const char *name, const model_options_t *options, onnx_ports_t *ports,
                              failure_t *why) {
    size_t at;
    TRY(find_output(of, name, &at, why));
    TRY(check_output(of, &ports->input, options, at, why));
    take(&of->ports, at, &ports->output[ports->explained++]);
    return STATUS_OK;
}

static status_t choose_outputs(choice_t *of, const model_options_t *options, onnx_ports_t *ports, failure_t *why) {
    ports->outputs = of->ports.count;
    if (!options->outputs)
        return choose_output(of, options->output, options, ports, why);
    for (int i = 0; i < options->output_count; i++) {
        onnx_port_t *taken = &ports->output[i];
        TRY(choose_output(of, options->outputs[i], options, ports, why));
        for (size_t k = 0; k < of->ports.count; k++) /* names are still looked for, and listed in refusals */
            if (!of->ports.ports[k].name)
                of->ports.ports[k].name = strdup(taken->name);
    }
    return STATUS_OK;
}

status_t onnx_ports_choose(const model_options_t *options, const OrtApi *api, const OrtSession *session,
                           onnx_ports_t *ports, failure_t *why) {
    choice_t inputs = {.file = options->file, .kind = "inputs"}, outputs = {.file = options->file, .kind = "outputs"};
    *ports = (onnx_ports_t){0};
    status_t status = read_ports(api, session, options->file, false, &inputs.ports, why);
    if (status == STATUS_OK)
        status = read_ports(api, session, options->file, true, &outputs.ports, why);
    if (status == STATUS_OK)
        status = choose_inputs(&inputs, options->input, ports, why);
    if (status == STATUS_OK)
        status = choose_outputs(&outputs, options, ports, why);
    free_ports(&inputs.ports);
    free_ports(&outputs.ports);
    return status;
}

void onnx_ports_free(onnx_ports_t *ports) {
    free(ports->input.name);
    for (int i = 0; i < ports->explained; i++)
        free(ports->output[i].name);
    for (size_t i = 0; i < ports->constants; i++)
        free(ports->constant[i].name);
    free(ports->constant);
    *ports = (onnx_ports_t){0};
}
