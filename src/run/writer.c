#include "run/writer.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/nan.h"
#include "results/block_crcs.h"
#include "results/verbs.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUEUE_BYTES_MAX = 64 << 20, RUN_MAX = 64, RUN_BYTES_MAX = 1 << 20 };
static const double COMMIT_SECONDS = 0.5;

typedef struct node {
    job_t job;
    struct node *next;
} node_t;

/* A flag to be set in the second half of a commit. */
typedef struct {
    job_kind_t kind;
    int64_t sample, first_block, blocks;
} flag_t;

struct writer {
    results_t *results; /* borrowed */
    writer_complete_t complete;
    void *complete_self;
    results_run_t run;
    int slot;
    double started; /* monotonic */
    uint64_t id;    /* of this start, in the heartbeat */

    pthread_t thread;
    pthread_mutex_t lock; /* guards the four lines below */
    pthread_cond_t wake;
    node_t *head, *tail;
    size_t waiting_bytes;
    bool closing;
    failure_t failure; /* status STATUS_OK while all is well */

    /* only the thread touches these */
    writer_times_t *times; /* borrowed; NULL: not asked for */
    flag_t *flags;         /* of what was written since the last commit */
    size_t flag_count, flag_capacity;
    size_t run_max;          /* samples in a row that are written together: RUN_MAX, or fewer if their rows are long */
    results_sample_t *infos; /* [run_max] */
};

/* ---- the first half of a commit: data ---- */

/* Whole rows one after the other. What lies side by side in the file is written at once: tables, checksums, and each of
 * the some sixty datasets of statistics. */
static status_t write_samples(writer_t *w, const node_t *run, failure_t *why) {
    finished_row_t rows[RUN_MAX];
    size_t count = 0;
    for (const node_t *node = run; node; node = node->next, count++) {
        rows[count] = node->job.row;
        w->infos[count] = node->job.info;
    }
    return results_put_done(w->results, run->job.sample, count, rows, w->infos, why);
}

/* The noise comes with one range of the sample; it is on disk before any block is flagged, and other ranges leave it.
 */
static status_t keep_noise(writer_t *w, job_t *job, failure_t *why) {
    results_sample_t stored;
    if (!isnan(job->info.noise_sigma))
        return STATUS_OK;
    TRY(results_read_sample(w->results, job->sample, &stored, why));
    job->info.noise_sigma = stored.noise_sigma;
    return STATUS_OK;
}

static status_t write_masks(writer_t *w, job_t *job, failure_t *why) {
    TRY(keep_noise(w, job, why));
    TRY(results_write_table(w->results, TABLE_VALUES, job->sample, job->first, job->count, job->values, why));
    for (int64_t b = job->first_block; b < job->first_block + job->blocks; b++)
        TRY(block_crcs_write_values(w->results, job->sample, b, job->first, job->count, job->values, why));
    return results_write_sample(w->results, job->sample, &job->info, why);
}

