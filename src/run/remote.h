/* The loop of every rank except 0: receives units and sends results, over MPI. */
#ifndef HARSANYI_RUN_REMOTE_H
#define HARSANYI_RUN_REMOTE_H

#include "run/worker.h"

/* Works until rank 0 sends TAG_STOP; rank 0 is in manager_run meanwhile. Without a worker (NULL) it sends rank 0 the
 * reason, `why`, and waits for the stop. */
void remote_run(worker_t *worker, const failure_t *why);

#endif
