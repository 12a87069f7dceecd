#include "stats/select.h"

#include "lattice/leaf.h"

#include <math.h>
#include <string.h>

/* Each step spreads the numbers over buckets of equal width between the smallest and the largest, counts, and goes on
 * with the one bucket that holds the rank. Widths are in bit patterns, which are nearly logarithms: so buckets fill
 * evenly for strengths that span many orders of magnitude. A step narrows the range 2^4 to 2^11 times: it ends.
 */
enum { FEW = 24, BUCKET_BITS_LEAST = 4, BUCKET_BITS_MOST = 11 };

typedef struct {
    uint64_t low; /* key of the smallest */
    int shift;    /* bucket = (key - low) >> shift */
    uint32_t filled;
    uint32_t mask; /* at least filled - 1, all ones: no number leads out of counts, whatever it is */
    uint32_t counts[1 << BUCKET_BITS_MOST];
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

/* The mask takes away the sign, too. */
static uint32_t bucket_of(const spread_t *spread, double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (uint32_t)((bits - spread->low) >> spread->shift) & spread->mask;
}

/* About two to four numbers to a bucket, within limits; count > FEW. */
static void spread_out(spread_t *spread, const double *x, size_t count, const leaf_span_t *span) {
    int bits = 62 - __builtin_clzll(count);
    bits = bits < BUCKET_BITS_LEAST ? BUCKET_BITS_LEAST : bits > BUCKET_BITS_MOST ? BUCKET_BITS_MOST : bits;
    spread->low = select_key(span->min);
    uint64_t range = select_key(span->max) - spread->low;
    spread->shift = 0;
    while (range >> spread->shift >> bits)
        spread->shift++;
    spread->filled = (uint32_t)(range >> spread->shift) + 1;
    spread->mask = spread->filled > 1 ? UINT32_MAX >> __builtin_clz(spread->filled - 1) : 0;
    memset(spread->counts, 0, (spread->mask + (size_t)1) * sizeof *spread->counts);
    for (size_t i = 0; i < count; i++)
        spread->counts[bucket_of(spread, x[i])]++;
}

/* The bucket with the number of this rank, and how many numbers lie in the buckets before it. */
static uint32_t bucket_of_rank(const spread_t *spread, size_t rank, size_t *before) {
    uint32_t bucket = 0;
    *before = 0;
    while (bucket + 1 < spread->filled && *before + spread->counts[bucket] <= rank)
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
        leaf_span_t span;
        leaf_widest()->span(x, count, &span);
        spread_out(&spread, x, count, &span);
        size_t before;
        uint32_t bucket = bucket_of_rank(&spread, rank, &before);
        const size_t among = spread.counts[bucket];
        if (among == count || among == 0) { /* all are equal, since a bucket is narrower than the range unless that is
                                               0; or they are no numbers */
            pair[0] = pair[1] = x[0];
            return;
        }
        if (rank + 1 < count && rank + 1 >= before + among) {
            ends_of_bucket(&spread, x, count, bucket, pair);
            return;
        }
        count = keep_bucket(&spread, x, count, bucket, scratch);
        x = scratch;
        rank = rank - before < count ? rank - before : count - 1;
    }
    memmove(scratch, x, count * sizeof *x);
    sort_few(scratch, count);
    pair[0] = scratch[rank];
    pair[1] = scratch[rank + 1 < count ? rank + 1 : rank];
}

