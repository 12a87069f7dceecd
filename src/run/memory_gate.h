/* All ranks together check whether the run fits in memory (plan/memory_check.h). */
#ifndef HARSANYI_RUN_MEMORY_GATE_H
#define HARSANYI_RUN_MEMORY_GATE_H

#include "plan/memory_check.h"

/* Collective. `footprint` counts on rank 0. On each machine one rank checks the machine, and every rank its own limits.
 * *why is unchanged if it already holds a failure or if the run fits. */
void memory_gate(int rank, footprint_t footprint, failure_t *why);

#endif
