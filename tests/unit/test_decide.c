/* plan/decide: what outputs are, and which score fits them. */
#include "plan/decide.h"
#include "support/test.h"

static model_options_t decided(score_t score, output_kind_t kind, const double *outputs, size_t rows, size_t columns,
                               bool two_classes) {
    model_options_t options = {.score = score, .output_kind = kind};
    decide_outputs_t seen = {0};
    for (size_t row = 0; row < rows; row++)
        decide_look(&seen, outputs + row * columns, 1, columns);
    decide(&seen, two_classes, &options);
    return options;
}

static void assert_decided(model_options_t options, score_t score, output_kind_t kind) {
    assert_int_equal(options.score, score);
    assert_int_equal(options.output_kind, kind);
}

TEST(shares_of_one_are_probabilities) {
    const double shares[6] = {0.5, 0.25, 0.25, 1, 0, 0.0009}, logits[6] = {0.5, 0.25, 0.25, 0.7, 0.2, 0.3},
                 negative[3] = {1.5, -0.25, -0.25}, nan[6] = {NAN, 0, 1, 0.25, 0.25, 0.5};
    assert_decided(decided(SCORE_AUTO, OUTPUTS_AUTO, shares, 2, 3, false), SCORE_LOG_ODDS, OUTPUTS_PROBABILITIES);
    assert_decided(decided(SCORE_AUTO, OUTPUTS_AUTO, logits, 2, 3, false), SCORE_LOG_ODDS, OUTPUTS_LOGITS);
    assert_decided(decided(SCORE_AUTO, OUTPUTS_AUTO, negative, 1, 3, false), SCORE_LOG_ODDS, OUTPUTS_LOGITS);
    assert_decided(decided(SCORE_AUTO, OUTPUTS_AUTO, nan, 1, 3, false), SCORE_LOG_ODDS, OUTPUTS_LOGITS);
    /* A row with NaN is left out. */
    assert_decided(decided(SCORE_AUTO, OUTPUTS_AUTO, nan, 2, 3, false), SCORE_LOG_ODDS, OUTPUTS_PROBABILITIES);
}

TEST(one_output_is_a_probability_a_logit_or_a_regression) {
    const double unit[3] = {0, 0.5, 1 + 5e-7}, constant[2] = {0.5, 0.5}, free_numbers[2] = {-1, 3};
    assert_decided(decided(SCORE_AUTO, OUTPUTS_AUTO, unit, 3, 1, false), SCORE_LOG_ODDS, OUTPUTS_PROBABILITIES);
    assert_decided(decided(SCORE_AUTO, OUTPUTS_AUTO, constant, 2, 1, false), SCORE_RAW, OUTPUTS_LOGITS);
    assert_decided(decided(SCORE_AUTO, OUTPUTS_AUTO, free_numbers, 2, 1, false), SCORE_RAW, OUTPUTS_LOGITS);
    assert_decided(decided(SCORE_AUTO, OUTPUTS_AUTO, free_numbers, 2, 1, true), SCORE_LOG_ODDS, OUTPUTS_LOGITS);
}

TEST(what_is_asked_for_stays) {
    const double unit[2] = {0, 1}, shares[2] = {0.5, 0.5};
    assert_decided(decided(SCORE_RAW, OUTPUTS_AUTO, unit, 2, 1, true), SCORE_RAW, OUTPUTS_LOGITS);
    assert_decided(decided(SCORE_PROBABILITY, OUTPUTS_AUTO, unit, 2, 1, true), SCORE_PROBABILITY,
                   OUTPUTS_PROBABILITIES);
    assert_decided(decided(SCORE_AUTO, OUTPUTS_LOGITS, shares, 1, 2, true), SCORE_LOG_ODDS, OUTPUTS_LOGITS);
    assert_decided(decided(SCORE_AUTO, OUTPUTS_PROBABILITIES, unit, 1, 2, true), SCORE_LOG_ODDS, OUTPUTS_PROBABILITIES);
}

TEST(where_nothing_was_seen_outputs_are_logits) {
    assert_decided(decided(SCORE_AUTO, OUTPUTS_AUTO, NULL, 0, 3, false), SCORE_LOG_ODDS, OUTPUTS_LOGITS);
}

