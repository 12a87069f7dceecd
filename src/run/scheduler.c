#include "run/scheduler.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

typedef enum { STATE_WAITING, STATE_OUT, STATE_SPLIT, STATE_DONE, STATE_FAILED } state_t;

typedef struct {
    mask_t first, end;
} gap_t;

/* What a split sample needs besides its state; owned by the sample. */
typedef struct {
    gap_t *gaps; /* masks to be given out, any order */
    size_t gap_count, gap_capacity;
    mask_t *block_left; /* [blocks] masks of the block that are still missing */
    int64_t blocks_left;
    mask_t bad; /* the lowest bad mask so far; 2^n: none */
} split_t;

typedef struct {
    state_t state;
    int n, failures; /* transient ones so far */
    split_t *split;  /* owned; NULL unless split */
    char *error;     /* owned; of the lowest bad mask, or of the last transient failure */
} entry_t;

typedef struct {
    unit_t units[UNITS_IN_FLIGHT];
    int count;
} slot_t;

struct scheduler {
    scheduler_spec_t spec;
    entry_t *entries;  /* [samples] */
    slot_t *slots;     /* [workers] */
    int64_t waiting;   /* no sample below is WAITING */
    int64_t splitting; /* no sample below is SPLIT with gaps */
    uint64_t next_id;
    uint64_t unassigned, in_flight; /* masks */
    double recent_seconds, recent_masks;
    int64_t finished; /* samples that ended in this start */
    bool same_reason; /* every sample so far failed, and for first_reason */
    bool gave_up, stopped;
    char first_reason[FAILURE_TEXT]; /* of the first sample, without masks */
};

scheduler_t *scheduler_create(const scheduler_spec_t *spec) {
    scheduler_t *s = memory_need(1, sizeof *s, "the schedule");
    s->spec = *spec;
    s->entries = memory_need((size_t)spec->samples, sizeof *s->entries, "the schedule");
    s->slots = memory_need((size_t)spec->workers, sizeof *s->slots, "the schedule");
    s->spec.players = NULL; /* the entries have them */
    s->spec.rows = spec->rows > 1 ? spec->rows : 1;
    for (int64_t i = 0; i < spec->samples; i++) {
        s->entries[i].n = spec->players[i];
        s->unassigned += mask_count(spec->players[i]);
    }
    s->same_reason = true;
    s->next_id = 1;
    /* The guess counts as little as one small unit. */
    s->recent_seconds = plan_unit_seconds(0, s->spec.seconds_per_mask, s->spec.workers);
    s->recent_masks = s->recent_seconds / spec->seconds_per_mask;
    return s;
}

static void drop_split(entry_t *e) {
    if (e->split) {
        free(e->split->gaps);
        free(e->split->block_left);
        free(e->split);
    }
    e->split = NULL;
}

void scheduler_destroy(scheduler_t **scheduler) {
    scheduler_t *s = *scheduler;
    if (!s)
        return;
    for (int64_t i = 0; i < s->spec.samples; i++) {
        drop_split(&s->entries[i]);
        free(s->entries[i].error);
    }
    free(s->entries);
    free(s->slots);
    free(s);
    *scheduler = NULL;
}

void scheduler_skip(scheduler_t *s, nth_t sample) {
    s->entries[sample].state = STATE_DONE;
    s->unassigned -= mask_count(s->entries[sample].n);
}

/* ---- splitting a sample ---- */

static int block_bits_of(const scheduler_t *s, const entry_t *e) {
    return e->n < s->spec.block_bits ? e->n : s->spec.block_bits;
}

static void add_gap(split_t *split, mask_t first, mask_t end) {
    if (split->gap_count == split->gap_capacity) {
        split->gap_capacity = split->gap_capacity ? 2 * split->gap_capacity : 4;
        split->gaps = memory_grow(split->gaps, split->gap_capacity, sizeof *split->gaps, "the schedule");
    }
    split->gaps[split->gap_count++] = (gap_t){first, end};
}

/* Turns a waiting sample into a split one whose blocks are all missing, without gaps yet. */
static void begin_split(const scheduler_t *s, entry_t *e) {
    int g = block_bits_of(s, e);
    size_t blocks = (size_t)mask_count(e->n - g);
    split_t *split = memory_need(1, sizeof *split, "the schedule");
    split->block_left = memory_need(blocks, sizeof *split->block_left, "the schedule");
    for (size_t b = 0; b < blocks; b++)
        split->block_left[b] = mask_count(g);
    split->blocks_left = (int64_t)blocks;
    split->bad = mask_count(e->n);
    e->split = split;
    e->state = STATE_SPLIT;
}

