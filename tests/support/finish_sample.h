/* For tests that need samples of a results file in a certain state. */
#ifndef HARSANYI_TESTS_SUPPORT_FINISH_SAMPLE_H
#define HARSANYI_TESTS_SUPPORT_FINISH_SAMPLE_H

#include "results/block_crcs.h"
#include "support/make_row.h"

static const stats_settings_t FINISH_SETTINGS = {
    .salience = 0.05, .min_output = NAN, .assumed_order_limit = -1, .noise_sigma = NAN, .curves = true, .top = 10};
static const double FINISH_NOISE = 1e-3; /* of v, as if it had been estimated */

/* Fills the blocks of a pending sample with made_value and flags them. */
static inline void store_block(results_t *results, int64_t sample, int64_t block) {
    mask_t size = mask_count(results_block_bits(results)), own = mask_count(results_players_of(results, sample));
    mask_t first = (mask_t)block * size, count = own - first < size ? own - first : size;
    failure_t why = {0};
    double *v = new_numbers(count);
    for (mask_t s = 0; s < count; s++)
        v[s] = made_value(sample, first + s);
    assert_ok(results_write_table(results, TABLE_VALUES, sample, first, count, v, &why));
    assert_ok(block_crcs_write_values(results, sample, block, first, count, v, &why));
    assert_ok(results_write_blocks_done(results, sample, block, 1, true, &why));
    free(v);
}

static inline results_sample_t plain_info(void) {
    results_sample_t info = results_unknown();
    info.attempts = 1;
    info.seconds = 0.5;
    return info;
}

/* A done sample with the values made_value, and all that follows from them. */
static inline void finish_sample(results_t *results, int64_t sample) {
    results_sample_t info = plain_info();
    info.noise_sigma = FINISH_NOISE;
    finished_row_t row = make_row(&FINISH_SETTINGS, results_fields(results), results_players_of(results, sample),
                                  sample, made_value, info.noise_sigma);
    put_row(results, sample, &row, &info);
    free(row.values);
}

static inline void fail_sample(results_t *results, int64_t sample, outcome_t kind, const char *reason) {
    results_sample_t info = plain_info();
    info.error_kind = kind;
    snprintf(info.error, sizeof info.error, "%s", reason);
    put_failed(results, sample, &info);
}

#endif
