#include "results/comparison.h"

#include "base/file.h"
#include "base/memory.h"
#include "hdf5/h5.h"
#include "results/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMPARISON_FORMAT "harsanyi comparison"

enum { COMPARISON_FORMAT_VERSION = 1, RANK = 3, MEMORY_STEP = 1 << 16 };

/* ---- datasets of any kind ---- */

typedef struct {
    const char *path, *axes, *units, *description;
    int rank;
    hsize_t dims[RANK];
} shape_t;

/* In one piece, as in results files. */
static status_t add(hid_t file, const shape_t *shape, hid_t type, hid_t memory, const void *data, failure_t *why) {
    hid_t links H5_OWNED = H5Pcreate(H5P_LINK_CREATE), creation H5_OWNED = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space H5_OWNED = shape->rank ? H5Screate_simple(shape->rank, shape->dims, NULL) : H5Screate(H5S_SCALAR);
    if (links < 0 || creation < 0 || space < 0 || H5Pset_create_intermediate_group(links, 1) < 0 ||
        H5Pset_layout(creation, H5D_CONTIGUOUS) < 0 || H5Pset_alloc_time(creation, H5D_ALLOC_TIME_EARLY) < 0 ||
        H5Pset_obj_track_times(creation, false) < 0)
        return failed(why, STATUS_INTERNAL, "/%s: HDF5: %s", shape->path, h5_reason().text);
    hid_t object H5_OWNED = H5Dcreate2(file, shape->path, type, space, links, creation, H5P_DEFAULT);
    if (object < 0 || H5Dwrite(object, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0)
        return failed(why, STATUS_INTERNAL, "/%s: HDF5: %s", shape->path, h5_reason().text);
    TRY(h5_write_text(object, "units", shape->units, why));
    TRY(h5_write_text(object, "description", shape->description, why));
    return h5_write_text(object, "axes", shape->axes, why);
}

static status_t add_whole(hid_t file, const char *path, const char *axes, const char *units, const char *description,
                          int64_t count, const int64_t *data, failure_t *why) {
    shape_t shape = {path, axes, units, description, 1, {(hsize_t)count}};
    return add(file, &shape, H5T_STD_I64LE, H5T_NATIVE_INT64, data, why);
}

/* ---- what was compared ---- */

typedef struct {
    const char *path, *description;
    size_t offset;   /* in compared_file_t */
    bool by_pointer; /* a const char * there, else an array of chars */
} file_text_t;

static const char *text_of(const compared_file_t *file, const file_text_t *text) {
    const char *at = (const char *)file + text->offset;
    return text->by_pointer ? *(const char *const *)(const void *)at : at;
}

static status_t add_file_text(hid_t file, const comparison_t *c, const file_text_t *text, failure_t *why) {
    size_t width = 1;
    for (int i = 0; i < c->file_count; i++) {
        size_t length = strlen(text_of(&c->files[i], text));
        width = length > width ? length : width;
    }
    char *packed = memory_need((size_t)c->file_count, width, "the comparison");
    hid_t type H5_OWNED = h5_text_type(width);
    for (int i = 0; i < c->file_count; i++) {
        const char *own = text_of(&c->files[i], text);
        memcpy(packed + (size_t)i * width, own, strnlen(own, width));
    }
    shape_t shape = {text->path, "file", "text", text->description, 1, {(hsize_t)c->file_count}};
    status_t status = add(file, &shape, type, type, packed, why);
    free(packed);
    return status;
}

static status_t add_file_texts(hid_t file, const comparison_t *c, failure_t *why) {
    static const file_text_t TEXTS[] = {
        {"files/path", "the compared results files, as they were given", offsetof(compared_file_t, path), true},
        {"files/model_sha256", "of the model", offsetof(compared_file_t, identity.model_sha256), false},
        {"files/settings_sha256", "of the settings that define the numbers",
         offsetof(compared_file_t, identity.settings_sha256), false},
        {"files/engine", "what evaluated the model", offsetof(compared_file_t, identity.engine), false},
        {"files/engine_version", "its version", offsetof(compared_file_t, identity.engine_version), false},
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
        TRY(add_file_text(file, c, &TEXTS[i], why));
    return STATUS_OK;
}

static status_t add_file_counts(hid_t file, const comparison_t *c, failure_t *why) {
    static const struct {
        const char *path, *description;
        size_t offset;
    } COUNTS[] = {
        {"files/done", "its samples that are done", offsetof(compared_file_t, done)},
        {"files/failed", "its samples that failed", offsetof(compared_file_t, failed)},
        {"files/pending", "its samples that have no numbers yet", offsetof(compared_file_t, pending)},
    };
    int64_t *counts = memory_need((size_t)c->file_count, sizeof *counts, "the comparison");
    status_t status = STATUS_OK;
    for (size_t k = 0; k < sizeof COUNTS / sizeof *COUNTS && status == STATUS_OK; k++) {
        for (int i = 0; i < c->file_count; i++)
            memcpy(&counts[i], (const char *)&c->files[i] + COUNTS[k].offset, sizeof *counts);
        status = add_whole(file, COUNTS[k].path, "file", "samples", COUNTS[k].description, c->file_count, counts, why);
    }
    free(counts);
    return status;
}

static status_t add_compared(hid_t file, const comparison_t *c, failure_t *why) {
    TRY(add_file_texts(file, c, why));
    TRY(add_file_counts(file, c, why));
    TRY(add_whole(file, "samples/index", "sample", "row", "rows in the samples file of the samples that were compared",
                  c->samples, c->index, why));
    TRY(add_whole(file, "samples/label", "sample", "class", "label; -1: none", c->samples, c->label, why));
    return add_whole(file, "samples/n_players", "sample", "players", "number of players", c->samples, c->n_players,
                     why);
}

/* ---- what was found ---- */

typedef enum { OF_GAMMA, OF_TOP, OF_ORDERS } group_t;
typedef enum { MEAN, STD, COUNT } moment_t;

typedef struct {
    const char *path;
    group_t group;
    size_t offset; /* of a tally in overlap_share_t or overlap_order_t */
    moment_t moment;
    const char *units, *description;
} number_t;

#define SHARE(member) offsetof(overlap_share_t, member)
#define ORDER(member) offsetof(overlap_order_t, member)
static const number_t NUMBERS[] = {
    {"gamma/mean", OF_GAMMA, SHARE(share), MEAN, "1",
     "share of the salient masks of a file, at the given salience, that are salient in the other one at "
     "other_salience; mean over samples"},
    {"gamma/std", OF_GAMMA, SHARE(share), STD, "1", "standard deviation (population) of that share over samples"},
    {"gamma/count", OF_GAMMA, SHARE(share), COUNT, "samples", "number of samples with a salient mask in the file"},
    {"gamma/random", OF_GAMMA, SHARE(random), MEAN, "1",
     "the mean for random masks of the same number: salient ones of the other file/(2^n - 1)"},
    {"top/mean", OF_TOP, SHARE(share), MEAN, "1",
     "share of masks that are among the k strongest of every file, mean over samples"},
    {"top/std", OF_TOP, SHARE(share), STD, "1", "standard deviation (population) of that share over samples"},
    {"top/count", OF_TOP, SHARE(share), COUNT, "samples",
     "number of samples that have k interactions other than 0 in every file"},
    {"top/random", OF_TOP, SHARE(random), MEAN, "1",
     "the mean for random masks of the same number: (k/(2^n - 1))^(files - 1)"},
    {"orders/share_mean", OF_ORDERS, ORDER(share), MEAN, "1",
     "sum of |I(S)| over the masks salient in every file (at other_salience)/over those salient in this one, mean "
     "over samples"},
    {"orders/share_std", OF_ORDERS, ORDER(share), STD, "1",
     "standard deviation (population) of that share over samples"},
    {"orders/share_count", OF_ORDERS, ORDER(share), COUNT, "samples",
     "number of samples with a salient mask of the order in this file"},
    {"orders/salient_mean", OF_ORDERS, ORDER(salient), MEAN, "sets",
     "number of salient masks, mean over the samples that have the order"},
    {"orders/shared_mean", OF_ORDERS, ORDER(shared), MEAN, "sets",
     "number of masks that are salient in every file, mean over the samples that have the order"},
    {"orders/positive_mean", OF_ORDERS, ORDER(positive), MEAN, "output",
     "sum of I(S) > 0 over the salient masks, mean over the samples that have the order"},
    {"orders/negative_mean", OF_ORDERS, ORDER(negative), MEAN, "output",
     "sum of I(S) < 0 over the salient masks, mean over the samples that have the order"},
    {"orders/shared_positive_mean", OF_ORDERS, ORDER(shared_positive), MEAN, "output",
     "the part of positive_mean from masks that are salient in every file"},
    {"orders/shared_negative_mean", OF_ORDERS, ORDER(shared_negative), MEAN, "output",
     "the part of negative_mean from masks that are salient in every file"},
};

static double moment_of(const average_t *tally, moment_t moment) {
    return moment == COUNT ? (double)tally->count : moment == MEAN ? average_mean(tally) : average_std(tally);
}

/* Where the group's records are, how large each is, and their shape. */
static const char *records_of(const comparison_t *c, group_t group, size_t *bytes, shape_t *shape) {
    hsize_t files = (hsize_t)c->file_count;
    *bytes = group == OF_ORDERS ? sizeof(overlap_order_t) : sizeof(overlap_share_t);
    switch (group) {
    case OF_GAMMA:
        *shape = (shape_t){.axes = "file, other file, salience", .rank = 3, .dims = {files, files, OVERLAP_SALIENCES}};
        return (const char *)overlap_gamma(c->overlap, 0, 0);
    case OF_TOP:
        *shape = (shape_t){.axes = "k", .rank = 1, .dims = {(hsize_t)overlap_steps(c->overlap)}};
        return (const char *)overlap_top(c->overlap);
    case OF_ORDERS:
        break;
    }
    *shape = (shape_t){.axes = "file, order", .rank = 2, .dims = {files, (hsize_t)c->players + 1}};
    return (const char *)overlap_orders(c->overlap, 0);
}

static status_t add_number(hid_t file, const comparison_t *c, const number_t *number, failure_t *why) {
    shape_t shape;
    size_t bytes;
    size_t count = 1;
    const char *records = records_of(c, number->group, &bytes, &shape);
    for (int i = 0; i < shape.rank; i++)
        count *= (size_t)shape.dims[i];
    double *data = memory_need(count, sizeof *data, "the comparison");
    for (size_t i = 0; i < count; i++)
        data[i] = moment_of((const average_t *)(const void *)(records + i * bytes + number->offset), number->moment);
    shape.path = number->path;
    shape.units = number->units;
    shape.description = number->description;
    status_t status = add(file, &shape, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, data, why);
    free(data);
    return status;
}

static status_t add_found(hid_t file, const comparison_t *c, failure_t *why) {
    const shape_t salience = {
        "gamma/salience", "salience", "1", "|I(S)| / largest |I| from which a mask is salient", 1, {OVERLAP_SALIENCES}};
    const shape_t other = {"gamma/other_salience", "", "1", "the same in the other file, and in orders/", 0, {0}};
    TRY(add(file, &salience, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, OVERLAP_SALIENCE, why));
    TRY(add(file, &other, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, OVERLAP_SALIENCE, why));
    TRY(add_whole(file, "top/k", "k", "masks", "how many of the strongest", overlap_steps(c->overlap), OVERLAP_K, why));
    for (size_t i = 0; i < sizeof NUMBERS / sizeof *NUMBERS; i++)
        TRY(add_number(file, c, &NUMBERS[i], why));
    return STATUS_OK;
}

/* ---- the file ---- */

static status_t add_root(hid_t file, const comparison_t *c, failure_t *why) {
    TRY(h5_write_text(file, "format", COMPARISON_FORMAT, why));
    TRY(h5_write_text(file, "software_version", c->software_version, why));
    TRY(h5_write_text(file, "git_revision", c->git_revision, why));
    TRY(h5_write_text(file, "samples_sha256", c->files[0].identity.samples_sha256, why));
    return h5_write_int(file, "format_version", COMPARISON_FORMAT_VERSION, why);
}

/* The bytes of the whole file, owned by the caller. HDF5 makes it in memory, so that a full disk cannot leave HDF5 with
 * handles that do not close. It uses the earliest format: an image of a later one does not match its own checksum
 * (HDF5 1.10 clears a flag in it). */
static status_t make_image(const char *path, const comparison_t *c, void **image, size_t *bytes, failure_t *why) {
    H5_QUIET;
    hid_t access H5_OWNED = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0 || H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18) < 0 ||
        H5Pset_fapl_core(access, MEMORY_STEP, false) < 0)
        return failed(why, STATUS_INTERNAL, "HDF5: %s", h5_reason().text);
    hid_t file H5_OWNED = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    if (file < 0)
        return failed(why, STATUS_INTERNAL, "HDF5 cannot create the file: %s", h5_reason().text);
    TRY(add_root(file, c, why));
    TRY(add_compared(file, c, why));
    TRY(add_found(file, c, why));
    ssize_t size = H5Fflush(file, H5F_SCOPE_LOCAL) < 0 ? -1 : H5Fget_file_image(file, NULL, 0);
    if (size <= 0)
        return failed(why, STATUS_INTERNAL, "HDF5 cannot finish the file: %s", h5_reason().text);
    *bytes = (size_t)size;
    *image = memory_need(1, *bytes, "the comparison file");
    if (H5Fget_file_image(file, *image, *bytes) == size)
        return STATUS_OK;
    return failed(why, STATUS_INTERNAL, "HDF5 cannot finish the file: %s", h5_reason().text);
}

static status_t write_file(const char *temporary, const char *path, const void *image, size_t bytes, failure_t *why) {
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return failed(why, STATUS_INPUT, "%s: cannot create the file: %s", path, strerror(errno));
    status_t status = file_write_at(fd, temporary, image, bytes, 0, why);
    if (status == STATUS_OK && fsync(fd) != 0)
        status = failed(why, STATUS_INTERNAL, "%s: fsync: %s", temporary, strerror(errno));
    if (close(fd) != 0 && status == STATUS_OK)
        status = failed(why, STATUS_INTERNAL, "%s: close: %s", temporary, strerror(errno));
    if (status == STATUS_OK)
        status = file_rename_durably(temporary, path, why);
    if (status != STATUS_OK)
        unlink(temporary);
    return status;
}

status_t comparison_write(const char *path, const comparison_t *comparison, failure_t *why) {
    char *temporary = paths_part(path);
    void *image = NULL;
    size_t bytes = 0;
    status_t status = make_image(temporary, comparison, &image, &bytes, why);
    if (status == STATUS_OK)
        status = write_file(temporary, path, image, bytes, why);
    else
        failed_within(why, "%s", path);
    free(image);
    free(temporary);
    return status;
}
