/* Of one sample: how fast strengths fall (Fig. 3 of arXiv 2305.01939), and how well v is rebuilt from the K strongest
 * interactions alone, on all 2^n masks (Ren et al., CVPR 2023).
 *
 *   v_K(S) = v(empty) + sum over T in Omega_K, T subset of S, of I(T)
 *
 * Omega_K are the K strongest, the empty set apart; of equal ones the smaller masks.
 *
 * - rmse, max_error: of v - v_K over all S
 * - r2: 1 - sum (v - v_K)^2 / sum (v - mean v)^2; NaN where v is constant
 * - r_omega: sum_Omega |I| / (sum_Omega |I| + |v(N) - v(empty) - sum_Omega I|)
 *
 * It costs a sort and, for each K = 1, 2, 5, 10, ..., a transform; memory is one row.
 */
#ifndef HARSANYI_STATS_CURVES_H
#define HARSANYI_STATS_CURVES_H

#include "base/failure.h"
#include "lattice/row.h"
#include "stats/scales.h"

enum { CURVES_PLAYERS_MAX = 24 }; /* rows of more players have no curves */

typedef struct {
    size_t ranks, steps; /* of this sample: scales_ranks(n), and scales_steps(2^n - 1) */
    int64_t rank[RANKS_MAX], k[STEPS_MAX];
    double strength[RANKS_MAX]; /* |I(S)| / max |I| at these ranks, descending; NaN where all I(S) are 0 */
    double rmse[STEPS_MAX], max_error[STEPS_MAX], r2[STEPS_MAX], r_omega[STEPS_MAX];
} curves_t;

/* The working memory; grows with the rows. Free with curves_free. */
typedef struct {
    double *row; /* owned */
    int bits;    /* it has room for 2^bits doubles */
} curves_room_t;

/* values and interactions: rows of the same n <= CURVES_PLAYERS_MAX players, finite. Zero-initialise room with {0}.
 * Fails only when reading fails or memory is short. */
status_t curves_find(row_source_t values, row_source_t interactions, curves_room_t *room, curves_t *out,
                     failure_t *why);
void curves_free(curves_room_t *room);

#endif
