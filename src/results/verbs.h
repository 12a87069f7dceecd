/* Operations on a row of a results file, each in the one right order.
 *
 *   put_done      tables, checksums of their blocks, numbers, bitmaps, what is known of the sample   -> then its flags
 *   put_failed    flags off (synced where some were on), NaN over everything, the reason             -> then its status
 *   flag_done, flag_failed    the flags, once the caller has synced what they stand for
 *
 * A writer that may be killed syncs between the two halves (run/writer.h commits in groups); files that get their name
 * only at the end (merge, analyze) need no sync.
 */
#ifndef HARSANYI_RESULTS_VERBS_H
#define HARSANYI_RESULTS_VERBS_H

#include "results/results.h"

/* Whole rows sample ... sample + count - 1, count >= 1; rows, infos: [count]. Without tables in the file only the
 * statistics are written. */
status_t results_put_done(results_t *results, int64_t sample, size_t count, const finished_row_t *rows,
                          const results_sample_t *infos, failure_t *why);
status_t results_flag_done(results_t *results, int64_t sample, size_t count, failure_t *why);

/* info: with the reason and its kind. */
status_t results_put_failed(results_t *results, int64_t sample, const results_sample_t *info, failure_t *why);
status_t results_flag_failed(results_t *results, int64_t sample, failure_t *why);

/* A row that nobody has (merge without a shard): failed for a cause that may pass; what: which cause. */
results_sample_t results_missing(const char *what);
/* A row of which nothing is known yet: no target, NaN. */
results_sample_t results_unknown(void);

#endif
