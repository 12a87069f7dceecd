/* A run of several ranks from one command, `harsanyi run --ranks N`: starts mpirun with the settings it needs here, and
 * waits for it.
 *
 * SIGINT, SIGTERM and SIGUSR1 to this process stop the ranks as SIGUSR1 does (what is done is stored, exit code 75); a
 * second SIGINT kills them. If this process is killed, the ranks are too. Their stderr is passed on without mpirun's
 * banner about exit codes (run/banner.h).
 */
#ifndef HARSANYI_RUN_MPIRUN_H
#define HARSANYI_RUN_MPIRUN_H

#include "base/text.h"

/* Starts `ranks` copies of this program with the words `arguments` (from the command's name on, ended by NULL) and,
 * unless `quiet`, prints the line that does it. `built_with`: the mpirun of the MPI that the program was built with.
 * Returns the exit code: rank 0's, or 1 when there is no mpirun, or 128 + S when signal S ended the ranks. */
int mpirun_run(int ranks, const char *built_with, const char *const *arguments, bool quiet);

/* ---- what it decides, for tests ---- */

enum { MPIRUN_SETTINGS = 10 };

/* A variable of the environment. */
typedef struct {
    const char *name, *value;
} mpirun_setting_t;

/* What mpirun's settings depend on. */
typedef struct {
    int cores;          /* that this process may use */
    bool root;          /* this process is root */
    bool ssh;           /* there is ssh or rsh; Open MPI 4 needs one even on a single machine */
    bool shares_memory; /* a process may read another's memory, which a container may forbid */
} mpirun_place_t;

/* What mpirun (Open MPI 4 or 5) needs in the environment to start `ranks` ranks here; returns how many settings. A
 * variable that is set already keeps its value. In an allocation of a cluster, or with a list of hosts, mpirun is left
 * to place ranks itself. */
size_t mpirun_settings(const mpirun_place_t *place, int ranks, mpirun_setting_t settings[MPIRUN_SETTINGS]);

/* The mpirun to start: that of the MPI which the program was built with (`built_with`, a path), else the one in PATH,
 * else NULL. As short as can be typed; free it. */
char *mpirun_find(const char *built_with);

/* This program, as short as it can be typed: `typed` (its argv[0]) if that leads here; free it. */
char *mpirun_program(const char *typed);

/* Adds the line to paste into a shell: settings, then the words (ended by NULL), quoted where needed. */
void mpirun_line(const mpirun_setting_t *settings, size_t count, const char *const *words, text_t *line);

/* What the ranks were asked to do. */
typedef enum { MPIRUN_GO_ON, MPIRUN_STOP, MPIRUN_KILL } mpirun_asked_t;

/* The exit code of the whole run, from mpirun's wait status: that of rank 0, which mpirun passes on. If the signal to
 * stop reached the ranks before they could handle it: 75. Killed on request: 130. */
int mpirun_exit_code(int wait_status, mpirun_asked_t asked);

#endif
