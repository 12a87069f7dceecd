/* Models in a process of their own, as in Python: `model: {backend: process}`.
 *
 * The process gets masked inputs, or the masks, in memory that it shares, and answers with the outputs (protocol.h);
 * two batches are under way at once. One that dies or hangs is started again and given the same batches: its memory is
 * ours, so nothing is lost and no bit changes. One that dies twice without a batch in between, hangs, or says that it
 * failed makes the sample fail with STATUS_TRANSIENT. One that says that it is another model than at first loses the
 * model (info.lost).
 */
#ifndef HARSANYI_ENGINES_PROCESS_H
#define HARSANYI_ENGINES_PROCESS_H

#include "model/backend.h"

status_t process_open(model_t *model, failure_t *why);

/* Adds what harsanyi can see of the model: the command with those of its words that are files of the user, the name of
 * the function, the pickle, and `files`. */
status_t process_digest(const model_options_t *options, digest_t *digest, failure_t *why);

#endif
