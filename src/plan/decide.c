#include "plan/decide.h"

#include "base/nan.h"
#include "config/keys.h"
#include "model/score.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double SUM_WITHIN = 1e-3, UNIT_WITHIN = 1e-6;

void decide_look(decide_outputs_t *seen, const double *outputs, size_t rows, size_t columns) {
    if (seen->rows == 0)
        *seen = (decide_outputs_t){
            .outputs = columns, .least = INFINITY, .most = -INFINITY, .sum_to_one = true, .opposite = columns == 2};
    for (size_t row = 0; row < rows; row++) {
        double sum = 0;
        if (nan_among(outputs + row * columns, columns))
            continue; /* the row of a sample that fails */
        for (size_t j = 0; j < columns; j++) {
            double z = outputs[row * columns + j];
            sum += z;
            seen->least = fmin(seen->least, z);
            seen->most = fmax(seen->most, z);
        }
        seen->sum_to_one = seen->sum_to_one && fabs(sum - 1) <= SUM_WITHIN; /* false for NaN: of two infinities */
        seen->opposite = seen->opposite && outputs[row * columns] == -outputs[row * columns + 1];
        seen->rows++;
    }
}

static bool in_unit(const decide_outputs_t *seen) {
    return seen->rows > 0 && seen->least >= -UNIT_WITHIN && seen->most <= 1 + UNIT_WITHIN;
}

static bool are_probabilities(const decide_outputs_t *seen) {
    if (seen->rows == 0)
        return false;
    return seen->outputs > 1 ? seen->least >= 0 && seen->sum_to_one : in_unit(seen) && seen->least < seen->most;
}

void decide(const decide_outputs_t *seen, bool two_classes, model_options_t *options) {
    if (options->output_kind == OUTPUTS_AUTO)
        options->output_kind =
            !score_is_of_outputs(options->score) && are_probabilities(seen) ? OUTPUTS_PROBABILITIES : OUTPUTS_LOGITS;
    bool classes = seen->outputs != 1 || two_classes || options->output_kind == OUTPUTS_PROBABILITIES;
    if (options->score == SCORE_AUTO)
        options->score = classes ? SCORE_LOG_ODDS : SCORE_RAW;
}

/* Of several outputs, with a score that compares classes. */
static const char *doubt_of_classes(const decide_outputs_t *seen, bool among_others, const model_options_t *options) {
    const bool logits = options->output_kind == OUTPUTS_LOGITS;
    if (logits && in_unit(seen) && !seen->sum_to_one)
        return "all outputs are in [0, 1] but do not sum to 1; they are taken for logits. If each is a probability of "
               "its own, set model.output_kind: probabilities and model.score: logit";
    if (logits && in_unit(seen))
        return "the outputs sum to 1, as those of a softmax do, but they are taken for logits; "
               "model.output_kind: probabilities takes them for what they seem to be";
    if (logits && among_others && seen->opposite && seen->most > 0 && options->score == SCORE_LOG_ODDS)
        return "the two outputs are a score and its negative (raw_scores, or a support vector machine), so v is twice "
               "the score; model.score: logit takes it once";
    if (!logits && !seen->sum_to_one && options->score == SCORE_LOG_ODDS)
        return "the outputs do not sum to 1, and v weighs the target's against the sum of the others. If each is a "
               "probability of its own, set model.score: logit";
    return "";
}

void decide_doubt(const decide_outputs_t *seen, bool labels, bool among_others, const model_options_t *options,
                  char text[DECIDE_TEXT]) {
    const char *doubt = "";
    if (seen->rows > 0 && seen->outputs > 1 && !score_is_of_outputs(options->score))
        doubt = doubt_of_classes(seen, among_others, options);
    else if (seen->rows > 0 && seen->outputs == 1 && !labels && options->output_kind == OUTPUTS_LOGITS &&
             !score_is_of_outputs(options->score))
        doubt = "the model has one output, which is taken for the logit of class 1, and there are no labels; for a "
                "regression set model.score: raw";
    snprintf(text, DECIDE_TEXT, "%s", doubt);
}

/* The words of a key of the config, in the order of its enum. */
static const char *const *words_of(const char *key) {
    return keys_find(key)->rule.words;
}

void decide_words(const model_options_t *options, const char **score, const char **output_kind) {
    const bool network = backend_has_score(options->backend);
    *score = network ? words_of("model.score")[options->score] : "none";
    *output_kind = network ? words_of("model.output_kind")[options->output_kind] : "none";
}

void decide_take(const char *score, const char *output_kind, model_options_t *options) {
    for (score_t i = SCORE_LOG_ODDS; options->score == SCORE_AUTO && i < SCORE_AUTO; i++)
        if (strcmp(score, words_of("model.score")[i]) == 0)
            options->score = i;
    for (output_kind_t i = OUTPUTS_LOGITS; options->output_kind == OUTPUTS_AUTO && i <= OUTPUTS_PROBABILITIES; i++)
        if (strcmp(output_kind, words_of("model.output_kind")[i]) == 0)
            options->output_kind = i;
}

void decide_text(const model_options_t *options, const char *const *output, int count, char text[DECIDE_TEXT]) {
    static const char *const SCORES[] = {[SCORE_LOG_ODDS] = "the log-odds of the target",
                                         [SCORE_LOGIT] = "the logit of the target",
                                         [SCORE_PROBABILITY] = "the probability of the target",
                                         [SCORE_RAW] = "the output itself",
                                         [SCORE_LOG_PROB] = "the log of the target's probability",
                                         [SCORE_DIFFERENCE] = "the difference of two outputs",
                                         [SCORE_COSINE] = ("the cosine of the outputs with those of the full input, "
                                                           "less that of the empty one")};
    const char *from = options->output_kind == OUTPUTS_PROBABILITIES ? "probabilities" : "logits";
    int used = score_is_of_outputs(options->score)
                   ? snprintf(text, DECIDE_TEXT, "v = %s", SCORES[options->score])
                   : snprintf(text, DECIDE_TEXT, "v = %s, from %s", SCORES[options->score], from);
    if (output[0][0])
        used += snprintf(text + used, DECIDE_TEXT - (size_t)used, " (output%s %.40s", count > 1 ? "s" : "", output[0]);
    for (int i = 1; i < count && used < DECIDE_TEXT - 48; i++)
        used += snprintf(text + used, DECIDE_TEXT - (size_t)used, ", %.40s", output[i]);
    if (output[0][0])
        snprintf(text + used, DECIDE_TEXT - (size_t)used, ")");
}
