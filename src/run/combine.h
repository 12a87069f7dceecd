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

#include "run/writer.h"

typedef struct combine combine_t;

/* Makes sweep->combine, for the rows of sweep->results; nothing runs before combine_start. piece_bits limits the memory
 * to 2^piece_bits doubles; it is STRIPS_PIECE_BITS except in tests. Rows of at most that many players (and at most
 * FINISH_PLAYERS_MAX) are finished in memory. */
status_t combine_create(sweep_t *sweep, int piece_bits, failure_t *why);

/* Starts the thread that works off sweep->to_combine: jobs whose values are all written. They go on to the writer as
 * JOB_COMBINED, or as JOB_FAILED when their interactions overflow, and count in sweep->combined and overflow. */
status_t combine_start(sweep_t *sweep, failure_t *why);

/* Ends the thread, at once: the running sample is dropped at its next piece, as are those that wait; the next start
 * combines them. This is also the normal end. */
void combine_stop(sweep_t *sweep);

/* Frees sweep->combine, whose thread has ended. */
void combine_destroy(sweep_t *sweep);

/* One sample, in the calling thread, with the noise in info->noise_sigma. Fills info->v_empty and v_full.
 * STATUS_STOPPED if combine_stop was called meanwhile; STATUS_CERTAIN if the interactions overflow: the sample fails,
 * and the caller clears what was written of it. */
status_t combine_sample(combine_t *combine, row_t sample, results_sample_t *info, failure_t *why);

#endif
