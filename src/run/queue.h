/* A queue of items between threads of rank 0, the thread that works it off, and the first failure of that thread. Any
 * thread may put, one takes. */
#ifndef HARSANYI_RUN_QUEUE_H
#define HARSANYI_RUN_QUEUE_H

#include "base/failure.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct queue queue_t;

/* Of items of `size` bytes, which are copied; what: "the writer". There may be no thread, or one that starts later. */
queue_t *queue_create(size_t size, const char *what);
status_t queue_start(queue_t *queue, void (*body)(void *self), void *self, failure_t *why);

/* Never blocks for long. The weight counts in queue_weight until the item is taken. */
void queue_put(queue_t *queue, const void *item, size_t weight);
size_t queue_weight(queue_t *queue);

/* Takes the oldest item; waits for one until `deadline` (clock_seconds; INFINITY: without limit) unless the queue is
 * closed. False: there was none. */
bool queue_take(queue_t *queue, void *item, double deadline);
/* The oldest item, NULL if none waits. Valid until the next queue_take. */
const void *queue_peek(queue_t *queue);

/* Tells the thread to end: once it has taken all that waits, or at once (drop). What is put afterwards only waits. */
void queue_close(queue_t *queue, bool drop);
bool queue_closed(const queue_t *queue);
/* Whether the thread has ended, or was never started. queue_join waits for that. */
bool queue_ended(const queue_t *queue);
void queue_join(queue_t *queue);

/* Keeps the first failure. queue_check returns it (why may be NULL), or STATUS_OK. */
void queue_fail(queue_t *queue, const failure_t *why);
status_t queue_check(queue_t *queue, failure_t *why);

/* Ends the thread at once, and frees the queue with all that waits; NULL is allowed. */
void queue_destroy(queue_t **queue);

#endif
