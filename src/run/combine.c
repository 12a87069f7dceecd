#include "run/combine.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/nan.h"
#include "lattice/moebius.h"
#include "results/block_crcs.h"
#include "stats/finish.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct item {
    int64_t sample;
    results_sample_t info;
    struct item *next;
} item_t;

struct combine {
    results_t *results; /* borrowed */
    writer_t *writer;   /* borrowed; NULL: in the calling thread */
    int held;           /* rows of up to so many players are finished in memory */
    double *memory;     /* for such a row (stats/finish.h) */
    int piece_bits;     /* of others */
    double *piece;      /* [2^piece_bits]; NULL: no row is longer */
    double *numbers;    /* [fields.doubles] */
    finish_t *finish;
    results_row_t *values, *interactions;
    combine_times_t times;

    pthread_t thread;
    bool started;
    atomic_bool stop;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;
    item_t *head, *tail;
    int64_t finished, failed;
    failure_t failure;
};

static status_t make_room(combine_t *c, failure_t *why) {
    int n = results_players(c->results);
    c->held = c->piece_bits < FINISH_PLAYERS_MAX ? c->piece_bits : FINISH_PLAYERS_MAX;
    c->memory = malloc(finished_doubles(results_fields(c->results), c->held) * sizeof *c->memory);
    c->piece = n > c->held ? moebius_table(c->piece_bits) : NULL;
    if (!c->memory || (n > c->held && !c->piece))
        return failed(why, STATUS_INTERNAL, "out of memory to combine samples");
    return STATUS_OK;
}

status_t combine_create(results_t *results, const stats_settings_t *statistics, int piece_bits, combine_t **out,
                        failure_t *why) {
    combine_t *c = memory_need(1, sizeof *c, "the combine thread");
    *out = c;
    c->results = results;
    c->piece_bits = strips_piece_bits(results_players(results), piece_bits);
    c->numbers = memory_need(results_fields(results)->doubles, sizeof *c->numbers, "the combine thread");
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->wake, NULL);
    status_t status = make_room(c, why);
    if (status == STATUS_OK)
        status = finish_create(statistics, results_fields(results), &c->finish, why);
    c->values = results_row_open(results, TABLE_VALUES);
    c->interactions = results_row_open(results, TABLE_INTERACTIONS);
    if (status != STATUS_OK)
        combine_finish(out);
    return status;
}

/* ---- one sample ---- */

static status_t stopped(const combine_t *c, failure_t *why) {
    return atomic_load(&c->stop) ? failed(why, STATUS_STOPPED, "stopped while combining") : STATUS_OK;
}

/* Asked before each write: another sweep may have taken the file by now. */
static status_t may_write(const combine_t *c, failure_t *why) {
    return c->writer ? writer_may_write(c->writer, why) : STATUS_OK;
}

/* What the callbacks of a transform know. */
typedef struct {
    combine_t *combine;
    int64_t sample;
} row_t;

static void count_read(combine_t *c, double began, mask_t count) {
    c->times.reading += clock_seconds() - began;
    c->times.bytes_read += (double)count * sizeof(double);
}

static status_t read_table(const row_t *row, int table, mask_t first, mask_t count, double *data, failure_t *why) {
    double began = clock_seconds();
    TRY(stopped(row->combine, why));
    TRY(results_read_table(row->combine->results, table, row->sample, first, count, data, why));
    count_read(row->combine, began, count);
    return STATUS_OK;
}

static status_t read_values(void *self, mask_t first, mask_t count, double *data, failure_t *why) {
    return read_table(self, TABLE_VALUES, first, count, data, why);
}

static status_t read_interactions(void *self, mask_t first, mask_t count, double *data, failure_t *why) {
    return read_table(self, TABLE_INTERACTIONS, first, count, data, why);
}

