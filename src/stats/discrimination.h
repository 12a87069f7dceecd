/* Discrimination (Li & Zhang, ICML 2023): whether an interaction pushes all samples of a class the same way.
 *
 *   beta(S) = max(m+, m-) / (m+ + m-)     m+, m-: samples of the class in which S is salient with I(S) > 0, < 0
 *   alpha(S) = (m+ + m-) / samples of the class
 *
 * Over all (class, S) with S salient in some sample of the class: how many there are and their mean beta in five bins
 * of alpha, and the mean of beta weighted by alpha.
 */
#ifndef HARSANYI_STATS_DISCRIMINATION_H
#define HARSANYI_STATS_DISCRIMINATION_H

#include "stats/summary.h"

#include <stdint.h>

/* Zero-initialise with {0}. Plain sums: add up the masks of a class in one, join the classes in order. */
typedef struct {
    double count[DISCRIMINATION_BINS], sum[DISCRIMINATION_BINS]; /* of beta, by bin of alpha: [0, 0.2) ... [0.8, 1] */
    double alpha, alpha_beta;                                    /* sums over all */
} discrimination_t;

/* One mask in a class of `samples` samples; nothing when it is salient in none. */
void discrimination_add(discrimination_t *discrimination, uint32_t positive, uint32_t negative, int64_t samples);
void discrimination_join(discrimination_t *all, const discrimination_t *part);

/* NaN without masks. */
double discrimination_mean(const discrimination_t *discrimination, int bin);
double discrimination_weighted(const discrimination_t *discrimination);

#endif
