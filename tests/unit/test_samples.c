/* samples/samples: files made here by HDF5 come back as they were written, in all the shapes that are allowed; damage
 * is noticed, names and digests are right. What can be wrong with a file: test_samples_wrong.c. */
#include "base/nan.h"
#include "support/make_samples.h"

#include <fcntl.h>

/* ---- what is good ---- */

TEST_WITH(elements_and_zero, scratch_make, scratch_remove) {
    made_t made = begin(state);
    int64_t shape[8];
    samples_t *samples = open_good(&made);
    assert_int_equal(samples_count(samples), S);
    assert_int_equal(samples_players_of(samples, 3), ELEMENTS);
    assert_false(samples_have_labels(samples));
    assert_int_equal(samples_selected_label(samples, 0), -1);
    assert_int_equal(samples_names(samples, NAMES_OF_PLAYERS).count, 0);
    assert_null(samples_selected_name(samples, NAMES_OF_PLAYERS, 0, 0));
    assert_int_equal(samples_shape(samples, shape), 2);
    assert_true(shape[0] == ROWS && shape[1] == COLUMNS);
    for (int k = S - 1; k >= 0; k--) {
        sample_t sample = load(samples, k);
        assert_true(sample.index == k && sample.label == -1 && sample.target == -1 && sample.n == ELEMENTS);
        assert_true(sample.elements == ELEMENTS && sample.baselines == 1);
        for (int j = 0; j < ELEMENTS; j++)
            assert_true(sample.x[j] == 10 * k + j && sample.players[j] == j && sample.baseline[j] == 0);
    }
    samples_close(&samples);
    assert_null(samples);
}

TEST_WITH(selections, scratch_make, scratch_remove) {
    made_t made = begin(state);
    int64_t labels[S] = {5, 6, 7, 8}, list[] = {3, 0, 3};
    put(&made, "label", H5T_STD_U8LE, 1, DIMS, H5T_NATIVE_INT64, labels);
    select_range(&made, 1, 3);
    samples_t *samples = open_good(&made);
    assert_int_equal(samples_count(samples), 2);
    assert_int_equal(samples_index(samples, 1), 2);
    assert_int_equal(samples_selected_label(samples, 1), 7);
    assert_true(load(samples, 0).x[0] == 10);
    samples_close(&samples);
    made.options.select_list = list;
    made.options.select_count = 3;
    assert_ok(samples_open(&made.options, &samples, &made.problems, &why));
    list[0] = 99; /* the list was copied */
    assert_int_equal(samples_count(samples), 3);
    assert_int_equal(samples_index(samples, 0), 3);
    assert_int_equal(samples_selected_label(samples, 1), 5);
    assert_int_equal(load(samples, 2).label, 8);
    samples_close(&samples);
}

TEST_WITH(a_grid_is_patches_in_rows, scratch_make, scratch_remove) {
    made_t made = begin(state);
    /* 2 channels of 4 x 6 pixels; a 2 x 3 grid has patches of 2 x 2 */
    float x[2][2][4][6] = {{{{0}}}};
    put(&made, "x", H5T_IEEE_F32LE, 4, (hsize_t[]){2, 2, 4, 6}, H5T_NATIVE_FLOAT, x);
    choose_grid(&made, 2, 3);
    samples_t *samples = open_good(&made);
    static const int32_t WANTED[4][6] = {
        {0, 0, 1, 1, 2, 2}, {0, 0, 1, 1, 2, 2}, {3, 3, 4, 4, 5, 5}, {3, 3, 4, 4, 5, 5}};
    sample_t sample = load(samples, 1);
    assert_int_equal(sample.n, 6);
    assert_memory_equal(sample.players, WANTED, sizeof WANTED);
    assert_memory_equal(sample.players + 24, WANTED, sizeof WANTED);
    samples_close(&samples);
}

