/* Statistics across the rows of a results file: everything under /summary, and under that of each further family; of
 * each output by itself.
 *
 *   numbers of rows, curves         ->  means by order, shares, bounds, mean curves
 *   bitmaps of salient sets         ->  stats/transferability: dictionary, transferability, discrimination
 *   I(S) of the dictionary's masks  ->  their effects
 *
 * Of the tables only those entries are read, except in files of fewer than CURVES_STORED_MIN players, whose curves are
 * not stored. Done rows are added in file order, so the bits do not depend on who computed them.
 */
#ifndef HARSANYI_RESULTS_SUMMARISE_ROWS_H
#define HARSANYI_RESULTS_SUMMARISE_ROWS_H

#include "base/log.h"
#include "results/results.h"

#include <stdbool.h>

/* Asked now and then; true: give up with STATUS_STOPPED. */
typedef bool (*summarise_rows_stop_t)(void *self);

/* Pointers are borrowed. */
typedef struct {
    const results_t *results; /* whose rows */
    const results_t *tables;  /* where their tables are, of row k in row table_rows[k]; NULL: results, row k */
    const int64_t *table_rows;
    bool curves;                /* statistics.curves */
    summarise_rows_stop_t stop; /* may be NULL */
    void *self;
} summarise_rows_t;

/* Rows added up so far. A sweep adds rows while others are still being evaluated (run/follow.h), so that little is left
 * to do at its end; the numbers are the same. */
typedef struct row_sums row_sums_t;
/* Reads nothing yet. spec is copied, what it points to is borrowed. */
row_sums_t *row_sums_create(const summarise_rows_t *spec);
void row_sums_destroy(row_sums_t **sums);
/* Adds the rows that are done or failed, in file order, up to the first window with a pending one. Rows that were added
 * must not change any more. After a failure it may be called again. */
status_t row_sums_advance(row_sums_t *sums, failure_t *why);
/* Adds the rest, and fills in the summaries of an output, which must be new (results_summary_create). STATUS_INPUT when
 * the file is damaged. */
status_t row_sums_finish(row_sums_t *sums, int output, summary_t *summaries, failure_t *why);
/* Writes those of all outputs: numbers, sync, valid = 1, sync. Nothing else may write to the file meanwhile. */
status_t row_sums_finish_into(row_sums_t *sums, results_t *results, failure_t *why);

/* All of that for a file that nobody writes. */
status_t summarise_rows(const summarise_rows_t *spec, int output, summary_t *summaries, failure_t *why);
status_t summarise_rows_into(const summarise_rows_t *spec, results_t *results, failure_t *why);

/* Whether some player has another name in another sample: then statistics that take player i of one sample for player i
 * of another (interactions, transferability, discrimination) mean little. */
bool summarise_rows_players_differ(const results_t *results);
/* The warning about it. */
#define SUMMARISE_ROWS_PLAYERS_DIFFER                                                                                  \
    "players have different names in different samples: statistics across samples compare players by their number"

/* Logs and keeps in the file what its done rows warn of: that, and rows of a solved family that missed their gap, how
 * many and the first of them. */
status_t summarise_rows_warn(results_t *results, log_t *log, failure_t *why);

#endif
