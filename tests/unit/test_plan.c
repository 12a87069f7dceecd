/* plan/plan_checks and plan_speed: what a dry run sees, on networks whose formulas are known. */
#include "h5_scratch.h"
#include "plan/plan_checks.h"
#include "plan/plan_costs.h"
#include "support/make_inputs.h"

#define MODELS TEST_DATA_DIR "/"
#define REST "samples: {file: a.h5}\noutput: {file: x.h5}\n"

/* linear_f32.onnx: outputs x w + b with w[i, j] = ((7 i + 3 j) mod 11 - 5) / 8 and b = (-1/4, 0, 1/4). */
static const float SHARES_FOR_0[4] = {-0.77531164f, 0.29127394f, 0.41228337f, 0.47309213f}; /* 0.5, 0.25, 0.25 */
static const float SHARES_FOR_2[4] = {-0.6749772f, 0.10063849f, 0.99422317f, 0.28245667f};  /* 0.125, 0.25, 0.625 */
static const float ONES[4] = {1, 1, 1, 1};                                                  /* -0.25, 0.125, 0.5 */

static void make_samples(const scratch_t *scratch, const float *first, const float *second, const int64_t *labels) {
    const hsize_t dims[] = {2, 4};
    float x[8];
    memcpy(x, first, sizeof x / 2);
    memcpy(x + 4, second, sizeof x / 2);
    h5t_write_samples(scratch->file, dims, x, labels);
}

/* What is found, and the parts of the warnings that follow, in order; ends with NULL. */
static plan_findings_t check(const scratch_t *scratch, const char *yaml, const char *const *said) {
    made_inputs_t opened = make_inputs_in(scratch->folder, yaml);
    plan_findings_t findings;
    problems_t warnings = {0};
    failure_t why;
    size_t i = 0;
    assert_int_equal(plan_check(opened.inputs, 60, &findings, &why), STATUS_OK);
    plan_warnings(opened.inputs, &findings, &warnings);
    for (; i < warnings.count && said[i]; i++)
        if (!strstr(warnings.texts[i], said[i]))
            fail_msg("expected `%s` in `%s`", said[i], warnings.texts[i]);
    if (i < warnings.count)
        fail_msg("also said: %s", warnings.texts[i]);
    assert_null(said[i]);
    problems_free(&warnings);
    free_inputs(&opened);
    return findings;
}
#define SAID(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NOTHING ((const char *const[]){NULL})

TEST_WITH(a_sound_model_gives_no_warning, scratch_make, scratch_remove) {
    skip_without_engine();
    make_samples(*state, SHARES_FOR_0, ONES, (const int64_t[]){0, 2});
    plan_findings_t f = check(*state, "model: {file: " MODELS "linear_f32.onnx}\n" REST, NOTHING);
    assert_int_equal(f.looked, 2);
    assert_int_equal(f.labelled, 2);
}

/* Of SHARES_FOR_2 with label 1: v(N) = 1/4 - log(e^(1/8) + e^(5/8)) = -0.849, v(empty) = -log(e^(-1/4) + e^(1/4)) =
 * -0.724. */
TEST_WITH(wrong_labels_and_falling_scores_are_seen, scratch_make, scratch_remove) {
    skip_without_engine();
    make_samples(*state, SHARES_FOR_0, SHARES_FOR_2, (const int64_t[]){0, 1});
    plan_findings_t f =
        check(*state, "model: {file: " MODELS "linear_f32.onnx}\n" REST,
              SAID("v(N) < v(empty) in 1 of 2 samples", "another class than the label in 1 of 2 samples (50 %)"));
    assert_int_equal(f.below_empty, 1);
    assert_int_equal(f.mispredicted, 1);
    /* A number that is used as it is may fall. */
    check(*state, "model: {file: " MODELS "linear_f32.onnx, score: raw, target: 1}\n" REST,
          SAID("another class than the label"));
}

