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

/* All masks of few players; of more, every second one above the first 8 is present. */
static void some_masks_are_looked_at(void **state) {
    for (int n = 1; n <= 8; n++)
        assert_range(noise_masks(n), 0, (mask_t)1 << n);
    assert_range(noise_masks(9), 0x100, 256);
    assert_range(noise_masks(10), 0x100, 256);
    assert_range(noise_masks(12), 0x500, 256);
    assert_range(noise_masks(16), 0x5500, 256);
    assert_range(noise_masks(36), 0x555555500, 256);
}

/* Aligned, whole, within the sample, around the masks looked at. */
static void granules_hold_the_masks(void **state) {
    for (int n = 1; n <= 20; n++)
        for (int bits = 0; bits <= n; bits++) {
            range_t masks = noise_masks(n), range = noise_range(n, bits);
            mask_t granule = (mask_t)1 << bits;
            assert_int_equal(range.count, masks.count > granule ? masks.count : granule);
            assert_int_equal(range.first % granule, 0);
            assert_true(range.first <= masks.first);
            assert_true(range.first + range.count >= masks.first + masks.count);
            assert_true(range.first + range.count <= mask_count(n));
        }
    assert_range(noise_range(12, 10), 0x400, 1024);
    assert_range(noise_range(12, 12), 0, 4096);
}

/* ---- what moves ---- */

/* The first directions, from splitmix64's reference program; an estimate must not change from one version to the next.
 */
static const bool UP[16] = {1, 1, 1, 0, 0, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1};

static const double NUMBERS[16] = {1,    -1,      0.1,     -0.1,    3e38,     -FLT_MIN, FLT_TRUE_MIN, 1e-310,
                                   -0.0, 123.456, 2 - 0.0, FLT_MAX, -FLT_MAX, 0,        1.0 / 3,      65536};

/* To the next number of the model's type; zeros stay as they are. */
static double next_of(int bits, double from, bool up) {
    float narrow = (float)from;
    if (bits == 64 ? from == 0 : narrow == 0)
        return from;
    return bits == 64 ? nextafter(from, up ? INFINITY : -INFINITY)
                      : (double)nextafterf(narrow, up ? INFINITY : -INFINITY);
}

static void numbers_move_by_one(void **state) {
    double to[16];
    for (int bits = 32; bits <= 64; bits += 32) {
        /* 1e-310 is 0 for a model that takes float32 */
        assert_int_equal(noise_move(bits, NUMBERS, 16, to), bits == 32 ? 13 : 14);
        for (size_t e = 0; e < 16; e++) {
            double expected = next_of(bits, NUMBERS[e], UP[e]);
            assert_memory_equal(&to[e], &expected, sizeof *to);
        }
    }
}

