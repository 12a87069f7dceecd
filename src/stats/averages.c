#include "stats/averages.h"

#include "base/nan.h"
#include "base/wide.h"

#include <math.h>
#include <stdlib.h>

status_t averages_create(size_t length, averages_t *out, failure_t *why) {
    *out = (averages_t){.length = length, .count = calloc(3 * length + 1, sizeof *out->count)};
    if (!out->count)
        return failed(why, STATUS_INTERNAL, "out of memory for means over rows");
    out->running_mean = out->count + length;
    out->squares = out->running_mean + length;
    return STATUS_OK;
}

void averages_free(averages_t *averages) {
    free(averages->count);
    *averages = (averages_t){0};
}

/* Without branches, so that it becomes vectors: what is NaN is computed and thrown away. */
static WIDE void add(double *restrict count, double *restrict mean, double *restrict squares, const double *restrict x,
                     size_t length) {
    for (size_t i = 0; i < length; i++) {
        double more = x[i] == x[i] ? 1 : 0, now = count[i] + more, distance = x[i] - mean[i];
        double moved = mean[i] + distance / (now + (1 - more)), apart = squares[i] + distance * (x[i] - moved);
        count[i] = now;
        mean[i] = more > 0 ? moved : mean[i];
        squares[i] = more > 0 ? apart : squares[i];
    }
}

void averages_add(averages_t *averages, const double *x) {
    add(averages->count, averages->running_mean, averages->squares, x, averages->length);
}

double averages_mean(const averages_t *averages, size_t i) {
    return averages->count[i] > 0 ? averages->running_mean[i] : nan_canonical();
}

double averages_std(const averages_t *averages, size_t i) {
    return averages->count[i] > 0 ? sqrt(averages->squares[i] / averages->count[i]) : nan_canonical();
}
