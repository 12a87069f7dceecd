/* stats/sort: many kinds of numbers, all and by ranks, against qsort; the strongest interactions of rows. */
#include "stats/sort.h"
#include "support/test.h"

enum { MOST = 5000, RANKS = 3 };

/* Kinds of numbers that sorting may stumble over. */
static double uniform(size_t i, uint64_t *seed) {
    return random_unit(seed);
}

static double all_equal(size_t i, uint64_t *seed) {
    (void)i, (void)seed;
    return 0.3;
}

static double all_zero(size_t i, uint64_t *seed) {
    (void)i, (void)seed;
    return 0;
}

static double two_values(size_t i, uint64_t *seed) {
    return random_word(seed) % 2 ? 1 : 2;
}

static double few_values(size_t i, uint64_t *seed) {
    return (double)(random_word(seed) % 7);
}

static double one_outlier(size_t i, uint64_t *seed) {
    return i == 3 ? 0 : 1 + uniform(i, seed) * 1e-12;
}

static double any_exponent(size_t i, uint64_t *seed) {
    return ldexp(1 + uniform(i, seed), (int)(random_word(seed) % 2000) - 1070);
}

static double ascending(size_t i, uint64_t *seed) {
    return (double)i;
}

/* Most numbers crowd ever closer to 1: nearly all are equal in the end. */
static double crowded(size_t i, uint64_t *seed) {
    return i < 60 ? 1 + ldexp(1, -(int)i) : 1;
}

static double mostly_zero(size_t i, uint64_t *seed) {
    return random_word(seed) % 10 ? 0 : (double)random_word(seed);
}

static double (*const KINDS[])(size_t, uint64_t *) = {uniform,     all_equal,    all_zero,  two_values, few_values,
                                                      one_outlier, any_exponent, ascending, crowded,    mostly_zero};
enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS };

static void check_ranks(const double *x, const double *sorted, size_t count, const size_t ranks[RANKS]) {
    static double reordered[MOST];
    double found[RANKS];
    memcpy(reordered, x, count * sizeof *x);
    sort_ranks(reordered, count, ranks, RANKS, found);
    for (int r = 0; r < RANKS; r++)
        assert_true(found[r] == sorted[ranks[r]]);
}

static void check_all(const double *x, const double *sorted, size_t count) {
    static double all[MOST];
    memcpy(all, x, count * sizeof *x);
    sort_all(all, count);
    assert_memory_equal(all, sorted, count * sizeof *sorted);
}

TEST(finds_what_qsort_finds) {
    static double x[MOST], sorted[MOST];
    for (int kind = 0; kind < KIND_COUNT; kind++)
        for (size_t count = 1; count <= MOST; count += 1 + count / 3) {
            uint64_t seed = count;
            for (size_t i = 0; i < count; i++)
                x[i] = KINDS[kind](i, &seed);
            memcpy(sorted, x, count * sizeof *x);
            qsort(sorted, count, sizeof *sorted, by_size);
            check_all(x, sorted, count);
            check_ranks(x, sorted, count, (size_t[]){(count - 1) / 4, (count - 1) / 2, (count - 1) * 3 / 4});
            check_ranks(x, sorted, count, (size_t[]){0, 0, count - 1});
            for (int k = 0; k < 20; k++) {
                size_t rank = random_word(&seed) % count, next = rank + 1 < count ? rank + 1 : rank;
                check_ranks(x, sorted, count, (size_t[]){rank, next, count - 1});
            }
        }
}

static int by_strength(const void *a, const void *b) {
    const interaction_t *x = a, *y = b;
    double of_x = fabs(x->effect), of_y = fabs(y->effect);
    if (of_x != of_y)
        return of_x > of_y ? -1 : 1;
    return x->mask < y->mask ? -1 : x->mask > y->mask;
}

/* A row of whole numbers from -levels to levels: the fewer levels, the more ties. */
static double *make_row(int n, unsigned levels) {
    double *row = malloc(mask_count(n) * sizeof *row);
    uint64_t seed = levels;
    for (mask_t s = 0; s < mask_count(n); s++)
        row[s] = trunc(random_signed(&seed) * levels);
    row[0] = 10.0 * levels; /* the empty set would be first, if it took part */
    return row;
}

static void check(int n, unsigned levels, size_t most) {
    double *row = make_row(n, levels);
    size_t sets = (size_t)mask_count(n) - 1, count = 0, expected_count = most < sets ? most : sets;
    interaction_t *expected = malloc(sets * sizeof *expected), *found = malloc((most + 1) * sizeof *found);
    failure_t why;
    for (mask_t s = 1; s < mask_count(n); s++)
        expected[s - 1] = (interaction_t){s, row[s]};
    qsort(expected, sets, sizeof *expected, by_strength);
    found[most].mask = 12345; /* must stay */
    assert_int_equal(strongest_find(row_in_memory(row, n), most, found, &count, &why), STATUS_OK);
    assert_int_equal(count, expected_count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(found[i].mask, expected[i].mask);
        assert_true(found[i].effect == expected[i].effect);
    }
    assert_int_equal(found[most].mask, 12345);
    free(row);
    free(expected);
    free(found);
}

TEST(same_as_sorting) {
    static const size_t COUNTS[] = {0, 1, 2, 3, 10, 64, 100, 5000};
    for (int n = 1; n <= 14; n++)
        for (size_t i = 0; i < sizeof COUNTS / sizeof *COUNTS; i++) {
            check(n, 1, COUNTS[i]);
            check(n, 5, COUNTS[i]);
            check(n, 1000000, COUNTS[i]);
        }
}

static status_t broken_read(void *self, mask_t first, const double **leaf, failure_t *why) {
    static const double LEAF[1 << LEAF_BITS] = {0};
    (void)self;
    *leaf = LEAF;
    return first == 0 ? STATUS_OK : failed(why, STATUS_INPUT, "cut");
}

TEST(failures_pass_through) {
    interaction_t found[3];
    size_t count;
    failure_t why;
    row_source_t source = {.n = 13, .read = broken_read};
    assert_int_equal(strongest_find(source, 3, found, &count, &why), STATUS_INPUT);
    assert_string_equal(why.text, "cut");
}

int main(void) {
    return run_all(NULL, NULL);
}
