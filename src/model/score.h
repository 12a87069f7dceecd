/* From the outputs of a network to the scalar v (math.md section 1): everything in double.
 *
 * C = outputs per mask, z = one mask's outputs, y = the target. Of logits:
 *
 *   log_odds     log p_y - log(1 - p_y) = z_y - log sum over j != y of exp z_j.  C = 2 is an exact difference. Never
 *                through a softmax: p saturates at 1 long before the log-odds do.
 *                eps > 0: log(p/(1-p+eps) + eps) instead, the clipped form that bounds |v|
 *   logit        z_y
 *   probability  p_y
 *   log_prob     log p_y
 *   raw          z_y
 *   difference   z_a - z_b of the pair that the target names
 *   cosine       cos(z, z of the full mask) - cos(z of the empty mask, z of the full mask), over all C >= 2 outputs
 *
 * C = 1: the output is the logit of label 1, y is the label, 0 or 1, and z stands for the two logits (0, z); raw: z,
 * whatever the label (y is 0).
 *
 * Of probabilities (a softmax or sigmoid inside the model) log_prob is the log of p_y, and log_odds and logit are log
 * p_y - log(1 - p_y) with 1 - p_y the sum of the others, which is exact where p_y rounds to 1; with C = 1, p is that of
 * label 1. Where the outputs do not sum to 1 (several labels, each with its own probability) logit takes 1 - p_y
 * itself. They are infinite where the model's p is 0 or 1, unless eps > 0, and NaN where p is outside [0, 1] by more
 * than 1e-3 and so not a probability.
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
    size_t target;           /* checked by score_check_target */
    size_t other;            /* of a pair: what is taken away from the target */
    const double *reference; /* cosine: [outputs], of the full mask; borrowed ... */
    double length, shift;    /* ... its norm, and the cosine of the empty mask's outputs with it */
} scorer_t;

/* Whether v is made of the outputs as they are, be they logits or probabilities or none of both. */
bool score_is_of_outputs(score_t score);
/* Whether v depends on a target, for a model of so many outputs. */
bool score_has_target(score_t score, size_t outputs);

/* Makes the outputs [outputs] of the full and of the empty mask what cosines are taken with; full is borrowed. */
void score_refer(scorer_t *scorer, const double *full, const double *empty);

/* What the options say, for a model of so many outputs and target number `at` of those given; target 0. */
scorer_t scorer_of(const model_options_t *options, size_t outputs, int at);

/* How many targets there are under this score. */
int64_t score_targets(const scorer_t *scorer);

/* The values [rows] of outputs [rows, scorer.outputs], doubles where they are wide, else floats. What is not finite
 * comes out as NaN or an infinity. */
void score_rows(const scorer_t *scorer, const void *outputs, bool wide, size_t rows, double *values);

/* The same for several targets at once, into values[target] [at ... at + rows - 1], where score_is_shared: the same
 * bits for far fewer exponentials. */
bool score_is_shared(const scorer_t *scorer);
void score_rows_shared(const scorer_t *scorer, const int64_t *targets, int count, const void *outputs, bool wide,
                       size_t rows, double *const *values, size_t at);

/* The variance of v that comes from rounding each of the outputs [rows, scorer.outputs] to a float of 16, 32 or 64 bits
 * (half a unit in the last place / sqrt 3 each, carried through the score to first order), summed over the rows. */
double score_rounding(const scorer_t *scorer, const void *outputs, bool wide, size_t rows, int bits);

/* The output with the largest value, the lowest index on ties; with one output the label it stands for (z > 0, p >
 * 0.5), or 0 for raw. No NaN among them. */
int64_t score_predicted(const scorer_t *scorer, const double *outputs);
/* The `count` strongest targets, strongest first, which are at most score_targets. */
void score_strongest(const scorer_t *scorer, const double *outputs, int count, int64_t *targets);

/* STATUS_INPUT unless `target` is one that the outputs have under this score. */
status_t score_check_target(const scorer_t *scorer, int64_t target, failure_t *why);

#endif
