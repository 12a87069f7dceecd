#include "plan/plan_costs.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/mix.h"
#include "base/nan.h"
#include "lattice/moebius.h"
#include "lattice/scratch.h"
#include "results/paths.h"
#include "stats/curves.h"
#include "stats/finish.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* One more than what is finished in memory: rows of 21 players are read like rows of 30. */
enum { BITS_MAX = FINISH_PLAYERS_MAX + 1, REPEATS_MAX = 32, DISK_BYTES = 16 << 20 };
/* For the first masks of a sample; for each n. */
static const double TABLE_SECONDS = 0.4, REPEAT_SECONDS = 0.002;
/* For samples that are solved for sparse interactions, evaluating them included; one at least. */
static const double SOLVE_SECONDS = 12, LATE_SECONDS = 30; /* the second while other processes take their share */
/* For the first and last masks of samples, to choose those by. */
static const double BAND_SECONDS = 1;
enum { CANDIDATES_MAX = 1000, BAND_MASKS = 64 };

typedef struct {
    inputs_t *inputs;
    plan_costs_t *out;
    int bits;                      /* of the tables */
    double *values, *interactions; /* [2^bits], owned as is the rest */
    double *row;                   /* [fields.doubles] */
    fields_t fields;
    finish_t *finish;
    curves_room_t room;
    char *folder;
    int fd; /* -1: no file */
} costing_t;

/* The step through `count` samples, taken cyclically, that visits each once and far from those before it: near the
 * golden section, and coprime to the count. */
static int64_t scattering_step(int64_t count) {
    for (int64_t step = (int64_t)(0.6180339887498949 * (double)count);; step++) {
        int64_t a = count, b = step > 0 ? step : 1;
        while (b != 0) {
            int64_t rest = a % b;
            a = b;
            b = rest;
        }
        if (a == 1)
            return step > 0 ? step : 1;
    }
}

/* ---- a table ---- */

/* Interactions are sums of 2^bits outputs at the most. */
static bool cannot_overflow(const double *values, int bits) {
    double most = 0;
    for (mask_t s = 0; s < mask_count(bits); s++)
        most = fmax(most, fabs(values[s]));
    return most < ldexp(1, 1023 - bits);
}

/* Evaluates the first 2^k masks of the first sample with most players; k goes to *known, 0 when there are no values or
 * they are so large that interactions may overflow. */
static status_t evaluate(costing_t *c, double seconds_per_mask, int *known, failure_t *why) {
    sample_t sample;
    int64_t k = 0;
    while (k + 1 < samples_count(c->inputs->samples) && samples_players_of(c->inputs->samples, k) < c->inputs->n_max)
        k++;
    int bits = model_granule_bits(c->inputs->model, c->inputs->n_max);
    *known = 0;
    if (isnan(seconds_per_mask) || bits > c->bits || seconds_per_mask * (double)mask_count(bits) > 2 * TABLE_SECONDS)
        return STATUS_OK;
    while (bits < c->bits && seconds_per_mask * (double)mask_count(bits + 1) <= TABLE_SECONDS)
        bits++;
    status_t status = inputs_prepare(c->inputs, k, &sample, why);
    if (status == STATUS_OK)
        status = model_evaluate(c->inputs->model, &sample, (range_t){0, mask_count(bits)}, c->values, why);
    *known = status == STATUS_OK && cannot_overflow(c->values, bits) ? bits : 0;
    return status == STATUS_INTERNAL ? status : STATUS_OK;
}

/* Fills the rest of the table with copies of the known part, plus noise so that no interaction is 0. */
static void extend(costing_t *c, int known) {
    c->values[0] = known ? c->values[0] : 0;
    for (mask_t s = mask_count(known); s < mask_count(c->bits); s++)
        c->values[s] = c->values[s & (mask_count(known) - 1)] + 1e-3 * ldexp((double)(mix(s) >> 11), -53);
}

/* ---- the disk ---- */

/* Writes v, repeated where it is short, to a nameless file, and reads it. Rows that are not finished in memory are read
 * from that file later: v is at its beginning, with room for the interactions after it. */
