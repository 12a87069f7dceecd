/* Scores against the definitions evaluated in long double, and at the places where naive formulas break. */
#include "model/score.h"
#include "support/test.h"

enum { CLASSES = 5, ROWS = 4 };
static const double logits[ROWS][CLASSES] = {{0.5, -1.25, 3.0, 0.0, 2.5},
                                             {-7.0, -7.0, -7.0, -7.0, -7.0},
                                             {10.0, 1.0, 0.0, -3.0, 4.0},
                                             {0.1, 0.2, 0.3, 0.4, 0.5}};

static void score_all(score_t score, double eps, size_t outputs, size_t target, const double *z, size_t rows,
                      double *values) {
    scorer_t scorer = {.score = score, .eps = eps, .outputs = outputs, .target = target};
    score_rows(&scorer, z, true, rows, values);
}

/* p_y by its definition. */
static long double softmax(const double *z, size_t count, size_t target) {
    long double sum = 0;
    for (size_t j = 0; j < count; j++)
        sum += expl((long double)z[j]);
    return expl((long double)z[target]) / sum;
}

static void assert_near(double got, long double wanted) {
    assert_within(got, wanted, 4e-15 * (1 + fabs((double)wanted)));
}

static void scores_follow_their_definitions(void **state) {
    double odds[ROWS], clipped[ROWS], probability[ROWS], logit[ROWS], raw[ROWS];
    const long double e = 1e-7L;
    for (size_t y = 0; y < CLASSES; y++) {
        score_all(SCORE_LOG_ODDS, 0, CLASSES, y, logits[0], ROWS, odds);
        score_all(SCORE_LOG_ODDS, 1e-7, CLASSES, y, logits[0], ROWS, clipped);
        score_all(SCORE_PROBABILITY, 0, CLASSES, y, logits[0], ROWS, probability);
        score_all(SCORE_LOGIT, 0, CLASSES, y, logits[0], ROWS, logit);
        score_all(SCORE_RAW, 0, CLASSES, y, logits[0], ROWS, raw);
        for (size_t r = 0; r < ROWS; r++) {
            long double p = softmax(logits[r], CLASSES, y);
            assert_near(odds[r], logl(p) - logl(1 - p));
            assert_near(clipped[r], logl(p / (1 - p + e) + e));
            assert_near(probability[r], p);
            assert_true(logit[r] == logits[r][y] && raw[r] == logits[r][y]);
        }
    }
}

/* Two logits: the difference itself, however large, where any softmax has long saturated; of more, nothing overflows.
 * The authors' form with e = 1e-7 is bounded by 16.2 on both sides. */
static void large_logits_neither_overflow_nor_saturate(void **state) {
    const double pairs[4][2] = {{1.5, -0.25}, {0.1, 0.3}, {900.0, -900.0}, {-500.0, 500.0}};
    const double z[2][3] = {{1000.0, -1000.0, -2000.0}, {-800.0, 900.0, 900.0}};
    double first[4], second[4];
    score_all(SCORE_LOG_ODDS, 0, 2, 0, pairs[0], 4, first);
    score_all(SCORE_LOG_ODDS, 0, 2, 1, pairs[0], 4, second);
    for (size_t r = 0; r < 4; r++) {
        assert_true(first[r] == pairs[r][0] - pairs[r][1]);
        assert_true(second[r] == pairs[r][1] - pairs[r][0]);
    }
    score_all(SCORE_LOG_ODDS, 1e-7, 2, 0, pairs[0], 4, first);
    assert_near(first[2], logl(1 / 1e-7L + 1e-7L));
    assert_near(first[3], logl(1e-7L));
    score_all(SCORE_LOG_ODDS, 0, 3, 0, z[0], 2, first);
    assert_true(first[0] == 2000.0);
    assert_near(first[1], -1700.0L - logl(2.0L));
}

/* One logit z stands for the logits (0, z). */
static void a_single_logit_is_signed_by_the_label(void **state) {
    const score_t scores[] = {SCORE_LOG_ODDS, SCORE_PROBABILITY};
    const double z[3] = {-1.5, 0.0, 40.0};
    double single[3], pair[3];
    for (size_t s = 0; s < 2; s++)
        for (size_t y = 0; y < 2; y++)
            for (size_t e = 0; e < 2; e++) {
                const double pairs[3][2] = {{0, -1.5}, {0, 0.0}, {0, 40.0}};
                score_all(scores[s], e ? 1e-7 : 0, 1, y, z, 3, single);
                score_all(scores[s], e ? 1e-7 : 0, 2, y, pairs[0], 3, pair);
                for (size_t r = 0; r < 3; r++)
                    assert_true(single[r] == pair[r]);
            }
    score_all(SCORE_LOGIT, 0, 1, 0, z, 3, single);
    assert_true(single[0] == 1.5 && single[2] == -40.0);
    score_all(SCORE_LOGIT, 0, 1, 1, z, 3, single);
    assert_true(single[0] == -1.5 && single[2] == 40.0);
    score_all(SCORE_RAW, 0, 1, 0, z, 3, single);
    assert_memory_equal(single, z, sizeof z);
}

