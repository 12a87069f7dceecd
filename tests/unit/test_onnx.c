/* The ONNX backend on tiny networks whose formulas are written out here (tests/data/make_models.py makes them). Their
 * arithmetic is exact in float32, so values are compared bit for bit. Skipped without an engine. */
#include "support/models.h"

enum { MASKS_MAX = 1 << 6, INPUTS_MAX = 8, NUMBERS_MAX = 8 };

/* ---- the networks' formulas ---- */

static double weight(int i, int j) {
    return ((7 * i + 3 * j) % 11 - 5) / 8.0;
}

static double bias(int j) {
    return (j - 1) / 4.0;
}

static void affine(const double *x, int inputs, int outputs, double *z) {
    for (int j = 0; j < outputs; j++) {
        z[j] = bias(j);
        for (int i = 0; i < inputs; i++)
            z[j] += x[i] * weight(i, j);
    }
}

static void linear3(const double *x, double *z) {
    affine(x, 4, 3, z);
}

static void logit(const double *x, double *z) {
    affine(x, 4, 1, z);
}

static void narrow(const double *x, double *z) {
    double wide[3];
    linear3(x, wide);
    z[0] = wide[0] + wide[1] + wide[2];
}

static void sum(const double *x, double *z) {
    z[0] = x[0] + x[1] + x[2] + x[3] + x[4] + x[5];
}

static void sum_of_squares(const double *x, double *z) {
    z[0] = 0;
    for (int i = 0; i < 6; i++)
        z[0] += x[i] * x[i];
}

static void mlp(const double *x, double *z) {
    double hidden[8];
    affine(x, 6, 8, hidden);
    for (int j = 0; j < 8; j++)
        hidden[j] = hidden[j] > 0.0 ? hidden[j] : 0.0;
    affine(hidden, 8, 3, z);
}

/* ---- samples ---- */

/* Six elements; samples of models with four use the first four. Players are scattered, element 3 is never masked. */
static const double x6[6] = {1.5, -0.75, 2.0, 0.625, -3.0, 1.125};
static const double baselines6[3][6] = {{0, 0, 0, 0, 0, 0}, {-1, 0.5, 0.25, 9, 1, -0.5}, {0.125, 3, -2, 1, 0, 4}};
static const int32_t players6[6] = {2, 0, 1, -1, 3, 4};
static const int32_t players4[4] = {2, 0, 1, -1};

static sample_t sample6(void) {
    return (sample_t){.label = 1,
                      .target = -1,
                      .n = 5,
                      .elements = 6,
                      .x = x6,
                      .players = players6,
                      .baselines = 1,
                      .baseline = baselines6[1]};
}

static sample_t sample4(void) {
    sample_t sample = sample6();
    sample.n = 3;
    sample.elements = 4;
    sample.players = players4;
    return sample;
}

static void masked_input(const sample_t *sample, int baseline, mask_t mask, double *input) {
    for (size_t e = 0; e < sample->elements; e++) {
        bool present = sample->players[e] < 0 || (mask >> sample->players[e] & 1);
        input[e] = present ? sample->x[e] : sample->baseline[(size_t)baseline * sample->elements + e];
    }
}

static void set_target(model_t *model, sample_t *sample) {
    failure_t why = {0};
    uint64_t evaluated = 0;
    assert_ok(model_set_target(model, sample, &evaluated, &why));
    assert_true(sample->target >= 0);
}

/* ---- values ---- */

typedef struct {
    const char *file;
    void (*network)(const double *x, double *z);
    int inputs, outputs;
    const char *output; /* NULL: the only one */
    score_t score;
    int baselines;
    int rank;
    int64_t shape[3];
} network_t;

