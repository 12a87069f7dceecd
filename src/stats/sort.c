#include "stats/sort.h"

#include "base/mix.h"
#include "base/wide.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { FEW = 24, MANY = 4 * FEW, BUCKET_BITS = 8, BUCKETS = 1 << BUCKET_BITS, LANES = 8 };

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
    while (wanted > 0 && count > FEW) {
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
    if (wanted > 0)
        sort_few(x, count);
}

/* Numbers of the same sign lie in the order of their bits; those with equal high bits are a bucket. */
typedef struct {
    uint64_t least;
    int shift;
} buckets_t;

static uint64_t bits_of(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static size_t bucket_of(buckets_t buckets, double x) {
    return (bits_of(x) - buckets.least) >> buckets.shift;
}

/* As many buckets as there are, or almost, over what the numbers span; count >= LANES. */
static WIDE buckets_t buckets_over(const double *x, size_t count) {
    double low[LANES], high[LANES], least = x[0], most = x[0];
    memcpy(low, x, sizeof low);
    memcpy(high, x, sizeof high);
    for (size_t i = LANES; i + LANES <= count; i += LANES)
        for (size_t lane = 0; lane < LANES; lane++) {
            low[lane] = x[i + lane] < low[lane] ? x[i + lane] : low[lane];
            high[lane] = x[i + lane] > high[lane] ? x[i + lane] : high[lane];
        }
    for (size_t lane = 0; lane < LANES; lane++) {
        double last = x[count - LANES + lane]; /* what is left, and more */
        least = fmin(least, fmin(low[lane], last));
        most = fmax(most, fmax(high[lane], last));
    }
    int bits = 64 - __builtin_clzll((bits_of(most) - bits_of(least)) | 1);
    return (buckets_t){bits_of(least), bits > BUCKET_BITS ? bits - BUCKET_BITS : 0};
}

/* Marks the buckets that hold ranks, and makes these ranks among what the marked buckets hold. */
static void mark_buckets(const uint32_t *counts, size_t *ranks, int wanted, uint8_t *marked) {
    size_t bucket = 0, before = 0, left_out = 0; /* before: numbers in the buckets before this one */
    for (int r = 0; r < wanted; r++) {
        for (; before + counts[bucket] <= ranks[r]; bucket++) {
            left_out += marked[bucket] ? 0 : counts[bucket];
            before += counts[bucket];
        }
        marked[bucket] = 1;
        ranks[r] -= left_out;
    }
}

/* Moves the numbers of the buckets that hold ranks to the front and returns how many they are. */
static size_t keep_wanted(double *x, size_t count, size_t *ranks, int wanted) {
    uint32_t counts[BUCKETS] = {0};
    uint8_t marked[BUCKETS] = {0};
    buckets_t buckets = buckets_over(x, count);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        counts[bucket_of(buckets, x[i])]++;
    mark_buckets(counts, ranks, wanted, marked);
    for (size_t i = 0; i < count; i++) {
        double one = x[i];
        x[kept] = one;
        kept += marked[bucket_of(buckets, one)];
    }
    return kept;
}

void sort_ranks(double *x, size_t count, const size_t *ranks, int wanted, double *found) {
    size_t among[SORT_RANKS_MOST];
    memcpy(among, ranks, (size_t)wanted * sizeof *among);
    if (count > MANY)
        count = keep_wanted(x, count, among, wanted);
    sort_from(x, count, 0, among, wanted);
    for (int r = 0; r < wanted; r++)
        found[r] = x[among[r]];
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
