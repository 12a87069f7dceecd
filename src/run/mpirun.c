#include "run/mpirun.h"

#include "base/clock.h"
#include "base/failure.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/progress.h"
#include "run/banner.h"
#include "run/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Seconds. mpirun loses a signal that arrives before it has started all ranks, so it is sent again. */
static const double SIGNAL_AGAIN = 1.0;

typedef struct {
    pid_t pid;
    int errors;         /* mpirun's stderr; -1: closed */
    int signals;        /* signalfd */
    sigset_t caught;    /* the signals it delivers */
    sigset_t inherited; /* the mask before */
    int interrupts;     /* SIGINTs so far */
    launch_asked_t asked;
    double signalled; /* when mpirun was last sent SIGUSR1 */
    bool ended;
    int wait_status;
    banner_t banner;
    log_t log;
} parent_t;

/* ---- starting ---- */

/* Signals that the parent chose to ignore stay ignored: a script in the background ignores Ctrl-C. */
static void catch (parent_t *p, int number) {
    struct sigaction now;
    if (sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
        sigaddset(&p->caught, number);
}

static status_t open_signals(parent_t *p, failure_t *why) {
    sigemptyset(&p->caught);
    sigaddset(&p->caught, SIGCHLD);
    catch (p, SIGINT);
    catch (p, SIGTERM);
    catch (p, SIGUSR1);
    if (sigprocmask(SIG_BLOCK, &p->caught, &p->inherited) != 0 ||
        (p->signals = signalfd(-1, &p->caught, SFD_NONBLOCK | SFD_CLOEXEC)) < 0)
        return failed(why, STATUS_INTERNAL, "cannot set up signals: %s", strerror(errno));
    return STATUS_OK;
}

/* In the child. A group of its own keeps Ctrl-C from mpirun, which would kill the ranks; nothing is read from stdin. */
static _Noreturn void become_mpirun(const parent_t *p, pid_t parent, int errors, char *const *words) {
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) /* the parent has died already */
        _exit(STATUS_INTERNAL);
    setpgid(0, 0);
    dup2(nothing, STDIN_FILENO);
    dup2(errors, STDERR_FILENO);
    sigprocmask(SIG_SETMASK, &p->inherited, NULL);
    execvp(words[0], words);
    dprintf(STDERR_FILENO, "harsanyi: error: cannot start %s: %s\n", words[0], strerror(errno));
    _exit(STATUS_INPUT);
}

static status_t start_mpirun(parent_t *p, char *const *words, failure_t *why) {
    int ends[2];
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) != 0)
        return failed(why, STATUS_INTERNAL, "cannot start mpirun: %s", strerror(errno));
    p->errors = ends[0];
    p->pid = fork();
    if (p->pid == 0)
        become_mpirun(p, parent, ends[1], words);
    close(ends[1]);
    return p->pid > 0 ? STATUS_OK : failed(why, STATUS_INTERNAL, "cannot start mpirun: %s", strerror(errno));
}

/* ---- until it ends ---- */

/* Passes on what mpirun and the ranks have written; false if there was nothing. */
static bool relay_errors(parent_t *p) {
    char bytes[4096], out[BANNER_ROOM + sizeof bytes];
    ssize_t count = read(p->errors, bytes, sizeof bytes);
    if (count > 0) {
        size_t passed = banner_take(&p->banner, bytes, (size_t)count, out);
        fwrite(out, 1, passed, stderr);
    } else if (count == 0) {
        close(p->errors);
        p->errors = -1;
    }
    return count > 0;
}

static void send_stop(parent_t *p, double now) {
    p->signalled = now;
    kill(p->pid, SIGUSR1);
}

static void take_signal(parent_t *p, uint32_t number, double now) {
    if (number == SIGCHLD) {
        p->ended = p->ended || waitpid(p->pid, &p->wait_status, WNOHANG) == p->pid;
        return;
    }
    p->interrupts += number == SIGINT;
    if (p->interrupts > 1) {
        p->asked = LAUNCH_KILL;
        kill(p->pid, SIGTERM); /* mpirun kills the ranks */
    } else if (p->asked == LAUNCH_GO_ON) {
        p->asked = LAUNCH_STOP;
        log_info(&p->log, "stopping once running work is stored%s",
                 number == SIGINT ? "; Ctrl-C again kills the ranks" : "");
        send_stop(p, now);
    }
}

