#include "stats/discrimination.h"

#include "base/nan.h"

void discrimination_add(discrimination_t *discrimination, uint32_t positive, uint32_t negative, int64_t samples) {
    int64_t more = positive > negative ? positive : negative, all = (int64_t)positive + negative;
    if (all == 0)
        return;
    /* In whole numbers: a frequency on an edge belongs to the upper bin, but 1 to the last. */
    int64_t bin = DISCRIMINATION_BINS * all / samples;
    bin = bin < DISCRIMINATION_BINS ? bin : DISCRIMINATION_BINS - 1;
    double alpha = (double)all / (double)samples, beta = (double)more / (double)all;
    discrimination->count[bin] += 1;
    discrimination->sum[bin] += beta;
    discrimination->alpha += alpha;
    discrimination->alpha_beta += alpha * beta;
}

void discrimination_join(discrimination_t *all, const discrimination_t *part) {
    for (int bin = 0; bin < DISCRIMINATION_BINS; bin++) {
        all->count[bin] += part->count[bin];
        all->sum[bin] += part->sum[bin];
    }
    all->alpha += part->alpha;
    all->alpha_beta += part->alpha_beta;
}

double discrimination_mean(const discrimination_t *discrimination, int bin) {
    return discrimination->count[bin] > 0 ? discrimination->sum[bin] / discrimination->count[bin] : nan_canonical();
}

double discrimination_weighted(const discrimination_t *discrimination) {
    return discrimination->alpha > 0 ? discrimination->alpha_beta / discrimination->alpha : nan_canonical();
}
