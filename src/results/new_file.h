/* A new HDF5 file whose datasets lie in one piece each: HDF5 writes the structure, plain writes fill it. No HDF5 call
 * ever writes data, so a full disk cannot leave HDF5 with handles that do not close. The file is made under another
 * name, and renamed when it is whole.
 */
#ifndef HARSANYI_RESULTS_NEW_FILE_H
#define HARSANYI_RESULTS_NEW_FILE_H

#include "base/failure.h"
#include "results/results_layout.h"

/* An attribute of the root, or of a group that has datasets. */
typedef struct {
    const char *group;       /* NULL: the root */
    const char *name, *text; /* text NULL: the number */
    int number;
} new_file_attribute_t;

/* Fill in the first part, all borrowed. */
typedef struct {
    const char *path, *temporary; /* `path` is what messages name */
    const dataset_t *datasets;    /* [count]; those that are present are made */
    int count;
    char *warning; /* [RESULTS_TEXT]: says so when space could not be reserved, else is empty */

    uint64_t *offset; /* [count], where each dataset starts */
    int fd;           /* of the temporary file */
} new_file_t;

/* Bytes of the whole file; false when they overflow. */
bool new_file_bytes(const dataset_t *datasets, int count, uint64_t *bytes);

/* Makes the file with its attributes and first contents (first_t); a leftover temporary file is replaced. STATUS_INPUT
 * for what the user can fix (no such folder, read-only, disk full: says how much is needed and free). Call new_file_end
 * in any case. */
status_t new_file_begin(new_file_t *file, const new_file_attribute_t *attributes, size_t count, failure_t *why);

/* All of a dataset; nothing happens when it is not present. */
status_t new_file_put(const new_file_t *file, int id, const void *data, failure_t *why);

/* With STATUS_OK so far, renames the file; else removes it. Returns `so_far`, or what went wrong here. */
status_t new_file_end(new_file_t *file, status_t so_far, failure_t *why);

#endif
