/* review/compare: which samples are compared, that files that do not belong together are refused with the place, and
 * that OUT is there whole or not at all. Numbers are tested in test_overlap, and against numpy in tests/e2e. */
#include "hdf5/h5.h"
#include "review/compare.h"
#include "support/make_swept.h"

static char folder[TEMPORARY_PATH], a[96], b[96], out[96];
static compare_report_t report;
static failure_t why;

static int make_folder(void **state) {
    if (make_temporary_folder(folder))
        return -1;
    snprintf(a, sizeof a, "%s/a.h5", folder);
    snprintf(b, sizeof b, "%s/b.h5", folder);
    snprintf(out, sizeof out, "%s/out.h5", folder);
    make_swept(a, &(swept_t){.names = true});
    return 0;
}

static int remove_folder(void **state) {
    compare_free(&report);
    unlink(a);
    unlink(b);
    unlink(out);
    return rmdir(folder); /* fails when anything else was left there */
}

static status_t run(const char *const *files, int count, const char *to, problems_t *problems) {
    const compare_options_t options = {.files = files, .file_count = count, .out = to};
    compare_free(&report);
    return compare(&options, &report, problems, &why);
}

static void compared(const char *const *files, int count, const char *to) {
    problems_t problems = {0};
    if (run(files, count, to, &problems) != STATUS_OK)
        fail_msg("%s %s", why.text, problems.count ? problems.texts[0] : "");
    assert_int_equal(problems.count, 0);
    assert_int_equal(report.comparison.file_count, count);
}

/* says: what one of the problems, or what failed, must say. */
static void refused(const char *const *files, int count, const char *to, size_t problem_count, const char *says) {
    problems_t problems = {0};
    const int there = access(out, F_OK);
    assert_int_equal(run(files, count, to, &problems), STATUS_INPUT);
    assert_int_equal(access(out, F_OK), there);
    bool said = strstr(why.text, says);
    for (size_t i = 0; i < problems.count; i++)
        said = said || strstr(problems.texts[i], says);
    if (!said || problems.count != problem_count)
        fail_msg("%s; %zu problems: %s", why.text, problems.count, problems.count ? problems.texts[0] : "");
    problems_free(&problems);
}

/* Makes b.h5 like a.h5; open for writing. */
static results_t *make_b(void) {
    results_t *results;
    make_swept(b, &(swept_t){.names = true});
    assert_ok(results_open(b, true, &results, &why));
    return results;
}

/* ---- what is compared ---- */

TEST_WITH(done_samples_and_the_rest_counted, make_folder, remove_folder) {
    results_t *results = make_b();
    assert_ok(results_write_status(results, 4, SAMPLE_PENDING, &why));
    results_close(&results);
    compared((const char *const[]){a, b}, 2, out);
    const comparison_t *c = &report.comparison;
    assert_int_equal(report.samples, SWEPT_SAMPLES);
    assert_int_equal(c->samples, 3); /* rows 0, 1, 5 */
    assert_int_equal(c->players, SWEPT_N);
    static const int64_t ROWS[] = {0, 1, 5};
    for (int k = 0; k < 3; k++) {
        assert_int_equal(c->index[k], SWEPT_INDEX[ROWS[k]]);
        assert_int_equal(c->label[k], SWEPT_LABEL[ROWS[k]]);
        assert_int_equal(c->n_players[k], SWEPT_PLAYERS[ROWS[k]]);
    }
    const int64_t counts[] = {c->files[0].done, c->files[1].done, c->files[1].failed, c->files[1].pending};
    assert_memory_equal(counts, ((const int64_t[]){4, 3, 1, 2}), sizeof counts);
    assert_string_equal(c->files[1].path, b);
    assert_string_equal(c->files[1].identity.model_sha256, "aa");
    assert_int_equal(overlap_gamma(c->overlap, 0, 1)[0].share.count, 3);
    assert_true(average_mean(&overlap_gamma(c->overlap, 0, 1)[0].share) == 1); /* the same tables */
    assert_int_equal(report.warnings.count, 0);
    assert_int_equal(report.other_targets, 0);
    assert_int_equal(access(out, F_OK), 0);
}

TEST_WITH(one_file_several_times, make_folder, remove_folder) {
    compared((const char *const[]){a, a, a}, 3, NULL);
    assert_int_equal(report.comparison.samples, 4);
    for (int k = 0; k < 9 * OVERLAP_SALIENCES; k++)
        assert_true(average_mean(&overlap_gamma(report.comparison.overlap, 0, 0)[k].share) == 1);
}

TEST_WITH(other_meanings_of_v_are_warned_of, make_folder, remove_folder) {
    static const int64_t TARGET[SWEPT_SAMPLES] = {0, 1, 0, 1, 0, 1}; /* rows 4 and 5 differ, and 2 and 3, not done */
    make_swept(b, &(swept_t){.names = true,
                             .target = TARGET,
                             .config = "model: {backend: onnx, file: other.onnx, score: logit, target: predicted}\n"
                                       "samples: {file: s.h5}\nstatistics: {salience: 0.5}\noutput: {file: x.h5}\n"});
    compared((const char *const[]){a, b}, 2, NULL);
    assert_int_equal(report.other_targets, 2);
    assert_int_equal(report.warnings.count, 2);
    assert_non_null(strstr(report.warnings.texts[0], "model.score: was log_odds, is logit"));
    assert_non_null(strstr(report.warnings.texts[1], "model.target: was label, is predicted"));
}

