#include "stats/sieve.h"

#include "base/mix.h"
#include "base/wide.h"
#include "lattice/indices.h"
#include "lattice/leaf.h"
#include "stats/select.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLE_BITS_LEAST = 9, SAMPLE_BITS_MOST = 19, BLOCK_BITS = 4, POOL_BITS_MOST = 21, HELD_MOST = 64 };
_Static_assert((int)SIEVE_RANKS == (int)LEAF_SIEVE_RANKS, "a bracket for each");

/* Brackets reach so many standard deviations of the sample's ranks to either side. */
static const double REACH = 4.5;
static const uint64_t GOLDEN = 0x9e3779b97f4a7c15u; /* its multiples are spread evenly over the 64-bit numbers */

/* Numbers between low and high, exclusive; the wanted one lies there or is one of the two. */
typedef struct {
    double low, high;
    mask_t below, at_low, inside, at_high; /* how many numbers are there; at_high: 0 when low == high */
    double *kept;                          /* of those inside, `count`, up to `room` */
    size_t count, room;
    size_t held; /* beside them kept [count ... held - 1] are numbers between low and high that are not counted yet */
    mask_t rank;
    bool found;
    double pair[2];
} bracket_t;

struct sieve {
    int n, reading;
    bracket_t brackets[PLAYERS_MAX + 1][SIEVE_RANKS];
    leaf_sieve_t lanes[PLAYERS_MAX + 1]; /* by the ones among all bits but the lowest 4 */
    uint64_t kept_most;                  /* of a bracket's numbers inside, number i is kept when i * GOLDEN <= this */
    size_t pool_length;
    double *pool, *scratch;         /* [pool_length] */
    uint8_t orders[1 << LEAF_BITS]; /* |s| of the masks of a leaf */
    double sifted[LEAF_SIFTED];
    int64_t tags[LEAF_SIFTED];
};

static int sample_bits(int n) {
    int bits = n - BLOCK_BITS;
    return bits < SAMPLE_BITS_LEAST ? SAMPLE_BITS_LEAST : bits > SAMPLE_BITS_MOST ? SAMPLE_BITS_MOST : bits;
}

int sieve_block_bits(int n) {
    return n - sample_bits(n);
}

mask_t sieve_sampled(int n, mask_t block) {
    int bits = sieve_block_bits(n);
    return (block << bits) + (mix(block) & (mask_count(bits) - 1));
}

status_t sieve_create(int n_most, sieve_t **out, failure_t *why) {
    sieve_t *sieve = calloc(1, sizeof *sieve);
    if (sieve) {
        int bits = sample_bits(n_most) + 4;
        sieve->pool_length = (size_t)1 << (bits < POOL_BITS_MOST ? bits : POOL_BITS_MOST);
        sieve->pool = malloc(sieve->pool_length * sizeof *sieve->pool);
        sieve->scratch = malloc(sieve->pool_length * sizeof *sieve->scratch);
    }
    if (!sieve || !sieve->pool || !sieve->scratch) {
        sieve_destroy(&sieve);
        return failed(why, STATUS_INTERNAL, "out of memory for the quartiles of %d players", n_most);
    }
    for (mask_t s = 0; s < (mask_t)1 << LEAF_BITS; s++)
        sieve->orders[s] = (uint8_t)mask_order(s);
    *out = sieve;
    return STATUS_OK;
}

void sieve_destroy(sieve_t **sieve) {
    if (*sieve) {
        free((*sieve)->pool);
        free((*sieve)->scratch);
    }
    free(*sieve);
    *sieve = NULL;
}

/* ---- the sample ---- */

static size_t with_margin(double expected) {
    return (size_t)(expected + 6 * sqrt(expected)) + 16;
}

/* An order's sample lies with its first bracket. */
void sieve_begin(sieve_t *sieve, int n, const mask_t ranks[][SIEVE_RANKS]) {
    double *at = sieve->pool;
    sieve->n = n;
    sieve->reading = 0;
    for (int order = 0; order <= n; order++) {
        double sets = indices_choose(n, order);
        for (int r = 0; r < SIEVE_RANKS; r++)
            sieve->brackets[order][r] =
                (bracket_t){.low = -1, .high = INFINITY, .inside = (mask_t)sets, .rank = ranks[order][r]};
        bracket_t *sample = &sieve->brackets[order][0];
        sample->kept = at;
        sample->room = with_margin(ldexp(sets, -sieve_block_bits(n)));
        at += sample->room + 1;
    }
}

