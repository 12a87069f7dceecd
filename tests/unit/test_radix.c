/* stats/radix: ranks of all orders of a row at once, against sorting. */
#include "stats/radix.h"

#include "lattice/indices.h"
#include "support/test.h"

enum { KINDS = 5 };

/* Ordinary numbers, ties, zeros, numbers that differ in the last bits only, and any exponent. */
static double number(int kind, uint64_t *seed) {
    double unit = random_unit(seed);
    switch (kind) {
    case 0:
        return unit;
    case 1:
        return floor(4 * unit);
    case 2:
        return 0;
    case 3:
        return 1 + floor(64 * unit) * 0x1p-52;
    default:
        return ldexp(1 + unit, (int)(random_word(seed) % 2000) - 1070);
    }
}

static int by_number(const void *a, const void *b) {
    mask_t x = *(const mask_t *)a, y = *(const mask_t *)b;
    return x < y ? -1 : x > y;
}

static void sorted_order(const double *x, int n, int order, double *sorted) {
    size_t count = 0;
    for (mask_t mask = 0; mask < mask_count(n); mask++)
        if (mask_order(mask) == order)
            sorted[count++] = fabs(x[mask]);
    qsort(sorted, count, sizeof *sorted, by_size);
}

/* Returns how often the row was read. */
static int check_row(radix_t *radix, const double *x, int n, double *sorted) {
    mask_t ranks[PLAYERS_MAX + 1][RADIX_RANKS];
    uint64_t seed = (uint64_t)n;
    for (int order = 0; order <= n; order++) {
        mask_t count = (mask_t)indices_choose(n, order);
        for (int r = 0; r < RADIX_RANKS; r++)
            ranks[order][r] = r == 0 ? 0 : r == 1 ? count - 1 : random_word(&seed) % count;
        qsort(ranks[order], RADIX_RANKS, sizeof ranks[order][0], by_number);
    }
    int readings = 0;
    radix_begin(radix, n, (const mask_t(*)[RADIX_RANKS])ranks);
    do {
        readings++;
        for (mask_t first = 0; first < mask_count(n); first += row_leaf_masks(n))
            radix_leaf(radix, first, x + first);
    } while (radix_again(radix));
    assert_in_range(readings, 2, RADIX_READINGS);
    for (int order = 0; order <= n; order++) {
        sorted_order(x, n, order, sorted);
        for (int r = 0; r < RADIX_RANKS; r++)
            assert_true(radix_value(radix, order, r) == sorted[ranks[order][r]]);
    }
    return readings;
}

/* Rows of either sign; one radix_t for all of them: nothing is left over from row to row. In rows of 19 players those
 * that share bits do not all fit into memory: a few equal numbers never do, those that differ in the last bits only
 * after all others are read. */
TEST(finds_what_sorting_finds) {
    static const int READINGS[KINDS] = {2, RADIX_READINGS, RADIX_READINGS, RADIX_READINGS, 2};
    enum { MOST = 19 };
    failure_t why;
    radix_t *radix = NULL;
    double *x = new_numbers(mask_count(MOST)), *sorted = new_numbers(mask_count(MOST));
    assert_ok(radix_create(MOST, &radix, &why));
    for (int kind = 0; kind < KINDS; kind++)
        for (int n = MOST; n >= 1; n -= 1 + n / 4) {
            uint64_t seed = (uint64_t)(100 * kind + n);
            for (mask_t mask = 0; mask < mask_count(n); mask++)
                x[mask] = (mask % 3 ? 1 : -1) * number(kind, &seed);
            int readings = check_row(radix, x, n, sorted);
            assert_true(n < MOST || readings == READINGS[kind]);
        }
    radix_destroy(&radix);
    assert_null(radix);
    free(x);
    free(sorted);
}

int main(void) {
    return run_all(NULL, NULL);
}
