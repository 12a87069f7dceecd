/* lattice/supersets: against the definitions by discrete derivatives of v and by permutations, which know nothing of
 * dividends; against the indices of players and pairs; and identities. */

#include "lattice/indices.h"
#include "lattice/moebius.h"
#include "support/test.h"

enum { SMALL = 7, LONG = 15 };

static void random_row(int n, uint64_t seed, double *row) {
    for (mask_t mask = 0; mask < mask_count(n); mask++)
        row[mask] = random_signed(&seed);
}

/* v and its dividends a, [2^n] each. */
static void random_game(int n, uint64_t seed, double *v, double *a) {
    random_row(n, seed, v);
    memcpy(a, v, mask_count(n) * sizeof *a);
    moebius_transform(a, n);
}

static double factorial(int k) {
    return k < 2 ? 1 : k * factorial(k - 1);
}

/* The discrete derivative of v by t at s: sum over l subset of t of (-1)^(|t|-|l|) v(s + l). */
static double derivative(const double *v, mask_t t, mask_t s) {
    double sum = 0;
    for (mask_t l = 0; l <= t; l++)
        if ((l & ~t) == 0)
            sum += (mask_order(t) - mask_order(l)) % 2 ? -v[s | l] : v[s | l];
    return sum;
}

static void sums_of(const double *a, int n, mask_t t, double *sums) {
    failure_t why;
    assert_int_equal(supersets_sum(row_in_memory(a, n), t, sums, &why), STATUS_OK);
}

static void check_derivatives(const double *v, const double *a, int n, mask_t set) {
    int t = mask_order(set);
    double sums[SMALL + 1], sii = 0, bii = 0, stii = 0, multi[SMALL] = {0};
    sums_of(a, n, set, sums);
    for (mask_t s = 0; s < mask_count(n); s++)
        if (!(s & set)) {
            int k = mask_order(s);
            double d = derivative(v, set, s);
            sii += factorial(n - k - t) * factorial(k) / factorial(n - t + 1) * d;
            bii += ldexp(d, t - n);
            stii += (double)t / n * factorial(k) * factorial(n - 1 - k) / factorial(n - 1) * d;
            multi[k] += factorial(k) * factorial(n - t - k) / factorial(n - t) * d;
        }
    assert_within(supersets_sii(sums, n, t), sii, 1e-12);
    assert_within(supersets_bii(sums, n, t), bii, 1e-12);
    assert_within(supersets_stii(sums, n, t), stii, 1e-12);
    for (int m = 0; m <= n - t; m++)
        assert_within(supersets_multi_order(sums, n, t, m), multi[m], 1e-12);
    assert_true(sums[t] == a[set]);
    for (int s = 0; s < t; s++)
        assert_true(sums[s] == 0);
}

TEST(are_sums_of_discrete_derivatives) {
    for (int n = 1; n <= SMALL; n++) {
        double v[1 << SMALL], a[1 << SMALL];
        random_game(n, (uint64_t)n, v, a);
        for (mask_t set = 1; set < mask_count(n); set++)
            check_derivatives(v, a, n, set);
    }
}

typedef struct {
    double shapley[LONG], banzhaf[LONG], sii2[LONG * LONG], stii2[LONG * LONG], bii2[LONG * LONG];
    double multi_order[(LONG - 1) * LONG * LONG];
} stored_t;

static void check_pair(const double *a, int n, int i, int j, const stored_t *stored) {
    int t = i == j ? 1 : 2;
    size_t at = (size_t)(i * n + j);
    double sums[LONG + 1], within = 1e-13 * (double)mask_count(n);
    sums_of(a, n, (mask_t)1 << i | (mask_t)1 << j, sums);
    assert_within(supersets_sii(sums, n, t), stored->sii2[at], within);
    assert_within(supersets_bii(sums, n, t), stored->bii2[at], within);
    assert_within(supersets_stii(sums, n, t), t == 1 ? stored->shapley[i] : stored->stii2[at], within);
    for (int m = 0; t == 2 && m + 2 <= n; m++)
        assert_within(supersets_multi_order(sums, n, 2, m), stored->multi_order[(size_t)(m * n * n) + at], within);
    if (t == 1) {
        assert_within(supersets_sii(sums, n, 1), stored->shapley[i], within);
        assert_within(supersets_bii(sums, n, 1), stored->banzhaf[i], within);
    }
}

