/* run/writer: what is flagged is whole; a failed sample keeps no flag; blocks written in parts get right checksums.
 */
#include "base/crc.h"
#include "run/writer.h"
#include "support/make_results.h"
#include "support/scratch_path.h"

#include <pthread.h>
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
    writer_put(writer, &job);
}

static void finish(writer_t **writer) {
    failure_t why = {0};
    assert_ok(writer_finish(writer, "ended", 1.5, &why));
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
    writer_times_t times;
    uint8_t done[16];
    uint32_t crc;
    double v[64];
    writer_watch(writer, &times);
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
    for (mask_t b = 1; b <= 3; b++) { /* the first of them in two ranges */
        for (mask_t s = 0; s < 64; s++)
            v[s] = made_value(0, 64 * b + s);
        assert_int_equal(results_read_crcs(results, TABLE_VALUES, 0, (int64_t)b, 1, &crc, &why), STATUS_OK);
        assert_int_equal(crc, crc32c(0, v, sizeof v));
    }
    assert_true(times.bytes == 8 * (32 + 32 + 160) && times.syncing > 0);
    results_run_t runs[RESULTS_RUNS];
    int count;
    uint64_t starts;
    assert_int_equal(results_read_runs(results, runs, &count, &starts, &why), STATUS_OK);
    assert_int_equal(runs[0].masks, 32 + 32 + 160);
    assert_string_equal(runs[0].exit, "ended");
    results_close(&results);
}

