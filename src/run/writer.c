#include "run/writer.h"

#include "base/clock.h"
#include "base/memory.h"
#include "results/block_crcs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { RUN_MAX = 64, RUN_BYTES_MAX = 1 << 20 };
static const double COMMIT_LEAST = 0.1, COMMIT_MOST = 0.5; /* seconds from the first flag to its commit */

/* A flag to be set in the second half of a commit. */
typedef struct {
    job_kind_t kind;
    row_t sample, first_block, blocks;
} flag_t;

/* Only its thread touches it until that has ended. */
typedef struct writer {
    sweep_t *sweep;
    results_t *results; /* the sweep's */
    results_run_t run;
    double started; /* monotonic */
    flag_t *flags;  /* of what was written since the last commit */
    size_t flag_count, flag_capacity;
    size_t run_max; /* samples in a row that are written together: RUN_MAX, or fewer if their rows are long */
    job_t jobs[RUN_MAX];
    results_sample_t infos[RUN_MAX];
} writer_t;

/* ---- the first half of a commit: data ---- */

/* Whole rows one after the other. What lies side by side in the file is written at once: tables, checksums, and each of
 * the some sixty datasets of statistics. */
static status_t write_samples(writer_t *w, size_t count, failure_t *why) {
    finished_row_t rows[RUN_MAX];
    for (size_t i = 0; i < count; i++) {
        rows[i] = w->jobs[i].row;
        w->infos[i] = w->jobs[i].info;
    }
    return results_put_done(w->results, w->jobs[0].sample, count, rows, w->infos, why);
}

/* The noise comes with one range of the sample; it is on disk before any block is flagged, and other ranges leave it.
 */
static status_t keep_noise(writer_t *w, job_t *job, failure_t *why) {
    results_sample_t stored;
    if (!isnan(job->info.noise_sigma))
        return STATUS_OK;
    TRY(results_read_sample(w->results, job->sample, &stored, why));
    if (isnan(stored.noise_sigma))
        return STATUS_OK;
    job->info.noise_sigma = stored.noise_sigma;
    job->info.noise_why = stored.noise_why;
    return STATUS_OK;
}

static status_t write_masks(writer_t *w, job_t *job, failure_t *why) {
    TRY(keep_noise(w, job, why));
    TRY(results_write_table(w->results, TABLE_VALUES, job->sample, job->first, job->count, job->values, why));
    for (int64_t b = job->first_block; b < job->first_block + job->blocks; b++)
        TRY(block_crcs_write_values(w->results, job->sample, b, job->first, job->count, job->values, why));
    return results_write_samples(w->results, job->sample, 1, &job->info, why);
}

/* The sample's flags that wait for the commit would otherwise be set over NaN. */
static void forget_flags(writer_t *w, row_t sample) {
    size_t kept = 0;
    for (size_t i = 0; i < w->flag_count; i++)
        if (w->flags[i].sample != sample)
            w->flags[kept++] = w->flags[i];
    w->flag_count = kept;
}

static status_t write_failed(writer_t *w, const job_t *job, failure_t *why) {
    forget_flags(w, job->sample);
    return results_put_failed(w->results, job->sample, &job->info, why);
}

static status_t write_data(writer_t *w, size_t count, failure_t *why) {
    job_t *job = w->jobs;
    switch (job->kind) {
    case JOB_SAMPLE:
        return write_samples(w, count, why);
    case JOB_MASKS:
        return write_masks(w, job, why);
    case JOB_FAILED:
        return write_failed(w, job, why);
    case JOB_BEAT:
        job->beat.id = w->sweep->claim;
        return results_write_heartbeat(w->results, &job->beat, why);
    case JOB_COMBINED:
        break;
    }
    return STATUS_OK;
}

/* ---- the second half: flags ---- */

