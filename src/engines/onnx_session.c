#include "engines/onnx_session.h"

#include "base/stderr_filter.h"
#include "engines/device.h"
#include "engines/onnx_files.h"
#include "engines/onnx_library.h"

#include <stdio.h>
#include <string.h>

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

/* ---- CUDA ---- */

static bool has_cuda(const onnx_library_t *library) {
    char providers[1024];
    onnx_library_providers(library, providers, sizeof providers);
    return strstr(providers, "CUDAExecutionProvider") != NULL;
}

/* The provider that computes what the others do not have; without TF32, which keeps 10 bits of a factor, and without a
 * search for the fastest algorithm, which may find another one each time. */
static OrtStatus *append_cuda(const OrtApi *api, OrtSessionOptions *options) {
    char device[16];
    const char *const names[] = {"device_id", "use_tf32", "cudnn_conv_algo_search"};
    const char *const values[] = {device, "0", "DEFAULT"};
    OrtCUDAProviderOptionsV2 *cuda = NULL;
    snprintf(device, sizeof device, "%u", (unsigned)device_number("/dev"));
    OrtStatus *result = api->CreateCUDAProviderOptions(&cuda);
    if (!result)
        result = api->UpdateCUDAProviderOptions(cuda, names, values, sizeof names / sizeof *names);
    if (!result)
        result = api->SessionOptionsAppendExecutionProvider_CUDA_V2(options, cuda);
    api->ReleaseCUDAProviderOptions(cuda);
    return result;
}

/* STATUS_INPUT where the engine has no CUDA, or cannot use it here. */
static status_t use_provider(const model_options_t *options, const onnx_library_t *library, OrtSessionOptions *made,
                             failure_t *why) {
    const OrtApi *api = library->api;
    if (options->provider == PROVIDER_CPU)
        return STATUS_OK;
    if (!has_cuda(library))
        return failed(
            why, STATUS_INPUT,
            "model.provider: cuda: the ONNX Runtime that is used, %s, was built without CUDA: install one with "
            "it (pip install onnxruntime-gpu, with CUDA and cuDNN), and name its libonnxruntime.so in "
            "model.library or HARSANYI_ONNXRUNTIME",
            onnx_library_path(library));
    OrtStatus *result = append_cuda(api, made);
    if (!result)
        return STATUS_OK;
    failed(
        why, STATUS_INPUT,
        "model.provider: cuda: cannot be used here; it needs a GPU, its driver, and the CUDA and cuDNN that this ONNX "
        "Runtime was built for (in LD_LIBRARY_PATH); ONNX Runtime: %s",
        api->GetErrorMessage(result));
    api->ReleaseStatus(result);
    return STATUS_INPUT;
}

/* ---- opening ---- */

/* What to do about a model that the engine cannot open; "" where its words do not tell. */
static const char *advice_for(const char *said) {
    static const struct {
        const char *words, *advice;
    } known[] = {
        {"IR version", "; set model.ir_version = 9 and save it again (onnx.load, onnx.save), or use a newer ONNX "
                       "Runtime (model.library)"},
        {"official support for domain",
         "; export it with a lower opset (PyTorch: opset_version=17; skl2onnx: target_opset=17), or use a "
         "newer ONNX Runtime (model.library)"},
        {"not a registered function/op", "; export it with the operators of ONNX alone, or with a lower opset"},
        {"No Op registered", "; export it with the operators of ONNX alone, or with a lower opset"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(said, known[i].words))
            return known[i].advice;
    return "";
}

/* The advice comes before the engine's words, which are long. */
static status_t check_opened(const OrtApi *api, OrtStatus *result, const char *file, failure_t *why) {
    if (!result)
        return STATUS_OK;
    const char *said = api->GetErrorMessage(result);
    failed(why, STATUS_INPUT, "%s: cannot be opened%s; ONNX Runtime: %s", file, advice_for(said), said);
    api->ReleaseStatus(result);
    return STATUS_INPUT;
}

static status_t create_session(const model_options_t *options, const onnx_library_t *library, onnx_session_t *session,
                               failure_t *why) {
    const OrtApi *api = session->api;
    OrtSessionOptions *made = NULL;
    stderr_filter_t filter = {0};
    if (library->noisy)
        filter = stderr_filter_start();
    OrtStatus *result = api->CreateEnv(ORT_LOGGING_LEVEL_FATAL, "harsanyi", &session->env); /* errors come as results */
    if (!result)
        result = make_options(api, &made);
    status_t status = result ? STATUS_OK : use_provider(options, library, made, why);
    if (!result && status == STATUS_OK)
        result = api->CreateSession(session->env, options->file, made, &session->session);
    if (library->noisy)
        stderr_filter_end(&filter, "Schema error");
    api->ReleaseSessionOptions(made);
    return status == STATUS_OK ? check_opened(api, result, options->file, why) : status;
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
    TRY(create_session(options, &library, session, why));
    return onnx_ports_choose(options, session->api, session->session, &session->ports, why);
}

void onnx_session_close(onnx_session_t *session) {
    if (session->api) {
        session->api->ReleaseSession(session->session);
        session->api->ReleaseEnv(session->env);
    }
    onnx_ports_free(&session->ports);
    *session = (onnx_session_t){0};
}
