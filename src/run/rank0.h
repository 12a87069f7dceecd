/* Rank 0's part of a sweep: opens the results file, starts the threads, runs the manager, and ends all of it. */
#ifndef HARSANYI_RUN_RANK0_H
#define HARSANYI_RUN_RANK0_H

#include "results/lock.h"
#include "run/combine.h"
#include "run/context.h"
#include "run/evaluator.h"
#include "run/follow.h"
#include "run/resume.h"
#include "run/scheduler.h"
#include "run/writer.h"

/* Zero-initialise; rank0_release frees everything, whatever state it is in. */
typedef struct {
    char *stop_file;
    lock_t *lock;
    results_t *results;
    results_identity_t identity;
    double seconds_per_mask;
    scheduler_t *scheduler;
    combine_t *combine;
    writer_t *writer;
    evaluator_t *evaluator;
    follow_t *follow; /* NULL in a shard, which has no /summary */
    int64_t combining;
    resume_state_t state;
    int slot; /* of this start's record */
} rank0_t;

/* Takes the lock, makes or opens the results file and starts the threads. *code >= 0 afterwards: the file is complete
 * already, and this is the exit code. STATUS_STOPPED if there is a stop file. */
status_t rank0_prepare(sweep_t *s, rank0_t *l, int *code, failure_t *why);

/* Collective with remote_run and comm_resident_megabytes on the other ranks: the sweep, until everything is on disk.
 * Returns the exit code. */
int rank0_run(sweep_t *s, rank0_t *l);

void rank0_release(rank0_t *l);

#endif
