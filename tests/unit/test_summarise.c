/* stats/summarise: every field against the definitions written out mask by mask, on random games; games with known
 * answers; salient sets, and effects of further families. */
#include "stats/summarise.h"

#include "base/nan.h"
#include "lattice/indices.h"
#include "stats/conditions.h"
#include "stats/theorem.h"
#include "support/games.h"
#include "toy/toy.h"

enum { ALL_INDICES = INDEX_STII2 | INDEX_BII2 | INDEX_MULTI_ORDER };
static const stats_settings_t DEFAULTS = {
    .salience = 0.05, .min_output = NAN, .mean_output = NAN, .assumed_order_limit = -1};
static const salient_sink_t NO_SINK = {0};

/* The row of one sample with a summarise_t of its own; *fields is set. Free the row. */
static double *summary(const game_t *game, const stats_settings_t *settings, int n_file, unsigned indices,
                       double noise_sigma, fields_t *fields) {
    failure_t why;
    summarise_t *summarise = NULL;
    *fields = fields_layout(families_wanted(NULL), n_file, indices);
    double *row = new_numbers(fields->doubles);
    assert_int_equal(summarise_create(settings, fields, &summarise, &why), STATUS_OK);
    assert_int_equal(summarise_sample(summarise, row_in_memory(game->v, game->n),
                                      row_in_memory(game->dividends, game->n), noise_sigma, NO_SINK, row, &why),
                     STATUS_OK);
    summarise_destroy(&summarise);
    assert_null(summarise);
    return row;
}

static void assert_near(field_id_t id, int m, double got, double wanted, double within) {
    if (!(fabs(got - wanted) <= within) && !(isnan(got) && isnan(wanted)))
        fail_msg("%s[%d]: %.17g, wanted %.17g", FIELDS[id].path, m, got, wanted);
}

/* ---- the reference: one order, mask by mask ---- */

typedef struct {
    size_t count, salient, positive;
    double *strengths; /* sorted */
    double mean, std, sum, abs_sum, positive_sum, negative_sum, output_mean, output_std;
} order_t;

static double std_of(const double *x, size_t count, double *mean) {
    double squares = 0;
    *mean = 0;
    for (size_t i = 0; i < count; i++)
        *mean += x[i] / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += (x[i] - *mean) * (x[i] - *mean) / (double)count;
    return sqrt(squares);
}

static order_t reference_order(const game_t *game, int m, double tau) {
    order_t o = {.strengths = new_numbers(mask_count(game->n))};
    double *u = new_numbers(mask_count(game->n));
    for (mask_t mask = 0; mask < mask_count(game->n); mask++)
        if (mask_order(mask) == m) {
            double dividend = game->dividends[mask];
            u[o.count] = game->v[mask] - game->v[0];
            o.strengths[o.count++] = fabs(dividend);
            o.sum += dividend;
            o.abs_sum += fabs(dividend);
            o.positive_sum += dividend > 0 ? dividend : 0;
            o.negative_sum += dividend < 0 ? dividend : 0;
            o.salient += mask && fabs(dividend) >= tau;
            o.positive += mask && dividend >= tau;
        }
    o.std = std_of(o.strengths, o.count, &o.mean);
    o.output_std = std_of(u, o.count, &o.output_mean);
    qsort(o.strengths, o.count, sizeof *o.strengths, by_size);
    free(u);
    return o;
}

static double percentile(const order_t *o, double q) {
    double position = q * (double)(o->count - 1), t = position - floor(position);
    double below = o->strengths[(size_t)position], above = t > 0 ? o->strengths[(size_t)position + 1] : below;
    return t >= 0.5 ? above - (above - below) * (1 - t) : below + (above - below) * t;
}

static double strongest(const game_t *game) {
    double most = 0;
    for (mask_t mask = 1; mask < mask_count(game->n); mask++)
        most = fmax(most, fabs(game->dividends[mask]));
    return most;
}

