/* Sums, means and standard deviations by order |S|, of rows that are fed leaf by leaf.
 *
 * Errors stay far below those of adding up a row in turn (a row of 2^20 masks has 184,756 of order 10): a leaf is added
 * up in groups, leaves with a compensated sum (Neumaier 1974), squares around the leaf's own means (Chan, Golub and
 * LeVeque 1983). Leaves must come in mask order, whole rows always: then the result is the same bits everywhere.
 */
#ifndef HARSANYI_STATS_MOMENTS_H
#define HARSANYI_STATS_MOMENTS_H

#include "lattice/row.h"

#include <stdint.h>

enum { ORDERS_MAX = PLAYERS_MAX + 1 };

/* Plain data, begins as {0}; read it with sums_total. */
typedef struct {
    double sum[ORDERS_MAX], lost[ORDERS_MAX]; /* what rounding took from sum */
} sums_t;

double sums_total(const sums_t *sums, int order);

typedef struct {
    int n;
    sums_t sums;
    /* Of the leaves so far: mean, and sum of squared distances from it. */
    double count[ORDERS_MAX], mean[ORDERS_MAX], squares[ORDERS_MAX];
    double min[ORDERS_MAX], max[ORDERS_MAX]; /* with moments_strengths only */
    double sets[LEAF_BITS + 1];              /* of each order within a leaf */
} moments_t;

void moments_begin(moments_t *moments, int n);
/* x: [2^min(n, LEAF_BITS)], the leaf that starts at mask `first`. Of x - origin. */
void moments_leaf(moments_t *moments, mask_t first, const double *x, double origin);
/* Sums of effects: all, those above 0, those below. Begin as {0}. */
typedef struct {
    sums_t all, positive, negative;
} effect_sums_t;
/* Of |x|; sums gets those of x. */
void moments_strengths(moments_t *moments, effect_sums_t *sums, mask_t first, const double *x);
double moments_mean(const moments_t *moments, int order);
/* Of the population: divided by the number of sets. */
double moments_std(const moments_t *moments, int order);

/* ---- mean and standard deviation of numbers that come one by one (Welford 1962); NaN are left out ---- */

/* Zero-initialise with {0}; read mean and std with the functions below. */
typedef struct {
    int64_t count;
    double running_mean, squares; /* squares: summed squared distances from the mean */
    double least, most;
} average_t;

void average_add(average_t *tally, double x);

/* NaN without numbers. The standard deviation is the population's. */
double average_mean(const average_t *tally);
double average_std(const average_t *tally);

/* Adds one number to each of many series of which only the mean is needed. mean, count, x: [series]; mean and count
 * start at 0. The bits are those of average_add. */
void average_each(double *mean, double *count, const double *x, size_t series);

#endif
