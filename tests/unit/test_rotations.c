/* solve/rotations: butterflies against dense Kronecker powers, and singular vectors against what defines them. */
#include "solve/rotations.h"

#include "support/test.h"

typedef struct {
    double at[2][2]; /* [result][argument] */
} small_t;

/* The Kronecker power of k times x, entry by entry. */
static void dense(const small_t *k, const double *x, double *out, int n) {
    for (mask_t row = 0; row < mask_count(n); row++) {
        out[row] = 0;
        for (mask_t column = 0; column < mask_count(n); column++) {
            double entry = 1;
            for (int bit = 0; bit < n; bit++)
                entry *= k->at[row >> bit & 1][column >> bit & 1];
            out[row] += entry * x[column];
        }
    }
}

static void assert_near(const double *a, const double *b, int n, double within) {
    for (mask_t mask = 0; mask < mask_count(n); mask++)
        assert_within(a[mask], b[mask], within);
}

TEST(butterflies_are_kronecker_powers) {
    const small_t k = {{{1, 0.3}, {-0.7, 1}}};
    for (int n = 0; n <= 10; n++) {
        double *x = random_numbers(mask_count(n), 1), *wanted = new_numbers(mask_count(n));
        dense(&k, x, wanted, n);
        rotations_apply((butterfly_t){.up = 0.3, .down = -0.7}, x, n);
        assert_near(x, wanted, n, 1e-12);
        free(x);
        free(wanted);
    }
}

/* Blocks and passes change no bit. */
TEST(bits_are_those_of_the_plain_loop) {
    for (int n = 0; n <= 17; n++) {
        double *x = random_numbers(mask_count(n), 2), *plain = random_numbers(mask_count(n), 2);
        rotations_apply((butterfly_t){.up = 0.3, .down = -0.7}, x, n);
        for (int bit = 0; bit < n; bit++)
            for (mask_t mask = 0; mask < mask_count(n); mask++)
                if (mask >> bit & 1) {
                    double *low = plain + (mask ^ (mask_t)1 << bit), u = *low, v = plain[mask];
                    *low = u + 0.3 * v;
                    plain[mask] = v - 0.7 * u;
                }
        assert_memory_equal(x, plain, mask_count(n) * sizeof *x);
        free(x);
        free(plain);
    }
}

TEST(sums_follow_their_definitions) {
    enum { N = 6, MASKS = 1 << N };
    double *x = random_numbers(MASKS, 3), up[MASKS], apart[MASKS];
    memcpy(up, x, sizeof up);
    memcpy(apart, x, sizeof apart);
    rotations_superset_sums(up, N);
    rotations_disjoint_sums(apart, N);
    for (mask_t s = 0; s < MASKS; s++) {
        double supersets = 0, disjoint = 0;
        for (mask_t t = 0; t < MASKS; t++) {
            supersets += (t & s) == s ? x[t] : 0;
            disjoint += (t & s) == 0 ? x[t] : 0;
        }
        assert_within(up[s], supersets, 1e-13);
        assert_within(apart[s], disjoint, 1e-13);
    }
    rotations_superset_moebius(up, N);
    assert_near(up, x, N, 1e-13);
    free(x);
}

static void apply_scaled(const factored_t *factored, bool diagonal_first, double *x, int n) {
    double by_order[SOLVE_PLAYERS_MOST + 1];
    orders_t orders;
    rotations_scale(factored, n, by_order);
    arrays_by_order(&orders, n, by_order);
    if (diagonal_first)
        arrays_weigh(x, arrays_cells(n), &orders);
    rotations_apply(factored->butterfly, x, n);
    if (!diagonal_first)
        arrays_weigh(x, arrays_cells(n), &orders);
}

/* to_out K from_in is diag(sigma); the weighted lengths of vectors are kept; from_ undoes to_. */
static void check_graph(const graph_t *graph, const small_t *k, double beta, int n) {
    size_t cells = arrays_cells(n);
    double *x = arrays_new(n, 4), *in = x + cells, *out = in + cells, *image = out + cells;
    uint64_t seed = 5;
    for (mask_t mask = 0; mask < mask_count(n); mask++)
        x[mask] = in[mask] = random_signed(&seed);
    apply_scaled(&graph->from_in, true, in, n);
    assert_within(arrays_squares(in, cells), arrays_squares(x, cells), 1e-12);
    dense(k, in, image, n);
    memcpy(out, image, cells * sizeof *out);
    apply_scaled(&graph->to_out, false, out, n);
    for (mask_t mask = 0; mask < mask_count(n); mask++) {
        int order = mask_order(mask);
        assert_within(out[mask], arrays_power(graph->absent, n - order) * arrays_power(graph->present, order) * x[mask],
                      1e-11);
    }
    double length = 0;
    for (mask_t mask = 0; mask < mask_count(n); mask++)
        length += image[mask] * image[mask] * pow(beta, -mask_order(mask));
    assert_within(arrays_squares(out, cells), length, 1e-10);
    apply_scaled(&graph->from_out, true, out, n);
    assert_near(out, image, n, 1e-11);
    apply_scaled(&graph->to_in, false, in, n);
    assert_near(in, x, n, 1e-12);
    free(x);
}

TEST(singular_vectors_diagonalise) {
    const small_t sums = {{{1, 0}, {1, 1}}}, or_to_and = {{{1, 1}, {0, -1}}};
    for (int n = 1; n <= 7; n++) {
        graph_t graph = rotations_subset_sums(1.3);
        check_graph(&graph, &sums, 1.3, n);
        graph = rotations_subset_sums(1);
        check_graph(&graph, &sums, 1, n);
        graph = rotations_or_to_and();
        check_graph(&graph, &or_to_and, 1, n);
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
