#include "stats/summary.h"

#include "base/nan.h"
#include "stats/fields.h"

#include <math.h>
#include <stdlib.h>

static size_t length_of(int id, int n, size_t masks, size_t classes) {
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
        return fields_ranks(n, NULL);
    case SUMMARY_HISTOGRAM:
        return masks * HISTOGRAM_BINS;
    case SUMMARY_EDGES:
        return masks * (HISTOGRAM_BINS + 1);
    case SUMMARY_RHO:
    case SUMMARY_RHO_HELDOUT:
    case SUMMARY_RHO_RANDOM:
        return fields_steps(masks, NULL);
    case SUMMARY_RHO_CLASS:
        return classes * fields_steps(masks, NULL);
    case SUMMARY_BIN_COUNT:
    case SUMMARY_BIN_MEAN:
        return DISCRIMINATION_BINS;
    case SUMMARY_RMSE:
    case SUMMARY_MAX_ERROR:
    case SUMMARY_R2:
    case SUMMARY_R_OMEGA:
        return fields_steps(mask_count(n) - 1, NULL);
    default:
        return id < SUMMARY_ORDERS ? masks : (size_t)n + 1;
    }
}

status_t summary_create(int n, uint64_t dictionary, int64_t classes, summary_t *out, failure_t *why) {
    *out = (summary_t){.n = n, .dictionary = dictionary, .classes = classes};
    size_t doubles = 0, bytes = 0;
    bool fits = dictionary < SIZE_MAX / 64 && (uint64_t)classes < SIZE_MAX / 1024;
    for (int id = 0; fits && id < SUMMARY_COUNT; id++) {
        out->length[id] = length_of(id, n, (size_t)dictionary, (size_t)classes);
        fits = !__builtin_add_overflow(doubles, out->length[id], &doubles);
    }
    if (fits && !__builtin_mul_overflow(doubles, sizeof(double), &bytes)) {
        out->memory = malloc(bytes);
        out->mask = malloc((size_t)dictionary * sizeof *out->mask);
    }
    if (!out->memory || !out->mask) {
        summary_free(out);
        return failed(why, STATUS_INTERNAL, "out of memory for a summary of %llu masks",
                      (unsigned long long)dictionary);
    }
    for (size_t i = 0; i < doubles; i++)
        out->memory[i] = nan_canonical();
    for (uint64_t i = 0; i < dictionary; i++)
        out->mask[i] = SUMMARY_NO_MASK;
    double *at = out->memory;
    for (int id = 0; id < SUMMARY_COUNT; at += out->length[id++])
        out->of[id] = at;
    return STATUS_OK;
}

void summary_free(summary_t *summary) {
    free(summary->mask);
    free(summary->memory);
    summary->mask = NULL;
    summary->memory = NULL;
}

void summary_settle(summary_t *summary) {
    for (int id = 0; id < SUMMARY_COUNT; id++)
        for (size_t i = 0; i < summary->length[id]; i++)
            if (isnan(summary->of[id][i]))
                summary->of[id][i] = nan_canonical();
}
