#include "review/verify.h"

#include "base/digest.h"
#include "base/memory.h"
#include "base/nan.h"
#include "results/block_crcs.h"
#include "results/summarise_rows.h"
#include "review/verify_row.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 14, GROUP = 1 << 10 }; /* numbers, and blocks, that are read at once */

struct verify {
    verify_at_t at; /* results, and of the sample at hand: */
    verify_report_t *report;
    exactness_t *exactness; /* NULL without tables */
    verify_row_t *row;
    double chunk[CHUNK];
    uint8_t done[GROUP];
    uint32_t crcs[GROUP];
};

status_t verify_create(const results_t *results, const stats_settings_t *settings, const char *folder, int piece_bits,
                       verify_t **out, failure_t *why) {
    verify_t *v = memory_need(1, sizeof *v, "verify");
    *out = v;
    v->at.results = results;
    TRY(verify_row_create(results, settings, &v->row, why));
    return results_has_tables(results)
               ? exactness_create(folder, results_players(results), piece_bits, &v->exactness, why)
               : STATUS_OK;
}

void verify_destroy(verify_t **verify) {
    verify_t *v = *verify;
    if (!v)
        return;
    exactness_destroy(&v->exactness);
    verify_row_destroy(&v->row);
    free(v);
    *verify = NULL;
}

static void complain_places(const verify_t *v, const char *dataset, const places_t *places, const char *what) {
    if (places->count > 0)
        verify_complain(&v->at, dataset, "%s: %llu mask%s, the first is 0x%llx", what,
                        (unsigned long long)places->count, places->count == 1 ? "" : "s",
                        (unsigned long long)places->first);
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
        TRY(results_read_table(v->at.results, table->id, v->at.sample, at, step, v->chunk, why));
        scan(table, at, step, v->chunk);
        *crc = crc32c(*crc, v->chunk, step * sizeof *v->chunk);
    }
    return STATUS_OK;
}

static status_t check_block(verify_t *v, table_t *table, int64_t block, bool finished, uint32_t stored,
                            failure_t *why) {
    mask_t size = mask_count(results_block_bits(v->at.results)), first = (mask_t)block * size, end = first + size;
    mask_t written = finished || end <= table->own ? end : first < table->own ? table->own : first;
    uint32_t crc = 0;
    TRY(read_masks(v, table, first, written, &crc, why));
    crc = block_crcs_add_nans(crc, end - written); /* those that are written when the sample is finished */
    if (crc != stored) {
        table->bad_blocks++;
        verify_complain(&v->at, results_table_name(v->at.results, table->id).text,
                        "block %lld (masks 0x%llx to 0x%llx): its checksum is %08x, but %08x is stored",
                        (long long)block, (unsigned long long)first, (unsigned long long)end - 1, crc, stored);
    }
    return STATUS_OK;
}

/* Every block of a finished sample, or the flagged ones of a pending one. */
static status_t check_blocks(verify_t *v, table_t *table, bool finished, failure_t *why) {
    int64_t blocks = results_blocks_per_row(v->at.results);
    for (int64_t group = 0, count; group < blocks; group += count) {
        count = blocks - group < GROUP ? blocks - group : GROUP;
        TRY(results_read_blocks_done(v->at.results, v->at.sample, group, count, v->done, why));
        TRY(results_read_crcs(v->at.results, table->id, v->at.sample, group, count, v->crcs, why));
        for (int64_t b = 0; b < count; b++) {
            if (!finished && !v->done[b])
                continue;
            TRY(check_block(v, table, group + b, finished, v->crcs[b], why));
            *(table->id == TABLE_VALUES ? &v->report->values_blocks : &v->report->interactions_blocks) += 1;
        }
    }
    complain_places(v, results_table_name(v->at.results, table->id).text, &table->not_nan,
                    "not NaN past the sample's own masks");
    if (table->id != TABLE_INTERACTIONS) /* those of interactions are beyond Theorem 1's bound */
        complain_places(v, results_table_name(v->at.results, table->id).text, &table->not_finite, "NaN or infinite");
    return STATUS_OK;
}