static void check_strengths(const fields_t *fields, double *row, int m, const order_t *o) {
    double q1 = percentile(o, 0.25), q3 = percentile(o, 0.75), reach = 1.5 * (q3 - q1);
    size_t low = 0, high = o->count - 1;
    while (o->strengths[low] < q1 - reach)
        low++;
    while (o->strengths[high] > q3 + reach)
        high--;
    const struct {
        field_id_t id;
        double wanted, within;
    } checks[] = {
        {FIELD_STRENGTH_MEAN, o->mean, 1e-12},
        {FIELD_STRENGTH_STD, o->std, 1e-12},
        {FIELD_STRENGTH_MIN, o->strengths[0], 0},
        {FIELD_STRENGTH_Q1, q1, 0},
        {FIELD_STRENGTH_MEDIAN, percentile(o, 0.5), 0},
        {FIELD_STRENGTH_Q3, q3, 0},
        {FIELD_STRENGTH_MAX, o->strengths[o->count - 1], 0},
        {FIELD_WHISKER_LOW, o->strengths[low], 0},
        {FIELD_WHISKER_HIGH, o->strengths[high], 0},
    };
    for (size_t k = 0; k < sizeof checks / sizeof *checks; k++)
        assert_near(checks[k].id, m, fields_at(fields, row, (int)checks[k].id)[m], checks[k].wanted, checks[k].within);
}

static void check_sums(const fields_t *fields, double *row, int m, const order_t *o, double noise_sigma) {
    const struct {
        field_id_t id;
        double wanted, within;
    } checks[] = {
        {FIELD_INTERACTION_SUM, m ? o->sum : NAN, 1e-10},
        {FIELD_INTERACTION_ABS_SUM, o->abs_sum, 1e-10},
        {FIELD_POSITIVE_SUM, m ? o->positive_sum : NAN, 1e-10},
        {FIELD_NEGATIVE_SUM, m ? o->negative_sum : NAN, 1e-10},
        {FIELD_CANCELLATION, m ? o->sum / o->abs_sum : NAN, 1e-12},
        {FIELD_OUTPUT_MEAN, o->output_mean, 1e-13},
        {FIELD_OUTPUT_STD, o->output_std, 1e-13},
        {FIELD_SALIENT_COUNT, (double)o->salient, 0},
        {FIELD_SALIENT_POSITIVE, (double)o->positive, 0},
        {FIELD_NOISE_FLOOR, pow(2, m / 2.0) * noise_sigma, 1e-15},
        {FIELD_LEMMA_RESIDUAL, 0, 1e-12},
    };
    for (size_t k = 0; k < sizeof checks / sizeof *checks; k++)
        assert_near(checks[k].id, m, fields_at(fields, row, (int)checks[k].id)[m], checks[k].wanted, checks[k].within);
}

static double scalar(const fields_t *fields, double *row, field_id_t id) {
    return *fields_at(fields, row, (int)id);
}

static void check_conditions(const fields_t *fields, double *row, const game_t *game, double tau) {
    const double *mean = fields_at(fields, row, FIELD_OUTPUT_MEAN),
                 *abs = fields_at(fields, row, FIELD_INTERACTION_ABS_SUM);
    int n = game->n, violations = 0, limit = 0;
    double total = 0, fall = 0, p = -INFINITY, p_all = -INFINITY, mass = 0;
    for (int m = 1; m <= n; m++) {
        double salient = fields_at(fields, row, FIELD_SALIENT_COUNT)[m];
        violations += mean[m] < mean[m - 1];
        fall = fmax(fall, mean[m - 1] - mean[m]);
        limit = salient > 0 ? m : limit;
        total += salient;
        mass += abs[m];
        for (int k = 1; k < m; k++) {
            double exponent = log(mean[m] / mean[k]) / log((double)m / k);
            p_all = fmax(p_all, exponent);
            p = k == 1 ? fmax(p, exponent) : p;
        }
    }
    bool counts = violations == 0 && mean[1] > 0 && n > 1;
    assert_near(FIELD_THRESHOLD, 0, scalar(fields, row, FIELD_THRESHOLD), tau, 0);
    assert_near(FIELD_SALIENT_TOTAL, 0, scalar(fields, row, FIELD_SALIENT_TOTAL), total, 0);
    assert_near(FIELD_ORDER_LIMIT, 0, scalar(fields, row, FIELD_ORDER_LIMIT), limit, 0);
    assert_near(FIELD_MONOTONE, 0, scalar(fields, row, FIELD_MONOTONE), violations == 0, 0);
    assert_near(FIELD_VIOLATIONS, 0, scalar(fields, row, FIELD_VIOLATIONS), violations, 0);
    assert_near(FIELD_VIOLATION_MAX, 0, scalar(fields, row, FIELD_VIOLATION_MAX), fall, 0);
    assert_near(FIELD_P_PAPER, 0, scalar(fields, row, FIELD_P_PAPER), counts ? p : NAN, 1e-13);
    assert_near(FIELD_P_ALL_PAIRS, 0, scalar(fields, row, FIELD_P_ALL_PAIRS), counts ? p_all : NAN, 1e-13);
    for (int m = 0; m <= n; m++) {
        double above = 0;
        for (int k = m + 1; k <= n; k++)
            above += abs[k] / mass;
        assert_near(FIELD_MASS_ABOVE, m, fields_at(fields, row, FIELD_MASS_ABOVE)[m], above, 1e-13);
    }
}

