/* Rank 0's results file: makes a new one, or resumes one. */
#ifndef HARSANYI_RUN_RESUME_H
#define HARSANYI_RUN_RESUME_H

#include "run/context.h"

/* Complains if writing the results file would destroy what the sweep reads (the configuration, the model, the samples),
 * or, with --fresh, a file that is not a results file. */
void resume_check_overwritten(const sweep_t *sweep, problems_t *problems);

/* What a new file of these inputs is like, except for its samples, classes, identity and warnings. inputs is borrowed,
 * and so is canonical, to which the config is added: free it last. */
results_spec_t resume_spec(const inputs_t *inputs, int block_bits, text_t *canonical);

/* Makes a new file with blocks of 2^block_bits masks, which holds the warnings. */
status_t resume_create(sweep_t *sweep, int block_bits, const problems_t *warnings, failure_t *why);

/* Opens the file for writing, as sweep->results, and refuses it when what defines its numbers differs from the inputs,
 * and says what differs. Another engine or instruction set is refused too, unless --accept-engine (then it warns). */
status_t resume_open(sweep_t *sweep, failure_t *why);

/* Seconds per mask in earlier starts, including killed ones; 0 if no start evaluated any. */
double resume_seconds_per_mask(const results_t *results);

/* Sees where the file stands: reports to the scheduler what is stored, hands samples that are only to be combined to
 * sweep->to_combine, and sets sweep->done, failed, combining and masks_at_start. Samples with a transient failure
 * become pending again; with --retry-failed all failed ones do. If the last start was killed, perhaps with the machine,
 * the flags that done samples lack are set: flags and status reach the disk in any order, but only after the data they
 * stand for. /summary is invalid afterwards if work is left. */
status_t resume_load(sweep_t *sweep, failure_t *why);

#endif
