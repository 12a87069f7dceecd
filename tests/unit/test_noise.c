/* model/noise: which masks, what moves by how much, and the deviation, against plain loops and closed forms. The parts
 * with a model are skipped without an engine. */
#include "model/noise.h"
#include "support/models.h"

#include <float.h>

enum { WIDE = 10, WIDE_MASKS = 1 << WIDE };

static void assert_range(range_t range, mask_t first, mask_t count) {
    assert_int_equal(range.first, first);
    assert_int_equal(range.count, count);
}

/* ---- which masks ---- */

/* min(2^n, 64, max(4, 2^n / 4)). */
TEST(a_quarter_of_few_masks_is_looked_at) {
    static const mask_t COUNTS[] = {2, 4, 4, 4, 8, 16, 32, 64, 64};
    for (int n = 1; n <= 9; n++)
        assert_int_equal(noise_masks(n).count, COUNTS[n - 1]);
    assert_range(noise_masks(3), 0x4, 4);
    assert_range(noise_masks(4), 0x4, 4);
    assert_range(noise_masks(5), 0x10, 8);
}

TEST(every_second_of_the_other_players_is_present) {
    assert_range(noise_masks(8), 0x40, 64);
    assert_range(noise_masks(12), 0x540, 64);
    assert_range(noise_masks(16), 0x5540, 64);
    assert_range(noise_masks(36), 0x555555540, 64);
    for (int n = 8; n <= PLAYERS_MAX; n++)
        for (int player = 6; player < n; player++)
            assert_int_equal(noise_masks(n).first >> player & 1, player % 2 == 0);
}

/* ---- what moves ---- */

/* The first directions, from splitmix64's reference program; an estimate must not change from one version to the next.
 */
static const bool UP[16] = {1, 1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1};

static const double NUMBERS[16] = {1,    -1,      0.1,     -0.1,    3e38,     -FLT_MIN, FLT_TRUE_MIN, 1e-310,
                                   -0.0, 123.456, 2 - 0.0, FLT_MAX, -FLT_MAX, 0,        1.0 / 3,      65536};

/* To the next number of the model's type; whole numbers stay as they are. */
static double next_of(int bits, double from, bool up) {
    float narrow = (float)from;
    double taken = bits == 64 ? from : (double)narrow;
    if (taken == floor(taken))
        return from;
    return bits == 64 ? nextafter(from, up ? INFINITY : -INFINITY)
                      : (double)nextafterf(narrow, up ? INFINITY : -INFINITY);
}

TEST(numbers_move_by_one) {
    double to[16];
    for (int bits = 32; bits <= 64; bits += 32) {
        /* 1e-310 is 0 for a model that takes float32 */
        assert_int_equal(noise_move(bits, NUMBERS, 16, to), bits == 32 ? 6 : 7);
        for (size_t e = 0; e < 16; e++) {
            double expected = next_of(bits, NUMBERS[e], UP[e]);
            assert_memory_equal(&to[e], &expected, sizeof *to);
        }
    }
}

TEST(missing_values_stay) {
    const double from[2] = {NAN, 0.5};
    double to[2];
    for (int bits = 32; bits <= 64; bits += 32) {
        assert_int_equal(noise_move(bits, from, 2, to), 1);
        assert_memory_equal(to, from, sizeof *to);
    }
}

TEST(as_many_move_up_as_down) {
    enum { MANY = 100000 };
    double *halves = new_numbers(MANY), *to = new_numbers(MANY);
    long up = 0, turns = 0;
    for (int e = 0; e < MANY; e++)
        halves[e] = 0.5;
    assert_int_equal(noise_move(32, halves, MANY, to), MANY);
    for (int e = 0; e < MANY; e++) {
        up += to[e] > 0.5;
        turns += e > 0 && (to[e] > 0.5) != (to[e - 1] > 0.5);
    }
    assert_true(labs(up - MANY / 2) < 800); /* 5 standard deviations */
    assert_true(labs(turns - MANY / 2) < 800);
    free(halves);
    free(to);
}

/* ---- the deviation ---- */

static double plain_deviation(const double *before, const double *after, size_t count) {
    long double mean = 0, variance = 0;
    for (size_t i = 0; i < count; i++)
        mean += ((long double)after[i] - before[i]) / count;
    for (size_t i = 0; i < count; i++)
        variance += powl((long double)after[i] - before[i] - mean, 2) / count;
    return (double)sqrtl(variance);
}

