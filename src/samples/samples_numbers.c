/* Datasets of numbers of any type, as doubles. */
#include "samples/samples_private.h"

#include "base/nan.h"

#include <math.h>
#include <string.h>

status_t samples_collect(samples_t *samples, status_t status, const failure_t *why, problems_t *problems) {
    samples->unusable |= status == STATUS_INPUT;
    return problems_collect(problems, status, why);
}

static const char *kind_text(const h5_dataset_t *in, bool whole) {
    return in->kind == H5T_INTEGER    ? "integers"
           : in->kind == H5T_FLOAT    ? whole ? "floating-point numbers" : "floating-point numbers of another size"
           : in->kind == H5T_STRING   ? "strings"
           : in->kind == H5T_COMPOUND ? "records"
           : in->kind == H5T_ENUM     ? "booleans or an enumeration"
                                      : "something else";
}

status_t samples_open_numbers(const samples_t *samples, const char *path, bool whole, numbers_t *numbers,
                              failure_t *why) {
    H5_DATASET in = {0};
    TRY(h5_find_dataset(&samples->file, path, &in, why));
    const bool booleans = in.kind == H5T_ENUM && !whole;
    numbers->integers = (in.kind == H5T_INTEGER || booleans) && in.width <= 8;
    bool floats = in.kind == H5T_FLOAT && (in.width == 2 || in.width == 4 || in.width == 8);
    if (in.id > 0 && !numbers->integers && (whole || !floats))
        return h5_refuse(&in, why, "holds %s; %s expected", kind_text(&in, whole),
                         whole ? "integers" : "f16, f32, f64, integers or booleans");
    if (in.rank < 0 || in.rank > SHAPE_RANK + 1)
        return h5_refuse(&in, why, "has %d axes; 0 to %d expected", in.rank, SHAPE_RANK + 1);
    numbers->in = in;
    in.id = 0; /* kept */
    return STATUS_OK;
}

/* Converts integers to doubles in place. Beyond 2^53 doubles would round them: those become infinite, which the checks
 * find. */
static void integers_to_doubles(double *numbers, size_t count) {
    const int64_t limit = (int64_t)1 << 53;
    for (size_t i = 0; i < count; i++) {
        int64_t whole;
        memcpy(&whole, &numbers[i], sizeof whole);
        numbers[i] = whole > limit ? (double)INFINITY : whole < -limit ? -(double)INFINITY : (double)whole;
    }
}

/* One pattern of NaN, so that checksums do not depend on the file's. */
static void unify_missing(double *numbers, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (isnan(numbers[i]))
            numbers[i] = nan_canonical();
}

status_t samples_read_box(const numbers_t *numbers, row_t row, int64_t rows, hid_t memory, void *out, failure_t *why) {
    hsize_t start[H5_RANK] = {0}, box[H5_RANK];
    memcpy(box, numbers->in.dims, sizeof box);
    if (numbers->per_sample) {
        start[0] = (hsize_t)row;
        box[0] = (hsize_t)rows;
    }
    H5_QUIET; /* here: most samples are read ahead, without HDF5 */
    return h5_read(&numbers->in, start, box, memory, out, why);
}

status_t samples_read_numbers(const numbers_t *numbers, row_t row, int64_t rows, size_t count, double *out,
                              failure_t *why) {
    TRY(samples_read_box(numbers, row, rows, numbers->integers ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE, out, why));
    if (numbers->integers)
        integers_to_doubles(out, count);
    else
        unify_missing(out, count);
    return STATUS_OK;
}

where_t samples_where(bool per_sample, row_t row) {
    where_t where = {""};
    if (per_sample)
        snprintf(where.text, sizeof where.text, "sample %lld, ", (long long)row);
    return where;
}

bool samples_check_type(element_t type, const numbers_t *numbers, row_t row, const double *values, size_t count,
                        char fault[FAULT_TEXT]) {
    for (size_t i = 0; i < count && element_is_whole(type); i++)
        if (!element_holds(type, values[i])) {
            snprintf(fault, FAULT_TEXT, "/%s: %selement %zu, %g, %s the model's %s input", numbers->in.path,
                     samples_where(numbers->per_sample, row).text, i, values[i], element_fault(type, values[i]),
                     element_name(type));
            return false;
        }
    return true;
}
