#include "model/noise.h"

#include "base/mix.h"
#include "base/nan.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { JUMP_BY_ROUNDING = 2000, JUMP_BY_QUARTILE = 100 };

range_t noise_masks(int n) {
    const mask_t every_second = 0x5555555555555555u;
    int bits = n - 2 > 2 ? n - 2 : n < 2 ? n : 2;
    bits = bits < NOISE_BITS ? bits : NOISE_BITS;
    mask_t count = mask_count(bits);
    return (range_t){every_second & ~(count - 1) & (mask_count(n) - 1), count};
}

/* x as the model takes it. */
static double rounded_to(int input_bits, double x) {
    return input_bits == 64 ? x : input_bits == 16 ? (double)element_of_half(element_half(x)) : (double)(float)x;
}

/* x is not 0. */
static double next_to(int input_bits, double x, bool up) {
    double towards = up ? INFINITY : -INFINITY;
    if (input_bits == 64)
        return nextafter(x, towards);
    if (input_bits == 16)
        return (double)element_of_half((uint16_t)(element_half(x) + (up == (x > 0) ? 1 : -1)));
    return (double)nextafterf((float)x, (float)towards);
}

size_t noise_move(int input_bits, const double *from, size_t count, double *to) {
    size_t moved = 0;
    for (size_t e = 0; e < count; e++) {
        double taken = rounded_to(input_bits, from[e]);
        bool stays = taken == floor(taken) || isnan(taken);
        to[e] = stays ? from[e] : next_to(input_bits, from[e], mix(e) >> 63);
        moved += !stays;
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

/* ---- the judgement ---- */

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

noise_t noise_judge(const double *before, const double *after, size_t count, model_rounding_t rounding) {
    double moves[1 << NOISE_BITS], own = sqrt(rounding.own), deviation = noise_deviation(before, after, count);
    if (isnan(deviation))
        return (noise_t){own, NOISE_NO_MOVED_V};
    for (size_t i = 0; i < count; i++)
        moves[i] = fabs(after[i] - before[i]);
    qsort(moves, count, sizeof *moves, ascending);
    double largest = moves[count - 1], quartile = moves[(count - 1) / 4];
    bool jumps = largest > JUMP_BY_ROUNDING * sqrt(rounding.coarse) ||
                 largest > JUMP_BY_QUARTILE * (quartile > own ? quartile : own);
    if (jumps)
        return (noise_t){own, NOISE_OF_OUTPUTS};
    return (noise_t){deviation > own ? deviation : own, NOISE_ESTIMATED};
}

/* ---- the estimate ---- */

static bool holds(range_t known, mask_t mask) {
    return mask >= known.first && mask - known.first < known.count;
}

/* v over `masks` of the sample and of the moved one. */
typedef struct {
    range_t masks;
    double *inputs; /* owned, [1 + K, elements]: x and the baselines, moved */
    double before[1 << NOISE_BITS], after[1 << NOISE_BITS];
} estimate_t;

/* The sample with its numbers moved into e->inputs. */
static sample_t move(const estimate_t *e, int input_bits, const sample_t *sample) {
    size_t elements = sample->elements;
    sample_t moved = *sample;
    noise_move(input_bits, sample->x, elements, e->inputs);
    for (size_t b = 1; b <= (size_t)sample->baselines; b++)
        noise_move(input_bits, sample->baseline + (b - 1) * elements, elements, e->inputs + b * elements);
    moved.x = e->inputs;
    moved.baseline = e->inputs + elements;
    return moved;
}

/* v of the sample where it is looked at: known, or evaluated where a unit ends within (granules are smaller then). */
static status_t find_before(estimate_t *e, model_t *model, const sample_t *sample, range_t known, const double *values,
                            uint64_t *evaluated, failure_t *why) {
    if (!holds(known, e->masks.first + e->masks.count - 1)) {
        *evaluated += e->masks.count;
        return model_evaluate(model, sample, e->masks, e->before, why);
    }
    for (mask_t k = 0; k < e->masks.count; k++)
        e->before[k] = values[e->masks.first - known.first + k];
    return STATUS_OK;
}

static status_t estimate(estimate_t *e, model_t *model, const sample_t *sample, noise_t *noise, uint64_t *evaluated,
                         failure_t *why) {
    model_rounding_t rounding;
    sample_t moved = move(e, model_info(model)->input_bits, sample);
    status_t status = model_probe(model, &moved, e->masks, e->after, &rounding, why);
    *evaluated += model_probe_masks(model, sample->n, e->masks);
    if (status == STATUS_CERTAIN) { /* the moved sample has no v everywhere; its own v is not to blame */
        status = model_probe(model, sample, e->masks, e->after, &rounding, why);
        *evaluated += model_probe_masks(model, sample->n, e->masks);
        *noise = (noise_t){sqrt(rounding.own), NOISE_NO_MOVED_V};
        return status == STATUS_CERTAIN ? STATUS_OK : status;
    }
    if (status == STATUS_OK)
        *noise = noise_judge(e->before, e->after, e->masks.count, rounding);
    return status;
}

status_t noise_estimate(model_t *model, const sample_t *sample, range_t known, const double *values, noise_t *noise,
                        uint64_t *evaluated, failure_t *why) {
    estimate_t e = {.masks = noise_masks(sample->n)};
    size_t bytes;
    *noise = (noise_t){nan_canonical(), NOISE_UNKNOWN};
    if (model_info(model)->input_bits == 0 || sample->elements == 0 || !holds(known, e.masks.first))
        return STATUS_OK;
    if (__builtin_mul_overflow((size_t)sample->baselines + 1, sample->elements, &bytes) ||
        __builtin_mul_overflow(bytes, sizeof(double), &bytes) || !(e.inputs = malloc(bytes)))
        return failed(why, STATUS_INTERNAL, "out of memory to estimate the noise");
    status_t status = find_before(&e, model, sample, known, values, evaluated, why);
    if (status == STATUS_OK)
        status = estimate(&e, model, sample, noise, evaluated, why);
    free(e.inputs);
    return status == STATUS_OK ? status : failed_within(why, "estimating the noise (statistics.noise_sigma)");
}
