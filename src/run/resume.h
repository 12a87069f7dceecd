/* Rank 0's results file: makes a new one, or resumes one. */
#ifndef HARSANYI_RUN_RESUME_H
#define HARSANYI_RUN_RESUME_H

#include "base/log.h"
#include "plan/inputs.h"
#include "results/paths.h"
#include "results/results.h"
#include "run/scheduler.h"

#include <stdbool.h>

/* Complains if writing the results file would destroy what the sweep reads (`config_file`, the model, the samples), or,
 * with `fresh`, a file that is not a results file. */
void resume_check_overwritten(const char *path, const config_t *config, const char *config_file, bool fresh,
                              problems_t *problems);

/* Makes a new file at `path` with blocks of 2^block_bits masks. */
status_t resume_create(const char *path, const inputs_t *inputs, const results_identity_t *identity, int block_bits,
                       log_t *log, failure_t *why);

/* Opens an existing file for writing and refuses it when what defines its numbers differs from the inputs, and says
 * what differs. Another engine or instruction set is refused too, unless accept_engine (then it warns). */
status_t resume_open(const char *path, const inputs_t *inputs, const results_identity_t *identity, bool accept_engine,
                     log_t *log, results_t **out, failure_t *why);

/* If the last start was killed, perhaps with the machine: sets the flags that done samples lack. Flags and status reach
 * the disk in any order, but only after the data they stand for. */
status_t resume_mend_flags(results_t *results, log_t *log, failure_t *why);

/* Where the file stands. */
typedef struct {
    int64_t done, failed; /* samples that need no work in this start */
    uint64_t masks;       /* stored and flagged */
} resume_state_t;

/* Reports to the scheduler what is stored. Samples whose values are complete but not yet combined are given to
 * `combine_put` (with `combine_self`) and counted in *combining. Samples with a transient failure become pending
 * again; with retry_failed all failed ones do. */
status_t resume_load_state(results_t *results, scheduler_t *scheduler, bool retry_failed, log_t *log,
                           void (*combine_put)(void *self, int64_t sample, const results_sample_t *info),
                           void *combine_self, int64_t *combining, resume_state_t *state, failure_t *why);

#endif
