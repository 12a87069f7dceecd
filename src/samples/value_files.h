/* Tables of v(S) that another program made, as samples: one file of one table or several (samples/matrix.h), or a
 * folder of such files, in the bytewise order of their names (x10 before x2). Hidden files of a folder are passed over.
 *
 *   one axis, one line or one column    one table
 *   two axes, or several lines          a table per row
 *   /label, /player_names               of HDF5 files (samples/value_notes.h): in all files of a folder or in none
 *
 * Tables have 2^n numbers, n = 1 ... VALUE_PLAYERS_MAX; n may differ from file to file.
 */
#ifndef HARSANYI_SAMPLES_VALUE_FILES_H
#define HARSANYI_SAMPLES_VALUE_FILES_H

#include "base/digest.h"
#include "base/failure.h"
#include "base/problems.h"
#include "lattice/mask_order.h"

#include <stdbool.h>

enum { VALUE_PLAYERS_MAX = 30 };

typedef struct value_files value_files_t;

/* STATUS_INPUT: all that is wrong with the files was added to problems. *out is NULL then. */
status_t value_files_open(const char *path, value_files_t **out, problems_t *problems, failure_t *why);
void value_files_close(value_files_t **files);

int64_t value_files_count(const value_files_t *files); /* tables */
int value_files_players(const value_files_t *files, int64_t k);
bool value_files_have_labels(const value_files_t *files);
int64_t value_files_label(const value_files_t *files, int64_t k); /* -1: none */
/* NULL where there are no names, or no such player. */
const char *value_files_name(const value_files_t *files, int64_t k, int player);
/* The file that table k is in. */
const char *value_files_path(const value_files_t *files, int64_t k);

/* Adds the content of every file. */
status_t value_files_digest(const value_files_t *files, digest_t *digest, failure_t *why);

/* Reads table k into table [2^n], in our order of masks. Quick when k goes up. */
status_t value_files_load(value_files_t *files, int64_t k, const mask_order_t *order, double *table, failure_t *why);

/* A file of masks, for MASKS_LISTED: a matrix [2^n, n] (/masks in HDF5 files) of 0 and 1, a row saying which players
 * are present; every mask once, else STATUS_INPUT names the first that is there twice. *masks [2^n] is the caller's. */
status_t value_files_read_masks(const char *path, int *players, uint32_t **masks, failure_t *why);

#endif
