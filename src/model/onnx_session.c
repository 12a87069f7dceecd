#include "model/onnx_session.h"

#include "model/backend.h"
#include "model/onnx_files.h"
#include "model/onnx_library.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char supported[] = "supported: one input, float32 or float64 [batch, ...], and one output, float32 or "
                                "float64 [batch] or [batch, C]";

status_t onnx_check(const OrtApi *api, OrtStatus *result, status_t status, const char *what, failure_t *why) {
    if (!result)
        return STATUS_OK;
    failed(why, status, "%s: ONNX Runtime: %s", what, api->GetErrorMessage(result));
    api->ReleaseStatus(result);
    return status;
}

static const char *type_name(ONNXTensorElementDataType type) {
    static const char *const names[] = {"no tensor", "float32", "uint8",     "int8",       "uint16",  "int16",
                                        "int32",     "int64",   "string",    "bool",       "float16", "float64",
                                        "uint32",    "uint64",  "complex64", "complex128", "bfloat16"};
    size_t known = sizeof names / sizeof *names;
    return (size_t)type < known ? names[type] : "a type unknown here";
}

void onnx_port_text(const onnx_port_t *port, char text[MODEL_TEXT]) {
    char shape[MODEL_TEXT];
    model_shape_text(port->rank, port->shape, "batch", shape);
    if (port->type == ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED)
        snprintf(text, MODEL_TEXT, "no tensor");
    else
        snprintf(text, MODEL_TEXT, "%s %.200s", type_name(port->type), shape);
}

/* ---- inputs and outputs ---- */

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
    size_t rank = 0;
    OrtStatus *result = api->GetTensorElementType(info, &port->type);
    if (!result)
        result = api->GetDimensionsCount(info, &rank);
    port->rank = rank > INT32_MAX ? INT32_MAX : (int)rank;
    if (!result)
        result = api->GetDimensions(info, port->shape, rank < ONNX_AXES_MAX ? rank : ONNX_AXES_MAX);
    return result;
}

static OrtStatus *read_port(const onnx_session_t *session, bool output, size_t i, onnx_port_t *port) {
    const OrtApi *api = session->api;
    OrtAllocator *allocator = NULL;
    OrtTypeInfo *type = NULL;
    const OrtTensorTypeAndShapeInfo *tensor = NULL;
    char *name = NULL;
    OrtStatus *result = api->GetAllocatorWithDefaultOptions(&allocator);
    if (!result)
        result = output ? api->SessionGetOutputName(session->session, i, allocator, &name)
                        : api->SessionGetInputName(session->session, i, allocator, &name);
    if (!result) {
        port->name = strdup(name);
        result = api->AllocatorFree(allocator, name);
    }
    if (!result)
        result = output ? api->SessionGetOutputTypeInfo(session->session, i, &type)
                        : api->SessionGetInputTypeInfo(session->session, i, &type);
    if (!result)
        result = api->CastTypeInfoToTensorInfo(type, &tensor);
    if (!result && tensor)
        result = onnx_port_shape(api, tensor, port);
    api->ReleaseTypeInfo(type);
    return result;
}

static status_t read_ports(const onnx_session_t *session, const char *file, bool output, ports_t *ports,
                           failure_t *why) {
    const OrtApi *api = session->api;
    size_t count = 0;
    *ports = (ports_t){0};
    OrtStatus *result = output ? api->SessionGetOutputCount(session->session, &count)
                               : api->SessionGetInputCount(session->session, &count);
    TRY(onnx_check(api, result, STATUS_INPUT, file, why));
    ports->ports = calloc(count ? count : 1, sizeof *ports->ports);
    if (!ports->ports)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", file);
    ports->count = count;
    for (size_t i = 0; i < count; i++) {
        status_t status = onnx_check(api, read_port(session, output, i, &ports->ports[i]), STATUS_INPUT, file, why);
        if (status == STATUS_OK && !ports->ports[i].name)
            status = failed(why, STATUS_INTERNAL, "%s: out of memory", file);
        if (status != STATUS_OK) {
            free_ports(ports);
            return status;
        }
    }
    return STATUS_OK;
}

/* STATUS_INPUT: "<file>: <problem>; its <inputs>: a: float32 [batch, 3], b: ...; supported: ..." */
static status_t refuse(const char *file, const char *problem, const char *kind, const ports_t *ports, failure_t *why) {
    char list[FAILURE_TEXT / 2] = "none", text[MODEL_TEXT];
    size_t used = 0;
    for (size_t i = 0; i < ports->count && used < sizeof list; i++) {
        onnx_port_text(&ports->ports[i], text);
        used +=
            (size_t)snprintf(list + used, sizeof list - used, "%s%s: %s", i ? ", " : "", ports->ports[i].name, text);
    }
    return failed(why, STATUS_INPUT, "%s: %s; its %s: %s; %s", file, problem, kind, list, supported);
}

