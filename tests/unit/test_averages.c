/* stats/averages: of each quantity the bits of stats/average.h, whatever the others hold; NaN do not count. */
#include "stats/average.h"
#include "stats/averages.h"
#include "support/test.h"

enum { MOST = 67, ROWS = 50 };

/* Ordinary numbers, large ones with a small spread, few values; NaN in a third of the places, everywhere in quantity 3,
 * nowhere in quantity 4. */
static double number(size_t i, uint64_t *seed) {
    double unit = random_signed(seed);
    const double kinds[] = {unit, 1e9 + unit, floor(2 * unit), ldexp(unit, (int)(random_word(seed) % 600) - 300)};
    bool none = i == 3 || (i != 4 && random_word(seed) % 3 == 0);
    return none ? NAN : kinds[i % 4];
}

static void assert_same(double got, double wanted) {
    assert_memory_equal(&got, &wanted, sizeof got);
}

static void each_as_if_alone(void **state) {
    (void)state;
    for (size_t length = 0; length <= MOST; length++) {
        averages_t averages;
        average_t wanted[MOST] = {{0}};
        failure_t why;
        uint64_t seed = length;
        assert_ok(averages_create(length, &averages, &why));
        for (int row = 0; row <= ROWS; row++) {
            double x[MOST];
            for (size_t i = 0; i < length; i++) {
                assert_same(averages_mean(&averages, i), average_mean(&wanted[i]));
                assert_same(averages_std(&averages, i), average_std(&wanted[i]));
                assert_true(averages.count[i] == (double)wanted[i].count);
                x[i] = number(i, &seed);
                average_add(&wanted[i], x[i]);
            }
            averages_add(&averages, x);
        }
        averages_free(&averages);
        assert_null(averages.count);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_as_if_alone)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
