/* HDF5: one dataset of numbers with one or two axes. */
#include "hdf5/h5.h"
#include "samples/matrix_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME = 128 };

typedef struct {
    hid_t file, dataset;
    char path[NAME]; /* of the dataset */
    bool whole;      /* integers or booleans */
} hdf5_t;

/* ---- which dataset ---- */

typedef struct {
    const char *wanted;
    int found; /* datasets that are no label or names */
    char only[NAME];
    bool too_long;
} search_t;

static herr_t look_at(hid_t group, const char *name, const H5L_info_t *info, void *data) {
    search_t *search = data;
    (void)group;
    if (strcmp(name, "label") == 0 || strcmp(name, "player_names") == 0 || info->type != H5L_TYPE_HARD)
        return 0;
    search->found++;
    search->too_long = strlen(name) >= NAME;
    snprintf(search->only, NAME, "%.*s", NAME - 1, name);
    return strcmp(name, search->wanted) == 0; /* stop there */
}

static status_t find_dataset(const matrix_t *matrix, hdf5_t *h, const char *wanted, failure_t *why) {
    search_t search = {.wanted = wanted};
    hsize_t at = 0;
    herr_t ended = H5Literate(h->file, H5_INDEX_NAME, H5_ITER_INC, &at, look_at, &search);
    if (ended < 0)
        return failed(why, STATUS_INPUT, "%s: damaged (%s)", matrix->name, h5_reason().text);
    if (ended == 0 && (search.found != 1 || search.too_long))
        return failed(why, STATUS_INPUT,
                      "%s: /%s: missing, and there is not just one other dataset that could be meant", matrix->name,
                      wanted);
    memcpy(h->path, search.only, NAME);
    return h5_open_dataset(h->file, matrix->name, h->path, &h->dataset, why);
}

static status_t check_form(matrix_t *matrix, hdf5_t *h, failure_t *why) {
    h5_form_t form;
    TRY(h5_form(h->dataset, matrix->name, h->path, &form, why));
    h->whole = form.kind == H5T_INTEGER || form.kind == H5T_ENUM;
    if (form.width > 8 || (!h->whole && (form.kind != H5T_FLOAT || form.width < 4)))
        return failed(why, STATUS_INPUT, "%s: /%s: holds no f32, f64 or integers", matrix->name, h->path);
    if (form.rank < 1 || form.rank > 2)
        return failed(why, STATUS_INPUT, "%s: /%s: has %d axes; one or two expected", matrix->name, h->path,
                      form.rank < 0 ? 0 : form.rank);
    matrix->axes = form.rank;
    matrix->rows = form.rank == 2 ? form.dims[0] : 1;
    matrix->columns = form.dims[form.rank - 1];
    return STATUS_OK;
}

/* ---- the numbers ---- */

/* `rows` x `columns` numbers from number `at` on: part of one row, or whole rows. */
static status_t read_box(const matrix_t *matrix, const hdf5_t *h, uint64_t at, uint64_t rows, uint64_t columns,
                         double *out, failure_t *why) {
    hsize_t start[2] = {at / matrix->columns, at % matrix->columns}, box[2] = {rows, columns};
    int skip = 2 - matrix->axes;
    TRY(h5_read_slab(h->dataset, matrix->name, h->path, matrix->axes, start + skip, box + skip,
                     h->whole ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE, out, why));
    for (uint64_t i = 0; h->whole && i < rows * columns; i++) {
        int64_t whole;
        memcpy(&whole, &out[i], sizeof whole);
        if (whole > MATRIX_WHOLE_MAX || whole < -MATRIX_WHOLE_MAX)
            return matrix_refuse_whole(matrix, at + i, why);
        out[i] = (double)whole;
    }
    return STATUS_OK;
}

static status_t next(matrix_t *matrix, uint64_t count, double *out, failure_t *why) {
    const hdf5_t *h = matrix->state;
    H5_QUIET;
    for (uint64_t done = 0, now; done < count; done += now) {
        uint64_t at = matrix->at + done, column = at % matrix->columns, left = count - done;
        uint64_t rows = column == 0 && left >= matrix->columns ? left / matrix->columns : 1;
        uint64_t columns = left < matrix->columns - column ? left : matrix->columns - column;
        now = rows * columns;
        TRY(read_box(matrix, h, at, rows, columns, out + done, why));
    }
    return STATUS_OK;
}

static void close_hdf5(matrix_t *matrix) {
    hdf5_t *h = matrix->state;
    if (!h)
        return;
    h5_release(&h->dataset);
    h5_release(&h->file);
    free(h);
}

static const matrix_ops_t OPS = {.next = next, .close = close_hdf5};

bool matrix_is_hdf5(const matrix_t *matrix) {
    return matrix->ops == &OPS;
}

status_t matrix_open_hdf5(matrix_t *matrix, const char *dataset, failure_t *why) {
    hdf5_t *h = calloc(1, sizeof *h);
    if (!h)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", matrix->name);
    h->file = h->dataset = H5I_INVALID_HID;
    matrix->ops = &OPS;
    matrix->state = h;
    H5_QUIET;
    TRY(h5_open_file(matrix->name, &h->file, why));
    TRY(find_dataset(matrix, h, dataset, why));
    return check_form(matrix, h, why);
}