static bool is_float(const onnx_port_t *port) {
    return port->type == ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT || port->type == ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE;
}

/* Why the only input cannot be used; NULL: it can. */
static const char *input_problem(const model_options_t *options, const ports_t *inputs) {
    if (inputs->count != 1)
        return "it does not have exactly one input";
    const onnx_port_t *only = &inputs->ports[0];
    if (options->input && strcmp(options->input, only->name) != 0)
        return "it has no input of the name in model.input";
    if (!is_float(only))
        return "its input is not of a supported type";
    if (only->rank == 0)
        return "its input has no batch axis, or no known shape";
    if (only->rank > ONNX_AXES_MAX || only->shape[0] == 0)
        return "its input has too many axes, or an empty batch";
    return NULL;
}

/* The same for the output that is chosen: *at. */
static const char *output_problem(const model_options_t *options, const onnx_port_t *input, const ports_t *outputs,
                                  size_t *at) {
    *at = 0;
    if (!options->output && outputs->count != 1)
        return "it does not have exactly one output: name one in model.output";
    while (options->output && *at < outputs->count && strcmp(options->output, outputs->ports[*at].name) != 0)
        ++*at;
    if (*at == outputs->count)
        return "it has no output of the name in model.output";
    const onnx_port_t *chosen = &outputs->ports[*at];
    if (!is_float(chosen))
        return "its output is not of a supported type";
    if (chosen->rank > 2 || (chosen->rank == 2 && chosen->shape[1] == 0))
        return "its output is not one number or one row of numbers per sample";
    if (chosen->rank > 0 && chosen->shape[0] >= 0 && chosen->shape[0] != input->shape[0])
        return "the first axis of its output is fixed and not the batch of its input";
    return NULL;
}

/* Chooses an input or output. */
static status_t choose_port(const model_options_t *options, onnx_session_t *session, bool output, failure_t *why) {
    ports_t ports;
    size_t at = 0;
    TRY(read_ports(session, options->file, output, &ports, why));
    const char *problem =
        output ? output_problem(options, &session->input, &ports, &at) : input_problem(options, &ports);
    status_t status = STATUS_OK;
    if (problem) {
        status = refuse(options->file, problem, output ? "outputs" : "inputs", &ports, why);
    } else {
        *(output ? &session->output : &session->input) = ports.ports[at];
        ports.ports[at].name = NULL; /* the session's now */
    }
    free_ports(&ports);
    return status;
}

/* ---- the session ---- */

/* One thread and nothing that spins: there is one process per core, and the order of sums must not depend on threads.
 */
static OrtStatus *make_options(const OrtApi *api, OrtSessionOptions **options) {
    OrtStatus *result = api->CreateSessionOptions(options);
    if (!result)
        result = api->SetIntraOpNumThreads(*options, 1);
    if (!result)
        result = api->SetInterOpNumThreads(*options, 1);
    if (!result)
        result = api->SetSessionExecutionMode(*options, ORT_SEQUENTIAL);
    if (!result)
        result = api->AddSessionConfigEntry(*options, "session.intra_op.allow_spinning", "0");
    if (!result)
        result = api->AddSessionConfigEntry(*options, "session.inter_op.allow_spinning", "0");
    return result;
}

static status_t create_session(const char *file, bool noisy, onnx_session_t *session, failure_t *why) {
    const OrtApi *api = session->api;
    OrtSessionOptions *options = NULL;
    stderr_filter_t filter = {0};
    if (noisy)
        filter = stderr_filter_start();
    OrtStatus *result = api->CreateEnv(ORT_LOGGING_LEVEL_FATAL, "harsanyi", &session->env); /* errors come as results */
    if (!result)
        result = make_options(api, &options);
    if (!result)
        result = api->CreateSession(session->env, file, options, &session->session);
    if (noisy)
        stderr_filter_end(&filter, "Schema error");
    api->ReleaseSessionOptions(options);
    return onnx_check(api, result, STATUS_INPUT, file, why);
}

/* A missing or foreign file is told in our words, before the engine is looked for. */
static status_t check_files(const char *file, failure_t *why) {
    onnx_files_t files;
    TRY(onnx_files_list(file, &files, why));
    onnx_files_free(&files);
    return STATUS_OK;
}

status_t onnx_session_open(const model_options_t *options, onnx_session_t *session, failure_t *why) {
    onnx_library_t library;
    *session = (onnx_session_t){0};
    TRY(check_files(options->file, why));
    TRY(onnx_library_open(options->library, &library, why));
    session->api = library.api;
    session->version = library.version;
    TRY(create_session(options->file, library.noisy, session, why));
    TRY(choose_port(options, session, false, why));
    return choose_port(options, session, true, why);
}

void onnx_session_close(onnx_session_t *session) {
    if (session->api) {
        session->api->ReleaseSession(session->session);
        session->api->ReleaseEnv(session->env);
    }
    free(session->input.name);
    free(session->output.name);
    *session = (onnx_session_t){0};
}
