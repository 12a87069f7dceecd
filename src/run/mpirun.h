/* A run of several ranks from one command: starts mpirun and waits for it.
 *
 * SIGINT, SIGTERM and SIGUSR1 to this process stop the ranks as SIGUSR1 does (what is done is stored, exit code 75); a
 * second SIGINT kills them. If this process is killed, the ranks are too. Their stderr is passed on without mpirun's
 * banner about exit codes (run/banner.h).
 */
#ifndef HARSANYI_RUN_MPIRUN_H
#define HARSANYI_RUN_MPIRUN_H

#include <stdbool.h>

/* Starts `ranks` copies of this program with the words `arguments` (from the command's name on, ended by NULL) and,
 * unless `quiet`, prints the line that does it. `built_with`: the mpirun of the MPI that the program was built with.
 * Returns the exit code: rank 0's, or 1 when there is no mpirun, or 128 + S when signal S ended the ranks. */
int mpirun_run(int ranks, const char *built_with, const char *const *arguments, bool quiet);

#endif
