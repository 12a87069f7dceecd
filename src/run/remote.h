/* The loop of every rank but 0: units in, results out, over MPI. */
#ifndef HARSANYI_RUN_REMOTE_H
#define HARSANYI_RUN_REMOTE_H

#include "run/worker.h"

/* Works until rank 0 says stop. Not collective; rank 0 is in manager_run meanwhile. Without a worker (NULL) it only
 * tells rank 0 `why` there is none and waits for the stop. */
void remote_run(worker_t *worker, const failure_t *why);

#endif
