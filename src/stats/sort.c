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

/* ---- the strongest ---- */

static bool weaker(interaction_t a, interaction_t b) {
    double of_a = fabs(a.effect), of_b = fabs(b.effect);
    return of_a < of_b || (of_a == of_b && a.mask > b.mask);
}

static void swap(interaction_t *a, interaction_t *b) {
    interaction_t was = *a;
    *a = *b;
    *b = was;
}

/* The heap holds the weakest at [0]; children of i are 2i + 1 and 2i + 2. */
static void sink(interaction_t *heap, size_t count, size_t i) {
    for (size_t child = 2 * i + 1; child < count; child = 2 * i + 1) {
        if (child + 1 < count && weaker(heap[child + 1], heap[child]))
            child++;
        if (!weaker(heap[child], heap[i]))
            return;
        swap(&heap[child], &heap[i]);
        i = child;
    }
}

static void rise(interaction_t *heap, size_t i) {
    while (i > 0 && weaker(heap[i], heap[(i - 1) / 2])) {
        swap(&heap[i], &heap[(i - 1) / 2]);
        i = (i - 1) / 2;
    }
}

void strongest_offer(interaction_t *heap, size_t most, size_t *count, interaction_t one) {
    if (*count < most) {
        heap[*count] = one;
        rise(heap, (*count)++);
    } else if (most > 0 && weaker(heap[0], one)) {
        heap[0] = one;
        sink(heap, *count, 0);
    }
}

/* The weakest goes behind the rest, again and again: strongest first in the end. */
void strongest_sort(interaction_t *heap, size_t count) {
    for (size_t left = count; left > 1; left--) {
        swap(&heap[0], &heap[left - 1]);
        sink(heap, left - 1, 0);
    }
}

status_t strongest_find(row_source_t interactions, size_t most, interaction_t *out, size_t *count, failure_t *why) {
    mask_t step = row_leaf_masks(interactions.n);
    *count = 0;
    for (mask_t first = 0; first < mask_count(interactions.n); first += step) {
        const double *leaf;
        TRY(interactions.read(interactions.self, first, &leaf, why));
        for (mask_t s = first == 0; s < step; s++)
            strongest_offer(out, most, count, (interaction_t){first + s, leaf[s]});
    }
    strongest_sort(out, *count);
    return STATUS_OK;
}
