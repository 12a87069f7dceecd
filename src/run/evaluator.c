#include "run/evaluator.h"

#include "base/memory.h"

#include <pthread.h>
#include <stdlib.h>

struct evaluator {
    worker_t *worker; /* borrowed */
    pthread_t thread;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;
    unit_t units[UNITS_IN_FLIGHT]; /* waiting, oldest first */
    int unit_count;
    message_t results[UNITS_IN_FLIGHT]; /* finished, oldest first */
    int result_count;
    bool stop, stopped;
    failure_t failure;
};

/* The next unit; false when the thread should end. */
static bool take_unit(evaluator_t *e, unit_t *unit) {
    pthread_mutex_lock(&e->lock);
    while (e->unit_count == 0 && !e->stop)
        pthread_cond_wait(&e->wake, &e->lock);
    bool got = !e->stop;
    if (got) {
        *unit = e->units[0];
        for (int i = 1; i < e->unit_count; i++)
            e->units[i - 1] = e->units[i];
        e->unit_count--;
    }
    pthread_mutex_unlock(&e->lock);
    return got;
}

static void *evaluator_thread(void *self) {
    evaluator_t *e = self;
    unit_t unit;
    bool broken = false;
    while (!broken && take_unit(e, &unit)) {
        message_t result = {0};
        failure_t why = {0};
        broken = worker_do(e->worker, &unit, &result, &why) != STATUS_OK;
        pthread_mutex_lock(&e->lock);
        if (broken)
            e->failure = why;
        else
            e->results[e->result_count++] = result;
        pthread_mutex_unlock(&e->lock);
        if (broken)
            message_free(&result);
    }
    pthread_mutex_lock(&e->lock);
    e->stopped = true;
    pthread_mutex_unlock(&e->lock);
    return NULL;
}

status_t evaluator_start(worker_t *worker, evaluator_t **out, failure_t *why) {
    evaluator_t *e = memory_need(1, sizeof *e, "the evaluator thread");
    *out = NULL;
    e->worker = worker;
    pthread_mutex_init(&e->lock, NULL);
    pthread_cond_init(&e->wake, NULL);
    if (pthread_create(&e->thread, NULL, evaluator_thread, e) != 0) {
        free(e);
        return failed(why, STATUS_INTERNAL, "cannot start the evaluator thread");
    }
    *out = e;
    return STATUS_OK;
}

void evaluator_put(evaluator_t *e, const unit_t *unit) {
    pthread_mutex_lock(&e->lock);
    e->units[e->unit_count++] = *unit;
    pthread_cond_signal(&e->wake);
    pthread_mutex_unlock(&e->lock);
}

bool evaluator_take(evaluator_t *e, message_t *result) {
    pthread_mutex_lock(&e->lock);
    bool got = e->result_count > 0;
    if (got) {
        *result = e->results[0];
        for (int i = 1; i < e->result_count; i++)
            e->results[i - 1] = e->results[i];
        e->result_count--;
    }
    pthread_mutex_unlock(&e->lock);
    return got;
}

status_t evaluator_check(evaluator_t *e, failure_t *why) {
    pthread_mutex_lock(&e->lock);
    status_t status = e->failure.status;
    if (status != STATUS_OK)
        *why = e->failure;
    pthread_mutex_unlock(&e->lock);
    return status;
}

void evaluator_stop(evaluator_t *e) {
    pthread_mutex_lock(&e->lock);
    e->stop = true;
    pthread_cond_broadcast(&e->wake);
    pthread_mutex_unlock(&e->lock);
}

bool evaluator_stopped(evaluator_t *e) {
    pthread_mutex_lock(&e->lock);
    bool stopped = e->stopped && e->result_count == 0;
    pthread_mutex_unlock(&e->lock);
    return stopped;
}

void evaluator_finish(evaluator_t **evaluator) {
    evaluator_t *e = *evaluator;
    if (!e)
        return;
    evaluator_stop(e);
    pthread_join(e->thread, NULL);
    for (int i = 0; i < e->result_count; i++)
        message_free(&e->results[i]);
    pthread_cond_destroy(&e->wake);
    pthread_mutex_destroy(&e->lock);
    free(e);
    *evaluator = NULL;
}
