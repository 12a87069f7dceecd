/* plan/v_check: networks that are no function of S, or whose rows depend on their batch, and one that is sound. */
#include "h5_scratch.h"
#include "plan/v_check.h"
#include "support/make_inputs.h"

#define MODELS TEST_DATA_DIR "/"
#define REST "samples: {file: a.h5}\noutput: {file: x.h5}\n"

static v_check_t check(const scratch_t *scratch, const char *yaml) {
    static const float ONES[4] = {1, 1, 1, 1};
    h5t_write_samples(scratch->file, (const hsize_t[]){1, 4}, ONES, NULL);
    made_inputs_t opened = make_inputs_in(scratch->folder, yaml);
    v_check_t found;
    failure_t why;
    assert_ok(v_check(opened.inputs, &found, &why));
    free_inputs(&opened);
    return found;
}

static v_verdict_t verdict(v_check_t found, const char *says) {
    char text[V_CHECK_TEXT];
    v_verdict_t judged = v_check_verdict(&found, text);
    if (!strstr(text, says))
        fail_msg("expected `%s` in `%s`", says, text);
    return judged;
}

TEST_WITH(a_sound_model_is_a_function, scratch_make, scratch_remove) {
    skip_without_engine();
    v_check_t found = check(*state, "model: {file: " MODELS "linear_f32.onnx, score: raw, target: 0}\n" REST);
    assert_true(found.twice == 0 && found.alone == 0 && found.strength == 1.125);
    assert_int_equal(verdict(found, ""), V_REPRODUCIBLE);
}

/* coupled.onnx: y = z + (sum of z over the batch) / 64, z = x w + b. With x = 1 output 0 has z(S) = -1/4 + the sum of
 * -5/8, 1/4, -1/4, 5/8 over S; the sum over all 16 masks is -4. In a batch of all 16
 * masks v(S) = z(S) - 1/16, alone z(S) (1 + 1/64). They differ by (4 + z(S)) / 64, at most for z = 5/8. */
TEST_WITH(rows_that_depend_on_their_batch_are_seen, scratch_make, scratch_remove) {
    skip_without_engine();
    v_check_t found = check(*state, "model: {file: " MODELS "coupled.onnx, score: raw, target: 0}\n" REST);
    assert_true(found.twice == 0);
    assert_true(found.alone == 4.625 / 64);
    assert_true(found.strength == 1.1875);
    assert_int_equal(verdict(found, "v moves by up to 0.072 (of 1.2) between batches of 16 and one row alone"),
                     V_DEPENDS_ON_BATCH);
    /* Batches of one row are compared with two: v moves by z of the other row / 64. */
    found = check(*state, "model: {file: " MODELS "coupled.onnx, score: raw, target: 0}\nsweep: {batch: 1}\n" REST);
    assert_true(found.alone > 0);
    assert_int_equal(verdict(found, "two rows"), V_DEPENDS_ON_BATCH);
    found = check(*state, "model: {file: " MODELS "coupled5.onnx, score: raw, target: 0}\n" REST);
    assert_int_equal(verdict(found, "for batches of 1"), V_DEPENDS_ON_BATCH);
}

TEST_WITH(random_numbers_are_seen, scratch_make, scratch_remove) {
    skip_without_engine();
    v_check_t found = check(*state, "model: {file: " MODELS "random.onnx, score: raw, target: 0}\n" REST);
    assert_true(found.twice > 0.1 && found.twice < 1);
    assert_int_equal(verdict(found, "the same masks evaluated twice"), V_RANDOM);
}

TEST(games_are_not_looked_at) {
    made_inputs_t opened = make_inputs("model: {backend: game, game: square, samples: 3, players: 4}\n"
                                       "output: {file: x.h5}\n");
    v_check_t found;
    failure_t why;
    assert_ok(v_check(opened.inputs, &found, &why));
    assert_true(found.twice == 0 && found.alone == 0 && found.strength == 0);
    free_inputs(&opened);
}

TEST(rounding_is_told_from_randomness) {
    assert_int_equal(verdict((v_check_t){.twice = 0.9e-4, .strength = 1}, "bit for bit"), V_ALMOST);
    assert_int_equal(verdict((v_check_t){.twice = 1.1e-4, .strength = 1}, "twice"), V_RANDOM);
    assert_int_equal(verdict((v_check_t){.alone = 0.9e-4, .strength = 1}, ""), V_REPRODUCIBLE);
    assert_int_equal(verdict((v_check_t){.twice = 1e-9, .alone = 2e-4, .strength = 1}, "sweep.batch: 1"),
                     V_DEPENDS_ON_BATCH);
}

int main(void) {
    return run_all(NULL, NULL);
}
