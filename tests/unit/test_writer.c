/* sweep/writer: what is flagged is whole; a failed sample keeps no flag; blocks written in parts get right checksums.
 */
#include "base/crc.h"
#include "support/make_results.h"
#include "support/scratch_path.h"
#include "sweep/writer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t completed = -1;
static double completed_noise;

static void on_complete(void *self, int64_t sample, const results_sample_t *info) {
    (void)self;
    completed = sample;
    completed_noise = info->noise_sigma;
}

static writer_t *start(results_t *results) {
    writer_t *writer;
    failure_t why;
    results_run_t run = {.host = "here", .exit = "running"};
    int slot;
    assert_int_equal(results_add_run(results, &run, &slot, &why), STATUS_OK);
    assert_int_equal(writer_start(results, &run, slot, on_complete, NULL, &writer, &why), STATUS_OK);
    return writer;
}

static void put(writer_t *writer, job_t job) {
    failure_t why;
    assert_int_equal(writer_put(writer, &job, &why), STATUS_OK);
}

static void finish(writer_t **writer) {
    failure_t why = {0};
    status_t status = writer_finish(writer, "ended", 1.5, &why);
    if (status != STATUS_OK)
        print_error("%s\n", why.text);
    assert_int_equal(status, STATUS_OK);
}

/* A job for a range of v in memory of its own, as a worker's message would be. */
static job_t range_job(int64_t sample, mask_t first, mask_t count) {
    double *values = malloc(count * sizeof *values);
    for (mask_t s = 0; s < count; s++)
        values[s] = made_value(sample, first + s);
    return (job_t){.kind = JOB_MASKS,
                   .sample = sample,
                   .values = values,
                   .first = first,
                   .count = count,
                   .masks = count,
                   .buffer = values,
                   .buffer_bytes = count * sizeof *values};
}

static void parts_of_blocks_become_flagged_blocks(void **state) {
    (void)state;
    const int32_t players[] = {10};
    failure_t why;
    results_t *results = make_results(path, 1, players, 6);
    writer_t *writer = start(results);
    uint8_t done[16];
    uint32_t crc;
    double v[64];
    put(writer, range_job(0, 32, 32)); /* half of block 0 */
    put(writer, range_job(0, 64, 32)); /* half of block 1 */
    job_t last = range_job(0, 96, 160);
    last.first_block = 1;
    last.blocks = 3;
    last.complete = true;
    completed = -1;
    put(writer, last);
    finish(&writer);
    assert_int_equal(completed, 0);
    assert_int_equal(results_read_blocks_done(results, 0, 0, 16, done, &why), STATUS_OK);
    for (int b = 0; b < 16; b++)
        assert_int_equal(done[b], b >= 1 && b <= 3);
    for (mask_t s = 0; s < 64; s++)
        v[s] = made_value(0, 64 + s);
    assert_int_equal(results_read_crcs(results, 0, 1, 1, &crc, NULL, &why), STATUS_OK);
    assert_int_equal(crc, crc32c(0, v, sizeof v));
    results_run_t runs[RESULTS_RUNS];
    int count;
    uint64_t starts;
    assert_int_equal(results_read_runs(results, runs, &count, &starts, &why), STATUS_OK);
    assert_int_equal(runs[0].masks, 32 + 32 + 160);
    assert_string_equal(runs[0].exit, "ended");
    results_close(&results);
}

static job_t sample_job(const results_t *results, int64_t sample, int n) {
    mask_t masks = mask_count(n);
    size_t doubles = 2 * masks + results_fields(results)->doubles;
    double *data = calloc(doubles, sizeof *data);
    for (mask_t s = 0; s < masks; s++) {
        data[s] = made_value(sample, s);
        data[masks + s] = -made_value(sample, s);
    }
    return (job_t){.kind = JOB_SAMPLE,
                   .sample = sample,
                   .values = data,
                   .interactions = data + masks,
                   .row = data + 2 * masks,
                   .info = {.attempts = 1, .v_empty = data[0]},
                   .masks = masks,
                   .buffer = data,
                   .buffer_bytes = doubles * sizeof *data};
}

static void a_whole_sample_is_written_and_flagged(void **state) {
    (void)state;
    const int32_t players[] = {4, 8};
    failure_t why;
    results_t *results = make_results(path, 2, players, 5);
    writer_t *writer = start(results);
    results_sample_t info;
    phase_t phase;
    double table[256];
    uint32_t crcs[8];
    uint8_t done[8];
    put(writer, sample_job(results, 0, 4));
    finish(&writer);
    assert_int_equal(results_read_sample(results, 0, &info, &why), STATUS_OK);
    assert_int_equal(info.status, SAMPLE_DONE);
    assert_int_equal(results_read_phase(results, 0, &phase, &why), STATUS_OK);
    assert_int_equal(phase, PHASE_WHOLE);
    assert_int_equal(results_read_values(results, 0, 0, 256, table, &why), STATUS_OK);
    assert_true(table[3] == made_value(0, 3));
    for (int s = 16; s < 256; s++)
        assert_true(isnan(table[s]));
    assert_int_equal(results_read_blocks_done(results, 0, 0, 8, done, &why), STATUS_OK);
    assert_int_equal(results_read_crcs(results, 0, 0, 8, crcs, NULL, &why), STATUS_OK);
    for (int b = 0; b < 8; b++) {
        assert_int_equal(done[b], 1);
        assert_int_equal(crcs[b], crc32c(0, table + 32 * b, 32 * sizeof *table));
    }
    assert_int_equal(results_read_sample(results, 1, &info, &why), STATUS_OK);
    assert_int_equal(info.status, SAMPLE_PENDING);
    results_close(&results);
}

