/* Where a results file stands: what is done, failed and left, who works on it and how fast. Only reads, so it may look
 * at a file that a sweep is writing. */
#ifndef HARSANYI_REVIEW_SWEEP_STATUS_H
#define HARSANYI_REVIEW_SWEEP_STATUS_H

#include "results/lock.h"
#include "results/results.h"

#include <stdbool.h>

/* Samples that failed for the same reason: same kind, same text except for the masks in it. */
typedef struct {
    outcome_t kind;
    char reason[RESULTS_ERROR_TEXT]; /* of the first of them, hexadecimal numbers cut out */
    char first_error[RESULTS_ERROR_TEXT];
    int64_t first_sample, count;
} sweep_status_reason_t;

typedef enum {
    STANDING_NEW,       /* nobody started yet */
    STANDING_BUSY,      /* a process holds the file before or after evaluating: computes statistics across samples */
    STANDING_RUNNING,   /* a heartbeat not long ago */
    STANDING_STALLED,   /* the process lives, its heartbeat does not come: it is stopped, or waits for the disk */
    STANDING_SILENT,    /* the last start did not end properly, and its process is gone or gives no sign of life */
    STANDING_STOPPED,   /* the last start ended, samples are left */
    STANDING_COMPLETE,  /* no sample is left that a resume would try, and /summary is there (except in a shard) */
    STANDING_STATISTICS /* made by analyze: no sweep ever runs on it */
} sweep_status_state_t;

typedef struct {
    int64_t samples, done, failed, pending;
    int64_t combining;                        /* of the pending ones: all blocks stored, not yet combined */
    int64_t again;                            /* of the failed ones: tried again on resume */
    int64_t blocks, blocks_stored;            /* zero without tables, as all below but runs */
    uint64_t masks, masks_stored, masks_left; /* left: of pending samples */
    sweep_status_reason_t *reasons;           /* owned; most frequent first */
    size_t reason_count;
    sweep_status_state_t state;
    results_heartbeat_t beat; /* time is NaN when there was none */
    double age, rate, eta;    /* seconds since the beat; masks/s of that start; seconds; or NaN */
    bool clocks_differ;       /* the age is only known to be small: a beat came while we watched */
    char holder[LOCK_HOLDER]; /* who holds the file; "" when nobody does, or does not say so */
    results_run_t *runs;      /* [run_count], owned, in order of start */
    int run_count;
    uint64_t starts;
    bool summary; /* /summary is that of all done samples */
} sweep_status_t;

/* What is known about who works on the file, beyond what the file says. */
typedef struct {
    double now; /* seconds since 1970, here: clocks of two machines differ, and are set */
    lock_state_t lock;
    char holder[LOCK_HOLDER];
    bool beaten; /* a heartbeat came while we watched */
} sweep_status_signs_t;

/* Free with sweep_status_free, in any case. */
status_t sweep_status_take(const results_t *results, const sweep_status_signs_t *signs, sweep_status_t *out,
                           failure_t *why);
/* The same with the lock of the file at `path` looked at. When age and lock do not show whether the sweep runs, it is
 * watched for up to `patience` seconds. */
status_t sweep_status_look(const results_t *results, const char *path, double patience, sweep_status_t *out,
                           failure_t *why);
void sweep_status_free(sweep_status_t *standing);

#endif
