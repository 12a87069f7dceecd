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
#include "stats/fields.h"

enum { CURVES_PLAYERS_MAX = 24 }; /* rows of more players have no curves */

/* The numbers of one row of a file of n players: strength [ranks], |I(S)| / max |I| at the ranks of fields_ranks(n),
 * NaN where all I(S) are 0; then rmse, max_error, r2 and r_omega [steps each], at the k of fields_steps(2^n - 1). */
typedef struct {
    size_t ranks, steps, doubles;
} curves_shape_t;
curves_shape_t curves_shape(int n);

/* The working memory; grows with the rows. Free with curves_free. */
typedef struct {
    double *row; /* owned */
    int bits;    /* it has room for 2^bits doubles */
} curves_room_t;

/* values and interactions: rows of the same n <= CURVES_PLAYERS_MAX players, finite, of a file of file_n >= n. out:
 * [curves_shape(file_n).doubles]; ranks and steps that the row has not are left as they are. Zero-initialise room with
 * {0}. Fails only when reading fails or memory is short. */
status_t curves_find(row_source_t values, row_source_t interactions, int file_n, curves_room_t *room, double *out,
                     failure_t *why);
void curves_free(curves_room_t *room);

#endif
