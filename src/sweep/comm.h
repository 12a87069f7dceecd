/* MPI without spinning: waiting polls with naps, so that more ranks than cores do not steal time from those that work.
 */
#ifndef HARSANYI_SWEEP_COMM_H
#define HARSANYI_SWEEP_COMM_H

#include "base/failure.h"

#include <mpi.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    TAG_UNIT = 1, /* rank 0 -> worker: a unit_t */
    TAG_RESULT,   /* worker -> rank 0: wire.h */
    TAG_STOP,     /* rank 0 -> worker: end after the running unit; queued ones are dropped */
    TAG_BYE,      /* worker -> rank 0: the last message */
    TAG_BROKEN    /* worker -> rank 0: a failure_t; the worker is useless from then on */
};

/* How long to nap between polls: 50 us at first, doubling to `longest` (0: 1 ms). Start with {0}. */
typedef struct {
    long nanoseconds, longest;
} nap_t;
void comm_nap(nap_t *nap);

/* Waits for a request to complete. */
void comm_wait(MPI_Request *request);
/* Collective: `bytes` bytes from rank 0 to all. */
void comm_broadcast(void *data, int bytes);
/* Collective: returns when all have called it. */
void comm_barrier(void);
/* Collective: the largest value that any rank gave, on all ranks. */
double comm_largest(double mine);
/* Collective: the largest resident size that any rank has had so far, in megabytes. */
double comm_resident_megabytes(void);
/* Collective: every rank gives its failure (status STATUS_OK: none). On every rank *why becomes the failure of the
 * lowest rank that has one, and its status is returned; *rank is that rank. */
status_t comm_agree(failure_t *why, int *rank);

#endif
