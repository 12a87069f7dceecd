/* samples/matrix: numbers in HDF5, .npy and text are read as they are written; whatever is none is refused with its
 * place. */
#include "h5_scratch.h"

#include "samples/matrix.h"

#include <math.h>

enum { ROWS = 3, COLUMNS = 4, NUMBERS = ROWS * COLUMNS };

static const double NUMBERS_WANTED[NUMBERS] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, -11};

/* Another file in the scratch folder. */
static const char *named(const scratch_t *scratch, const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", scratch->folder, name);
    return path;
}

static void write_bytes(const char *path, const void *bytes, size_t count) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

static void assert_refused(const char *path, const char *says) {
    matrix_t *matrix;
    failure_t why;
    if (matrix_open(path, "values", &matrix, &why) != STATUS_INPUT)
        fail_msg("%s was not refused; \"%s\" expected", path, says);
    assert_null(matrix);
    if (!strstr(why.text, says) || !strstr(why.text, path))
        fail_msg("\"%s\" does not say \"%s\"", why.text, says);
}

static matrix_t *open_matrix(const char *path, const char *dataset) {
    matrix_t *matrix;
    failure_t why;
    if (matrix_open(path, dataset, &matrix, &why) != STATUS_OK)
        fail_msg("%s", why.text);
    return matrix;
}

/* Reads the whole matrix in pieces that do not fall on rows. */
static void assert_holds(const char *path, int axes, uint64_t rows, uint64_t columns, const double *wanted) {
    matrix_t *matrix = open_matrix(path, "values");
    double out[NUMBERS] = {0};
    failure_t why;
    assert_int_equal(matrix_axes(matrix), axes);
    assert_int_equal(matrix_rows(matrix), rows);
    assert_int_equal(matrix_columns(matrix), columns);
    uint64_t count = rows * columns, first = count < 3 ? count : 3;
    assert_in_range(count, 1, NUMBERS);
    assert_int_equal(matrix_next(matrix, first, out, &why), STATUS_OK);
    assert_int_equal(matrix_next(matrix, count - first, out + first, &why), STATUS_OK);
    assert_memory_equal(out, wanted, count * sizeof *wanted);
    assert_int_equal(matrix_next(matrix, 1, out, &why), STATUS_INTERNAL);
    matrix_close(&matrix);
    assert_null(matrix);
}

/* ---- .npy ---- */

/* A .npy file of `version` with this header, padded as numpy does, and these bytes behind it. */
static void write_npy(const char *path, int version, const char *header, const void *data, size_t bytes) {
    size_t prefix = version == 1 ? 10 : 12, text = strlen(header), length = (prefix + text + 64) / 64 * 64 - prefix;
    unsigned char *file = calloc(1, prefix + length + bytes);
    assert_non_null(file);
    memcpy(file, "\x93NUMPY", 6);
    file[6] = (unsigned char)version;
    file[8] = (unsigned char)(length & 255);
    file[9] = (unsigned char)(length >> 8);
    memset(file + prefix, ' ', length);
    memcpy(file + prefix, header, text);
    file[prefix + length - 1] = '\n';
    memcpy(file + prefix + length, data, bytes);
    write_bytes(path, file, prefix + length + bytes);
    free(file);
}

/* The numbers as doubles, most significant byte first. */
static void swap_all(unsigned char out[NUMBERS * 8]) {
    for (size_t i = 0; i < NUMBERS; i++)
        for (size_t b = 0; b < 8; b++)
            out[8 * i + b] = ((const unsigned char *)&NUMBERS_WANTED[i])[7 - b];
}

static void npy_doubles(void **state) {
    const char *path = named(*state, "a.npy");
    unsigned char swapped[sizeof NUMBERS_WANTED];
    for (int version = 1; version <= 3; version++) {
        write_npy(path, version, "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }", NUMBERS_WANTED,
                  sizeof NUMBERS_WANTED);
        assert_holds(path, 2, 3, 4, NUMBERS_WANTED);
    }
    write_npy(path, 1, "{\"shape\":(12,),\"descr\":\"<f8\",\"fortran_order\":False}", NUMBERS_WANTED,
              sizeof NUMBERS_WANTED);
    assert_holds(path, 1, 1, 12, NUMBERS_WANTED);
    swap_all(swapped);
    write_npy(path, 1, "{'descr': '>f8', 'fortran_order': False, 'shape': (3, 4), }", swapped, sizeof swapped);
    assert_holds(path, 2, 3, 4, NUMBERS_WANTED);
}

