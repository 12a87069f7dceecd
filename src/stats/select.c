#include "stats/select.h"

#include "base/wide.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Each step spreads the numbers over buckets of equal width between the smallest and the largest, counts, and goes on
 * with the one bucket that holds the rank. Widths are in bit patterns, which are nearly logarithms: so buckets fill
 * evenly for strengths that span many orders of magnitude. A step narrows the range 2^4 to 2^11 times: it ends.
 */
enum { FEW = 24, BUCKET_BITS_LEAST = 4, BUCKET_BITS_MOST = 11, LANES = 8 };

typedef struct {
    uint64_t low; /* key of the smallest */
    int shift;    /* bucket = (key - low) >> shift */
    uint32_t filled, counts[1 << BUCKET_BITS_MOST];
} spread_t;

uint64_t select_key(double x) {
    uint64_t key;
    memcpy(&key, &x, sizeof key);
    return key & ~((uint64_t)1 << 63); /* -0 counts as 0 */
}

double select_value(uint64_t key) {
    double x;
    memcpy(&x, &key, sizeof x);
    return x;
}

static uint32_t bucket_of(const spread_t *spread, double x) {
    return (uint32_t)((select_key(x) - spread->low) >> spread->shift);
}

/* In lanes, so that it is done with vectors; count >= LANES. */
WIDE static void find_range(const double *x, size_t count, double *min, double *max) {
    double low[LANES], high[LANES];
    for (int c = 0; c < LANES; c++)
        low[c] = high[c] = x[c];
    for (size_t i = 0; i < count; i += LANES) {
        const double *at = x + (i + LANES <= count ? i : count - LANES);
        for (int c = 0; c < LANES; c++) {
            low[c] = at[c] < low[c] ? at[c] : low[c];
            high[c] = at[c] > high[c] ? at[c] : high[c];
        }
    }
    *min = low[0], *max = high[0];
    for (int c = 1; c < LANES; c++) {
        *min = low[c] < *min ? low[c] : *min;
        *max = high[c] > *max ? high[c] : *max;
    }
}

/* About two to four numbers to a bucket, within limits; count > FEW. */
static void spread_out(spread_t *spread, const double *x, size_t count) {
    double min, max;
    find_range(x, count, &min, &max);
    int bits = 62 - __builtin_clzll(count);
    bits = bits < BUCKET_BITS_LEAST ? BUCKET_BITS_LEAST : bits > BUCKET_BITS_MOST ? BUCKET_BITS_MOST : bits;
    spread->low = select_key(min);
    uint64_t range = select_key(max) - spread->low;
    spread->shift = 0;
    while (range >> spread->shift >> bits)
        spread->shift++;
    spread->filled = (uint32_t)(range >> spread->shift) + 1;
    memset(spread->counts, 0, spread->filled * sizeof *spread->counts);
    for (size_t i = 0; i < count; i++)
        spread->counts[bucket_of(spread, x[i])]++;
}

/* The bucket with the number of this rank, and how many numbers lie in the buckets before it. */
static uint32_t bucket_of_rank(const spread_t *spread, size_t rank, size_t *before) {
    uint32_t bucket = 0;
    *before = 0;
    while (*before + spread->counts[bucket] <= rank)
        *before += spread->counts[bucket++];
    return bucket;
}

static void sort_few(double *x, size_t count) {
    for (size_t i = 1; i < count; i++) {
        double moving = x[i];
        size_t at = i;
        for (; at > 0 && x[at - 1] > moving; at--)
            x[at] = x[at - 1];
        x[at] = moving;
    }
}

static size_t keep_bucket(const spread_t *spread, const double *x, size_t count, uint32_t bucket, double *kept) {
    size_t k = 0;
    for (size_t i = 0; i < count; i++)
        if (bucket_of(spread, x[i]) == bucket)
            kept[k++] = x[i];
    return k;
}

/* The largest number of a bucket, and the smallest of the buckets above. */
static void ends_of_bucket(const spread_t *spread, const double *x, size_t count, uint32_t bucket, double pair[2]) {
    pair[0] = -INFINITY, pair[1] = INFINITY;
    for (size_t i = 0; i < count; i++) {
        uint32_t at = bucket_of(spread, x[i]);
        if (at == bucket)
            pair[0] = fmax(pair[0], x[i]);
        else if (at > bucket)
            pair[1] = fmin(pair[1], x[i]);
    }
}

