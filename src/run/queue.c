#include "run/queue.h"

#include "base/memory.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef struct node {
    struct node *next;
    size_t weight;
    double item[]; /* aligned for any structure of numbers and pointers */
} node_t;

enum { OPEN, CLOSED, DROPPED };

struct queue {
    size_t size;
    const char *what;
    void (*body)(void *self);
    void *self;
    pthread_t thread;
    bool started;
    atomic_int state;  /* OPEN, CLOSED or DROPPED */
    atomic_bool ended; /* the thread */

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t wake;
    node_t *first, *last;
    size_t weight;
    failure_t failure; /* status STATUS_OK while all is well */
};

queue_t *queue_create(size_t size, const char *what) {
    pthread_condattr_t monotonic;
    queue_t *q = memory_need(1, sizeof *q, what);
    q->size = size;
    q->what = what;
    atomic_init(&q->state, OPEN);
    atomic_init(&q->ended, true);
    pthread_mutex_init(&q->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&q->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return q;
}

static void *run_body(void *self) {
    queue_t *q = self;
    q->body(q->self);
    atomic_store(&q->ended, true);
    return NULL;
}

status_t queue_start(queue_t *q, void (*body)(void *self), void *self, failure_t *why) {
    q->body = body;
    q->self = self;
    atomic_store(&q->ended, false);
    q->started = pthread_create(&q->thread, NULL, run_body, q) == 0;
    if (q->started)
        return STATUS_OK;
    atomic_store(&q->ended, true);
    return failed(why, STATUS_INTERNAL, "cannot start a thread for %s", q->what);
}

void queue_put(queue_t *q, const void *item, size_t weight) {
    node_t *node = memory_need(1, sizeof *node + q->size, q->what);
    node->weight = weight;
    memcpy(node->item, item, q->size);
    pthread_mutex_lock(&q->lock);
    if (q->first)
        q->last->next = node;
    else
        q->first = node;
    q->last = node;
    q->weight += weight;
    pthread_cond_signal(&q->wake);
    pthread_mutex_unlock(&q->lock);
}

size_t queue_weight(queue_t *q) {
    pthread_mutex_lock(&q->lock);
    size_t weight = q->weight;
    pthread_mutex_unlock(&q->lock);
    return weight;
}

/* False: it is too late. */
static bool wait_for_item(queue_t *q, double deadline) {
    if (deadline <= 0)
        return false;
    if (isinf(deadline))
        return pthread_cond_wait(&q->wake, &q->lock) == 0;
    const struct timespec until = {(time_t)deadline, (long)((deadline - (double)(time_t)deadline) * 1e9)};
    return pthread_cond_timedwait(&q->wake, &q->lock, &until) == 0;
}

bool queue_take(queue_t *q, void *item, double deadline) {
    pthread_mutex_lock(&q->lock);
    while (!q->first && atomic_load(&q->state) == OPEN && wait_for_item(q, deadline))
        continue;
    node_t *node = atomic_load(&q->state) == DROPPED ? NULL : q->first;
    if (node) {
        q->first = node->next;
        q->weight -= node->weight;
    }
    pthread_mutex_unlock(&q->lock);
    if (!node)
        return false;
    memcpy(item, node->item, q->size);
    free(node);
    return true;
}

const void *queue_peek(queue_t *q) {
    pthread_mutex_lock(&q->lock);
    const node_t *node = q->first;
    pthread_mutex_unlock(&q->lock);
    return node ? node->item : NULL;
}

void queue_close(queue_t *q, bool drop) {
    pthread_mutex_lock(&q->lock);
    atomic_store(&q->state, drop ? DROPPED : CLOSED);
    pthread_cond_broadcast(&q->wake);
    pthread_mutex_unlock(&q->lock);
}

bool queue_closed(const queue_t *q) {
    return atomic_load(&q->state) != OPEN;
}

bool queue_ended(const queue_t *q) {
    return atomic_load(&q->ended);
}

void queue_join(queue_t *q) {
    if (q->started)
        pthread_join(q->thread, NULL);
    q->started = false;
}

void queue_fail(queue_t *q, const failure_t *why) {
    pthread_mutex_lock(&q->lock);
    if (q->failure.status == STATUS_OK)
        q->failure = *why;
    pthread_mutex_unlock(&q->lock);
}

status_t queue_check(queue_t *q, failure_t *why) {
    pthread_mutex_lock(&q->lock);
    status_t status = q->failure.status;
    if (status != STATUS_OK && why)
        *why = q->failure;
    pthread_mutex_unlock(&q->lock);
    return status;
}

void queue_destroy(queue_t **queue) {
    queue_t *q = *queue;
    if (!q)
        return;
    queue_close(q, true);
    queue_join(q);
    for (node_t *next; q->first; q->first = next) {
        next = q->first->next;
        free(q->first);
    }
    pthread_cond_destroy(&q->wake);
    pthread_mutex_destroy(&q->lock);
    free(q);
    *queue = NULL;
}
