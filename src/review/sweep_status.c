#include "review/sweep_status.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double RUNNING_SECONDS = 30; /* heartbeats come every 5 s */
static const double AHEAD_SECONDS = 5;    /* that a heartbeat may be ahead of us: clocks always differ a little */

enum { GROUP = 1 << 12 }; /* rows that are read at once */

/* ---- why samples failed ---- */

static int by_reason(const void *a, const void *b) {
    const sweep_status_reason_t *x = a, *y = b;
    int order = strcmp(x->reason, y->reason);
    if (order == 0)
        order = (x->kind > y->kind) - (x->kind < y->kind);
    return order ? order : (x->first_sample > y->first_sample) - (x->first_sample < y->first_sample);
}

static int by_count(const void *a, const void *b) {
    const sweep_status_reason_t *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count) - (x->count > y->count)
                                : (x->first_sample > y->first_sample) - (x->first_sample < y->first_sample);
}

/* From one entry per failed sample to one per reason. */
static void group_reasons(sweep_status_t *s) {
    size_t groups = 0;
    if (s->reason_count == 0)
        return;
    qsort(s->reasons, s->reason_count, sizeof *s->reasons, by_reason);
    for (size_t i = 1; i < s->reason_count; i++) {
        sweep_status_reason_t *group = &s->reasons[groups], *one = &s->reasons[i];
        if (group->kind == one->kind && strcmp(group->reason, one->reason) == 0)
            group->count++;
        else if (++groups < i)
            s->reasons[groups] = *one;
    }
    s->reason_count = groups + 1;
    qsort(s->reasons, s->reason_count, sizeof *s->reasons, by_count);
}

static void add_failed(sweep_status_t *s, row_t sample, const results_sample_t *info, size_t *capacity) {
    if (s->reason_count == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 16;
        s->reasons = memory_grow(s->reasons, *capacity, sizeof *s->reasons, "the failed samples");
    }
    sweep_status_reason_t *reason = &s->reasons[s->reason_count++];
    reason->kind = info->error_kind;
    reason->first_sample = sample;
    reason->count = 1;
    memcpy(reason->first_error, info->error, sizeof reason->first_error);
    text_without_masks(info->error, reason->reason, sizeof reason->reason);
    s->failed++;
    s->again += info->error_kind == OUTCOME_TRANSIENT;
}

/* ---- samples ---- */

static status_t add_tables(const results_t *results, sweep_status_t *s, row_t sample, sample_status_t status,
                           failure_t *why) {
    int64_t blocks = results_blocks_of(results, sample), stored = status == SAMPLE_DONE ? blocks : 0;
    uint64_t masks = mask_count(results_players_of(results, sample)), in_block = masks / (uint64_t)blocks;
    if (status == SAMPLE_PENDING) {
        TRY(results_count_blocks_done(results, sample, blocks, &stored, why));
        s->masks_left += (uint64_t)(blocks - stored) * in_block;
        s->combining += stored == blocks;
    }
    s->blocks += blocks;
    s->blocks_stored += stored;
    s->masks += masks;
    s->masks_stored += (uint64_t)stored * in_block;
    return STATUS_OK;
}

static status_t add_sample(const results_t *results, sweep_status_t *s, row_t sample, sample_status_t status,
                           size_t *capacity, failure_t *why) {
    results_sample_t info;
    s->done += status == SAMPLE_DONE;
    s->pending += status == SAMPLE_PENDING;
    if (status == SAMPLE_FAILED) {
        TRY(results_read_sample(results, sample, &info, why));
        add_failed(s, sample, &info, capacity);
    }
    return results_has_tables(results) ? add_tables(results, s, sample, status, why) : STATUS_OK;
}

static status_t add_samples(const results_t *results, sweep_status_t *s, failure_t *why) {
    uint8_t status[GROUP];
    int64_t target[GROUP];
    size_t capacity = 0;
    for (int64_t first = 0, count; first < results_samples(results); first += count) {
        count = results_samples(results) - first < GROUP ? results_samples(results) - first : GROUP;
        TRY(results_read_outcomes(results, first, (size_t)count, status, target, why));
        for (int64_t k = 0; k < count; k++)
            TRY(add_sample(results, s, first + k, (sample_status_t)status[k], &capacity, why));
    }
    return STATUS_OK;
}

/* ---- who works on it ---- */

/* The record of the last start: it began and did not end. */
static bool record_runs(const sweep_status_t *s) {
    return s->run_count > 0 && strcmp(s->runs[s->run_count - 1].exit, "running") == 0;
}

