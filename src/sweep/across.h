/* Statistics across the samples of a results file: everything under /summary.
 *
 *   rows of statistics  ->  means by order, shares, bounds
 *   interactions        ->  salient ones into a log (sweep/salient_log)  ->  sweep/transferability
 *   values and interactions, with statistics.curves and up to 24 players  ->  stats/curves, means over the samples
 *
 * Samples are added in file order, one at a time, done ones only; so the same bits come out whoever computed them.
 */
#ifndef HARSANYI_SWEEP_ACROSS_H
#define HARSANYI_SWEEP_ACROSS_H

#include "base/log.h"
#include "stats/settings.h"
#include "store/results.h"
#include "sweep/lock.h"

#include <stdbool.h>

typedef struct across across_t;

/* For the summary of `results` (players, classes and dictionary size; borrowed). folder: where a temporary file goes
 * when there are more than 2^21 / sharers salient interactions; sharers: how many across_t there are side by side. */
status_t across_create(const results_t *results, const stats_settings_t *settings, const char *folder, int sharers,
                       across_t **out, failure_t *why);
void across_destroy(across_t **across);

/* Sample k of the file, done: its target, its row of statistics, and its tables (finite). */
status_t across_add(across_t *across, int64_t k, int64_t target, const double *row, row_source_t values,
                    row_source_t interactions, failure_t *why);

/* The summary of what was added. summary must be new (results_summary_create). */
status_t across_finish(across_t *across, summary_t *summary, failure_t *why);

/* Asked before each sample; true: give up with STATUS_STOPPED. */
typedef bool (*across_stop_t)(void *self);

/* The summary of a file that has tables and statistics. stop may be NULL. STATUS_INPUT when the file is damaged. */
status_t across_compute(const results_t *results, const stats_settings_t *settings, const char *folder,
                        across_stop_t stop, void *self, summary_t *summary, failure_t *why);

/* The same, written to the file: numbers, sync, valid = 1, sync. Nothing else may write to the file meanwhile; when its
 * lock is no longer ours, nothing is written. */
status_t across_summarise(results_t *results, const stats_settings_t *settings, const char *folder, lock_t *lock,
                          across_stop_t stop, void *self, failure_t *why);
/* Writes a summary so. */
status_t across_write(results_t *results, const summary_t *summary, failure_t *why);

/* Whether some player is called otherwise than in another sample: then statistics that take player i of one sample for
 * player i of another (interactions, transferability, discrimination) mean little. */
bool across_players_differ(const results_t *results);
/* Says so. */
void across_warn_of_players(log_t *log);

#endif
