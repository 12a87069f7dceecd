#include "results/new_file.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/nan.h"
#include "hdf5/h5.h"
#include "results/results_types.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Room for HDF5's own bytes: per dataset a header with three attributes and its place in a group. */
enum { OVERHEAD_PER_DATASET = 1024, OVERHEAD = 64 * 1024, ALIGNMENT = 4096, ALIGN_FROM = 64 * 1024 };

enum { CHUNK = 1 << 20 }; /* bytes that are written at once */

bool new_file_bytes(const dataset_t *datasets, int count, uint64_t *bytes) {
    *bytes = OVERHEAD;
    for (const dataset_t *dataset = datasets; dataset < datasets + count; dataset++) {
        uint64_t own = OVERHEAD_PER_DATASET + (dataset->bytes >= ALIGN_FROM ? ALIGNMENT : 0);
        if (dataset->present && (__builtin_add_overflow(*bytes, own, bytes) ||
                                 __builtin_add_overflow(*bytes, dataset->bytes, bytes) || *bytes > INT64_MAX))
            return false;
    }
    return true;
}

/* ---- space ---- */

static status_t no_space(const new_file_t *file, uint64_t needed, failure_t *why) {
    struct statvfs disk;
    bool emptied = ftruncate(file->fd, 0) == 0; /* what was reserved in part counts as free again */
    uint64_t available = emptied && fstatvfs(file->fd, &disk) == 0 ? (uint64_t)disk.f_bavail * disk.f_frsize : 0;
    return failed(
        why, STATUS_INPUT,
        "%s: no space: %llu bytes (%.1f MiB) are needed, %llu (%.1f MiB) are free (or your quota is used up); "
        "make room, or give another output file",
        file->path, (unsigned long long)needed, (double)needed / 0x1p20, (unsigned long long)available,
        (double)available / 0x1p20);
}

/* Whether the file would need more than it has and what is free. */
static bool lacks_space(const new_file_t *file, uint64_t bytes) {
    struct statvfs disk;
    struct stat info;
    if (fstatvfs(file->fd, &disk) != 0 || fstat(file->fd, &info) != 0)
        return false;
    return (uint64_t)disk.f_bavail * disk.f_frsize + (uint64_t)info.st_blocks * 512 < bytes;
}

/* Reserves `bytes` of disk for the file, so that a full disk is found now and not after days. *warning reports a file
 * system that cannot reserve space. */
static status_t reserve(new_file_t *file, uint64_t bytes, failure_t *why) {
    int error;
    if (lacks_space(file, bytes)) /* fallocate would take all free space, also from others, before it fails */
        return no_space(file, bytes, why);
    do
        error = fallocate(file->fd, 0, 0, (off_t)bytes) == 0 ? 0 : errno;
    while (error == EINTR);
    if (error == 0)
        return STATUS_OK;
    if (error == ENOSPC || error == EDQUOT)
        return no_space(file, bytes, why);
    if (error != EOPNOTSUPP && error != ENOSYS && error != EINVAL)
        return failed(why, STATUS_INPUT, "%s: %llu bytes cannot be reserved: %s%s", file->path,
                      (unsigned long long)bytes, strerror(error), file_advice(error));
    snprintf(file->warning, RESULTS_TEXT,
             "this file system cannot reserve space: keep %.1f MiB free, or the sweep stops when the disk is full",
             (double)bytes / 0x1p20);
    return STATUS_OK;
}

/* Creates the empty temporary file. */
static status_t make_temporary(new_file_t *file, failure_t *why) {
    if (unlink(file->temporary) != 0 && errno != ENOENT)
        return failed(why, STATUS_INPUT, "%s: an old temporary file cannot be removed: %s", file->temporary,
                      strerror(errno));
    file->fd = open(file->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file->fd < 0)
        return failed(why, STATUS_INPUT, "%s: cannot create the file: %s", file->path,
                      errno == ENOENT ? "its folder does not exist" : strerror(errno));
    return STATUS_OK;
}

/* ---- structure ---- */

