/* /summary of an open results file: whole datasets at their offsets. */
#include "results/results_private.h"

#include <string.h>

/* A summary of other sizes than the file's is a mistake in this program. */
static status_t check_size(const results_t *results, const summary_t *summary, int id, failure_t *why) {
    const dataset_t *dataset = &results->layout->datasets[LAYOUT_SUMMARY + id];
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
        TRY(results_put(results, LAYOUT_SUMMARY + id, 0, 0, summary->length[id], summary->of[id], why));
    }
    return results_put(results, DATASET_MASK, 0, 0, summary->dictionary, summary->mask, why);
}

status_t results_read_summary(const results_t *results, summary_t *summary, failure_t *why) {
    for (int id = 0; id < SUMMARY_COUNT; id++) {
        TRY(check_size(results, summary, id, why));
        TRY(results_get(results, LAYOUT_SUMMARY + id, 0, 0, summary->length[id], summary->of[id], why));
    }
    return results_get(results, DATASET_MASK, 0, 0, summary->dictionary, summary->mask, why);
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
            return results->layout->datasets[LAYOUT_SUMMARY + id].path;
    if (memcmp(a->mask, b->mask, (size_t)a->dictionary * sizeof(mask_t)) != 0)
        return results->layout->datasets[DATASET_MASK].path;
    return NULL;
}
