/* run/scheduler: whatever the order of answers, every mask is asked for once, every sample ends once, units have the
 * promised sizes. */
#include "run/scheduler.h"
#include "support/test.h"

enum { SAMPLES = 12, WORKERS = 5, N_MAX = 12, MASKS_MAX = 1 << N_MAX };

/* A scheduler and the truth about it. */
typedef struct {
    scheduler_t *scheduler;
    int players[SAMPLES];
    int64_t samples;
    int workers, block_bits, granule_bits;
    uint8_t asked[SAMPLES][MASKS_MAX]; /* how often a mask was given out */
    uint8_t stored[SAMPLES][MASKS_MAX];
    uint8_t blocks[SAMPLES][MASKS_MAX]; /* reported whole */
    int ended[SAMPLES], complete[SAMPLES], failures[SAMPLES];
    char error[SAMPLES][128];
    unit_t out[WORKERS][UNITS_IN_FLIGHT];
    int out_count[WORKERS];
    uint64_t random;
} world_t;

static void start(world_t *w, int64_t samples, const int *players, int workers, int block_bits, int granule_bits,
                  double seconds_per_mask, int retries) {
    memset(w, 0, sizeof *w);
    w->samples = samples;
    w->workers = workers;
    w->block_bits = block_bits;
    w->granule_bits = granule_bits;
    memcpy(w->players, players, (size_t)samples * sizeof *players);
    scheduler_spec_t spec = {.samples = samples,
                             .players = players,
                             .block_bits = block_bits,
                             .workers = workers,
                             .retries = retries,
                             .seconds_per_mask = seconds_per_mask};
    for (int n = 0; n <= PLAYERS_MAX; n++)
        spec.granule_bits[n] = n < granule_bits ? n : granule_bits;
    w->scheduler = scheduler_create(&spec);
}

static void count_asked(world_t *w, const unit_t *unit) {
    for (int64_t k = unit->first_sample; k < unit->first_sample + unit->samples; k++) {
        bool whole = unit->kind == UNIT_SAMPLES;
        mask_t first = whole ? 0 : unit->first, count = whole ? mask_count(w->players[k]) : unit->count;
        assert_true(first + count <= mask_count(w->players[k]));
        if (!whole) {
            mask_t granule = mask_count(w->players[k] < w->granule_bits ? w->players[k] : w->granule_bits);
            assert_int_equal(first % granule, 0);
            assert_int_equal(count % granule, 0);
        }
        for (mask_t s = first; s < first + count; s++)
            w->asked[k][s]++;
    }
}

/* Gives units to a worker up to its depth; returns how many. */
static int feed(world_t *w, int worker) {
    int given = 0;
    unit_t unit;
    while (scheduler_next(w->scheduler, worker, &unit)) {
        assert_true(w->out_count[worker] < UNITS_IN_FLIGHT);
        count_asked(w, &unit);
        w->out[worker][w->out_count[worker]++] = unit;
        given++;
    }
    assert_int_equal(scheduler_in_flight(w->scheduler, worker), w->out_count[worker]);
    return given;
}

static void note(world_t *w, int64_t k, const unit_t *unit, const verdict_t *v) {
    if (v->store) {
        bool whole = unit->kind == UNIT_SAMPLES;
        mask_t first = whole ? 0 : unit->first, count = whole ? mask_count(w->players[k]) : unit->count;
        for (mask_t s = first; s < first + count; s++)
            w->stored[k][s]++;
        for (int64_t b = v->first_block; b < v->first_block + v->blocks; b++)
            w->blocks[k][b]++;
        w->ended[k] += whole;
    }
    w->complete[k] += v->complete;
    w->ended[k] += v->complete + v->failed;
    if (v->failed) {
        w->failures[k]++;
        strncpy(w->error[k], v->error, sizeof w->error[k] - 1);
    }
}

