#include "hdf5/h5.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void h5_release(hid_t *id) {
    if (*id > 0)
        H5Idec_ref(*id);
    *id = H5I_INVALID_HID;
}

h5_quiet_t h5_quiet_begin(void) {
    h5_quiet_t quiet = {NULL, NULL};
    /* A file that could not be finished (disk full) stays open inside HDF5, which would crash at exit. This call must
     * come before any other. */
    H5dont_atexit();
    H5Eget_auto2(H5E_DEFAULT, &quiet.print, &quiet.data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return quiet;
}

void h5_quiet_end(h5_quiet_t *quiet) {
    H5Eset_auto2(H5E_DEFAULT, quiet->print, quiet->data);
}

/* Of an operating system error, keeps only the system's own message: the rest is addresses and times. */
static herr_t keep_innermost(unsigned depth, const H5E_error2_t *error, void *data) {
    static const char MESSAGE[] = "error message = '";
    h5_reason_t *reason = data;
    const char *from = depth == 0 && error->desc ? strstr(error->desc, MESSAGE) : NULL;
    if (from) {
        from += sizeof MESSAGE - 1;
        snprintf(reason->text, sizeof reason->text, "%.*s", (int)strcspn(from, "'"), from);
        reason->of_system = true;
    } else if (depth == 0 && error->desc) {
        snprintf(reason->text, sizeof reason->text, "%s", error->desc);
    }
    return 0;
}

h5_reason_t h5_reason(void) {
    h5_reason_t reason = {.text = "no reason given"};
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &reason);
    return reason;
}

/* A command that rewrites a file that h5py can read (its name is the argument) into one that is accepted here. */
#define REWRITE                                                                                                        \
    "python3 -c \"import h5py; a = h5py.File('%s'); h5py.File('new.h5', 'w').update({k: a[k][()] for k in a})\""

status_t h5_damaged(const char *file_name, const char *path, failure_t *why) {
    const h5_reason_t reason = h5_reason();
    if (reason.of_system)
        return failed(why, STATUS_INTERNAL, "%s: /%s: cannot be read (%s)", file_name, path, reason.text);
    if (strncmp(reason.text, "bad version number", strlen("bad version number")) == 0)
        return failed(why, STATUS_INPUT,
                      "%s: /%s: damaged, or written for an HDF5 newer than %d.%d.%d (%s); rewrite it: " REWRITE,
                      file_name, path, H5_VERS_MAJOR, H5_VERS_MINOR, H5_VERS_RELEASE, reason.text, file_name);
    return failed(why, STATUS_INPUT, "%s: /%s: damaged (%s)", file_name, path, reason.text);
}

static status_t check_file(const char *path, failure_t *why) {
    struct stat info;
    if (stat(path, &info) != 0)
        return failed(why, STATUS_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return failed(why, STATUS_INPUT, "%s: is not a regular file; give an HDF5 file", path);
    if (access(path, R_OK) != 0)
        return failed(why, STATUS_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    return STATUS_OK;
}

status_t h5_open_file(const char *path, hid_t *file, failure_t *why) {
    *file = H5I_INVALID_HID;
    TRY(check_file(path, why));
    /* No file may name code to load, whatever HDF5_PLUGIN_PATH says. */
    H5PLset_loading_state(0);
    hid_t access H5_OWNED = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0 || H5Pset_file_locking(access, false, true) < 0)
        return failed(why, STATUS_INTERNAL, "%s: HDF5: %s", path, h5_reason().text);
    *file = H5Fopen(path, H5F_ACC_RDONLY, access);
    if (*file >= 0)
        return STATUS_OK;
    const h5_reason_t reason = h5_reason();
    if (reason.of_system)
        return failed(why, STATUS_INTERNAL, "%s: cannot be read (%s)", path, reason.text);
    return failed(why, STATUS_INPUT, "%s: cannot be opened as an HDF5 file: it is not HDF5, truncated or damaged (%s)",
                  path, reason.text);
}

/* HDF5 1.12 locates objects by tokens; this is the call that returns an address, under its new name. */
#if H5_VERSION_GE(1, 12, 0)
typedef H5L_info1_t link_info_t;
#define get_link_info H5Lget_info1
#else
typedef H5L_info_t link_info_t;
#define get_link_info H5Lget_info
#endif

/* Checks one link on the way to a dataset: it must be hard (a soft or external one may lead out of the file). */
static status_t check_link(hid_t file, const char *file_name, const char *path, bool *exists, failure_t *why) {
    link_info_t link;
    htri_t found = H5Lexists(file, path, H5P_DEFAULT);
    *exists = found > 0;
    if (found < 0)
        return h5_damaged(file_name, path, why);
    if (found == 0)
        return STATUS_OK;
    if (get_link_info(file, path, &link, H5P_DEFAULT) < 0)
        return h5_damaged(file_name, path, why);
    if (link.type != H5L_TYPE_HARD)
        return failed(why, STATUS_INPUT, "%s: /%s: is a soft or external link; store the data itself", file_name, path);
    return STATUS_OK;
}

status_t h5_exists(hid_t file, const char *file_name, const char *path, bool *exists, failure_t *why) {
    char part[256];
    size_t length = strlen(path);
    *exists = false;
    if (length >= sizeof part)
        return failed(why, STATUS_INTERNAL, "%s: /%s: path too long", file_name, path);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        TRY(check_link(file, file_name, part, exists, why));
        if (!*exists)
            return STATUS_OK;
    }
    return STATUS_OK;
}

