/* bench_simulate [NAME=VALUE ...]: a sweep on more ranks than there are, as a discrete-event simulation around the real
 * scheduler.c. Simulated are time, workers, rank 0's main thread, its writer and its combine thread:
 *
 *     worker --result, latency--> | queue | main thread --job--> | 64 MiB | writer
 *        ^                                    |      '--split sample whole--> combine thread
 *        '------------ unit, latency ---------'
 *
 * The main thread takes results in the order they come, one after the other (as long as the writer has room), and
 * answers each with units until two are out at that worker. Prints one JSON object; `limit` is the busiest of rank 0's
 * threads. Costs are settings, their defaults are measured (docs/performance.md).
 */
#include "base/clock.h"
#include "base/mix.h"
#include "run/scheduler.h"
#include "stats/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GRANULE_BITS = 8, BLOCK_BITS = 16, ROOM_BYTES = 64 << 20 };

/* All settings are numbers, given as NAME=VALUE. */
typedef struct {
    double ranks, samples, players_min, players_max;
    double us_per_mask, spread; /* of a worker; each sample's cost is drawn evenly from x 1 ... x spread */
    double latency_us;          /* of a message */
    double unit_us, part_us;    /* main thread, for a result and for each of its samples */
    double receive_ns;          /* main thread, per byte of a result */
    double write_us, write_ns;  /* writer, per part and per byte */
    double combine_ns;          /* combine thread, per mask of a sample that came in parts */
} settings_t;

static const struct {
    const char *name;
    size_t at;
    double fallback, low, high;
} SETTINGS[] = {
    {"ranks", offsetof(settings_t, ranks), 1000, 2, 1e6},
    {"samples", offsetof(settings_t, samples), 20000, 1, 1e8},
    {"players_min", offsetof(settings_t, players_min), 12, 1, 30},
    {"players_max", offsetof(settings_t, players_max), 12, 1, 30},
    {"us_per_mask", offsetof(settings_t, us_per_mask), 100, 1e-3, 1e9},
    {"spread", offsetof(settings_t, spread), 1, 1, 1e3},
    {"latency_us", offsetof(settings_t, latency_us), 20, 0, 1e6},
    {"unit_us", offsetof(settings_t, unit_us), 3, 0, 1e6},
    {"part_us", offsetof(settings_t, part_us), 2, 0, 1e6},
    {"receive_ns", offsetof(settings_t, receive_ns), 0.45, 0, 1e6},
    {"write_us", offsetof(settings_t, write_us), 5, 0, 1e6},
    {"write_ns", offsetof(settings_t, write_ns), 1, 0, 1e6},
    {"combine_ns", offsetof(settings_t, combine_ns), 10, 0, 1e6},
};
enum { SETTING_COUNT = sizeof SETTINGS / sizeof *SETTINGS };

/* A result on its way: when it reaches rank 0. */
typedef struct {
    double at, seconds; /* of work */
    int worker;
    uint64_t unit_id;
} arrival_t;

/* Bytes that wait for the writer, until it has written them. */
typedef struct {
    double until, bytes;
} waiting_t;

typedef struct {
    settings_t set;
    scheduler_t *scheduler;
    int workers;
    double *free_at; /* [workers] when the worker has done all it was given */
    arrival_t *heap; /* [2 workers], earliest first */
    size_t heap_count;
    waiting_t *waiting; /* a ring */
    size_t waiting_first, waiting_count, waiting_capacity;
    double waiting_bytes;
    double row_bytes[PLAYERS_MAX + 1];

    double main_at, writer_at, combine_at;       /* when each thread is through with what it has */
    double main_busy, writer_busy, combine_busy; /* seconds */
    double worked, longest, last;                /* seconds of all units, of the longest; the last result */
    uint64_t units, bytes;
    double in_scheduler; /* seconds really spent in scheduler.c */
} simulation_t;

static void *memory(size_t count, size_t size) {
    void *got = calloc(count, size);
    if (!got) {
        fprintf(stderr, "bench_simulate: out of memory\n");
        exit(1);
    }
    return got;
}

/* ---- the heap ---- */

static void push(simulation_t *s, arrival_t arrival) {
    size_t at = s->heap_count++;
    for (; at > 0 && s->heap[(at - 1) / 2].at > arrival.at; at = (at - 1) / 2)
        s->heap[at] = s->heap[(at - 1) / 2];
    s->heap[at] = arrival;
}

static arrival_t pop(simulation_t *s) {
    arrival_t first = s->heap[0], moved = s->heap[--s->heap_count];
    size_t at = 0, child;
    while ((child = 2 * at + 1) < s->heap_count) {
        if (child + 1 < s->heap_count && s->heap[child + 1].at < s->heap[child].at)
            child++;
        if (s->heap[child].at >= moved.at)
            break;
        s->heap[at] = s->heap[child];
        at = child;
    }
    s->heap[at] = moved;
    return first;
}

/* ---- workers ---- */

static int players_of(const simulation_t *s, int64_t sample) {
    int low = (int)s->set.players_min, high = (int)s->set.players_max;
    return low + (int)(sample % (high - low + 1));
}

