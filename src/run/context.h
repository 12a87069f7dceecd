/* The state of a run on every rank, which all modules of this room share. */
#ifndef HARSANYI_RUN_CONTEXT_H
#define HARSANYI_RUN_CONTEXT_H

#include "base/log.h"
#include "config/config.h"
#include "plan/inputs.h"
#include "plan/plan_time.h"
#include "results/lock.h"
#include "results/results.h"
#include "run/queue.h"
#include "run/report.h"
#include "run/stop.h"
#include "run/sweep.h"
#include "run/wire.h"

#include <stdatomic.h>

/* Zero-initialise. */
typedef struct sweep {
    const sweep_options_t *options;
    int rank, ranks;
    double began; /* monotonic */
    log_t log;
    stop_t stop;
    config_t *config; /* owned, as all pointers from here on; NULL until made */
    char *file;       /* the results file: output.file, or the shard's */
    inputs_t *inputs;
    struct worker *worker; /* NULL: this rank does not evaluate */

    /* ---- on rank 0 ---- */
    char *stop_file;
    lock_t *lock;
    results_t *results;
    results_identity_t identity;
    uint64_t claim; /* of the results file (results_claim): another sweep may take it over meanwhile */
    double seconds_per_mask;
    struct scheduler *scheduler;
    queue_t *to_write,
        *to_combine; /* of job_t; worked off by (with sweep_solves, by the manager instead of combine): */
    struct writer *writer;
    struct combine *combine;
    queue_t *units, *results_of_units; /* of rank 0's own worker: unit_t in, message_t out; NULL: it has none */
    message_t row;                     /* that goes with its unit, with UNIT_FINISH */
    queue_t *spares;                   /* memory of results that are written (writer_spare): message_t; may be NULL */
    struct row_sums *sums;             /* NULL in a shard, which has no /summary; filled by the thread of: */
    queue_t *follow;                   /* it has no items */
    bool summarises;                   /* that thread has ended: statistics across samples are made */
    int slot;                          /* of this start's record in the results file */
    report_t report;

    /* Where the file stands; all are rows. */
    bool *settled;                 /* [rows]: done before this start, or failed for good */
    int64_t done, failed;          /* those that wait to be combined count as done */
    int64_t combining;             /* given to the combine thread, before the start or since */
    atomic_int_least64_t combined; /* those it has combined, ... */
    atomic_int_least64_t overflow; /* ... and among them those whose interactions overflow */
    uint64_t masks_at_start;       /* stored and flagged */
} sweep_t;

/* Whether rows that came in ranges go to a worker once more: solving takes seconds. Else rank 0 combines them. */
static inline bool sweep_solves(const sweep_t *s) {
    return s->config->statistics.sparse.kinds != SPARSE_NONE;
}

/* STATUS_INPUT if another sweep has taken the results file. For whoever is about to write. */
static inline status_t sweep_may_write(const sweep_t *s, failure_t *why) {
    return results_check_claim(s->results, s->claim, why);
}

#endif
