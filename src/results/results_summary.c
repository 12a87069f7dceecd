/* The summaries of an open results file, one for each family: whole datasets at their offsets. */
#include "results/results_private.h"

#include <string.h>

static int families_of(const results_t *results) {
    return results->fields.families.count;
}

static status_t no_summary(const results_t *results, failure_t *why) {
    return failed(why, STATUS_INTERNAL, "%s: a shard has no /summary", results->path);
}

/* A summary of other sizes than the file's is a mistake in this program. */
static status_t check_size(const results_t *results, int output, int family, const summary_t *summary, int id,
                           failure_t *why) {
    const dataset_t *dataset = &results->layout->datasets[layout_summary(output, family, id)];
    const size_t length = summary->length[id];
    if (!dataset->present && length > 0)
        return no_summary(results, why);
    if (dataset->present && dataset->elements != length)
        return failed(why, STATUS_INTERNAL, "%s: /%s: a summary of %zu numbers does not fit", results->path,
                      dataset->path, length);
    return STATUS_OK;
}

status_t results_summary_create(const results_t *results, summary_t *out, failure_t *why) {
    const layout_dims_t *dims = &results->layout->dims;
    status_t status = STATUS_OK;
    memset(out, 0, (size_t)families_of(results) * sizeof *out);
    for (int f = 0; f < families_of(results) && status == STATUS_OK; f++)
        status = summary_create(&results->fields, f, dims->dictionary, dims->classes, &out[f], why);
    if (status != STATUS_OK)
        results_summary_free(results, out);
    return status;
}

void results_summary_free(const results_t *results, summary_t *summaries) {
    for (int f = 0; f < families_of(results); f++)
        summary_free(&summaries[f]);
}

status_t results_write_summary(results_t *results, int output, const summary_t *summaries, failure_t *why) {
    for (int f = 0; f < families_of(results); f++) {
        const summary_t *summary = &summaries[f];
        for (int id = 0; id < SUMMARY_COUNT; id++) {
            TRY(check_size(results, output, f, summary, id, why));
            if (summary->length[id] > 0)
                TRY(results_put(results, layout_summary(output, f, id), 0, 0, summary->length[id], summary->of[id],
                                why));
        }
        TRY(results_put(results, layout_scale(output, f, DATASET_MASK), 0, 0, summary->dictionary, summary->mask, why));
        if (f > 0)
            TRY(results_put(results, layout_scale(output, f, DATASET_KIND), 0, 0, summary->dictionary, summary->kind,
                            why));
    }
    return STATUS_OK;
}

status_t results_read_summary(const results_t *results, int output, summary_t *summaries, failure_t *why) {
    for (int f = 0; f < families_of(results); f++) {
        summary_t *summary = &summaries[f];
        for (int id = 0; id < SUMMARY_COUNT; id++) {
            TRY(check_size(results, output, f, summary, id, why));
            if (summary->length[id] > 0)
                TRY(results_get(results, layout_summary(output, f, id), 0, 0, summary->length[id], summary->of[id],
                                why));
        }
        TRY(results_get(results, layout_scale(output, f, DATASET_MASK), 0, 0, summary->dictionary, summary->mask, why));
        if (f > 0)
            TRY(results_get(results, layout_scale(output, f, DATASET_KIND), 0, 0, summary->dictionary, summary->kind,
                            why));
    }
    return STATUS_OK;
}

status_t results_write_summary_valid(results_t *results, bool valid, failure_t *why) {
    uint8_t byte = valid;
    if (!results->layout->datasets[DATASET_SUMMARY_VALID].present)
        return no_summary(results, why);
    for (int output = 0; output < results_outputs(results); output++)
        for (int f = 0; f < families_of(results); f++)
            TRY(results_put(results, layout_scale(output, f, DATASET_SUMMARY_VALID), 0, 0, 1, &byte, why));
    return STATUS_OK;
}

status_t results_read_summary_valid(const results_t *results, bool *valid, failure_t *why) {
    uint8_t byte = 0;
    *valid = results->layout->datasets[DATASET_SUMMARY_VALID].present;
    for (int at = 0; *valid && at < results_outputs(results) * families_of(results); at++) {
        const int id = layout_scale(at / families_of(results), at % families_of(results), DATASET_SUMMARY_VALID);
        TRY(results_get(results, id, 0, 0, 1, &byte, why));
        *valid = byte == 1;
        if (byte > 1)
            return failed(why, STATUS_INPUT, "%s: /%s: is %d, 0 or 1 expected: the file is damaged", results->path,
                          results->layout->datasets[id].path, byte);
    }
    return STATUS_OK;
}

/* Of one family; -1: in none. */
static int differing(int output, int family, const summary_t *a, const summary_t *b) {
    for (int id = 0; id < SUMMARY_COUNT; id++)
        if (memcmp(a->of[id], b->of[id], a->length[id] * sizeof(double)) != 0)
            return layout_summary(output, family, id);
    if (memcmp(a->mask, b->mask, (size_t)a->dictionary * sizeof(mask_t)) != 0)
        return layout_scale(output, family, DATASET_MASK);
    if (family > 0 && memcmp(a->kind, b->kind, (size_t)a->dictionary) != 0)
        return layout_scale(output, family, DATASET_KIND);
    return -1;
}

const char *results_summary_difference(const results_t *results, int output, const summary_t *a, const summary_t *b) {
    int id = -1;
    for (int f = 0; f < families_of(results) && id < 0; f++)
        id = differing(output, f, &a[f], &b[f]);
    return id < 0 ? NULL : results->layout->datasets[id].path;
}
