#include "shards/merge.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/progress.h"
#include "results/block_crcs.h"
#include "results/paths.h"
#include "results/summarise_rows.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const double LOCK_PATIENCE = 0.5;

enum { PIECE = 1 << 16 }; /* how many numbers are read at once */

typedef struct {
    const merge_options_t *options;
    log_t *log;
    merge_report_t *report;
    shards_t shards;
    char *part; /* path of OUT while it is written; owned, as all below */
    lock_t *lock;
    results_t *to;
    double *piece;    /* [PIECE] */
    uint32_t *sums;   /* [PIECE + 1] checksums of blocks that end in a piece ... */
    uint32_t *stored; /* ... and those that the shard has for them */
    double *row;      /* statistics of a sample */

    /* Of the shard at hand: */
    const char *path;
    results_t *from; /* owned */
    lock_t *from_lock;
    progress_t progress;
    progress_now_t now;
} merge_t;

/* ---- tables ---- */

static status_t damaged(const merge_t *m, int64_t r, const char *what, failure_t *why) {
    const results_shard_t *shard = results_shard(m->from);
    return failed(why, STATUS_INPUT,
                  "%s: sample %" PRId64 " (index %" PRId64
                  "): %s: the file is damaged; harsanyi verify lists all damage. "
                  "Make the file again with run --fresh --shard %d/%d, or merge without it (--allow-missing)",
                  m->path, r, results_index(m->from, r), what, shard->shard, shard->shards);
}

/* A row of one table that is being copied. */
typedef struct {
    row_t r, place; /* in the shard, in OUT */
    int table;
    block_sums_t was, is; /* in blocks of the shard, of OUT */
} copy_t;

/* Compares the checksums of the last `count` whole blocks with those of the shard. */
static status_t check_sums(const merge_t *m, const copy_t *copy, int64_t count, failure_t *why) {
    int64_t first = copy->was.ended - count;
    TRY(results_read_crcs(m->from, copy->table, copy->r, first, count, m->stored, why));
    for (int64_t b = 0; b < count; b++)
        if (m->sums[b] != m->stored[b]) {
            char what[192];
            snprintf(what, sizeof what, "block %" PRId64 " of %s does not match its checksum", first + b,
                     results_table_name(m->from, copy->table).text);
            return damaged(m, copy->r, what, why);
        }
    return STATUS_OK;
}

static status_t copy_piece(const merge_t *m, copy_t *copy, mask_t at, mask_t count, failure_t *why) {
    TRY(results_read_table(m->from, copy->table, copy->r, at, count, m->piece, why));
    int64_t ended = block_sums_add(&copy->was, m->piece, count, m->sums);
    if (ended > 0)
        TRY(check_sums(m, copy, ended, why));
    if (copy->was.bits == copy->is.bits)
        copy->is = copy->was;
    else
        ended = block_sums_add(&copy->is, m->piece, count, m->sums);
    if (ended > 0)
        TRY(results_write_crcs(m->to, copy->table, copy->place, copy->is.ended - ended, ended, m->sums, why));
    return results_write_table(m->to, copy->table, copy->place, at, count, m->piece, why);
}

static status_t check_stop(const merge_t *m, failure_t *why) {
    return m->options->stop && m->options->stop(m->options->stop_self) ? failed(why, STATUS_STOPPED, "stopped")
                                                                       : STATUS_OK;
}

/* The whole row, with the NaN behind a smaller sample's masks: checksums cover all that is stored. */
static status_t copy_table(const merge_t *m, int64_t r, row_t place, int table, failure_t *why) {
    copy_t copy = {.r = r,
                   .place = place,
                   .table = table,
                   .was = {.bits = results_block_bits(m->from)},
                   .is = {.bits = results_block_bits(m->to)}};
    const mask_t end = mask_count(results_players(m->from));
    for (mask_t at = 0, count; at < end; at += count) {
        count = end - at < PIECE ? end - at : PIECE;
        TRY(check_stop(m, why));
        TRY(copy_piece(m, &copy, at, count, why));
    }
    return STATUS_OK;
}