/* Those of the root, or of groups. */
static status_t write_attributes(hid_t root, bool groups, const new_file_attribute_t *attributes, size_t count,
                                 failure_t *why) {
    for (const new_file_attribute_t *a = attributes; a < attributes + count; a++) {
        if (groups != (a->group != NULL))
            continue;
        hid_t group H5_OWNED = groups ? H5Gopen2(root, a->group, H5P_DEFAULT) : H5I_INVALID_HID;
        const hid_t to = groups ? group : root;
        TRY(a->text ? h5_write_text(to, a->name, a->text, why) : h5_write_int(to, a->name, a->number, why));
    }
    return STATUS_OK;
}

/* How a file and its groups are made: without times, so that the same contents are the same bytes. */
static hid_t make_timeless(hid_t class) {
    hid_t creation = H5Pcreate(class);
    if (creation >= 0)
        H5Pset_obj_track_times(creation, false); /* cannot fail for these classes */
    return creation;
}

/* Makes the groups that lead to `path`, where they are not there yet. HDF5's own way would give them times. */
static status_t make_groups(hid_t file, const char *path, failure_t *why) {
    char group[sizeof((dataset_t *)0)->path];
    hid_t creation H5_OWNED = make_timeless(H5P_GROUP_CREATE);
    for (const char *end = strchr(path, '/'); end; end = strchr(end + 1, '/')) {
        snprintf(group, sizeof group, "%.*s", (int)(end - path), path);
        if (H5Lexists(file, group, H5P_DEFAULT) > 0)
            continue;
        hid_t made H5_OWNED = H5Gcreate2(file, group, H5P_DEFAULT, creation, H5P_DEFAULT);
        if (made < 0)
            return failed(why, STATUS_INTERNAL, "/%s: HDF5: %s", group, h5_reason().text);
    }
    return STATUS_OK;
}

/* Contiguous, allocated now, never filled by HDF5: its offset is known and fixed. */
static status_t make_dataset(hid_t file, hid_t creation, const dataset_t *dataset, uint64_t *offset, failure_t *why) {
    hsize_t dims[LAYOUT_RANK];
    TRY(make_groups(file, dataset->path, why));
    for (int i = 0; i < dataset->rank; i++)
        dims[i] = dataset->dims[i];
    hid_t type H5_OWNED = results_type(dataset->type, dataset->width);
    hid_t space H5_OWNED = dataset->rank ? H5Screate_simple(dataset->rank, dims, NULL) : H5Screate(H5S_SCALAR);
    hid_t object H5_OWNED = type < 0 || space < 0
                                ? H5I_INVALID_HID
                                : H5Dcreate2(file, dataset->path, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    haddr_t address = object < 0 ? HADDR_UNDEF : H5Dget_offset(object);
    if (address == HADDR_UNDEF)
        return failed(why, STATUS_INTERNAL, "/%s: HDF5: %s", dataset->path, h5_reason().text);
    *offset = address;
    TRY(h5_write_text(object, "units", dataset->units, why));
    TRY(h5_write_text(object, "description", dataset->description, why));
    return h5_write_text(object, "axes", dataset->axes, why);
}

static status_t make_datasets(hid_t root, new_file_t *file, failure_t *why) {
    hid_t creation H5_OWNED = make_timeless(H5P_DATASET_CREATE);
    if (creation < 0 || H5Pset_layout(creation, H5D_CONTIGUOUS) < 0 ||
        H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY) < 0 || H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER) < 0)
        return failed(why, STATUS_INTERNAL, "HDF5: %s", h5_reason().text);
    for (int tables = 0; tables < 2; tables++) /* the large tables last, so that all else lies together at the front */
        for (int id = 0; id < file->count; id++) {
            const dataset_t *dataset = &file->datasets[id];
            if (dataset->present && (dataset->first == FIRST_NOTHING) == (tables == 1))
                TRY(make_dataset(root, creation, dataset, &file->offset[id], why));
        }
    return STATUS_OK;
}

/* The formats of HDF5 1.8: everything reads them, and all of their metadata carry checksums (older ones have none), so
 * that a damaged file is noticed. */
