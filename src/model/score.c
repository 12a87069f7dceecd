#include "model/score.h"

#include <math.h>
#include <stdbool.h>

/* One output as double; `wide` is a constant where this is inlined. */
static inline double output_at(const void *outputs, size_t i, bool wide) {
    return wide ? ((const double *)outputs)[i] : (double)((const float *)outputs)[i];
}

/* log of the sum of exp over all but `target` of z[0 ... count-1], count >= 2, shifted by the largest so that nothing
 * overflows. */
static inline double log_sum_exp_others(const void *outputs, size_t at, size_t count, size_t target, bool wide) {
    size_t first = target == 0 ? 1 : 0;
    double largest = output_at(outputs, at + first, wide);
    if (count == 2)
        return largest;
    for (size_t j = first + 1; j < count; j++) {
        double z = output_at(outputs, at + j, wide);
        if (j != target && z > largest)
            largest = z;
    }
    if (isinf(largest))
        return largest; /* inf - inf below would hide which infinity it was */
    double sum = 0.0;
    for (size_t j = 0; j < count; j++)
        if (j != target)
            sum += exp(output_at(outputs, at + j, wide) - largest);
    return largest + log(sum);
}

static inline double log_odds(const scorer_t *scorer, const void *outputs, size_t row, bool wide) {
    size_t at = row * scorer->outputs;
    if (scorer->outputs == 1) {
        double z = output_at(outputs, at, wide);
        return scorer->target == 1 ? z : -z;
    }
    return output_at(outputs, at + scorer->target, wide) -
           log_sum_exp_others(outputs, at, scorer->outputs, scorer->target, wide);
}

static double probability(double odds) {
    return 1.0 / (1.0 + exp(-odds));
}

static double clipped(double odds, double eps) {
    return log(probability(odds) / (probability(-odds) + eps) + eps);
}

static inline double value_of(const scorer_t *scorer, const void *outputs, size_t row, bool wide) {
    bool sign_by_label = scorer->score != SCORE_RAW && scorer->outputs == 1;
    switch (scorer->score) {
    case SCORE_LOG_ODDS: {
        double odds = log_odds(scorer, outputs, row, wide);
        return scorer->eps > 0.0 ? clipped(odds, scorer->eps) : odds;
    }
    case SCORE_PROBABILITY:
        return probability(log_odds(scorer, outputs, row, wide));
    default:
        return sign_by_label ? log_odds(scorer, outputs, row, wide)
                             : output_at(outputs, row * scorer->outputs + scorer->target, wide);
    }
}

void score_rows(const scorer_t *scorer, const void *outputs, bool wide, size_t rows, double *values) {
    for (size_t row = 0; row < rows; row++)
        values[row] = wide ? value_of(scorer, outputs, row, true) : value_of(scorer, outputs, row, false);
}

int64_t score_predicted(score_t score, const double *outputs, size_t count) {
    if (count == 1)
        return score != SCORE_RAW && outputs[0] > 0.0 ? 1 : 0;
    size_t best = 0;
    for (size_t j = 1; j < count; j++)
        if (outputs[j] > outputs[best])
            best = j;
    return (int64_t)best;
}

status_t score_check_target(score_t score, size_t outputs, int64_t target, failure_t *why) {
    int64_t targets = (int64_t)outputs;
    if (outputs == 1)
        targets = score == SCORE_RAW ? 1 : 2;
    if (target >= 0 && target < targets)
        return STATUS_OK;
    if (targets == 1)
        return failed(why, STATUS_INPUT, "target %lld: the model has one output, target 0", (long long)target);
    return failed(why, STATUS_INPUT, "target %lld: the model has %zu output%s, targets 0 ... %lld", (long long)target,
                  outputs, outputs == 1 ? ", the logit of label 1" : "s", (long long)(targets - 1));
}

bool score_is_distribution(const double *outputs, size_t count) {
    double sum = 0;
    for (size_t j = 0; j < count; j++) {
        if (!(outputs[j] >= 0))
            return false;
        sum += outputs[j];
    }
    return count > 1 && fabs(sum - 1) <= 1e-3;
}
