#include "run/evaluator.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

static void evaluate_units(void *self) {
    const evaluator_t *e = self;
    unit_t unit;
    status_t status = STATUS_OK;
    while (status == STATUS_OK && queue_take(e->units, &unit, INFINITY)) {
        message_t result = {0};
        failure_t why;
        status = worker_do(e->worker, &unit, &result, &why);
        if (status == STATUS_OK) {
            queue_put(e->results, &result, 0);
        } else {
            queue_fail(e->units, &why);
            message_free(&result);
        }
    }
}

status_t evaluator_start(worker_t *worker, evaluator_t **out, failure_t *why) {
    evaluator_t *e = memory_need(1, sizeof *e, "the evaluator thread");
    *out = e;
    e->worker = worker;
    e->units = queue_create(sizeof(unit_t), "the evaluator");
    e->results = queue_create(sizeof(message_t), "results");
    return queue_start(e->units, evaluate_units, e, why);
}

void evaluator_destroy(evaluator_t **evaluator) {
    evaluator_t *e = *evaluator;
    message_t result;
    if (!e)
        return;
    queue_destroy(&e->units);
    while (queue_take(e->results, &result, 0))
        message_free(&result);
    queue_destroy(&e->results);
    free(e);
    *evaluator = NULL;
}
