/* stats/moments: against sums over the whole row in long double, of ordinary and of awkward numbers. */
#include "stats/moments.h"

#include "lattice/indices.h"
#include "support/test.h"

static double *random_row(int n, double offset, double scale) {
    uint64_t seed = (uint64_t)n;
    double *x = new_numbers(mask_count(n));
    for (mask_t mask = 0; mask < mask_count(n); mask++)
        x[mask] = offset + scale * random_signed(&seed);
    return x;
}

static moments_t moments_of(const double *x, int n) {
    moments_t moments;
    moments_begin(&moments, n);
    for (mask_t first = 0; first < mask_count(n); first += row_leaf_masks(n)) {
        moments_leaf(&moments, first, x + first, 0);
    }
    return moments;
}

/* The reference for one order, in two passes. `within` is for the sum; that of the mean and so on follows. */
static void check_order(const double *x, int n, int order, const moments_t *moments, double size) {
    long double sum = 0, squares = 0, count = 0;
    for (mask_t mask = 0; mask < mask_count(n); mask++)
        if (mask_order(mask) == order) {
            sum += x[mask];
            count++;
        }
    for (mask_t mask = 0; mask < mask_count(n); mask++)
        if (mask_order(mask) == order)
            squares += (x[mask] - sum / count) * (x[mask] - sum / count);
    double within = 200 * 0x1p-53 * size;
    assert_true((double)count == indices_choose(n, order));
    assert_within(sums_total(&moments->sums, order) / (double)count, sum / count, within);
    assert_within(moments_mean(moments, order), sum / count, within);
    assert_within(moments_std(moments, order), sqrtl(squares / count), within);
}

/* Also of a spread of 1 around a million: textbook formulas (mean of squares less square of mean) lose 12 of 16 digits
 * there. */
TEST(are_those_of_the_whole_row) {
    for (double offset = 0; offset <= 1e6; offset += 1e6)
        for (int n = 0; n <= 16; n++) {
            double *x = random_row(n, offset, 1);
            moments_t moments = moments_of(x, n);
            for (int order = 0; order <= n; order++)
                check_order(x, n, order, &moments, 1 + offset);
            free(x);
        }
}

/* Of x - origin: the same bits as of a row of differences. */
TEST(an_origin_is_subtracted) {
    const double origin = 0.3;
    for (int n = 0; n <= 14; n++) {
        double *x = random_row(n, 0.1, 1), *apart = random_row(n, 0.1, 1);
        for (mask_t mask = 0; mask < mask_count(n); mask++)
            apart[mask] -= origin;
        moments_t wanted = moments_of(apart, n), moments;
        moments_begin(&moments, n);
        for (mask_t first = 0; first < mask_count(n); first += row_leaf_masks(n))
            moments_leaf(&moments, first, x + first, origin);
        assert_memory_equal(&moments, &wanted, sizeof moments);
        free(x);
        free(apart);
    }
}

/* Of the numbers above 0 (sign 1) or below (sign -1), one by one. */
static void check_signed_sum(const double *x, int n, int order, int sign, const sums_t *sums) {
    long double sum = 0;
    for (mask_t mask = 0; mask < mask_count(n); mask++)
        if (mask_order(mask) == order && sign * x[mask] > 0)
            sum += x[mask];
    double got = sums_total(sums, order);
    assert_within(got, sum, 40 * 0x1p-53 * indices_choose(n, order));
    assert_true(sum != 0 || (got == 0 && !signbit(got)));
}

