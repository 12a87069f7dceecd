/* include/harsanyi.h: numbers by their definitions, a network's v by its formula, and every wrong argument refused with
 * a sentence. Linked with the shared library alone. */
#include "harsanyi.h"

#include "support/test.h"

enum { N = 4, MASKS = 1 << N };

/* ---- a small game ---- */

static double v[MASKS], interactions[MASKS];
static harsanyi_error error;

static int order_of(unsigned mask) {
    int order = 0;
    for (; mask; mask &= mask - 1)
        order++;
    return order;
}

static int make_game(void **state) {
    uint64_t seed = 1;
    for (unsigned mask = 0; mask < MASKS; mask++)
        v[mask] = interactions[mask] = random_signed(&seed);
    return harsanyi_moebius(interactions, N, &error);
}

typedef struct {
    double shapley, banzhaf, sii, stii, bii;
} weighted_t;

/* Sums of weight(|S|) I(S) over the sets S that hold `set`; sii, stii and bii are for pairs. */
static weighted_t weighted(unsigned set) {
    weighted_t sums = {0};
    for (unsigned mask = 1; mask < MASKS; mask++) {
        int k = order_of(mask);
        if ((mask & set) != set)
            continue;
        sums.shapley += interactions[mask] / k;
        sums.banzhaf += ldexp(interactions[mask], 1 - k);
        sums.sii += interactions[mask] / (k - 1);
        sums.stii += interactions[mask] * 2 / (k * (k - 1));
        sums.bii += ldexp(interactions[mask], 2 - k);
    }
    return sums;
}

TEST(transforms_follow_their_definition) {
    double back[MASKS];
    for (unsigned mask = 0; mask < MASKS; mask++) {
        double sum = 0;
        for (unsigned t = 0; t < MASKS; t++)
            if ((t & ~mask) == 0)
                sum += (order_of(mask ^ t) % 2 ? -1 : 1) * v[t];
        assert_within(interactions[mask], sum, 1e-14);
    }
    memcpy(back, interactions, sizeof back);
    assert_int_equal(harsanyi_zeta(back, N, NULL), HARSANYI_OK);
    for (unsigned mask = 0; mask < MASKS; mask++)
        assert_within(back[mask], v[mask], 1e-14);
}

TEST(indices_follow_their_definitions) {
    double shapley[N], banzhaf[N], sii2[N][N], stii2[N][N], bii2[N][N], one;
    assert_int_equal(harsanyi_shapley(interactions, N, shapley, &error), HARSANYI_OK);
    assert_int_equal(harsanyi_banzhaf(interactions, N, banzhaf, &error), HARSANYI_OK);
    assert_int_equal(harsanyi_sii2(interactions, N, *sii2, &error), HARSANYI_OK);
    assert_int_equal(harsanyi_stii2(interactions, N, *stii2, &error), HARSANYI_OK);
    assert_int_equal(harsanyi_bii2(interactions, N, *bii2, &error), HARSANYI_OK);
    for (unsigned i = 0; i < N; i++) {
        assert_within(shapley[i], weighted(1u << i).shapley, 1e-14);
        assert_within(banzhaf[i], weighted(1u << i).banzhaf, 1e-14);
        assert_true(sii2[i][i] == shapley[i] && stii2[i][i] == interactions[1u << i] && bii2[i][i] == banzhaf[i]);
        for (unsigned j = 0; j < i; j++) {
            unsigned pair = 1u << i | 1u << j;
            assert_within(sii2[i][j], weighted(pair).sii, 1e-14);
            assert_within(stii2[i][j], weighted(pair).stii, 1e-14);
            assert_within(bii2[j][i], weighted(pair).bii, 1e-14);
            assert_int_equal(harsanyi_set_sii(interactions, N, pair, &one, &error), HARSANYI_OK);
            assert_within(one, sii2[i][j], 1e-14);
            assert_int_equal(harsanyi_set_stii(interactions, N, pair, &one, &error), HARSANYI_OK);
            assert_within(one, stii2[i][j], 1e-14);
            assert_int_equal(harsanyi_set_bii(interactions, N, pair, &one, &error), HARSANYI_OK);
            assert_within(one, bii2[i][j], 1e-14);
        }
    }
}

