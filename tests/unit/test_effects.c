/* Effects of one interaction: signs, and a histogram whose bins hold every effect, also at the ends of the doubles. */
#include "stats/effects.h"
#include "support/test.h"

#include <float.h>

/* Every effect lies in the bin that effects_bin names. */
static void check(const double *effects, size_t count) {
    effects_t all = {0};
    double edges[HISTOGRAM_BINS + 1];
    for (size_t i = 0; i < count; i++)
        effects_add(&all, effects[i]);
    effects_edges(&all, edges);
    for (int bin = 0; bin < HISTOGRAM_BINS; bin++)
        assert_true(edges[bin] < edges[bin + 1]);
    for (size_t i = 0; i < count; i++) {
        int bin = effects_bin(edges, effects[i]);
        assert_in_range(bin, 0, HISTOGRAM_BINS - 1);
        assert_true(edges[bin] <= effects[i]);
        assert_true(bin == HISTOGRAM_BINS - 1 ? effects[i] <= edges[bin + 1] : effects[i] < edges[bin + 1]);
    }
}

static void every_effect_has_its_bin(void **state) {
    (void)state;
    check((double[]){-1, 0.3, 2, 2, 0.31, -0.999}, 6);
    check((double[]){3.5}, 1);
    check((double[]){-7, -7, -7}, 3);
    check((double[]){-DBL_MAX, DBL_MAX, 0}, 3);
    check((double[]){0, 1, 0.05, 0.1, 0.15, 0.5, 0.55}, 7);
}

static void signs_are_counted(void **state) {
    effects_t all = {0};
    (void)state;
    effects_add(&all, 2);
    effects_add(&all, -1);
    effects_add(&all, 5);
    assert_true(all.positive == 2 && all.negative == 1);
    assert_true(average_mean(&all.tally) == 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_effect_has_its_bin),
        cmocka_unit_test(signs_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