/* Free it. */
static double *nans(size_t count) {
    double *x = new_numbers(count);
    for (size_t i = 0; i < count; i++)
        x[i] = nan_canonical();
    return x;
}

/* Every field of the indices is what lattice/indices makes, at its place; NaN beyond. */
static void check_indices(const fields_t *fields, double *row, const game_t *game) {
    double *wanted = nans(fields->doubles);
    indices_out_t out = {(size_t)fields->n,
                         fields_at(fields, wanted, FIELD_SHAPLEY),
                         fields_at(fields, wanted, FIELD_BANZHAF),
                         fields_at(fields, wanted, FIELD_SII2),
                         fields_at(fields, wanted, FIELD_STII2),
                         fields_at(fields, wanted, FIELD_BII2),
                         fields_at(fields, wanted, FIELD_MULTI_ORDER)};
    failure_t why;
    assert_ok(indices_compute(row_in_memory(game->dividends, game->n), &out, &why));
    assert_memory_equal(row, wanted, fields->offset[FIELD_STRENGTH_MEAN] * sizeof *row);
    free(wanted);
}

/* Every NaN is the canonical one; what a smaller sample does not fill is NaN, and so are curves and further families,
 * which others fill. */
static void check_nans(const fields_t *fields, double *row, int n) {
    const double nan = nan_canonical();
    for (size_t i = 0; i < fields->doubles; i++)
        if (isnan(row[i]))
            assert_memory_equal(&row[i], &nan, sizeof nan);
    for (int id = 0; id < FIELD_COUNT; id++) {
        field_shape_t shape = FIELDS[id].shape;
        bool of_players = shape == SHAPE_PLAYERS || shape == SHAPE_PAIRS || shape == SHAPE_MULTI;
        size_t axis = (size_t)fields->n + (of_players ? 0 : 1), filled = (size_t)n + (of_players ? 0 : 1);
        bool curve = shape == SHAPE_RANKS || shape == SHAPE_STEPS;
        filled = curve ? 0 : filled;
        for (size_t i = 0; shape != SHAPE_SCALAR && i < fields->length[id]; i++)
            if (i % axis >= filled || (of_players && shape != SHAPE_PLAYERS && i / axis % axis >= filled))
                assert_true(isnan(fields_at(fields, row, id)[i]));
    }
    assert_true(fields->length[TOY * FIELD_COUNT + FIELD_THRESHOLD] == 1);
    for (size_t i = fields->offset[TOY * FIELD_COUNT]; i < fields->doubles; i++)
        assert_true(isnan(row[i]));
}

