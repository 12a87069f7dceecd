/* Looks for signs that a model which can be evaluated is used wrongly, on a few samples and masks. */
#ifndef HARSANYI_PLAN_PLAN_CHECKS_H
#define HARSANYI_PLAN_PLAN_CHECKS_H

#include "base/failure.h"
#include "base/problems.h"
#include "plan/inputs.h"

enum { PLAN_SAMPLES_MAX = 32 };

/* The findings. */
typedef struct {
    int64_t looked;       /* samples that could be evaluated on the full and on the empty mask */
    int64_t failures;     /* samples that could not */
    failure_t failure;    /* of the first of them */
    int64_t below_empty;  /* v(N) < v(empty); where samples have one target */
    int64_t labelled;     /* whose label is an output ... */
    int64_t mispredicted; /* ... which is not the strongest */
} plan_findings_t;

/* Looks at samples spread over the selection, at most PLAN_SAMPLES_MAX and for about `budget` seconds (but at least
 * one). STATUS_INTERNAL is the only failure. */
status_t plan_check(inputs_t *inputs, double budget, plan_findings_t *out, failure_t *why);

/* Adds a warning for each finding that needs attention. */
void plan_warnings(const inputs_t *inputs, const plan_findings_t *findings, problems_t *warnings);

#endif
