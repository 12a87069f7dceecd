#include "model/score.h"

#include <math.h>
#include <stdbool.h>

scorer_t scorer_of(const model_options_t *options, size_t outputs, int at) {
    return (scorer_t){.score = options->score,
                      .eps = options->score_eps,
                      .kind = options->output_kind,
                      .outputs = outputs,
                      .other = options->target_pairs ? (size_t)options->given[at].less : 0};
}

bool score_is_of_outputs(score_t score) {
    return score == SCORE_RAW || score == SCORE_DIFFERENCE || score == SCORE_COSINE;
}

bool score_has_target(score_t score, size_t outputs) {
    return score != SCORE_COSINE && !(score == SCORE_RAW && outputs == 1);
}

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

/* p of the target and of the rest together. */
typedef struct {
    double p, rest;
    bool alone; /* rest is 1 - p, not the sum of the others */
} shares_t;

static const double OUTSIDE_UNIT = 1e-3; /* rounding may have left a probability just outside [0, 1] */

/* Whether probabilities sum to 1, up to the rounding of a softmax in float32. A looser bound would take several labels
 * for a softmax: when a model is sure about each of them, their sum can come within 1e-5 of 1 as well. */
static bool is_one_choice(double sum, size_t outputs) {
    return fabs(sum - 1) <= (double)(outputs + 2) * 0x1p-24;
}

/* Of outputs that are probabilities; NaN where one is not. logit: of several labels each has a rest of its own. */
static inline shares_t shares_of_probabilities(const scorer_t *scorer, const void *outputs, size_t at, bool wide) {
    double p = output_at(outputs, at + (scorer->outputs > 1 ? scorer->target : 0), wide), rest = 0;
    p = p < -OUTSIDE_UNIT || p > 1 + OUTSIDE_UNIT ? (double)NAN : p < 0 ? 0 : p > 1 ? 1 : p;
    if (scorer->outputs == 1)
        return scorer->target == 1 ? (shares_t){p, 1 - p, true} : (shares_t){1 - p, p, true};
    for (size_t j = 0; j < scorer->outputs; j++)
        rest += j == scorer->target ? 0 : output_at(outputs, at + j, wide);
    const bool alone = scorer->score == SCORE_LOGIT && !is_one_choice(p + rest, scorer->outputs);
    return (shares_t){p, alone ? 1 - p : rest, alone};
}

