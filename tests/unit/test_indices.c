/* lattice/indices: against the definitions by marginal contributions, which know nothing of dividends; against plain
 * sums over supersets; and against values from elsewhere. */
#include "lattice/indices.h"

#include "lattice/moebius.h"
#include "support/test.h"

enum { BIG = 16 };
static const double UNTOUCHED = -12345.0;

/* All indices of a game of n players in arrays of pitch `pitch`. */
typedef struct {
    size_t n, pitch;
    double *memory, *shapley, *banzhaf, *sii2, *stii2, *bii2, *multi_order;
} result_t;

static result_t new_result(size_t n, size_t pitch) {
    size_t pairs = pitch * pitch, doubles = 2 * pitch + (3 + pitch) * pairs;
    result_t r = {.n = n, .pitch = pitch, .memory = new_numbers(doubles)};
    for (size_t i = 0; i < doubles; i++)
        r.memory[i] = UNTOUCHED;
    r.shapley = r.memory;
    r.banzhaf = r.shapley + pitch;
    r.sii2 = r.banzhaf + pitch;
    r.stii2 = r.sii2 + pairs;
    r.bii2 = r.stii2 + pairs;
    r.multi_order = r.bii2 + pairs;
    return r;
}

static void compute(const double *interactions, int n, result_t *r) {
    failure_t why;
    indices_out_t out = {r->pitch, r->shapley, r->banzhaf, r->sii2, r->stii2, r->bii2, r->multi_order};
    assert_int_equal(indices_compute(row_in_memory(interactions, n), &out, &why), STATUS_OK);
}

static double *transformed(const double *v, int n) {
    double *a = new_numbers(mask_count(n));
    memcpy(a, v, mask_count(n) * sizeof *a);
    moebius_transform(a, n);
    return a;
}

static double factorial(int k) {
    return k < 2 ? 1 : k * factorial(k - 1);
}

/* Marginal contribution of i to T, and of the pair (i, j) to T. */
static double gain(const double *v, mask_t t, mask_t i) {
    return v[t | i] - v[t];
}

static double pair_gain(const double *v, mask_t t, mask_t i, mask_t j) {
    return v[t | i | j] - v[t | i] - v[t | j] + v[t];
}

static void check_player(const double *v, int n, int player, const result_t *r) {
    mask_t i = (mask_t)1 << player;
    double shapley = 0, banzhaf = 0;
    for (mask_t t = 0; t < mask_count(n); t++)
        if (!(t & i)) {
            int k = mask_order(t);
            shapley += factorial(k) * factorial(n - k - 1) / factorial(n) * gain(v, t, i);
            banzhaf += ldexp(gain(v, t, i), 1 - n);
        }
    size_t at = (size_t)player * r->pitch + (size_t)player;
    assert_within(r->shapley[player], shapley, 1e-11);
    assert_within(r->banzhaf[player], banzhaf, 1e-11);
    assert_true(r->sii2[at] == r->shapley[player]);
    assert_true(r->bii2[at] == r->banzhaf[player]);
    assert_true(r->stii2[at] == gain(v, 0, i));
}

static void check_pair(const double *v, int n, int a, int b, const result_t *r) {
    mask_t i = (mask_t)1 << a, j = (mask_t)1 << b;
    double sii = 0, stii = 0, bii = 0, multi[BIG] = {0};
    for (mask_t t = 0; t < mask_count(n); t++)
        if (!(t & (i | j))) {
            int k = mask_order(t);
            double d = pair_gain(v, t, i, j);
            sii += factorial(k) * factorial(n - k - 2) / factorial(n - 1) * d;
            stii += 2.0 / n / indices_choose(n - 1, k) * d;
            bii += ldexp(d, 2 - n);
            multi[k] += d / indices_choose(n - 2, k);
        }
    size_t at = (size_t)a * r->pitch + (size_t)b, slice = r->pitch * r->pitch;
    assert_within(r->sii2[at], sii, 1e-11);
    assert_within(r->stii2[at], stii, 1e-11);
    assert_within(r->bii2[at], bii, 1e-11);
    for (size_t m = 0; m + 1 < (size_t)n; m++)
        assert_within(r->multi_order[m * slice + at], multi[m], 1e-11);
}

TEST(are_those_of_marginal_contributions) {
    for (int n = 1; n <= 10; n++) {
        double *v = random_numbers(mask_count(n), (uint64_t)n), *a = transformed(v, n);
        result_t r = new_result((size_t)n, (size_t)n + 2);
        compute(a, n, &r);
        for (int i = 0; i < n; i++) {
            check_player(v, n, i, &r);
            for (int j = 0; j < n; j++)
                if (i != j)
                    check_pair(v, n, i, j, &r);
        }
        free(v);
        free(a);
        free(r.memory);
    }
}

/* Rows of several leaves: sums over supersets, literally. */
TEST(long_rows_are_sums_over_supersets) {
    for (int n = 11; n <= BIG; n++) {
        double *a = random_numbers(mask_count(n), 100 + (uint64_t)n), within = 1e-13 * (double)mask_count(n);
        result_t r = new_result((size_t)n, (size_t)n);
        compute(a, n, &r);
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++) {
                mask_t both = (mask_t)1 << i | (mask_t)1 << j;
                double shapley = 0, banzhaf = 0, sii = 0, stii = 0;
                for (mask_t s = both; s < mask_count(n); s = (s + 1) | both) {
                    int k = mask_order(s);
                    shapley += a[s] / k;
                    banzhaf += ldexp(a[s], 1 - k);
                    sii += a[s] / (k - 1.0);
                    stii += a[s] / (k * (k - 1) / 2.0);
                }
                size_t at = (size_t)(i * n + j), across = (size_t)(j * n + i);
                assert_within(i == j ? r.shapley[i] : r.sii2[at], i == j ? shapley : sii, within);
                assert_within(i == j ? r.banzhaf[i] : r.bii2[at] / 2, banzhaf, within);
                assert_within(r.stii2[at], i == j ? a[both] : stii, within);
                assert_true(r.sii2[at] == r.sii2[across] && r.bii2[at] == r.bii2[across]);
                assert_true(r.stii2[at] == r.stii2[across]);
            }
        free(a);
        free(r.memory);
    }
}

