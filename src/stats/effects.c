#include "stats/effects.h"

void effects_add(effects_t *effects, double effect) {
    average_add(&effects->tally, effect);
    effects->positive += effect > 0;
    effects->negative += effect < 0;
}

void effects_edges(const effects_t *effects, double *edges) {
    double low = effects->tally.least, high = effects->tally.most;
    if (low == high) {
        low -= 0.5;
        high += 0.5;
    }
    /* In halves: the range of effects near the largest double is more than that. */
    double half_step = (high / 2 - low / 2) / HISTOGRAM_BINS;
    for (int i = 0; i < HISTOGRAM_BINS; i++)
        edges[i] = 2 * (low / 2 + i * half_step);
    edges[HISTOGRAM_BINS] = high;
}

int effects_bin(const double *edges, double effect) {
    int bin = 0;
    while (bin + 1 < HISTOGRAM_BINS && effect >= edges[bin + 1])
        bin++;
    return bin;
}
