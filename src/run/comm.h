/* MPI without spinning: waiting polls with naps, so that more ranks than cores do not steal time from those that work.
 */
#ifndef HARSANYI_RUN_COMM_H
#define HARSANYI_RUN_COMM_H

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

/* MPI_Init_thread for the main thread alone; this rank, and how many there are. */
void comm_start(int *rank, int *ranks);

/* Waiting between polls. Where answers come within microseconds (tiny units) a nap, 0.1 ms at least, is far too long;
 * where they take longer, polling wastes the core. So first some polls without a nap (a poll in vain offers the core to
 * others, see mpi_yield_when_idle), twice as many after a wait that ended with the first nap at the latest, half as
 * many after a longer one; then naps of 50 us, doubling to `longest` (0: 1 ms). Start with {0}. */
typedef struct {
    long nanoseconds, longest;
    int polls, patience; /* spent, and how many before the first nap */
} nap_t;
/* Nothing came: before the next poll. */
void comm_nap(nap_t *nap);
/* Something came: the wait is over. */
void comm_wake(nap_t *nap);

/* Whether a message waits here, from whom, with which tag, how long. */
bool comm_probe(int *source, int *tag, int *bytes);
/* Blocking; the message is known to have come, or to be on its way. */
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
/* Collective: this rank's number among those on its machine, how many they are, and the sum of what each gave. */
void comm_neighbours(double mine, int *own, int *count, double *sum);
/* Collective: the largest value that any rank gave, on all ranks. */
double comm_largest(double mine);
/* Collective: the largest resident size that any rank has had so far, in megabytes. */
double comm_resident_megabytes(void);
/* Collective: every rank gives its failure (status STATUS_OK: none). On every rank *why becomes the failure of the
 * lowest rank that has one, and its status is returned; *rank is that rank. */
status_t comm_agree(failure_t *why, int *rank);

#endif