static void float_outputs_score_as_their_doubles(void **state) {
    const score_t scores[] = {SCORE_LOG_ODDS, SCORE_LOGIT, SCORE_PROBABILITY, SCORE_RAW};
    float narrow[ROWS * CLASSES];
    double wide[ROWS * CLASSES], from_narrow[ROWS], from_wide[ROWS];
    for (size_t i = 0; i < ROWS * CLASSES; i++) {
        narrow[i] = (float)logits[i / CLASSES][i % CLASSES];
        wide[i] = (double)narrow[i];
    }
    for (size_t s = 0; s < 4; s++) {
        scorer_t scorer = {.score = scores[s], .outputs = CLASSES, .target = 3};
        score_rows(&scorer, narrow, false, ROWS, from_narrow);
        score_rows(&scorer, wide, true, ROWS, from_wide);
        assert_memory_equal(from_narrow, from_wide, sizeof from_wide);
    }
}

static void what_is_not_finite_shows(void **state) {
    const double bad[5][3] = {{NAN, 0, 0}, {0, NAN, 0}, {INFINITY, 0, 0}, {0, INFINITY, 1}, {0, -INFINITY, -INFINITY}};
    double values[5];
    score_all(SCORE_LOG_ODDS, 0, 3, 0, bad[0], 5, values);
    assert_true(isnan(values[0]) && isnan(values[1]));
    assert_true(isinf(values[2]) && values[2] > 0);
    assert_true(isinf(values[3]) && values[3] < 0);
    assert_true(isinf(values[4]) && values[4] > 0);
    const double masked[3] = {1, -INFINITY, 2}; /* one class ruled out: the other two remain */
    score_all(SCORE_LOG_ODDS, 0, 3, 0, masked, 1, values);
    assert_true(values[0] == -1.0);
}

static void predictions_take_the_lowest_of_equals(void **state) {
    const double tied[4] = {1, 3, 3, 2}, equal[3] = {0, 0, 0};
    assert_int_equal(score_predicted(SCORE_LOG_ODDS, tied, 4), 1);
    assert_int_equal(score_predicted(SCORE_RAW, equal, 3), 0);
    const double positive = 0.5, zero = 0.0, negative = -0.5;
    assert_int_equal(score_predicted(SCORE_LOG_ODDS, &positive, 1), 1);
    assert_int_equal(score_predicted(SCORE_LOG_ODDS, &zero, 1), 0);
    assert_int_equal(score_predicted(SCORE_LOGIT, &negative, 1), 0);
    assert_int_equal(score_predicted(SCORE_RAW, &positive, 1), 0);
}

static void targets_out_of_range_are_refused(void **state) {
    static const struct {
        score_t score;
        size_t outputs;
        int64_t target;
        const char *text; /* NULL: fine */
    } cases[] = {{SCORE_LOG_ODDS, 10, 9, NULL},
                 {SCORE_LOG_ODDS, 10, 10, "target 10: the model has 10 outputs, targets 0 ... 9"},
                 {SCORE_RAW, 10, -1, "target -1: the model has 10 outputs, targets 0 ... 9"},
                 {SCORE_PROBABILITY, 1, 1, NULL},
                 {SCORE_LOGIT, 1, 2, "target 2: the model has 1 output, the logit of label 1, targets 0 ... 1"},
                 {SCORE_RAW, 1, 0, NULL},
                 {SCORE_RAW, 1, 1, "target 1: the model has one output, target 0"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        failure_t why;
        status_t status = score_check_target(cases[i].score, cases[i].outputs, cases[i].target, &why);
        assert_int_equal(status, cases[i].text ? STATUS_INPUT : STATUS_OK);
        if (cases[i].text)
            assert_string_equal(why.text, cases[i].text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_follow_their_definitions),
        cmocka_unit_test(large_logits_neither_overflow_nor_saturate),
        cmocka_unit_test(a_single_logit_is_signed_by_the_label),
        cmocka_unit_test(float_outputs_score_as_their_doubles),
        cmocka_unit_test(what_is_not_finite_shows),
        cmocka_unit_test(predictions_take_the_lowest_of_equals),
        cmocka_unit_test(targets_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
