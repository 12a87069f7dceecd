#include "stats/moments.h"

#include "base/wide.h"
#include "lattice/indices.h"

#include <math.h>

/* A leaf is gone through in groups of 16 masks with equal high bits: element c of a group whose high bits have k ones
 * has order k + |c|. Lanes (k, c) are worked on apart, so the loops over c have no look-up and are done with vectors.
 * The functions named _by take the number of bits of a group; leaves of fewer than 4 bits have groups of one mask.
 */
enum { GROUP_BITS = 4, LEAF_ORDERS = LEAF_BITS + 1 };

typedef double lanes_t[LEAF_ORDERS][1 << GROUP_BITS];

INLINED void leaf_sums_by(int group_bits, const double *restrict x, int bits, double *sums) {
    const int group = 1 << group_bits;
    lanes_t lanes = {{0}};
    for (int s = 0; s < 1 << bits; s += group) {
        double *restrict lane = lanes[mask_order((mask_t)s)];
        for (int c = 0; c < group; c++)
            lane[c] += x[s + c];
    }
    for (int k = 0; k <= bits; k++)
        sums[k] = 0;
    for (int k = 0; k <= bits - group_bits; k++)
        for (int c = 0; c < group; c++)
            sums[k + mask_order((mask_t)c)] += lanes[k][c];
}

INLINED void leaf_squares_by(int group_bits, const double *restrict x, int bits, const double *mean, double *squares) {
    const int group = 1 << group_bits;
    lanes_t lanes = {{0}}, means = {{0}};
    for (int k = 0; k <= bits - group_bits; k++)
        for (int c = 0; c < group; c++)
            means[k][c] = mean[k + mask_order((mask_t)c)];
    for (int s = 0; s < 1 << bits; s += group) {
        double *restrict lane = lanes[mask_order((mask_t)s)];
        const double *restrict middle = means[mask_order((mask_t)s)];
        for (int c = 0; c < group; c++) {
            double off = x[s + c] - middle[c];
            lane[c] += off * off;
        }
    }
    for (int k = 0; k <= bits; k++)
        squares[k] = 0;
    for (int k = 0; k <= bits - group_bits; k++)
        for (int c = 0; c < group; c++)
            squares[k + mask_order((mask_t)c)] += lanes[k][c];
}

INLINED void leaf_extremes_by(int group_bits, const double *restrict x, int bits, double *min, double *max) {
    const int group = 1 << group_bits;
    lanes_t low, high;
    for (int k = 0; k <= bits - group_bits; k++)
        for (int c = 0; c < group; c++)
            low[k][c] = INFINITY, high[k][c] = -INFINITY;
    for (int s = 0; s < 1 << bits; s += group) {
        double *restrict lane_low = low[mask_order((mask_t)s)], *restrict lane_high = high[mask_order((mask_t)s)];
        for (int c = 0; c < group; c++) {
            lane_low[c] = x[s + c] < lane_low[c] ? x[s + c] : lane_low[c];
            lane_high[c] = x[s + c] > lane_high[c] ? x[s + c] : lane_high[c];
        }
    }
    for (int k = 0; k <= bits - group_bits; k++)
        for (int c = 0; c < group; c++) {
            int order = k + mask_order((mask_t)c);
            min[order] = fmin(min[order], low[k][c]);
            max[order] = fmax(max[order], high[k][c]);
        }
}

/* x: [2^bits]; sums, mean, squares, min and max: [bits + 1], by the order within the leaf. */
WIDE static void leaf_sums(const double *x, int bits, double *sums) {
    if (bits < GROUP_BITS)
        leaf_sums_by(0, x, bits, sums);
    else
        leaf_sums_by(GROUP_BITS, x, bits, sums);
}

WIDE static void leaf_squares(const double *x, int bits, const double *mean, double *squares) {
    if (bits < GROUP_BITS)
        leaf_squares_by(0, x, bits, mean, squares);
    else
        leaf_squares_by(GROUP_BITS, x, bits, mean, squares);
}

/* Widens min and max to hold the leaf. */
WIDE static void leaf_extremes(const double *x, int bits, double *min, double *max) {
    if (bits < GROUP_BITS)
        leaf_extremes_by(0, x, bits, min, max);
    else
        leaf_extremes_by(GROUP_BITS, x, bits, min, max);
}

static int leaf_bits(int n) {
    return n < LEAF_BITS ? n : LEAF_BITS;
}

/* sum + lost gains x; lost takes what the addition rounds away. */
static void add(double *sum, double *lost, double x) {
    double total = *sum + x;
    *lost += fabs(*sum) >= fabs(x) ? (*sum - total) + x : (x - total) + *sum;
    *sum = total;
}

void sums_begin(sums_t *sums, int n) {
    *sums = (sums_t){.n = n};
}

static void add_leaf(sums_t *sums, mask_t first, const double *by_order) {
    int base = mask_order(first);
    for (int k = 0; k <= leaf_bits(sums->n); k++)
        add(&sums->sum[base + k], &sums->lost[base + k], by_order[k]);
}

void sums_leaf(sums_t *sums, mask_t first, const double *x) {
    double by_order[LEAF_ORDERS];
    leaf_sums(x, leaf_bits(sums->n), by_order);
    add_leaf(sums, first, by_order);
}

double sums_total(const sums_t *sums, int order) {
    return sums->sum[order] + sums->lost[order];
}

void moments_begin(moments_t *moments, int n) {
    *moments = (moments_t){.sums = {.n = n}};
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

void moments_leaf(moments_t *moments, mask_t first, const double *x) {
    int bits = leaf_bits(moments->sums.n), base = mask_order(first);
    double sums[LEAF_ORDERS], mean[LEAF_ORDERS] = {0}, squares[LEAF_ORDERS];
    leaf_sums(x, bits, sums);
    add_leaf(&moments->sums, first, sums);
    for (int k = 0; k <= bits; k++)
        mean[k] = sums[k] / moments->sets[k];
    leaf_squares(x, bits, mean, squares);
    for (int k = 0; k <= bits; k++)
        join(moments, base + k, moments->sets[k], mean[k], squares[k]);
}

void moments_leaf_range(moments_t *moments, mask_t first, const double *x) {
    int base = mask_order(first);
    leaf_extremes(x, leaf_bits(moments->sums.n), moments->min + base, moments->max + base);
}

double moments_mean(const moments_t *moments, int order) {
    return sums_total(&moments->sums, order) / moments->count[order];
}

double moments_std(const moments_t *moments, int order) {
    return sqrt(moments->squares[order] / moments->count[order]);
}
