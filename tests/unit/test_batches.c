/* plan/batches: which batches are timed, and what is said of them. */
#include "h5_scratch.h"
#include "plan/batches.h"
#include "support/make_inputs.h"

#define MODELS TEST_DATA_DIR "/"

static int timed(const scratch_t *scratch, const char *model, hsize_t columns, double seconds_per_mask,
                 batch_speed_t out[BATCHES_MAX]) {
    static const float x[6] = {0.5f, 0.25f, 1, 2, 3, 4};
    char yaml[256];
    int count;
    failure_t why;
    h5t_write_samples(scratch->file, (const hsize_t[]){1, columns}, x, NULL);
    snprintf(yaml, sizeof yaml, "model: {file: " MODELS "%s, target: 0}\nsamples: {file: a.h5}\noutput: {file: x.h5}\n",
             model);
    made_inputs_t made = make_inputs_in(scratch->folder, yaml);
    assert_ok(batches_time(made.inputs, seconds_per_mask, out, &count, &why));
    free_inputs(&made);
    return count;
}

TEST_WITH(batches_that_players_fill_are_timed, scratch_make, scratch_remove) {
    skip_without_engine();
    batch_speed_t out[BATCHES_MAX];
    assert_int_equal(timed(*state, "mlp.onnx", 6, 1e-6, out), 2); /* 64 masks */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(out[i].batch, i == 0 ? 8 : 32);
        assert_true(out[i].masks_per_second > 1 && isfinite(out[i].masks_per_second));
        assert_true(out[i].bytes >= 0);
    }
    assert_int_equal(timed(*state, "linear_f32.onnx", 4, 1e-6, out), 1); /* 16 masks */
}

TEST_WITH(what_would_take_long_is_left_out, scratch_make, scratch_remove) {
    skip_without_engine();
    batch_speed_t out[BATCHES_MAX];
    assert_int_equal(timed(*state, "mlp.onnx", 6, 0.1, out), 1); /* 32 masks would take 3.2 s */
    assert_int_equal(timed(*state, "mlp.onnx", 6, 1, out), 0);
    assert_int_equal(timed(*state, "mlp.onnx", 6, NAN, out), 0);
    assert_int_equal(timed(*state, "coupled5.onnx", 4, 1e-6, out), 0); /* its batch is its own */
}

TEST(a_much_faster_batch_is_named) {
    const batch_speed_t batches[] = {{8, 2000, 1}, {32, 1700, 1}, {256, 1000, 1}};
    problems_t warnings = {0};
    assert_ptr_equal(batches_fastest(batches, 3), &batches[0]);
    batches_warn(batches, 3, 8, &warnings);
    batches_warn(batches, 3, 32, &warnings); /* 18 % is not worth a word */
    batches_warn(batches, 3, 64, &warnings); /* not timed */
    batches_warn(batches, 0, 256, &warnings);
    assert_int_equal(warnings.count, 0);
    batches_warn(batches, 3, 256, &warnings);
    assert_int_equal(warnings.count, 1);
    assert_non_null(strstr(warnings.texts[0], "sweep.batch: 8 would be 2.0 times as fast as 256"));
    problems_free(&warnings);
}

int main(void) {
    return run_all(NULL, NULL);
}