/* One of the worker's units comes back; bad[k] is the lowest bad mask of a sample (none: -1). */
static void answer(world_t *w, int worker, const int64_t *bad, int transient_per_cent) {
    int at = (int)(random_word(&w->random) % (unsigned)w->out_count[worker]);
    unit_t unit = w->out[worker][at];
    uint64_t masks = 0;
    for (int64_t k = unit.first_sample; k < unit.first_sample + unit.samples; k++) {
        bool whole = unit.kind == UNIT_SAMPLES;
        mask_t first = whole ? 0 : unit.first, count = whole ? mask_count(w->players[k]) : unit.count;
        outcome_t outcome = OUTCOME_OK;
        char text[64] = "";
        mask_t bad_mask = 0;
        masks += count;
        if ((int)(random_word(&w->random) % 100) < transient_per_cent) {
            outcome = OUTCOME_TRANSIENT;
            strcpy(text, "the engine hiccuped");
        } else if (bad && bad[k] >= 0 && bad[k] < (int64_t)(first + count)) {
            /* the lowest bad mask of this range: every mask from bad[k] on is bad */
            bad_mask = (mask_t)bad[k] > first ? (mask_t)bad[k] : first;
            outcome = OUTCOME_CERTAIN;
            snprintf(text, sizeof text, "mask 0x%llx: output is NaN", (unsigned long long)bad_mask);
        }
        verdict_t verdict =
            scheduler_report(w->scheduler, scheduler_find(w->scheduler, worker, unit.id), k, outcome, bad_mask, text);
        note(w, k, &unit, &verdict);
    }
    scheduler_finish_unit(w->scheduler, worker, unit.id, 1e-6 * (double)masks, masks);
    w->out_count[worker]--;
    w->out[worker][at] = w->out[worker][w->out_count[worker]];
    assert_null(scheduler_find(w->scheduler, worker, unit.id));
}

/* Random workers answer in random order until nothing is left. */
static void run(world_t *w, const int64_t *bad, int transient_per_cent) {
    for (int steps = 0; !scheduler_finished(w->scheduler); steps++) {
        assert_true(steps < 1000000);
        int worker = (int)(random_word(&w->random) % (unsigned)w->workers);
        if (random_word(&w->random) % 2)
            feed(w, worker);
        else if (w->out_count[worker] > 0)
            answer(w, worker, bad, transient_per_cent);
    }
}

static void everything_once(const world_t *w) {
    for (int64_t k = 0; k < w->samples; k++) {
        assert_int_equal(w->ended[k], 1);
        assert_int_equal(w->failures[k], 0);
        for (mask_t s = 0; s < mask_count(w->players[k]); s++) {
            assert_int_equal(w->asked[k][s], 1);
            assert_int_equal(w->stored[k][s], 1);
        }
        int n = w->players[k], g = n < w->block_bits ? n : w->block_bits;
        for (mask_t b = 0; w->complete[k] && b < mask_count(n - g); b++)
            assert_int_equal(w->blocks[k][b], 1);
    }
    assert_int_equal(scheduler_masks_left(w->scheduler), 0);
}

static const int UNEVEN[SAMPLES] = {3, 12, 1, 7, 12, 5, 9, 2, 11, 4, 10, 6};

TEST(every_mask_is_asked_for_once) {
    static world_t w;
    /* From "everything is tiny" over "some whole, the last ones split" to "all split". */
    const double cost[] = {1e-9, 1e-5, 1e-4, 1e-2};
    for (int c = 0; c < 4; c++)
        for (unsigned seed = 0; seed < 20; seed++) {
            start(&w, SAMPLES, UNEVEN, WORKERS, (int)(seed % 10) + 4, 4, cost[c], 0);
            w.random = seed;
            run(&w, NULL, 0);
            everything_once(&w);
            scheduler_destroy(&w.scheduler);
        }
}

TEST(a_single_sample_is_shared_by_all_workers) {
    static world_t w;
    const int players[] = {12};
    start(&w, 1, players, WORKERS, 10, 4, 1e-3, 0); /* 4 s of work */
    for (int worker = 0; worker < WORKERS; worker++)
        assert_int_equal(feed(&w, worker), UNITS_IN_FLIGHT);
    for (int worker = 0; worker < WORKERS; worker++)
        assert_int_equal(w.out[worker][0].kind, UNIT_MASKS);
    run(&w, NULL, 0);
    everything_once(&w);
    assert_int_equal(w.complete[0], 1);
    scheduler_destroy(&w.scheduler);
}

