#include "stats/salience.h"

#include "base/wide.h"

#include <math.h>

double salience_threshold(const stats_settings_t *settings, double strongest) {
    return settings->salience *
           (settings->salience_scale == SALIENCE_OF_MEAN_OUTPUT ? settings->mean_output : strongest);
}

void salience_begin(salience_t *salience, int n, double threshold) {
    *salience = (salience_t){.n = n, .threshold = threshold};
}

/* A salient set counts 1, one with a positive interaction SECOND more: so one sum by order, exact in doubles, counts
 * both of a leaf, whose 2^12 sets never reach SECOND. */
static const double SECOND = 1 << 20;

WIDE static void mark(const double *restrict leaf, mask_t count, double tau, double *restrict marks) {
    for (mask_t s = 0; s < count; s++)
        marks[s] = leaf[s] >= tau ? 1 + SECOND : leaf[s] <= -tau ? 1 : 0;
}

/* The vectorised sums by order do the counting. */
void salience_leaf(salience_t *salience, mask_t first, const double *leaf) {
    double marks[1 << LEAF_BITS];
    sums_t both;
    int base = mask_order(first);
    if (!(salience->threshold > 0))
        return;
    mark(leaf, row_leaf_masks(salience->n), salience->threshold, marks);
    if (first == 0)
        marks[0] = 0; /* the empty set */
    sums_begin(&both, salience->n);
    sums_leaf(&both, first, marks);
    for (int m = base; m <= base + (salience->n < LEAF_BITS ? salience->n : LEAF_BITS); m++) {
        double sum = sums_total(&both, m), positive = floor(sum / SECOND);
        salience->all[m] += sum - positive * SECOND;
        salience->positive[m] += positive;
    }
}

double salience_count(const salience_t *salience, int order) {
    return salience->all[order];
}

double salience_positive(const salience_t *salience, int order) {
    return salience->positive[order];
}

int salience_order_limit(const salience_t *salience) {
    int order = salience->n;
    while (order > 0 && salience_count(salience, order) == 0)
        order--;
    return order;
}
