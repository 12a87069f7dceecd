#include "run/mpirun.h"

#include "base/clock.h"
#include "base/failure.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/progress.h"
#include "place/limits.h"
#include "results/paths.h"
#include "run/banner.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SHELL_SIGNAL = 128 }; /* a shell's exit code for a process that signal S ended is 128 + S */

/* ---- programs ---- */

/* The program that PATH finds for `name` (a name with a slash is taken as it is), or NULL. Free it. */
static char *find_program(const char *name) {
    const char *path = getenv("PATH");
    if (strchr(name, '/'))
        return access(name, X_OK) == 0 ? memory_text("%s", name) : NULL;
    while (path && *path) {
        size_t length = strcspn(path, ":");
        char *found = length ? memory_text("%.*s/%s", (int)length, path, name) : memory_text("./%s", name);
        struct stat file;
        if (stat(found, &file) == 0 && S_ISREG(file.st_mode) && access(found, X_OK) == 0)
            return found;
        free(found);
        path += length + (path[length] == ':');
    }
    return NULL;
}

static bool has_program(const char *name) {
    char *found OWNED = find_program(name);
    return found != NULL;
}

/* `name` if it leads to the file `path`, else `path`. Free it. */
static char *shorten(const char *name, const char *path) {
    char *found OWNED = find_program(name);
    return memory_text("%s", found && paths_same_file(found, path) ? name : path);
}

char *mpirun_find(const char *built_with) {
    if (access(built_with, X_OK) == 0)
        return shorten("mpirun", built_with);
    return has_program("mpirun") ? memory_text("mpirun") : NULL;
}

char *mpirun_program(const char *typed) {
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length < 0)
        return memory_text("%s", typed);
    path[length] = '\0';
    return shorten(typed, path);
}

/* ---- settings ---- */

/* Whether mpirun may find other machines than this one. */
static bool has_hosts(void) {
    static const char *const variables[] = {"SLURM_JOB_ID",
                                            "PBS_JOBID",
                                            "LSB_JOBID",
                                            "PE_HOSTFILE",
                                            "OMPI_MCA_orte_default_hostfile",
                                            "PRTE_MCA_prte_default_hostfile"};
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        if (getenv(variables[i]))
            return true;
    return false;
}

size_t mpirun_settings(const mpirun_place_t *place, int ranks, mpirun_setting_t settings[MPIRUN_SETTINGS]) {
    bool alone = !has_hosts(), crowded = alone && ranks > place->cores;
    const struct {
        bool needed;
        mpirun_setting_t setting;
    } all[MPIRUN_SETTINGS] = {
        {place->root, {"OMPI_ALLOW_RUN_AS_ROOT", "1"}},
        {place->root, {"OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1"}},
        /* Ranks of one machine talk through its memory, so mpirun need not search networks, which may be odd in a
         * container. The other names repeat what Debian leaves out by default. */
        {alone, {"OMPI_MCA_btl", "^tcp,uct,openib,ofi"}},
        {alone && !place->ssh, {"OMPI_MCA_plm", "isolated"}},
        {alone && !place->shares_memory, {"OMPI_MCA_btl_vader_single_copy_mechanism", "none"}},
        /* Binding would begin at core 0, even if another sweep runs there or taskset allows other cores only. */
        {alone, {"OMPI_MCA_hwloc_base_binding_policy", "none"}},
        {alone, {"PRTE_MCA_hwloc_default_binding_policy", "none"}},
        {crowded, {"OMPI_MCA_rmaps_base_oversubscribe", "1"}},
        {crowded, {"PRTE_MCA_rmaps_default_mapping_policy", ":oversubscribe"}},
        {crowded, {"OMPI_MCA_mpi_yield_when_idle", "1"}},
    };
    size_t count = 0;
    for (size_t i = 0; i < MPIRUN_SETTINGS; i++)
        if (all[i].needed && !getenv(all[i].setting.name))
            settings[count++] = all[i].setting;
    return count;
}

