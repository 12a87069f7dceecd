/* plan/footprint: what the ranks of a sweep take, against sums made by hand. */
#include "plan/footprint.h"
#include "support/make_inputs.h"

static made_inputs_t open_game(int samples, int players, const char *curves) {
    char yaml[256];
    snprintf(yaml, sizeof yaml,
             "model: {backend: game, game: sparse, samples: %d, players: %d}\nstatistics: {curves: %s}\n"
             "output: {file: x.h5}\n",
             samples, players, curves);
    return make_inputs(yaml);
}

static footprint_t estimate(int samples, int players, const char *curves, const footprint_spec_t *spec) {
    made_inputs_t opened = open_game(samples, players, curves);
    footprint_t footprint = footprint_estimate(opened.inputs, spec);
    free_inputs(&opened);
    return footprint;
}

/* Some statistics and heads of messages are not counted here. */
static void assert_about(double found, double expected) {
    if (fabs(found - expected) > 1e6)
        fail_msg("%.0f instead of about %.0f", found, expected);
}

static void tables_are_counted(void **state) {
    (void)state;
    footprint_spec_t spec = {.ranks = 2, .resident = 30e6, .mpi_is_up = true, .seconds_per_mask = 1e-6};
    double now = spec.resident;
    /* 200 samples of 2^16 masks: a unit holds 16 of them, v and I of 2^20 masks, two bitmaps and 1,408 ranks of
     * strength each; quartiles of a row take 12 bytes a mask. */
    double unit = 16.0 * ((1 << 20) + 2 * (1 << 13) + 8 * 1408), quartiles = 12.0 * (1 << 16), row = 8.0 * (1 << 16);
    footprint_t two = estimate(200, 16, "false", &spec);
    assert_about(two.worker, now + 2 * unit + quartiles);
    assert_about(two.rank_0, now + 5.4e6 + 3 * unit + quartiles + 2 * row + quartiles);
    /* One sample of 2^24 masks on 8 ranks: ranges of 2^24 / 4 / 8, a piece of 2^21, quartiles by radix; then the
     * curves' row; at the end two tables of 2^22 counts and 4 MiB of rows. */
    spec.ranks = 8;
    footprint_t split = estimate(1, 24, "true", &spec);
    assert_about(split.worker, now + 2 * 8.0 * (1 << 19));
    double lasting = now + 5.4e6 + 8.0 * (1 << 21) + 25 * 12.0 * (1 << 15);
    assert_about(split.rank_0, lasting + 1.7 * 8.0 * (1 << 19) + 8.0 * (1 << 24) + 8.0 * (1 << 22) + (4 << 20));
    assert_about(estimate(1, 24, "false", &spec).rank_0, lasting + 1.7 * 8.0 * (1 << 19) + 8.0 * (1 << 22) + (4 << 20));
    /* Of 2^20 masks: both tables in memory, and what is gathered for quartiles. */
    double held = 16.0 * (1 << 20) + 12.0 * (1 << 20), at_the_end = 8.0 * (1 << 20) + (4 << 20);
    assert_about(estimate(1, 20, "false", &spec).rank_0, now + 5.4e6 + held + 1.7 * 8.0 * 5e4 + at_the_end);
}

static void what_is_unknown_counts_in_full(void **state) {
    (void)state;
    footprint_spec_t spec = {.ranks = 1, .resident = 30e6, .mpi_is_up = true, .seconds_per_mask = 1e-6};
    footprint_t none = estimate(1, 30, "false", &spec);
    spec.seconds_per_mask = 0;
    assert_true(estimate(1, 30, "false", &spec).worker <= none.worker + 1e6);
    spec.mpi_is_up = false;
    assert_true(estimate(1, 30, "false", &spec).worker > none.worker + 8e6);
}

static void memory_at_30_players_is_bounded(void **state) {
    (void)state;
    for (int ranks = 1; ranks <= 4096; ranks *= 8) {
        footprint_spec_t spec = {.ranks = ranks};
        footprint_t footprint = estimate(1, 30, "true", &spec);
        assert_true(footprint.rank_0 < 512e6 && footprint.worker < 128e6);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_are_counted),
        cmocka_unit_test(what_is_unknown_counts_in_full),
        cmocka_unit_test(memory_at_30_players_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
