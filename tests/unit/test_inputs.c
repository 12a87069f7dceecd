/* plan/inputs: samples, model and table fit together, or everything that does not is said. */
#include "h5_scratch.h"
#include "plan/inputs.h"

#define MODELS TEST_DATA_DIR "/"

/* ---- files ---- */

/* x [rows, 4] = (row + column) / 8, players 0 ... 3, baseline 0, and labels (NULL: none). */
static void make_samples(const scratch_t *scratch, hsize_t rows, hsize_t columns, const int64_t *labels) {
    float x[64];
    const hsize_t dims[] = {rows, columns};
    for (hsize_t i = 0; i < rows * columns; i++)
        x[i] = (float)(i / columns + i % columns) / 8;
    h5t_write_samples(scratch->file, dims, x, labels);
}

static void make_table(const char *path, hsize_t rows, int players) {
    double values[64] = {0};
    const hsize_t dims[] = {rows, (hsize_t)1 << players};
    hid_t file = h5t_create(path);
    h5t_write(file, "values", H5T_IEEE_F64LE, 2, dims, H5P_DEFAULT, H5T_NATIVE_DOUBLE, values);
    H5Fclose(file);
}

/* ---- opening ---- */

typedef struct {
    config_t *config;
    inputs_t *inputs;
    problems_t problems;
    failure_t why;
    status_t status;
} opened_t;

static config_t *make_config(const scratch_t *scratch, const char *yaml) {
    config_t *config;
    problems_t problems = {0};
    if (config_parse(yaml, strlen(yaml), "test", scratch->folder, NULL, 0, &config, &problems) != STATUS_OK)
        fail_msg("%s", problems.texts[0]);
    return config;
}

static opened_t open_inputs(const scratch_t *scratch, const char *yaml) {
    opened_t opened = {.config = make_config(scratch, yaml)};
    opened.status = inputs_open(opened.config, &opened.inputs, &opened.problems, &opened.why);
    assert_int_equal(opened.status == STATUS_OK, opened.inputs != NULL);
    assert_int_equal(opened.status == STATUS_INPUT, opened.problems.count > 0);
    return opened;
}

static void close_inputs(opened_t *opened) {
    inputs_close(&opened->inputs);
    config_free(&opened->config);
    problems_free(&opened->problems);
}

static opened_t open_well(const scratch_t *scratch, const char *yaml) {
    opened_t opened = open_inputs(scratch, yaml);
    if (opened.status != STATUS_OK)
        fail_msg("%s", opened.why.text);
    return opened;
}