/* Says how to rewrite the file. h5repack undoes HDF5's own filters; others need the program that wrote them. */
static status_t refuse_filter(H5Z_filter_t filter, const char *name, const char *file_name, const char *path,
                              failure_t *why) {
    const int length = (int)strcspn(name, " ");
    if (filter < H5Z_FILTER_RESERVED)
        return failed(why, STATUS_INPUT,
                      "%s: /%s: is compressed with filter %d (%.*s), which harsanyi does not read; rewrite it: "
                      "h5repack -f GZIP=4 %s new.h5",
                      file_name, path, (int)filter, length, name, file_name);
    return failed(why, STATUS_INPUT,
                  "%s: /%s: is compressed with filter %d (%.*s), which harsanyi does not read; rewrite it: " REWRITE,
                  file_name, path, (int)filter, length, name, file_name);
}

/* Only what h5py calls gzip, shuffle and fletcher32. HDF5's other filters are rare and little tested; filters that are
 * not HDF5's own would be loaded as plugins, which is foreign code. */
static status_t check_filters(hid_t list, const char *file_name, const char *path, failure_t *why) {
    int filters = H5Pget_nfilters(list);
    if (filters < 0)
        return h5_damaged(file_name, path, why);
    for (int i = 0; i < filters; i++) {
        unsigned flags = 0;
        size_t values = 0;
        char name[32] = "";
        H5Z_filter_t filter = H5Pget_filter2(list, (unsigned)i, &flags, &values, NULL, sizeof name - 1, name, NULL);
        if (filter < H5Z_FILTER_DEFLATE || filter > H5Z_FILTER_FLETCHER32 || H5Zfilter_avail(filter) <= 0)
            return refuse_filter(filter, name, file_name, path, why);
    }
    return STATUS_OK;
}

/* Whether the elements of the dataspace fit in the stored bytes; a damaged dataspace may claim anything. per_byte: the
 * most bytes that one stored byte may become. */
static status_t check_size(hid_t dataset, const char *file_name, const char *path, hsize_t bytes, hsize_t per_byte,
                           failure_t *why) {
    h5_form_t form;
    uint64_t count;
    TRY(h5_form(dataset, file_name, path, &form, why));
    size_t width = h5_stored_width(&form);
    if (form.rank < 0 || width == 0 || !h5_count(form.rank, form.dims, &count) || count / per_byte > bytes / width)
        return failed(why, STATUS_INPUT, "%s: /%s: damaged: has the shape %s, but only %llu bytes", file_name, path,
                      h5_shape_text(form.rank, form.dims).text, (unsigned long long)bytes);
    return STATUS_OK;
}