/* How many whole samples follow each other in the flags from `at` on. */
static size_t whole_run(const writer_t *w, size_t at) {
    const flag_t *flag = &w->flags[at];
    size_t count = 0;
    while (at + count < w->flag_count && (flag[count].kind == JOB_SAMPLE || flag[count].kind == JOB_COMBINED) &&
           flag[count].sample == flag->sample + (int64_t)count)
        count++;
    return count;
}

/* Sets the flag at `*at`, or those of a run of whole samples together, and steps over what it set. */
static status_t set_flags(writer_t *w, size_t *at, failure_t *why) {
    const flag_t *flag = &w->flags[*at];
    size_t whole = whole_run(w, *at);
    *at += whole > 0 ? whole : 1;
    if (whole > 0)
        return results_flag_done(w->results, flag->sample, whole, why);
    if (flag->kind == JOB_MASKS)
        return results_write_blocks_done(w->results, flag->sample, flag->first_block, flag->blocks, true, why);
    if (flag->kind == JOB_FAILED)
        return results_write_status(w->results, flag->sample, SAMPLE_FAILED, why);
    return STATUS_OK;
}

static status_t sync_results(writer_t *w, failure_t *why) {
    double began = clock_seconds();
    status_t status = results_sync(w->results, why);
    w->sweep->report.writer.syncing += clock_seconds() - began;
    return status;
}

static status_t commit(writer_t *w, failure_t *why) {
    TRY(sync_results(w, why));
    TRY(sweep_may_write(w->sweep, why)); /* again: the sync may have taken long */
    for (size_t at = 0; at < w->flag_count;)
        TRY(set_flags(w, &at, why));
    w->flag_count = 0;
    w->run.seconds = clock_seconds() - w->started; /* so far: after a kill the next start knows how fast it was */
    TRY(results_update_run(w->results, w->sweep->slot, &w->run, why));
    return sync_results(w, why);
}

static void remember_flag(writer_t *w, const job_t *job) {
    if (w->flag_count == w->flag_capacity) {
        w->flag_capacity = w->flag_capacity ? 2 * w->flag_capacity : 64;
        w->flags = memory_grow(w->flags, w->flag_capacity, sizeof *w->flags, "the writer");
    }
    w->flags[w->flag_count++] = (flag_t){job->kind, job->sample, job->first_block, job->blocks};
}

/* ---- the thread ---- */

static bool follows(const job_t *job, const job_t *next) {
    return next && job->kind == JOB_SAMPLE && next->kind == JOB_SAMPLE && next->sample == job->sample + 1;
}

/* Takes what is written together: one job, or whole samples that follow each other. Returns how many; 0: none came
 * until `deadline`. */
static size_t take_run(writer_t *w, double deadline) {
    queue_t *queue = w->sweep->to_write;
    size_t count = queue_take(queue, &w->jobs[0], deadline) ? 1 : 0;
    while (count > 0 && count < w->run_max && follows(&w->jobs[count - 1], queue_peek(queue)) &&
           queue_take(queue, &w->jobs[count], 0))
        count++;
    return count;
}

/* The size of the tables that come with a job. */
static double bytes_of(const writer_t *w, const job_t *job) {
    if (job->kind == JOB_SAMPLE)
        return 2.0 * sizeof(double) * (double)mask_count(results_players_of(w->results, job->sample));
    return job->kind == JOB_MASKS ? sizeof(double) * (double)job->count : 0;
}

static status_t do_run(writer_t *w, size_t count, failure_t *why) {
    TRY(sweep_may_write(w->sweep, why));
    TRY(write_data(w, count, why));
    for (const job_t *job = w->jobs; job < w->jobs + count; job++) {
        w->sweep->report.writer.bytes += bytes_of(w, job);
        w->run.masks += job->masks;
        w->run.masks_for_target += job->masks_for_target;
        remember_flag(w, job);
        if (job->kind == JOB_MASKS && job->complete)
            queue_put(w->sweep->to_combine, &(job_t){.sample = job->sample, .info = job->info}, 0);
    }
    return STATUS_OK;
}

