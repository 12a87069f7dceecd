#include "solve/arrays.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t arrays_cells(int n) {
    size_t count = (size_t)mask_count(n);
    return count < ARRAYS_GROUP ? ARRAYS_GROUP : count;
}

double *arrays_new(int n, int tables) {
    enum { LINE = 64 };
    size_t bytes = (size_t)tables * arrays_cells(n) * sizeof(double);
    double *made = aligned_alloc(LINE, bytes);
    if (made)
        memset(made, 0, bytes);
    return made;
}

void arrays_by_order(orders_t *orders, int n, const double *by_order) {
    for (int k = 0; k <= SOLVE_PLAYERS_MOST - ARRAYS_GROUP_BITS; k++)
        for (int c = 0; c < ARRAYS_GROUP; c++) {
            int order = k + mask_order((mask_t)c);
            orders->at[k][c] = order <= n ? by_order[order] : 0;
        }
}

WIDE void arrays_weigh(double *x, size_t cells, const orders_t *orders) {
    for (size_t i = 0; i < cells; i += ARRAYS_GROUP) {
        const double *by = arrays_group(orders, i);
        for (size_t c = 0; c < ARRAYS_GROUP; c++)
            x[i + c] *= by[c];
    }
}

double arrays_power(double base, int exponent) {
    double power = 1;
    for (int k = 0; k < exponent; k++)
        power *= base;
    return power;
}

WIDE void arrays_complement(double *x, int n) {
    size_t count = (size_t)mask_count(n);
    double *back = x + count / 2;
    for (size_t i = 0; i < count / 2; i++) {
        double low = x[count / 2 - 1 - i];
        x[count / 2 - 1 - i] = back[i];
        back[i] = low;
    }
}

/* ---- sums ---- */

typedef double four_t __attribute__((vector_size(32), aligned(8), may_alias));
typedef int64_t four_bits_t __attribute__((vector_size(32), aligned(8), may_alias));
typedef enum { PLAIN, ABSOLUTE, PRODUCT } term_t;

INLINED void add_four(four_t *sum, term_t term, const double *x, const double *y) {
    four_t a = *(const four_t *)x;
    if (term == ABSOLUTE)
        a = (four_t)((four_bits_t)a & INT64_MAX);
    if (term == PRODUCT)
        a *= *(const four_t *)y;
    *sum += a;
}

INLINED double term_of(term_t term, double x, double y) {
    return term == PLAIN ? x : term == PRODUCT ? x * y : x < 0 ? -x : x;
}

INLINED double total(term_t term, const double *x, const double *y, size_t count) {
    enum { LANES = 8, HALF = 4 };
    four_t low = {0}, high = {0};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        add_four(&low, term, x + i, y + i);
        add_four(&high, term, x + i + HALF, y + i + HALF);
    }
    double rest = 0;
    for (; i < count; i++)
        rest += term_of(term, x[i], y[i]);
    return (((low[0] + low[1]) + (low[2] + low[3])) + ((high[0] + high[1]) + (high[2] + high[3]))) + rest;
}

WIDE double arrays_sum(const double *x, size_t count) {
    return total(PLAIN, x, x, count);
}

WIDE double arrays_strength(const double *x, size_t count) {
    return total(ABSOLUTE, x, x, count);
}

WIDE double arrays_squares(const double *x, size_t count) {
    return total(PRODUCT, x, x, count);
}

WIDE double arrays_product(const double *x, const double *y, size_t count) {
    return total(PRODUCT, x, y, count);
}

/* Doubles that are not negative are ordered as their bits are. */
WIDE double arrays_largest(const double *x, size_t count) {
    int64_t largest = 0;
    double found;
    for (size_t i = 0; i < count; i++) {
        int64_t bits;
        memcpy(&bits, x + i, sizeof bits);
        bits &= INT64_MAX;
        largest = bits > largest ? bits : largest;
    }
    memcpy(&found, &largest, sizeof found);
    return found;
}
