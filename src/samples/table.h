/* A table of values v(S), /values [S, 2^n] or [2^n] (f32 or f64) of an HDF5 file: what the `values` backend evaluates.
 * Trusts nothing in the file.
 *
 *   any file          /n_players [S], /label [S] integers, /player_names [n] or [S, n]; all optional
 *   a results file    of any format version and state: /samples describes its rows
 *
 * A row of n players is the first 2^n entries; n is given by the file, else log2 of the length, whether or not the row
 * ends in NaN.
 */
#ifndef HARSANYI_SAMPLES_TABLE_H
#define HARSANYI_SAMPLES_TABLE_H

#include "base/digest.h"
#include "base/failure.h"
#include "model/model.h"
#include "samples/samples.h"

typedef struct table table_t;

/* STATUS_INPUT names the dataset, what is wrong with it and what to do. On failure *out is NULL. */
status_t table_open(const char *path, table_t **out, failure_t *why);
void table_close(table_t **table);

/* The columns of the rows, for samples_synthetic; owned by the table. */
const samples_known_t *table_known(const table_t *table);

/* Per row of a results file, owned by the table; NULL: not in the file. output: the model output that v belongs to;
 * input_crc: the checksum of the model's input. */
const int64_t *table_outputs(const table_t *table);
const uint64_t *table_input_crcs(const table_t *table);

/* The classes of rows without labels, ascending: those that a results file was made for, and all targets. */
const int64_t *table_classes(const table_t *table, int64_t *count);

/* samples_sha256 of a results file that holds all rows of its sweep; "": unknown. */
const char *table_samples_sha256(const table_t *table);

/* The callback for model_open; borrows the table. A row of a results file that is not done is STATUS_CERTAIN, with the
 * reason from the file. */
value_table_t table_values(table_t *table);

#endif
