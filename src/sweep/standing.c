#include "sweep/standing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double RUNNING_SECONDS = 30; /* heartbeats come every 5 s */

enum { GROUP = 1 << 12 }; /* flags that are read at once */

/* ---- why samples failed ---- */

/* The error without the masks in it, which differ from sample to sample. */
static void cut_masks(const char *error, char reason[RESULTS_ERROR_TEXT]) {
    size_t used = 0;
    for (const char *from = error; *from && used < RESULTS_ERROR_TEXT - 4;) {
        bool hexadecimal = from[0] == '0' && from[1] == 'x';
        from += hexadecimal ? 2 + strspn(from + 2, "0123456789abcdefABCDEF") : 0;
        if (hexadecimal)
            used += (size_t)(stpcpy(reason + used, "...") - (reason + used));
        else
            reason[used++] = *from++;
    }
    reason[used] = '\0';
}

static int by_reason(const void *a, const void *b) {
    const standing_reason_t *x = a, *y = b;
    int order = strcmp(x->reason, y->reason);
    if (order == 0)
        order = (x->kind > y->kind) - (x->kind < y->kind);
    return order ? order : (x->first_sample > y->first_sample) - (x->first_sample < y->first_sample);
}

static int by_count(const void *a, const void *b) {
    const standing_reason_t *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count) - (x->count > y->count)
                                : (x->first_sample > y->first_sample) - (x->first_sample < y->first_sample);
}

/* From one entry per failed sample to one per reason. */
static void group_reasons(standing_t *s) {
    size_t groups = 0;
    if (s->reason_count == 0)
        return;
    qsort(s->reasons, s->reason_count, sizeof *s->reasons, by_reason);
    for (size_t i = 1; i < s->reason_count; i++) {
        standing_reason_t *group = &s->reasons[groups], *one = &s->reasons[i];
        if (group->kind == one->kind && strcmp(group->reason, one->reason) == 0)
            group->count++;
        else if (++groups < i)
            s->reasons[groups] = *one;
    }
    s->reason_count = groups + 1;
    qsort(s->reasons, s->reason_count, sizeof *s->reasons, by_count);
}

static status_t add_failed(standing_t *s, int64_t sample, const results_sample_t *info, size_t *capacity,
                           failure_t *why) {
    if (s->reason_count == *capacity) {
        size_t more = *capacity ? 2 * *capacity : 16;
        standing_reason_t *grown = realloc(s->reasons, more * sizeof *grown);
        if (!grown)
            return failed(why, STATUS_INTERNAL, "out of memory for the failed samples");
        s->reasons = grown;
        *capacity = more;
    }
    standing_reason_t *reason = &s->reasons[s->reason_count++];
    reason->kind = info->error_kind;
    reason->first_sample = sample;
    reason->count = 1;
    memcpy(reason->first_error, info->error, sizeof reason->first_error);
    cut_masks(info->error, reason->reason);
    s->failed++;
    s->again += info->error_kind == ERROR_TRANSIENT;
    return STATUS_OK;
}

/* ---- samples ---- */

static status_t count_flags(const results_t *results, int64_t sample, int64_t *stored, failure_t *why) {
    uint8_t done[GROUP];
    int64_t blocks = results_blocks_of(results, sample);
    *stored = 0;
    for (int64_t first = 0, count; first < blocks; first += count) {
        count = blocks - first < GROUP ? blocks - first : GROUP;
        TRY(results_read_blocks_done(results, sample, first, count, done, why));
        for (int64_t b = 0; b < count; b++)
            *stored += done[b] != 0;
    }
    return STATUS_OK;
}

static status_t add_tables(const results_t *results, standing_t *s, int64_t sample, sample_status_t status,
                           failure_t *why) {
    int64_t blocks = results_blocks_of(results, sample), stored = status == SAMPLE_DONE ? blocks : 0;
    uint64_t masks = mask_count(results_players_of(results, sample)), in_block = masks / (uint64_t)blocks;
    if (status == SAMPLE_PENDING) {
        TRY(count_flags(results, sample, &stored, why));
        s->masks_left += (uint64_t)(blocks - stored) * in_block;
        s->combining += stored == blocks;
    }
    s->blocks += blocks;
    s->blocks_stored += stored;
    s->masks += masks;
    s->masks_stored += (uint64_t)stored * in_block;
    return STATUS_OK;
}

static status_t add_sample(const results_t *results, standing_t *s, int64_t sample, size_t *capacity, failure_t *why) {
    results_sample_t info;
    TRY(results_read_sample(results, sample, &info, why));
    s->done += info.status == SAMPLE_DONE;
    s->pending += info.status == SAMPLE_PENDING;
    if (info.status == SAMPLE_FAILED)
        TRY(add_failed(s, sample, &info, capacity, why));
    return results_has_tables(results) ? add_tables(results, s, sample, info.status, why) : STATUS_OK;
}

/* ---- who works on it ---- */

static standing_state_t state_of(const results_t *results, const standing_t *s) {
    bool ended = s->run_count > 0 && strcmp(s->runs[s->run_count - 1].exit, "running") != 0;
    if (!results_has_tables(results))
        return STANDING_STATISTICS;
    if (s->run_count > 0 && !ended && s->age < RUNNING_SECONDS)
        return STANDING_RUNNING;
    if (s->pending + s->again == 0 && (s->summary || results_shard(results)))
        return STANDING_COMPLETE;
    if (s->run_count > 0 && !ended)
        return STANDING_SILENT;
    return ended ? STANDING_STOPPED : STANDING_NEW;
}

static status_t read_life(const results_t *results, double now, standing_t *s, failure_t *why) {
    s->runs = calloc(RESULTS_RUNS, sizeof *s->runs);
    if (!s->runs)
        return failed(why, STATUS_INTERNAL, "out of memory for the runs");
    TRY(results_read_runs(results, s->runs, &s->run_count, &s->starts, why));
    s->beat.time = s->age = s->rate = s->eta = NAN;
    if (results_has_tables(results)) {
        TRY(results_read_heartbeat(results, &s->beat, why));
        double since = s->beat.time - s->beat.start;
        s->age = now < s->beat.time ? 0 : now - s->beat.time; /* clocks of two machines differ */
        if (since > 0 && s->beat.masks_now >= s->beat.masks_at_start)
            s->rate = (double)(s->beat.masks_now - s->beat.masks_at_start) / since;
        if (s->rate > 0)
            s->eta = (double)s->masks_left / s->rate;
    }
    s->state = state_of(results, s);
    return STATUS_OK;
}

status_t standing_take(const results_t *results, double now, standing_t *s, failure_t *why) {
    size_t capacity = 0;
    *s = (standing_t){.samples = results_samples(results)};
    for (int64_t k = 0; k < s->samples; k++)
        TRY(add_sample(results, s, k, &capacity, why));
    TRY(results_read_summary_valid(results, &s->summary, why));
    group_reasons(s);
    return read_life(results, now, s, why);
}

void standing_free(standing_t *standing) {
    free(standing->reasons);
    free(standing->runs);
    *standing = (standing_t){0};
}
