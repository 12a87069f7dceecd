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
    int64_t sums_to_one;  /* outputs on the full mask are shares that sum to 1 within 1e-3 */
    int64_t below_empty;  /* v(N) < v(empty) */
    int64_t labelled;     /* whose label is an output ... */
    int64_t mispredicted; /* ... which is not the strongest */
    /* The last masks of one sample, evaluated in batches of another size as well. */
    int batch;               /* that size; 0: not compared */
    double change, strength; /* largest |difference| of v, and the largest |v| */
} plan_findings_t;

/* Looks at samples spread over the selection, at most PLAN_SAMPLES_MAX and for about `budget` seconds (but at least
 * one). STATUS_INTERNAL is the only failure. */
status_t plan_check(inputs_t *inputs, double budget, plan_findings_t *out, failure_t *why);

/* Adds a warning for each finding that needs attention. */
void plan_warnings(const inputs_t *inputs, const plan_findings_t *findings, problems_t *warnings);

/* The same for a run, of a softmax inside the model alone: its outputs would be taken for logits, and v would be
 * silently wrong. Looks at the outputs on the full mask of up to three samples: suspected when all of them are shares
 * that sum to 1, and the score takes logits. Samples that cannot be evaluated are skipped. STATUS_INTERNAL is the only
 * failure. */
status_t plan_suspects_softmax(inputs_t *inputs, bool *suspected, failure_t *why);

#endif