/* The number of chunks that a dataset must have, and the bytes of one; false when they cannot be counted. */
static bool count_chunks(hid_t list, const h5_form_t *form, uint64_t *chunks, uint64_t *bytes) {
    hsize_t chunk[H5_RANK], needed[H5_RANK];
    if (form->rank < 1 || H5Pget_chunk(list, H5_RANK, chunk) != form->rank)
        return false;
    for (int i = 0; i < form->rank; i++) {
        if (chunk[i] == 0)
            return false;
        needed[i] = form->dims[i] / chunk[i] + (form->dims[i] % chunk[i] != 0);
    }
    return h5_count(form->rank, needed, chunks) && h5_count(form->rank, chunk, bytes) &&
           !__builtin_mul_overflow(*bytes, (uint64_t)form->width, bytes);
}

/* All chunks must be written (HDF5 returns zeros for missing ones), and claim no more bytes than deflate can produce:
 * 1032 from one. */
static status_t check_chunks(hid_t dataset, hid_t list, const char *file_name, const char *path, hsize_t bytes,
                             hsize_t file_bytes, failure_t *why) {
    enum { DEFLATE_MOST = 1032 };
    h5_form_t form;
    uint64_t chunks, chunk_bytes;
    hsize_t there = 0;
    TRY(h5_form(dataset, file_name, path, &form, why));
    hid_t space H5_OWNED = H5Dget_space(dataset);
    if (space < 0 || !count_chunks(list, &form, &chunks, &chunk_bytes) || H5Dget_num_chunks(dataset, space, &there) < 0)
        return h5_damaged(file_name, path, why);
    if (there != chunks)
        return failed(why, STATUS_INPUT, "%s: /%s: only %llu of its %llu chunks were written; write all of them",
                      file_name, path, (unsigned long long)there, (unsigned long long)chunks);
    const hsize_t most = H5Pget_nfilters(list) > 0 ? DEFLATE_MOST : 1;
    if (bytes > file_bytes || chunk_bytes / most > bytes / chunks)
        return failed(why, STATUS_INPUT, "%s: /%s: damaged: has chunks of %llu bytes, but only %llu bytes in all",
                      file_name, path, (unsigned long long)chunk_bytes, (unsigned long long)bytes);
    return check_size(dataset, file_name, path, bytes, most, why);
}

/* A contiguous dataset must lie in the file. */
static status_t check_place(hid_t dataset, const char *file_name, const char *path, hsize_t bytes, hsize_t file_bytes,
                            failure_t *why) {
    haddr_t offset = H5Dget_offset(dataset);
    if (offset == HADDR_UNDEF || bytes > file_bytes || offset > file_bytes - bytes)
        return failed(why, STATUS_INPUT, "%s: /%s: was never written, or extends beyond the end of the file", file_name,
                      path);
    return STATUS_OK;
}

/* The bytes must be in this file, written, and not beyond its end. */
static status_t check_storage(hid_t file, hid_t dataset, const char *file_name, const char *path, failure_t *why) {
    hid_t list H5_OWNED = H5Dget_create_plist(dataset);
    hsize_t bytes = H5Dget_storage_size(dataset), file_bytes = 0;
    H5D_layout_t layout = list < 0 ? H5D_LAYOUT_ERROR : H5Pget_layout(list);
    if (layout == H5D_LAYOUT_ERROR || H5Fget_filesize(file, &file_bytes) < 0)
        return h5_damaged(file_name, path, why);
    if (layout == H5D_VIRTUAL || H5Pget_external_count(list) != 0)
        return failed(why, STATUS_INPUT, "%s: /%s: its data are in other files; store the data itself", file_name,
                      path);
    TRY(check_filters(list, file_name, path, why));
    if (bytes == 0)
        return failed(why, STATUS_INPUT, "%s: /%s: is empty or was never written", file_name, path);
    if (layout == H5D_CHUNKED)
        return check_chunks(dataset, list, file_name, path, bytes, file_bytes, why);
    if (layout == H5D_CONTIGUOUS)
        TRY(check_place(dataset, file_name, path, bytes, file_bytes, why));
    return check_size(dataset, file_name, path, bytes, 1, why);
}

