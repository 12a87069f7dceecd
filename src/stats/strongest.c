#include "stats/strongest.h"

#include <math.h>
#include <stdbool.h>

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