/* Of |x|: the same bits as of a row of strengths; beside them the sums of x, the smallest and the largest. */
TEST(strengths_are_without_signs) {
    for (int n = 0; n <= 14; n++) {
        double *x = random_row(n, 0, 1), *strengths = random_row(n, 0, 1);
        for (mask_t mask = 0; mask < mask_count(n); mask++)
            strengths[mask] = fabs(x[mask]);
        moments_t with_signs = moments_of(x, n), without = moments_of(strengths, n), moments;
        effect_sums_t sums = {0};
        moments_begin(&moments, n);
        for (mask_t first = 0; first < mask_count(n); first += row_leaf_masks(n))
            moments_strengths(&moments, &sums, first, x + first);
        for (int order = 0; order <= n; order++) {
            double min = INFINITY, max = 0;
            for (mask_t mask = 0; mask < mask_count(n); mask++)
                if (mask_order(mask) == order) {
                    min = fmin(min, strengths[mask]);
                    max = fmax(max, strengths[mask]);
                }
            assert_true(moments.min[order] == min && moments.max[order] == max);
            assert_true(sums_total(&sums.all, order) == sums_total(&with_signs.sums, order));
            check_signed_sum(x, n, order, 1, &sums.positive);
            check_signed_sum(x, n, order, -1, &sums.negative);
            assert_true(moments_mean(&moments, order) == moments_mean(&without, order));
            assert_true(moments_std(&moments, order) == moments_std(&without, order));
        }
        free(x);
        free(strengths);
    }
}

/* 0.1 is no binary fraction: adding it 12,870 times in turn is off by hundreds of roundings. */
TEST(long_sums_stay_exact) {
    const int n = 16;
    double *x = random_row(n, 0.1, 0);
    moments_t moments = moments_of(x, n);
    for (int order = 0; order <= n; order++) {
        assert_within(moments_mean(&moments, order), 0.1, 32 * 0x1p-53 * 0.1);
        assert_within(moments_std(&moments, order), 0, 32 * 0x1p-53 * 0.1);
    }
    free(x);
}

/* The leaves' sums 1, 1e100, 1, -1e100 add up to 2, which plain additions lose. Order 1 of 14 players. */
TEST(compensation_keeps_small_terms) {
    const int n = 14;
    double *x = random_row(n, 0, 0);
    x[1] = 1, x[1 << 12] = 1e100, x[2] = 1, x[1 << 13] = -1e100;
    moments_t moments = moments_of(x, n);
    assert_true(sums_total(&moments.sums, 1) == 2);
    free(x);
}

TEST(many_means_at_once_have_the_same_bits) {
    enum { SERIES = 19, NUMBERS = 50 };
    double mean[SERIES] = {0}, count[SERIES] = {0}, x[SERIES];
    average_t tally[SERIES] = {{0}};
    uint64_t random = 5;
    for (int k = 0; k < NUMBERS; k++) {
        for (int i = 0; i < SERIES; i++) {
            x[i] = i == 0 || (i + k) % 5 == 0 ? NAN : random_signed(&random) * exp2(i);
            average_add(&tally[i], x[i]);
        }
        average_each(mean, count, x, SERIES);
    }
    for (int i = 0; i < SERIES; i++) {
        assert_true(count[i] == (double)tally[i].count);
        assert_true(i == 0 ? mean[i] == 0 : mean[i] == average_mean(&tally[i]));
    }
}

TEST(no_numbers_have_no_mean) {
    average_t tally = {0};
    average_add(&tally, NAN);
    assert_int_equal(tally.count, 0);
    assert_true(isnan(average_mean(&tally)));
    assert_true(isnan(average_std(&tally)));
}

/* numpy: np.mean and np.std of [2, 4, 4, 4, 5, 5, 7, 9] are 5 and 2. */
TEST(means_of_known_numbers) {
    static const double X[] = {2, 4, NAN, 4, 4, 5, 5, 7, NAN, 9};
    average_t tally = {0}, far = {0};
    for (size_t i = 0; i < sizeof X / sizeof *X; i++) {
        average_add(&tally, X[i]);
        average_add(&far, X[i] - 1e9);
    }
    assert_int_equal(tally.count, 8);
    assert_true(fabs(average_mean(&tally) - 5) < 1e-14);
    assert_true(fabs(average_std(&tally) - 2) < 1e-14);
    assert_true(tally.least == 2 && tally.most == 9);
    assert_true(fabs(average_std(&far) - 2) < 1e-6);
    assert_true(far.least == 2 - 1e9 && far.most == 9 - 1e9);
}

int main(void) {
    return run_all(NULL, NULL);
}
