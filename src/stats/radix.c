#include "stats/radix.h"

#include "stats/select.h"

#include <stdlib.h>
#include <string.h>

enum { TOP_BITS = 15, DIGIT_BITS = 12 };

struct radix {
    int n, reading;
    mask_t ranks[PLAYERS_MAX + 1][RADIX_RANKS];      /* among the numbers that have the prefix */
    uint64_t prefixes[PLAYERS_MAX + 1][RADIX_RANKS]; /* the bits found so far */
    uint8_t orders[1 << LEAF_BITS];                  /* |s| of the masks of a leaf */
    /* First reading: [order][2^TOP_BITS], shared by all ranks; then [order][rank][2^DIGIT_BITS]. */
    uint64_t *counts;
};

static size_t table_length(int n, int reading) {
    size_t per_order = reading ? (size_t)RADIX_RANKS << DIGIT_BITS : (size_t)1 << TOP_BITS;
    return (size_t)(n + 1) * per_order;
}

status_t radix_create(int n_most, radix_t **out, failure_t *why) {
    size_t first = table_length(n_most, 0), later = table_length(n_most, 1);
    radix_t *radix = calloc(1, sizeof *radix);
    if (radix)
        radix->counts = malloc((first > later ? first : later) * sizeof *radix->counts);
    if (!radix || !radix->counts) {
        radix_destroy(&radix);
        return failed(why, STATUS_INTERNAL, "out of memory for the quartiles of %d players", n_most);
    }
    for (mask_t s = 0; s < (mask_t)1 << LEAF_BITS; s++)
        radix->orders[s] = (uint8_t)mask_order(s);
    *out = radix;
    return STATUS_OK;
}

void radix_destroy(radix_t **radix) {
    if (*radix)
        free((*radix)->counts);
    free(*radix);
    *radix = NULL;
}

static void start_reading(radix_t *radix, int reading) {
    radix->reading = reading;
    memset(radix->counts, 0, table_length(radix->n, reading) * sizeof *radix->counts);
}

void radix_begin(radix_t *radix, int n, const mask_t ranks[][RADIX_RANKS]) {
    radix->n = n;
    memcpy(radix->ranks, ranks, (size_t)(n + 1) * sizeof *ranks);
    memset(radix->prefixes, 0, sizeof radix->prefixes);
    start_reading(radix, 0);
}

/* How far the digit of a reading lies from the low end of the key. */
static int digit_shift(int reading) {
    return (RADIX_READINGS - 1 - reading) * DIGIT_BITS;
}

static uint64_t *rank_counts(const radix_t *radix, int order, int rank) {
    return radix->counts + ((size_t)(order * RADIX_RANKS + rank) << DIGIT_BITS);
}

static void count_digit(radix_t *radix, int order, uint64_t key) {
    int shift = digit_shift(radix->reading);
    uint64_t prefix = key >> (shift + DIGIT_BITS), digit = key >> shift & ((1 << DIGIT_BITS) - 1);
    for (int r = 0; r < RADIX_RANKS; r++)
        if (radix->prefixes[order][r] == prefix)
            rank_counts(radix, order, r)[digit]++;
}

void radix_leaf(radix_t *radix, mask_t first, const double *x) {
    int base = mask_order(first);
    for (mask_t s = 0; s < row_leaf_masks(radix->n); s++) {
        int order = base + radix->orders[s];
        uint64_t key = select_key(x[s]);
        if (radix->reading)
            count_digit(radix, order, key);
        else
            radix->counts[((uint64_t)order << TOP_BITS) + (key >> digit_shift(0))]++;
    }
}

/* The next digit of a rank, from how often each occurs. */
static void find_digit(radix_t *radix, int order, int r) {
    const uint64_t *counts =
        radix->reading ? rank_counts(radix, order, r) : radix->counts + ((size_t)order << TOP_BITS);
    mask_t *rank = &radix->ranks[order][r];
    uint64_t digit = 0;
    while (counts[digit] <= *rank)
        *rank -= counts[digit++];
    radix->prefixes[order][r] = radix->prefixes[order][r] << DIGIT_BITS | digit;
}

bool radix_again(radix_t *radix) {
    for (int order = 0; order <= radix->n; order++)
        for (int r = 0; r < RADIX_RANKS; r++)
            find_digit(radix, order, r);
    if (radix->reading == RADIX_READINGS - 1)
        return false;
    start_reading(radix, radix->reading + 1);
    return true;
}

double radix_value(const radix_t *radix, int order, int rank) {
    return select_value(radix->prefixes[order][rank]);
}
