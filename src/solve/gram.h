/* The normal matrix of a few columns over all 2^n rows, by look-ups.
 *
 * The column of AND S is 1 on the sets that hold S, that of OR T (negated, b of certificate.h) 1 on those disjoint from
 * T. With a weight d(U) of each row, g(A) = sum of d over U that hold A, h(A) = sum of d over U disjoint from A:
 *
 *   AND S, AND T: g(S | T)      OR S, OR T: h(S | T)
 *   AND S, OR T:  sum of d over U that hold S and are disjoint from T: 0 if S meets T, else by inclusion and exclusion
 *                 sum over R subset of T of (-1)^|R| g(S | R) = sum over R subset of S of (-1)^|R| h(T | R)
 *
 * So K columns take two butterflies and K^2/2 look-ups, not 2^n K^2/2 products. */
#ifndef HARSANYI_SOLVE_GRAM_H
#define HARSANYI_SOLVE_GRAM_H

#include <stddef.h>
#include <stdint.h>

/* A mask, with GRAM_OR for a column of OR. 0, AND of the empty set, is the constant. */
typedef uint32_t column_t;
#define GRAM_OR ((column_t)1 << 31)

/* The lower triangle of matrix [count, pitch]; h may be NULL without columns of OR. */
void gram_fill(const column_t *columns, size_t count, const double *g, const double *h, double *matrix, size_t pitch);

#endif