static void as_many_move_up_as_down(void **state) {
    enum { MANY = 100000 };
    double *ones = new_numbers(MANY), *to = new_numbers(MANY);
    long up = 0, turns = 0;
    for (int e = 0; e < MANY; e++)
        ones[e] = 1;
    assert_int_equal(noise_move(32, ones, MANY, to), MANY);
    for (int e = 0; e < MANY; e++) {
        up += to[e] > 1;
        turns += e > 0 && (to[e] > 1) != (to[e - 1] > 1);
    }
    assert_true(labs(up - MANY / 2) < 800); /* 5 standard deviations */
    assert_true(labs(turns - MANY / 2) < 800);
    free(ones);
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

static void the_deviation_is_that_of_the_change(void **state) {
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

/* ---- with models ---- */

static model_t *open_batch(const char *name, int batch) {
    model_options_t options = options_for(name);
    options.batch = batch;
    return open_model(&options);
}

static double estimate(model_t *model, const sample_t *sample, range_t known, const double *values,
                       uint64_t *evaluated) {
    failure_t why = {0};
    double sigma = -1;
    *evaluated = 0;
    assert_ok(noise_estimate(model, sample, known, values, &sigma, evaluated, &why));
    return sigma;
}

/* All of the values first, then the estimate. */
static double estimate_whole(model_t *model, const sample_t *sample) {
    double values[WIDE_MASKS];
    uint64_t evaluated;
    evaluate_all(model, sample, values);
    return estimate(model, sample, (range_t){0, mask_count(sample->n)}, values, &evaluated);
}

/* v = (-2 x0 + 5 x1 + x2 - 3 x3) / 8. Numbers 0 and 2 move up: x0 by ulp(1) where present and half of it where its
 * baseline, 0.5, stands; x2 by ulp(1) where present; the others are 0. All of that is exact, so over the 8 masks
 *
 *     change of v = -ulp/8 - [player 0 present] ulp/8 + [player 2 present] ulp/8
 *
 * whose variance is 2 (ulp/16)^2. */
static void a_linear_model_has_the_noise_of_its_formula(void **state) {
    static const double x[4] = {1, 0, 1, 0}, baselines[2][4] = {{0.5, 0, 0, 0}, {1, 0, 1, 0}};
    static const int32_t players[4] = {0, 1, 2, -1};
    sample_t sample = {
        .target = 1, .n = 3, .elements = 4, .x = x, .players = players, .baselines = 1, .baseline = baselines[0]};
    static const struct {
        const char *name;
        double ulp;
    } cases[] = {{"linear_f32.onnx", 0x1p-23}, {"linear_f64.onnx", 0x1p-52}};
    for (size_t i = 0; i < 2; i++) {
        model_t *model = open_batch(cases[i].name, 256);
        double expected = sqrt(2) * cases[i].ulp / 16;
        sample.baselines = 1;
        assert_true(fabs(estimate_whole(model, &sample) / expected - 1) < 1e-12);
        /* With a second baseline that is x itself, half of v never changes with the mask (and the mean of two float32
         * is exact in double). */
        sample.baselines = 2;
        if (i == 0)
            assert_true(fabs(estimate_whole(model, &sample) / (expected / 2) - 1) < 1e-12);
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
    return plain_deviation(values + 0x100, moved + 0x100, 256);
}

static void the_range_that_is_known_changes_nothing(void **state) {
    sample_t sample = wide_sample();
    double values[WIDE_MASKS];
    for (int batch = 1; batch <= WIDE_MASKS; batch *= 2) {
        uint64_t evaluated, granules = batch > 256 ? (uint64_t)batch : 256;
        range_t all = {0, WIDE_MASKS}, exact = {0x100, 0x100}, cut = {0x100, 0x80}, after = {0x200, 0x200};
        model_t *model = open_batch("image.onnx", batch);
        evaluate_all(model, &sample, values);
        double sigma = estimate(model, &sample, all, values, &evaluated);
        assert_int_equal(evaluated, granules);
        assert_true(fabs(sigma / plain_estimate(model, &sample, values) - 1) < 1e-12);
        assert_true(sigma > 1e-8 && sigma < 1e-5);
        if (batch <= 256) {
            assert_true(estimate(model, &sample, exact, values + 0x100, &evaluated) == sigma);
            assert_int_equal(evaluated, 256);
        }
        if (batch <= 128) { /* a unit that ends within: the rest is evaluated for it */
            assert_true(estimate(model, &sample, cut, values + 0x100, &evaluated) == sigma);
            assert_int_equal(evaluated, 512);
        }
        assert_true(isnan(estimate(model, &sample, after, values + 0x200, &evaluated)));
        assert_int_equal(evaluated, 0);
        model_close(&model);
    }
}

/* Where the moved sample has no output, nothing can move, or there is no input. */
static void where_nothing_is_known_there_is_no_estimate(void **state) {
    static const double largest[2] = {FLT_MAX, 4}, ones[2] = {1, 1}, zeros[8] = {0};
    static const int32_t players[4] = {0, 1, 2, 3};
    const model_options_t square = {.backend = BACKEND_GAME, .game = {.game = GAME_SQUARE}};
    const struct {
        model_t *model;
        sample_t sample;
    } cases[] = {
        /* log(x0) + 1 / x1: the next float up is infinite */
        {open_batch("not_finite.onnx", 256),
         {.n = 2, .elements = 2, .x = largest, .players = players, .baselines = 1, .baseline = ones}},
        /* the estimate would be 0, which nobody could tell from a model that does not round */
        {open_batch("linear_f32.onnx", 256),
         {.target = 1, .n = 4, .elements = 4, .x = zeros, .players = players, .baselines = 2, .baseline = zeros}},
        {open_model(&square), {.n = 5, .baselines = 1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        model_t *model = cases[i].model;
        assert_true(isnan(estimate_whole(model, &cases[i].sample)));
        model_close(&model);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(some_masks_are_looked_at),
        cmocka_unit_test(granules_hold_the_masks),
        cmocka_unit_test(numbers_move_by_one),
        cmocka_unit_test(as_many_move_up_as_down),
        cmocka_unit_test(the_deviation_is_that_of_the_change),
    };
    const struct CMUnitTest with_engine[] = {
        cmocka_unit_test(a_linear_model_has_the_noise_of_its_formula),
        cmocka_unit_test(the_range_that_is_known_changes_nothing),
        cmocka_unit_test(where_nothing_is_known_there_is_no_estimate),
    };
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    return engine_missing() ? failures : failures + cmocka_run_group_tests(with_engine, NULL, NULL);
}
