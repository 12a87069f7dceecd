/* results/results_verbs: rows that are put and flagged, done or failed, are what verify wants to see, and between the
 * halves nothing is said of them. */
#include "base/nan.h"
#include "support/expect_sound.h"
#include "support/scratch_path.h"

enum { ROWS = 3, BLOCK_BITS = 4, BLOCKS = 1 << (10 - BLOCK_BITS) };
static const int32_t PLAYERS[ROWS] = {10, 1, 5};

static failure_t why; /* of the last call */
static results_t *results;
static finished_row_t rows[ROWS];
static results_sample_t infos[ROWS];

/* A new file, and rows for it. */
static int make(void **state) {
    make_path(state);
    results = make_results(path, ROWS, PLAYERS, BLOCK_BITS);
    for (int64_t k = 0; k < ROWS; k++) {
        rows[k] = make_row(&FINISH_SETTINGS, results_fields(results), PLAYERS[k], k, made_value, FINISH_NOISE);
        infos[k] = plain_info();
        infos[k].noise_sigma = FINISH_NOISE;
        infos[k].v_empty = rows[k].values[0];
        infos[k].v_full = rows[k].values[mask_count(PLAYERS[k]) - 1];
    }
    return 0;
}

static int release(void **state) {
    for (int64_t k = 0; k < ROWS; k++)
        free(rows[k].values);
    results_close(&results);
    return remove_path(state);
}

/* How many blocks of a row are flagged. */
static int flagged(int64_t row) {
    uint8_t done[BLOCKS];
    int count = 0;
    assert_ok(results_read_blocks_done(results, row, 0, BLOCKS, done, &why));
    for (int b = 0; b < BLOCKS; b++)
        count += done[b];
    return count;
}

static sample_status_t status_of(int64_t row) {
    results_sample_t info;
    assert_ok(results_read_sample(results, row, &info, &why));
    return info.status;
}

TEST_WITH(rows_of_all_lengths_become_done, make, release) {
    assert_ok(results_put_done(results, 0, ROWS, rows, infos, &why));
    assert_int_equal(expect_sound(results).pending, ROWS); /* nothing is said of them yet */
    for (int64_t k = 0; k < ROWS; k++)
        assert_int_equal(flagged(k), 0);
    assert_ok(results_flag_done(results, 0, ROWS, &why));
    verify_report_t report = expect_sound(results);
    assert_int_equal(report.done, ROWS);
    assert_int_equal(report.values_blocks + report.interactions_blocks, 2 * ROWS * BLOCKS);
    for (int64_t k = 0; k < ROWS; k++)
        assert_int_equal(flagged(k), BLOCKS);
}

TEST_WITH(rows_beside_stay, make, release) {
    assert_ok(results_put_done(results, 1, 1, rows + 1, infos + 1, &why));
    assert_ok(results_flag_done(results, 1, 1, &why));
    verify_report_t report = expect_sound(results);
    assert_true(report.done == 1 && report.pending == 2);
    assert_true(flagged(0) == 0 && flagged(1) == BLOCKS && flagged(2) == 0);
    assert_int_equal(results_put_done(results, 2, 2, rows, infos, &why), STATUS_INTERNAL);
}

TEST_WITH(a_done_row_that_fails_loses_all, make, release) {
    results_sample_t info = plain_info();
    for (int64_t k = 0; k < ROWS; k++)
        finish_sample(results, k);
    info.error_kind = OUTCOME_CERTAIN;
    snprintf(info.error, sizeof info.error, "mask 0x1: output is NaN");
    assert_ok(results_put_failed(results, 0, &info, &why));
    assert_true(status_of(0) == SAMPLE_PENDING && flagged(0) == 0);
    assert_ok(results_write_status(results, 0, SAMPLE_FAILED, &why));
    verify_report_t report = expect_sound(results);
    assert_true(report.done == 2 && report.failed == 1 && report.pending == 0);
    finish_sample(results, 0); /* and gets it back */
    assert_int_equal(expect_sound(results).done, ROWS);
}

/* Some blocks are flagged: the flags go, and go to the disk, before what they stand for does. */
TEST_WITH(flags_go_first, make, release) {
    double v;
    results_sample_t info = results_missing("nothing");
    store_block(results, 0, BLOCKS - 1);
    unlink(path); /* noticed by the sync */
    assert_int_equal(results_put_failed(results, 0, &info, &why), STATUS_INPUT);
    assert_int_equal(flagged(0), 0);
    assert_ok(results_read_table(results, TABLE_VALUES, 0, 1023, 1, &v, &why));
    assert_true(v == made_value(0, 1023));
    assert_ok(results_put_failed(results, 0, &info, &why)); /* no flag is left to be synced */
    assert_ok(results_read_table(results, TABLE_VALUES, 0, 1023, 1, &v, &why));
    assert_true(isnan(v));
}

TEST_WITH(a_row_that_nobody_has_is_tried_again, make, release) {
    results_sample_t missing = results_missing("shard 3/8 was not given"), info;
    for (int64_t k = 0; k < ROWS; k++)
        put_failed(results, k, &missing);
    assert_int_equal(expect_sound(results).failed, ROWS);
    assert_ok(results_read_sample(results, 2, &info, &why));
    assert_int_equal(info.error_kind, OUTCOME_TRANSIENT);
    assert_string_equal(info.error, "missing in merge: shard 3/8 was not given");
}

TEST_WITH(nothing_is_known_at_first, make, release) {
    results_sample_t unknown = results_unknown(), info;
    double nan = nan_canonical();
    assert_ok(results_read_sample(results, 1, &info, &why)); /* as in a new file */
    assert_int_equal(info.target, unknown.target);
    assert_int_equal(unknown.target, -1);
    assert_true(unknown.attempts == 0 && unknown.input_crc == 0 && unknown.error[0] == '\0');
    assert_memory_equal(&unknown.v_empty, &nan, sizeof nan);
    assert_memory_equal(&unknown.noise_sigma, &nan, sizeof nan);
    assert_memory_equal(&info.v_full, &unknown.v_full, sizeof nan);
    assert_memory_equal(&info.seconds, &unknown.seconds, sizeof nan);
}

TEST_WITH(statistics_without_tables, make, release) {
    results_sample_t missing = results_missing("it");
    results_close(&results);
    results = make_statistics(path, ROWS, PLAYERS);
    assert_ok(results_put_done(results, 0, ROWS, rows, infos, &why));
    assert_int_equal(status_of(2), SAMPLE_PENDING);
    assert_ok(results_flag_done(results, 0, ROWS, &why));
    assert_int_equal(expect_sound(results).done, ROWS);
    put_failed(results, 2, &missing);
    verify_report_t report = expect_sound(results);
    assert_true(report.done == 2 && report.failed == 1);
}

int main(void) {
    return run_all(NULL, NULL);
}
