/* Checksums of the blocks of v and I, from rows in memory into the results file. A block of the file holds 2^g entries;
 * where a sample has fewer masks than the file's longest, the rest are NaN and counted as such. */
#ifndef HARSANYI_RESULTS_ROW_CRCS_H
#define HARSANYI_RESULTS_ROW_CRCS_H

#include "results/results.h"

typedef struct row_crcs row_crcs_t;

/* NULL without memory. results: borrowed. */
row_crcs_t *row_crcs_make(results_t *results);
void row_crcs_free(row_crcs_t **crcs);

/* Whole samples one after the other, from `sample` on: begin, add each, end. They are written many at once, so what
 * was added is in the file only after the end. values, interactions: [2^n of the sample]. */
void row_crcs_begin(row_crcs_t *crcs, int64_t sample);
status_t row_crcs_add(row_crcs_t *crcs, const double *values, const double *interactions, failure_t *why);
status_t row_crcs_end(row_crcs_t *crcs, failure_t *why);

/* One block of v that is whole in the file; values: [count] from mask `first` on, which may hold all of the block, a
 * part, or nothing. */
status_t row_crcs_write_block(row_crcs_t *crcs, int64_t sample, int64_t block, mask_t first, mask_t count,
                              const double *values, failure_t *why);

#endif