static status_t write_effects(combine_t *c, int table, int64_t sample, mask_t first, mask_t count, const double *data,
                              failure_t *why) {
    double began = clock_seconds();
    TRY(stopped(c, why));
    TRY(may_write(c, why));
    TRY(results_write_table(c->results, table, sample, first, count, data, why));
    c->times.writing += clock_seconds() - began;
    c->times.bytes_written += (double)count * sizeof(double);
    return STATUS_OK;
}

static status_t write_interactions(void *self, mask_t first, mask_t count, const double *data, failure_t *why) {
    const row_t *row = self;
    return write_effects(row->combine, TABLE_INTERACTIONS, row->sample, first, count, data, why);
}

/* Times a step without its reading and writing. */
typedef struct {
    double began, moved; /* seconds; spent on reading and writing before the step */
} span_t;

static span_t span_begin(const combine_t *c) {
    return (span_t){clock_seconds(), c->times.reading + c->times.writing};
}

static void span_end(const combine_t *c, span_t span, double *step) {
    *step += clock_seconds() - span.began - (c->times.reading + c->times.writing - span.moved);
}

/* Steps 1 and 2, in place in /interactions. */
static status_t transform(combine_t *c, int64_t sample, failure_t *why) {
    row_t row = {c, sample};
    strips_t strips = {.n = results_players_of(c->results, sample),
                       .piece_bits = c->piece_bits,
                       .piece = c->piece,
                       .input = read_values,
                       .keep = write_interactions,
                       .kept = read_interactions,
                       .output = write_interactions,
                       .self = &row};
    return strips_transform(&strips, why);
}

/* Checksums of all tables of effects, block by block. /values has its checksums already, except for blocks past 2^n,
 * which hold only NaN. */
static status_t write_checksums(combine_t *c, int64_t sample, failure_t *why) {
    int64_t blocks = results_blocks_per_row(c->results), real = results_blocks_of(c->results, sample);
    span_t span = span_begin(c);
    TRY(may_write(c, why));
    TRY(results_write_nan_tail(c->results, sample, mask_count(results_players_of(c->results, sample)), why));
    for (int64_t b = 0; b < blocks; b++)
        for (int table = b < real ? TABLE_INTERACTIONS : TABLE_VALUES; table < results_tables(); table++) {
            uint32_t crc;
            TRY(stopped(c, why));
            TRY(block_crcs_of_stored(c->results, table, sample, b, &crc, why));
            TRY(may_write(c, why));
            TRY(results_write_crcs(c->results, table, sample, b, 1, &crc, why));
        }
    span_end(c, span, &c->times.checksums);
    return STATUS_OK;
}

/* A row that can be stopped while it is read: the statistics of 30 players take minutes. */
typedef struct {
    combine_t *combine;
    row_source_t row;
} stoppable_t;

static status_t read_leaf(void *self, mask_t first, const double **leaf, failure_t *why) {
    const stoppable_t *source = self;
    double began = clock_seconds();
    TRY(stopped(source->combine, why));
    TRY(source->row.read(source->row.self, first, leaf, why));
    count_read(source->combine, began, row_leaf_masks(source->row.n));
    return STATUS_OK;
}

static row_source_t stoppable_row(stoppable_t *source) {
    return (row_source_t){.n = source->row.n, .read = read_leaf, .self = source};
}

/* Collects bitmaps, to write many words at once. */
enum { BITMAP_WORDS = 1 << 13 };
typedef struct {
    combine_t *combine;
    int64_t sample;
    mask_t first; /* of what waits */
    size_t waiting;
    uint64_t positive[BITMAP_WORDS], negative[BITMAP_WORDS];
} bitmaps_t;

static status_t flush(bitmaps_t *b, failure_t *why) {
    if (b->waiting == 0)
        return STATUS_OK;
    TRY(may_write(b->combine, why));
    TRY(results_write_salient(b->combine->results, b->sample, 0, b->first, b->waiting, b->positive, b->negative, why));
    b->first += b->waiting * 64;
    b->waiting = 0;
    return STATUS_OK;
}

