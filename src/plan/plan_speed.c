#include "plan/plan_speed.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/nan.h"

#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { SAMPLES_MAX = 1024, SHARES = 256, RANGE_MAX = 1 << 16 /* and the largest batch */ };
/* Ranges grow until they take so long that reading the clock is cheap. */
static const double RANGE_SECONDS = 0.01, CALIBRATION_SECONDS = 0.03;

typedef struct {
    plan_speed_t total, warm_up;
    double weighed_seconds, weighed_masks; /* what samples would take as a whole, and their masks */
    double loading;                        /* seconds */
    int64_t loaded;
    mask_t step; /* masks to ask for next */
    double *values;
} timing_t;

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
    TRY(model_evaluate(inputs->model, sample, range, t->values, why));
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
    timing_t t = {.step = 1, .values = memory_need(RANGE_MAX, sizeof(double), "the timing")};
    status_t status = STATUS_OK;
    double end = clock_seconds() + budget, share = budget / (double)(count < SHARES ? count : SHARES);
    for (int64_t i = 0; i < looked && status == STATUS_OK && (i == 0 || clock_seconds() < end);
         i++, k = (k + step) % count)
        status = try_sample(&t, inputs, k, share, why);
    free(t.values);
    *out = conclude(&t);
    return status;
}

/* ---- for a run ---- */

status_t plan_calibrate(inputs_t *inputs, double *seconds_per_mask, failure_t *why) {
    timing_t t = {.step = 1, .values = memory_need(RANGE_MAX, sizeof(double), "the calibration")};
    int64_t k = 0;
    for (int64_t i = 1; i < samples_count(inputs->samples); i++)
        k = samples_players_of(inputs->samples, i) > samples_players_of(inputs->samples, k) ? i : k;
    status_t status = try_sample(&t, inputs, k, CALIBRATION_SECONDS, why);
    free(t.values);
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
