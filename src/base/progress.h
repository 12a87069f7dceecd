/* The progress of a sweep: a live line on a terminal, occasional whole lines elsewhere. */
#ifndef HARSANYI_BASE_PROGRESS_H
#define HARSANYI_BASE_PROGRESS_H

#include "base/log.h"

#include <stdbool.h>
#include <stdint.h>

/* Environment variable: stderr is a pipe whose reader writes to a terminal. */
#define PROGRESS_TERMINAL "HARSANYI_TERMINAL"

typedef struct {
    log_t *log;                      /* borrowed */
    bool terminal;                   /* stderr is a terminal, or leads to one */
    double started, shown, interval; /* seconds */
    uint64_t masks_at_start;         /* done before this start */
} progress_t;

/* The state now. */
typedef struct {
    const char *word; /* what is counted; NULL: "samples" */
    int64_t samples, done, failed;
    uint64_t masks, masks_done; /* of the whole selection; done, in the file or on their way to it */
} progress_now_t;

void progress_start(progress_t *progress, log_t *log, uint64_t masks_at_start, double now);
/* Shows a line when it is time: every 0.5 s on a terminal; elsewhere after 2 s, then at intervals that grow to a
 * minute. */
void progress_show(progress_t *progress, const progress_now_t *state, double now);

/* A number as text: printf("%s", progress_bytes(x).text). */
typedef struct {
    char text[32];
} progress_text_t;
/* "1 h 02 min", "3 min 05 s", "12 s". */
progress_text_t progress_duration(double seconds);
/* "1.23 M", "456.0 k", "78", "0.51". */
progress_text_t progress_count(double count);
/* "1.5 GiB", "12 B". */
progress_text_t progress_bytes(double bytes);

#endif