static const network_t NETWORKS[] = {
    {"linear_f32.onnx", linear3, 4, 3, NULL, SCORE_RAW, 1, 0, {0}},
    {"linear_f64.onnx", linear3, 4, 3, NULL, SCORE_RAW, 1, 0, {0}},
    {"external.onnx", linear3, 4, 3, NULL, SCORE_RAW, 1, 0, {0}},
    {"mlp.onnx", mlp, 6, 3, NULL, SCORE_RAW, 1, 0, {0}},
    {"mlp.onnx", mlp, 6, 3, NULL, SCORE_RAW, 3, 0, {0}}, /* the mean of v_k, summed in the order of k */
    {"mlp.onnx", mlp, 6, 3, NULL, SCORE_LOG_ODDS, 1, 0, {0}},
    {"logit.onnx", logit, 4, 1, NULL, SCORE_LOG_ODDS, 1, 0, {0}}, /* [batch, 1]: its sign from the label */
    {"logit_flat.onnx", logit, 4, 1, NULL, SCORE_LOG_ODDS, 1, 0, {0}},
    {"logit.onnx", logit, 4, 1, NULL, SCORE_RAW, 1, 0, {0}},
    {"image.onnx", sum_of_squares, 6, 1, NULL, SCORE_RAW, 1, 3, {1, 2, 3}}, /* free axes come from the sample */
    {"free_axis.onnx", sum, 6, 1, NULL, SCORE_RAW, 1, 2, {2, 3}}, /* one free axis takes whatever axes that has */
    {"two_outputs.onnx", narrow, 4, 1, "narrow", SCORE_RAW, 1, 0, {0}},
};

/* v by the definition. */
static double value_of(const network_t *network, const sample_t *sample, mask_t mask) {
    double v = 0, input[INPUTS_MAX] = {0}, z[NUMBERS_MAX] = {0};
    for (int k = 0; k < network->baselines; k++) {
        masked_input(sample, k, mask, input);
        network->network(input, z);
        if (network->score == SCORE_RAW)
            v += z[sample->target];
        else if (network->outputs == 1)
            v += sample->target == 1 ? z[0] : -z[0];
        else
            v += z[1] - log(exp(z[0]) + exp(z[2]));
    }
    return v / network->baselines;
}

static void check_network(const network_t *network, int batch, int64_t label) {
    double values[MASKS_MAX], within = network->score == SCORE_LOG_ODDS && network->outputs > 1 ? 1e-13 : 0;
    sample_t sample = network->inputs == 4 ? sample4() : sample6();
    sample.label = label;
    sample.baselines = network->baselines;
    sample.baseline = network->baselines > 1 ? baselines6[0] : sample.baseline;
    sample.rank = network->rank;
    sample.shape = network->shape;
    model_options_t options = options_for(network->file);
    options.batch = batch;
    options.score = network->score;
    options.output = network->output;
    model_t *model = open_model(&options);
    assert_int_equal(model_info(model)->width[0], network->outputs);
    set_target(model, &sample);
    /* A regression's label is not an index: raw of a single output has target 0. */
    assert_int_equal(sample.target, network->score == SCORE_RAW && network->outputs == 1 ? 0 : label);
    evaluate_all(model, &sample, values);
    for (mask_t mask = 0; mask < mask_count(sample.n); mask++)
        assert_within(values[mask], value_of(network, &sample, mask), within);
    model_close(&model);
}

/* Every label, every batch. */
TEST(networks_give_their_formulas) {
    for (size_t i = 0; i < sizeof NETWORKS / sizeof *NETWORKS; i++)
        for (int batch = 1; batch <= 64; batch *= 4)
            for (int64_t label = 0; label < (NETWORKS[i].outputs == 1 ? 2 : 3); label++)
                if (NETWORKS[i].score == SCORE_RAW || NETWORKS[i].outputs == 1 || label == 1)
                    check_network(&NETWORKS[i], batch, label);
}

TEST(double_models_compute_in_double) {
    const double x[4] = {1.0 / 3.0, 1e200, 0, 0}, zeros[4] = {0};
    double values[8];
    sample_t sample = sample4();
    sample.x = x;
    sample.baseline = zeros;
    model_options_t options = options_for("linear_f64.onnx");
    model_t *model = open_model(&options);
    set_target(model, &sample);
    evaluate_all(model, &sample, values);
    assert_true(values[4] == 1.0 / 3.0 * weight(0, 1) + bias(1));
    assert_true(fabs(values[1] / (1e200 * weight(1, 1)) - 1.0) < 1e-15);
    model_close(&model);
}

/* ---- chunks ---- */

