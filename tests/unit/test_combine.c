/* run/combine: pieces and strips give the bits of the transform in one piece, the same statistics, curves and
 * bitmaps of salient sets, right checksums.
 */
#include "base/crc.h"
#include "run/combine.h"
#include "support/make_row.h"
#include "support/scratch_path.h"

#include <time.h>

static const stats_settings_t SETTINGS = {
    .salience = 0.05, .min_output = NAN, .assumed_order_limit = -1, .noise_sigma = NAN, .curves = true, .top = 10};

static void write_values(results_t *results, int64_t sample, int n) {
    failure_t why;
    for (mask_t s = 0; s < mask_count(n); s++) {
        double v = made_value(sample, s);
        assert_int_equal(results_write_table(results, TABLE_VALUES, sample, s, 1, &v, &why), STATUS_OK);
    }
}

static void check_bitmaps(const results_t *results, int64_t sample, const finished_row_t *row) {
    failure_t why;
    for (int negative = 0; negative < 2; negative++) {
        uint64_t stored[256], all[256] = {0};
        size_t words = salience_words(results_players(results));
        memcpy(all, finished_salient(row, 0, negative), salience_words(row->n) * sizeof *all);
        assert_ok(results_read_salient(results, sample, 1, 0, negative, 0, words, stored, &why));
        assert_memory_equal(stored, all, words * sizeof *all);
    }
}

static void check_sample(results_t *results, int64_t sample, int n, const results_sample_t *info) {
    mask_t masks = mask_count(n), size = mask_count(results_block_bits(results));
    const fields_t *fields = results_fields(results);
    finished_row_t row = make_row(&SETTINGS, fields, n, sample, made_value, info->noise_sigma);
    double *stored = new_numbers(masks), *stored_row = new_numbers(fields->doubles);
    failure_t why;
    bool crc_ok;
    assert_ok(results_read_table(results, TABLE_INTERACTIONS, sample, 0, masks, stored, &why));
    assert_memory_equal(stored, row.effects, masks * sizeof *stored);
    assert_ok(results_read_row(results, sample, stored_row, &crc_ok, &why));
    assert_true(crc_ok);
    assert_memory_equal(stored_row, row.numbers, fields->doubles * sizeof *stored_row);
    check_bitmaps(results, sample, &row);
    for (int64_t b = 0; b < results_blocks_of(results, sample) && masks >= size; b++) {
        uint32_t crc;
        assert_ok(results_read_crcs(results, TABLE_INTERACTIONS, sample, b, 1, &crc, &why));
        assert_int_equal(crc, crc32c(0, row.effects + (mask_t)b * size, size * sizeof(double)));
    }
    assert_true(info->v_empty == row.values[0] && info->v_full == row.values[masks - 1]);
    free(row.values);
    free(stored);
    free(stored_row);
}

static void strips_give_the_bits_of_the_whole(void **state) {
    (void)state;
    const int32_t players[] = {13, 9, 14, 1};
    for (int piece_bits = 7; piece_bits <= 13; piece_bits++) {
        results_t *results = make_results(path, 4, players, 6);
        combine_t *combine;
        double written = 0; /* rows longer than a piece twice: after the low and after the high bits */
        failure_t why;
        assert_int_equal(combine_create(results, &SETTINGS, piece_bits, &combine, &why), STATUS_OK);
        for (int64_t k = 0; k < 4; k++) {
            results_sample_t info = {.noise_sigma = k == 2 ? NAN : 0.25};
            write_values(results, k, players[k]);
            assert_int_equal(combine_sample(combine, k, &info, &why), STATUS_OK);
            check_sample(results, k, players[k], &info);
            written += (players[k] > piece_bits ? 2 : 1) * 8.0 * (double)mask_count(players[k]);
        }
        combine_times_t times = combine_times(combine);
        assert_true(times.bytes_written == written && times.bytes_read > written);
        assert_true(times.reading > 0 && times.writing > 0);
        assert_true(times.transform > 0 && times.checksums > 0 && times.statistics > 0);
        combine_finish(&combine);
        results_close(&results);
        unlink(path);
    }
}