/* A language model through llama and through a process: v are log-odds in both, though only one has model.score. */
TEST_WITH(keys_of_one_backend_say_nothing_of_v, make_folder, remove_folder) {
    static const char *const REST = "samples: {file: s.h5}\nstatistics: {salience: 0.5}\noutput: {file: x.h5}\n";
    static const char *const MODELS[] = {"{backend: llama, file: m.gguf, mask_token: _}",
                                         "{backend: llama, file: m.gguf, target_rule: first}",
                                         "{backend: process, command: [m], takes: masks}"};
    char config[3][256];
    for (int i = 0; i < 3; i++)
        snprintf(config[i], sizeof config[i], "model: %s\n%s", MODELS[i], REST);
    make_swept(a, &(swept_t){.names = true, .config = config[0]});
    for (int i = 1; i < 3; i++) {
        make_swept(b, &(swept_t){.names = true, .config = config[i]});
        compared((const char *const[]){a, b}, 2, NULL);
        assert_int_equal(report.warnings.count, i == 1);
    }
    make_swept(b, &(swept_t){.names = true, .config = config[1]});
    compared((const char *const[]){a, b}, 2, NULL);
    assert_non_null(strstr(report.warnings.texts[0], "model.target_rule: was all, is first"));
    make_swept(a, &(swept_t){.names = true}); /* as it was */
}

/* ---- what is refused leaves nothing ---- */

/* Makes a copy of a.h5 in b.h5 with other bytes in one dataset or attribute. */
static void make_other(const char *path, hid_t type, const void *data) {
    make_swept(b, &(swept_t){.names = true});
    hid_t access H5_OWNED = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, 0, 1);
    hid_t file H5_OWNED = H5Fopen(b, H5F_ACC_RDWR, access);
    if (!data) {
        hid_t attribute H5_OWNED = H5Aopen(file, path, H5P_DEFAULT), text H5_OWNED = H5Aget_type(attribute);
        assert_true(H5Awrite(attribute, text, "xx") >= 0);
        return;
    }
    hid_t dataset H5_OWNED = H5Dopen2(file, path, H5P_DEFAULT);
    assert_true(H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
}

TEST_WITH(other_samples, make_folder, remove_folder) {
    static const int64_t OTHER[SWEPT_SAMPLES] = {3, 4, 5, 8, 10, 2}, LABEL[SWEPT_SAMPLES] = {0, 1, 1, 0, 0, 1};
    static const int32_t PLAYERS[SWEPT_SAMPLES] = {5, 12, 4, 5, 6, 3};
    static const char *const FILES[] = {a, a, b};
    make_other("samples/index", H5T_NATIVE_INT64, OTHER);
    refused(FILES, 3, out, 1, "a.h5: 3-5, 8, 10, 2 instead of 3-5, 9-10, 2, the first that differs is sample 9");
    make_other("samples/label", H5T_NATIVE_INT64, LABEL);
    refused(FILES, 3, out, 1, "b.h5: sample 10 has the label 0, but 1 in /tmp");
    make_other("samples/n_players", H5T_NATIVE_INT32, PLAYERS);
    refused(FILES, 3, out, 1, "b.h5: sample 4 has 12 players, but 13 in /tmp");
    make_other("samples_sha256", 0, NULL);
    refused(FILES, 3, out, 1, "b.h5: its samples have the same row numbers as in ");
    make_swept(b, &(swept_t){.names = true, .names_per_sample = true});
    refused(FILES, 3, out, 1, "b.h5: sample 2: player 1 is called \"tail\", but \"nose\" in /tmp");
    make_swept(b, &(swept_t){0});
    refused(FILES, 3, out, 1, "b.h5: sample 3: player 0 is called \"\", but \"eye\" in /tmp");
    results_t *fewer = make_results(b, 2, SWEPT_PLAYERS, 4);
    results_close(&fewer);
    refused(FILES, 3, out, 1, "0-1 instead of 3-5, 9-10, 2, the first that differs is sample 3");
}

TEST_WITH(everything_is_told_at_once, make_folder, remove_folder) {
    char missing[128];
    write_text(b, "no HDF5\n");
    snprintf(missing, sizeof missing, "%s/none.h5", folder);
    refused((const char *const[]){a, b, missing}, 3, out, 2, "b.h5: is not an HDF5 file");
    refused((const char *const[]){a, b, missing}, 3, out, 2, "none.h5: cannot be read");
}

TEST_WITH(nothing_is_done_in_all, make_folder, remove_folder) {
    results_t *results = make_b();
    for (int64_t k = 0; k < SWEPT_SAMPLES; k++)
        assert_ok(results_write_status(results, k, SAMPLE_FAILED, &why));
    results_close(&results);
    refused((const char *const[]){a, b}, 2, out, 0, "b.h5: 0 done, 6 failed, 0 pending");
}

TEST_WITH(damaged_tables, make_folder, remove_folder) {
    double bad = NAN;
    results_t *results = make_b();
    assert_ok(results_write_table(results, TABLE_INTERACTIONS, 1, 5000, 1, &bad, &why));
    results_close(&results);
    refused((const char *const[]){a, b}, 2, out, 0,
            "b.h5: /interactions: sample 4: mask 0x1388 is not a finite number");
}

TEST_WITH(wrong_places, make_folder, remove_folder) {
    char nowhere[128];
    const char *const files[] = {a, a};
    snprintf(nowhere, sizeof nowhere, "%s/none/x.h5", folder);
    refused(files, 2, nowhere, 0, "does not exist");
    refused(files, 2, a, 0, "already exists");
    compared(files, 2, out);
    refused(files, 2, out, 0, "already exists");
}

int main(void) {
    return run_all(NULL, NULL);
}