/* A row whose numbers are all 0 and whose salient sets are mask 1 (positive) and, of more than one player, mask 2. */
static job_t sample_job(const results_t *results, int64_t sample, int n) {
    const fields_t *fields = results_fields(results);
    mask_t masks = mask_count(n);
    size_t doubles = finished_doubles(fields, n);
    double *data = calloc(doubles, sizeof *data);
    finished_row_t row = finished_at(fields, n, data);
    for (mask_t s = 0; s < masks; s++) {
        row.values[s] = made_value(sample, s);
        row.effects[s] = -made_value(sample, s);
    }
    row.salient[0] = 1u << 1;
    row.salient[salience_words(n)] = n > 1 ? 1u << 2 : 0;
    return (job_t){.kind = JOB_SAMPLE,
                   .sample = sample,
                   .row = row,
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
    assert_int_equal(results_read_table(results, TABLE_VALUES, 0, 0, 256, table, &why), STATUS_OK);
    assert_true(table[3] == made_value(0, 3));
    for (int s = 16; s < 256; s++)
        assert_true(isnan(table[s]));
    assert_int_equal(results_read_blocks_done(results, 0, 0, 8, done, &why), STATUS_OK);
    assert_int_equal(results_read_crcs(results, TABLE_VALUES, 0, 0, 8, crcs, &why), STATUS_OK);
    for (int b = 0; b < 8; b++) {
        assert_int_equal(done[b], 1);
        assert_int_equal(crcs[b], crc32c(0, table + 32 * b, 32 * sizeof *table));
    }
    assert_int_equal(results_read_sample(results, 1, &info, &why), STATUS_OK);
    assert_int_equal(info.status, SAMPLE_PENDING);
    results_close(&results);
}

/* ---- whole samples that follow each other are written together ---- */

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;

static void wait_for_the_test(void *self, int64_t sample, const results_sample_t *info) {
    (void)self;
    (void)sample;
    (void)info;
    pthread_mutex_lock(&held);
    pthread_mutex_unlock(&held);
}

enum { MANY = 150, SPLIT = MANY - 1 };

/* As sample_job, with statistics that tell samples and fields apart. */
static job_t told_apart(const results_t *results, int64_t sample, int n) {
    job_t job = sample_job(results, sample, n);
    for (size_t i = 0; i < results_fields(results)->doubles; i++)
        job.row.numbers[i] = (double)((uint64_t)sample * 7 + i) / 3;
    job.info.seconds = (double)sample;
    job.info.target = sample % 5;
    return job;
}

static job_t failed_job(int64_t sample) {
    return (job_t){.kind = JOB_FAILED, .sample = sample, .info = {.error_kind = OUTCOME_CERTAIN, .error = "it failed"}};
}

/* Runs longer than are written together, with more checksums than are written at once; a gap, a step back, and a
 * failure in between. */
static size_t make_jobs(const results_t *results, const int32_t *players, job_t *jobs) {
    size_t count = 0;
    for (int64_t k = 0; k < 100; k++)
        jobs[count++] = told_apart(results, k, players[k]);
    for (int64_t k = 120; k < SPLIT; k++)
        jobs[count++] = k == 130 ? failed_job(k) : told_apart(results, k, players[k]);
    for (int64_t k = 105; k < 115; k++)
        jobs[count++] = told_apart(results, k, players[k]);
    return count;
}

/* Everything that the file says of a sample, twice the same. */
static void assert_same_sample(const results_t *a, const results_t *b, int64_t k) {
    enum { ALL = 512, BLOCKS = 32, FIELDS_ROOM = 1024 };
    failure_t why;
    double one[ALL], other[ALL], row[FIELDS_ROOM], other_row[FIELDS_ROOM];
    uint32_t crcs[BLOCKS], other_crcs[BLOCKS];
    uint64_t bits[ALL / 64], other_bits[ALL / 64];
    uint8_t done[BLOCKS], other_done[BLOCKS];
    results_sample_t info, other_info;
    phase_t phase, other_phase;
    bool intact, other_intact;
    assert_int_equal(results_read_sample(a, k, &info, &why), STATUS_OK);
    assert_int_equal(results_read_sample(b, k, &other_info, &why), STATUS_OK);
    assert_int_equal(info.status, other_info.status);
    assert_string_equal(info.error, other_info.error);
    assert_int_equal(info.target, other_info.target);
    assert_memory_equal(&info.seconds, &other_info.seconds, sizeof info.seconds);
    assert_int_equal(results_read_phase(a, k, &phase, &why), STATUS_OK);
    assert_int_equal(results_read_phase(b, k, &other_phase, &why), STATUS_OK);
    assert_int_equal(phase, other_phase);
    assert_int_equal(results_read_blocks_done(a, k, 0, BLOCKS, done, &why), STATUS_OK);
    assert_int_equal(results_read_blocks_done(b, k, 0, BLOCKS, other_done, &why), STATUS_OK);
    assert_memory_equal(done, other_done, sizeof done);
    for (int table = 0; table < results_tables(); table++) {
        assert_ok(results_read_crcs(a, table, k, 0, BLOCKS, crcs, &why));
        assert_ok(results_read_crcs(b, table, k, 0, BLOCKS, other_crcs, &why));
        assert_memory_equal(crcs, other_crcs, sizeof crcs);
    }
    assert_int_equal(results_read_row(a, k, row, &intact, &why), STATUS_OK);
    assert_int_equal(results_read_row(b, k, other_row, &other_intact, &why), STATUS_OK);
    assert_int_equal(intact, other_intact);
    assert_memory_equal(row, other_row, results_fields(a)->doubles * sizeof *row);
    for (int negative = 0; negative < 2; negative++) {
        assert_ok(results_read_salient(a, k, 1, 0, negative, 0, ALL / 64, bits, &why));
        assert_ok(results_read_salient(b, k, 1, 0, negative, 0, ALL / 64, other_bits, &why));
        assert_memory_equal(bits, other_bits, sizeof bits);
    }
    if (info.status == SAMPLE_PENDING)
        return; /* its tables are undefined */
    assert_int_equal(results_read_table(a, TABLE_VALUES, k, 0, ALL, one, &why), STATUS_OK);
    assert_int_equal(results_read_table(b, TABLE_VALUES, k, 0, ALL, other, &why), STATUS_OK);
    assert_memory_equal(one, other, sizeof one);
    assert_int_equal(results_read_table(a, TABLE_INTERACTIONS, k, 0, ALL, one, &why), STATUS_OK);
    assert_int_equal(results_read_table(b, TABLE_INTERACTIONS, k, 0, ALL, other, &why), STATUS_OK);
    assert_memory_equal(one, other, sizeof one);
}

/* The writer is held until all jobs wait, so that runs are as long as they can be; into the other file they go the last
 * one first, so that none follows another. */
static void runs_of_samples_become_what_single_ones_do(void **state) {
    (void)state;
    char beside[sizeof path + 8];
    int32_t players[MANY];
    job_t jobs[MANY];
    failure_t why;
    int slot;
    uint8_t done[32];
    results_run_t run = {.host = "here", .exit = "running"};
    for (int k = 0; k < MANY; k++)
        players[k] = k == SPLIT ? 9 : 1 + (k * 5) % 9;
    snprintf(beside, sizeof beside, "%s.single", path);
    results_t *together = make_results(path, MANY, players, 4), *single = make_results(beside, MANY, players, 4);
    writer_t *writer;
    assert_int_equal(results_add_run(together, &run, &slot, &why), STATUS_OK);
    assert_int_equal(writer_start(together, &run, slot, wait_for_the_test, NULL, &writer, &why), STATUS_OK);
    pthread_mutex_lock(&held);
    job_t holding = range_job(SPLIT, 0, 512);
    holding.complete = true;
    put(writer, holding);
    size_t count = make_jobs(together, players, jobs);
    for (size_t i = 0; i < count; i++)
        put(writer, jobs[i]);
    pthread_mutex_unlock(&held);
    finish(&writer);
    make_jobs(single, players, jobs);
    writer = start(single);
    for (size_t i = count; i-- > 0;)
        put(writer, jobs[i]);
    finish(&writer);
    for (int64_t k = 0; k < SPLIT; k++)
        assert_same_sample(together, single, k);
    assert_int_equal(results_read_blocks_done(together, 99, 0, 32, done, &why), STATUS_OK);
    assert_int_equal(done[31], 1);
    assert_int_equal(results_read_blocks_done(together, 100, 0, 32, done, &why), STATUS_OK);
    assert_int_equal(done[0], 0); /* the run before it ended there */
    results_close(&single);
    results_close(&together);
    unlink(beside);
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
                        .info = {.error_kind = OUTCOME_CERTAIN, .error = "mask 0x50: output is NaN", .attempts = 1}});
    finish(&writer);
    assert_int_equal(results_read_sample(results, 0, &info, &why), STATUS_OK);
    assert_int_equal(info.status, SAMPLE_FAILED);
    assert_string_equal(info.error, "mask 0x50: output is NaN");
    assert_int_equal(results_read_blocks_done(results, 0, 0, 8, done, &why), STATUS_OK);
    for (int b = 0; b < 8; b++)
        assert_int_equal(done[b], 0);
    assert_int_equal(results_read_table(results, TABLE_VALUES, 0, 0, 256, table, &why), STATUS_OK);
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
        assert_int_equal(results_read_table(results, TABLE_VALUES, 0, 0, 1, &v, &why), STATUS_OK);
        assert_int_equal(results_read_blocks_done(results, 0, 0, 1, &done, &why), STATUS_OK);
    }
}

