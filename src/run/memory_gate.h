/* All ranks ask together whether the run fits in memory (plan/memory_check.h). */
#ifndef HARSANYI_RUN_MEMORY_GATE_H
#define HARSANYI_RUN_MEMORY_GATE_H

#include "plan/memory_check.h"

/* Collective. `footprint` counts on rank 0. On each machine one rank judges for all, and each for itself; *why is left
 * alone when it holds a failure already, or when all is well. */
void memory_gate(int rank, footprint_t footprint, failure_t *why);

#endif
