#include "stats/moments.h"

#include "base/nan.h"
#include "base/wide.h"
#include "lattice/indices.h"
#include "lattice/leaf.h"

#include <math.h>
#include <stdbool.h>

static int leaf_bits(int n) {
    return n < LEAF_BITS ? n : LEAF_BITS;
}

/* sum + lost gains x; lost takes what the addition rounds away. */
static void add(double *sum, double *lost, double x) {
    double total = *sum + x;
    *lost += fabs(*sum) >= fabs(x) ? (*sum - total) + x : (x - total) + *sum;
    *sum = total;
}

static void add_leaf(sums_t *sums, int bits, mask_t first, const double *by_order) {
    int base = mask_order(first);
    for (int k = 0; k <= bits; k++)
        add(&sums->sum[base + k], &sums->lost[base + k], by_order[k]);
}

double sums_total(const sums_t *sums, int order) {
    return sums->sum[order] + sums->lost[order];
}

void moments_begin(moments_t *moments, int n) {
    *moments = (moments_t){.n = n};
    for (int order = 0; order <= n; order++) {
        moments->min[order] = INFINITY;
        moments->max[order] = -INFINITY;
    }
    for (int k = 0; k <= leaf_bits(n); k++)
        moments->sets[k] = indices_choose(leaf_bits(n), k);
}

/* Joins `count` elements with their mean and squares around it to those of an order so far (Chan, Golub, LeVeque). */
static void join(moments_t *moments, int order, double count, double mean, double squares) {
    double before = moments->count[order], both = before + count, apart = mean - moments->mean[order];
    moments->count[order] = both;
    moments->mean[order] += apart * (count / both);
    moments->squares[order] += squares + apart * apart * (before * count / both);
}

/* sums: of the leaf, by order. */
static void means_of(const moments_t *moments, const double *sums, double *mean) {
    for (int k = 0; k <= leaf_bits(moments->n); k++)
        mean[k] = sums[k] / moments->sets[k];
}

static void join_leaf(moments_t *moments, mask_t first, const double *mean, const double *squares) {
    int base = mask_order(first);
    for (int k = 0; k <= leaf_bits(moments->n); k++)
        join(moments, base + k, moments->sets[k], mean[k], squares[k]);
}

void moments_leaf(moments_t *moments, mask_t first, const double *x, double origin) {
    const leaf_width_t *leaf = leaf_widest();
    int bits = leaf_bits(moments->n);
    double sums[LEAF_ORDERS], mean[LEAF_ORDERS], squares[LEAF_ORDERS];
    leaf->sums(x, bits, origin, sums);
    means_of(moments, sums, mean);
    leaf->squares(x, bits, origin, mean, squares);
    add_leaf(&moments->sums, bits, first, sums);
    join_leaf(moments, first, mean, squares);
}

void moments_strengths(moments_t *moments, effect_sums_t *sums, mask_t first, const double *x) {
    const leaf_width_t *leaf = leaf_widest();
    int bits = leaf_bits(moments->n), base = mask_order(first);
    leaf_strengths_t of;
    double mean[LEAF_ORDERS], squares[LEAF_ORDERS];
    leaf->strengths(x, bits, &of);
    means_of(moments, of.abs_sums, mean);
    leaf->strength_squares(x, bits, mean, squares);
    add_leaf(&moments->sums, bits, first, of.abs_sums);
    add_leaf(&sums->all, bits, first, of.sums);
    add_leaf(&sums->positive, bits, first, of.positive);
    add_leaf(&sums->negative, bits, first, of.negative);
    join_leaf(moments, first, mean, squares);
    for (int k = 0; k <= bits; k++) {
        double *min = &moments->min[base + k], *max = &moments->max[base + k];
        *min = of.min[k] < *min ? of.min[k] : *min;
        *max = of.max[k] > *max ? of.max[k] : *max;
    }
}

double moments_mean(const moments_t *moments, int order) {
    return sums_total(&moments->sums, order) / moments->count[order];
}

double moments_std(const moments_t *moments, int order) {
    return sqrt(moments->squares[order] / moments->count[order]);
}

void average_add(average_t *tally, double x) {
    if (isnan(x))
        return;
    tally->least = tally->count == 0 || x < tally->least ? x : tally->least;
    tally->most = tally->count == 0 || x > tally->most ? x : tally->most;
    tally->count++;
    double distance = x - tally->running_mean;
    tally->running_mean += distance / (double)tally->count;
    tally->squares += distance * (x - tally->running_mean);
}

WIDE void average_each(double *mean, double *count, const double *x, size_t series) {
    for (size_t i = 0; i < series; i++) { /* without branches: NaN changes nothing */
        const bool is = !isnan(x[i]);
        count[i] += is ? 1 : 0;
        const double next = mean[i] + (x[i] - mean[i]) / count[i];
        mean[i] = is ? next : mean[i];
    }
}

double average_mean(const average_t *tally) {
    return tally->count > 0 ? tally->running_mean : nan_canonical();
}

double average_std(const average_t *tally) {
    return tally->count > 0 ? sqrt(tally->squares / (double)tally->count) : nan_canonical();
}
