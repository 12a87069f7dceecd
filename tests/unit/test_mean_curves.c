/* Means of curves: those of each sample one by one, in order, bit for bit, with and without the thread. */
#include "stats/mean_curves.h"

#include "lattice/moebius.h"
#include "stats/average.h"
#include "stats/curves.h"
#include "support/test.h"

enum { SAMPLES = 9, N_MAX = 14 };

static const int PLAYERS[SAMPLES] = {13, 14, 3, 13, 12, 14, 1, 14, 13}; /* pairs, and samples too small for a thread */
static double values[SAMPLES][1 << N_MAX], interactions[SAMPLES][1 << N_MAX];

static int make(void **state) {
    uint64_t seed = 7;
    (void)state;
    for (int k = 0; k < SAMPLES; k++) {
        for (mask_t s = 0; s < mask_count(PLAYERS[k]); s++)
            values[k][s] = random_unit(&seed) - 0.25;
        memcpy(interactions[k], values[k], sizeof values[k]);
        moebius_transform(interactions[k], PLAYERS[k]);
    }
    return 0;
}

static void find(bool aside, summary_t *out) {
    mean_curves_t *curves;
    failure_t why;
    assert_int_equal(summary_create(N_MAX, 10, 1, out, &why), STATUS_OK);
    assert_int_equal(mean_curves_create(N_MAX, aside, &curves, &why), STATUS_OK);
    double *v = malloc(sizeof values[0]), *i = malloc(sizeof values[0]);
    for (int k = 0; k < SAMPLES; k++) { /* rows need not outlive the call */
        memcpy(v, values[k], sizeof values[k]);
        memcpy(i, interactions[k], sizeof values[k]);
        assert_int_equal(mean_curves_add(curves, row_in_memory(v, PLAYERS[k]), row_in_memory(i, PLAYERS[k]), &why),
                         STATUS_OK);
        memset(v, 0, sizeof values[k]);
        memset(i, 0, sizeof values[k]);
    }
    free(v);
    free(i);
    assert_int_equal(mean_curves_finish(curves, out, &why), STATUS_OK);
    mean_curves_destroy(&curves);
    assert_null(curves);
}

static void means_are_those_of_the_samples_in_order(void **state) {
    average_t strength[RANKS_MAX] = {0}, r2[STEPS_MAX] = {0};
    int64_t rank[RANKS_MAX];
    curves_room_t room = {0};
    static curves_t one;
    summary_t found;
    failure_t why;
    (void)state;
    size_t ranks = scales_ranks(N_MAX, rank);
    for (int k = 0; k < SAMPLES; k++) {
        assert_int_equal(curves_find(row_in_memory(values[k], PLAYERS[k]), row_in_memory(interactions[k], PLAYERS[k]),
                                     &room, &one, &why),
                         STATUS_OK);
        for (size_t i = 0; i < one.ranks; i++)
            if (one.rank[i] == rank[i])
                average_add(&strength[i], one.strength[i]);
        for (size_t step = 0; step < one.steps; step++)
            average_add(&r2[step], one.r2[step]);
    }
    curves_free(&room);
    find(true, &found);
    assert_int_equal(found.length[SUMMARY_STRENGTH_CURVE], ranks);
    for (size_t i = 0; i < ranks; i++) {
        double mean = average_mean(&strength[i]);
        assert_memory_equal(&found.of[SUMMARY_STRENGTH_CURVE][i], &mean, sizeof mean);
        assert_true(found.of[SUMMARY_STRENGTH_COUNT][i] == (double)strength[i].count);
    }
    for (size_t step = 0; step < found.length[SUMMARY_R2]; step++) {
        double mean = average_mean(&r2[step]);
        assert_memory_equal(&found.of[SUMMARY_R2][step], &mean, sizeof mean);
    }
    summary_free(&found);
}

static void a_thread_changes_no_bit(void **state) {
    static const summary_id_t FILLED[] = {
        SUMMARY_STRENGTH_CURVE, SUMMARY_STRENGTH_COUNT, SUMMARY_RMSE, SUMMARY_MAX_ERROR, SUMMARY_R2, SUMMARY_R_OMEGA};
    summary_t with, without;
    (void)state;
    find(true, &with);
    find(false, &without);
    for (size_t i = 0; i < sizeof FILLED / sizeof *FILLED; i++)
        assert_memory_equal(with.of[FILLED[i]], without.of[FILLED[i]], with.length[FILLED[i]] * sizeof(double));
    summary_free(&with);
    summary_free(&without);
}

static void it_may_end_while_the_thread_works(void **state) {
    mean_curves_t *curves;
    failure_t why;
    (void)state;
    assert_int_equal(mean_curves_create(N_MAX, true, &curves, &why), STATUS_OK);
    assert_int_equal(
        mean_curves_add(curves, row_in_memory(values[1], N_MAX), row_in_memory(interactions[1], N_MAX), &why),
        STATUS_OK);
    mean_curves_destroy(&curves);
    mean_curves_destroy(&curves);
}

static void what_the_thread_could_not_do_is_told(void **state) {
    mean_curves_t *curves;
    summary_t out;
    failure_t why;
    (void)state;
    assert_int_equal(summary_create(N_MAX, 10, 1, &out, &why), STATUS_OK);
    assert_int_equal(mean_curves_create(N_MAX, true, &curves, &why), STATUS_OK);
    assert_int_equal(mean_curves_add(curves, row_in_memory(values[1], 13), row_in_memory(interactions[1], 14), &why),
                     STATUS_OK);
    assert_int_equal(mean_curves_finish(curves, &out, &why), STATUS_INTERNAL);
    assert_string_equal(why.text, "no curves for rows of 13 and 14 players");
    mean_curves_destroy(&curves);
    summary_free(&out);
}

static void rows_too_long_for_curves_are_left_out(void **state) {
    const row_source_t none = {.n = CURVES_PLAYERS_MAX + 1};
    mean_curves_t *curves;
    summary_t out;
    failure_t why;
    (void)state;
    assert_int_equal(summary_create(N_MAX, 10, 1, &out, &why), STATUS_OK);
    assert_int_equal(mean_curves_create(N_MAX, true, &curves, &why), STATUS_OK);
    assert_int_equal(mean_curves_add(curves, none, none, &why), STATUS_OK);
    assert_int_equal(mean_curves_finish(curves, &out, &why), STATUS_OK);
    assert_true(out.of[SUMMARY_STRENGTH_COUNT][0] == 0);
    mean_curves_destroy(&curves);
    summary_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_are_those_of_the_samples_in_order),
        cmocka_unit_test(a_thread_changes_no_bit),
        cmocka_unit_test(it_may_end_while_the_thread_works),
        cmocka_unit_test(what_the_thread_could_not_do_is_told),
        cmocka_unit_test(rows_too_long_for_curves_are_left_out),
    };
    return cmocka_run_group_tests(tests, make, NULL);
}
