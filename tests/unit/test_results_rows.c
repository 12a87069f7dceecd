/* results/results: what pwrite puts of tables and rows, numbers and bitmaps, is what H5Dread gets, and
 * nothing beside it; row_crc notices a flipped byte. */
#include "base/digest.h"
#include "support/make_results.h"
#include "support/make_small.h"

/* ---- what is written is what HDF5 reads ---- */

TEST_WITH(tables_are_read_by_hdf5_as_written, small_make, small_remove) {
    double data[MASKS], back[S * MASKS], again[4];
    for (int i = 0; i < MASKS; i++)
        data[i] = i * 0.1 - 0.3;
    assert_ok(results_write_table(small, TABLE_VALUES, 1, 0, 8, data, &why));
    assert_ok(results_write_table(small, TABLE_VALUES, 2, 4, 4, data + 4, &why));
    assert_ok(results_write_table(small, TABLE_INTERACTIONS, 1, 2, 6, data, &why));
    assert_ok(results_write_nan_tail(small, 1, 8, &why));
    assert_ok(results_read_table(small, TABLE_VALUES, 2, 4, 4, again, &why));
    assert_memory_equal(again, data + 4, sizeof again);
    assert_ok(results_read_table(small, TABLE_INTERACTIONS, 1, 2, 4, again, &why));
    assert_memory_equal(again, data, sizeof again);
    assert_ok(results_sync(small, &why));
    results_close(&small);
    hid_t file = h5t_open(small_path, H5F_ACC_RDONLY);
    h5t_read(file, "values", H5T_NATIVE_DOUBLE, back);
    assert_memory_equal(back + MASKS, data, 8 * sizeof *data);
    assert_memory_equal(back + 2 * MASKS + 4, data + 4, 4 * sizeof *data);
    for (int i = 8; i < MASKS; i++)
        assert_true(canonical(back[MASKS + i]));
    h5t_read(file, "interactions", H5T_NATIVE_DOUBLE, back);
    assert_memory_equal(back + MASKS + 2, data, 6 * sizeof *data);
    assert_true(canonical(back[MASKS + 8]));
    H5Fclose(file);
}