/* ---- samples ---- */

/* A record that still says "running" is of a start that was killed, since nobody has the lock. */
static bool was_killed(const results_run_t *run) {
    return strcmp(run->exit, "running") == 0;
}

/* A done sample without its flags. A start that was killed may leave it so, and the next one fixes it
 * (resume_mend_flags); otherwise the file is damaged. */
static status_t lacks_flags(const merge_t *m, int64_t r, const char *what, failure_t *why) {
    const results_shard_t *shard = results_shard(m->from);
    if (!was_killed(&m->shards.of[shard->shard].last))
        return damaged(m, r, what, why);
    return failed(why, STATUS_INPUT,
                  "%s: sample %" PRId64 " (index %" PRId64
                  "): %s: its last start was killed before all of it was on disk; run the same command "
                  "(run --shard %d/%d) again to fix it",
                  m->path, r, results_index(m->from, r), what, shard->shard, shard->shards);
}

static status_t check_flags(const merge_t *m, int64_t r, failure_t *why) {
    phase_t phase;
    int64_t done, blocks = results_blocks_per_row(m->from);
    TRY(results_read_phase(m->from, r, &phase, why));
    if (phase != PHASE_WHOLE)
        return lacks_flags(m, r, "it is done, but /progress/phase is not 2", why);
    TRY(results_count_blocks_done(m->from, r, blocks, &done, why));
    return done == blocks ? STATUS_OK
                          : lacks_flags(m, r, "it is done, but not all of /progress/values_done are 1", why);
}

static status_t copy_bitmaps(const merge_t *m, int64_t r, row_t place, failure_t *why) {
    const size_t words = salience_words(results_players(m->from)), piece = PIECE / 2;
    uint64_t *positive = (uint64_t *)(void *)m->piece, *negative = positive + piece;
    for (int kind = 0; kind < families_kinds(results_families(m->from)); kind++)
        for (size_t at = 0, count; at < words; at += count) {
            count = words - at < piece ? words - at : piece;
            TRY(results_read_salient(m->from, r, 1, kind, false, at, count, positive, why));
            TRY(results_read_salient(m->from, r, 1, kind, true, at, count, negative, why));
            TRY(results_write_salient(m->to, place, kind, (mask_t)at * 64, count, positive, negative, why));
        }
    return STATUS_OK;
}

static status_t copy_done(merge_t *m, int64_t r, row_t place, const results_sample_t *info, failure_t *why) {
    bool good = false;
    TRY(check_flags(m, r, why));
    TRY(results_read_row(m->from, r, m->row, &good, why));
    if (!good)
        return damaged(m, r, "its statistics do not match their checksum (row_crc)", why);
    for (int table = 0; table < results_tables(m->from); table++)
        TRY(copy_table(m, r, place, table, why));
    TRY(copy_bitmaps(m, r, place, why));
    TRY(results_write_numbers(m->to, place, m->row, why));
    TRY(results_write_samples(m->to, place, 1, info, why));
    m->report->done++;
    return results_flag_done(m->to, place, 1, why);
}

static status_t put_failed(merge_t *m, row_t place, const results_sample_t *info, failure_t *why) {
    TRY(check_stop(m, why));
    TRY(results_put_failed(m->to, place, info, why));
    m->report->failed++;
    return results_write_status(m->to, place, SAMPLE_FAILED, why);
}

/* A sample that no shard has fails for a cause that may pass: a resume tries it again. */
static status_t put_missing(merge_t *m, int shard, row_t place, const char *what, failure_t *why) {
    char text[RESULTS_ERROR_TEXT];
    snprintf(text, sizeof text, "shard %d/%d %s", shard, m->shards.shards, what);
    results_sample_t info = results_missing(text);
    m->report->missing++;
    return put_failed(m, place, &info, why);
}