/* Entries past a sample's own masks are NaN in both tables, and the checksums there are those of NaN. */
static void the_tail_of_a_small_sample_is_nan(void **state) {
    (void)state;
    const int32_t players[] = {5, 10};
    results_t *results = make_results(path, 2, players, 6);
    combine_t *combine;
    failure_t why;
    results_sample_t info = {0};
    double table[1024];
    uint32_t values_crc, interactions_crc;
    write_values(results, 0, 5);
    assert_int_equal(combine_create(results, &SETTINGS, STRIPS_PIECE_BITS, &combine, &why), STATUS_OK);
    assert_int_equal(combine_sample(combine, 0, &info, &why), STATUS_OK);
    assert_int_equal(results_read_table(results, TABLE_INTERACTIONS, 0, 0, 1024, table, &why), STATUS_OK);
    for (int s = 0; s < 1024; s++)
        assert_int_equal(isnan(table[s]) != 0, s >= 32);
    assert_ok(results_read_crcs(results, TABLE_VALUES, 0, 3, 1, &values_crc, &why));
    assert_ok(results_read_crcs(results, TABLE_INTERACTIONS, 0, 3, 1, &interactions_crc, &why));
    assert_int_equal(values_crc, crc32c(0, table + 3 * 64, 64 * sizeof *table));
    assert_int_equal(interactions_crc, values_crc);
    assert_int_equal(results_read_crcs(results, TABLE_INTERACTIONS, 0, 0, 1, &interactions_crc, &why), STATUS_OK);
    assert_int_equal(interactions_crc, crc32c(0, table, 64 * sizeof *table));
    combine_finish(&combine);
    results_close(&results);
}

/* After a stop the writer may come to the last range of a sample only when the thread has ended. */
static void a_sample_that_comes_after_the_stop_is_left_for_a_resume(void **state) {
    (void)state;
    const int32_t players[] = {5};
    results_t *results = make_results(path, 1, players, 4);
    results_run_t run = {.host = "here"};
    combine_t *combine;
    writer_t *writer;
    failure_t why;
    phase_t phase;
    double *values = calloc(32, sizeof *values);
    job_t last = {.kind = JOB_MASKS, .values = values, .count = 32, .blocks = 2, .complete = true, .buffer = values};
    assert_int_equal(combine_create(results, &SETTINGS, STRIPS_PIECE_BITS, &combine, &why), STATUS_OK);
    assert_int_equal(writer_start(results, &run, 0, combine_put, combine, &writer, &why), STATUS_OK);
    assert_int_equal(combine_start(combine, writer, &why), STATUS_OK);
    combine_stop(combine);
    writer_put(writer, &last);
    assert_int_equal(writer_finish(&writer, "stopped", 0, &why), STATUS_OK);
    assert_int_equal(combine_finished(combine), 0);
    assert_int_equal(results_read_phase(results, 0, &phase, &why), STATUS_OK);
    assert_int_equal(phase, PHASE_EVALUATING);
    combine_finish(&combine);
    assert_null(combine);
    results_close(&results);
}

/* Statistics begin when the last checksum is there; of so many players they take long enough to be met by the stop. */
static void a_stop_ends_statistics_too(void **state) {
    (void)state;
    const int32_t players[] = {21};
    const struct timespec moment = {0, 1000000};
    results_t *results = make_results(path, 1, players, 21);
    results_run_t run = {.host = "here"};
    combine_t *combine;
    writer_t *writer;
    failure_t why;
    uint32_t crc = 0;
    double *values = calloc(mask_count(21), sizeof *values);
    values[1] = 1;
    assert_int_equal(results_write_table(results, TABLE_VALUES, 0, 0, mask_count(21), values, &why), STATUS_OK);
    free(values);
    assert_int_equal(combine_create(results, &SETTINGS, STRIPS_PIECE_BITS, &combine, &why), STATUS_OK);
    assert_int_equal(writer_start(results, &run, 0, combine_put, combine, &writer, &why), STATUS_OK);
    assert_int_equal(combine_start(combine, writer, &why), STATUS_OK);
    combine_put(combine, 0, &(results_sample_t){.target = 0});
    while (crc == 0) {
        nanosleep(&moment, NULL);
        assert_int_equal(results_read_crcs(results, TABLE_INTERACTIONS, 0, 0, 1, &crc, &why), STATUS_OK);
    }
    combine_stop(combine);
    assert_int_equal(combine_finished(combine), 0);
    assert_int_equal(combine_check(combine, &why), STATUS_OK);
    assert_int_equal(writer_finish(&writer, "stopped", 0, &why), STATUS_OK);
    combine_finish(&combine);
    results_close(&results);
}

