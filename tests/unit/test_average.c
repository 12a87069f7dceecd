/* stats/average: mean and deviation as two passes give them, also far from zero; NaN do not count. */
#include "stats/average.h"
#include "support/test.h"

static void none(void **state) {
    average_t tally = {0};
    average_add(&tally, NAN);
    assert_int_equal(tally.count, 0);
    assert_true(isnan(average_mean(&tally)));
    assert_true(isnan(average_std(&tally)));
}

/* numpy: np.mean and np.std of [2, 4, 4, 4, 5, 5, 7, 9] are 5 and 2. */
static void known(void **state) {
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(none), cmocka_unit_test(known)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
