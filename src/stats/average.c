#include "stats/average.h"

#include "base/nan.h"

#include <math.h>

void average_add(average_t *tally, double x) {
    if (isnan(x))
        return;
    tally->least = tally->count == 0 || x < tally->least ? x : tally->least;
    tally->most = tally->count == 0 || x > tally->most ? x : tally->most;
    tally->count++;
    double distance = x - tally->running_mean;
    tally->running_mean += distance / (double)tally->count;
    tally->squares += distance * (x - tally->running_mean);
}

double average_mean(const average_t *tally) {
    return tally->count > 0 ? tally->running_mean : nan_canonical();
}

double average_std(const average_t *tally) {
    return tally->count > 0 ? sqrt(tally->squares / (double)tally->count) : nan_canonical();
}