static void follow_mpirun(parent_t *p) {
    struct signalfd_siginfo info;
    while (!p->ended) {
        struct pollfd watched[] = {{.fd = p->signals, .events = POLLIN}, {.fd = p->errors, .events = POLLIN}};
        poll(watched, 2, p->asked == LAUNCH_STOP ? (int)(1000 * SIGNAL_AGAIN) : -1);
        if (watched[1].revents)
            relay_errors(p);
        double now = clock_seconds();
        while (read(p->signals, &info, sizeof info) == (ssize_t)sizeof info)
            take_signal(p, info.ssi_signo, now);
        if (p->asked == LAUNCH_STOP && !p->ended && now - p->signalled >= SIGNAL_AGAIN)
            send_stop(p, now);
    }
}

/* Passes on the rest. A process that outlives mpirun may hold the pipe open; it is not waited for. */
static int finish_run(parent_t *p) {
    char out[2 * BANNER_ROOM];
    int code = launch_exit_code(p->wait_status, p->asked);
    if (p->errors >= 0)
        fcntl(p->errors, F_SETFL, O_NONBLOCK);
    while (p->errors >= 0 && relay_errors(p))
        continue;
    size_t left = banner_end(&p->banner, !launch_is_explained(code), out);
    fwrite(out, 1, left, stderr);
    return code;
}

/* ---- all of it ---- */

/* mpirun -n RANKS PROGRAM ARGUMENT..., ended by NULL; owned, each word too. Takes `mpirun`. */
static char **make_words(int ranks, char *mpirun, const char *const *arguments) {
    size_t count = 0, used = 0;
    while (arguments[count])
        count++;
    char **words = memory_need(count + 5, sizeof *words, "the line for mpirun");
    words[used++] = mpirun;
    words[used++] = memory_text("-n");
    words[used++] = memory_text("%d", ranks);
    words[used++] = launch_program(program_invocation_name);
    for (size_t i = 0; i < count; i++)
        words[used++] = memory_text("%s", arguments[i]);
    return words;
}

static void free_words(char **words) {
    for (size_t i = 0; words[i]; i++)
        free(words[i]);
    free(words);
}

/* Sets the environment for mpirun and says what is started. */
static void prepare_environment(int ranks, const char *const *words, bool quiet) {
    launch_setting_t settings[LAUNCH_SETTINGS];
    text_t line = {0};
    const launch_place_t place = launch_look();
    size_t count = launch_settings(&place, ranks, settings);
    launch_line(settings, count, words, &line);
    text_clean(line.chars, true);
    if (!quiet)
        fprintf(stderr, "harsanyi: %s\n", line.chars);
    text_free(&line);
    for (size_t i = 0; i < count; i++)
        setenv(settings[i].name, settings[i].value, 1);
    if (isatty(STDERR_FILENO) == 1)
        setenv(PROGRESS_TERMINAL, "1", 1); /* the ranks' stderr is a pipe, which ends on it */
}

int mpirun_run(int ranks, const char *built_with, const char *const *arguments, bool quiet) {
    parent_t p = {.errors = -1, .log = {.quiet = quiet, .live_line = isatty(STDERR_FILENO) == 1}};
    failure_t why = {0};
    char *mpirun = launch_mpirun(built_with);
    if (!mpirun) {
        log_error(&p.log,
                  "--ranks needs mpirun, but there is none in PATH, nor at %s, where the Open MPI that harsanyi was "
                  "built with had it. Install Open MPI (Debian: apt-get install openmpi-bin), or omit --ranks",
                  built_with);
        return STATUS_INPUT;
    }
    char **words = make_words(ranks, mpirun, arguments);
    int code = STATUS_INTERNAL;
    status_t status = open_signals(&p, &why);
    if (status == STATUS_OK) {
        prepare_environment(ranks, (const char *const *)words, quiet);
        status = start_mpirun(&p, words, &why);
    }
    if (status == STATUS_OK) {
        follow_mpirun(&p);
        code = finish_run(&p);
    } else {
        log_error(&p.log, "%s", why.text);
    }
    free_words(words);
    return code;
}
