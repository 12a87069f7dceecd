#include "run/launch.h"

#include "base/failure.h"
#include "base/memory.h"
#include "place/limits.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
    char *found = find_program(name);
    bool any = found != NULL;
    free(found);
    return any;
}

static bool is_same_file(const char *a, const char *b) {
    struct stat of_a, of_b;
    return stat(a, &of_a) == 0 && stat(b, &of_b) == 0 && of_a.st_dev == of_b.st_dev && of_a.st_ino == of_b.st_ino;
}

/* `name` if it leads to the file `path`, else `path`. Free it. */
static char *shorten(const char *name, const char *path) {
    char *found = find_program(name);
    bool same = found && is_same_file(found, path);
    free(found);
    return memory_text("%s", same ? name : path);
}

char *launch_mpirun(const char *built_with) {
    if (access(built_with, X_OK) == 0)
        return shorten("mpirun", built_with);
    return has_program("mpirun") ? memory_text("mpirun") : NULL;
}

char *launch_program(const char *typed) {
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

size_t launch_settings(const launch_place_t *place, int ranks, launch_setting_t settings[LAUNCH_SETTINGS]) {
    bool alone = !has_hosts(), crowded = alone && ranks > place->cores;
    const struct {
        bool needed;
        launch_setting_t setting;
    } all[LAUNCH_SETTINGS] = {
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
    for (size_t i = 0; i < LAUNCH_SETTINGS; i++)
        if (all[i].needed && !getenv(all[i].setting.name))
            settings[count++] = all[i].setting;
    return count;
}

launch_place_t launch_look(void) {
    char here = 0, there = 1;
    const struct iovec into = {&here, 1}, from = {&there, 1};
    return (launch_place_t){.cores = limits_cores(""),
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

void launch_line(const launch_setting_t *settings, size_t count, const char *const *words, text_t *line) {
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

int launch_exit_code(int wait_status, launch_asked_t asked) {
    int code = WIFSIGNALED(wait_status) ? SHELL_SIGNAL + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
    if (asked == LAUNCH_KILL)
        return SHELL_SIGNAL + SIGINT;
    return asked == LAUNCH_STOP && code == SHELL_SIGNAL + SIGUSR1 ? STATUS_STOPPED : code;
}

bool launch_is_explained(int code) {
    static const int explained[] = {0, 1, 2, 3, STATUS_STOPPED, SHELL_SIGNAL + SIGINT};
    for (size_t i = 0; i < sizeof explained / sizeof *explained; i++)
        if (code == explained[i])
            return true;
    return false;
}
