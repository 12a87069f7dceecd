#include "base/nan.h"
#include "results/block_crcs.h"
#include "results/results_private.h"

#include <stdio.h>

status_t results_put_done(results_t *results, row_t sample, size_t count, const finished_row_t *rows,
                          const results_sample_t *infos, failure_t *why) {
    if (results_has_tables(results)) {
        TRY(block_crcs_write_rows(results, sample, count, rows, why));
        TRY(results_write_tables(results, sample, count, rows, why));
    }
    TRY(results_write_rows(results, sample, count, rows, why));
    return results_write_samples(results, sample, count, infos, why);
}

status_t results_flag_done(results_t *results, row_t sample, size_t count, failure_t *why) {
    const uint64_t row = (uint64_t)sample;
    if (results_has_tables(results)) {
        const uint64_t blocks = count * (uint64_t)results_blocks_per_row(results);
        TRY(results_put_bytes(results, DATASET_VALUES_DONE, row, 0, blocks, true, why));
        TRY(results_put_bytes(results, DATASET_PHASE, row, 0, count, PHASE_WHOLE, why));
    }
    return results_put_bytes(results, DATASET_STATUS, row, 0, count, SAMPLE_DONE, why);
}

status_t results_clear_flags(results_t *results, row_t sample, failure_t *why) {
    const int64_t blocks = results_blocks_per_row(results);
    int64_t flagged;
    TRY(results_count_blocks_done(results, sample, blocks, &flagged, why));
    TRY(results_write_status(results, sample, SAMPLE_PENDING, why));
    TRY(results_write_blocks_done(results, sample, 0, blocks, false, why));
    TRY(results_write_phase(results, sample, PHASE_EVALUATING, why));
    return flagged > 0 ? results_sync(results, why) : STATUS_OK;
}

status_t results_put_failed(results_t *results, row_t sample, const results_sample_t *info, failure_t *why) {
    if (results_has_tables(results))
        TRY(results_clear_flags(results, sample, why));
    TRY(results_clear_rows(results, sample, why));
    return results_write_samples(results, sample, 1, info, why);
}

results_sample_t results_unknown(void) {
    return (results_sample_t){.target = -1,
                              .seconds = nan_canonical(),
                              .v_empty = nan_canonical(),
                              .v_full = nan_canonical(),
                              .noise_sigma = nan_canonical()};
}

results_sample_t results_missing(const char *what) {
    results_sample_t info = results_unknown();
    info.error_kind = OUTCOME_TRANSIENT;
    snprintf(info.error, sizeof info.error, "missing in merge: %s", what);
    return info;
}
