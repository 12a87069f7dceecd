#include "results/lock.h"

#include "base/clock.h"
#include "base/memory.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOCK_HOST = 65 };

struct lock {
    char *path; /* owned */
    int fd;
    bool flocked;
    bool foreign; /* another process signed it */
};

/* ---- the line in the file ---- */

static void own_host(char host[LOCK_HOST]) {
    snprintf(host, LOCK_HOST, "unknown");
    gethostname(host, LOCK_HOST - 1);
    host[LOCK_HOST - 1] = '\0';
}

/* Anybody may have written the file, so other than printable characters are replaced. */
static void read_holder(int fd, char holder[LOCK_HOLDER]) {
    ssize_t got = pread(fd, holder, LOCK_HOLDER - 1, 0);
    holder[got > 0 ? got : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    for (char *c = holder; *c; c++)
        *c = isprint((unsigned char)*c) ? *c : '?';
}

static bool names_this_host(const char *holder) {
    char host[LOCK_HOST], beginning[LOCK_HOST + 8];
    own_host(host);
    snprintf(beginning, sizeof beginning, "host %s,", host);
    return strncmp(holder, beginning, strlen(beginning)) == 0;
}

void lock_sign(lock_t *lock, const char *command) {
    char host[LOCK_HOST], since[32], line[LOCK_HOLDER];
    const char *job = getenv("SLURM_JOB_ID");
    time_t now = time(NULL);
    struct tm utc;
    own_host(host);
    strftime(since, sizeof since, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
    int length = snprintf(line, sizeof line, "host %s, process %ld, harsanyi %.32s, since %s%s%.32s\n", host,
                          (long)getpid(), command, since, job ? ", Slurm job " : "", job ? job : "");
    lock->foreign = false;
    if (ftruncate(lock->fd, 0) != 0 || pwrite(lock->fd, line, (size_t)length, 0) != length)
        return; /* the lock is held anyway, only without a name */
}

/* ---- taking it ---- */

/* Whether the path still leads to the open file: a holder that ends removes the file under those who wait for it.
 * Opened again, because network file systems answer stat from a cache. */
static bool is_named(int fd, const char *path) {
    struct stat open_one, named_one;
    int named = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool same = named >= 0 && fstat(fd, &open_one) == 0 && fstat(named, &named_one) == 0 &&
                open_one.st_ino == named_one.st_ino && open_one.st_dev == named_one.st_dev;
    if (named >= 0)
        close(named);
    return same;
}

typedef enum { TAKEN, HELD, REMOVED, IMPOSSIBLE } attempt_t;

static attempt_t try_once(lock_t *lock, char holder[LOCK_HOLDER]) {
    struct stat info;
    lock->fd = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (lock->fd < 0)
        return IMPOSSIBLE;
    lock->flocked = flock(lock->fd, LOCK_EX | LOCK_NB) == 0;
    bool held = !lock->flocked && (errno == EWOULDBLOCK || errno == EINTR);
    attempt_t outcome = held ? HELD : is_named(lock->fd, lock->path) ? TAKEN : REMOVED;
    if (held)
        read_holder(lock->fd, holder);
    lock->foreign = fstat(lock->fd, &info) == 0 && info.st_size > 0;
    if (outcome != TAKEN) {
        close(lock->fd);
        lock->fd = -1;
    }
    return outcome;
}

static status_t take(lock_t *lock, double patience, failure_t *why) {
    const struct timespec pause = {0, 100000000};
    char holder[LOCK_HOLDER];
    for (double began = clock_seconds();;) {
        attempt_t outcome = try_once(lock, holder);
        if (outcome == TAKEN)
            return STATUS_OK;
        if (outcome == IMPOSSIBLE)
            return failed(why, STATUS_INPUT,
                          "%s: cannot create the lock file: %s; check that the output folder exists and is writable",
                          lock->path, strerror(errno));
        if (outcome == HELD && clock_seconds() - began >= patience)
            return failed(why, STATUS_INPUT,
                          "%s: another sweep holds this results file (%s); wait for it, stop it, or give "
                          "another output file",
                          lock->path, holder[0] ? holder : "unknown");
        if (outcome == HELD)
            nanosleep(&pause, NULL);
    }
}

status_t lock_take_unsigned(const char *results_path, double patience, lock_t **out, failure_t *why) {
    lock_t *lock = memory_need(1, sizeof *lock, "the lock");
    lock->path = memory_text("%s.lock", results_path);
    lock->fd = -1;
    *out = lock;
    status_t status = take(lock, patience, why);
    if (status != STATUS_OK)
        lock_release(out);
    return status;
}

status_t lock_take(const char *results_path, const char *command, double patience, lock_t **out, failure_t *why) {
    TRY(lock_take_unsigned(results_path, patience, out, why));
    lock_sign(*out, command);
    return STATUS_OK;
}

bool lock_is_flocked(const lock_t *lock) {
    return lock->flocked;
}

void lock_release(lock_t **lock) {
    if (!*lock)
        return;
    if ((*lock)->fd >= 0) {
        if (!(*lock)->foreign && is_named((*lock)->fd, (*lock)->path))
            unlink((*lock)->path);
        close((*lock)->fd);
    }
    free((*lock)->path);
    free(*lock);
    *lock = NULL;
}

/* ---- looking at it ---- */

lock_state_t lock_look(const char *results_path, char holder[LOCK_HOLDER]) {
    char *path = memory_text("%s.lock", results_path);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    lock_state_t state = fd < 0 && errno == ENOENT ? LOCK_NONE : LOCK_UNSURE;
    free(path);
    holder[0] = '\0';
    if (fd < 0)
        return state;
    read_holder(fd, holder);
    if (flock(fd, LOCK_SH | LOCK_NB) == 0)
        state = names_this_host(holder) ? LOCK_GONE : LOCK_UNSURE;
    else if (errno == EWOULDBLOCK)
        state = LOCK_LIVES;
    close(fd);
    return state;
}
