/* Mean and standard deviation of numbers that come one by one (Welford 1962); NaN are left out. */
#ifndef HARSANYI_STATS_AVERAGE_H
#define HARSANYI_STATS_AVERAGE_H

#include <stdint.h>

/* Zero-initialise with {0}; read mean and std with the functions below. */
typedef struct {
    int64_t count;
    double running_mean, squares; /* squares: summed squared distances from the mean */
    double least, most;
} average_t;

void average_add(average_t *tally, double x);

/* NaN without numbers. The standard deviation is the population's. */
double average_mean(const average_t *tally);
double average_std(const average_t *tally);

#endif