static sweep_status_state_t state_of(const results_t *results, const sweep_status_t *s,
                                     const sweep_status_signs_t *signs) {
    const bool runs = record_runs(s);
    if (!results_has_tables(results))
        return STANDING_STATISTICS;
    if (runs && s->age < RUNNING_SECONDS && signs->lock != LOCK_GONE)
        return STANDING_RUNNING;
    if (s->pending + s->again == 0 && (s->summary || results_shard(results)))
        return STANDING_COMPLETE;
    if (signs->lock == LOCK_LIVES)
        return runs ? STANDING_STALLED : STANDING_BUSY;
    if (runs)
        return STANDING_SILENT;
    return s->run_count > 0 ? STANDING_STOPPED : STANDING_NEW;
}

static void take_beat(sweep_status_t *s, const sweep_status_signs_t *signs, int rows_of_sample) {
    double since = s->beat.time - s->beat.start, age = signs->now - s->beat.time;
    s->clocks_differ = signs->beaten && (age >= RUNNING_SECONDS || age < -AHEAD_SECONDS);
    s->age = s->clocks_differ || age < 0 ? 0 : age;
    if (since > 0 && s->beat.masks_now >= s->beat.masks_at_start)
        s->rate = (double)(s->beat.masks_now - s->beat.masks_at_start) / since;
    if (s->rate > 0) /* the masks of rows of one sample are evaluated together */
        s->eta = (double)s->masks_left / rows_of_sample / s->rate;
}

status_t sweep_status_take(const results_t *results, const sweep_status_signs_t *signs, sweep_status_t *s,
                           failure_t *why) {
    *s = (sweep_status_t){.samples = results_samples(results)};
    s->beat.time = s->age = s->rate = s->eta = NAN;
    s->runs = memory_need(RESULTS_RUNS, sizeof *s->runs, "the starts of the sweep");
    TRY(add_samples(results, s, why));
    group_reasons(s);
    TRY(results_read_summary_valid(results, &s->summary, why));
    TRY(results_read_runs(results, s->runs, &s->run_count, &s->starts, why));
    if (results_has_tables(results)) {
        TRY(results_read_heartbeat(results, &s->beat, why));
        take_beat(s, signs, results_rows_of_sample(results));
    }
    if (signs->lock != LOCK_GONE)
        memcpy(s->holder, signs->holder, sizeof s->holder);
    s->state = state_of(results, s, signs);
    return STATUS_OK;
}

/* Whether age and lock do not show if the sweep runs: its process lives, or may live on another machine, but the
 * heartbeat is old, or in the future because clocks differ. */
static bool is_open(const sweep_status_t *s, const sweep_status_signs_t *signs) {
    double age = signs->now - s->beat.time;
    bool recent = age >= -AHEAD_SECONDS && age < RUNNING_SECONDS;
    return (signs->lock == LOCK_LIVES || signs->lock == LOCK_UNSURE) && record_runs(s) && !recent;
}

/* Until a heartbeat comes, the process ends, or the time is up. */
static status_t watch(const results_t *results, const char *path, double patience, sweep_status_signs_t *signs,
                      failure_t *why) {
    const struct timespec pause = {0, 250000000};
    results_heartbeat_t first, beat;
    TRY(results_read_heartbeat(results, &first, why));
    for (double began = clock_seconds(); !signs->beaten && clock_seconds() - began < patience;) {
        nanosleep(&pause, NULL);
        signs->lock = lock_look(path, signs->holder);
        TRY(results_read_heartbeat(results, &beat, why));
        signs->beaten = memcmp(&beat.time, &first.time, sizeof beat.time) != 0;
        if (signs->lock == LOCK_NONE || signs->lock == LOCK_GONE)
            break;
    }
    if (signs->lock == LOCK_UNSURE)
        signs->lock = signs->beaten ? LOCK_LIVES : LOCK_GONE;
    signs->now = clock_calendar();
    return STATUS_OK;
}

status_t sweep_status_look(const results_t *results, const char *path, double patience, sweep_status_t *s,
                           failure_t *why) {
    sweep_status_signs_t signs = {.now = clock_calendar()};
    signs.lock = lock_look(path, signs.holder);
    TRY(sweep_status_take(results, &signs, s, why));
    if (!results_has_tables(results) || !is_open(s, &signs))
        return STATUS_OK;
    sweep_status_free(s);
    TRY(watch(results, path, patience, &signs, why));
    return sweep_status_take(results, &signs, s, why);
}

void sweep_status_free(sweep_status_t *standing) {
    free(standing->reasons);
    free(standing->runs);
    *standing = (sweep_status_t){0};
}