/* Another sweep claims it before the job, before its flags, and before the final record. */
static void nothing_is_written_to_a_file_of_another(void **state) {
    (void)state;
    const int32_t players[] = {6};
    for (moment_t moment = BEFORE_DATA; moment <= NEVER; moment++) {
        failure_t why = {0};
        results_t *results = make_results(path, 1, players, 5);
        writer_t *writer = start(results);
        job_t job = range_job(0, 0, 32);
        results_run_t runs[RESULTS_RUNS];
        int count;
        uint64_t starts, id;
        uint8_t done;
        double v;
        job.blocks = 1;
        if (moment == BEFORE_DATA)
            assert_int_equal(results_claim(results, &id, &why), STATUS_OK);
        put(writer, job);
        wait_for_moment(results, moment);
        if (moment == BEFORE_FLAGS || moment == BEFORE_THE_END)
            assert_int_equal(results_claim(results, &id, &why), STATUS_OK);
        assert_int_equal(writer_finish(&writer, "ended", 0, &why), moment < NEVER ? STATUS_INPUT : STATUS_OK);
        assert_int_equal(strstr(why.text, "another sweep took over this results file") != NULL, moment < NEVER);
        assert_int_equal(results_read_table(results, TABLE_VALUES, 0, 0, 1, &v, &why), STATUS_OK);
        assert_int_equal(v == made_value(0, 0), moment > BEFORE_DATA);
        assert_int_equal(results_read_blocks_done(results, 0, 0, 1, &done, &why), STATUS_OK);
        assert_int_equal(done, moment > BEFORE_FLAGS);
        assert_int_equal(results_read_runs(results, runs, &count, &starts, &why), STATUS_OK);
        assert_string_equal(runs[0].exit, moment < NEVER ? "running" : "ended");
        results_close(&results);
        unlink(path);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(parts_of_blocks_become_flagged_blocks, remove_path),
        cmocka_unit_test_teardown(a_whole_sample_is_written_and_flagged, remove_path),
        cmocka_unit_test_teardown(runs_of_samples_become_what_single_ones_do, remove_path),
        cmocka_unit_test_teardown(the_noise_of_one_range_is_that_of_the_sample, remove_path),
        cmocka_unit_test_teardown(a_failed_sample_keeps_no_flag, remove_path),
        cmocka_unit_test_teardown(a_deleted_file_is_noticed, remove_path),
        cmocka_unit_test_teardown(a_failed_writer_does_not_spin, remove_path),
        cmocka_unit_test(nothing_is_written_to_a_file_of_another),
    };
    return cmocka_run_group_tests(tests, make_path, NULL);
}
