/* What is measured while a sweep runs, and the last lines of a run: what was done, where the time went, where the file
 * is and what to type next. */
#ifndef HARSANYI_RUN_REPORT_H
#define HARSANYI_RUN_REPORT_H

#include "results/paths.h"

#include <stdint.h>

/* Zero-initialised. Whoever measures adds to a number of its own here; report_print reads them once all threads have
 * ended. Seconds where nothing else is said. */
typedef struct {
    uint64_t *by_worker;             /* [workers] masks each evaluated in this start; owned */
    uint64_t masks, masks_for_noise; /* of all workers for tables; and to estimate the noise */
    double engine, fill, score, transform, solving, statistics; /* of the workers together, ... */
    double reading, evaluating;                                 /* ... for samples, and of all work */
    double start, sweep, across; /* before the sweep; of it; statistics across samples after it */
    double managing;             /* processor time of rank 0's main thread in the sweep */
    double first_to_last;        /* from the first unit given out to the last result */
    double longest_unit;         /* at its worker */
    struct {
        double seconds, bytes; /* results of other ranks */
    } received;
    struct {
        double processor, syncing, bytes; /* of the thread; waits for the disk; v and I */
    } writer;
    struct {
        double reading, writing, transform, checksums, statistics; /* reading and writing are not part of the others */
        double bytes_read, bytes_written;                          /* of /values and the tables of effects */
    } combine;
    double megabytes; /* the largest resident size of any rank */
} report_t;

struct sweep;
/* gave_up: the first samples all failed for the same reason; stopped: on request. */
void report_print(struct sweep *sweep, const results_count_t *count, bool gave_up, bool stopped);

#endif
