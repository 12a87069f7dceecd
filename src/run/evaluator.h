/* Rank 0's own worker: a thread that does units from a queue, so that one process is a complete run. */
#ifndef HARSANYI_RUN_EVALUATOR_H
#define HARSANYI_RUN_EVALUATOR_H

#include "run/queue.h"
#include "run/worker.h"

typedef struct evaluator {
    worker_t *worker;         /* borrowed; belongs to the thread until evaluator_destroy */
    queue_t *units, *results; /* unit_t in, worked off by the thread; message_t out, owned by whoever takes it */
} evaluator_t;

/* Starts the thread; destroy in any case. If the worker fails, the queue of units has failed and the thread ends. */
status_t evaluator_start(worker_t *worker, evaluator_t **out, failure_t *why);
/* Lets the running unit end; drops units and results that wait. NULL is allowed. */
void evaluator_destroy(evaluator_t **evaluator);

#endif
