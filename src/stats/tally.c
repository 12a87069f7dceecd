#include "stats/tally.h"

#include "base/nan.h"

#include <math.h>

void tally_add(tally_t *tally, double x) {
    if (isnan(x))
        return;
    tally->least = tally->count == 0 || x < tally->least ? x : tally->least;
    tally->most = tally->count == 0 || x > tally->most ? x : tally->most;
    tally->count++;
    double distance = x - tally->running_mean;
    tally->running_mean += distance / (double)tally->count;
    tally->squares += distance * (x - tally->running_mean);
}

double tally_mean(const tally_t *tally) {
    return tally->count > 0 ? tally->running_mean : nan_canonical();
}

double tally_std(const tally_t *tally) {
    return tally->count > 0 ? sqrt(tally->squares / (double)tally->count) : nan_canonical();
}