static void sample_leaf(sieve_t *sieve, mask_t first, const double *x) {
    mask_t end = first + row_leaf_masks(sieve->n);
    int bits = sieve_block_bits(sieve->n), base = mask_order(first);
    for (mask_t block = first >> bits; block << bits < end; block++) {
        mask_t s = sieve_sampled(sieve->n, block) - first;
        if (s >= row_leaf_masks(sieve->n))
            continue; /* in another leaf; when that is an earlier one s wraps around */
        bracket_t *sample = &sieve->brackets[base + sieve->orders[s]][0];
        sample->kept[sample->count] = fabs(x[s]);
        sample->count += sample->count < sample->room;
    }
}

/* ---- brackets ---- */

/* Among `count` of the `inside` numbers, those between which the wanted one and the next should lie; -1 and count where
 * there is none. Returns how many numbers there are between them at the most, very nearly surely. */
static double sample_ends(const bracket_t *bracket, size_t count, double ends[2]) {
    double inside = (double)bracket->inside, size = (double)count;
    mask_t before = bracket->below + bracket->at_low;
    double share = bracket->rank < before ? 0 : fmin(1, ((double)(bracket->rank - before) + 0.5) / inside);
    double reach = REACH * sqrt(size * share * (1 - share)) + 3;
    ends[0] = fmax(-1, floor(share * size - reach));
    ends[1] = fmin(size, ceil(share * size + reach));
    double width = ends[1] - ends[0];
    return count ? inside * fmin(1, (width + REACH * sqrt(width)) / size) : inside;
}

/* Narrows brackets [brackets] by a sample that they share; sets room to what they may hold. */
static void narrow(sieve_t *sieve, bracket_t *bracket, size_t brackets, const double *sample, size_t count) {
    double ends[SIEVE_RANKS][2], pairs[2 * SIEVE_RANKS][2];
    size_t ranks[2 * SIEVE_RANKS];
    for (size_t b = 0; b < brackets; b++) {
        bracket[b].room = (size_t)ceil(sample_ends(&bracket[b], count, ends[b]));
        for (size_t e = 0; e < 2; e++)
            ranks[2 * b + e] = ends[b][e] < 0 || ends[b][e] >= (double)count ? 0 : (size_t)ends[b][e];
    }
    if (count == 0)
        return;
    select_pairs(sample, count, ranks, (int)(2 * brackets), pairs, sieve->scratch);
    for (size_t b = 0; b < brackets; b++) {
        bracket[b].low = ends[b][0] < 0 ? bracket[b].low : pairs[2 * b][0];
        bracket[b].high = ends[b][1] >= (double)count ? bracket[b].high : pairs[2 * b + 1][0];
    }
}

static void narrow_all(sieve_t *sieve) {
    for (int order = 0; order <= sieve->n; order++) {
        bracket_t *bracket = sieve->brackets[order];
        if (sieve->reading == 0)
            narrow(sieve, bracket, SIEVE_RANKS, bracket->kept, bracket->count);
        else
            for (int r = 0; r < SIEVE_RANKS; r++)
                if (!bracket[r].found)
                    narrow(sieve, &bracket[r], 1, bracket[r].kept, bracket[r].count);
    }
}

/* Room for what it may hold (in `room`), or for as small a part of it as the pool holds. */
static size_t room_for(const bracket_t *bracket, int thinning, size_t most) {
    size_t room = with_margin(ldexp((double)bracket->room, -thinning));
    room = thinning == 0 && bracket->inside < room ? (size_t)bracket->inside : room;
    return bracket->found ? 0 : room < most ? room : most;
}

static size_t rooms(const sieve_t *sieve, int thinning, size_t most) {
    size_t total = 0;
    for (int order = 0; order <= sieve->n; order++)
        for (int r = 0; r < SIEVE_RANKS; r++)
            total += room_for(&sieve->brackets[order][r], thinning, most) + HELD_MOST;
    return total;
}