TEST(what_does_not_go_together_is_said) {
    static const struct {
        double outputs[2];
        size_t columns;
        score_t score;
        output_kind_t kind;
        bool labels;
        const char *says;
    } CASES[] = {
        {{0.9, 0.8}, 2, SCORE_AUTO, OUTPUTS_AUTO, true, "output_kind: probabilities"},
        {{1.5, 0.8}, 2, SCORE_AUTO, OUTPUTS_AUTO, true, NULL},
        {{0.9, 0.1}, 2, SCORE_AUTO, OUTPUTS_AUTO, true, NULL},
        {{0.9, 0.1}, 2, SCORE_AUTO, OUTPUTS_LOGITS, true, "sum to 1"},
        {{0.9, 0.1}, 2, SCORE_RAW, OUTPUTS_LOGITS, true, NULL},
        {{2.5, 0}, 1, SCORE_LOG_ODDS, OUTPUTS_AUTO, false, "score: raw"},
        {{2.5, 0}, 1, SCORE_LOG_ODDS, OUTPUTS_AUTO, true, NULL},
        {{2.5, 0}, 1, SCORE_AUTO, OUTPUTS_AUTO, false, NULL},
        {{0.4, 0.5}, 2, SCORE_AUTO, OUTPUTS_AUTO, true, "output_kind: probabilities"},
        {{0.4, 0.5}, 2, SCORE_AUTO, OUTPUTS_PROBABILITIES, true, "the sum of the others"},
        {{0.4, 0.5}, 2, SCORE_LOGIT, OUTPUTS_PROBABILITIES, true, NULL},
        {{-1.5, 1.5}, 2, SCORE_AUTO, OUTPUTS_AUTO, true, "twice the score"},
        {{-1.5, 1.5}, 2, SCORE_LOGIT, OUTPUTS_AUTO, true, NULL},
        {{0.4, 0.5}, 2, SCORE_LOG_PROB, OUTPUTS_PROBABILITIES, true, NULL},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char text[DECIDE_TEXT];
        decide_outputs_t seen = {0};
        model_options_t options = {.score = CASES[i].score, .output_kind = CASES[i].kind};
        decide_look(&seen, CASES[i].outputs, 1, CASES[i].columns);
        decide(&seen, CASES[i].labels, &options);
        decide_doubt(&seen, CASES[i].labels, true, &options, text);
        assert_true(CASES[i].says ? strstr(text, CASES[i].says) != NULL : text[0] == '\0');
    }
}

TEST(one_logit_made_two_is_no_doubt) {
    char text[DECIDE_TEXT];
    decide_outputs_t seen = {0};
    const model_options_t options = {.score = SCORE_LOG_ODDS, .output_kind = OUTPUTS_LOGITS};
    decide_look(&seen, (const double[]){-1.5, 1.5, 0.25, -0.25}, 2, 2);
    decide_doubt(&seen, true, true, &options, text);
    assert_true(strstr(text, "twice the score") != NULL);
    decide_doubt(&seen, true, false, &options, text);
    assert_string_equal(text, "");
}

TEST(the_decision_is_said_in_words) {
    char text[DECIDE_TEXT];
    decide_text(&(model_options_t){.score = SCORE_LOG_ODDS, .output_kind = OUTPUTS_PROBABILITIES}, &(const char *){""},
                1, text);
    assert_string_equal(text, "v = the log-odds of the target, from probabilities");
    decide_text(&(model_options_t){.score = SCORE_RAW, .output_kind = OUTPUTS_LOGITS}, &(const char *){"y"}, 1, text);
    assert_string_equal(text, "v = the output itself (output y)");
}

TEST(decisions_travel_as_words) {
    const char *score, *kind;
    model_options_t options = {.backend = BACKEND_ONNX, .score = SCORE_RAW, .output_kind = OUTPUTS_PROBABILITIES};
    decide_words(&options, &score, &kind);
    assert_string_equal(score, "raw");
    assert_string_equal(kind, "probabilities");
    options.score = SCORE_AUTO;
    options.output_kind = OUTPUTS_AUTO;
    decide_take("raw", "probabilities", &options);
    assert_decided(options, SCORE_RAW, OUTPUTS_PROBABILITIES);
    decide_take("log_odds", "logits", &options); /* nothing is auto any more */
    assert_decided(options, SCORE_RAW, OUTPUTS_PROBABILITIES);
    options.score = SCORE_AUTO;
    decide_take("none", "none", &options);
    assert_int_equal(options.score, SCORE_AUTO);
    options.backend = BACKEND_GAME;
    decide_words(&options, &score, &kind);
    assert_string_equal(score, "none");
    assert_string_equal(kind, "none");
}

int main(void) {
    return run_all(NULL, NULL);
}
