#include "results/lock.h"

#include "base/clock.h"
#include "results/lock_record.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const double BEAT_SECONDS = 5, STALE_SECONDS = 60;
/* With a renewal older than that many, this process may have stood still. */
static const double BEATS_TRUSTED = 2;

struct lock {
    char *path; /* owned */
    int fd;
    double beat;
    pthread_t thread;
    pthread_mutex_t mutex; /* guards the three lines below */
    pthread_cond_t wake;
    bool ending, lost;
    double renewed; /* monotonic */
    bool started;   /* the thread and what it shares are there */
};

/* ---- taking it ---- */

typedef enum { TAKEN, BUSY, BUSY_ELSEWHERE, AGAIN, IMPOSSIBLE } outcome_t;

typedef struct {
    const lock_terms_t *terms;
    const char *path; /* FILE.lock */
    char *next;       /* FILE.lock.next */
    lock_record_t self, holder;
    lock_record_watch_t watch, watch_next;
    bool told; /* that we wait */
    int fd;    /* once TAKEN */
    failure_t *why;
} taking_t;

/* Whether the path still leads to the file that fd has open: a holder that ends removes the file under us. Opened anew,
 * since network file systems answer stat from memory. */
static bool same_file(int fd, const char *path) {
    struct stat open_one, named_one;
    int named = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool same = named >= 0 && fstat(fd, &open_one) == 0 && fstat(named, &named_one) == 0 &&
                open_one.st_ino == named_one.st_ino && open_one.st_dev == named_one.st_dev;
    if (named >= 0)
        close(named);
    return same;
}

typedef enum { FLOCKED, FLOCKED_BY_OTHERS, NO_FLOCK } flocked_t;

static flocked_t try_flock(const taking_t *t, int fd) {
    if (t->terms->flock(fd, LOCK_EX | LOCK_NB) == 0)
        return FLOCKED;
    return errno == EWOULDBLOCK || errno == EINTR ? FLOCKED_BY_OTHERS : NO_FLOCK;
}

static void nap(double seconds) {
    const struct timespec pause = {(time_t)seconds, (long)(1e9 * (seconds - (double)(time_t)seconds))};
    nanosleep(&pause, NULL);
}

static int make_exclusive(const char *path) {
    return open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
}

/* Nobody has it: the file is made and says whose it is, so it is ours; others that look at it may hold the flock for an
 * instant. */
static outcome_t make(taking_t *t) {
    int fd = make_exclusive(t->path);
    if (fd < 0 && errno == EEXIST)
        return AGAIN;
    if (fd < 0) {
        failed(t->why, STATUS_INPUT, "%s: cannot be made: %s; is the output folder there and writable?", t->path,
               strerror(errno));
        return IMPOSSIBLE;
    }
    lock_record_write(fd, &t->self);
    for (int tries = 0; tries < 200 && try_flock(t, fd) == FLOCKED_BY_OTHERS; tries++)
        nap(0.01);
    if (!same_file(fd, t->path)) {
        close(fd);
        return AGAIN;
    }
    t->fd = fd;
    return TAKEN;
}

/* Whether the holder of an open lock file lives. */
static outcome_t judge(const taking_t *t, int fd, const char *path, lock_record_watch_t *w, lock_record_t *holder) {
    lock_record_read(fd, holder);
    if (lock_record_same_machine(holder, &t->self))
        return lock_record_lives(holder) ? BUSY : TAKEN;
    lock_record_watch(w, fd, path);
    return lock_record_is_stale(w, t->terms->stale, t->terms->beat) ? TAKEN : BUSY_ELSEWHERE;
}

