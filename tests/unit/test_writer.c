/* run/writer: what is flagged is whole; a failed sample keeps no flag; blocks written in parts get right checksums. */
#include "base/digest.h"
#include "run/writer.h"
#include "support/make_sweep.h"

#include <time.h>

TEST(parts_of_blocks_become_flagged_blocks) {
    const int32_t players[] = {10};
    sweep_t s = make_sweep(1, players, 6);
    failure_t why;
    job_t last = range_job(0, 96, 160), whole;
    uint8_t done[16];
    uint32_t crc;
    double v[64];
    results_run_t runs[RESULTS_RUNS];
    int count;
    uint64_t starts;
    start_writer(&s);
    put_job(&s, range_job(0, 32, 32)); /* half of block 0 */
    put_job(&s, range_job(0, 64, 32)); /* half of block 1 */
    last.first_block = 1;
    last.blocks = 3;
    last.complete = true;
    assert_int_equal(queue_weight(s.to_combine), 0);
    put_job(&s, last);
    finish_writer(&s);
    assert_true(queue_take(s.to_combine, &whole, 0));
    assert_true(whole.sample == 0 && !whole.buffer);
    assert_ok(results_read_blocks_done(s.results, 0, 0, 16, done, &why));
    for (int b = 0; b < 16; b++)
        assert_int_equal(done[b], b >= 1 && b <= 3);
    for (mask_t b = 1; b <= 3; b++) { /* the first of them in two ranges */
        for (mask_t m = 0; m < 64; m++)
            v[m] = made_value(0, 64 * b + m);
        assert_ok(results_read_crcs(s.results, TABLE_VALUES, 0, (int64_t)b, 1, &crc, &why));
        assert_int_equal(crc, crc32c(0, v, sizeof v));
    }
    assert_true(s.report.writer.bytes == 8 * (32 + 32 + 160) && s.report.writer.syncing > 0);
    assert_ok(results_read_runs(s.results, runs, &count, &starts, &why));
    assert_int_equal(runs[0].masks, 32 + 32 + 160);
    assert_string_equal(runs[0].exit, "ended");
    free_sweep(&s);
}

/* ---- whole samples that follow each other are written together ---- */

enum { MANY = 150, GAP = 100, FAILED = 130 };

static job_t sample_job(const sweep_t *s, int64_t sample, int n) {
    job_t job = {.kind = JOB_SAMPLE, .sample = sample, .info = plain_info()};
    job.row = make_row(&FINISH_SETTINGS, results_fields(s->results), n, sample, made_value, FINISH_NOISE);
    job.buffer = job.row.values;
    job.info.noise_sigma = FINISH_NOISE;
    job.info.seconds = (double)sample;
    job.info.v_empty = job.row.values[0];
    job.info.v_full = job.row.values[mask_count(n) - 1];
    return job;
}

static job_t failed_job(int64_t sample, const char *reason) {
    job_t job = {.kind = JOB_FAILED, .sample = sample, .info = plain_info()};
    job.info.error_kind = OUTCOME_CERTAIN;
    snprintf(job.info.error, sizeof job.info.error, "%s", reason);
    return job;
}

/* All wait before the writer starts, so runs are as long as they can be: longer than are written together, with more
 * checksums than are written at once; a gap, a step back, and a failure in between. */
TEST(runs_of_samples_are_written_whole) {
    int32_t players[MANY];
    failure_t why;
    results_sample_t info;
    for (int k = 0; k < MANY; k++)
        players[k] = 1 + (k * 5) % 9;
    sweep_t s = make_sweep(MANY, players, 4);
    for (int64_t k = 0; k < GAP; k++)
        put_job(&s, sample_job(&s, k, players[k]));
    for (int64_t k = GAP + 20; k < MANY; k++)
        put_job(&s, k == FAILED ? failed_job(k, "it failed") : sample_job(&s, k, players[k]));
    for (int64_t k = GAP + 5; k < GAP + 15; k++)
        put_job(&s, sample_job(&s, k, players[k]));
    start_writer(&s);
    finish_writer(&s);
    verify_report_t report = expect_sound(s.results);
    assert_true(report.done == MANY - 11 && report.failed == 1 && report.pending == 10);
    for (int64_t k = 0; k < MANY; k++) {
        bool pending = (k >= GAP && k < GAP + 5) || (k >= GAP + 15 && k < GAP + 20);
        assert_ok(results_read_sample(s.results, k, &info, &why));
        assert_int_equal(info.status, pending ? SAMPLE_PENDING : k == FAILED ? SAMPLE_FAILED : SAMPLE_DONE);
        assert_true(info.status != SAMPLE_DONE || info.seconds == (double)k);
    }
    free_sweep(&s);
}

/* ---- what is known of a sample ---- */