TEST_WITH(players_from_the_file, scratch_make, scratch_remove) {
    made_t made = begin(state);
    int64_t shared[ELEMENTS] = {0, 1, 2, -1, 0, 1, 2, -1};
    made.options.players = PLAYERS_FROM_FILE;
    put(&made, "players", H5T_STD_I32LE, 2, SHAPE, H5T_NATIVE_INT64, shared);
    samples_t *samples = open_good(&made);
    sample_t sample = load(samples, 2);
    assert_int_equal(sample.n, 3);
    assert_false(samples_players_differ(samples));
    assert_int_equal(sample.players[3], -1);
    assert_int_equal(sample.players[6], 2);
    samples_close(&samples);

    made = begin(state);
    int32_t own[S][ELEMENTS];
    for (int i = 0; i < S; i++)
        for (int j = 0; j < ELEMENTS; j++)
            own[i][j] = j <= i ? j : -1; /* sample i has i + 1 players */
    made.options.players = PLAYERS_FROM_FILE;
    put(&made, "players", H5T_STD_I64BE, 3, DIMS, H5T_NATIVE_INT32, own);
    select_range(&made, 0, 3);
    samples = open_good(&made);
    for (int k = 0; k < 3; k++) {
        assert_int_equal(samples_players_of(samples, k), k + 1);
        assert_int_equal(load(samples, k).n, k + 1);
    }
    assert_true(samples_players_differ(samples));
    samples_close(&samples);
}

TEST_WITH(baselines_without_a_file, scratch_make, scratch_remove) {
    made_t made = begin(state);
    made.options.baseline = BASELINE_NUMBER;
    made.options.baseline_number = -0.5;
    samples_t *samples = open_good(&made);
    assert_true(load(samples, 1).baseline[ELEMENTS - 1] == -0.5);
    samples_close(&samples);

    made = begin(state);
    made.options.baseline = BASELINE_MEAN; /* over the file, whatever is selected: 10 * 1.5 + j */
    select_range(&made, 0, 1);
    samples = open_good(&made);
    for (int j = 0; j < ELEMENTS; j++)
        assert_true(load(samples, 0).baseline[j] == 15 + j);
    assert_true(load(samples, 0).x[1] == 1); /* the mean's pass left nothing behind */
    samples_close(&samples);
}

/* NaN comes back in one pattern, whatever the file's, and is counted. */
TEST_WITH(missing_values, scratch_make, scratch_remove) {
    made_t made = begin(state);
    double x[S][ELEMENTS] = {{0}}, baseline[ELEMENTS] = {1, 2, -(double)NAN}, one = nan_canonical();
    x[0][2] = -(double)NAN;
    x[2][0] = x[2][7] = NAN;
    put(&made, "x", H5T_IEEE_F32LE, 3, DIMS, H5T_NATIVE_DOUBLE, x);
    put(&made, "baseline", H5T_IEEE_F64LE, 2, SHAPE, H5T_NATIVE_DOUBLE, baseline);
    samples_t *samples = open_good(&made);
    samples_missing_t missing = samples_missing(samples);
    assert_true(missing.samples == 2 && !missing.baseline && !missing.mean);
    assert_memory_equal(&load(samples, 0).x[2], &one, sizeof one);
    samples_close(&samples);
    made.options.baseline = BASELINE_FROM_FILE;
    made.file = h5t_open(made.path, H5F_ACC_RDWR);
    select_range(&made, 1, 2);
    samples = open_good(&made);
    missing = samples_missing(samples);
    assert_true(missing.samples == 0 && missing.baseline && !missing.mean);
    assert_memory_equal(&load(samples, 0).baseline[2], &one, sizeof one);
    samples_close(&samples);
}

