/* What the done samples of a results file have in common. */
#ifndef HARSANYI_CLI_DONE_SAMPLES_H
#define HARSANYI_CLI_DONE_SAMPLES_H

#include "cli/show.h"
#include "stats/average.h"
#include "stats/moments.h"

enum { SURVEY_CODES = 256 };

typedef struct {
    int64_t done, failed, pending;
    int64_t first_done; /* row; -1: none */
    struct {
        average_t strength, sum, cancellation, output, salient, noise_floor, mass_above;
        int64_t limits; /* samples whose order limit this is */
    } orders[ORDERS_MAX];
    int64_t monotone;
    average_t salient, salient_of_monotone, order_limit, p_paper, p_all_pairs;
    int64_t excluded[SURVEY_CODES]; /* samples by conditions/excluded_why */
    /* Theorem 3's bound against the real count, of the samples that have one; and of those that the paper's authors
     * would keep. within: samples whose real count is not above the bound; delta_above: whose delta is above its bound.
     */
    struct {
        average_t bound, real;
    } theorem, theorem_of_authors;
    int64_t within, delta_above;
} done_samples_t;

status_t done_samples_take(const show_t *show, done_samples_t *out, failure_t *why);

#endif
