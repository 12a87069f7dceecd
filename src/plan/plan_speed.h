/* Measures how fast this model evaluates masks on one core of this machine. */
#ifndef HARSANYI_PLAN_PLAN_SPEED_H
#define HARSANYI_PLAN_PLAN_SPEED_H

#include "base/failure.h"
#include "plan/inputs.h"

#include <stdint.h>

typedef struct {
    uint64_t masks;            /* timed */
    double seconds;            /* taken by them */
    double seconds_per_mask;   /* of the whole selection, all baselines included; NaN when no mask could be evaluated */
    double seconds_per_sample; /* for reading it and finding its target; NaN likewise */
} plan_speed_t;

/* Evaluates masks of samples spread over the selection, in mask order as a sweep does, for about `budget` seconds, or
 * all there are; each sample counts by its number of masks, since they may differ in cost. The first range only warms
 * the engine up, unless it is the only one. Samples that fail are skipped: STATUS_INTERNAL is the only failure. */
status_t plan_speed(inputs_t *inputs, double budget, plan_speed_t *out, failure_t *why);

#endif
