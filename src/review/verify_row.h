/* The part of verify that is about a sample's row of statistics. */
#ifndef HARSANYI_REVIEW_VERIFY_ROW_H
#define HARSANYI_REVIEW_VERIFY_ROW_H

#include "review/exactness.h"
#include "review/verify_at.h"
#include "stats/settings.h"

typedef struct verify_row verify_row_t;

/* results is borrowed; settings (copied) may be NULL: nothing is recomputed then. Destroy in any case. */
status_t verify_row_create(const results_t *results, const stats_settings_t *settings, verify_row_t **out,
                           failure_t *why);
void verify_row_destroy(verify_row_t **row);

/* The row of a done sample: its checksum and the lemma, and, with `recompute`, every number again from the tables.
 * How far the lemma is off is added to *lemma. Fails only when something cannot be read. */
status_t verify_row_check(verify_row_t *row, const verify_at_t *at, const results_sample_t *info, bool recompute,
                          distance_t *lemma, failure_t *why);

/* The row of a failed sample: its checksum, and NaN everywhere. */
status_t verify_row_check_nan(verify_row_t *row, const verify_at_t *at, failure_t *why);

#endif