/* Slice m of a pair: the mean of its discrete derivative over the sets of m others. */
TEST(multi_order_is_a_mean) {
    double multi[N - 1][N][N], one;
    assert_int_equal(harsanyi_multi_order(interactions, N, **multi, &error), HARSANYI_OK);
    for (int m = 0; m <= N - 2; m++) {
        double sum = 0;
        int sets = 0;
        for (unsigned t = 0; t < MASKS; t += 4) /* without players 0 and 1 */
            if (order_of(t) == m) {
                sum += v[t | 3] - v[t | 1] - v[t | 2] + v[t];
                sets++;
            }
        assert_within(multi[m][0][1], sum / sets, 1e-14);
        assert_int_equal(harsanyi_set_multi_order(interactions, N, 3, m, &one, &error), HARSANYI_OK);
        assert_within(one, sum / sets, 1e-14);
    }
}

TEST(statistics_have_names) {
    harsanyi_statistics *statistics = NULL;
    harsanyi_field field;
    harsanyi_settings settings = harsanyi_default_settings();
    size_t length;
    int fields = 0;
    settings.all_indices = 1;
    assert_int_equal(harsanyi_statistics_new(N, &settings, &statistics, &error), HARSANYI_OK);
    assert_null(harsanyi_statistics_field(statistics, "orders/strength_mean", &length));
    assert_int_equal(harsanyi_statistics_compute(statistics, v, interactions, 0.5, &error), HARSANYI_OK);
    for (; harsanyi_describe_field(fields, &field); fields++) {
        if (strcmp(field.axes, "ranks") == 0 || strcmp(field.axes, "steps") == 0) { /* from 10 players on */
            assert_null(harsanyi_statistics_field(statistics, field.name, &length));
            continue;
        }
        assert_non_null(harsanyi_statistics_field(statistics, field.name, &length));
        size_t wanted = strcmp(field.axes, "1") == 0         ? 1
                        : strcmp(field.axes, "n") == 0       ? N
                        : strcmp(field.axes, "n,n") == 0     ? N * N
                        : strcmp(field.axes, "n-1,n,n") == 0 ? (N - 1) * N * N
                        : strcmp(field.axes, "n+1") == 0     ? N + 1
                                                             : (N + 1) * (N + 1);
        assert_int_equal(length, wanted);
    }
    assert_true(fields > 40);
    const double *mean = harsanyi_statistics_field(statistics, "orders/strength_mean", NULL);
    assert_within(mean[N], fabs(interactions[MASKS - 1]), 0);
    const double *floor_of = harsanyi_statistics_field(statistics, "orders/noise_floor", NULL);
    assert_within(floor_of[2], 2 * 0.5, 0);
    assert_null(harsanyi_statistics_field(statistics, "orders/nothing", &length));
    assert_int_equal(length, 0);
    harsanyi_statistics_free(&statistics);
    assert_null(statistics);
    assert_int_equal(harsanyi_statistics_new(N, NULL, &statistics, &error), HARSANYI_OK);
    assert_int_equal(harsanyi_statistics_compute(statistics, v, interactions, NAN, &error), HARSANYI_OK);
    assert_null(harsanyi_statistics_field(statistics, "indices/stii2", NULL)); /* not asked for */
    harsanyi_statistics_free(&statistics);
}

/* Rebuilt within zeta; a game of ANDs and ORs of disjoint players is found as it is. */
TEST(sparse_interactions_rebuild_v) {
    double of_and[MASKS] = {0}, of_or[MASKS] = {0}, dual[MASKS];
    harsanyi_sparse_result is = {.effects_and = of_and, .effects_or = of_or, .dual = dual};
    harsanyi_sparse *sparse = NULL;
    assert_int_equal(harsanyi_sparse_new(N, NULL, &sparse, &error), HARSANYI_OK);
    assert_int_equal(harsanyi_sparse_compute(sparse, v, &is, &error), HARSANYI_OK);
    assert_true(is.converged && is.gap <= 1e-4 && is.lower_bound <= is.objective && is.l1 <= is.objective);
    for (unsigned mask = 0; mask < MASKS; mask++) {
        double w = of_and[0];
        for (unsigned set = 1; set < MASKS; set++)
            w += ((set & mask) == set ? of_and[set] : 0) + ((set & mask) != 0 ? of_or[set] : 0);
        assert_within(w, v[mask], is.zeta + 1e-12);
        assert_true(order_of(mask) > 1 || of_or[mask] == 0);
    }
    harsanyi_sparse_free(&sparse);
    assert_null(sparse);
    harsanyi_sparse_options exact = harsanyi_default_sparse_options();
    exact.denoise = 0;
    double game[MASKS];
    for (unsigned mask = 0; mask < MASKS; mask++)
        game[mask] = 2 * ((mask & 3) == 3) + ((mask & 12) != 0);
    assert_int_equal(harsanyi_sparse_new(N, &exact, &sparse, &error), HARSANYI_OK);
    is.dual = NULL;
    assert_int_equal(harsanyi_sparse_compute(sparse, game, &is, &error), HARSANYI_OK);
    for (unsigned mask = 1; mask < MASKS; mask++) {
        assert_within(of_and[mask], mask == 3 ? 2 : 0, 0.02);
        assert_within(of_or[mask], mask == 12 ? 1 : 0, 0.02);
    }
    harsanyi_sparse_free(&sparse);
}

