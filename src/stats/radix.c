#include "stats/radix.h"

#include "lattice/indices.h"
#include "lattice/leaf.h"
#include "stats/sort.h"

#include <stdlib.h>
#include <string.h>

enum { TOP_BITS = 15, DIGIT_BITS = 12 };

/* A number that is wanted. */
typedef struct {
    mask_t rank;     /* among the numbers that have the bits found so far */
    uint64_t prefix; /* these bits */
    mask_t inside;   /* how many numbers have them */
    int first;       /* the first rank of the order with the same bits; it keeps the numbers: */
    double *kept;    /* [inside], of which `count` so far */
    size_t count;
    double value; /* the number, when it is found */
} wanted_t;

struct radix {
    int n, reading;
    bool keeping; /* the last reading: numbers are kept */
    wanted_t wanted[PLAYERS_MAX + 1][RADIX_RANKS];
    /* First reading: [order][2^TOP_BITS], shared by all ranks; then [order][rank][2^DIGIT_BITS]. */
    uint64_t *counts;
    double *pool; /* [pool_length] */
    size_t pool_length;
};

static size_t table_length(int n, int reading) {
    size_t per_order = reading ? (size_t)RADIX_RANKS << DIGIT_BITS : (size_t)1 << TOP_BITS;
    return (size_t)(n + 1) * per_order;
}

status_t radix_create(int n_most, radix_t **out, failure_t *why) {
    radix_t *radix = calloc(1, sizeof *radix);
    if (radix) {
        radix->pool_length = table_length(n_most, 0) / 2;
        radix->counts = malloc(table_length(n_most, 0) * sizeof *radix->counts);
        radix->pool = malloc(radix->pool_length * sizeof *radix->pool);
    }
    if (!radix || !radix->counts || !radix->pool) {
        radix_destroy(&radix);
        return failed(why, STATUS_INTERNAL, "out of memory for the quartiles of %d players", n_most);
    }
    *out = radix;
    return STATUS_OK;
}

void radix_destroy(radix_t **radix) {
    if (*radix) {
        free((*radix)->counts);
        free((*radix)->pool);
    }
    free(*radix);
    *radix = NULL;
}

static void start_counting(radix_t *radix, int reading) {
    radix->reading = reading;
    memset(radix->counts, 0, table_length(radix->n, reading) * sizeof *radix->counts);
}

void radix_begin(radix_t *radix, int n, const mask_t ranks[][RADIX_RANKS]) {
    radix->n = n;
    radix->keeping = false;
    for (int order = 0; order <= n; order++)
        for (int r = 0; r < RADIX_RANKS; r++)
            radix->wanted[order][r] = (wanted_t){.rank = ranks[order][r]};
    start_counting(radix, 0);
}

/* How far the digit of a reading lies from the low end of the key. */
static int digit_shift(int reading) {
    return (RADIX_READINGS - 1 - reading) * DIGIT_BITS;
}

static uint64_t *rank_counts(const radix_t *radix, int order, int rank) {
    return radix->counts + ((size_t)(order * RADIX_RANKS + rank) << DIGIT_BITS);
}

/* ---- a reading ---- */

static void count_tops(radix_t *radix, int order, const uint64_t *keys, size_t count) {
    uint64_t *counts = radix->counts + ((size_t)order << TOP_BITS);
    for (size_t i = 0; i < count; i++)
        counts[keys[i] >> digit_shift(0)]++;
}

static void count_digits(radix_t *radix, int order, const uint64_t *keys, size_t count) {
    int shift = digit_shift(radix->reading);
    for (size_t i = 0; i < count; i++) {
        uint64_t prefix = keys[i] >> (shift + DIGIT_BITS), digit = keys[i] >> shift & ((1 << DIGIT_BITS) - 1);
        for (int r = 0; r < RADIX_RANKS; r++)
            if (radix->wanted[order][r].prefix == prefix)
                rank_counts(radix, order, r)[digit]++;
    }
}

