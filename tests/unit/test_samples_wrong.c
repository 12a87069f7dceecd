/* samples/samples: each thing that can be wrong with a file is told by dataset, sample and element. */
#include "support/make_samples.h"

TEST_WITH(files_that_are_none, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    samples_options_t options = {.file = scratch->file, .select_all = true};
    samples_t *samples;
    problems_t problems = {0};
    assert_fails(samples_open(&options, &samples, &problems, &why), STATUS_INPUT, "No such file");
    write_text(scratch->file, "no HDF5");
    assert_fails(samples_open(&options, &samples, &problems, &why), STATUS_INPUT, "cannot be opened as an HDF5 file");
    options.file = scratch->folder;
    assert_fails(samples_open(&options, &samples, &problems, &why), STATUS_INPUT, "regular file");
    assert_null(samples);
    options.file = NULL;
    assert_int_equal(samples_open(&options, &samples, &problems, &why), STATUS_INPUT);
    assert_int_equal(problems.count, 0);
}

TEST_WITH(all_wrong_shapes_at_once, scratch_make, scratch_remove) {
    made_t made = begin(state);
    int32_t numbers[100] = {0};
    made.options.players = PLAYERS_FROM_FILE;
    made.options.baseline = BASELINE_FROM_FILE;
    select_range(&made, 2, 5);
    put(&made, "label", H5T_STD_I32LE, 1, (hsize_t[]){S + 1}, H5T_NATIVE_INT32, numbers);
    put(&made, "players", H5T_STD_I32LE, 2, (hsize_t[]){ROWS, COLUMNS + 1}, H5T_NATIVE_INT32, numbers);
    put(&made, "baseline", H5T_IEEE_F32LE, 3, (hsize_t[]){S - 1, ROWS, COLUMNS}, H5T_NATIVE_INT32, numbers);
    assert_problems(&made, 4,
                    (const char *[]){
                        "/label: has the shape [5]; [4] expected",
                        "/players: has the shape [2, 5]; [2, 4] or [4, 2, 4] expected",
                        "/baseline: has the shape [3, 2, 4]; one number, [2, 4] or [4, 2, 4] expected",
                        "/x: samples.select: no sample 4; samples are 0 to 3",
                    });
}

TEST_WITH(missing_datasets, scratch_make, scratch_remove) {
    made_t made = begin(state);
    made.options.players = PLAYERS_FROM_FILE;
    made.options.baseline = BASELINE_FROM_FILE;
    assert_problems(&made, 2, (const char *[]){"/players: missing", "/baseline: missing"});
    made = begin(state);
    H5Ldelete(made.file, "x", H5P_DEFAULT);
    assert_problem(&made, "/x: missing");
    made = begin(state); /* without the shape of /x, but all the same */
    H5Ldelete(made.file, "x", H5P_DEFAULT);
    made.options.players = PLAYERS_FROM_FILE;
    made.options.baseline = BASELINE_FROM_FILE;
    assert_problems(&made, 3, (const char *[]){"/x: missing", "/players: missing", "/baseline: missing"});
    made = begin(state);
    double number = 0, many[(S - 1) * ELEMENTS] = {0};
    made.options.baseline = BASELINE_FROM_FILE;
    put(&made, "baseline", H5T_IEEE_F64LE, 0, NULL, H5T_NATIVE_DOUBLE, &number);
    put(&made, "baselines", H5T_IEEE_F64LE, 0, NULL, H5T_NATIVE_DOUBLE, &number);
    assert_problem(&made, "/baseline: the file has both /baseline and /baselines");
    made = begin(state);
    made.options.baseline = BASELINE_FROM_FILE;
    put(&made, "baselines", H5T_IEEE_F64LE, 0, NULL, H5T_NATIVE_DOUBLE, &number);
    assert_problem(&made,
                   "/baselines: has the shape []; [K, 2, 4] (for all samples) or [4, K, 2, 4] (for each) expected");
    made = begin(state);
    made.options.baseline = BASELINE_FROM_FILE;
    put(&made, "baselines", H5T_IEEE_F64LE, 4, (hsize_t[]){S - 1, 1, ROWS, COLUMNS}, H5T_NATIVE_DOUBLE, many);
    assert_problem(&made, "/baselines: has the shape [3, 1, 2, 4]; ");
}

