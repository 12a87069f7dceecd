#include "engines/child.h"

#include "base/clock.h"
#include "base/spawn.h"
#include "base/text.h"
#include "engines/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_WORD = 3, ABOVE_ITS_OWN = 16, NOT_FOUND = 127, LINES = 3 };
/* How long a child may take to end, and how often to see whether it still lives: its socket stays open as long as a
 * process that it started has it. */
static const double END_SECONDS = 2, LOOK_SECONDS = 1;

/* ---- starting ---- */

static int spawn(child_t *child, char **words, const int *descriptors) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    spawn_attributes(&attributes);
    int error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    for (int fd = STDOUT_FILENO; fd <= PROTOCOL_MEMORY && !error; fd++)
        error = posix_spawn_file_actions_adddup2(&actions, descriptors[fd], fd);
    if (!error)
        error = posix_spawn(&child->pid, "/proc/self/exe", &actions, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error)
        child->pid = 0;
    return error;
}

static int spawn_command(child_t *child, const char *const *command, const char *path, const int *descriptors) {
    char parent[32];
    size_t count = 0;
    while (command[count])
        count++;
    char **words = calloc(count + FIRST_WORD + 2, sizeof *words);
    if (!words)
        return ENOMEM;
    snprintf(parent, sizeof parent, "%ld", (long)getpid());
    words[0] = (char *)"harsanyi";
    words[1] = (char *)CHILD_COMMAND;
    words[2] = parent;
    words[FIRST_WORD] = (char *)path;
    for (size_t i = 0; i < count; i++)
        words[FIRST_WORD + 1 + i] = (char *)command[i];
    int error = spawn(child, words, descriptors);
    free(words);
    return error;
}

/* A descriptor that does not get in the way of the child's own. */
static int above(int fd) {
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, ABOVE_ITS_OWN);
    close(fd);
    return moved;
}

static void close_all(const int *descriptors, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (descriptors[i] >= 0)
            close(descriptors[i]);
}

status_t child_start(child_t *child, const char *const *command, int memory, const char *path, failure_t *why) {
    int sockets[2] = {-1, -1}, prints[2] = {-1, -1}, error = 0;
    *child = (child_t){0};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0 || pipe2(prints, O_CLOEXEC) != 0)
        error = errno;
    const int ours[] = {sockets[0], prints[0]};
    if (!error) {
        const int given[] = {above(sockets[1]), above(prints[1]), fcntl(memory, F_DUPFD_CLOEXEC, ABOVE_ITS_OWN)};
        const int descriptors[] = {-1, given[1], given[1], given[0], given[2]};
        error = spawn_command(child, command, path, descriptors);
        close_all(given, sizeof given / sizeof *given);
    }
    if (error) {
        close_all(ours, 2);
        return failed(why, STATUS_INTERNAL, "cannot start a process for the model: %s", strerror(error));
    }
    fcntl(prints[0], F_SETFL, O_NONBLOCK);
    child->socket = sockets[0];
    child->prints = prints[0];
    return STATUS_OK;
}

/* ---- what it prints ---- */

static void keep(child_t *child, const char *piece, size_t bytes) {
    const size_t room = sizeof child->printed;
    if (bytes > room - child->length) {
        size_t stays = child->length < room / 2 ? child->length : room / 2;
        memmove(child->printed, child->printed + child->length - stays, stays);
        child->length = stays;
    }
    memcpy(child->printed + child->length, piece, bytes);
    child->length += bytes;
}

/* Passes on what there is; a stderr that cannot be written to is no reason to stop. */
static void pass_on(child_t *child) {
    char piece[CHILD_PRINTED / 2];
    ssize_t got = 1;
    while (child->prints >= 0 && got > 0) {
        got = read(child->prints, piece, sizeof piece);
        if (got > 0) {
            keep(child, piece, (size_t)got);
            if (write(STDERR_FILENO, piece, (size_t)got) < 0)
                continue;
        } else if (got == 0) {
            close(child->prints);
            child->prints = -1;
        } else if (errno == EINTR)
            got = 1;
    }
}

/* Blank, or what Python puts under the place of an error. */
static bool says_nothing(const char *line) {
    return line[strspn(line, " ^~")] == '\0';
}

/* The last lines that say something, as many as fit, joined with " | ". */
static void last_words(const child_t *child, char words[CHILD_WORDS]) {
    char text[CHILD_PRINTED + 1], joined[CHILD_WORDS];
    memcpy(text, child->printed, child->length);
    text[child->length] = '\0';
    text_clean(text, true);
    words[0] = '\0';
    for (int lines = 0; lines < LINES;) {
        char *line = strrchr(text, '\n');
        char *begin = line ? line + 1 : text;
        begin += strspn(begin, " ");
        if (!says_nothing(begin)) {
            int used = snprintf(joined, sizeof joined, "%s%s%s", begin, lines ? " | " : "", words);
            if (used >= (int)sizeof joined && lines > 0)
                return;
            memcpy(words, joined, sizeof joined);
            lines++;
        }
        if (!line)
            return;
        *line = '\0';
    }
}

/* ---- its end ---- */

static void close_descriptors(child_t *child) {
    if (child->socket >= 0)
        close(child->socket);
    if (child->prints >= 0)
        close(child->prints);
    child->socket = child->prints = -1;
}

