/* solve/projection: the point is on the graph, and no other point of the graph is nearer. */
#include "solve/projection.h"

#include "lattice/moebius.h"
#include "support/test.h"

/* K in, plainly. */
typedef void image_t(double *x, int n);

/* [[1, 1], [0, -1]] for each player. */
static void or_to_and(double *x, int n) {
    rotations_disjoint_sums(x, n);
    moebius_transform(x, n);
}

/* The squared distance of (in, K in) from a point. */
static double distance(const double *in, const double *point_in, const double *point_out, int n, image_t *image,
                       double quotient, double beta) {
    double *out = arrays_new(n, 1), squares = 0;
    memcpy(out, in, mask_count(n) * sizeof *in);
    image(out, n);
    for (mask_t mask = 0; mask < mask_count(n); mask++) {
        double apart = out[mask] - point_out[mask];
        squares += (in[mask] - point_in[mask]) * (in[mask] - point_in[mask]) +
                   quotient * pow(beta, -mask_order(mask)) * apart * apart;
    }
    free(out);
    return squares;
}

static void check(const graph_t *graph, int n, image_t *image, double quotient, double beta) {
    size_t cells = arrays_cells(n);
    double *memory = arrays_new(n, 5), *in = memory, *out = in + cells, *point_in = out + cells;
    double *point_out = point_in + cells, *other = point_out + cells;
    uint64_t seed = (uint64_t)n;
    for (mask_t mask = 0; mask < mask_count(n); mask++) {
        in[mask] = point_in[mask] = random_signed(&seed);
        out[mask] = point_out[mask] = random_signed(&seed);
    }
    projection_t projection;
    projection_set(&projection, graph, n, quotient);
    projection_apply(&projection, in, out);
    memcpy(other, in, mask_count(n) * sizeof *in);
    image(other, n);
    for (mask_t mask = 0; mask < mask_count(n); mask++)
        assert_within(out[mask], other[mask], 1e-12);
    double least = distance(in, point_in, point_out, n, image, quotient, beta);
    for (mask_t mask = 0; mask < mask_count(n); mask++)
        for (double step = -1e-3; step < 2e-3; step += 2e-3) {
            memcpy(other, in, mask_count(n) * sizeof *in);
            other[mask] += step;
            assert_true(distance(other, point_in, point_out, n, image, quotient, beta) >= least);
        }
    free(memory);
}

TEST(the_nearest_point_is_found) {
    for (int n = 1; n <= 7; n++)
        for (double quotient = 0.01; quotient < 200; quotient *= 100) {
            graph_t graph = rotations_subset_sums(1.3);
            check(&graph, n, zeta_transform, quotient, 1.3);
            graph = rotations_or_to_and();
            check(&graph, n, or_to_and, quotient, 1);
        }
}

int main(void) {
    return run_all(NULL, NULL);
}
