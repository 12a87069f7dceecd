#include "plan/calibrate.h"

#include "base/clock.h"
#include "base/memory.h"

#include <stdlib.h>

/* Ranges from mask 0, four times larger each time, until one takes 20 ms: the first ones warm the engine up. */
static status_t time_ranges(inputs_t *inputs, const sample_t *sample, double *seconds_per_mask, failure_t *why) {
    enum { MASKS_MAX = 1 << 16 };
    mask_t all = mask_count(sample->n), most = all < MASKS_MAX ? all : MASKS_MAX;
    mask_t count = mask_count(model_granule_bits(inputs->model, sample->n));
    double *values = memory_need(count > most ? count : most, sizeof *values, "the calibration"), seconds = 0;
    status_t status = STATUS_OK;
    for (;; count *= 4) {
        double began = clock_seconds();
        status = model_evaluate(inputs->model, sample, (range_t){0, count}, values, why);
        seconds = clock_seconds() - began;
        if (status == STATUS_INTERNAL || seconds > 0.02 || count * 4 > most)
            break;
    }
    free(values);
    *seconds_per_mask = seconds / (double)count > 1e-10 ? seconds / (double)count : 1e-10;
    return status == STATUS_INTERNAL ? status : STATUS_OK;
}

status_t calibrate(inputs_t *inputs, double *seconds_per_mask, failure_t *why) {
    sample_t sample;
    uint64_t not_counted = 0;
    int64_t k = 0;
    for (int64_t i = 1; i < samples_count(inputs->samples); i++)
        k = samples_players_of(inputs->samples, i) > samples_players_of(inputs->samples, k) ? i : k;
    *seconds_per_mask = 1e-6; /* if the sample fails */
    TRY(inputs_load_sample(inputs, k, &sample, why));
    status_t status = model_set_target(inputs->model, &sample, &not_counted, why);
    if (status != STATUS_OK)
        return status == STATUS_INTERNAL ? status : STATUS_OK;
    return time_ranges(inputs, &sample, seconds_per_mask, why);
}

int calibrate_block_bits(int n, int granule_bits, double seconds_per_mask) {
    int g = n < 16 ? n : 16;
    while (g > 0 && (double)mask_count(g) * seconds_per_mask > 10.0)
        g--;
    return g < granule_bits ? granule_bits : g;
}
