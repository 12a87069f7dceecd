#include "stats/conditions.h"

#include "base/nan.h"
#include "lattice/indices.h"

#include <math.h>
#include <stddef.h>

static const char *const TEXTS[EXCLUDED_COUNT] = {
    [EXCLUDED_NOT] = "not left out",
    [EXCLUDED_OUT_OF_RANGE] = "the threshold is 0, or numbers overflow",
    [EXCLUDED_NO_INTERACTIONS] = "all interactions are 0",
    [EXCLUDED_NOT_MONOTONE] = "the mean output falls from one order to the next",
    [EXCLUDED_FIRST_OUTPUT] = "the mean output of order 1 is not above 0",
    [EXCLUDED_ONE_PLAYER] = "there is one player only",
    [EXCLUDED_MIN_OUTPUT] = "v(N) - v(empty) is below min_output",
    [EXCLUDED_NO_DEGREE] = "at no order does A / mean output of order 1 reach degree floor(p)",
    [EXCLUDED_NO_LAMBDA] = "every lambda(m0) is near 0: delta has no bound",
    [EXCLUDED_NO_LOGARITHM] = "no m0 has a defined logarithm: delta has no bound",
    [COUNTED_NOT_BY_AUTHORS] = "counted; the authors' procedure drops it at its first undefined logarithm",
    [COUNTED_SUM_0] = "counted; an order's interactions add up to 0 but are not 0: its bound is bound_l1",
    [COUNTED_BOTH] = "counted; the authors' procedure drops it, and an order that adds up to 0 has bound_l1",
};

const char *conditions_excluded_text(int code) {
    return code >= 0 && code < EXCLUDED_COUNT ? TEXTS[code] : NULL;
}

bool conditions_counted(int code) {
    return code == EXCLUDED_NOT || (code >= COUNTED_NOT_BY_AUTHORS && code < EXCLUDED_COUNT);
}

bool conditions_counted_by_authors(int code) {
    return code == EXCLUDED_NOT || code == COUNTED_SUM_0;
}

static void test_monotonicity(int n, const double *output_mean, conditions_t *conditions) {
    for (int m = 1; m <= n; m++) {
        double fall = output_mean[m - 1] - output_mean[m];
        if (output_mean[m] >= output_mean[m - 1])
            continue;
        conditions->violations++;
        conditions->violation_max = fmax(conditions->violation_max, fall);
    }
    conditions->monotone = conditions->violations == 0;
}

/* The exponent that order k and a higher order m ask for. */
static double exponent(const double *output_mean, int k, int m) {
    return log(output_mean[m] / output_mean[k]) / log((double)m / k);
}

static void estimate_p(int n, const double *output_mean, conditions_t *conditions) {
    double paper = -INFINITY, all_pairs = -INFINITY;
    for (int m = 2; m <= n; m++) {
        paper = fmax(paper, exponent(output_mean, 1, m));
        for (int k = 1; k < m; k++)
            all_pairs = fmax(all_pairs, exponent(output_mean, k, m));
    }
    conditions->p_paper = paper;
    conditions->p_all_pairs = all_pairs;
}

conditions_t conditions_test(int n, const double *output_mean, double strongest, double min_output) {
    conditions_t conditions = {.p_paper = nan_canonical(), .p_all_pairs = nan_canonical()};
    test_monotonicity(n, output_mean, &conditions);
    if (!(strongest > 0))
        conditions.excluded = EXCLUDED_NO_INTERACTIONS;
    else if (!conditions.monotone)
        conditions.excluded = EXCLUDED_NOT_MONOTONE;
    else if (!(output_mean[1] > 0))
        conditions.excluded = EXCLUDED_FIRST_OUTPUT;
    else if (n < 2)
        conditions.excluded = EXCLUDED_ONE_PLAYER;
    else {
        estimate_p(n, output_mean, &conditions);
        conditions.excluded = output_mean[n] < min_output ? EXCLUDED_MIN_OUTPUT : EXCLUDED_NOT;
    }
    return conditions;
}

void conditions_mass_above(int n, const double *abs_sum, double *above) {
    double mass = 0;
    for (int m = n; m >= 0; m--) {
        above[m] = mass;
        mass += abs_sum[m];
    }
    double whole = above[0];
    for (int m = 0; m <= n; m++)
        above[m] = whole > 0 ? above[m] / whole : nan_canonical();
}

void conditions_lemma(int n, const double *output_mean, const double *interaction_sum, double *residual) {
    double of_all[PLAYERS_MAX + 1] = {1};
    for (int k = 1; k <= n; k++)
        of_all[k] = indices_choose(n, k);
    for (int m = 0; m <= n; m++) {
        double sum = 0, choose = 1; /* C(m, k), whole at every step */
        for (int k = 1; k <= m; k++) {
            choose = choose * (m - k + 1) / k;
            sum += choose / of_all[k] * interaction_sum[k];
        }
        residual[m] = output_mean[m] - sum;
    }
}