/* The noise comes with one range, in whatever order they come. */
TEST(the_noise_of_one_range_is_that_of_the_sample) {
    const int32_t players[] = {8};
    sweep_t s = make_sweep(1, players, 5);
    failure_t why;
    job_t whole;
    results_sample_t info;
    start_writer(&s);
    for (mask_t first = 0; first < 256; first += 64) {
        job_t job = range_job(0, first, 64);
        job.info.noise_sigma = first == 64 ? 1e-6 : NAN;
        job.complete = first == 192;
        put_job(&s, job);
    }
    finish_writer(&s);
    assert_true(queue_take(s.to_combine, &whole, 0) && whole.info.noise_sigma == 1e-6);
    assert_ok(results_read_sample(s.results, 0, &info, &why));
    assert_true(info.noise_sigma == 1e-6);
    free_sweep(&s);
}

/* Blocks of the sample were in the same commit: their flags must not come to stand over NaN. */
TEST(a_failed_sample_keeps_no_flag) {
    const int32_t players[] = {8};
    sweep_t s = make_sweep(1, players, 5);
    failure_t why;
    results_sample_t info;
    job_t blocks = range_job(0, 0, 64);
    blocks.blocks = 2;
    start_writer(&s);
    put_job(&s, blocks);
    put_job(&s, failed_job(0, "mask 0x50: output is NaN"));
    finish_writer(&s);
    assert_int_equal(expect_sound(s.results).failed, 1);
    assert_ok(results_read_sample(s.results, 0, &info, &why));
    assert_string_equal(info.error, "mask 0x50: output is NaN");
    free_sweep(&s);
}

/* ---- failures ---- */

/* The manager may take seconds to end a sweep whose writer has failed: running units end first. */
TEST(a_failed_writer_does_not_spin) {
    const int32_t players[] = {8};
    const struct timespec until_it_spins = {0, 700000000}, while_it_might = {0, 300000000};
    failure_t why = {0};
    sweep_t s = make_sweep(1, players, 5);
    start_writer(&s);
    put_job(&s, range_job(0, 255, 2)); /* beyond the row */
    nanosleep(&until_it_spins, NULL);
    assert_int_not_equal(queue_check(s.to_write, &why), STATUS_OK);
    clock_t before = clock(); /* of all threads */
    nanosleep(&while_it_might, NULL);
    assert_true((double)(clock() - before) / CLOCKS_PER_SEC < 0.1);
    assert_int_not_equal(writer_finish(&s, "broken", &why), STATUS_OK);
    free_sweep(&s);
}

/* ---- whoever lost the file writes nothing more ---- */

typedef enum { BEFORE_DATA, BEFORE_FLAGS, BEFORE_THE_END, NEVER } moment_t;

/* Waits for the data or the flags of the one block. */
static void wait_for_moment(const results_t *results, moment_t moment) {
    const struct timespec pause = {0, 2000000};
    double v = 0;
    uint8_t done = 0;
    failure_t why;
    while ((moment >= BEFORE_FLAGS && v != made_value(0, 0)) || (moment == BEFORE_THE_END && !done)) {
        nanosleep(&pause, NULL);
        assert_ok(results_read_table(results, TABLE_VALUES, 0, 0, 1, &v, &why));
        assert_ok(results_read_blocks_done(results, 0, 0, 1, &done, &why));
    }
}

/* Another sweep claims it before the job, before its flags, and before the final record. */
TEST(nothing_is_written_to_a_file_of_another) {
    const int32_t players[] = {6};
    for (moment_t moment = BEFORE_DATA; moment <= NEVER; moment++) {
        failure_t why = {0};
        sweep_t s = make_sweep(1, players, 5);
        job_t job = range_job(0, 0, 32);
        results_run_t runs[RESULTS_RUNS];
        int count;
        uint64_t starts, id;
        uint8_t done;
        double v;
        job.blocks = 1;
        start_writer(&s);
        if (moment == BEFORE_DATA)
            assert_ok(results_claim(s.results, &id, &why));
        put_job(&s, job);
        wait_for_moment(s.results, moment);
        if (moment == BEFORE_FLAGS || moment == BEFORE_THE_END)
            assert_ok(results_claim(s.results, &id, &why));
        assert_int_equal(writer_finish(&s, "ended", &why), moment < NEVER ? STATUS_INPUT : STATUS_OK);
        assert_int_equal(strstr(why.text, "another sweep took over this results file") != NULL, moment < NEVER);
        assert_ok(results_read_table(s.results, TABLE_VALUES, 0, 0, 1, &v, &why));
        assert_int_equal(v == made_value(0, 0), moment > BEFORE_DATA);
        assert_ok(results_read_blocks_done(s.results, 0, 0, 1, &done, &why));
        assert_int_equal(done, moment > BEFORE_FLAGS);
        assert_ok(results_read_runs(s.results, runs, &count, &starts, &why));
        assert_string_equal(runs[0].exit, moment < NEVER ? "running" : "ended");
        free_sweep(&s);
    }
}

int main(void) {
    return run_all(make_path, remove_path);
}