/* Every field of the theorems is what stats/theorem makes of the row's own sums, at its place; M is n - 1. */
static void check_theorems(const fields_t *fields, double *row, int n) {
    static const field_id_t IDS[] = {FIELD_DELTA,       FIELD_DELTA_BOUND, FIELD_M0,
                                     FIELD_BOUND_TOTAL, FIELD_REAL_TOTAL,  FIELD_LAMBDA,
                                     FIELD_BOUND,       FIELD_BOUND_L1,    FIELD_COEFFICIENTS};
    double *wanted = nans(fields->doubles);
    theorem_in_t in = {n,
                       n - 1,
                       scalar(fields, row, FIELD_P_PAPER),
                       scalar(fields, row, FIELD_THRESHOLD),
                       fields_at(fields, row, FIELD_INTERACTION_SUM),
                       fields_at(fields, row, FIELD_INTERACTION_ABS_SUM),
                       fields_at(fields, row, FIELD_OUTPUT_MEAN),
                       fields_at(fields, row, FIELD_SALIENT_COUNT)};
    theorem_out_t out = {.bound_l1 = fields_at(fields, wanted, FIELD_BOUND_L1),
                         .real_total = fields_at(fields, wanted, FIELD_REAL_TOTAL),
                         .lambda = fields_at(fields, wanted, FIELD_LAMBDA),
                         .coefficients = fields_at(fields, wanted, FIELD_COEFFICIENTS),
                         .pitch = (size_t)fields->n + 1,
                         .delta = fields_at(fields, wanted, FIELD_DELTA),
                         .delta_bound = fields_at(fields, wanted, FIELD_DELTA_BOUND),
                         .m0 = fields_at(fields, wanted, FIELD_M0),
                         .bound = fields_at(fields, wanted, FIELD_BOUND),
                         .bound_total = fields_at(fields, wanted, FIELD_BOUND_TOTAL)};
    excluded_t before = isnan(in.p) ? EXCLUDED_NOT_MONOTONE : EXCLUDED_NOT;
    excluded_t excluded = theorem_apply(&in, before, &out);
    if (before == EXCLUDED_NOT)
        assert_int_equal((int)scalar(fields, row, FIELD_EXCLUDED_WHY), excluded);
    else
        assert_false(conditions_counted((int)scalar(fields, row, FIELD_EXCLUDED_WHY)));
    for (size_t i = 0; i < sizeof IDS / sizeof *IDS; i++)
        assert_memory_equal(fields_at(fields, row, (int)IDS[i]), fields_at(fields, wanted, (int)IDS[i]),
                            fields->length[IDS[i]] * sizeof *row);
    free(wanted);
}

TEST(every_field_follows_its_definition) {
    int monotone = 0, games = 0;
    for (int n = 1; n <= 10; n++)
        for (uint64_t seed = 1; seed <= 6; seed++) {
            game_t game = random_game(n, seed);
            fields_t fields;
            double sigma = 1e-6, tau = 0.05 * strongest(&game);
            double *row = summary(&game, &DEFAULTS, n + (int)(seed % 3), ALL_INDICES, sigma, &fields);
            for (int m = 0; m <= n; m++) {
                order_t o = reference_order(&game, m, tau);
                check_strengths(&fields, row, m, &o);
                check_sums(&fields, row, m, &o, sigma);
                free(o.strengths);
            }
            check_conditions(&fields, row, &game, tau);
            check_indices(&fields, row, &game);
            check_theorems(&fields, row, n);
            check_nans(&fields, row, n);
            monotone += scalar(&fields, row, FIELD_MONOTONE) == 1;
            games++;
            free(row);
            free_game(&game);
        }
    assert_in_range(monotone, 1, games - 1); /* both kinds were tried */
}

/* ---- games with known answers ---- */

