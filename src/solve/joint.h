/* The nearest point of the graph {(x, b, Z x + Y b)} of both kinds (certificate.h): exact.
 *
 * It takes the inverse of Z Z^T + Y Y^T plus a multiple of 1: Kronecker powers of three matrices that have no common
 * singular vectors. But all three commute with permutations of the players. So in the basis that couples the players'
 * pairs (absent, present) one after the other, as spins one half are coupled (Schur-Weyl duality; the rotations are
 * Clebsch-Gordan coefficients), they are small matrices on multiplets. Coupling a player is as cheap as a butterfly.
 * Two halves of the players are coupled apart: a matrix then is for a pair of multiplets, of at most (n/2 + 1)^2
 * numbers, and the same for all pairs of the same two sizes. */
#ifndef HARSANYI_SOLVE_JOINT_H
#define HARSANYI_SOLVE_JOINT_H

#include "base/failure.h"
#include "solve/arrays.h"

typedef struct joint joint_t;

status_t joint_create(int n_most, joint_t **out, failure_t *why);
void joint_destroy(joint_t **joint);

/* For n players, up to n_most; quotient: how much a distance of tables counts against one of coefficients. */
void joint_set(joint_t *joint, int n, double quotient);

/* x, b, w: [cells]; they become the nearest with w = Z x + Y b. */
void joint_apply(joint_t *joint, double *x, double *b, double *w);

#endif