TEST_WITH(a_mean_is_of_the_values_there, scratch_make, scratch_remove) {
    made_t made = begin(state);
    float x[S][ELEMENTS] = {{1}, {2}, {4}, {8}};
    x[3][0] = x[1][3] = NAN;
    put(&made, "x", H5T_IEEE_F32LE, 3, DIMS, H5T_NATIVE_FLOAT, x);
    made.options.baseline = BASELINE_MEAN;
    select_range(&made, 0, 1);
    samples_t *samples = open_good(&made);
    samples_missing_t missing = samples_missing(samples);
    assert_true(missing.samples == 0 && !missing.baseline && missing.mean);
    assert_true(load(samples, 0).baseline[0] == 7.0 / 3 && load(samples, 0).baseline[3] == 0);
    samples_close(&samples);
}

/* Sample 3 gets its own, or what all share. */
TEST_WITH(baselines_from_the_file, scratch_make, scratch_remove) {
    static const hsize_t MANY[] = {3, ROWS, COLUMNS}, MANY_EACH[] = {S, 3, ROWS, COLUMNS};
    double numbers[S * 3 * ELEMENTS];
    const struct {
        const char *path;
        hid_t type;
        int rank;
        const hsize_t *dims;
        int first, baselines; /* where sample 3's begin; how many */
    } cases[] = {{"baseline", H5T_IEEE_F32LE, 2, SHAPE, 0, 1},
                 {"baseline", H5T_IEEE_F64BE, 3, DIMS, 3 * ELEMENTS, 1},
                 {"baselines", H5T_IEEE_F64LE, 3, MANY, 0, 3},
                 {"baselines", H5T_IEEE_F64LE, 3, DIMS, 0, S}, /* of lengths like x: K = S all the same */
                 {"baselines", H5T_IEEE_F32LE, 4, MANY_EACH, 9 * ELEMENTS, 3}};
    for (int i = 0; i < S * 3 * ELEMENTS; i++)
        numbers[i] = i * 0.25;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        made_t made = begin(state);
        made.options.baseline = BASELINE_FROM_FILE;
        put(&made, cases[i].path, cases[i].type, cases[i].rank, cases[i].dims, H5T_NATIVE_DOUBLE, numbers);
        samples_t *samples = open_good(&made);
        sample_t sample = load(samples, 3);
        assert_int_equal(sample.baselines, cases[i].baselines);
        assert_memory_equal(sample.baseline, numbers + cases[i].first,
                            (size_t)cases[i].baselines * ELEMENTS * sizeof *numbers);
        samples_close(&samples);
    }
    made_t made = begin(state);
    made.options.baseline = BASELINE_FROM_FILE;
    put(&made, "baseline", H5T_IEEE_F64LE, 0, NULL, H5T_NATIVE_DOUBLE, numbers + 3);
    samples_t *samples = open_good(&made);
    assert_true(load(samples, 3).baseline[0] == 0.75 && load(samples, 3).baseline[ELEMENTS - 1] == 0.75);
    samples_close(&samples);
}

TEST_WITH(large_integers_are_exact_or_refused, scratch_make, scratch_remove) {
    made_t made = begin(state);
    int64_t x[S][2] = {{(int64_t)1 << 53, -((int64_t)1 << 53)}, {1, 2}, {3, 4}, {5, -6}};
    put(&made, "x", H5T_STD_I64LE, 2, (hsize_t[]){S, 2}, H5T_NATIVE_INT64, x);
    samples_t *samples = open_good(&made);
    assert_true(load(samples, 0).x[0] == 0x1p53 && load(samples, 0).x[1] == -0x1p53);
    assert_true(load(samples, 3).x[1] == -6);
    samples_close(&samples);
    made.file = h5t_open(made.path, H5F_ACC_RDWR);
    x[2][1] = ((int64_t)1 << 53) + 1;
    put(&made, "x", H5T_STD_I64LE, 2, (hsize_t[]){S, 2}, H5T_NATIVE_INT64, x);
    assert_problem(&made, "/x: sample 2, element 1 is beyond 2^53");
}