status_t h5_open_dataset(hid_t file, const char *file_name, const char *path, hid_t *dataset, failure_t *why) {
    bool exists = false;
    *dataset = H5I_INVALID_HID;
    TRY(h5_exists(file, file_name, path, &exists, why));
    if (!exists)
        return failed(why, STATUS_INPUT, "%s: /%s: missing", file_name, path);
    hid_t object = H5Oopen(file, path, H5P_DEFAULT);
    if (object < 0)
        return h5_damaged(file_name, path, why);
    status_t status = H5Iget_type(object) == H5I_DATASET
                          ? check_storage(file, object, file_name, path, why)
                          : failed(why, STATUS_INPUT, "%s: /%s: is not a dataset", file_name, path);
    if (status != STATUS_OK)
        h5_release(&object);
    else
        *dataset = object;
    return status;
}

status_t h5_form(hid_t dataset, const char *file_name, const char *path, h5_form_t *form, failure_t *why) {
    hid_t type H5_OWNED = H5Dget_type(dataset), space H5_OWNED = H5Dget_space(dataset);
    *form = (h5_form_t){.rank = -1};
    if (type < 0 || space < 0)
        return h5_damaged(file_name, path, why);
    form->kind = H5Tget_class(type);
    form->width = H5Tget_size(type);
    form->variable = form->kind == H5T_STRING && H5Tis_variable_str(type) > 0;
    if (H5Sget_simple_extent_type(space) == H5S_SCALAR)
        form->rank = 0;
    else if (H5Sget_simple_extent_type(space) == H5S_SIMPLE)
        form->rank = H5Sget_simple_extent_dims(space, form->dims, NULL);
    if (form->kind == H5T_NO_CLASS || form->width == 0)
        return h5_damaged(file_name, path, why);
    return STATUS_OK;
}

size_t h5_stored_width(const h5_form_t *form) {
    enum { REFERENCE = 16 }; /* length, heap and number of a string stored elsewhere in the file */
    return form->variable ? REFERENCE : form->width;
}

h5_shape_t h5_shape_text(int rank, const hsize_t *dims) {
    h5_shape_t shape = {"["};
    size_t used = 1;
    for (int i = 0; i < rank && used < sizeof shape.text - 30; i++)
        used += (size_t)snprintf(shape.text + used, sizeof shape.text - used, "%s%llu", i ? ", " : "",
                                 (unsigned long long)dims[i]);
    snprintf(shape.text + used, sizeof shape.text - used, "]");
    return shape;
}

bool h5_count(int rank, const hsize_t *dims, uint64_t *count) {
    *count = 1;
    for (int i = 0; i < rank; i++)
        if (__builtin_mul_overflow(*count, (uint64_t)dims[i], count) || *count > INT64_MAX)
            return false;
    return true;
}

enum { CONVERSION_BYTES = 1 << 15 };

status_t h5_read_slab(hid_t dataset, const char *file_name, const char *path, int rank, const hsize_t *start,
                      const hsize_t *count, hid_t memory, void *data, failure_t *why) {
    hid_t space H5_OWNED = H5Dget_space(dataset);
    hid_t target H5_OWNED = rank > 0 ? H5Screate_simple(rank, count, NULL) : H5Screate(H5S_SCALAR);
    /* By default HDF5 clears a conversion buffer of 1 MiB at every read, which costs more than a small sample. */
    hid_t transfer H5_OWNED = H5Pcreate(H5P_DATASET_XFER);
    if (space < 0 || target < 0 || transfer < 0 || H5Pset_buffer(transfer, CONVERSION_BYTES, NULL, NULL) < 0 ||
        (rank > 0 && H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0) ||
        H5Dread(dataset, memory, target, space, transfer, data) < 0) {
        const h5_reason_t reason = h5_reason();
        return failed(why, reason.of_system ? STATUS_INTERNAL : STATUS_INPUT, "%s: /%s: cannot be read (%s)", file_name,
                      path, reason.text);
    }
    return STATUS_OK;
}

