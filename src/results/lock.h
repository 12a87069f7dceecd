/* One sweep per results file: FILE.lock, held in two ways at once.
 *
 * flock(2) on it, where the file system knows it: it dies with its process, and no clock is needed (but a server may
 * keep that of another machine for long after its death, so it is judged as below all the same). Some do not know it
 * (it fails), and on some it only holds within one machine (NFS with local_lock, Lustre with localflock). So the file
 * also is a lock by being there: it is made with O_EXCL, says who holds it (host, process, Slurm job), and a thread
 * renews its time of change every 5 s. Who finds one
 *
 *   - of this machine: it counts as long as that process lives;
 *   - of another: it is watched. Renewed: held. Older than 60 s by the file system's own clock, and not renewed while
 *     watched: its holder is gone.
 *
 * A lock whose holder is gone is replaced: FILE.lock.next is made with O_EXCL, so by one taker at a time, who sees that
 * FILE.lock is still the old one and renames his over it.
 */
#ifndef HARSANYI_RESULTS_LOCK_H
#define HARSANYI_RESULTS_LOCK_H

#include "base/failure.h"
#include "base/log.h"
#include "results/lock_record.h"

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

typedef struct lock lock_t;

/* How it is taken; lock_terms gives what is right for programs, the rest is for tests. */
typedef struct {
    double patience;        /* seconds to wait for a live holder */
    double beat, stale;     /* seconds between renewals; after how many of silence a holder elsewhere is gone */
    const char *host;       /* of this machine; NULL: as the system says */
    log_t *log;             /* hears of waiting and of what was taken over; NULL: nobody does */
    int (*flock)(int, int); /* flock(2) */
} lock_terms_t;

lock_terms_t lock_terms(double patience, log_t *log);

/* Takes the lock of `results_path`. STATUS_INPUT then says who holds it. A holder on another machine that gives no sign
 * is waited for until it does, or is stale. */
status_t lock_take_on(const char *results_path, const lock_terms_t *terms, lock_t **out, failure_t *why);
/* With the usual terms, in silence. */
status_t lock_take(const char *results_path, double patience, lock_t **out, failure_t *why);

/* STATUS_INPUT once somebody else has it: this process stood still for so long that it was taken for dead. Looks at the
 * file when it was not renewed for two beats, so that who just woke up knows too. Of any thread. */
status_t lock_check(lock_t *lock, failure_t *why);

/* Removes the lock file and lets go. */
void lock_release(lock_t **lock);

typedef enum {
    LOCK_NONE,      /* there is no lock: nobody works on the file */
    LOCK_GONE,      /* its holder is no more */
    LOCK_LIVES,     /* its process lives */
    LOCK_ELSEWHERE, /* its holder is on another machine, and gave no sign of life since the first look */
    LOCK_UNKNOWN    /* it cannot be read */
} lock_state_t;

/* One lock, looked at without touching it. Start with {0}; looking again and again watches a holder elsewhere. */
typedef struct lock_view {
    char holder[LOCK_HOLDER]; /* who it is, "" when nobody said so */
    bool renewed;             /* since the first look */
    ino_t file;               /* what was seen last */
    struct timespec time;
} lock_view_t;
lock_state_t lock_look(const char *results_path, lock_view_t *view);

#endif