static job_t noisy_job(mask_t first, mask_t count, double noise_sigma) {
    job_t job = range_job(0, first, count);
    job.info.noise_sigma = noise_sigma;
    return job;
}

static double stored_noise(const results_t *results) {
    results_sample_t info;
    failure_t why;
    assert_int_equal(results_read_sample(results, 0, &info, &why), STATUS_OK);
    return info.noise_sigma;
}

/* The noise comes with one range, in whatever order they come and whatever start they come in. */
static void the_noise_of_one_range_is_that_of_the_sample(void **state) {
    (void)state;
    const int32_t players[] = {8};
    results_t *results = make_results(path, 1, players, 5);
    writer_t *writer = start(results);
    put(writer, noisy_job(0, 64, NAN));
    finish(&writer);
    assert_true(isnan(stored_noise(results)));
    writer = start(results);
    put(writer, noisy_job(64, 64, 1e-6));
    put(writer, noisy_job(128, 64, NAN));
    finish(&writer);
    assert_true(stored_noise(results) == 1e-6);
    writer = start(results);
    job_t last = noisy_job(192, 64, NAN);
    last.complete = true;
    completed_noise = -1;
    put(writer, last);
    finish(&writer);
    assert_true(completed_noise == 1e-6);
    assert_true(stored_noise(results) == 1e-6);
    writer = start(results);
    put(writer, (job_t){.kind = JOB_FAILED, .sample = 0, .info = {.noise_sigma = NAN}});
    finish(&writer);
    assert_true(isnan(stored_noise(results)));
    results_close(&results);
}

/* Blocks of the sample were in the same commit: their flags must not come to stand over NaN. */
static void a_failed_sample_keeps_no_flag(void **state) {
    (void)state;
    const int32_t players[] = {8};
    failure_t why;
    results_t *results = make_results(path, 1, players, 5);
    writer_t *writer = start(results);
    results_sample_t info;
    uint8_t done[8];
    double table[256];
    job_t blocks = range_job(0, 0, 64);
    blocks.blocks = 2;
    put(writer, blocks);
    put(writer, (job_t){.kind = JOB_FAILED,
                        .sample = 0,
                        .info = {.error_kind = ERROR_CERTAIN, .error = "mask 0x50: output is NaN", .attempts = 1}});
    finish(&writer);
    assert_int_equal(results_read_sample(results, 0, &info, &why), STATUS_OK);
    assert_int_equal(info.status, SAMPLE_FAILED);
    assert_string_equal(info.error, "mask 0x50: output is NaN");
    assert_int_equal(results_read_blocks_done(results, 0, 0, 8, done, &why), STATUS_OK);
    for (int b = 0; b < 8; b++)
        assert_int_equal(done[b], 0);
    assert_int_equal(results_read_values(results, 0, 0, 256, table, &why), STATUS_OK);
    for (int s = 0; s < 256; s++)
        assert_true(isnan(table[s]));
    results_close(&results);
}

static void a_deleted_file_is_noticed(void **state) {
    (void)state;
    const int32_t players[] = {8};
    failure_t why = {0};
    results_t *results = make_results(path, 1, players, 5);
    writer_t *writer = start(results);
    unlink(path);
    put(writer, range_job(0, 0, 32));
    assert_int_not_equal(writer_finish(&writer, "ended", 0, &why), STATUS_OK);
    assert_non_null(strstr(why.text, path));
    results_close(&results);
}

/* The manager may take seconds to end a sweep whose writer has failed: running units end first. */
static void a_failed_writer_does_not_spin(void **state) {
    (void)state;
    const int32_t players[] = {8};
    const struct timespec until_it_spins = {0, 700000000}, while_it_might = {0, 300000000};
    failure_t why = {0};
    results_t *results = make_results(path, 1, players, 5);
    writer_t *writer = start(results);
    put(writer, range_job(0, 255, 2)); /* beyond the row */
    nanosleep(&until_it_spins, NULL);
    assert_int_not_equal(writer_check(writer, &why), STATUS_OK);
    clock_t before = clock(); /* of all threads */
    nanosleep(&while_it_might, NULL);
    assert_true((double)(clock() - before) / CLOCKS_PER_SEC < 0.1);
    assert_int_not_equal(writer_finish(&writer, "broken", 0, &why), STATUS_OK);
    results_close(&results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(parts_of_blocks_become_flagged_blocks, remove_path),
        cmocka_unit_test_teardown(a_whole_sample_is_written_and_flagged, remove_path),
        cmocka_unit_test_teardown(the_noise_of_one_range_is_that_of_the_sample, remove_path),
        cmocka_unit_test_teardown(a_failed_sample_keeps_no_flag, remove_path),
        cmocka_unit_test_teardown(a_deleted_file_is_noticed, remove_path),
        cmocka_unit_test_teardown(a_failed_writer_does_not_spin, remove_path),
    };
    return cmocka_run_group_tests(tests, make_path, NULL);
}