TEST_WITH(rank_zero_and_chunks, scratch_make, scratch_remove) {
    made_t made = begin(state);
    double x[S] = {1, 2, 3, 4};
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 1, (hsize_t[]){3});
    H5Pset_deflate(list, 1);
    H5Ldelete(made.file, "x", H5P_DEFAULT);
    h5t_write(made.file, "x", H5T_IEEE_F64LE, 1, DIMS, list, H5T_NATIVE_DOUBLE, x);
    H5Pclose(list);
    samples_t *samples = open_good(&made);
    assert_int_equal(load(samples, 3).n, 1);
    assert_true(load(samples, 3).x[0] == 4);
    samples_close(&samples);
}

/* ---- samples in turn are read ahead ---- */

enum { IN_TURN = 20, WIDE_ROW = 1500 }; /* five rows of these are read at once */

/* x[i][j] = 3 i + j as integers, a row a chunk. */
static void put_many(made_t *made) {
    const hsize_t dims[] = {IN_TURN, WIDE_ROW}, chunk[] = {1, WIDE_ROW};
    int64_t *x = malloc(sizeof(int64_t[IN_TURN][WIDE_ROW]));
    int32_t players[WIDE_ROW] = {0};
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 2, chunk);
    H5Pset_fletcher32(list);
    for (int i = 0; i < IN_TURN; i++)
        for (int j = 0; j < WIDE_ROW; j++)
            x[i * WIDE_ROW + j] = 3 * i + j;
    H5Ldelete(made->file, "x", H5P_DEFAULT);
    h5t_write(made->file, "x", H5T_STD_I64LE, 2, dims, list, H5T_NATIVE_INT64, x);
    put(made, "players", H5T_STD_I32LE, 1, dims + 1, H5T_NATIVE_INT32, players);
    made->options.players = PLAYERS_FROM_FILE;
    H5Pclose(list);
    free(x);
}

static void assert_row(samples_t *samples, int64_t k) {
    sample_t sample = load(samples, k);
    for (int j = 0; j < WIDE_ROW; j++)
        assert_true(sample.x[j] == (double)(3 * k + j));
}

TEST_WITH(rows_are_the_same_in_any_order, scratch_make, scratch_remove) {
    const int64_t order[] = {7, 8, 9, 9, 10, 3, 4, 19, 0, 1, 2, 3, 5, 4, 18, 19, 11, 12, 13, 14, 15, 16, 17, 0};
    made_t made = begin(state);
    put_many(&made);
    samples_t *samples = open_good(&made);
    for (int64_t k = 0; k < IN_TURN; k++)
        assert_row(samples, k);
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        assert_row(samples, order[i]);
    samples_close(&samples);
}

/* Samples before and behind a damaged one are read. */
TEST_WITH(a_damaged_row_is_the_only_one, scratch_make, scratch_remove) {
    const int64_t damaged = 12;
    made_t made = begin(state);
    sample_t sample;
    haddr_t address;
    hsize_t bytes;
    unsigned mask;
    put_many(&made);
    hid_t x = H5Dopen2(made.file, "x", H5P_DEFAULT);
    assert_true(H5Dget_chunk_info_by_coord(x, (hsize_t[]){(hsize_t)damaged, 0}, &mask, &address, &bytes) >= 0);
    H5Dclose(x);
    samples_t *samples = open_only(&made);
    int fd = open(made.path, O_WRONLY);
    assert_int_equal(pwrite(fd, "damage", 6, (off_t)address + 100), 6);
    close(fd);
    for (int64_t k = 0; k < IN_TURN; k++)
        if (k == damaged)
            assert_int_equal(samples_load(samples, k, &sample, &why), STATUS_INPUT);
        else
            assert_row(samples, k);
    samples_close(&samples);
}

/* ---- names ---- */