static void npy_in_fortran_order(void **state) {
    const char *path = named(*state, "a.npy");
    double columns[NUMBERS];
    for (int row = 0; row < ROWS; row++)
        for (int column = 0; column < COLUMNS; column++)
            columns[column * ROWS + row] = NUMBERS_WANTED[row * COLUMNS + column];
    write_npy(path, 1, "{'descr': '<f8', 'fortran_order': True, 'shape': (3, 4), }", columns, sizeof columns);
    assert_holds(path, 2, 3, 4, NUMBERS_WANTED);
    write_npy(path, 1, "{'descr': '<f8', 'fortran_order': True, 'shape': (12,), }", NUMBERS_WANTED,
              sizeof NUMBERS_WANTED);
    assert_holds(path, 1, 1, 12, NUMBERS_WANTED);
}

/* Rows that are further apart than one buffer: 2 columns of 10000 rows. */
static void npy_in_fortran_order_far_apart(void **state) {
    enum { MANY = 10000 };
    const char *path = named(*state, "a.npy");
    static double numbers[2 * MANY];
    for (int i = 0; i < 2 * MANY; i++)
        numbers[i] = i;
    write_npy(path, 1, "{'descr': '<f8', 'fortran_order': True, 'shape': (10000, 2), }", numbers, sizeof numbers);
    matrix_t *matrix = open_matrix(path, "values");
    failure_t why;
    for (int row = 0; row < MANY; row++) {
        double pair[2];
        assert_int_equal(matrix_next(matrix, 2, pair, &why), STATUS_OK);
        assert_true(pair[0] == row && pair[1] == row + MANY);
    }
    matrix_close(&matrix);
}

static void npy_of_other_types(void **state) {
    const char *path = named(*state, "a.npy");
    const float floats[] = {0.5f, -3};
    const int32_t ints[] = {-7, 2000000000};
    const uint16_t shorts[] = {1, 65535};
    const int8_t bytes[] = {-128, 127};
    const unsigned char flags[] = {0, 1}, big[] = {0x7f, 0xff, 0x80, 0};
    write_npy(path, 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", floats, sizeof floats);
    assert_holds(path, 1, 1, 2, (const double[]){0.5, -3});
    write_npy(path, 1, "{'descr': '<i4', 'fortran_order': False, 'shape': (2,)}", ints, sizeof ints);
    assert_holds(path, 1, 1, 2, (const double[]){-7, 2e9});
    write_npy(path, 1, "{'descr': '<u2', 'fortran_order': False, 'shape': (2,)}", shorts, sizeof shorts);
    assert_holds(path, 1, 1, 2, (const double[]){1, 65535});
    write_npy(path, 1, "{'descr': '|i1', 'fortran_order': False, 'shape': (2,)}", bytes, sizeof bytes);
    assert_holds(path, 1, 1, 2, (const double[]){-128, 127});
    write_npy(path, 1, "{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}", flags, sizeof flags);
    assert_holds(path, 1, 1, 2, (const double[]){0, 1});
    write_npy(path, 1, "{'descr': '>i2', 'fortran_order': False, 'shape': (2,)}", big, sizeof big);
    assert_holds(path, 1, 1, 2, (const double[]){32767, -32768});
}

static void npy_integers_without_a_double_are_refused(void **state) {
    const char *path = named(*state, "a.npy");
    const int64_t exact = (int64_t)1 << 53, wholes[] = {exact, -exact, exact + 1};
    double out[3];
    failure_t why;
    write_npy(path, 1, "{'descr': '<i8', 'fortran_order': False, 'shape': (3,)}", wholes, sizeof wholes);
    matrix_t *matrix = open_matrix(path, "values");
    assert_int_equal(matrix_next(matrix, 2, out, &why), STATUS_OK);
    assert_true(out[0] == 0x1p53 && out[1] == -0x1p53);
    assert_int_equal(matrix_next(matrix, 1, out, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "row 0, number 2: an integer beyond 2^53"));
    matrix_close(&matrix);
}

static void npy_that_is_none_is_refused(void **state) {
    static const struct {
        const char *header, *says;
    } WRONG[] = {
        {"{'descr': '|O', 'fortran_order': False, 'shape': (12,), }", "Python objects, which are never loaded"},
        {"{'descr': '<c16', 'fortran_order': False, 'shape': (6,), }", "type '<c16'"},
        {"{'descr': '<f2', 'fortran_order': False, 'shape': (48,), }", "type '<f2'"},
        {"{'descr': '|f8', 'fortran_order': False, 'shape': (12,), }", "type '|f8'"},
        {"{'descr': '', 'fortran_order': False, 'shape': (12,), }", "type ''"},
        {"{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (12,), }", "holds records"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (), }", "has 0 axes"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2, 2), }", "has 3 axes"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,12), }", "header is damaged"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (11,), }", "promises 1 x 11 numbers of 8 bytes, but 96"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (3, 5), }", "promises 3 x 5"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }", "promises 1 x 0"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", "promises 4294967296 x"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,), }", "header is damaged"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (12), }", "header is damaged"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (-12,), }", "header is damaged"},
        {"{'descr': '<f8', 'fortran_order': 0, 'shape': (12,), }", "header is damaged"},
        {"{'descr': '<f8', 'shape': (12,), }", "header is damaged"},
        {"{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (12,), }", "header is damaged"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (12,), 'more': 1}", "header is damaged"},
        {"{'descr': '<f8', 'fortran_order': False, 'shape': (12,), } + 1", "header is damaged"},
        {"{'descr': '<f8 'fortran_order': False, 'shape': (12,), }", "header is damaged"},
        {"{'descr': '<f8", "header is damaged"},
        {"", "header is damaged"},
    };
    const char *path = named(*state, "a.npy");
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        write_npy(path, 1, WRONG[i].header, NUMBERS_WANTED, sizeof NUMBERS_WANTED);
        assert_refused(path, WRONG[i].says);
    }
}

