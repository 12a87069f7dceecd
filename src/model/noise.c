#include "model/noise.h"

#include "base/mix.h"
#include "base/nan.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

range_t noise_masks(int n) {
    const mask_t every_second = 0x5555555555555555u, low = mask_count(NOISE_BITS) - 1;
    mask_t all = mask_count(n);
    if (n <= NOISE_BITS)
        return (range_t){0, all};
    return (range_t){every_second & ~low & (all - 1), low + 1};
}

range_t noise_range(int n, int granule_bits) {
    range_t range = noise_masks(n);
    mask_t granule = mask_count(granule_bits);
    if (granule > range.count)
        range = (range_t){range.first / granule * granule, granule};
    return range;
}

static double next_to(int input_bits, double x, bool up) {
    double towards = up ? INFINITY : -INFINITY;
    if (input_bits == 64)
        return nextafter(x, towards);
    return (double)nextafterf((float)x, (float)towards);
}

size_t noise_move(int input_bits, const double *from, size_t count, double *to) {
    size_t moved = 0;
    for (size_t e = 0; e < count; e++) {
        bool zero = input_bits == 64 ? from[e] == 0 : (float)from[e] == 0;
        to[e] = zero ? from[e] : next_to(input_bits, from[e], mix(e) >> 63);
        moved += !zero;
    }
    return moved;
}

double noise_deviation(const double *before, const double *after, size_t count) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        sum += after[i] - before[i];
    double mean = sum / (double)count;
    for (size_t i = 0; i < count; i++) {
        double off = after[i] - before[i] - mean;
        squares += off * off;
    }
    double sigma = sqrt(squares / (double)count);
    return isfinite(sigma) ? sigma : nan_canonical();
}

/* ---- the estimate ---- */

static bool holds(range_t known, mask_t mask) {
    return mask >= known.first && mask - known.first < known.count;
}

/* v of the moved sample, less that of the sample, over `masks`, which begin in `range`. */
typedef struct {
    range_t masks, range;
    double *inputs; /* [1 + K, elements]: x and the baselines, moved */
    double *before; /* [range.count]; NULL while v of all masks is known */
    double *after;  /* [range.count] */
} estimate_t;

/* The sample with its numbers moved into e->inputs; false: there is none that can move. */
static bool move(const estimate_t *e, int input_bits, const sample_t *sample, sample_t *moved) {
    size_t elements = sample->elements, count = noise_move(input_bits, sample->x, elements, e->inputs);
    for (size_t b = 1; b <= (size_t)sample->baselines; b++)
        count += noise_move(input_bits, sample->baseline + (b - 1) * elements, elements, e->inputs + b * elements);
    *moved = *sample;
    moved->x = e->inputs;
    moved->baseline = e->inputs + elements;
    return count > 0;
}

static status_t estimate(const estimate_t *e, model_t *model, const sample_t *sample, const double *known,
                         double *sigma, uint64_t *evaluated, failure_t *why) {
    sample_t moved;
    mask_t at = e->masks.first - e->range.first;
    if (!move(e, model_info(model)->input_bits, sample, &moved))
        return STATUS_OK;
    if (e->before) {
        TRY(model_evaluate(model, sample, e->range, e->before, why));
        *evaluated += e->range.count;
        known = e->before + at;
    }
    status_t status = model_evaluate(model, &moved, e->range, e->after, why);
    *evaluated += e->range.count;
    if (status == STATUS_OK)
        *sigma = noise_deviation(known, e->after + at, e->masks.count);
    return status;
}

status_t noise_estimate(model_t *model, const sample_t *sample, range_t known, const double *values, double *sigma,
                        uint64_t *evaluated, failure_t *why) {
    range_t masks = noise_masks(sample->n), range = noise_range(sample->n, model_granule_bits(model, sample->n));
    size_t inputs = ((size_t)sample->baselines + 1) * sample->elements;
    *sigma = nan_canonical();
    if (model_info(model)->input_bits == 0 || sample->elements == 0 || !holds(known, masks.first))
        return STATUS_OK;
    double *room = calloc(inputs + 2 * range.count, sizeof *room);
    if (!room)
        return failed(why, STATUS_INTERNAL, "out of memory to estimate the noise");
    /* A unit may end within the masks where granules are smaller than they are. */
    bool all_known = holds(known, masks.first + masks.count - 1);
    estimate_t e = {masks, range, room, all_known ? NULL : room + inputs, room + inputs + range.count};
    status_t status =
        estimate(&e, model, sample, all_known ? values + (masks.first - known.first) : NULL, sigma, evaluated, why);
    free(room);
    if (status == STATUS_CERTAIN)
        return STATUS_OK; /* the moved sample has no v everywhere; its own v is not to blame */
    return status == STATUS_OK ? status : failed_within(why, "estimating the noise (statistics.noise_sigma)");
}
