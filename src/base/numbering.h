/* The three numberings of a sample, each a type of its own, so that none is taken for another. */
#ifndef HARSANYI_BASE_NUMBERING_H
#define HARSANYI_BASE_NUMBERING_H

#include <stdint.h>

typedef int64_t
    row_t; /* of a results file; during a sweep k of the k-th selected sample (of the shard, if it is one) */
typedef int64_t place_t; /* in the selection, all shards of it: row k of shard i of s is place i + k s */
typedef int64_t index_t; /* row of the samples file, /samples/index: how users name a sample */

#endif