TEST(a_worker_that_finishes_a_row_gets_nothing_else) {
    static world_t w;
    const int players[] = {12, 12};
    unit_t unit, other;
    start(&w, 2, players, 2, 10, 4, 1e-3, 0);
    scheduler_skip(w.scheduler, 0);
    uint64_t left = scheduler_masks_left(w.scheduler);
    scheduler_give_row(w.scheduler, 1, 0, &unit);
    assert_true(unit.kind == UNIT_FINISH && unit.first_sample == 0 && unit.count == 1 << 12);
    assert_int_equal(scheduler_find(w.scheduler, 1, unit.id)->kind, UNIT_FINISH);
    assert_false(scheduler_next(w.scheduler, 1, &other));
    assert_int_equal(feed(&w, 0), UNITS_IN_FLIGHT);
    assert_true(scheduler_report(w.scheduler, &unit, 0, OUTCOME_OK, 0, "").store);
    verdict_t bad = scheduler_report(w.scheduler, &unit, 0, OUTCOME_CERTAIN, 0, "overflow");
    assert_true(bad.failed && bad.kind == OUTCOME_CERTAIN && strcmp(bad.error, "overflow") == 0);
    scheduler_finish_unit(w.scheduler, 1, unit.id, 1, 0);
    assert_int_equal(scheduler_masks_left(w.scheduler), left);
    assert_true(scheduler_next(w.scheduler, 1, &other) && other.kind == UNIT_MASKS);
    scheduler_destroy(&w.scheduler);
}

/* What a unit brings is as much for all rows of a sample together. */
TEST(units_are_smaller_where_samples_have_many_rows) {
    enum { ROWS = 64, N = 16 };
    static const int players[] = {N, N - 3};
    scheduler_spec_t spec = {.samples = 2, .rows = ROWS, .players = players, .block_bits = 10, .workers = 1};
    unit_t unit;
    spec.seconds_per_mask = 1e-9;
    scheduler_t *s = scheduler_create(&spec);
    assert_true(scheduler_next(s, 0, &unit) && unit.kind == UNIT_MASKS);
    assert_int_equal(unit.count, UNIT_MASKS_MAX / ROWS);
    scheduler_give_row(s, 0, ROWS + 5, &unit);
    assert_true(unit.first_sample == 1 && unit.row == ROWS + 5 && unit.count == 1 << (N - 3));
    scheduler_destroy(&s);
}

TEST(small_samples_travel_together) {
    static world_t w;
    int players[SAMPLES];
    for (int k = 0; k < SAMPLES; k++)
        players[k] = 8;
    start(&w, SAMPLES, players, 2, 8, 8, 1e-6, 0); /* 0.26 ms each: all fit in one 50 ms unit */
    feed(&w, 0);
    assert_int_equal(w.out[0][0].kind, UNIT_SAMPLES);
    assert_int_equal(w.out[0][0].samples, SAMPLES);
    run(&w, NULL, 0);
    everything_once(&w);
    scheduler_destroy(&w.scheduler);
}

TEST(units_take_no_longer_than_ten_seconds) {
    static world_t w;
    const int players[] = {12, 12};
    start(&w, 2, players, 1, 12, 0, 0.1, 0); /* 410 s each */
    feed(&w, 0);
    assert_int_equal(w.out[0][0].kind, UNIT_MASKS);
    assert_in_range(w.out[0][0].count, 90, 101);
    scheduler_destroy(&w.scheduler);
    start(&w, 2, players, 1, 12, 4, 1.0, 0); /* a batch alone takes longer: it is never cut */
    feed(&w, 0);
    assert_int_equal(w.out[0][0].count, 16);
    scheduler_destroy(&w.scheduler);
}