static void time_disk(costing_t *c) {
    size_t table = mask_count(c->bits) * sizeof(double), bytes = table < DISK_BYTES ? DISK_BYTES : table;
    char *all = malloc(bytes);
    failure_t ignored;
    for (size_t at = 0; all && at < bytes; at += table)
        memcpy(all + at, c->values, table);
    if (all && scratch_open_nameless(c->folder, &c->fd, &ignored) == STATUS_OK) {
        double began = clock_seconds();
        bool good = file_write_at(c->fd, c->folder, all, bytes, 0, &ignored) == STATUS_OK;
        double written = clock_seconds();
        good = good && file_sync(c->fd, c->folder, &ignored) == STATUS_OK;
        double synced = clock_seconds();
        good = good && file_read_at(c->fd, c->folder, all, bytes, 0, &ignored) == STATUS_OK;
        c->out->write = good ? (written - began) / (double)bytes : 0;
        c->out->sync = good ? (synced - written) / (double)bytes : 0;
        c->out->read = good ? (clock_seconds() - synced) / (double)bytes : 0;
        if (!good) {
            close(c->fd);
            c->fd = -1;
        }
    }
    free(all);
}

typedef struct {
    const costing_t *costing;
    uint64_t at; /* byte */
    double leaf[1 << LEAF_BITS];
} file_row_t;

static status_t read_leaf(void *self, mask_t first, const double **leaf, failure_t *why) {
    file_row_t *row = self;
    *leaf = row->leaf;
    return file_read_at(row->costing->fd, row->costing->folder, row->leaf, sizeof row->leaf,
                        row->at + first * sizeof(double), why);
}

/* ---- rows, in processor time, which other processes do not lengthen ---- */

static status_t ignore_bitmaps(void *self, mask_t first, size_t words, const uint64_t *positive,
                               const uint64_t *negative, failure_t *why) {
    (void)self, (void)first, (void)words, (void)positive, (void)negative, (void)why;
    return STATUS_OK;
}

static status_t time_statistics(costing_t *c, row_source_t values, row_source_t interactions, failure_t *why) {
    plan_costs_t *out = c->out;
    int n = interactions.n;
    double curves[1 << CURVES_STORED_MIN], began = clock_thread();
    TRY(finish_streaming(c->finish, values, interactions, nan_canonical(), (salient_sink_t){ignore_bitmaps, NULL},
                         c->row, why));
    double finished = clock_thread();
    out->statistics[n] += finished - began;
    if (!c->inputs->config->statistics.curves || c->fields.n >= CURVES_STORED_MIN)
        return STATUS_OK;
    TRY(curves_find(values, &(curves_effects_t){0, 1, &interactions}, c->fields.n, &c->room, curves, why));
    out->curves[n] += clock_thread() - finished;
    return STATUS_OK;
}

static status_t time_once(costing_t *c, int bits, failure_t *why) {
    double began = clock_thread();
    memcpy(c->interactions, c->values, mask_count(bits) * sizeof *c->values);
    moebius_transform(c->interactions, bits);
    c->out->transform[bits] += clock_thread() - began;
    if (bits <= FINISH_PLAYERS_MAX || c->fd < 0)
        return time_statistics(c, row_in_memory(c->values, bits), row_in_memory(c->interactions, bits), why);
    file_row_t *files OWNED = memory_need(2, sizeof *files, "the timing");
    files[0].costing = files[1].costing = c;
    files[1].at = mask_count(bits) * sizeof(double);
    TRY(file_write_at(c->fd, c->folder, c->interactions, files[1].at, files[1].at, why));
    row_source_t rows[] = {{bits, read_leaf, &files[0]}, {bits, read_leaf, &files[1]}};
    return time_statistics(c, rows[0], rows[1], why);
}

static status_t time_rows(costing_t *c, int n, failure_t *why) {
    plan_costs_t *out = c->out;
    int repeats = 0;
    for (double began = clock_seconds();
         repeats == 0 || (repeats < REPEATS_MAX && clock_seconds() - began < REPEAT_SECONDS); repeats++)
        TRY(time_once(c, n, why));
    out->transform[n] /= repeats;
    out->statistics[n] /= repeats;
    out->curves[n] /= repeats;
    return STATUS_OK;
}

