#include "results/lock_record.h"

#include "base/clock.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A holder elsewhere is not given up before it missed that many renewals under our eyes: clocks jump. */
static const double BEATS_WATCHED = 2.5;

enum { RECORD_TEXT = 640 };

/* ---- who holds it ---- */

/* What tells machines apart: two may have one name, and one name may be in two places of processes (containers). */
static void this_machine(const char *host, char machine[LOCK_RECORD_MACHINE]) {
    char boot[64] = "-", space[64] = "-";
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, boot, sizeof boot - 1);
    if (fd >= 0)
        close(fd);
    boot[got > 0 ? got : 0] = '\0';
    boot[strcspn(boot, "\n")] = '\0';
    got = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    space[got > 0 ? got : 0] = '\0';
    snprintf(machine, LOCK_RECORD_MACHINE, "%.60s/%s/%s", host, boot, space);
    for (char *c = machine; *c; c++)
        *c = isgraph((unsigned char)*c) ? *c : '_';
}

/* When a process of this machine started; 0: it is no more. In /proc/PID/stat, behind the name, the first field is the
 * state and the 20th the start. */
static unsigned long long start_of(long process) {
    enum { FIELDS = 20 };
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", process);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = '\0';
    char *name_end = strrchr(text, ')'), *within = NULL;
    char *field = name_end ? strtok_r(name_end + 1, " ", &within) : NULL;
    if (!field || *field == 'Z' || *field == 'X')
        return 0;
    for (int i = 1; field && i < FIELDS; i++)
        field = strtok_r(NULL, " ", &within);
    return field ? strtoull(field, NULL, 10) : 0;
}

bool lock_record_same_machine(const lock_record_t *a, const lock_record_t *b) {
    return strcmp(a->machine, b->machine) == 0;
}

bool lock_record_lives(const lock_record_t *holder) {
    if (holder->process_start == 0 || holder->process <= 0)
        return false;
    unsigned long long start = start_of(holder->process);
    /* Of another user, and /proc may hide it (hidepid). */
    return start == holder->process_start || (start == 0 && kill((pid_t)holder->process, 0) != 0 && errno == EPERM);
}

void lock_record_self(const char *host_name, lock_record_t *self) {
    char host[64] = "unknown";
    const char *job = getenv("SLURM_JOB_ID");
    if (host_name)
        snprintf(host, sizeof host, "%s", host_name);
    else
        gethostname(host, sizeof host - 1);
    *self = (lock_record_t){.process = getpid(), .process_start = start_of(getpid())};
    this_machine(host, self->machine);
    snprintf(self->text, sizeof self->text, "host %s, process %ld%s%.32s", host, self->process,
             job ? ", Slurm job " : "", job ? job : "");
}

void lock_record_write(int fd, const lock_record_t *self) {
    char text[RECORD_TEXT];
    int length =
        snprintf(text, sizeof text, "%s\n%ld %llu %s\n", self->text, self->process, self->process_start, self->machine);
    /* Without it the file still is a lock, of somebody unknown. */
    if (pwrite(fd, text, (size_t)length, 0) != length)
        return;
}

void lock_record_read(int fd, lock_record_t *holder) {
    char text[RECORD_TEXT];
    ssize_t got = pread(fd, text, sizeof text - 1, 0);
    *holder = (lock_record_t){0};
    text[got > 0 ? got : 0] = '\0';
    size_t length = strcspn(text, "\n");
    snprintf(holder->text, sizeof holder->text, "%.*s", (int)length, text);
    for (char *c = holder->text; *c; c++)
        *c = isprint((unsigned char)*c) ? *c : '?';
    if (text[length] != '\n')
        return;
    char *at = text + length + 1;
    holder->process = strtol(at, &at, 10);
    holder->process_start = strtoull(at, &at, 10);
    at += *at == ' ';
    snprintf(holder->machine, sizeof holder->machine, "%.*s", (int)strcspn(at, "\n"), at);
}

/* ---- signs of life ---- */

static double seconds_of(struct timespec t) {
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The clock that gives files their times: that of the server, which need not agree with ours. */
static double file_clock(const char *path) {
    char name[4096];
    struct stat info;
    double now = clock_calendar();
    if (snprintf(name, sizeof name, "%s.XXXXXX", path) >= (int)sizeof name)
        return now;
    int fd = mkstemp(name);
    if (fd < 0)
        return now;
    if (futimens(fd, NULL) == 0 && fstat(fd, &info) == 0)
        now = seconds_of(info.st_mtim);
    unlink(name);
    close(fd);
    return now;
}

void lock_record_watch(lock_record_watch_t *w, int fd, const char *path) {
    struct stat info;
    if (fstat(fd, &info) != 0)
        return;
    double now = clock_seconds();
    bool same = w->begun && info.st_ino == w->seen.st_ino && info.st_dev == w->seen.st_dev;
    if (same && seconds_of(info.st_mtim) == seconds_of(w->seen.st_mtim))
        return;
    *w = (lock_record_watch_t){.begun = true, .renewed = same, .seen = info, .since = now};
    if (!same) {
        double age = file_clock(path) - seconds_of(info.st_mtim);
        w->age = age > 0 ? age : 0;
    }
}

double lock_record_age(const lock_record_watch_t *w) {
    return w->age + (clock_seconds() - w->since);
}

bool lock_record_is_stale(const lock_record_watch_t *w, double stale, double beat) {
    return lock_record_age(w) >= stale && clock_seconds() - w->since >= BEATS_WATCHED * beat;
}
