/* A thread of rank 0 that adds up finished rows while others are still evaluated (results/summarise_rows.h). That keeps
 * the end of a sweep short, when no other rank works. It reads rows whose flags are on disk and writes nothing. */
#ifndef HARSANYI_RUN_FOLLOW_H
#define HARSANYI_RUN_FOLLOW_H

#include "results/summarise_rows.h"

typedef struct follow follow_t;

/* results is borrowed; curves: statistics.curves. */
follow_t *follow_start(const results_t *results, bool curves);

/* Ends the thread and adds the rest, then writes /summary to `results`. Calls stop from time to time and ends if
 * it returns true. */
status_t follow_finish(follow_t *follow, results_t *results, summarise_rows_stop_t stop, void *self, failure_t *why);

/* Ends the thread where it is, and frees. */
void follow_destroy(follow_t **follow);

#endif
