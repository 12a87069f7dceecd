#include "stats/summarise.h"

#include "base/nan.h"
#include "lattice/indices.h"
#include "stats/conditions.h"
#include "stats/moments.h"
#include "stats/quartiles.h"
#include "stats/salience.h"
#include "stats/theorem.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* Rows of up to so many players are gathered by order for their quartiles: faster than reading them again and again,
 * and 8 MiB at the most. */
enum { GATHER_BITS = 20 };

struct summarise {
    stats_settings_t settings;
    fields_t fields;
    quartiles_t *quartiles;
    /* Of the sample at hand: */
    int n;
    moments_t outputs, strengths; /* of v(S) - v(empty), and of |I(S)| */
    int family, kind;             /* whose statistics they are */
    effect_sums_t interactions;
    salience_t salience;
    salient_sink_t sink;
    indices_pass_t indices; /* of all kinds */
};

status_t summarise_create(const stats_settings_t *settings, const fields_t *fields, summarise_t **out, failure_t *why) {
    summarise_t *summarise = calloc(1, sizeof *summarise);
    if (!summarise)
        return failed(why, STATUS_INTERNAL, "out of memory for statistics");
    summarise->settings = *settings;
    summarise->fields = *fields;
    status_t status = quartiles_create(fields->n, GATHER_BITS, &summarise->quartiles, why);
    if (status != STATUS_OK)
        summarise_destroy(&summarise);
    else
        *out = summarise;
    return status;
}

void summarise_destroy(summarise_t **summarise) {
    if (!*summarise)
        return;
    quartiles_destroy(&(*summarise)->quartiles);
    free(*summarise);
    *summarise = NULL;
}

static status_t read_values(summarise_t *summarise, row_source_t values, failure_t *why) {
    double empty = 0;
    moments_begin(&summarise->outputs, summarise->n);
    for (mask_t first = 0; first < mask_count(summarise->n); first += row_leaf_masks(summarise->n)) {
        const double *leaf;
        TRY(values.read(values.self, first, &leaf, why));
        if (first == 0)
            empty = leaf[0];
        moments_leaf(&summarise->outputs, first, leaf, empty);
    }
    return STATUS_OK;
}

/* Where a field of the family and kind at hand starts in the row; NULL when absent. */
static double *field_at(const summarise_t *summarise, double *row, field_id_t id) {
    return fields_of_kind(&summarise->fields, row, summarise->family, summarise->kind, id);
}

static indices_out_t indices_of_row(const summarise_t *summarise, double *row) {
    return (indices_out_t){
        .pitch = (size_t)summarise->fields.n,
        .shapley = field_at(summarise, row, FIELD_SHAPLEY),
        .banzhaf = field_at(summarise, row, FIELD_BANZHAF),
        .sii2 = field_at(summarise, row, FIELD_SII2),
        .stii2 = field_at(summarise, row, FIELD_STII2),
        .bii2 = field_at(summarise, row, FIELD_BII2),
        .multi_order = field_at(summarise, row, FIELD_MULTI_ORDER),
    };
}

/* A family may have none. */
static void begin_indices(summarise_t *summarise, double *row) {
    const indices_out_t out = indices_of_row(summarise, row);
    if (out.shapley)
        indices_begin(&summarise->indices, summarise->n, &out);
    else
        summarise->indices.out = out;
}

static void end_indices(summarise_t *summarise) {
    if (summarise->indices.out.shapley)
        indices_end(&summarise->indices);
}

static double strongest(const moments_t *strengths) {
    double most = 0;
    for (int m = 1; m <= strengths->n; m++)
        most = fmax(most, strengths->max[m]);
    return most;
}

static status_t take_salient(summarise_t *summarise, mask_t first, const double *leaf, failure_t *why) {
    uint64_t positive[SALIENCE_WORDS], negative[SALIENCE_WORDS];
    mask_t masks = row_leaf_masks(summarise->n);
    salience_leaf(&summarise->salience, first, leaf, positive, negative);
    if (!summarise->sink.put)
        return STATUS_OK;
    return summarise->sink.put(summarise->sink.self, first, masks < 64 ? 1 : (size_t)(masks / 64), positive, negative,
                               why);
}

/* What a reading of the interactions does with a leaf: the first takes all but the salient sets, whose threshold is
 * known after it; they are counted at the second. Quartiles may need more readings, or one only. */
