/* Rank 0's results file: a new one, or one to go on with. */
#ifndef HARSANYI_SWEEP_OUTPUT_H
#define HARSANYI_SWEEP_OUTPUT_H

#include "base/log.h"
#include "store/results.h"
#include "sweep/inputs.h"
#include "sweep/scheduler.h"

#include <stdbool.h>

/* Whether a file is there; STATUS_INPUT when `must_exist` and it is not, or when its folder is not there or cannot be
 * written. */
status_t output_exists(const char *path, bool must_exist, bool *exists, failure_t *why);

/* Whether the path leads to the same file as another one, both being there. */
bool output_is(const char *path, const char *other);

/* ".shard-I-of-K", or "" when shards is 0. */
enum { SHARD_INFIX = 48 };
void output_shard_infix(int shard, int shards, char infix[SHARD_INFIX]);

/* x.h5, or of a shard (shards > 0) x.shard-I-of-K.h5; owned by the caller, NULL without memory. */
char *output_shard_path(const char *path, int shard, int shards);

/* Complains when the file, written for this config, would destroy what is read (`config_file`, the model, the samples),
 * or, with `fresh`, a file that is there and none of ours. */
void output_check_overwritten(const char *path, const config_t *config, const char *config_file, bool fresh,
                              problems_t *problems);

/* Fills in what every record of a start says: when (now), where, with which compiler and HDF5. */
void output_describe_run(const char *compiler, results_run_t *run);

/* Makes a new file at `path` with blocks of 2^block_bits masks. */
status_t output_create(const char *path, const inputs_t *inputs, const results_identity_t *identity, int block_bits,
                       log_t *log, failure_t *why);

/* Opens an existing file for writing and refuses it when what defines its numbers differs from the inputs, saying what
 * differs. Another engine or instruction set is refused too, unless accept_engine (then it warns). */
status_t output_resume(const char *path, const inputs_t *inputs, const results_identity_t *identity, bool accept_engine,
                       log_t *log, results_t **out, failure_t *why);

/* After a start that was killed, with the machine perhaps: sets the flags that a done sample lacks. They go to the disk
 * together with its status, in no order, but after all that they stand for. */
status_t output_mend_flags(results_t *results, log_t *log, failure_t *why);

/* Where the file stands. */
typedef struct {
    int64_t done, failed; /* samples that need no work in this start */
    uint64_t masks;       /* stored and flagged */
} output_state_t;

/* Tells the scheduler what is stored already. Samples whose values are whole but not yet combined are given to
 * `combine_put` (with `combine_self`) and counted in *combining. Samples that failed for a passing cause are pending
 * again; with retry_failed all failed ones are. */
status_t output_load_state(results_t *results, scheduler_t *scheduler, bool retry_failed, log_t *log,
                           void (*combine_put)(void *self, int64_t sample, const results_sample_t *info),
                           void *combine_self, int64_t *combining, output_state_t *state, failure_t *why);

/* Samples by status. */
typedef struct {
    int64_t done, failed, pending;
} output_count_t;
status_t output_count(const results_t *results, output_count_t *count, failure_t *why);

#endif
