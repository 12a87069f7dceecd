/* The scales of curves: 1, 2, 5, ...; and ranks that thin out. */
#include "stats/scales.h"

#include "lattice/mask.h"
#include "support/test.h"

static void ranks_are_dense_and_then_64_per_octave(void **state) {
    int64_t ranks[RANKS_MAX];
    assert_int_equal(scales_ranks(1, ranks), 1);
    assert_int_equal(scales_ranks(10, ranks), 1023);
    assert_int_equal(scales_ranks(12, ranks), 1024 + 2 * 64);
    for (int i = 0; i < 1024; i++)
        assert_int_equal(ranks[i], i + 1);
    assert_int_equal(ranks[1024], 1040);
    assert_int_equal(ranks[1087], 2048);
    assert_int_equal(ranks[1088], 2080);
    assert_int_equal(ranks[1151], 4095);
    assert_int_equal(scales_ranks(PLAYERS_MAX, ranks), 1024 + 26 * 64);
    assert_true(ranks[1024 + 26 * 64 - 1] == ((int64_t)1 << PLAYERS_MAX) - 1);
}

static void steps_are_1_2_5(void **state) {
    int64_t steps[STEPS_MAX];
    assert_int_equal(scales_steps(1, steps), 1);
    assert_int_equal(scales_steps(99, steps), 6);
    assert_int_equal(scales_steps(100, steps), 7);
    assert_memory_equal(steps, ((int64_t[]){1, 2, 5, 10, 20, 50, 100}), 7 * sizeof *steps);
    assert_true(scales_steps(((uint64_t)1 << PLAYERS_MAX) - 1, NULL) <= STEPS_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_are_dense_and_then_64_per_octave),
        cmocka_unit_test(steps_are_1_2_5),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
