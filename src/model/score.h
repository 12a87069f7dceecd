/* From the outputs of a network to the scalar v (math.md section 1): everything in double, from logits.
 *
 * C = outputs per mask, z = one mask's outputs, y = the target. With C = 1 the output is the logit of label 1, and y is
 * the label, 0 or 1: z stands for the two logits (0, z).
 *
 *   log_odds     log p_y - log(1 - p_y) = z_y - log sum over j != y of exp z_j;  C = 1: z or -z.  C = 2 is an exact
 *                difference. Never through a softmax: p saturates at 1 long before the log-odds do.
 *                eps > 0: log(p/(1-p+eps) + eps) instead, the clipped form that bounds |v|
 *   logit        z_y;  C = 1: z or -z
 *   probability  p_y
 *   raw          z_y;  C = 1: z, whatever the label (y is 0)
 */
#ifndef HARSANYI_MODEL_SCORE_H
#define HARSANYI_MODEL_SCORE_H

#include "base/failure.h"
#include "model/options.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct {
    score_t score;
    double eps;
    size_t outputs;
    size_t target; /* checked by score_check_target */
} scorer_t;

/* The values [rows] of outputs [rows, scorer.outputs], doubles where they are wide, else floats. What is not finite
 * comes out as NaN or an infinity. */
void score_rows(const scorer_t *scorer, const void *outputs, bool wide, size_t rows, double *values);

/* The output with the largest value, the lowest index on ties; with one output the label it stands for (z > 0), or 0
 * for raw. No NaN among them. */
int64_t score_predicted(score_t score, const double *outputs, size_t count);

/* Whether several outputs are none below 0 and sum to 1 within 1e-3: what a softmax inside the model gives. */
bool score_is_distribution(const double *outputs, size_t count);

/* STATUS_INPUT unless `target` is one that `outputs` outputs have under this score. */
status_t score_check_target(score_t score, size_t outputs, int64_t target, failure_t *why);

#endif
