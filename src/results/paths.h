/* Paths of results files and their parts, and what is quickly said of a file: how many samples are done, where and when
 * it was written. */
#ifndef HARSANYI_RESULTS_PATHS_H
#define HARSANYI_RESULTS_PATHS_H

#include "results/results.h"

#include <stdbool.h>

/* file_folder for rooms of the program: never NULL, ends as memory_need does. Owned by the caller. */
char *paths_folder(const char *path);

/* Whether a file exists; STATUS_INPUT when `must_exist` and it does not, or when its folder does not exist or cannot be
 * written. */
status_t paths_check_output(const char *path, bool must_exist, bool *exists, failure_t *why);

/* STATUS_INPUT when the file exists, or cannot be made. */
status_t paths_check_new(const char *path, failure_t *why);

/* Whether both paths lead to the same file, which exists. */
bool paths_same_file(const char *path, const char *other);

/* x.h5, or of a shard (shards > 0) x.shard-I-of-K.h5; never NULL either, owned by the caller. */
char *paths_shard(const char *path, int shard, int shards);

/* x.h5 of x.shard-I-of-K.h5; owned by the caller, NULL when the path is not of that form. */
char *paths_whole(const char *path, int shard, int shards);

/* OUT.part-HOST-PROCESS, the name of the file OUT while this process makes it; such files that dead processes of this
 * host left are removed. Owned by the caller. */
char *paths_part(const char *out);

/* Samples by status. */
typedef struct {
    int64_t done, failed, pending;
} results_count_t;
status_t results_count(const results_t *results, results_count_t *count, failure_t *why);

#endif