TEST_WITH(names_of_all_kinds, scratch_make, scratch_remove) {
    made_t made = begin(state);
    char fixed[ELEMENTS][4] = {"a", "Öh", "full", "d", "", "f", "g", "h"};
    hid_t type = text_type(4, H5T_CSET_UTF8, H5T_STR_NULLPAD);
    put(&made, "player_names", type, 1, (hsize_t[]){ELEMENTS}, type, fixed);
    H5Tclose(type);
    samples_t *samples = open_good(&made);
    assert_true(samples_names(samples, NAMES_OF_PLAYERS).count == ELEMENTS &&
                !samples_names(samples, NAMES_OF_PLAYERS).per_sample);
    assert_string_equal(samples_selected_name(samples, NAMES_OF_PLAYERS, 3, 1), "Öh");
    assert_string_equal(samples_selected_name(samples, NAMES_OF_PLAYERS, 3, 2), "full");
    assert_null(samples_selected_name(samples, NAMES_OF_PLAYERS, 3, ELEMENTS));
    samples_close(&samples);

    made = begin(state);
    const char *variable[S][ELEMENTS];
    char names[S][ELEMENTS][32];
    for (int i = 0; i < S; i++)
        for (int j = 0; j < ELEMENTS; j++) {
            snprintf(names[i][j], sizeof names[i][j], "ñ %d of %d", j, i);
            variable[i][j] = names[i][j];
        }
    type = text_type(H5T_VARIABLE, H5T_CSET_UTF8, H5T_STR_NULLTERM);
    put(&made, "player_names", type, 2, (hsize_t[]){S, ELEMENTS}, type, variable);
    H5Tclose(type);
    samples = open_good(&made);
    assert_true(samples_names(samples, NAMES_OF_PLAYERS).per_sample);
    assert_string_equal(samples_selected_name(samples, NAMES_OF_PLAYERS, 3, 7), "ñ 7 of 3");
    assert_string_equal(samples_selected_name(samples, NAMES_OF_PLAYERS, 0, 2), "ñ 2 of 0");
    samples_close(&samples);

    made = begin(state);
    char spaces[ELEMENTS][3] = {"a  ", "b  ", "c  ", "d  ", "e  ", "f  ", "g  ", "hhh"};
    type = text_type(3, H5T_CSET_ASCII, H5T_STR_SPACEPAD);
    put(&made, "player_names", type, 1, (hsize_t[]){ELEMENTS}, type, spaces);
    H5Tclose(type);
    samples = open_good(&made);
    assert_string_equal(samples_selected_name(samples, NAMES_OF_PLAYERS, 0, 0), "a");
    assert_string_equal(samples_selected_name(samples, NAMES_OF_PLAYERS, 0, 7), "hhh");
    samples_close(&samples);
}

/* Strings of a fixed length. */
static void put_texts(made_t *made, const char *path, int rank, const hsize_t *dims, const char *texts) {
    hid_t type = text_type(4, H5T_CSET_UTF8, H5T_STR_NULLPAD);
    put(made, path, type, rank, dims, type, texts);
    H5Tclose(type);
}

TEST_WITH(classes_and_labels_in_words, scratch_make, scratch_remove) {
    made_t made = begin(state);
    put_texts(&made, "classes", 1, (hsize_t[]){3}, "cat\0Öl\0dog");
    put_texts(&made, "label", 1, (hsize_t[]){S}, "dog\0cat\0cat\0Öl\0");
    put_texts(&made, "player_class", 1, (hsize_t[]){ELEMENTS}, "eye\0eye\0ear\0eye\0ear\0ear\0a\0\0\0b\0\0");
    select_range(&made, 1, 4);
    samples_t *samples = open_good(&made);
    assert_true(samples_have_labels(samples));
    assert_int_equal(samples_selected_label(samples, 0), 0);
    assert_int_equal(samples_selected_label(samples, 2), 1);
    assert_int_equal(load(samples, 1).label, 0);
    assert_int_equal(samples_names(samples, NAMES_OF_CLASSES).count, 3);
    assert_string_equal(samples_selected_name(samples, NAMES_OF_CLASSES, 1, 2), "dog");
    assert_null(samples_selected_name(samples, NAMES_OF_CLASSES, 1, 3));
    assert_int_equal(samples_names(samples, CLASSES_OF_PLAYERS).count, ELEMENTS);
    assert_string_equal(samples_selected_name(samples, CLASSES_OF_PLAYERS, 0, 4), "ear");
    samples_close(&samples);
}

