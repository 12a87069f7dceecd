#include "run/combine.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/nan.h"
#include "lattice/moebius.h"
#include "lattice/strips.h"
#include "results/block_crcs.h"
#include "stats/finish.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct combine {
    sweep_t *sweep; /* borrowed, as is its file: */
    results_t *results;
    int held;        /* rows of up to so many players are finished in memory */
    double *memory;  /* for such a row (stats/finish.h) */
    int piece_bits;  /* of others */
    double *piece;   /* [2^piece_bits]; NULL: no row is longer */
    double *numbers; /* [fields.doubles] */
    finish_t *finish;
    results_row_t *values, *interactions;
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

status_t combine_create(sweep_t *sweep, int piece_bits, failure_t *why) {
    combine_t *c = memory_need(1, sizeof *c, "the combine thread");
    results_t *results = sweep->results;
    sweep->combine = c;
    c->sweep = sweep;
    c->results = results;
    c->piece_bits = strips_piece_bits(results_players(results), piece_bits);
    c->numbers = memory_need(results_fields(results)->doubles, sizeof *c->numbers, "the combine thread");
    TRY(make_room(c, why));
    TRY(finish_create(&sweep->config->statistics, results_fields(results), &c->finish, why));
    c->values = results_row_open(results, TABLE_VALUES);
    c->interactions = results_row_open(results, TABLE_INTERACTIONS);
    return STATUS_OK;
}

void combine_destroy(sweep_t *sweep) {
    combine_t *c = sweep->combine;
    if (!c)
        return;
    results_row_free(&c->values);
    results_row_free(&c->interactions);
    finish_destroy(&c->finish);
    free(c->memory);
    free(c->piece);
    free(c->numbers);
    free(c);
    sweep->combine = NULL;
}

/* ---- one sample ---- */

static status_t stopped(const combine_t *c, failure_t *why) {
    return queue_closed(c->sweep->to_combine) ? failed(why, STATUS_STOPPED, "stopped while combining") : STATUS_OK;
}

/* What callbacks know of the row. */
typedef struct {
    combine_t *combine;
    row_t sample;
    row_source_t source; /* of one of its tables, for statistics */
} combined_row_t;

static void count_read(combine_t *c, double began, mask_t count) {
    c->sweep->report.combine.reading += clock_seconds() - began;
    c->sweep->report.combine.bytes_read += (double)count * sizeof(double);
}

