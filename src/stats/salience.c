#include "stats/salience.h"

#include "lattice/leaf.h"

double salience_threshold(const stats_settings_t *settings, double strongest) {
    return settings->salience *
           (settings->salience_scale == SALIENCE_OF_MEAN_OUTPUT ? settings->mean_output : strongest);
}

void salience_begin(salience_t *salience, int n, double threshold) {
    *salience = (salience_t){.n = n, .threshold = threshold};
}

void salience_leaf(salience_t *salience, mask_t first, const double *leaf) {
    int base = mask_order(first);
    if (!(salience->threshold > 0))
        return;
    leaf_widest()->salient(leaf, salience->n < LEAF_BITS ? salience->n : LEAF_BITS, salience->threshold,
                           salience->all + base, salience->positive + base);
    if (first == 0)
        salience->all[0] = salience->positive[0] = 0; /* the empty set */
}

double salience_count(const salience_t *salience, int order) {
    return (double)salience->all[order];
}

double salience_positive(const salience_t *salience, int order) {
    return (double)salience->positive[order];
}

int salience_order_limit(const salience_t *salience) {
    int order = salience->n;
    while (order > 0 && salience_count(salience, order) == 0)
        order--;
    return order;
}