static inline double log_odds(const scorer_t *scorer, const void *outputs, size_t row, bool wide) {
    size_t at = row * scorer->outputs;
    if (scorer->kind == OUTPUTS_PROBABILITIES) {
        shares_t shares = shares_of_probabilities(scorer, outputs, at, wide);
        return log(shares.p) - log(shares.rest);
    }
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

static inline shares_t shares_of(const scorer_t *scorer, const void *outputs, size_t row, bool wide) {
    if (scorer->kind == OUTPUTS_PROBABILITIES)
        return shares_of_probabilities(scorer, outputs, row * scorer->outputs, wide);
    double odds = log_odds(scorer, outputs, row, wide);
    return (shares_t){probability(odds), probability(-odds), false};
}

/* log p, accurate at both ends. */
static inline double log_probability(const scorer_t *scorer, const void *outputs, size_t row, bool wide) {
    if (scorer->kind == OUTPUTS_PROBABILITIES)
        return log(shares_of(scorer, outputs, row, wide).p);
    double odds = log_odds(scorer, outputs, row, wide);
    return odds < 0 ? odds - log1p(exp(odds)) : -log1p(exp(-odds));
}

static double clipped(shares_t shares, double eps) {
    return log(shares.p / (shares.rest + eps) + eps);
}

static bool is_clipped(const scorer_t *scorer) {
    return scorer->score == SCORE_LOG_ODDS && scorer->eps > 0.0;
}

/* Whether v is the output of the target itself. */
static bool is_output(const scorer_t *scorer) {
    return scorer->score == SCORE_RAW ||
           (scorer->score == SCORE_LOGIT && scorer->outputs > 1 && scorer->kind != OUTPUTS_PROBABILITIES);
}

static inline double value_of(const scorer_t *scorer, const void *outputs, size_t row, bool wide) {
    if (is_output(scorer))
        return output_at(outputs, row * scorer->outputs + scorer->target, wide);
    if (scorer->score == SCORE_PROBABILITY)
        return shares_of(scorer, outputs, row, wide).p;
    if (is_clipped(scorer))
        return clipped(shares_of(scorer, outputs, row, wide), scorer->eps);
    if (scorer->score == SCORE_LOG_PROB)
        return log_probability(scorer, outputs, row, wide);
    return log_odds(scorer, outputs, row, wide);
}

/* ---- scores with loops of their own ---- */

/* Whether v is the difference of two logits, the commonest of all: its loop has nothing else in it. */
static bool is_difference(const scorer_t *scorer) {
    return scorer->score == SCORE_LOG_ODDS && !is_clipped(scorer) && scorer->kind != OUTPUTS_PROBABILITIES &&
           scorer->outputs == 2;
}

static inline void differences(const void *outputs, size_t target, bool wide, size_t rows, double *values) {
    for (size_t row = 0; row < rows; row++)
        values[row] = output_at(outputs, 2 * row + target, wide) - output_at(outputs, 2 * row + 1 - target, wide);
}

/* The cosine of a mask's outputs with the reference; NaN where one of both is 0. *length: the norm of the outputs. */
static double cosine(const scorer_t *scorer, const void *outputs, size_t row, bool wide, double *length) {
    double product = 0, squares = 0;
    for (size_t j = 0; j < scorer->outputs; j++) {
        const double z = output_at(outputs, row * scorer->outputs + j, wide);
        product += z * scorer->reference[j];
        squares += z * z;
    }
    *length = sqrt(squares);
    return product / (*length * scorer->length);
}

void score_refer(scorer_t *scorer, const double *full, const double *empty) {
    double squares = 0, ignored;
    for (size_t j = 0; j < scorer->outputs; j++)
        squares += full[j] * full[j];
    scorer->reference = full;
    scorer->length = sqrt(squares);
    scorer->shift = cosine(scorer, empty, 0, true, &ignored);
}

static double of_several(const scorer_t *scorer, const void *outputs, size_t row, bool wide) {
    double ignored;
    if (scorer->score == SCORE_COSINE)
        return cosine(scorer, outputs, row, wide, &ignored) - scorer->shift;
    const size_t at = row * scorer->outputs;
    return output_at(outputs, at + scorer->target, wide) - output_at(outputs, at + scorer->other, wide);
}

void score_rows(const scorer_t *scorer, const void *outputs, bool wide, size_t rows, double *values) {
    if (score_is_of_outputs(scorer->score) && scorer->score != SCORE_RAW) {
        for (size_t row = 0; row < rows; row++)
            values[row] = of_several(scorer, outputs, row, wide);
        return;
    }
    if (is_difference(scorer)) {
        if (wide)
            differences(outputs, scorer->target, true, rows, values);
        else
            differences(outputs, scorer->target, false, rows, values);
        return;
    }
    for (size_t row = 0; row < rows; row++)
        values[row] = wide ? value_of(scorer, outputs, row, true) : value_of(scorer, outputs, row, false);
}

/* ---- several targets ---- */

enum { SHARED_MAX = 1024 }; /* outputs */

bool score_is_shared(const scorer_t *scorer) {
    return scorer->score == SCORE_LOG_ODDS && !is_clipped(scorer) && scorer->kind != OUTPUTS_PROBABILITIES &&
           scorer->outputs > 2 && scorer->outputs <= SHARED_MAX;
}

/* exp(z - the largest z) of one mask, which log_sum_exp_others takes for all targets but a single largest one: returns
 * the place of that (-1: several are as large), -2 where some z is not finite. */
static int64_t share_exps(const scorer_t *scorer, const void *outputs, size_t row, bool wide, double *exps,
                          double *largest) {
    const size_t at = row * scorer->outputs;
    int64_t single = 0;
    *largest = output_at(outputs, at, wide);
    for (size_t j = 0; j < scorer->outputs; j++) {
        const double z = output_at(outputs, at + j, wide);
        if (!isfinite(z))
            return -2;
        single = z > *largest ? (int64_t)j : z == *largest && j > 0 ? -1 : single;
        *largest = z > *largest ? z : *largest;
    }
    for (size_t j = 0; j < scorer->outputs; j++)
        exps[j] = exp(output_at(outputs, at + j, wide) - *largest);
    return single;
}

void score_rows_shared(const scorer_t *scorer, const int64_t *targets, int count, const void *outputs, bool wide,
                       size_t rows, double *const *values, size_t at) {
    double exps[SHARED_MAX], largest;
    for (size_t row = 0; row < rows; row++) {
        const int64_t single = share_exps(scorer, outputs, row, wide, exps, &largest);
        for (int t = 0; t < count; t++) {
            scorer_t own = *scorer;
            double sum = 0;
            own.target = (size_t)targets[t];
            for (size_t j = 0; single != -2 && j < scorer->outputs; j++)
                sum += j == own.target ? 0 : exps[j];
            values[t][at + row] =
                single == -2 || single == targets[t]
                    ? log_odds(&own, outputs, row, wide)
                    : output_at(outputs, row * scorer->outputs + own.target, wide) - (largest + log(sum));
        }
    }
}

/* ---- rounding ---- */

/* The variance of a number that was rounded to its `bits`: evenly spread over a unit in its last place. */
static double rounding_of(double z, int bits) {
    double size = fabs(z);
    double ulp = bits == 64   ? nextafter(size, INFINITY) - size
                 : bits == 16 ? ldexp(1, (size < 0x1p-14 ? -14 : ilogb(size)) - 10)
                              : (double)nextafterf((float)size, INFINITY) - (double)(float)size;
    return ulp * ulp / 12;
}

/* dv/dp and dv/drest. */
typedef struct {
    double p, rest;
} slopes_t;

static slopes_t slopes_by_shares(const scorer_t *scorer, shares_t s) {
    if (scorer->score == SCORE_PROBABILITY)
        return (slopes_t){1, 0};
    if (scorer->score == SCORE_LOG_PROB)
        return (slopes_t){1 / s.p, 0};
    if (!is_clipped(scorer))
        return (slopes_t){1 / s.p, -1 / s.rest};
    double rest = s.rest + scorer->eps, inner = s.p / rest + scorer->eps;
    return (slopes_t){1 / (rest * inner), -s.p / (rest * rest * inner)};
}

/* One mask's outputs. */
typedef struct {
    const void *outputs;
    size_t row;
    bool wide;
    double unit; /* all outputs are multiples of it, or of its half; 0: of none that is worth a word */
} outputs_t;

/* The unit that probabilities [count] have if they were made as 1 - p, or by a sigmoid that is accurate near 1/2 alone:
 * small ones too are multiples of what a float next to 1 can tell apart. 0 where some are finer. */
static double unit_of_shares(const void *outputs, bool wide, size_t count, int bits) {
    const double unit = bits == 64 ? 0x1p-53 : bits == 16 ? 0x1p-11 : 0x1p-24;
    for (size_t i = 0; i < count; i++)
        if (fmod(output_at(outputs, i, wide), unit / 2) != 0)
            return 0;
    return unit;
}

static double rounding_at(const scorer_t *scorer, const outputs_t *of, size_t j, int bits) {
    return fmax(rounding_of(output_at(of->outputs, of->row * scorer->outputs + j, of->wide), bits),
                of->unit * of->unit / 12);
}

/* The rounding of all outputs but the target's, weighted with the squares of the slopes by them: of logits (the slopes
 * of log_odds) softmax over the others, of probabilities 1. */
static double rounding_of_others(const scorer_t *scorer, const outputs_t *of, int bits) {
    bool by_logit = scorer->kind != OUTPUTS_PROBABILITIES;
    size_t at = of->row * scorer->outputs;
    double sum = 0, log_sum = 0;
    if (by_logit)
        log_sum = log_sum_exp_others(of->outputs, at, scorer->outputs, scorer->target, of->wide);
    for (size_t j = 0; j < scorer->outputs; j++) {
        if (j == scorer->target)
            continue;
        double slope = by_logit ? exp(output_at(of->outputs, at + j, of->wide) - log_sum) : 1;
        sum += slope * slope * rounding_at(scorer, of, j, bits);
    }
    return sum;
}

static double rounding_of_cosine(const scorer_t *scorer, const outputs_t *of, int bits) {
    double length, sum = 0, cos = cosine(scorer, of->outputs, of->row, of->wide, &length);
    for (size_t j = 0; j < scorer->outputs; j++) {
        const double z = output_at(of->outputs, of->row * scorer->outputs + j, of->wide);
        const double slope = (scorer->reference[j] / scorer->length - cos * z / length) / length;
        sum += slope * slope * rounding_at(scorer, of, j, bits);
    }
    return sum;
}

static double rounding_of_row(const scorer_t *scorer, const outputs_t *of, int bits) {
    if (scorer->score == SCORE_COSINE)
        return rounding_of_cosine(scorer, of, bits);
    if (scorer->score == SCORE_DIFFERENCE)
        return rounding_at(scorer, of, scorer->target, bits) + rounding_at(scorer, of, scorer->other, bits);
    bool one = scorer->outputs == 1;
    double own = rounding_at(scorer, of, one ? 0 : scorer->target, bits), slope = 1;
    if (is_output(scorer))
        return own;
    if (scorer->kind != OUTPUTS_PROBABILITIES && scorer->score != SCORE_LOG_PROB &&
        scorer->score != SCORE_PROBABILITY && !is_clipped(scorer))
        return own + (one ? 0 : rounding_of_others(scorer, of, bits));
    const shares_t shares = shares_of(scorer, of->outputs, of->row, of->wide);
    const slopes_t by = slopes_by_shares(scorer, shares);
    if (scorer->kind == OUTPUTS_PROBABILITIES) {
        slope = by.p - by.rest;
        return shares.alone ? slope * slope * own
                            : by.p * by.p * own + by.rest * by.rest * rounding_of_others(scorer, of, bits);
    }
    /* p and the rest are functions of the log-odds, with the slopes p rest and -p rest. */
    if (scorer->score == SCORE_LOG_PROB)
        slope = shares.rest; /* where p has become 0, too */
    else
        slope = shares.p * shares.rest * (by.p - by.rest);
    return slope * slope * (own + (one ? 0 : rounding_of_others(scorer, of, bits)));
}

double score_rounding(const scorer_t *scorer, const void *outputs, bool wide, size_t rows, int bits) {
    double sum = 0, unit = 0;
    if (scorer->kind == OUTPUTS_PROBABILITIES && !score_is_of_outputs(scorer->score))
        unit = unit_of_shares(outputs, wide, rows * scorer->outputs, bits);
    for (size_t row = 0; row < rows; row++)
        sum += rounding_of_row(scorer, &(outputs_t){outputs, row, wide, unit}, bits);
    return sum;
}

/* ---- targets ---- */

int64_t score_predicted(const scorer_t *scorer, const double *outputs) {
    double threshold = scorer->kind == OUTPUTS_PROBABILITIES ? 0.5 : 0.0;
    if (scorer->outputs == 1)
        return !score_is_of_outputs(scorer->score) && outputs[0] > threshold ? 1 : 0;
    size_t best = 0;
    for (size_t j = 1; j < scorer->outputs; j++)
        if (outputs[j] > outputs[best])
            best = j;
    return (int64_t)best;
}

/* The strongest that is weaker than the one before it (-1: none), by value, then by index. */
static int64_t next_strongest(const double *outputs, size_t count, int64_t before) {
    int64_t best = -1;
    for (int64_t j = 0; j < (int64_t)count; j++) {
        const bool follows =
            before < 0 || outputs[j] < outputs[before] || (j > before && outputs[j] == outputs[before]);
        if (follows && (best < 0 || outputs[j] > outputs[best]))
            best = j;
    }
    return best;
}

void score_strongest(const scorer_t *scorer, const double *outputs, int count, int64_t *targets) {
    targets[0] = score_predicted(scorer, outputs);
    for (int k = 1; k < count; k++) /* one output stands for two labels */
        targets[k] = scorer->outputs == 1 ? 1 - targets[0] : next_strongest(outputs, scorer->outputs, targets[k - 1]);
}

int64_t score_targets(const scorer_t *scorer) {
    if (scorer->score == SCORE_COSINE)
        return 1;
    return scorer->outputs > 1 ? (int64_t)scorer->outputs : score_is_of_outputs(scorer->score) ? 1 : 2;
}

status_t score_check_target(const scorer_t *scorer, int64_t target, failure_t *why) {
    const size_t outputs = scorer->outputs;
    int64_t targets = outputs == 1 ? score_targets(scorer) : (int64_t)outputs;
    if (outputs == 1 && scorer->score == SCORE_COSINE)
        return failed(why, STATUS_INPUT, "score: cosine is for several outputs, and the model has one");
    if (target >= 0 && target < targets && scorer->score == SCORE_DIFFERENCE)
        target = (int64_t)scorer->other;
    if (target >= 0 && target < targets)
        return STATUS_OK;
    if (targets == 1)
        return failed(why, STATUS_INPUT, "target %lld: the model has one output, target 0", (long long)target);
    if (outputs == 1)
        return failed(why, STATUS_INPUT,
                      "target %lld: the model has 1 output, for label 1, targets 0 ... 1; for a regression set "
                      "model.score: raw",
                      (long long)target);
    return failed(why, STATUS_INPUT, "target %lld: the model has %zu outputs, targets 0 ... %lld", (long long)target,
                  outputs, (long long)(targets - 1));
}