static status_t take_leaf(summarise_t *summarise, int reading, bool quartiles, mask_t first, const double *leaf,
                          failure_t *why) {
    if (reading == 0) {
        moments_strengths(&summarise->strengths, &summarise->interactions, first, leaf);
        if (summarise->indices.out.shapley)
            indices_leaf(&summarise->indices, first, leaf);
    }
    if (reading == 1)
        TRY(take_salient(summarise, first, leaf, why));
    if (quartiles) /* last: they take numbers out of the leaf here and there, when it is in the cache */
        quartiles_leaf(summarise->quartiles, first, leaf);
    return STATUS_OK;
}

static status_t overflowed(row_source_t values, failure_t *why) {
    double most = 0;
    for (mask_t first = 0; first < mask_count(values.n); first += row_leaf_masks(values.n)) {
        const double *leaf;
        TRY(values.read(values.self, first, &leaf, why));
        for (mask_t s = 0; s < row_leaf_masks(values.n); s++)
            most = fmax(most, fabs(leaf[s]));
    }
    return failed(why, STATUS_CERTAIN,
                  "interactions overflow: v is up to %.3g, and its interactions are beyond the largest number, %.3g; "
                  "scale v down",
                  most, DBL_MAX);
}

/* After the first reading. The sums by order tell for nothing that all is finite; those that are not may have
 * overflowed themselves, so then each number is looked at. */
static status_t check_finite(const summarise_t *summarise, row_source_t interactions, bool *finite, failure_t *why) {
    bool sums_are = true;
    *finite = true;
    for (int m = 0; m <= summarise->n; m++)
        sums_are = sums_are && isfinite(sums_total(&summarise->strengths.sums, m));
    for (mask_t first = 0; !sums_are && *finite && first < mask_count(summarise->n);
         first += row_leaf_masks(summarise->n)) {
        const double *leaf;
        TRY(interactions.read(interactions.self, first, &leaf, why));
        *finite = row_leaf_is_finite(leaf, row_leaf_masks(summarise->n));
    }
    return STATUS_OK;
}

/* All readings of one table of effects; salient against `scale`, or against its own strongest where that is NaN.
 * *finite: whether they are; if not, nothing else is known. */
static status_t read_effects(summarise_t *summarise, row_source_t effects, double scale, bool *finite, failure_t *why) {
    int n = summarise->n;
    moments_begin(&summarise->strengths, n);
    summarise->interactions = (effect_sums_t){0};
    quartiles_begin(summarise->quartiles, n);
    bool quartiles = true;
    for (int reading = 0; quartiles || reading < 2; reading++) {
        for (mask_t first = 0; first < mask_count(n); first += row_leaf_masks(n)) {
            const double *leaf;
            TRY(effects.read(effects.self, first, &leaf, why));
            TRY(take_leaf(summarise, reading, quartiles, first, leaf, why));
        }
        if (reading == 0) {
            TRY(check_finite(summarise, effects, finite, why));
            if (!*finite)
                return STATUS_OK;
            double most = isnan(scale) ? strongest(&summarise->strengths) : scale;
            salience_begin(&summarise->salience, n, salience_threshold(&summarise->settings, most));
        }
        quartiles = quartiles && quartiles_again(summarise->quartiles);
    }
    return STATUS_OK;
}

static status_t read_interactions(summarise_t *summarise, row_source_t values, row_source_t interactions, double *row,
                                  failure_t *why) {
    bool finite;
    begin_indices(summarise, row);
    TRY(read_effects(summarise, interactions, nan_canonical(), &finite, why));
    if (!finite)
        return overflowed(values, why);
    end_indices(summarise);
    return STATUS_OK;
}

static void fill_strengths(const summarise_t *summarise, double *row) {
    const moments_t *strengths = &summarise->strengths;
    for (int m = 0; m <= summarise->n; m++) {
        box_t box = quartiles_box(summarise->quartiles, m);
        field_at(summarise, row, FIELD_STRENGTH_MEAN)[m] = moments_mean(strengths, m);
        field_at(summarise, row, FIELD_STRENGTH_STD)[m] = moments_std(strengths, m);
        field_at(summarise, row, FIELD_STRENGTH_MIN)[m] = strengths->min[m];
        field_at(summarise, row, FIELD_STRENGTH_Q1)[m] = box.q1;
        field_at(summarise, row, FIELD_STRENGTH_MEDIAN)[m] = box.median;
        field_at(summarise, row, FIELD_STRENGTH_Q3)[m] = box.q3;
        field_at(summarise, row, FIELD_STRENGTH_MAX)[m] = strengths->max[m];
        field_at(summarise, row, FIELD_WHISKER_LOW)[m] = box.whisker_low;
        field_at(summarise, row, FIELD_WHISKER_HIGH)[m] = box.whisker_high;
    }
}

