/* Games against their formulas: v summed from the dividends by the definition, published values, and the injected
 * faults. */
#include "base/clock.h"
#include "engines/game.h"
#include "support/models.h"

static model_t *open_game(const game_options_t *game) {
    return open_model(&(model_options_t){.backend = BACKEND_GAME, .game = *game});
}

static sample_t sample_of(int64_t index, int n) {
    return (sample_t){.index = index, .label = -1, .target = -1, .n = n, .baselines = 1};
}

static void evaluate_sample(model_t *model, int64_t index, int n, double *values) {
    sample_t sample = sample_of(index, n);
    evaluate_all(model, &sample, values);
}

/* Ren et al., ICLR 2024, appendix H, n = 5: the mean of u over the orders (1.9, not the 1.8 that is printed). */
TEST(appendix_h_has_its_order_means) {
    const double means[6] = {0, 0.4, 1.0, 1.9, 3.2, 5.0};
    double values[32], sums[6] = {0}, counts[6] = {0};
    model_t *model = open_game(&(game_options_t){.game = GAME_APPENDIX_H});
    evaluate_sample(model, 0, 5, values);
    for (mask_t mask = 0; mask < 32; mask++) {
        sums[mask_order(mask)] += values[mask];
        counts[mask_order(mask)] += 1.0;
    }
    for (int m = 0; m <= 5; m++)
        assert_true(fabs(sums[m] / counts[m] - means[m]) < 1e-12);
    model_close(&model);
}

TEST(square_is_what_it_says) {
    double values[64];
    model_t *model = open_game(&(game_options_t){.game = GAME_SQUARE});
    evaluate_sample(model, 0, 6, values);
    for (mask_t mask = 0; mask < 64; mask++)
        assert_true(values[mask] == (double)(mask_order(mask) * mask_order(mask)));
    model_close(&model);
}

/* v is the sum of the dividends within the mask: Theorem 1. */
TEST(values_are_the_sums_of_the_terms) {
    enum { N = 7 };
    const game_t games[] = {GAME_APPENDIX_H, GAME_SPARSE, GAME_CONSTANT};
    double values[1 << N];
    game_term_t terms[40];
    for (size_t g = 0; g < 3; g++) {
        game_options_t game = {.game = games[g], .seed = 5, .terms = 40, .order_min = 1, .order_max = 4};
        size_t count = game_terms_count(&game);
        assert_true(count <= 40);
        game_terms(&game, 9, N, terms);
        model_t *model = open_game(&game);
        evaluate_sample(model, 9, N, values);
        for (mask_t mask = 0; mask < 1 << N; mask++) {
            double sum = 0.0;
            for (size_t t = 0; t < count; t++)
                if ((terms[t].mask & mask) == terms[t].mask)
                    sum += terms[t].coefficient;
            assert_true(values[mask] == sum);
        }
        model_close(&model);
    }
}

TEST(sparse_terms_have_the_orders_asked_for) {
    enum { TERMS = 3000, N = 10 };
    static game_term_t terms[TERMS];
    int seen[N + 1] = {0}, players[N] = {0};
    game_options_t game = {.game = GAME_SPARSE, .seed = 1, .terms = TERMS, .order_min = 2, .order_max = 5};
    game_terms(&game, 0, N, terms);
    for (int t = 0; t < TERMS; t++) {
        assert_true(terms[t].mask < mask_count(N));
        assert_true(terms[t].coefficient >= -1.0 && terms[t].coefficient < 1.0);
        seen[mask_order(terms[t].mask)]++;
        for (int i = 0; i < N; i++)
            players[i] += (int)(terms[t].mask >> i & 1);
    }
    for (int order = 0; order <= N; order++)
        if (order >= 2 && order <= 5)
            assert_in_range(seen[order], 600, 900); /* 750 expected, standard deviation 24 */
        else
            assert_int_equal(seen[order], 0);
    for (int i = 0; i < N; i++)
        assert_in_range(players[i], 850, 1250); /* 1050 expected */
    game.order_max = 30;                        /* clipped to the sample's players */
    game_terms(&game, 0, 3, terms);
    for (int t = 0; t < TERMS; t++)
        assert_true(terms[t].mask < 8 && mask_order(terms[t].mask) >= 2);
}

/* Any cut of the masks into ranges gives the same bits, noise included; other samples and seeds give others. */
TEST(only_samples_and_seeds_change_bits) {
    enum { N = 9 };
    game_options_t game = {.game = GAME_SPARSE, .seed = 7, .terms = 30, .order_max = 9, .noise = 1e-3};
    double whole[1 << N], pieces[1 << N], other[1 << N];
    failure_t why;
    sample_t sample = sample_of(4, N);
    model_t *model = open_game(&game);
    evaluate_sample(model, 4, N, whole);
    evaluate_sample(model, 1, N, other);
    assert_memory_not_equal(whole, other, sizeof whole);
    assert_int_equal(model_granule_bits(model, N), 0);
    for (mask_t first = 0, step = 1; first < mask_count(N); first += step, step = step % 13 + 2) {
        mask_t count = step < mask_count(N) - first ? step : mask_count(N) - first;
        assert_ok(model_evaluate(model, &sample, (range_t){first, count}, pieces + first, &why));
    }
    assert_memory_equal(whole, pieces, sizeof whole);
    model_close(&model);
    game.seed = 3;
    model = open_game(&game);
    evaluate_sample(model, 4, N, other);
    assert_memory_not_equal(whole, other, sizeof whole);
    model_close(&model);
}

