/* stats/salience: thresholds; counts and bitmaps against going through the masks one by one. */
#include "stats/salience.h"
#include "support/test.h"

static salience_t count_all(const double *interactions, int n, double threshold) {
    salience_t salience;
    salience_begin(&salience, n, threshold);
    for (mask_t first = 0; first < mask_count(n); first += row_leaf_masks(n))
        salience_leaf(&salience, first, interactions + first);
    return salience;
}

static void counts_are_those_of_single_masks(void **state) {
    (void)state;
    for (int n = 1; n <= 14; n++) {
        uint64_t seed = (uint64_t)n;
        double *a = malloc(mask_count(n) * sizeof *a);
        assert_non_null(a);
        for (mask_t mask = 0; mask < mask_count(n); mask++)
            a[mask] = random_signed(&seed);
        for (int tenths = 1; tenths <= 11; tenths += 2) {
            double tau = tenths / 10.0;
            salience_t salience = count_all(a, n, tau);
            int limit = 0;
            for (int order = 0; order <= n; order++) {
                int all = 0, positive = 0;
                for (mask_t mask = 1; mask < mask_count(n); mask++)
                    if (mask_order(mask) == order && fabs(a[mask]) >= tau) {
                        all++;
                        positive += a[mask] > 0;
                        limit = order;
                    }
                assert_true(salience_count(&salience, order) == all);
                assert_true(salience_positive(&salience, order) == positive);
            }
            assert_int_equal(salience_order_limit(&salience), limit);
        }
        free(a);
    }
}

/* Word by word, in leaves; what is behind a leaf's own words stays as it was. */
static void check_bits(const double *a, int n, double tau) {
    const uint64_t other = 0x5a5a5a5a5a5a5a5a;
    salience_t salience;
    salience_begin(&salience, n, tau);
    for (mask_t first = 0; first < mask_count(n); first += row_leaf_masks(n)) {
        uint64_t positive[SALIENCE_WORDS], negative[SALIENCE_WORDS];
        for (size_t w = 0; w < SALIENCE_WORDS; w++)
            positive[w] = negative[w] = other;
        salience_bits(&salience, first, a + first, positive, negative);
        for (mask_t i = 0; i < SALIENCE_WORDS * 64; i++) {
            bool own = i < row_leaf_masks(n), in_word = i / 64 * 64 < row_leaf_masks(n), salient;
            salient = own && first + i != 0 && tau > 0 && fabs(a[first + i]) >= tau;
            bool up = positive[i / 64] >> (i % 64) & 1, down = negative[i / 64] >> (i % 64) & 1;
            assert_true(!in_word || up == (salient && a[first + i] > 0));
            assert_true(!in_word || down == (salient && a[first + i] < 0));
            assert_true(in_word || (positive[i / 64] == other && negative[i / 64] == other));
        }
    }
}

static void bitmaps_are_those_of_single_masks(void **state) {
    (void)state;
    for (int n = 1; n <= 13; n++) {
        double *a = random_numbers(mask_count(n), (uint64_t)n);
        a[0] = 5; /* never salient */
        a[mask_count(n) - 1] = -0.7;
        const double taus[] = {0.1, 0.7, 0.99, 5, 0, NAN};
        for (size_t t = 0; t < sizeof taus / sizeof *taus; t++)
            check_bits(a, n, taus[t]);
        free(a);
        assert_int_equal(salience_words(n), (mask_count(n) + 63) / 64);
    }
}

static void the_threshold_itself_is_salient(void **state) {
    (void)state;
    const double tau = 0.05 * 3, below = nextafter(tau, 0);
    const double a[8] = {100, tau, -tau, below, -below, 3, 0, -1};
    salience_t salience = count_all(a, 3, tau);
    assert_true(salience_count(&salience, 0) == 0);
    assert_true(salience_count(&salience, 1) == 2); /* masks 1 and 2, not 4 */
    assert_true(salience_positive(&salience, 1) == 1);
    assert_true(salience_count(&salience, 2) == 1); /* mask 5, not 3 and 6 */
    assert_true(salience_count(&salience, 3) == 1 && salience_positive(&salience, 3) == 0);
}

static void nothing_is_salient_without_a_threshold(void **state) {
    (void)state;
    const double a[4] = {5, 0, 0, 0}, b[4] = {5, 1, 2, 3};
    const double none[] = {0, NAN};
    for (int k = 0; k < 2; k++) {
        salience_t of_zeros = count_all(a, 2, none[k]), of_others = count_all(b, 2, none[k]);
        for (int order = 0; order <= 2; order++)
            assert_true(salience_count(&of_zeros, order) == 0 && salience_count(&of_others, order) == 0);
        assert_int_equal(salience_order_limit(&of_others), 0);
    }
}

static void thresholds_are_one_rounded_product(void **state) {
    (void)state;
    stats_settings_t settings = {.salience = 0.05, .salience_scale = SALIENCE_OF_MAX, .mean_output = 7};
    assert_true(salience_threshold(&settings, 1.1) == 0.05 * 1.1);
    settings.salience_scale = SALIENCE_OF_MEAN_OUTPUT;
    assert_true(salience_threshold(&settings, 1.1) == 0.05 * 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_those_of_single_masks),   cmocka_unit_test(bitmaps_are_those_of_single_masks),
        cmocka_unit_test(the_threshold_itself_is_salient),    cmocka_unit_test(nothing_is_salient_without_a_threshold),
        cmocka_unit_test(thresholds_are_one_rounded_product),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
