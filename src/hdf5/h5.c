#include "hdf5/h5.h"

#include <errno.h>
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

status_t h5_damaged(const h5_dataset_t *at, failure_t *why) {
    const h5_reason_t reason = h5_reason();
    if (reason.of_system)
        return failed(why, STATUS_INTERNAL, "%s: /%s: cannot be read (%s)", at->file_name, at->path, reason.text);
    if (strncmp(reason.text, "bad version number", strlen("bad version number")) == 0)
        return h5_refuse(at, why, "damaged, or written for an HDF5 newer than %d.%d.%d (%s); rewrite it: " REWRITE,
                         H5_VERS_MAJOR, H5_VERS_MINOR, H5_VERS_RELEASE, reason.text, at->file_name);
    return h5_refuse(at, why, "damaged (%s)", reason.text);
}

static status_t check_file(const char *path, failure_t *why) {
    struct stat info;
    if (stat(path, &info) != 0 || (S_ISREG(info.st_mode) && access(path, R_OK) != 0))
        return failed(why, STATUS_INPUT, "%s: cannot be read: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return failed(why, STATUS_INPUT, "%s: is not a regular file; give an HDF5 file", path);
    return STATUS_OK;
}

status_t h5_open_file(const char *path, h5_file_t *file, failure_t *why) {
    *file = (h5_file_t){.name = path};
    TRY(check_file(path, why));
    /* No file may name code to load, whatever HDF5_PLUGIN_PATH says. */
    H5PLset_loading_state(0);
    hid_t access H5_OWNED = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0 || H5Pset_file_locking(access, false, true) < 0)
        return failed(why, STATUS_INTERNAL, "%s: HDF5: %s", path, h5_reason().text);
    file->id = H5Fopen(path, H5F_ACC_RDONLY, access);
    if (file->id >= 0)
        return STATUS_OK;
    const h5_reason_t reason = h5_reason();
    if (reason.of_system)
        return failed(why, STATUS_INTERNAL, "%s: cannot be read (%s)", path, reason.text);
    return failed(why, STATUS_INPUT, "%s: cannot be opened as an HDF5 file: it is not HDF5, truncated or damaged (%s)",
                  path, reason.text);
}

void h5_close_file(h5_file_t *file) {
    h5_release(&file->id);
}

void h5_close_dataset(h5_dataset_t *dataset) {
    h5_release(&dataset->id);
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
static status_t check_link(const h5_file_t *file, const char *path, bool *exists, failure_t *why) {
    const h5_dataset_t at = {.file_name = file->name, .path = path};
    link_info_t link;
    htri_t found = H5Lexists(file->id, path, H5P_DEFAULT);
    *exists = found > 0;
    if (found == 0)
        return STATUS_OK;
    if (found < 0 || get_link_info(file->id, path, &link, H5P_DEFAULT) < 0)
        return h5_damaged(&at, why);
    if (link.type != H5L_TYPE_HARD)
        return h5_refuse(&at, why, "is a soft or external link; store the data itself");
    return STATUS_OK;
}

status_t h5_exists(const h5_file_t *file, const char *path, bool *exists, failure_t *why) {
    char part[256];
    size_t length = strlen(path);
    *exists = false;
    if (length >= sizeof part)
        return failed(why, STATUS_INTERNAL, "%s: /%s: path too long", file->name, path);
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        TRY(check_link(file, part, exists, why));
        if (!*exists)
            return STATUS_OK;
    }
    return STATUS_OK;
}

status_t h5_member(const h5_file_t *file, const char *group, uint64_t i, char *name, size_t capacity, failure_t *why) {
    const h5_dataset_t at = {.file_name = file->name, .path = group};
    H5G_info_t info;
    bool exists;
    name[0] = '\0';
    TRY(h5_exists(file, group, &exists, why));
    if (!exists)
        return STATUS_OK;
    hid_t id H5_OWNED = H5Oopen(file->id, group, H5P_DEFAULT);
    if (id < 0)
        return h5_damaged(&at, why);
    if (H5Iget_type(id) != H5I_GROUP)
        return h5_refuse(&at, why, "is not a group");
    if (H5Gget_info(id, &info) < 0)
        return h5_damaged(&at, why);
    if (i >= info.nlinks)
        return STATUS_OK;
    ssize_t length = H5Lget_name_by_idx(id, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, capacity, H5P_DEFAULT);
    if (length < 0)
        return h5_damaged(&at, why);
    return (size_t)length < capacity
               ? STATUS_OK
               : h5_refuse(&at, why, "has a name of %zd bytes; at most %zu are allowed", length, capacity - 1);
}

