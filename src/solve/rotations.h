/* Kronecker powers of 2 x 2 matrices on tables of 2^n doubles, one butterfly for each pair of masks and each player;
 * and the singular vectors of two of them, with which a projection on all solutions of a linear system of 2^n rows is
 * exact.
 *
 * A matrix [[a, b], [c, d]] with a, d != 0 is a diagonal times one with ones in its diagonal: such a butterfly costs
 * two multiplications instead of four, and what is left is a factor by order that others are merged with.
 *
 * Bits go from 0 to n - 1 and each number is u + up * v or v + down * u: the same bits for any width of vectors. */
#ifndef HARSANYI_SOLVE_ROTATIONS_H
#define HARSANYI_SOLVE_ROTATIONS_H

#include "solve/arrays.h"

/* [[1, up], [down, 1]]: u of the mask without the player and v of the one with it become u + up v and down u + v. */
typedef struct {
    double up, down;
} butterfly_t;

/* x [2^n] <- the n-th Kronecker power times x. */
void rotations_apply(butterfly_t butterfly, double *x, int n);

/* x(S) <- sum over T superset of S of x(T), and the inverse. */
void rotations_superset_sums(double *x, int n);
void rotations_superset_moebius(double *x, int n);
/* x(S) <- sum over T disjoint from S of x(T) */
void rotations_disjoint_sums(double *x, int n);

/* A butterfly, and a diagonal (absent, present) before or after it. */
typedef struct {
    butterfly_t butterfly;
    double absent, present;
} factored_t;

/* The diagonal's Kronecker power by order: absent^(n-k) present^k, k = 0 ... n. */
void rotations_scale(const factored_t *factored, int n, double *by_order);

/* A 2 x 2 matrix K = P diag(sigma) Q^T by its singular vectors, weighted for the results: K in (x) = out. In the
 * coordinates of the singular vectors out = sigma in. Diagonals of the `to_` come after their butterfly, those of the
 * `from_` before. */
typedef struct {
    factored_t to_in, to_out, from_in, from_out;
    double absent, present; /* sigma(S) = absent^(n-|S|) present^|S| */
} graph_t;

/* K = [[1, 0], [1, 1]]: coefficients to their subset sums; a result at S counts beta^(-|S|) in the distance. */
graph_t rotations_subset_sums(double beta);

/* K = [[1, 1], [0, -1]]: OR coefficients (negated) to the AND coefficients of the same table; not weighted. Singular
 * values are the golden ratio and its inverse. */
graph_t rotations_or_to_and(void);

#endif