/* ---- flags ---- */

/* What a done or failed sample's flags must be. */
static status_t check_flags(verify_t *v, bool done, failure_t *why) {
    phase_t phase;
    int64_t flagged, blocks = results_blocks_per_row(v->at.results);
    TRY(results_read_phase(v->at.results, v->at.sample, &phase, why));
    if (phase != (done ? PHASE_WHOLE : PHASE_EVALUATING))
        verify_complain(&v->at, "/progress/phase", "is %d in a %s sample", (int)phase, done ? "done" : "failed");
    TRY(results_count_blocks_done(v->at.results, v->at.sample, blocks, &flagged, why));
    const int64_t wrong = done ? blocks - flagged : flagged;
    if (wrong > 0)
        verify_complain(&v->at, "/progress/values_done", "blocks %s: %lld",
                        done ? "missing in a done sample" : "flagged in a failed sample", (long long)wrong);
    return STATUS_OK;
}

static void check_reason(const verify_t *v, const results_sample_t *info) {
    bool has_reason = info->error[0] != '\0';
    if ((info->error_kind != OUTCOME_OK) != (info->status == SAMPLE_FAILED))
        verify_complain(&v->at, "/samples/error_kind", "is %d in a %s sample", (int)info->error_kind,
                        info->status == SAMPLE_FAILED ? "failed" : "done");
    if (has_reason != (info->status == SAMPLE_FAILED))
        verify_complain(&v->at, "/samples/error", "%s",
                        has_reason ? "a done sample has a reason for failing" : "a failed sample has no reason");
}

/* ---- a finished sample ---- */

static status_t check_ends(const verify_t *v, const results_sample_t *info, failure_t *why) {
    double empty, full;
    TRY(results_read_table(v->at.results, TABLE_VALUES, v->at.sample, 0, 1, &empty, why));
    TRY(results_read_table(v->at.results, TABLE_VALUES, v->at.sample,
                           mask_count(results_players_of(v->at.results, v->at.sample)) - 1, 1, &full, why));
    if (memcmp(&empty, &info->v_empty, sizeof empty) != 0)
        verify_complain(&v->at, "/samples/v_empty", "is %.17g, but /values has %.17g", info->v_empty, empty);
    if (memcmp(&full, &info->v_full, sizeof full) != 0)
        verify_complain(&v->at, "/samples/v_full", "is %.17g, but /values has %.17g", info->v_full, full);
    return STATUS_OK;
}

static status_t check_transform(verify_t *v, failure_t *why) {
    exactness_found_t found;
    TRY(exactness_check(v->exactness, v->at.results, v->at.sample, &found, &v->report->theorem1, why));
    complain_places(v, "/interactions", &found.differing, "not the transform of /values");
    complain_places(v, "/values", &found.beyond,
                    "not the sum of the interactions of subsets (Theorem 1), by more than rounding can explain");
    return STATUS_OK;
}

/* *sound: the tables are good enough to compute statistics from. */
static status_t check_tables(verify_t *v, const results_sample_t *info, bool *sound, failure_t *why) {
    *sound = true;
    TRY(check_flags(v, true, why));
    for (int id = 0; id < results_tables(v->at.results); id++) {
        table_t table = {.id = id, .own = results_masks_of(v->at.results, id, v->at.sample)};
        TRY(check_blocks(v, &table, true, why));
        *sound = *sound && table.bad_blocks == 0 && table.not_finite.count == 0;
    }
    TRY(check_ends(v, info, why));
    return check_transform(v, why);
}

static status_t check_done(verify_t *v, const results_sample_t *info, failure_t *why) {
    bool sound = false;
    check_reason(v, info);
    if (results_has_tables(v->at.results))
        TRY(check_tables(v, info, &sound, why));
    TRY(verify_row_check(v->row, &v->at, info, sound, &v->report->lemma, why));
    v->report->rows++;
    return STATUS_OK;
}

/* ---- others ---- */