/* Opens and expects exactly these complaints (parts of them), in this order. */
static void expect_problems(const scratch_t *scratch, const char *yaml, const char *const *said, size_t count) {
    opened_t opened = open_inputs(scratch, yaml);
    assert_int_equal(opened.status, STATUS_INPUT);
    for (size_t i = 0; i < count && i < opened.problems.count; i++)
        if (!strstr(opened.problems.texts[i], said[i]))
            fail_msg("expected `%s` in `%s`", said[i], opened.problems.texts[i]);
    if (opened.problems.count > count)
        fail_msg("also said: %s", opened.problems.texts[count]);
    assert_int_equal(opened.problems.count, count);
    assert_string_equal(opened.why.text, opened.problems.texts[0]);
    close_inputs(&opened);
}
#define EXPECT_PROBLEMS(scratch, yaml, ...)                                                                            \
    expect_problems(scratch, yaml, (const char *const[]){__VA_ARGS__},                                                 \
                    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

/* ---- games ---- */

#define GAME "model: {backend: game, game: square, samples: 4, players: [3, 5]}\noutput: {file: x.h5}\n"

TEST_WITH(games_need_no_file, scratch_make, scratch_remove) {
    opened_t opened = open_well(*state, GAME);
    const inputs_t *inputs = opened.inputs;
    assert_int_equal(samples_count(inputs->samples), 4);
    assert_int_equal(inputs->n_min, 3);
    assert_int_equal(inputs->n_max, 5);
    assert_int_equal(inputs->masks, 8 + 16 + 32 + 8);
    assert_false(inputs->target_is_predicted_instead);
    assert_null(inputs->table);
    sample_t sample;
    assert_int_equal(inputs_prepare(opened.inputs, 2, &sample, &opened.why), STATUS_OK);
    assert_int_equal(sample.n, 5);
    double v;
    assert_int_equal(model_evaluate(inputs->model, &sample, (range_t){31, 1}, &v, &opened.why), STATUS_OK);
    assert_true(v == 25);
    close_inputs(&opened);
    assert_null(opened.inputs);
}

/* ---- networks ---- */

#define REST "samples: {file: a.h5}\noutput: {file: x.h5}\n"
#define LINEAR "model: {file: " MODELS "linear_f32.onnx}\n" REST

TEST_WITH(labels_are_used_where_there_are_some, scratch_make, scratch_remove) {
    skip_without_engine();
    make_samples(*state, 3, 4, (const int64_t[]){0, 2, 1});
    opened_t opened = open_well(*state, LINEAR);
    assert_int_equal(opened.inputs->options.target, TARGET_LABEL);
    assert_false(opened.inputs->target_is_predicted_instead);
    assert_int_equal(samples_selected_label(opened.inputs->samples, 1), 2);
    assert_int_equal(opened.inputs->masks, 3 * 16);
    close_inputs(&opened);
}

/* Without labels the strongest output is explained, and that is to be said; a regression has no choice of outputs. */
TEST_WITH(predictions_stand_in_for_missing_labels, scratch_make, scratch_remove) {
    static const struct {
        const char *yaml;
        target_t target;
        bool instead;
    } cases[] = {{LINEAR, TARGET_PREDICTED, true},
                 {"model: {file: " MODELS "linear_f32.onnx, score: raw}\n" REST, TARGET_PREDICTED, true},
                 {"model: {file: " MODELS "linear_f32.onnx, target: predicted}\n" REST, TARGET_PREDICTED, false},
                 {"model: {file: " MODELS "linear_f32.onnx, target: 2}\n" REST, TARGET_GIVEN, false},
                 {"model: {file: " MODELS "logit.onnx, score: log_odds}\n" REST, TARGET_PREDICTED, true},
                 {"model: {file: " MODELS "logit.onnx}\n" REST, TARGET_LABEL, false},
                 {"model: {file: " MODELS "logit.onnx, score: raw}\n" REST, TARGET_LABEL, false}};
    skip_without_engine();
    make_samples(*state, 3, 4, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        opened_t opened = open_well(*state, cases[i].yaml);
        sample_t sample;
        assert_int_equal(opened.inputs->options.target, cases[i].target);
        assert_int_equal(opened.inputs->target_is_predicted_instead, cases[i].instead);
        assert_int_equal(inputs_prepare(opened.inputs, 0, &sample, &opened.why), STATUS_OK);
        close_inputs(&opened);
    }
}

/* The labels of a regression are classes of samples, not of outputs. */
TEST_WITH(labels_without_outputs_may_be_any, scratch_make, scratch_remove) {
    skip_without_engine();
    make_samples(*state, 2, 4, (const int64_t[]){7, 90});
    opened_t opened = open_well(*state, "model: {file: " MODELS "logit.onnx, score: raw}\n" REST);
    assert_int_equal(samples_selected_label(opened.inputs->samples, 1), 90);
    close_inputs(&opened);
    opened = open_well(*state, "model: {file: " MODELS "linear_f32.onnx, target: predicted}\n" REST);
    close_inputs(&opened);
    EXPECT_PROBLEMS(*state, LINEAR, "sample 0 has label 7", "sample 1 has label 90");
}

TEST_WITH(all_that_is_wrong_is_said_at_once, scratch_make, scratch_remove) {
    skip_without_engine();
    make_samples(*state, 2, 5, (const int64_t[]){0, 3});
    EXPECT_PROBLEMS(*state, LINEAR, "a.h5: /x: one sample has shape [5]", "sample 1 has label 3");
    EXPECT_PROBLEMS(*state, "model: {file: none.onnx}\nsamples: {file: none.h5}\noutput: {file: x.h5}\n", "none.h5",
                    "none.onnx");
    make_samples(*state, 2, 4, NULL);
    EXPECT_PROBLEMS(*state,
                    "model: {file: " MODELS "linear_f32.onnx, target: 3}\n"
                    "samples: {file: a.h5, select: [5]}\noutput: {file: x.h5}\n",
                    "samples.select", "model.target: ");
}

/* Auto is replaced in the options and in the config; where they do not fit, a warning says so. */
TEST_WITH(what_auto_means_is_found, scratch_make, scratch_remove) {
    static const struct {
        const char *yaml;
        score_t score;
        output_kind_t kind;
        size_t warnings;
    } CASES[] = {
        {LINEAR, SCORE_LOG_ODDS, OUTPUTS_LOGITS, 0},
        {"model: {file: " MODELS "softmax.onnx}\n" REST, SCORE_LOG_ODDS, OUTPUTS_PROBABILITIES, 0},
        {"model: {file: " MODELS "softmax.onnx, output_kind: logits}\n" REST, SCORE_LOG_ODDS, OUTPUTS_LOGITS, 1},
        {"model: {file: " MODELS "sigmoid.onnx}\n" REST, SCORE_LOG_ODDS, OUTPUTS_PROBABILITIES, 0},
        {"model: {file: " MODELS "logit.onnx}\n" REST, SCORE_RAW, OUTPUTS_LOGITS, 0},
        {"model: {file: " MODELS "logit.onnx, score: logit}\n" REST, SCORE_LOGIT, OUTPUTS_LOGITS, 1}};
    skip_without_engine();
    make_samples(*state, 3, 4, NULL);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        opened_t opened = open_well(*state, CASES[i].yaml);
        problems_t warnings = {0};
        assert_int_equal(inputs_warn(opened.inputs, &warnings, &opened.why), STATUS_OK);
        assert_int_equal(warnings.count, CASES[i].warnings);
        problems_free(&warnings);
        assert_int_equal(opened.inputs->options.score, CASES[i].score);
        assert_int_equal(opened.config->model.score, CASES[i].score);
        assert_int_equal(opened.config->model.output_kind, CASES[i].kind);
        close_inputs(&opened);
    }
    EXPECT_PROBLEMS(*state, "model: {file: " MODELS "logit.onnx, score_eps: 0.1}\n" REST, "model.score_eps: ");
}

