/* Every statistic of one sample, from its finished rows of outputs and interactions, streaming.
 *
 * The one function that fills a row of statistics, wherever it runs (a worker that holds the whole sample, rank 0's
 * combine thread, analyze): same bits everywhere.
 */
#ifndef HARSANYI_STATS_SUMMARISE_H
#define HARSANYI_STATS_SUMMARISE_H

#include "base/failure.h"
#include "lattice/row.h"
#include "stats/fields.h"
#include "stats/salience.h"
#include "stats/settings.h"

/* Buffers that are kept between samples; one per thread. */
typedef struct summarise summarise_t;

/* fields is copied. */
status_t summarise_create(const stats_settings_t *settings, const fields_t *fields, summarise_t **out, failure_t *why);
void summarise_destroy(summarise_t **summarise);

/* values and interactions: rows of the same n <= fields->n (v, all finite, and its Moebius transform). row:
 * [fields->doubles], the root family's statistics but its curves are written (NaN where undefined). noise_sigma:
 * standard deviation of the noise of v, NaN when unknown. salient: gets the bitmaps of the salient sets. STATUS_CERTAIN
 * when an interaction is not finite: v overflows. */
status_t summarise_sample(summarise_t *summarise, row_source_t values, row_source_t interactions, double noise_sigma,
                          salient_sink_t salient, double *row, failure_t *why);

/* The statistics of a further family's effects [kinds, 2^n] of n players but its curves, salient against the strongest
 * of all kinds. rebuilt: [2^n], what they rebuild; NULL for a family that rebuilds nothing. Theorems 2 and 3 are about
 * ANDs alone: with several kinds their numbers are NaN. salient [2, kinds, salience_words(n)]: the bitmaps, positive
 * ones first. */
status_t summarise_effects(summarise_t *summarise, int family, const double *effects, const double *rebuilt, int n,
                           uint64_t *salient, double *row, failure_t *why);

#endif
