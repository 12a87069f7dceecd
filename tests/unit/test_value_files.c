/* samples/value_files: a file or a folder of tables becomes samples; orders of masks are read from files. */
#include "h5_scratch.h"

#include "samples/value_files.h"

static const mask_order_t LOW = {.kind = MASKS_LOW_FIRST}, HIGH = {.kind = MASKS_HIGH_FIRST};

static const char *named(const scratch_t *scratch, const char *name) {
    static char path[160];
    snprintf(path, sizeof path, "%s/%s", scratch->folder, name);
    return path;
}

static const char *write_text(const scratch_t *scratch, const char *name, const char *text) {
    const char *path = named(scratch, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return path;
}

static value_files_t *open_files(const char *path) {
    value_files_t *files;
    problems_t problems = {0};
    failure_t why;
    if (value_files_open(path, &files, &problems, &why) != STATUS_OK)
        fail_msg("%s", problems.count ? problems.texts[0] : why.text);
    assert_int_equal(problems.count, 0);
    return files;
}

/* Each of `says` is in one of the problems, in order. */
static void assert_refused(const char *path, size_t count, const char *const *says) {
    value_files_t *files;
    problems_t problems = {0};
    failure_t why;
    assert_int_equal(value_files_open(path, &files, &problems, &why), STATUS_INPUT);
    assert_null(files);
    assert_int_equal(problems.count, count);
    for (size_t i = 0; i < count; i++)
        if (!strstr(problems.texts[i], says[i]))
            fail_msg("\"%s\" does not say \"%s\"", problems.texts[i], says[i]);
    problems_free(&problems);
}

static void assert_table(value_files_t *files, int64_t k, const mask_order_t *order, int n, const double *wanted) {
    double table[8];
    failure_t why;
    assert_int_equal(value_files_players(files, k), n);
    assert_int_equal(value_files_load(files, k, order, table, &why), STATUS_OK);
    assert_memory_equal(table, wanted, mask_count(n) * sizeof *table);
}

static void a_row_is_a_table_and_a_column_is_one(void **state) {
    value_files_t *files = open_files(write_text(*state, "a.csv", "1,2,3,4\n5,6,7,8\n"));
    assert_int_equal(value_files_count(files), 2);
    assert_table(files, 0, &LOW, 2, (const double[]){1, 2, 3, 4});
    assert_table(files, 1, &HIGH, 2, (const double[]){5, 7, 6, 8});
    assert_table(files, 0, &HIGH, 2, (const double[]){1, 3, 2, 4}); /* back again */
    assert_table(files, 1, &LOW, 2, (const double[]){5, 6, 7, 8});
    assert_false(value_files_have_labels(files));
    assert_int_equal(value_files_label(files, 1), -1);
    assert_null(value_files_name(files, 0, 0));
    value_files_close(&files);
    assert_null(files);

    files = open_files(write_text(*state, "a.csv", "1\n2\n3\n4\n5\n6\n7\n8\n"));
    assert_int_equal(value_files_count(files), 1);
    assert_table(files, 0, &LOW, 3, (const double[]){1, 2, 3, 4, 5, 6, 7, 8});
    value_files_close(&files);

    files = open_files(write_text(*state, "a.csv", "1 2"));
    assert_table(files, 0, &HIGH, 1, (const double[]){1, 2});
    value_files_close(&files);
}

static void a_folder_is_read_in_the_order_of_bytes(void **state) {
    write_text(*state, "x2.csv", "9 8");
    write_text(*state, "x10.csv", "1 2 3 4\n5 6 7 8");
    write_text(*state, "X3.txt", "0\n1\n2\n3");
    write_text(*state, ".hidden", "no table");
    value_files_t *files = open_files(((scratch_t *)*state)->folder);
    assert_int_equal(value_files_count(files), 4);
    assert_table(files, 0, &LOW, 2, (const double[]){0, 1, 2, 3});
    assert_table(files, 1, &LOW, 2, (const double[]){1, 2, 3, 4});
    assert_table(files, 2, &LOW, 2, (const double[]){5, 6, 7, 8});
    assert_table(files, 3, &LOW, 1, (const double[]){9, 8});
    assert_non_null(strstr(value_files_path(files, 2), "/x10.csv"));
    assert_non_null(strstr(value_files_path(files, 3), "/x2.csv"));
    value_files_close(&files);
}

static void digests_are_of_the_content(void **state) {
    char hex[3][DIGEST_HEX];
    failure_t why;
    static const char *const TEXTS[] = {"1 2 3 4", "1 2 3 4", "1 2 3 5"};
    for (int i = 0; i < 3; i++) {
        value_files_t *files = open_files(write_text(*state, i == 1 ? "b.txt" : "a.txt", TEXTS[i]));
        digest_t *digest;
        assert_int_equal(digest_start(&digest, &why), STATUS_OK);
        assert_int_equal(value_files_digest(files, digest, &why), STATUS_OK);
        digest_finish(&digest, hex[i]);
        value_files_close(&files);
    }
    assert_string_equal(hex[0], hex[1]);
    assert_string_not_equal(hex[0], hex[2]);
}

static void tables_of_wrong_length_are_refused(void **state) {
    assert_refused(write_text(*state, "a.csv", "1 2 3 4 5 6 7\n"), 1,
                   (const char *const[]){"a table of 7 numbers, which is no power of two: 4 are expected for 2 "
                                         "players, 8 for 3, one for each subset, the empty one included"});
    assert_refused(write_text(*state, "a.csv", "1\n2\n3\n4\n5\n6\n7\n8\n9\n"), 1,
                   (const char *const[]){"a table of 9 numbers"});
    assert_refused(write_text(*state, "a.csv", "1\n"), 1,
                   (const char *const[]){"a table of 1 numbers; 2^n with n = 1 to 30 expected"});
    assert_refused(named(*state, "none.npy"), 1, (const char *const[]){"No such file"});
    hid_t file = h5t_create(((scratch_t *)*state)->file), list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_alloc_time(list, H5D_ALLOC_TIME_EARLY); /* a file with a hole */
    H5Pset_fill_time(list, H5D_FILL_TIME_NEVER);
    h5t_write(file, "values", H5T_STD_I8LE, 2, (hsize_t[]){1, (hsize_t)1 << 31}, list, H5T_NATIVE_INT, NULL);
    H5Pclose(list);
    H5Fclose(file);
    assert_refused(((scratch_t *)*state)->file, 1, (const char *const[]){"a table of 2147483648 numbers; 2^n with n"});
}

static void all_that_is_wrong_in_a_folder_is_told(void **state) {
    assert_refused(((scratch_t *)*state)->folder, 1, (const char *const[]){"an empty folder"});
    write_text(*state, "a.csv", "1 2 3");
    write_text(*state, "b.txt", "1 2 3 4");
    write_text(*state, "c.npy", "1 2 3 4");
    write_text(*state, "notes.md", "1 2 3 4");
    assert_int_equal(mkdir(named(*state, "z.csv"), 0700), 0);
    assert_refused(((scratch_t *)*state)->folder, 4,
                   (const char *const[]){"a.csv: a table of 3", "c.npy: too short for a .npy file",
                                         "notes.md: only tables (.h5 .hdf5 .npy .csv .txt)",
                                         "z.csv: is no regular file"});
}

/* ---- labels and names ---- */

static void write_names(hid_t file, int rank, const hsize_t *dims, const char *names) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, 2);
    h5t_write(file, "player_names", type, rank, dims, H5P_DEFAULT, type, names);
    H5Tclose(type);
}

