/* Of one sample: how fast strengths fall (Fig. 3 of arXiv 2305.01939), and how well v is rebuilt from the K strongest
 * interactions alone, on all 2^n masks (Ren et al., CVPR 2023).
 *
 *   v_K(S) = v(empty) + sum over T in Omega_K, T subset of S, of I(T)
 *
 * Omega_K are the K strongest of all kinds, the empty set apart; of equal ones those of the first kind, and the smaller
 * masks. Other families rebuild it in their own way (family_t.rebuild).
 *
 * - rmse, max_error: of v - v_K over all S
 * - r2: 1 - sum (v - v_K)^2 / sum (v - mean v)^2; NaN where v is constant
 * - r_omega: sum_Omega |I| / (sum_Omega |I| + |v(N) - v_K(N)|)
 *
 * It costs a sort and, for each K = 1, 2, 5, 10, ..., a transform; memory is one row for each kind.
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

/* The working memory; grows with the rows. Zero-initialise with {0}. Free with curves_free. */
typedef struct {
    double *row; /* owned */
    size_t doubles;
    int file_n; /* shape and ranks belong to files of so many players; 0: not set yet */
    curves_shape_t shape;
    int64_t rank[RANKS_MAX];
} curves_room_t;
/* Room for one row of n players for each kind. */
status_t curves_make_room(curves_room_t *room, int n, int kinds, failure_t *why);
void curves_free(curves_room_t *room);

/* The effects of a row: a source for each kind of a family. */
typedef struct {
    int family, kinds;
    const row_source_t *of_kind; /* [kinds] */
} curves_effects_t;

/* values and effects: rows of the same n <= CURVES_PLAYERS_MAX players, finite, of a file of file_n >= n. out:
 * [curves_shape(file_n).doubles]; ranks and steps that the row has not are left as they are. Fails only when reading
 * fails or memory is short. */
status_t curves_find(row_source_t values, const curves_effects_t *effects, int file_n, curves_room_t *room, double *out,
                     failure_t *why);

#endif
