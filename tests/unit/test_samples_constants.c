/* /constants: the model's other inputs, and numbers that its type does not hold. */
#include "support/make_samples.h"

static const hsize_t LENGTH = 3, BY_SAMPLE[] = {S, 3}, NONE[] = {0};

/* Inputs a [3], b [the columns of the sample], c []. */
static const model_constant_t WANTED[] = {
    {.name = "a", .type = ELEMENT_F32, .rank = 1, .shape = {3}, .follows = {-1}},
    {.name = "in/b", .type = ELEMENT_I64, .rank = 1, .shape = {-1}, .follows = {1}},
    {.name = "c", .type = ELEMENT_BOOL, .rank = 0},
};

static model_info_t info_of(size_t constants, element_t type) {
    return (model_info_t){.input_type = type, .constants = constants, .constant = WANTED};
}

static samples_t *open_fed(made_t *made, const model_info_t *info, bool zero) {
    samples_t *samples = open_only(made);
    assert_ok(samples_feed(samples, info, zero, &made->problems, &why));
    assert_ok(samples_scan(samples, NULL, &made->problems, &why));
    return samples;
}

static samples_t *open_good_fed(made_t *made, const model_info_t *info, bool zero) {
    samples_t *samples = open_fed(made, info, zero);
    if (made->problems.count)
        fail_msg("%s", made->problems.texts[0]);
    return samples;
}

/* One complaint that begins so, after the file's name. */
static void assert_refused(made_t *made, const model_info_t *info, bool zero, const char *wanted) {
    samples_t *samples = open_fed(made, info, zero);
    samples_close(&samples);
    assert_int_equal(made->problems.count, 1);
    if (!strstr(made->problems.texts[0], wanted))
        fail_msg("\"%s\" does not hold \"%s\"", made->problems.texts[0], wanted);
    problems_free(&made->problems);
}