static void share_out(sieve_t *sieve) {
    size_t most = sieve->pool_length / 2; /* select_pairs needs twice that */
    int thinning = 0;
    while (rooms(sieve, thinning, most) > sieve->pool_length)
        thinning++;
    sieve->kept_most = UINT64_MAX >> thinning;
    double *at = sieve->pool;
    for (int order = 0; order <= sieve->n; order++)
        for (int r = 0; r < SIEVE_RANKS; r++) {
            bracket_t *bracket = &sieve->brackets[order][r];
            bracket->room = room_for(bracket, thinning, most);
            bracket->kept = at;
            at += bracket->room + HELD_MOST;
        }
}

static void begin_sifting(sieve_t *sieve) {
    share_out(sieve);
    for (int order = 0; order <= sieve->n; order++)
        for (int r = 0; r < SIEVE_RANKS; r++) {
            bracket_t *bracket = &sieve->brackets[order][r];
            bracket->below = bracket->at_low = bracket->inside = bracket->at_high = bracket->count = bracket->held = 0;
        }
    memset(sieve->lanes, 0, sizeof sieve->lanes);
    for (int k = 0; k <= sieve->n - GROUP_BITS; k++)
        for (int r = 0; r < SIEVE_RANKS; r++)
            for (int c = 0; c < GROUP; c++) {
                const bracket_t *bracket = &sieve->brackets[k + mask_order((mask_t)c)][r];
                sieve->lanes[k].low[r][c] = bracket->found ? INFINITY : bracket->low;
                sieve->lanes[k].high[r][c] = bracket->found ? -1 : bracket->high;
                sieve->lanes[k].tags[r][c] = ((k + mask_order((mask_t)c)) << SIEVE_RANKS) | 1 << r;
            }
}

/* ---- sifting ---- */

/* Whether one of x is low or high. */
WIDE static bool has_ends(const double *x, size_t count, double low, double high) {
    uint64_t ends = 0;
    for (size_t i = 0; i < count; i++)
        ends += (x[i] == low) | (x[i] == high);
    return ends > 0;
}

/* Counts numbers between low and high, and keeps of those inside what is to be kept; x may lie among what is kept. */
static void settle_few(bracket_t *bracket, const double *x, size_t few, uint64_t kept_most) {
    const double low = bracket->low, high = bracket->high;
    mask_t at_low = 0, at_high = 0, inside = bracket->inside;
    size_t count = bracket->count;
    for (size_t i = 0; i < few; i++) {
        double number = x[i];
        bool is_inside = (number > low) & (number < high), wanted = inside * GOLDEN <= kept_most;
        at_low += number == low;
        at_high += number == high;
        inside += is_inside;
        bracket->kept[count] = number; /* without a branch: overwritten by the next when it is not kept */
        count += is_inside & wanted & (count < bracket->room);
    }
    bracket->at_low += at_low;
    bracket->at_high += high > low ? at_high : 0;
    bracket->inside = inside;
    bracket->count = count;
}

/* Counts the numbers that are held. Nearly always many of them are all inside and to be kept. */
static void settle(bracket_t *bracket, uint64_t kept_most) {
    enum { FEW = 64 };
    for (size_t i = bracket->count; i < bracket->held; i += FEW) {
        const double *x = bracket->kept + i;
        size_t few = bracket->held - i < FEW ? bracket->held - i : FEW;
        if (kept_most < UINT64_MAX || bracket->count + few > bracket->room ||
            has_ends(x, few, bracket->low, bracket->high)) {
            settle_few(bracket, x, few, kept_most);
            continue;
        }
        memmove(bracket->kept + bracket->count, x, few * sizeof *x);
        bracket->count += few;
        bracket->inside += few;
    }
    bracket->held = bracket->count;
}

static void hold(bracket_t *bracket, double x, uint64_t kept_most) {
    size_t at = bracket->held++;
    bracket->kept[at] = x;
    if (at + 1 >= bracket->room + HELD_MOST)
        settle(bracket, kept_most);
}

