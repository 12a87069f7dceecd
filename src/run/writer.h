/* The writer thread: the one place that writes results while a sweep runs, and the order in which it does so.
 *
 * Commits are made in groups, at most every 0.5 s:
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

#include "base/failure.h"
#include "results/results.h"

#include <stdbool.h>

typedef struct writer writer_t;

typedef enum {
    JOB_SAMPLE,   /* a whole row */
    JOB_MASKS,    /* a range of v, and the blocks that are whole with it */
    JOB_COMBINED, /* the combine thread has written all of it: only the flags are missing */
    JOB_FAILED,   /* clear what is stored of the sample, keep the reason */
    JOB_BEAT      /* heartbeat */
} job_kind_t;

typedef struct {
    job_kind_t kind;
    int64_t sample;
    results_sample_t info; /* status is ignored: the job's kind says it; JOB_MASKS with noise_sigma NaN keeps what is
                              stored */
    finished_row_t row;    /* JOB_SAMPLE */
    const double *values;  /* JOB_MASKS: [count] */
    mask_t first, count;   /* JOB_MASKS */
    int64_t first_block, blocks;      /* JOB_MASKS: blocks that are whole once this is written */
    bool complete;                    /* JOB_MASKS: the sample's last: hand it to the combine thread */
    results_heartbeat_t beat;         /* JOB_BEAT */
    uint64_t masks, masks_for_target; /* added to the run record with the commit of this job */
    void *buffer;        /* malloc'ed memory behind the pointers; freed after this job, NULL if a later job frees it */
    size_t buffer_bytes; /* its size, for the limit on what waits */
} job_t;

/* Called in the writer thread when all values of a sample are written. */
typedef void (*writer_complete_t)(void *self, int64_t sample, const results_sample_t *info);

/* Claims the file (results_claim) and starts the thread. results is borrowed; run/slot is this start's provenance
 * record, which the writer updates with every commit. */
status_t writer_start(results_t *results, const results_run_t *run, int slot, writer_complete_t complete, void *self,
                      writer_t **out, failure_t *why);

/* Whether a job with data can be taken without holding more than the limit in memory. */
bool writer_has_room(writer_t *writer);

/* Takes a job (copied) and its buffer. Never blocks for long. */
void writer_put(writer_t *writer, const job_t *job);

/* STATUS_OK while all is well; otherwise why the thread stopped writing (disk full, file deleted ...). */
status_t writer_check(writer_t *writer, failure_t *why);

/* Seconds the thread waited for the disk; bytes of v and I it wrote. */
typedef struct {
    double syncing, bytes;
} writer_times_t;

/* Call it before the first job: the thread then counts in *times; read it after writer_finish. */
void writer_watch(writer_t *writer, writer_times_t *times);

/* STATUS_INPUT if another sweep has taken the file (results_check_claim). The combine thread asks before each piece. */
status_t writer_may_write(const writer_t *writer, failure_t *why);

/* Processor time of the thread in seconds. */
double writer_processor_seconds(const writer_t *writer);

/* Writes and commits all waiting jobs, ends the thread, writes the final run record with `exit_text`, frees. */
status_t writer_finish(writer_t **writer, const char *exit_text, double seconds, failure_t *why);

#endif
