/* samples/table: tables of v(S) made by HDF5 here are read as they were written; anything else is refused by name. */
#include "h5_scratch.h"

#include "samples/table.h"

#include <math.h>

static failure_t why; /* of the last call */

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
    assert_ok(table_open(path, &table, &why));
    return table;
}

static void assert_row(table_t *table, int64_t row, const double *wanted) {
    value_table_t values = table_values(table);
    double out[MASKS];
    assert_int_equal(values.read(values.self, row, 0, MASKS, out, &why), STATUS_OK);
    assert_memory_equal(out, wanted, sizeof out);
    assert_int_equal(values.read(values.self, row, 2, 3, out, &why), STATUS_OK);
    assert_memory_equal(out, wanted + 2, 3 * sizeof *out);
}

TEST_WITH(rows_are_read_as_written, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    make_table(scratch->file, H5T_IEEE_F64LE, 2, (hsize_t[]){ROWS, MASKS}, H5P_DEFAULT);
    table_t *table = open_table(scratch->file);
    const samples_known_t *known = &table_info(table)->known;
    assert_true(known->count == ROWS && known->players[0] == 3 && known->players[ROWS - 1] == 3);
    assert_string_equal(known->name, scratch->file);
    assert_true(!known->index && !known->label && !known->target && !known->noise_sigma &&
                !known->names[NAMES_OF_PLAYERS]);
    for (int row = 0; row < ROWS; row++)
        assert_row(table, row, VALUES[row]);
    table_close(&table);
    assert_null(table);
}

TEST_WITH(one_row_and_other_layouts_too, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    make_table(scratch->file, H5T_IEEE_F64BE, 1, (hsize_t[]){MASKS}, H5P_DEFAULT);
    table_t *table = open_table(scratch->file);
    assert_int_equal(table_info(table)->known.count, 1);
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

/* ---- what is said of the rows ---- */

typedef struct {
    hid_t file;
    hsize_t rows;
} notes_t;

/* A file with VALUES, open for more. */
static notes_t begin_notes(const scratch_t *scratch) {
    make_table(scratch->file, H5T_IEEE_F64LE, 2, (hsize_t[]){ROWS, MASKS}, H5P_DEFAULT);
    return (notes_t){h5t_open(scratch->file, H5F_ACC_RDWR), ROWS};
}

static void note_integers(const notes_t *notes, const char *path, const int64_t *data) {
    h5t_write(notes->file, path, H5T_STD_I64LE, 1, &notes->rows, H5P_DEFAULT, H5T_NATIVE_INT64, data);
}

static void note_texts(const notes_t *notes, const char *path, size_t width, const char *data) {
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, width);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    h5t_write(notes->file, path, type, 1, &notes->rows, H5P_DEFAULT, type, data);
    H5Tclose(type);
}

TEST_WITH(players_and_labels_of_rows, scratch_make, scratch_remove) {
    const scratch_t *scratch = *state;
    const notes_t notes = begin_notes(scratch);
    note_integers(&notes, "n_players", (const int64_t[]){3, 1, 2});
    note_integers(&notes, "label", (const int64_t[]){4, -1, 2});
    note_texts(&notes, "player_names", 4, "eye\0nosemth");
    H5Fclose(notes.file);
    table_t *table = open_table(scratch->file);
    const samples_known_t *known = &table_info(table)->known;
    assert_true(known->players[0] == 3 && known->players[1] == 1 && known->players[2] == 2);
    assert_true(known->label[0] == 4 && known->label[1] == -1 && known->label[2] == 2);
    assert_non_null(known->names[NAMES_OF_PLAYERS]);
    assert_true(table_info(table)->class_count == 1 && table_info(table)->classes[0] == 0);
    assert_string_equal(table_info(table)->samples_sha256, "");
    table_close(&table);
}

/* The file of a sweep that is not through: rows 1 (failed) and 2 (not begun) are no tables. */
static void make_results(const scratch_t *scratch) {
    const notes_t notes = begin_notes(scratch);
    const double sigma[ROWS] = {0.5, 0.25, NAN};
    note_integers(&notes, "samples/status", (const int64_t[]){1, 2, 0});
    note_integers(&notes, "samples/index", (const int64_t[]){7, 3, 7});
    note_integers(&notes, "samples/label", (const int64_t[]){-1, -1, -1});
    note_integers(&notes, "samples/target", (const int64_t[]){5, 1, 99});
    note_integers(&notes, "samples/input_crc", (const int64_t[]){11, 12, 13});
    note_integers(&notes, "summary/transferability/classes", (const int64_t[]){0, 5, 6});
    note_integers(&notes, "shard/index", (const int64_t[]){7, 3, 7});
    note_texts(&notes, "samples/error", 8, "\0\0\0\0\0\0\0\0too hot!\0\0\0\0\0\0\0");
    h5t_write(notes.file, "samples/noise_sigma", H5T_IEEE_F64LE, 1, &notes.rows, H5P_DEFAULT, H5T_NATIVE_DOUBLE, sigma);
    H5Fclose(notes.file);
}

