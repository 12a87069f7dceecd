/* results/results: bitmaps of salient sets of any number of players, short ones packed in bytes, are read back as
 * words, zero behind the row's own masks, and lie where HDF5 finds them. */
#include "support/make_row.h"
#include "unit/h5_scratch.h"

static failure_t why; /* of the last call */

enum { ROWS = 3, WORDS = 1 << (13 - 6) };
static const int SIZES[] = {1, 2, 3, 5, 6, 7, 13};
enum { SIZE_COUNT = sizeof SIZES / sizeof *SIZES };

/* Rows of n, 1 and n players. */
static results_t *make_file(const char *path, int n) {
    const int32_t players[ROWS] = {n, 1, n};
    unlink(path);
    return make_results(path, ROWS, players, 2);
}

/* Whether a mask is to be salient, and with which sign. */
static bool is_set(int64_t row, bool negative, mask_t mask) {
    return mask > 0 && made_value(row, mask) > 0.25 && (made_value(row + 10, mask) > 0) == negative;
}

/* Such bitmaps; free row.values. */
static finished_row_t row_of(const results_t *results, int64_t row) {
    const fields_t *fields = results_fields(results);
    int n = results_players_of(results, row);
    size_t doubles = finished_doubles(fields, n);
    finished_row_t finished = finished_at(fields, n, new_numbers(doubles));
    memset(finished.values, 0, doubles * sizeof(double));
    for (int negative = 0; negative < 2; negative++)
        for (mask_t mask = 0; mask < mask_count(n); mask++)
            if (is_set(row, negative, mask))
                finished.salient[(size_t)negative * salience_words(n) + mask / 64] |= (uint64_t)1 << mask % 64;
    return finished;
}

static void check_words(int64_t row, int n, bool negative, size_t first, size_t words, const uint64_t *found) {
    for (mask_t mask = first * 64; mask < (first + words) * 64; mask++) {
        bool bit = found[mask / 64 - first] >> mask % 64 & 1;
        assert_int_equal(bit, mask < mask_count(n) && is_set(row, negative, mask));
    }
}

/* Rows written together, then read one by one, together, and word by word. */
TEST_WITH(any_number_of_players, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    static uint64_t found[ROWS * WORDS];
    for (int i = 0; i < SIZE_COUNT; i++) {
        results_t *results = make_file(scratch->file, SIZES[i]);
        size_t words = salience_words(SIZES[i]);
        finished_row_t rows[ROWS];
        for (int64_t k = 0; k < ROWS; k++)
            rows[k] = row_of(results, k);
        assert_ok(results_write_rows(results, 0, ROWS, rows, &why));
        for (int negative = 0; negative < 2; negative++) {
            assert_ok(results_read_salient(results, 0, ROWS, 0, negative, 0, words, found, &why));
            for (int64_t k = 0; k < ROWS; k++)
                check_words(k, results_players_of(results, k), negative, 0, words, found + (size_t)k * words);
            for (int64_t k = 0; k < ROWS; k++)
                for (size_t w = 0; w < words; w++) {
                    assert_ok(results_read_salient(results, k, 1, 0, negative, w, 1, found, &why));
                    check_words(k, results_players_of(results, k), negative, w, 1, found);
                }
        }
        for (int64_t k = 0; k < ROWS; k++)
            free(rows[k].values);
        results_close(&results);
    }
}

/* As the combine thread writes them: some words at a time. The row beside stays as it was. */
TEST_WITH(pieces, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    static uint64_t found[WORDS];
    for (int i = 0; i < SIZE_COUNT; i++) {
        int n = SIZES[i];
        results_t *results = make_file(scratch->file, n);
        size_t words = salience_words(n), step = words < 5 ? words : 5;
        finished_row_t row = row_of(results, 2), beside = row_of(results, 1);
        const uint64_t *positive = finished_salient(&row, 0, false), *negative = finished_salient(&row, 0, true);
        assert_ok(results_write_rows(results, 1, 1, &beside, &why));
        for (size_t at = 0; at < words; at += step) {
            size_t now = words - at < step ? words - at : step;
            assert_ok(results_write_salient(results, 2, 0, (mask_t)at * 64, now, positive + at, negative + at, &why));
        }
        for (int sign = 0; sign < 2; sign++) {
            assert_ok(results_read_salient(results, 2, 1, 0, sign, 0, words, found, &why));
            check_words(2, n, sign, 0, words, found);
            assert_ok(results_read_salient(results, 1, 1, 0, sign, 0, words, found, &why));
            check_words(1, 1, sign, 0, words, found);
            assert_ok(results_read_salient(results, 0, 1, 0, sign, 0, words, found, &why));
            for (size_t w = 0; w < words; w++)
                assert_true(found[w] == 0);
        }
        free(row.values);
        free(beside.values);
        results_close(&results);
    }
}

/* Bit (mask mod 8) of byte mask / 8. */
TEST_WITH(hdf5_finds_the_bits, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    static unsigned char bytes[ROWS * WORDS * 8];
    for (int i = 0; i < SIZE_COUNT; i++) {
        results_t *results = make_file(scratch->file, SIZES[i]);
        size_t length = (size_t)(mask_count(SIZES[i]) + 7) / 8;
        finished_row_t row = row_of(results, 2);
        assert_ok(results_write_rows(results, 2, 1, &row, &why));
        hid_t file = h5t_open(scratch->file, H5F_ACC_RDONLY);
        for (int negative = 0; negative < 2; negative++) {
            h5t_read(file, negative ? "salient/negative" : "salient/positive", H5T_NATIVE_UINT8, bytes);
            for (mask_t bit = 0; bit < length * 8; bit++) {
                bool stored = bytes[2 * length + bit / 8] >> bit % 8 & 1;
                assert_int_equal(stored, bit < mask_count(SIZES[i]) && is_set(2, negative, bit));
            }
        }
        H5Fclose(file);
        free(row.values);
        results_close(&results);
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