static status_t put_bitmaps(void *self, mask_t first, size_t words, const uint64_t *positive, const uint64_t *negative,
                            failure_t *why) {
    bitmaps_t *b = self;
    if (b->waiting + words > BITMAP_WORDS)
        TRY(flush(b, why));
    if (b->waiting == 0)
        b->first = first;
    memcpy(b->positive + b->waiting, positive, words * sizeof *positive);
    memcpy(b->negative + b->waiting, negative, words * sizeof *negative);
    b->waiting += words;
    return STATUS_OK;
}

/* Statistics, curves and bitmaps of the root family, streaming. */
static status_t stream(combine_t *c, int64_t sample, double noise_sigma, failure_t *why) {
    stoppable_t values = {c, results_row_source(c->values, sample)};
    stoppable_t interactions = {c, results_row_source(c->interactions, sample)};
    bitmaps_t *bitmaps = memory_need(1, sizeof *bitmaps, "the combine thread");
    bitmaps->combine = c;
    bitmaps->sample = sample;
    status_t status = finish_streaming(c->finish, stoppable_row(&values), stoppable_row(&interactions), noise_sigma,
                                       (salient_sink_t){put_bitmaps, bitmaps}, c->numbers, why);
    if (status == STATUS_OK)
        status = flush(bitmaps, why);
    free(bitmaps);
    TRY(status);
    TRY(may_write(c, why));
    return results_write_numbers(c->results, sample, c->numbers, why);
}

static status_t combine_streaming(combine_t *c, int64_t sample, double noise_sigma, failure_t *why) {
    span_t span = span_begin(c);
    TRY(transform(c, sample, why));
    span_end(c, span, &c->times.transform);
    TRY(write_checksums(c, sample, why));
    span = span_begin(c);
    TRY(stream(c, sample, noise_sigma, why));
    span_end(c, span, &c->times.statistics);
    return STATUS_OK;
}

/* All families, as a worker that has the whole row. */
static status_t combine_in_memory(combine_t *c, int64_t sample, double noise_sigma, failure_t *why) {
    int n = results_players_of(c->results, sample);
    finished_row_t row = finished_at(results_fields(c->results), n, c->memory);
    finish_times_t before = finish_times(c->finish);
    TRY(read_values(&(row_t){c, sample}, 0, mask_count(n), row.values, why));
    TRY(finish_row(c->finish, noise_sigma, &row, why));
    c->times.transform += finish_times(c->finish).transform - before.transform;
    c->times.statistics += finish_times(c->finish).statistics - before.statistics;
    for (int kind = 0; kind < families_kinds(); kind++)
        TRY(write_effects(c, TABLE_INTERACTIONS + kind, sample, 0, mask_count(n), finished_effects(&row, kind), why));
    TRY(write_checksums(c, sample, why));
    TRY(may_write(c, why));
    return results_write_rows(c->results, sample, 1, &row, why);
}

status_t combine_sample(combine_t *c, int64_t sample, results_sample_t *info, failure_t *why) {
    int n = results_players_of(c->results, sample);
    TRY(may_write(c, why));
    TRY(results_write_phase(c->results, sample, PHASE_COMBINING, why));
    TRY(n <= c->held ? combine_in_memory(c, sample, info->noise_sigma, why)
                     : combine_streaming(c, sample, info->noise_sigma, why));
    TRY(results_read_table(c->results, TABLE_VALUES, sample, 0, 1, &info->v_empty, why));
    TRY(results_read_table(c->results, TABLE_VALUES, sample, mask_count(n) - 1, 1, &info->v_full, why));
    TRY(may_write(c, why));
    return results_write_sample(c->results, sample, info, why);
}

combine_times_t combine_times(const combine_t *c) {
    return c->times;
}

/* ---- the thread ---- */