/* Somebody replaces the lock, or died while he did. */
static outcome_t judge_next(taking_t *t) {
    lock_record_t holder;
    int fd = open(t->next, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool in_the_way = fd < 0 && errno != ENOENT;
    if (fd >= 0 && judge(t, fd, t->path, &t->watch_next, &holder) == TAKEN)
        in_the_way = unlink(t->next) != 0 && errno != ENOENT;
    if (in_the_way)
        failed(t->why, STATUS_INPUT, "%s: is in the way of the lock: %s; remove it", t->next, strerror(errno));
    if (fd >= 0)
        close(fd);
    return in_the_way ? IMPOSSIBLE : AGAIN;
}

/* Puts our lock in the place of `old`, whose holder is gone. */
static outcome_t replace(taking_t *t, int old) {
    lock_record_t ignored;
    int fd = make_exclusive(t->next);
    if (fd < 0 && errno == EEXIST)
        return judge_next(t);
    if (fd < 0) {
        failed(t->why, STATUS_INPUT, "%s: cannot be made: %s", t->next, strerror(errno));
        return IMPOSSIBLE;
    }
    lock_record_write(fd, &t->self);
    try_flock(t, fd); /* nobody else looks at this name for long */
    bool still = same_file(old, t->path) && judge(t, old, t->path, &t->watch, &ignored) == TAKEN;
    int error = still && rename(t->next, t->path) != 0 ? errno : 0;
    if (!still || error) {
        unlink(t->next);
        close(fd);
        if (!error || error == ENOENT)
            return AGAIN;
        failed(t->why, STATUS_INPUT, "%s: cannot be replaced, though its holder is gone: %s; remove it", t->path,
               strerror(error));
        return IMPOSSIBLE;
    }
    if (!same_file(fd, t->path)) {
        close(fd);
        return AGAIN;
    }
    t->fd = fd;
    return TAKEN;
}

static void tell_taken_over(const taking_t *t, bool flocked) {
    bool here = lock_record_same_machine(&t->holder, &t->self);
    if (!t->terms->log || (here && flocked)) /* a killed sweep of this machine: nothing to wonder about */
        return;
    if (here)
        log_info(t->terms->log, "%s: taken over from %s, which no longer runs", t->path, t->holder.text);
    else
        log_info(t->terms->log, "%s: taken over from %s, which gave no heartbeat for %.0f s", t->path,
                 t->holder.text[0] ? t->holder.text : "somebody unknown", lock_record_age(&t->watch));
}

/* Servers may keep the flock of a machine that died for long. Its own machine would know. */
static outcome_t judge_flocked(taking_t *t, int fd) {
    lock_record_read(fd, &t->holder);
    if (!t->holder.machine[0] || lock_record_same_machine(&t->holder, &t->self))
        return BUSY;
    return judge(t, fd, t->path, &t->watch, &t->holder);
}

static outcome_t try_once(taking_t *t) {
    int fd = open(t->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return make(t);
    if (fd < 0) {
        failed(t->why, STATUS_INPUT, "%s: cannot be opened: %s", t->path, strerror(errno));
        return IMPOSSIBLE;
    }
    flocked_t flocked = try_flock(t, fd);
    outcome_t outcome = AGAIN;
    if (flocked == FLOCKED_BY_OTHERS)
        outcome = judge_flocked(t, fd);
    else if (same_file(fd, t->path))
        outcome = judge(t, fd, t->path, &t->watch, &t->holder);
    if (outcome == TAKEN)
        outcome = replace(t, fd);
    if (outcome == TAKEN)
        tell_taken_over(t, flocked == FLOCKED);
    close(fd);
    return outcome;
}

static status_t tell_holder(const taking_t *t, bool elsewhere) {
    char age[64] = "";
    if (elsewhere)
        snprintf(age, sizeof age, ", last heartbeat %.0f s ago", lock_record_age(&t->watch));
    return failed(t->why, STATUS_INPUT,
                  "%s: another sweep holds this results file (%s%s); wait for it, stop it, or give another output file",
                  t->path, t->holder.text[0] ? t->holder.text : "it has not said who it is", age);
}

/* Up to the lock, or to why it cannot be had. */
static status_t take(taking_t *t) {
    double began = clock_seconds();
    for (;;) {
        outcome_t outcome = try_once(t);
        bool waited = clock_seconds() - began >= t->terms->patience;
        if (outcome == TAKEN)
            return STATUS_OK;
        if (outcome == IMPOSSIBLE)
            return t->why->status;
        if (waited && (outcome == BUSY || (outcome == BUSY_ELSEWHERE && t->watch.renewed)))
            return tell_holder(t, outcome == BUSY_ELSEWHERE);
        if (outcome == BUSY_ELSEWHERE && waited && !t->told && t->terms->log) {
            t->told = true;
            log_info(t->terms->log,
                     "%s: %s holds this results file, or did when it died: its last heartbeat was %.0f s ago. Waiting "
                     "for the next one, or until %.0f s are over",
                     t->path, t->holder.text[0] ? t->holder.text : "somebody unknown", lock_record_age(&t->watch),
                     t->terms->stale);
        }
        nap(t->terms->beat < 1 ? t->terms->beat / 4 : 0.1);
    }
}

/* ---- holding it ---- */

/* Whether another lock file has taken the place of ours. One that was removed by hand is nobody else's. */
static bool was_replaced(const lock_t *lock) {
    return !same_file(lock->fd, lock->path) && access(lock->path, F_OK) == 0 && !same_file(lock->fd, lock->path);
}

/* Renews it, then looks whether it is still ours: whoever takes it over looks at its time just before. */
static void renew(lock_t *lock) {
    double now = clock_seconds();
    futimens(lock->fd, NULL); /* the server's time, where there is one */
    bool lost = was_replaced(lock);
    pthread_mutex_lock(&lock->mutex);
    lock->lost |= lost;
    lock->renewed = now;
    pthread_mutex_unlock(&lock->mutex);
}

static struct timespec monotonic_after(double seconds) {
    double then = clock_seconds() + seconds;
    return (struct timespec){(time_t)then, (long)(1e9 * (then - (double)(time_t)then))};
}

static void *keep(void *self) {
    lock_t *lock = self;
    pthread_mutex_lock(&lock->mutex);
    while (!lock->ending) {
        const struct timespec until = monotonic_after(lock->beat);
        while (!lock->ending && pthread_cond_timedwait(&lock->wake, &lock->mutex, &until) != ETIMEDOUT)
            ;
        if (lock->ending)
            break;
        pthread_mutex_unlock(&lock->mutex);
        renew(lock);
        pthread_mutex_lock(&lock->mutex);
    }
    pthread_mutex_unlock(&lock->mutex);
    return NULL;
}

static status_t start_keeping(lock_t *lock, failure_t *why) {
    enum { STACK = 128 << 10 }; /* merge holds the locks of all its shards */
    pthread_condattr_t monotonic;
    pthread_attr_t small;
    sigset_t all, before;
    pthread_mutex_init(&lock->mutex, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&lock->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    lock->renewed = clock_seconds();
    sigfillset(&all); /* signals are for the main thread */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, STACK);
    int error = pthread_create(&lock->thread, &small, keep, lock);
    pthread_attr_destroy(&small);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    lock->started = error == 0;
    return error ? failed(why, STATUS_INTERNAL, "%s: no thread for its heartbeat: %s", lock->path, strerror(error))
                 : STATUS_OK;
}

status_t lock_check(lock_t *lock, failure_t *why) {
    pthread_mutex_lock(&lock->mutex);
    bool old = clock_seconds() - lock->renewed > BEATS_TRUSTED * lock->beat;
    pthread_mutex_unlock(&lock->mutex);
    if (old)
        renew(lock);
    pthread_mutex_lock(&lock->mutex);
    bool lost = lock->lost;
    pthread_mutex_unlock(&lock->mutex);
    if (!lost)
        return STATUS_OK;
    lock_record_t holder = {0};
    int fd = open(lock->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd >= 0) {
        lock_record_read(fd, &holder);
        close(fd);
    }
    return failed(why, STATUS_INPUT,
                  "%s: another sweep (%s) has taken this results file over, because this one stood still for so long "
                  "that it was taken for dead; this one ends",
                  lock->path, holder.text[0] ? holder.text : "unknown");
}

void lock_release(lock_t **pointer) {
    lock_t *lock = *pointer;
    if (!lock)
        return;
    if (lock->started) {
        pthread_mutex_lock(&lock->mutex);
        lock->ending = true;
        pthread_cond_signal(&lock->wake);
        pthread_mutex_unlock(&lock->mutex);
        pthread_join(lock->thread, NULL);
        pthread_cond_destroy(&lock->wake);
        pthread_mutex_destroy(&lock->mutex);
    }
    /* Removed while held: whoever opened it before sees that the name is gone and tries again. */
    if (lock->fd >= 0) {
        if (same_file(lock->fd, lock->path))
            unlink(lock->path);
        close(lock->fd);
    }
    free(lock->path);
    free(lock);
    *pointer = NULL;
}

lock_terms_t lock_terms(double patience, log_t *log) {
    return (lock_terms_t){
        .patience = patience, .beat = BEAT_SECONDS, .stale = STALE_SECONDS, .log = log, .flock = flock};
}

status_t lock_take_on(const char *results_path, const lock_terms_t *terms, lock_t **out, failure_t *why) {
    taking_t t = {.terms = terms, .why = why, .fd = -1};
    *out = NULL;
    lock_t *lock = calloc(1, sizeof *lock);
    if (!lock || asprintf(&lock->path, "%s.lock", results_path) < 0) {
        free(lock);
        return failed(why, STATUS_INTERNAL, "out of memory for the lock");
    }
    lock->fd = -1;
    lock->beat = terms->beat;
    t.path = lock->path;
    lock_record_self(terms->host, &t.self);
    status_t status = asprintf(&t.next, "%s.next", lock->path) < 0
                          ? failed(why, STATUS_INTERNAL, "out of memory for the lock")
                          : take(&t);
    lock->fd = t.fd;
    free(t.next);
    if (status == STATUS_OK)
        status = start_keeping(lock, why);
    if (status == STATUS_OK)
        *out = lock;
    else
        lock_release(&lock);
    return status;
}

status_t lock_take(const char *results_path, double patience, lock_t **out, failure_t *why) {
    lock_terms_t terms = lock_terms(patience, NULL);
    return lock_take_on(results_path, &terms, out, why);
}

/* ---- looking at it ---- */

lock_state_t lock_look(const char *results_path, lock_view_t *view) {
    lock_record_t self, holder;
    struct stat info;
    char *path;
    if (asprintf(&path, "%s.lock", results_path) < 0)
        return LOCK_UNKNOWN;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    lock_state_t state = fd < 0 && errno == ENOENT ? LOCK_NONE : LOCK_UNKNOWN;
    free(path);
    if (fd < 0)
        return state;
    lock_record_self(NULL, &self);
    lock_record_read(fd, &holder);
    memcpy(view->holder, holder.text, sizeof view->holder);
    if (fstat(fd, &info) == 0) {
        view->renewed |= info.st_ino == view->file &&
                         (info.st_mtim.tv_sec != view->time.tv_sec || info.st_mtim.tv_nsec != view->time.tv_nsec);
        view->file = info.st_ino;
        view->time = info.st_mtim;
    }
    close(fd);
    if (view->renewed)
        return LOCK_LIVES;
    if (!lock_record_same_machine(&holder, &self))
        return LOCK_ELSEWHERE;
    return lock_record_lives(&holder) ? LOCK_LIVES : LOCK_GONE;
}