/* ---- wrong arguments ---- */

static void refused(int status, const char *says) {
    assert_int_equal(status, HARSANYI_INPUT);
    assert_int_equal(error.status, HARSANYI_INPUT);
    if (!strstr(error.text, says))
        fail_msg("%s", error.text);
}

TEST(wrong_arguments_are_refused) {
    double out[MASKS];
    harsanyi_statistics *statistics;
    harsanyi_settings settings = harsanyi_default_settings();
    refused(harsanyi_moebius(out, 0, &error), "0 players; allowed are 1 to 36");
    refused(harsanyi_zeta(out, 37, &error), "37 players");
    refused(harsanyi_shapley(interactions, -1, out, &error), "-1 players");
    refused(harsanyi_multi_order(interactions, 1, out, &error), "2 players at least");
    refused(harsanyi_set_sii(interactions, N, 0, out, &error), "set 0x0: allowed are 1 to 0xf");
    refused(harsanyi_set_bii(interactions, N, MASKS, out, &error), "set 0x10");
    refused(harsanyi_set_multi_order(interactions, N, 3, 3, out, &error), "m = 3: allowed are 0 to 2");
    refused(harsanyi_statistics_new(99, NULL, &statistics, &error), "99 players");
    assert_null(statistics);
    settings.salience = 0;
    refused(harsanyi_statistics_new(N, &settings, &statistics, &error), "salience 0");
    settings = harsanyi_default_settings();
    settings.assumed_order_limit = -2;
    refused(harsanyi_statistics_new(N, &settings, &statistics, &error), "assumed_order_limit -2");
    harsanyi_sparse *sparse;
    harsanyi_sparse_options options = harsanyi_default_sparse_options();
    refused(harsanyi_sparse_new(21, NULL, &sparse, &error), "21 players; allowed are 1 to 20");
    assert_null(sparse);
    options.kinds = "or";
    refused(harsanyi_sparse_new(N, &options, &sparse, &error), "kinds or: allowed are and, and_or");
    options = harsanyi_default_sparse_options();
    options.tie = NULL;
    refused(harsanyi_sparse_new(N, &options, &sparse, &error), "tie NULL: allowed are minimum_norm, none");
    options = harsanyi_default_sparse_options();
    options.gap = 1;
    refused(harsanyi_sparse_new(N, &options, &sparse, &error), "gap 1: allowed are");
}

TEST(an_overflow_is_the_samples) {
    double huge[4] = {0, 1.5e308, -1.5e308, 1.5e308}, effects[4];
    harsanyi_statistics *statistics;
    memcpy(effects, huge, sizeof effects);
    assert_int_equal(harsanyi_moebius(effects, 2, &error), HARSANYI_OK);
    effects[3] = INFINITY;
    assert_int_equal(harsanyi_statistics_new(2, NULL, &statistics, &error), HARSANYI_OK);
    assert_int_equal(harsanyi_statistics_compute(statistics, huge, effects, NAN, &error), HARSANYI_SAMPLE);
    assert_non_null(strstr(error.text, "overflow"));
    assert_null(harsanyi_statistics_field(statistics, "conditions/threshold", NULL));
    harsanyi_statistics_free(&statistics);
}

/* ---- a network: z = x w + b of tests/data/make_models.py, 4 inputs, 3 outputs ---- */

static const double X[4] = {1.5, -0.75, 2.0, 0.625}, BASELINE[4] = {-1, 0.5, 0.25, 9};
static const int32_t PLAYERS[4] = {2, 0, 1, -1};
static const int64_t SHAPE[1] = {4};

static double output(unsigned mask, int j) {
    double z = (j - 1) / 4.0;
    for (int i = 0; i < 4; i++) {
        bool present = PLAYERS[i] < 0 || (mask >> PLAYERS[i] & 1);
        z += (present ? X[i] : BASELINE[i]) * ((7 * i + 3 * j) % 11 - 5) / 8.0;
    }
    return z;
}

static harsanyi_sample sample(void) {
    return (harsanyi_sample){.n = 3,
                             .rank = 1,
                             .shape = SHAPE,
                             .elements = 4,
                             .x = X,
                             .players = PLAYERS,
                             .baselines = 1,
                             .baseline = BASELINE,
                             .target = 2};
}

