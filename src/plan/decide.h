/* What `score: auto` and `output_kind: auto` mean for a model and its samples. Decided once, before a results file is
 * made, from the outputs of the first samples of the whole selection (the same for all shards of it), on the empty and
 * the full mask and the masks that noise is estimated on.
 *
 *   output_kind  probabilities where the outputs of every row are none below 0 and sum to 1 within 1e-3; or where there
 *                is one output, in [0, 1] within 1e-6, not always the same. Else logits.
 *   score        log_odds where there are several outputs, or one that is a probability or has labels 0 and 1; else
 *                raw: a regression.
 */
#ifndef HARSANYI_PLAN_DECIDE_H
#define HARSANYI_PLAN_DECIDE_H

#include "model/options.h"

#include <stdbool.h>
#include <stddef.h>

/* What was seen of the outputs. Zero-initialise with {0}. */
typedef struct {
    size_t outputs, rows;
    double least, most;
    bool sum_to_one; /* of every row */
    bool opposite;   /* two outputs, each the negative of the other, in every row */
} decide_outputs_t;

/* Takes rows of outputs [rows, outputs] into account, those without NaN. */
void decide_look(decide_outputs_t *seen, const double *outputs, size_t rows, size_t columns);

/* Replaces auto in the options. two_classes: every label of the selection is 0 or 1. */
void decide(const decide_outputs_t *seen, bool two_classes, model_options_t *options);

enum { DECIDE_SAMPLES = 3, DECIDE_TEXT = 256 };

/* A warning where outputs and score do not go together, empty where they do: several outputs in [0, 1] that do not sum
 * to 1, or that do, taken for logits; log-odds of probabilities that do not sum to 1; a score and its negative; one
 * output that is taken for a logit although there are no labels. among_others: the model has other outputs, such as a
 * classifier's label. Without any, two opposite outputs are taken for (-z/2, z/2), the logits of one z. */
void decide_doubt(const decide_outputs_t *seen, bool labels, bool among_others, const model_options_t *options,
                  char text[DECIDE_TEXT]);

/* The words of the config for what was decided, and the options they stand for where these say auto;
 * "none" where v is no network's. */
void decide_words(const model_options_t *options, const char **score, const char **output_kind);
void decide_take(const char *score, const char *output_kind, model_options_t *options);

/* "v = the log-odds of the target, from probabilities (output p)"; output [count]: the names of those used, "" where
 * the model has no other. */
void decide_text(const model_options_t *options, const char *const *output, int count, char text[DECIDE_TEXT]);

#endif
