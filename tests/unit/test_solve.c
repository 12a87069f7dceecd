/* solve/solve: what a result promises, of tables of every kind, for all six problems; identities of the interactions;
 * options that are refused. Bounds are those of plain loops. */
#include "solve/solve.h"

#include "support/sparse.h"

static const solve_options_t PROBLEMS[] = {
    {SOLVE_AND, 0, 1e-4, SOLVE_NO_TIE, 20000},          {SOLVE_AND, 0.04, 1e-4, SOLVE_NO_TIE, 20000},
    {SOLVE_AND_OR, 0, 1e-4, SOLVE_NO_TIE, 20000},       {SOLVE_AND_OR, 0.04, 1e-4, SOLVE_NO_TIE, 20000},
    {SOLVE_AND, 0, 1e-4, SOLVE_MINIMUM_NORM, 20000},    {SOLVE_AND, 0.04, 1e-4, SOLVE_MINIMUM_NORM, 20000},
    {SOLVE_AND_OR, 0, 1e-4, SOLVE_MINIMUM_NORM, 20000}, {SOLVE_AND_OR, 0.04, 1e-4, SOLVE_MINIMUM_NORM, 20000},
};
enum { PROBLEM_COUNT = sizeof PROBLEMS / sizeof *PROBLEMS };

static void check(const solve_options_t *options, int n, const double *v) {
    solved_t of = solved(options, n, v);
    check_solved(options, &of, n, v);
    if (!of.is.converged)
        fail_msg("n = %d: gap %g after %d iterations", n, of.is.gap, of.is.iterations);
    release(&of);
}

TEST(every_problem_of_every_table_is_solved) {
    for (int n = 1; n <= 8; n++)
        for (int kind = n == 8 ? NOISY : 0; kind < (n == 8 ? NOISY + 1 : TABLE_KINDS); kind++) {
            double *v = make_table((table_kind_t)kind, n, (uint64_t)(10 * n + kind));
            for (int p = 0; p < PROBLEM_COUNT; p++)
                check(&PROBLEMS[p], n, v);
            free(v);
        }
}

/* From 1e-9 to 1e8, and far from zero. */
TEST(scales_and_offsets_do_not_matter) {
    const double scales[] = {1e-9, 1e-3, 1e8}, offset = 1e6;
    enum { N = 6, MASKS = 1 << N };
    double *v = make_table(NOISY, N, 5), scaled[MASKS];
    for (int p = 0; p < PROBLEM_COUNT; p++) {
        solved_t plain = solved(&PROBLEMS[p], N, v);
        for (size_t s = 0; s < sizeof scales / sizeof *scales; s++) {
            for (int i = 0; i < MASKS; i++)
                scaled[i] = scales[s] * v[i];
            solved_t of = solved(&PROBLEMS[p], N, scaled);
            check_solved(&PROBLEMS[p], &of, N, scaled);
            assert_within(of.is.objective, scales[s] * plain.is.objective, 2e-4 * of.is.objective);
            release(&of);
        }
        for (int i = 0; i < MASKS; i++)
            scaled[i] = v[i] + offset;
        check(&PROBLEMS[p], N, scaled);
        release(&plain);
    }
    free(v);
}

/* By a power of two: the same bits. */
TEST(scaling_v_scales_everything) {
    enum { N = 7, MASKS = 1 << N };
    double *v = make_table(NOISY, N, 6), scaled[MASKS];
    for (int i = 0; i < MASKS; i++)
        scaled[i] = 1024 * v[i];
    for (int p = 0; p < PROBLEM_COUNT; p++) {
        solved_t of = solved(&PROBLEMS[p], N, v), big = solved(&PROBLEMS[p], N, scaled);
        for (int i = 0; i < MASKS; i++) {
            assert_true(big.of_and[i] == 1024 * of.of_and[i] && big.of_or[i] == 1024 * of.of_or[i]);
            assert_true(big.dual[i] == of.dual[i]);
        }
        assert_true(big.is.objective == 1024 * of.is.objective && big.is.iterations == of.is.iterations);
        release(&of);
        release(&big);
    }
    free(v);
}