static void nothing_is_combined_in_a_file_of_another(void **state) {
    (void)state;
    const int32_t players[] = {5};
    const struct timespec moment = {0, 1000000};
    results_t *results = make_results(path, 1, players, 4);
    results_run_t run = {.host = "here"};
    combine_t *combine;
    writer_t *writer;
    failure_t why = {0};
    uint64_t id;
    phase_t phase;
    write_values(results, 0, 5);
    assert_int_equal(combine_create(results, &SETTINGS, STRIPS_PIECE_BITS, &combine, &why), STATUS_OK);
    assert_int_equal(writer_start(results, &run, 0, combine_put, combine, &writer, &why), STATUS_OK);
    assert_int_equal(results_claim(results, &id, &why), STATUS_OK);
    assert_int_equal(combine_start(combine, writer, &why), STATUS_OK);
    combine_put(combine, 0, &(results_sample_t){.target = 0});
    while (combine_check(combine, &why) == STATUS_OK)
        nanosleep(&moment, NULL);
    assert_non_null(strstr(why.text, "another sweep took over this results file"));
    combine_stop(combine);
    assert_int_equal(combine_finished(combine), 0);
    assert_int_equal(results_read_phase(results, 0, &phase, &why), STATUS_OK);
    assert_int_equal(phase, PHASE_EVALUATING);
    assert_int_equal(writer_finish(&writer, "broken", 0, &why), STATUS_INPUT);
    combine_finish(&combine);
    results_close(&results);
}

/* A sample that comes in ranges, all of them finite: it fails alone, and nothing of it is left. */
static void interactions_that_overflow_fail_the_sample(void **state) {
    (void)state;
    const int32_t players[] = {5, 5};
    results_t *results = make_results(path, 2, players, 4);
    results_run_t run = {.host = "here"};
    combine_t *combine;
    writer_t *writer;
    failure_t why;
    assert_int_equal(combine_create(results, &SETTINGS, STRIPS_PIECE_BITS, &combine, &why), STATUS_OK);
    assert_int_equal(writer_start(results, &run, 0, combine_put, combine, &writer, &why), STATUS_OK);
    assert_int_equal(combine_start(combine, writer, &why), STATUS_OK);
    for (int64_t k = 0; k < 2; k++) {
        double *values = calloc(32, sizeof *values);
        for (int s = 0; s < 32; s++)
            values[s] = k == 0 ? (mask_order((mask_t)s) % 2 ? -1.7e308 : 1.7e308) : s;
        job_t last = {.kind = JOB_MASKS,
                      .sample = k,
                      .values = values,
                      .count = 32,
                      .blocks = 2,
                      .complete = true,
                      .buffer = values};
        writer_put(writer, &last);
    }
    while (combine_finished(combine) < 2)
        nanosleep(&(struct timespec){0, 1000000}, NULL);
    assert_int_equal(combine_failed(combine), 1);
    assert_int_equal(combine_check(combine, &why), STATUS_OK);
    combine_stop(combine);
    assert_int_equal(writer_finish(&writer, "ended", 0, &why), STATUS_OK);
    for (int64_t k = 0; k < 2; k++) {
        results_sample_t info;
        double stored[32];
        assert_int_equal(results_read_sample(results, k, &info, &why), STATUS_OK);
        assert_int_equal(info.status, k == 0 ? SAMPLE_FAILED : SAMPLE_DONE);
        assert_int_equal(info.error_kind, k == 0 ? OUTCOME_CERTAIN : OUTCOME_OK);
        assert_true((strstr(info.error, "interactions overflow") != NULL) == (k == 0));
        assert_int_equal(results_read_table(results, TABLE_INTERACTIONS, k, 0, 32, stored, &why), STATUS_OK);
        assert_true(isnan(stored[1]) == (k == 0) && isnan(info.v_full) == (k == 0));
    }
    combine_finish(&combine);
    results_close(&results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strips_give_the_bits_of_the_whole),
        cmocka_unit_test(the_tail_of_a_small_sample_is_nan),
        cmocka_unit_test(a_sample_that_comes_after_the_stop_is_left_for_a_resume),
        cmocka_unit_test(interactions_that_overflow_fail_the_sample),
        cmocka_unit_test(a_stop_ends_statistics_too),
        cmocka_unit_test(nothing_is_combined_in_a_file_of_another),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