/* Extrapolates from the longest rows that were timed. The transform also has one step per player. */
static void scale_up(costing_t *c, int n) {
    plan_costs_t *out = c->out;
    double scale = ldexp(1, n - c->bits), steps = (double)n / c->bits;
    out->transform[n] = out->transform[c->bits] * scale * steps;
    out->statistics[n] = out->statistics[c->bits] * scale;
}

/* ---- sparse interactions ---- */

static double work_of(int n) {
    return n * (double)mask_count(n);
}

/* v of all masks of a sample; where that takes too long, or fails, the table that stands for all. */
static status_t evaluate_all(costing_t *c, int64_t k, double seconds_per_mask, double *values, failure_t *why) {
    sample_t sample;
    mask_t masks = mask_count(samples_players_of(c->inputs->samples, k));
    memcpy(values, c->values, masks * sizeof *values);
    if (!(seconds_per_mask * (double)masks <= SOLVE_SECONDS))
        return STATUS_OK;
    status_t status = inputs_prepare(c->inputs, k, &sample, why);
    if (status == STATUS_OK)
        status = model_evaluate(c->inputs->model, &sample, (range_t){0, masks}, values, why);
    if (status != STATUS_OK)
        memcpy(values, c->values, masks * sizeof *values);
    return status == STATUS_INTERNAL ? status : STATUS_OK;
}

/* Processor time of solving for a sample, and of the statistics of that. */
static status_t time_solving(costing_t *c, int64_t k, double seconds_per_mask, double *memory, double *seconds,
                             failure_t *why) {
    const int n = samples_players_of(c->inputs->samples, k);
    finished_row_t row = finished_at(&c->fields, n, memory);
    TRY(evaluate_all(c, k, seconds_per_mask, row.values, why));
    double began = clock_thread();
    status_t status = finish_row(c->finish, nan_canonical(), &row, why);
    *seconds = fmax(0, clock_thread() - began - c->out->transform[n] - c->out->statistics[n]);
    return status == STATUS_INTERNAL ? status : STATUS_OK;
}

/* A sample that may be solved. */
typedef struct {
    int64_t k;
    int n;
    double band;    /* |v(N) - v(empty)| in the range of the v that were asked for: the less, the longer it takes */
    double seconds; /* NaN: not solved */
} candidate_t;

static mask_t asked_masks(const costing_t *c, int n) {
    mask_t granule = mask_count(model_granule_bits(c->inputs->model, n)), most = mask_count(n);
    return granule > BAND_MASKS ? granule : most < BAND_MASKS ? most : BAND_MASKS;
}

/* Of the first and last masks. Where they cannot be evaluated all bands are alike. */
static status_t find_band(costing_t *c, double *values, candidate_t *is, failure_t *why) {
    sample_t sample;
    const mask_t masks = mask_count(is->n), part = asked_masks(c, is->n);
    status_t status = inputs_prepare(c->inputs, is->k, &sample, why);
    if (status == STATUS_OK)
        status = model_evaluate(c->inputs->model, &sample, (range_t){0, part}, values, why);
    if (status == STATUS_OK)
        status = model_evaluate(c->inputs->model, &sample, (range_t){masks - part, part}, values + part, why);
    if (status != STATUS_OK)
        return status == STATUS_INTERNAL ? status : STATUS_OK;
    double least = values[0], most = values[0];
    for (mask_t i = 1; i < 2 * part; i++) {
        least = fmin(least, values[i]);
        most = fmax(most, values[i]);
    }
    is->band = most > least ? fabs(values[2 * part - 1] - values[0]) / (most - least) : 1;
    return STATUS_OK;
}

static int by_players_and_band(const void *a, const void *b) {
    const candidate_t *x = a, *y = b;
    if (x->n != y->n)
        return x->n < y->n ? -1 : 1;
    if (x->band < y->band || x->band > y->band)
        return x->band < y->band ? -1 : 1;
    return (x->k > y->k) - (x->k < y->k);
}

