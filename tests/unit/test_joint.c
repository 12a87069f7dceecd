/* solve/joint: the nearest point of the graph of both kinds, for all numbers of players. */
#include "solve/joint.h"

#include "lattice/moebius.h"
#include "solve/rotations.h"
#include "support/test.h"

enum { N_MOST = 13 };
static const double QUOTIENT = 0.7;

/* sums <- superset sums of what w was moved by, less what x was moved by, or those of disjoint sets and b. */
static double farthest_from_normal(const double *was, const double *is, const double *move, int n, bool of_or) {
    size_t cells = arrays_cells(n);
    double *sums = malloc(cells * sizeof *sums);
    memcpy(sums, move, cells * sizeof *sums);
    if (of_or)
        rotations_disjoint_sums(sums, n);
    else
        rotations_superset_sums(sums, n);
    for (size_t i = 0; i < cells; i++)
        sums[i] -= is[i] - was[i];
    double farthest = arrays_largest(sums, cells);
    free(sums);
    return farthest;
}

/* Of x, b, w: on the graph, and moved at a right angle to it. */
static void check(joint_t *joint, int n) {
    size_t cells = arrays_cells(n);
    double *was = arrays_new(n, 3), *is = arrays_new(n, 3), *move = arrays_new(n, 1);
    double *x = is, *b = x + cells, *w = b + cells;
    for (size_t k = 0; k < 3; k++) {
        double *random = random_numbers((size_t)mask_count(n), k + 1);
        memcpy(was + k * cells, random, (size_t)mask_count(n) * sizeof *random);
        free(random);
    }
    memcpy(is, was, 3 * cells * sizeof *is);
    joint_set(joint, n, QUOTIENT);
    joint_apply(joint, x, b, w);
    for (size_t i = 0; i < cells; i++)
        move[i] = QUOTIENT * (was[2 * cells + i] - w[i]);
    assert_true(farthest_from_normal(was, x, move, n, false) < 1e-13);
    assert_true(farthest_from_normal(was + cells, b, move, n, true) < 1e-13);
    zeta_transform(x, n);
    rotations_disjoint_sums(b, n);
    for (size_t i = 0; i < cells; i++)
        w[i] -= x[i] + b[i];
    assert_true(arrays_largest(w, cells) < 1e-14 * ldexp(1, n));
    free(was);
    free(is);
    free(move);
}

TEST(is_the_nearest_point) {
    joint_t *joint;
    failure_t why;
    assert_ok(joint_create(N_MOST, &joint, &why));
    for (int n = 1; n <= N_MOST; n++)
        check(joint, n);
    check(joint, 5); /* after more players */
    joint_destroy(&joint);
    assert_null(joint);
}

int main(void) {
    return run_all(NULL, NULL);
}
