/* A folder for one test, and datasets made and read with HDF5 alone: what the tests of store/ compare with. */
#ifndef HARSANYI_TESTS_H5_SCRATCH_H
#define HARSANYI_TESTS_H5_SCRATCH_H

#include "support/test.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <hdf5.h>

typedef struct {
    char folder[TEMPORARY_PATH], file[96];
} scratch_t;

/* cmocka setup and teardown: *state is a scratch_t; file is a path in its folder. A test that leaves something of HDF5
 * open fails. */
static int scratch_make(void **state) {
    scratch_t *scratch = calloc(1, sizeof *scratch);
    if (!scratch)
        return -1;
    if (make_temporary_folder(scratch->folder))
        return -1;
    snprintf(scratch->file, sizeof scratch->file, "%s/a.h5", scratch->folder);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    *state = scratch;
    return 0;
}

static int scratch_remove(void **state) {
    scratch_t *scratch = *state;
    ssize_t open_objects = H5Fget_obj_count(H5F_OBJ_ALL, H5F_OBJ_ALL);
    int left = remove_temporary_folder(scratch->folder);
    free(scratch);
    if (open_objects != 0)
        fprintf(stderr, "%d HDF5 objects were left open\n", (int)open_objects);
    return left != 0 || open_objects != 0;
}

/* Runs `test` in a process of its own, which must end by itself and with 0: for damaged files, on which HDF5 has leaks
 * of its own. */
static inline void scratch_run_apart(int (*test)(const scratch_t *), const scratch_t *scratch) {
    int status = -1;
    pid_t child = fork();
    if (child == 0)
        _exit(test(scratch));
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static inline hid_t h5t_create(const char *path) {
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

static inline hid_t h5t_open(const char *path, unsigned flags) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_file_locking(access, 0, 1);
    hid_t file = H5Fopen(path, flags, access);
    H5Pclose(access);
    assert_true(file >= 0);
    return file;
}

/* Makes a dataset of `rank` axes (groups are made on the way) with `list` as creation properties and writes data, which
 * is of type `memory` (NULL: nothing is written). */
static inline void h5t_write(hid_t file, const char *path, hid_t type, int rank, const hsize_t *dims, hid_t list,
                             hid_t memory, const void *data) {
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    hid_t space = rank ? H5Screate_simple(rank, dims, NULL) : H5Screate(H5S_SCALAR);
    hid_t dataset = H5Dcreate2(file, path, type, space, links, list, H5P_DEFAULT);
    assert_true(dataset >= 0);
    if (data)
        assert_true(H5Dwrite(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
    H5Pclose(links);
}

/* Makes a file of dims[0] samples x with dims[1] <= 16 elements, each a player, baseline 0, and labels if not NULL. */
static inline void h5t_write_samples(const char *path, const hsize_t dims[2], const float *x, const int64_t *labels) {
    const int32_t players[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const double baseline = 0;
    hid_t file = h5t_create(path);
    h5t_write(file, "x", H5T_IEEE_F32LE, 2, dims, H5P_DEFAULT, H5T_NATIVE_FLOAT, x);
    h5t_write(file, "players", H5T_STD_I32LE, 1, dims + 1, H5P_DEFAULT, H5T_NATIVE_INT32, players);
    h5t_write(file, "baseline", H5T_IEEE_F64LE, 0, NULL, H5P_DEFAULT, H5T_NATIVE_DOUBLE, &baseline);
    if (labels)
        h5t_write(file, "label", H5T_STD_I64LE, 1, dims, H5P_DEFAULT, H5T_NATIVE_INT64, labels);
    H5Fclose(file);
}

/* Reads an attribute that is a text of fixed length. */
static inline void h5t_read_text(hid_t object, const char *name, char text[512]) {
    hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), type = H5Aget_type(attribute);
    assert_int_equal(H5Tget_class(type), H5T_STRING);
    assert_true(H5Tis_variable_str(type) == 0 && H5Tget_size(type) < 512);
    memset(text, 0, 512);
    assert_true(H5Aread(attribute, type, text) >= 0);
    H5Tclose(type);
    H5Aclose(attribute);
}

/* Reads a whole dataset as type `memory` into data. */
static inline void h5t_read(hid_t file, const char *path, hid_t memory, void *data) {
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    if (dataset < 0)
        fail_msg("/%s is missing", path);
    assert_true(H5Dread(dataset, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    H5Dclose(dataset);
}

#endif
