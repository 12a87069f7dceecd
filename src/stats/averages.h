/* Means and standard deviations of many quantities at once, of numbers that come row by row (Welford 1962); NaN are
 * left out. The bits are those of stats/average.h for each quantity. */
#ifndef HARSANYI_STATS_AVERAGES_H
#define HARSANYI_STATS_AVERAGES_H

#include "base/failure.h"

#include <stddef.h>

typedef struct {
    size_t length;
    double *count, *running_mean, *squares; /* [length]; owned, in one piece */
} averages_t;

/* Of `length` quantities, all without numbers. Free with averages_free. */
status_t averages_create(size_t length, averages_t *out, failure_t *why);
void averages_free(averages_t *averages);

/* x: [length], one number for each quantity. */
void averages_add(averages_t *averages, const double *x);

/* NaN without numbers. The standard deviation is the population's. */
double averages_mean(const averages_t *averages, size_t i);
double averages_std(const averages_t *averages, size_t i);

#endif
