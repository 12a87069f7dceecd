/* Making a results file: HDF5 writes the structure, plain writes fill it. No HDF5 call ever writes data, so a full disk
 * cannot leave HDF5 with handles that do not close. */
#include "base/file.h"
#include "base/memory.h"
#include "base/nan.h"
#include "base/size.h"
#include "hdf5/h5.h"
#include "results/results_private.h"
#include "results/results_records.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MASK_CONVENTION "bit i of a mask's index is 1 when player i is present (not masked); player 0 is the lowest bit"

/* Room for HDF5's own bytes: per dataset a header with three attributes and its place in a group. */
enum { OVERHEAD_PER_DATASET = 1024, OVERHEAD = 64 * 1024, ALIGNMENT = 4096, ALIGN_FROM = 64 * 1024 };

/* A file in the making. */
typedef struct {
    const char *path; /* borrowed: what messages name */
    char *temporary;  /* owned */
    const results_spec_t *spec;
    layout_t *layout; /* owned */
    uint64_t offset[LAYOUT_COUNT];
    int fd; /* the temporary file */
    char *warning;
} making_t;

/* The longest name; at least 1, since HDF5 has no strings of length 0. */
static size_t name_bytes(const results_spec_t *spec) {
    size_t longest = 1;
    for (int64_t sample = 0; sample < (spec->names_per_sample ? spec->samples : 1); sample++)
        for (int player = 0; player < spec->players; player++) {
            const char *name = spec->name(spec->name_self, sample, player);
            size_t length = name ? strnlen(name, RESULTS_TEXT - 1) : 0;
            longest = length > longest ? length : longest;
        }
    return longest;
}

/* The samples that go into the file. */
static int64_t own_samples(const results_spec_t *spec) {
    return spec->shards > 0 ? (spec->samples - spec->shard - 1) / spec->shards + 1 : spec->samples;
}

static layout_dims_t dims_of(const results_spec_t *spec) {
    uint64_t masks = spec->players >= 1 && spec->players <= PLAYERS_MAX ? mask_count(spec->players) : 2;
    uint64_t top = spec->top < 1 ? 1 : (uint64_t)spec->top;
    size_t config = strlen(spec->config);
    return (layout_dims_t){
        .samples = own_samples(spec),
        .whole = spec->shards > 0 ? spec->samples : 0,
        .classes = spec->class_count,
        .players = spec->players,
        .block_bits = spec->tables ? spec->block_bits : 0,
        .indices = spec->indices,
        .dictionary = spec->shards > 0  ? 1
                      : top < masks - 1 ? top
                                        : masks - 1,
        .names = !spec->names             ? NAMES_NONE
                 : spec->names_per_sample ? NAMES_PER_SAMPLE
                                          : NAMES_SHARED,
        .config_bytes = config ? config : 1,
        .name_bytes = spec->names ? name_bytes(spec) : 0,
        .tables = spec->tables,
    };
}

static bool total_bytes(const layout_t *layout, uint64_t *bytes) {
    *bytes = OVERHEAD;
    for (int id = 0; id < LAYOUT_COUNT; id++) {
        const dataset_t *dataset = &layout->datasets[id];
        uint64_t own = OVERHEAD_PER_DATASET + (dataset->bytes >= ALIGN_FROM ? ALIGNMENT : 0);
        if (dataset->present && (__builtin_add_overflow(*bytes, own, bytes) ||
                                 __builtin_add_overflow(*bytes, dataset->bytes, bytes) || *bytes > INT64_MAX))
            return false;
    }
    return true;
}

bool results_bytes(const results_spec_t *spec, uint64_t *bytes) {
    layout_t *layout = memory_need(1, sizeof *layout, "the layout of the results file");
    layout_dims_t dims = dims_of(spec);
    bool good = layout_make(&dims, layout) && total_bytes(layout, bytes);
    free(layout);
    return good;
}

/* ---- space ---- */

