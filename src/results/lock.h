/* One writer per output file: FILE.lock, held with flock(2).
 *
 * flock ends with its process, so a killed holder blocks nobody. The file holds one line that names its holder, for
 * messages and `status`; it is removed on release. Some file systems do not support flock, and on some it does not
 * reach other machines (NFS with local_lock, Lustre with localflock): there the heartbeat in the results file takes its
 * place (run/heartbeat.h).
 */
#ifndef HARSANYI_RESULTS_LOCK_H
#define HARSANYI_RESULTS_LOCK_H

#include "base/failure.h"

#include <stdbool.h>

enum { LOCK_HOLDER = 256 };

typedef struct lock lock_t;

/* Takes the lock of `results_path` and signs it: "host NAME, process P, harsanyi COMMAND, since TIME". Tries for
 * `patience` seconds. STATUS_INPUT names the holder, or says why there can be no lock file; *out is NULL then. Where
 * flock does not work, everyone gets the lock. */
status_t lock_take(const char *results_path, const char *command, double patience, lock_t **out, failure_t *why);

/* The same in two steps, to check in between for a writer that flock does not show: a lock file that another process
 * signed keeps its line, and stays on release, until lock_sign. */
status_t lock_take_unsigned(const char *results_path, double patience, lock_t **out, failure_t *why);
void lock_sign(lock_t *lock, const char *command);

/* Whether flock works there. */
bool lock_is_flocked(const lock_t *lock);

/* Removes the lock file and releases the lock; NULL is allowed. */
void lock_release(lock_t **lock);

typedef enum {
    LOCK_NONE,  /* there is no lock file: nobody works on the file */
    LOCK_GONE,  /* its holder, a process of this machine, is dead */
    LOCK_LIVES, /* its holder lives */
    LOCK_UNSURE /* flock cannot say: it does not work here, or the holder is on another machine */
} lock_state_t;

/* Looks at the lock of `results_path` without taking it. holder: its line, "" without one. */
lock_state_t lock_look(const char *results_path, char holder[LOCK_HOLDER]);

#endif
