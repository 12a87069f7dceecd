/* The shards of a sweep, as they are given to merge: whether they are of one sweep, and what is missing.
 *
 * Shards are files that came from anywhere: each is opened by the results reader with all its checks, and compared with
 * the first one in everything that defines the sweep. Only that one stays open, so that memory and descriptors do not
 * grow with the number of shards; the others are opened again, one after the other, when they are copied.
 */
#ifndef HARSANYI_SHARDS_SHARDS_H
#define HARSANYI_SHARDS_SHARDS_H

#include "base/failure.h"
#include "base/problems.h"
#include "config/config.h"
#include "results/lock.h"
#include "results/results.h"

#include <stdbool.h>

/* Shard number i of the sweep. */
typedef struct {
    const char *path; /* borrowed; NULL: not given */
    bool complete;    /* nothing is pending, or a sweep works on it, or nobody asked */
    uint64_t starts;
    results_run_t last; /* the last of them, when there was one */
} shard_file_t;

typedef struct {
    bool allow_missing; /* shards that are not given or have pending samples are none of the problems */
    bool accept_engine; /* nor are other engines and instruction sets than the first one's */
} shards_options_t;

typedef struct {
    shards_options_t options;
    const char *first_path;
    results_t *first; /* the first shard given; owned, as the rest */
    config_t *config; /* its config */
    shard_file_t *of; /* [shards] */
    int shards;       /* k */
} shards_t;

/* Looks at all of them. STATUS_INPUT when something is wrong with any: everything is in problems, then. In any case end
 * with shards_free. */
status_t shards_find(const char *const *paths, int count, const shards_options_t *options, shards_t *out,
                     problems_t *problems, failure_t *why);
void shards_free(shards_t *shards);

/* Takes the lock of shard i, which was given, and opens it; STATUS_INPUT when it is not what shards_find has seen. */
status_t shards_open(const shards_t *shards, int i, lock_t **lock, results_t **out, failure_t *why);

/* ---- parts of it ---- */

/* Adds those of 0 ... count - 1 for which is(self, i), as Slurm's --array takes them: "0,3-5,8". */
void shards_add_list(int count, bool (*is)(const void *self, int i), const void *self, text_t *out);

#endif
