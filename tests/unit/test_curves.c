/* Strength curve and faithfulness against a sort and sums over sets, literally; with ties, zeros and rows in pieces,
 * for dividends and for sparse interactions of two kinds. */
#include "stats/curves.h"

#include "lattice/moebius.h"
#include "support/test.h"

enum { N_MAX = 13 };

static curves_room_t room;

/* What was found last, in a file of as many players; ranks and steps of it. */
static struct {
    size_t ranks, steps;
    int64_t rank[RANKS_MAX], k[STEPS_MAX];
    double strength[RANKS_MAX + 4 * STEPS_MAX];
    const double *rmse, *max_error, *r2, *r_omega;
} found;

/* effects: [kinds, 2^n], of the root family, or with two kinds of family sparse. */
static status_t find_in(const double *values, const double *effects, int kinds, int n, int file_n, double *out) {
    const row_source_t of_kind[] = {row_in_memory(effects, n),
                                    row_in_memory(effects + (size_t)(kinds - 1) * mask_count(n), n)};
    failure_t why;
    return curves_find(row_in_memory(values, n), &(curves_effects_t){kinds - 1, kinds, of_kind}, file_n, &room, out,
                       &why);
}

static void find(const double *values, const double *effects, int kinds, int n) {
    found.ranks = fields_ranks(n, found.rank);
    found.steps = fields_steps(mask_count(n) - 1, found.k);
    found.rmse = found.strength + found.ranks;
    found.max_error = found.rmse + found.steps;
    found.r2 = found.max_error + found.steps;
    found.r_omega = found.r2 + found.steps;
    assert_int_equal(find_in(values, effects, kinds, n, n, found.strength), STATUS_OK);
}

static const double *sorted_by;

static int stronger_first(const void *a, const void *b) {
    mask_t x = *(const mask_t *)a, y = *(const mask_t *)b;
    double of_x = fabs(sorted_by[x]), of_y = fabs(sorted_by[y]);
    return of_x != of_y ? (of_x < of_y ? 1 : -1) : (x > y) - (x < y);
}

static bool near(double x, double y, double scale) {
    return (isnan(x) && isnan(y)) || fabs(x - y) <= 1e-12 * scale;
}

/* v from the `k` strongest of `order`: those of the second kind, 2^n and on, count where one of their players is
 * present. */
static double rebuilt(const double *effects, const mask_t *order, int n, mask_t k, mask_t s) {
    double v = effects[0];
    for (mask_t i = 0; i < k; i++) {
        mask_t set = order[i] & (mask_count(n) - 1);
        v += (order[i] == set ? (set & s) == set : (set & s) != 0) ? effects[order[i]] : 0;
    }
    return v;
}

static void check_step(const double *values, const double *effects, const mask_t *order, int n, size_t step) {
    mask_t masks = mask_count(n), k = (mask_t)found.k[step];
    double squares = 0, most = 0, mean = 0, spread = 0, mass = 0;
    for (mask_t s = 0; s < masks; s++)
        mean += values[s] / (double)masks;
    for (mask_t s = 0; s < masks; s++) {
        double off = values[s] - rebuilt(effects, order, n, k, s);
        squares += off * off;
        most = fmax(most, fabs(off));
        spread += (values[s] - mean) * (values[s] - mean);
    }
    for (mask_t i = 0; i < k; i++)
        mass += fabs(effects[order[i]]);
    double rest = fabs(values[masks - 1] - rebuilt(effects, order, n, k, masks - 1)), scale = 1 + mass;
    assert_true(near(found.rmse[step], sqrt(squares / (double)masks), scale));
    assert_true(near(found.max_error[step], most, scale));
    assert_true(near(found.r2[step], spread > 0 ? 1 - squares / spread : NAN, 1 + (spread > 0 ? squares / spread : 0)));
    assert_true(near(found.r_omega[step], mass + rest > 0 ? mass / (mass + rest) : NAN, 1));
}

static void check_all(const double *values, const double *effects, int kinds, int n) {
    mask_t masks = mask_count(n), *order = malloc(2 * masks * sizeof *order), count = 0;
    find(values, effects, kinds, n);
    for (mask_t s = 1; s < (mask_t)kinds * masks; s++)
        if (s != masks)
            order[count++] = s;
    sorted_by = effects;
    qsort(order, count, sizeof *order, stronger_first);
    double strongest = fabs(effects[order[0]]);
    for (size_t i = 0; i < found.ranks; i++)
        assert_true(
            near(found.strength[i], strongest > 0 ? fabs(effects[order[found.rank[i] - 1]]) / strongest : NAN, 1));
    for (size_t step = 0; step < found.steps && (n <= 8 || found.k[step] <= 200); step++)
        check_step(values, effects, order, n, step);
    free(order);
}