/* Sums and counts of the effects by order. */
static void fill_effects(const summarise_t *summarise, double *row) {
    double *sum = field_at(summarise, row, FIELD_INTERACTION_SUM);
    double *abs_sum = field_at(summarise, row, FIELD_INTERACTION_ABS_SUM);
    for (int m = 0; m <= summarise->n; m++) {
        abs_sum[m] = sums_total(&summarise->strengths.sums, m);
        field_at(summarise, row, FIELD_SALIENT_COUNT)[m] = salience_count(&summarise->salience, m);
        field_at(summarise, row, FIELD_SALIENT_POSITIVE)[m] = salience_positive(&summarise->salience, m);
        if (m == 0)
            continue; /* the empty set's interaction is no effect of players: A and eta stay NaN */
        sum[m] = sums_total(&summarise->interactions.all, m);
        field_at(summarise, row, FIELD_POSITIVE_SUM)[m] = sums_total(&summarise->interactions.positive, m);
        field_at(summarise, row, FIELD_NEGATIVE_SUM)[m] = sums_total(&summarise->interactions.negative, m);
        if (abs_sum[m] > 0)
            field_at(summarise, row, FIELD_CANCELLATION)[m] = sum[m] / abs_sum[m];
    }
}

static void fill_salient(const summarise_t *summarise, double *row) {
    double salient = 0;
    for (int m = 1; m <= summarise->n; m++)
        salient += salience_count(&summarise->salience, m);
    *field_at(summarise, row, FIELD_THRESHOLD) = summarise->salience.threshold;
    *field_at(summarise, row, FIELD_SALIENT_TOTAL) = salient;
    *field_at(summarise, row, FIELD_ORDER_LIMIT) = salience_order_limit(&summarise->salience);
}

/* What is known of v, or of what is rebuilt, by order. */
static void fill_outputs(const summarise_t *summarise, double *row) {
    for (int m = 0; m <= summarise->n; m++) {
        field_at(summarise, row, FIELD_OUTPUT_MEAN)[m] = moments_mean(&summarise->outputs, m);
        field_at(summarise, row, FIELD_OUTPUT_STD)[m] = moments_std(&summarise->outputs, m);
    }
}

/* What is known of v itself alone. */
static void fill_lemma(const summarise_t *summarise, double noise_sigma, double *row) {
    for (int m = 0; m <= summarise->n; m++)
        field_at(summarise, row, FIELD_NOISE_FLOOR)[m] = sqrt(ldexp(1, m)) * noise_sigma;
    conditions_lemma(summarise->n, field_at(summarise, row, FIELD_OUTPUT_MEAN),
                     field_at(summarise, row, FIELD_INTERACTION_SUM), field_at(summarise, row, FIELD_LEMMA_RESIDUAL));
}

static excluded_t apply_theorems(const summarise_t *summarise, const conditions_t *conditions, double *row) {
    theorem_in_t in = {
        .n = summarise->n,
        .limit = theorem_limit(summarise->settings.assumed_order_limit, summarise->n),
        .p = conditions->p_paper,
        .threshold = summarise->salience.threshold,
        .interaction_sum = field_at(summarise, row, FIELD_INTERACTION_SUM),
        .abs_sum = field_at(summarise, row, FIELD_INTERACTION_ABS_SUM),
        .output_mean = field_at(summarise, row, FIELD_OUTPUT_MEAN),
        .salient_count = field_at(summarise, row, FIELD_SALIENT_COUNT),
    };
    theorem_out_t out = {
        .bound_l1 = field_at(summarise, row, FIELD_BOUND_L1),
        .real_total = field_at(summarise, row, FIELD_REAL_TOTAL),
        .lambda = field_at(summarise, row, FIELD_LAMBDA),
        .coefficients = field_at(summarise, row, FIELD_COEFFICIENTS),
        .pitch = (size_t)summarise->fields.n + 1,
        .delta = field_at(summarise, row, FIELD_DELTA),
        .delta_bound = field_at(summarise, row, FIELD_DELTA_BOUND),
        .m0 = field_at(summarise, row, FIELD_M0),
        .bound = field_at(summarise, row, FIELD_BOUND),
        .bound_total = field_at(summarise, row, FIELD_BOUND_TOTAL),
    };
    return theorem_apply(&in, conditions->excluded, &out);
}

