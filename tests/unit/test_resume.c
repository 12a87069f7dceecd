/* run/resume: what stops a resume and what does not; where a file stands is told truly. */
#include "base/crc.h"
#include "run/resume.h"
#include "support/make_inputs.h"
#include "support/make_results.h"
#include "support/scratch_path.h"

static log_t silent = {.quiet = true};

#define GAME(extra, rest)                                                                                              \
    "model: {backend: game, game: sparse, seed: 3, terms: 20, orders: [1, 4], samples: 3, players: 8" extra "}\n"      \
    "output: {file: none.h5}\n" rest

static results_identity_t identity_of(const made_inputs_t *made) {
    results_identity_t identity = {.engine = "game", .engine_version = "1", .instruction_set = "this one"};
    memcpy(identity.model_sha256, made->inputs->model_sha256, DIGEST_HEX);
    memcpy(identity.samples_sha256, made->inputs->samples_sha256, DIGEST_HEX);
    memcpy(identity.settings_sha256, made->inputs->settings_sha256, DIGEST_HEX);
    return identity;
}

static void create(const char *yaml) {
    made_inputs_t made = make_inputs(yaml);
    results_identity_t identity = identity_of(&made);
    failure_t why = {0};
    unlink(path);
    assert_int_equal(resume_create(path, made.inputs, &identity, 5, &silent, &why), STATUS_OK);
    free_inputs(&made);
}

/* Tries to go on with the file under another config; the message goes to *why. */
static status_t resume(const char *yaml, bool accept, const char *engine_version, failure_t *why) {
    made_inputs_t made = make_inputs(yaml);
    results_identity_t identity = identity_of(&made);
    results_t *results = NULL;
    snprintf(identity.engine_version, sizeof identity.engine_version, "%s", engine_version);
    log_t log = {.rank = 1, .quiet = true};
    status_t status = resume_open(path, made.inputs, &identity, accept, &log, &results, why);
    results_close(&results);
    free_inputs(&made);
    return status;
}

static void what_defines_the_numbers_is_compared(void **state) {
    (void)state;
    failure_t why = {0};
    create(GAME("", ""));
    assert_int_equal(resume(GAME("", ""), false, "1", &why), STATUS_OK);
    assert_int_equal(resume(GAME("", "# a comment\nsweep: {retries: 7, block_bits: 6}\n"), false, "1", &why),
                     STATUS_OK);
    assert_int_equal(resume(GAME("", "statistics: {salience: 0.1}\n"), false, "1", &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "statistics.salience"));
    assert_non_null(strstr(why.text, "0.05"));
    assert_non_null(strstr(why.text, "0.1"));
    assert_int_equal(resume(GAME(", noise: 0.5", ""), false, "1", &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "model.noise"));
    assert_int_equal(resume(GAME("", ""), false, "2", &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "--accept-engine"));
    assert_int_equal(resume(GAME("", ""), true, "2", &why), STATUS_OK);
}

typedef struct {
    int count;
    int64_t samples[8];
} combined_t;

static void note_combined(void *self, int64_t sample, const results_sample_t *info) {
    combined_t *combined = self;
    (void)info;
    combined->samples[combined->count++] = sample;
}

static scheduler_t *make_scheduler(int samples) {
    int players[8];
    for (int k = 0; k < samples; k++)
        players[k] = 8;
    scheduler_spec_t spec = {
        .samples = samples, .players = players, .block_bits = 5, .workers = 1, .seconds_per_mask = 1e-6};
    return scheduler_create(&spec);
}

/* Writes the values of blocks first ... first+count-1 and flags them, as the writer does; `spoil` changes a stored bit.
 */
static void store_blocks(results_t *results, int64_t sample, int first, int count, bool spoil) {
    failure_t why;
    for (int b = first; b < first + count; b++) {
        double v[32];
        for (mask_t s = 0; s < 32; s++)
            v[s] = made_value(sample, (mask_t)b * 32 + s);
        uint32_t crc = crc32c(0, v, sizeof v);
        v[7] += spoil ? 1 : 0;
        assert_int_equal(results_write_table(results, TABLE_VALUES, sample, (mask_t)b * 32, 32, v, &why), STATUS_OK);
        assert_int_equal(results_write_crcs(results, TABLE_VALUES, sample, b, 1, &crc, &why), STATUS_OK);
        assert_int_equal(results_write_blocks_done(results, sample, b, 1, true, &why), STATUS_OK);
    }
}

