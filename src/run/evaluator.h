/* Rank 0's own worker: a thread that does units from an in-process queue, so that one process is a complete run. */
#ifndef HARSANYI_RUN_EVALUATOR_H
#define HARSANYI_RUN_EVALUATOR_H

#include "base/failure.h"
#include "run/scheduler.h"
#include "run/wire.h"
#include "run/worker.h"

#include <stdbool.h>

typedef struct evaluator evaluator_t;

/* Starts the thread; worker is borrowed and belongs to it until evaluator_finish. */
status_t evaluator_start(worker_t *worker, evaluator_t **out, failure_t *why);
/* Queues a unit; at most UNITS_IN_FLIGHT may be queued, running, or finished and not taken yet. */
void evaluator_put(evaluator_t *evaluator, const unit_t *unit);
/* Takes a finished result, which the caller then owns; false if no unit has finished. */
bool evaluator_take(evaluator_t *evaluator, message_t *result);
/* STATUS_OK unless the worker failed. */
status_t evaluator_check(evaluator_t *evaluator, failure_t *why);
/* Drops queued units and lets the running one end. Its result can still be taken; evaluator_stopped becomes true after
 * that. */
void evaluator_stop(evaluator_t *evaluator);
bool evaluator_stopped(evaluator_t *evaluator);
void evaluator_finish(evaluator_t **evaluator);

#endif
