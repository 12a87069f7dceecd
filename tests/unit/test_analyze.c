/* review/analyze: the numbers are those of the sweep, bit for bit, or those of finish_row with the other settings; FILE
 * is never changed, and OUT is there whole or not at all. */
#include "base/version.h"
#include "review/analyze.h"
#include "support/make_swept.h"

static char folder[TEMPORARY_PATH], file[128], out[128];
static results_t *results; /* OUT */
static analyze_report_t report;
static failure_t why;

static int make_folder(void **state) {
    if (make_temporary_folder(folder))
        return -1;
    snprintf(file, sizeof file, "%s/sweep.h5", folder);
    snprintf(out, sizeof out, "%s/other.h5", folder);
    make_swept(file, &(swept_t){.names = true});
    return 0;
}

static int remove_folder(void **state) {
    results_close(&results);
    unlink(out);
    unlink(file);
    return rmdir(folder); /* fails when anything else was left there */
}

static void digest_of(const char *path, char hex[DIGEST_HEX]) {
    digest_t *digest;
    assert_ok(digest_start(&digest, &why));
    assert_ok(digest_add_file(digest, path, &why));
    digest_finish(&digest, hex);
}

static analyze_options_t options_of(const char *const *sets, int set_count, subset_options_t subset) {
    return (analyze_options_t){.file = file, .out = out, .sets = sets, .set_count = set_count, .subset = subset};
}

/* Analyzes and opens OUT; FILE's bytes stay. */
static void analyzed(const char *const *sets, int set_count, subset_options_t subset) {
    analyze_options_t options = options_of(sets, set_count, subset);
    problems_t problems = {0};
    char before[DIGEST_HEX], after[DIGEST_HEX];
    results_close(&results);
    unlink(out);
    digest_of(file, before);
    assert_ok(analyze(&options, &report, &problems, &why));
    digest_of(file, after);
    assert_string_equal(before, after);
    assert_int_equal(problems.count, 0);
    assert_ok(results_open(out, false, &results, &why));
}

static void check_bitmaps(int64_t to, const finished_row_t *row) {
    for (int negative = 0; negative < 2; negative++) {
        uint64_t found[1 << (SWEPT_N - 6)], expected[1 << (SWEPT_N - 6)] = {0};
        size_t words = salience_words(results_players(results));
        memcpy(expected, finished_salient(row, 0, negative), salience_words(row->n) * sizeof *expected);
        assert_ok(results_read_salient(results, to, 1, 0, negative, 0, words, found, &why));
        assert_memory_equal(found, expected, words * sizeof *found);
    }
}

/* Row `to` of OUT against row k of the sweep, finished with these settings. */
static void check_row(int64_t to, int64_t k, const stats_settings_t *settings) {
    const fields_t *fields = results_fields(results);
    finished_row_t row = swept_row(k, settings, fields);
    double *found = new_numbers(fields->doubles), *expected = row.numbers;
    bool crc_ok;
    assert_ok(results_read_row(results, to, found, &crc_ok, &why));
    assert_true(crc_ok);
    for (int id = 0; id < FIELD_COUNT; id++)
        for (size_t i = 0; i < fields->length[id]; i++)
            if (FIELDS[id].type == FIELD_U8 && isnan(expected[fields->offset[id] + i]))
                expected[fields->offset[id] + i] = 255;
    assert_memory_equal(found, expected, fields->doubles * sizeof *found);
    check_bitmaps(to, &row);
    free(found);
    free(row.values);
}

static void check_sample(int64_t to, int64_t k, sample_status_t status) {
    results_sample_t info;
    assert_ok(results_read_sample(results, to, &info, &why));
    assert_int_equal(info.status, status);
    assert_int_equal(info.target, SWEPT_LABEL[k]);
    assert_int_equal(info.attempts, status == SAMPLE_DONE ? 1 : 2);
    assert_true(info.seconds == (status == SAMPLE_DONE ? 0.5 : 0.25));
    assert_int_equal(results_index(results, to), SWEPT_INDEX[k]);
    assert_int_equal(results_label(results, to), SWEPT_LABEL[k]);
    assert_int_equal(results_players_of(results, to), SWEPT_PLAYERS[k]);
    if (status == SAMPLE_DONE) {
        assert_true(info.v_empty == swept_value(k, 0));
        assert_true(info.v_full == swept_value(k, mask_count(SWEPT_PLAYERS[k]) - 1));
    } else {
        assert_int_equal(info.error_kind, OUTCOME_CERTAIN);
        assert_string_equal(info.error, "mask 0x3: output is NaN");
    }
}

