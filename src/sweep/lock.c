#include "sweep/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct lock {
    char *path; /* owned */
    int fd;
};

/* Whether the path still leads to the file that fd has open: a holder that ends removes the file under us. */
static bool same_file(int fd, const char *path) {
    struct stat open_one, named_one;
    return fstat(fd, &open_one) == 0 && stat(path, &named_one) == 0 && open_one.st_ino == named_one.st_ino &&
           open_one.st_dev == named_one.st_dev;
}

static void write_holder(int fd) {
    char host[64] = "unknown", text[256];
    const char *job = getenv("SLURM_JOB_ID");
    gethostname(host, sizeof host - 1);
    int length = snprintf(text, sizeof text, "host %s, process %ld%s%.32s\n", host, (long)getpid(),
                          job ? ", Slurm job " : "", job ? job : "");
    /* Only for people: the lock holds without it. */
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)length, 0) != length)
        return;
}

/* One try: fd >= 0 when the lock is ours, -1 when somebody holds it, -2 with *why when it cannot work. */
static int try_once(const char *path, failure_t *why) {
    /* No link is followed: in a folder of many users it might lead to a file of ours that would be cut. */
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) {
        failed(why, STATUS_INPUT, "%s: cannot be made: %s; is the output folder there and writable?", path,
               strerror(errno));
        return -2;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        if (same_file(fd, path))
            return fd;
        errno = EWOULDBLOCK;
    }
    int error = errno;
    close(fd);
    if (error == EWOULDBLOCK || error == EINTR)
        return -1;
    failed(why, STATUS_INPUT, "%s: this file system does not lock files: %s", path, strerror(error));
    return -2;
}

static status_t tell_holder(const char *path, failure_t *why) {
    char holder[256] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, holder, sizeof holder - 1);
    if (fd >= 0)
        close(fd);
    holder[got > 0 ? got : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    return failed(why, STATUS_INPUT,
                  "%s: another sweep holds this results file (%s); wait for it, stop it, or give another output file",
                  path, holder[0] ? holder : "it has not said who it is");
}

status_t lock_take(const char *results_path, double patience, lock_t **out, failure_t *why) {
    *out = NULL;
    lock_t *lock = calloc(1, sizeof *lock);
    if (!lock || asprintf(&lock->path, "%s.lock", results_path) < 0) {
        free(lock);
        return failed(why, STATUS_INTERNAL, "out of memory for the lock");
    }
    const struct timespec pause = {0, 100000000};
    double waited = 0;
    while ((lock->fd = try_once(lock->path, why)) == -1 && waited < patience) {
        nanosleep(&pause, NULL);
        waited += 0.1;
    }
    if (lock->fd >= 0) {
        write_holder(lock->fd);
        *out = lock;
        return STATUS_OK;
    }
    status_t status = lock->fd == -1 ? tell_holder(lock->path, why) : why->status;
    free(lock->path);
    free(lock);
    return status;
}

void lock_release(lock_t **lock) {
    if (!*lock)
        return;
    /* Removed while held: whoever opened it before sees that the name is gone and tries again. */
    unlink((*lock)->path);
    close((*lock)->fd);
    free((*lock)->path);
    free(*lock);
    *lock = NULL;
}