TEST(the_lowest_bad_mask_is_named) {
    static world_t w;
    int64_t bad[SAMPLES];
    for (unsigned seed = 0; seed < 80; seed++) { /* the second half with hiccups, which make no difference */
        for (int k = 0; k < SAMPLES; k++)
            bad[k] = k % 3 == 1 ? (int64_t)(mask_count(UNEVEN[k]) * (seed % 40 + 1) / 50) : -1;
        start(&w, SAMPLES, UNEVEN, WORKERS, 6, 2, seed % 2 ? 1e-3 : 1e-5, seed < 40 ? 0 : 1000);
        w.random = seed;
        run(&w, bad, seed < 40 ? 0 : 20);
        for (int k = 0; k < SAMPLES; k++) {
            char expected[64];
            snprintf(expected, sizeof expected, "mask 0x%llx: output is NaN", (unsigned long long)bad[k]);
            assert_int_equal(w.ended[k], 1);
            assert_int_equal(w.failures[k], bad[k] >= 0);
            if (bad[k] >= 0)
                assert_string_equal(w.error[k], expected);
            for (mask_t s = 0; bad[k] < 0 && s < mask_count(UNEVEN[k]); s++)
                assert_int_equal(w.stored[k][s], 1);
        }
        scheduler_destroy(&w.scheduler);
    }
}

/* A split sample with a range out at each of three workers. Each case: what comes back of the ranges (0: the lowest),
 * in which order, and of a range that is given out again; and how the sample ends. */
TEST(a_range_that_is_bad_ends_the_sample_when_all_below_is_known) {
    enum { OK = OUTCOME_OK, BAD = OUTCOME_CERTAIN, HICCUP = OUTCOME_TRANSIENT, OUTSIDE = 4095 };
    static const char *const SAID[] = {"", "output is NaN", "the engine hiccuped"};
    static const struct {
        int retries;
        struct {
            int range, outcome;
        } back[3];
        mask_t bad; /* of all bad ranges; 0: the first of each; OUTSIDE: the sample failed as a whole */
        int again, ends, attempts;
    } cases[] = {
        {0, {{1, BAD}, {2, HICCUP}, {0, OK}}, 0, OK, BAD, 1}, /* above the bad mask a range may fail as it likes */
        {1, {{1, BAD}, {0, HICCUP}, {2, OK}}, 0, HICCUP, HICCUP, 2}, /* below, another start may find a lower one */
        {1, {{0, HICCUP}, {1, BAD}, {2, OK}}, 0, OK, BAD, 2},        /* until all below is known */
        {0, {{2, BAD}, {1, BAD}, {0, BAD}}, OUTSIDE, OK, BAD, 1},    /* as when the target cannot be found */
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        static world_t w;
        const int players[] = {12};
        unit_t units[3], again;
        verdict_t verdict = {0};
        start(&w, 1, players, 3, 12, 4, 1e-3, cases[c].retries);
        for (int worker = 0; worker < 3; worker++)
            assert_true(scheduler_next(w.scheduler, worker, &units[worker]));
        assert_true(units[0].first == 0 && units[1].first == units[0].count);
        for (int i = 0; i < 3; i++) {
            const unit_t *unit = &units[cases[c].back[i].range];
            int outcome = cases[c].back[i].outcome;
            assert_false(verdict.failed);
            verdict = scheduler_report(w.scheduler, unit, 0, (outcome_t)outcome,
                                       cases[c].bad ? cases[c].bad : unit->first, SAID[outcome]);
            scheduler_finish_unit(w.scheduler, cases[c].back[i].range, unit->id, 1.0, unit->count);
        }
        for (mask_t known = 0; !verdict.failed && scheduler_next(w.scheduler, 0, &again); known += again.count) {
            assert_int_equal(again.first, known);
            verdict = scheduler_report(w.scheduler, &again, 0, (outcome_t)cases[c].again, 0, SAID[cases[c].again]);
            scheduler_finish_unit(w.scheduler, 0, again.id, 1.0, again.count);
        }
        assert_true(verdict.failed && (int)verdict.kind == cases[c].ends && verdict.attempts == cases[c].attempts);
        assert_string_equal(verdict.error, SAID[cases[c].ends]);
        assert_true(scheduler_finished(w.scheduler) && scheduler_masks_left(w.scheduler) == 0);
        scheduler_destroy(&w.scheduler);
    }
}