static double seconds_of(const simulation_t *s, const unit_t *unit) {
    double seconds = 0;
    for (int64_t k = unit->first_sample; k < unit->first_sample + unit->samples; k++) {
        double even = (double)(mix((uint64_t)k) >> 11) * 0x1p-53;
        mask_t masks = unit->kind == UNIT_MASKS ? unit->count : mask_count(players_of(s, k));
        seconds += 1e-6 * s->set.us_per_mask * (1 + (s->set.spread - 1) * even) * (double)masks;
    }
    return seconds;
}

/* Units for a worker until `depth` are out there; each is on its way when rank 0's main thread has sent it. */
static void feed(simulation_t *s, int worker, int depth) {
    unit_t unit;
    for (;;) {
        double began = clock_seconds();
        bool got = scheduler_in_flight(s->scheduler, worker) < depth && scheduler_next(s->scheduler, worker, &unit);
        s->in_scheduler += clock_seconds() - began;
        if (!got)
            return;
        double latency = 1e-6 * s->set.latency_us, comes = s->main_at + latency, seconds = seconds_of(s, &unit);
        double starts = comes > s->free_at[worker] ? comes : s->free_at[worker];
        s->free_at[worker] = starts + seconds;
        push(s,
             (arrival_t){.at = starts + seconds + latency, .seconds = seconds, .worker = worker, .unit_id = unit.id});
    }
}

/* ---- rank 0 ---- */

/* When the writer has room, from `now` on. */
static double wait_for_room(simulation_t *s, double now) {
    while (s->waiting_count > 0) {
        waiting_t *first = &s->waiting[s->waiting_first];
        if (first->until > now && s->waiting_bytes < ROOM_BYTES)
            break;
        now = first->until > now ? first->until : now;
        s->waiting_bytes -= first->bytes;
        s->waiting_first = (s->waiting_first + 1) % s->waiting_capacity;
        s->waiting_count--;
    }
    return now;
}

static void give_to_writer(simulation_t *s, double parts, double bytes) {
    double seconds = 1e-6 * s->set.write_us * parts + 1e-9 * s->set.write_ns * bytes;
    s->writer_at = (s->writer_at > s->main_at ? s->writer_at : s->main_at) + seconds;
    s->writer_busy += seconds;
    if (s->waiting_count == s->waiting_capacity) {
        size_t capacity = 2 * s->waiting_capacity + 64;
        waiting_t *grown = memory(capacity, sizeof *grown);
        for (size_t i = 0; i < s->waiting_count; i++)
            grown[i] = s->waiting[(s->waiting_first + i) % s->waiting_capacity];
        free(s->waiting);
        s->waiting = grown;
        s->waiting_first = 0;
        s->waiting_capacity = capacity;
    }
    s->waiting[(s->waiting_first + s->waiting_count++) % s->waiting_capacity] = (waiting_t){s->writer_at, bytes};
    s->waiting_bytes += bytes;
}

static void combine(simulation_t *s, mask_t masks) {
    double seconds = 1e-9 * s->set.combine_ns * (double)masks;
    s->combine_at = (s->combine_at > s->writer_at ? s->combine_at : s->writer_at) + seconds;
    s->combine_busy += seconds;
}

/* Tells the scheduler that all parts of the unit are well. Masks of a sample that is complete now: to be combined. */
static mask_t settle(simulation_t *s, const arrival_t *a, const unit_t *unit, mask_t masks) {
    mask_t whole = 0;
    double began = clock_seconds();
    for (int64_t k = unit->first_sample; k < unit->first_sample + unit->samples; k++)
        if (scheduler_report(s->scheduler, unit, k, OUTCOME_OK, 0, NULL).complete)
            whole = mask_count(players_of(s, k));
    scheduler_finish_unit(s->scheduler, a->worker, a->unit_id, a->seconds, masks);
    s->in_scheduler += clock_seconds() - began;
    return whole;
}

static void take(simulation_t *s, const arrival_t *a) {
    unit_t unit = *scheduler_find(s->scheduler, a->worker, a->unit_id);
    mask_t masks = unit.kind == UNIT_MASKS ? unit.count : 0;
    double bytes = unit.kind == UNIT_MASKS ? (double)unit.count * sizeof(double) : 0;
    for (int64_t k = 0; unit.kind == UNIT_SAMPLES && k < unit.samples; k++) {
        int n = players_of(s, unit.first_sample + k);
        masks += mask_count(n);
        bytes += 2.0 * sizeof(double) * (double)mask_count(n) + s->row_bytes[n];
    }
    double starts = wait_for_room(s, a->at > s->main_at ? a->at : s->main_at);
    double seconds = 1e-6 * (s->set.unit_us + s->set.part_us * (double)unit.samples) + 1e-9 * s->set.receive_ns * bytes;
    s->main_at = starts + seconds;
    s->main_busy += seconds;
    s->last = s->main_at;
    s->worked += a->seconds;
    s->longest = a->seconds > s->longest ? a->seconds : s->longest;
    s->units++;
    s->bytes += (uint64_t)bytes;
    mask_t whole = settle(s, a, &unit, masks);
    give_to_writer(s, (double)unit.samples, bytes);
    if (whole)
        combine(s, whole);
    feed(s, a->worker, UNITS_IN_FLIGHT);
}