static void npy_that_is_cut_is_refused(void **state) {
    const char *path = named(*state, "a.npy"), huge[] = "\x93NUMPY\2\0\xff\xff\xff\xff{'descr'";
    write_npy(path, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }", NUMBERS_WANTED,
              sizeof NUMBERS_WANTED);
    static const off_t SIZES[] = {223, 128, 127, 60, 11, 7, 0};
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        assert_int_equal(truncate(path, SIZES[i]), 0);
        assert_refused(path, SIZES[i] > 127 ? "truncated or damaged" : "truncated");
    }
    write_bytes(path, huge, sizeof huge);
    assert_refused(path, "header is said to have 4294967295 bytes");
    write_npy(path, 4, "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }", NUMBERS_WANTED,
              sizeof NUMBERS_WANTED);
    assert_refused(path, "format 4.0 is not known");
    write_bytes(path, "not an array", 12);
    assert_refused(path, "is no .npy file");
}

/* ---- text ---- */

static const char *write_text(const scratch_t *scratch, const char *text) {
    const char *path = named(scratch, "a.csv");
    write_bytes(path, text, strlen(text));
    return path;
}

static void text_in_every_form(void **state) {
    static const char *const THREE_BY_TWO[] = {
        "0,1\n2,3\n4,5\n",
        "0 1\n2 3\n4 5",
        "0, 1\r\n2, 3\r\n\r\n4, 5\r\n",
        "\xef\xbb\xbf 0\t1\n2 ,  3\n4,5 # the last\n",
        "# names: a, b\n\n 0,1 \n#\n2,3#x\n4.0e0,+5.",
    };
    for (size_t i = 0; i < sizeof THREE_BY_TWO / sizeof *THREE_BY_TWO; i++)
        assert_holds(write_text(*state, THREE_BY_TWO[i]), 2, 3, 2, NUMBERS_WANTED);
    assert_holds(write_text(*state, "0\n1\n2\n3\n"), 2, 4, 1, NUMBERS_WANTED);
    assert_holds(write_text(*state, "0 1 2\n3 4 5\n"), 2, 2, 3, NUMBERS_WANTED);
    assert_holds(write_text(*state, "0"), 2, 1, 1, NUMBERS_WANTED);
    assert_holds(write_text(*state, "-.5,1e-400,0.1000000000000000055511151231257827021181583404541015625"), 2, 1, 3,
                 (const double[]){-0.5, 0, 0.1});
}

static void text_may_say_that_there_is_no_number(void **state) {
    matrix_t *matrix = open_matrix(write_text(*state, "nan NaN -inf Infinity +INF -nan\n"), "values");
    double out[6];
    failure_t why;
    assert_int_equal(matrix_next(matrix, 6, out, &why), STATUS_OK);
    assert_true(isnan(out[0]) && isnan(out[1]) && isnan(out[5]));
    assert_true(isinf(out[2]) && out[2] < 0 && isinf(out[3]) && out[3] > 0 && isinf(out[4]) && out[4] > 0);
    matrix_close(&matrix);
}