/* Says how to rewrite the file. h5repack undoes HDF5's own filters; others need the program that wrote them. */
static status_t refuse_filter(const h5_dataset_t *d, H5Z_filter_t filter, const char *name, failure_t *why) {
    const int length = (int)strcspn(name, " ");
    if (filter < H5Z_FILTER_RESERVED)
        return h5_refuse(d, why,
                         "is compressed with filter %d (%.*s), which harsanyi does not read; rewrite it: "
                         "h5repack -f GZIP=4 %s new.h5",
                         (int)filter, length, name, d->file_name);
    return h5_refuse(d, why, "is compressed with filter %d (%.*s), which harsanyi does not read; rewrite it: " REWRITE,
                     (int)filter, length, name, d->file_name);
}

/* Only what h5py calls gzip, shuffle and fletcher32. HDF5's other filters are rare and little tested; filters that are
 * not HDF5's own would be loaded as plugins, which is foreign code. */
static status_t check_filters(const h5_dataset_t *d, hid_t list, failure_t *why) {
    int filters = H5Pget_nfilters(list);
    if (filters < 0)
        return h5_damaged(d, why);
    for (int i = 0; i < filters; i++) {
        unsigned flags = 0;
        size_t values = 0;
        char name[32] = "";
        H5Z_filter_t filter = H5Pget_filter2(list, (unsigned)i, &flags, &values, NULL, sizeof name - 1, name, NULL);
        if (filter < H5Z_FILTER_DEFLATE || filter > H5Z_FILTER_FLETCHER32 || H5Zfilter_avail(filter) <= 0)
            return refuse_filter(d, filter, name, why);
    }
    return STATUS_OK;
}

/* Whether the elements of the dataspace fit in the stored bytes; a damaged dataspace may claim anything. per_byte: the
 * most bytes that one stored byte may become. */
static status_t check_size(const h5_dataset_t *d, hsize_t bytes, hsize_t per_byte, failure_t *why) {
    uint64_t count;
    if (d->rank < 0 || !h5_count(d->rank, d->dims, &count) || count / per_byte > bytes / h5_stored_width(d))
        return h5_refuse(d, why, "damaged: has the shape %s, but only %llu bytes", h5_shape_text(d->rank, d->dims).text,
                         (unsigned long long)bytes);
    return STATUS_OK;
}

/* The number of chunks that a dataset must have, and the bytes of one; false when they cannot be counted. */
static bool count_chunks(const h5_dataset_t *d, hid_t list, uint64_t *chunks, uint64_t *bytes) {
    hsize_t chunk[H5_RANK], needed[H5_RANK];
    if (d->rank < 1 || H5Pget_chunk(list, H5_RANK, chunk) != d->rank)
        return false;
    for (int i = 0; i < d->rank; i++) {
        if (chunk[i] == 0)
            return false;
        needed[i] = d->dims[i] / chunk[i] + (d->dims[i] % chunk[i] != 0);
    }
    return h5_count(d->rank, needed, chunks) && h5_count(d->rank, chunk, bytes) &&
           !__builtin_mul_overflow(*bytes, (uint64_t)d->width, bytes);
}

/* All chunks must be written (HDF5 returns zeros for missing ones), and claim no more bytes than deflate can produce:
 * 1032 from one. */
static status_t check_chunks(const h5_dataset_t *d, hid_t list, hsize_t bytes, hsize_t file_bytes, failure_t *why) {
    enum { DEFLATE_MOST = 1032 };
    uint64_t chunks, chunk_bytes;
    hsize_t there = 0;
    hid_t space H5_OWNED = H5Dget_space(d->id);
    if (space < 0 || !count_chunks(d, list, &chunks, &chunk_bytes) || H5Dget_num_chunks(d->id, space, &there) < 0)
        return h5_damaged(d, why);
    if (there != chunks)
        return h5_refuse(d, why, "only %llu of its %llu chunks were written; write all of them",
                         (unsigned long long)there, (unsigned long long)chunks);
    const hsize_t most = H5Pget_nfilters(list) > 0 ? DEFLATE_MOST : 1;
    if (bytes > file_bytes || chunk_bytes / most > bytes / chunks)
        return h5_refuse(d, why, "damaged: has chunks of %llu bytes, but only %llu bytes in all",
                         (unsigned long long)chunk_bytes, (unsigned long long)bytes);
    return check_size(d, bytes, most, why);
}