static status_t no_space(const making_t *making, uint64_t needed, failure_t *why) {
    struct statvfs disk;
    bool emptied = ftruncate(making->fd, 0) == 0; /* what was reserved in part counts as free again */
    uint64_t available = emptied && fstatvfs(making->fd, &disk) == 0 ? (uint64_t)disk.f_bavail * disk.f_frsize : 0;
    return failed(
        why, STATUS_INPUT,
        "%s: no space: %llu bytes (%.1f MiB) are needed, %llu (%.1f MiB) are free (or your quota is used up); "
        "make room, or give another output file",
        making->path, (unsigned long long)needed, (double)needed / 0x1p20, (unsigned long long)available,
        (double)available / 0x1p20);
}

/* Whether the file would need more than it has and what is free. */
static bool lacks_space(const making_t *making, uint64_t bytes) {
    struct statvfs disk;
    struct stat info;
    if (fstatvfs(making->fd, &disk) != 0 || fstat(making->fd, &info) != 0)
        return false;
    return (uint64_t)disk.f_bavail * disk.f_frsize + (uint64_t)info.st_blocks * 512 < bytes;
}

/* Reserves `bytes` of disk for the file, so that a full disk is found now and not after days. *warning reports a file
 * system that cannot reserve space. */
static status_t reserve(making_t *making, uint64_t bytes, failure_t *why) {
    int error;
    if (lacks_space(making, bytes)) /* fallocate would take all free space, also from others, before it fails */
        return no_space(making, bytes, why);
    do
        error = fallocate(making->fd, 0, 0, (off_t)bytes) == 0 ? 0 : errno;
    while (error == EINTR);
    if (error == 0)
        return STATUS_OK;
    if (error == ENOSPC || error == EDQUOT)
        return no_space(making, bytes, why);
    if (error != EOPNOTSUPP && error != ENOSYS && error != EINVAL)
        return failed(why, STATUS_INPUT, "%s: %llu bytes cannot be reserved: %s%s", making->path,
                      (unsigned long long)bytes, strerror(error), file_advice(error));
    snprintf(making->warning, RESULTS_TEXT,
             "this file system cannot reserve space: keep %.1f MiB free, or the sweep stops when the disk is full",
             (double)bytes / 0x1p20);
    return STATUS_OK;
}

