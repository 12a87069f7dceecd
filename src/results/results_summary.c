/* /summary of an open results file: whole datasets at their offsets. */
#include "results/results_private.h"

#include <string.h>

/* Which dataset holds which numbers; those of /summary/orders follow in the same order in both tables. */
static const dataset_id_t DATASETS[SUMMARY_ORDERS] = {
    [SUMMARY_MONOTONE_SHARE] = DATASET_MONOTONE_SHARE,
    [SUMMARY_P_MEAN] = DATASET_P_MEAN,
    [SUMMARY_P_STD] = DATASET_P_STD,
    [SUMMARY_BOUND_MEAN] = DATASET_BOUND_MEAN,
    [SUMMARY_REAL_MEAN] = DATASET_REAL_MEAN,
    [SUMMARY_EXCLUDED] = DATASET_EXCLUDED,
    [SUMMARY_STRENGTH_CURVE] = DATASET_STRENGTH_CURVE,
    [SUMMARY_STRENGTH_COUNT] = DATASET_STRENGTH_COUNT,
    [SUMMARY_FREQUENCY] = DATASET_FREQUENCY,
    [SUMMARY_EFFECT_MEAN] = DATASET_EFFECT_MEAN,
    [SUMMARY_EFFECT_STD] = DATASET_EFFECT_STD,
    [SUMMARY_POSITIVE] = DATASET_POSITIVE,
    [SUMMARY_NEGATIVE] = DATASET_NEGATIVE,
    [SUMMARY_HISTOGRAM] = DATASET_HISTOGRAM,
    [SUMMARY_EDGES] = DATASET_EDGES,
    [SUMMARY_RHO] = DATASET_RHO,
    [SUMMARY_RHO_CLASS] = DATASET_RHO_CLASS,
    [SUMMARY_RHO_HELDOUT] = DATASET_RHO_HELDOUT,
    [SUMMARY_RHO_RANDOM] = DATASET_RHO_RANDOM,
    [SUMMARY_BIN_COUNT] = DATASET_BIN_COUNT,
    [SUMMARY_BIN_MEAN] = DATASET_BIN_MEAN,
    [SUMMARY_WEIGHTED] = DATASET_WEIGHTED,
    [SUMMARY_RMSE] = DATASET_RMSE,
    [SUMMARY_MAX_ERROR] = DATASET_MAX_ERROR,
    [SUMMARY_R2] = DATASET_R2,
    [SUMMARY_R_OMEGA] = DATASET_R_OMEGA,
};

static int dataset_of(int id) {
    return id < SUMMARY_ORDERS ? (int)DATASETS[id] : LAYOUT_SUMMARY_ORDERS + id - SUMMARY_ORDERS;
}

/* A summary of other sizes than the file's is a mistake in this program. */
static status_t check_size(const results_t *results, const summary_t *summary, int id, failure_t *why) {
    const dataset_t *dataset = &results->layout->datasets[dataset_of(id)];
    if (!dataset->present)
        return failed(why, STATUS_INTERNAL, "%s: a shard has no /summary", results->path);
    if (dataset->elements != summary->length[id])
        return failed(why, STATUS_INTERNAL, "%s: /%s: a summary of %zu numbers does not fit", results->path,
                      dataset->path, summary->length[id]);
    return STATUS_OK;
}

status_t results_summary_create(const results_t *results, summary_t *out, failure_t *why) {
    const layout_dims_t *dims = &results->layout->dims;
    return summary_create(dims->players, dims->dictionary, dims->classes, out, why);
}

status_t results_write_summary(results_t *results, const summary_t *summary, failure_t *why) {
    for (int id = 0; id < SUMMARY_COUNT; id++) {
        TRY(check_size(results, summary, id, why));
        TRY(results_put_run(results, dataset_of(id), 0, 0, summary->length[id], summary->of[id], why));
    }
    return results_put_run(results, DATASET_MASK, 0, 0, summary->dictionary, summary->mask, why);
}

status_t results_read_summary(const results_t *results, summary_t *summary, failure_t *why) {
    for (int id = 0; id < SUMMARY_COUNT; id++) {
        TRY(check_size(results, summary, id, why));
        TRY(results_get_run(results, dataset_of(id), 0, 0, summary->length[id], summary->of[id], why));
    }
    return results_get_run(results, DATASET_MASK, 0, 0, summary->dictionary, summary->mask, why);
}

status_t results_write_summary_valid(results_t *results, bool valid, failure_t *why) {
    uint8_t byte = valid;
    if (!results->layout->datasets[DATASET_SUMMARY_VALID].present)
        return failed(why, STATUS_INTERNAL, "%s: a shard has no /summary", results->path);
    return results_put(results, DATASET_SUMMARY_VALID, 0, 0, 1, &byte, why);
}

status_t results_read_summary_valid(const results_t *results, bool *valid, failure_t *why) {
    uint8_t byte = 0;
    *valid = false;
    if (!results->layout->datasets[DATASET_SUMMARY_VALID].present)
        return STATUS_OK;
    TRY(results_get(results, DATASET_SUMMARY_VALID, 0, 0, 1, &byte, why));
    *valid = byte == 1;
    if (byte > 1)
        return failed(why, STATUS_INPUT, "%s: /summary/valid: is %d, 0 or 1 expected: the file is damaged",
                      results->path, byte);
    return STATUS_OK;
}

const char *results_summary_difference(const results_t *results, const summary_t *a, const summary_t *b) {
    for (int id = 0; id < SUMMARY_COUNT; id++)
        if (memcmp(a->of[id], b->of[id], a->length[id] * sizeof(double)) != 0)
            return results->layout->datasets[dataset_of(id)].path;
    if (memcmp(a->mask, b->mask, (size_t)a->dictionary * sizeof(mask_t)) != 0)
        return results->layout->datasets[DATASET_MASK].path;
    return NULL;
}