TEST(the_deviation_is_that_of_the_change) {
    double before[256], after[256];
    for (int i = 0; i < 256; i++) {
        before[i] = 1 + 0.1 * i;
        after[i] = before[i] + 1e-6 * sin(i * i) + 3e-6;
    }
    for (size_t count = 2; count <= 256; count *= 2) {
        double expected = plain_deviation(before, after, count);
        assert_true(fabs(noise_deviation(before, after, count) / expected - 1) < 1e-9);
    }
    /* What all share is no noise: it is in no I(S) but I(empty). */
    for (int i = 0; i < 256; i++)
        after[i] = before[i] + 0x1p-20;
    assert_true(noise_deviation(before, after, 256) < 1e-14);
    assert_true(noise_deviation(before, before, 256) == 0);
    before[3] = -DBL_MAX;
    after[3] = DBL_MAX;
    assert_true(isnan(noise_deviation(before, after, 256)));
}

/* ---- the judgement ---- */

enum { LOOKED_AT = 64 };

/* Of v up to `size`, of which half moves. */
static noise_t judge_of(double size, double typical, double largest, double own, double coarse) {
    double before[LOOKED_AT], after[LOOKED_AT];
    for (int i = 0; i < LOOKED_AT; i++) {
        before[i] = size * i / LOOKED_AT;
        after[i] = before[i] + (i % 2 ? typical : -typical);
    }
    after[40] = before[40] + largest;
    return noise_judge(32, before, after, LOOKED_AT, (model_rounding_t){own * own, coarse * coarse});
}

static noise_t judge(double typical, double largest, double own, double coarse) {
    return judge_of(6.4, typical, largest, own, coarse);
}

TEST(the_larger_of_both_is_the_noise) {
    noise_t noise = judge(1e-6, 1e-6, 1e-8, 1e-8);
    assert_int_equal(noise.from, NOISE_ESTIMATED);
    assert_true(noise.sigma > 0.9e-6 && noise.sigma < 1.1e-6);
    noise = judge(1e-9, 1e-9, 1e-8, 1e-8);
    assert_int_equal(noise.from, NOISE_ESTIMATED);
    assert_true(noise.sigma == 1e-8);
}

/* As trees between their thresholds, and token ids, which cannot be moved. */
TEST(a_v_that_stays_tells_nothing) {
    noise_t noise = judge(0, 0, 1e-8, 1e-8);
    assert_int_equal(noise.from, NOISE_OF_OUTPUTS);
    assert_true(noise.sigma == 1e-8);
}

/* Of a softmax that is sure of its class: log-odds of 30 from logits in float32, whose last place is 2e-6. */
TEST(logits_that_only_the_model_sees_are_floats) {
    assert_int_equal(judge_of(30, 1e-10, 7e-6, 3e-8, 3e-8).from, NOISE_ESTIMATED);
    assert_int_equal(judge_of(1, 1e-10, 7e-6, 3e-8, 3e-8).from, NOISE_OF_OUTPUTS);
}

TEST(jumps_are_no_noise) {
    static const struct {
        double typical, largest, own, coarse;
        bool jumps;
    } CASES[] = {
        {1e-8, 1.9e-5, 1e-8, 1e-8, true},   /* more than 100 times what most masks move by */
        {1e-8, 0.9e-6, 1e-8, 1e-8, false},  /* not so much */
        {1e-10, 0.9e-6, 1e-8, 1e-8, false}, /* or than the rounding of outputs */
        {1e-5, 2.1e-5, 1e-8, 1e-8, true},   /* all move, beyond 2000 roundings */
        {1e-5, 1.9e-5, 1e-8, 1e-8, false},  /* the network magnifies rounding */
        {1e-6, 2e-6, 1e-16, 1e-8, false},   /* float32 in, float64 out */
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        noise_t noise = judge(CASES[i].typical, CASES[i].largest, CASES[i].own, CASES[i].coarse);
        assert_int_equal(noise.from, CASES[i].jumps ? NOISE_OF_OUTPUTS : NOISE_ESTIMATED);
        assert_true(!CASES[i].jumps || noise.sigma == CASES[i].own);
    }
}

