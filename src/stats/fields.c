#include "stats/fields.h"

#include "lattice/indices.h"
#include "lattice/mask.h"

#define ORDER(name, units, description)                                                                                \
    { "orders/" name, SHAPE_ORDERS, FIELD_F64, 0, OF_HARSANYI, units, description }
/* The same of what the effects of a family rebuild. */
#define REBUILT(name, units, description)                                                                              \
    { "orders/" name, SHAPE_ORDERS, FIELD_F64, 0, OF_REBUILT, units, description }
/* Statistics by order of the effects alone. */
#define EFFECTS(name, units, description)                                                                              \
    { "orders/" name, SHAPE_ORDERS, FIELD_F64, 0, OF_KINDS, units, description }
#define CONDITION(name, units, description)                                                                            \
    { "conditions/" name, SHAPE_SCALAR, FIELD_F64, 0, OF_REBUILT, units, description }
#define SOLVED(name, type, units, description)                                                                         \
    { name, SHAPE_SCALAR, type, 0, OF_SOLVED, units, description }
#define CURVE(name, units, description)                                                                                \
    { "curves/" name, SHAPE_STEPS, FIELD_F64, 0, OF_REBUILT, units, description }

const field_t FIELDS[FIELD_COUNT] = {
    [FIELD_SHAPLEY] = {"indices/shapley", SHAPE_PLAYERS, FIELD_F64, 0, OF_REBUILT, "output",
                       "Shapley value of each player: sum over S containing i of I(S)/|S|"},
    [FIELD_BANZHAF] = {"indices/banzhaf", SHAPE_PLAYERS, FIELD_F64, 0, OF_REBUILT, "output",
                       "Banzhaf value of each player: sum over S containing i of 2^(1-|S|) I(S)"},
    [FIELD_SII2] = {"indices/sii2", SHAPE_PAIRS, FIELD_F64, 0, OF_HARSANYI, "output",
                    "Shapley interaction index of pairs: sum over S containing i and j of I(S)/(|S|-1); "
                    "diagonal: Shapley value"},
    [FIELD_STII2] = {"indices/stii2", SHAPE_PAIRS, FIELD_F64, INDEX_STII2, OF_HARSANYI, "output",
                     "Shapley-Taylor index of order 2: sum over S containing i and j of I(S)/C(|S|,2); "
                     "diagonal: I({i})"},
    [FIELD_BII2] = {"indices/bii2", SHAPE_PAIRS, FIELD_F64, INDEX_BII2, OF_HARSANYI, "output",
                    "Banzhaf interaction index of pairs: sum over S containing i and j of 2^(2-|S|) I(S); "
                    "diagonal: Banzhaf value"},
    [FIELD_MULTI_ORDER] = {"indices/multi_order", SHAPE_MULTI, FIELD_F64, INDEX_MULTI_ORDER, OF_HARSANYI, "output",
                           "multi-order interaction of pairs, one slice per m = 0...n-2: sum over T without i and j of "
                           "C(m,|T|)/C(n-2,|T|) I(T+{i,j}); diagonal: NaN"},

    [FIELD_STRENGTH_MEAN] = EFFECTS("strength_mean", "output", "mean of |I(S)| over |S|=m"),
    [FIELD_STRENGTH_STD] = EFFECTS("strength_std", "output", "standard deviation (population) of |I(S)| over |S|=m"),
    [FIELD_STRENGTH_MIN] = EFFECTS("strength_min", "output", "minimum of |I(S)| over |S|=m"),
    [FIELD_STRENGTH_Q1] = EFFECTS("strength_q1", "output", "lower quartile of |I(S)| over |S|=m, linear interpolation"),
    [FIELD_STRENGTH_MEDIAN] = EFFECTS("strength_median", "output", "median of |I(S)| over |S|=m, linear interpolation"),
    [FIELD_STRENGTH_Q3] = EFFECTS("strength_q3", "output", "upper quartile of |I(S)| over |S|=m, linear interpolation"),
    [FIELD_STRENGTH_MAX] = EFFECTS("strength_max", "output", "maximum of |I(S)| over |S|=m"),
    [FIELD_WHISKER_LOW] = EFFECTS("strength_whisker_low", "output",
                                  "smallest |I(S)| with |S|=m that is at most 1.5 interquartile ranges below q1"),
    [FIELD_WHISKER_HIGH] = EFFECTS("strength_whisker_high", "output",
                                   "largest |I(S)| with |S|=m that is at most 1.5 interquartile ranges above q3"),
    [FIELD_INTERACTION_SUM] = EFFECTS("interaction_sum", "output", "A: sum of I(S) over |S|=m; NaN for m=0"),
    [FIELD_INTERACTION_ABS_SUM] = EFFECTS("interaction_abs_sum", "output", "sum of |I(S)| over |S|=m"),
    [FIELD_POSITIVE_SUM] =
        EFFECTS("positive_sum", "output", "sum of the positive I(S) over |S|=m (0 if there are none); NaN for m=0"),
    [FIELD_NEGATIVE_SUM] =
        EFFECTS("negative_sum", "output", "sum of the negative I(S) over |S|=m (0 if there are none); NaN for m=0"),
    [FIELD_CANCELLATION] = EFFECTS("cancellation", "1",
                                   "eta: sum of I(S) over sum of |I(S)|, |S|=m; NaN for m=0 and where all I(S) are 0"),
    [FIELD_OUTPUT_MEAN] = REBUILT("output_mean", "output", "u-bar: mean of v(S)-v(empty) over |S|=m"),
    [FIELD_OUTPUT_STD] = REBUILT("output_std", "output", "standard deviation (population) of v(S)-v(empty) over |S|=m"),
    [FIELD_SALIENT_COUNT] = EFFECTS("salient_count", "sets", "R: number of salient S with |S|=m (|I(S)| >= threshold)"),
    [FIELD_SALIENT_POSITIVE] = EFFECTS("salient_positive", "sets", "number of salient S with |S|=m and I(S) > 0"),
    [FIELD_NOISE_FLOOR] = ORDER("noise_floor", "output",
                                "standard deviation of I(S), |S|=m, that noise of v alone causes: 2^(m/2) sigma"),
    [FIELD_LEMMA_RESIDUAL] = ORDER("lemma_residual", "output",
                                   "output_mean minus the sum over k=1...m of C(m,k)/C(n,k) A of order k; 0 but for "
                                   "rounding"),

    [FIELD_THRESHOLD] = {"conditions/threshold", SHAPE_SCALAR, FIELD_F64, 0, OF_ROWS, "output",
                         "tau: S is salient when |I(S)| >= tau, S not empty"},
    [FIELD_SALIENT_TOTAL] = {"conditions/salient_total", SHAPE_SCALAR, FIELD_F64, 0, OF_KINDS, "sets",
                             "number of salient S"},
    [FIELD_ORDER_LIMIT] = {"conditions/order_limit", SHAPE_SCALAR, FIELD_F64, 0, OF_KINDS, "players",
                           "smallest M such that no S with |S|>M is salient"},
    [FIELD_MONOTONE] = {"conditions/monotone", SHAPE_SCALAR, FIELD_U8, 0, OF_REBUILT, "1",
                        "1: output_mean never falls from order to order; 0: it does; 255: unknown"},
    [FIELD_VIOLATIONS] = CONDITION("violations", "orders", "number of orders m with output_mean below that of m-1"),
    [FIELD_VIOLATION_MAX] = CONDITION("violation_max", "output", "largest such fall; 0 when monotone"),
    [FIELD_P_PAPER] = CONDITION("p_paper", "1",
                                "largest ln(output_mean of m / output_mean of 1)/ln m, m=2...n; monotone samples with "
                                "output_mean of 1 above 0 only"),
    [FIELD_P_ALL_PAIRS] = CONDITION("p_all_pairs", "1",
                                    "largest ln(output_mean of m / output_mean of k)/ln(m/k) over all 1<=k<m<=n; same "
                                    "samples as p_paper"),
    [FIELD_DELTA] = CONDITION(
        "delta", "1",
        "delta of Theorem 2: largest log_n(digits of A / output_mean of 1 from floor(p) on) - p over the orders"),
    [FIELD_DELTA_BOUND] = CONDITION(
        "delta_bound", "1",
        "bound of delta by Theorem 2: smallest over m0; holds when no interactions are of more than M players"),
    [FIELD_M0] = CONDITION("m0", "players", "order that gives delta_bound; the lowest of equals"),
    [FIELD_BOUND_TOTAL] = CONDITION("bound_total", "sets", "Theorem 3's bound of the number of salient S, k=1...M"),
    [FIELD_REAL_TOTAL] =
        CONDITION("real_total", "sets", "number of salient S of orders 1...M, to compare with; known for every sample"),
    [FIELD_EXCLUDED_WHY] = {"conditions/excluded_why", SHAPE_SCALAR, FIELD_U8, 0, OF_REBUILT, "code",
                            "why the sample is left out of the theorems, or counted with a remark; 0: counted"},
    [FIELD_MASS_ABOVE] = {"conditions/mass_above", SHAPE_ORDERS, FIELD_F64, 0, OF_REBUILT, "1",
                          "share of the sum of |I(S)|, S not empty, at orders above m"},
    [FIELD_LAMBDA] = {"conditions/lambda", SHAPE_ORDERS, FIELD_F64, 0, OF_REBUILT, "1",
                      "lambda of Theorem 2 of order k: sign times n^(delta of k - delta); 0 where A / output_mean of 1 "
                      "has no digit from floor(p) on"},
    [FIELD_BOUND] = {"conditions/bound", SHAPE_ORDERS, FIELD_F64, 0, OF_REBUILT, "sets",
                     "Theorem 3's bound of the number of salient S of order k, with delta_bound"},
    [FIELD_BOUND_L1] = {"conditions/bound_l1", SHAPE_ORDERS, FIELD_F64, 0, OF_REBUILT, "sets",
                        "sum of |I(S)| over |S|=k divided by the threshold: bounds salient_count always"},
    [FIELD_COEFFICIENTS] = {"conditions/coefficients", SHAPE_ORDERS_SQUARED, FIELD_F64, 0, OF_REBUILT, "1",
                            "a_i of Theorem 2 for order k, at [k, i]: digit i of A / output_mean of 1 in base n, 0 for "
                            "i >= floor(p); NaN where one with i > n is not 0"},

    [FIELD_CURVE_STRENGTH] =
        {"curves/strength", SHAPE_RANKS, FIELD_F64, 0, OF_REBUILT, "1",
         "|I(S)| / max |I|, S not empty, sorted descending, at the ranks of curves/rank; NaN where "
         "the row has no such rank"},
    [FIELD_CURVE_RMSE] =
        CURVE("rmse", "output", "root mean square error of v rebuilt from the k strongest interactions"),
    [FIELD_CURVE_MAX_ERROR] =
        CURVE("max_error", "output", "largest error of v rebuilt from the k strongest interactions"),
    [FIELD_CURVE_R2] = CURVE("r2", "1", "share of the variance of v that the k strongest interactions explain"),
    [FIELD_CURVE_R_OMEGA] =
        CURVE("r_omega", "1", "sum |I| of the k strongest / (that sum + |v(N) - v(empty) - sum I of them|)"),

    [FIELD_L1] = SOLVED("l1", FIELD_F64, "output", "sum of |I| of all kinds without the empty set"),
    [FIELD_OBJECTIVE] = SOLVED("objective", FIELD_F64, "output", "F: l1 + tie_weight / 2 times the sum of I^2"),
    [FIELD_LOWER_BOUND] =
        SOLVED("lower_bound", FIELD_F64, "output", "D, the value of dual: no interactions in the band have less F"),
    [FIELD_TIE_WEIGHT] = SOLVED("tie_weight", FIELD_F64, "1/output", "mu: 1 / max |v - v(empty)|; 0 without tie rule"),
    [FIELD_GAP] = SOLVED("gap", FIELD_F64, "1", "(objective - lower_bound) / objective; 0 where objective is 0"),
    [FIELD_ZETA] = SOLVED("zeta", FIELD_F64, "output", "half the width of the band: denoise |v(N) - v(empty)|"),
    [FIELD_ITERATIONS] = SOLVED("iterations", FIELD_I64, "1", "of the solver; 0: none was needed"),
    [FIELD_CONVERGED] =
        SOLVED("converged", FIELD_U8, "1", "1: gap is at most the one asked for; 0: it is not; 255: unknown"),
};

