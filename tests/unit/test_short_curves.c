/* stats/short_curves: the numbers of stats/curves.h row by row, at their places, on one core and on all of them. */
#include "stats/short_curves.h"

#include "support/games.h"

#include <sched.h>

enum { N = 9, ROWS = 300, PITCH = (1 << N) + 3 };

static double values[ROWS][PITCH], interactions[ROWS][PITCH];
static int players[ROWS];

/* 1 ... 9 players; what is behind a row's own masks is no number that anyone may use. */
static void fill(void) {
    for (int k = 0; k < ROWS; k++) {
        players[k] = 1 + k % N;
        game_t game = random_game(players[k], (uint64_t)k);
        for (mask_t s = 0; s < PITCH; s++)
            values[k][s] = interactions[k][s] = NAN;
        memcpy(values[k], game.v, mask_count(game.n) * sizeof(double));
        memcpy(interactions[k], game.dividends, mask_count(game.n) * sizeof(double));
        free_game(&game);
    }
}

static void assert_same(const double *got, const double *wanted, size_t count, size_t filled) {
    assert_memory_equal(got, wanted, filled * sizeof *got);
    for (size_t i = filled; i < count; i++)
        assert_true(isnan(got[i]));
}

/* Ranks and steps of fewer players are the first of the file's, but for the last rank of a row. */
static void check_row(int k, const double *out, const short_curves_shape_t *shape) {
    static curves_room_t room;
    static curves_t curves;
    int64_t rank[RANKS_MAX];
    failure_t why;
    int n = players[k];
    assert_ok(curves_find(row_in_memory(values[k], n), row_in_memory(interactions[k], n), &room, &curves, &why));
    size_t ranks = curves.ranks;
    assert_int_equal(scales_ranks(N, rank), shape->ranks);
    while (ranks > 0 && curves.rank[ranks - 1] != rank[ranks - 1])
        ranks--;
    assert_true(ranks + 1 >= curves.ranks);
    assert_same(out, curves.strength, shape->ranks, ranks);
    const double *const parts[] = {curves.rmse, curves.max_error, curves.r2, curves.r_omega};
    for (size_t part = 0; part < 4; part++)
        assert_same(out + shape->ranks + part * shape->steps, parts[part], shape->steps, curves.steps);
    if (k == ROWS - 1)
        curves_free(&room);
}

static void check_all(size_t rows) {
    short_curves_shape_t shape = short_curves_shape(N);
    failure_t why;
    double *out = random_numbers(ROWS * shape.doubles, 1), *before = random_numbers(ROWS * shape.doubles, 1);
    assert_int_equal(shape.doubles, shape.ranks + 4 * shape.steps);
    assert_ok(short_curves_find(N, rows, players, values[0], interactions[0], PITCH, out, &why));
    for (size_t k = 0; k < rows; k++)
        check_row((int)k, out + k * shape.doubles, &shape);
    assert_memory_equal(out + rows * shape.doubles, before + rows * shape.doubles,
                        (ROWS - rows) * shape.doubles * sizeof *out);
    free(out);
    free(before);
}

static void on_all_cores(void **state) {
    const size_t rows[] = {0, 1, 31, 32, 33, 100, ROWS};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_all(rows[i]);
}

static void on_one_core(void **state) {
    cpu_set_t all, one;
    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    for (size_t core = 0; core < CPU_SETSIZE && CPU_COUNT(&one) == 0; core++)
        if (CPU_ISSET(core, &all))
            CPU_SET(core, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    check_all(ROWS);
    assert_int_equal(sched_setaffinity(0, sizeof all, &all), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(on_all_cores), cmocka_unit_test(on_one_core)};
    fill();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