TEST(transient_failures_are_tried_again) {
    static world_t w;
    int failures = 0;
    for (unsigned seed = 0; seed < 40; seed++) {
        start(&w, SAMPLES, UNEVEN, WORKERS, 6, 2, seed % 2 ? 1e-3 : 1e-5, 2);
        w.random = seed;
        run(&w, NULL, 20);
        for (int k = 0; k < SAMPLES; k++) {
            assert_int_equal(w.ended[k], 1);
            failures += w.failures[k];
            if (w.failures[k])
                assert_string_equal(w.error[k], "the engine hiccuped");
            for (mask_t s = 0; !w.failures[k] && s < mask_count(UNEVEN[k]); s++)
                assert_int_equal(w.stored[k][s], 1);
        }
        assert_int_equal(scheduler_masks_left(w.scheduler), 0);
        scheduler_destroy(&w.scheduler);
    }
    assert_true(failures > 0); /* with many units per sample, two retries do not always help */
}

TEST(stored_blocks_are_not_asked_for_again) {
    static world_t w;
    const int players[] = {10, 12, 9};
    uint8_t done[64] = {0};
    start(&w, 3, players, 3, 6, 3, 1e-4, 0);
    for (int b = 0; b < 64; b++)
        done[b] = b % 3 == 0 || b == 31;
    scheduler_skip(w.scheduler, 0);
    scheduler_resume(w.scheduler, 1, done);
    run(&w, NULL, 0);
    for (mask_t s = 0; s < 1024; s++)
        assert_int_equal(w.asked[0][s], 0);
    for (mask_t s = 0; s < 4096; s++)
        assert_int_equal(w.asked[1][s], !done[s >> 6]);
    assert_int_equal(w.complete[1], 1);
    assert_int_equal(w.ended[2], 1);
    scheduler_destroy(&w.scheduler);
}

TEST(a_stop_gives_nothing_out_any_more) {
    static world_t w;
    start(&w, SAMPLES, UNEVEN, WORKERS, 6, 2, 1e-3, 0);
    feed(&w, 2);
    scheduler_stop(w.scheduler);
    assert_int_equal(feed(&w, 1), 0);
    assert_false(scheduler_finished(w.scheduler));
    answer(&w, 2, NULL, 0);
    answer(&w, 2, NULL, 0);
    assert_true(scheduler_finished(w.scheduler));
    scheduler_destroy(&w.scheduler);
}

TEST(when_all_fail_alike_the_rest_is_left) {
    enum { MANY = 40 };
    scheduler_t *s;
    unit_t unit;
    int players[MANY], failures = 0;
    for (int k = 0; k < MANY; k++)
        players[k] = 10;
    for (int alike = 0; alike < 2; alike++) {
        scheduler_spec_t spec = {
            .samples = MANY, .players = players, .block_bits = 10, .workers = 1, .seconds_per_mask = 9e-3};
        s = scheduler_create(&spec);
        failures = 0;
        while (scheduler_next(s, 0, &unit)) {
            char text[64];
            snprintf(text, sizeof text, failures == 3 && !alike ? "another reason (%x)" : "mask 0x%x: output is NaN",
                     failures);
            scheduler_report(s, &unit, unit.first_sample, OUTCOME_CERTAIN, 0, text);
            scheduler_finish_unit(s, 0, unit.id, 9e-3 * 1024, 1024);
            assert_int_equal(unit.samples, 1); /* 9 s each: one by one */
            failures++;
        }
        assert_int_equal(scheduler_gave_up(s), alike);
        assert_int_equal(failures, alike ? EARLY_STOP : MANY);
        assert_true(scheduler_finished(s));
        scheduler_destroy(&s);
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
