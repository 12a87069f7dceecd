/* Superset sums of a leaf, for one vector width: included once for each, with LANES defined (leaf_lanes_*.c).
 *
 * Each element is multiplied by the weight of its order; folding then gives the sums for all bits. With b the highest
 * bit not yet folded,
 *
 *        bit b = 0        bit b = 1
 *   +----------------+----------------+     high half: its total is the single of b, its singles are the pairs of b
 *   |      low       |      high      |     low + high: no longer distinguishes b; goes on with the bits below
 *   +----------------+----------------+
 *
 * A whole leaf is folded four bits at a time, as 16 rows of columns, a vector of each row in a register. That leaves,
 * for every column, 1, 5 or 11 numbers:
 *
 *   FOLD_TOTAL     the sum
 *   FOLD_SINGLES   and for each of the four bits b the sum with it, [1 + b]
 *   FOLD_PAIRS     and for each two of them, c < b, the sum with both, [5 + b (b - 1) / 2 + c]
 *
 * Each of them is a table of 2^4 times fewer columns, with less to be found the more bits it has already:
 *
 *   bits 8 ... 11     bits 4 ... 7       bits 0 ... 3
 *   leaf: PAIRS ----> sum: PAIRS ------> 11 numbers
 *                     4 of SINGLES ----> 5 each        (their pairs lie with the bits above)
 *                     6 of TOTAL ------> 1 each
 */
#ifndef HARSANYI_LATTICE_LEAF_FOLD_H
#define HARSANYI_LATTICE_LEAF_FOLD_H

#include "lattice/leaf.h"
#include "lattice/leaf_vector.h"

enum { FOLD_BITS = 4, ROWS = 1 << FOLD_BITS, FOLD_TOTAL = 1, FOLD_SINGLES = 1 + FOLD_BITS, FOLD_PAIRS = 11 };

/* Half of 2^(bits + 1) elements is added to the other, in which it starts at `half`. */
#define FOLD_HALF(a, half)                                                                                             \
    UNROLLED                                                                                                           \
    for (int i_ = 0; i_ < (half); i_++)                                                                                \
        (a)[i_] += (a)[i_ + (half)];

INLINED vec_t rows_total(vec_t *x, int bits) {
    UNROLLED
    for (int b = bits - 1; b >= 0; b--) {
        FOLD_HALF(x, 1 << b)
    }
    return x[0];
}

INLINED vec_t rows_singles(vec_t *x, int bits, bool wanted, vec_t *singles) {
    UNROLLED
    for (int b = bits - 1; b >= 0; b--) {
        FOLD_HALF(x, 1 << b)
        if (wanted)
            singles[b] = rows_total(x + (1 << b), b);
    }
    return x[0];
}

/* 16 rows; out: [FOLD_*]. What is not wanted the compiler leaves out: `what` is a constant. */
INLINED void rows_fold(vec_t *x, int what, vec_t *out) {
    UNROLLED
    for (int b = FOLD_BITS - 1; b >= 0; b--) {
        FOLD_HALF(x, 1 << b)
        if (what > FOLD_TOTAL)
            out[1 + b] = rows_singles(x + (1 << b), b, what == FOLD_PAIRS, out + (FOLD_SINGLES + b * (b - 1) / 2));
    }
    out[0] = x[0];
}

/* A table of 16 rows becomes one of `what` rows. */
INLINED void table_fold(const double *table, size_t columns, int what, double *out) {
    for (size_t j = 0; j < columns; j += LANES) {
        vec_t x[ROWS], folded[FOLD_PAIRS];
        UNROLLED
        for (size_t r = 0; r < ROWS; r++)
            x[r] = load(table + r * columns + j);
        rows_fold(x, what, folded);
        UNROLLED
        for (size_t k = 0; k < (size_t)what; k++)
            store(out + k * columns + j, folded[k]);
    }
}

enum { COLUMNS = 1 << (LEAF_BITS - FOLD_BITS), LAST = 1 << FOLD_BITS };

/* The same for a leaf, weighted: of the numbers of a vector, the order is that of its place and of the lane. */
INLINED void leaf_fold(const double *leaf, const double *weights, int what, double *out) {
    enum { KINDS = LEAF_BITS + 1 };
    double by_lane[KINDS][LANES] = {{0}};
    for (int k = 0; k < KINDS; k++)
        for (int lane = 0; lane < LANES && k + mask_order((mask_t)lane) < KINDS; lane++)
            by_lane[k][lane] = weights[k + mask_order((mask_t)lane)];
    for (size_t j = 0; j < COLUMNS; j += LANES) {
        const double(*place)[LANES] = (const double(*)[LANES])by_lane + mask_order((mask_t)j);
        vec_t x[ROWS], folded[FOLD_PAIRS];
        UNROLLED
        for (size_t r = 0; r < ROWS; r++)
            x[r] = load(leaf + r * COLUMNS + j) * load(place[mask_order((mask_t)r)]);
        rows_fold(x, what, folded);
        UNROLLED
        for (size_t k = 0; k < (size_t)what; k++)
            store(out + k * COLUMNS + j, folded[k]);
    }
}