/* ---- with models ---- */

static model_t *open_batch(const char *name, int batch) {
    model_options_t options = options_for(name);
    options.batch = batch;
    return open_model(&options);
}

static noise_t estimate(model_t *model, const sample_t *sample, range_t known, const double *values,
                        uint64_t *evaluated) {
    failure_t why = {0};
    noise_t noise;
    double *table = (double *)(uintptr_t)values; /* only read */
    *evaluated = 0;
    assert_ok(noise_estimate(model, sample, 1, known, &table, &noise, evaluated, &why));
    return noise;
}

/* All of the values first, then the estimate. */
static noise_t estimate_whole(model_t *model, const sample_t *sample) {
    double values[WIDE_MASKS];
    uint64_t evaluated;
    evaluate_all(model, sample, values);
    return estimate(model, sample, (range_t){0, mask_count(sample->n)}, values, &evaluated);
}

static void skip_if_engine_missing(void) {
    if (engine_missing())
        skip();
}

/* v = (-2 x0 + 5 x1 + x2 - 3 x3) / 8 with x = (1/2, 0, 1/2, 0), of which 0 and 2 move up by an ulp of 1/2, as does the
 * baseline of player 0, 1/4, by half of it. All of that is exact. Of the three players the first two are in every way
 * present in the four masks, the third is: change of v = -ulp/8 - [player 0 present] ulp/8 + a constant, in ulps of
 * 1/4: the deviation is ulp/16. Rounding the output, between 1/16 and 1/4, is ulp(1/2)/4 / sqrt(12) or less. */
TEST(a_linear_model_has_the_noise_of_its_formula) {
    skip_if_engine_missing();
    static const double x[4] = {0.5, 0, 0.5, 0}, baseline[4] = {0.25, 0, 0, 0};
    static const int32_t players[4] = {0, 1, 2, -1};
    sample_t sample = {
        .target = 1, .n = 3, .elements = 4, .x = x, .players = players, .baselines = 1, .baseline = baseline};
    static const struct {
        const char *name;
        double ulp; /* of 1/4 */
    } CASES[] = {{"linear_f32.onnx", 0x1p-25}, {"linear_f64.onnx", 0x1p-54}};
    for (size_t i = 0; i < 2; i++) {
        model_t *model = open_batch(CASES[i].name, 256);
        noise_t noise = estimate_whole(model, &sample);
        assert_int_equal(noise.from, NOISE_ESTIMATED);
        assert_true(noise.sigma >= CASES[i].ulp / 8 && noise.sigma < CASES[i].ulp);
        model_close(&model);
    }
}

/* The sum of squares of ten numbers. */
static double wide_x[WIDE], wide_baseline[WIDE];
static int32_t wide_players[WIDE];
static const int64_t wide_shape[3] = {1, 2, WIDE / 2};

static sample_t wide_sample(void) {
    for (int e = 0; e < WIDE; e++) {
        wide_x[e] = 1.1 + 0.37 * e;
        wide_baseline[e] = e % 3 ? -0.7 : 0;
        wide_players[e] = e;
    }
    return (sample_t){.target = 0,
                      .n = WIDE,
                      .elements = WIDE,
                      .x = wide_x,
                      .players = wide_players,
                      .baselines = 1,
                      .baseline = wide_baseline,
                      .rank = 3,
                      .shape = wide_shape};
}

/* As the definition says it: each masked input moved by itself. */
static double plain_estimate(model_t *model, const sample_t *sample, const double *values) {
    double x[WIDE], baseline[WIDE], moved[WIDE_MASKS];
    for (int e = 0; e < WIDE; e++) {
        x[e] = next_of(32, sample->x[e], UP[e]);
        baseline[e] = next_of(32, sample->baseline[e], UP[e]);
    }
    sample_t other = *sample;
    other.x = x;
    other.baseline = baseline;
    evaluate_all(model, &other, moved);
    return plain_deviation(values + 0x140, moved + 0x140, 64);
}