static void select_pair(const double *x, size_t count, size_t rank, double *scratch, double pair[2]) {
    while (count > FEW) {
        spread_t spread;
        spread_out(&spread, x, count);
        size_t before;
        uint32_t bucket = bucket_of_rank(&spread, rank, &before);
        if (spread.filled == 1) { /* all are equal: a bucket is narrower than the range unless that is 0 */
            pair[0] = pair[1] = x[0];
            return;
        }
        if (rank + 1 < count && rank + 1 >= before + spread.counts[bucket]) {
            ends_of_bucket(&spread, x, count, bucket, pair);
            return;
        }
        count = keep_bucket(&spread, x, count, bucket, scratch);
        x = scratch;
        rank -= before;
    }
    memmove(scratch, x, count * sizeof *x);
    sort_few(scratch, count);
    pair[0] = scratch[rank];
    pair[1] = scratch[rank + 1 < count ? rank + 1 : rank];
}

/* The first step for all ranks together: keeps the buckets of each rank and of the next one, and makes ranks those
 * among what is kept. Returns how many numbers that is; or `count`, with nothing done, if it would be more than half.
 */
static size_t narrow_down(const double *x, size_t count, size_t ranks[SELECT_RANKS], double *kept) {
    spread_t spread;
    spread_out(&spread, x, count);
    bool wanted[1 << BUCKET_BITS_MOST] = {false};
    for (int r = 0; r < SELECT_RANKS; r++) {
        size_t before;
        wanted[bucket_of_rank(&spread, ranks[r], &before)] = true;
        wanted[bucket_of_rank(&spread, ranks[r] + (ranks[r] + 1 < count), &before)] = true;
    }
    size_t among_kept[SELECT_RANKS] = {0}, seen = 0, dropped = 0;
    for (uint32_t bucket = 0, r = 0; bucket < spread.filled; bucket++) {
        seen += spread.counts[bucket];
        for (; r < SELECT_RANKS && ranks[r] < seen; r++)
            among_kept[r] = ranks[r] - dropped;
        dropped += wanted[bucket] ? 0 : spread.counts[bucket];
    }
    if (dropped < count - dropped)
        return count;
    memcpy(ranks, among_kept, sizeof among_kept);
    size_t k = 0;
    for (size_t i = 0; i < count; i++) {
        kept[k] = x[i]; /* without a branch: overwritten by the next when it is not wanted */
        k += wanted[bucket_of(&spread, x[i])];
    }
    return k;
}

/* Numbers above 0; scratch: [count]. */
static void select_among(const double *x, size_t count, const size_t ranks[SELECT_RANKS], double pairs[SELECT_RANKS][2],
                         double *scratch) {
    size_t among[SELECT_RANKS];
    memcpy(among, ranks, sizeof among);
    if (count > FEW) {
        size_t kept = narrow_down(x, count, among, scratch);
        if (kept < count) {
            x = scratch;
            count = kept;
            scratch += kept;
        }
    }
    for (int r = 0; r < SELECT_RANKS; r++)
        select_pair(x, count, among[r], scratch, pairs[r]);
}

WIDE static size_t count_zeros(const double *x, size_t count) {
    uint64_t zeros[LANES] = {0}, all = 0;
    size_t whole = count / LANES * LANES;
    for (size_t i = 0; i < whole; i += LANES)
        for (int c = 0; c < LANES; c++)
            zeros[c] += x[i + (size_t)c] == 0;
    for (size_t i = whole; i < count; i++)
        all += x[i] == 0;
    for (int c = 0; c < LANES; c++)
        all += zeros[c];
    return (size_t)all;
}

/* Players that a model does not look at make half of all interactions 0, which is far below the smallest of the others
 * as bit patterns go: buckets between them would hold nearly nothing. So zeros are set apart. kept: [2 * count]. */
static void select_among_zeros(const double *x, size_t count, size_t zeros, const size_t ranks[SELECT_RANKS],
                               double pairs[SELECT_RANKS][2], double *kept) {
    size_t among[SELECT_RANKS], k = 0;
    for (size_t i = 0; i < count; i++)
        if (x[i] != 0)
            kept[k++] = x[i];
    for (int r = 0; r < SELECT_RANKS; r++)
        among[r] = ranks[r] < zeros || k == 0 ? 0 : ranks[r] - zeros;
    if (k > 0)
        select_among(kept, k, among, pairs, kept + k);
    for (int r = 0; r < SELECT_RANKS; r++) {
        if (ranks[r] >= zeros)
            continue;
        pairs[r][1] = ranks[r] + 1 < zeros || k == 0 ? 0 : pairs[r][0];
        pairs[r][0] = 0;
    }
}

void select_pairs(const double *x, size_t count, const size_t ranks[SELECT_RANKS], double pairs[SELECT_RANKS][2],
                  double *scratch) {
    size_t zeros = count_zeros(x, count);
    if (zeros > 0)
        select_among_zeros(x, count, zeros, ranks, pairs, scratch);
    else
        select_among(x, count, ranks, pairs, scratch);
}
