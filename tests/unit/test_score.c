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

TEST(scores_follow_their_definitions) {
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
TEST(large_logits_neither_overflow_nor_saturate) {
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
TEST(a_single_logit_is_signed_by_the_label) {
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

TEST(float_outputs_score_as_their_doubles) {
    const score_t scores[] = {SCORE_LOG_ODDS, SCORE_LOGIT, SCORE_PROBABILITY, SCORE_RAW, SCORE_LOG_PROB};
    float narrow[ROWS * CLASSES];
    double wide[ROWS * CLASSES], from_narrow[ROWS], from_wide[ROWS];
    for (size_t i = 0; i < ROWS * CLASSES; i++) {
        narrow[i] = (float)logits[i / CLASSES][i % CLASSES];
        wide[i] = (double)narrow[i];
    }
    for (size_t s = 0; s < sizeof scores / sizeof *scores; s++) {
        scorer_t scorer = {.score = scores[s], .outputs = CLASSES, .target = 3};
        score_rows(&scorer, narrow, false, ROWS, from_narrow);
        score_rows(&scorer, wide, true, ROWS, from_wide);
        assert_memory_equal(from_narrow, from_wide, sizeof from_wide);
    }
}

TEST(what_is_not_finite_shows) {
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

/* ---- outputs that are probabilities ---- */

static double of_probabilities(score_t score, double eps, const double *p, size_t outputs, size_t target) {
    const scorer_t scorer = {
        .score = score, .eps = eps, .kind = OUTPUTS_PROBABILITIES, .outputs = outputs, .target = target};
    double value;
    score_rows(&scorer, p, true, 1, &value);
    return value;
}

TEST(probabilities_give_the_log_odds_of_their_logits) {
    for (size_t r = 0; r < ROWS; r++) {
        double p[CLASSES], odds;
        for (size_t y = 0; y < CLASSES; y++)
            p[y] = (double)softmax(logits[r], CLASSES, y);
        for (size_t y = 0; y < CLASSES; y++) {
            score_all(SCORE_LOG_ODDS, 0, CLASSES, y, logits[r], 1, &odds);
            assert_near(of_probabilities(SCORE_LOG_ODDS, 0, p, CLASSES, y), odds);
            assert_near(of_probabilities(SCORE_LOGIT, 0, p, CLASSES, y), odds);
            assert_true(of_probabilities(SCORE_PROBABILITY, 0, p, CLASSES, y) == p[y]);
            assert_true(of_probabilities(SCORE_RAW, 0, p, CLASSES, y) == p[y]);
            score_all(SCORE_LOG_ODDS, 1e-3, CLASSES, y, logits[r], 1, &odds);
            assert_near(of_probabilities(SCORE_LOG_ODDS, 1e-3, p, CLASSES, y), odds);
        }
    }
}

/* 1 - p is the sum of the others: it is not lost where p rounds to 1. */
TEST(what_is_left_of_1_is_the_sum_of_the_others) {
    const double p[3] = {1, 1e-9, 1e-9}, certain[2] = {1, 0};
    assert_near(of_probabilities(SCORE_LOG_ODDS, 0, p, 3, 0), -logl(2e-9L));
    assert_true(of_probabilities(SCORE_LOG_ODDS, 0, certain, 2, 0) == INFINITY);
    assert_true(of_probabilities(SCORE_LOG_ODDS, 0, certain, 2, 1) == -INFINITY);
    assert_near(of_probabilities(SCORE_LOG_ODDS, 0.001, certain, 2, 0), logl(1 / 0.001L + 0.001L));
    assert_near(of_probabilities(SCORE_LOG_ODDS, 0.001, certain, 2, 1), logl(0.001L));
}

/* Several labels at once: a sigmoid for each. A softmax has the same logit as log-odds. */
TEST(a_logit_is_of_each_probability_alone) {
    const double p[3] = {0.75, 0.5, 0.9}, softmax[3] = {1, 1e-9, 1e-12};
    assert_near(of_probabilities(SCORE_LOGIT, 0, p, 3, 0), logl(3));
    assert_true(of_probabilities(SCORE_LOGIT, 0, p, 3, 1) == 0);
    for (size_t target = 0; target < 3; target++)
        assert_true(of_probabilities(SCORE_LOGIT, 0, softmax, 3, target) ==
                    of_probabilities(SCORE_LOG_ODDS, 0, softmax, 3, target));
    const double sure[3] = {1 - 0x1p-18, 0x1p-17, 0x1p-20}; /* of each of three labels; they sum to 1 + 4.8e-6 */
    assert_near(of_probabilities(SCORE_LOGIT, 0, sure, 3, 0), logl((1 - 0x1p-18L) / 0x1p-18L));
    scorer_t scorer = {.score = SCORE_LOGIT, .kind = OUTPUTS_PROBABILITIES, .outputs = 3};
    const double rounded = 0x1p-53 * (1 / 0.75 + 1 / 0.25);
    assert_near(score_rounding(&scorer, p, true, 1, 64), rounded * rounded / 12);
}

TEST(what_is_no_probability_has_no_log_odds) {
    const double most = 1.01, least = -0.01;
    assert_true(isnan(of_probabilities(SCORE_LOG_ODDS, 0, &most, 1, 1)));
    assert_true(isnan(of_probabilities(SCORE_PROBABILITY, 0, &least, 1, 0)));
}

TEST(a_single_probability_is_that_of_label_1) {
    const double p = 0.75, beyond = 1 + 1e-7;
    assert_near(of_probabilities(SCORE_LOG_ODDS, 0, &p, 1, 1), logl(3));
    assert_near(of_probabilities(SCORE_LOG_ODDS, 0, &p, 1, 0), -logl(3));
    assert_true(of_probabilities(SCORE_PROBABILITY, 0, &p, 1, 1) == 0.75);
    assert_true(of_probabilities(SCORE_PROBABILITY, 0, &p, 1, 0) == 0.25);
    assert_true(of_probabilities(SCORE_PROBABILITY, 0, &beyond, 1, 1) == 1);
    assert_true(of_probabilities(SCORE_LOG_ODDS, 0, &beyond, 1, 1) == INFINITY);
}

/* ---- log p, differences, cosines ---- */

TEST(log_probabilities_keep_their_digits) {
    double v[ROWS];
    for (size_t y = 0; y < CLASSES; y++) {
        score_all(SCORE_LOG_PROB, 0, CLASSES, y, logits[0], ROWS, v);
        for (size_t r = 0; r < ROWS; r++)
            assert_near(v[r], logl(softmax(logits[r], CLASSES, y)));
    }
    const double far[2][2] = {{-1000, 0}, {40, 0}}, p[3] = {0.25, 0.5, 0.25}, single = -3;
    score_all(SCORE_LOG_PROB, 0, 2, 0, far[0], 2, v);
    assert_true(v[0] == -1000);
    assert_within(v[1], -expl(-40.0L), 1e-31);
    score_all(SCORE_LOG_PROB, 0, 1, 1, &single, 1, v);
    assert_near(v[0], -logl(1 + expl(3)));
    assert_near(of_probabilities(SCORE_LOG_PROB, 0, p, 3, 1), logl(0.5L));
    assert_near(of_probabilities(SCORE_LOG_PROB, 0, p, 1, 0), logl(0.75L));
    assert_true(of_probabilities(SCORE_LOG_PROB, 0, (const double[]){0, 1}, 2, 0) == -INFINITY);
}

TEST(a_pair_gives_its_difference) {
    scorer_t scorer = {.score = SCORE_DIFFERENCE, .outputs = CLASSES, .target = 4, .other = 1};
    float narrow[CLASSES];
    double v[ROWS], of_float;
    for (size_t j = 0; j < CLASSES; j++)
        narrow[j] = (float)logits[0][j];
    for (int kind = OUTPUTS_LOGITS; kind <= OUTPUTS_PROBABILITIES; kind++) {
        scorer.kind = (output_kind_t)kind;
        score_rows(&scorer, logits, true, ROWS, v);
        score_rows(&scorer, narrow, false, 1, &of_float);
        for (size_t r = 0; r < ROWS; r++)
            assert_true(v[r] == logits[r][4] - logits[r][1]);
        assert_true(of_float == v[0]);
    }
}

/* By its definition. */
static long double cosine_of(const double *a, const double *b) {
    long double ab = 0, aa = 0, bb = 0;
    for (size_t j = 0; j < CLASSES; j++) {
        ab += (long double)a[j] * (long double)b[j];
        aa += (long double)a[j] * (long double)a[j];
        bb += (long double)b[j] * (long double)b[j];
    }
    return ab / sqrtl(aa * bb);
}

TEST(cosines_are_with_the_full_mask_less_the_empty_one) {
    scorer_t scorer = {.score = SCORE_COSINE, .outputs = CLASSES};
    double v[ROWS];
    const double zero[CLASSES] = {0};
    score_refer(&scorer, logits[2], logits[0]);
    score_rows(&scorer, logits, true, ROWS, v);
    assert_true(v[0] == 0);
    for (size_t r = 0; r < ROWS; r++)
        assert_near(v[r], cosine_of(logits[r], logits[2]) - cosine_of(logits[0], logits[2]));
    score_rows(&scorer, zero, true, 1, v);
    assert_true(isnan(v[0])); /* a vector without direction */
}

/* ---- rounding ---- */

/* What each output, moved by itself, does to v: the definition, by differences. */
static double plain_rounding(scorer_t scorer, const double *outputs, int bits) {
    double sum = 0;
    for (size_t j = 0; j < scorer.outputs; j++) {
        double moved[CLASSES], v[2], step = 1e-7 * outputs[j] + 1e-9;
        double ulp = bits == 64 ? nextafter(fabs(outputs[j]), INFINITY) - fabs(outputs[j])
                                : (double)(nextafterf((float)fabs(outputs[j]), INFINITY) - (float)fabs(outputs[j]));
        for (int up = 0; up < 2; up++) {
            memcpy(moved, outputs, scorer.outputs * sizeof *moved);
            moved[j] += up ? step : -step;
            score_rows(&scorer, moved, true, 1, &v[up]);
        }
        double slope = (v[1] - v[0]) / (2 * step);
        sum += slope * slope * ulp * ulp / 12;
    }
    return sum;
}

TEST(rounding_is_carried_through_the_score) {
    const double full[CLASSES] = {0.75, -0.5, 0.25, 0.125, 1};
    const score_t scores[] = {SCORE_LOG_ODDS, SCORE_LOGIT,      SCORE_PROBABILITY, SCORE_RAW,
                              SCORE_LOG_PROB, SCORE_DIFFERENCE, SCORE_COSINE};
    for (size_t s = 0; s < sizeof scores / sizeof *scores; s++)
        for (int kind = OUTPUTS_LOGITS; kind <= OUTPUTS_PROBABILITIES; kind++)
            for (size_t outputs = scores[s] < SCORE_DIFFERENCE ? 1 : CLASSES; outputs <= CLASSES; outputs += 4)
                for (int clip = 0; clip < 2; clip++)
                    for (int bits = 32; bits <= 64; bits += 32) {
                        scorer_t scorer = {.score = scores[s],
                                           .eps = clip ? 1e-2 : 0,
                                           .kind = (output_kind_t)kind,
                                           .outputs = outputs,
                                           .target = outputs > 1 || scores[s] != SCORE_RAW,
                                           .other = 3};
                        score_refer(&scorer, full, full);
                        double z[CLASSES] = {0.5, 0.125, 0.2, 0.07, 0.105}; /* logits, or shares of 1 */
                        double expected = plain_rounding(scorer, z, bits);
                        assert_true(fabs(score_rounding(&scorer, z, true, 1, bits) / expected - 1) < 1e-4);
                    }
}

/* 1 - p in float32: a small one too is only as good as the large one. */
TEST(complements_are_rounded_as_what_they_were_made_of) {
    const float rows[2][2] = {{1 - 0x1p-18f, 0x1p-18f}, {0.75f, 0.25f}}, fine[2] = {1, 0.3e-5f};
    scorer_t scorer = {.score = SCORE_LOG_ODDS, .kind = OUTPUTS_PROBABILITIES, .outputs = 2};
    const double in_v = 0x1p-24 / 0x1p-18, small = nextafterf(fine[1], 1) - fine[1];
    assert_true(fabs(score_rounding(&scorer, rows, false, 2, 32) / (in_v * in_v / 12) - 1) < 1e-3);
    assert_true(score_rounding(&scorer, fine, false, 1, 32) < 10 * pow(small / fine[1], 2) / 12);
    /* A sigmoid that has no more digits near 0. */
    scorer.outputs = 1;
    assert_true(fabs(score_rounding(&scorer, &rows[0][1], false, 1, 32) / (in_v * in_v / 12) - 1) < 1e-3);
}

TEST(rounding_of_rows_is_summed) {
    float narrow[2][3] = {{1, 2, 3}, {4, 5, 6}};
    scorer_t scorer = {.score = SCORE_RAW, .outputs = 3, .target = 1};
    double ulp_2 = 0x1p-22, ulp_5 = 0x1p-21;
    assert_near(score_rounding(&scorer, narrow, false, 2, 32), (ulp_2 * ulp_2 + ulp_5 * ulp_5) / 12);
}

/* ---- targets ---- */

static int64_t predicted(score_t score, output_kind_t kind, const double *outputs, size_t count) {
    return score_predicted(&(scorer_t){.score = score, .kind = kind, .outputs = count}, outputs);
}

TEST(predictions_take_the_lowest_of_equals) {
    const double tied[4] = {1, 3, 3, 2}, equal[3] = {0, 0, 0};
    assert_int_equal(predicted(SCORE_LOG_ODDS, OUTPUTS_AUTO, tied, 4), 1);
    assert_int_equal(predicted(SCORE_RAW, OUTPUTS_AUTO, equal, 3), 0);
    const double positive = 0.5, zero = 0.0, negative = -0.5;
    assert_int_equal(predicted(SCORE_LOG_ODDS, OUTPUTS_AUTO, &positive, 1), 1);
    assert_int_equal(predicted(SCORE_LOG_ODDS, OUTPUTS_AUTO, &zero, 1), 0);
    assert_int_equal(predicted(SCORE_LOGIT, OUTPUTS_AUTO, &negative, 1), 0);
    assert_int_equal(predicted(SCORE_RAW, OUTPUTS_AUTO, &positive, 1), 0);
    const double p[2] = {0.5, 0.51};
    assert_int_equal(predicted(SCORE_LOG_ODDS, OUTPUTS_PROBABILITIES, &p[0], 1), 0);
    assert_int_equal(predicted(SCORE_LOG_ODDS, OUTPUTS_PROBABILITIES, &p[1], 1), 1);
}

TEST(targets_out_of_range_are_refused) {
    failure_t why;
    assert_int_equal(score_check_target(&(scorer_t){.score = SCORE_LOG_ODDS, .outputs = 10}, 9, &why), STATUS_OK);
    assert_int_equal(score_check_target(&(scorer_t){.score = SCORE_LOG_ODDS, .outputs = 10}, 10, &why), STATUS_INPUT);
    assert_string_equal(why.text, "target 10: the model has 10 outputs, targets 0 ... 9");
    assert_int_equal(score_check_target(&(scorer_t){.score = SCORE_RAW, .outputs = 10}, -1, &why), STATUS_INPUT);
    assert_int_equal(score_check_target(&(scorer_t){.score = SCORE_PROBABILITY, .outputs = 1}, 1, &why), STATUS_OK);
    assert_int_equal(score_check_target(&(scorer_t){.score = SCORE_LOGIT, .outputs = 1}, 2, &why), STATUS_INPUT);
    assert_int_equal(score_check_target(&(scorer_t){.score = SCORE_RAW, .outputs = 1}, 0, &why), STATUS_OK);
    assert_int_equal(score_check_target(&(scorer_t){.score = SCORE_RAW, .outputs = 1}, 1, &why), STATUS_INPUT);
    const scorer_t pair = {.score = SCORE_DIFFERENCE, .outputs = 3, .other = 3};
    assert_fails(score_check_target(&pair, 0, &why), STATUS_INPUT, "target 3: the model has 3 outputs");
    assert_fails(score_check_target(&pair, 4, &why), STATUS_INPUT, "target 4: the model has 3 outputs");
    assert_fails(score_check_target(&(scorer_t){.score = SCORE_COSINE, .outputs = 1}, 0, &why), STATUS_INPUT,
                 "score: cosine is for several outputs, and the model has one");
}

TEST(some_scores_have_no_target) {
    assert_true(score_has_target(SCORE_RAW, 2) && !score_has_target(SCORE_RAW, 1));
    assert_true(score_has_target(SCORE_LOG_ODDS, 1) && !score_has_target(SCORE_COSINE, 5));
    assert_true(score_is_of_outputs(SCORE_COSINE) && !score_is_of_outputs(SCORE_LOG_PROB));
}

/* Ties, a single largest output, and what is not finite. */
TEST(targets_together_give_the_same_bits) {
    enum { ALL = 6, SEVERAL = 5 };
    static const double z[ALL][CLASSES] = {{0.5, -1.25, 3.0, 0.0, 2.5}, {3, 3, -2, 3, 1},  {-700, 700, 1, 2, 3},
                                           {1, INFINITY, 2, 3, 4},      {NAN, 1, 2, 3, 4}, {1e-3, 2e-3, 3e-3, 0, -0.0}};
    static const int64_t targets[SEVERAL] = {4, 2, 0, 1, 3};
    const scorer_t scorer = {.score = SCORE_LOG_ODDS, .kind = OUTPUTS_LOGITS, .outputs = CLASSES};
    double values[SEVERAL][ALL + 1] = {{0}}, alone[ALL], *at[SEVERAL];
    float floats[ALL][CLASSES];
    for (int t = 0; t < SEVERAL; t++)
        at[t] = values[t];
    for (int i = 0; i < ALL * CLASSES; i++)
        floats[i / CLASSES][i % CLASSES] = (float)z[i / CLASSES][i % CLASSES];
    assert_true(score_is_shared(&scorer));
    for (int wide = 0; wide < 2; wide++) {
        const void *outputs = wide ? (const void *)z : (const void *)floats;
        score_rows_shared(&scorer, targets, SEVERAL, outputs, wide, ALL, at, 1);
        for (int t = 0; t < SEVERAL; t++) {
            scorer_t own = scorer;
            own.target = (size_t)targets[t];
            score_rows(&own, outputs, wide, ALL, alone);
            assert_true(values[t][0] == 0);
            assert_memory_equal(values[t] + 1, alone, sizeof alone);
        }
    }
}

TEST(the_strongest_targets_come_first) {
    const double z[5] = {1, 3, 3, -2, 5}, one = 2;
    int64_t found[4];
    score_strongest(&(scorer_t){.score = SCORE_LOG_ODDS, .outputs = 5}, z, 4, found);
    assert_true(found[0] == 4 && found[1] == 1 && found[2] == 2 && found[3] == 0);
    score_strongest(&(scorer_t){.score = SCORE_LOG_ODDS, .outputs = 1}, &one, 2, found);
    assert_true(found[0] == 1 && found[1] == 0);
}

int main(void) {
    return run_all(NULL, NULL);
}
