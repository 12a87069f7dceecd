/* What an HDF5 file of tables says besides the numbers, both optional:
 *
 *   /label         [S] integers, 0 or more; also one number with a single table
 *   /player_names  [n] or [S, n] strings, as in a samples file (samples/samples_names.h)
 */
#ifndef HARSANYI_SAMPLES_VALUE_NOTES_H
#define HARSANYI_SAMPLES_VALUE_NOTES_H

#include "base/failure.h"

#include <stdint.h>

typedef struct {
    int64_t *labels; /* [S], owned; NULL: none */
    char **names;    /* [name_rows, n], owned, each of them too; NULL: none */
    int64_t name_rows;
} value_notes_t;

/* `tables`: S; `players`: n. Zero-initialise *out with {0} and free it also after a failure. */
status_t value_notes_read(const char *path, int64_t tables, int players, value_notes_t *out, failure_t *why);
void value_notes_free(value_notes_t *notes, int players);

#endif