void scheduler_resume(scheduler_t *s, nth_t sample, const uint8_t *done) {
    entry_t *e = &s->entries[sample];
    int g = block_bits_of(s, e);
    mask_t blocks = mask_count(e->n - g), run = 0;
    begin_split(s, e);
    for (mask_t b = 0; b < blocks; b++) {
        if (done[b]) {
            e->split->block_left[b] = 0;
            e->split->blocks_left--;
            s->unassigned -= mask_count(g);
            run = b + 1;
        } else if (b + 1 == blocks || done[b + 1]) {
            add_gap(e->split, run << g, (b + 1) << g);
        }
    }
}

/* ---- giving out ---- */

static double seconds_per_mask(const scheduler_t *s) {
    return s->recent_seconds / s->recent_masks;
}

static double unit_seconds(const scheduler_t *s) {
    return plan_unit_seconds((double)s->unassigned, seconds_per_mask(s), s->spec.workers);
}

static bool give_whole(const scheduler_t *s, int n) {
    return plan_gives_whole(n, s->spec.rows, seconds_per_mask(s), s->spec.workers, unit_seconds(s));
}

static void send_out(scheduler_t *s, int worker, unit_t *unit, mask_t masks) {
    unit->id = s->next_id++;
    slot_t *slot = &s->slots[worker];
    slot->units[slot->count++] = *unit;
    s->unassigned -= masks;
    s->in_flight += masks;
}

/* The most masks of a unit. */
static mask_t most_masks(const scheduler_t *s) {
    return UNIT_MASKS_MAX / (mask_t)s->spec.rows;
}

/* As many whole waiting samples in a row as are worth a unit; at least the one at `first`. */
static void pack_samples(scheduler_t *s, int worker, int64_t first, unit_t *unit) {
    mask_t wanted = (mask_t)(unit_seconds(s) / seconds_per_mask(s)), masks = 0;
    if (wanted > most_masks(s))
        wanted = most_masks(s);
    int64_t end = first;
    while (end < s->spec.samples && end - first < UNIT_SAMPLES_MAX && s->entries[end].state == STATE_WAITING) {
        mask_t more = mask_count(s->entries[end].n);
        if (end > first && masks + more > wanted)
            break;
        s->entries[end].state = STATE_OUT;
        masks += more;
        end++;
    }
    *unit = (unit_t){.kind = UNIT_SAMPLES, .first_sample = first, .samples = end - first};
    s->waiting = end;
    send_out(s, worker, unit, masks);
}

/* A range from the lowest gap of a split sample. */
static void take_range(scheduler_t *s, int worker, nth_t sample, unit_t *unit) {
    entry_t *e = &s->entries[sample];
    split_t *split = e->split;
    size_t lowest = 0;
    for (size_t i = 1; i < split->gap_count; i++)
        if (split->gaps[i].first < split->gaps[lowest].first)
            lowest = i;
    gap_t *gap = &split->gaps[lowest];
    mask_t granule = mask_count(s->spec.granule_bits[e->n]);
    double wanted = unit_seconds(s) / seconds_per_mask(s);
    mask_t count = wanted < (double)most_masks(s) ? (mask_t)wanted : most_masks(s);
    count -= count % granule;
    if (count < granule)
        count = granule;
    if (count > gap->end - gap->first)
        count = gap->end - gap->first;
    *unit = (unit_t){.kind = UNIT_MASKS, .first_sample = sample, .samples = 1, .first = gap->first, .count = count};
    gap->first += count;
    if (gap->first == gap->end)
        *gap = split->gaps[--split->gap_count];
    send_out(s, worker, unit, count);
}

static bool next_split(scheduler_t *s, int worker, unit_t *unit) {
    for (; s->splitting < s->spec.samples; s->splitting++) {
        const entry_t *e = &s->entries[s->splitting];
        if (e->state == STATE_SPLIT && e->split->gap_count > 0) {
            take_range(s, worker, s->splitting, unit);
            return true;
        }
    }
    return false;
}

static bool has_row(const slot_t *slot) {
    return slot->count > 0 && slot->units[0].kind == UNIT_FINISH;
}

