/* The names of players in a file: /player_names or, in a results file, /samples/player_names; strings of fixed or
 * variable length, [n] or [S, n]. One row of them is in memory at a time. */
#ifndef HARSANYI_SAMPLES_SAMPLES_NAMES_H
#define HARSANYI_SAMPLES_SAMPLES_NAMES_H

#include "base/failure.h"
#include "base/numbering.h"
#include "hdf5/h5.h"

#include <stdbool.h>

typedef struct names names_t;

/* Opens the dataset `path` of a file with `rows` samples; *out is NULL with STATUS_OK when the file has no such
 * dataset. Messages begin with "<file>: /<path>: ". path and the file's name are borrowed. */
status_t names_open(const h5_file_t *file, const char *path, int64_t rows, names_t **out, failure_t *why);
void names_close(names_t **names);

bool names_per_sample(const names_t *names);
int64_t names_count(const names_t *names); /* names per row */

/* Loads `row` and checks it: UTF-8 without control characters, at most 255 bytes each. */
status_t names_load(names_t *names, row_t row, failure_t *why);

/* A name of the row in memory; lasts until another row is loaded. */
const char *names_get(const names_t *names, int player);

#endif
