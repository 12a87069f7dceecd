/* The combine thread of rank 0: a sample that was evaluated in several units becomes whole.
 *
 * v lies complete in /values. A row that fits in memory is read and finished as a worker does it (stats/finish.h). Of
 * a longer one three streaming steps, memory bounded by PIECE_BITS whatever n is:
 *
 *   1. pieces of 2^21 masks:  v  --butterflies over the low 21 bits-->  /interactions
 *   2. strips of columns, over the remaining high bits, in place in /interactions (lattice/strips.h draws both)
 *   3. checksums and statistics, read in leaves
 *
 * It always starts from /values, so a crash in the middle costs nothing but time, and workers need not send what can be
 * made from v.
 */
#ifndef HARSANYI_RUN_COMBINE_H
#define HARSANYI_RUN_COMBINE_H

#include "base/failure.h"
#include "lattice/strips.h"
#include "results/results.h"
#include "run/writer.h"
#include "stats/settings.h"

typedef struct combine combine_t;

/* Makes the thread's state; nothing runs before combine_start. results is borrowed. piece_bits limits the memory to
 * 2^piece_bits doubles; it is STRIPS_PIECE_BITS except in tests. Rows of at most that many players (and at most
 * FINISH_PLAYERS_MAX) are finished in memory. */
status_t combine_create(results_t *results, const stats_settings_t *statistics, int piece_bits, combine_t **out,
                        failure_t *why);
/* Starts the thread; finished samples go to `writer` as JOB_COMBINED, or as JOB_FAILED when their interactions
 * overflow. */
status_t combine_start(combine_t *combine, writer_t *writer, failure_t *why);

/* Takes a sample whose values are all written; a writer_complete_t. */
void combine_put(void *combine, int64_t sample, const results_sample_t *info);

/* Seconds of each step, and bytes of /values and /interactions. */
typedef struct {
    double reading, writing, transform, checksums, statistics; /* reading and writing are not part of the others */
    double bytes_read, bytes_written;
} combine_times_t;

/* Of all samples so far; the thread must have ended. */
combine_times_t combine_times(const combine_t *combine);

/* Samples that were combined and passed to the writer, and how many of them failed. */
int64_t combine_finished(combine_t *combine);
int64_t combine_failed(combine_t *combine);
/* STATUS_OK while all is well. */
status_t combine_check(combine_t *combine, failure_t *why);
/* Ends the thread. Samples that wait are dropped, the running one at its next piece; the next start combines them. This
 * is also the normal end. combine_put may still be called: the writer may reach a sample's last range only now. */
void combine_stop(combine_t *combine);
/* Stops and frees; the writer must have ended. */
void combine_finish(combine_t **combine);

/* One sample, in the calling thread, with the noise in info->noise_sigma. Fills info->v_empty and v_full.
 * STATUS_STOPPED if combine_stop was called meanwhile; STATUS_CERTAIN if the interactions overflow: the sample fails,
 * and the caller clears what was written of it. */
status_t combine_sample(combine_t *combine, int64_t sample, results_sample_t *info, failure_t *why);

#endif