/* The sample's flags that wait for the commit would otherwise be set over NaN. */
static void forget_flags(writer_t *w, int64_t sample) {
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

static status_t write_data(writer_t *w, node_t *run, failure_t *why) {
    job_t *job = &run->job;
    switch (job->kind) {
    case JOB_SAMPLE:
        return write_samples(w, run, why);
    case JOB_MASKS:
        return write_masks(w, job, why);
    case JOB_FAILED:
        return write_failed(w, job, why);
    case JOB_BEAT:
        job->beat.id = w->id;
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
        return results_flag_failed(w->results, flag->sample, why);
    return STATUS_OK;
}

static status_t sync_results(writer_t *w, failure_t *why) {
    double began = clock_seconds();
    status_t status = results_sync(w->results, why);
    if (w->times)
        w->times->syncing += clock_seconds() - began;
    return status;
}

static status_t commit(writer_t *w, failure_t *why) {
    TRY(sync_results(w, why));
    TRY(writer_may_write(w, why)); /* again: the sync may have taken long */
    for (size_t at = 0; at < w->flag_count;)
        TRY(set_flags(w, &at, why));
    w->flag_count = 0;
    w->run.seconds = clock_seconds() - w->started; /* so far: after a kill the next start knows how fast it was */
    TRY(results_update_run(w->results, w->slot, &w->run, why));
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

/* Cuts what is written together off the head of the queue, which is not empty: one job, or the whole samples that
 * follow each other. */
static node_t *cut_run(writer_t *w) {
    node_t *first = w->head, *last = first;
    for (size_t count = 1; count < w->run_max && last->next && last->job.kind == JOB_SAMPLE &&
                           last->next->job.kind == JOB_SAMPLE && last->next->job.sample == last->job.sample + 1;
         count++)
        last = last->next;
    w->head = last->next;
    if (!w->head)
        w->tail = NULL;
    last->next = NULL;
    return first;
}

/* The next jobs; waits until `deadline` (without limit if negative). NULL: no job came. */
static node_t *take_run(writer_t *w, double deadline, bool *closing) {
    pthread_mutex_lock(&w->lock);
    while (!w->head && !w->closing) {
        if (deadline < 0) {
            pthread_cond_wait(&w->wake, &w->lock);
            continue;
        }
        struct timespec until = {(time_t)deadline, (long)((deadline - (double)(time_t)deadline) * 1e9)};
        if (pthread_cond_timedwait(&w->wake, &w->lock, &until) != 0)
            break;
    }
    node_t *run = w->head ? cut_run(w) : NULL;
    *closing = w->closing;
    pthread_mutex_unlock(&w->lock);
    return run;
}

static void free_run(writer_t *w, node_t *run) {
    size_t bytes = 0;
    while (run) {
        node_t *next = run->next;
        bytes += run->job.buffer_bytes;
        free(run->job.buffer);
        free(run);
        run = next;
    }
    pthread_mutex_lock(&w->lock);
    w->waiting_bytes -= bytes;
    pthread_mutex_unlock(&w->lock);
}

/* After a failure the thread only drops jobs; the manager notices and ends the sweep. */
static void keep_failure(writer_t *w, const failure_t *why) {
    pthread_mutex_lock(&w->lock);
    w->failure = *why;
    pthread_mutex_unlock(&w->lock);
}

/* The size of the tables that come with a job. */
static double bytes_of(const writer_t *w, const job_t *job) {
    if (job->kind == JOB_SAMPLE)
        return 2.0 * sizeof(double) * (double)mask_count(results_players_of(w->results, job->sample));
    return job->kind == JOB_MASKS ? sizeof(double) * (double)job->count : 0;
}

static status_t do_run(writer_t *w, node_t *run, failure_t *why) {
    const job_t *job = &run->job;
    TRY(writer_may_write(w, why));
    TRY(write_data(w, run, why));
    for (const node_t *node = run; node; node = node->next) {
        if (w->times)
            w->times->bytes += bytes_of(w, &node->job);
        w->run.masks += node->job.masks;
        w->run.masks_for_target += node->job.masks_for_target;
        remember_flag(w, &node->job);
    }
    if (job->kind == JOB_MASKS && job->complete)
        w->complete(w->complete_self, job->sample, &job->info);
    return STATUS_OK;
}

static void *writer_thread(void *self) {
    writer_t *w = self;
    failure_t why;
    status_t status = STATUS_OK;
    double deadline = -1;
    bool closing = false;
    for (;;) {
        node_t *run = take_run(w, deadline, &closing);
        if (run) {
            if (status == STATUS_OK && (status = do_run(w, run, &why)) != STATUS_OK)
                keep_failure(w, &why);
            free_run(w, run);
            if (deadline < 0)
                deadline = clock_seconds() + COMMIT_SECONDS;
        }
        if (deadline >= 0 && (clock_seconds() >= deadline || (!run && closing))) {
            if (status == STATUS_OK && (status = commit(w, &why)) != STATUS_OK)
                keep_failure(w, &why);
            deadline = -1;
        }
        if (!run && closing)
            return NULL;
    }
}

/* ---- the other side ---- */

static void free_writer(writer_t *w) {
    free(w->flags);
    free(w->infos);
    free(w);
}

static writer_t *make_writer(results_t *results) {
    size_t bytes =
        results_fields(results)->doubles * sizeof(double) + (size_t)(mask_count(results_players(results)) / 4);
    size_t run_max = RUN_BYTES_MAX / bytes;
    writer_t *w = memory_need(1, sizeof *w, "the writer");
    w->results = results;
    w->run_max = run_max < 1 ? 1 : run_max > RUN_MAX ? RUN_MAX : run_max;
    w->infos = memory_need(w->run_max, sizeof *w->infos, "the writer");
    return w;
}

status_t writer_start(results_t *results, const results_run_t *run, int slot, writer_complete_t complete, void *self,
                      writer_t **out, failure_t *why) {
    pthread_condattr_t monotonic;
    uint64_t id;
    *out = NULL;
    TRY(results_claim(results, &id, why));
    writer_t *w = make_writer(results);
    w->id = id;
    w->complete = complete;
    w->complete_self = self;
    w->run = *run;
    w->slot = slot;
    w->started = clock_seconds();
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&w->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&w->thread, NULL, writer_thread, w) != 0) {
        pthread_cond_destroy(&w->wake);
        pthread_mutex_destroy(&w->lock);
        free_writer(w);
        return failed(why, STATUS_INTERNAL, "cannot start the writer thread");
    }
    *out = w;
    return STATUS_OK;
}

void writer_watch(writer_t *w, writer_times_t *times) {
    *times = (writer_times_t){0};
    w->times = times;
}

status_t writer_may_write(const writer_t *w, failure_t *why) {
    return results_check_claim(w->results, w->id, why);
}

bool writer_has_room(writer_t *w) {
    pthread_mutex_lock(&w->lock);
    bool room = w->waiting_bytes < QUEUE_BYTES_MAX;
    pthread_mutex_unlock(&w->lock);
    return room;
}

void writer_put(writer_t *w, const job_t *job) {
    node_t *node = memory_need(1, sizeof *node, "the writer's queue");
    node->job = *job;
    pthread_mutex_lock(&w->lock);
    if (w->tail)
        w->tail->next = node;
    else
        w->head = node;
    w->tail = node;
    w->waiting_bytes += job->buffer_bytes;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
}

status_t writer_check(writer_t *w, failure_t *why) {
    pthread_mutex_lock(&w->lock);
    status_t status = w->failure.status;
    if (status != STATUS_OK)
        *why = w->failure;
    pthread_mutex_unlock(&w->lock);
    return status;
}

double writer_processor_seconds(const writer_t *w) {
    clockid_t clock;
    struct timespec t;
    if (pthread_getcpuclockid(w->thread, &clock) != 0 || clock_gettime(clock, &t) != 0)
        return nan_canonical();
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

status_t writer_finish(writer_t **writer, const char *exit_text, double seconds, failure_t *why) {
    writer_t *w = *writer;
    pthread_mutex_lock(&w->lock);
    w->closing = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    status_t status = writer_check(w, why);
    if (status == STATUS_OK)
        status = writer_may_write(w, why);
    if (status == STATUS_OK) {
        snprintf(w->run.exit, sizeof w->run.exit, "%s", exit_text);
        w->run.seconds = seconds;
        status = results_update_run(w->results, w->slot, &w->run, why);
        if (status == STATUS_OK)
            status = results_sync(w->results, why);
    }
    if (status == STATUS_INTERNAL) { /* a full disk may still take this */
        failure_t ignored;
        snprintf(w->run.exit, sizeof w->run.exit, "broken");
        w->run.seconds = seconds;
        results_update_run(w->results, w->slot, &w->run, &ignored);
    }
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    free_writer(w);
    *writer = NULL;
    return status;
}