/* What a coupled network gives for the chunk of `chunk` masks at `first`, filled up to `rows` rows with mask 0. */
static void coupled(const sample_t *sample, mask_t first, size_t chunk, size_t rows, double *values) {
    double input[INPUTS_MAX] = {0}, z[NUMBERS_MAX] = {0}, sum = 0.0;
    for (size_t r = 0; r < rows; r++) {
        masked_input(sample, 0, r < chunk ? first + r : 0, input);
        linear3(input, z);
        sum += z[1];
        if (r < chunk)
            values[r] = z[1];
    }
    for (size_t r = 0; r < chunk; r++)
        values[r] += sum / 64.0;
}

/* A row's value depends on the rows beside it: only fixed chunks give the same bits for any order of ranges. */
static void check_chunks(const char *name, int batch, int bits, size_t rows) {
    double values[16], want[16], again[16];
    failure_t why;
    sample_t sample = sample4();
    int32_t players[4] = {0, 1, 2, 3};
    sample.n = 4;
    sample.players = players;
    model_options_t options = options_for(name);
    options.batch = batch;
    model_t *model = open_model(&options);
    size_t chunk = (size_t)1 << bits;
    assert_int_equal(model_granule_bits(model, 4), bits);
    assert_int_equal(model_granule_bits(model, 1), bits < 1 ? bits : 1);
    set_target(model, &sample);
    evaluate_all(model, &sample, values);
    for (mask_t first = 0; first < 16; first += chunk)
        coupled(&sample, first, chunk, rows, want + first);
    assert_memory_equal(values, want, sizeof values);
    for (mask_t first = 16; first > 0; first -= chunk) /* backwards, one chunk at a time */
        assert_int_equal(model_evaluate(model, &sample, (range_t){first - chunk, chunk}, again + first - chunk, &why),
                         STATUS_OK);
    assert_memory_equal(again, want, sizeof again);
    if (chunk > 1)
        assert_int_equal(model_evaluate(model, &sample, (range_t){0, chunk / 2}, again, &why), STATUS_INTERNAL);
    model_close(&model);
}

TEST(chunks_are_fixed) {
    check_chunks("coupled.onnx", 1, 0, 1);
    check_chunks("coupled.onnx", 4, 2, 4);
    check_chunks("coupled.onnx", 256, 4, 16); /* 2^n masks are fewer than the batch */
    check_chunks("coupled5.onnx", 256, 2, 5); /* four masks and one row of mask 0 */
    check_chunks("coupled5.onnx", 2, 1, 5);
}

/* Small samples between large ones: tensors are made anew, nothing is left over; and time is accounted for. */
TEST(samples_of_different_size_take_turns) {
    double first[MASKS_MAX], again[MASKS_MAX], small[MASKS_MAX];
    const int32_t two[6] = {0, 0, 0, 1, 1, 1};
    sample_t large = sample6(), few = sample6();
    few.n = 2;
    few.players = two;
    model_options_t options = options_for("mlp.onnx");
    model_t *model = open_model(&options);
    set_target(model, &large);
    set_target(model, &few);
    assert_true(model_times(model).engine == 0.0);
    evaluate_all(model, &large, first);
    model_times_t once = model_times(model);
    assert_true(once.engine > 0.0 && once.fill > 0.0 && once.score > 0.0);
    evaluate_all(model, &few, small);
    evaluate_all(model, &large, again);
    assert_true(model_times(model).engine > once.engine);
    assert_memory_equal(first, again, 32 * sizeof *first);
    assert_true(small[3] == first[31]); /* all present is the sample itself */
    model_close(&model);
}

/* ---- targets ---- */

TEST(predicted_is_the_argmax_of_the_full_mask) {
    double z[NUMBERS_MAX] = {0};
    const double *outputs;
    failure_t why;
    uint64_t evaluated = 100;
    sample_t sample = sample6();
    sample.label = -1;
    model_options_t options = options_for("mlp.onnx");
    options.target = TARGET_PREDICTED;
    options.score = SCORE_LOG_ODDS;
    options.batch = 8;
    model_t *model = open_model(&options);
    mlp(x6, z);
    int64_t best = z[1] > z[0] ? 1 : 0;
    best = z[2] > z[best] ? 2 : best;
    assert_int_equal(model_set_target(model, &sample, &evaluated, &why), STATUS_OK);
    assert_int_equal(sample.target, best);
    assert_int_equal(evaluated, 108);
    assert_ok(model_raw(model, &sample, (range_t){mask_count(sample.n) - 1, 1}, &outputs, &why));
    assert_memory_equal(outputs, z, 3 * sizeof *z);
    assert_ok(model_raw(model, &sample, (range_t){mask_count(sample.n) - 5, 5}, &outputs, &why)); /* part of a chunk */
    assert_memory_equal(outputs + 4 * 3, z, 3 * sizeof *z);
    model_close(&model);
}