/* Rows of one leaf and of several. */
TEST(players_and_pairs_are_those_of_indices_compute) {
    double *a = new_numbers(mask_count(LONG));
    stored_t *stored = malloc(sizeof *stored);
    assert_non_null(stored);
    for (int n = 1; n <= LONG; n += 2) {
        random_row(n, 200 + (uint64_t)n, a);
        indices_out_t out = {(size_t)n,     stored->shapley, stored->banzhaf,    stored->sii2,
                             stored->stii2, stored->bii2,    stored->multi_order};
        failure_t why;
        assert_int_equal(indices_compute(row_in_memory(a, n), &out, &why), STATUS_OK);
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++)
                check_pair(a, n, i, j, stored);
    }
    free(a);
    free(stored);
}

typedef struct {
    const double *row;
    mask_t set, next, reads; /* next: the least first mask that may be asked for */
} watched_t;

static status_t read_watched(void *self, mask_t first, const double **leaf, failure_t *why) {
    watched_t *watched = self;
    assert_true(first >= watched->next);
    assert_true((watched->set & ~first) < (mask_t)1 << LEAF_BITS); /* some set of the leaf holds it */
    watched->next = first + ((mask_t)1 << LEAF_BITS);
    watched->reads++;
    *leaf = watched->row + first;
    return STATUS_OK;
}

/* In mask order, those that matter; every set in them counts once. */
TEST(only_leaves_that_hold_the_set_are_read) {
    const mask_t sets[] = {0x1, 0x803, 0x1000, 0x5001, 0x7000, 0x7fff, 0x2c10};
    double *a = new_numbers(mask_count(LONG));
    random_row(LONG, 3, a);
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        watched_t watched = {.row = a, .set = sets[i]};
        double sums[LONG + 1], expected[LONG + 1] = {0};
        failure_t why;
        row_source_t row = {.n = LONG, .read = read_watched, .self = &watched};
        assert_int_equal(supersets_sum(row, sets[i], sums, &why), STATUS_OK);
        assert_int_equal(watched.reads, 8 >> mask_order(sets[i] >> LEAF_BITS));
        for (mask_t mask = 0; mask < mask_count(LONG); mask++)
            if ((mask & sets[i]) == sets[i])
                expected[mask_order(mask)] += a[mask];
        for (int s = 0; s <= LONG; s++)
            assert_within(sums[s], expected[s], 1e-10);
    }
    free(a);
}

/* What adding up in turn would lose: 1 beside 1e16, within a leaf and across leaves. */
TEST(sums_are_compensated) {
    enum { n = 14 };
    double *a = calloc(mask_count(n), sizeof *a), sums[n + 1];
    assert_non_null(a);
    a[0x3] = 1, a[0x5] = 1e16, a[0x9] = 1, a[0x1001] = -1e16, a[0x2001] = 1;
    sums_of(a, n, 0x1, sums);
    assert_true(sums[2] == 3);
    free(a);
}

static status_t read_fails(void *self, mask_t first, const double **leaf, failure_t *why) {
    return failed(why, STATUS_INTERNAL, "the disk is gone");
}

TEST(a_row_that_cannot_be_read_is_reported) {
    double sums[14];
    failure_t why;
    row_source_t row = {.n = 13, .read = read_fails, .self = NULL};
    assert_int_equal(supersets_sum(row, 1, sums, &why), STATUS_INTERNAL);
    assert_string_equal(why.text, "the disk is gone");
}

int main(void) {
    return run_all(NULL, NULL);
}
