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

/* The failure for an object that HDF5 could not read: the file is damaged (STATUS_INPUT), or the disk failed
 * (STATUS_INTERNAL). */
status_t h5_damaged(const char *file_name, const char *path, failure_t *why);

/* Opens a file for reading, with HDF5's file locking off and no plugins. STATUS_INPUT when it is missing, not a regular
 * file, not HDF5, truncated or damaged. HDF5 may crash or hang on damage: a file from outside is first opened in a
 * child process (hdf5/look.h). */
status_t h5_open_file(const char *path, hid_t *file, failure_t *why);

/* Whether there is a link of this path ("group/name"); *exists is also false when one of its groups is missing.
 * Reads only headers. */
status_t h5_exists(hid_t file, const char *file_name, const char *path, bool *exists, failure_t *why);

/* Opens a dataset. Soft and external links, external storage, virtual datasets and filters except deflate, shuffle
 * and fletcher32 are refused: no other file is ever read and no plugin loaded. So are datasets that were never or only
 * partly written, and those that claim more than is stored. */
status_t h5_open_dataset(hid_t file, const char *file_name, const char *path, hid_t *dataset, failure_t *why);

/* Type and shape of a dataset, in HDF5's terms; rank -1: a null dataspace. */
enum { H5_RANK = H5S_MAX_RANK };
typedef struct {
    int rank;
    hsize_t dims[H5_RANK];
    H5T_class_t kind;
    size_t width;  /* bytes of an element */
    bool variable; /* strings of variable length */
} h5_form_t;
status_t h5_form(hid_t dataset, const char *file_name, const char *path, h5_form_t *form, failure_t *why);

/* Bytes that an element takes in a dataset of the file. */
size_t h5_stored_width(const h5_form_t *form);

/* "[3, 4]" of `rank` axes. */
typedef struct {
    char text[128];
} h5_shape_t;
h5_shape_t h5_shape_text(int rank, const hsize_t *dims);

/* The number of elements of `rank` axes; false when it does not fit in 63 bits. */
bool h5_count(int rank, const hsize_t *dims, uint64_t *count);

/* Reads the box start ... start+count-1 (`rank` axes each; rank 0: the scalar) as elements of the type `memory`,
 * in row-major order, into data, which is large enough. */
status_t h5_read_slab(hid_t dataset, const char *file_name, const char *path, int rank, const hsize_t *start,
                      const hsize_t *count, hid_t memory, void *data, failure_t *why);

/* Attributes. Text is written as a fixed-length UTF-8 string and read into out [capacity] with a terminating NUL; too
 * long, of another type or missing is STATUS_INPUT. */
status_t h5_write_text(hid_t object, const char *name, const char *value, failure_t *why);
status_t h5_read_text(hid_t object, const char *file_name, const char *name, char *out, size_t capacity,
                      failure_t *why);
status_t h5_write_int(hid_t object, const char *name, int value, failure_t *why);
status_t h5_read_int(hid_t object, const char *file_name, const char *name, int *value, failure_t *why);

/* A string type of `width` bytes, UTF-8, NUL-padded; negative on failure. */
hid_t h5_text_type(size_t width);

#endif