static size_t shape_length(field_shape_t shape, int players) {
    size_t n = (size_t)players;
    switch (shape) {
    case SHAPE_SCALAR:
        return 1;
    case SHAPE_PLAYERS:
        return n;
    case SHAPE_PAIRS:
        return n * n;
    case SHAPE_MULTI:
        return n < 2 ? 0 : (n - 1) * n * n;
    case SHAPE_ORDERS:
        return n + 1;
    case SHAPE_ORDERS_SQUARED:
        return (n + 1) * (n + 1);
    case SHAPE_RANKS:
        return players < CURVES_STORED_MIN ? 0 : fields_ranks(players, NULL);
    case SHAPE_STEPS:
        return players < CURVES_STORED_MIN ? 0 : fields_steps(mask_count(players) - 1, NULL);
    }
    return 0;
}

/* Doubles of a field in a row; 0 where it is absent. */
static size_t field_length(const fields_t *fields, int family, const field_t *field) {
    if ((fields->indices & field->needs) != field->needs || (family > 0 && field->families == OF_HARSANYI) ||
        (field->families == OF_REBUILT && !FAMILIES[family].rebuild) ||
        (field->families == OF_SOLVED && (family == 0 || FAMILIES[family].make)))
        return 0;
    size_t kinds = field->families == OF_KINDS ? (size_t)fields->families.kinds[family] : 1;
    return shape_length(field->shape, fields->n) * kinds;
}

