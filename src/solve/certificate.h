/* The programme that sparse interactions solve, and two-sided bounds of its optimum that hold whatever made them.
 *
 * Primal, with x = I_and and b = -I_or, Z x (S) = sum of x over the subsets of S, Y b (S) = sum of b over the sets
 * disjoint from S, and a constant that costs nothing at x(empty):
 *
 *   F = min  sum |x(S)| + |b(S)| + mu/2 (x(S)^2 + b(S)^2)   over S not empty     such that  |Z x + Y b - v| <= zeta
 *
 * (the OR of a set T adds I_or(T) to every S that meets T: a constant less the sum over disjoint sets). The OR of one
 * player is its AND, so b({i}) = 0. Without `both` there is no b. Dual, with y = Z^T lambda and Y lambda:
 *
 *   D = max  <v, lambda> - zeta sum |lambda| - sum (|y(S)| - 1)_+^2 / 2 mu       such that  sum lambda = 0
 *
 * where mu = 0 means |y(S)| <= 1 everywhere. Every lambda gives a bound by its best multiple; every x, b near the band
 * gives one by a correction with the table that is missing. The split: Li & Zhang 2023 (ICML); Chen et al. 2024 (ICLR).
 */
#ifndef HARSANYI_SOLVE_CERTIFICATE_H
#define HARSANYI_SOLVE_CERTIFICATE_H

#include "base/failure.h"
#include "solve/arrays.h"

#include <stdbool.h>

/* One programme. v: [cells], v(empty) = 0, max |v| near 1. */
typedef struct {
    int n;
    bool both;       /* AND and OR */
    double zeta, mu; /* zeta >= 0, mu >= 0, in the units of v and one over them */
    double gap;      /* reached when F - D <= gap F */
    const double *v;
} problem_t;

typedef struct certificate certificate_t;

/* For up to n_most players; both: with OR. */
status_t certificate_create(int n_most, bool both, certificate_t **out, failure_t *why);
void certificate_destroy(certificate_t **certificate);

/* Begins a programme, borrowed until the next one: the first x is the Moebius transform of v, the first bound 0. */
void certificate_begin(certificate_t *certificate, const problem_t *problem);
bool certificate_reached(const certificate_t *certificate);

/* ---- the best so far ---- */

double certificate_objective(const certificate_t *certificate);
double certificate_bound(const certificate_t *certificate);
/* [2^n]; x(empty) = b(empty) = 0. b: NULL without `both`. lambda: what gives the bound. */
const double *certificate_x(const certificate_t *certificate);
const double *certificate_b(const certificate_t *certificate);
const double *certificate_lambda(const certificate_t *certificate);

/* ---- candidates: tables [cells]; b is NULL without `both` ---- */

/* Coefficients whose table is in the band but for a constant. */
void certificate_effects(certificate_t *certificate, const double *x, const double *b);

/* (1 - share) x + share times the Moebius transform of v: in the band when share is large enough; likewise b. */
void certificate_blend(certificate_t *certificate, const double *x, const double *b, double share);

/* Coefficients whose table may lie outside the band, and a table inside. They are corrected in three ways: towards v as
 * far as needed, to the nearest table in the band, and to `inside`; with AND and OR by the smallest correction. */
void certificate_near(certificate_t *certificate, const double *x, const double *b, const double *inside);

/* Any lambda; its entry at the empty set is replaced so that the sum is 0. Returns the largest |y|. */
double certificate_dual(certificate_t *certificate, const double *lambda);
/* y of the last lambda: [cells], 0 where nothing is asked of y (empty set; OR of one player). */
const double *certificate_y_and(const certificate_t *certificate);
const double *certificate_y_or(const certificate_t *certificate);

/* After certificate_dual(lambda) gave `largest`, without `both`: a part of what is too large is scaled away, the rest
 * is cut off in y. */
void certificate_clipped(certificate_t *certificate, const double *lambda, double largest);

/* The lambda whose y are these; with `both`, where none has both, about the nearest. */
void certificate_prices(certificate_t *certificate, const double *y_and, const double *y_or);

#endif
