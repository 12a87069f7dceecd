/* The shards of a sweep that are given to merge: whether they belong together, and what is missing.
 *
 * Shards may come from anywhere: each is opened by the results reader with all its checks, and compared with the first
 * one in everything that defines the sweep. Only the first stays open, so that memory and descriptors do not grow with
 * the number of shards; the others are opened again, one after the other, when they are copied.
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
    results_run_t last; /* the last of them, if any */
} shard_file_t;

typedef struct {
    bool allow_missing; /* shards that are not given or have pending samples are no problem */
    bool accept_engine; /* other engines and instruction sets than the first one's are no problem */
} shards_options_t;

typedef struct {
    shards_options_t options;
    const char *first_path;
    results_t *first; /* the first shard given; owned, as the rest */
    config_t *config; /* its config */
    shard_file_t *of; /* [shards] */
    int shards;       /* k */
} shards_t;

/* Checks all of them. STATUS_INPUT when something is wrong with any; all of it is in problems then. Free with
 * shards_free in any case. */
status_t shards_find(const char *const *paths, int count, const shards_options_t *options, shards_t *out,
                     problems_t *problems, failure_t *why);
void shards_free(shards_t *shards);

/* Opens shard i, which was given, and takes its lock; STATUS_INPUT when it is not what shards_find has seen. */
status_t shards_open(const shards_t *shards, int i, lock_t **lock, results_t **out, failure_t *why);

#endif