static void the_state_of_a_file_is_told(void **state) {
    (void)state;
    const int32_t players[] = {8, 8, 8, 8, 8, 8};
    failure_t why = {0};
    unlink(path);
    results_t *results = make_results(path, 6, players, 5);
    scheduler_t *scheduler = make_scheduler(6);
    combined_t combined = {0};
    resume_state_t stand;
    int64_t combining;
    results_sample_t lasting = {.error_kind = OUTCOME_CERTAIN, .error = "x"},
                     passing = {.error_kind = OUTCOME_TRANSIENT, .error = "y"};
    assert_int_equal(results_write_status(results, 0, SAMPLE_DONE, &why), STATUS_OK);
    assert_int_equal(results_write_sample(results, 1, &lasting, &why), STATUS_OK);
    assert_int_equal(results_write_status(results, 1, SAMPLE_FAILED, &why), STATUS_OK);
    assert_int_equal(results_write_sample(results, 2, &passing, &why), STATUS_OK);
    assert_int_equal(results_write_status(results, 2, SAMPLE_FAILED, &why), STATUS_OK);
    store_blocks(results, 3, 0, 8, false); /* all values there: only to be combined */
    store_blocks(results, 4, 2, 3, false);
    store_blocks(results, 5, 0, 2, true); /* damaged on disk: both blocks are evaluated again */
    log_t log = {.rank = 1, .quiet = true};
    assert_int_equal(
        resume_load_state(results, scheduler, false, &log, note_combined, &combined, &combining, &stand, &why),
        STATUS_OK);
    assert_int_equal(stand.done, 1);
    assert_int_equal(stand.failed, 1);
    assert_int_equal(combining, 1);
    assert_int_equal(combined.count, 1);
    assert_int_equal(combined.samples[0], 3);
    assert_int_equal(stand.masks, 256 + 256 + 256 + 96);
    assert_int_equal(scheduler_masks_left(scheduler), 256 + (256 - 96) + 256);
    scheduler_destroy(&scheduler);
    results_close(&results);
}

/* As a power cut in the middle of a commit leaves it; after a proper end it is damage, which verify tells. */
static void flags_that_a_killed_start_lacks_follow_from_the_status(void **state) {
    (void)state;
    const int32_t players[] = {8, 6, 8};
    static const char *const EXITS[] = {"running", "ended"};
    for (int i = 0; i < 2; i++) {
        results_t *results = make_results(path, 3, players, 5);
        failure_t why;
        results_run_t run = {0};
        int slot;
        phase_t phases[3];
        uint8_t done[3][8];
        snprintf(run.exit, sizeof run.exit, "%s", EXITS[i]);
        assert_int_equal(results_add_run(results, &run, &slot, &why), STATUS_OK);
        assert_int_equal(results_flag_whole(results, 0, 2, &why), STATUS_OK);
        assert_int_equal(results_write_phase(results, 0, PHASE_EVALUATING, &why), STATUS_OK);
        assert_int_equal(results_write_blocks_done(results, 1, 7, 1, false, &why), STATUS_OK);
        assert_int_equal(results_write_blocks_done(results, 2, 0, 8, true, &why), STATUS_OK); /* but not done */
        assert_int_equal(resume_mend_flags(results, &silent, &why), STATUS_OK);
        for (int64_t k = 0; k < 3; k++) {
            assert_int_equal(results_read_phase(results, k, &phases[k], &why), STATUS_OK);
            assert_int_equal(results_read_blocks_done(results, k, 0, 8, done[k], &why), STATUS_OK);
        }
        assert_int_equal(phases[0], i == 0 ? PHASE_WHOLE : PHASE_EVALUATING);
        assert_int_equal(done[1][7], i == 0);
        assert_int_equal(phases[2], PHASE_EVALUATING);
        results_close(&results);
        unlink(path);
    }
}

static void places_that_cannot_hold_a_file_are_named(void **state) {
    (void)state;
    bool exists;
    failure_t why = {0};
    assert_int_equal(paths_check_output("/no/such/folder/r.h5", false, &exists, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "/no/such/folder"));
    unlink(path);
    assert_int_equal(paths_check_output(path, false, &exists, &why), STATUS_OK);
    assert_false(exists);
    assert_int_equal(paths_check_output(path, true, &exists, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "--resume"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_defines_the_numbers_is_compared),
        cmocka_unit_test(the_state_of_a_file_is_told),
        cmocka_unit_test(flags_that_a_killed_start_lacks_follow_from_the_status),
        cmocka_unit_test(places_that_cannot_hold_a_file_are_named),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