static item_t *take_item(combine_t *c) {
    pthread_mutex_lock(&c->lock);
    while (!c->head && !atomic_load(&c->stop))
        pthread_cond_wait(&c->wake, &c->lock);
    item_t *item = atomic_load(&c->stop) ? NULL : c->head;
    if (item) {
        c->head = item->next;
        if (!c->head)
            c->tail = NULL;
    }
    pthread_mutex_unlock(&c->lock);
    return item;
}

/* The job that a failed sample becomes. */
static job_t failed_job(const item_t *item, const failure_t *why) {
    job_t job = {.kind = JOB_FAILED, .sample = item->sample, .info = item->info};
    job.info.v_empty = job.info.v_full = job.info.noise_sigma = nan_canonical();
    job.info.error_kind = OUTCOME_CERTAIN;
    snprintf(job.info.error, sizeof job.info.error, "%.*s", RESULTS_ERROR_TEXT - 1, why->text);
    return job;
}

static void *combine_thread(void *self) {
    combine_t *c = self;
    item_t *item;
    while ((item = take_item(c))) {
        failure_t why;
        status_t status = combine_sample(c, item->sample, &item->info, &why);
        bool bad = status == STATUS_CERTAIN;
        if (status == STATUS_OK || bad) {
            job_t done = {.kind = JOB_COMBINED, .sample = item->sample, .info = item->info};
            job_t job = bad ? failed_job(item, &why) : done;
            writer_put(c->writer, &job);
            status = STATUS_OK;
        }
        pthread_mutex_lock(&c->lock);
        if (status != STATUS_OK && status != STATUS_STOPPED)
            c->failure = why;
        else if (status == STATUS_OK)
            c->finished++, c->failed += bad;
        pthread_mutex_unlock(&c->lock);
        free(item);
    }
    return NULL;
}

status_t combine_start(combine_t *c, writer_t *writer, failure_t *why) {
    c->writer = writer;
    if (pthread_create(&c->thread, NULL, combine_thread, c) != 0)
        return failed(why, STATUS_INTERNAL, "cannot start the combine thread");
    c->started = true;
    return STATUS_OK;
}

void combine_put(void *combine, int64_t sample, const results_sample_t *info) {
    combine_t *c = combine;
    item_t *item = memory_need(1, sizeof *item, "the combine queue");
    item->sample = sample;
    item->info = *info;
    pthread_mutex_lock(&c->lock);
    if (c->tail)
        c->tail->next = item;
    else
        c->head = item;
    c->tail = item;
    pthread_cond_signal(&c->wake);
    pthread_mutex_unlock(&c->lock);
}

int64_t combine_finished(combine_t *c) {
    pthread_mutex_lock(&c->lock);
    int64_t finished = c->finished;
    pthread_mutex_unlock(&c->lock);
    return finished;
}

int64_t combine_failed(combine_t *c) {
    pthread_mutex_lock(&c->lock);
    int64_t failed = c->failed;
    pthread_mutex_unlock(&c->lock);
    return failed;
}

status_t combine_check(combine_t *c, failure_t *why) {
    pthread_mutex_lock(&c->lock);
    status_t status = c->failure.status;
    if (status != STATUS_OK)
        *why = c->failure;
    pthread_mutex_unlock(&c->lock);
    return status;
}

void combine_stop(combine_t *c) {
    pthread_mutex_lock(&c->lock);
    atomic_store(&c->stop, true);
    pthread_cond_broadcast(&c->wake);
    pthread_mutex_unlock(&c->lock);
    if (c->started)
        pthread_join(c->thread, NULL);
    c->started = false;
}

void combine_finish(combine_t **combine) {
    combine_t *c = *combine;
    if (!c)
        return;
    combine_stop(c);
    while (c->head) {
        item_t *item = c->head;
        c->head = item->next;
        free(item);
    }
    pthread_cond_destroy(&c->wake);
    pthread_mutex_destroy(&c->lock);
    results_row_free(&c->values);
    results_row_free(&c->interactions);
    finish_destroy(&c->finish);
    free(c->memory);
    free(c->piece);
    free(c->numbers);
    free(c);
    *combine = NULL;
}