static void expect_no_target(model_t *model, sample_t sample, status_t expected, const char *text) {
    failure_t why;
    uint64_t evaluated = 0;
    assert_fails(model_set_target(model, &sample, &evaluated, &why), expected, text);
}

TEST(labels_out_of_range_are_refused) {
    sample_t sample = sample6();
    model_options_t options = options_for("mlp.onnx");
    model_t *model = open_model(&options);
    sample.label = 3;
    expect_no_target(model, sample, STATUS_INPUT, "targets 0 ... 2");
    sample.label = -1;
    expect_no_target(model, sample, STATUS_INPUT, "no label");
    model_close(&model);
}

/* ---- outputs that are wrong ---- */

static void expect_no_values(model_t *model, const sample_t *sample, status_t expected, const char *text) {
    double values[MASKS_MAX];
    failure_t why;
    assert_fails(model_evaluate(model, sample, (range_t){0, mask_count(sample->n)}, values, &why), expected, text);
}

TEST(nan_is_not_a_value_and_has_no_prediction) {
    const double x[2] = {-1, 1}, baseline[2] = {1, 1};
    const int32_t players[2] = {0, 1};
    sample_t sample = {.n = 2, .elements = 2, .x = x, .players = players, .baselines = 1, .baseline = baseline};
    model_options_t options = options_for("not_finite.onnx");
    options.target = TARGET_PREDICTED;
    model_t *model = open_model(&options);
    expect_no_target(model, sample, STATUS_CERTAIN, "mask 0x3: output 0 is NaN");
    expect_no_values(model, &sample, STATUS_CERTAIN, "mask 0x1: output is NaN");
    model_close(&model);
}

/* Then the sample may be at fault, not the model. */
TEST(nan_that_comes_from_the_sample_is_named) {
    double x[4] = {NAN, 1, 1, 1}, baseline[4] = {0};
    const int32_t players[4] = {0, 1, 2, 2};
    sample_t sample = {.n = 3, .elements = 4, .x = x, .players = players, .baselines = 1, .baseline = baseline};
    model_options_t options = options_for("linear_f32.onnx");
    model_t *model = open_model(&options);
    expect_no_values(model, &sample, STATUS_CERTAIN, "mask 0x1: output is NaN; x holds NaN, which");
    baseline[3] = NAN;
    expect_no_values(model, &sample, STATUS_CERTAIN, "mask 0x0: output is NaN; x and the baseline hold NaN, which");
    x[0] = 1;
    expect_no_values(model, &sample, STATUS_CERTAIN, "mask 0x0: output is NaN; the baseline holds NaN, which");
    model_close(&model);
}

/* The number of columns is only known once the model has run; afterwards it may not change. */
TEST(outputs_may_be_known_late) {
    double values[2], x[4] = {4, 10, 20, 30};
    failure_t why;
    uint64_t evaluated = 0;
    const int32_t players[4] = {-1, 0, 0, 0};
    const double baseline[4] = {0, 1, 2, 3};
    sample_t sample = {
        .label = 2, .n = 1, .elements = 4, .x = x, .players = players, .baselines = 1, .baseline = baseline};
    model_options_t options = options_for("free_columns.onnx");
    model_t *model = open_model(&options);
    assert_int_equal(model_info(model)->width[0], -1);
    assert_ok(model_set_target(model, &sample, &evaluated, &why));
    assert_int_equal(evaluated, 2);
    assert_int_equal(model_info(model)->width[0], 4);
    evaluate_all(model, &sample, values);
    assert_true(values[0] == 2 && values[1] == 20);
    x[0] = 2; /* now the output is [4, 2] for two masks */
    expect_no_values(model, &sample, STATUS_INPUT,
                     "mask 0x0: the model's output is float32 [4, 2], expected was [2, 4], a row for each mask");
    model_close(&model);
}

