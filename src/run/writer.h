/* The writer thread: the one place that writes results while a sweep runs, and the order in which it does so.
 *
 * Commits are made in groups, 0.1 s apart at the least, and up to 0.5 s where the disk is slow:
 *
 *    data and checksums of all jobs  ->  fdatasync  ->  flags (blocks done, phase, last status)  ->  fdatasync
 *
 * so a flag on disk means that what it stands for is on disk, whenever the program or the machine dies.
 * Each commit begins with a look at the heartbeat: if another sweep has taken the file (results_check_claim), the
 * thread fails with that, drops the jobs that wait and leaves the run record as it is. The combine thread writes its
 * own data (run/combine.h), but its flags come through here as well.
 */
#ifndef HARSANYI_RUN_WRITER_H
#define HARSANYI_RUN_WRITER_H

#include "run/context.h"

typedef enum {
    JOB_SAMPLE,   /* a whole row */
    JOB_MASKS,    /* a range of v, and the blocks that are whole with it */
    JOB_COMBINED, /* the combine thread has written all of it: only the flags are missing */
    JOB_FAILED,   /* clear what is stored of the sample, keep the reason */
    JOB_BEAT      /* heartbeat */
} job_kind_t;

/* A row under way. */
typedef struct {
    job_kind_t kind;
    row_t sample;
    results_sample_t info; /* status is ignored: the job's kind says it; JOB_MASKS with noise_sigma NaN keeps what is
                              stored */
    finished_row_t row;    /* JOB_SAMPLE */
    const double *values;  /* JOB_MASKS: [count] */
    mask_t first, count;   /* JOB_MASKS */
    int64_t first_block, blocks;      /* JOB_MASKS: blocks that are whole once this is written */
    bool complete;                    /* JOB_MASKS: the sample's last: hand it to the combine thread */
    results_heartbeat_t beat;         /* JOB_BEAT */
    uint64_t masks, masks_for_target; /* added to the run record with the commit of this job */
    void *buffer; /* malloc'ed memory behind the pointers; freed after this job, NULL if a later job frees it */
    size_t room;  /* bytes of the buffer, if the next result may have it */
} job_t;

enum { WRITER_WAITING_MAX = 64 << 20 }; /* bytes in the queue, beyond which no job with data should be put there */

/* An empty message for a result, in the memory of one that is written, if there is one: its pages are there already. */
message_t writer_spare(const sweep_t *sweep);

/* Claims the file (results_claim) and starts the thread that works off sweep->to_write. run: this start's record, at
 * sweep->slot, which the thread updates with every commit. */
status_t writer_start(sweep_t *sweep, const results_run_t *run, failure_t *why);

/* Writes and commits all waiting jobs, ends the thread, writes the final run record with `exit_text`, frees the writer.
 * The first failure of all that is returned. */
status_t writer_finish(sweep_t *sweep, const char *exit_text, failure_t *why);

#endif