/* After a failure the thread only drops jobs; the manager notices and ends the sweep. */
static void try_run(writer_t *w, size_t count) {
    failure_t why;
    if (queue_check(w->sweep->to_write, NULL) == STATUS_OK && do_run(w, count, &why) != STATUS_OK)
        queue_fail(w->sweep->to_write, &why);
    for (const job_t *job = w->jobs; job < w->jobs + count; job++)
        if (w->sweep->spares && job->room > 0)
            queue_put(w->sweep->spares, &(message_t){.bytes = job->buffer, .capacity = job->room}, 0);
        else
            free(job->buffer);
}

/* Returns how many seconds the next flags wait: three times what this commit took, so that a slow disk sees fewer. */
static double try_commit(writer_t *w) {
    failure_t why;
    const double began = clock_seconds();
    if (queue_check(w->sweep->to_write, NULL) == STATUS_OK && commit(w, &why) != STATUS_OK)
        queue_fail(w->sweep->to_write, &why);
    return fmin(COMMIT_MOST, fmax(COMMIT_LEAST, 3 * (clock_seconds() - began)));
}

static void write_jobs(void *self) {
    writer_t *w = self;
    queue_t *queue = w->sweep->to_write;
    double deadline = INFINITY;  /* of the next commit */
    double wait = try_commit(w); /* what a new file begins with, and this start */
    for (bool more = true; more;) {
        size_t count = take_run(w, deadline);
        if (count > 0) {
            try_run(w, count);
            deadline = fmin(deadline, clock_seconds() + wait);
        }
        more = count > 0 || !queue_closed(queue) || queue_peek(queue);
        if (clock_seconds() >= deadline || (!more && deadline < INFINITY)) {
            wait = try_commit(w);
            deadline = INFINITY;
        }
    }
    w->sweep->report.writer.processor = clock_thread();
}

/* ---- the other side ---- */

message_t writer_spare(const sweep_t *sweep) {
    message_t spare = {0};
    if (sweep->spares)
        queue_take(sweep->spares, &spare, 0);
    return spare;
}

static size_t longest_run(const results_t *results) {
    size_t bytes =
        results_fields(results)->doubles * sizeof(double) + (size_t)(mask_count(results_players(results)) / 4);
    size_t longest = RUN_BYTES_MAX / bytes;
    return longest < 1 ? 1 : longest > RUN_MAX ? RUN_MAX : longest;
}

status_t writer_start(sweep_t *sweep, const results_run_t *run, failure_t *why) {
    TRY(results_claim(sweep->results, &sweep->claim, why));
    writer_t *w = memory_need(1, sizeof *w, "the writer");
    sweep->writer = w;
    w->sweep = sweep;
    w->results = sweep->results;
    w->run_max = longest_run(sweep->results);
    w->run = *run;
    w->started = clock_seconds();
    return queue_start(sweep->to_write, write_jobs, w, why);
}

static status_t write_end(writer_t *w, failure_t *why) {
    TRY(queue_check(w->sweep->to_write, why));
    TRY(sweep_may_write(w->sweep, why));
    TRY(results_update_run(w->results, w->sweep->slot, &w->run, why));
    return results_sync(w->results, why);
}

status_t writer_finish(sweep_t *sweep, const char *exit_text, failure_t *why) {
    writer_t *w = sweep->writer;
    queue_close(sweep->to_write, false);
    queue_join(sweep->to_write);
    snprintf(w->run.exit, sizeof w->run.exit, "%s", exit_text);
    w->run.seconds = sweep->report.sweep;
    status_t status = write_end(w, why);
    if (status == STATUS_INTERNAL) { /* a full disk may still take this */
        failure_t ignored;
        snprintf(w->run.exit, sizeof w->run.exit, "broken");
        results_update_run(w->results, w->sweep->slot, &w->run, &ignored);
    }
    free(w->flags);
    free(w);
    sweep->writer = NULL;
    return status;
}