/* Appendix H of arXiv 2305.01939: v = x1x2x3 + x1x2 + x2x3 + x2 + x3, five players. */
TEST(appendix_h) {
    const double mean[6] = {0, .4, 1, 1.9, 3.2, 5}, sums[6] = {NAN, 2, 2, 1, 0, 0}, eta[6] = {NAN, 1, 1, 1, NAN, NAN};
    const double counts[6] = {0, 2, 2, 1, 0, 0}, above[6] = {1, .6, .2, 0, 0, 0};
    game_t game = new_game(5);
    for (mask_t mask = 0; mask < 32; mask++) {
        int x1 = mask >> 1 & 1, x2 = mask >> 2 & 1, x3 = mask >> 3 & 1;
        game.v[mask] = x1 * x2 * x3 + x1 * x2 + x2 * x3 + x2 + x3;
    }
    transform(&game);
    fields_t fields;
    double *row = summary(&game, &DEFAULTS, 5, 0, copysign(NAN, -1), &fields);
    check_nans(&fields, row, 5);
    for (int m = 0; m <= 5; m++) {
        assert_near(FIELD_OUTPUT_MEAN, m, fields_at(&fields, row, FIELD_OUTPUT_MEAN)[m], mean[m], 1e-15);
        assert_near(FIELD_INTERACTION_SUM, m, fields_at(&fields, row, FIELD_INTERACTION_SUM)[m], sums[m], 0);
        assert_near(FIELD_CANCELLATION, m, fields_at(&fields, row, FIELD_CANCELLATION)[m], eta[m], 0);
        assert_near(FIELD_SALIENT_COUNT, m, fields_at(&fields, row, FIELD_SALIENT_COUNT)[m], counts[m], 0);
        assert_near(FIELD_SALIENT_POSITIVE, m, fields_at(&fields, row, FIELD_SALIENT_POSITIVE)[m], counts[m], 0);
        assert_near(FIELD_MASS_ABOVE, m, fields_at(&fields, row, FIELD_MASS_ABOVE)[m], above[m], 1e-16);
        assert_near(FIELD_LEMMA_RESIDUAL, m, fields_at(&fields, row, FIELD_LEMMA_RESIDUAL)[m], 0, 1e-15);
        assert_true(isnan(fields_at(&fields, row, FIELD_NOISE_FLOOR)[m]));
    }
    assert_true(scalar(&fields, row, FIELD_THRESHOLD) == 0.05);
    assert_true(scalar(&fields, row, FIELD_SALIENT_TOTAL) == 5);
    assert_true(scalar(&fields, row, FIELD_ORDER_LIMIT) == 3);
    assert_true(scalar(&fields, row, FIELD_MONOTONE) == 1);
    assert_near(FIELD_P_PAPER, 0, scalar(&fields, row, FIELD_P_PAPER), log(12.5) / log(5), 1e-14);
    assert_near(FIELD_P_ALL_PAIRS, 0, scalar(&fields, row, FIELD_P_ALL_PAIRS), 2, 1e-13);
    assert_true(scalar(&fields, row, FIELD_EXCLUDED_WHY) == EXCLUDED_NOT);
    /* x1 has half of x1x2 and a third of x1x2x3. */
    assert_near(FIELD_SHAPLEY, 1, fields_at(&fields, row, FIELD_SHAPLEY)[1], 1.0 / 2 + 1.0 / 3, 1e-15);
    free(row);
    free_game(&game);
}

TEST(a_constant_game_has_nothing) {
    game_t game = new_game(6);
    for (mask_t mask = 0; mask < mask_count(6); mask++)
        game.v[mask] = -4;
    transform(&game);
    fields_t fields;
    double *row = summary(&game, &DEFAULTS, 6, 0, NAN, &fields);
    for (int m = 0; m <= 6; m++) {
        assert_true(fields_at(&fields, row, FIELD_SALIENT_COUNT)[m] == 0);
        assert_true(isnan(fields_at(&fields, row, FIELD_CANCELLATION)[m]));
        assert_true(isnan(fields_at(&fields, row, FIELD_MASS_ABOVE)[m]));
        assert_true(fields_at(&fields, row, FIELD_STRENGTH_MAX)[m] == (m ? 0 : 4));
    }
    assert_true(scalar(&fields, row, FIELD_THRESHOLD) == 0 && scalar(&fields, row, FIELD_ORDER_LIMIT) == 0);
    assert_true(scalar(&fields, row, FIELD_MONOTONE) == 1 && isnan(scalar(&fields, row, FIELD_P_PAPER)));
    assert_true(scalar(&fields, row, FIELD_EXCLUDED_WHY) == EXCLUDED_NO_INTERACTIONS);
    free(row);
    free_game(&game);
}