TEST_WITH(wrong_words, scratch_make, scratch_remove) {
    static const char WORDS[] = "dog\0cat\0cow\0cat";
    made_t made = begin(state);
    put_texts(&made, "label", 1, (hsize_t[]){S}, WORDS);
    assert_problem(&made, "/label: holds strings; give /classes too");
    made = begin(state);
    put_texts(&made, "label", 1, (hsize_t[]){S}, WORDS);
    put_texts(&made, "classes", 1, (hsize_t[]){2}, "cat\0dog");
    assert_problem(&made, "/label: sample 2: 'cow' is not among /classes");
    made = begin(state);
    put_texts(&made, "label", 1, (hsize_t[]){S}, WORDS);
    put_texts(&made, "classes", 1, (hsize_t[]){4}, "cow\0dog\0cat\0dog");
    assert_problem(&made, "/label: sample 0: 'dog' is more than once in /classes");
    made = begin(state);
    put_texts(&made, "label", 1, (hsize_t[]){S - 1}, WORDS);
    put_texts(&made, "classes", 2, (hsize_t[]){S, 1}, WORDS);
    put_texts(&made, "player_class", 1, (hsize_t[]){3}, WORDS);
    assert_problems(&made, 2,
                    (const char *[]){"/label: has the shape [3]; strings [4] expected",
                                     "/classes: has the shape [4, 1]; strings [classes] expected"});
    made = begin(state);
    put_texts(&made, "player_class", 1, (hsize_t[]){3}, WORDS);
    assert_problem(&made, "/player_class: 3 names for 8 players");
}

static void put_names(made_t *made, int rank, const hsize_t *dims, const char *const *names) {
    hid_t type = text_type(H5T_VARIABLE, H5T_CSET_UTF8, H5T_STR_NULLTERM);
    put(made, "player_names", type, rank, dims, type, names);
    H5Tclose(type);
}

