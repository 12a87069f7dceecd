/* stats/strongest: the same as sorting the whole row, for any number wanted, with ties, and reading one leaf at a time.
 */
#include "stats/strongest.h"
#include "support/test.h"

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

static void same_as_sorting(void **state) {
    static const size_t MOST[] = {0, 1, 2, 3, 10, 64, 100, 5000};
    for (int n = 1; n <= 14; n++)
        for (size_t i = 0; i < sizeof MOST / sizeof *MOST; i++) {
            check(n, 1, MOST[i]);
            check(n, 5, MOST[i]);
            check(n, 1000000, MOST[i]);
        }
}

static status_t broken_read(void *self, mask_t first, const double **leaf, failure_t *why) {
    static const double LEAF[1 << LEAF_BITS] = {0};
    *leaf = LEAF;
    return first == 0 ? STATUS_OK : failed(why, STATUS_INPUT, "cut");
}

static void failures_pass_through(void **state) {
    interaction_t found[3];
    size_t count;
    failure_t why;
    row_source_t source = {.n = 13, .read = broken_read};
    assert_int_equal(strongest_find(source, 3, found, &count, &why), STATUS_INPUT);
    assert_string_equal(why.text, "cut");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_as_sorting),
        cmocka_unit_test(failures_pass_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