static double strongest(const solved_t *of, int n) {
    double most = 0;
    for (mask_t mask = 1; mask < mask_count(n); mask++)
        most = fmax(most, fmax(fabs(of->of_and[mask]), fabs(of->of_or[mask])));
    return most;
}

/* A table of terms with disjoint players is made of these terms. */
TEST(games_of_one_kind_have_no_other) {
    enum { N = 7, MASKS = 1 << N };
    const solve_options_t options = {SOLVE_AND_OR, 0, 1e-4, SOLVE_MINIMUM_NORM, 20000};
    const mask_t games[][3] = {{0x3}, {0x7f}, {0x16}, {0x3, 0x1c, 0x60}};
    for (size_t g = 0; g < sizeof games / sizeof *games; g++)
        for (int of_or = 0; of_or < 2; of_or++) {
            double v[MASKS] = {0};
            for (mask_t mask = 0; mask < MASKS; mask++)
                for (int k = 0; k < 3 && games[g][k]; k++)
                    v[mask] += (k + 1.0) * (of_or ? (games[g][k] & mask) != 0 : holds(games[g][k], mask));
            solved_t of = solved(&options, N, v);
            for (mask_t mask = 1; mask < MASKS; mask++) {
                double effect = 0;
                for (int k = 0; k < 3; k++)
                    effect += games[g][k] == mask ? k + 1.0 : 0;
                assert_within(of.of_and[mask], of_or ? 0 : effect, 0.02 * strongest(&of, N));
                assert_within(of.of_or[mask], of_or ? effect : 0, 0.02 * strongest(&of, N));
            }
            release(&of);
        }
}

static mask_t permuted(mask_t mask, int n) {
    mask_t out = 0;
    for (int i = 0; i < n; i++)
        out |= (mask >> i & 1) << (3 * i + 1) % n;
    return out;
}

/* With the tie rule the solution is one: another order of players finds it, too. */
TEST(the_order_of_players_does_not_matter) {
    enum { N = 7, MASKS = 1 << N };
    for (int kind = RANDOM; kind <= NOISY; kind++)
        for (int p = PROBLEM_COUNT / 2; p < PROBLEM_COUNT; p++) {
            double *v = make_table((table_kind_t)kind, N, 7), other[MASKS];
            for (mask_t mask = 0; mask < MASKS; mask++)
                other[permuted(mask, N)] = v[mask];
            solved_t of = solved(&PROBLEMS[p], N, v), again = solved(&PROBLEMS[p], N, other);
            for (mask_t mask = 1; mask < MASKS; mask++) {
                assert_within(again.of_and[permuted(mask, N)], of.of_and[mask], 0.02 * strongest(&of, N));
                assert_within(again.of_or[permuted(mask, N)], of.of_or[mask], 0.02 * strongest(&of, N));
            }
            release(&of);
            release(&again);
            free(v);
        }
}

/* The Moebius transform, without iterations; dual and all. */
TEST(and_without_a_band_is_the_transform) {
    enum { N = 5, MASKS = 1 << N };
    const solve_options_t options = {SOLVE_AND, 0, 1e-4, SOLVE_MINIMUM_NORM, 20000};
    double *v = make_table(RANDOM, N, 8);
    solved_t of = solved(&options, N, v);
    for (mask_t mask = 0; mask < MASKS; mask++) {
        double effect = 0;
        for (mask_t set = 0; set < MASKS; set++)
            effect += holds(set, mask) ? (mask_order(mask ^ set) % 2 ? -v[set] : v[set]) : 0;
        assert_within(of.of_and[mask], effect, 1e-13);
    }
    assert_true(of.is.iterations == 0 && of.is.gap == 0 && of.is.converged);
    release(&of);
    free(v);
}

