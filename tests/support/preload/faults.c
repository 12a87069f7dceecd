/* Makes calls that write a file fail: LD_PRELOAD it into the program. What fails is said by the environment:
 *
 * - HARSANYI_FAULT_FILE: only files whose path matches this pattern of fnmatch(3); not set: nothing is touched
 * - HARSANYI_FAULT_CALL: write, allocate, sync, rename, truncate, open (for writing), read; any (the default): all but
 *   read
 * - HARSANYI_FAULT_RANGE: FIRST:END, only writes and reads that touch these bytes of the file
 * - HARSANYI_FAULT_AT: the number of the call that fails, from 1 on; 0 (the default): none
 * - HARSANYI_FAULT_ERROR: ENOSPC (the default), EIO, EROFS, EDQUOT, ESTALE, EINTR, EOPNOTSUPP; SHORT: half of the bytes
 *   are done
 * - HARSANYI_FAULT_ONCE: only that call fails, not those after it
 * - HARSANYI_FAULT_LOOK: only calls of the child process that looks at files first (hdf5/look.h); not set: only others
 * - HARSANYI_FAULT_LOG: a file to which each call that counts is added: number, call, first byte, bytes, "failed" or
 *   not
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { SHORT = -1 };

/* The function that this one stands before. */
#define NEXT(name) ((__typeof__(&(name)))(uintptr_t)dlsym(RTLD_NEXT, #name))

static atomic_long calls;
static bool looks; /* this is the child process that looks at files first */

__attribute__((constructor)) static void begin(int argc, char **argv) {
    looks = argc > 1 && strcmp(argv[1], "__look") == 0;
}

static int error_of(const char *name) {
    static const struct {
        const char *name;
        int number;
    } ERRORS[] = {{"EIO", EIO},     {"EROFS", EROFS},           {"EDQUOT", EDQUOT}, {"ESTALE", ESTALE},
                  {"EINTR", EINTR}, {"EOPNOTSUPP", EOPNOTSUPP}, {"SHORT", SHORT}};
    for (size_t i = 0; name && i < sizeof ERRORS / sizeof *ERRORS; i++)
        if (strcmp(name, ERRORS[i].name) == 0)
            return ERRORS[i].number;
    return ENOSPC;
}

static bool right_call(const char *call) {
    const char *wanted = getenv("HARSANYI_FAULT_CALL");
    if (!wanted || strcmp(wanted, "any") == 0)
        return strcmp(call, "read") != 0;
    return strcmp(call, wanted) == 0;
}

static bool right_bytes(int64_t first, size_t bytes) {
    const char *range = getenv("HARSANYI_FAULT_RANGE");
    char *end = NULL;
    if (!range)
        return true;
    int64_t from = strtoll(range, &end, 10), to = strtoll(end + 1, NULL, 10);
    return first >= 0 && first < to && first + (int64_t)bytes > from;
}

static void note(long number, const char *call, int64_t first, size_t bytes, bool fails) {
    const char *log = getenv("HARSANYI_FAULT_LOG");
    char line[128];
    int length = snprintf(line, sizeof line, "%ld %s %lld %zu%s\n", number, call, (long long)first, bytes,
                          fails ? " failed" : "");
    int fd = log ? NEXT(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
    if (fd < 0)
        return;
    if (NEXT(write)(fd, line, (size_t)length) != length)
        abort();
    close(fd);
}

/* Counts a call; the error that it has to fail with, 0: none. first: -1 where bytes have no place. */
static int fault(const char *call, const char *path, int64_t first, size_t bytes) {
    const char *pattern = getenv("HARSANYI_FAULT_FILE"), *at = getenv("HARSANYI_FAULT_AT");
    if (!pattern || looks != (getenv("HARSANYI_FAULT_LOOK") != NULL) || !right_call(call) ||
        fnmatch(pattern, path, 0) != 0 || !right_bytes(first, bytes))
        return 0;
    long number = atomic_fetch_add(&calls, 1) + 1, failing = at ? strtol(at, NULL, 10) : 0;
    bool fails = failing > 0 && (getenv("HARSANYI_FAULT_ONCE") ? number == failing : number >= failing);
    note(number, call, first, bytes, fails);
    return fails ? error_of(getenv("HARSANYI_FAULT_ERROR")) : 0;
}

static int fault_of_fd(const char *call, int fd, int64_t first, size_t bytes) {
    char link[64], path[PATH_MAX + 1];
    if (!getenv("HARSANYI_FAULT_FILE"))
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX);
    if (length < 0)
        return 0;
    path[length] = '\0';
    return fault(call, path, first, bytes);
}

/* ---- reading and writing ---- */

typedef const void *source_t;
typedef void *target_t;

