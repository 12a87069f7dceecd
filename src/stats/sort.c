#include "stats/sort.h"

#include "base/mix.h"

#include <math.h>
#include <stdbool.h>

enum { FEW = 24 };

/* Moves the numbers below `bound` to the front, without a branch; returns how many. */
static size_t partition(double *x, size_t count, double bound) {
    size_t below = 0;
    for (size_t i = 0; i < count; i++) {
        double one = x[i];
        x[i] = x[below];
        x[below] = one;
        below += one < bound;
    }
    return below;
}

/* Parts x at one of its numbers, at random: no order of the numbers makes many bad parts likely. Returns how many come
 * first: all below it, which are not sorted; or, with *sorted, all that equal it if it is the smallest. */
static size_t part(double *x, size_t count, bool *sorted) {
    double pivot = x[mix(count) % count];
    size_t below = partition(x, count, pivot);
    *sorted = below == 0;
    return *sorted ? partition(x, count, nextafter(pivot, INFINITY)) : below;
}

static void sort_few(double *x, size_t count) {
    for (size_t i = 1; i < count; i++) {
        double one = x[i];
        size_t at = i;
        for (; at > 0 && x[at - 1] > one; at--)
            x[at] = x[at - 1];
        x[at] = one;
    }
}

void sort_all(double *x, size_t count) {
    while (count > FEW) {
        bool sorted;
        size_t first = part(x, count, &sorted);
        if (!sorted)
            sort_all(x, first);
        x += first;
        count -= first;
    }
    sort_few(x, count);
}

/* x begins at rank `before`. */
static void sort_from(double *x, size_t count, size_t before, const size_t *ranks, int wanted) {
    while (wanted > 0) {
        bool sorted;
        size_t first = part(x, count, &sorted);
        int among = 0;
        while (among < wanted && ranks[among] < before + first)
            among++;
        if (!sorted)
            sort_from(x, first, before, ranks, among);
        x += first;
        count -= first;
        before += first;
        ranks += among;
        wanted -= among;
    }
}

void sort_ranks(double *x, size_t count, const size_t *ranks, int wanted) {
    sort_from(x, count, 0, ranks, wanted);
}