TEST(settings_are_heeded) {
    game_t game = random_game(7, 3);
    fields_t fields;
    stats_settings_t settings = DEFAULTS;
    settings.salience = 0.5;
    settings.salience_scale = SALIENCE_OF_MEAN_OUTPUT;
    settings.mean_output = 4;
    double *row = summary(&game, &settings, 7, 0, NAN, &fields);
    assert_true(scalar(&fields, row, FIELD_THRESHOLD) == 2);
    for (int m = 0; m <= 7; m++) {
        order_t o = reference_order(&game, m, 2);
        assert_true(fields_at(&fields, row, FIELD_SALIENT_COUNT)[m] == (double)o.salient);
        free(o.strengths);
    }
    free(row);
    for (mask_t mask = 0; mask < mask_count(7); mask++)
        game.v[mask] = mask_order(mask);
    transform(&game);
    settings.min_output = 7.5;
    row = summary(&game, &settings, 7, 0, NAN, &fields);
    assert_true(scalar(&fields, row, FIELD_EXCLUDED_WHY) == EXCLUDED_MIN_OUTPUT);
    free(row);
    free_game(&game);
}

/* The lemma within the rounding that `verify` allows: 4 n eps times the same sum of absolute values. */
TEST(the_lemma_holds_within_rounding) {
    for (int n = 2; n <= 16; n += 2) {
        game_t game = random_game(n, 8);
        fields_t fields;
        double *row = summary(&game, &DEFAULTS, n, 0, NAN, &fields);
        const double *abs_sum = fields_at(&fields, row, FIELD_INTERACTION_ABS_SUM);
        for (int m = 0; m <= n; m++) {
            double bound = 0;
            for (int k = 1; k <= m; k++)
                bound += indices_choose(m, k) / indices_choose(n, k) * abs_sum[k];
            assert_true(fabs(fields_at(&fields, row, FIELD_LEMMA_RESIDUAL)[m]) <= 4 * n * 0x1p-52 * bound);
        }
        free(row);
        free_game(&game);
    }
}

/* ---- salient sets ---- */

typedef struct {
    int n;
    mask_t next; /* where the next words have to begin */
    uint64_t positive[1 << 7], negative[1 << 7];
} bitmaps_t;

static status_t keep_bitmaps(void *self, mask_t first, size_t words, const uint64_t *positive, const uint64_t *negative,
                             failure_t *why) {
    bitmaps_t *kept = self;
    if (kept->n == 0)
        return failed(why, STATUS_INPUT, "no room");
    assert_int_equal(first, kept->next);
    memcpy(kept->positive + first / 64, positive, words * sizeof *positive);
    memcpy(kept->negative + first / 64, negative, words * sizeof *negative);
    kept->next += words * 64;
    return STATUS_OK;
}

static void check_bitmaps(const uint64_t *positive, const uint64_t *negative, const double *effects, int n,
                          double tau) {
    for (mask_t mask = 0; mask < salience_words(n) * 64; mask++) {
        double effect = mask > 0 && mask < mask_count(n) ? effects[mask] : 0;
        assert_true((positive[mask / 64] >> (mask % 64) & 1) == (effect >= tau));
        assert_true((negative[mask / 64] >> (mask % 64) & 1) == (effect <= -tau));
    }
}

/* They come once, in mask order, whatever n is; when nobody can take them, that is why it fails. */
TEST(salient_sets_come_as_bitmaps) {
    failure_t why;
    for (int n = 1; n <= 13; n++) {
        game_t game = random_game(n, (uint64_t)n);
        fields_t fields = fields_layout(families_wanted(NULL), 13, 0);
        summarise_t *summarise = NULL;
        bitmaps_t kept = {.n = n}, none = {.n = 0};
        double *row = new_numbers(fields.doubles);
        stats_settings_t settings = DEFAULTS;
        settings.salience = n % 2 ? 0.05 : 0.3;
        assert_ok(summarise_create(&settings, &fields, &summarise, &why));
        row_source_t v = row_in_memory(game.v, n), i = row_in_memory(game.dividends, n);
        assert_ok(summarise_sample(summarise, v, i, NAN, (salient_sink_t){keep_bitmaps, &kept}, row, &why));
        assert_int_equal(kept.next, salience_words(n) * 64);
        check_bitmaps(kept.positive, kept.negative, game.dividends, n, scalar(&fields, row, FIELD_THRESHOLD));
        assert_int_equal(summarise_sample(summarise, v, i, NAN, (salient_sink_t){keep_bitmaps, &none}, row, &why),
                         STATUS_INPUT);
        summarise_destroy(&summarise);
        free(row);
        free_game(&game);
    }
}

/* ---- further families ---- */

