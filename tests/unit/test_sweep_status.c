/* review/sweep_status: samples, blocks and masks are counted right, failures grouped by reason, and the state follows
 * from heartbeat, last start and what is left. */
#include "base/clock.h"
#include "review/sweep_status.h"
#include "support/finish_sample.h"
#include "support/scratch_path.h"

static sweep_status_t take(const results_t *results, double now) {
    sweep_status_t standing;
    failure_t why;
    assert_ok(sweep_status_take(results, &(sweep_status_signs_t){.now = now, .lock = LOCK_UNSURE}, &standing, &why));
    return standing;
}

static void expect_state(const results_t *results, double now, lock_state_t lock, sweep_status_state_t expected) {
    sweep_status_t standing;
    failure_t why;
    assert_ok(sweep_status_take(results, &(sweep_status_signs_t){.now = now, .lock = lock}, &standing, &why));
    assert_int_equal(standing.state, expected);
    sweep_status_free(&standing);
}

/* ---- a file of two samples, of which nothing is done ---- */

static results_t *make_two(void) {
    const int32_t players[] = {4, 4};
    return make_results(path, 2, players, 6);
}

/* Adds a start that runs; its slot. */
static int begin(results_t *results) {
    const results_run_t run = {.exit = "running"};
    int slot;
    failure_t why;
    assert_ok(results_add_run(results, &run, &slot, &why));
    return slot;
}

/* Its heartbeat, at 1000. */
static void beat_once(results_t *results) {
    const results_heartbeat_t beat = {.time = 1000, .start = 990, .ranks = 1, .first_silent = -1};
    failure_t why;
    assert_ok(results_write_heartbeat(results, &beat, &why));
}

/* ---- tests ---- */

static void samples_blocks_and_masks_are_counted(void **state) {
    (void)state;
    const int32_t players[] = {10, 5, 9, 10, 8};
    results_t *results = make_results(path, 5, players, 6); /* 16, 1, 8, 16 and 4 blocks */
    finish_sample(results, 1);
    finish_sample(results, 2);
    fail_sample(results, 3, OUTCOME_CERTAIN, "no");
    store_block(results, 0, 0);
    store_block(results, 0, 13);
    for (int64_t b = 0; b < 4; b++)
        store_block(results, 4, b);
    sweep_status_t s = take(results, 0);
    assert_true(s.samples == 5 && s.done == 2 && s.failed == 1 && s.pending == 2 && s.combining == 1 && s.again == 0);
    assert_int_equal(s.blocks, 16 + 1 + 8 + 16 + 4);
    assert_int_equal(s.blocks_stored, 2 + 1 + 8 + 4);
    assert_int_equal(s.masks, 1024 + 32 + 512 + 1024 + 256);
    assert_int_equal(s.masks_stored, 128 + 32 + 512 + 256);
    assert_int_equal(s.masks_left, 1024 - 128);
    sweep_status_free(&s);
    results_close(&results);
}

