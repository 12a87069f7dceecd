/* stats/select: every rank of many kinds of numbers, against sorting. */
#include "stats/select.h"
#include "support/test.h"

enum { MOST = 5000, RANKS = 3 };

/* Kinds of numbers that selection may stumble over. */
static double uniform(size_t i, uint64_t *seed) {
    (void)i;
    return random_unit(seed);
}

static double all_equal(size_t i, uint64_t *seed) {
    (void)i, (void)seed;
    return 0.3;
}

static double all_zero(size_t i, uint64_t *seed) {
    (void)i, (void)seed;
    return 0;
}

static double two_values(size_t i, uint64_t *seed) {
    (void)i;
    return random_word(seed) % 2 ? 1 : 2;
}

static double few_values(size_t i, uint64_t *seed) {
    (void)i;
    return (double)(random_word(seed) % 7);
}

static double one_outlier(size_t i, uint64_t *seed) {
    return i == 3 ? 0 : 1 + uniform(i, seed) * 1e-12;
}

static double any_exponent(size_t i, uint64_t *seed) {
    return ldexp(1 + uniform(i, seed), (int)(random_word(seed) % 2000) - 1070);
}

static double ascending(size_t i, uint64_t *seed) {
    (void)seed;
    return (double)i;
}

/* Most numbers crowd ever closer to 1: each step of a selection by ranges leaves nearly all in one bucket. */
static double crowded(size_t i, uint64_t *seed) {
    (void)seed;
    return i < 60 ? 1 + ldexp(1, -(int)i) : 1;
}

static double mostly_zero(size_t i, uint64_t *seed) {
    (void)i;
    return random_word(seed) % 10 ? 0 : (double)random_word(seed);
}

static double (*const KINDS[])(size_t, uint64_t *) = {uniform,     all_equal,    all_zero,  two_values, few_values,
                                                      one_outlier, any_exponent, ascending, crowded,    mostly_zero};
enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS };

static void check_ranks(const double *x, const double *sorted, size_t count, const size_t ranks[RANKS]) {
    static double scratch[2 * MOST + 1], was[MOST];
    double pairs[RANKS][2];
    memcpy(was, x, count * sizeof *x);
    scratch[2 * count] = -77;
    select_pairs(x, count, ranks, RANKS, pairs, scratch);
    for (int r = 0; r < RANKS; r++) {
        assert_true(pairs[r][0] == sorted[ranks[r]]);
        assert_true(pairs[r][1] == sorted[ranks[r] + 1 < count ? ranks[r] + 1 : ranks[r]]);
    }
    assert_memory_equal(x, was, count * sizeof *x);
    assert_true(scratch[2 * count] == -77);
}

static void finds_what_sorting_finds(void **state) {
    (void)state;
    static double x[MOST], sorted[MOST];
    for (int kind = 0; kind < KIND_COUNT; kind++)
        for (size_t count = 1; count <= MOST; count += 1 + count / 3) {
            uint64_t seed = count;
            for (size_t i = 0; i < count; i++)
                x[i] = KINDS[kind](i, &seed);
            memcpy(sorted, x, count * sizeof *x);
            qsort(sorted, count, sizeof *sorted, by_size);
            check_ranks(x, sorted, count, (size_t[]){(count - 1) / 4, (count - 1) / 2, (count - 1) * 3 / 4});
            check_ranks(x, sorted, count, (size_t[]){0, 0, count - 1});
            for (int k = 0; k < 20; k++) {
                size_t a = random_word(&seed) % count, b = random_word(&seed) % count;
                check_ranks(x, sorted, count, (size_t[]){a, b, count - 1});
            }
        }
}

static void keys_are_ordered_like_numbers(void **state) {
    (void)state;
    const double rising[] = {0, 5e-324, 1e-310, 2.3e-308, 1e-9, 0.5, 1, 1.5, 1e300, 1.7e308};
    for (size_t i = 0; i < sizeof rising / sizeof *rising; i++) {
        assert_true(i == 0 || select_key(rising[i]) > select_key(rising[i - 1]));
        assert_true(select_value(select_key(rising[i])) == rising[i]);
    }
    assert_true(select_key(-0.0) == select_key(0.0));
}

/* Nothing is promised of NaN and negative numbers but an end, within the memory given. */
static void ends_whatever_comes(void **state) {
    (void)state;
    static double x[MOST], scratch[2 * MOST + 1];
    const double odd[] = {NAN, -NAN, INFINITY, -INFINITY, -1, -0.0, 0, 1, 1.7e308, 5e-324};
    for (uint64_t seed = 1; seed < 400; seed++) {
        uint64_t at = seed;
        size_t count = 1 + random_word(&at) % MOST, kinds = 1 + random_word(&at) % 10, first = random_word(&at) % 10;
        double pairs[RANKS][2];
        for (size_t i = 0; i < count; i++)
            x[i] = random_word(&at) % 3 ? odd[(first + random_word(&at) % kinds) % 10] : uniform(i, &at);
        scratch[2 * count] = -77;
        select_pairs(x, count, (size_t[]){count / 4, count / 2, count - 1}, RANKS, pairs, scratch);
        assert_true(scratch[2 * count] == -77);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_sorting_finds),
        cmocka_unit_test(ends_whatever_comes),
        cmocka_unit_test(keys_are_ordered_like_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
