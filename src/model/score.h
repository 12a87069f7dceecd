/* From the outputs of a network to the scalar v (math.md section 1): everything in double.
 *
 * C = outputs per mask, z = one mask's outputs, y = the target. Of logits:
 *
 *   log_odds     log p_y - log(1 - p_y) = z_y - log sum over j != y of exp z_j.  C = 2 is an exact difference. Never
 *                through a softmax: p saturates at 1 long before the log-odds do.
 *                eps > 0: log(p/(1-p+eps) + eps) instead, the clipped form that bounds |v|
 *   logit        z_y
 *   probability  p_y
 *   raw          z_y
 *
 * C = 1: the output is the logit of label 1, y is the label, 0 or 1, and z stands for the two logits (0, z); raw: z,
 * whatever the label (y is 0).
 *
 * Of probabilities (a softmax or sigmoid inside the model) log_odds and logit are log p_y - log(1 - p_y) with 1 - p_y
 * the sum of the others, which is exact where p_y rounds to 1; with C = 1, p is that of label 1. They are infinite
 * where the model's p is 0 or 1, unless eps > 0.
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
    output_kind_t kind; /* auto: logits */
    size_t outputs;
    size_t target; /* checked by score_check_target */
} scorer_t;

/* What the options say, for a model of so many outputs; target 0. */
scorer_t scorer_of(const model_options_t *options, size_t outputs);

/* The values [rows] of outputs [rows, scorer.outputs], doubles where they are wide, else floats. What is not finite
 * comes out as NaN or an infinity. */
void score_rows(const scorer_t *scorer, const void *outputs, bool wide, size_t rows, double *values);

/* The variance of v that comes from rounding each of the outputs [rows, scorer.outputs] to a float of 16, 32 or 64 bits
 * (half a unit in the last place / sqrt 3 each, carried through the score to first order), summed over the rows. */
double score_rounding(const scorer_t *scorer, const void *outputs, bool wide, size_t rows, int bits);

/* The output with the largest value, the lowest index on ties; with one output the label it stands for (z > 0, p >
 * 0.5), or 0 for raw. No NaN among them. */
int64_t score_predicted(const scorer_t *scorer, const double *outputs);

/* STATUS_INPUT unless `target` is one that the outputs have under this score. */
status_t score_check_target(const scorer_t *scorer, int64_t target, failure_t *why);

#endif