TEST_WITH(unchanged_settings_give_the_same_bits, make_folder, remove_folder) {
    static const int64_t ROWS[] = {0, 1, 2, 4, 5};
    int64_t classes;
    results_run_t runs[RESULTS_RUNS];
    int count;
    uint64_t starts;
    results_t *swept = NULL;
    analyzed(NULL, 0, (subset_options_t){0});
    config_t *config = swept_config(SWEPT_CONFIG);
    assert_ok(results_open(file, false, &swept, &why));
    assert_int_equal(report.done, 4);
    assert_int_equal(report.failed, 1);
    assert_int_equal(report.pending, 1);
    assert_true(isnan(report.mean_output));
    assert_int_equal(results_samples(results), 5);
    assert_int_equal(results_players(results), SWEPT_N);
    for (int64_t to = 0; to < 5; to++) {
        check_sample(to, ROWS[to], ROWS[to] == SWEPT_FAILED ? SAMPLE_FAILED : SAMPLE_DONE);
        if (ROWS[to] != SWEPT_FAILED)
            check_row(to, ROWS[to], &config->statistics);
    }
    assert_string_equal(results_config(results), results_config(swept));
    assert_false(results_has_tables(results));
    assert_string_equal(results_tables_of(results), file);
    assert_string_equal(results_name(results, NAMES_OF_PLAYERS, 1, 3), "mouth, left");
    assert_int_equal(results_classes(results, &classes)[1], 1);
    assert_int_equal(classes, 2);
    const results_identity_t *identity = results_identity(results);
    assert_string_equal(identity->software_version, version_software);
    assert_string_equal(identity->git_revision, version_git);
    assert_string_equal(identity->engine, "onnxruntime");
    assert_string_equal(identity->model_sha256, "aa");
    assert_string_equal(identity->samples_sha256, "bb");
    assert_ok(results_read_runs(results, runs, &count, &starts, &why));
    assert_int_equal(starts, 1);
    assert_string_equal(runs[0].exit, "analyzed");
    assert_true(runs[0].hdf5[0] != 0);
    assert_int_equal(runs[0].masks, 0);
    results_close(&swept);
    config_free(&config);
}

TEST_WITH(failed_rows_hold_nan, make_folder, remove_folder) {
    bool crc_ok;
    analyzed(NULL, 0, (subset_options_t){0});
    const fields_t *fields = results_fields(results);
    double *row = new_numbers(fields->doubles);
    assert_ok(results_read_row(results, SWEPT_FAILED, row, &crc_ok, &why));
    assert_true(crc_ok);
    for (size_t i = 0; i < fields->length[FIELD_STRENGTH_MEAN]; i++)
        assert_true(isnan(fields_at(fields, row, FIELD_STRENGTH_MEAN)[i]));
    free(row);
}

TEST_WITH(other_settings, make_folder, remove_folder) {
    static const char *const SETS[] = {"statistics.salience=0.5", "statistics.indices=[bii2, multi_order]",
                                       "statistics.noise_sigma=0.001", "statistics.min_output=1"};
    config_t *config = swept_config("model: {backend: onnx, file: m.onnx, score: log_odds}\nsamples: {file: s.h5}\n"
                                    "statistics: {salience: 0.5, indices: [bii2, multi_order], noise_sigma: 0.001, "
                                    "min_output: 1}\noutput: {file: x.h5}\n");
    text_t canonical = {0};
    config_canonical(config, &canonical);
    analyzed(SETS, 4, (subset_options_t){.by_index = true, .first = 10, .end = 11});
    assert_int_equal(results_samples(results), 1);
    assert_int_equal(results_players(results), 6);
    check_sample(0, 4, SAMPLE_DONE);
    check_row(0, 4, &config->statistics);
    assert_string_equal(results_config(results), canonical.chars);
    assert_true(results_fields(results)->length[FIELD_MULTI_ORDER] > 0);
    assert_true(results_fields(results)->length[FIELD_STII2] == 0);
    config_free(&config);
    text_free(&canonical);
}

/* tau = salience |mean of v(N) - v(empty)| over the done samples of the subset. */
TEST_WITH(scale_of_mean_output, make_folder, remove_folder) {
    static const char *const SETS[] = {"statistics.salience_scale=mean_output"};
    int64_t classes;
    config_t *config = swept_config(SWEPT_CONFIG);
    double mean = fabs((-2 - swept_value(1, 0) + 2 - swept_value(4, 0)) / 2);
    analyzed(SETS, 1, (subset_options_t){.by_class = true, .class = 1});
    assert_true(fabs(report.mean_output - mean) <= 1e-15);
    assert_true(report.mean_output > 0);
    config->statistics.salience_scale = SALIENCE_OF_MEAN_OUTPUT;
    config->statistics.mean_output = report.mean_output;
    check_row(0, 1, &config->statistics);
    check_row(2, 4, &config->statistics);
    double *row = malloc(results_fields(results)->doubles * sizeof *row);
    assert_ok(results_read_row(results, 0, row, NULL, &why));
    assert_true(*fields_at(results_fields(results), row, FIELD_THRESHOLD) == 0.25 * report.mean_output);
    assert_int_equal(results_classes(results, &classes)[0], 1);
    assert_int_equal(classes, 1);
    free(row);
    config_free(&config);
}

