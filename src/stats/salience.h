/* Salient interactions by order |S|, of a row that is fed leaf by leaf: S not empty is salient when |I(S)| >= tau. */
#ifndef HARSANYI_STATS_SALIENCE_H
#define HARSANYI_STATS_SALIENCE_H

#include "stats/moments.h"
#include "stats/settings.h"

/* tau for a sample whose strongest interaction, the empty set left out, is `strongest`. Nothing is salient at tau 0
 * (all interactions are 0, or the models' mean output is). */
double salience_threshold(const stats_settings_t *settings, double strongest);

/* Plain data. */
typedef struct {
    int n;
    double threshold;
    uint64_t all[ORDERS_MAX], positive[ORDERS_MAX]; /* numbers of salient sets */
} salience_t;

void salience_begin(salience_t *salience, int n, double threshold);
/* leaf: interactions of the 2^min(n, LEAF_BITS) masks from `first` on; leaves in mask order. */
void salience_leaf(salience_t *salience, mask_t first, const double *leaf);

/* Numbers of salient sets of an order: all, and those with positive interactions. */
double salience_count(const salience_t *salience, int order);
double salience_positive(const salience_t *salience, int order);

/* The smallest M such that no S with |S| > M is salient (Assumption 1 of arXiv 2305.01939). */
int salience_order_limit(const salience_t *salience);

#endif
