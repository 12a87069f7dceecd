#include "review/verify.h"

#include "base/crc.h"
#include "base/memory.h"
#include "base/nan.h"
#include "results/block_crcs.h"
#include "review/verify_row.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 14, GROUP = 1 << 10 }; /* numbers, and blocks, that are read at once */

struct verify {
    const results_t *results; /* borrowed */
    exactness_t *exactness;   /* NULL without tables */
    verify_row_t *row;
    double *chunk; /* [CHUNK] */
    uint8_t *done; /* [GROUP] */
    uint32_t *crcs;

    /* Of the sample at hand: */
    int64_t sample;
    verify_report_t *report;
    problems_t *problems;
};

status_t verify_create(const results_t *results, const stats_settings_t *settings, const char *folder, int piece_bits,
                       verify_t **out, failure_t *why) {
    verify_t *v = memory_need(1, sizeof *v, "verify");
    *out = v;
    v->results = results;
    v->chunk = memory_need(CHUNK, sizeof *v->chunk, "a piece of a table");
    v->done = memory_need(GROUP, sizeof *v->done, "flags of blocks");
    v->crcs = memory_need(GROUP, sizeof *v->crcs, "checksums of blocks");
    status_t status = verify_row_create(results, settings, &v->row, why);
    if (status == STATUS_OK && results_has_tables(results))
        status = exactness_create(folder, results_players(results), piece_bits, &v->exactness, why);
    if (status != STATUS_OK)
        verify_destroy(out);
    return status;
}

void verify_destroy(verify_t **verify) {
    verify_t *v = *verify;
    if (!v)
        return;
    exactness_destroy(&v->exactness);
    verify_row_destroy(&v->row);
    free(v->chunk);
    free(v->done);
    free(v->crcs);
    free(v);
    *verify = NULL;
}

/* ---- complaints ---- */