static void show_progress(merge_t *m, row_t place) {
    m->now.done = m->report->done;
    m->now.failed = m->report->failed;
    m->now.masks_done += mask_count(results_players_of(m->to, place));
    progress_show(&m->progress, &m->now, clock_seconds());
}

/* Row r of the shard at hand. */
static status_t copy_sample(merge_t *m, int64_t r, const results_sample_t *info, failure_t *why) {
    const results_shard_t *shard = results_shard(m->from);
    const int rows = results_rows_of_sample(m->from);
    row_t place = (shard->shard + r / rows * shard->shards) * rows + r % rows;
    if (info->status == SAMPLE_DONE)
        TRY(copy_done(m, r, place, info, why));
    else if (info->status == SAMPLE_FAILED)
        TRY(put_failed(m, place, info, why));
    else if (m->options->given.allow_missing)
        TRY(put_missing(m, shard->shard, place, "had not done it", why));
    else
        return failed(why, STATUS_INPUT, "%s: was changed while it was being merged; run the same command again",
                      m->path);
    show_progress(m, place);
    return STATUS_OK;
}

static status_t copy_samples(merge_t *m, failure_t *why) {
    for (int64_t r = 0; r < results_samples(m->from); r++) {
        results_sample_t info;
        TRY(results_read_sample(m->from, r, &info, why));
        TRY(copy_sample(m, r, &info, why));
    }
    return STATUS_OK;
}

static status_t copy_shard(merge_t *m, int i, failure_t *why) {
    m->path = m->shards.of[i].path;
    TRY(shards_open(&m->shards, i, &m->from_lock, &m->from, why));
    status_t status = results_copy_warnings(m->from, m->to, why);
    if (status == STATUS_OK)
        status = copy_samples(m, why);
    results_close(&m->from);
    lock_release(&m->from_lock);
    return status;
}

static status_t copy_all(merge_t *m, failure_t *why) {
    const shards_t *s = &m->shards;
    for (int i = 0; i < s->shards; i++) {
        if (s->of[i].path)
            TRY(copy_shard(m, i, why));
        for (row_t row = 0; !s->of[i].path && row < m->now.samples; row++) {
            if (row / results_rows_of_sample(m->to) % s->shards != i)
                continue;
            TRY(put_missing(m, i, row, "was not given", why));
            show_progress(m, row);
        }
    }
    return STATUS_OK;
}

/* ---- the new file ---- */

static const char *name_of(void *self, name_list_t list, place_t place, int64_t i) {
    return results_shard_name(self, list, place, i);
}

static status_t create(merge_t *m, failure_t *why) {
    results_t *first = m->shards.first;
    const results_shard_t *shard = results_shard(first);
    const config_t *config = m->shards.config;
    char warning[RESULTS_TEXT] = "";
    text_t canonical CLEANUP(text_free) = {0};
    config_canonical(config, &canonical);
    const char *names[OUTPUTS_MAX];
    results_output_names(first, names);
    results_spec_t spec = {.samples = shard->samples,
                           .outputs = results_outputs(first),
                           .targets = results_targets(first),
                           .output_name = names,
                           .players = results_players(first),
                           .block_bits = results_block_bits(first),
                           .indices = results_fields(first)->indices,
                           .families = *results_families(first),
                           .top = config->statistics.top,
                           .index = shard->index,
                           .label = shard->label,
                           .n_players = shard->n_players,
                           .name = name_of,
                           .name_self = first,
                           .config = canonical.chars,
                           .identity = *results_identity(first),
                           .tables = true};
    spec.classes = results_classes(first, &spec.class_count);
    for (name_list_t list = 0; list < NAME_LISTS; list++)
        spec.names[list] = results_names(first, list);
    status_t status = results_create(m->part, &spec, warning, why);
    if (warning[0])
        log_warning(m->log, "%s", warning);
    return status;
}