TEST(the_range_that_is_known_changes_nothing) {
    skip_if_engine_missing();
    sample_t sample = wide_sample();
    double values[WIDE_MASKS];
    for (int batch = 1; batch <= WIDE_MASKS; batch *= 2) {
        uint64_t evaluated;
        range_t all = {0, WIDE_MASKS}, exact = {0x140, 0x40}, cut = {0x140, 0x20}, after = {0x200, 0x200};
        model_t *model = open_batch("image.onnx", batch);
        evaluate_all(model, &sample, values);
        double sigma = estimate(model, &sample, all, values, &evaluated).sigma;
        assert_int_equal(evaluated, 64); /* in a batch of its own */
        double plain =
            plain_estimate(model, &sample, values); /* in the sweep's batches: smaller ones round otherwise */
        assert_true(fabs(sigma / plain - 1) < (batch < 64 ? 0.2 : 1e-12));
        assert_true(sigma > 1e-8 && sigma < 1e-5);
        if (batch <= 64)
            assert_true(estimate(model, &sample, exact, values + 0x140, &evaluated).sigma == sigma);
        if (batch <= 32) { /* a unit that ends within: the rest is evaluated for it */
            assert_true(estimate(model, &sample, cut, values + 0x140, &evaluated).sigma == sigma);
            assert_int_equal(evaluated, 128);
        }
        assert_int_equal(estimate(model, &sample, after, values + 0x200, &evaluated).from, NOISE_UNKNOWN);
        assert_int_equal(evaluated, 0);
        model_close(&model);
    }
}

/* A batch that the model fixes is evaluated whole. */
TEST(a_fixed_batch_is_evaluated_whole) {
    skip_if_engine_missing();
    static const double x[4] = {0.3, 0.7, -0.9, 0.1}, baseline[4] = {0};
    static const int32_t players[4] = {0, 1, 2, 3};
    sample_t sample = {
        .target = 1, .n = 4, .elements = 4, .x = x, .players = players, .baselines = 1, .baseline = baseline};
    double values[16];
    uint64_t evaluated;
    model_t *model = open_batch("coupled5.onnx", 256);
    evaluate_all(model, &sample, values);
    noise_t noise = estimate(model, &sample, (range_t){0, 16}, values, &evaluated);
    assert_int_equal(evaluated, 4);
    assert_true(noise.sigma > 0);
    model_close(&model);
}

/* log(x0) + 1 / x1 with 1/x1 the largest float there is: moved, it is infinite. */
TEST(where_the_moved_sample_has_no_output_its_rounding_counts) {
    skip_if_engine_missing();
    static const double x[2] = {1.5, 2.938736e-39}, baseline[2] = {1, 1};
    static const int32_t players[2] = {0, 1};
    sample_t sample = {.n = 2, .elements = 2, .x = x, .players = players, .baselines = 1, .baseline = baseline};
    double values[4];
    failure_t why;
    model_t *model = open_batch("not_finite.onnx", 256);
    if (model_evaluate(model, &sample, (range_t){0, 4}, values, &why) == STATUS_OK) {
        noise_t noise = estimate_whole(model, &sample);
        assert_true(noise.sigma > 0);
    }
    model_close(&model);
}

/* Zeros stay: what is known is the rounding of the outputs, (a): here all outputs are 0.25. */
TEST(a_sample_of_zeros_has_the_rounding_of_its_outputs) {
    skip_if_engine_missing();
    static const double zeros[8] = {0};
    static const int32_t players[4] = {0, 1, 2, 3};
    sample_t sample = {
        .target = 2, .n = 4, .elements = 4, .x = zeros, .players = players, .baselines = 2, .baseline = zeros};
    model_t *model = open_batch("linear_f32.onnx", 256);
    noise_t noise = estimate_whole(model, &sample);
    assert_int_equal(noise.from, NOISE_OF_OUTPUTS);
    assert_true(fabs(noise.sigma / (0x1p-25 / sqrt(12) / sqrt(2)) - 1) < 1e-12); /* the mean of two baselines */
    model_close(&model);
}

TEST(games_have_no_input_to_move) {
    const model_options_t options = {.backend = BACKEND_GAME, .game = {.game = GAME_SQUARE}};
    sample_t sample = {.n = 5, .baselines = 1};
    model_t *model = open_model(&options);
    noise_t noise = estimate_whole(model, &sample);
    assert_true(isnan(noise.sigma) && noise.from == NOISE_UNKNOWN);
    model_close(&model);
}

int main(void) {
    return run_all(NULL, NULL);
}