static status_t check_failed(verify_t *v, const results_sample_t *info, failure_t *why) {
    check_reason(v, info);
    TRY(verify_row_check_nan(v->row, &v->at, why));
    v->report->rows++;
    if (!results_has_tables(v->at.results))
        return STATUS_OK;
    TRY(check_flags(v, false, why));
    for (int id = 0; id < results_tables(v->at.results); id++) {
        table_t table = {.id = id};
        uint32_t unused = 0;
        TRY(read_masks(v, &table, 0, mask_count(results_players(v->at.results)), &unused, why));
        complain_places(v, results_table_name(v->at.results, table.id).text, &table.not_nan,
                        "not NaN, though the sample failed");
    }
    return STATUS_OK;
}

static status_t check_pending(verify_t *v, failure_t *why) {
    table_t values = {.own = mask_count(results_players_of(v->at.results, v->at.sample))};
    phase_t phase;
    if (!results_has_tables(v->at.results))
        return STATUS_OK;
    TRY(results_read_phase(v->at.results, v->at.sample, &phase, why));
    return check_blocks(v, &values, false, why);
}

static status_t check_sample(verify_t *v, failure_t *why) {
    results_sample_t info;
    TRY(results_read_sample(v->at.results, v->at.sample, &info, why));
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

void verify_sample(verify_t *v, row_t sample, verify_report_t *report, problems_t *problems) {
    failure_t why;
    v->at.sample = sample;
    v->report = report;
    v->at.problems = problems;
    status_t status = check_sample(v, &why);
    report->unknown += status == STATUS_INTERNAL;
    if (status != STATUS_OK)
        verify_complain(&v->at, "/samples", "cannot be checked: %s", why.text);
}

void verify_labels(const results_t *results, problems_t *problems) {
    int64_t count;
    const int64_t *classes = results_classes(results, &count);
    for (int64_t k = 0; k < results_samples(results); k++) {
        int64_t label = results_label(results, k);
        if (label >= 0 && !bsearch(&label, classes, (size_t)count, sizeof label, classes_compare))
            verify_complain(&(verify_at_t){results, k, problems}, "/samples/label",
                            "is not a class of /summary/transferability (or /shard)");
    }
}

static status_t compare_output(const results_t *results, bool curves, int output, summary_t *stored, summary_t *again,
                               const char **differs, failure_t *why) {
    const summarise_rows_t spec = {.results = results, .curves = curves};
    TRY(results_summary_create(results, stored, why));
    TRY(results_summary_create(results, again, why));
    TRY(results_read_summary(results, output, stored, why));
    TRY(summarise_rows(&spec, output, again, why));
    *differs = results_summary_difference(results, output, stored, again);
    return STATUS_OK;
}

/* Up to the first output with a difference. */
static status_t compare_summaries(const results_t *results, bool curves, const char **differs, failure_t *why) {
    status_t status = STATUS_OK;
    for (int output = 0; output < results_outputs(results) && status == STATUS_OK && !*differs; output++) {
        summary_t stored[FAMILIES_MAX] = {0}, again[FAMILIES_MAX] = {0};
        status = compare_output(results, curves, output, stored, again, differs, why);
        results_summary_free(results, stored);
        results_summary_free(results, again);
    }
    return status;
}

void verify_summary(const results_t *results, const stats_settings_t *settings, verify_report_t *report,
                    problems_t *problems) {
    const char *differs = NULL;
    failure_t why;
    if (results_shard(results)) {
        report->summary = true;
        return;
    }
    status_t status = results_read_summary_valid(results, &report->summary, &why);
    if (status == STATUS_OK && report->summary && report->pending > 0)
        problems_add(problems, "/summary/valid: is 1, but samples are left");
    if (status == STATUS_OK && report->summary && settings)
        status = compare_summaries(results, settings->curves, &differs, &why);
    report->unknown += status == STATUS_INTERNAL;
    if (status != STATUS_OK)
        problems_add(problems, "/summary: cannot be checked: %s", why.text);
    if (differs)
        problems_add(problems, "/%s: differs from what the samples' tables and statistics give", differs);
}