bool scheduler_next(scheduler_t *s, int worker, unit_t *unit) {
    if (s->stopped || s->gave_up || s->slots[worker].count == UNITS_IN_FLIGHT || has_row(&s->slots[worker]))
        return false;
    if (next_split(s, worker, unit))
        return true;
    while (s->waiting < s->spec.samples && s->entries[s->waiting].state != STATE_WAITING)
        s->waiting++;
    if (s->waiting == s->spec.samples)
        return false;
    nth_t sample = s->waiting;
    entry_t *e = &s->entries[sample];
    if (give_whole(s, e->n)) {
        pack_samples(s, worker, sample, unit);
        return true;
    }
    begin_split(s, e);
    add_gap(e->split, 0, mask_count(e->n));
    s->splitting = sample;
    return next_split(s, worker, unit);
}

void scheduler_give_row(scheduler_t *s, int worker, row_t row, unit_t *unit) {
    const nth_t sample = row / s->spec.rows;
    *unit = (unit_t){.kind = UNIT_FINISH,
                     .first_sample = sample,
                     .samples = 1,
                     .row = row,
                     .count = mask_count(s->entries[sample].n)};
    send_out(s, worker, unit, 0);
}

/* ---- what came back ---- */

const unit_t *scheduler_find(const scheduler_t *s, int worker, uint64_t unit_id) {
    for (int i = 0; i < s->slots[worker].count; i++)
        if (s->slots[worker].units[i].id == unit_id)
            return &s->slots[worker].units[i];
    return NULL;
}

static void keep_error(entry_t *e, const char *error) {
    free(e->error);
    e->error = memory_text("%s", error);
}

/* Counts a sample that ended, and gives up when the first EARLY_STOP all failed for the same reason. */
static void count_end(scheduler_t *s, const char *error) {
    char reason[sizeof s->first_reason];
    text_without_masks(error ? error : "", reason, sizeof reason);
    if (s->finished++ == 0)
        memcpy(s->first_reason, reason, sizeof reason);
    s->same_reason = s->same_reason && error && strcmp(reason, s->first_reason) == 0;
    if (s->same_reason && s->finished == EARLY_STOP && s->unassigned > 0)
        s->gave_up = true;
}

/* Ends a sample as failed; what it still had to give out is dropped. */
static void fail_sample(scheduler_t *s, entry_t *e, outcome_t kind, verdict_t *verdict) {
    if (e->split)
        for (size_t i = 0; i < e->split->gap_count; i++)
            s->unassigned -= e->split->gaps[i].end - e->split->gaps[i].first;
    drop_split(e);
    e->state = STATE_FAILED;
    verdict->failed = true;
    verdict->kind = kind;
    verdict->error = e->error;
    count_end(s, verdict->error);
}

/* Masks at and above the lowest bad one are of no use. It was given out, so it lies in no gap. */
static void drop_gaps_from(scheduler_t *s, split_t *split, mask_t bad) {
    size_t kept = 0;
    for (size_t i = 0; i < split->gap_count; i++) {
        gap_t gap = split->gaps[i];
        if (gap.first < bad)
            split->gaps[kept++] = gap;
        else
            s->unassigned -= gap.end - gap.first;
    }
    split->gap_count = kept;
}

/* Whether a unit of the sample that starts below its lowest bad mask is still out, other than `except`. */
static bool out_below_bad(const scheduler_t *s, nth_t sample, mask_t bad, uint64_t except) {
    for (int w = 0; w < s->spec.workers; w++)
        for (int i = 0; i < s->slots[w].count; i++) {
            const unit_t *u = &s->slots[w].units[i];
            if (u->kind == UNIT_MASKS && u->first_sample == sample && u->first < bad && u->id != except)
                return true;
        }
    return false;
}

static void settle_range(scheduler_t *s, entry_t *e, const unit_t *unit, verdict_t *verdict) {
    int g = block_bits_of(s, e);
    mask_t size = mask_count(g), end = unit->first + unit->count;
    verdict->store = true;
    for (mask_t at = unit->first; at < end;) {
        mask_t block = at >> g, stop = (block + 1) * size < end ? (block + 1) * size : end;
        e->split->block_left[block] -= stop - at;
        if (e->split->block_left[block] == 0) {
            if (verdict->blocks++ == 0)
                verdict->first_block = (int64_t)block;
            e->split->blocks_left--;
        }
        at = stop;
    }
}

/* A range that is bad at `bad`. */
static void note_bad(scheduler_t *s, entry_t *e, const unit_t *unit, mask_t bad, const char *error) {
    if (bad < unit->first || bad >= unit->first + unit->count)
        bad = unit->first; /* a failure of the sample as a whole, without a mask */
    if (bad >= e->split->bad)
        return;
    e->split->bad = bad;
    keep_error(e, error);
    drop_gaps_from(s, e->split, bad);
}

