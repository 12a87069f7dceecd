/* What the done samples of a results file have in common. */
#ifndef HARSANYI_CLI_DONE_SAMPLES_H
#define HARSANYI_CLI_DONE_SAMPLES_H

#include "results/results.h"
#include "stats/average.h"
#include "stats/moments.h"

enum { DONE_CODES = 256 };

typedef struct {
    int64_t done, failed, pending;
    int64_t first_done;                    /* row; -1: none */
    average_t of[FIELD_COUNT][ORDERS_MAX]; /* of the fields that show prints: by order; of single numbers in [0] */
    int64_t limits[ORDERS_MAX];            /* samples whose order limit this is */
    int64_t monotone;                      /* samples */
    average_t salient_of_monotone;         /* salient interactions of these */
    int64_t excluded[DONE_CODES];          /* samples by conditions/excluded_why */
    /* Theorem 3's bound against the real count, of the samples that have one; and of those that the paper's authors
     * would keep. within: samples whose real count is not above the bound; delta_above: whose delta is above its bound.
     */
    struct {
        average_t bound, real;
    } theorem, theorem_of_authors;
    int64_t within, delta_above;
} done_samples_t;

status_t done_samples_take(const results_t *results, done_samples_t *out, failure_t *why);

#endif
