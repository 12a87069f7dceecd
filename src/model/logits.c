#include "model/logits.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { LANES = 8 }; /* sums beside each other, so that the order of additions is the same for all widths of vectors */

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FOR_ALL_WIDTHS __attribute__((target_clones("default", "avx2", "avx512f")))
#else
#define FOR_ALL_WIDTHS
#endif

/* exp(x) for x in [-708, 0], within 2 units in the last place: 2^k times Taylor's polynomial of |r| <= ln 2 / 2. */
static inline double exponential(double x) {
    const double log2_e = 0x1.71547652b82fep0, ln2_high = 0x1.62e42fefa3800p-1, ln2_low = 0x1.ef35793c76730p-45;
    const double round = 0x1.8p52; /* adding it leaves k in the lowest bits */
    const double shifted = x * log2_e + round, k = shifted - round, r = (x - k * ln2_high) - k * ln2_low;
    double p = 1.0 / 6227020800.0, scale;
    p = p * r + 1.0 / 479001600.0;
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
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023) << 52;
    memcpy(&scale, &bits, sizeof scale);
    return p * scale;
}

/* The sum of exp(z - most); what is below e^-708 of the largest does not count. */
FOR_ALL_WIDTHS static double sum_exponentials(const float *z, size_t count, double most) {
    double lanes[LANES] = {0}, sum = 0;
    const size_t whole = count - count % LANES;
    for (size_t i = 0; i < whole; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++) {
            const double x = (double)z[i + lane] - most;
            lanes[lane] += exponential(x < -708 ? -708 : x);
        }
    for (size_t i = whole; i < count; i++) {
        const double x = (double)z[i] - most;
        lanes[i - whole] += exponential(x < -708 ? -708 : x);
    }
    for (size_t lane = 0; lane < LANES; lane++)
        sum += lanes[lane];
    return sum;
}

size_t logits_best(const float *z, size_t count) {
    size_t best = 0;
    for (size_t i = 1; i < count; i++)
        if (z[i] > z[best] || (isnan(z[best]) && !isnan(z[i])))
            best = i;
    return best;
}

double logits_against(float *z, size_t count, size_t token) {
    const float own = z[token];
    z[token] = -INFINITY;
    const double most = (double)z[logits_best(z, count)];
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
