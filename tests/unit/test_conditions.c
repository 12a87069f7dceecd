/* stats/conditions: curves whose exponents are known, and why samples are left out. */
#include "stats/conditions.h"

#include "lattice/mask.h"
#include "support/test.h"

static void assert_near(double got, double wanted, double within) {
    if (!(fabs(got - wanted) <= within))
        fail_msg("%.17g, wanted %.17g", got, wanted);
}

/* u-bar = c m^p has exponent p, by either estimate. */
TEST(powers_have_their_exponent) {
    for (int n = 2; n <= PLAYERS_MAX; n++)
        for (int halves = 1; halves <= 6; halves++) {
            double p = halves / 2.0, mean[PLAYERS_MAX + 1];
            for (int m = 0; m <= n; m++)
                mean[m] = 0.3 * pow(m, p);
            conditions_t c = conditions_test(n, mean, 1, NAN);
            assert_near(c.p_paper, p, 1e-13);
            assert_near(c.p_all_pairs, p, 1e-11);
        }
}

TEST(falls_are_counted) {
    const double mean[7] = {0, 2, 1.5, 1.5, 3, 0.25, 4};
    conditions_t c = conditions_test(6, mean, 1, NAN);
    assert_false(c.monotone);
    assert_int_equal(c.violations, 2);
    assert_true(c.violation_max == 2.75);
    assert_true(isnan(c.p_paper) && isnan(c.p_all_pairs));
    assert_int_equal(c.excluded, EXCLUDED_NOT_MONOTONE);
}

/* Zero tolerance: one unit in the last place is a fall. */
TEST(the_smallest_fall_counts) {
    const double mean[3] = {0, 1, nextafter(1, 0)};
    conditions_t c = conditions_test(2, mean, 1, NAN);
    assert_false(c.monotone);
    assert_true(c.violation_max == 0x1p-53);
}

TEST(the_first_cause_is_told) {
    const double flat[3] = {0, 0, 0}, late[3] = {0, 0, 1}, falls[3] = {0, -1, 1}, good[3] = {0, 1, 2};
    assert_int_equal(conditions_test(2, flat, 0, NAN).excluded, EXCLUDED_NO_INTERACTIONS);
    assert_int_equal(conditions_test(2, falls, 1, NAN).excluded, EXCLUDED_NOT_MONOTONE);
    assert_int_equal(conditions_test(2, late, 1, NAN).excluded, EXCLUDED_FIRST_OUTPUT);
    assert_int_equal(conditions_test(1, good, 1, NAN).excluded, EXCLUDED_ONE_PLAYER);
    assert_int_equal(conditions_test(2, good, 1, 2.5).excluded, EXCLUDED_MIN_OUTPUT);
    assert_int_equal(conditions_test(2, good, 1, 2).excluded, EXCLUDED_NOT);
    assert_true(isnan(conditions_test(2, late, 1, NAN).p_paper));
    assert_true(isnan(conditions_test(1, good, 1, NAN).p_paper));
    assert_near(conditions_test(2, good, 1, 2.5).p_paper, 1, 1e-15);
}

TEST(every_code_has_its_text) {
    for (int code = 0; code < EXCLUDED_COUNT; code++)
        assert_non_null(conditions_excluded_text(code));
    assert_null(conditions_excluded_text(EXCLUDED_COUNT));
    assert_null(conditions_excluded_text(-1));
}

/* Codes 1 ... 9 leave a sample out; 10 ... 12 say something of one that counts. */
TEST(codes_say_what_counts) {
    for (int code = -1; code <= EXCLUDED_COUNT; code++) {
        assert_int_equal(conditions_counted(code), code == 0 || code == 10 || code == 11 || code == 12);
        assert_int_equal(conditions_counted_by_authors(code), code == 0 || code == 11);
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
