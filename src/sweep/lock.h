/* One sweep per results file: flock(2) on FILE.lock, with who holds it written inside. The lock dies with its process.
 */
#ifndef HARSANYI_SWEEP_LOCK_H
#define HARSANYI_SWEEP_LOCK_H

#include "base/failure.h"

typedef struct lock lock_t;

/* Takes the lock of `results_path`, waiting up to `patience` seconds; STATUS_INPUT then says who holds it. */
status_t lock_take(const char *results_path, double patience, lock_t **out, failure_t *why);
/* Removes the lock file and lets go. */
void lock_release(lock_t **lock);

#endif
