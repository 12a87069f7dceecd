#include "results/results.h"

#include "base/nan.h"
#include "results/block_crcs.h"

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
    if (results_has_tables(results))
        return results_flag_whole(results, sample, (int64_t)count, why);
    for (size_t k = 0; k < count; k++)
        TRY(results_write_status(results, sample + (int64_t)k, SAMPLE_DONE, why));
    return STATUS_OK;
}

/* No flag may be set for rows that are being overwritten, hence the sync. */
static status_t clear_flags(results_t *results, row_t sample, failure_t *why) {
    int64_t flagged;
    TRY(results_count_blocks_done(results, sample, results_blocks_per_row(results), &flagged, why));
    TRY(results_clear_flags(results, sample, why));
    return flagged > 0 ? results_sync(results, why) : STATUS_OK;
}

status_t results_put_failed(results_t *results, row_t sample, const results_sample_t *info, failure_t *why) {
    if (results_has_tables(results))
        TRY(clear_flags(results, sample, why));
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
