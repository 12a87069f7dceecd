/* A list of names in a file: strings of fixed or variable length. One row of them is in memory at a time. */
#ifndef HARSANYI_SAMPLES_SAMPLES_NAMES_H
#define HARSANYI_SAMPLES_SAMPLES_NAMES_H

#include "base/failure.h"
#include "base/names.h"
#include "base/numbering.h"
#include "hdf5/h5.h"

#include <stdbool.h>

typedef struct names names_t;

/* Opens the dataset `path` of a file with `rows` samples, whose axes follow from the list; *out is NULL with STATUS_OK
 * when the file has no such dataset. Messages begin with "<file>: /<path>: ". path and the file's name are borrowed. */
status_t names_open(const h5_file_t *file, const char *path, name_list_t list, int64_t rows, names_t **out,
                    failure_t *why);
void names_close(names_t **names);

bool names_per_sample(const names_t *names);
int64_t names_count(const names_t *names);    /* names per row */
size_t names_bytes(const names_t *names);     /* the longest that a name of the file can be, with its NUL */
const char *names_path(const names_t *names); /* of the dataset */

/* Loads `row` and checks it: UTF-8 without control characters (texts may have lines and tabs), at most 255 bytes each
 * (texts: 65535). */
status_t names_load(names_t *names, row_t row, failure_t *why);

/* A name of the row in memory, NULL: no such name; lasts until another row is loaded. */
const char *names_get(const names_t *names, int64_t i);

#endif
