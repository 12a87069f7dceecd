/* A table of values v(S) [S, 2^n] or [2^n] (f32 or f64, dataset /values of an HDF5 file; results files are such files):
 * what the `values` backend evaluates. Trusts nothing in the file. */
#ifndef HARSANYI_SAMPLES_TABLE_H
#define HARSANYI_SAMPLES_TABLE_H

#include "base/failure.h"
#include "model/model.h"

typedef struct table table_t;

status_t table_open(const char *path, table_t **out, failure_t *why);
void table_close(table_t **table);
int64_t table_samples(const table_t *table);
int table_players(const table_t *table); /* log2 of the row length */

/* The callback for model_open; borrows the table. */
value_table_t table_values(table_t *table);

#endif
