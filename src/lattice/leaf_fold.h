/* Superset sums of a leaf, for one vector width: part of lanes.h.
 *
 * Each element is multiplied by the weight of its order; folding then gives the sums for all bits. With b the highest
 * bit not yet folded,
 *
 *        bit b = 0        bit b = 1
 *   +----------------+----------------+     high half: its total is the single of b, its singles are the pairs of b
 *   |      low       |      high      |     low + high: no longer distinguishes b; the bits below are folded next
 *   +----------------+----------------+
 */
#ifndef HARSANYI_LATTICE_LEAF_FOLD_H
#define HARSANYI_LATTICE_LEAF_FOLD_H

#include "lattice/leaf.h"
#include "lattice/vector.h"

/* Adds the high half of a [2^(bit + 1)] to the low one; returns the high half. */
INLINED double *fold_bit(double *a, int bit) {
    double *high = a + mask_count(bit);
    size_t i = 0;
    for (; i + LANES <= mask_count(bit); i += LANES)
        store(a + i, load(a + i) + load(high + i));
    for (; i < mask_count(bit); i++)
        a[i] += high[i];
    return high;
}

/* Folds the three highest of `bits` bits, without storing what is between. */
INLINED void fold_three(double *a, int bits) {
    const size_t part = mask_count(bits - 3);
    for (size_t i = 0; i < part; i += LANES) {
        vec_t sum[8];
        UNROLLED
        for (size_t j = 0; j < 8; j++)
            sum[j] = load(a + i + j * part);
        UNROLLED
        for (size_t left = 4; left > 0; left /= 2)
            UNROLLED
        for (size_t j = 0; j < left; j++)
            sum[j] += sum[j + left];
        store(a + i, sum[0]);
    }
}

/* These overwrite a [2^bits]. */
static double fold_total(double *a, int bits) {
    for (; mask_count(bits) >= (mask_t)8 * LANES; bits -= 3)
        fold_three(a, bits);
    while (bits-- > 0)
        fold_bit(a, bits);
    return a[0];
}

static double fold_singles(double *a, int bits, double *singles) {
    while (bits-- > 0)
        singles[bits] = fold_total(fold_bit(a, bits), bits);
    return a[0];
}

static double fold_pairs(double *a, int bits, double *singles, double pairs[][LEAF_BITS]) {
    while (bits-- > 0)
        singles[bits] = fold_singles(fold_bit(a, bits), bits, pairs[bits]);
    return a[0];
}

/* Each element by the weight of its order, in groups (leaf.h). */
static void weigh(const double *x, int bits, const double *weights, double *weighted) {
    double lanes[GROUP_KINDS][GROUP];
    mask_t count = bits < GROUP_BITS ? mask_count(bits) : GROUP;
    for (int k = 0; k == 0 || k <= bits - GROUP_BITS; k++)
        for (mask_t c = 0; c < count; c++)
            lanes[k][c] = weights[k + mask_order(c)];
    for (mask_t s = 0; s < mask_count(bits); s += GROUP)
        for (mask_t c = 0; c < count; c++)
            weighted[s + c] = x[s + c] * lanes[mask_order(s)][c];
}

static void fold(const double *x, int bits, const double *weights, bool pairs, leaf_folded_t *out) {
    double weighted[1 << LEAF_BITS];
    weigh(x, bits, weights, weighted);
    out->total =
        pairs ? fold_pairs(weighted, bits, out->singles, out->pairs) : fold_singles(weighted, bits, out->singles);
}

#endif