TEST_WITH(names_of_each_sample, make_folder, remove_folder) {
    make_swept(file, &(swept_t){.names = true, .names_per_sample = true});
    analyzed(NULL, 0, (subset_options_t){.by_class = true, .class = 0});
    assert_string_equal(results_name(results, NAMES_OF_PLAYERS, 0, 1), "nose");
    assert_string_equal(results_name(results, NAMES_OF_PLAYERS, 1, 1), "tail");
    assert_string_equal(results_name(results, NAMES_OF_PLAYERS, 1, 2), "öhr");
}

TEST_WITH(settings_have_their_hash, make_folder, remove_folder) {
    static const char *const NONE[] = {"statistics.noise_sigma=none"};
    char unchanged[DIGEST_HEX];
    analyzed(NULL, 0, (subset_options_t){0});
    memcpy(unchanged, results_identity(results)->settings_sha256, DIGEST_HEX);
    assert_int_equal(strlen(unchanged), DIGEST_HEX - 1);
    analyzed(NONE, 1, (subset_options_t){0});
    assert_string_not_equal(unchanged, results_identity(results)->settings_sha256);
}

/* ---- what is refused leaves nothing ---- */

static void refused(const analyze_options_t *options, size_t problem_count, const char *says) {
    problems_t problems = {0};
    assert_int_equal(analyze(options, &report, &problems, &why), STATUS_INPUT);
    assert_int_equal(problems.count, problem_count);
    const char *text = problem_count ? problems.texts[problem_count - 1] : why.text;
    if (!strstr(text, says))
        fail_msg("%s", text);
    problems_free(&problems);
}

TEST_WITH(wrong_settings, make_folder, remove_folder) {
    static const char *const SETS[] = {"statistics.salience=2", "sweep.batch=64", "statistic.top=3",
                                       "statistics.salience", "statistics.salience=[0.01, 0.05]"};
    static const struct {
        int first, count;
        const char *says;
    } CASES[] = {{1, 1, "--set sweep.batch=64: only statistics.*"},
                 {1, 2, "--set statistic.top=3: only statistics.*"},
                 {0, 1, "statistics.salience"},
                 {3, 1, "not key=value"},
                 {4, 1, "for s in 0.01 0.05; do harsanyi analyze "}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        analyze_options_t options = options_of(SETS + CASES[i].first, CASES[i].count, (subset_options_t){0});
        refused(&options, (size_t)CASES[i].count, CASES[i].says);
    }
}

TEST_WITH(noise_that_was_never_estimated, make_folder, remove_folder) {
    static const char *const SETS[] = {"statistics.noise_sigma=auto"};
    make_swept(file, &(swept_t){.config = "model: {backend: onnx, file: m.onnx}\nsamples: {file: s.h5}\n"
                                          "statistics: {noise_sigma: none}\noutput: {file: x.h5}\n"});
    analyze_options_t options = options_of(SETS, 1, (subset_options_t){0});
    refused(&options, 1, "needs the model");
}

TEST_WITH(wrong_places, make_folder, remove_folder) {
    char nowhere[160];
    analyze_options_t options = options_of(NULL, 0, (subset_options_t){0});
    options.out = file;
    refused(&options, 0, "is the file that is read");
    snprintf(nowhere, sizeof nowhere, "%s/none/x.h5", folder);
    options.out = nowhere;
    refused(&options, 0, "does not exist");
    options = options_of(NULL, 0, (subset_options_t){.by_class = true, .class = 8});
    refused(&options, 0, "none of the selected samples is done");
    analyzed(NULL, 0, (subset_options_t){0});
    options = options_of(NULL, 0, (subset_options_t){0});
    refused(&options, 0, "already exists");
    snprintf(nowhere, sizeof nowhere, "%s/third.h5", folder);
    options.file = out;
    options.out = nowhere;
    refused(&options, 0, "holds statistics only");
    options.file = nowhere;
    refused(&options, 0, "third.h5");
}

TEST_WITH(damaged_tables, make_folder, remove_folder) {
    double bad = INFINITY;
    assert_ok(results_open(file, true, &results, &why));
    assert_ok(results_write_table(results, TABLE_INTERACTIONS, 1, 5000, 1, &bad, &why));
    results_close(&results);
    analyze_options_t options = options_of(NULL, 0, (subset_options_t){0});
    refused(&options, 0, "/interactions: sample 4, mask 0x1388 is not a finite number");
    assert_int_not_equal(access(out, F_OK), 0);
}

int main(void) {
    return run_all(NULL, NULL);
}