TEST_WITH(wrong_types, scratch_make, scratch_remove) {
    float numbers[S * ELEMENTS] = {0};
    made_t made = begin(state);
    made.options.players = PLAYERS_FROM_FILE;
    put(&made, "label", H5T_IEEE_F32LE, 1, DIMS, H5T_NATIVE_FLOAT, numbers);
    put(&made, "players", H5T_IEEE_F32LE, 2, SHAPE, H5T_NATIVE_FLOAT, numbers);
    assert_problems(&made, 2,
                    (const char *[]){"/label: holds floating-point numbers; integers expected", "/players: holds"});
    made = begin(state);
    hid_t type = text_type(4, H5T_CSET_ASCII, H5T_STR_NULLPAD);
    put(&made, "x", type, 2, (hsize_t[]){S, 2}, type, numbers);
    H5Tclose(type);
    assert_problem(&made, "/x: holds strings; f16, f32, f64, integers or booleans expected");
}

/* What else: test_h5.c. */
TEST_WITH(links_and_groups, scratch_make, scratch_remove) {
    made_t made = begin(state);
    H5Ldelete(made.file, "x", H5P_DEFAULT);
    H5Lcreate_external("other.h5", "/x", made.file, "x", H5P_DEFAULT, H5P_DEFAULT);
    assert_problem(&made, "/x: is a soft or external link");
    made = begin(state);
    H5Ldelete(made.file, "x", H5P_DEFAULT);
    H5Gclose(H5Gcreate2(made.file, "x", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    assert_problem(&made, "/x: is not a dataset");
}

TEST_WITH(grids_that_do_not_fit, scratch_make, scratch_remove) {
    made_t made = begin(state);
    choose_grid(&made, 2, 3);
    assert_problem(&made, "/x: a grid of 2 x 3 patches must divide the last two axes; one sample has the shape [2, 4]");
    made = begin(state);
    made.options.players = PLAYERS_GRID;
    assert_problem(&made, "/x: a grid of 0 x 0");
    made = begin(state);
    float x[S] = {0};
    choose_grid(&made, 1, 1);
    put(&made, "x", H5T_IEEE_F32LE, 2, (hsize_t[]){S, 1}, H5T_NATIVE_FLOAT, x);
    assert_problem(&made, "/x: a grid of 1 x 1");
}

TEST_WITH(players_with_gaps_and_too_many, scratch_make, scratch_remove) {
    static const struct {
        int64_t players[ELEMENTS];
        const char *says;
    } CASES[] = {
        {{0, 1, 3, 3, 0, 1, 3, 3}, "/players: player 2 has no element"},
        {{1, 1, 1, 1, 1, 1, 1, 1}, "/players: player 0 has no element"},
        {{-1, -1, -1, -1, -1, -1, -1, -1}, "/players: no element belongs to a player"},
        {{0, 1, -2, 0, 0, 0, 0, 0}, "/players: element 2: invalid player number"},
        {{0, 1, INT64_MAX, 0, 0, 0, 0, 0}, "/players: element 2: invalid player number"},
        {{0, 1, 2, 3, 4, 0, 0, 0}, "/players: 5 players, more than sweep.max_players: 4"},
        {{0, INT32_MAX, 0, 0, 0, 0, 0, 0}, "/players: 2147483648 players, more than"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        made_t made = begin(state);
        made.options.players = PLAYERS_FROM_FILE;
        made.options.max_players = 4;
        put(&made, "players", H5T_STD_I64LE, 2, SHAPE, H5T_NATIVE_INT64, CASES[i].players);
        assert_problem(&made, CASES[i].says);
    }
    made_t made = begin(state);
    made.options.max_players = ELEMENTS - 1;
    assert_problem(&made, "/x: 8 players, more than sweep.max_players: 7");
}

TEST_WITH(numbers_that_are_none, scratch_make, scratch_remove) {
    made_t made = begin(state);
    float x[S][ELEMENTS] = {{0}};
    int32_t players[S][ELEMENTS] = {{0}};
    double baseline[S][ELEMENTS] = {{0}};
    x[0][4] = NAN; /* a missing value is no fault */
    x[1][5] = INFINITY;
    x[2][0] = -INFINITY;
    players[0][1] = 2;
    baseline[3][7] = INFINITY;
    put(&made, "x", H5T_IEEE_F32LE, 3, DIMS, H5T_NATIVE_FLOAT, x);
    put(&made, "players", H5T_STD_I32LE, 3, DIMS, H5T_NATIVE_INT32, players);
    put(&made, "baseline", H5T_IEEE_F64LE, 3, DIMS, H5T_NATIVE_DOUBLE, baseline);
    made.options.players = PLAYERS_FROM_FILE;
    made.options.baseline = BASELINE_FROM_FILE;
    assert_problems(&made, 4,
                    (const char *[]){
                        "/players: sample 0, player 1 has no element",
                        "/x: sample 1, element 5 is +inf",
                        "/x: sample 2, element 0 is -inf",
                        "/baseline: sample 3, element 7 is +inf",
                    });
    select_range(&made, 0, 1); /* what is not selected does not matter, ... */
    made.file = h5t_open(made.path, H5F_ACC_RDWR);
    players[0][1] = 0;
    put(&made, "players", H5T_STD_I32LE, 3, DIMS, H5T_NATIVE_INT32, players);
    samples_t *samples = open_good(&made);
    samples_close(&samples);
    made.options.baseline = BASELINE_MEAN; /* ... unless the mean over the file needs it */
    made.file = h5t_open(made.path, H5F_ACC_RDWR);
    assert_problem(&made, "/x: sample 1, element 5 is +inf, so samples.baseline: mean cannot be computed");
}

TEST_WITH(a_mean_of_nothing, scratch_make, scratch_remove) {
    made_t made = begin(state);
    float x[S][ELEMENTS] = {{0}};
    for (int i = 0; i < S; i++)
        x[i][6] = NAN;
    put(&made, "x", H5T_IEEE_F32LE, 3, DIMS, H5T_NATIVE_FLOAT, x);
    made.options.baseline = BASELINE_MEAN;
    assert_problem(&made, "/x: element 6 is NaN in all samples, so samples.baseline: mean cannot be computed");
}

TEST_WITH(a_load_without_a_scan_believes_nothing_either, scratch_make, scratch_remove) {
    made_t made = begin(state);
    float x[S][ELEMENTS] = {{0}};
    sample_t sample;
    x[1][5] = INFINITY;
    put(&made, "x", H5T_IEEE_F32LE, 3, DIMS, H5T_NATIVE_FLOAT, x);
    samples_t *samples = open_only(&made);
    assert_int_equal(load(samples, 0).n, ELEMENTS);
    assert_fails(samples_load(samples, 1, &sample, &why), STATUS_INPUT, "/x: sample 1, element 5 is +inf");
    assert_int_equal(samples_load(samples, S, &sample, &why), STATUS_INTERNAL);
    samples_close(&samples);
}

/* Whoever scanned says what the samples were; whoever reads them later notices what is not so any more. */
TEST_WITH(samples_that_changed_since_the_scan, scratch_make, scratch_remove) {
    made_t made = begin(state);
    float x[S][ELEMENTS] = {{0}};
    sample_t sample;
    uint32_t sums[S];
    samples_t *samples = open_good(&made);
    memcpy(sums, samples_expect(samples), sizeof sums);
    assert_int_not_equal(sums[0], sums[1]);
    for (int k = 0; k < S; k++)
        load(samples, k);
    for (int i = 0; i < S; i++)
        for (int j = 0; j < ELEMENTS; j++)
            x[i][j] = (float)load(samples, i).x[j];
    samples_close(&samples);
    for (int fault = 0; fault < 2; fault++) {
        x[2][7] = fault ? INFINITY : x[2][7] + 1;
        made.file = h5t_open(made.path, H5F_ACC_RDWR);
        put(&made, "x", H5T_IEEE_F32LE, 3, DIMS, H5T_NATIVE_FLOAT, x);
        samples = open_only(&made);
        memcpy(samples_expect(samples), sums, sizeof sums);
        load(samples, 1);
        assert_fails(samples_load(samples, 2, &sample, &why), STATUS_INPUT, "sample 2 has changed since the start");
        assert_true(!strstr(why.text, "element 7 is +inf") == !fault);
        load(samples, 3);
        samples_close(&samples);
    }
}

TEST_WITH(many_faults_are_counted, scratch_make, scratch_remove) {
    made_t made = begin(state);
    enum { MANY = 30 };
    float x[MANY];
    for (int i = 0; i < MANY; i++)
        x[i] = i < 13 ? -INFINITY : 0;
    put(&made, "x", H5T_IEEE_F32LE, 2, (hsize_t[]){MANY, 1}, H5T_NATIVE_FLOAT, x);
    samples_t *samples = open_and_scan(&made);
    samples_close(&samples);
    assert_int_equal(made.problems.count, 11);
    assert_non_null(strstr(made.problems.texts[9], "sample 9, element 0 is -inf"));
    assert_non_null(strstr(made.problems.texts[10], "3 more samples have faults"));
    problems_free(&made.problems);
}

TEST_WITH(labels_in_range, scratch_make, scratch_remove) {
    static const int64_t SMALL[S] = {0, 1, 2, 9}, BINARY[S] = {0, 1, 1, 0}, UNKNOWN[S] = {-1, 0, 1, -1},
                         BAD[S] = {-2, 0, 0, 0};
    static const struct {
        const int64_t *labels;
        bool need;
        int64_t outputs;
        size_t count;
        const char *says;
    } CASES[] = {
        {SMALL, true, 10, 0, ""},
        {SMALL, true, 9, 1, ": /label: sample 3 has label 9; 0 to 8 expected"},
        {SMALL, true, 1, 2, ": /label: sample 2 has label 2; 0 to 1 expected"},
        {SMALL, false, 1, 0, ""},
        {BINARY, true, 1, 0, ""},
        {UNKNOWN, false, 10, 0, ""},
        {UNKNOWN, true, 10, 2, ": /label: sample 0 has label -1"},
        {SMALL, true, -1, 0, ""},
        {BAD, false, -1, 1, ": /label: sample 0 has label -2; 0 or more expected"},
        {NULL, true, 10, 1, ": /label: missing"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        made_t made = begin(state);
        if (CASES[i].labels)
            put(&made, "label", H5T_STD_I64LE, 1, DIMS, H5T_NATIVE_INT64, CASES[i].labels);
        samples_t *samples = open_only(&made);
        assert_ok(samples_scan(samples, NULL, &made.problems, &why));
        samples_check_labels(samples, CASES[i].need, CASES[i].outputs, &made.problems);
        samples_close(&samples);
        assert_int_equal(made.problems.count, CASES[i].count);
        if (CASES[i].count && !strstr(made.problems.texts[0], CASES[i].says))
            fail_msg("\"%s\" does not say \"%s\"", made.problems.texts[0], CASES[i].says);
        problems_free(&made.problems);
    }
}

TEST_WITH(nothing_selected, scratch_make, scratch_remove) {
    made_t made = begin(state);
    select_range(&made, 2, 2);
    assert_problem(&made, "/x: samples.select: selects no samples");
    made = begin(state);
    made.options.select_all = false;
    made.options.select_list = (int64_t[]){0, -1};
    made.options.select_count = 2;
    assert_problem(&made, "/x: samples.select: no sample -1");
}

int main(void) {
    return run_all(NULL, NULL);
}