/* The bytes must be in this file, written, and not beyond its end. */
static status_t check_storage(const h5_file_t *file, const h5_dataset_t *d, failure_t *why) {
    hid_t list H5_OWNED = H5Dget_create_plist(d->id);
    hsize_t bytes = H5Dget_storage_size(d->id), file_bytes = 0;
    H5D_layout_t layout = list < 0 ? H5D_LAYOUT_ERROR : H5Pget_layout(list);
    if (layout == H5D_LAYOUT_ERROR || H5Fget_filesize(file->id, &file_bytes) < 0)
        return h5_damaged(d, why);
    if (layout == H5D_VIRTUAL || H5Pget_external_count(list) != 0)
        return h5_refuse(d, why, "its data are in other files; store the data itself");
    TRY(check_filters(d, list, why));
    if (bytes == 0)
        return h5_refuse(d, why, "is empty or was never written");
    if (layout == H5D_CHUNKED)
        return check_chunks(d, list, bytes, file_bytes, why);
    haddr_t offset = layout == H5D_CONTIGUOUS ? H5Dget_offset(d->id) : 0;
    if (layout == H5D_CONTIGUOUS && (offset == HADDR_UNDEF || bytes > file_bytes || offset > file_bytes - bytes))
        return h5_refuse(d, why, "was never written, or extends beyond the end of the file");
    return check_size(d, bytes, 1, why);
}

static status_t read_form(h5_dataset_t *d, failure_t *why) {
    hid_t type H5_OWNED = H5Dget_type(d->id), space H5_OWNED = H5Dget_space(d->id);
    if (type < 0 || space < 0)
        return h5_damaged(d, why);
    d->kind = H5Tget_class(type);
    d->width = H5Tget_size(type);
    d->variable = d->kind == H5T_STRING && H5Tis_variable_str(type) > 0;
    d->rank = H5Sget_simple_extent_type(space) == H5S_NULL ? -1 : H5Sget_simple_extent_dims(space, d->dims, NULL);
    return d->kind == H5T_NO_CLASS || d->width == 0 ? h5_damaged(d, why) : STATUS_OK;
}

static status_t open_object(const h5_file_t *file, h5_dataset_t *dataset, failure_t *why) {
    dataset->id = H5Oopen(file->id, dataset->path, H5P_DEFAULT);
    if (dataset->id < 0)
        return h5_damaged(dataset, why);
    if (H5Iget_type(dataset->id) != H5I_DATASET)
        return h5_refuse(dataset, why, "is not a dataset");
    TRY(read_form(dataset, why));
    return check_storage(file, dataset, why);
}

status_t h5_find_dataset(const h5_file_t *file, const char *path, h5_dataset_t *dataset, failure_t *why) {
    bool exists = false;
    *dataset = (h5_dataset_t){.file_name = file->name, .path = path};
    TRY(h5_exists(file, path, &exists, why));
    status_t status = exists ? open_object(file, dataset, why) : STATUS_OK;
    if (status != STATUS_OK)
        h5_close_dataset(dataset);
    return status;
}

status_t h5_open_dataset(const h5_file_t *file, const char *path, h5_dataset_t *dataset, failure_t *why) {
    TRY(h5_find_dataset(file, path, dataset, why));
    return dataset->id > 0 ? STATUS_OK : h5_refuse(dataset, why, "missing");
}