/* ---- start and end ---- */

static void make_scheduler(simulation_t *s) {
    scheduler_spec_t spec = {.samples = (int64_t)s->set.samples,
                             .block_bits = BLOCK_BITS,
                             .workers = s->workers,
                             .seconds_per_mask = 1e-6 * s->set.us_per_mask};
    int *players = memory((size_t)spec.samples, sizeof *players);
    for (int64_t k = 0; k < spec.samples; k++)
        players[k] = players_of(s, k);
    for (int n = 0; n <= PLAYERS_MAX; n++)
        spec.granule_bits[n] = n < GRANULE_BITS ? n : GRANULE_BITS;
    spec.players = players;
    s->scheduler = scheduler_create(&spec);
    free(players);
}

static void simulate(simulation_t *s) {
    s->workers = (int)s->set.ranks - 1;
    s->free_at = memory((size_t)s->workers, sizeof *s->free_at);
    s->heap = memory((size_t)s->workers * UNITS_IN_FLIGHT, sizeof *s->heap);
    for (int n = (int)s->set.players_min; n <= (int)s->set.players_max; n++)
        s->row_bytes[n] = (double)fields_layout(families_wanted(NULL), n, 0).doubles * sizeof(double);
    make_scheduler(s);
    for (int depth = 1; depth <= UNITS_IN_FLIGHT; depth++)
        for (int w = 0; w < s->workers; w++) {
            s->main_at += 1e-6 * s->set.unit_us;
            feed(s, w, depth);
        }
    while (s->heap_count > 0) {
        arrival_t next = pop(s);
        take(s, &next);
    }
}

static void print(const simulation_t *s) {
    double mean = s->worked / s->workers, ideal = mean > s->longest ? mean : s->longest;
    double written = s->writer_at > s->combine_at ? s->writer_at : s->combine_at;
    double end = written > s->last ? written : s->last;
    const char *limit = s->main_busy > s->writer_busy && s->main_busy > s->combine_busy ? "messages"
                        : s->writer_busy > s->combine_busy                              ? "writing"
                                                                                        : "combining";
    printf(
        "{\"ranks\": %.0f, \"samples\": %.0f, \"us_per_mask\": %g, \"spread\": %g, \"units\": %llu, \"bytes\": %llu, ",
        s->set.ranks, s->set.samples, s->set.us_per_mask, s->set.spread, (unsigned long long)s->units,
        (unsigned long long)s->bytes);
    printf("\"first_to_last\": %.4g, \"first_to_written\": %.4g, \"mean_load\": %.4g, \"longest_unit\": %.4g, "
           "\"efficiency\": %.4f, \"efficiency_written\": %.4f, ",
           s->last, end, mean, s->longest, ideal / s->last, ideal / end);
    printf("\"busy\": {\"messages\": %.4f, \"writing\": %.4f, \"combining\": %.4f}, \"limit\": \"%s\", "
           "\"scheduler_us_per_unit\": %.3g}\n",
           s->main_busy / end, s->writer_busy / end, s->combine_busy / end, limit,
           1e6 * s->in_scheduler / (double)s->units);
}

/* Whether the argument is one of the settings, with an allowed value. */
static bool set(settings_t *settings, const char *argument) {
    for (int i = 0; i < SETTING_COUNT; i++) {
        size_t length = strlen(SETTINGS[i].name);
        if (strncmp(argument, SETTINGS[i].name, length) != 0 || argument[length] != '=')
            continue;
        char *end;
        double value = strtod(argument + length + 1, &end);
        memcpy((char *)settings + SETTINGS[i].at, &value, sizeof value);
        return *end == '\0' && value >= SETTINGS[i].low && value <= SETTINGS[i].high;
    }
    return false;
}

int main(int argc, char **argv) {
    simulation_t s = {0};
    bool good = true;
    for (int i = 0; i < SETTING_COUNT; i++)
        memcpy((char *)&s.set + SETTINGS[i].at, &SETTINGS[i].fallback, sizeof SETTINGS[i].fallback);
    for (int i = 1; i < argc; i++)
        good &= set(&s.set, argv[i]);
    if (!good || s.set.players_min > s.set.players_max) {
        fprintf(stderr, "usage: bench_simulate [NAME=VALUE ...]\n");
        for (int i = 0; i < SETTING_COUNT; i++)
            fprintf(stderr, "  %s (%g): %g to %g\n", SETTINGS[i].name, SETTINGS[i].fallback, SETTINGS[i].low,
                    SETTINGS[i].high);
        return 1;
    }
    simulate(&s);
    print(&s);
    scheduler_destroy(&s.scheduler);
    free(s.free_at);
    free(s.heap);
    free(s.waiting);
    return 0;
}
