/* A held row has the numbers of its source, which is read once. */
#include "lattice/row.h"
#include "support/test.h"

typedef struct {
    row_source_t row;
    int reads;
    bool broken;
} counted_t;

static status_t read_counted(void *self, mask_t first, const double **leaf, failure_t *why) {
    counted_t *counted = self;
    counted->reads++;
    return counted->broken ? failed(why, STATUS_INPUT, "broken")
                           : counted->row.read(counted->row.self, first, leaf, why);
}

TEST(rows_are_read_once) {
    row_buffer_t held = {0};
    row_source_t out;
    failure_t why;
    static const int PLAYERS[] = {3, 14, 12, 13, 1};
    for (size_t i = 0; i < sizeof PLAYERS / sizeof *PLAYERS; i++) {
        int n = PLAYERS[i];
        double *numbers = malloc(mask_count(n) * sizeof *numbers);
        for (mask_t s = 0; s < mask_count(n); s++)
            numbers[s] = (double)s * 3 + n;
        row_source_t row = row_in_memory(numbers, n);
        counted_t counted = {.row = row};
        assert_int_equal(row_buffer_take(&held, (row_source_t){n, read_counted, &counted}, &out, &why), STATUS_OK);
        assert_int_equal(out.n, n);
        int reads = counted.reads;
        assert_int_equal(reads, mask_count(n) / row_leaf_masks(n));
        for (int again = 0; again < 2; again++)
            for (mask_t first = 0; first < mask_count(n); first += row_leaf_masks(n)) {
                const double *leaf;
                assert_int_equal(out.read(out.self, first, &leaf, &why), STATUS_OK);
                assert_memory_equal(leaf, numbers + first, row_leaf_masks(n) * sizeof *leaf);
            }
        assert_int_equal(counted.reads, reads);
        free(numbers);
    }
    row_buffer_free(&held);
}

TEST(long_rows_are_passed_through) {
    row_buffer_t held = {0};
    counted_t counted = {0};
    row_source_t out;
    failure_t why;
    row_source_t from = {ROW_BUFFER_BITS + 1, read_counted, &counted};
    assert_int_equal(row_buffer_take(&held, from, &out, &why), STATUS_OK);
    assert_ptr_equal(out.self, &counted);
    assert_int_equal(counted.reads, 0);
    assert_null(held.row);
}

TEST(a_failure_is_passed_on) {
    row_buffer_t held = {0};
    counted_t counted = {.broken = true};
    row_source_t out;
    failure_t why;
    assert_int_equal(row_buffer_take(&held, (row_source_t){4, read_counted, &counted}, &out, &why), STATUS_INPUT);
    row_buffer_free(&held);
}

TEST(what_is_not_finite_is_found_wherever_it_is) {
    double numbers[37];
    for (size_t count = 0; count <= 37; count++) {
        for (size_t i = 0; i < 37; i++)
            numbers[i] = i % 2 ? -1e308 : 5e-324;
        assert_true(row_leaf_is_finite(numbers, count));
        for (size_t i = 0; i < count; i++) {
            double was = numbers[i];
            const double wrong[] = {INFINITY, -INFINITY, NAN};
            numbers[i] = wrong[i % 3];
            assert_false(row_leaf_is_finite(numbers, count));
            numbers[i] = was;
        }
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
