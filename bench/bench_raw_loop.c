/* bench_raw_loop MODEL PLAYERS MASKS [BATCH]: what a plain loop gets out of ONNX Runtime on one thread, to compare a
 * sweep with: fill every row of a batch, run the session, log-odds in double. The input is made up, its elements are
 * shared out evenly among the players. Free axes of the model other than the batch are taken as 1. Prints one JSON
 * object. */
#include "base/clock.h"
#include "engines/onnx_library.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { AXES_MAX = 9, BATCH_DEFAULT = 256 };

typedef struct {
    const OrtApi *api;
    OrtSession *session;
    OrtValue *input;
    char *input_name, *output_name;
    size_t elements, batch;
    float *x;      /* [elements], the sample; its baseline is 0 */
    int *player;   /* [elements] */
    float *buffer; /* [batch, elements] */
    int players;
} loop_t;

static void check(const OrtApi *api, OrtStatus *status) {
    if (status) {
        fprintf(stderr, "bench_raw_loop: %s\n", api->GetErrorMessage(status));
        exit(1);
    }
}

static void *memory(size_t count, size_t size) {
    void *got = calloc(count, size);
    if (!got) {
        fprintf(stderr, "bench_raw_loop: out of memory\n");
        exit(1);
    }
    return got;
}

static void open_session(loop_t *loop, const char *file) {
    const OrtApi *api = loop->api;
    OrtEnv *env;
    OrtSessionOptions *options;
    OrtAllocator *allocator;
    check(api, api->CreateEnv(ORT_LOGGING_LEVEL_FATAL, "bench", &env));
    check(api, api->CreateSessionOptions(&options));
    check(api, api->SetIntraOpNumThreads(options, 1));
    check(api, api->SetInterOpNumThreads(options, 1));
    check(api, api->CreateSession(env, file, options, &loop->session));
    check(api, api->GetAllocatorWithDefaultOptions(&allocator));
    check(api, api->SessionGetInputName(loop->session, 0, allocator, &loop->input_name));
    check(api, api->SessionGetOutputName(loop->session, 0, allocator, &loop->output_name));
}

static void make_input(loop_t *loop) {
    const OrtApi *api = loop->api;
    OrtTypeInfo *type;
    const OrtTensorTypeAndShapeInfo *tensor;
    OrtMemoryInfo *where;
    int64_t shape[AXES_MAX];
    size_t rank;
    check(api, api->SessionGetInputTypeInfo(loop->session, 0, &type));
    check(api, api->CastTypeInfoToTensorInfo(type, &tensor));
    check(api, api->GetDimensionsCount(tensor, &rank));
    rank = rank < AXES_MAX ? rank : AXES_MAX;
    check(api, api->GetDimensions(tensor, shape, rank));
    shape[0] = (int64_t)loop->batch;
    loop->elements = 1;
    for (size_t i = 1; i < rank; i++) {
        shape[i] = shape[i] > 0 ? shape[i] : 1;
        loop->elements *= (size_t)shape[i];
    }
    loop->x = memory(loop->elements, sizeof *loop->x);
    loop->player = memory(loop->elements, sizeof *loop->player);
    loop->buffer = memory(loop->batch * loop->elements, sizeof *loop->buffer);
    for (size_t e = 0; e < loop->elements; e++) {
        loop->x[e] = (float)(e * 40503 % 1009) / 1009.0f;
        loop->player[e] = (int)(e * (size_t)loop->players / loop->elements);
    }
    check(api, api->CreateCpuMemoryInfo(OrtArenaAllocator, OrtMemTypeDefault, &where));
    check(api,
          api->CreateTensorWithDataAsOrtValue(where, loop->buffer, loop->batch * loop->elements * sizeof *loop->buffer,
                                              shape, rank, ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, &loop->input));
}

static void fill(loop_t *loop, uint64_t first) {
    for (size_t r = 0; r < loop->batch; r++)
        for (size_t e = 0; e < loop->elements; e++)
            loop->buffer[r * loop->elements + e] = (first + r) >> loop->player[e] & 1 ? loop->x[e] : 0.0f;
}

/* The log-odds of class 0, or the logit itself where there is one. */
static double log_odds(const float *z, size_t outputs) {
    double largest = -INFINITY, sum = 0.0;
    for (size_t j = 1; j < outputs; j++)
        largest = (double)z[j] > largest ? (double)z[j] : largest;
    for (size_t j = 1; j < outputs; j++)
        sum += exp((double)z[j] - largest);
    return outputs == 1 ? (double)z[0] : (double)z[0] - largest - log(sum);
}

/* Evaluates `masks` masks; returns the sum of v, so that nothing is optimised away. */
static double evaluate(loop_t *loop, uint64_t masks) {
    const OrtApi *api = loop->api;
    double total = 0.0;
    for (uint64_t first = 0; first < masks; first += loop->batch) {
        OrtValue *output = NULL;
        OrtTensorTypeAndShapeInfo *info;
        size_t count;
        void *data;
        fill(loop, first);
        check(api,
              api->Run(loop->session, NULL, (const char *const *)&loop->input_name,
                       (const OrtValue *const *)&loop->input, 1, (const char *const *)&loop->output_name, 1, &output));
        check(api, api->GetTensorTypeAndShape(output, &info));
        check(api, api->GetTensorShapeElementCount(info, &count));
        check(api, api->GetTensorMutableData(output, &data));
        size_t outputs = count / loop->batch;
        for (size_t r = 0; r < loop->batch; r++)
            total += log_odds((const float *)data + r * outputs, outputs);
        api->ReleaseTensorTypeAndShapeInfo(info);
        api->ReleaseValue(output);
    }
    return total;
}

int main(int argc, char **argv) {
    onnx_library_t library;
    failure_t why;
    if (argc < 4) {
        fprintf(stderr, "usage: bench_raw_loop MODEL PLAYERS MASKS [BATCH]\n");
        return 1;
    }
    if (onnx_library_open(NULL, &library, &why) != STATUS_OK) {
        fprintf(stderr, "bench_raw_loop: %s\n", why.text);
        return 1;
    }
    loop_t loop = {.api = library.api, .players = (int)strtol(argv[2], NULL, 10), .batch = BATCH_DEFAULT};
    uint64_t masks = strtoull(argv[3], NULL, 10);
    loop.batch = argc > 4 ? strtoull(argv[4], NULL, 10) : loop.batch;
    if (loop.players < 1 || loop.players > 63 || loop.batch < 1 || masks < loop.batch) {
        fprintf(stderr, "bench_raw_loop: PLAYERS 1 ... 63, BATCH >= 1, MASKS >= BATCH\n");
        return 1;
    }
    open_session(&loop, argv[1]);
    make_input(&loop);
    evaluate(&loop, loop.batch);
    double start = clock_seconds(), processor = clock_thread(), total = evaluate(&loop, masks);
    double seconds = clock_seconds() - start, busy = clock_thread() - processor;
    masks = (masks + loop.batch - 1) / loop.batch * loop.batch;
    printf("{\"engine\": \"onnxruntime %s\", \"batch\": %zu, \"masks\": %llu, \"seconds\": %.6f, \"masks_per_second\": "
           "%.0f, \"masks_per_processor_second\": %.0f, \"mean_v\": %.6g}\n",
           library.version, loop.batch, (unsigned long long)masks, seconds, (double)masks / seconds,
           (double)masks / busy, total / (double)masks);
    return 0;
}
