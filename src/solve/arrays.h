/* Tables of the solver: 2^n doubles, at least a group of 16 of them. What lies behind a smaller table is 0 and stays 0,
 * so that loops run over whole groups. Numbers that depend on a mask's order alone are kept in groups too: mask
 * 16 g + c has order |g| + |c|, so its number is at [|g|][c].
 *
 * Sums are made in eight lanes, which are added up in one order: the same bits on every processor. */
#ifndef HARSANYI_SOLVE_ARRAYS_H
#define HARSANYI_SOLVE_ARRAYS_H

#include "base/wide.h"
#include "lattice/mask.h"

/* From 2^20 masks on a table alone fills a cache, and a step takes seconds. */
enum { SOLVE_PLAYERS_MOST = 20, ARRAYS_GROUP = 16, ARRAYS_GROUP_BITS = 4 };

/* 2^n or ARRAYS_GROUP, whichever is larger. */
size_t arrays_cells(int n);

/* `tables` tables for up to n players, one after the other, all 0; free it. NULL without memory. */
double *arrays_new(int n, int tables);

/* ---- numbers by order ---- */

typedef struct {
    double at[SOLVE_PLAYERS_MOST - ARRAYS_GROUP_BITS + 1][ARRAYS_GROUP];
} orders_t;

/* by_order: [n + 1]. */
void arrays_by_order(orders_t *orders, int n, const double *by_order);

/* The numbers of the masks first ... first + ARRAYS_GROUP - 1; first is a multiple of ARRAYS_GROUP. */
INLINED const double *arrays_group(const orders_t *orders, size_t first) {
    return orders->at[mask_order(first)];
}

INLINED double arrays_of_mask(const orders_t *orders, size_t mask) {
    return orders->at[mask_order(mask / ARRAYS_GROUP)][mask % ARRAYS_GROUP];
}

/* x(S) *= orders(|S|) */
void arrays_weigh(double *x, size_t cells, const orders_t *orders);

/* base^exponent by multiplication: the same bits with every libm. */
double arrays_power(double base, int exponent);

/* x(S) <- x(N without S) */
void arrays_complement(double *x, int n);

/* ---- sums ---- */

double arrays_sum(const double *x, size_t count);
double arrays_strength(const double *x, size_t count); /* of |x| */
double arrays_squares(const double *x, size_t count);
double arrays_product(const double *x, const double *y, size_t count);
double arrays_largest(const double *x, size_t count); /* |x|; 0 of nothing; x finite */

INLINED double arrays_least(double a, double b) {
    return a < b ? a : b;
}

INLINED double arrays_most(double a, double b) {
    return a > b ? a : b;
}

INLINED double arrays_clip(double x, double from, double to) {
    return arrays_least(arrays_most(x, from), to);
}

#endif