/* As many as can be ranked in BAND_SECONDS, spread over the selection, in order. */
static status_t rank_candidates(costing_t *c, double seconds_per_mask, double *memory, candidate_t *candidates,
                                int64_t count, failure_t *why) {
    const int64_t all = samples_count(c->inputs->samples), step = scattering_step(all);
    double left = isnan(seconds_per_mask) ? 0 : BAND_SECONDS;
    status_t status = STATUS_OK;
    for (int64_t i = 0, k = 0; i < count; i++, k = (k + step) % all)
        candidates[i] = (candidate_t){k, samples_players_of(c->inputs->samples, k), 1, NAN};
    for (int64_t i = 0; i < count && status == STATUS_OK && left > 0; i++) {
        status = find_band(c, memory, &candidates[i], why);
        left -= seconds_per_mask * 2 * (double)asked_masks(c, candidates[i].n);
    }
    qsort(candidates, (size_t)count, sizeof *candidates, by_players_and_band);
    return status;
}

/* What is between two that were solved takes what is between their seconds for each of n 2^n. */
static void share_seconds(const candidate_t *candidates, int64_t count, int n_max, double *solving) {
    int64_t rows[PLAYERS_MAX + 1] = {0}, left = -1, right = -1;
    double all = 0, work = 0;
    for (int64_t i = 0; i < count; i++) {
        for (right = i > right ? i : right; right < count && isnan(candidates[right].seconds);)
            right++;
        left = right == i ? i : left;
        int64_t from = left < 0 ? right : left, to = right == count ? from : right;
        double first = candidates[from].seconds / work_of(candidates[from].n);
        double last = candidates[to].seconds / work_of(candidates[to].n);
        double part = to > from ? (double)(i - from) / (double)(to - from) : 0;
        double seconds = (first + part * (last - first)) * work_of(candidates[i].n);
        solving[candidates[i].n] += seconds;
        rows[candidates[i].n]++;
        all += seconds;
        work += work_of(candidates[i].n);
    }
    for (int n = 1; n <= n_max; n++)
        solving[n] = rows[n] > 0 ? solving[n] / (double)rows[n] : all / work * work_of(n);
}

/* One in the middle, the first, and others spread over the order of candidates, as many as SOLVE_SECONDS allow. */
static status_t solve_some(costing_t *c, double seconds_per_mask, double *memory, candidate_t *candidates,
                           int64_t count, failure_t *why) {
    const double end = clock_thread() + SOLVE_SECONDS, late = clock_seconds() + LATE_SECONDS;
    const int64_t step = scattering_step(count);
    for (int64_t i = 0, at = count / 2; i <= count && (i == 0 || (clock_thread() < end && clock_seconds() < late));
         i++) {
        if (isnan(candidates[at].seconds))
            TRY(time_solving(c, candidates[at].k, seconds_per_mask, memory, &candidates[at].seconds, why));
        at = i == 0 ? 0 : (at + step) % count;
    }
    return STATUS_OK;
}

/* A few rows take most of the time: those with hardly a band. So samples are put in order of their bands. */
static status_t time_solver(costing_t *c, double seconds_per_mask, failure_t *why) {
    int64_t count = samples_count(c->inputs->samples);
    count = count < CANDIDATES_MAX ? count : CANDIDATES_MAX;
    candidate_t *candidates OWNED = memory_need((size_t)count, sizeof *candidates, "the timing");
    double *memory = malloc(finished_doubles(&c->fields, c->inputs->n_max) * sizeof *memory);
    status_t status = memory ? rank_candidates(c, seconds_per_mask, memory, candidates, count, why)
                             : failed(why, STATUS_INTERNAL, "out of memory for a row");
    if (status == STATUS_OK)
        status = solve_some(c, seconds_per_mask, memory, candidates, count, why);
    free(memory);
    TRY(status);
    share_seconds(candidates, count, c->inputs->n_max, c->out->solving);
    return STATUS_OK;
}

static status_t time_all(costing_t *c, double seconds_per_mask, failure_t *why) {
    int known;
    TRY(evaluate(c, seconds_per_mask, &known, why));
    extend(c, known);
    time_disk(c);
    double began = clock_seconds();
    crc32c(0, c->values, mask_count(c->bits) * sizeof *c->values);
    c->out->checksum = (clock_seconds() - began) / (double)(mask_count(c->bits) * sizeof *c->values);
    bool wanted[PLAYERS_MAX + 1] = {false};
    for (int64_t k = 0; k < samples_count(c->inputs->samples); k++)
        wanted[samples_players_of(c->inputs->samples, k)] = true;
    for (int n = 1; n <= c->bits; n++)
        if (wanted[n] || n == c->bits)
            TRY(time_rows(c, n, why));
    for (int n = c->bits + 1; n <= c->inputs->n_max; n++)
        scale_up(c, n);
    if (c->inputs->config->statistics.sparse.kinds != SPARSE_NONE)
        return time_solver(c, seconds_per_mask, why);
    return STATUS_OK;
}

