#include "stats/summary.h"

#include "base/nan.h"
#include "stats/fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Whether it is about the table that the effects rebuild. */
static bool of_rebuilt(int id) {
    return id <= SUMMARY_STRENGTH_COUNT || (id >= SUMMARY_RMSE && id <= SUMMARY_R_OMEGA);
}

size_t summary_length(const fields_t *fields, int family, int id, size_t dictionary, size_t classes) {
    if (id >= SUMMARY_ORDERS)
        return fields->length[family * FIELD_COUNT + FIELD_STRENGTH_MEAN + (id - SUMMARY_ORDERS) / 3];
    if (of_rebuilt(id) && !FAMILIES[family].rebuild)
        return 0;
    switch (id) {
    case SUMMARY_MONOTONE_SHARE:
    case SUMMARY_P_MEAN:
    case SUMMARY_P_STD:
    case SUMMARY_BOUND_MEAN:
    case SUMMARY_REAL_MEAN:
    case SUMMARY_WEIGHTED:
        return 1;
    case SUMMARY_EXCLUDED:
        return EXCLUDED_CODES;
    case SUMMARY_STRENGTH_CURVE:
    case SUMMARY_STRENGTH_COUNT:
        return fields_ranks(fields->n, NULL);
    case SUMMARY_HISTOGRAM:
        return dictionary * HISTOGRAM_BINS;
    case SUMMARY_EDGES:
        return dictionary * (HISTOGRAM_BINS + 1);
    case SUMMARY_RHO:
    case SUMMARY_RHO_HELDOUT:
    case SUMMARY_RHO_RANDOM:
        return fields_steps(dictionary, NULL);
    case SUMMARY_RHO_CLASS:
        return classes * fields_steps(dictionary, NULL);
    case SUMMARY_BIN_COUNT:
    case SUMMARY_BIN_MEAN:
        return DISCRIMINATION_BINS;
    case SUMMARY_RMSE:
    case SUMMARY_MAX_ERROR:
    case SUMMARY_R2:
    case SUMMARY_R_OMEGA:
        return fields_steps(mask_count(fields->n) - 1, NULL);
    default:
        return dictionary;
    }
}

/* Sets the lengths; false when they are beyond all memory. */
static bool measure(const fields_t *fields, int family, summary_t *out, size_t *doubles) {
    bool fits = out->dictionary < SIZE_MAX / 64 && (uint64_t)out->classes < SIZE_MAX / 1024;
    *doubles = 0;
    for (int id = 0; fits && id < SUMMARY_COUNT; id++) {
        out->length[id] = summary_length(fields, family, id, (size_t)out->dictionary, (size_t)out->classes);
        fits = !__builtin_add_overflow(*doubles, out->length[id], doubles);
    }
    return fits && *doubles < SIZE_MAX / sizeof(double);
}

status_t summary_create(const fields_t *fields, int family, uint64_t dictionary, int64_t classes, summary_t *out,
                        failure_t *why) {
    size_t doubles;
    *out = (summary_t){
        .n = fields->n, .kinds = fields->families.kinds[family], .dictionary = dictionary, .classes = classes};
    if (measure(fields, family, out, &doubles)) {
        out->memory = malloc(doubles * sizeof *out->memory);
        out->mask = malloc((size_t)dictionary * sizeof *out->mask);
        out->kind = malloc((size_t)dictionary * sizeof *out->kind);
    }
    if (!out->memory || !out->mask || !out->kind) {
        summary_free(out);
        return failed(why, STATUS_INTERNAL, "out of memory for a summary of %llu masks",
                      (unsigned long long)dictionary);
    }
    for (size_t i = 0; i < doubles; i++)
        out->memory[i] = nan_canonical();
    for (uint64_t i = 0; i < dictionary; i++)
        out->mask[i] = SUMMARY_NO_MASK;
    memset(out->kind, 0xff, (size_t)dictionary);
    double *at = out->memory;
    for (int id = 0; id < SUMMARY_COUNT; at += out->length[id++])
        out->of[id] = at;
    return STATUS_OK;
}

void summary_free(summary_t *summary) {
    free(summary->mask);
    free(summary->kind);
    free(summary->memory);
    summary->mask = NULL;
    summary->kind = NULL;
    summary->memory = NULL;
}

void summary_settle(summary_t *summary) {
    for (int id = 0; id < SUMMARY_COUNT; id++)
        for (size_t i = 0; i < summary->length[id]; i++)
            if (isnan(summary->of[id][i]))
                summary->of[id][i] = nan_canonical();
}
