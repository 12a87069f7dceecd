/* Tables of v for the tests of sparse interactions, and what must hold of their results, by plain loops over all pairs
 * of masks. */
#ifndef HARSANYI_TESTS_SUPPORT_SPARSE_H
#define HARSANYI_TESTS_SUPPORT_SPARSE_H

#include "solve/solve.h"

#include "support/test.h"

typedef enum { RANDOM, PLANTED, PLANTED_AND, NOISY, CONSTANT, ADDITIVE, PEAK, INTEGER, TABLE_KINDS } table_kind_t;

static inline bool holds(mask_t set, mask_t mask) {
    return (set & mask) == set;
}

/* About 2 n terms of random sets, of both kinds or AND alone; free it. */
static inline double *planted_table(int n, bool both, uint64_t seed) {
    double *v = new_numbers(mask_count(n));
    memset(v, 0, mask_count(n) * sizeof *v);
    for (int k = 0; k < 2 * n; k++) {
        mask_t set = random_word(&seed) & random_word(&seed) & (mask_count(n) - 1);
        double effect = random_signed(&seed);
        for (mask_t mask = 0; mask < mask_count(n); mask++)
            if (both && k % 2 ? (set & mask) != 0 : holds(set, mask))
                v[mask] += effect;
    }
    return v;
}

static inline double *make_table(table_kind_t kind, int n, uint64_t seed) {
    double *v = planted_table(n, kind != PLANTED_AND, seed);
    for (mask_t mask = 0; mask < mask_count(n); mask++) {
        double noise = random_signed(&seed);
        v[mask] = kind == RANDOM     ? noise
                  : kind == NOISY    ? v[mask] + 0.05 * noise
                  : kind == CONSTANT ? 1.5
                  : kind == ADDITIVE ? 3.0 * (double)mask / (double)mask_count(n) - 1
                  : kind == PEAK     ? (double)(mask == mask_count(n) - 1)
                  : kind == INTEGER  ? floor(4 * noise)
                                     : v[mask];
    }
    return v;
}

/* ---- a solved table ---- */

typedef struct {
    double *of_and, *of_or, *dual;
    solve_result_t is;
} solved_t;

static inline solved_t solved(const solve_options_t *options, int n, const double *v) {
    size_t count = mask_count(n);
    failure_t why;
    solve_t *solve;
    solved_t out = {.of_and = new_numbers(count), .of_or = new_numbers(count), .dual = new_numbers(count)};
    out.is = (solve_result_t){.effects_and = out.of_and, .effects_or = out.of_or, .dual = out.dual};
    assert_ok(solve_create(options, n, &solve, &why));
    assert_ok(solve_sparse(solve, n, v, &out.is, &why));
    solve_destroy(&solve);
    return out;
}

static inline void release(solved_t *of) {
    free(of->of_and);
    free(of->of_or);
    free(of->dual);
}

/* w of a set. */
static inline double rebuilt(const solved_t *of, int n, mask_t set) {
    double w = of->of_and[0];
    for (mask_t mask = 1; mask < mask_count(n); mask++)
        w += (holds(mask, set) ? of->of_and[mask] : 0) + (mask & set ? of->of_or[mask] : 0);
    return w;
}

/* The dual objective of lambda; of |y| > 1 only rounding is forgiven where mu = 0. */
static inline double dual_objective(const solve_options_t *options, const solved_t *of, int n, const double *v) {
    double bound = 0, sum = 0;
    for (mask_t mask = 0; mask < mask_count(n); mask++) {
        bound += v[mask] * of->dual[mask] - of->is.zeta * fabs(of->dual[mask]);
        sum += of->dual[mask];
    }
    assert_within(sum, 0, 1e-12 * (double)mask_count(n));
    for (mask_t mask = 1; mask < mask_count(n); mask++) {
        double y[2] = {0, 0};
        for (mask_t set = 0; set < mask_count(n); set++) {
            y[0] += holds(mask, set) ? of->dual[set] : 0;
            y[1] += mask & set ? 0 : of->dual[set];
        }
        for (int k = 0; k < (options->kinds == SOLVE_AND_OR && mask_order(mask) > 1 ? 2 : 1); k++) {
            double excess = fmax(fabs(y[k]) - 1, 0);
            if (of->is.tie_weight > 0)
                bound -= excess * excess / (2 * of->is.tie_weight);
            else
                assert_true(excess < 1e-9);
        }
    }
    return bound;
}

/* All that a result promises, but that it converged. */
static inline void check_solved(const solve_options_t *options, const solved_t *of, int n, const double *v) {
    double size = 0, l1 = 0, squares = 0;
    for (mask_t mask = 0; mask < mask_count(n); mask++)
        size = fmax(size, fabs(v[mask]));
    for (mask_t mask = 0; mask < mask_count(n); mask++)
        assert_within(rebuilt(of, n, mask), v[mask], of->is.zeta + 1e-11 * size);
    for (mask_t mask = 1; mask < mask_count(n); mask++) {
        l1 += fabs(of->of_and[mask]) + fabs(of->of_or[mask]);
        squares += of->of_and[mask] * of->of_and[mask] + of->of_or[mask] * of->of_or[mask];
        if (mask_order(mask) == 1 || options->kinds == SOLVE_AND)
            assert_true(of->of_or[mask] == 0);
    }
    assert_true(of->of_or[0] == 0);
    assert_within(of->is.l1, l1, 1e-12 * l1);
    assert_within(of->is.objective, l1 + of->is.tie_weight / 2 * squares, 1e-12 * of->is.objective);
    assert_within(of->is.zeta, options->denoise * fabs(v[mask_count(n) - 1] - v[0]), 1e-12 * of->is.zeta);
    assert_within(of->is.lower_bound, dual_objective(options, of, n, v), 1e-10 * (size + of->is.objective));
    assert_true(of->is.lower_bound <= of->is.objective);
    assert_within(of->is.gap, of->is.objective > 0 ? 1 - of->is.lower_bound / of->is.objective : 0, 1e-12);
    assert_true(of->is.converged == (of->is.gap <= options->gap));
}

#endif
