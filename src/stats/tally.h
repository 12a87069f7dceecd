/* Mean and standard deviation of numbers that come one by one (Welford 1962); NaN are left out. */
#ifndef HARSANYI_STATS_TALLY_H
#define HARSANYI_STATS_TALLY_H

#include <stdint.h>

/* Zero-initialise with {0}; read mean and std with the functions below. */
typedef struct {
    int64_t count;
    double running_mean, squares; /* squares: summed squared distances from the mean */
    double least, most;
} tally_t;

void tally_add(tally_t *tally, double x);

/* NaN without numbers. The standard deviation is the population's. */
double tally_mean(const tally_t *tally);
double tally_std(const tally_t *tally);

#endif