hid_t h5_text_type(size_t width) {
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0 || H5Tset_size(type, width) < 0 || H5Tset_strpad(type, H5T_STR_NULLPAD) < 0 ||
        H5Tset_cset(type, H5T_CSET_UTF8) < 0)
        h5_release(&type);
    return type;
}

status_t h5_write_text(hid_t object, const char *name, const char *value, failure_t *why) {
    size_t length = strlen(value);
    hid_t type H5_OWNED = h5_text_type(length ? length : 1), space H5_OWNED = H5Screate(H5S_SCALAR);
    hid_t attribute H5_OWNED =
        type < 0 || space < 0 ? H5I_INVALID_HID : H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Awrite(attribute, type, value) < 0)
        return failed(why, STATUS_INTERNAL, "attribute %s: HDF5: %s", name, h5_reason().text);
    return STATUS_OK;
}

status_t h5_write_int(hid_t object, const char *name, int value, failure_t *why) {
    hid_t space H5_OWNED = H5Screate(H5S_SCALAR);
    hid_t attribute H5_OWNED =
        space < 0 ? H5I_INVALID_HID : H5Acreate2(object, name, H5T_STD_I32LE, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Awrite(attribute, H5T_NATIVE_INT, &value) < 0)
        return failed(why, STATUS_INTERNAL, "attribute %s: HDF5: %s", name, h5_reason().text);
    return STATUS_OK;
}

static status_t damaged_attribute(const char *file_name, const char *name, failure_t *why) {
    const h5_reason_t reason = h5_reason();
    return failed(why, reason.of_system ? STATUS_INTERNAL : STATUS_INPUT, "%s: attribute %s: %s (%s)", file_name, name,
                  reason.of_system ? "cannot be read" : "damaged", reason.text);
}

/* Opens a scalar attribute and its type. */
static status_t open_attribute(hid_t object, const char *file_name, const char *name, hid_t *attribute, hid_t *type,
                               failure_t *why) {
    htri_t exists = H5Aexists(object, name);
    if (exists == 0)
        return failed(why, STATUS_INPUT, "%s: attribute %s: missing", file_name, name);
    if (exists < 0 || (*attribute = H5Aopen(object, name, H5P_DEFAULT)) < 0 || (*type = H5Aget_type(*attribute)) < 0)
        return damaged_attribute(file_name, name, why);
    hid_t space H5_OWNED = H5Aget_space(*attribute);
    if (space < 0)
        return damaged_attribute(file_name, name, why);
    if (H5Sget_simple_extent_type(space) != H5S_SCALAR)
        return failed(why, STATUS_INPUT, "%s: attribute %s: is not a single value", file_name, name);
    return STATUS_OK;
}

status_t h5_read_text(hid_t object, const char *file_name, const char *name, char *out, size_t capacity,
                      failure_t *why) {
    hid_t attribute H5_OWNED = H5I_INVALID_HID, type H5_OWNED = H5I_INVALID_HID;
    TRY(open_attribute(object, file_name, name, &attribute, &type, why));
    size_t width = H5Tget_size(type);
    if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0 || width == 0 || width >= capacity)
        return failed(why, STATUS_INPUT, "%s: attribute %s: is not a fixed-length string below %zu bytes", file_name,
                      name, capacity);
    memset(out, 0, capacity);
    if (H5Aread(attribute, type, out) < 0)
        return damaged_attribute(file_name, name, why);
    return STATUS_OK;
}

status_t h5_read_int(hid_t object, const char *file_name, const char *name, int *value, failure_t *why) {
    hid_t attribute H5_OWNED = H5I_INVALID_HID, type H5_OWNED = H5I_INVALID_HID;
    TRY(open_attribute(object, file_name, name, &attribute, &type, why));
    if (H5Tget_class(type) != H5T_INTEGER || H5Tget_size(type) > sizeof(int64_t) ||
        H5Aread(attribute, H5T_NATIVE_INT, value) < 0)
        return failed(why, STATUS_INPUT, "%s: attribute %s: is not an integer", file_name, name);
    return STATUS_OK;
}
