#include "stats/select.h"

#include "base/mix.h"

#include <math.h>
#include <stdbool.h>

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

/* Quickselect (Hoare 1961) for all ranks at once; x begins at rank `before`. A pivot at random: no order of the numbers
 * makes many bad ones likely. */
static void select_from(double *x, size_t count, size_t before, const size_t *ranks, int wanted) {
    while (wanted > 0) {
        double pivot = x[mix(count) % count];
        size_t below = partition(x, count, pivot);
        bool smallest = below == 0; /* then all that equal it go to the front: they have their places */
        if (smallest)
            below = partition(x, count, nextafter(pivot, INFINITY));
        int among = 0;
        while (among < wanted && ranks[among] < before + below)
            among++;
        if (!smallest)
            select_from(x, below, before, ranks, among);
        x += below;
        count -= below;
        before += below;
        ranks += among;
        wanted -= among;
    }
}

void select_ranks(double *x, size_t count, const size_t *ranks, int wanted) {
    select_from(x, count, 0, ranks, wanted);
}