static void text_that_is_none_is_refused(void **state) {
    static const struct {
        const char *text, *says;
    } WRONG[] = {
        {"", "holds no numbers"},
        {"\n \r\n# 1\n", "holds no numbers"},
        {"mask,value\n0,1\n", "line 1: \"mask\" is no number; a line with names must begin with #"},
        {"1,2\n3,x4\n", "line 2: \"x4\" is no number"},
        {"0x10 2\n", "line 1: \"0x10\" is no number"},
        {"0x\n", "line 1: \"0x\" is no number"},
        {"1\n1e400\n", "line 2: 1e400 is beyond the range of doubles"},
        {"1e\n", "\"1e\" is no number"},
        {"1-2\n", "\"1-2\" is no number"},
        {"--1\n", "\"--1\" is no number"},
        {".\n", "\".\" is no number"},
        {"1;2\n", "\"1;2\" is no number"},
        {"nano\n", "\"nano\" is no number"},
        {"\"1\"\n", "is no number"},
        {"1,,2\n", "line 1: a number is missing beside a comma"},
        {",1\n", "line 1: a number is missing beside a comma"},
        {"1,2\n3,\n", "line 2: a number is missing beside a comma"},
        {"1,2,", "line 1: a number is missing beside a comma"},
        {"1,2 # ,\n3\n", "line 2 has 1 numbers, but line 1 has 2"},
        {"\n1 2 3\n4 5 6\n7 8\n", "line 4 has 2 numbers, but line 2 has 3"},
        {"\x01\x02\n", "\"\?\?\" is no number"},
    };
    char zeros[1024];
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++)
        assert_refused(write_text(*state, WRONG[i].text), WRONG[i].says);
    memset(zeros, '0', sizeof zeros);
    zeros[sizeof zeros - 1] = '\0';
    assert_refused(write_text(*state, zeros), "\"0000000000000000000000000000...\" is no number");
    write_bytes(named(*state, "a.csv"),
                "1\0"
                "2\n",
                4);
    assert_refused(named(*state, "a.csv"), "\"1?2\" is no number");
}

/* ---- HDF5 ---- */

static void write_hdf5(const char *path, const char *name, hid_t type, int rank, const hsize_t *dims, hid_t memory,
                       const void *data) {
    hid_t file = h5t_create(path);
    h5t_write(file, name, type, rank, dims, H5P_DEFAULT, memory, data);
    H5Fclose(file);
}

static void hdf5_by_name_or_the_only_one(void **state) {
    const scratch_t *scratch = *state;
    hid_t file;
    const int64_t label = 1;
    write_hdf5(scratch->file, "values", H5T_IEEE_F64BE, 2, (hsize_t[]){3, 4}, H5T_NATIVE_DOUBLE, NUMBERS_WANTED);
    assert_holds(scratch->file, 2, 3, 4, NUMBERS_WANTED);
    write_hdf5(scratch->file, "v", H5T_IEEE_F32LE, 1, (hsize_t[]){12}, H5T_NATIVE_DOUBLE, NUMBERS_WANTED);
    assert_holds(scratch->file, 1, 1, 12, NUMBERS_WANTED);
    file = h5t_open(scratch->file, H5F_ACC_RDWR);
    h5t_write(file, "label", H5T_STD_I64LE, 0, NULL, H5P_DEFAULT, H5T_NATIVE_INT64, &label);
    H5Fclose(file);
    assert_holds(scratch->file, 1, 1, 12, NUMBERS_WANTED);
    file = h5t_open(scratch->file, H5F_ACC_RDWR);
    h5t_write(file, "w", H5T_STD_I64LE, 0, NULL, H5P_DEFAULT, H5T_NATIVE_INT64, &label);
    H5Fclose(file);
    assert_refused(scratch->file, "/values: missing, and there is not just one other dataset");
    matrix_t *matrix = open_matrix(scratch->file, "v");
    assert_true(matrix_is_hdf5(matrix));
    matrix_close(&matrix);
}