TEST(failures_of_the_engine_may_pass) {
    double values[2], x = 7;
    const double baseline = 1;
    const int32_t player = 0;
    sample_t sample = {.n = 1, .elements = 1, .x = &x, .players = &player, .baselines = 1, .baseline = &baseline};
    model_options_t options = options_for("fails_when_run.onnx");
    model_t *model = open_model(&options);
    expect_no_values(model, &sample, STATUS_TRANSIENT, "fails_when_run.onnx: ONNX Runtime: ");
    x = 0;
    evaluate_all(model, &sample, values);
    assert_true(values[0] == 6 && values[1] == 5);
    model_close(&model);
}

/* ---- what is accepted ---- */

TEST(info_describes_the_model) {
    model_options_t options = options_for("image.onnx");
    failure_t why = {0};
    model_t *model = open_model(&options);
    const model_info_t *info = model_info(model);
    assert_string_equal(info->engine, "onnxruntime");
    assert_int_equal(info->engine_version[0], '1');
    assert_int_equal(info->input_rank, 3);
    assert_int_equal(info->input_shape[0], 1);
    assert_int_equal(info->input_shape[1], -1);
    assert_int_equal(info->width[0], 1);
    assert_ok(model_check_shape(model, 3, (int64_t[]){1, 5, 7}, "s.h5: /x", &why));
    assert_fails(model_check_shape(model, 3, (int64_t[]){3, 5, 7}, "s.h5: /x", &why), STATUS_INPUT,
                 "s.h5: /x: one sample has shape [3, 5, 7], the model");
    assert_fails(model_check_shape(model, 2, (int64_t[]){5, 7}, "s.h5: /x", &why), STATUS_INPUT, "takes [1, any, any]");
    sample_t sample = sample6();
    expect_no_values(model, &sample, STATUS_INPUT, "6 elements");
    sample.rank = 3;
    sample.shape = (const int64_t[3]){1, 2, 4};
    expect_no_values(model, &sample, STATUS_INPUT, "6 elements");
    model_close(&model);
}

static void expect_refused(const model_options_t *options, const char *text) {
    failure_t why;
    model_t *model;
    assert_fails(model_open(options, NULL, &model, &why), STATUS_INPUT, text);
    assert_null(model);
}

TEST(a_named_library_must_open) {
    model_options_t options = options_for("linear_f32.onnx");
    const char *before = getenv("HARSANYI_ONNXRUNTIME");
    char *kept = before ? strdup(before) : NULL;
    options.library = "/nowhere/libonnxruntime.so.1";
    expect_refused(&options, "model.library: /nowhere/libonnxruntime.so.1 cannot be opened");
    options.library = "libm.so.6"; /* a library, but another */
    expect_refused(&options, "not ONNX Runtime");
    options.library = NULL;
    setenv("HARSANYI_ONNXRUNTIME", "/nowhere/else.so", 1);
    expect_refused(&options, "environment variable HARSANYI_ONNXRUNTIME: /nowhere/else.so");
    if (kept)
        setenv("HARSANYI_ONNXRUNTIME", kept, 1);
    else
        unsetenv("HARSANYI_ONNXRUNTIME");
    free(kept);
}

/* The processor never stands in for a GPU. Where there is one, and an engine for it, it is used. */
TEST(cuda_is_used_or_refused) {
    model_options_t options = options_for("linear_f32.onnx");
    failure_t why;
    model_t *model;
    options.provider = PROVIDER_CUDA;
    const status_t status = model_open(&options, NULL, &model, &why);
    model_close(&model);
    if (status == STATUS_OK)
        return;
    assert_int_equal(status, STATUS_INPUT);
    assert_true((strstr(why.text, "model.provider: cuda: the ONNX Runtime that is used, ") &&
                 strstr(why.text, ", was built without CUDA: install one with it (pip install onnxruntime-gpu")) ||
                strstr(why.text, "model.provider: cuda: cannot be used here; it needs a GPU"));
}

int main(void) {
    return engine_missing() ? 0 : run_all(NULL, NULL);
}
