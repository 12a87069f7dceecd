/* A table of values v(S), /values [S, 2^n] or [2^n] (f32 or f64) of an HDF5 file: what the `values` backend evaluates.
 * Trusts nothing in the file.
 *
 *   any file          /n_players [S], /label [S] integers, /player_names and /player_class [n] or [S, n], /classes [C];
 *                     all optional
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

/* What the file says of its rows; arrays are [known.count, known.rows] and owned by the table. Of a results file: which
 * of the model's outputs and targets its samples have rows of, the checksum of the model's input, where the noise of v
 * is from (NULL where the file has none), and samples_sha256 where it holds all rows of its sweep ("": unknown). */
typedef struct {
    samples_known_t known;                /* for samples_synthetic */
    int outputs, targets;                 /* >= 1 */
    const char *output_name[OUTPUTS_MAX]; /* "" where there is one */
    const uint64_t *input_crc;
    const uint8_t *noise_why; /* codes of /samples/noise_why */
    const int64_t *classes;   /* [class_count] of rows without labels, ascending: those of the file, and all targets */
    int64_t class_count;
    char samples_sha256[DIGEST_HEX];
} table_info_t;
const table_info_t *table_info(const table_t *table);

/* The callback for model_open; borrows the table. A row of a results file that is not done is STATUS_CERTAIN, with the
 * reason from the file. */
value_table_t table_values(table_t *table);

#endif
