/* Rank 0's part of a sweep: opens the results file, starts the threads, runs the manager, and ends all of it. */
#ifndef HARSANYI_RUN_RANK0_H
#define HARSANYI_RUN_RANK0_H

#include "run/context.h"

/* Takes the lock, makes or opens the results file and starts the threads. *code >= 0 afterwards: the file is complete
 * already, and this is the exit code. STATUS_STOPPED if there is a stop file. */
status_t rank0_prepare(sweep_t *sweep, int *code, failure_t *why);

/* Collective with remote_run and comm_resident_megabytes on the other ranks: the sweep, until everything is on disk.
 * Returns the exit code. */
int rank0_run(sweep_t *sweep);

/* Ends and frees what these made, whatever state it is in. */
void rank0_release(sweep_t *sweep);

/* Its main thread in rank0_run: MPI, the scheduler, and the other threads (manager.c). Runs until all is evaluated and
 * combined, or it is stopped, and all workers have said goodbye. Returns STATUS_OK, STATUS_STOPPED (asked to; *why is
 * not set), or why the sweep broke. sweep->report holds what it measured in the loop; the writer is still running
 * afterwards. Workers are numbered from 0: the evaluator first if there is one, then ranks 1, 2, ... */
status_t manager_run(sweep_t *sweep, failure_t *why);

#endif