static void keep(radix_t *radix, int order, const uint64_t *keys, size_t count) {
    int shift = digit_shift(radix->reading - 1);
    for (size_t i = 0; i < count; i++)
        for (int r = 0; r < RADIX_RANKS; r++) {
            wanted_t *wanted = &radix->wanted[order][r];
            if (wanted->first == r && wanted->prefix == keys[i] >> shift && wanted->count < wanted->inside)
                memcpy(&wanted->kept[wanted->count++], &keys[i], sizeof keys[i]);
        }
}

static void read_order(radix_t *radix, int order, const uint64_t *keys, size_t count) {
    if (radix->reading == 0)
        count_tops(radix, order, keys, count);
    else if (radix->keeping)
        keep(radix, order, keys, count);
    else
        count_digits(radix, order, keys, count);
}

void radix_leaf(radix_t *radix, mask_t first, const double *x) {
    int bits = radix->n < LEAF_BITS ? radix->n : LEAF_BITS;
    double by_order[1 << LEAF_BITS], *ends[LEAF_ORDERS], *at = by_order;
    uint64_t keys[1 << LEAF_BITS];
    for (int order = 0; order <= bits; order++) {
        ends[order] = at;
        at += (size_t)indices_choose(bits, order);
    }
    leaf_widest()->gather(x, bits, ends);
    at = by_order;
    for (int order = 0; order <= bits; order++) {
        size_t count = (size_t)(ends[order] - at);
        memcpy(keys, at, count * sizeof *keys);
        read_order(radix, mask_order(first) + order, keys, count);
        at = ends[order];
    }
}

/* ---- between readings ---- */

/* The next digit of a rank, from how often each occurs. */
static void find_digit(radix_t *radix, int order, int r) {
    const uint64_t *counts =
        radix->reading ? rank_counts(radix, order, r) : radix->counts + ((size_t)order << TOP_BITS);
    wanted_t *wanted = &radix->wanted[order][r];
    uint64_t digit = 0;
    while (counts[digit] <= wanted->rank)
        wanted->rank -= counts[digit++];
    wanted->prefix = wanted->prefix << DIGIT_BITS | digit;
    wanted->inside = counts[digit];
}

/* Gives each rank its part of the pool; false: the numbers do not fit. */
static bool share_out(radix_t *radix) {
    size_t used = 0;
    for (int order = 0; order <= radix->n; order++)
        for (int r = 0; r < RADIX_RANKS; r++) {
            wanted_t *ranks = radix->wanted[order], *wanted = &ranks[r];
            wanted->first = 0;
            while (ranks[wanted->first].prefix != wanted->prefix)
                wanted->first++;
            if (wanted->first < r)
                continue;
            if (wanted->inside > radix->pool_length - used)
                return false;
            wanted->kept = radix->pool + used;
            used += wanted->inside;
        }
    return true;
}

/* Of the ranks from `first` on that share its numbers: they follow each other. */
static void find_among_kept(wanted_t *wanted, int first) {
    mask_t ranks[RADIX_RANKS];
    double found[RADIX_RANKS];
    int count = 0;
    while (first + count < RADIX_RANKS && wanted[first + count].first == first) {
        ranks[count] = wanted[first + count].rank;
        count++;
    }
    sort_ranks(wanted[first].kept, wanted[first].count, ranks, count, found);
    for (int i = 0; i < count; i++)
        wanted[first + i].value = found[i];
}

static void find_values(radix_t *radix) {
    for (int order = 0; order <= radix->n; order++)
        for (int r = 0; r < RADIX_RANKS; r++) {
            wanted_t *wanted = radix->wanted[order];
            if (!radix->keeping)
                memcpy(&wanted[r].value, &wanted[r].prefix, sizeof wanted[r].value);
            else if (wanted[r].first == r)
                find_among_kept(wanted, r);
        }
}

bool radix_again(radix_t *radix) {
    for (int order = 0; order <= radix->n && !radix->keeping; order++)
        for (int r = 0; r < RADIX_RANKS; r++)
            find_digit(radix, order, r);
    if (radix->keeping || radix->reading == RADIX_READINGS - 1) {
        find_values(radix);
        return false;
    }
    radix->keeping = share_out(radix);
    if (radix->keeping)
        radix->reading++;
    else
        start_counting(radix, radix->reading + 1);
    return true;
}

double radix_value(const radix_t *radix, int order, int rank) {
    return radix->wanted[order][rank].value;
}