TEST_WITH(nothing_is_written_beside_the_tables, small_make, small_remove) {
    double data[MASKS + 1] = {0};
    assert_int_equal(results_write_table(small, TABLE_VALUES, S, 0, 1, data, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_table(small, TABLE_VALUES, -1, 0, 1, data, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_table(small, TABLE_VALUES, 0, 1, MASKS, data, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_table(small, TABLE_INTERACTIONS, 0, MASKS + 1, 0, data, &why), STATUS_INTERNAL);
    assert_fails(results_write_blocks_done(small, S - 1, 3, 2, true, &why), STATUS_INTERNAL, "values_done");
}

/* While another process writes: a stretch that was read before a row was flagged is not taken for the row's. */
TEST_WITH(what_a_flag_says_of_is_read_after_it, small_make, small_remove) {
    double data[MASKS] = {1, 2, 3}, back[MASKS];
    results_t *reader;
    results_sample_t info;
    assert_ok(results_open(small_path, false, &reader, &why));
    assert_ok(results_read_table(reader, TABLE_VALUES, 0, 0, MASKS, back, &why));
    assert_ok(results_write_table(small, TABLE_VALUES, 1, 0, MASKS, data, &why));
    assert_ok(results_write_status(small, 1, SAMPLE_DONE, &why));
    assert_ok(results_read_sample(reader, 1, &info, &why));
    assert_int_equal(info.status, SAMPLE_DONE);
    assert_ok(results_read_table(reader, TABLE_VALUES, 1, 0, MASKS, back, &why));
    assert_memory_equal(back, data, sizeof data);
    results_close(&reader);
}

TEST_WITH(rows_are_read_in_leaves, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    enum { WIDE = 13 };
    results_spec_t spec = small_spec();
    const int32_t players[S] = {WIDE, 5, WIDE};
    double *data = malloc(sizeof(double) << WIDE);
    const double *leaf;
    spec.players = WIDE;
    spec.n_players = players;
    memset(spec.names, 0, sizeof spec.names);
    spec.block_bits = 10;
    results_t *results = make_results_with(scratch->file, &spec);
    for (int i = 0; i < 1 << WIDE; i++)
        data[i] = i;
    assert_ok(results_write_table(results, TABLE_INTERACTIONS, 2, 0, 1 << WIDE, data, &why));
    assert_ok(results_write_table(results, TABLE_VALUES, 1, 0, 32, data, &why));
    results_row_t *row = results_row_open(results, TABLE_INTERACTIONS);
    row_source_t source = results_row_source(row, 2);
    assert_int_equal(source.n, WIDE);
    assert_ok(source.read(source.self, 4096, &leaf, &why));
    assert_memory_equal(leaf, data + 4096, 4096 * sizeof *data);
    results_row_free(&row);
    row = results_row_open(results, TABLE_VALUES);
    source = results_row_source(row, 1);
    assert_int_equal(source.n, 5);
    assert_ok(source.read(source.self, 0, &leaf, &why));
    assert_memory_equal(leaf, data, 32 * sizeof *data);
    results_row_free(&row);
    results_close(&results);
    free(data);
}

/* A row of recognisable numbers: 1000 * field + position, codes small; masks 1, 5 and 7 are salient and above 0, 3 and
 * 6 salient and below. Free row.values. */
static finished_row_t new_row(const results_t *results, int n) {
    const fields_t *fields = results_fields(results);
    finished_row_t row = finished_at(fields, n, new_numbers(finished_doubles(fields, n)));
    for (int id = 0; id < FIELD_COUNT; id++)
        for (size_t i = 0; i < fields->length[id]; i++)
            row.numbers[fields->offset[id] + i] = FIELDS[id].type == FIELD_U8 ? (double)(i + 1) : id * 1000 + (double)i;
    for (mask_t s = 0; s < mask_count(n); s++) {
        row.values[s] = made_value(n, s);
        row.effects[s] = made_value(-n, s);
    }
    row.salient[0] = 0xa2;
    row.salient[1] = 0x48;
    return row;
}

/* The stored bytes of row 1 of a field, as HDF5 reads them, against the row; adds them to the checksum. */
static void check_field(hid_t file, const fields_t *fields, int id, const double *numbers, uint32_t *crc) {
    size_t length = fields->length[id];
    unsigned char codes[S];
    if (length == 0) {
        assert_true(H5Lexists(file, FIELDS[id].path, H5P_DEFAULT) <= 0); /* curves may have no group */
        return;
    }
    if (FIELDS[id].type == FIELD_U8) {
        h5t_read(file, FIELDS[id].path, H5T_NATIVE_UINT8, codes);
        assert_int_equal(codes[1], (int)numbers[fields->offset[id]]);
        assert_int_equal(codes[2], 255);
        *crc = crc32c(*crc, &codes[1], 1);
        return;
    }
    double *all = new_numbers(S * length);
    h5t_read(file, FIELDS[id].path, H5T_NATIVE_DOUBLE, all);
    assert_memory_equal(all + length, numbers + fields->offset[id], length * sizeof *all);
    assert_true(canonical(all[0]) && canonical(all[3 * length - 1]));
    *crc = crc32c(*crc, all + length, length * sizeof *all);
    free(all);
}

static void check_bitmap(hid_t file, const char *path, unsigned char wanted, uint32_t *crc) {
    const unsigned char rows[S][2] = {{0, 0}, {wanted, 0}, {0, 0}};
    unsigned char stored[S][2];
    h5t_read(file, path, H5T_NATIVE_UINT8, stored);
    assert_memory_equal(stored, rows, sizeof rows);
    *crc = crc32c(*crc, stored[1], 2);
}

/* A row of 3 players in a file of 4. */
TEST_WITH(rows_are_read_by_hdf5_as_written, small_make, small_remove) {
    double back[1024];
    uint32_t crcs[S], crc = 0;
    bool good = false;
    const fields_t *fields = results_fields(small);
    finished_row_t row = new_row(small, 3);
    assert_true(fields->doubles <= 1024);
    row.numbers[fields->offset[FIELD_MONOTONE]] = NAN;
    row.numbers[fields->offset[FIELD_P_PAPER]] = -NAN; /* another NaN: made the one NaN */
    assert_ok(results_write_rows(small, 1, 1, &row, &why));
    assert_ok(results_read_row(small, 1, back, &good, &why));
    assert_true(good);
    assert_true(back[fields->offset[FIELD_MONOTONE]] == 255);
    assert_true(canonical(back[fields->offset[FIELD_P_PAPER]]));
    row.numbers[fields->offset[FIELD_MONOTONE]] = 255;
    row.numbers[fields->offset[FIELD_P_PAPER]] = nan_canonical();
    assert_memory_equal(row.numbers, back, fields->doubles * sizeof *back);
    assert_ok(results_read_row(small, 0, back, &good, &why));
    assert_false(good); /* never written: CRC 0 is not that of its NaNs */

    hid_t file = h5t_open(small_path, H5F_ACC_RDONLY);
    for (int id = 0; id < FIELD_COUNT; id++)
        check_field(file, fields, id, row.numbers, &crc);
    check_bitmap(file, "salient/positive", 0xa2, &crc);
    check_bitmap(file, "salient/negative", 0x48, &crc);
    h5t_read(file, "samples/row_crc", H5T_NATIVE_UINT32, crcs);
    assert_int_equal(crcs[1], crc);
    H5Fclose(file);
    free(row.values);
}

/* results_write_numbers takes the bitmaps that are in the file into the checksum. */
TEST_WITH(numbers_of_a_row_whose_bitmaps_are_there, small_make, small_remove) {
    uint32_t crcs[S];
    finished_row_t row = new_row(small, 4);
    assert_ok(results_write_rows(small, 1, 1, &row, &why));
    assert_ok(results_write_salient(small, 2, 0, 0, 1, finished_salient(&row, 0, false),
                                    finished_salient(&row, 0, true), &why));
    assert_ok(results_write_numbers(small, 2, row.numbers, &why));
    hid_t file = h5t_open(small_path, H5F_ACC_RDONLY);
    h5t_read(file, "samples/row_crc", H5T_NATIVE_UINT32, crcs);
    assert_true(crcs[1] == crcs[2] && crcs[1] != 0);
    H5Fclose(file);
    free(row.values);
}

TEST_WITH(one_field_of_some_rows, small_make, small_remove) {
    double field[2 * (N + 1)], codes[2];
    finished_row_t row = new_row(small, 4);
    assert_ok(results_write_rows(small, 1, 1, &row, &why));
    assert_ok(results_read_field(small, FIELD_OUTPUT_MEAN, 1, 2, field, &why));
    assert_memory_equal(field, row.numbers + results_fields(small)->offset[FIELD_OUTPUT_MEAN], (N + 1) * sizeof *field);
    assert_true(canonical(field[N + 1]) && canonical(field[2 * N + 1]));
    assert_ok(results_read_field(small, FIELD_MONOTONE, 1, 2, codes, &why));
    assert_true(codes[0] == 1 && codes[1] == 255);
    assert_ok(results_read_field(small, FIELD_CURVE_RMSE, 1, 2, NULL, &why)); /* is not in this file */
    assert_int_equal(results_read_field(small, FIELD_OUTPUT_MEAN, 2, 2, field, &why), STATUS_INTERNAL);
    free(row.values);
}

static void check_flip(const char *dataset, uint64_t row_bytes) {
    uint64_t at = place_of(small_path, dataset) + 2 * row_bytes;
    double row[1024];
    bool good;
    flip(small_path, at);
    assert_ok(results_read_row(small, 2, row, &good, &why));
    assert_false(good);
    flip(small_path, at);
}

TEST_WITH(a_flipped_byte_in_a_row_is_noticed, small_make, small_remove) {
    double numbers[1024];
    bool good;
    const fields_t *fields = results_fields(small);
    finished_row_t row = new_row(small, 4);
    assert_ok(results_write_rows(small, 2, 1, &row, &why));
    for (int id = 0; id < FIELD_COUNT; id++)
        if (fields->length[id] > 0)
            check_flip(FIELDS[id].path, fields->length[id] * (FIELDS[id].type == FIELD_U8 ? 1 : 8));
    check_flip("salient/positive", 2);
    check_flip("salient/negative", 2);
    assert_ok(results_read_row(small, 2, numbers, &good, &why));
    assert_true(good);
    free(row.values);
}

/* What is written of several samples at once lies where that of each belongs, and no further. */
TEST_WITH(samples_side_by_side, small_make, small_remove) {
    uint32_t values[8] = {1, 2, 3, 4, 5, 6, 7, 8}, crcs[S * 4];
    uint8_t done[S * 4], codes[S];
    double back[1024];
    size_t doubles = results_fields(small)->doubles;
    finished_row_t rows[3] = {new_row(small, 3), new_row(small, 4), new_row(small, 4)};
    rows[1].numbers[results_fields(small)->offset[FIELD_P_PAPER]] = 0.25;
    assert_ok(results_write_crcs_of_rows(small, TABLE_VALUES, 1, 2, values, &why));
    assert_ok(results_flag_done(small, 1, 2, &why));
    assert_ok(results_write_rows(small, 1, 2, rows, &why));
    for (int i = 0; i < 2; i++) {
        assert_ok(results_read_row(small, 1 + i, back, NULL, &why));
        assert_memory_equal(back, rows[i].numbers, doubles * sizeof *back);
    }
    hid_t file = h5t_open(small_path, H5F_ACC_RDONLY);
    h5t_read(file, "progress/values_crc", H5T_NATIVE_UINT32, crcs);
    assert_memory_equal(crcs, ((uint32_t[]){0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}), sizeof crcs);
    h5t_read(file, "progress/values_done", H5T_NATIVE_UINT8, done);
    assert_memory_equal(done, ((uint8_t[]){0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1}), sizeof done);
    h5t_read(file, "progress/phase", H5T_NATIVE_UINT8, codes);
    assert_memory_equal(codes, ((uint8_t[]){PHASE_EVALUATING, PHASE_WHOLE, PHASE_WHOLE}), S);
    h5t_read(file, "samples/status", H5T_NATIVE_UINT8, codes);
    assert_memory_equal(codes, ((uint8_t[]){SAMPLE_PENDING, SAMPLE_DONE, SAMPLE_DONE}), S);
    H5Fclose(file);
    assert_int_equal(results_write_crcs(small, TABLE_VALUES, 2, 3, 2, values, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_crcs_of_rows(small, TABLE_VALUES, 2, 2, values, &why), STATUS_INTERNAL);
    assert_int_equal(results_flag_done(small, 2, 2, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_rows(small, 2, 2, rows, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_tables(small, 1, 3, rows, &why), STATUS_INTERNAL);
    assert_int_equal(results_write_tables(small, -1, 1, rows, &why), STATUS_INTERNAL);
    for (int i = 0; i < 3; i++)
        free(rows[i].values);
}

/* Tables of rows at once: NaN behind the masks of a short one, and the rows beside them stay. */
TEST_WITH(tables_side_by_side, small_make, small_remove) {
    double back[S * MASKS], read[2 * MASKS];
    finished_row_t rows[2] = {new_row(small, 3), new_row(small, 4)};
    assert_ok(results_write_nan_tail(small, 0, 0, &why));
    assert_ok(results_write_tables(small, 1, 2, rows, &why));
    hid_t file = h5t_open(small_path, H5F_ACC_RDONLY);
    for (int table = 0; table < results_tables(small); table++) {
        table_name_t name = results_table_name(small, table);
        assert_string_equal(name.text, table == TABLE_VALUES ? "/values" : "/interactions");
        h5t_read(file, name.text, H5T_NATIVE_DOUBLE, back);
        for (int s = 0; s < MASKS; s++) {
            const double *of[] = {rows[0].values, rows[1].values};
            if (table != TABLE_VALUES)
                of[0] = rows[0].effects, of[1] = rows[1].effects;
            assert_true(canonical(back[s]));
            assert_true(s < 8 ? back[MASKS + s] == of[0][s] : canonical(back[MASKS + s]));
            assert_true(back[2 * MASKS + s] == of[1][s]);
        }
        assert_ok(results_read_table(small, table, 1, 0, 2 * mask_count(results_players(small)), read, &why));
        assert_memory_equal(read, back + MASKS, sizeof read);
    }
    H5Fclose(file);
    free(rows[0].values);
    free(rows[1].values);
}

TEST_WITH(a_cleared_sample_is_all_nan, small_make, small_remove) {
    double back[S * MASKS], row[1024];
    unsigned char bits[S][2];
    bool good;
    finished_row_t rows[S] = {new_row(small, 4), new_row(small, 4), new_row(small, 4)};
    assert_ok(results_write_tables(small, 0, S, rows, &why));
    assert_ok(results_write_rows(small, 0, S, rows, &why));
    assert_ok(results_clear_rows(small, 1, &why));
    hid_t file = h5t_open(small_path, H5F_ACC_RDONLY);
    for (int table = 0; table < 2; table++) {
        const double *kept = table ? rows[0].values : rows[0].effects;
        h5t_read(file, table ? "values" : "interactions", H5T_NATIVE_DOUBLE, back);
        for (int i = 0; i < S * MASKS; i++)
            assert_true(i / MASKS == 1 ? canonical(back[i]) : back[i] == kept[i % MASKS]);
        h5t_read(file, table ? "salient/positive" : "salient/negative", H5T_NATIVE_UINT8, bits);
        assert_true(bits[0][0] != 0 && bits[1][0] == 0 && bits[2][0] != 0);
    }
    H5Fclose(file);
    assert_ok(results_read_row(small, 1, row, &good, &why));
    assert_true(good && canonical(row[0]));
    for (int i = 0; i < S; i++)
        free(rows[i].values);
}

int main(void) {
    return run_all(NULL, NULL);
}
