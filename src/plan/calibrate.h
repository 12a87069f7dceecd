/* Measures the speed of the model on this machine with a fraction of a second of evaluation. */
#ifndef HARSANYI_PLAN_CALIBRATE_H
#define HARSANYI_PLAN_CALIBRATE_H

#include "base/failure.h"
#include "plan/inputs.h"

/* Seconds per mask of the first sample with the most players (all baselines included), > 0. Failures of the sample
 * itself are ignored; STATUS_INTERNAL is returned. */
status_t calibrate(inputs_t *inputs, double *seconds_per_mask, failure_t *why);

/* The largest g <= min(n, 16) whose 2^g masks take at most 10 s, never below the model's granule. */
int calibrate_block_bits(int n, int granule_bits, double seconds_per_mask);

#endif
