/* Indices of cooperative games from Harsanyi dividends, streaming: math of Grabisch & Roubens 1999, Sundararajan 2020.
 *
 * All are superset sums with weights that depend on |S| only, so one pass over the row in leaves suffices:
 *   Shapley      phi(i)   = sum over S containing i of I(S) / |S|
 *   Banzhaf      beta(i)  = sum over S containing i of 2^(1-|S|) I(S)
 *   SII          of pairs = sum over S containing i, j of I(S) / (|S| - 1)         diagonal: Shapley
 *   STII order 2          = sum over S containing i, j of I(S) / C(|S|, 2)         diagonal: I({i})
 *   BII          of pairs = sum over S containing i, j of 2^(2-|S|) I(S)           diagonal: Banzhaf
 *   multi-order  I^(m)(i,j) = sum over T without i, j of C(m,|T|)/C(n-2,|T|) I(T + {i,j}), m = 0 ... n-2
 */
#ifndef HARSANYI_LATTICE_INDICES_H
#define HARSANYI_LATTICE_INDICES_H

#include "base/failure.h"
#include "lattice/row.h"

/* C(n, k) as a double, exact for n <= PLAYERS_MAX; 0 when k < 0 or k > n. */
double indices_choose(int n, int k);

enum { /* which indices to compute; order-1 and SII always */
       INDEX_STII2 = 1,
       INDEX_BII2 = 2,
       INDEX_MULTI_ORDER = 4
};

/* Destination arrays in row-major order with their own pitch: element (i, j) of a pair array lies at i * pitch + j,
 * slice m of multi_order at m * pitch * pitch; pitch >= n. Elements beyond n are left as they are. NULL where not
 * wanted (all but shapley and banzhaf). The diagonal of multi_order is NaN. */
typedef struct {
    size_t pitch;
    double *shapley, *banzhaf; /* [n] */
    double *sii2, *stii2, *bii2;
    double *multi_order; /* [n-1] slices; none when n < 2 */
} indices_out_t;

/* All indices of a row, in one pass. Fails only when reading the row does. */
status_t indices_compute(row_source_t interactions, const indices_out_t *out, failure_t *why);

/* The same for callers that read the row themselves: begin, every leaf once in mask order, end. With the leaves of
 * several rows, one row after the other, shapley and banzhaf are the sums of theirs. The state is plain
 * data; out's arrays hold partial sums until the end and must last so long. */
enum { INDICES_SUMS = 3 + PLAYERS_MAX };

typedef struct {
    double *singles, *pairs;         /* destinations [n], [n, pitch]; NULL where not wanted */
    double weights[PLAYERS_MAX + 1]; /* by |S| */
} superset_sum_t;

typedef struct {
    int n, count;
    indices_out_t out;
    double alone[PLAYERS_MAX]; /* I({i}) */
    superset_sum_t sums[INDICES_SUMS];
} indices_pass_t;

void indices_begin(indices_pass_t *pass, int n, const indices_out_t *out);
void indices_leaf(indices_pass_t *pass, mask_t first, const double *leaf);
void indices_end(indices_pass_t *pass);

/* ---- indices of one set ----
 *
 * Indices of one set T of players, of any order, from the interactions of all sets S that hold T.
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