static void complain(const verify_t *v, const char *dataset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void complain(const verify_t *v, const char *dataset, const char *format, ...) {
    char text[FAILURE_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    verify_complain(v->results, v->sample, dataset, text, v->problems);
}

static void complain_places(const verify_t *v, const char *dataset, const places_t *places, const char *what) {
    if (places->count > 0)
        complain(v, dataset, "%s: %llu mask%s, the first is 0x%llx", what, (unsigned long long)places->count,
                 places->count == 1 ? "" : "s", (unsigned long long)places->first);
}

/* ---- the tables, block by block ---- */

/* What one table of a sample holds. */
typedef struct {
    int id;     /* table_id_t and on */
    mask_t own; /* how many numbers of the sample's it has; NaN follow. 0 for failed samples */
    int64_t bad_blocks;
    places_t not_finite, not_nan;
} table_t;

/* Notes NaN and infinities among the sample's own masks, and numbers behind them. */
static void scan(table_t *table, mask_t first, mask_t count, const double *data) {
    const double nan = nan_canonical();
    for (mask_t i = 0; i < count; i++) {
        if (first + i < table->own) {
            if (!isfinite(data[i]))
                places_add(&table->not_finite, first + i);
        } else if (memcmp(&data[i], &nan, sizeof nan) != 0) {
            places_add(&table->not_nan, first + i);
        }
    }
}

/* Reads masks first ... end - 1, scans them and adds them to the checksum. */
static status_t read_masks(verify_t *v, table_t *table, mask_t first, mask_t end, uint32_t *crc, failure_t *why) {
    for (mask_t at = first, step; at < end; at += step) {
        step = end - at < CHUNK ? end - at : CHUNK;
        TRY(results_read_table(v->results, table->id, v->sample, at, step, v->chunk, why));
        scan(table, at, step, v->chunk);
        *crc = crc32c(*crc, v->chunk, step * sizeof *v->chunk);
    }
    return STATUS_OK;
}

static status_t check_block(verify_t *v, table_t *table, int64_t block, bool finished, uint32_t stored,
                            failure_t *why) {
    mask_t size = mask_count(results_block_bits(v->results)), first = (mask_t)block * size, end = first + size;
    mask_t written = finished || end <= table->own ? end : first < table->own ? table->own : first;
    uint32_t crc = 0;
    TRY(read_masks(v, table, first, written, &crc, why));
    crc = block_crcs_add_nans(crc, end - written); /* those that are written when the sample is finished */
    if (crc != stored) {
        table->bad_blocks++;
        complain(v, results_table_name(table->id).text,
                 "block %lld (masks 0x%llx to 0x%llx): its checksum is %08x, but %08x is stored", (long long)block,
                 (unsigned long long)first, (unsigned long long)end - 1, crc, stored);
    }
    return STATUS_OK;
}

/* Every block of a finished sample, or the flagged ones of a pending one. */
static status_t check_blocks(verify_t *v, table_t *table, bool finished, failure_t *why) {
    int64_t blocks = results_blocks_per_row(v->results);
    for (int64_t group = 0, count; group < blocks; group += count) {
        count = blocks - group < GROUP ? blocks - group : GROUP;
        TRY(results_read_blocks_done(v->results, v->sample, group, count, v->done, why));
        TRY(results_read_crcs(v->results, table->id, v->sample, group, count, v->crcs, why));
        for (int64_t b = 0; b < count; b++) {
            if (!finished && !v->done[b])
                continue;
            TRY(check_block(v, table, group + b, finished, v->crcs[b], why));
            *(table->id == TABLE_VALUES ? &v->report->values_blocks : &v->report->interactions_blocks) += 1;
        }
    }
    complain_places(v, results_table_name(table->id).text, &table->not_nan, "not NaN past the sample's own masks");
    if (table->id != TABLE_INTERACTIONS) /* those of interactions are beyond Theorem 1's bound */
        complain_places(v, results_table_name(table->id).text, &table->not_finite, "NaN or infinite");
    return STATUS_OK;
}

/* ---- flags ---- */

/* How many blocks of the sample's row have this flag. */
static status_t count_blocks(verify_t *v, bool flag, int64_t *found, failure_t *why) {
    int64_t blocks = results_blocks_per_row(v->results);
    *found = 0;
    for (int64_t group = 0, count; group < blocks; group += count) {
        count = blocks - group < GROUP ? blocks - group : GROUP;
        TRY(results_read_blocks_done(v->results, v->sample, group, count, v->done, why));
        for (int64_t b = 0; b < count; b++)
            *found += v->done[b] == flag;
    }
    return STATUS_OK;
}

/* What a done or failed sample's flags must be. */
static status_t check_flags(verify_t *v, bool done, failure_t *why) {
    phase_t phase;
    int64_t wrong;
    TRY(results_read_phase(v->results, v->sample, &phase, why));
    if (phase != (done ? PHASE_WHOLE : PHASE_EVALUATING))
        complain(v, "/progress/phase", "is %d in a %s sample", (int)phase, done ? "done" : "failed");
    TRY(count_blocks(v, !done, &wrong, why));
    if (wrong > 0)
        complain(v, "/progress/values_done", "blocks %s: %lld",
                 done ? "missing in a done sample" : "flagged in a failed sample", (long long)wrong);
    return STATUS_OK;
}

static void check_reason(const verify_t *v, const results_sample_t *info) {
    bool has_reason = info->error[0] != '\0';
    if ((info->error_kind != OUTCOME_OK) != (info->status == SAMPLE_FAILED))
        complain(v, "/samples/error_kind", "is %d in a %s sample", (int)info->error_kind,
                 info->status == SAMPLE_FAILED ? "failed" : "done");
    if (has_reason != (info->status == SAMPLE_FAILED))
        complain(v, "/samples/error", "%s",
                 has_reason ? "a done sample has a reason for failing" : "a failed sample has no reason");
}

/* ---- a finished sample ---- */

static status_t check_ends(const verify_t *v, const results_sample_t *info, failure_t *why) {
    double empty, full;
    TRY(results_read_table(v->results, TABLE_VALUES, v->sample, 0, 1, &empty, why));
    TRY(results_read_table(v->results, TABLE_VALUES, v->sample,
                           mask_count(results_players_of(v->results, v->sample)) - 1, 1, &full, why));
    if (memcmp(&empty, &info->v_empty, sizeof empty) != 0)
        complain(v, "/samples/v_empty", "is %.17g, but /values has %.17g", info->v_empty, empty);
    if (memcmp(&full, &info->v_full, sizeof full) != 0)
        complain(v, "/samples/v_full", "is %.17g, but /values has %.17g", info->v_full, full);
    return STATUS_OK;
}

static void take_worst(verify_worst_t *worst, const distance_t *distance, int64_t sample) {
    worst->distance.residual = fmax(worst->distance.residual, distance->residual);
    if (distance->ratio > worst->distance.ratio) {
        worst->distance.ratio = distance->ratio;
        worst->distance.at = distance->at;
        worst->sample = sample;
    }
}

static status_t check_transform(verify_t *v, failure_t *why) {
    exactness_found_t found;
    TRY(exactness_check(v->exactness, v->results, v->sample, &found, why));
    complain_places(v, "/interactions", &found.differing, "not the transform of /values");
    complain_places(v, "/values", &found.beyond,
                    "not the sum of the interactions of subsets (Theorem 1), by more than rounding can explain");
    take_worst(&v->report->theorem1, &found.theorem1, v->sample);
    return STATUS_OK;
}

/* *sound: the tables are good enough to compute statistics from. */
static status_t check_tables(verify_t *v, const results_sample_t *info, bool *sound, failure_t *why) {
    *sound = true;
    TRY(check_flags(v, true, why));
    for (int id = 0; id < results_tables(); id++) {
        table_t table = {.id = id, .own = results_masks_of(v->results, id, v->sample)};
        TRY(check_blocks(v, &table, true, why));
        *sound = *sound && table.bad_blocks == 0 && table.not_finite.count == 0;
    }
    TRY(check_ends(v, info, why));
    return check_transform(v, why);
}

static status_t check_done(verify_t *v, const results_sample_t *info, failure_t *why) {
    bool sound = false;
    distance_t lemma = {0};
    check_reason(v, info);
    if (results_has_tables(v->results))
        TRY(check_tables(v, info, &sound, why));
    TRY(verify_row_check(v->row, v->sample, info, sound, &lemma, v->problems, why));
    v->report->rows++;
    take_worst(&v->report->lemma, &lemma, v->sample);
    return STATUS_OK;
}

/* ---- others ---- */

static status_t check_failed(verify_t *v, const results_sample_t *info, failure_t *why) {
    check_reason(v, info);
    TRY(verify_row_check_nan(v->row, v->sample, v->problems, why));
    v->report->rows++;
    if (!results_has_tables(v->results))
        return STATUS_OK;
    TRY(check_flags(v, false, why));
    for (int id = 0; id < results_tables(); id++) {
        table_t table = {.id = id};
        uint32_t unused = 0;
        TRY(read_masks(v, &table, 0, mask_count(results_players(v->results)), &unused, why));
        complain_places(v, results_table_name(table.id).text, &table.not_nan, "not NaN, though the sample failed");
    }
    return STATUS_OK;
}

static status_t check_pending(verify_t *v, failure_t *why) {
    table_t values = {.own = mask_count(results_players_of(v->results, v->sample))};
    phase_t phase;
    if (!results_has_tables(v->results))
        return STATUS_OK;
    TRY(results_read_phase(v->results, v->sample, &phase, why));
    return check_blocks(v, &values, false, why);
}

static status_t check_sample(verify_t *v, failure_t *why) {
    results_sample_t info;
    TRY(results_read_sample(v->results, v->sample, &info, why));
    switch (info.status) {
    case SAMPLE_DONE:
        v->report->done++;
        return check_done(v, &info, why);
    case SAMPLE_FAILED:
        v->report->failed++;
        return check_failed(v, &info, why);
    case SAMPLE_PENDING:
        v->report->pending++;
        return check_pending(v, why);
    }
    return STATUS_OK;
}

void verify_sample(verify_t *v, int64_t sample, verify_report_t *report, problems_t *problems) {
    failure_t why;
    v->sample = sample;
    v->report = report;
    v->problems = problems;
    status_t status = check_sample(v, &why);
    report->unknown += status == STATUS_INTERNAL;
    if (status != STATUS_OK)
        complain(v, "/samples", "cannot be checked: %s", why.text);
}

static int compare_labels(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void verify_labels(const results_t *results, problems_t *problems) {
    int64_t count;
    const int64_t *classes = results_classes(results, &count);
    for (int64_t k = 0; k < results_samples(results); k++) {
        int64_t label = results_label(results, k);
        if (label >= 0 && !bsearch(&label, classes, (size_t)count, sizeof label, compare_labels))
            verify_complain(results, k, "/samples/label", "is not a class of /summary/transferability (or /shard)",
                            problems);
    }
}
