/* The numberings of samples and rows, each a type of its own, so that none is taken for another; and lists of classes.
 */
#ifndef HARSANYI_BASE_NUMBERING_H
#define HARSANYI_BASE_NUMBERING_H

#include <stdint.h>
#include <stdlib.h>

typedef int64_t row_t;   /* of a results file: of sample k rows k V ... k V + V - 1, V = outputs x targets */
typedef int64_t nth_t;   /* of the samples of a sweep: the k-th selected one (of the shard if it is one) */
typedef int64_t place_t; /* in the selection, all shards of it: sample k of shard i of s is place i + k s */
typedef int64_t index_t; /* row of the samples file, /samples/index: how users name a sample */

/* The most rows of a sample: outputs of a model that are explained at once, and targets of each. */
enum { OUTPUTS_MAX = 64, TARGETS_MAX = 1 << 12 };

/* Class numbers in ascending order, for qsort and bsearch. */
static inline int classes_compare(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Sorts classes [count] and removes duplicates; returns how many are left. */
static inline int64_t classes_settle(int64_t *classes, int64_t count) {
    int64_t left = 0;
    qsort(classes, (size_t)count, sizeof *classes, classes_compare);
    for (int64_t i = 0; i < count; i++)
        if (left == 0 || classes[i] != classes[left - 1])
            classes[left++] = classes[i];
    return left;
}

#endif
