#include "stats/effects.h"

void effects_add(effects_t *effects, double effect) {
    tally_add(&effects->tally, effect);
    effects->positive += effect > 0;
    effects->negative += effect < 0;
}

void effects_edges(const effects_t *effects, double *edges) {
    double low = effects->tally.least, high = effects->tally.most;
    if (low == high) {
        low -= 0.5;
        high += 0.5;
    }
    /* Each end is divided first: effects near the largest double have a range that is none. */
    double step = high / HISTOGRAM_BINS - low / HISTOGRAM_BINS;
    for (int i = 0; i < HISTOGRAM_BINS; i++)
        edges[i] = low + i * step;
    edges[HISTOGRAM_BINS] = high;
}

int effects_bin(const double *edges, double effect) {
    int bin = 0;
    while (bin + 1 < HISTOGRAM_BINS && effect >= edges[bin + 1])
        bin++;
    return bin;
}
