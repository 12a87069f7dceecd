/* review/sweep_status: samples, blocks and masks are counted right, failures grouped by reason, and the state follows
 * from heartbeat, last start and what is left. */
#include "base/clock.h"
#include "review/sweep_status.h"
#include "support/finish_sample.h"
#include "support/scratch_path.h"

static results_t *results; /* of the test that runs */
static sweep_status_t s;   /* what was found last */
static failure_t why;

static int close_results(void **state) {
    sweep_status_free(&s);
    results_close(&results);
    return remove_path(state);
}

static void make(int count, const int32_t *players) {
    results = make_results(path, count, players, 6);
}

static int make_two(void **state) {
    make_path(state);
    make(2, (const int32_t[]){4, 4});
    return 0;
}

static void take(sweep_status_signs_t signs) {
    sweep_status_free(&s);
    assert_ok(sweep_status_take(results, &signs, &s, &why));
}

static void expect_state(double now, lock_state_t lock, sweep_status_state_t expected) {
    take((sweep_status_signs_t){.now = now, .lock = lock});
    assert_int_equal(s.state, expected);
}

/* Adds a start that runs; its slot. */
static int begin(void) {
    const results_run_t run = {.exit = "running"};
    int slot;
    assert_ok(results_add_run(results, &run, &slot, &why));
    return slot;
}

/* Its heartbeat, at 1000. */
static void beat_once(void) {
    const results_heartbeat_t beat = {.time = 1000, .start = 990, .ranks = 1, .first_silent = -1};
    assert_ok(results_write_heartbeat(results, &beat, &why));
}

TEST_WITH(samples_blocks_and_masks_are_counted, make_path, close_results) {
    const int32_t players[] = {10, 5, 9, 10, 8};
    make(5, players); /* 16, 1, 8, 16 and 4 blocks */
    finish_sample(results, 1);
    finish_sample(results, 2);
    fail_sample(results, 3, OUTCOME_CERTAIN, "no");
    store_block(results, 0, 0);
    store_block(results, 0, 13);
    for (int64_t b = 0; b < 4; b++)
        store_block(results, 4, b);
    take((sweep_status_signs_t){.now = 0, .lock = LOCK_UNSURE});
    assert_true(s.samples == 5 && s.done == 2 && s.failed == 1 && s.pending == 2 && s.combining == 1 && s.again == 0);
    assert_int_equal(s.blocks, 16 + 1 + 8 + 16 + 4);
    assert_int_equal(s.blocks_stored, 2 + 1 + 8 + 4);
    assert_int_equal(s.masks, 1024 + 32 + 512 + 1024 + 256);
    assert_int_equal(s.masks_stored, 128 + 32 + 512 + 256);
    assert_int_equal(s.masks_left, 1024 - 128);
}

TEST_WITH(failures_are_grouped, make_path, close_results) {
    const int32_t players[] = {2, 2, 2, 2, 2, 2, 2};
    make(7, players);
    char long_reason[RESULTS_ERROR_TEXT];
    memset(long_reason, 'x', sizeof long_reason);
    long_reason[RESULTS_ERROR_TEXT - 1] = '\0';
    fail_sample(results, 0, OUTCOME_TRANSIENT, "the model process died");
    fail_sample(results, 1, OUTCOME_CERTAIN, "mask 0x3: output is NaN");
    fail_sample(results, 3, OUTCOME_CERTAIN, "mask 0x12cD: output is NaN");
    fail_sample(results, 4, OUTCOME_CERTAIN, "mask 0x1: output is infinite");
    fail_sample(results, 5, OUTCOME_CERTAIN, long_reason);
    fail_sample(results, 6, OUTCOME_CERTAIN, "mask 0x0: output is NaN");
    take((sweep_status_signs_t){.now = 0, .lock = LOCK_UNSURE});
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
}

TEST_WITH(rate_and_time_left_follow_from_the_heartbeat, make_path, close_results) {
    const int32_t players[] = {10, 10};
    make(2, players);
    take((sweep_status_signs_t){.now = 1e9, .lock = LOCK_UNSURE});
    assert_true(isnan(s.age) && isnan(s.rate) && isnan(s.eta));
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
    take((sweep_status_signs_t){.now = 1e9 + 14, .lock = LOCK_UNSURE});
    assert_true(s.age == 4);
    assert_true(s.rate == 100);
    assert_true(s.eta == (1024 - 64) / 100.0);
    assert_int_equal(s.beat.first_silent, 2);
    take((sweep_status_signs_t){.now = 1e9, .lock = LOCK_UNSURE}); /* the clock of this machine is behind */
    assert_true(s.age == 0);
}

