/* One results file out of the shards of a sweep, bit for bit what one sweep of all samples makes: all but seconds and
 * attempts, which are those of the shards, /progress and /provenance.
 *
 * Shards are copied one after the other, rows in pieces of 2^16 numbers, so memory does not grow with n, the samples or
 * the shards. Every block and every row of statistics is held against its checksum while it is copied; block_bits are
 * those of the first shard given, and checksums follow them. OUT is made under another name and renamed when it is
 * whole, /summary included.
 */
#ifndef HARSANYI_SHARDS_MERGE_H
#define HARSANYI_SHARDS_MERGE_H

#include "base/failure.h"
#include "base/log.h"
#include "base/problems.h"
#include "results/summarise_rows.h"
#include "shards/shards.h"

typedef struct {
    const char *out; /* must not exist */
    const char *const *shards;
    int shard_count; /* >= 1 */
    shards_options_t given;
    summarise_rows_stop_t stop; /* asked again and again; true: give up with STATUS_STOPPED */
    void *stop_self;
} merge_options_t;

typedef struct {
    int shards;           /* k */
    int64_t done, failed; /* samples of OUT */
    int64_t missing;      /* of the failed: no shard had them, and a resume evaluates them */
} merge_report_t;

/* STATUS_INPUT: everything that is wrong with the shards is in problems, or *why says what else is; OUT is not there.
 * With given.allow_missing the samples that no shard has are failed ones with a reason, of the kind that is tried
 * again: `run` goes on with OUT as with any results file. */
status_t merge(const merge_options_t *options, log_t *log, merge_report_t *report, problems_t *problems,
               failure_t *why);

#endif