/* Creates the empty temporary file. */
static status_t make_temporary(making_t *making, failure_t *why) {
    if (unlink(making->temporary) != 0 && errno != ENOENT)
        return failed(why, STATUS_INPUT, "%s: an old temporary file cannot be removed: %s", making->temporary,
                      strerror(errno));
    making->fd = open(making->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (making->fd < 0)
        return failed(why, STATUS_INPUT, "%s: cannot create the file: %s", making->path,
                      errno == ENOENT ? "its folder does not exist" : strerror(errno));
    return STATUS_OK;
}

/* ---- structure ---- */

static status_t write_root(hid_t file, const results_spec_t *spec, failure_t *why) {
    const results_identity_t *identity = &spec->identity;
    const char *const texts[][2] = {
        {"format", RESULTS_FORMAT},
        {"software_version", identity->software_version},
        {"git_revision", identity->git_revision},
        {"engine", identity->engine},
        {"engine_version", identity->engine_version},
        {"instruction_set", identity->instruction_set},
        {"model_sha256", identity->model_sha256},
        {"samples_sha256", identity->samples_sha256},
        {"settings_sha256", identity->settings_sha256},
        {"mask_convention", MASK_CONVENTION},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        TRY(h5_write_text(file, texts[i][0], texts[i][1], why));
    if (!spec->tables)
        TRY(h5_write_text(file, "tables", spec->tables_of, why));
    if (spec->shards > 0) {
        TRY(h5_write_int(file, "shard", spec->shard, why));
        TRY(h5_write_int(file, "shards", spec->shards, why));
    }
    return h5_write_int(file, "format_version", RESULTS_FORMAT_VERSION, why);
}

static status_t describe(hid_t object, const dataset_t *dataset, failure_t *why) {
    char axes[128] = "";
    size_t used = 0;
    TRY(h5_write_text(object, "units", dataset->units, why));
    TRY(h5_write_text(object, "description", dataset->description, why));
    for (int i = 0; i < dataset->rank; i++)
        used += (size_t)snprintf(axes + used, sizeof axes - used, "%s%s", i ? ", " : "",
                                 layout_axis_name(dataset->axes[i]));
    return h5_write_text(object, "axes", axes, why);
}

/* Contiguous, allocated now, never filled by HDF5: its offset is known and fixed. */
static status_t make_dataset(hid_t file, hid_t links, hid_t creation, const dataset_t *dataset, uint64_t *offset,
                             failure_t *why) {
    hsize_t dims[LAYOUT_RANK];
    for (int i = 0; i < dataset->rank; i++)
        dims[i] = dataset->dims[i];
    hid_t type H5_OWNED = layout_type(dataset);
    hid_t space H5_OWNED = dataset->rank ? H5Screate_simple(dataset->rank, dims, NULL) : H5Screate(H5S_SCALAR);
    hid_t object H5_OWNED = type < 0 || space < 0
                                ? H5I_INVALID_HID
                                : H5Dcreate2(file, dataset->path, type, space, links, creation, H5P_DEFAULT);
    haddr_t address = object < 0 ? HADDR_UNDEF : H5Dget_offset(object);
    if (address == HADDR_UNDEF)
        return failed(why, STATUS_INTERNAL, "/%s: HDF5: %s", dataset->path, h5_reason().text);
    *offset = address;
    return describe(object, dataset, why);
}

static status_t make_datasets(hid_t file, making_t *making, failure_t *why) {
    hid_t creation H5_OWNED = H5Pcreate(H5P_DATASET_CREATE), links H5_OWNED = H5Pcreate(H5P_LINK_CREATE);
    if (creation < 0 || links < 0 || H5Pset_layout(creation, H5D_CONTIGUOUS) < 0 ||
        H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY) < 0 || H5Pset_fill_time(creation, H5D_FILL_TIME_NEVER) < 0 ||
        H5Pset_obj_track_times(creation, false) < 0 || H5Pset_create_intermediate_group(links, 1) < 0)
        return failed(why, STATUS_INTERNAL, "HDF5: %s", h5_reason().text);
    for (int tables = 0; tables < 2; tables++) /* the large tables last, so that all else lies together at the front */
        for (int id = 0; id < LAYOUT_COUNT; id++) {
            const dataset_t *dataset = &making->layout->datasets[id];
            if (dataset->present && (dataset->first == FIRST_NOTHING) == (tables == 1))
                TRY(make_dataset(file, links, creation, dataset, &making->offset[id], why));
        }
    return STATUS_OK;
}

/* The formats of HDF5 1.8: everything reads them, and all of their metadata carry checksums (older ones have none), so
 * that a damaged file is noticed. */
static status_t create_file(const char *path, hid_t *file, failure_t *why) {
    hid_t access H5_OWNED = H5Pcreate(H5P_FILE_ACCESS);
    *file = H5I_INVALID_HID;
    if (access >= 0 && H5Pset_libver_bounds(access, H5F_LIBVER_V18, H5F_LIBVER_V18) >= 0 &&
        H5Pset_alignment(access, ALIGN_FROM, ALIGNMENT) >= 0 && H5Pset_file_locking(access, false, true) >= 0)
        *file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    return *file < 0 ? failed(why, STATUS_INTERNAL, "HDF5 cannot create the file: %s", h5_reason().text) : STATUS_OK;
}

static status_t make_structure(making_t *making, failure_t *why) {
    H5_QUIET;
    hid_t file;
    TRY(create_file(making->temporary, &file, why));
    status_t status = write_root(file, making->spec, why);
    if (status == STATUS_OK)
        status = make_datasets(file, making, why);
    if (H5Fclose(file) < 0 && status == STATUS_OK)
        status = failed(why, STATUS_INTERNAL, "HDF5 cannot finish the file: %s", h5_reason().text);
    return status;
}

/* ---- first contents ---- */

/* `bytes` bytes at `offset` filled with repetitions of `pattern`. */
static status_t fill(const making_t *making, uint64_t offset, uint64_t bytes, const void *pattern, size_t width,
                     failure_t *why) {
    size_t chunk = bytes < RESULTS_CHUNK ? (size_t)bytes : RESULTS_CHUNK;
    char *buffer = memory_need(1, chunk, "the results file");
    for (size_t at = 0; at + width <= chunk; at += width)
        memcpy(buffer + at, pattern, width);
    status_t status = STATUS_OK;
    for (uint64_t at = 0; at < bytes && status == STATUS_OK; at += chunk) {
        size_t now = bytes - at < chunk ? (size_t)(bytes - at) : chunk;
        status = file_write_at(making->fd, making->temporary, buffer, now, offset + at, why);
    }
    free(buffer);
    return status;
}

static status_t write_first(const making_t *making, int id, failure_t *why) {
    const dataset_t *dataset = &making->layout->datasets[id];
    const double nan = nan_canonical();
    const unsigned char zero = 0, ones = 255;
    switch (dataset->first) {
    case FIRST_NAN:
        return fill(making, making->offset[id], dataset->bytes, &nan, sizeof nan, why);
    case FIRST_ZERO:
        return fill(making, making->offset[id], dataset->bytes, &zero, 1, why);
    case FIRST_ONES:
        return fill(making, making->offset[id], dataset->bytes, &ones, 1, why);
    case FIRST_GIVEN:
    case FIRST_NOTHING:
        return STATUS_OK;
    }
    return STATUS_OK;
}

static status_t write_given(const making_t *making, dataset_id_t id, const void *data, failure_t *why) {
    const dataset_t *dataset = &making->layout->datasets[id];
    if (!dataset->present)
        return STATUS_OK;
    return file_write_at(making->fd, making->temporary, data, (size_t)dataset->bytes, making->offset[id], why);
}

/* One number per sample of the spec, of `width` bytes: those of the file's own samples, in a shard also all of them. */
static status_t write_per_sample(const making_t *making, dataset_id_t own, dataset_id_t whole, const void *data,
                                 size_t width, failure_t *why) {
    const results_spec_t *spec = making->spec;
    const char *from = data;
    TRY(write_given(making, whole, data, why));
    if (spec->shards == 0)
        return write_given(making, own, data, why);
    size_t count = (size_t)own_samples(spec);
    char *picked = memory_need(count, width, "the samples of a shard");
    for (size_t r = 0; r < count; r++)
        memcpy(picked + r * width, from + ((size_t)spec->shard + r * (size_t)spec->shards) * width, width);
    status_t status = write_given(making, own, picked, why);
    free(picked);
    return status;
}

/* Names of samples first, first + step, ... into the rows of a dataset. names: room for one row of them, `row` bytes.
 */
static status_t write_name_rows(const making_t *making, dataset_id_t id, int64_t first, int64_t step, char *names,
                                size_t row, failure_t *why) {
    const results_spec_t *spec = making->spec;
    const dataset_t *dataset = &making->layout->datasets[id];
    size_t width = dataset->width;
    uint64_t rows = dataset->bytes / row;
    for (uint64_t r = 0; r < rows; r++) {
        int64_t sample = first + (int64_t)r * step;
        memset(names, 0, row);
        for (int player = 0; player < spec->players; player++) {
            const char *name = spec->name(spec->name_self, sample, player);
            if (name)
                memcpy(names + (size_t)player * width, name, strnlen(name, width));
        }
        TRY(file_write_at(making->fd, making->temporary, names, row, making->offset[id] + r * row, why));
    }
    return STATUS_OK;
}

static status_t write_names(const making_t *making, failure_t *why) {
    const results_spec_t *spec = making->spec;
    const dataset_t *dataset = &making->layout->datasets[DATASET_PLAYER_NAMES];
    size_t row = (size_t)spec->players * dataset->width;
    if (!dataset->present)
        return STATUS_OK;
    char *names = memory_need(1, row, "names of players");
    int64_t first = spec->names_per_sample ? spec->shard : 0, step = spec->shards > 0 ? spec->shards : 1;
    status_t status = write_name_rows(making, DATASET_PLAYER_NAMES, first, step, names, row, why);
    if (status == STATUS_OK && making->layout->datasets[DATASET_WHOLE_NAMES].present)
        status = write_name_rows(making, DATASET_WHOLE_NAMES, 0, 1, names, row, why);
    free(names);
    return status;
}

/* What follows from the sizes alone: ranks, dictionary sizes, bins. */
static status_t write_scales(const making_t *making, failure_t *why) {
    const layout_dims_t *dims = &making->layout->dims;
    int64_t steps[STEPS_MAX], ranks[RANKS_MAX];
    double bins[DISCRIMINATION_BINS];
    for (int i = 0; i < DISCRIMINATION_BINS; i++)
        bins[i] = (double)i / DISCRIMINATION_BINS;
    scales_ranks(dims->players, ranks);
    TRY(write_given(making, DATASET_STRENGTH_RANK, ranks, why));
    TRY(write_given(making, DATASET_CURVE_RANK, ranks, why));
    scales_steps(dims->dictionary, steps);
    TRY(write_given(making, DATASET_TRANSFER_K, steps, why));
    scales_steps(mask_count(dims->players) - 1, steps);
    TRY(write_given(making, DATASET_FAITHFUL_K, steps, why));
    TRY(write_given(making, DATASET_CURVE_K, steps, why));
    return write_given(making, DATASET_BIN, bins, why);
}

static status_t write_contents(const making_t *making, failure_t *why) {
    const results_spec_t *spec = making->spec;
    const results_heartbeat_t never = {.time = nan_canonical(), .start = nan_canonical(), .first_silent = -1};
    unsigned char heartbeat[HEARTBEAT_BYTES];
    int32_t block_bits = spec->block_bits;
    for (int id = 0; id < LAYOUT_COUNT; id++)
        if (making->layout->datasets[id].present)
            TRY(write_first(making, id, why));
    TRY(write_given(making, DATASET_CONFIG, spec->config, why));
    TRY(write_per_sample(making, DATASET_INDEX, DATASET_WHOLE_INDEX, spec->index, sizeof *spec->index, why));
    TRY(write_per_sample(making, DATASET_LABEL, DATASET_WHOLE_LABEL, spec->label, sizeof *spec->label, why));
    TRY(write_per_sample(making, DATASET_N_PLAYERS, DATASET_WHOLE_PLAYERS, spec->n_players, sizeof *spec->n_players,
                         why));
    TRY(write_given(making, DATASET_CLASSES, spec->classes, why));
    TRY(write_given(making, DATASET_BLOCK_BITS, &block_bits, why));
    results_heartbeat_encode(&never, heartbeat);
    TRY(write_given(making, DATASET_HEARTBEAT, heartbeat, why));
    TRY(write_names(making, why));
    return write_scales(making, why);
}

/* ---- all of it ---- */

static status_t make(making_t *making, failure_t *why) {
    struct stat info;
    uint64_t bytes = 0;
    if (!total_bytes(making->layout, &bytes))
        return failed(why, STATUS_INPUT, "%s: %lld samples of %d players are more than a file can hold", making->path,
                      (long long)making->spec->samples, making->spec->players);
    TRY(make_temporary(making, why));
    TRY(reserve(making, bytes, why)); /* before HDF5 writes: a full disk inside HDF5 leaves open handles */
    TRY(make_structure(making, why));
    if (fstat(making->fd, &info) != 0)
        return failed(why, STATUS_INTERNAL, "%s", strerror(errno));
    TRY(reserve(making, (uint64_t)info.st_size, why)); /* HDF5 has emptied the file */
    TRY(write_contents(making, why));
    if (fsync(making->fd) != 0)
        return failed(why, STATUS_INTERNAL, "fsync: %s%s", strerror(errno), file_advice(errno));
    return file_rename_durably(making->temporary, making->path, why);
}

status_t results_create(const char *path, const results_spec_t *spec, char *warning, failure_t *why) {
    making_t making = {.path = path, .spec = spec, .fd = -1, .warning = warning};
    layout_dims_t dims = dims_of(spec);
    status_t status;
    warning[0] = '\0';
    making.layout = memory_need(1, sizeof *making.layout, "the layout of the results file");
    making.temporary = memory_text("%s.tmp", path);
    if (!layout_make(&dims, making.layout))
        status =
            failed(why, STATUS_INPUT, "%s: cannot make a file of %lld samples of %d players in blocks of 2^%d masks",
                   path, (long long)spec->samples, spec->players, spec->block_bits);
    else
        status = make(&making, why);
    if (status == STATUS_INTERNAL)
        failed_within(why, "%s", path);
    if (making.fd >= 0) {
        close(making.fd);
        if (status != STATUS_OK)
            unlink(making.temporary);
    }
    free(making.temporary);
    free(making.layout);
    return status;
}