/* The same for many ranks; starts: [filled + 1], how many numbers lie in the buckets before. */
static uint32_t bucket_among(const uint32_t *starts, uint32_t filled, size_t rank) {
    uint32_t low = 0, high = filled; /* starts[low] <= rank < starts[high] */
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (starts[middle] <= rank)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The first step for all ranks together: keeps the buckets of each rank and of the next one, and makes ranks those
 * among what is kept. Returns how many numbers that is; or `count`, with nothing done, if it would be more than half.
 */
static size_t narrow_down(const double *x, size_t count, const leaf_span_t *span, size_t *ranks, int rank_count,
                          double *kept) {
    spread_t spread;
    spread_out(&spread, x, count, span);
    uint32_t starts[(1 << BUCKET_BITS_MOST) + 1], buckets[SELECT_RANKS_MOST];
    starts[0] = 0;
    for (uint32_t bucket = 0; bucket < spread.filled; bucket++)
        starts[bucket + 1] = starts[bucket] + spread.counts[bucket];
    uint8_t wanted[1 << BUCKET_BITS_MOST];
    memset(wanted, 0, spread.mask + (size_t)1);
    for (int r = 0; r < rank_count; r++) {
        buckets[r] = bucket_among(starts, spread.filled, ranks[r]);
        wanted[buckets[r]] = 1;
        wanted[bucket_among(starts, spread.filled, ranks[r] + (ranks[r] + 1 < count))] = 1;
    }
    size_t among = 0;
    for (uint32_t bucket = 0; bucket < spread.filled; bucket++)
        among += wanted[bucket] ? spread.counts[bucket] : 0;
    if (among > count / 2 || among == 0)
        return count;
    among = 0;
    for (uint32_t bucket = 0; bucket < spread.filled; bucket++)
        if (wanted[bucket]) {
            for (int r = 0; r < rank_count; r++)
                if (buckets[r] == bucket)
                    ranks[r] = ranks[r] - starts[bucket] + among;
            among += spread.counts[bucket];
        }
    for (int r = 0; r < rank_count; r++)
        ranks[r] = ranks[r] < among ? ranks[r] : among - 1;
    size_t k = 0;
    for (size_t i = 0; i < count; i++) {
        kept[k] = x[i]; /* without a branch: overwritten by the next when it is not wanted */
        k += wanted[bucket_of(&spread, x[i])];
    }
    return k;
}

/* Numbers above 0; scratch: [count]. */
static void select_among(const double *x, size_t count, const leaf_span_t *span, const size_t *ranks, int rank_count,
                         double pairs[][2], double *scratch) {
    size_t among[SELECT_RANKS_MOST];
    memcpy(among, ranks, (size_t)rank_count * sizeof *ranks);
    if (count > FEW) {
        size_t kept = narrow_down(x, count, span, among, rank_count, scratch);
        if (kept < count) {
            x = scratch;
            count = kept;
            scratch += kept;
        }
    }
    for (int r = 0; r < rank_count; r++)
        select_pair(x, count, among[r], scratch, pairs[r]);
}

/* Players that a model does not look at make half of all interactions 0, which is far below the smallest of the others
 * as bit patterns go: buckets between them would hold nearly nothing. So zeros are set apart. kept: [2 * count]. */
static void select_among_zeros(const double *x, size_t count, const leaf_span_t *span, const size_t *ranks,
                               int rank_count, double pairs[][2], double *kept) {
    size_t among[SELECT_RANKS_MOST], k = 0, zeros = span->zeros;
    for (size_t i = 0; i < count; i++)
        if (x[i] != 0)
            kept[k++] = x[i];
    for (int r = 0; r < rank_count; r++)
        among[r] = ranks[r] < zeros || k == 0 ? 0 : ranks[r] - zeros;
    if (k > 0)
        select_among(kept, k, span, among, rank_count, pairs, kept + k);
    for (int r = 0; r < rank_count; r++) {
        if (ranks[r] >= zeros)
            continue;
        pairs[r][1] = ranks[r] + 1 < zeros || k == 0 ? 0 : pairs[r][0];
        pairs[r][0] = 0;
    }
}

void select_pairs(const double *x, size_t count, const size_t *ranks, int rank_count, double pairs[][2],
                  double *scratch) {
    leaf_span_t span;
    leaf_widest()->span(x, count, &span);
    if (span.zeros > 0)
        select_among_zeros(x, count, &span, ranks, rank_count, pairs, scratch);
    else
        select_among(x, count, &span, ranks, rank_count, pairs, scratch);
}
