/* A model in another process, the example in C: v by its formula for all batches and masks, and what its identity is
 * made of. tests/e2e/test_process.py has the faults, and models in Python. */
#include "engines/process.h"

#include "engines/child.h"
#include "support/models.h"
#include "support/test.h"

#include <limits.h>
#include <sys/stat.h>

enum { PLAYERS = 5, ELEMENTS = 6, OUTPUTS = 3 };

static const double X[] = {1, 2, 4, 8, 16, 100}, BASELINES[] = {0, 0, 0, 0, 0, 0, .5, .5, .5, .5, .5, .5};
static const int32_t MAP[] = {0, 1, 2, 3, 4, -1};
static const int64_t SHAPE[] = {2, 3};

static sample_t sample_of(int baselines) {
    return (sample_t){.n = PLAYERS,
                      .label = 1,
                      .target = 1,
                      .elements = ELEMENTS,
                      .x = X,
                      .players = MAP,
                      .baselines = baselines,
                      .baseline = BASELINES,
                      .rank = 2,
                      .shape = SHAPE};
}

/* The sum of the masked inputs; with two baselines the mean of both. */
static double sum_of(mask_t mask, int baselines) {
    double sum = X[5];
    for (int i = 0; i < PLAYERS; i++)
        sum += mask >> i & 1 ? X[i] : baselines == 2 ? 0.25 : 0;
    return sum;
}

/* Beside this test. */
static const char *program(void) {
    static char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 16);
    assert_true(length > 0);
    path[length] = '\0';
    strcpy(strrchr(path, '/') + 1, "linear_model");
    return path;
}

static model_options_t options_of(const char *const *command, int batch) {
    return (model_options_t){.backend = BACKEND_PROCESS,
                             .file = "linear",
                             .score = SCORE_RAW,
                             .batch = batch,
                             .process = {.command = command, .folder = "", .start_timeout = 30, .batch_timeout = 30}};
}

static model_t *open_linear(int batch) {
    const char *const command[] = {program(), NULL};
    const model_options_t options = options_of(command, batch);
    return open_model(&options);
}

TEST(v_is_the_formula) {
    for (int batch = 1; batch <= 64; batch *= 4)
        for (int baselines = 1; baselines <= 2; baselines++) {
            model_t *model = open_linear(batch);
            const sample_t sample = sample_of(baselines);
            double values[1 << PLAYERS];
            failure_t why;
            assert_int_equal(1 << model_granule_bits(model, PLAYERS), batch < 1 << PLAYERS ? batch : 1 << PLAYERS);
            assert_ok(model_evaluate(model, &sample, (range_t){0, 1 << PLAYERS}, values, &why));
            for (mask_t mask = 0; mask < 1 << PLAYERS; mask++)
                assert_true(values[mask] == 2 * sum_of(mask, baselines));
            model_close(&model);
        }
}

TEST(it_says_what_it_is) {
    model_t *model = open_linear(8);
    const model_info_t *info = model_info(model);
    assert_string_equal(info->engine, "linear");
    assert_string_equal(info->engine_version, "1");
    assert_int_equal(info->width[0], OUTPUTS);
    assert_int_equal(info->input_bits, 32);
    assert_int_equal(strlen(info->digest), 64);
    model_close(&model);
}

/* Parts of chunks, other chunks, another sample in between: the buffers of both slots follow. */
TEST(ranges_come_in_any_order) {
    model_t *model = open_linear(8);
    const sample_t sample = sample_of(1);
    double other_x[ELEMENTS] = {3, 3, 3, 3, 3, 3}, values[8];
    sample_t other = sample;
    const double *outputs;
    model_rounding_t rounding;
    failure_t why, of;
    other.x = other_x;
    assert_ok(model_raw(model, &sample, (range_t){6, 13}, &outputs, &why));
    for (mask_t k = 0; k < 13; k++)
        for (int j = 0; j < OUTPUTS; j++)
            assert_true(outputs[k * OUTPUTS + (mask_t)j] == (j + 1) * sum_of(6 + k, 1));
    assert_ok(model_evaluate(model, &other, (range_t){24, 8}, values, &why));
    assert_true(values[7] == 2 * 18);
    assert_ok(model_evaluate(model, &sample, (range_t){16, 8}, values, &why));
    for (mask_t k = 0; k < 8; k++)
        assert_true(values[k] == 2 * sum_of(16 + k, 1));
    assert_ok(model_probe(model, &sample, (range_t){18, 2}, 1, &(double *){values}, &rounding, &of, &why));
    assert_true(values[0] == 2 * sum_of(18, 1) && values[1] == 2 * sum_of(19, 1));
    model_close(&model);
}

