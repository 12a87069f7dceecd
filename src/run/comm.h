/* MPI without spinning: polls with naps, so that with more ranks than cores, waiting ranks do not slow working ones.
 */
#ifndef HARSANYI_RUN_COMM_H
#define HARSANYI_RUN_COMM_H

#include "base/failure.h"

#include <mpi.h>
#include <stdbool.h>

enum {
    TAG_UNIT = 1, /* rank 0 -> worker: a unit_t */
    TAG_RESULT,   /* worker -> rank 0: wire.h */
    TAG_STOP,     /* rank 0 -> worker: end after the running unit; queued ones are dropped */
    TAG_BYE,      /* worker -> rank 0: the last message */
    TAG_BROKEN    /* worker -> rank 0: a failure_t; the worker cannot work any more */
};

/* MPI_Init_thread, for MPI calls from the main thread only. Returns this rank and the number of ranks. */
void comm_start(int *rank, int *ranks);

/* Waiting between polls. If answers come within microseconds (tiny units), a nap, which takes at least 0.1 ms, is far
 * too long; if they take longer, polling wastes the core. So a wait begins with some polls without a nap (each offers
 * the core to others, see mpi_yield_when_idle), then naps for 50 us, doubling up to `longest` (0: 1 ms). The number of
 * polls doubles after a wait that ended with the first nap at the latest, and halves after a longer one. Start with
 * {0}. */
typedef struct {
    long nanoseconds, longest;
    int polls, patience; /* done, and how many come before the first nap */
} nap_t;
/* Nothing came: before the next poll. */
void comm_nap(nap_t *nap);
/* Something came: the wait is over. */
void comm_wake(nap_t *nap);

/* Whether a message has arrived: its source, tag and length. */
bool comm_probe(int *source, int *tag, int *bytes);
/* Blocks; call it only for a message that has arrived or is on its way. */
void comm_receive(void *data, int bytes, int source, int tag);
void comm_send(const void *data, int bytes, int target, int tag);

/* Waits for a request to complete. */
void comm_wait(MPI_Request *request);
/* Collective: `bytes` bytes from rank 0 to all. */
void comm_broadcast(void *data, int bytes);
/* Collective: returns when all have called it. */
void comm_barrier(void);
/* Collective: `bytes` bytes from each rank into `all` [ranks * bytes] of rank 0 (NULL on others). */
void comm_gather(const void *mine, int bytes, void *all);
/* Collective: this rank's number among the ranks on its machine, their count, and the sum of their values. */
void comm_neighbours(double mine, int *own, int *count, double *sum);
/* Collective: the largest resident size that any rank has had so far, in megabytes. */
double comm_resident_megabytes(void);
/* Collective: every rank passes its failure (status STATUS_OK: no failure). On every rank *why becomes the failure of
 * the lowest rank that has one, and its status is returned. */
status_t comm_agree(failure_t *why);

#endif
