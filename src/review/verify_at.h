/* Where verify is: which sample of which file, and where problems go. */
#ifndef HARSANYI_REVIEW_VERIFY_AT_H
#define HARSANYI_REVIEW_VERIFY_AT_H

#include "base/problems.h"
#include "results/results.h"

typedef struct {
    const results_t *results;
    row_t sample;
    problems_t *problems;
} verify_at_t;

/* Adds "DATASET: sample K (index I): TEXT". */
void verify_complain(const verify_at_t *at, const char *dataset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
