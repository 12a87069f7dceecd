/* Cholesky factors of symmetric matrices of a few thousand rows, with one order of additions: the same bits on every
 * processor, and whatever libraries are there. About half the speed of a tuned LAPACK. */
#ifndef HARSANYI_SOLVE_CHOLESKY_H
#define HARSANYI_SOLVE_CHOLESKY_H

#include <stdbool.h>
#include <stddef.h>

/* Doubles from row to row of a matrix of `count` rows: at least count, an odd number of lines of the cache.
 */
size_t cholesky_pitch(size_t count);

/* The lower triangle of a [count, pitch] becomes L with L L^T = A; what is above is lost. False when A is not
 * positive definite: then a holds nothing of use. */
bool cholesky_factor(double *a, size_t count, size_t pitch);

/* x [count] <- A^-1 x */
void cholesky_solve(const double *a, size_t count, size_t pitch, double *x);

#endif
