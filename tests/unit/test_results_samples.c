/* results/results: what is stored of samples beside their rows, and of progress, is read back, here and by HDF5; codes
 * that cannot be are refused. */
#include "support/make_small.h"

TEST_WITH(samples_are_read_back, small_make, small_remove) {
    results_sample_t in = {.error_kind = OUTCOME_CERTAIN,
                           .target = 3,
                           .attempts = 2,
                           .seconds = 1.5,
                           .v_empty = -1,
                           .v_full = 4,
                           .noise_sigma = NAN,
                           .input_crc = 0x89abcdef,
                           .noise_why = NOISE_WHY_NO_INPUT},
                     out;
    char error[S][RESULTS_ERROR_TEXT];
    int64_t numbers[S];
    memset(in.error, 'x', RESULTS_ERROR_TEXT - 2);
    strcpy(in.error + 3, "mask 0x5: output is NaN");
    assert_ok(results_write_samples(small, 1, 1, &in, &why));
    assert_ok(results_read_sample(small, 1, &out, &why));
    assert_int_equal(out.status, SAMPLE_PENDING);
    assert_ok(results_write_status(small, 1, SAMPLE_FAILED, &why));
    assert_ok(results_read_sample(small, 1, &out, &why));
    assert_int_equal(out.status, SAMPLE_FAILED);
    assert_int_equal(out.error_kind, OUTCOME_CERTAIN);
    assert_string_equal(out.error, "xxxmask 0x5: output is NaN");
    assert_true(out.target == 3 && out.attempts == 2 && out.seconds == 1.5 && out.v_empty == -1 && out.v_full == 4);
    assert_true(canonical(out.noise_sigma));
    assert_true(out.input_crc == 0x89abcdef && out.noise_why == NOISE_WHY_NO_INPUT);
    hid_t file = h5t_open(small_path, H5F_ACC_RDONLY), type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, RESULTS_ERROR_TEXT);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    H5Tset_cset(type, H5T_CSET_UTF8);
    h5t_read(file, "samples/error", type, error);
    assert_string_equal(error[1], "xxxmask 0x5: output is NaN");
    assert_int_equal(error[0][0], 0);
    assert_int_equal(error[1][RESULTS_ERROR_TEXT - 1], 0); /* the rest of the old text is gone */
    h5t_read(file, "samples/input_crc", H5T_NATIVE_INT64, numbers);
    assert_true(numbers[0] == 0 && numbers[1] == 0x89abcdef && numbers[2] == 0);
    h5t_read(file, "samples/noise_why", H5T_NATIVE_INT64, numbers);
    assert_true(numbers[0] == 0 && numbers[1] == 5 && numbers[2] == 0);
    H5Tclose(type);
    H5Fclose(file);
}

TEST_WITH(damaged_codes_are_refused, small_make, small_remove) {
    results_sample_t sample;
    phase_t phase;
    assert_ok(results_write_status(small, 0, (sample_status_t)7, &why));
    assert_fails(results_read_sample(small, 0, &sample, &why), STATUS_INPUT, "/samples/status: sample 0 has code 7");
    assert_ok(results_write_status(small, 0, SAMPLE_DONE, &why));
    sample = (results_sample_t){.noise_why = (noise_why_t)7};
    assert_ok(results_write_samples(small, 0, 1, &sample, &why));
    assert_fails(results_read_sample(small, 0, &sample, &why), STATUS_INPUT,
                 "/samples/noise_why: sample 0 has code 7, 0 to 6 expected");
    assert_ok(results_write_phase(small, 0, (phase_t)3, &why));
    assert_int_equal(results_read_phase(small, 0, &phase, &why), STATUS_INPUT);
}

TEST_WITH(progress_is_read_back, small_make, small_remove) {
    uint32_t values[4] = {1, 2, 3, 4}, interactions[4] = {5, 6, 7, 8}, crcs[S * 4], other[4];
    uint8_t done[S * 4];
    phase_t phase;
    assert_ok(results_write_crcs(small, TABLE_VALUES, 1, 1, 2, values, &why));
    assert_ok(results_write_crcs(small, TABLE_VALUES, 2, 0, 4, values, &why));
    assert_ok(results_write_crcs(small, TABLE_INTERACTIONS, 2, 0, 4, interactions, &why));
    assert_ok(results_write_blocks_done(small, 1, 1, 2, true, &why));
    assert_ok(results_write_phase(small, 1, PHASE_COMBINING, &why));
    assert_ok(results_read_crcs(small, TABLE_VALUES, 2, 0, 4, crcs, &why));
    assert_ok(results_read_crcs(small, TABLE_INTERACTIONS, 2, 0, 4, other, &why));
    assert_memory_equal(crcs, values, sizeof values);
    assert_memory_equal(other, interactions, sizeof other);
    assert_ok(results_read_blocks_done(small, 1, 0, 4, done, &why));
    assert_memory_equal(done, ((uint8_t[]){0, 1, 1, 0}), 4);
    assert_ok(results_read_phase(small, 1, &phase, &why));
    assert_int_equal(phase, PHASE_COMBINING);
    hid_t file = h5t_open(small_path, H5F_ACC_RDONLY);
    h5t_read(file, "progress/values_crc", H5T_NATIVE_UINT32, crcs);
    assert_memory_equal(crcs, ((uint32_t[]){0, 0, 0, 0, 0, 1, 2, 0, 1, 2, 3, 4}), sizeof crcs);
    h5t_read(file, "progress/values_done", H5T_NATIVE_UINT8, done);
    assert_memory_equal(done, ((uint8_t[]){0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0}), sizeof done);
    H5Fclose(file);
    assert_ok(results_write_status(small, 1, SAMPLE_DONE, &why));
    assert_ok(results_clear_flags(small, 1, &why));
    assert_ok(results_read_blocks_done(small, 1, 0, 4, done, &why));
    assert_memory_equal(done, ((uint8_t[]){0, 0, 0, 0}), 4);
    assert_ok(results_read_phase(small, 1, &phase, &why));
    assert_int_equal(phase, PHASE_EVALUATING);
}

int main(void) {
    return run_all(NULL, NULL);
}
