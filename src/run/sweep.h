/* A whole sweep, from the options of `harsanyi run` to the exit code, on every rank. */
#ifndef HARSANYI_RUN_SWEEP_H
#define HARSANYI_RUN_SWEEP_H

#include <stdbool.h>

typedef struct {
    const char *config;
    const char *output; /* NULL: the config's */
    const char *const *sets;
    int set_count;
    int shard, shards; /* shards > 0: only this shard, into a file of its own (paths_shard) */
    bool resume, fresh, retry_failed, accept_engine, quiet;
} sweep_options_t;

/* Calls MPI_Init and MPI_Finalize, so once per process. Returns the exit code: on rank 0 as documented (0, 1, 2, 3,
 * 75), on the others 0, since a rank that returns non-zero gets the rest killed. */
int sweep_run(const sweep_options_t *options);

#endif
