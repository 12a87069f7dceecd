/* Statistics across the samples of a results file: everything under /summary.
 *
 *   rows of statistics  ->  means by order, shares, bounds
 *   interactions        ->  salient ones into a log (stats/salient_log)  ->  stats/transferability
 *   values and interactions, with statistics.curves and up to 24 players  ->  stats/curves, means over the samples
 *
 * Samples are added in file order, one at a time, done ones only; so the same bits come out whoever computed them.
 */
#ifndef HARSANYI_RESULTS_SUMMARISE_ROWS_H
#define HARSANYI_RESULTS_SUMMARISE_ROWS_H

#include "base/log.h"
#include "results/results.h"
#include "stats/settings.h"

#include <stdbool.h>

typedef struct across summarise_rows_t;

/* For the summary of `results` (players, classes and dictionary size; borrowed). folder: where a temporary file goes
 * when there are more than 2^21 salient interactions. */
status_t summarise_rows_create(const results_t *results, const stats_settings_t *settings, const char *folder,
                               summarise_rows_t **out, failure_t *why);
void summarise_rows_destroy(summarise_rows_t **across);

/* Sample k of the file, done: its target, its row of statistics, and its tables (finite). */
status_t summarise_rows_add(summarise_rows_t *across, int64_t k, int64_t target, const double *row, row_source_t values,
                            row_source_t interactions, failure_t *why);

/* The summary of what was added. summary must be new (results_summary_create). */
status_t summarise_rows_finish(summarise_rows_t *across, summary_t *summary, failure_t *why);

/* Asked before each sample; true: give up with STATUS_STOPPED. */
typedef bool (*summarise_rows_stop_t)(void *self);

/* The summary of a file that has tables and statistics. stop may be NULL. STATUS_INPUT when the file is damaged. */
status_t summarise_rows_compute(const results_t *results, const stats_settings_t *settings, const char *folder,
                                summarise_rows_stop_t stop, void *self, summary_t *summary, failure_t *why);

/* The same, written to the file: numbers, sync, valid = 1, sync. Nothing else may write to the file meanwhile. */
status_t summarise_rows_into(results_t *results, const stats_settings_t *settings, const char *folder,
                             summarise_rows_stop_t stop, void *self, failure_t *why);
/* Writes a summary so. */
status_t summarise_rows_write(results_t *results, const summary_t *summary, failure_t *why);

/* Whether some player is called otherwise than in another sample: then statistics that take player i of one sample for
 * player i of another (interactions, transferability, discrimination) mean little. */
bool summarise_rows_players_differ(const results_t *results);
/* Says so. */
void summarise_rows_warn_of_players(log_t *log);

#endif