static void check(const double *interactions, int n) {
    double *values = malloc(mask_count(n) * sizeof *values);
    memcpy(values, interactions, mask_count(n) * sizeof *values);
    zeta_transform(values, n);
    check_all(values, interactions, 1, n);
    free(values);
}

TEST(random_tables) {
    static double interactions[1 << N_MAX];
    uint64_t random = 1;
    for (int n = 1; n <= N_MAX; n++) {
        for (mask_t s = 0; s < mask_count(n); s++)
            interactions[s] = random_signed(&random) * exp2(30 * random_signed(&random));
        check(interactions, n);
    }
}

/* Strengths of few kinds: which of the equal ones is kept decides. */
TEST(equal_strengths) {
    static double interactions[1 << N_MAX];
    uint64_t random = 2;
    for (int n = 1; n <= N_MAX; n += 3) {
        for (mask_t s = 0; s < mask_count(n); s++)
            interactions[s] = floor(3 * random_signed(&random));
        check(interactions, n);
    }
    for (mask_t s = 0; s < mask_count(7); s++)
        interactions[s] = s & 1 ? 1 : -1;
    check(interactions, 7);
}

/* AND and OR, over both together, of a v that is not quite what they rebuild; with ties between kinds. */
TEST(two_kinds) {
    static double effects[2 << N_MAX], values[1 << N_MAX];
    uint64_t random = 3;
    for (int n = 1; n <= 10; n++)
        for (int ties = 0; ties < 2; ties++) {
            for (mask_t s = 0; s < 2 * mask_count(n); s++)
                effects[s] = ties ? floor(3 * random_signed(&random)) : random_signed(&random);
            effects[mask_count(n)] = 0; /* an OR of no players */
            for (mask_t s = 0; s < mask_count(n); s++)
                values[s] = 10 * random_signed(&random);
            check_all(values, effects, 2, n);
        }
}

TEST(all_zero) {
    double interactions[1 << 4] = {5}; /* I(empty) is no interaction of players */
    check(interactions, 4);
    assert_true(isnan(found.strength[0]) && isnan(found.r2[0]) && isnan(found.r_omega[0]));
    assert_true(found.rmse[0] == 0);
}

TEST(one_interaction_explains_all) {
    double interactions[1 << 3] = {0.5, 0, 0, 0, 0, 0, -32, 0}, values[1 << 3];
    memcpy(values, interactions, sizeof values);
    zeta_transform(values, 3);
    find(values, interactions, 1, 3);
    assert_int_equal(found.k[0], 1);
    assert_true(found.rmse[0] == 0 && found.max_error[0] == 0 && found.r2[0] == 1 && found.r_omega[0] == 1);
    assert_true(found.strength[0] == 1 && found.strength[1] == 0);
}

static void assert_same(const double *got, size_t count, const double *wanted, size_t filled) {
    assert_memory_equal(got, wanted, filled * sizeof *got);
    for (size_t i = filled; i < count; i++)
        assert_true(got[i] == -77);
}

/* In a file of more players: the same numbers at the file's places, but for a last rank that the file may not have; the
 * rest is left alone. */
TEST(rows_of_fewer_players) {
    enum { FILE_N = 12 };
    static double out[RANKS_MAX + 4 * STEPS_MAX];
    int64_t rank[RANKS_MAX];
    curves_shape_t shape = curves_shape(FILE_N);
    assert_int_equal(shape.ranks, fields_ranks(FILE_N, rank));
    for (int n = 1; n <= FILE_N; n++) {
        double *interactions = random_numbers(mask_count(n), (uint64_t)n), *values = new_numbers(mask_count(n));
        memcpy(values, interactions, mask_count(n) * sizeof *values);
        zeta_transform(values, n);
        find(values, interactions, 1, n);
        for (size_t i = 0; i < shape.doubles; i++)
            out[i] = -77;
        assert_int_equal(find_in(values, interactions, 1, n, FILE_N, out), STATUS_OK);
        size_t ranks = found.ranks - (found.rank[found.ranks - 1] != rank[found.ranks - 1]);
        assert_same(out, shape.ranks, found.strength, ranks);
        for (size_t part = 0; part < 4; part++)
            assert_same(out + shape.ranks + part * shape.steps, shape.steps, found.rmse + part * found.steps,
                        found.steps);
        free(interactions);
        free(values);
    }
}

TEST(too_many_players) {
    const int n = CURVES_PLAYERS_MAX + 1;
    const double none = 0; /* refused before anything is read */
    assert_int_equal(find_in(&none, &none, 1, n, n, found.strength), STATUS_INTERNAL);
}

int main(void) {
    int code = run_all(NULL, NULL);
    curves_free(&room);
    return code;
}