static void release(costing_t *c) {
    finish_destroy(&c->finish);
    curves_free(&c->room);
    if (c->fd >= 0)
        close(c->fd);
    free(c->values);
    free(c->interactions);
    free(c->row);
    free(c->folder);
}

status_t plan_costs(inputs_t *inputs, double seconds_per_mask, plan_costs_t *out, failure_t *why) {
    const stats_settings_t *settings = &inputs->config->statistics;
    costing_t c = {.inputs = inputs, .out = out, .bits = inputs->n_max < BITS_MAX ? inputs->n_max : BITS_MAX, .fd = -1};
    *out = (plan_costs_t){0};
    c.fields = fields_layout(families_wanted(settings), inputs->n_max, settings->indices);
    c.values = malloc(mask_count(c.bits) * sizeof *c.values);
    c.interactions = malloc(mask_count(c.bits) * sizeof *c.interactions);
    c.row = memory_need(c.fields.doubles, sizeof *c.row, "the timing");
    c.folder = paths_folder(inputs->config->output.file);
    status_t status = c.values && c.interactions
                          ? finish_create(settings, &c.fields, &c.finish, why)
                          : failed(why, STATUS_INTERNAL, "out of memory for tables of 2^%d values", c.bits);
    if (status == STATUS_OK)
        status = time_all(&c, seconds_per_mask, why);
    release(&c);
    return status;
}

/* ---- the model ---- */

enum { SAMPLES_MAX = 1024, SHARES = 256, RANGE_MAX = 1 << 16 /* and the largest batch */ };
/* Ranges grow until they take so long that reading the clock is cheap. */
static const double RANGE_SECONDS = 0.01, CALIBRATION_SECONDS = 0.03;

typedef struct {
    plan_speed_t total, warm_up;
    double weighed_seconds, weighed_masks; /* what samples would take as a whole, and their masks */
    double loading;                        /* seconds */
    int64_t loaded;
    mask_t step;      /* masks to ask for next */
    double *values;   /* [RANGE_MAX], owned, as the next: of each row in turn, since nobody reads them */
    double **of_rows; /* [rows] */
    failure_t *failures;
} timing_t;

static timing_t timing_begin(const inputs_t *inputs) {
    const size_t rows = (size_t)model_rows(inputs->model);
    timing_t t = {.step = 1,
                  .values = memory_need(RANGE_MAX, sizeof *t.values, "the timing"),
                  .of_rows = memory_need(rows, sizeof *t.of_rows, "the timing"),
                  .failures = memory_need(rows, sizeof *t.failures, "the timing")};
    for (size_t row = 0; row < rows; row++)
        t.of_rows[row] = t.values;
    return t;
}

static void timing_end(timing_t *t) {
    free(t->values);
    free(t->of_rows);
    free(t->failures);
}

/* ---- time without other processes ---- */

typedef struct {
    double wall, processor; /* seconds */
    long waits;             /* switches to other threads because this one had to wait */
} moment_t;

static moment_t moment_now(void) {
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return (moment_t){clock_seconds(), clock_thread(), usage.ru_nvcsw};
}

/* Seconds since then as on an idle machine: a model that never waited (for a device, a disk, a clock) needs only its
 * processor time; the rest went to other processes. */
static double seconds_since(const moment_t *then) {
    moment_t now = moment_now();
    return now.waits == then->waits ? now.processor - then->processor : now.wall - then->wall;
}

/* ---- timing ---- */

/* One range; the first one of all goes into warm_up. */
static status_t time_range(timing_t *t, inputs_t *inputs, const sample_t *sample, range_t range, failure_t *why) {
    moment_t began = moment_now();
    TRY(model_evaluate_rows(inputs->model, sample, range, model_rows(inputs->model), t->of_rows, t->failures, why));
    TRY(t->failures[0].status);
    double took = seconds_since(&began);
    plan_speed_t *to = t->warm_up.masks == 0 ? &t->warm_up : &t->total;
    to->masks += range.count;
    to->seconds += took;
    if (took < RANGE_SECONDS && t->step < RANGE_MAX)
        t->step *= 2;
    return STATUS_OK;
}