static harsanyi_model *open_network(const char *name) {
    static char path[1024];
    harsanyi_model_options options = harsanyi_default_model_options();
    harsanyi_model *model;
    snprintf(path, sizeof path, "%s/%s", TEST_DATA_DIR, name);
    options.file = path;
    options.score = "raw";
    if (harsanyi_model_open(&options, &model, &error) == HARSANYI_OK)
        return model;
    assert_null(model);
    print_message("skipped: %s\n", error.text);
    assert_true(strstr(error.text, "no ONNX Runtime backend") || strstr(error.text, "ONNX Runtime was not found"));
    skip();
    return NULL;
}

TEST(a_network_is_evaluated) {
    harsanyi_model *model = open_network("linear_f32.onnx");
    harsanyi_sample whole = sample();
    double values[8], sigma = -1;
    int64_t target, best = 0;
    assert_int_equal(harsanyi_model_granule(model, 3), 8);
    assert_int_equal(harsanyi_model_granule(model, 0), 0);
    assert_int_equal(harsanyi_model_evaluate(model, &whole, 0, 8, values, &error), HARSANYI_OK);
    for (unsigned mask = 0; mask < 8; mask++)
        assert_within(values[mask], output(mask, 2), 0);
    for (int j = 1; j < 3; j++)
        best = output(7, j) > output(7, (int)best) ? j : best;
    assert_int_equal(harsanyi_model_predict(model, &whole, &target, &error), HARSANYI_OK);
    assert_int_equal(target, best);
    assert_int_equal(harsanyi_model_noise(model, &whole, values, &sigma, &error), HARSANYI_OK);
    assert_true(sigma > 0 && sigma < 1e-5);
    harsanyi_model_close(&model);
    assert_null(model);
}

TEST(wrong_samples_are_refused) {
    harsanyi_model *model = open_network("linear_f32.onnx");
    static const int64_t OTHER[1] = {5};
    double values[8];
    harsanyi_sample wrong = sample();
    refused(harsanyi_model_evaluate(model, &wrong, 4, 4, values, &error), "masks 4 + 4: allowed are multiples of 8");
    refused(harsanyi_model_evaluate(model, &wrong, 0, 16, values, &error), "of the 8 masks of 3 players");
    refused(harsanyi_model_evaluate(model, &wrong, 0, 0, values, &error), "masks 0 + 0");
    wrong.target = 3;
    refused(harsanyi_model_evaluate(model, &wrong, 0, 8, values, &error), "3");
    wrong.target = -1;
    refused(harsanyi_model_evaluate(model, &wrong, 0, 8, values, &error), "target -1");
    wrong = sample();
    wrong.shape = OTHER;
    refused(harsanyi_model_evaluate(model, &wrong, 0, 8, values, &error), "4 elements, but 5 by its shape");
    wrong.elements = 5;
    refused(harsanyi_model_evaluate(model, &wrong, 0, 8, values, &error), "the model");
    wrong = sample();
    wrong.n = 2; /* of the players 0, 1, 2 */
    refused(harsanyi_model_evaluate(model, &wrong, 0, 4, values, &error), "player");
    wrong.baselines = 0;
    refused(harsanyi_model_predict(model, &wrong, &wrong.target, &error), "baseline is missing");
    harsanyi_model_close(&model);
}

TEST(wrong_models_are_refused) {
    harsanyi_model_options options = harsanyi_default_model_options();
    harsanyi_model *model;
    refused(harsanyi_model_open(&options, &model, &error), "file: ");
    assert_null(model);
    options.file = "none.onnx";
    options.score = "odds";
    refused(harsanyi_model_open(&options, &model, &error), "score odds: allowed are log_odds");
    options.score = "logit";
    options.output_kind = "auto";
    refused(harsanyi_model_open(&options, &model, &error), "output_kind auto: allowed are logits");
    options.output_kind = "probabilities";
    options.batch = 100;
    refused(harsanyi_model_open(&options, &model, &error), "batch 100");
    options.batch = 64;
    assert_int_not_equal(harsanyi_model_open(&options, &model, NULL), HARSANYI_OK);
    assert_null(model);
}

TEST(models_of_several_inputs_are_refused) {
    harsanyi_model_options options = harsanyi_default_model_options();
    harsanyi_model *model = open_network("linear_f32.onnx"); /* skips where there is no engine */
    harsanyi_model_close(&model);
    options.file = TEST_DATA_DIR "/tokens.onnx";
    options.input = "ids";
    refused(harsanyi_model_open(&options, &model, &error),
            "tokens.onnx: has other inputs besides the one that is masked (keep)");
}

int main(void) {
    return run_all(make_game, NULL);
}
