/* results/block_crcs: the file has the checksums of its blocks as they would be stored, NaN behind short rows among
 * them, however the rows come. */
#include "base/digest.h"
#include "base/nan.h"
#include "results/block_crcs.h"
#include "support/make_results.h"
#include "support/scratch_path.h"

static failure_t why; /* of the last call */

enum { LONGEST = 13, BITS = 2, SIZE = 1 << BITS, BLOCKS = 1 << (LONGEST - BITS), SAMPLES = 3 };
static const int32_t PLAYERS[SAMPLES] = {LONGEST, 1, 5}; /* more blocks than are written at once; less than one */

/* A stored row: the sample's numbers, then NaN. Row `sample` of table t is that of sample + t * SAMPLES. */
static void make_stored(int64_t sample, double row[1 << LONGEST]) {
    for (mask_t s = 0; s < 1 << LONGEST; s++)
        row[s] = s < mask_count(PLAYERS[sample % SAMPLES]) ? made_value(sample, s) : nan_canonical();
}

static void check(const uint32_t *crcs, int64_t sample, size_t blocks) {
    static double row[1 << LONGEST];
    make_stored(sample, row);
    for (size_t b = 0; b < blocks; b++)
        assert_int_equal(crcs[b], crc32c(0, row + b * SIZE, SIZE * sizeof *row));
}

/* Values, then effects; free row.values. */
static finished_row_t row_of(const results_t *results, int64_t sample) {
    const fields_t *fields = results_fields(results);
    int n = PLAYERS[sample];
    finished_row_t row = finished_at(fields, n, new_numbers(finished_doubles(fields, n)));
    for (mask_t s = 0; s < mask_count(n); s++) {
        row.values[s] = made_value(sample, s);
        row.effects[s] = made_value(sample + SAMPLES, s);
    }
    return row;
}

TEST_WITH(whole_rows, NULL, remove_path) {
    static uint32_t crcs[BLOCKS];
    finished_row_t rows[SAMPLES];
    results_t *results = make_results(path, SAMPLES, PLAYERS, BITS);
    for (int64_t k = 0; k < SAMPLES; k++)
        rows[k] = row_of(results, k);
    for (int first = 1; first >= 0; first--) /* twice, from different samples on */
        assert_ok(block_crcs_write_rows(results, first, first ? SAMPLES - 1 : 1, rows + first, &why));
    for (int64_t k = 0; k < SAMPLES; k++)
        for (int table = 0; table < results_tables(results); table++) {
            assert_ok(results_read_crcs(results, table, k, 0, BLOCKS, crcs, &why));
            check(crcs, k + table * SAMPLES, BLOCKS);
        }
    for (int64_t k = 0; k < SAMPLES; k++)
        free(rows[k].values);
    results_close(&results);
}

/* Ranges of six masks: blocks that lie in one, and such that lie in two. */
TEST_WITH(blocks_of_ranges, NULL, remove_path) {
    enum { STEP = 6 };
    static double values[1 << LONGEST];
    static uint32_t crcs[BLOCKS];
    results_t *results = make_results(path, SAMPLES, PLAYERS, BITS);
    for (int64_t k = 0; k < SAMPLES; k++) {
        mask_t masks = mask_count(PLAYERS[k]);
        make_stored(k, values);
        for (mask_t first = 0; first < masks; first += STEP) {
            mask_t count = masks - first < STEP ? masks - first : STEP, end = first + count;
            assert_ok(results_write_table(results, TABLE_VALUES, k, first, count, values + first, &why));
            for (mask_t b = first / SIZE; b < (end + (end == masks ? SIZE - 1 : 0)) / SIZE; b++)
                assert_ok(block_crcs_write_values(results, k, (int64_t)b, first, count, values + first, &why));
        }
        mask_t blocks = (masks + SIZE - 1) / SIZE;
        assert_ok(results_read_crcs(results, TABLE_VALUES, k, 0, (int64_t)blocks, crcs, &why));
        check(crcs, k, blocks);
    }
    results_close(&results);
}

/* What lies behind a row's own masks counts as NaN before it is written. */
TEST_WITH(stored_blocks, NULL, remove_path) {
    static double row[1 << LONGEST];
    results_t *results = make_results(path, SAMPLES, PLAYERS, BITS);
    for (int64_t k = 0; k < SAMPLES; k++) {
        make_stored(k, row);
        assert_ok(results_write_table(results, TABLE_INTERACTIONS, k, 0, mask_count(PLAYERS[k]), row, &why));
        for (int64_t b = 0; b < BLOCKS; b += b < 16 ? 1 : 400) {
            uint32_t crc;
            assert_ok(block_crcs_of_stored(results, TABLE_INTERACTIONS, k, b, &crc, &why));
            assert_int_equal(crc, crc32c(0, row + b * SIZE, SIZE * sizeof *row));
        }
    }
    results_close(&results);
}

TEST(any_number_of_nans) {
    static double nans[1100];
    for (size_t i = 0; i < 1100; i++)
        nans[i] = nan_canonical();
    for (mask_t count = 0; count < 1100; count += count < 3 ? 1 : 137)
        assert_int_equal(block_crcs_add_nans(123, count), crc32c(123, nans, count * sizeof *nans));
}

/* ---- of a row that streams by ---- */

enum { ROW = 96 };

/* Adds the row in pieces of `piece` numbers to blocks of 2^bits; all checksums that come go to crcs. */
static int64_t add_in_pieces(const double *row, int bits, mask_t piece, uint32_t crcs[ROW]) {
    block_sums_t sums = {.bits = bits};
    int64_t found = 0;
    for (mask_t at = 0; at < ROW; at += piece) {
        mask_t count = ROW - at < piece ? ROW - at : piece;
        found += block_sums_add(&sums, row + at, count, crcs + found);
        assert_int_equal(sums.ended, found);
    }
    return found;
}

TEST(blocks_do_not_depend_on_pieces) {
    static const mask_t PIECES[] = {1, 2, 3, 7, 8, 16, 31, 64, 96};
    double row[ROW];
    for (int i = 0; i < ROW; i++)
        row[i] = 1.0 / (i + 1);
    for (int bits = 0; bits <= 7; bits++)
        for (size_t p = 0; p < sizeof PIECES / sizeof *PIECES; p++) {
            uint32_t crcs[ROW];
            mask_t size = mask_count(bits);
            assert_int_equal(add_in_pieces(row, bits, PIECES[p], crcs), ROW / size); /* the last one is not whole */
            for (mask_t b = 0; b < ROW / size; b++)
                assert_int_equal(crcs[b], crc32c(0, row + b * size, size * sizeof *row));
        }
}

int main(void) {
    return run_all(make_path, NULL);
}