TEST_WITH(bad_names, scratch_make, scratch_remove) {
    char longest[300];
    const char *names[2 * ELEMENTS];
    memset(longest, 'x', sizeof longest);
    longest[256] = '\0';
    const struct {
        const char *third, *says;
    } CASES[] = {
        {longest, "/player_names: player 2: the name is longer than 255 bytes"},
        {"\xff", "/player_names: player 2: the name must be UTF-8"},
        {"a\xc3", "/player_names: player 2: the name must be UTF-8"},
        {"\xc0\xaf", "/player_names: player 2: the name must be UTF-8"},     /* "/" in too many bytes */
        {"\xed\xa0\x80", "/player_names: player 2: the name must be UTF-8"}, /* a surrogate */
        {"\xf4\x90\x80\x80", "/player_names: player 2: the name must be UTF-8"},
        {"two\nlines", "/player_names: player 2: the name must be UTF-8 without control"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        made_t made = begin(state);
        for (int j = 0; j < ELEMENTS; j++)
            names[j] = j == 2 ? CASES[i].third : "ok";
        put_names(&made, 1, (hsize_t[]){ELEMENTS}, names);
        assert_problem(&made, CASES[i].says);
    }
    for (int j = 0; j < 2 * ELEMENTS; j++)
        names[j] = "ok";
    made_t made = begin(state);
    put_names(&made, 1, (hsize_t[]){ELEMENTS - 1}, names);
    assert_problem(&made, "/player_names: 7 names for 8 players");
    made = begin(state);
    put_names(&made, 1, (hsize_t[]){ELEMENTS + 1}, names);
    assert_problem(&made, "/player_names: 9 names for 8 players");
    made = begin(state);
    put_names(&made, 2, (hsize_t[]){2, ELEMENTS}, names);
    assert_problem(&made, "/player_names: has the shape [2, 8]");
    made = begin(state);
    int32_t numbers[ELEMENTS] = {0};
    put(&made, "player_names", H5T_STD_I32LE, 1, (hsize_t[]){ELEMENTS}, H5T_NATIVE_INT32, numbers);
    assert_problem(&made, "/player_names: has the shape [8] and does not hold strings");
}

/* ---- digest and synthetic samples ---- */

static void digest_of(made_t *made, char hex[DIGEST_HEX]) {
    digest_t *digest;
    samples_t *samples = open_only(made);
    assert_ok(digest_start(&digest, &why));
    assert_ok(samples_scan(samples, digest, &made->problems, &why));
    digest_finish(&digest, hex);
    samples_close(&samples);
    assert_int_equal(made->problems.count, 0);
}

/* Values change, or how samples are selected and masked. */
TEST_WITH(the_digest_is_of_the_selection_only, scratch_make, scratch_remove) {
    enum { SAME, UNSELECTED_X, SELECTED_X, BASELINE, PLAYERS, SELECTION, CASES };
    char first[DIGEST_HEX] = "", other[DIGEST_HEX] = "";
    for (int c = SAME; c < CASES; c++) {
        made_t made = begin(state);
        float x[S][ELEMENTS];
        for (int i = 0; i < S; i++)
            for (int j = 0; j < ELEMENTS; j++)
                x[i][j] = (float)(10 * i + j);
        x[3][3] += c == UNSELECTED_X;
        x[1][7] += c == SELECTED_X;
        if (c == UNSELECTED_X || c == SELECTED_X) /* and another type */
            put(&made, "x", H5T_IEEE_F64LE, 3, DIMS, H5T_NATIVE_FLOAT, x);
        select_range(&made, c == SELECTION, 2 + (c == SELECTION));
        made.options.baseline = c == BASELINE ? BASELINE_NUMBER : BASELINE_ZERO;
        made.options.baseline_number = 1;
        if (c == PLAYERS)
            choose_grid(&made, 2, 2);
        digest_of(&made, c == SAME ? first : other);
        if (c > SAME)
            assert_int_equal(strcmp(first, other) == 0, c == UNSELECTED_X);
    }
}

/* Opened and scanned; *problem is the first complaint, "" without any. */
static samples_t *synthetic(const samples_options_t *options, const samples_known_t *known, char problem[256]) {
    samples_t *samples;
    problems_t problems = {0};
    assert_ok(samples_synthetic(options, known, &samples, &problems, &why));
    assert_ok(samples_scan(samples, NULL, &problems, &why));
    assert_true(problems.count <= 1);
    snprintf(problem, 256, "%s", problems.count ? problems.texts[0] : "");
    problems_free(&problems);
    return samples;
}

TEST(synthetic_samples_have_players_only) {
    int players[5] = {3, 4, 5, 6, 3};
    const samples_known_t known = {.count = 5, .players = players};
    int64_t shape[8];
    samples_options_t options = {.select_first = 1, .select_end = 4, .max_players = 6};
    char problem[256];
    samples_t *samples = synthetic(&options, &known, problem);
    assert_string_equal(problem, "");
    players[2] = 99; /* was copied */
    assert_int_equal(samples_count(samples), 3);
    assert_int_equal(samples_shape(samples, shape), 0);
    assert_false(samples_names(samples, NAMES_OF_PLAYERS).count > 0 || samples_have_labels(samples));
    sample_t sample = load(samples, 1);
    assert_true(sample.index == 2 && sample.n == 5 && sample.elements == 0 && sample.baselines == 1);
    samples_close(&samples);
    options.max_players = 5;
    options.select_end = 6;
    samples = synthetic(&options, &known, problem);
    assert_string_equal(problem, "samples: samples.select: no sample 5; samples are 0 to 4");
    assert_int_equal(samples_count(samples), 0);
    samples_close(&samples);
    options.select_all = true;
    players[2] = 5;
    samples = synthetic(&options, &known, problem);
    assert_string_equal(problem, "samples: sample 3 has 6 players; 1 to sweep.max_players: 5 expected");
    samples_close(&samples);
}

/* select is of rows, whatever their index; what is not known is told as such. */
TEST(what_is_known_of_synthetic_samples_comes_along) {
    const int players[3] = {3, 4, 5};
    const int64_t index[3] = {70, 80, 90}, label[3] = {-1, 2, 5}, target[3] = {0, -1, 4}, rows[2] = {2, 1};
    const double sigma[3] = {0.5, 0.25, 0.125};
    const samples_known_t known = {.name = "t.h5",
                                   .count = 3,
                                   .players = players,
                                   .index = index,
                                   .label = label,
                                   .target = target,
                                   .noise_sigma = sigma};
    samples_options_t options = {.select_list = rows, .select_count = 2, .max_players = 9};
    char problem[256];
    samples_t *samples = synthetic(&options, &known, problem);
    assert_string_equal(problem, "");
    assert_true(samples_have_labels(samples));
    assert_true(samples_selected_label(samples, 0) == 5 && samples_selected_label(samples, 1) == 2);
    assert_int_equal(samples_selected_index(samples, 1), 80);
    sample_t sample = load(samples, 0);
    assert_true(sample.index == 90 && sample.row == 2 && sample.n == 5 && sample.label == 5 && sample.target == 4);
    assert_true(sample.noise_sigma == 0.125);
    sample = load(samples, 1);
    assert_true(sample.index == 80 && sample.row == 1 && sample.target == -1 && sample.noise_sigma == 0.25);
    samples_close(&samples);
    const int64_t none[1] = {3};
    options.select_list = none;
    options.select_count = 1;
    samples = synthetic(&options, &known, problem);
    assert_string_equal(problem, "t.h5: samples.select: no sample 3; samples are 0 to 2");
    samples_close(&samples);
}

/* Places 1, 4, 7 of eight selected ones; the scan is of all of them. */
TEST(a_shard_is_every_kth_of_the_selection) {
    int players[10] = {3, 4, 5, 6, 3, 4, 5, 9, 3, 4};
    const samples_known_t known = {.count = 10, .players = players};
    samples_options_t options = {.select_first = 2, .select_end = 10, .max_players = 9, .shard = 1, .shards = 3};
    char problem[256];
    samples_t *samples = synthetic(&options, &known, problem);
    assert_int_equal(samples_count(samples), 3);
    assert_int_equal(samples_selected(samples), 8);
    for (int64_t k = 0; k < 3; k++) {
        assert_int_equal(samples_index(samples, k), 2 + 1 + 3 * k);
        assert_int_equal(samples_players_of(samples, k), players[2 + 1 + 3 * k]);
        assert_int_equal(load(samples, k).index, 2 + 1 + 3 * k);
        assert_int_equal(load(samples, k).n, players[2 + 1 + 3 * k]);
    }
    for (int64_t place = 0; place < 8; place++) {
        assert_int_equal(samples_selected_index(samples, place), 2 + place);
        assert_int_equal(samples_selected_players(samples, place), players[2 + place]);
        assert_int_equal(samples_selected_label(samples, place), -1);
    }
    sample_t sample;
    assert_int_equal(samples_load(samples, 3, &sample, &why), STATUS_INTERNAL);
    samples_close(&samples);
    const int64_t counts[] = {3, 3, 2};
    for (options.shard = 0; options.shard < 3; options.shard++) {
        samples = synthetic(&options, &known, problem);
        assert_int_equal(samples_count(samples), counts[options.shard]);
        samples_close(&samples);
    }
    options.shard = 8;
    options.shards = 9;
    samples = synthetic(&options, &known, problem);
    assert_string_equal(problem, "samples: --shard 8/9: only 8 samples are selected; use at most 8 shards");
    assert_int_equal(samples_count(samples), 0);
    samples_close(&samples);
}

int main(void) {
    return run_all(NULL, NULL);
}
