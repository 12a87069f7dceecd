/* hdf5/h5: datasets that lead elsewhere, were not written, promise more than is stored or need other filters are
 * refused by name; what HDF5 makes in its usual forms is read. */
#include "h5_scratch.h"

#include "hdf5/h5.h"

static const double NUMBERS[8] = {1, 2, 3, 4, 5, 6, 7, 8};

static hid_t chunked(hsize_t length) {
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(list, 1, &length);
    return list;
}

/* A file with /x, 8 doubles stored as `list` says, which is closed. */
static const char *make(void **state, hid_t list, const void *data) {
    scratch_t *scratch = *state;
    hid_t file = h5t_create(scratch->file);
    h5t_write(file, "x", H5T_IEEE_F64LE, 1, (hsize_t[]){8}, list, H5T_NATIVE_DOUBLE, data);
    H5Fclose(file);
    if (list != H5P_DEFAULT)
        H5Pclose(list);
    return scratch->file;
}

/* Opens /NAME and reads its first number. */
static status_t open_it(const char *path, const char *name, failure_t *why) {
    H5_QUIET;
    H5_FILE file = {0};
    H5_DATASET dataset = {0};
    double first;
    TRY(h5_open_file(path, &file, why));
    TRY(h5_open_dataset(&file, name, &dataset, why));
    TRY(h5_read(&dataset, (hsize_t[]){0}, (hsize_t[]){1}, H5T_NATIVE_DOUBLE, &first, why));
    assert_true(first == NUMBERS[0]);
    return STATUS_OK;
}

static void assert_good(const char *path) {
    failure_t why;
    if (open_it(path, "x", &why) != STATUS_OK)
        fail_msg("%s", why.text);
}

static void assert_refused(const char *path, const char *name, const char *says) {
    failure_t why = {0};
    assert_fails(open_it(path, name, &why), STATUS_INPUT, says);
}

TEST_WITH(usual_forms_are_read, scratch_make, scratch_remove) {
    hid_t packed = chunked(4), compact = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_shuffle(packed);
    H5Pset_deflate(packed, 4);
    H5Pset_fletcher32(packed);
    H5Pset_layout(compact, H5D_COMPACT);
    const hid_t lists[] = {H5P_DEFAULT, chunked(3), packed, compact};
    for (int i = 0; i < 4; i++)
        assert_good(make(state, lists[i], NUMBERS));
}

TEST_WITH(other_filters_are_named, scratch_make, scratch_remove) {
    hid_t list = chunked(8);
    H5Pset_nbit(list);
    assert_refused(make(state, list, NUMBERS), "x",
                   "/x: is compressed with filter 5 (nbit), which harsanyi does not read");
    list = chunked(8);
    H5Pset_scaleoffset(list, H5Z_SO_FLOAT_DSCALE, 3);
    assert_refused(make(state, list, NUMBERS), "x", "rewrite it: h5repack -f GZIP=4 ");
}

TEST_WITH(what_was_not_written_is_refused, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    assert_refused(make(state, H5P_DEFAULT, NULL), "x", "/x: is empty or was never written");
    hid_t file = h5t_open(make(state, chunked(4), NULL), H5F_ACC_RDWR), x = H5Dopen2(file, "x", H5P_DEFAULT);
    assert_true(H5Dwrite_chunk(x, H5P_DEFAULT, 0, (hsize_t[]){4}, 32, NUMBERS) >= 0);
    H5Dclose(x);
    H5Fclose(file);
    assert_refused(scratch->file, "x", "/x: only 1 of its 2 chunks were written; write all of them");
}

TEST_WITH(what_lies_elsewhere_is_refused, scratch_make, scratch_remove) {
    hid_t external = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_external(external, "numbers.raw", 0, sizeof NUMBERS);
    assert_refused(make(state, external, NULL), "x", "its data are in other files");
    hid_t virtual = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, (hsize_t[]){8}, NULL);
    H5Pset_virtual(virtual, space, "other.h5", "x", space);
    H5Sclose(space);
    assert_refused(make(state, virtual, NULL), "x", "its data are in other files");
    hid_t file = h5t_open(make(state, H5P_DEFAULT, NUMBERS), H5F_ACC_RDWR);
    H5Lcreate_soft("/x", file, "soft", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("other.h5", "/x", file, "external", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    scratch_t *scratch = *state;
    assert_refused(scratch->file, "soft", "/soft: is a soft or external link");
    assert_refused(scratch->file, "external", "/external: is a soft or external link");
    assert_refused(scratch->file, "external/x", "/external: is a soft or external link");
    assert_refused(scratch->file, "nothing", "/nothing: missing");
}

/* Few bytes that claim to be many numbers. */
TEST_WITH(a_shape_is_no_promise, scratch_make, scratch_remove) {
    scratch_t *scratch = *state;
    hid_t file = h5t_create(scratch->file), list = H5Pcreate(H5P_DATASET_CREATE);
    const hsize_t dims[] = {1 << 14, 1 << 14};
    static const unsigned char TINY[16];
    H5Pset_chunk(list, 2, dims);
    H5Pset_deflate(list, 1);
    h5t_write(file, "x", H5T_STD_U8LE, 2, dims, list, H5T_NATIVE_UINT8, NULL);
    hid_t x = H5Dopen2(file, "x", H5P_DEFAULT);
    assert_true(H5Dwrite_chunk(x, H5P_DEFAULT, 0, (hsize_t[]){0, 0}, sizeof TINY, TINY) >= 0);
    H5Dclose(x);
    H5Pclose(list);
    H5Fclose(file);
    assert_refused(scratch->file, "x", "/x: damaged: has chunks of 268435456 bytes, but only 16 bytes in all");
}

int main(void) {
    return run_all(NULL, NULL);
}
