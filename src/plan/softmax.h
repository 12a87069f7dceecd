/* A softmax inside the model: its outputs are taken for logits, and v would be wrong without anybody noticing. */
#ifndef HARSANYI_PLAN_SOFTMAX_H
#define HARSANYI_PLAN_SOFTMAX_H

#include "base/failure.h"
#include "plan/inputs.h"

#include <stdbool.h>

/* Looks at the outputs on the full mask of up to three samples: suspected when all of them are shares that sum to 1,
 * and the score takes logits. Samples that cannot be evaluated say nothing. STATUS_INTERNAL is the only failure. */
status_t softmax_suspected(inputs_t *inputs, bool *suspected, failure_t *why);

#endif
