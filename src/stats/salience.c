#include "stats/salience.h"

#include "base/wide.h"

#include <math.h>

double salience_threshold(const stats_settings_t *settings, double strongest) {
    return settings->salience *
           (settings->salience_scale == SALIENCE_OF_MEAN_OUTPUT ? settings->mean_output : strongest);
}

void salience_begin(salience_t *salience, int n, double threshold) {
    salience->threshold = threshold;
    sums_begin(&salience->all, n);
    sums_begin(&salience->positive, n);
}

WIDE static void mark(const double *restrict leaf, mask_t count, double tau, double *restrict all,
                      double *restrict positive) {
    for (mask_t s = 0; s < count; s++) {
        all[s] = fabs(leaf[s]) >= tau ? 1 : 0;
        positive[s] = leaf[s] >= tau ? 1 : 0;
    }
}

/* Counts are sums of ones, exact in doubles: so the vectorised sums by order do the counting. */
void salience_leaf(salience_t *salience, mask_t first, const double *leaf) {
    double tau = salience->threshold, all[1 << LEAF_BITS], positive[1 << LEAF_BITS];
    if (!(tau > 0))
        return;
    mark(leaf, row_leaf_masks(salience->all.n), tau, all, positive);
    if (first == 0)
        all[0] = positive[0] = 0; /* the empty set */
    sums_leaf(&salience->all, first, all);
    sums_leaf(&salience->positive, first, positive);
}

double salience_count(const salience_t *salience, int order) {
    return sums_total(&salience->all, order);
}

double salience_positive(const salience_t *salience, int order) {
    return sums_total(&salience->positive, order);
}

int salience_order_limit(const salience_t *salience) {
    int order = salience->all.n;
    while (order > 0 && salience_count(salience, order) == 0)
        order--;
    return order;
}