/* most: the largest |I(S)|. Theorems 2 and 3 tie u-bar to the sums of ANDs by order: they say nothing of ORs. */
static void fill_conditions(const summarise_t *summarise, double most, double *row) {
    conditions_t conditions = conditions_test(summarise->n, field_at(summarise, row, FIELD_OUTPUT_MEAN), most,
                                              summarise->settings.min_output);
    *field_at(summarise, row, FIELD_MONOTONE) = conditions.monotone;
    *field_at(summarise, row, FIELD_VIOLATIONS) = conditions.violations;
    *field_at(summarise, row, FIELD_VIOLATION_MAX) = conditions.violation_max;
    *field_at(summarise, row, FIELD_P_PAPER) = conditions.p_paper;
    *field_at(summarise, row, FIELD_P_ALL_PAIRS) = conditions.p_all_pairs;
    if (summarise->fields.families.kinds[summarise->family] > 1)
        return;
    *field_at(summarise, row, FIELD_EXCLUDED_WHY) = apply_theorems(summarise, &conditions, row);
    conditions_mass_above(summarise->n, field_at(summarise, row, FIELD_INTERACTION_ABS_SUM),
                          field_at(summarise, row, FIELD_MASS_ABOVE));
}

/* Arithmetic makes NaNs of other patterns: from an unknown noise, or where sums of huge outputs overflow. */
static void settle(const fields_t *fields, double *row) {
    const double nan = nan_canonical();
    for (size_t i = 0; i < fields->doubles; i++)
        row[i] = isnan(row[i]) ? nan : row[i]; /* without a branch */
}

status_t summarise_sample(summarise_t *summarise, row_source_t values, row_source_t interactions, double noise_sigma,
                          salient_sink_t salient, double *row, failure_t *why) {
    if (values.n != interactions.n || values.n < 1 || values.n > summarise->fields.n)
        return failed(why, STATUS_INTERNAL, "rows of %d and %d players do not fit statistics of up to %d players",
                      values.n, interactions.n, summarise->fields.n);
    for (size_t i = 0; i < summarise->fields.doubles; i++)
        row[i] = nan_canonical();
    summarise->n = values.n;
    summarise->family = summarise->kind = 0;
    summarise->sink = salient;
    TRY(read_values(summarise, values, why));
    TRY(read_interactions(summarise, values, interactions, row, why));
    fill_strengths(summarise, row);
    fill_effects(summarise, row);
    fill_salient(summarise, row);
    fill_outputs(summarise, row);
    fill_lemma(summarise, noise_sigma, row);
    fill_conditions(summarise, strongest(&summarise->strengths), row);
    settle(&summarise->fields, row);
    return STATUS_OK;
}

/* ---- further families ---- */

static double strongest_of(const double *effects, int kinds, int n) {
    double most = 0;
    for (int kind = 0; kind < kinds; kind++)
        for (mask_t s = 1; s < mask_count(n); s++)
            most = fmax(most, fabs(effects[(mask_t)kind * mask_count(n) + s]));
    return most;
}

status_t summarise_effects(summarise_t *summarise, int family, const double *effects, const double *rebuilt, int n,
                           uint64_t *salient, double *row, failure_t *why) {
    const int kinds = summarise->fields.families.kinds[family];
    const size_t words = salience_words(n);
    double scale = strongest_of(effects, kinds, n);
    bool finite = true;
    summarise->n = n;
    summarise->family = family;
    summarise->kind = 0;
    begin_indices(summarise, row);
    for (int kind = 0; kind < kinds && finite; kind++) {
        salience_bitmaps_t to = {salient + (size_t)kind * words, salient + (size_t)(kinds + kind) * words};
        summarise->kind = kind;
        summarise->sink = salience_into(&to);
        TRY(read_effects(summarise, row_in_memory(effects + (mask_t)kind * mask_count(n), n), scale, &finite, why));
        if (!finite)
            break;
        fill_strengths(summarise, row);
        fill_effects(summarise, row);
        fill_salient(summarise, row);
    }
    if (!finite)
        return failed(why, STATUS_CERTAIN, "effects of family %s overflow: scale v down", FAMILIES[family].name);
    end_indices(summarise);
    if (rebuilt) {
        TRY(read_values(summarise, row_in_memory(rebuilt, n), why));
        fill_outputs(summarise, row);
        fill_conditions(summarise, scale, row);
    }
    settle(&summarise->fields, row);
    return STATUS_OK;
}
