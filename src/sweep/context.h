/* What every rank of a sweep has, from the first line of sweep_run on. */
#ifndef HARSANYI_SWEEP_CONTEXT_H
#define HARSANYI_SWEEP_CONTEXT_H

#include "base/log.h"
#include "config/config.h"
#include "sweep/inputs.h"
#include "sweep/stop.h"
#include "sweep/sweep.h"
#include "sweep/worker.h"

enum { EVALUATING_WORLD_MAX = 16 }; /* in larger worlds rank 0 has enough to do without evaluating */

typedef struct {
    const sweep_options_t *options;
    int rank, ranks;
    double began; /* monotonic */
    log_t log;
    stop_t stop;
    config_t *config; /* owned, as the next three; NULL until there */
    char *file;       /* the results file: output.file, or the shard's */
    inputs_t *inputs;
    worker_t *worker;
} sweep_t;

#endif