TEST_WITH(samples_that_fail_are_counted, scratch_make, scratch_remove) {
    plan_findings_t f = check(*state,
                              "model: {backend: game, game: square, samples: 100, players: 4, fault: nan,\n"
                              "  fault_sample: 0, fault_mask: 15}\noutput: {file: x.h5}\n",
                              SAID("1 of 32 samples fail; the first: sample 0: mask 0xf: output is NaN"));
    assert_int_equal(f.looked, 31);
}

TEST_WITH(speed_is_that_of_the_model, scratch_make, scratch_remove) {
    failure_t why;
    plan_speed_t speed;
    made_inputs_t opened = make_inputs("model: {backend: game, game: square, samples: 3, players: 4, sleep_us: 300}\n"
                                       "output: {file: x.h5}\n");
    assert_int_equal(plan_speed(opened.inputs, 30, &speed, &why), STATUS_OK);
    assert_in_range(speed.masks, 40, 47); /* all but the first range, which warms up */
    assert_true(speed.seconds_per_mask >= 300e-6);
    assert_int_equal(plan_speed(opened.inputs, 0.003, &speed, &why), STATUS_OK);
    assert_in_range(speed.masks, 1, 40);
    free_inputs(&opened);
    opened = make_inputs("model: {backend: game, game: square, samples: 1, players: 2, fault: nan}\n"
                         "output: {file: x.h5}\n");
    assert_int_equal(plan_speed(opened.inputs, 1, &speed, &why), STATUS_OK);
    assert_int_equal(speed.masks, 0);
    assert_true(isnan(speed.seconds_per_mask));
    free_inputs(&opened);
}

TEST_WITH(a_run_knows_its_speed_soon, scratch_make, scratch_remove) {
    made_inputs_t made =
        make_inputs("model: {backend: game, game: constant, sleep_us: 200, samples: 3, players: [4, 9]}\n"
                    "output: {file: none.h5}\n");
    double seconds = 0;
    failure_t why;
    assert_ok(plan_calibrate(made.inputs, &seconds, &why));
    assert_true(seconds >= 2e-4);
    free_inputs(&made);
}

TEST_WITH(blocks_take_at_most_ten_seconds, scratch_make, scratch_remove) {
    const struct {
        int players, given;
        double seconds_per_mask;
        int g;
    } cases[] = {
        {20, BLOCK_BITS_AUTO, 1e-6, 16}, {12, BLOCK_BITS_AUTO, 1e-6, 12}, {20, 18, 1e-6, 18}, {12, 18, 1e-6, 12},
        {20, BLOCK_BITS_AUTO, 1e-3, 13}, /* 8.2 s; 2^14 would be 16.4 s */
        {20, BLOCK_BITS_AUTO, 100, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char yaml[128];
        snprintf(yaml, sizeof yaml, "model: {backend: game, samples: 1, players: %d}\noutput: {file: none.h5}\n",
                 cases[i].players);
        made_inputs_t made = make_inputs(yaml);
        made.config->sweep.block_bits = cases[i].given;
        assert_int_equal(plan_block_bits(made.inputs, cases[i].seconds_per_mask), cases[i].g);
        free_inputs(&made);
    }
}

TEST_WITH(large_samples_have_few_columns, scratch_make, scratch_remove) {
    static const char game[] = "model: {backend: game, game: constant, samples: 1, players: %d}\n"
                               "sparse: {kinds: %s}\noutput: {file: x.h5}\n";
    char yaml[256];
    snprintf(yaml, sizeof yaml, game, 17, "and");
    check(*state, yaml, SAID("more than 16 players: where a sample needs more than 3000 of them"));
    snprintf(yaml, sizeof yaml, game, 16, "and");
    check(*state, yaml, NOTHING);
    snprintf(yaml, sizeof yaml, game, 17, "none");
    check(*state, yaml, NOTHING);
}

int main(void) {
    return run_all(NULL, NULL);
}
