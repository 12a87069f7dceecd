/* Sparse interactions: the AND, or AND and OR, interactions of least strength that rebuild v within a band, solved to a
 * certified gap.
 *
 *   w(S) = constant + sum over T subset of S, T not empty, of I_and(T) + sum over T that meets S of I_or(T)
 *   F = min  sum |I_and| + |I_or| + mu/2 (I_and^2 + I_or^2)    such that    |w(S) - v(S)| <= zeta for all 2^n sets
 *
 * with zeta = denoise |v(N) - v(empty)|. Published procedures (Li & Zhang 2023; Chen et al. 2024) minimise the same
 * strength by gradient descent, without a bound. Without mu the solution of AND and OR is not unique: AND(1,2) +
 * OR(1,2) is x1 + x2 at equal strength. The tie rule mu = 1/max |v - v(empty)| makes it unique, and F larger by about
 * 0.1 %.
 *
 * A result holds its own proof: `dual` is feasible, and its objective D <= optimum <= F, whatever the method did.
 * Bounds certify F: at a gap of 1e-4 single coefficients are within about 1 % of the strongest of the exact solution.
 *
 * Everything is deterministic: the same bits on every machine for the same v and options. Limits count iterations. */
#ifndef HARSANYI_SOLVE_SOLVE_H
#define HARSANYI_SOLVE_SOLVE_H

#include "base/failure.h"
#include "solve/arrays.h"
#include "solve/options.h"

#include <stdbool.h>

/* AND and OR, 0.04, 1e-4, minimum norm, 20000. */
solve_options_t solve_defaults(void);

/* STATUS_INPUT when a number is out of its range. */
status_t solve_check(const solve_options_t *options, failure_t *why);

/* Where results go. Tables are the caller's, [2^n]. In the units of v: all but dual, tie_weight (one over them), gap.
 */
typedef struct {
    double *effects_and; /* [empty set]: the constant, in the middle of what keeps w in the band */
    double *effects_or;  /* 0 for the empty set and for one player; NULL: not wanted */
    double *dual;        /* lambda; NULL: not wanted */
    double l1;           /* sum |I| without the empty set */
    double objective;    /* F */
    double lower_bound;  /* D */
    double tie_weight;   /* mu; 0 for SOLVE_NO_TIE */
    double gap;          /* (F - D)/F; 0 where F = 0 */
    double zeta;
    int iterations; /* 0: solved without any (AND with zeta = 0 is the Moebius transform) */
    bool converged; /* gap <= options.gap */
} solve_result_t;

typedef struct solve solve_t;

/* Samples of more players than this have an interior point of at most so many columns: more would take more memory than
 * all else, and minutes. Where that is not enough the first order has to do, slowly. */
enum { SOLVE_PLAYERS_LARGE = 16, SOLVE_COLUMNS_LARGE = 3000 };

/* Bytes that solving for n players touches: 43 tables of 2^n doubles (AND: 31) and the interior point's matrix as hard
 * tables of networks need it, 80 MB at n = 16 (AND: 50 MB); it may become twice as large. */
double solve_bytes(const solve_options_t *options, int n);

/* Room for samples of up to n_most players, 1 ... SOLVE_PLAYERS_MOST; options are checked and copied. Only what a
 * sample needs is touched. */
status_t solve_create(const solve_options_t *options, int n_most, solve_t **out, failure_t *why);
void solve_destroy(solve_t **solve);

/* v: [2^n], finite; n <= n_most. A result that misses its gap within its limits is a result, with converged = false.
 * STATUS_INPUT: n; STATUS_CERTAIN: v spans more than a double can hold. */
status_t solve_sparse(solve_t *solve, int n, const double *v, solve_result_t *result, failure_t *why);

#endif