/* ---- tables ---- */

#define VALUES "model: {backend: values, file: t.h5}\noutput: {file: x.h5}\n"

/* A results file's samples are those of its sweep, as long as all of them are taken. */
TEST_WITH(all_rows_of_a_results_file_are_its_samples, scratch_make, scratch_remove) {
    const scratch_t *scratch = *state;
    const char sha256[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const uint8_t status[2] = {1, 1};
    const hsize_t two = 2;
    char path[128];
    snprintf(path, sizeof path, "%s/t.h5", scratch->folder);
    make_table(path, 2, 3);
    hid_t file = h5t_open(path, H5F_ACC_RDWR), type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    h5t_write(file, "samples/status", H5T_STD_U8LE, 1, &two, H5P_DEFAULT, H5T_NATIVE_UINT8, status);
    H5Tset_size(type, 64);
    hid_t attribute = H5Acreate2(file, "samples_sha256", type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Awrite(attribute, type, sha256) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
    H5Fclose(file);
    opened_t opened = open_well(scratch, VALUES);
    assert_string_equal(opened.inputs->samples_sha256, sha256);
    close_inputs(&opened);
    opened = open_well(scratch, VALUES "samples: {select: '0:2'}\n");
    assert_string_not_equal(opened.inputs->samples_sha256, sha256);
    close_inputs(&opened);
}

/* ---- workers ---- */

TEST_WITH(workers_open_without_looking, scratch_make, scratch_remove) {
    make_samples(*state, 2, 4, (const int64_t[]){0, 99});
    config_t *config = make_config(*state, "model: {backend: game, game: square}\nsamples: {file: a.h5}\n"
                                           "output: {file: x.h5}\n");
    inputs_t *inputs;
    failure_t why;
    sample_t sample;
    assert_int_equal(inputs_open_light(config, &inputs, &why), STATUS_OK);
    assert_int_equal(inputs->n_max, 0);
    assert_int_equal(inputs->samples_sha256[0], '\0');
    assert_int_equal(inputs_prepare(inputs, 1, &sample, &why), STATUS_OK);
    assert_int_equal(sample.n, 4);
    inputs_close(&inputs);
    config_free(&config);
    config = make_config(*state, "model: {backend: game}\nsamples: {file: none.h5}\noutput: {file: x.h5}\n");
    assert_int_equal(inputs_open_light(config, &inputs, &why), STATUS_INPUT);
    assert_null(inputs);
    assert_non_null(strstr(why.text, "none.h5"));
    config_free(&config);
}

int main(void) {
    return run_all(NULL, NULL);
}
