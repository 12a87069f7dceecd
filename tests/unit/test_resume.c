/* run/resume: what stops a resume and what does not; where a file stands is told truly. */
#include "run/resume.h"
#include "run/scheduler.h"
#include "support/make_inputs.h"
#include "support/make_sweep.h"

/* Makes the file, or tries to go on with it with another engine; the message goes to *why. */
static status_t try_resume(bool create, bool accept, const char *engine_version, failure_t *why) {
    made_inputs_t made = make_inputs("model: {backend: game, samples: 3, players: 8}\noutput: {file: none.h5}\n");
    const sweep_options_t options = {.accept_engine = accept};
    sweep_t s = {.options = &options, .config = made.config, .file = path, .inputs = made.inputs, .log.quiet = true};
    s.log.rank = 1;
    snprintf(s.identity.engine_version, sizeof s.identity.engine_version, "%s", engine_version);
    memcpy(s.identity.model_sha256, made.inputs->model_sha256, DIGEST_HEX);
    memcpy(s.identity.samples_sha256, made.inputs->samples_sha256, DIGEST_HEX);
    memcpy(s.identity.settings_sha256, made.inputs->settings_sha256, DIGEST_HEX);
    status_t status = create ? resume_create(&s, 5, NULL, why) : resume_open(&s, why);
    results_close(&s.results);
    free_inputs(&made);
    return status;
}

TEST(another_engine_must_be_accepted) {
    failure_t why = {0};
    assert_ok(try_resume(true, false, "1", &why));
    assert_ok(try_resume(false, false, "1", &why));
    assert_fails(try_resume(false, false, "2", &why), STATUS_INPUT, "--accept-engine");
    assert_non_null(strstr(why.text, "engine version: was 1, is 2"));
    assert_ok(try_resume(false, true, "2", &why));
    unlink(path);
}

static const sweep_options_t OPTIONS = {0};

static sweep_t make_scheduled(int samples, const int *players) {
    scheduler_spec_t spec = {
        .samples = samples, .players = players, .block_bits = 5, .workers = 1, .seconds_per_mask = 1e-6};
    sweep_t s = make_sweep(samples, players, 5);
    s.options = &OPTIONS;
    s.log = (log_t){.rank = 1, .quiet = true};
    s.scheduler = scheduler_create(&spec);
    return s;
}

static void load(sweep_t *s) {
    failure_t why;
    assert_ok(resume_load(s, &why));
}

static void free_scheduled(sweep_t *s) {
    scheduler_destroy(&s->scheduler);
    free(s->settled);
    free_sweep(s);
}

TEST(the_state_of_a_file_is_told) {
    const int players[] = {8, 8, 8, 8, 8, 8};
    failure_t why = {0};
    sweep_t s = make_scheduled(6, players);
    job_t job;
    double spoilt = 77;
    bool valid;
    assert_ok(results_write_summary_valid(s.results, true, &why));
    finish_sample(s.results, 0);
    fail_sample(s.results, 1, OUTCOME_CERTAIN, "x");
    fail_sample(s.results, 2, OUTCOME_TRANSIENT, "y");
    for (int64_t b = 0; b < 8; b++)
        store_block(s.results, 3, b); /* all values there: only to be combined */
    for (int64_t b = 2; b < 5; b++)
        store_block(s.results, 4, b);
    for (int64_t b = 0; b < 2; b++) { /* damaged on disk: both blocks are evaluated again */
        store_block(s.results, 5, b);
        assert_ok(results_write_table(s.results, TABLE_VALUES, 5, (mask_t)b * 32 + 7, 1, &spoilt, &why));
    }
    load(&s);
    assert_true(s.done == 2 && s.failed == 1 && s.combining == 1);
    assert_true(queue_take(s.to_combine, &job, 0) && job.sample == 3 && !queue_peek(s.to_combine));
    assert_int_equal(s.masks_at_start, 256 + 256 + 256 + 96);
    assert_int_equal(scheduler_masks_left(s.scheduler), 256 + (256 - 96) + 256);
    assert_ok(results_read_summary_valid(s.results, &valid, &why));
    assert_false(valid);
    free_scheduled(&s);
}

TEST(a_file_without_work_keeps_its_summary) {
    const int players[] = {8, 8};
    failure_t why = {0};
    sweep_t s = make_scheduled(2, players);
    bool valid;
    finish_sample(s.results, 0);
    fail_sample(s.results, 1, OUTCOME_CERTAIN, "x");
    assert_ok(results_write_summary_valid(s.results, true, &why));
    load(&s);
    assert_int_equal(scheduler_masks_left(s.scheduler), 0);
    assert_ok(results_read_summary_valid(s.results, &valid, &why));
    assert_true(valid);
    free_scheduled(&s);
}

/* As a power cut in the middle of a commit leaves it; after a proper end it is damage, which verify tells. */
TEST(flags_that_a_killed_start_lacks_follow_from_the_status) {
    const int players[] = {8, 6, 8};
    static const char *const EXITS[] = {"running", "ended"};
    for (int i = 0; i < 2; i++) {
        sweep_t s = make_scheduled(3, players);
        failure_t why;
        results_run_t run = {.ranks = 2, .masks = 100, .seconds = 50};
        phase_t phase;
        uint8_t done;
        snprintf(run.exit, sizeof run.exit, "%s", EXITS[i]);
        assert_ok(results_add_run(s.results, &run, &s.slot, &why));
        assert_ok(results_flag_done(s.results, 0, 2, &why));
        assert_ok(results_write_phase(s.results, 0, PHASE_EVALUATING, &why));
        assert_ok(results_write_blocks_done(s.results, 1, 7, 1, false, &why));
        store_block(s.results, 2, 3); /* but not done */
        load(&s);
        assert_ok(results_read_phase(s.results, 0, &phase, &why));
        assert_int_equal(phase, i == 0 ? PHASE_WHOLE : PHASE_EVALUATING);
        assert_ok(results_read_blocks_done(s.results, 1, 7, 1, &done, &why));
        assert_int_equal(done, i == 0);
        assert_ok(results_read_phase(s.results, 2, &phase, &why));
        assert_int_equal(phase, PHASE_EVALUATING);
        assert_true(resume_seconds_per_mask(s.results) == 1);
        free_scheduled(&s);
    }
}

int main(void) {
    return run_all(make_path, remove_path);
}
