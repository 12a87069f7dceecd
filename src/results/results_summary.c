/* The summaries of an open results file, one for each family: whole datasets at their offsets. */
#include "results/results_private.h"

#include <string.h>

static int families_of(const results_t *results) {
    return results->fields.families.count;
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

/* One dataset of a family's summary: its numbers, then masks and, in further families, kinds. */
typedef struct {
    int id;
    void *data;
    uint64_t count;
} part_t;
enum { PARTS = SUMMARY_COUNT + 2 };

static part_t part_of(const summary_t *summary, int output, int family, int i) {
    if (i < SUMMARY_COUNT)
        return (part_t){layout_summary(output, family, i), summary->of[i], summary->length[i]};
    if (i == SUMMARY_COUNT)
        return (part_t){layout_scale(output, family, DATASET_MASK), summary->mask, summary->dictionary};
    return (part_t){layout_scale(output, family, DATASET_KIND), summary->kind, family > 0 ? summary->dictionary : 0};
}

status_t results_write_summary(results_t *results, int output, const summary_t *summaries, failure_t *why) {
    for (int at = 0; at < families_of(results) * PARTS; at++) {
        const part_t part = part_of(&summaries[at / PARTS], output, at / PARTS, at % PARTS);
        TRY(results_put(results, part.id, 0, 0, part.count, part.data, why));
    }
    return STATUS_OK;
}

status_t results_read_summary(const results_t *results, int output, summary_t *summaries, failure_t *why) {
    for (int at = 0; at < families_of(results) * PARTS; at++) {
        const part_t part = part_of(&summaries[at / PARTS], output, at / PARTS, at % PARTS);
        TRY(results_get(results, part.id, 0, 0, part.count, part.data, why));
    }
    return STATUS_OK;
}

status_t results_write_summary_valid(results_t *results, bool valid, failure_t *why) {
    uint8_t byte = valid;
    if (!results->layout->datasets[DATASET_SUMMARY_VALID].present)
        return failed(why, STATUS_INTERNAL, "%s: a shard has no /summary", results->path);
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

const char *results_summary_difference(const results_t *results, int output, const summary_t *a, const summary_t *b) {
    for (int at = 0; at < families_of(results) * PARTS; at++) {
        const part_t of_a = part_of(&a[at / PARTS], output, at / PARTS, at % PARTS);
        const part_t of_b = part_of(&b[at / PARTS], output, at / PARTS, at % PARTS);
        const dataset_t *dataset = &results->layout->datasets[of_a.id];
        if (of_a.count > 0 && memcmp(of_a.data, of_b.data, of_a.count * dataset->width) != 0)
            return dataset->path;
    }
    return NULL;
}