static void hdf5_of_integers_and_booleans(void **state) {
    const scratch_t *scratch = *state;
    write_hdf5(scratch->file, "values", H5T_STD_I32BE, 2, (hsize_t[]){3, 4}, H5T_NATIVE_DOUBLE, NUMBERS_WANTED);
    assert_holds(scratch->file, 2, 3, 4, NUMBERS_WANTED);
    const signed char flags[] = {0, 1, 1, 0};
    signed char no = 0, yes = 1;
    hid_t type = H5Tenum_create(H5T_NATIVE_SCHAR); /* as h5py stores booleans */
    H5Tenum_insert(type, "FALSE", &no);
    H5Tenum_insert(type, "TRUE", &yes);
    write_hdf5(scratch->file, "values", type, 2, (hsize_t[]){2, 2}, type, flags);
    H5Tclose(type);
    assert_holds(scratch->file, 2, 2, 2, (const double[]){0, 1, 1, 0});
    const uint64_t huge[] = {UINT64_MAX, 1};
    double out[2];
    failure_t why;
    write_hdf5(scratch->file, "values", H5T_STD_U64LE, 1, (hsize_t[]){2}, H5T_NATIVE_UINT64, huge);
    matrix_t *matrix = open_matrix(scratch->file, "values");
    assert_int_equal(matrix_next(matrix, 2, out, &why), STATUS_INPUT);
    assert_non_null(strstr(why.text, "row 0, number 0: an integer beyond 2^53"));
    matrix_close(&matrix);
}

static void hdf5_that_is_no_matrix_is_refused(void **state) {
    const scratch_t *scratch = *state;
    const char text[] = "abcd";
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, 4);
    write_hdf5(scratch->file, "values", type, 1, (hsize_t[]){1}, type, text);
    H5Tclose(type);
    assert_refused(scratch->file, "/values: holds no f32, f64 or integers");
    write_hdf5(scratch->file, "values", H5T_IEEE_F64LE, 3, (hsize_t[]){1, 3, 4}, H5T_NATIVE_DOUBLE, NUMBERS_WANTED);
    assert_refused(scratch->file, "/values: has 3 axes");
    write_hdf5(scratch->file, "values", H5T_IEEE_F64LE, 0, NULL, H5T_NATIVE_DOUBLE, NUMBERS_WANTED);
    assert_refused(scratch->file, "/values: has 0 axes");
    H5Fclose(h5t_create(scratch->file));
    assert_refused(scratch->file, "/values: missing");
    hid_t file = h5t_create(scratch->file);
    H5Gclose(H5Gcreate2(file, "values", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Fclose(file);
    assert_refused(scratch->file, "/values: is no dataset");
    assert_int_equal(truncate(scratch->file, 600), 0);
    assert_refused(scratch->file, "cannot be opened as an HDF5 file");
}

static void kinds_are_told_apart(void **state) {
    const scratch_t *scratch = *state;
    const char *path = named(scratch, "a.dat");
    write_bytes(path, "1 2\n", 4);
    assert_refused(path, "is no kind of file that is read here");
    write_npy(path, 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }", NUMBERS_WANTED,
              sizeof NUMBERS_WANTED);
    assert_holds(path, 2, 3, 4, NUMBERS_WANTED);
    assert_refused(scratch->folder, "is no regular file");
    assert_refused(named(scratch, "none.csv"), "No such file");
    assert_true(matrix_is_named_so("a/b.h5") && matrix_is_named_so("x.hdf5") && matrix_is_named_so("X.NPY"));
    assert_false(matrix_is_named_so("a.npz") || matrix_is_named_so("csv") || matrix_is_named_so("a.h5/b"));
}

#define WITH_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_SCRATCH(npy_doubles),
        WITH_SCRATCH(npy_in_fortran_order),
        WITH_SCRATCH(npy_in_fortran_order_far_apart),
        WITH_SCRATCH(npy_of_other_types),
        WITH_SCRATCH(npy_integers_without_a_double_are_refused),
        WITH_SCRATCH(npy_that_is_none_is_refused),
        WITH_SCRATCH(npy_that_is_cut_is_refused),
        WITH_SCRATCH(text_in_every_form),
        WITH_SCRATCH(text_may_say_that_there_is_no_number),
        WITH_SCRATCH(text_that_is_none_is_refused),
        WITH_SCRATCH(hdf5_by_name_or_the_only_one),
        WITH_SCRATCH(hdf5_of_integers_and_booleans),
        WITH_SCRATCH(hdf5_that_is_no_matrix_is_refused),
        WITH_SCRATCH(kinds_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
