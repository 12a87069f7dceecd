#include "cli/plan_speed.h"

#include "base/clock.h"
#include "base/nan.h"

#include <stdbool.h>
#include <stdlib.h>

enum { SAMPLES_MAX = 1024, RANGE_MAX = 1 << 16 /* and the largest batch */ };
static const double RANGE_SECONDS = 0.02; /* ranges grow until they take this long: then the clock costs nothing */

typedef struct {
    plan_speed_t total, warm_up;
    mask_t step; /* masks to ask for next */
    double *values;
} timing_t;

/* One range; the first one of all goes into warm_up. */
static status_t time_range(timing_t *t, inputs_t *inputs, const sample_t *sample, range_t range, failure_t *why) {
    double began = clock_seconds();
    TRY(model_evaluate(inputs->model, sample, range, t->values, why));
    double took = clock_seconds() - began;
    plan_speed_t *to = t->warm_up.masks == 0 ? &t->warm_up : &t->total;
    to->masks += range.count;
    to->seconds += took;
    if (took < RANGE_SECONDS && t->step < RANGE_MAX)
        t->step *= 2;
    return STATUS_OK;
}

static status_t time_sample(timing_t *t, inputs_t *inputs, const sample_t *sample, double budget, failure_t *why) {
    mask_t all = mask_count(sample->n);
    int granule_bits = model_granule_bits(inputs->model, sample->n);
    for (mask_t first = 0; first < all && t->total.seconds + t->warm_up.seconds < budget;) {
        mask_t count = (t->step >> granule_bits) << granule_bits; /* whole granules, at least one */
        count = count > 0 ? count : mask_count(granule_bits);
        count = count < all - first ? count : all - first;
        TRY(time_range(t, inputs, sample, (range_t){first, 1, count}, why));
        first += count;
    }
    return STATUS_OK;
}

/* Loads the sample, finds its target and times it; what is wrong with the sample itself does not matter here. */
static status_t try_sample(timing_t *t, inputs_t *inputs, int64_t k, double budget, failure_t *why) {
    sample_t sample;
    uint64_t not_counted = 0;
    status_t status = inputs_load_sample(inputs, k, &sample, why);
    if (status == STATUS_OK)
        status = model_set_target(inputs->model, &sample, &not_counted, why);
    if (status == STATUS_OK)
        status = time_sample(t, inputs, &sample, budget, why);
    return status == STATUS_INTERNAL ? status : STATUS_OK;
}

status_t plan_speed(inputs_t *inputs, double budget, plan_speed_t *out, failure_t *why) {
    int64_t count = samples_count(inputs->samples), looked = count < SAMPLES_MAX ? count : SAMPLES_MAX;
    timing_t timing = {.step = 1, .values = malloc(RANGE_MAX * sizeof(double))};
    if (!timing.values)
        return failed(why, STATUS_INTERNAL, "out of memory for the timing");
    status_t status = STATUS_OK;
    double end = clock_seconds() + budget; /* also of the loading, which is not timed */
    for (int64_t i = 0; i < looked && status == STATUS_OK && (i == 0 || clock_seconds() < end); i++)
        status = try_sample(&timing, inputs, i * count / looked, budget, why);
    free(timing.values);
    *out = timing.total.masks > 0 ? timing.total : timing.warm_up;
    out->seconds_per_mask = out->masks > 0 ? out->seconds / (double)out->masks : nan_canonical();
    return status;
}
