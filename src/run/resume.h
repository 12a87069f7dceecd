/* Rank 0's results file: a new one, or one to go on with. */
#ifndef HARSANYI_RUN_RESUME_H
#define HARSANYI_RUN_RESUME_H

#include "base/log.h"
#include "plan/inputs.h"
#include "results/paths.h"
#include "results/results.h"
#include "run/scheduler.h"

#include <stdbool.h>

/* Complains when the file, written for this config, would destroy what is read (`config_file`, the model, the samples),
 * or, with `fresh`, a file that is there and none of ours. */
void resume_check_overwritten(const char *path, const config_t *config, const char *config_file, bool fresh,
                              problems_t *problems);

/* Makes a new file at `path` with blocks of 2^block_bits masks. */
status_t resume_create(const char *path, const inputs_t *inputs, const results_identity_t *identity, int block_bits,
                       log_t *log, failure_t *why);

/* Opens an existing file for writing and refuses it when what defines its numbers differs from the inputs, saying what
 * differs. Another engine or instruction set is refused too, unless accept_engine (then it warns). */
status_t resume_open(const char *path, const inputs_t *inputs, const results_identity_t *identity, bool accept_engine,
                     log_t *log, results_t **out, failure_t *why);

/* After a start that was killed, with the machine perhaps: sets the flags that a done sample lacks. They go to the disk
 * together with its status, in no order, but after all that they stand for. */
status_t resume_mend_flags(results_t *results, log_t *log, failure_t *why);

/* Where the file stands. */
typedef struct {
    int64_t done, failed; /* samples that need no work in this start */
    uint64_t masks;       /* stored and flagged */
} resume_state_t;

/* Tells the scheduler what is stored already. Samples whose values are whole but not yet combined are given to
 * `combine_put` (with `combine_self`) and counted in *combining. Samples that failed for a passing cause are pending
 * again; with retry_failed all failed ones are. */
status_t resume_load_state(results_t *results, scheduler_t *scheduler, bool retry_failed, log_t *log,
                           void (*combine_put)(void *self, int64_t sample, const results_sample_t *info),
                           void *combine_self, int64_t *combining, resume_state_t *state, failure_t *why);

#endif
