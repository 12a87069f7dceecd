/* stats/salience: thresholds; counts and bitmaps against going through the masks one by one. */
#include "stats/salience.h"
#include "support/test.h"

static salience_t count_all(const double *interactions, int n, double threshold) {
    salience_t salience;
    uint64_t positive[SALIENCE_WORDS], negative[SALIENCE_WORDS];
    salience_begin(&salience, n, threshold);
    for (mask_t first = 0; first < mask_count(n); first += row_leaf_masks(n))
        salience_leaf(&salience, first, interactions + first, positive, negative);
    return salience;
}

TEST(the_threshold_itself_is_salient) {
    const double tau = 0.05 * 3, below = nextafter(tau, 0);
    const double a[8] = {100, tau, -tau, below, -below, 3, 0, -1};
    salience_t salience = count_all(a, 3, tau);
    assert_true(salience_count(&salience, 0) == 0);
    assert_true(salience_count(&salience, 1) == 2); /* masks 1 and 2, not 4 */
    assert_true(salience_positive(&salience, 1) == 1);
    assert_true(salience_count(&salience, 2) == 1); /* mask 5, not 3 and 6 */
    assert_true(salience_count(&salience, 3) == 1 && salience_positive(&salience, 3) == 0);
}

TEST(nothing_is_salient_without_a_threshold) {
    const double a[4] = {5, 0, 0, 0}, b[4] = {5, 1, 2, 3};
    const double none[] = {0, NAN};
    for (int k = 0; k < 2; k++) {
        salience_t of_zeros = count_all(a, 2, none[k]), of_others = count_all(b, 2, none[k]);
        for (int order = 0; order <= 2; order++)
            assert_true(salience_count(&of_zeros, order) == 0 && salience_count(&of_others, order) == 0);
        assert_int_equal(salience_order_limit(&of_others), 0);
    }
}

TEST(thresholds_are_one_rounded_product) {
    stats_settings_t settings = {.salience = 0.05, .salience_scale = SALIENCE_OF_MAX, .mean_output = 7};
    assert_true(salience_threshold(&settings, 1.1) == 0.05 * 1.1);
    settings.salience_scale = SALIENCE_OF_MEAN_OUTPUT;
    assert_true(salience_threshold(&settings, 1.1) == 0.05 * 7);
}

int main(void) {
    return run_all(NULL, NULL);
}