static mpirun_place_t look_around(void) {
    char here = 0, there = 1;
    const struct iovec into = {&here, 1}, from = {&there, 1};
    return (mpirun_place_t){.cores = limits_cores(""),
                            .root = geteuid() == 0,
                            .ssh = has_program("ssh") || has_program("rsh"),
                            .shares_memory = process_vm_readv(getpid(), &into, 1, &from, 1, 0) == 1};
}

/* ---- the line ---- */

static void add_quoted(const char *word, text_t *line) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./^-";
    if (*word && strspn(word, plain) == strlen(word)) {
        text_add(line, "%s", word);
        return;
    }
    text_add(line, "'");
    for (size_t part; *word; word += part) {
        part = strcspn(word, "'");
        text_add(line, "%.*s", (int)part, word);
        if (word[part] == '\'') {
            text_add(line, "'\\''");
            part++;
        }
    }
    text_add(line, "'");
}

void mpirun_line(const mpirun_setting_t *settings, size_t count, const char *const *words, text_t *line) {
    for (size_t i = 0; i < count; i++) {
        text_add(line, "%s=", settings[i].name);
        add_quoted(settings[i].value, line);
        text_add(line, " ");
    }
    for (size_t i = 0; words[i]; i++) {
        text_add(line, i ? " " : "");
        add_quoted(words[i], line);
    }
}

/* ---- the end ---- */

int mpirun_exit_code(int wait_status, mpirun_asked_t asked) {
    int code = WIFSIGNALED(wait_status) ? SHELL_SIGNAL + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
    if (asked == MPIRUN_KILL)
        return SHELL_SIGNAL + SIGINT;
    return asked == MPIRUN_STOP && code == SHELL_SIGNAL + SIGUSR1 ? STATUS_STOPPED : code;
}

/* Whether rank 0 has explained the exit code itself, or the user asked for it: mpirun's banner then adds nothing. */
static bool is_explained(int code) {
    return (code >= 0 && code <= STATUS_INTERNAL) || code == STATUS_STOPPED || code == SHELL_SIGNAL + SIGINT;
}

/* ---- the process that waits ---- */

/* Seconds. mpirun loses a signal that arrives before it has started all ranks, so it is sent again. */
static const double SIGNAL_AGAIN = 1.0;

typedef struct {
    pid_t pid;
    int errors;         /* mpirun's stderr; -1: closed */
    int signals;        /* signalfd */
    sigset_t caught;    /* the signals it delivers */
    sigset_t inherited; /* the mask before */
    int interrupts;     /* SIGINTs so far */
    mpirun_asked_t asked;
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
static _Noreturn void become_mpirun(const parent_t *p, pid_t parent, int errors, const char **words) {
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent) /* the parent has died already */
        _exit(STATUS_INTERNAL);
    setpgid(0, 0);
    dup2(nothing, STDIN_FILENO);
    dup2(errors, STDERR_FILENO);
    sigprocmask(SIG_SETMASK, &p->inherited, NULL);
    execvp(words[0], (char *const *)(uintptr_t)words);
    dprintf(STDERR_FILENO, "harsanyi: error: cannot start %s: %s\n", words[0], strerror(errno));
    _exit(STATUS_INPUT);
}

static status_t start_mpirun(parent_t *p, const char **words, failure_t *why) {
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
        p->asked = MPIRUN_KILL;
        kill(p->pid, SIGTERM); /* mpirun kills the ranks */
    } else if (p->asked == MPIRUN_GO_ON) {
        p->asked = MPIRUN_STOP;
        log_info(&p->log, "stopping once running work is stored%s",
                 number == SIGINT ? "; Ctrl-C again kills the ranks" : "");
        send_stop(p, now);
    }
}

