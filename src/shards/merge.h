/* One results file out of the shards of a sweep, bit for bit what one sweep of all samples makes: all but seconds and
 * attempts, which are those of the shards, /progress and /provenance.
 *
 * Shards are copied one after the other, rows in pieces of 2^16 numbers, so memory does not grow with n, the samples or
 * the shards. Every block and every row of statistics is checked against its checksum while it is copied; OUT has the
 * block_bits of the first shard given. OUT is made under another name and renamed when it is whole, /summary included.
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
    summarise_rows_stop_t stop; /* asked now and then; true: give up with STATUS_STOPPED */
    void *stop_self;
} merge_options_t;

typedef struct {
    int shards;           /* k */
    int64_t done, failed; /* samples of OUT */
    int64_t missing;      /* of the failed: no shard has them, and a resume evaluates them */
} merge_report_t;

/* STATUS_INPUT: problems holds all that is wrong with the shards, or *why says what else is; OUT does not exist.
 * With given.allow_missing the samples that no shard has become failed ones that are tried again: `run` resumes OUT as
 * any results file. */
status_t merge(const merge_options_t *options, log_t *log, merge_report_t *report, problems_t *problems,
               failure_t *why);

#endif
