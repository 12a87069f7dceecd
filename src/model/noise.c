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

/* What rounding the largest v to a float of the model's would make. */
static double rounding_of_v(const double *v, size_t count, int input_bits) {
    double size = 0;
    for (size_t i = 0; i < count; i++)
        size = fmax(size, fabs(v[i]));
    const double taken = rounded_to(input_bits, size), step = taken > 0 ? next_to(input_bits, taken, true) - taken : 0;
    return isfinite(step) ? step / sqrt(12) : 0;
}

noise_t noise_judge(int input_bits, const double *before, const double *after, size_t count,
                    model_rounding_t rounding) {
    double moves[1 << NOISE_BITS], own = sqrt(rounding.own), deviation = noise_deviation(before, after, count);
    if (isnan(deviation))
        return (noise_t){own, NOISE_NO_MOVED_V};
    for (size_t i = 0; i < count; i++)
        moves[i] = fabs(after[i] - before[i]);
    qsort(moves, count, sizeof *moves, ascending);
    const double largest = moves[count - 1], quartile = moves[(count - 1) / 4];
    const double least = fmax(fmax(quartile, own), rounding_of_v(before, count, input_bits));
    if (largest == 0 || largest > JUMP_BY_ROUNDING * sqrt(rounding.coarse) || largest > JUMP_BY_QUARTILE * least)
        return (noise_t){own, NOISE_OF_OUTPUTS};
    return (noise_t){deviation > own ? deviation : own, NOISE_ESTIMATED};
}

/* ---- the estimate ---- */

static bool holds(range_t known, mask_t mask) {
    return mask >= known.first && mask - known.first < known.count;
}

/* v over `masks` of the sample and of the moved one, of each row. */
typedef struct {
    range_t masks;
    int rows;
    double *inputs;           /* owned, [1 + K, elements]: x and the baselines, moved; the rest too */
    double *numbers;          /* [2 * rows, masks.count], of: */
    double **before, **after; /* [rows] */
    model_rounding_t *rounding;
    failure_t *of;
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
static status_t find_before(estimate_t *e, model_t *model, const sample_t *sample, range_t known, double *const *values,
                            uint64_t *evaluated, failure_t *why) {
    if (!holds(known, e->masks.first + e->masks.count - 1)) {
        *evaluated += e->masks.count;
        return model_evaluate_rows(model, sample, e->masks, e->rows, e->before, e->of, why);
    }
    for (int row = 0; row < e->rows; row++)
        for (mask_t k = 0; k < e->masks.count; k++)
            e->before[row][k] = values[row][e->masks.first - known.first + k];
    return STATUS_OK;
}

/* A failure of all rows that is the sample's own is one of each. */
static status_t probe(const estimate_t *e, model_t *model, const sample_t *sample, uint64_t *evaluated,
                      failure_t *why) {
    status_t status = model_probe(model, sample, e->masks, e->rows, e->after, e->rounding, e->of, why);
    *evaluated += model_probe_masks(model, sample->n, e->masks);
    for (int row = 0; status == STATUS_CERTAIN && row < e->rows; row++)
        e->of[row].status = STATUS_CERTAIN;
    return status == STATUS_CERTAIN ? STATUS_OK : status;
}

static status_t estimate(estimate_t *e, model_t *model, const sample_t *sample, noise_t *noise, uint64_t *evaluated,
                         failure_t *why) {
    sample_t moved = move(e, model_info(model)->input_bits, sample);
    bool without = false;
    TRY(probe(e, model, &moved, evaluated, why));
    for (int row = 0; row < e->rows; row++) {
        const bool moved_v = e->of[row].status == STATUS_OK;
        without = without || !moved_v;
        if (moved_v)
            noise[row] = noise_judge(model_info(model)->input_bits, e->before[row], e->after[row], e->masks.count,
                                     e->rounding[row]);
    }
    if (!without)
        return STATUS_OK;
    /* The moved sample has no v everywhere; the sample's own v is not to blame. */
    TRY(probe(e, model, sample, evaluated, why));
    for (int row = 0; row < e->rows; row++)
        if (noise[row].from == NOISE_UNKNOWN)
            noise[row] = (noise_t){sqrt(e->rounding[row].own), NOISE_NO_MOVED_V};
    return STATUS_OK;
}

/* v in other batches. */
static status_t compare_layouts(estimate_t *e, model_t *model, const sample_t *sample, noise_t *noise,
                                uint64_t *evaluated, failure_t *why) {
    TRY(probe(e, model, sample, evaluated, why));
    for (int row = 0; row < e->rows; row++) {
        double squares = 0;
        for (mask_t k = 0; k < e->masks.count; k++)
            squares += (e->after[row][k] - e->before[row][k]) * (e->after[row][k] - e->before[row][k]);
        if (e->of[row].status == STATUS_OK)
            noise[row] = (noise_t){sqrt(squares / (double)e->masks.count), NOISE_ESTIMATED};
    }
    return STATUS_OK;
}

static status_t make_room(estimate_t *e, const sample_t *sample, failure_t *why) {
    const size_t rows = (size_t)e->rows, count = e->masks.count;
    size_t bytes;
    const bool fits = !__builtin_mul_overflow((size_t)sample->baselines + 1, sample->elements, &bytes) &&
                      !__builtin_mul_overflow(bytes, sizeof(double), &bytes);
    e->inputs = fits ? malloc(bytes) : NULL;
    e->numbers = malloc(2 * rows * count * sizeof *e->numbers);
    e->before = malloc(2 * rows * sizeof *e->before);
    e->rounding = malloc(rows * sizeof *e->rounding);
    e->of = calloc(rows, sizeof *e->of);
    if (!e->inputs || !e->numbers || !e->before || !e->rounding || !e->of)
        return failed(why, STATUS_INTERNAL, "out of memory to estimate the noise");
    e->after = e->before + rows;
    for (size_t i = 0; i < 2 * rows; i++)
        e->before[i] = e->numbers + i * count;
    return STATUS_OK;
}

status_t noise_estimate(model_t *model, const sample_t *sample, int rows, range_t known, double *const *values,
                        noise_t *noise, uint64_t *evaluated, failure_t *why) {
    estimate_t e = {.masks = noise_masks(sample->n), .rows = rows};
    for (int row = 0; row < rows; row++)
        noise[row] = (noise_t){nan_canonical(), NOISE_UNKNOWN};
    if (!model_measures_noise(model) || sample->elements == 0 || !holds(known, e.masks.first))
        return STATUS_OK;
    status_t status = make_room(&e, sample, why);
    if (status == STATUS_OK)
        status = find_before(&e, model, sample, known, values, evaluated, why);
    if (status == STATUS_OK)
        status = (model_info(model)->layouts ? compare_layouts : estimate)(&e, model, sample, noise, evaluated, why);
    free(e.inputs);
    free(e.numbers);
    free(e.before);
    free(e.rounding);
    free(e.of);
    return status == STATUS_OK ? status : failed_within(why, "estimating the noise (statistics.noise_sigma)");
}
