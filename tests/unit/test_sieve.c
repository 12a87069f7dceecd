/* stats/sieve: pairs of all orders against sorting, for many kinds of numbers; samples that mislead are noticed. */
#include "stats/sieve.h"

#include "lattice/indices.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LEAST = 13, MOST = 17 };

static uint64_t splitmix(uint64_t *seed) {
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Of either sign, where that makes a difference. */
static double number(int kind, mask_t mask, uint64_t *seed) {
    double unit = (double)(splitmix(seed) >> 11) * 0x1p-53;
    switch (kind) {
    case 0:
        return unit - 0.5;
    case 1: /* heavy ties */
        return floor(4 * unit);
    case 2: /* all equal */
        return -0.3;
    case 3: /* zeros in just half of the masks: the median lies at their edge */
        return mask & 1 ? 0 : unit;
    case 4: /* denormals */
        return 5e-324 * floor(1000 * unit);
    case 5: /* any exponent */
        return ldexp(1 + unit, (int)(splitmix(seed) % 2000) - 1070);
    case 6: /* nearly all the same */
        return unit < 0.01 ? unit : 1;
    case 7: /* ties at each quartile and none between */
        return unit < 0.6 ? floor(5 * unit) / 4 : unit;
    default: /* rises with the mask */
        return (double)mask;
    }
}

enum { KINDS = 9 };

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void set_ranks(int n, mask_t ranks[][SIEVE_RANKS]) {
    for (int order = 0; order <= n; order++) {
        mask_t count = (mask_t)indices_choose(n, order);
        for (mask_t r = 0; r < SIEVE_RANKS; r++)
            ranks[order][r] = (count - 1) * (r + 1) / 4;
    }
}

static sieve_state_t read_row(sieve_t *sieve, const double *x, int n, int *readings) {
    mask_t ranks[PLAYERS_MAX + 1][SIEVE_RANKS];
    sieve_state_t state;
    set_ranks(n, ranks);
    sieve_begin(sieve, n, (const mask_t(*)[SIEVE_RANKS])ranks);
    *readings = 0;
    do {
        ++*readings;
        for (mask_t first = 0; first < mask_count(n); first += row_leaf_masks(n))
            sieve_leaf(sieve, first, x + first);
        state = sieve_again(sieve);
    } while (state == SIEVE_AGAIN);
    return state;
}

static void check_pairs(const sieve_t *sieve, const double *x, int n, double *sorted) {
    mask_t ranks[PLAYERS_MAX + 1][SIEVE_RANKS];
    set_ranks(n, ranks);
    for (int order = 0; order <= n; order++) {
        size_t count = 0;
        for (mask_t mask = 0; mask < mask_count(n); mask++)
            if (mask_order(mask) == order)
                sorted[count++] = fabs(x[mask]);
        qsort(sorted, count, sizeof *sorted, compare);
        for (int r = 0; r < SIEVE_RANKS; r++) {
            size_t rank = ranks[order][r], next = rank + 1 < count ? rank + 1 : rank;
            assert_true(sieve_pair(sieve, order, r)[0] == sorted[rank]);
            assert_true(sieve_pair(sieve, order, r)[1] == sorted[next]);
        }
    }
}

typedef struct {
    sieve_t *sieve;
    double *x, *sorted;
} bench_t;

static int set_up(void **state) {
    static bench_t bench;
    failure_t why;
    bench.x = malloc(mask_count(MOST) * sizeof(double));
    bench.sorted = malloc(mask_count(MOST) * sizeof(double));
    *state = &bench;
    return !bench.x || !bench.sorted || sieve_create(MOST, &bench.sieve, &why) != STATUS_OK;
}

static int tear_down(void **state) {
    bench_t *bench = *state;
    sieve_destroy(&bench->sieve);
    free(bench->x);
    free(bench->sorted);
    return 0;
}

/* One sieve for all rows: nothing is left over from row to row. */
static void finds_what_sorting_finds(void **state) {
    bench_t *bench = *state;
    for (int kind = 0; kind < KINDS; kind++)
        for (int n = MOST; n >= LEAST; n--) {
            uint64_t seed = (uint64_t)(100 * kind + n);
            int readings;
            for (mask_t mask = 0; mask < mask_count(n); mask++)
                bench->x[mask] = number(kind, mask, &seed);
            assert_int_equal(read_row(bench->sieve, bench->x, n, &readings), SIEVE_FOUND);
            assert_int_equal(readings, 2);
            check_pairs(bench->sieve, bench->x, n, bench->sorted);
        }
}

/* With a pool for 13 players, rows of that many do not fit: what is kept of them is another sample. */
static void thins_out_what_does_not_fit(void **state) {
    bench_t *bench = *state;
    failure_t why;
    sieve_t *small = NULL;
    assert_int_equal(sieve_create(LEAST, &small, &why), STATUS_OK);
    int most_readings = 0;
    for (int kind = 0; kind < KINDS; kind++) {
        uint64_t seed = (uint64_t)kind;
        int readings;
        for (mask_t mask = 0; mask < mask_count(LEAST); mask++)
            bench->x[mask] = number(kind, mask, &seed);
        if (read_row(small, bench->x, LEAST, &readings) == SIEVE_FOUND)
            check_pairs(small, bench->x, LEAST, bench->sorted);
        most_readings = readings > most_readings ? readings : most_readings;
    }
    assert_true(most_readings > 2);
    sieve_destroy(&small);
}

/* Sampled masks are smaller than all others, or larger, or just more of them at one end. */
static void notices_when_it_was_misled(void **state) {
    bench_t *bench = *state;
    for (int kind = 0; kind < 3; kind++)
        for (int n = LEAST; n <= MOST; n++) {
            uint64_t seed = (uint64_t)n;
            int readings;
            for (mask_t mask = 0; mask < mask_count(n); mask++)
                bench->x[mask] = 10 + number(0, mask, &seed);
            for (mask_t block = 0; block < mask_count(n - sieve_block_bits(n)); block++)
                if (kind < 2 || block % 2)
                    bench->x[sieve_sampled(n, block)] = kind ? 20 + number(0, block, &seed) : number(0, block, &seed);
            assert_int_equal(read_row(bench->sieve, bench->x, n, &readings), SIEVE_MISSED);
        }
}

static void samples_one_mask_of_each_block(void **state) {
    (void)state;
    for (int n = LEAST; n <= PLAYERS_MAX; n++)
        for (mask_t block = 0; block < 1000 && block < mask_count(n - sieve_block_bits(n)); block++)
            assert_true(sieve_sampled(n, block) >> sieve_block_bits(n) == block);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_sorting_finds),
        cmocka_unit_test(thins_out_what_does_not_fit),
        cmocka_unit_test(notices_when_it_was_misled),
        cmocka_unit_test(samples_one_mask_of_each_block),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