static status_t create_file(const char *path, hid_t *file, failure_t *why) {
    hid_t access H5_OWNED = H5Pcreate(H5P_FILE_ACCESS), creation H5_OWNED = make_timeless(H5P_FILE_CREATE);
    *file = H5I_INVALID_HID;
    if (access >= 0 && H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18) >= 0 &&
        H5Pset_alignment(access, ALIGN_FROM, ALIGNMENT) >= 0 && H5Pset_file_locking(access, false, true) >= 0)
        *file = H5Fcreate(path, H5F_ACC_TRUNC, creation, access);
    return *file < 0 ? failed(why, STATUS_INTERNAL, "HDF5 cannot create the file: %s", h5_reason().text) : STATUS_OK;
}

static status_t make_structure(new_file_t *file, const new_file_attribute_t *attributes, size_t count, failure_t *why) {
    H5_QUIET;
    hid_t root;
    TRY(create_file(file->temporary, &root, why));
    status_t status = write_attributes(root, false, attributes, count, why);
    if (status == STATUS_OK)
        status = make_datasets(root, file, why);
    if (status == STATUS_OK)
        status = write_attributes(root, true, attributes, count, why);
    if (H5Fclose(root) < 0 && status == STATUS_OK)
        status = failed(why, STATUS_INTERNAL, "HDF5 cannot finish the file: %s", h5_reason().text);
    return status;
}

/* ---- contents ---- */

/* Fills a dataset with what it holds in a new file, if that is the same everywhere. */
static status_t put_first(const new_file_t *file, int id, failure_t *why) {
    const dataset_t *dataset = &file->datasets[id];
    const double nan = nan_canonical();
    size_t chunk = dataset->bytes < CHUNK ? (size_t)dataset->bytes : CHUNK;
    if (dataset->first == FIRST_GIVEN || dataset->first == FIRST_NOTHING)
        return STATUS_OK;
    char *buffer OWNED = memory_need(1, chunk, "the new file");
    memset(buffer, dataset->first == FIRST_ONES ? 255 : 0, chunk);
    for (size_t at = 0; dataset->first == FIRST_NAN && at < chunk; at += sizeof nan)
        memcpy(buffer + at, &nan, sizeof nan);
    for (uint64_t at = 0; at < dataset->bytes; at += chunk) {
        size_t now = dataset->bytes - at < chunk ? (size_t)(dataset->bytes - at) : chunk;
        TRY(file_write_at(file->fd, file->temporary, buffer, now, file->offset[id] + at, why));
    }
    return STATUS_OK;
}

status_t new_file_put(const new_file_t *file, int id, const void *data, failure_t *why) {
    const dataset_t *dataset = &file->datasets[id];
    if (!dataset->present)
        return STATUS_OK;
    return file_write_at(file->fd, file->temporary, data, (size_t)dataset->bytes, file->offset[id], why);
}

/* ---- all of it ---- */

status_t new_file_begin(new_file_t *file, const new_file_attribute_t *attributes, size_t count, failure_t *why) {
    struct stat info;
    uint64_t bytes = 0;
    file->fd = -1;
    file->warning[0] = '\0';
    file->offset = memory_need((size_t)file->count, sizeof *file->offset, "the new file");
    if (!new_file_bytes(file->datasets, file->count, &bytes))
        return failed(why, STATUS_INPUT, "%s: it is too large: no file can hold its datasets", file->path);
    TRY(make_temporary(file, why));
    TRY(reserve(file, bytes, why)); /* before HDF5 writes: a full disk inside HDF5 leaves open handles */
    TRY(make_structure(file, attributes, count, why));
    if (fstat(file->fd, &info) != 0)
        return failed(why, STATUS_INTERNAL, "%s", strerror(errno));
    TRY(reserve(file, (uint64_t)info.st_size, why)); /* HDF5 has emptied the file */
    for (int id = 0; id < file->count; id++)
        if (file->datasets[id].present)
            TRY(put_first(file, id, why));
    return STATUS_OK;
}

status_t new_file_end(new_file_t *file, status_t so_far, failure_t *why) {
    if (so_far == STATUS_OK)
        so_far = file_rename_durably(file->temporary, file->path, why);
    if (so_far == STATUS_INTERNAL)
        failed_within(why, "%s", file->path);
    if (file->fd >= 0) {
        close(file->fd);
        if (so_far != STATUS_OK)
            unlink(file->temporary);
    }
    free(file->offset);
    return so_far;
}
