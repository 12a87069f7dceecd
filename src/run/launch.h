/* How `harsanyi run --ranks N` starts mpirun: which one, with which settings, what line shows it, and what its end
 * means. Decides only; run/mpirun.h does it.
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

/* What this place is like, as far as mpirun cares. */
typedef struct {
    int cores;          /* that this process may use */
    bool root;          /* this process is root */
    bool ssh;           /* there is ssh or rsh, without which Open MPI 4 does not start even here */
    bool shares_memory; /* a process may read another's memory, which a container may forbid */
} launch_place_t;

launch_place_t launch_look(void);

/* What mpirun (Open MPI 4 or 5) needs in the environment to start `ranks` ranks here; returns how many settings. A
 * variable that is set already keeps its value. In an allocation of a cluster, or with a list of hosts, mpirun is left
 * to place ranks itself. */
size_t launch_settings(const launch_place_t *place, int ranks, launch_setting_t settings[LAUNCH_SETTINGS]);

/* The mpirun to start: that of the MPI which the program was built with (`built_with`, a path), else one of PATH; NULL:
 * there is none. As short as can be typed; free it. */
char *launch_mpirun(const char *built_with);

/* This program, as short as it can be typed: `typed` (its argv[0]) if that leads here; free it. */
char *launch_program(const char *typed);

/* Adds the line to paste into a shell: settings, then the words (ended by NULL), quoted where needed. */
void launch_line(const launch_setting_t *settings, size_t count, const char *const *words, text_t *line);

/* What the ranks were asked to do. */
typedef enum { LAUNCH_GO_ON, LAUNCH_STOP, LAUNCH_KILL } launch_asked_t;

/* The exit code of the whole for what waitpid said of mpirun: that of rank 0, which mpirun hands on. Ranks that the
 * signal to stop met before they could listen to it have stopped as well: 75. Killed on request: 130. */
int launch_exit_code(int wait_status, launch_asked_t asked);

/* Whether an exit code is one that rank 0 gives, and says why, or the user asked for: mpirun has nothing to add. */
bool launch_is_explained(int code);

#endif
