/* How this process was started. */
#ifndef HARSANYI_PLACE_LAUNCHER_H
#define HARSANYI_PLACE_LAUNCHER_H

#include "base/failure.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether mpirun started this process. */
bool launcher_by_mpirun(void);

/* "mpirun (PMIx 4.2.2)", "srun, with PMIx", "neither mpirun nor srun: one process". Call it before MPI_Init,
 * which adds to the environment. */
void launcher_describe(char *text, size_t capacity);

/* This process's rank as its launcher (mpirun, srun) says, before MPI_Init; 0 when started alone. */
int launcher_rank(void);

/* Refuses when a launcher started several copies of which each sees only itself (`world_size` 1): they would all do the
 * same work and fight for one file. The message holds the command to type instead. */
status_t launcher_check(int world_size, failure_t *why);

/* Refuses when a launcher started this process: --ranks, which would start `ranks` more, does not work there. The
 * message holds the command to type instead. */
status_t launcher_check_none(int ranks, failure_t *why);

#endif