/* A tag has the order, and a bit for each rank: one nearly always, but in orders of few sets. */
static void sift_leaf(sieve_t *sieve, mask_t first, const double *x) {
    static const uint8_t ONLY[1 << SIEVE_RANKS] = {[1] = 1, [2] = 2, [4] = 3}; /* 1 more than the one rank */
    size_t count = leaf_widest()->sift(x, sieve->lanes + mask_order(first), sieve->sifted, sieve->tags);
    for (size_t i = 0; i < count; i++) {
        bracket_t *brackets = sieve->brackets[sieve->tags[i] >> SIEVE_RANKS];
        unsigned by = (unsigned)sieve->tags[i] & ((1 << SIEVE_RANKS) - 1);
        if (ONLY[by])
            hold(&brackets[ONLY[by] - 1], sieve->sifted[i], sieve->kept_most);
        else
            for (int r = 0; r < SIEVE_RANKS; r++)
                if (by >> r & 1)
                    hold(&brackets[r], sieve->sifted[i], sieve->kept_most);
    }
}

static void settle_all(sieve_t *sieve) {
    for (int order = 0; order <= sieve->n; order++)
        for (int r = 0; r < SIEVE_RANKS; r++)
            settle(&sieve->brackets[order][r], sieve->kept_most);
}

static void count_below(sieve_t *sieve) {
    for (int k = 0; k <= sieve->n - GROUP_BITS; k++)
        for (int r = 0; r < SIEVE_RANKS; r++)
            for (int c = 0; c < GROUP; c++)
                sieve->brackets[k + mask_order((mask_t)c)][r].below += (mask_t)sieve->lanes[k].below[r][c];
}

/* `next`: the rank of the next larger number, or `rank` when there is none. Found: the pair is set. */
static sieve_state_t look_up(bracket_t *bracket, mask_t next, double *scratch) {
    mask_t inner = bracket->below + bracket->at_low, outer = inner + bracket->inside;
    if (bracket->rank < bracket->below || next >= outer + bracket->at_high)
        return SIEVE_MISSED;
    bracket->pair[0] = bracket->rank < inner ? bracket->low : bracket->high;
    bracket->pair[1] = next < inner ? bracket->low : bracket->high;
    if (next >= inner && bracket->rank < outer && bracket->inside > 0) {
        if (bracket->count < bracket->inside)
            return SIEVE_AGAIN;
        double pair[2];
        size_t rank = bracket->rank < inner ? 0 : (size_t)(bracket->rank - inner);
        select_pairs(bracket->kept, bracket->count, &rank, 1, &pair, scratch);
        if (bracket->rank >= inner)
            bracket->pair[0] = pair[0];
        if (next < outer)
            bracket->pair[1] = bracket->rank < inner || next == bracket->rank ? pair[0] : pair[1];
    }
    bracket->found = true;
    return SIEVE_FOUND;
}

static sieve_state_t look_up_all(sieve_t *sieve) {
    sieve_state_t state = SIEVE_FOUND;
    for (int order = 0; order <= sieve->n; order++)
        for (int r = 0; r < SIEVE_RANKS; r++) {
            bracket_t *bracket = &sieve->brackets[order][r];
            mask_t next =
                bracket->rank + 1 < (mask_t)indices_choose(sieve->n, order) ? bracket->rank + 1 : bracket->rank;
            sieve_state_t one = bracket->found ? SIEVE_FOUND : look_up(bracket, next, sieve->scratch);
            if (one == SIEVE_MISSED)
                return SIEVE_MISSED;
            if (one == SIEVE_AGAIN)
                state = SIEVE_AGAIN;
        }
    return state;
}

void sieve_leaf(sieve_t *sieve, mask_t first, const double *x) {
    if (sieve->reading == 0)
        sample_leaf(sieve, first, x);
    else
        sift_leaf(sieve, first, x);
}

sieve_state_t sieve_again(sieve_t *sieve) {
    if (sieve->reading > 0) {
        settle_all(sieve);
        count_below(sieve);
        sieve_state_t state = look_up_all(sieve);
        if (state != SIEVE_AGAIN || sieve->reading + 1 == SIEVE_READINGS_MOST)
            return state == SIEVE_FOUND ? SIEVE_FOUND : SIEVE_MISSED;
    }
    narrow_all(sieve);
    sieve->reading++;
    begin_sifting(sieve);
    return SIEVE_AGAIN;
}

const double *sieve_pair(const sieve_t *sieve, int order, int rank) {
    return sieve->brackets[order][rank].pair;
}
