/* Discrimination: bins of frequency with their edges, a sign-flipper at 0.5, and the weighted mean. */
#include "stats/discrimination.h"
#include "support/test.h"

static void a_sign_flipper_is_at_one_half(void **state) {
    discrimination_t d = {0};
    (void)state;
    discrimination_add(&d, 5, 5, 10);
    assert_true(d.count[4] == 1);
    assert_true(discrimination_mean(&d, 4) == 0.5);
    assert_true(discrimination_weighted(&d) == 0.5);
}

static void edges_belong_to_the_upper_bin(void **state) {
    (void)state;
    for (uint32_t salient = 1; salient <= 10; salient++) {
        discrimination_t d = {0};
        discrimination_add(&d, salient, 0, 10);
        for (int bin = 0; bin < DISCRIMINATION_BINS; bin++)
            assert_true(d.count[bin] == (bin == (salient == 10 ? 4 : (int)salient / 2)));
    }
}

static void means_are_weighted_by_frequency(void **state) {
    discrimination_t all = {0}, first = {0}, second = {0};
    (void)state;
    discrimination_add(&first, 1, 0, 10);  /* alpha 0.1, beta 1 */
    discrimination_add(&first, 0, 0, 10);  /* salient in no sample */
    discrimination_add(&second, 3, 1, 4);  /* alpha 1, beta 0.75 */
    discrimination_add(&second, 1, 2, 20); /* alpha 0.15, beta 2/3 */
    discrimination_join(&all, &first);
    discrimination_join(&all, &second);
    assert_true(all.count[0] == 2);
    assert_true(fabs(discrimination_mean(&all, 0) - (1 + 2 / 3.0) / 2) < 1e-15);
    assert_true(fabs(discrimination_weighted(&all) - (0.1 + 0.75 + 0.15 * 2 / 3) / 1.25) < 1e-15);
}

static void without_masks_it_is_undefined(void **state) {
    discrimination_t d = {0};
    (void)state;
    assert_true(isnan(discrimination_mean(&d, 0)));
    assert_true(isnan(discrimination_weighted(&d)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sign_flipper_is_at_one_half),
        cmocka_unit_test(edges_belong_to_the_upper_bin),
        cmocka_unit_test(means_are_weighted_by_frequency),
        cmocka_unit_test(without_masks_it_is_undefined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
