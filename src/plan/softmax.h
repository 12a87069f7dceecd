/* Detects a softmax inside the model: its outputs would be taken for logits, and v would be silently wrong. */
#ifndef HARSANYI_PLAN_SOFTMAX_H
#define HARSANYI_PLAN_SOFTMAX_H

#include "base/failure.h"
#include "plan/inputs.h"

#include <stdbool.h>

/* Looks at the outputs on the full mask of up to three samples: suspected when all of them are shares that sum to 1,
 * and the score takes logits. Samples that cannot be evaluated are skipped. STATUS_INTERNAL is the only failure. */
status_t softmax_suspected(inputs_t *inputs, bool *suspected, failure_t *why);

#endif