TEST(what_does_not_fit_is_refused) {
    const char *const command[] = {program(), NULL}, *const silent[] = {"sleep", "100", NULL},
                      *const wrong[] = {"sh", "-c", "echo hello >&3; sleep 100", NULL};
    model_options_t options = options_of(command, 8);
    model_t *model;
    failure_t why;
    options.process.takes = TAKES_MASKS;
    assert_fails(model_open(&options, NULL, &model, &why), STATUS_INPUT, "linear: it is made for model.takes: inputs");
    options = options_of(silent, 8);
    options.process.start_timeout = 0.2;
    assert_fails(model_open(&options, NULL, &model, &why), STATUS_INPUT,
                 "cannot be started: the model's process did not");
    options = options_of(wrong, 8);
    assert_fails(model_open(&options, NULL, &model, &why), STATUS_INPUT, "it sent 6 bytes, which is no packet");
}

/* Unlike one that somebody kills while it starts. */
TEST(one_that_does_not_start_in_time_is_started_once) {
    char folder[TEMPORARY_PATH], file[TEMPORARY_PATH + 16];
    assert_int_equal(make_temporary_folder(folder), 0);
    snprintf(file, sizeof file, "%s/starts", folder);
    const char *const slow[] = {"sh", "-c", "echo >>$0; sleep 100", file, NULL}, *const killed[] = {
                                                                                     "sh", "-c",
                                                                                     "echo >>$0; kill -9 $$", file,
                                                                                     NULL};
    for (int i = 0; i < 2; i++) {
        model_options_t options = options_of(i ? killed : slow, 8);
        model_t *model;
        struct stat found;
        failure_t why;
        options.process.start_timeout = i ? 60 : 2;
        assert_fails(model_open(&options, NULL, &model, &why), STATUS_INPUT, "cannot be started");
        assert_int_equal(stat(file, &found), 0);
        assert_int_equal(found.st_size, i ? 6 : 1);
    }
    assert_int_equal(remove_temporary_folder(folder), 0);
}

/* ---- identity ---- */

static void digest_of(const model_options_t *options, char hex[DIGEST_HEX]) {
    digest_t *digest;
    failure_t why;
    assert_ok(digest_start(&digest, &why));
    assert_ok(process_digest(options, digest, &why));
    digest_finish(&digest, hex);
}

/* The content of the user's files counts, not where they lie; the name of the interpreter counts. */
TEST(identity_is_what_decides_numbers) {
    char folder[TEMPORARY_PATH], was[DIGEST_HEX], is[DIGEST_HEX];
    assert_int_equal(make_temporary_folder(folder), 0);
    assert_int_equal(chdir(folder), 0);
    write_text("m.py", "one");
    write_text("weights", "w");
    const char *const command[] = {"python3", "m.py", "-v", NULL},
                      *const elsewhere[] = {"/opt/bin/python3", "m.py", "-v", NULL},
                      *const other[] = {"python3", "m.py", "-q", NULL}, *const files[] = {"weights", NULL};
    model_options_t options = options_of(command, 8), same = options_of(elsewhere, 64), another = options_of(other, 8);
    digest_of(&options, was);
    digest_of(&same, is);
    assert_string_equal(was, is);
    digest_of(&another, is);
    assert_string_not_equal(was, is);
    options.process.files = files;
    digest_of(&options, is);
    assert_string_not_equal(was, is);
    options.process.files = NULL;
    write_text("m.py", "two");
    digest_of(&options, is);
    assert_string_not_equal(was, is);
    assert_int_equal(chdir("/"), 0);
    assert_int_equal(remove_temporary_folder(folder), 0);
}

int main(int argc, char **argv) {
    if (child_is(argc, argv))
        return child_become(argv);
    return run_all(NULL, NULL);
}