size_t h5_stored_width(const h5_dataset_t *dataset) {
    enum { REFERENCE = 16 }; /* length, heap and number of a string stored elsewhere in the file */
    return dataset->variable ? REFERENCE : dataset->width;
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

status_t h5_read(const h5_dataset_t *d, const hsize_t *start, const hsize_t *count, hid_t memory, void *data,
                 failure_t *why) {
    hid_t space H5_OWNED = H5Dget_space(d->id);
    hid_t target H5_OWNED = d->rank > 0 ? H5Screate_simple(d->rank, count, NULL) : H5Screate(H5S_SCALAR);
    /* By default HDF5 clears a conversion buffer of 1 MiB at every read, which costs more than a small sample. */
    hid_t transfer H5_OWNED = H5Pcreate(H5P_DATASET_XFER);
    if (space < 0 || target < 0 || transfer < 0 || H5Pset_buffer(transfer, CONVERSION_BYTES, NULL, NULL) < 0 ||
        (d->rank > 0 && H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL) < 0) ||
        H5Dread(d->id, memory, target, space, transfer, data) < 0) {
        const h5_reason_t reason = h5_reason();
        return failed(why, reason.of_system ? STATUS_INTERNAL : STATUS_INPUT, "%s: /%s: cannot be read (%s)",
                      d->file_name, d->path, reason.text);
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

/* A scalar attribute of a new file. */
static status_t write_attribute(hid_t object, const char *name, hid_t type, hid_t memory, const void *value,
                                failure_t *why) {
    hid_t space H5_OWNED = H5Screate(H5S_SCALAR);
    hid_t attribute H5_OWNED =
        type < 0 || space < 0 ? H5I_INVALID_HID : H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Awrite(attribute, memory, value) < 0)
        return failed(why, STATUS_INTERNAL, "attribute %s: HDF5: %s", name, h5_reason().text);
    return STATUS_OK;
}

status_t h5_write_text(hid_t object, const char *name, const char *value, failure_t *why) {
    size_t length = strlen(value);
    hid_t type H5_OWNED = h5_text_type(length ? length : 1);
    return write_attribute(object, name, type, type, value, why);
}

status_t h5_write_int(hid_t object, const char *name, int value, failure_t *why) {
    return write_attribute(object, name, H5T_STD_I32LE, H5T_NATIVE_INT, &value, why);
}

static status_t damaged_attribute(const h5_file_t *file, const char *name, failure_t *why) {
    const h5_reason_t reason = h5_reason();
    return failed(why, reason.of_system ? STATUS_INTERNAL : STATUS_INPUT, "%s: attribute %s: %s (%s)", file->name, name,
                  reason.of_system ? "cannot be read" : "damaged", reason.text);
}

/* Opens a scalar attribute and its type. */
static status_t open_attribute(const h5_file_t *file, const char *name, hid_t *attribute, hid_t *type, failure_t *why) {
    htri_t exists = H5Aexists(file->id, name);
    if (exists == 0)
        return failed(why, STATUS_INPUT, "%s: attribute %s: missing", file->name, name);
    if (exists < 0 || (*attribute = H5Aopen(file->id, name, H5P_DEFAULT)) < 0 || (*type = H5Aget_type(*attribute)) < 0)
        return damaged_attribute(file, name, why);
    hid_t space H5_OWNED = H5Aget_space(*attribute);
    if (space < 0)
        return damaged_attribute(file, name, why);
    if (H5Sget_simple_extent_type(space) != H5S_SCALAR)
        return failed(why, STATUS_INPUT, "%s: attribute %s: is not a single value", file->name, name);
    return STATUS_OK;
}

status_t h5_read_text(const h5_file_t *file, const char *name, char *out, size_t capacity, failure_t *why) {
    hid_t attribute H5_OWNED = H5I_INVALID_HID, type H5_OWNED = H5I_INVALID_HID;
    TRY(open_attribute(file, name, &attribute, &type, why));
    size_t width = H5Tget_size(type);
    if (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(type) != 0 || width == 0 || width >= capacity)
        return failed(why, STATUS_INPUT, "%s: attribute %s: is not a fixed-length string below %zu bytes", file->name,
                      name, capacity);
    memset(out, 0, capacity);
    return H5Aread(attribute, type, out) < 0 ? damaged_attribute(file, name, why) : STATUS_OK;
}

status_t h5_read_int(const h5_file_t *file, const char *name, int *value, failure_t *why) {
    hid_t attribute H5_OWNED = H5I_INVALID_HID, type H5_OWNED = H5I_INVALID_HID;
    TRY(open_attribute(file, name, &attribute, &type, why));
    if (H5Tget_class(type) != H5T_INTEGER || H5Tget_size(type) > sizeof(int64_t) ||
        H5Aread(attribute, H5T_NATIVE_INT, value) < 0)
        return failed(why, STATUS_INPUT, "%s: attribute %s: is not an integer", file->name, name);
    return STATUS_OK;
}
