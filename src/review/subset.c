#include "review/subset.h"

#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>

static bool has_labels(const results_t *results) {
    for (int64_t k = 0; k < results_samples(results); k++)
        if (results_label(results, k) >= 0)
            return true;
    return false;
}

static status_t check_correct(const results_t *results, const config_t *config, failure_t *why) {
    const char *reason = NULL;
    if (!backend_is_network(config->model.backend))
        reason = "a closed-form game predicts nothing that could be right or wrong";
    else if (!has_labels(results))
        reason = "the samples have no labels to compare with";
    else if (config->model.target == TARGET_GIVEN || results_targets(results) > 1)
        reason = "model.target is fixed, or several, so the prediction is not known";
    else if (config->model.target == TARGET_LABEL && config->model.score != SCORE_LOG_ODDS)
        reason = "v shows the prediction only with model.score: log_odds (v(N) > 0) or model.target: predicted";
    return reason ? failed(why, STATUS_INPUT, "--correct: %s", reason) : STATUS_OK;
}

static bool is_correct(const config_t *config, int64_t label, const results_sample_t *info) {
    if (info->status != SAMPLE_DONE)
        return info->status == SAMPLE_PENDING; /* not known yet: counts as pending */
    return config->model.target == TARGET_PREDICTED ? info->target == label : info->v_full > 0;
}

static bool belongs(const subset_options_t *options, const config_t *config, const results_t *results, row_t row,
                    const results_sample_t *info) {
    const index_t index = results_index(results, row);
    if (options->by_index && (index < options->first || index >= options->end))
        return false;
    if (options->by_class && results_class(results, row, info->target) != options->class)
        return false;
    return !options->correct || is_correct(config, results_label(results, row), info);
}

static status_t nothing(const results_t *results, const subset_t *subset, failure_t *why) {
    char *indices OWNED = subset_indices(results);
    return failed(why, STATUS_INPUT,
                  "none of the selected samples is done (%" PRId64 " failed, %" PRId64
                  " pending); the file holds samples %s",
                  subset->failed, subset->pending, indices);
}

static status_t collect(const results_t *results, const config_t *config, const subset_options_t *options,
                        subset_t *subset, failure_t *why) {
    for (int64_t k = 0; k < results_samples(results); k++) {
        results_sample_t info;
        TRY(results_read_sample(results, k, &info, why));
        if (!belongs(options, config, results, k, &info))
            continue;
        subset->done += info.status == SAMPLE_DONE;
        subset->failed += info.status == SAMPLE_FAILED;
        subset->pending += info.status == SAMPLE_PENDING;
        if (info.status != SAMPLE_PENDING)
            subset->rows[subset->count++] = k;
    }
    return subset->done > 0 ? STATUS_OK : nothing(results, subset, why);
}

status_t subset_find(const results_t *results, const config_t *config, const subset_options_t *options, subset_t *out,
                     failure_t *why) {
    *out = (subset_t){0};
    if (options->correct)
        TRY(check_correct(results, config, why));
    out->rows = memory_need((size_t)results_samples(results), sizeof *out->rows, "the chosen samples");
    status_t status = collect(results, config, options, out, why);
    if (status != STATUS_OK)
        subset_free(out);
    return status;
}

void subset_free(subset_t *subset) {
    free(subset->rows);
    *subset = (subset_t){0};
}

char *subset_indices(const results_t *results) {
    enum { RUNS_MAX = 8 };
    int64_t samples = results_samples(results), k = 0;
    text_t out = {0};
    for (int run = 0; k < samples && run < RUNS_MAX; run++) {
        int64_t first = results_index(results, k), last = first;
        for (k++; k < samples && (results_index(results, k) == last + 1 || results_index(results, k) == last); k++)
            last = results_index(results, k);
        text_add(&out, run ? ", %" PRId64 : "%" PRId64, first);
        if (last > first)
            text_add(&out, "-%" PRId64, last);
    }
    if (k < samples)
        text_add(&out, ", ... (%" PRId64 " in all)", samples);
    return out.chars;
}