/* Two tables of 2 players with a label of that type and shape. */
static void write_label(const char *path, hid_t type, int rank, hsize_t length) {
    const double values[8] = {0};
    const int64_t labels[3] = {0};
    hid_t file = h5t_create(path);
    h5t_write(file, "values", H5T_IEEE_F64LE, 2, (hsize_t[]){2, 4}, H5P_DEFAULT, H5T_NATIVE_DOUBLE, values);
    h5t_write(file, "label", type, rank, &length, H5P_DEFAULT, H5T_NATIVE_INT64, labels);
    H5Fclose(file);
}

static void write_tables(const char *path, const int64_t *labels, int rank, const hsize_t *dims, const char *names) {
    const double values[] = {1, 2, 3, 4, 5, 6, 7, 8};
    hid_t file = h5t_create(path);
    h5t_write(file, "values", H5T_IEEE_F64LE, 2, (hsize_t[]){2, 4}, H5P_DEFAULT, H5T_NATIVE_DOUBLE, values);
    if (labels)
        h5t_write(file, "label", H5T_STD_I32LE, 1, (hsize_t[]){2}, H5P_DEFAULT, H5T_NATIVE_INT64, labels);
    if (names)
        write_names(file, rank, dims, names);
    H5Fclose(file);
}

static void labels_and_names_come_along(void **state) {
    const scratch_t *scratch = *state;
    write_tables(scratch->file, (const int64_t[]){3, 0}, 1, (const hsize_t[]){2}, "a\0b");
    value_files_t *files = open_files(scratch->folder);
    assert_true(value_files_have_labels(files));
    assert_int_equal(value_files_label(files, 0), 3);
    assert_int_equal(value_files_label(files, 1), 0);
    assert_string_equal(value_files_name(files, 0, 1), "b");
    assert_string_equal(value_files_name(files, 1, 0), "a");
    assert_null(value_files_name(files, 1, 2));
    value_files_close(&files);
    write_tables(scratch->file, NULL, 2, (const hsize_t[]){2, 2}, "a\0b\0c\0d");
    files = open_files(scratch->file);
    assert_false(value_files_have_labels(files));
    assert_string_equal(value_files_name(files, 1, 0), "c");
    value_files_close(&files);
}

