/* HDF5 with handles that close themselves and readable errors, for every module that reads or writes HDF5 files.
 *
 * Identifiers are declared with H5_OWNED and close themselves when their scope ends, also on early returns. Functions
 * that read check object kinds (a dataset behind a hard link), types and sizes first.
 *
 * HDF5 has one lock for all its calls. Where it was built without the lock, only one thread at a time may call hdf5/,
 * samples/ and results/ (except results_* functions after results_open, which make no HDF5 call).
 */
#ifndef HARSANYI_HDF5_H5_H
#define HARSANYI_HDF5_H5_H

#include "base/failure.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An identifier of any kind (file, dataset, type, space, list) that is closed at the end of its scope. */
#define H5_OWNED __attribute__((cleanup(h5_release)))
void h5_release(hid_t *id);

/* While it is in scope HDF5 prints no errors of its own. */
typedef struct {
    H5E_auto2_t print;
    void *data;
} h5_quiet_t;
h5_quiet_t h5_quiet_begin(void);
void h5_quiet_end(h5_quiet_t *quiet);
#define H5_QUIET h5_quiet_t h5_quiet_ __attribute__((cleanup(h5_quiet_end), unused)) = h5_quiet_begin()

/* The innermost message of HDF5's last error. */
enum { H5_REASON = 200 };
typedef struct {
    char text[H5_REASON];
    bool of_system; /* an operating system error: it says nothing about the file */
} h5_reason_t;
h5_reason_t h5_reason(void);

/* A file that is open for reading; id <= 0: it is not. The name, for messages, is borrowed. */
typedef struct {
    hid_t id;
    const char *name;
} h5_file_t;
/* One that is closed at the end of its scope. */
#define H5_FILE __attribute__((cleanup(h5_close_file))) h5_file_t
void h5_close_file(h5_file_t *file);

/* A dataset that is open, with its type and shape in HDF5's terms; id <= 0: none is open. Names are borrowed. */
enum { H5_RANK = H5S_MAX_RANK };
typedef struct {
    hid_t id;
    const char *file_name, *path;
    int rank; /* -1: a null dataspace */
    hsize_t dims[H5_RANK];
    H5T_class_t kind;
    size_t width;  /* bytes of an element */
    bool variable; /* strings of variable length */
} h5_dataset_t;
/* One that is closed at the end of its scope. */
#define H5_DATASET __attribute__((cleanup(h5_close_dataset))) h5_dataset_t
void h5_close_dataset(h5_dataset_t *dataset);

/* h5_refuse(dataset, why, format, ...): STATUS_INPUT, "FILE: /PATH: ...". */
#define h5_refuse(at, why, format, ...)                                                                                \
    failed(why, STATUS_INPUT, "%s: /%s: " format, (at)->file_name, (at)->path, ##__VA_ARGS__)

/* The failure for something that HDF5 could not read: the file is damaged (STATUS_INPUT), or the disk failed
 * (STATUS_INTERNAL). Of `at` only the names are used. */
status_t h5_damaged(const h5_dataset_t *at, failure_t *why);

/* Opens a file, with HDF5's file locking off and no plugins. STATUS_INPUT when it is missing, not a regular file, not
 * HDF5, truncated or damaged. HDF5 may crash or hang on damage: a file from outside is first opened in a child process
 * (hdf5/look.h). */
status_t h5_open_file(const char *path, h5_file_t *file, failure_t *why);

/* Whether there is a link of this path ("group/name"); *exists is also false when one of its groups is missing.
 * Reads only headers. */
status_t h5_exists(const h5_file_t *file, const char *path, bool *exists, failure_t *why);

/* The name of member i of a group, in alphabetical order; "" when the group is missing or has no more of them.
 * STATUS_INPUT: one of `capacity` bytes or more. */
status_t h5_member(const h5_file_t *file, const char *group, uint64_t i, char *name, size_t capacity, failure_t *why);

/* Opens a dataset. Soft and external links, external storage, virtual datasets and filters except deflate, shuffle
 * and fletcher32 are refused: no other file is ever read and no plugin loaded. So are datasets that were never or only
 * partly written, and those that claim more than is stored. */
status_t h5_open_dataset(const h5_file_t *file, const char *path, h5_dataset_t *dataset, failure_t *why);
/* The same for one that need not be in the file. */
status_t h5_find_dataset(const h5_file_t *file, const char *path, h5_dataset_t *dataset, failure_t *why);

/* Bytes that an element takes in the file. */
size_t h5_stored_width(const h5_dataset_t *dataset);

/* "[3, 4]" of `rank` axes. */
typedef struct {
    char text[128];
} h5_shape_t;
h5_shape_t h5_shape_text(int rank, const hsize_t *dims);

/* The number of elements of `rank` axes; false when it does not fit in 63 bits. */
bool h5_count(int rank, const hsize_t *dims, uint64_t *count);

/* Reads the box start ... start+count-1 (one number an axis; of a scalar they are not read) as elements of the type
 * `memory`, in row-major order, into data, which is large enough. */
status_t h5_read(const h5_dataset_t *dataset, const hsize_t *start, const hsize_t *count, hid_t memory, void *data,
                 failure_t *why);

/* Attributes, read from the root of a file. Text is written as a fixed-length UTF-8 string and read into out [capacity]
 * with a terminating NUL; too long, of another type or missing is STATUS_INPUT. */
status_t h5_write_text(hid_t object, const char *name, const char *value, failure_t *why);
status_t h5_read_text(const h5_file_t *file, const char *name, char *out, size_t capacity, failure_t *why);
status_t h5_write_int(hid_t object, const char *name, int value, failure_t *why);
status_t h5_read_int(const h5_file_t *file, const char *name, int *value, failure_t *why);

/* A string type of `width` bytes, UTF-8, NUL-padded; negative on failure. */
hid_t h5_text_type(size_t width);

#endif