static void follow_mpirun(parent_t *p) {
    struct signalfd_siginfo info;
    while (!p->ended) {
        struct pollfd watched[] = {{.fd = p->signals, .events = POLLIN}, {.fd = p->errors, .events = POLLIN}};
        poll(watched, 2, p->asked == MPIRUN_STOP ? (int)(1000 * SIGNAL_AGAIN) : -1);
        if (watched[1].revents)
            relay_errors(p);
        double now = clock_seconds();
        while (read(p->signals, &info, sizeof info) == (ssize_t)sizeof info)
            take_signal(p, info.ssi_signo, now);
        if (p->asked == MPIRUN_STOP && !p->ended && now - p->signalled >= SIGNAL_AGAIN)
            send_stop(p, now);
    }
}

/* Passes on the rest. A process that outlives mpirun may hold the pipe open; it is not waited for. */
static int finish_run(parent_t *p) {
    char out[2 * BANNER_ROOM];
    int code = mpirun_exit_code(p->wait_status, p->asked);
    if (p->errors >= 0)
        fcntl(p->errors, F_SETFL, O_NONBLOCK);
    while (p->errors >= 0 && relay_errors(p))
        continue;
    size_t left = banner_end(&p->banner, !is_explained(code), out);
    fwrite(out, 1, left, stderr);
    return code;
}

/* ---- all of it ---- */

/* mpirun -n RANKS PROGRAM ARGUMENT..., ended by NULL. Only the array is new. */
static const char **make_words(const char *mpirun, const char *ranks, const char *program,
                               const char *const *arguments) {
    const char *const first[] = {mpirun, "-n", ranks, program};
    size_t count = 0, used = sizeof first / sizeof *first;
    while (arguments[count])
        count++;
    const char **words = memory_need(used + count + 1, sizeof *words, "the line for mpirun");
    memcpy(words, first, sizeof first);
    memcpy(words + used, arguments, count * sizeof *words);
    return words;
}

/* Sets the environment for mpirun and says what is started. */
static void prepare_environment(int ranks, const char *const *words, bool quiet) {
    mpirun_setting_t settings[MPIRUN_SETTINGS];
    text_t line CLEANUP(text_free) = {0};
    const mpirun_place_t place = look_around();
    size_t count = mpirun_settings(&place, ranks, settings);
    mpirun_line(settings, count, words, &line);
    text_clean(line.chars, true);
    if (!quiet)
        fprintf(stderr, "harsanyi: %s\n", line.chars);
    for (size_t i = 0; i < count; i++)
        setenv(settings[i].name, settings[i].value, 1);
    if (isatty(STDERR_FILENO) == 1)
        setenv(PROGRESS_TERMINAL, "1", 1); /* the ranks' stderr is a pipe, which ends on it */
}

int mpirun_run(int ranks, const char *built_with, const char *const *arguments, bool quiet) {
    parent_t p = {.errors = -1, .log = {.quiet = quiet, .live_line = isatty(STDERR_FILENO) == 1}};
    failure_t why = {0};
    char *mpirun OWNED = mpirun_find(built_with);
    if (!mpirun) {
        log_error(&p.log,
                  "--ranks needs mpirun, which is neither in PATH nor at %s, where the Open MPI that harsanyi was "
                  "built with had it. Install Open MPI (Debian: apt-get install openmpi-bin), or omit --ranks",
                  built_with);
        return STATUS_INPUT;
    }
    char number[16], *program OWNED = mpirun_program(program_invocation_name);
    snprintf(number, sizeof number, "%d", ranks);
    const char **words OWNED = make_words(mpirun, number, program, arguments);
    int code = STATUS_INTERNAL;
    status_t status = open_signals(&p, &why);
    if (status == STATUS_OK) {
        prepare_environment(ranks, words, quiet);
        status = start_mpirun(&p, words, &why);
    }
    if (status == STATUS_OK) {
        follow_mpirun(&p);
        code = finish_run(&p);
    } else {
        log_error(&p.log, "%s", why.text);
    }
    return code;
}