/* The sample's first masks, for `budget` seconds. */
static status_t time_sample(timing_t *t, inputs_t *inputs, const sample_t *sample, double budget, failure_t *why) {
    mask_t all = mask_count(sample->n), first = 0;
    int granule_bits = model_granule_bits(inputs->model, sample->n);
    plan_speed_t before = t->total;
    for (double began = clock_seconds(); first < all && (first == 0 || clock_seconds() - began < budget);) {
        mask_t count = (t->step >> granule_bits) << granule_bits; /* whole granules, at least one */
        count = count > 0 ? count : mask_count(granule_bits);
        count = count < all - first ? count : all - first;
        TRY(time_range(t, inputs, sample, (range_t){first, count}, why));
        first += count;
    }
    if (t->total.masks > before.masks) {
        t->weighed_seconds +=
            (t->total.seconds - before.seconds) / (double)(t->total.masks - before.masks) * (double)all;
        t->weighed_masks += (double)all;
    }
    return STATUS_OK;
}

/* Loads the sample, finds its target and times it; failures of the sample itself are ignored. */
static status_t try_sample(timing_t *t, inputs_t *inputs, int64_t k, double budget, failure_t *why) {
    sample_t sample;
    moment_t began = moment_now();
    status_t status = inputs_prepare(inputs, k, &sample, why);
    t->loading += seconds_since(&began);
    t->loaded++;
    if (status == STATUS_OK)
        status = time_sample(t, inputs, &sample, budget, why);
    return status == STATUS_INTERNAL ? status : STATUS_OK;
}

static plan_speed_t conclude(const timing_t *t) {
    plan_speed_t speed = t->total.masks > 0 ? t->total : t->warm_up;
    speed.seconds_per_mask = t->weighed_masks > 0 ? t->weighed_seconds / t->weighed_masks
                             : speed.masks > 0    ? speed.seconds / (double)speed.masks
                                                  : nan_canonical();
    speed.seconds_per_sample = speed.masks > 0 ? t->loading / (double)t->loaded : nan_canonical();
    return speed;
}

status_t plan_speed(inputs_t *inputs, double budget, plan_speed_t *out, failure_t *why) {
    int64_t count = samples_count(inputs->samples), looked = count < SAMPLES_MAX ? count : SAMPLES_MAX;
    int64_t step = scattering_step(count), k = 0;
    timing_t t CLEANUP(timing_end) = timing_begin(inputs);
    status_t status = STATUS_OK;
    double end = clock_seconds() + budget, share = budget / (double)(count < SHARES ? count : SHARES);
    for (int64_t i = 0; i < looked && status == STATUS_OK && (i == 0 || clock_seconds() < end);
         i++, k = (k + step) % count)
        status = try_sample(&t, inputs, k, share, why);
    *out = conclude(&t);
    return status;
}

/* ---- for a run ---- */

status_t plan_calibrate(inputs_t *inputs, double *seconds_per_mask, failure_t *why) {
    timing_t t CLEANUP(timing_end) = timing_begin(inputs);
    int64_t k = 0;
    for (int64_t i = 1; i < samples_count(inputs->samples); i++)
        k = samples_players_of(inputs->samples, i) > samples_players_of(inputs->samples, k) ? i : k;
    status_t status = try_sample(&t, inputs, k, CALIBRATION_SECONDS, why);
    *seconds_per_mask = conclude(&t).seconds_per_mask;
    if (isnan(*seconds_per_mask))
        *seconds_per_mask = 1e-6;
    if (*seconds_per_mask < 1e-10)
        *seconds_per_mask = 1e-10;
    return status;
}

int plan_block_bits(const inputs_t *inputs, double seconds_per_mask) {
    int n = inputs->n_max, given = inputs->config->sweep.block_bits, granule = model_granule_bits(inputs->model, n);
    if (given != BLOCK_BITS_AUTO)
        return given < n ? given : n;
    int g = n < 16 ? n : 16;
    while (g > 0 && (double)mask_count(g) * seconds_per_mask > 10.0)
        g--;
    return g < granule ? granule : g;
}
