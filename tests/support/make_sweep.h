/* For tests of rank 0's threads: a sweep with a results file, a start on record, and the queues. */
#ifndef HARSANYI_TESTS_SUPPORT_MAKE_SWEEP_H
#define HARSANYI_TESTS_SUPPORT_MAKE_SWEEP_H

#include "run/writer.h"
#include "support/expect_sound.h"
#include "support/scratch_path.h"

static config_t made_config;

static inline sweep_t make_sweep(int64_t samples, const int32_t *players, int block_bits) {
    made_config.statistics = FINISH_SETTINGS;
    return (sweep_t){.config = &made_config,
                     .file = path,
                     .results = make_results(path, samples, players, block_bits),
                     .to_write = queue_create(sizeof(job_t), "the writer"),
                     .to_combine = queue_create(sizeof(job_t), "the combine thread")};
}

static inline void start_writer(sweep_t *sweep) {
    const results_run_t run = {.host = "here", .exit = "running"};
    failure_t why;
    assert_ok(results_add_run(sweep->results, &run, &sweep->slot, &why));
    assert_ok(writer_start(sweep, &run, &why));
}

/* A writer that has ended cannot start again: the queue is closed. */
static inline void finish_writer(sweep_t *sweep) {
    failure_t why = {0};
    assert_ok(writer_finish(sweep, "ended", &why));
}

static inline void free_sweep(sweep_t *sweep) {
    queue_destroy(&sweep->to_write);
    queue_destroy(&sweep->to_combine);
    results_close(&sweep->results);
    unlink(path);
}

static inline void put_job(sweep_t *sweep, job_t job) {
    queue_put(sweep->to_write, &job, 0);
}

/* A job for a range of made_value in memory of its own, as a worker's message would be. */
static inline job_t range_job(int64_t sample, mask_t first, mask_t count) {
    double *values = new_numbers(count);
    for (mask_t s = 0; s < count; s++)
        values[s] = made_value(sample, first + s);
    return (job_t){.kind = JOB_MASKS,
                   .sample = sample,
                   .info = plain_info(),
                   .values = values,
                   .first = first,
                   .count = count,
                   .masks = count,
                   .buffer = values};
}

#endif
