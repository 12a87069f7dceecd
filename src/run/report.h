/* The last lines of a run: what was done, where the time went, where the file is and what to type next. */
#ifndef HARSANYI_RUN_REPORT_H
#define HARSANYI_RUN_REPORT_H

#include "base/log.h"
#include "run/manager.h"
#include "run/resume.h"

/* path: the results file, one of `shards` (0: not a shard). count: its samples. evaluator: rank 0 was worker 0. */
void report_print(log_t *log, const manager_report_t *report, bool evaluator, const char *path, int shards,
                  const results_count_t *count);

#endif