static status_t begin(merge_t *m, failure_t *why) {
    m->part = paths_part(m->options->out);
    m->piece = memory_need(PIECE, sizeof *m->piece, "the merge");
    m->sums = memory_need(PIECE + 1, sizeof *m->sums, "the merge");
    m->stored = memory_need(PIECE + 1, sizeof *m->stored, "the merge");
    m->row = memory_need(results_fields(m->shards.first)->doubles, sizeof *m->row, "the merge");
    m->shards.config->output.file = m->options->out;
    TRY(create(m, why));
    TRY(results_open(m->part, true, &m->to, why));
    m->now.samples = results_samples(m->to);
    for (int64_t k = 0; k < m->now.samples; k++)
        m->now.masks += mask_count(results_players_of(m->to, k));
    m->now.word = results_word(m->to);
    progress_start(&m->progress, m->log, 0, clock_seconds());
    return STATUS_OK;
}

/* The last record of every shard. */
static status_t write_runs(const merge_t *m, failure_t *why) {
    uint64_t before = 0;
    int slot;
    for (int i = 0; i < m->shards.shards; i++)
        if (m->shards.of[i].starts > 0)
            before += m->shards.of[i].starts - 1;
    TRY(results_add_starts(m->to, before, why));
    for (int i = 0; i < m->shards.shards; i++) {
        results_run_t run = m->shards.of[i].last;
        if (m->shards.of[i].starts == 0)
            continue;
        if (was_killed(&run))
            snprintf(run.exit, sizeof run.exit, "killed");
        TRY(results_add_run(m->to, &run, &slot, why));
    }
    return STATUS_OK;
}

static status_t summarise(const merge_t *m, failure_t *why) {
    const summarise_rows_t spec = {.results = m->to,
                                   .curves = m->shards.config->statistics.curves,
                                   .stop = m->options->stop,
                                   .self = m->options->stop_self};
    TRY(summarise_rows_warn(m->to, m->log, why));
    return summarise_rows_into(&spec, m->to, why);
}

/* ---- the order of things ---- */

static status_t check_path(const char *out, failure_t *why) {
    bool exists = false;
    TRY(paths_check_output(out, false, &exists, why));
    if (exists)
        return failed(why, STATUS_INPUT,
                      "%s: exists already and is left alone. The first name is the file to make (did you leave it "
                      "out?); give another name, or move this file away",
                      out);
    return STATUS_OK;
}

static status_t make(merge_t *m, failure_t *why) {
    TRY(begin(m, why));
    TRY(copy_all(m, why));
    TRY(write_runs(m, why));
    TRY(results_sync(m->to, why));
    TRY(summarise(m, why));
    results_close(&m->to);
    TRY(check_path(m->options->out, why));
    return file_rename_durably(m->part, m->options->out, why);
}

static status_t run(merge_t *m, problems_t *problems, failure_t *why) {
    const merge_options_t *o = m->options;
    TRY(check_path(o->out, why));
    TRY(shards_find(o->shards, o->shard_count, &o->given, &m->shards, problems, why));
    m->report->shards = m->shards.shards;
    TRY(lock_take(o->out, "merge", LOCK_PATIENCE, &m->lock, why));
    return make(m, why);
}

status_t merge(const merge_options_t *options, log_t *log, merge_report_t *report, problems_t *problems,
               failure_t *why) {
    merge_t m = {.options = options, .log = log, .report = report};
    *report = (merge_report_t){0};
    status_t status = run(&m, problems, why);
    if (status == STATUS_STOPPED)
        failed(why, status, "%s was not made; run the same command again to make it", options->out);
    results_close(&m.to);
    if (m.part)
        unlink(m.part); /* what is not finished */
    lock_release(&m.lock);
    shards_free(&m.shards);
    free(m.part);
    free(m.piece);
    free(m.sums);
    free(m.stored);
    free(m.row);
    return status;
}