static void wrong_labels_and_names_are_refused(void **state) {
    const scratch_t *scratch = *state;
    write_tables(scratch->file, (const int64_t[]){3, -1}, 1, NULL, NULL);
    assert_refused(scratch->file, 1, (const char *const[]){"/label: is -1 for table 1; 0 or more expected"});
    const char *const labels[] = {"/label: integers [2] expected, one for each table"};
    write_label(scratch->file, H5T_STD_I64LE, 0, 1);
    assert_refused(scratch->file, 1, labels);
    write_label(scratch->file, H5T_STD_I64LE, 1, 3);
    assert_refused(scratch->file, 1, labels);
    write_label(scratch->file, H5T_IEEE_F64LE, 1, 2);
    assert_refused(scratch->file, 1, labels);
    write_tables(scratch->file, NULL, 1, (const hsize_t[]){1}, "a");
    assert_refused(scratch->file, 1, (const char *const[]){"/player_names: 1 names for 2 players"});
    write_tables(scratch->file, NULL, 2, (const hsize_t[]){1, 2}, "a\0b");
    assert_refused(scratch->file, 1, (const char *const[]){"/player_names: has the shape [1, 2]"});
    write_tables(scratch->file, NULL, 1, (const hsize_t[]){2}, "\xff\0b");
    assert_refused(scratch->file, 1, (const char *const[]){"/player_names: player 0: the name is not UTF-8"});
    write_tables(scratch->file, (const int64_t[]){0, 1}, 1, (const hsize_t[]){2}, "a\0b");
    write_text(scratch, "b.csv", "1 2");
    assert_refused(scratch->folder, 2, (const char *const[]){"b.csv: has no /label", "b.csv: has no /player_names"});
}

/* ---- masks ---- */

static void assert_masks_refused(const char *path, const char *says) {
    uint32_t *masks;
    failure_t why;
    int n;
    assert_int_equal(value_files_read_masks(path, &n, &masks, &why), STATUS_INPUT);
    assert_null(masks);
    if (!strstr(why.text, says))
        fail_msg("\"%s\" does not say \"%s\"", why.text, says);
}

static void masks_are_read(void **state) {
    const scratch_t *scratch = *state;
    const uint32_t wanted[] = {0, 2, 1, 3};
    uint32_t *masks;
    failure_t why;
    int n = 0;
    assert_int_equal(value_files_read_masks(write_text(scratch, "m.csv", "0,0\n0,1\n1,0\n1,1\n"), &n, &masks, &why),
                     STATUS_OK);
    assert_int_equal(n, 2);
    assert_memory_equal(masks, wanted, sizeof wanted);
    mask_order_t order = {.kind = MASKS_LISTED, .n = n, .listed = masks};
    value_files_t *files = open_files(write_text(scratch, "v.csv", "1 2 3 4"));
    assert_table(files, 0, &order, 2, (const double[]){1, 3, 2, 4});
    value_files_close(&files);
    free(masks);
    assert_int_equal(value_files_read_masks(write_text(scratch, "m.csv", "1\n0\n"), &n, &masks, &why), STATUS_OK);
    assert_int_equal(n, 1);
    assert_int_equal(masks[0], 1);
    free(masks);
}

static void wrong_masks_are_refused(void **state) {
    const scratch_t *scratch = *state;
    const int8_t flags[] = {0, 0, 1, 1};
    assert_masks_refused(write_text(scratch, "m.csv", "0,0\n0,1\n1,0\n0,1\n"),
                         "rows 1 and 3 are the same subset (mask 0x2), and that of mask 0x3 is missing");
    assert_masks_refused(write_text(scratch, "m.csv", "0,0\n0,1\n1,1\n"),
                         "3 rows of 2 players; 4 rows expected, one for each subset");
    assert_masks_refused(write_text(scratch, "m.csv", "0,0\n0,2\n1,0\n1,1\n"), "row 1, player 1: is 2; 0 (absent)");
    assert_masks_refused(write_text(scratch, "m.csv", "0,0\n0,nan\n1,0\n1,1\n"), "row 1, player 1: is nan");
    assert_masks_refused(named(scratch, "none.csv"), "No such file");
    hid_t file = h5t_create(scratch->file);
    h5t_write(file, "masks", H5T_STD_I8LE, 1, (hsize_t[]){4}, H5P_DEFAULT, H5T_NATIVE_INT8, flags);
    H5Fclose(file);
    assert_masks_refused(scratch->file, "has the shape [1, 4]; masks [2^n, n] expected");
}

#define WITH_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_SCRATCH(a_row_is_a_table_and_a_column_is_one),
        WITH_SCRATCH(a_folder_is_read_in_the_order_of_bytes),
        WITH_SCRATCH(digests_are_of_the_content),
        WITH_SCRATCH(tables_of_wrong_length_are_refused),
        WITH_SCRATCH(all_that_is_wrong_in_a_folder_is_told),
        WITH_SCRATCH(labels_and_names_come_along),
        WITH_SCRATCH(wrong_labels_and_names_are_refused),
        WITH_SCRATCH(masks_are_read),
        WITH_SCRATCH(wrong_masks_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
