/* review/subset: which samples an analysis is about, when it can be known, and what is said when it cannot. */
#include "results/results_private.h"
#include "review/subset.h"
#include "support/make_swept.h"
#include "support/scratch_path.h"

static results_t *results; /* of the test that runs */
static failure_t why;

static void swept(swept_t what) {
    make_swept(path, &what);
    assert_ok(results_open(path, false, &results, &why));
}

static int close_results(void **state) {
    results_close(&results);
    return remove_path(state);
}

/* rows: ended by -1. */
static void check(const char *config_text, subset_options_t options, const int64_t *rows, int64_t failures,
                  int64_t pending) {
    config_t *config = swept_config(config_text);
    subset_t subset;
    assert_ok(subset_find(results, config, &options, &subset, &why));
    int64_t count = 0;
    for (; rows[count] >= 0; count++)
        assert_true(count < subset.count && subset.rows[count] == rows[count]);
    assert_int_equal(subset.count, count);
    assert_int_equal(subset.failed, failures);
    assert_int_equal(subset.done, count - failures);
    assert_int_equal(subset.pending, pending);
    subset_free(&subset);
    config_free(&config);
}

static void refused(const char *config_text, subset_options_t options, const char *says) {
    config_t *config = swept_config(config_text);
    subset_t subset;
    assert_fails(subset_find(results, config, &options, &subset, &why), STATUS_INPUT, says);
    assert_null(subset.rows);
    config_free(&config);
}

#define ROWS(...) ((const int64_t[]){__VA_ARGS__, -1})

TEST_WITH(by_index_and_class, make_path, close_results) {
    swept((swept_t){0});
    check(SWEPT_CONFIG, (subset_options_t){0}, ROWS(0, 1, 2, 4, 5), 1, 1);
    check(SWEPT_CONFIG, (subset_options_t){.by_index = true, .first = 2, .end = 5}, ROWS(0, 1, 5), 0, 0);
    check(SWEPT_CONFIG, (subset_options_t){.by_index = true, .first = 5, .end = 11}, ROWS(2, 4), 1, 1);
    check(SWEPT_CONFIG, (subset_options_t){.by_class = true, .class = 1}, ROWS(1, 2, 4), 1, 0);
    check(SWEPT_CONFIG, (subset_options_t){.by_class = true, .class = 0}, ROWS(0, 5), 0, 1);
    check(SWEPT_CONFIG, (subset_options_t){.by_class = true, .class = 1, .by_index = true, .first = 4, .end = 5},
          ROWS(1), 0, 0);
}

TEST_WITH(by_target_without_labels, make_path, close_results) {
    static const int64_t TARGET[SWEPT_SAMPLES] = {7, 1, 1, -1, 7, 1};
    swept((swept_t){.unlabelled = true, .target = TARGET});
    check(SWEPT_CONFIG, (subset_options_t){.by_class = true, .class = 7}, ROWS(0, 4), 0, 0);
    refused(SWEPT_CONFIG, (subset_options_t){.correct = true}, "no labels");
}

#define WITH_MODEL(more) "model: {backend: onnx, file: m.onnx, " more "}\nsamples: {file: s.h5}\noutput: {file: x.h5}\n"

TEST_WITH(correct_ones, make_path, close_results) {
    static const int64_t TARGET[SWEPT_SAMPLES] = {1, 1, 1, -1, 0, 0};
    swept((swept_t){.target = TARGET});
    check(SWEPT_CONFIG, (subset_options_t){.correct = true}, ROWS(0, 4), 0, 1);
    check(SWEPT_CONFIG, (subset_options_t){.correct = true, .by_class = true, .class = 1}, ROWS(4), 0, 0);
    check(WITH_MODEL("target: predicted, score: raw"), (subset_options_t){.correct = true}, ROWS(1, 5), 0, 1);
    refused(WITH_MODEL("score: logit"), (subset_options_t){.correct = true}, "log_odds");
    refused(WITH_MODEL("target: 1"), (subset_options_t){.correct = true}, "model.target is fixed");
    refused("model: {backend: game, game: sparse, samples: 2, players: 3}\noutput: {file: x.h5}\n",
            (subset_options_t){.correct = true}, "a closed-form game");
}

TEST_WITH(nothing_left, make_path, close_results) {
    swept((swept_t){0});
    refused(SWEPT_CONFIG, (subset_options_t){.by_index = true, .first = 11, .end = 20}, "holds samples 3-5, 9-10, 2");
    refused(SWEPT_CONFIG, (subset_options_t){.by_index = true, .first = 5, .end = 10}, "(1 failed, 1 pending)");
    refused(SWEPT_CONFIG, (subset_options_t){.by_class = true, .class = 2}, "none of the selected samples is done");
}

static void expect_indices(const char *expected) {
    char *text = subset_indices(results);
    assert_string_equal(text, expected);
    free(text);
}

TEST_WITH(long_lists_are_cut, make_path, close_results) {
    static const int32_t PLAYERS[20] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
    results = make_results(path, 20, PLAYERS, 2);
    expect_indices("0-19");
    for (int k = 0; k < 20; k++)
        results->index[k] = 3 * k;
    expect_indices("0, 3, 6, 9, 12, 15, 18, 21, ... (20 in all)");
}

int main(void) {
    return run_all(NULL, NULL);
}
