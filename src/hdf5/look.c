#include "hdf5/look.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct {
    const look_options_t *options;
    const char *path;
    pid_t pid;
    int pipe; /* the child's stdout */
    bool given_up;
    char text[FAILURE_TEXT];
    size_t length;
} child_t;

/* ---- starting ---- */

/* The environment without the variables of an MPI launcher: the child is not a rank. The strings belong to environ. */
static char **environment(void) {
    size_t count = 0, kept = 0;
    while (environ[count])
        count++;
    char **out = memory_need(count + 1, sizeof *out, "the environment of a child process");
    for (size_t i = 0; i < count; i++)
        if (!spawn_launcher_set(environ[i]))
            out[kept++] = environ[i];
    return out;
}

/* Its stdout is the pipe; its stderr is dropped, since libc writes there when it crashes. It gets its own process
 * group, or Ctrl-C would look like a crash; it still ends with its parent (look_child.c). */
static int spawn(child_t *child, int to_parent) {
    char seconds[16];
    snprintf(seconds, sizeof seconds, "%d", child->options->processor_seconds);
    char *const arguments[] = {"harsanyi", LOOK_COMMAND, (char *)child->path, seconds, NULL};
    char **variables = environment();
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    spawn_attributes(&attributes);
    int error = posix_spawn_file_actions_adddup2(&actions, to_parent, STDOUT_FILENO);
    if (!error)
        error = posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (!error)
        error = posix_spawn(&child->pid, child->options->program, &actions, &attributes, arguments, variables);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    free(variables);
    return error;
}

static status_t start(child_t *child, failure_t *why) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return failed(why, STATUS_INTERNAL, "%s: cannot create a pipe to a child process: %s", child->path,
                      strerror(errno));
    int error = spawn(child, ends[1]);
    close(ends[1]);
    child->pipe = ends[0];
    if (error == 0)
        return STATUS_OK;
    close(ends[0]);
    return failed(why, STATUS_INTERNAL, "%s: cannot start the child process that checks the file: %s", child->path,
                  strerror(error));
}

/* ---- waiting ---- */

/* Reads what the child has written: signs of progress, and a message; false at the end. */
static bool take(child_t *child, double *since) {
    char piece[256];
    ssize_t got = read(child->pipe, piece, sizeof piece);
    for (ssize_t i = 0; i < got; i++)
        if (piece[i] == LOOK_GETS_ON)
            *since = clock_seconds();
        else if (child->length < sizeof child->text - 1)
            child->text[child->length++] = piece[i];
    return got > 0 || (got < 0 && errno == EINTR);
}

/* Until the child closes its end of the pipe. */
static void listen_to(child_t *child) {
    const look_options_t *options = child->options;
    double since = clock_seconds();
    bool warned = false;
    for (;;) {
        double waited = clock_seconds() - since;
        double left = (warned ? options->give_up_after : options->warn_after) - waited;
        if (left <= 0 && warned)
            break;
        if (left <= 0) {
            log_warning(&(log_t){0}, "%s: waiting for the disk: %.0f s so far, giving up after %.0f s", child->path,
                        waited, options->give_up_after);
            warned = true;
            continue;
        }
        struct pollfd ready = {.fd = child->pipe, .events = POLLIN};
        if (poll(&ready, 1, (int)(left * 1000) + 1) > 0 && !take(child, &since))
            return;
    }
    child->given_up = true;
    kill(child->pid, SIGKILL);
}

/* ---- judging ---- */

static status_t judge_signal(const child_t *child, int number, failure_t *why) {
    switch (number) {
    case SIGPROF: /* look_child_limit */
        return failed(why, STATUS_INPUT, "%s: damaged: HDF5 hung on it (%d s of processor time)", child->path,
                      child->options->processor_seconds);
    case SIGKILL:
    case SIGTERM:
    case SIGINT:
    case SIGHUP:
        return failed(why, STATUS_INTERNAL,
                      "%s: the child process that checks the file was killed (signal %d), perhaps because memory ran "
                      "out; try again",
                      child->path, number);
    default:
        return failed(why, STATUS_INPUT, "%s: damaged: HDF5 crashed on it (signal %d)", child->path, number);
    }
}

static status_t judge(const child_t *child, int ended, failure_t *why) {
    if (child->given_up)
        return failed(why, STATUS_INTERNAL, "%s: cannot be read: the disk returned nothing for %.0f s", child->path,
                      child->options->give_up_after);
    if (WIFSIGNALED(ended))
        return judge_signal(child, WTERMSIG(ended), why);
    switch (WEXITSTATUS(ended)) {
    case LOOK_GOOD:
        return STATUS_OK;
    case LOOK_DAMAGED:
        return failed(why, STATUS_INPUT, "%s", child->text);
    case LOOK_UNKNOWN:
        return failed(why, STATUS_INTERNAL, "%s", child->text);
    case STATUS_INTERNAL: /* base/memory.h */
        return failed(why, STATUS_INTERNAL, "%s: out of memory in the child process that checks the file", child->path);
    default: /* how a sanitizer ends after a crash */
        return failed(why, STATUS_INPUT, "%s: damaged: HDF5 crashed on it (exit code %d)", child->path,
                      WEXITSTATUS(ended));
    }
}

/* ---- public ---- */

status_t look_with(const look_options_t *options, const char *path, failure_t *why) {
    child_t child = {.options = options, .path = path};
    struct stat info;
    int ended = 0;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode))
        return STATUS_OK;
    TRY(start(&child, why));
    listen_to(&child);
    close(child.pipe);
    while (waitpid(child.pid, &ended, 0) < 0)
        if (errno != EINTR)
            return failed(why, STATUS_INTERNAL, "%s: lost the child process that checks the file: %s", path,
                          strerror(errno));
    return judge(&child, ended, why);
}

status_t look_at_file(const char *path, failure_t *why) {
    static const look_options_t OPTIONS = {
        .program = "/proc/self/exe", .processor_seconds = 20, .warn_after = 20, .give_up_after = 600};
    return look_with(&OPTIONS, path, why);
}

status_t look_at_files(const char *const *paths, int count, failure_t *why) {
    for (int i = 0; i < count; i++)
        TRY(look_at_file(paths[i], why));
    return STATUS_OK;
}