fields_t fields_layout(families_t families, int n, unsigned indices) {
    fields_t fields = {.n = n, .indices = indices, .families = families};
    for (int at = 0; at < families.count * FIELD_COUNT; at++) {
        fields.offset[at] = fields.doubles;
        fields.length[at] = field_length(&fields, at / FIELD_COUNT, &FIELDS[at % FIELD_COUNT]);
        fields.doubles += fields.length[at];
    }
    return fields;
}

size_t fields_steps(uint64_t limit, int64_t *steps) {
    static const uint64_t DIGITS[] = {1, 2, 5};
    size_t count = 0;
    for (uint64_t decade = 1; decade <= limit; decade *= 10)
        for (int i = 0; i < 3 && DIGITS[i] * decade <= limit; i++, count++)
            if (steps)
                steps[count] = (int64_t)(DIGITS[i] * decade);
    return count;
}

size_t fields_ranks(int players, int64_t *ranks) {
    int64_t last = (int64_t)mask_count(players) - 1, rank = 0;
    size_t count = 0;
    while (rank < last) {
        /* The octave 2^j ... 2^(j+1), j >= 10, has 64 steps of 2^(j-6). */
        int64_t step = rank < 1024 ? 1 : (int64_t)1 << (63 - __builtin_clzll((unsigned long long)rank) - 6);
        rank = rank + step > last ? last : rank + step;
        if (ranks)
            ranks[count] = rank;
        count++;
    }
    return count;
}