/* A workspace is used again, for fewer players too: the same bits as a new one. */
TEST(a_workspace_keeps_nothing) {
    const int players[] = {8, 3, 1, 6, 2};
    for (int p = 0; p < PROBLEM_COUNT; p++) {
        solve_t *solve;
        failure_t why;
        assert_ok(solve_create(&PROBLEMS[p], 8, &solve, &why));
        for (size_t k = 0; k < sizeof players / sizeof *players; k++) {
            int n = players[k];
            double *v = make_table(NOISY, n, k), of_and[256], of_or[256], dual[256];
            solve_result_t is = {.effects_and = of_and, .effects_or = of_or, .dual = dual};
            solved_t fresh = solved(&PROBLEMS[p], n, v);
            assert_ok(solve_sparse(solve, n, v, &is, &why));
            assert_memory_equal(of_and, fresh.of_and, mask_count(n) * sizeof *of_and);
            assert_memory_equal(of_or, fresh.of_or, mask_count(n) * sizeof *of_or);
            assert_memory_equal(dual, fresh.dual, mask_count(n) * sizeof *dual);
            assert_true(is.objective == fresh.is.objective && is.lower_bound == fresh.is.lower_bound);
            release(&fresh);
            free(v);
        }
        solve_destroy(&solve);
        assert_null(solve);
    }
}

static uint64_t hashed(uint64_t hash, const double *x, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint64_t bits;
        double number = x[i] + 0.0; /* no -0 */
        memcpy(&bits, &number, sizeof bits);
        hash = (hash ^ bits) * 0x100000001b3u;
    }
    return hash;
}

/* Of both methods, with any compiler and on any processor. Whoever changes a method changes the number. */
TEST(bits_are_the_same_everywhere) {
    enum { N = 7, MASKS = 1 << N };
    uint64_t hash = 0xcbf29ce484222325u;
    for (int p = 0; p < PROBLEM_COUNT; p++) {
        double *v = make_table(RANDOM, N, 21);
        solved_t of = solved(&PROBLEMS[p], N, v);
        hash = hashed(hash, of.of_and, MASKS);
        hash = hashed(hash, of.of_or, MASKS);
        hash = hashed(hash, of.dual, MASKS);
        release(&of);
        free(v);
    }
    if (hash != 0x438e5096b0b242au)
        fail_msg("%#llx", (unsigned long long)hash);
}

/* Its bounds hold, and it says that it missed. */
TEST(a_limit_ends_without_a_lie) {
    double *v = make_table(RANDOM, 8, 9);
    for (int limit = 1; limit <= 40; limit += 13) {
        const solve_options_t options = {SOLVE_AND_OR, 0.04, 1e-6, SOLVE_MINIMUM_NORM, limit};
        solved_t of = solved(&options, 8, v);
        check_solved(&options, &of, 8, v);
        assert_true(!of.is.converged && of.is.iterations == limit);
        release(&of);
    }
    free(v);
}

TEST(wrong_arguments_are_refused) {
    solve_options_t options = solve_defaults();
    solve_t *solve;
    failure_t why;
    double v[4] = {-1.7e308, 0, 0, 1.7e308}, out[8];
    solve_result_t is = {.effects_and = out, .dual = out + 4};
    assert_fails(solve_create(&options, 21, &solve, &why), STATUS_INPUT, "21 players; allowed are 1 to 20");
    assert_null(solve);
    assert_ok(solve_create(&options, 3, &solve, &why));
    assert_fails(solve_sparse(solve, 4, v, &is, &why), STATUS_INPUT, "4 players; allowed are 1 to 3");
    assert_fails(solve_sparse(solve, 2, v, &is, &why), STATUS_CERTAIN, "more than a double can hold");
    solve_destroy(&solve);
    options.denoise = NAN;
    assert_fails(solve_check(&options, &why), STATUS_INPUT, "denoise nan: allowed are 0 to 1");
    options = solve_defaults();
    options.gap = 0;
    assert_fails(solve_check(&options, &why), STATUS_INPUT, "gap 0: allowed are");
    options = solve_defaults();
    options.max_iterations = 0;
    assert_fails(solve_check(&options, &why), STATUS_INPUT, "max_iterations 0: allowed are");
}

int main(void) {
    return run_all(NULL, NULL);
}