static void failures_are_grouped(void **state) {
    (void)state;
    const int32_t players[] = {2, 2, 2, 2, 2, 2, 2};
    results_t *results = make_results(path, 7, players, 6);
    char long_reason[RESULTS_ERROR_TEXT];
    memset(long_reason, 'x', sizeof long_reason);
    long_reason[RESULTS_ERROR_TEXT - 1] = '\0';
    fail_sample(results, 0, OUTCOME_TRANSIENT, "the model process died");
    fail_sample(results, 1, OUTCOME_CERTAIN, "mask 0x3: output is NaN");
    fail_sample(results, 3, OUTCOME_CERTAIN, "mask 0x12cD: output is NaN");
    fail_sample(results, 4, OUTCOME_CERTAIN, "mask 0x1: output is infinite");
    fail_sample(results, 5, OUTCOME_CERTAIN, long_reason);
    fail_sample(results, 6, OUTCOME_CERTAIN, "mask 0x0: output is NaN");
    sweep_status_t s = take(results, 0);
    assert_int_equal(s.failed, 6);
    assert_int_equal(s.again, 1);
    assert_int_equal(s.reason_count, 4);
    static const struct {
        const char *reason;
        outcome_t kind;
        int64_t count, first_sample;
    } EXPECTED[] = {{"mask ...: output is NaN", OUTCOME_CERTAIN, 3, 1},
                    {"the model process died", OUTCOME_TRANSIENT, 1, 0},
                    {"mask ...: output is infinite", OUTCOME_CERTAIN, 1, 4},
                    {"xxxx", OUTCOME_CERTAIN, 1, 5}};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(strncmp(s.reasons[i].reason, EXPECTED[i].reason, strlen(EXPECTED[i].reason)), 0);
        assert_int_equal(s.reasons[i].kind, EXPECTED[i].kind);
        assert_int_equal(s.reasons[i].count, EXPECTED[i].count);
        assert_int_equal(s.reasons[i].first_sample, EXPECTED[i].first_sample);
    }
    assert_string_equal(s.reasons[0].first_error, "mask 0x3: output is NaN");
    sweep_status_free(&s);
    results_close(&results);
}

static void rate_and_time_left_follow_from_the_heartbeat(void **state) {
    (void)state;
    const int32_t players[] = {10, 10};
    results_t *results = make_results(path, 2, players, 6);
    failure_t why;
    sweep_status_t s = take(results, 1e9);
    assert_true(isnan(s.age) && isnan(s.rate) && isnan(s.eta));
    sweep_status_free(&s);
    finish_sample(results, 0);
    store_block(results, 1, 0);
    const results_heartbeat_t beat = {.time = 1e9 + 10,
                                      .start = 1e9,
                                      .masks_at_start = 88,
                                      .masks_now = 1088,
                                      .ranks = 3,
                                      .silent = 1,
                                      .first_silent = 2};
    assert_ok(results_write_heartbeat(results, &beat, &why));
    s = take(results, 1e9 + 14);
    assert_true(s.age == 4);
    assert_true(s.rate == 100);
    assert_true(s.eta == (1024 - 64) / 100.0);
    assert_int_equal(s.beat.first_silent, 2);
    sweep_status_free(&s);
    s = take(results, 1e9); /* the clock of this machine is behind */
    assert_true(s.age == 0);
    sweep_status_free(&s);
    results_close(&results);
}

/* From heartbeat, last start and what is left. */
static void the_state_follows(void **state) {
    (void)state;
    results_t *results = make_two();
    failure_t why;
    expect_state(results, 1005, LOCK_UNSURE, STANDING_NEW);
    int slot = begin(results);
    expect_state(results, 1005, LOCK_UNSURE, STANDING_SILENT);
    beat_once(results);
    expect_state(results, 1005, LOCK_UNSURE, STANDING_RUNNING);
    expect_state(results, 1029, LOCK_UNSURE, STANDING_RUNNING);
    expect_state(results, 1031, LOCK_UNSURE, STANDING_SILENT);
    assert_ok(results_write_exit(results, slot, "stopped", &why));
    expect_state(results, 1005, LOCK_UNSURE, STANDING_STOPPED);
    finish_sample(results, 0);
    fail_sample(results, 1, OUTCOME_TRANSIENT, "the model process died");
    expect_state(results, 1005, LOCK_UNSURE, STANDING_STOPPED);
    fail_sample(results, 1, OUTCOME_CERTAIN, "mask 0x1: output is NaN");
    expect_state(results, 1005, LOCK_UNSURE, STANDING_STOPPED); /* without the statistics across samples */
    assert_ok(results_write_summary_valid(results, true, &why));
    expect_state(results, 1005, LOCK_UNSURE, STANDING_COMPLETE);
    assert_ok(results_write_exit(results, slot, "running", &why));
    expect_state(results, 1005, LOCK_UNSURE, STANDING_RUNNING);
    expect_state(results, 2000, LOCK_UNSURE, STANDING_COMPLETE); /* killed at the very end */
    results_close(&results);
}

