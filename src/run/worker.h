/* A worker: does one unit at a time. It knows nothing of threads or messages between ranks. */
#ifndef HARSANYI_RUN_WORKER_H
#define HARSANYI_RUN_WORKER_H

#include "base/failure.h"
#include "plan/inputs.h"
#include "run/wire.h"
#include "stats/fields.h"

typedef struct worker worker_t;

/* inputs is borrowed: its model and samples belong to this worker until worker_destroy. fields is copied. */
status_t worker_create(inputs_t *inputs, const fields_t *fields, worker_t **out, failure_t *why);
void worker_destroy(worker_t **worker);

/* Evaluates the unit, or finishes `row`, what follows it in its message (UNIT_FINISH; else NULL). *message (emptied
 * first) becomes the result as in wire.h. A sample that fails is an outcome in the message; a failure is returned only
 * if the worker itself cannot work (no memory, unreadable file). */
status_t worker_do(worker_t *worker, const unit_t *unit, const void *row, message_t *message, failure_t *why);

#endif
