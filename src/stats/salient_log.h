/* The salient interactions of samples, one sample after the other, each in mask order: what statistics across samples
 * are made from, without reading the tables again.
 *
 *   | mask, effect | mask, effect | ... |        16 bytes each; where a sample starts is kept in memory
 *   |<------ sample 0 ----->|<-- sample 1 --> ...
 *
 * Up to a limit it stays in memory, what is beyond goes to a file without a name, which is gone with the process
 * however it ends.
 */
#ifndef HARSANYI_STATS_SALIENT_LOG_H
#define HARSANYI_STATS_SALIENT_LOG_H

#include "base/failure.h"
#include "lattice/row.h"
#include "stats/strongest.h"

#include <stddef.h>
#include <stdint.h>

typedef struct salient_log salient_log_t;

/* folder: where the file goes if one is needed (copied). Of `in_memory` interactions, 16 bytes each, and of 64 KiB for
 * reading none is written. */
status_t salient_log_create(const char *folder, size_t in_memory, salient_log_t **out, failure_t *why);
void salient_log_destroy(salient_log_t **log);

/* Appends the sample's interactions with |I(S)| >= threshold, S not empty; none when the threshold is not above 0. */
status_t salient_log_add(salient_log_t *log, row_source_t interactions, double threshold, failure_t *why);

/* Samples added, and the number of interactions of one. */
int64_t salient_log_samples(const salient_log_t *log);
uint64_t salient_log_count(const salient_log_t *log, int64_t sample);

/* Some of a sample's interactions from number `from` < count on, in mask order: *entries are *count >= 1 of them and
 * last until the next call. */
status_t salient_log_read(salient_log_t *log, int64_t sample, uint64_t from, const interaction_t **entries,
                          size_t *count, failure_t *why);

#endif
