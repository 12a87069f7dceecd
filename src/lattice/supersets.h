/* Indices of one set T of players, of any order, from the interactions of all sets S that hold T.
 *
 * Every such index is a sum over S with a weight that depends on |S| only, so one pass over the row in leaves, which
 * adds up I(S) by order, serves all of them. With t = |T|:
 *   moebius      I(T) itself: sums[t]
 *   SII(T)     = sum of I(S) / (|S| - t + 1)               t = 1: Shapley value      Grabisch & Roubens 1999
 *   BII(T)     = sum of 2^(t-|S|) I(S)                     t = 1: Banzhaf value      Grabisch & Roubens 1999
 *   STII(T)    = sum of I(S) / C(|S|, t), of order t       t = 1: Shapley value      Sundararajan et al. 2020
 *   I^(m)(T)   = sum of C(m, |S|-t) / C(n-t, |S|-t) I(S)   multi-order: the mean of the discrete derivative of v by T
 *                                                          over the sets of m other players, m = 0 ... n-t
 */
#ifndef HARSANYI_LATTICE_SUPERSETS_H
#define HARSANYI_LATTICE_SUPERSETS_H

#include "base/failure.h"
#include "lattice/row.h"

/* sums[s] = sum of I(S) over the sets S of s players that hold `set`, s = 0 ... n; 0 for s < |set|. sums has shape
 * [n+1]; set < 2^n. Sums are compensated (Neumaier 1974), in mask order: the same bits from any source. Leaves without
 * such a set are not read. Fails only when reading does. */
status_t supersets_sum(row_source_t interactions, mask_t set, double *sums, failure_t *why);

/* The indices from these sums, sums [n+1], of a set of t players, 1 <= t <= n. */
double supersets_sii(const double *sums, int n, int t);
double supersets_bii(const double *sums, int n, int t);
double supersets_stii(const double *sums, int n, int t);
double supersets_multi_order(const double *sums, int n, int t, int m); /* 0 <= m <= n-t */

#endif