TEST(noise_has_the_deviation_asked_for) {
    enum { N = 16 };
    static double values[1 << N];
    double sum = 0.0, squares = 0.0, beyond = 0.0;
    model_t *model = open_game(&(game_options_t){.game = GAME_CONSTANT, .seed = 11, .noise = 0.25});
    evaluate_sample(model, 0, N, values);
    for (mask_t mask = 0; mask < 1 << N; mask++) {
        double noise = values[mask] - 1.0;
        sum += noise;
        squares += noise * noise;
        beyond += fabs(noise) > 0.5 ? 1.0 : 0.0;
    }
    double count = 1 << N;
    assert_true(fabs(sum / count) < 0.005);                   /* five standard errors of the mean */
    assert_true(fabs(sqrt(squares / count) - 0.25) < 0.0035); /* five of the deviation */
    assert_true(fabs(beyond / count - 0.0455) < 0.0045);      /* two-sigma tails of a Gaussian */
    model_close(&model);
}

/* At mask 5 of sample 2, and nowhere else; a transient one twice. */
TEST(faults_strike_where_they_should) {
    static const struct {
        fault_t fault;
        int64_t sample;
        range_t range;
        status_t first, third;
        const char *text;
    } cases[] = {{FAULT_NAN, 1, {0, 8}, STATUS_OK, STATUS_OK, NULL},
                 {FAULT_NAN, 2, {0, 5}, STATUS_OK, STATUS_OK, NULL},
                 {FAULT_NAN, 2, {6, 2}, STATUS_OK, STATUS_OK, NULL},
                 {FAULT_NAN, 2, {4, 4}, STATUS_CERTAIN, STATUS_CERTAIN, "mask 0x5: output is NaN"},
                 {FAULT_INF, 2, {0, 8}, STATUS_CERTAIN, STATUS_CERTAIN, "mask 0x5: output is +inf"},
                 {FAULT_TRANSIENT, 2, {0, 4}, STATUS_OK, STATUS_OK, NULL},
                 {FAULT_TRANSIENT, 2, {4, 4}, STATUS_TRANSIENT, STATUS_OK, "mask 0x5: injected transient fault"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double values[8];
        failure_t why = {0};
        sample_t sample = sample_of(cases[i].sample, 3);
        model_t *model = open_game(&(game_options_t){
            .game = GAME_SQUARE, .fault = cases[i].fault, .fault_sample = 2, .fault_mask = 5, .fault_times = 2});
        for (int again = 0; again < 3; again++)
            assert_int_equal(model_evaluate(model, &sample, cases[i].range, values, &why),
                             again < 2 ? cases[i].first : cases[i].third);
        assert_string_equal(why.text, cases[i].text ? cases[i].text : "");
        assert_true(values[0] == (cases[i].range.first == 0 ? 0.0 : cases[i].range.first == 4 ? 1.0 : 4.0));
        model_close(&model);
    }
}

/* The factors of many samples lie in 1 ... spread, and their mean where it belongs. */
TEST(uneven_samples_sleep_unevenly) {
    enum { COUNT = 40 };
    double values[1], least = INFINITY, most = 0, sum = 0;
    model_t *model = open_game(&(game_options_t){.game = GAME_CONSTANT, .sleep_us = 1000, .sleep_spread = 20});
    for (int64_t index = 0; index < COUNT; index++) {
        double start = clock_seconds();
        evaluate_sample(model, index, 0, values);
        double slept = clock_seconds() - start;
        least = fmin(least, slept);
        most = fmax(most, slept);
        sum += slept;
    }
    assert_true(least >= 0.001);
    assert_true(model_times(model).engine >= 0.001 * COUNT);
    assert_true(most > 0.015);
    assert_true(sum > COUNT * 0.0075);
    model_close(&model);
}

TEST(games_need_no_target_and_any_shape_fits) {
    uint64_t evaluated = 0;
    failure_t why;
    sample_t sample = sample_of(0, 4);
    model_t *model = open_game(&(game_options_t){.game = GAME_SQUARE});
    assert_int_equal(model_set_target(model, &sample, &evaluated, &why), STATUS_OK);
    assert_int_equal(sample.target, 0);
    assert_int_equal(evaluated, 0);
    assert_ok(model_check_shape(model, 2, (int64_t[]){3, 4}, "s.h5: /x", &why));
    assert_string_equal(model_info(model)->engine, "game");
    model_close(&model);
    assert_null(model);
}

TEST(what_cannot_be_evaluated_is_refused) {
    const range_t bad[] = {{0, 0}, {0, 17}, {16, 1}, {15, 2}, {1, UINT64_MAX}};
    double values[16];
    failure_t why;
    sample_t sample = sample_of(0, 4);
    model_t *model = open_game(&(game_options_t){.game = GAME_SQUARE});
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(model_evaluate(model, &sample, bad[i], values, &why), STATUS_INTERNAL);
    model_close(&model);
    model = open_game(&(game_options_t){.game = GAME_APPENDIX_H});
    sample.n = 2;
    assert_fails(model_evaluate(model, &sample, (range_t){0, 4}, values, &why), STATUS_CERTAIN, "at least 3 players");
    model_close(&model);
}

TEST(the_instruction_set_is_named) {
    char text[MODEL_TEXT] = "";
    model_instruction_set(text);
#if defined(__x86_64__)
    assert_int_equal(strncmp(text, "x86-64", 6), 0);
    assert_int_equal(strstr(text, "avx512f") != NULL, __builtin_cpu_supports("avx512f") != 0);
#else
    assert_true(text[0] != '\0');
#endif
}

int main(void) {
    return run_all(NULL, NULL);
}