static status_t read_table(const combined_row_t *row, int table, mask_t first, mask_t count, double *data,
                           failure_t *why) {
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

static status_t write_effects(combine_t *c, int table, row_t sample, mask_t first, mask_t count, const double *data,
                              failure_t *why) {
    double began = clock_seconds();
    TRY(stopped(c, why));
    TRY(sweep_may_write(c->sweep, why));
    TRY(results_write_table(c->results, table, sample, first, count, data, why));
    c->sweep->report.combine.writing += clock_seconds() - began;
    c->sweep->report.combine.bytes_written += (double)count * sizeof(double);
    return STATUS_OK;
}

static status_t write_interactions(void *self, mask_t first, mask_t count, const double *data, failure_t *why) {
    const combined_row_t *row = self;
    return write_effects(row->combine, TABLE_INTERACTIONS, row->sample, first, count, data, why);
}

/* Times a step without its reading and writing. */
typedef struct {
    double began, moved; /* seconds; spent on reading and writing before the step */
} span_t;

static span_t span_begin(const combine_t *c) {
    return (span_t){clock_seconds(), c->sweep->report.combine.reading + c->sweep->report.combine.writing};
}

static void span_end(const combine_t *c, span_t span, double *step) {
    *step += clock_seconds() - span.began -
             (c->sweep->report.combine.reading + c->sweep->report.combine.writing - span.moved);
}

/* Steps 1 and 2, in place in /interactions. */
static status_t transform(combine_t *c, row_t sample, failure_t *why) {
    combined_row_t row = {.combine = c, .sample = sample};
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
static status_t write_checksums(combine_t *c, row_t sample, failure_t *why) {
    int64_t blocks = results_blocks_per_row(c->results), real = results_blocks_of(c->results, sample);
    span_t span = span_begin(c);
    TRY(sweep_may_write(c->sweep, why));
    TRY(results_write_nan_tail(c->results, sample, mask_count(results_players_of(c->results, sample)), why));
    for (int64_t b = 0; b < blocks; b++)
        for (int table = b < real ? TABLE_INTERACTIONS : TABLE_VALUES; table < results_tables(c->results); table++) {
            uint32_t crc;
            TRY(stopped(c, why));
            TRY(block_crcs_of_stored(c->results, table, sample, b, &crc, why));
            TRY(sweep_may_write(c->sweep, why));
            TRY(results_write_crcs(c->results, table, sample, b, 1, &crc, why));
        }
    span_end(c, span, &c->sweep->report.combine.checksums);
    return STATUS_OK;
}

/* For statistics, which take minutes of a row of 30 players: they can be stopped while they read. */
static status_t read_leaf(void *self, mask_t first, const double **leaf, failure_t *why) {
    const combined_row_t *row = self;
    double began = clock_seconds();
    TRY(stopped(row->combine, why));
    TRY(row->source.read(row->source.self, first, leaf, why));
    count_read(row->combine, began, row_leaf_masks(row->source.n));
    return STATUS_OK;
}

static status_t put_bitmaps(void *self, mask_t first, size_t words, const uint64_t *positive, const uint64_t *negative,
                            failure_t *why) {
    const combined_row_t *row = self;
    TRY(sweep_may_write(row->combine->sweep, why));
    return results_write_salient(row->combine->results, row->sample, 0, first, words, positive, negative, why);
}

/* Statistics, curves and bitmaps of the root family, streaming. */
static status_t stream(combine_t *c, row_t sample, double noise_sigma, failure_t *why) {
    combined_row_t values = {c, sample, results_row_source(c->values, sample)};
    combined_row_t interactions = {c, sample, results_row_source(c->interactions, sample)};
    TRY(finish_streaming(c->finish, (row_source_t){values.source.n, read_leaf, &values},
                         (row_source_t){values.source.n, read_leaf, &interactions}, noise_sigma,
                         (salient_sink_t){put_bitmaps, &interactions}, c->numbers, why));
    TRY(sweep_may_write(c->sweep, why));
    return results_write_numbers(c->results, sample, c->numbers, why);
}

static status_t combine_streaming(combine_t *c, row_t sample, double noise_sigma, failure_t *why) {
    span_t span = span_begin(c);
    TRY(transform(c, sample, why));
    span_end(c, span, &c->sweep->report.combine.transform);
    TRY(write_checksums(c, sample, why));
    span = span_begin(c);
    TRY(stream(c, sample, noise_sigma, why));
    span_end(c, span, &c->sweep->report.combine.statistics);
    return STATUS_OK;
}

/* All families, as a worker that has the whole row. */
static status_t combine_in_memory(combine_t *c, row_t sample, double noise_sigma, failure_t *why) {
    int n = results_players_of(c->results, sample);
    finished_row_t row = finished_at(results_fields(c->results), n, c->memory);
    finish_times_t before = finish_times(c->finish);
    TRY(read_values(&(combined_row_t){.combine = c, .sample = sample}, 0, mask_count(n), row.values, why));
    TRY(finish_row(c->finish, noise_sigma, &row, why));
    finish_times_t after = finish_times(c->finish);
    c->sweep->report.combine.transform += after.transform - before.transform + after.solving - before.solving;
    c->sweep->report.combine.statistics += after.statistics - before.statistics;
    for (int kind = 0; kind < families_tables(results_families(c->results)); kind++)
        TRY(write_effects(c, TABLE_INTERACTIONS + kind, sample, 0, mask_count(n), finished_effects(&row, kind), why));
    TRY(write_checksums(c, sample, why));
    TRY(sweep_may_write(c->sweep, why));
    return results_write_rows(c->results, sample, 1, &row, why);
}

status_t combine_sample(combine_t *c, row_t sample, results_sample_t *info, failure_t *why) {
    int n = results_players_of(c->results, sample);
    TRY(sweep_may_write(c->sweep, why));
    TRY(results_write_phase(c->results, sample, PHASE_COMBINING, why));
    TRY(n <= c->held ? combine_in_memory(c, sample, info->noise_sigma, why)
                     : combine_streaming(c, sample, info->noise_sigma, why));
    TRY(results_read_table(c->results, TABLE_VALUES, sample, 0, 1, &info->v_empty, why));
    TRY(results_read_table(c->results, TABLE_VALUES, sample, mask_count(n) - 1, 1, &info->v_full, why));
    TRY(sweep_may_write(c->sweep, why));
    return results_write_samples(c->results, sample, 1, info, why);
}

/* ---- the thread ---- */

static void fail_job(job_t *job, const failure_t *why) {
    job->kind = JOB_FAILED;
    job->info.v_empty = job->info.v_full = job->info.noise_sigma = nan_canonical();
    job->info.error_kind = OUTCOME_CERTAIN;
    snprintf(job->info.error, sizeof job->info.error, "%.*s", RESULTS_ERROR_TEXT - 1, why->text);
}

static void combine_jobs(void *self) {
    sweep_t *s = self;
    job_t job;
    while (queue_take(s->to_combine, &job, INFINITY)) {
        failure_t why;
        status_t status = combine_sample(s->combine, job.sample, &job.info, &why);
        job.kind = JOB_COMBINED;
        if (status == STATUS_CERTAIN) {
            fail_job(&job, &why);
            s->overflow++;
        } else if (status != STATUS_OK) {
            if (status != STATUS_STOPPED)
                queue_fail(s->to_combine, &why);
            continue;
        }
        queue_put(s->to_write, &job, 0);
        s->combined++;
    }
}

status_t combine_start(sweep_t *sweep, failure_t *why) {
    return queue_start(sweep->to_combine, combine_jobs, sweep, why);
}

void combine_stop(sweep_t *sweep) {
    queue_close(sweep->to_combine, true);
    queue_join(sweep->to_combine);
}
