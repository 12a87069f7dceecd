/* Theorems 2 and 3 of arXiv 2305.01939 on one sample: how many interactions can be salient, from the mean outputs and
 * the sums of interactions by order alone.
 *
 * x = A / u-bar of order 1 is written for each order k as lambda n^(p + delta) + sum over i < floor(p) of a_i n^i: the
 * a_i are its digits in base n (its fraction belongs to digit 0), the digits from floor(p) on make lambda and delta. x
 * of order 1 is n, whatever rounding says. floor(p) is that of p + 1e-9: p = 1 arises exactly.
 *
 * Digits are exact up to |x| = 2^53. Beyond, a double is a whole number whose low digits say nothing about x; its high
 * ones, the number of steps (floor(p), at most) and the sum above hold as well, but for rounding.
 */
#ifndef HARSANYI_STATS_THEOREM_H
#define HARSANYI_STATS_THEOREM_H

#include "stats/conditions.h"

#include <stddef.h>

/* Of a sample of n players; arrays by order, [n + 1]. */
typedef struct {
    int n;
    int limit;        /* M: interactions of more players are assumed to vanish; 0 ... n */
    double p;         /* the paper's estimate */
    double threshold; /* tau */
    const double *interaction_sum, *abs_sum, *output_mean, *salient_count;
} theorem_in_t;

/* Where the results go; entries up to n are all written, NaN where undefined, the others left as they are. */
typedef struct {
    double *bound_l1;     /* [n + 1] sum of |I(S)|, |S| = k, over tau: no order has more salient sets. Undefined at
                             order 0, and everywhere when tau is 0 */
    double *real_total;   /* salient sets of orders 1 ... M */
    double *lambda;       /* [n + 1], from order 1 on as what follows; 0 where x has no digit from floor(p) on */
    double *coefficients; /* [n + 1][pitch], a_i of order k at [k][i], i = 0 ... n; 0 from floor(p) on. NaN where
                             one with i > n is not 0 (p > n, too) */
    size_t pitch;         /* >= n + 1 */
    double *delta;        /* its largest value over the orders: |lambda| <= 1 */
    double *delta_bound;  /* bound of delta by Theorem 2 */
    double *m0;           /* the order that gives it, the lowest of equals */
    double *bound;        /* [n + 1] Theorem 3 with delta_bound: bound of the number of salient S, |S| = k */
    double *bound_total;  /* sum over k = 1 ... M */
} theorem_out_t;

/* M for a sample of n players: what the user assumes, n at most; -1: n - 1. */
int theorem_limit(int assumed, int n);

/* Whether x is above its bound by more than rounding explains: a bound may be tight. */
bool theorem_exceeds(double x, double bound);

/* bound_l1 and real_total always; the rest when conditions_test found nothing against the sample (excluded is
 * EXCLUDED_NOT). Returns why the sample is left out, with what the theorems themselves add. Codes 1 ... 9: no bound;
 * coefficients stand with 7, lambda and delta too with 8 and 9. */
excluded_t theorem_apply(const theorem_in_t *in, excluded_t excluded, const theorem_out_t *out);

#endif
