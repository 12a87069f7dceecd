/* How fast is this model here? A fraction of a second of evaluation, thrown away. */
#ifndef HARSANYI_PLAN_CALIBRATE_H
#define HARSANYI_PLAN_CALIBRATE_H

#include "base/failure.h"
#include "plan/inputs.h"

/* Seconds per mask of the first sample with the most players (all baselines included), > 0. Failures of the sample
 * itself do not matter here; STATUS_INTERNAL does. */
status_t calibrate(inputs_t *inputs, double *seconds_per_mask, failure_t *why);

/* The largest g <= min(n, 16) whose 2^g masks take at most 10 s, never under the model's granule. */
int calibrate_block_bits(int n, int granule_bits, double seconds_per_mask);

#endif
