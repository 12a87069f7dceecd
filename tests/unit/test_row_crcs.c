/* results/row_crcs: the file has the checksums of its blocks as they would be stored, NaN behind short rows among them,
 * however the rows come. */
#include "base/crc.h"
#include "base/nan.h"
#include "results/row_crcs.h"
#include "support/make_results.h"
#include "support/scratch_path.h"

enum { LONGEST = 13, BITS = 2, SIZE = 1 << BITS, BLOCKS = 1 << (LONGEST - BITS), SAMPLES = 3 };
static const int32_t PLAYERS[SAMPLES] = {LONGEST, 1, 5}; /* more blocks than are written at once; less than one */

/* A stored row: the sample's numbers, then NaN. */
static void make_row(int64_t sample, double row[1 << LONGEST]) {
    for (mask_t s = 0; s < 1 << LONGEST; s++)
        row[s] = s < mask_count(PLAYERS[sample % SAMPLES]) ? made_value(sample, s) : nan_canonical();
}

static void check(const uint32_t *crcs, int64_t sample) {
    static double row[1 << LONGEST];
    make_row(sample, row);
    for (size_t b = 0; b < BLOCKS; b++)
        assert_int_equal(crcs[b], crc32c(0, row + b * SIZE, SIZE * sizeof *row));
}

static void whole_samples(void **state) {
    (void)state;
    static double values[1 << LONGEST], interactions[1 << LONGEST];
    static uint32_t of_values[BLOCKS], of_interactions[BLOCKS];
    failure_t why;
    results_t *results = make_results(path, SAMPLES, PLAYERS, BITS);
    row_crcs_t *crcs = row_crcs_make(results);
    assert_non_null(crcs);
    for (int first = 1; first >= 0; first--) { /* twice, from different samples on */
        row_crcs_begin(crcs, first);
        for (int k = first; k < (first ? SAMPLES : 1); k++) {
            make_row(k, values);
            make_row(k + SAMPLES, interactions);
            assert_int_equal(row_crcs_add(crcs, values, interactions, &why), STATUS_OK);
        }
        assert_int_equal(row_crcs_end(crcs, &why), STATUS_OK);
    }
    for (int k = 0; k < SAMPLES; k++) {
        assert_int_equal(results_read_crcs(results, k, 0, BLOCKS, of_values, of_interactions, &why), STATUS_OK);
        check(of_values, k);
        check(of_interactions, k + SAMPLES);
    }
    row_crcs_free(&crcs);
    assert_null(crcs);
    results_close(&results);
}

/* Ranges of six masks: blocks that lie in one, and such that lie in two. */
static void blocks_of_ranges(void **state) {
    (void)state;
    enum { STEP = 6 };
    static double values[1 << LONGEST];
    static uint32_t of_values[BLOCKS];
    failure_t why;
    results_t *results = make_results(path, SAMPLES, PLAYERS, BITS);
    row_crcs_t *crcs = row_crcs_make(results);
    assert_non_null(crcs);
    for (int k = 0; k < SAMPLES; k++) {
        mask_t masks = mask_count(PLAYERS[k]);
        make_row(k, values);
        for (mask_t first = 0; first < masks; first += STEP) {
            mask_t count = masks - first < STEP ? masks - first : STEP, end = first + count;
            assert_int_equal(results_write_values(results, k, first, count, values + first, &why), STATUS_OK);
            for (mask_t b = first / SIZE; b < (end + (end == masks ? SIZE - 1 : 0)) / SIZE; b++)
                assert_int_equal(row_crcs_write_block(crcs, k, (int64_t)b, first, count, values + first, &why),
                                 STATUS_OK);
        }
        mask_t blocks = (masks + SIZE - 1) / SIZE;
        assert_int_equal(results_read_crcs(results, k, 0, (int64_t)blocks, of_values, NULL, &why), STATUS_OK);
        for (mask_t b = 0; b < blocks; b++)
            assert_int_equal(of_values[b], crc32c(0, values + b * SIZE, SIZE * sizeof *values));
    }
    row_crcs_free(&crcs);
    results_close(&results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(whole_samples, remove_path),
        cmocka_unit_test_teardown(blocks_of_ranges, remove_path),
    };
    return cmocka_run_group_tests(tests, make_path, NULL);
}
