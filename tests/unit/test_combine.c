/* run/combine: pieces and strips give what verify computes in one piece; a stop, another sweep's claim and interactions
 * that overflow end it well. */
#include "lattice/strips.h"
#include "run/combine.h"
#include "support/make_sweep.h"

#include <time.h>

static void wait_a_moment(void) {
    nanosleep(&(struct timespec){0, 1000000}, NULL);
}

static void start(sweep_t *s) {
    failure_t why;
    start_writer(s);
    assert_ok(combine_create(s, STRIPS_PIECE_BITS, &why));
}

static void finish(sweep_t *s, status_t expected) {
    failure_t why;
    combine_stop(s);
    assert_int_equal(writer_finish(s, "ended", &why), expected);
    combine_destroy(s);
}

static phase_t phase_of(const sweep_t *s) {
    phase_t phase;
    failure_t why;
    assert_ok(results_read_phase(s->results, 0, &phase, &why));
    return phase;
}

/* The last one is shorter than a block and the file's rows: NaN follow. */
TEST(strips_give_the_bits_of_the_whole) {
    const int32_t players[] = {13, 9, 14, 1, 5};
    enum { SAMPLES = sizeof players / sizeof *players };
    for (int piece_bits = 7; piece_bits <= 13; piece_bits++) {
        sweep_t s = make_sweep(SAMPLES, players, 6);
        double written = 0; /* rows longer than a piece twice: after the low and after the high bits */
        failure_t why;
        assert_ok(results_claim(s.results, &s.claim, &why));
        assert_ok(combine_create(&s, piece_bits, &why));
        for (int64_t k = 0; k < SAMPLES; k++) {
            results_sample_t info = plain_info();
            info.noise_sigma = k == 2 ? NAN : 0.25;
            for (int64_t b = 0; b < results_blocks_of(s.results, k); b++)
                store_block(s.results, k, b);
            assert_ok(combine_sample(s.combine, k, &info, &why));
            assert_ok(results_flag_done(s.results, k, 1, &why));
            written += (players[k] > piece_bits ? 2 : 1) * 8.0 * (double)mask_count(players[k]);
        }
        assert_int_equal(expect_sound(s.results).done, SAMPLES);
        assert_true(s.report.combine.bytes_written == written && s.report.combine.bytes_read > written);
        assert_true(s.report.combine.reading > 0 && s.report.combine.writing > 0);
        assert_true(s.report.combine.transform > 0 && s.report.combine.checksums > 0 &&
                    s.report.combine.statistics > 0);
        combine_destroy(&s);
        free_sweep(&s);
    }
}

/* After a stop the writer may come to the last range of a sample only when the thread has ended. */
TEST(a_sample_that_comes_after_the_stop_is_left_for_a_resume) {
    const int32_t players[] = {5};
    sweep_t s = make_sweep(1, players, 4);
    start(&s);
    job_t last = range_job(0, 0, 32);
    failure_t why;
    last.blocks = 2;
    last.complete = true;
    assert_ok(combine_start(&s, &why));
    combine_stop(&s);
    put_job(&s, last);
    finish(&s, STATUS_OK);
    assert_int_equal(s.combined, 0);
    assert_int_equal(phase_of(&s), PHASE_EVALUATING);
    free_sweep(&s);
}

/* Statistics begin when the last checksum is there; of so many players they take long enough to be met by the stop. */
TEST(a_stop_ends_statistics_too) {
    const int32_t players[] = {21};
    sweep_t s = make_sweep(1, players, 21);
    start(&s);
    failure_t why;
    uint32_t crc = 0;
    store_block(s.results, 0, 0);
    queue_put(s.to_combine, &(job_t){.info = plain_info()}, 0);
    assert_ok(combine_start(&s, &why));
    for (; crc == 0; wait_a_moment())
        assert_ok(results_read_crcs(s.results, TABLE_INTERACTIONS, 0, 0, 1, &crc, &why));
    finish(&s, STATUS_OK);
    assert_int_equal(s.combined, 0);
    assert_int_equal(queue_check(s.to_combine, &why), STATUS_OK);
    free_sweep(&s);
}

TEST(nothing_is_combined_in_a_file_of_another) {
    const int32_t players[] = {5};
    sweep_t s = make_sweep(1, players, 5);
    start(&s);
    failure_t why = {0};
    uint64_t id;
    store_block(s.results, 0, 0);
    assert_ok(results_claim(s.results, &id, &why));
    queue_put(s.to_combine, &(job_t){.info = plain_info()}, 0);
    assert_ok(combine_start(&s, &why));
    while (queue_check(s.to_combine, &why) == STATUS_OK)
        wait_a_moment();
    assert_non_null(strstr(why.text, "another sweep took over this results file"));
    finish(&s, STATUS_INPUT);
    assert_int_equal(s.combined, 0);
    assert_int_equal(phase_of(&s), PHASE_EVALUATING);
    free_sweep(&s);
}

/* A sample that comes in ranges, all of them finite: it fails alone, and nothing of it is left. */
TEST(interactions_that_overflow_fail_the_sample) {
    const int32_t players[] = {5, 5};
    sweep_t s = make_sweep(2, players, 4);
    start(&s);
    failure_t why;
    results_sample_t info;
    assert_ok(combine_start(&s, &why));
    for (int64_t k = 0; k < 2; k++) {
        job_t last = range_job(k, 0, 32);
        double *values = last.buffer;
        for (mask_t m = 0; k == 0 && m < 32; m++)
            values[m] = mask_order(m) % 2 ? -1.7e308 : 1.7e308;
        last.blocks = 2;
        last.complete = true;
        put_job(&s, last);
    }
    while (s.combined < 2)
        wait_a_moment();
    assert_int_equal(s.overflow, 1);
    assert_int_equal(queue_check(s.to_combine, &why), STATUS_OK);
    finish(&s, STATUS_OK);
    verify_report_t report = expect_sound(s.results);
    assert_true(report.failed == 1 && report.done == 1);
    assert_ok(results_read_sample(s.results, 0, &info, &why));
    assert_int_equal(info.error_kind, OUTCOME_CERTAIN);
    assert_non_null(strstr(info.error, "interactions overflow"));
    assert_true(isnan(info.v_full));
    free_sweep(&s);
}

int main(void) {
    return run_all(make_path, remove_path);
}