/* Gives the range out again, or ends a sample that was tried often enough. */
static void try_again(scheduler_t *s, entry_t *e, const unit_t *unit, const char *error, verdict_t *verdict) {
    if (++e->failures > s->spec.retries) {
        keep_error(e, error);
        fail_sample(s, e, OUTCOME_TRANSIENT, verdict);
        return;
    }
    add_gap(e->split, unit->first, unit->first + unit->count);
    s->unassigned += unit->count;
    if (unit->first_sample < s->splitting)
        s->splitting = unit->first_sample;
}

static void report_range(scheduler_t *s, entry_t *e, const unit_t *unit, outcome_t outcome, mask_t bad,
                         const char *error, verdict_t *verdict) {
    split_t *split = e->split;
    if (outcome == OUTCOME_OK) {
        settle_range(s, e, unit, verdict);
    } else if (outcome == OUTCOME_CERTAIN) {
        note_bad(s, e, unit, bad, error);
    } else if (unit->first < split->bad) { /* above, the range is of no use whatever became of it */
        try_again(s, e, unit, error, verdict);
        return;
    }
    if (split->bad < mask_count(e->n)) {
        if (split->gap_count == 0 && !out_below_bad(s, unit->first_sample, split->bad, unit->id))
            fail_sample(s, e, OUTCOME_CERTAIN, verdict);
    } else if (split->blocks_left == 0) {
        verdict->complete = true;
        drop_split(e);
        e->state = STATE_DONE;
        count_end(s, NULL);
    }
}

static void report_whole(scheduler_t *s, entry_t *e, nth_t sample, outcome_t outcome, const char *error,
                         verdict_t *verdict) {
    if (outcome == OUTCOME_OK) {
        verdict->store = true;
        e->state = STATE_DONE;
        count_end(s, NULL);
        return;
    }
    keep_error(e, error);
    if (outcome == OUTCOME_TRANSIENT && ++e->failures <= s->spec.retries) {
        e->state = STATE_WAITING;
        s->unassigned += mask_count(e->n);
        if (sample < s->waiting)
            s->waiting = sample;
        return;
    }
    fail_sample(s, e, outcome, verdict);
}

verdict_t scheduler_report(scheduler_t *s, const unit_t *unit, nth_t sample, outcome_t outcome, mask_t bad_mask,
                           const char *error) {
    verdict_t verdict = {0};
    entry_t *e = &s->entries[sample];
    int before = e->failures;
    if (unit->kind == UNIT_FINISH)
        return (verdict_t){
            .store = outcome == OUTCOME_OK, .failed = outcome != OUTCOME_OK, .kind = outcome, .error = error};
    if (e->state == STATE_OUT)
        report_whole(s, e, sample, outcome, error, &verdict);
    else if (e->state == STATE_SPLIT)
        report_range(s, e, unit, outcome, bad_mask, error, &verdict);
    verdict.attempts = (outcome == OUTCOME_TRANSIENT ? before : e->failures) + 1;
    return verdict;
}

void scheduler_finish_unit(scheduler_t *s, int worker, uint64_t unit_id, double seconds, uint64_t masks) {
    slot_t *slot = &s->slots[worker];
    const unit_t *u = scheduler_find(s, worker, unit_id);
    long at = u - slot->units;
    s->in_flight -= u->kind == UNIT_MASKS ? u->count : 0;
    for (int64_t k = 0; u->kind == UNIT_SAMPLES && k < u->samples; k++)
        s->in_flight -= mask_count(s->entries[u->first_sample + k].n);
    memmove(&slot->units[at], &slot->units[at + 1], (size_t)(slot->count - at - 1) * sizeof slot->units[0]);
    slot->count--;
    if (masks > 0 && seconds > 0) {
        s->recent_seconds = 0.9 * s->recent_seconds + seconds;
        s->recent_masks = 0.9 * s->recent_masks + (double)masks;
    }
}

void scheduler_stop(scheduler_t *s) {
    s->stopped = true;
}

int scheduler_in_flight(const scheduler_t *s, int worker) {
    return s->slots[worker].count;
}

bool scheduler_finished(const scheduler_t *s) {
    for (int w = 0; w < s->spec.workers; w++)
        if (s->slots[w].count > 0)
            return false;
    return s->stopped || s->gave_up || s->unassigned == 0;
}

bool scheduler_gave_up(const scheduler_t *s) {
    return s->gave_up;
}

uint64_t scheduler_masks_left(const scheduler_t *s) {
    return s->unassigned + s->in_flight;
}
