/* Requests to stop: SIGUSR1, SIGTERM (when not started by mpirun), and the stop file RESULTS.stop. */
#ifndef HARSANYI_RUN_STOP_H
#define HARSANYI_RUN_STOP_H

#include "base/failure.h"

#include <stdbool.h>

typedef struct {
    int signals;     /* signalfd */
    const char *why; /* NULL: not asked to stop; else what asked */
    double looked;   /* when the stop file was last looked for */
} stop_t;

/* Blocks the signals for this process and its threads, so call it before any thread (and MPI_Init) starts. */
status_t stop_open(stop_t *stop, bool with_sigterm, failure_t *why);

/* Looks for requests; the stop file (path may be NULL) at most once a second. Returns whether to stop. */
bool stop_asked(stop_t *stop, const char *stop_file, double now);

#endif