/* Averaged over all m, the multi-order index is Shapley's interaction index. */
TEST(orders_average_to_shapley_interactions) {
    for (int n = 2; n <= 14; n++) {
        double *v = random_numbers(mask_count(n), 7), *a = transformed(v, n);
        result_t r = new_result((size_t)n, (size_t)n);
        compute(a, n, &r);
        for (size_t at = 0; at < (size_t)(n * n); at++) {
            double mean = 0;
            for (size_t m = 0; m + 1 < (size_t)n; m++)
                mean += r.multi_order[m * (size_t)(n * n) + at] / (n - 1);
            if (at % (size_t)(n + 1) == 0)
                assert_true(isnan(mean));
            else
                assert_within(mean, r.sii2[at], 1e-10);
        }
        free(v);
        free(a);
        free(r.memory);
    }
}

/* Elements beyond n, and arrays that are not wanted, are left alone. */
TEST(only_wanted_elements_are_written) {
    enum { n = 4, pitch = 7 };
    double *a = random_numbers(mask_count(n), 9);
    result_t r = new_result(n, pitch);
    indices_out_t out = {pitch, r.shapley, r.banzhaf, r.sii2, NULL, NULL, NULL};
    failure_t why;
    assert_int_equal(indices_compute(row_in_memory(a, n), &out, &why), STATUS_OK);
    for (size_t i = 0; i < pitch; i++) {
        assert_int_equal(r.shapley[i] == UNTOUCHED, i >= n);
        assert_int_equal(r.banzhaf[i] == UNTOUCHED, i >= n);
        for (size_t j = 0; j < pitch; j++)
            assert_int_equal(r.sii2[i * pitch + j] == UNTOUCHED, i >= n || j >= n);
    }
    for (double *p = r.stii2; p < r.multi_order + pitch * pitch; p++)
        assert_true(*p == UNTOUCHED);
    free(a);
    free(r.memory);
}

/* From the tests of CoopGame. Order of values: 1, 2, 3, 12, 13, 23, 123. The second is the glove game. */
TEST(known_shapley_values) {
    const double games[][7] = {{2, 4, 5, 18, 14, 9, 24}, {0, 0, 0, 1, 1, 0, 1}};
    const double known[][3] = {{9.5, 8, 6.5}, {2.0 / 3, 1.0 / 6, 1.0 / 6}};
    const mask_t masks[7] = {1, 2, 4, 3, 5, 6, 7};
    for (size_t g = 0; g < 2; g++) {
        double a[8] = {0};
        for (int i = 0; i < 7; i++)
            a[masks[i]] = games[g][i];
        moebius_transform(a, 3);
        result_t r = new_result(3, 3);
        compute(a, 3, &r);
        for (int i = 0; i < 3; i++)
            assert_within(r.shapley[i], known[g][i], 1e-14);
        free(r.memory);
    }
}

/* The five-player game of shapiq's tests; its indices follow by hand from six dividends. */
TEST(known_five_player_game) {
    double a[32] = {0};
    a[0x02] = .2, a[0x04] = -.1, a[0x08] = -.9, a[0x03] = .4, a[0x0a] = .3, a[0x14] = 1;
    const double shapley[5] = {.2, .2 + .2 + .15, -.1 + .5, -.9 + .15, .5};
    result_t r = new_result(5, 5);
    compute(a, 5, &r);
    for (int i = 0; i < 5; i++) {
        assert_within(r.shapley[i], shapley[i], 1e-15);
        assert_within(r.banzhaf[i], shapley[i], 1e-15); /* the same: no dividend above order 2 */
        for (int j = 0; j < i; j++) {
            double pair = a[1 << i | 1 << j];
            assert_true(r.sii2[i * 5 + j] == pair && r.stii2[i * 5 + j] == pair && r.bii2[i * 5 + j] == pair);
        }
    }
    free(r.memory);
}

static status_t read_fails(void *self, mask_t first, const double **leaf, failure_t *why) {
    static const double zeros[1 << LEAF_BITS];
    *leaf = zeros;
    return first < *(mask_t *)self ? STATUS_OK : failed(why, STATUS_INTERNAL, "the disk is gone");
}

TEST(a_row_that_cannot_be_read_is_reported) {
    mask_t from = 2 << LEAF_BITS;
    row_source_t row = {.n = 14, .read = read_fails, .self = &from};
    result_t r = new_result(14, 14);
    indices_out_t out = {14, r.shapley, r.banzhaf, r.sii2, NULL, NULL, NULL};
    failure_t why;
    assert_int_equal(indices_compute(row, &out, &why), STATUS_INTERNAL);
    assert_string_equal(why.text, "the disk is gone");
    free(r.memory);
}

/* Pascal's triangle. */
TEST(binomials_are_exact) {
    double row[PLAYERS_MAX + 2] = {1};
    for (int n = 0; n <= PLAYERS_MAX; n++) {
        for (int k = 0; k <= n; k++)
            assert_true(indices_choose(n, k) == row[k]);
        assert_true(indices_choose(n, -1) == 0 && indices_choose(n, n + 1) == 0);
        for (int k = n + 1; k > 0; k--)
            row[k] += row[k - 1];
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
