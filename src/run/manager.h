/* Rank 0's main thread while a sweep runs: MPI, the scheduler, and the other threads. */
#ifndef HARSANYI_RUN_MANAGER_H
#define HARSANYI_RUN_MANAGER_H

#include "base/log.h"
#include "run/combine.h"
#include "run/evaluator.h"
#include "run/scheduler.h"
#include "run/stop.h"
#include "run/writer.h"

/* Everything is borrowed. Workers are numbered from 0: the evaluator first when there is one, then ranks 1, 2, ... */
typedef struct {
    results_t *results;
    scheduler_t *scheduler;
    writer_t *writer;
    combine_t *combine;
    evaluator_t *evaluator; /* NULL: rank 0 does not evaluate */
    int ranks;              /* of the world */
    int64_t combining;      /* samples given to the combine thread before the start */
    stop_t *stop;
    const char *stop_file;
    log_t *log;
    uint64_t masks, masks_at_start; /* of the selection; stored before this start */
    int64_t done_at_start, failed_at_start;
} manager_spec_t;

/* How it went. by_worker is owned by the caller after the call (free it). */
typedef struct {
    status_t status;   /* STATUS_OK, STATUS_STOPPED (asked to), or why the sweep broke (failure) */
    bool gave_up;      /* the first samples all failed for the same reason */
    int64_t completed; /* samples given to the combine thread, before the start or since */
    failure_t failure;
    uint64_t masks;                   /* evaluated in this start for tables, */
    uint64_t masks_for_noise;         /* and also to estimate the noise */
    double seconds;                   /* of the loop */
    double first_to_last;             /* seconds from the first unit given out to the last result */
    double longest_unit;              /* seconds at its worker */
    double receiving, received_bytes; /* results of other ranks: seconds, their bytes */
    double syncing, written_bytes;    /* the writer's waits for the disk, and v and I it wrote; set by the caller, */
    combine_times_t combine;          /* as is this, of split samples */
    double managing, writing; /* seconds of processor time, of rank 0's main thread in the loop, and of its writer
                                 thread (set by the caller) */
    double engine, fill, score, transform, statistics; /* seconds, summed over workers ... */
    double reading, evaluating;                        /* ... of reading samples, and of all work */
    double start, across;                              /* seconds before the sweep, and of the statistics across
                                                          samples after it; set by the caller */
    double megabytes;                                  /* the largest resident size of any rank; set by the caller */
    int workers;
    uint64_t *by_worker; /* [workers] masks each evaluated */
} manager_report_t;

/* Runs until all is evaluated and combined, or it is stopped, and all workers have said goodbye. The writer is still
 * running afterwards. */
void manager_run(const manager_spec_t *spec, manager_report_t *report);

#endif
