/* samples/table: tables of v(S) made by HDF5 here are read as they were written; anything else is refused by name. */
#include "h5_scratch.h"

#include "samples/table.h"

enum { ROWS = 3, MASKS = 8 };

static const double VALUES[ROWS][MASKS] = {
    {0, 1, 2, 3, 4, 5, 6, 7}, {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8}, {-1, -2, -3, -4, -5, -6, -7, -8}};

static void make_table(const char *path, hid_t type, int rank, const hsize_t *dims, hid_t list) {
    hid_t file = h5t_create(path);
    h5t_write(file, "values", type, rank, dims, list, H5T_NATIVE_DOUBLE, VALUES);
    H5Fclose(file);
}

static table_t *open_table(const char *path) {
    table_t *table;
    failure_t why;
    assert_ok(table_open(path, &table, &why));
    return table;
}

static void assert_row(table_t *table, int64_t row, const double *wanted) {
    value_table_t values = table_values(table);
    double out[MASKS];
    failure_t why;
    assert_int_equal(values.read(values.self, row, 0, MASKS, out, &why), STATUS_OK);
    assert_memory_equal(out, wanted, sizeof out);
    assert_int_equal(values.read(values.self, row, 2, 3, out, &why), STATUS_OK);
    assert_memory_equal(out, wanted + 2, 3 * sizeof *out);
}

static void rows_are_read_as_written(void **state) {
    scratch_t *scratch = *state;
    make_table(scratch->file, H5T_IEEE_F64LE, 2, (hsize_t[]){ROWS, MASKS}, H5P_DEFAULT);
    table_t *table = open_table(scratch->file);
    assert_int_equal(table_samples(table), ROWS);
    assert_int_equal(table_players(table), 3);
    for (int row = 0; row < ROWS; row++)
        assert_row(table, row, VALUES[row]);
    table_close(&table);
    assert_null(table);
}

static void one_row_and_other_layouts_too(void **state) {
    scratch_t *scratch = *state;
    make_table(scratch->file, H5T_IEEE_F64BE, 1, (hsize_t[]){MASKS}, H5P_DEFAULT);
    table_t *table = open_table(scratch->file);
    assert_int_equal(table_samples(table), 1);
    assert_row(table, 0, VALUES[0]);
    table_close(&table);

    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 2, (hsize_t[]){2, 4});
    H5Pset_shuffle(list);
    H5Pset_deflate(list, 6);
    make_table(scratch->file, H5T_IEEE_F64LE, 2, (hsize_t[]){ROWS, MASKS}, list);
    H5Pclose(list);
    table = open_table(scratch->file);
    assert_row(table, 1, VALUES[1]);
    table_close(&table);

    make_table(scratch->file, H5T_IEEE_F32LE, 2, (hsize_t[]){ROWS, MASKS}, H5P_DEFAULT);
    table = open_table(scratch->file);
    assert_row(table, 2, VALUES[2]); /* small integers are exact in f32 */
    table_close(&table);
}

static void what_is_not_in_the_table_is_refused(void **state) {
    scratch_t *scratch = *state;
    double out[MASKS];
    failure_t why;
    make_table(scratch->file, H5T_IEEE_F64LE, 2, (hsize_t[]){ROWS, MASKS}, H5P_DEFAULT);
    table_t *table = open_table(scratch->file);
    value_table_t values = table_values(table);
    assert_int_equal(values.read(values.self, ROWS, 0, 1, out, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "/values: has no row 3, only 0 to 2"));
    assert_int_equal(values.read(values.self, -1, 0, 1, out, &why), STATUS_INPUT);
    assert_int_equal(values.read(values.self, 0, 7, 2, out, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "has no mask 0x8"));
    table_close(&table);
}

static void assert_refused(const char *path, const char *says) {
    table_t *table;
    failure_t why;
    assert_int_equal(table_open(path, &table, &why), STATUS_INPUT);
    assert_null(table);
    if (!strstr(why.text, says) || !strstr(why.text, path))
        fail_msg("\"%s\" does not say \"%s\"", why.text, says);
}

static void what_is_no_table_is_refused(void **state) {
    scratch_t *scratch = *state;
    assert_refused(scratch->file, "No such file");
    H5Fclose(h5t_create(scratch->file));
    assert_refused(scratch->file, "/values: missing");
    make_table(scratch->file, H5T_STD_I32LE, 2, (hsize_t[]){ROWS, MASKS}, H5P_DEFAULT);
    assert_refused(scratch->file, "/values: holds no f32 or f64 numbers");
    make_table(scratch->file, H5T_IEEE_F64LE, 2, (hsize_t[]){ROWS, 7}, H5P_DEFAULT);
    assert_refused(scratch->file, "has the shape [3, 7]");
    make_table(scratch->file, H5T_IEEE_F64LE, 2, (hsize_t[]){ROWS, 1}, H5P_DEFAULT);
    assert_refused(scratch->file, "has the shape [3, 1]");
    make_table(scratch->file, H5T_IEEE_F64LE, 3, (hsize_t[]){1, 2, 4}, H5P_DEFAULT);
    assert_refused(scratch->file, "has the shape [1, 2, 4]");
    make_table(scratch->file, H5T_IEEE_F64LE, 0, NULL, H5P_DEFAULT);
    assert_refused(scratch->file, "has the shape []");
    assert_int_equal(truncate(scratch->file, 1000), 0);
    assert_refused(scratch->file, "cannot be opened as an HDF5 file");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_SCRATCH(rows_are_read_as_written),
        WITH_SCRATCH(one_row_and_other_layouts_too),
        WITH_SCRATCH(what_is_not_in_the_table_is_refused),
        WITH_SCRATCH(what_is_no_table_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