/* Number by number, for few bits; these overwrite a [2^bits]. */
INLINED double few_total(double *a, int bits) {
    for (int b = bits - 1; b >= 0; b--) {
        FOLD_HALF(a, 1 << b)
    }
    return a[0];
}

INLINED double few_singles(double *a, int bits, double *singles) {
    for (int b = bits - 1; b >= 0; b--) {
        FOLD_HALF(a, 1 << b)
        singles[b] = few_total(a + (1 << b), b);
    }
    return a[0];
}

INLINED double few_pairs(double *a, int bits, double *singles, double pairs[][LEAF_BITS]) {
    for (int b = bits - 1; b >= 0; b--) {
        FOLD_HALF(a, 1 << b)
        singles[b] = few_singles(a + (1 << b), b, pairs[b]);
    }
    return a[0];
}

static void fold_few(const double *leaf, int bits, const double *weights, bool pairs, leaf_folded_t *out) {
    double weighted[1 << LEAF_BITS];
    for (mask_t s = 0; s < mask_count(bits); s++)
        weighted[s] = leaf[s] * weights[mask_order(s)];
    out->total =
        pairs ? few_pairs(weighted, bits, out->singles, out->pairs) : few_singles(weighted, bits, out->singles);
}

static void fold_singles(const double *leaf, const double *weights, leaf_folded_t *out) {
    double sums[FOLD_SINGLES][COLUMNS], last[FOLD_SINGLES][LAST], lone[LAST];
    leaf_fold(leaf, weights, FOLD_SINGLES, sums[0]);
    table_fold(sums[0], LAST, FOLD_SINGLES, last[0]);
    out->total = few_singles(last[0], FOLD_BITS, out->singles);
    for (int b = 0; b < FOLD_BITS; b++) {
        out->singles[FOLD_BITS + b] = few_total(last[1 + b], FOLD_BITS);
        table_fold(sums[1 + b], LAST, FOLD_TOTAL, lone);
        out->singles[2 * FOLD_BITS + b] = few_total(lone, FOLD_BITS);
    }
}

static void fold_pairs(const double *leaf, const double *weights, leaf_folded_t *out) {
    double sums[FOLD_PAIRS][COLUMNS], last[FOLD_PAIRS][LAST];
    leaf_fold(leaf, weights, FOLD_PAIRS, sums[0]);
    table_fold(sums[0], LAST, FOLD_PAIRS, last[0]);
    out->total = few_pairs(last[0], FOLD_BITS, out->singles, out->pairs);
    for (int b = 0, both = FOLD_SINGLES; b < FOLD_BITS; b++) {
        int bit = FOLD_BITS + b;
        out->singles[bit] = few_singles(last[1 + b], FOLD_BITS, out->pairs[bit]);
        for (int c = 0; c < b; c++, both++)
            out->pairs[bit][FOLD_BITS + c] = few_total(last[both], FOLD_BITS);
    }
    for (int b = 0, both = FOLD_SINGLES; b < FOLD_BITS; b++) {
        int bit = 2 * FOLD_BITS + b;
        table_fold(sums[1 + b], LAST, FOLD_SINGLES, last[0]);
        out->singles[bit] = few_singles(last[0], FOLD_BITS, out->pairs[bit]);
        for (int c = 0; c < FOLD_BITS; c++)
            out->pairs[bit][FOLD_BITS + c] = few_total(last[1 + c], FOLD_BITS);
        for (int c = 0; c < b; c++, both++) {
            table_fold(sums[both], LAST, FOLD_TOTAL, last[0]);
            out->pairs[bit][2 * FOLD_BITS + c] = few_total(last[0], FOLD_BITS);
        }
    }
}

static void fold(const double *x, int bits, const double *weights, bool pairs, leaf_folded_t *out) {
    if (bits < LEAF_BITS)
        fold_few(x, bits, weights, pairs, out);
    else if (pairs)
        fold_pairs(x, weights, out);
    else
        fold_singles(x, weights, out);
}

#endif
