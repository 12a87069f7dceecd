/* Rank 0's main thread while a sweep runs: MPI, the scheduler, and the other threads. */
#ifndef HARSANYI_RUN_MANAGER_H
#define HARSANYI_RUN_MANAGER_H

#include "run/context.h"

/* Runs until all is evaluated and combined, or it is stopped, and all workers have said goodbye. Returns STATUS_OK,
 * STATUS_STOPPED (asked to; *why is not set), or why the sweep broke. sweep->report holds what it measured in the loop;
 * the writer is still running afterwards. Workers are numbered from 0: the evaluator first if there is one, then ranks
 * 1, 2, ... */
status_t manager_run(sweep_t *sweep, failure_t *why);

#endif
