/* How `harsanyi run --ranks N` starts mpirun: which one, with which settings, the line that shows it, and what its exit
 * means. This module only decides; run/mpirun.h acts.
 */
#ifndef HARSANYI_RUN_LAUNCH_H
#define HARSANYI_RUN_LAUNCH_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum { LAUNCH_SETTINGS = 10 };

/* A variable of the environment. */
typedef struct {
    const char *name, *value;
} launch_setting_t;

/* What mpirun's settings depend on. */
typedef struct {
    int cores;          /* that this process may use */
    bool root;          /* this process is root */
    bool ssh;           /* there is ssh or rsh; Open MPI 4 needs one even on a single machine */
    bool shares_memory; /* a process may read another's memory, which a container may forbid */
} launch_place_t;

launch_place_t launch_look(void);

/* What mpirun (Open MPI 4 or 5) needs in the environment to start `ranks` ranks here; returns how many settings. A
 * variable that is set already keeps its value. In an allocation of a cluster, or with a list of hosts, mpirun is left
 * to place ranks itself. */
size_t launch_settings(const launch_place_t *place, int ranks, launch_setting_t settings[LAUNCH_SETTINGS]);

/* The mpirun to start: that of the MPI which the program was built with (`built_with`, a path), else the one in PATH,
 * else NULL. As short as can be typed; free it. */
char *launch_mpirun(const char *built_with);

/* This program, as short as it can be typed: `typed` (its argv[0]) if that leads here; free it. */
char *launch_program(const char *typed);

/* Adds the line to paste into a shell: settings, then the words (ended by NULL), quoted where needed. */
void launch_line(const launch_setting_t *settings, size_t count, const char *const *words, text_t *line);

/* What the ranks were asked to do. */
typedef enum { LAUNCH_GO_ON, LAUNCH_STOP, LAUNCH_KILL } launch_asked_t;

/* The exit code of the whole run, from mpirun's wait status: that of rank 0, which mpirun passes on. If the signal to
 * stop reached the ranks before they could handle it: 75. Killed on request: 130. */
int launch_exit_code(int wait_status, launch_asked_t asked);

/* Whether rank 0 has explained the exit code itself, or the user asked for it: mpirun's banner then adds nothing. */
bool launch_is_explained(int code);

#endif
