#include "engines/logits.h"

#include "base/wide.h"

#include <math.h>
#include <stdint.h>

/* Sums and maxima stand beside each other, so that the order of additions is the same for all widths of vectors. */
enum { LANES = 8 };
typedef float floats_t __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t float_bits_t __attribute__((vector_size(4 * LANES)));
typedef double doubles_t __attribute__((vector_size(8 * LANES)));
typedef int64_t double_bits_t __attribute__((vector_size(8 * LANES)));

/* exp(x) for x in [-708, 0], within 2 units in the last place: 2^k times Taylor's polynomial of |r| <= ln 2 / 2. */
INLINED void exponentials(const doubles_t *of, doubles_t *out) {
    const double log2_e = 0x1.71547652b82fep0, ln2_high = 0x1.62e42fefa3800p-1, ln2_low = 0x1.ef35793c76730p-45;
    const double round = 0x1.8p52; /* adding it leaves k in the lowest bits */
    const doubles_t x = *of, shifted = x * log2_e + round, k = shifted - round, r = (x - k * ln2_high) - k * ln2_low;
    doubles_t p = r * (1.0 / 6227020800.0) + 1.0 / 479001600.0;
    p = p * r + 1.0 / 39916800.0;
    p = p * r + 1.0 / 3628800.0;
    p = p * r + 1.0 / 362880.0;
    p = p * r + 1.0 / 40320.0;
    p = p * r + 1.0 / 5040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    *out = p * (doubles_t)(((double_bits_t)shifted + 1023) << 52);
}

/* exp(z - most) of LANES logits; what is below e^-708 of the largest counts as that. */
INLINED void add_exponentials(const float *z, double most, doubles_t *sums) {
    const doubles_t lowest = (doubles_t){0} - 708;
    doubles_t x = __builtin_convertvector(*(const floats_t *)z, doubles_t) - most, e;
    const double_bits_t low = x < lowest;
    x = (doubles_t)((low & (double_bits_t)lowest) | (~low & (double_bits_t)x));
    exponentials(&x, &e);
    *sums += e;
}

/* The sum of exp(z - most). */
WIDE static double sum_exponentials(const float *z, size_t count, double most) {
    const size_t whole = count - count % LANES;
    float last[LANES];
    doubles_t sums = {0};
    double sum = 0;
    for (size_t i = 0; i < whole; i += LANES)
        add_exponentials(z + i, most, &sums);
    if (whole < count) {
        for (size_t lane = 0; lane < LANES; lane++)
            last[lane] = whole + lane < count ? z[whole + lane] : -INFINITY;
        add_exponentials(last, most, &sums);
    }
    for (size_t lane = 0; lane < LANES; lane++)
        sum += sums[lane];
    return sum;
}

/* NaN where there are only NaN. */
WIDE static float largest(const float *z, size_t count) {
    const size_t whole = count - count % LANES;
    floats_t most = (floats_t){0} - INFINITY;
    float found = NAN;
    for (size_t i = 0; i < whole; i += LANES) {
        const floats_t x = *(const floats_t *)(z + i);
        const float_bits_t more = x > most;
        most = (floats_t)((more & (float_bits_t)x) | (~more & (float_bits_t)most));
    }
    for (size_t i = whole; i < count; i++)
        found = z[i] > found || isnan(found) ? z[i] : found;
    for (size_t lane = 0; lane < LANES; lane++)
        found = most[lane] > found || isnan(found) ? most[lane] : found;
    return found;
}

size_t logits_best(const float *z, size_t count) {
    const float most = largest(z, count);
    for (size_t i = 0; i < count; i++)
        if (z[i] == most)
            return i;
    return 0;
}

double logits_against(float *z, size_t count, size_t token) {
    const float own = z[token];
    z[token] = -INFINITY;
    const double most = (double)largest(z, count);
    const double against = most - (double)own + log(sum_exponentials(z, count, most));
    z[token] = own;
    return against;
}

double logits_log_p(double against) {
    return against > 0 ? -against - log1p(exp(-against)) : -log1p(exp(against));
}

double logits_log_odds(double log_p) {
    return log_p - log(log_p > -1 ? -expm1(log_p) : 1 - exp(log_p));
}