TEST_WITH(results_files_say_more, scratch_make, scratch_remove) {
    const scratch_t *scratch = *state;
    make_results(scratch);
    table_t *table = open_table(scratch->file);
    const samples_known_t *known = &table_info(table)->known;
    assert_true(known->index[0] == 7 && known->index[1] == 3 && known->index[2] == 7);
    assert_null(known->label); /* all unknown */
    assert_true(known->target[0] == 5 && known->target[1] == -1 && known->target[2] == -1);
    assert_true(known->noise_sigma[0] == 0.5 && isnan(known->noise_sigma[1]) && isnan(known->noise_sigma[2]));
    assert_int_equal(table_info(table)->outputs, 1); /* version 1 knows of no others */
    assert_true(table_info(table)->input_crc[1] == 12);
    const int64_t *classes = table_info(table)->classes;
    assert_true(table_info(table)->class_count == 3 && classes[0] == 0 && classes[1] == 5 && classes[2] == 6);
    assert_string_equal(table_info(table)->samples_sha256, ""); /* a shard has only some of the samples */
    table_close(&table);
}

TEST_WITH(targets_that_are_tokens_are_no_classes, scratch_make, scratch_remove) {
    const scratch_t *scratch = *state;
    const notes_t notes = begin_notes(scratch);
    const hsize_t one = 1;
    const int64_t zero = 0;
    note_integers(&notes, "samples/status", (const int64_t[]){1, 1, 1});
    note_integers(&notes, "samples/index", (const int64_t[]){0, 1, 2});
    note_integers(&notes, "samples/label", (const int64_t[]){-1, -1, -1});
    note_integers(&notes, "samples/target", (const int64_t[]){5860, 93560, 7693});
    note_texts(&notes, "samples/error", 1, "\0\0");
    h5t_write(notes.file, "summary/transferability/classes", H5T_STD_I64LE, 1, &one, H5P_DEFAULT, H5T_NATIVE_INT64,
              &zero);
    note_integers(&notes, "shard/index", (const int64_t[]){0, 1, 2});
    H5Fclose(notes.file);
    table_t *table = open_table(scratch->file);
    assert_true(table_info(table)->known.target[1] == 93560);
    assert_true(table_info(table)->class_count == 1 && table_info(table)->classes[0] == 0);
    table_close(&table);
}

TEST_WITH(rows_that_are_not_done_fail_with_their_reason, scratch_make, scratch_remove) {
    const scratch_t *scratch = *state;
    double out[MASKS];
    make_results(scratch);
    table_t *table = open_table(scratch->file);
    value_table_t values = table_values(table);
    assert_row(table, 0, VALUES[0]);
    assert_int_equal(values.read(values.self, 1, 0, MASKS, out, &why), STATUS_CERTAIN);
    assert_string_equal(why.text, "too hot!");
    assert_int_equal(values.read(values.self, 2, 0, MASKS, out, &why), STATUS_CERTAIN);
    assert_string_equal(why.text, "row 2 is not done in a.h5");
    table_close(&table);
}

static void assert_refused(const char *path, const char *says) {
    table_t *table;
    assert_fails(table_open(path, &table, &why), STATUS_INPUT, says);
    assert_non_null(strstr(why.text, path));
    assert_null(table);
}

TEST_WITH(notes_that_do_not_fit_are_refused, scratch_make, scratch_remove) {
    const scratch_t *scratch = *state;
    static const struct {
        const char *path;
        int64_t data[ROWS];
        const char *says;
    } CASES[] = {{"n_players", {3, 4, 2}, "/n_players: is 4 for row 1; 1 to 3 expected: rows of /values have 2^3"},
                 {"n_players", {3, 0, 2}, "/n_players: is 0 for row 1"},
                 {"samples/n_players", {9, 3, 2}, "/samples/n_players: is 9 for row 0"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const notes_t notes = begin_notes(scratch);
        note_integers(&notes, CASES[i].path, CASES[i].data);
        if (CASES[i].path[0] == 's')
            note_integers(&notes, "samples/status", (const int64_t[]){1, 1, 1});
        H5Fclose(notes.file);
        assert_refused(scratch->file, CASES[i].says);
    }
    notes_t notes = begin_notes(scratch);
    notes.rows = 2;
    note_integers(&notes, "label", (const int64_t[]){1, 2});
    H5Fclose(notes.file);
    assert_refused(scratch->file, "/label: has 2 entries, but /values has 3 rows; give one entry per row");
    notes = begin_notes(scratch);
    note_texts(&notes, "label", 4, "cat\0dog\0cow");
    H5Fclose(notes.file);
    assert_refused(scratch->file, "/label: has the shape [3] and another type; integers [3] expected");
    notes = begin_notes(scratch);
    notes.rows = 4;
    note_texts(&notes, "player_names", 1, "abcd");
    H5Fclose(notes.file);
    assert_refused(scratch->file, "/player_names: 4 names, but rows of /values are for 3 players");
}

TEST_WITH(what_is_no_table_is_refused, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    assert_refused(scratch->file, "No such file");
    H5Fclose(h5t_create(scratch->file));
    assert_refused(scratch->file, "/values: missing; it must hold a table [S, 2^n] of v; harsanyi-samples from-values");
    hid_t statistics = h5t_create(scratch->file);
    h5t_write(statistics, "orders/output_mean", H5T_IEEE_F64LE, 1, (hsize_t[]){MASKS}, H5P_DEFAULT, H5T_NATIVE_DOUBLE,
              VALUES);
    H5Fclose(statistics);
    assert_refused(scratch->file, "/values: missing; this file holds only statistics; give the results file");
    make_table(scratch->file, H5T_STD_I32LE, 2, (hsize_t[]){ROWS, MASKS}, H5P_DEFAULT);
    assert_refused(scratch->file, "/values: does not hold f32 or f64 numbers");
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
    return run_all(NULL, NULL);
}