/* The lock tells whether the process lives, the heartbeat whether the sweep goes on. */
static void the_lock_has_a_say(void **state) {
    (void)state;
    results_t *results = make_two();
    failure_t why;
    expect_state(results, 1005, LOCK_NONE, STANDING_NEW);
    expect_state(results, 1005, LOCK_LIVES, STANDING_BUSY); /* calibrates */
    int slot = begin(results);
    beat_once(results);
    expect_state(results, 1005, LOCK_LIVES, STANDING_RUNNING);
    expect_state(results, 1005, LOCK_GONE, STANDING_SILENT); /* killed just now */
    expect_state(results, 1100, LOCK_LIVES, STANDING_STALLED);
    expect_state(results, 1100, LOCK_GONE, STANDING_SILENT);
    assert_ok(results_write_exit(results, slot, "ended", &why));
    finish_sample(results, 0);
    finish_sample(results, 1);
    expect_state(results, 1100, LOCK_LIVES, STANDING_BUSY); /* statistics across samples */
    expect_state(results, 1100, LOCK_NONE, STANDING_STOPPED);
    assert_ok(results_write_summary_valid(results, true, &why));
    expect_state(results, 1100, LOCK_LIVES, STANDING_COMPLETE);
    results_close(&results);
}

/* A heartbeat that came while we watched is recent, whatever its time. */
static void clocks_may_differ(void **state) {
    (void)state;
    results_t *results = make_two();
    failure_t why;
    begin(results);
    beat_once(results);
    for (double now = 1000 - 7200; now < 10000; now += 2 * 7200) {
        sweep_status_t s;
        assert_ok(sweep_status_take(results, &(sweep_status_signs_t){.now = now, .lock = LOCK_LIVES, .beaten = true},
                                    &s, &why));
        assert_int_equal(s.state, STANDING_RUNNING);
        assert_true(s.clocks_differ && s.age == 0);
        sweep_status_free(&s);
    }
    results_close(&results);
}

/* Looking watches as long as it is open whether the sweep runs, and no longer. */
static void what_is_open_is_watched(void **state) {
    (void)state;
    results_t *results = make_two();
    failure_t why;
    sweep_status_t s;
    lock_t *lock;
    begin(results);
    beat_once(results);
    double began = clock_seconds();
    assert_ok(sweep_status_look(results, path, 60, &s, &why)); /* there is no lock */
    assert_int_equal(s.state, STANDING_SILENT);
    sweep_status_free(&s);
    assert_ok(lock_take(path, "run", 0, &lock, &why));
    assert_ok(sweep_status_look(results, path, 0.3, &s, &why));
    assert_int_equal(s.state, STANDING_STALLED);
    assert_non_null(strstr(s.holder, "process "));
    sweep_status_free(&s);
    assert_true(clock_seconds() - began < 30);
    lock_release(&lock);
    results_close(&results);
}

/* A damaged file is refused with a sentence, and nothing is left over. */
static void a_damaged_status_is_refused(void **state) {
    (void)state;
    results_t *results = make_two();
    sweep_status_t s;
    failure_t why;
    fail_sample(results, 0, OUTCOME_CERTAIN, "no");
    assert_ok(results_write_status(results, 1, (sample_status_t)3, &why));
    assert_int_equal(sweep_status_take(results, &(sweep_status_signs_t){.lock = LOCK_UNSURE}, &s, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "/samples/status: sample 1"));
    sweep_status_free(&s);
    results_close(&results);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_blocks_and_masks_are_counted),
        cmocka_unit_test(failures_are_grouped),
        cmocka_unit_test(rate_and_time_left_follow_from_the_heartbeat),
        cmocka_unit_test(the_state_follows),
        cmocka_unit_test(the_lock_has_a_say),
        cmocka_unit_test(clocks_may_differ),
        cmocka_unit_test(what_is_open_is_watched),
        cmocka_unit_test(a_damaged_status_is_refused),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