static void put_group(made_t *made, const char *name) {
    H5Gclose(H5Gcreate2(made->file, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

/* Shared where the rank is that of the input, else by sample; whole numbers and booleans are exact. */
TEST_WITH(constants_are_shared_or_by_sample, scratch_make, scratch_remove) {
    const double a[S][3] = {{1, 2, 3}, {4, 5, 6}, {7, 8, -INFINITY}, {10, 11, 12}};
    const int64_t b[COLUMNS] = {1, 0, INT64_C(9007199254740991), -1};
    const int8_t c[S] = {1, 0, 0, 1};
    const model_info_t info = info_of(3, ELEMENT_F32);
    const hsize_t columns = COLUMNS, rows = S;
    made_t made = begin(state);
    hid_t boolean = H5Tenum_create(H5T_NATIVE_INT8);
    for (int8_t i = 0; i < 2; i++)
        H5Tenum_insert(boolean, i ? "TRUE" : "FALSE", &i);
    put_group(&made, "constants");
    put_group(&made, "constants/in");
    put(&made, "constants/a", H5T_IEEE_F64LE, 2, BY_SAMPLE, H5T_NATIVE_DOUBLE, a);
    put(&made, "constants/in/b", H5T_STD_I64LE, 1, &columns, H5T_NATIVE_INT64, b);
    put(&made, "constants/c", boolean, 1, &rows, boolean, c);
    samples_t *samples = open_good_fed(&made, &info, false);
    for (int k = 0; k < S; k++) {
        sample_t sample = load(samples, k);
        assert_int_equal(sample.constants, 3);
        assert_true(sample.constant[0].elements == 3 && sample.constant[0].shape[0] == 3);
        assert_true(sample.constant[0].numbers[0] == a[k][0] && sample.constant[0].numbers[2] == a[k][2]);
        assert_true(sample.constant[1].rank == 1 && sample.constant[1].elements == COLUMNS);
        assert_true(sample.constant[1].numbers[2] == 9007199254740991.0);
        assert_true(sample.constant[2].rank == 0 && sample.constant[2].numbers[0] == c[k]);
    }
    assert_string_equal(samples_zeroed(samples), "");
    samples_close(&samples);
    H5Tclose(boolean);
}

/* Each of them moves the checksum of a sample's input. */
TEST_WITH(the_checksum_covers_constants, scratch_make, scratch_remove) {
    const model_info_t info = info_of(1, ELEMENT_F32);
    uint64_t sums[2][2];
    for (int turn = 0; turn < 2; turn++) {
        double a[S][3] = {{0}};
        a[1][2] = turn;
        made_t made = begin(state);
        put_group(&made, "constants");
        put(&made, "constants/a", H5T_IEEE_F32LE, 2, BY_SAMPLE, H5T_NATIVE_DOUBLE, a);
        samples_t *samples = open_good_fed(&made, &info, false);
        for (int k = 0; k < 2; k++) {
            const sample_t sample = load(samples, k);
            sums[turn][k] = samples_crc(&sample);
        }
        samples_close(&samples);
    }
    assert_true(sums[0][0] == sums[1][0] && sums[0][1] != sums[1][1]);
}

TEST_WITH(what_is_missing_is_said_or_zero, scratch_make, scratch_remove) {
    const model_info_t info = info_of(3, ELEMENT_F32);
    const double a[3] = {1, 2, 3};
    made_t made = begin(state);
    put_group(&made, "constants");
    put(&made, "constants/a", H5T_IEEE_F64LE, 1, &LENGTH, H5T_NATIVE_DOUBLE, a);
    samples_t *samples = open_good_fed(&made, &info, true);
    assert_string_equal(samples_zeroed(samples), "in/b, c");
    const sample_t sample = load(samples, 1);
    assert_true(sample.constant[0].numbers[2] == 3);
    assert_true(sample.constant[1].elements == COLUMNS && sample.constant[1].numbers[3] == 0);
    assert_true(sample.constant[2].elements == 1 && sample.constant[2].numbers[0] == 0);
    samples_close(&samples);

    made = begin(state);
    samples = open_fed(&made, &info, false);
    samples_close(&samples);
    assert_int_equal(made.problems.count, 3);
    assert_non_null(strstr(made.problems.texts[0], "/constants/a: missing; give it, or set model.constants: zero; the "
                                                   "model's input a takes float32: [3] for all samples, or [4, 3]"));
    assert_non_null(strstr(made.problems.texts[1], "in/b takes int64: [4] for all samples, or [4, 4]"));
    assert_non_null(strstr(made.problems.texts[2], "c takes bool: [] for all samples, or [4]"));
    problems_free(&made.problems);
}

/* Also beside one that is used, in its group; a model without inputs has no use for any. */
TEST_WITH(what_no_input_takes_is_said, scratch_make, scratch_remove) {
    const model_info_t info = info_of(2, ELEMENT_F32), none = info_of(0, ELEMENT_NONE);
    const double a[3] = {1, 2, 3}, b[COLUMNS] = {0};
    const hsize_t columns = COLUMNS;
    const char *const more[] = {"constants/aa", "constants/in/bb", "constants/in.b"};
    made_t made = begin(state);
    put_group(&made, "constants");
    put_group(&made, "constants/in");
    put_group(&made, "constants/other");
    put(&made, "constants/a", H5T_IEEE_F64LE, 1, &LENGTH, H5T_NATIVE_DOUBLE, a);
    put(&made, "constants/in/b", H5T_IEEE_F64LE, 1, &columns, H5T_NATIVE_DOUBLE, b);
    samples_t *samples = open_good_fed(&made, &info, false);
    assert_string_equal(samples_unused(samples), "other");
    samples_close(&samples);
    made = begin(state);
    put_group(&made, "constants");
    put_group(&made, "constants/in");
    put(&made, "constants/a", H5T_IEEE_F64LE, 1, &LENGTH, H5T_NATIVE_DOUBLE, a);
    put(&made, "constants/in/b", H5T_IEEE_F64LE, 1, &columns, H5T_NATIVE_DOUBLE, b);
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        put(&made, more[i], H5T_IEEE_F64LE, 1, &LENGTH, H5T_NATIVE_DOUBLE, a);
    samples = open_good_fed(&made, &info, false);
    assert_string_equal(samples_unused(samples), "aa, in/bb, in.b");
    samples_close(&samples);
    made = begin(state);
    put_group(&made, "constants");
    put(&made, "constants/a", H5T_IEEE_F64LE, 1, &LENGTH, H5T_NATIVE_DOUBLE, a);
    samples = open_good_fed(&made, &none, false);
    assert_string_equal(samples_unused(samples), "");
    samples_close(&samples);
}

TEST_WITH(wrong_shapes_are_refused, scratch_make, scratch_remove) {
    const double numbers[S * 3 * 3] = {0};
    const hsize_t shapes[][3] = {{4}, {3, 3}, {S, 4}, {S, 3, 1}};
    const int ranks[] = {1, 2, 2, 3};
    const model_info_t info = info_of(1, ELEMENT_F32);
    for (size_t i = 0; i < sizeof ranks / sizeof *ranks; i++) {
        made_t made = begin(state);
        put_group(&made, "constants");
        put(&made, "constants/a", H5T_IEEE_F64LE, ranks[i], shapes[i], H5T_NATIVE_DOUBLE, numbers);
        assert_refused(&made, &info, true, "/constants/a: has the shape [");
    }
    const model_constant_t open = {.name = "free", .type = ELEMENT_F32, .rank = 1, .shape = {-1}, .follows = {-1}};
    const model_info_t free_info = {.input_type = ELEMENT_F32, .constants = 1, .constant = &open};
    made_t made = begin(state);
    assert_refused(&made, &free_info, true, "/constants/free: missing, and its length is open");
    made = begin(state);
    put_group(&made, "constants");
    put(&made, "constants/free", H5T_IEEE_F64LE, 1, NONE, H5T_NATIVE_DOUBLE, numbers);
    assert_refused(&made, &free_info, false, "/constants/free: ");
}

TEST_WITH(numbers_of_another_type_are_refused, scratch_make, scratch_remove) {
    const double half[S][COLUMNS] = {{0}, {0, 0.5}};
    const hsize_t dims[] = {S, COLUMNS};
    const model_constant_t b = WANTED[1];
    const model_info_t info = {.input_type = ELEMENT_F32, .constants = 1, .constant = &b};
    made_t made = begin(state);
    put_group(&made, "constants");
    put_group(&made, "constants/in");
    put(&made, "constants/in/b", H5T_IEEE_F64LE, 2, dims, H5T_NATIVE_DOUBLE, half);
    assert_refused(&made, &info, false,
                   "/constants/in/b: sample 1, element 1, 0.5, is no whole number for the model's int64 input");
}

/* x and baselines of a model that takes whole numbers: before anything is evaluated. */
TEST_WITH(inputs_of_another_type_are_refused, scratch_make, scratch_remove) {
    const model_info_t info = info_of(0, ELEMENT_I32), bytes = info_of(0, ELEMENT_U8);
    const float fraction = 0.5F, large = 3e9F, shared[ELEMENTS] = {0, 0, -7};
    const hsize_t dims[] = {ROWS, COLUMNS};
    const float *const given[] = {&fraction, &large, shared};
    const int ranks[] = {0, 0, 2};
    const char *const texts[] = {"/baseline: element 0, 0.5, is no whole number for the model's int32 input",
                                 "/baseline: element 0, 3e+09, is out of range for the model's int32 input",
                                 "/baseline: element 2, -7, is out of range for the model's uint8 input"};
    for (int i = 0; i < 3; i++) {
        made_t made = begin(state);
        made.options.baseline = BASELINE_FROM_FILE;
        put(&made, "baseline", H5T_IEEE_F32LE, ranks[i], dims, H5T_NATIVE_FLOAT, given[i]);
        assert_refused(&made, i == 2 ? &bytes : &info, false, texts[i]);
    }
    made_t made = begin(state);
    made.options.baseline = BASELINE_NUMBER;
    made.options.baseline_number = 0.5;
    assert_refused(&made, &info, false,
                   "samples.baseline: element 0, 0.5, is no whole number for the model's int32 input");
    float x[S][ELEMENTS] = {{0}};
    x[2][1] = 1.5F;
    made = begin(state);
    put(&made, "x", H5T_IEEE_F32LE, 3, DIMS, H5T_NATIVE_FLOAT, x);
    assert_refused(&made, &info, false, "/x: sample 2, element 1, 1.5, is no whole number for the model's int32 input");
}

/* By name, with a row for each sample or one number, whether it says that it uses them or not; a group, or rows for
 * other samples, is refused. */
TEST_WITH(a_model_may_want_all_there_are, scratch_make, scratch_remove) {
    const model_info_t info = {.input_type = ELEMENT_F32, .wants_all = true, .uses = "bb\nb\n"};
    const double a[S][3] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}, {10, 11, 12}};
    const int64_t b = 7;
    for (int turn = 0; turn < 3; turn++) {
        made_t made = begin(state);
        put_group(&made, "constants");
        put(&made, "constants/b", H5T_STD_I64LE, 0, NULL, H5T_NATIVE_INT64, &b);
        put(&made, "constants/a", H5T_IEEE_F32LE, 2, BY_SAMPLE, H5T_NATIVE_DOUBLE, a);
        if (turn == 1)
            put_group(&made, "constants/in");
        if (turn == 2)
            put(&made, "constants/c", H5T_STD_I64LE, 1, &LENGTH, H5T_NATIVE_INT64, a);
        if (turn > 0) {
            assert_refused(&made, &info, false,
                           turn == 1 ? "/constants/in: is not a dataset" : "a row for each of the 4 samples");
            continue;
        }
        samples_t *samples = open_good_fed(&made, &info, false);
        const sample_t sample = load(samples, 2);
        assert_string_equal(samples_unused(samples), "a");
        assert_int_equal(sample.constants, 2);
        assert_string_equal(sample.constant[0].name, "a");
        assert_true(sample.constant[0].type == ELEMENT_F32 && sample.constant[0].numbers[1] == 8);
        assert_true(sample.constant[1].type == ELEMENT_I64 && sample.constant[1].rank == 0);
        assert_true(sample.constant[1].numbers[0] == 7);
        samples_close(&samples);
    }
}

int main(void) {
    return run_all(NULL, NULL);
}
