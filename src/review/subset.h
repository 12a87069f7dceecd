/* Which samples of a results file the statistics cover. */
#ifndef HARSANYI_REVIEW_SUBSET_H
#define HARSANYI_REVIEW_SUBSET_H

#include "base/failure.h"
#include "config/config.h"
#include "results/results.h"

#include <stdbool.h>

/* A sample must meet all conditions that are set. */
typedef struct {
    bool by_index;
    int64_t first, end; /* first <= row in the samples file < end */
    bool by_class;
    int64_t class; /* of rows: results_class */
    bool correct;  /* the model is right on the whole sample; see subset_find */
} subset_options_t;

typedef struct {
    row_t *rows; /* owned, [count]: rows of the results file, ascending; done or failed samples */
    int64_t count;
    int64_t done, failed; /* of them */
    int64_t pending;      /* would belong to it, but have no numbers yet */
} subset_t;

/* What the model predicts is not stored, so `correct` needs labels and either target: predicted (correct: the target is
 * the label) or target: label with score: log_odds (correct: v(N) > 0, the label has more than half of the probability;
 * failed samples have no v(N) and are left out). STATUS_INPUT otherwise, saying why, and when no done sample is left.
 */
status_t subset_find(const results_t *results, const config_t *config, const subset_options_t *options, subset_t *out,
                     failure_t *why);
void subset_free(subset_t *subset);

/* Which rows of the samples file the results file holds: "0-99, 200, 210-299"; long lists are cut. Free with free(). */
char *subset_indices(const results_t *results);

#endif