/* Where the statistics of a further family's kind are, as a row of the root family's would have them. */
static void check_kind(const fields_t *fields, double *row, const game_t *effects, int kind, double tau) {
    static const field_id_t SUMS[] = {FIELD_STRENGTH_MEAN,   FIELD_STRENGTH_STD,    FIELD_STRENGTH_MEDIAN,
                                      FIELD_STRENGTH_MAX,    FIELD_INTERACTION_SUM, FIELD_INTERACTION_ABS_SUM,
                                      FIELD_POSITIVE_SUM,    FIELD_NEGATIVE_SUM,    FIELD_SALIENT_COUNT,
                                      FIELD_SALIENT_POSITIVE};
    double total = 0, limit = 0;
    for (int m = 0; m <= fields->n; m++) {
        order_t o = reference_order(effects, m <= effects->n ? m : effects->n, tau);
        const double wanted[] = {o.mean,
                                 o.std,
                                 percentile(&o, 0.5),
                                 o.strengths[o.count - 1],
                                 m ? o.sum : NAN,
                                 o.abs_sum,
                                 m ? o.positive_sum : NAN,
                                 m ? o.negative_sum : NAN,
                                 (double)o.salient,
                                 (double)o.positive};
        for (size_t k = 0; k < sizeof SUMS / sizeof *SUMS; k++)
            assert_near(SUMS[k], m, fields_of_kind(fields, row, TOY, kind, SUMS[k])[m],
                        m <= effects->n ? wanted[k] : NAN, 1e-10);
        total += m <= effects->n ? (double)o.salient : 0;
        limit = m <= effects->n && o.salient > 0 ? m : limit;
        free(o.strengths);
    }
    assert_true(*fields_of_kind(fields, row, TOY, kind, FIELD_SALIENT_TOTAL) == total);
    assert_true(*fields_of_kind(fields, row, TOY, kind, FIELD_ORDER_LIMIT) == limit);
}

/* Two tables that differ in strength, in files of as many players and of more: salient against the strongest of both.
 */
TEST(effects_of_further_families) {
    failure_t why;
    for (int n = 1; n <= 13; n++) {
        fields_t fields = fields_layout(families_wanted(NULL), n + n % 3, 0);
        summarise_t *summarise = NULL;
        double *effects = random_numbers(2 * mask_count(n), (uint64_t)n), *row = random_numbers(fields.doubles, 1);
        double *before = new_numbers(fields.doubles), most = 0;
        uint64_t salient[2 * TOY_KINDS][1 << 7];
        for (mask_t mask = 0; mask < mask_count(n); mask++)
            effects[mask] *= 3;
        for (mask_t mask = 0; mask < 2 * mask_count(n); mask++)
            most = fmax(most, mask % mask_count(n) ? fabs(effects[mask]) : 0);
        memcpy(before, row, fields.doubles * sizeof *row);
        memset(row + fields.offset[TOY * FIELD_COUNT], 0xff, (fields.doubles - fields.offset[TOY * FIELD_COUNT]) * 8);
        assert_ok(summarise_create(&DEFAULTS, &fields, &summarise, &why));
        assert_ok(summarise_effects(summarise, TOY, effects, NULL, n, salient[0], row, &why));
        assert_memory_equal(row, before, fields.offset[TOY * FIELD_COUNT] * sizeof *row);
        assert_true(*fields_at(&fields, row, TOY * FIELD_COUNT + FIELD_THRESHOLD) == 0.05 * most);
        for (int kind = 0; kind < TOY_KINDS; kind++) {
            game_t game = {n, effects, effects + (mask_t)kind * mask_count(n)};
            const uint64_t *positive = salient[0] + (size_t)kind * salience_words(n);
            check_kind(&fields, row, &game, kind, 0.05 * most);
            check_bitmaps(positive, positive + TOY_KINDS * salience_words(n), game.dividends, n, 0.05 * most);
        }
        effects[2 * mask_count(n) - 1] = INFINITY;
        assert_fails(summarise_effects(summarise, TOY, effects, NULL, n, salient[0], row, &why), STATUS_CERTAIN,
                     "family toy overflow");
        summarise_destroy(&summarise);
        free(effects);
        free(before);
        free(row);
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
