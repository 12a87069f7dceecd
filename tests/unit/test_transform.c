/* run/transform: the file that it makes is true, and what it says about tables that fail or are refused. The bits
 * against a sweep's: tests/e2e/test_transform.py. */
#include "h5_scratch.h"

#include "lattice/moebius.h"
#include "review/verify.h"
#include "run/transform.h"

#include <math.h>

enum { PLAYERS = 3, MASKS = 1 << PLAYERS };

static const double VALUES[MASKS] = {0.5, -1, 2, 3.25, 0, 7, -2, 1};

typedef struct {
    scratch_t *scratch;
    char values[128], out[128], masks[128];
    transform_options_t options;
    transform_report_t report;
    problems_t problems;
    failure_t why;
} case_t;

static void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int make_case(void **state) {
    case_t *c = calloc(1, sizeof *c);
    void *scratch = NULL;
    if (!c || scratch_make(&scratch) != 0)
        return -1;
    c->scratch = scratch;
    snprintf(c->values, sizeof c->values, "%s/v.csv", c->scratch->folder);
    snprintf(c->out, sizeof c->out, "%s/r.h5", c->scratch->folder);
    snprintf(c->masks, sizeof c->masks, "%s/m.csv", c->scratch->folder);
    c->options = (transform_options_t){
        .values = c->values, .out = c->out, .software_version = "1", .git_revision = "g", .compiler = "cc"};
    *state = c;
    return 0;
}

static int remove_case(void **state) {
    case_t *c = *state;
    void *scratch = c->scratch;
    problems_free(&c->problems);
    free(c);
    return scratch_remove(&scratch);
}

static status_t run(case_t *c) {
    return transform(&c->options, &c->report, &c->problems, &c->why);
}

static results_t *open_results(const case_t *c) {
    results_t *results;
    failure_t why;
    if (results_open(c->out, false, &results, &why) != STATUS_OK)
        fail_msg("%s", why.text);
    return results;
}

/* Every sample as verify sees it. */
static void assert_true_file(const case_t *c, const results_t *results) {
    verify_t *verify;
    verify_report_t report = {0};
    problems_t problems = {0};
    failure_t why;
    bool valid = false;
    assert_int_equal(verify_create(results, NULL, c->scratch->folder, VERIFY_PIECE_BITS, &verify, &why), STATUS_OK);
    for (int64_t k = 0; k < results_samples(results); k++)
        verify_sample(verify, k, &report, &problems);
    verify_labels(results, &problems);
    problems_print(&problems, stderr);
    assert_int_equal(problems.count, 0);
    assert_int_equal(report.done, c->report.done);
    assert_int_equal(report.failed, c->report.failed);
    assert_int_equal(report.pending, 0);
    assert_int_equal(results_read_summary_valid(results, &valid, &why), STATUS_OK);
    assert_true(valid);
    verify_destroy(&verify);
}

static void assert_interactions(const results_t *results, int64_t k) {
    double wanted[MASKS], found[MASKS];
    failure_t why;
    memcpy(wanted, VALUES, sizeof wanted);
    moebius_transform(wanted, PLAYERS);
    assert_int_equal(results_read_interactions(results, k, 0, MASKS, found, &why), STATUS_OK);
    assert_memory_equal(found, wanted, sizeof wanted);
}

static void the_file_is_true_in_every_order(void **state) {
    static const char *const TEXTS[] = {"0.5 -1 2 3.25 0 7 -2 1\n", "0.5 0 2 -2 -1 7 3.25 1\n",
                                        "1 -2 7 0 3.25 2 -1 0.5\n"};
    case_t *c = *state;
    write_text(c->masks, "1 1 1\n0 1 1\n1 0 1\n0 0 1\n1 1 0\n0 1 0\n1 0 0\n0 0 0\n");
    char model[3][DIGEST_HEX];
    for (int order = 0; order < 3; order++) {
        write_text(c->values, TEXTS[order]);
        c->options.high_first = order == 1;
        c->options.masks = order == 2 ? c->masks : NULL;
        if (run(c) != STATUS_OK)
            fail_msg("%s", c->why.text);
        assert_int_equal(c->report.done, 1);
        assert_true(c->report.n_min == PLAYERS && c->report.n_max == PLAYERS && !c->report.players_differ);
        results_t *results = open_results(c);
        assert_true_file(c, results);
        assert_interactions(results, 0);
        assert_string_equal(results_identity(results)->engine, "values");
        memcpy(model[order], results_identity(results)->model_sha256, DIGEST_HEX);
        results_close(&results);
        assert_int_equal(unlink(c->out), 0);
    }
    assert_string_not_equal(model[0], model[1]);
    assert_string_not_equal(model[1], model[2]);
}

