/* For tests that need samples of a results file in a certain state, written in the order that a sweep writes them. */
#ifndef HARSANYI_TESTS_SUPPORT_FINISH_SAMPLE_H
#define HARSANYI_TESTS_SUPPORT_FINISH_SAMPLE_H

#include "base/crc.h"
#include "base/nan.h"
#include "run/combine.h"
#include "support/make_results.h"

static const stats_settings_t FINISH_SETTINGS = {
    .salience = 0.05, .min_output = NAN, .assumed_order_limit = -1, .noise_sigma = NAN, .top = 10};

static inline results_sample_t plain_info(void) {
    const double nan = nan_canonical();
    return (results_sample_t){.attempts = 1, .seconds = 0.5, .v_empty = nan, .v_full = nan, .noise_sigma = nan};
}

/* Fills the blocks of a pending sample with made_value and flags them. */
static inline void store_block(results_t *results, int64_t sample, int64_t block) {
    mask_t size = mask_count(results_block_bits(results)), own = mask_count(results_players_of(results, sample));
    mask_t first = (mask_t)block * size, count = own - first < size ? own - first : size;
    failure_t why;
    double *v = malloc(size * sizeof *v);
    assert_non_null(v);
    for (mask_t s = 0; s < size; s++)
        v[s] = s < count ? made_value(sample, first + s) : nan_canonical();
    uint32_t crc = crc32c(0, v, size * sizeof *v);
    assert_ok(results_write_values(results, sample, first, count, v, &why));
    assert_ok(results_write_crcs(results, sample, block, 1, &crc, NULL, &why));
    assert_ok(results_write_blocks_done(results, sample, block, 1, true, &why));
    free(v);
}

/* A done sample with the values made_value, and all that follows from them. */
static inline void finish_sample(results_t *results, int64_t sample) {
    combine_t *combine;
    failure_t why;
    results_sample_t info = plain_info();
    for (int64_t b = 0; b < results_blocks_of(results, sample); b++)
        store_block(results, sample, b);
    assert_ok(combine_create(results, &FINISH_SETTINGS, STRIPS_PIECE_BITS, &combine, &why));
    assert_ok(combine_sample(combine, sample, &info, &why));
    combine_finish(&combine);
    assert_ok(results_write_blocks_done(results, sample, 0, results_blocks_per_row(results), true, &why));
    assert_ok(results_write_phase(results, sample, PHASE_WHOLE, &why));
    assert_ok(results_write_status(results, sample, SAMPLE_DONE, &why));
}

static inline void fail_sample(results_t *results, int64_t sample, error_kind_t kind, const char *reason) {
    failure_t why;
    results_sample_t info = plain_info();
    info.error_kind = kind;
    snprintf(info.error, sizeof info.error, "%s", reason);
    assert_ok(results_clear_flags(results, sample, &why));
    assert_ok(results_clear_rows(results, sample, &why));
    assert_ok(results_write_sample(results, sample, &info, &why));
    assert_ok(results_write_status(results, sample, SAMPLE_FAILED, &why));
}

#endif
