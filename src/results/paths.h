/* What everyone who reads or writes results files asks of one: is it there, is it that one, what is a shard called, how
 * many of its samples are done. */
#ifndef HARSANYI_RESULTS_PATHS_H
#define HARSANYI_RESULTS_PATHS_H

#include "results/results.h"

#include <stdbool.h>

/* Whether a file is there; STATUS_INPUT when `must_exist` and it is not, or when its folder is not there or cannot be
 * written. */
status_t paths_check_output(const char *path, bool must_exist, bool *exists, failure_t *why);

/* Whether the path leads to the same file as another one, both being there. */
bool paths_same_file(const char *path, const char *other);

/* ".shard-I-of-K", or "" when shards is 0. */
enum { SHARD_INFIX = 48 };
void paths_shard_infix(int shard, int shards, char infix[SHARD_INFIX]);

/* x.h5, or of a shard (shards > 0) x.shard-I-of-K.h5; owned by the caller, NULL without memory. */
char *paths_shard(const char *path, int shard, int shards);

/* x.h5 of x.shard-I-of-K.h5; owned by the caller, NULL when the path is not made so or without memory. */
char *paths_whole(const char *path, int shard, int shards);

/* OUT.part-HOST-PROCESS, under which this process makes the file OUT until it has its name; what dead processes of this
 * host left under such names is removed. Owned by the caller. */
char *paths_part(const char *out);

/* Fills in what every record of a start says: when (now), where, with which compiler and HDF5. */
void results_describe_run(const char *compiler, results_run_t *run);

/* Samples by status. */
typedef struct {
    int64_t done, failed, pending;
} results_count_t;
status_t results_count(const results_t *results, results_count_t *count, failure_t *why);

#endif