#define TRANSFER(name, call, data_t, offset_t)                                                                         \
    ssize_t name(int fd, data_t data, size_t bytes, offset_t offset) {                                                 \
        int error = fault_of_fd(call, fd, offset, bytes);                                                              \
        if (error > 0) {                                                                                               \
            errno = error;                                                                                             \
            return -1;                                                                                                 \
        }                                                                                                              \
        return NEXT(name)(fd, data, error == SHORT && bytes > 1 ? bytes / 2 : bytes, offset);                          \
    }
TRANSFER(pwrite, "write", source_t, off_t)
TRANSFER(pwrite64, "write", source_t, off64_t)
TRANSFER(pread, "read", target_t, off_t)
TRANSFER(pread64, "read", target_t, off64_t)

static int64_t place_of(int fd) {
    return lseek(fd, 0, SEEK_CUR);
}

ssize_t write(int fd, const void *data, size_t bytes) {
    int error = fault_of_fd("write", fd, place_of(fd), bytes);
    if (error > 0) {
        errno = error;
        return -1;
    }
    return NEXT(write)(fd, data, error == SHORT && bytes > 1 ? bytes / 2 : bytes);
}

ssize_t read(int fd, void *data, size_t bytes) {
    int error = fault_of_fd("read", fd, place_of(fd), bytes);
    if (error > 0) {
        errno = error;
        return -1;
    }
    return NEXT(read)(fd, data, error == SHORT && bytes > 1 ? bytes / 2 : bytes);
}

#define GATHER(name, offset_t)                                                                                         \
    ssize_t name(int fd, const struct iovec *pieces, int count, offset_t offset) {                                     \
        size_t bytes = 0;                                                                                              \
        for (int i = 0; i < count; i++)                                                                                \
            bytes += pieces[i].iov_len;                                                                                \
        int error = fault_of_fd("write", fd, offset, bytes);                                                           \
        if (error > 0) {                                                                                               \
            errno = error;                                                                                             \
            return -1;                                                                                                 \
        }                                                                                                              \
        return NEXT(name)(fd, pieces, error == SHORT && count > 1 ? count / 2 : count, offset);                        \
    }
GATHER(pwritev, off_t)
GATHER(pwritev64, off64_t)

/* ---- everything else ---- */

#define ALLOCATE(name, offset_t)                                                                                       \
    int name(int fd, int mode, offset_t first, offset_t bytes) {                                                       \
        int error = fault_of_fd("allocate", fd, first, (size_t)bytes);                                                 \
        if (error <= 0)                                                                                                \
            return NEXT(name)(fd, mode, first, bytes);                                                                 \
        errno = error;                                                                                                 \
        return -1;                                                                                                     \
    }
ALLOCATE(fallocate, off_t)
ALLOCATE(fallocate64, off64_t)

#define POSIX_ALLOCATE(name, offset_t)                                                                                 \
    int name(int fd, offset_t first, offset_t bytes) {                                                                 \
        int error = fault_of_fd("allocate", fd, first, (size_t)bytes);                                                 \
        return error > 0 ? error : NEXT(name)(fd, first, bytes);                                                       \
    }
POSIX_ALLOCATE(posix_fallocate, off_t)
POSIX_ALLOCATE(posix_fallocate64, off64_t)

#define TRUNCATE(name, offset_t)                                                                                       \
    int name(int fd, offset_t bytes) {                                                                                 \
        int error = fault_of_fd("truncate", fd, bytes, 0);                                                             \
        if (error <= 0)                                                                                                \
            return NEXT(name)(fd, bytes);                                                                              \
        errno = error;                                                                                                 \
        return -1;                                                                                                     \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define SYNC(name)                                                                                                     \
    int name(int fd) {                                                                                                 \
        int error = fault_of_fd("sync", fd, -1, 0);                                                                    \
        if (error <= 0)                                                                                                \
            return NEXT(name)(fd);                                                                                     \
        errno = error;                                                                                                 \
        return -1;                                                                                                     \
    }
SYNC(fsync)
SYNC(fdatasync)

int rename(const char *from, const char *to) {
    int error = fault("rename", to, -1, 0);
    if (error <= 0)
        return NEXT(rename)(from, to);
    errno = error;
    return -1;
}

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...) {                                                                       \
        va_list more;                                                                                                  \
        va_start(more, flags);                                                                                         \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0;                                        \
        va_end(more);                                                                                                  \
        int error = (flags & O_ACCMODE) == O_RDONLY ? 0 : fault("open", path, -1, 0);                                  \
        if (error <= 0)                                                                                                \
            return NEXT(name)(path, flags, mode);                                                                      \
        errno = error;                                                                                                 \
        return -1;                                                                                                     \
    }
OPEN(open)
OPEN(open64)