/* From heartbeat, last start and what is left. */
TEST_WITH(the_state_follows, make_two, close_results) {
    expect_state(1005, LOCK_UNSURE, STANDING_NEW);
    int slot = begin();
    expect_state(1005, LOCK_UNSURE, STANDING_SILENT);
    beat_once();
    expect_state(1005, LOCK_UNSURE, STANDING_RUNNING);
    expect_state(1029, LOCK_UNSURE, STANDING_RUNNING);
    expect_state(1031, LOCK_UNSURE, STANDING_SILENT);
    assert_ok(results_write_exit(results, slot, "stopped", &why));
    expect_state(1005, LOCK_UNSURE, STANDING_STOPPED);
    finish_sample(results, 0);
    fail_sample(results, 1, OUTCOME_TRANSIENT, "the model process died");
    expect_state(1005, LOCK_UNSURE, STANDING_STOPPED);
    fail_sample(results, 1, OUTCOME_CERTAIN, "mask 0x1: output is NaN");
    expect_state(1005, LOCK_UNSURE, STANDING_STOPPED); /* without the statistics across samples */
    assert_ok(results_write_summary_valid(results, true, &why));
    expect_state(1005, LOCK_UNSURE, STANDING_COMPLETE);
    assert_ok(results_write_exit(results, slot, "running", &why));
    expect_state(1005, LOCK_UNSURE, STANDING_RUNNING);
    expect_state(2000, LOCK_UNSURE, STANDING_COMPLETE); /* killed at the very end */
}

/* The lock tells whether the process lives, the heartbeat whether the sweep goes on. */
TEST_WITH(the_lock_has_a_say, make_two, close_results) {
    expect_state(1005, LOCK_NONE, STANDING_NEW);
    expect_state(1005, LOCK_LIVES, STANDING_BUSY); /* calibrates */
    int slot = begin();
    beat_once();
    expect_state(1005, LOCK_LIVES, STANDING_RUNNING);
    expect_state(1005, LOCK_GONE, STANDING_SILENT); /* killed just now */
    expect_state(1100, LOCK_LIVES, STANDING_STALLED);
    expect_state(1100, LOCK_GONE, STANDING_SILENT);
    assert_ok(results_write_exit(results, slot, "ended", &why));
    finish_sample(results, 0);
    finish_sample(results, 1);
    expect_state(1100, LOCK_LIVES, STANDING_BUSY); /* statistics across samples */
    expect_state(1100, LOCK_NONE, STANDING_STOPPED);
    assert_ok(results_write_summary_valid(results, true, &why));
    expect_state(1100, LOCK_LIVES, STANDING_COMPLETE);
}

/* A heartbeat that came while we watched is recent, whatever its time. */
TEST_WITH(clocks_may_differ, make_two, close_results) {
    begin();
    beat_once();
    for (double now = 1000 - 7200; now < 10000; now += 2 * 7200) {
        take((sweep_status_signs_t){.now = now, .lock = LOCK_LIVES, .beaten = true});
        assert_int_equal(s.state, STANDING_RUNNING);
        assert_true(s.clocks_differ && s.age == 0);
    }
}

/* Looking watches as long as it is open whether the sweep runs, and no longer. */
TEST_WITH(what_is_open_is_watched, make_two, close_results) {
    lock_t *lock;
    begin();
    beat_once();
    double began = clock_seconds();
    assert_ok(sweep_status_look(results, path, 60, &s, &why)); /* there is no lock */
    assert_int_equal(s.state, STANDING_SILENT);
    assert_ok(lock_take(path, "run", 0, &lock, &why));
    sweep_status_free(&s);
    assert_ok(sweep_status_look(results, path, 0.3, &s, &why));
    assert_int_equal(s.state, STANDING_STALLED);
    assert_non_null(strstr(s.holder, "process "));
    assert_true(clock_seconds() - began < 30);
    lock_release(&lock);
}

/* A damaged file is refused with a sentence, and nothing is left over. */
TEST_WITH(a_damaged_status_is_refused, make_two, close_results) {
    fail_sample(results, 0, OUTCOME_CERTAIN, "no");
    assert_ok(results_write_status(results, 1, (sample_status_t)3, &why));
    assert_fails(sweep_status_take(results, &(sweep_status_signs_t){.lock = LOCK_UNSURE}, &s, &why), STATUS_INPUT,
                 "/samples/status: sample 1");
}

int main(void) {
    return run_all(NULL, NULL);
}
