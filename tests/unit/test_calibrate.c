/* plan/calibrate: a mask costs at least what it sleeps, and blocks are as large as their cost allows. */
#include "plan/calibrate.h"
#include "support/make_inputs.h"

static void a_sleeping_game_costs_at_least_its_sleep(void **state) {
    (void)state;
    made_inputs_t made =
        make_inputs("model: {backend: game, game: constant, sleep_us: 200, samples: 3, players: [4, 9]}\n"
                    "output: {file: none.h5}\n");
    double seconds = 0;
    failure_t why;
    assert_int_equal(calibrate(made.inputs, &seconds, &why), STATUS_OK);
    assert_true(seconds >= 2e-4);
    free_inputs(&made);
}

static void blocks_take_at_most_ten_seconds(void **state) {
    (void)state;
    assert_int_equal(calibrate_block_bits(20, 8, 1e-6), 16);
    assert_int_equal(calibrate_block_bits(12, 8, 1e-6), 12);
    assert_int_equal(calibrate_block_bits(20, 0, 1e-3), 13); /* 8.2 s; 2^14 would be 16.4 s */
    assert_int_equal(calibrate_block_bits(20, 8, 1.0), 8);   /* never under the granule */
    assert_int_equal(calibrate_block_bits(20, 0, 100.0), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sleeping_game_costs_at_least_its_sleep),
        cmocka_unit_test(blocks_take_at_most_ten_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
