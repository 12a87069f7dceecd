/* The state of a sweep on every rank. */
#ifndef HARSANYI_RUN_CONTEXT_H
#define HARSANYI_RUN_CONTEXT_H

#include "base/log.h"
#include "config/config.h"
#include "plan/inputs.h"
#include "plan/units.h"
#include "run/stop.h"
#include "run/sweep.h"
#include "run/worker.h"

typedef struct {
    const sweep_options_t *options;
    int rank, ranks;
    double began; /* monotonic */
    log_t log;
    stop_t stop;
    config_t *config; /* owned, as the next three; NULL until made */
    char *file;       /* the results file: output.file, or the shard's */
    inputs_t *inputs;
    worker_t *worker;
} sweep_t;

#endif