/* Whether the child has ended, without taking its exit code from finish. */
static bool has_ended(const child_t *child) {
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

/* Ends the group before the child is waited for: until then its number belongs to nobody else. */
static void finish(child_t *child) {
    const bool by_itself = has_ended(child);
    int ended = 0;
    kill(-child->pid, SIGKILL);
    while (waitpid(child->pid, &ended, 0) < 0 && errno == EINTR)
        continue;
    pass_on(child);
    close_descriptors(child);
    child->pid = 0;
    child->ended = by_itself ? ended : 0;
}

static void await_end(child_t *child) {
    const double end = clock_seconds() + END_SECONDS;
    while (!has_ended(child) && clock_seconds() < end) {
        struct pollfd ready = {.fd = child->prints, .events = POLLIN};
        poll(&ready, 1, 10);
        pass_on(child);
    }
}

static status_t say(const child_t *child, failure_t *why) {
    char words[CHILD_WORDS];
    last_words(child, words);
    if (why && words[0]) {
        char sentence[FAILURE_TEXT];
        snprintf(sentence, sizeof sentence, "%s", why->text);
        return failed(why, STATUS_TRANSIENT, "%s; its last lines: %s", sentence, words);
    }
    return STATUS_TRANSIENT;
}

/* The socket is closed at the other end. */
static status_t died(child_t *child, failure_t *why) {
    await_end(child);
    const bool by_itself = has_ended(child);
    finish(child);
    const int ended = child->ended;
    if (!by_itself)
        failed(why, STATUS_TRANSIENT, "the model's process closed descriptor %d", PROTOCOL_SOCKET);
    else if (WIFSIGNALED(ended))
        failed(why, STATUS_TRANSIENT, "the model's process was killed (signal %d)", WTERMSIG(ended));
    else
        failed(why, STATUS_TRANSIENT, "the model's process ended (exit code %d)", WEXITSTATUS(ended));
    return say(child, why);
}

status_t child_kill(child_t *child, failure_t *why) {
    if (child->pid)
        finish(child);
    return say(child, why);
}

void child_end(child_t *child) {
    if (!child->pid)
        return;
    close(child->socket);
    child->socket = -1;
    await_end(child);
    finish(child);
}

/* ---- packets ---- */

status_t child_send(child_t *child, const void *packet, size_t bytes, failure_t *why) {
    ssize_t sent;
    do
        sent = send(child->socket, packet, bytes, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent == (ssize_t)bytes
               ? STATUS_OK
               : failed(why, STATUS_TRANSIENT, "the model's process cannot be reached: %s", strerror(errno));
}

/* A packet if there is one; *bytes 0: the other end is closed. */
static bool take(const child_t *child, void *packet, size_t room, size_t *bytes) {
    ssize_t got = recv(child->socket, packet, room, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    *bytes = got > 0 ? (size_t)got : 0;
    return true;
}

status_t child_receive(child_t *child, double seconds, void *packet, size_t room, size_t *bytes, bool *late,
                       failure_t *why) {
    const double end = clock_seconds() + seconds;
    *late = false;
    for (;;) {
        double left = end - clock_seconds();
        struct pollfd ready[] = {{.fd = child->socket, .events = POLLIN}, {.fd = child->prints, .events = POLLIN}};
        int found = poll(ready, 2, left <= 0 ? 0 : (int)(1000 * (left < LOOK_SECONDS ? left : LOOK_SECONDS)) + 1);
        if (found > 0 && ready[1].revents)
            pass_on(child);
        if (found > 0 && ready[0].revents && take(child, packet, room, bytes))
            return *bytes > 0 ? STATUS_OK : died(child, why);
        if (found == 0 && has_ended(child))
            return take(child, packet, room, bytes) && *bytes > 0 ? STATUS_OK : died(child, why);
        if (found <= 0 && left <= 0) {
            *late = true;
            failed(why, STATUS_TRANSIENT, "the model's process did not answer within %g s and was killed", seconds);
            return child_kill(child, why);
        }
    }
}

/* ---- the hidden command ---- */

bool child_is(int argc, char **argv) {
    return argc > FIRST_WORD + 1 && strcmp(argv[1], CHILD_COMMAND) == 0;
}

/* The command is no rank of the launcher's. Threads of its libraries: one, unless the user says otherwise, since sums
 * in another order have other bits; ranks use the other cores. Memory that a batch needed stays for the next: glibc
 * gives arrays back to the kernel and gets them again page by page, which took half of the time of a small network in
 * numpy. */
static void set_environment(const char *path) {
    static const char *const ONE[] = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"};
    for (size_t i = 0; environ[i];) {
        char name[256];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(environ[i], "="), environ[i]);
        if (!spawn_launcher_set(name) || unsetenv(name) != 0)
            i++;
    }
    for (size_t k = 0; k < sizeof ONE / sizeof *ONE; k++)
        setenv(ONE[k], "1", false);
    setenv("PYTHONHASHSEED", "0", false);
    setenv("MALLOC_MMAP_THRESHOLD_", "33554432", false); /* the most that all versions take */
    setenv("MALLOC_TRIM_THRESHOLD_", "1073741824", false);
    setenv("PYTHONPATH", path, true);
}

int child_become(char **argv) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if ((long)getppid() != strtol(argv[2], NULL, 10))
        return NOT_FOUND; /* it died before */
    set_environment(argv[FIRST_WORD]);
#ifdef SYS_close_range
    syscall(SYS_close_range, PROTOCOL_MEMORY + 1, ~0u, 0);
#endif
    execvp(argv[FIRST_WORD + 1], argv + FIRST_WORD + 1);
    fprintf(stderr, "%s: %s\n", argv[FIRST_WORD + 1], strerror(errno));
    return NOT_FOUND;
}
