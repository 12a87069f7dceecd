/* The conditions of arXiv 2305.01939 on one sample: monotonicity (Assumption 2) and the exponent p (Assumption 3); the
 * mass above each order (Assumption 1) and the lemma that ties mean outputs to interaction sums. */
#ifndef HARSANYI_STATS_CONDITIONS_H
#define HARSANYI_STATS_CONDITIONS_H

#include <stdbool.h>

/* Why a sample is left out of p and of the theorems: the first of these that holds; from COUNTED_NOT_BY_AUTHORS on,
 * what is to be known of a sample that is counted. The numbers are stored. */
typedef enum {
    EXCLUDED_NOT = 0,
    EXCLUDED_OUT_OF_RANGE = 1,    /* the threshold is 0, or numbers that the theorems need overflow; p stands */
    EXCLUDED_NO_INTERACTIONS = 2, /* I(S) = 0 for all S but the empty set */
    EXCLUDED_NOT_MONOTONE = 3,
    EXCLUDED_FIRST_OUTPUT = 4,   /* the mean output of order 1 is not above 0 */
    EXCLUDED_ONE_PLAYER = 5,     /* p needs two orders */
    EXCLUDED_MIN_OUTPUT = 6,     /* v(N) - v(empty) is below the user's min_output; p stands */
    EXCLUDED_NO_DEGREE = 7,      /* no order's A / u-bar of order 1 reaches n^floor(p); p stands */
    EXCLUDED_NO_LAMBDA = 8,      /* lambda(m0) is near 0 for every m0: delta has no bound; delta and lambda stand */
    EXCLUDED_NO_LOGARITHM = 9,   /* the same because the others' logarithms are undefined */
    COUNTED_NOT_BY_AUTHORS = 10, /* an m0 with an undefined logarithm was passed over */
    COUNTED_SUM_0 = 11,          /* an order's interactions add up to 0, but are not 0: its bound is bound_l1 */
    COUNTED_BOTH = 12,
    EXCLUDED_COUNT
} excluded_t;

/* One sentence without full stop; NULL for codes that do not exist. */
const char *conditions_excluded_text(int code);

/* Whether samples with this code have a bound by Theorem 3, hence count in what is said about it; and whether they do
 * in the paper, whose authors drop a sample at its first undefined logarithm. */
bool conditions_counted(int code);
bool conditions_counted_by_authors(int code);

typedef struct {
    bool monotone;
    int violations;       /* orders m = 1 ... n whose mean output is below that of m - 1 */
    double violation_max; /* the largest such fall; 0 when monotone */
    double p_paper;       /* max over m = 2 ... n of ln(mean_m / mean_1) / ln m, or NaN */
    double p_all_pairs;   /* max over 1 <= k < m <= n of ln(mean_m / mean_k) / ln(m / k), or NaN */
    excluded_t excluded;
} conditions_t;

/* output_mean: [n + 1], u-bar by order; strongest: max |I(S)| over S not empty; min_output: NaN when off. */
conditions_t conditions_test(int n, const double *output_mean, double strongest, double min_output);

/* above: [n + 1], the share of the sum of |I(S)|, S not empty, at orders above m; NaN when that sum is 0.
 * abs_sum: [n + 1], sum of |I(S)| by order. */
void conditions_mass_above(int n, const double *abs_sum, double *above);

/* residual: [n + 1], u-bar^(m) - sum over k = 1 ... m of C(m,k)/C(n,k) A^(k): 0 but for rounding.
 * interaction_sum: [n + 1], A by order; that of order 0 is not used. */
void conditions_lemma(int n, const double *output_mean, const double *interaction_sum, double *residual);

#endif