static void the_order_is_part_of_the_identity(void **state) {
    case_t *c = *state;
    char model[2][DIGEST_HEX];
    write_text(c->values, "0 1\n"); /* the same table in either order */
    for (int order = 0; order < 2; order++) {
        c->options.high_first = order == 1;
        assert_int_equal(run(c), STATUS_OK);
        results_t *results = open_results(c);
        memcpy(model[order], results_identity(results)->model_sha256, DIGEST_HEX);
        results_close(&results);
        assert_int_equal(unlink(c->out), 0);
    }
    assert_string_not_equal(model[0], model[1]);
}

static void tables_with_holes_fail_alone(void **state) {
    case_t *c = *state;
    results_sample_t info;
    failure_t why;
    write_text(c->values, "1 2 nan inf\n1 2 3 4\n5 6 -inf 8\n");
    c->options.high_first = true;
    assert_int_equal(run(c), STATUS_OK);
    assert_int_equal(c->report.done, 1);
    assert_int_equal(c->report.failed, 2);
    assert_int_equal(c->report.first_failed, 0);
    assert_string_equal(c->report.first_file, c->values);
    assert_string_equal(c->report.first_error, "mask 0x1: output is NaN");
    results_t *results = open_results(c);
    assert_true_file(c, results);
    assert_int_equal(results_read_sample(results, 2, &info, &why), STATUS_OK);
    assert_int_equal(info.status, SAMPLE_FAILED);
    assert_int_equal(info.error_kind, ERROR_CERTAIN);
    assert_string_equal(info.error, "mask 0x1: output is -inf");
    results_close(&results);
}

/* Each of `says` is in one of the problems, in order; nothing is made. */
static void assert_refused(case_t *c, size_t count, const char *const *says) {
    assert_int_equal(run(c), STATUS_INPUT);
    assert_int_equal(c->problems.count, count);
    for (size_t i = 0; i < count; i++)
        if (!strstr(c->problems.texts[i], says[i]))
            fail_msg("\"%s\" does not say \"%s\"", c->problems.texts[i], says[i]);
    assert_int_equal(access(c->out, F_OK), -1);
    problems_free(&c->problems);
    c->problems = (problems_t){0};
}

static void all_that_is_wrong_is_told(void **state) {
    static const char *const SETS[] = {"model.file=x", "statistics.salience_scale=mean_output"};
    case_t *c = *state;
    write_text(c->values, "1 2 3\n");
    write_text(c->masks, "0 0\n");
    c->options.masks = c->masks;
    c->options.sets = SETS;
    c->options.set_count = 1;
    assert_refused(c, 3,
                   (const char *const[]){"--set model.file=x: only statistics.*", "a table of 3 numbers",
                                         "1 rows of 2 players; 4 rows expected"});
    write_text(c->values, "1 2 3 4\n");
    c->options.masks = NULL;
    c->options.sets = SETS + 1;
    assert_refused(c, 1, (const char *const[]){"mean_output is only known once all tables were read"});
    c->options.out = c->values;
    assert_int_equal(run(c), STATUS_INPUT);
    assert_non_null(strstr(c->problems.texts[0], "exists already and is left alone"));
}

#define WITH_CASE(test) cmocka_unit_test_setup_teardown(test, make_case, remove_case)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_CASE(the_file_is_true_in_every_order),
        WITH_CASE(the_order_is_part_of_the_identity),
        WITH_CASE(tables_with_holes_fail_alone),
        WITH_CASE(all_that_is_wrong_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
