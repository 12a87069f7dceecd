#include "stats/quartiles.h"

#include "lattice/indices.h"
#include "lattice/leaf.h"
#include "stats/radix.h"
#include "stats/select.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { QUARTILES = 3 };
_Static_assert((int)RADIX_RANKS == 2 * QUARTILES, "a rank and the next one for each quartile");

struct quartiles {
    int n, gather_bits;
    bool gathers, fences_known; /* with !gathers: the last reading, for the whiskers, is under way */
    box_t boxes[PLAYERS_MAX + 1];
    double fence_low[PLAYERS_MAX + 1], fence_high[PLAYERS_MAX + 1];
    uint8_t orders[1 << LEAF_BITS]; /* |s| of the masks of a leaf */
    /* Gathered numbers, order after order: those of order m end, so far, at ends[m]. */
    double *gathered, *scratch, *ends[PLAYERS_MAX + 1];
    radix_t *radix; /* NULL when all rows are gathered */
};

/* How many sets of order m there are. */
static mask_t sets(int n, int order) {
    return (mask_t)indices_choose(n, order);
}

status_t quartiles_create(int n_most, int gather_bits, quartiles_t **out, failure_t *why) {
    int bits = n_most < gather_bits ? n_most : gather_bits;
    quartiles_t *quartiles = calloc(1, sizeof *quartiles);
    if (!quartiles)
        return failed(why, STATUS_INTERNAL, "out of memory for quartiles");
    quartiles->gather_bits = gather_bits;
    for (mask_t s = 0; s < (mask_t)1 << LEAF_BITS; s++)
        quartiles->orders[s] = (uint8_t)mask_order(s);
    quartiles->gathered = malloc(mask_count(bits) * sizeof(double));
    quartiles->scratch = malloc(2 * sets(bits, bits / 2) * sizeof(double));
    status_t status = STATUS_OK;
    if (!quartiles->gathered || !quartiles->scratch)
        status = failed(why, STATUS_INTERNAL, "out of memory for the quartiles of %d players", bits);
    else if (n_most > gather_bits)
        status = radix_create(n_most, &quartiles->radix, why);
    if (status != STATUS_OK)
        quartiles_destroy(&quartiles);
    else
        *out = quartiles;
    return status;
}

void quartiles_destroy(quartiles_t **quartiles) {
    if (!*quartiles)
        return;
    free((*quartiles)->gathered);
    free((*quartiles)->scratch);
    radix_destroy(&(*quartiles)->radix);
    free(*quartiles);
    *quartiles = NULL;
}

/* Quartile q = 1, 2, 3 of `count` numbers lies at (count - 1) q / 4: after this rank by so many quarters. */
static mask_t rank_of(mask_t count, int q, unsigned *quarters) {
    mask_t position = (count - 1) * (mask_t)q;
    *quarters = (unsigned)(position % 4);
    return position / 4;
}

static void begin_gathering(quartiles_t *quartiles) {
    double *end = quartiles->gathered;
    for (int order = 0; order <= quartiles->n; order++) {
        quartiles->ends[order] = end;
        end += sets(quartiles->n, order);
    }
}

static void begin_radix(quartiles_t *quartiles) {
    mask_t ranks[PLAYERS_MAX + 1][RADIX_RANKS];
    for (int order = 0; order <= quartiles->n; order++) {
        mask_t count = sets(quartiles->n, order);
        for (int q = 1; q <= QUARTILES; q++) {
            unsigned quarters;
            mask_t rank = rank_of(count, q, &quarters);
            ranks[order][2 * q - 2] = rank;
            ranks[order][2 * q - 1] = rank + 1 < count ? rank + 1 : rank;
        }
    }
    radix_begin(quartiles->radix, quartiles->n, ranks);
}

void quartiles_begin(quartiles_t *quartiles, int n) {
    quartiles->n = n;
    quartiles->gathers = n <= quartiles->gather_bits;
    quartiles->fences_known = false;
    if (quartiles->gathers)
        begin_gathering(quartiles);
    else
        begin_radix(quartiles);
}

/* Between neighbours, in the two forms that numpy has, each exact at its end. */
static double interpolate(double below, double above, unsigned quarters) {
    double t = quarters / 4.0;
    return t < 0.5 ? below + (above - below) * t : above - (above - below) * (1 - t);
}

/* pairs: [QUARTILES], the neighbours of each quartile. */
static void set_box(quartiles_t *quartiles, int order, double pairs[][2]) {
    double quartile[QUARTILES];
    for (int q = 1; q <= QUARTILES; q++) {
        unsigned quarters;
        rank_of(sets(quartiles->n, order), q, &quarters);
        quartile[q - 1] = interpolate(pairs[q - 1][0], pairs[q - 1][1], quarters);
    }
    double reach = 1.5 * (quartile[2] - quartile[0]);
    quartiles->boxes[order] = (box_t){quartile[0], quartile[1], quartile[2], INFINITY, -INFINITY};
    quartiles->fence_low[order] = quartile[0] - reach;
    quartiles->fence_high[order] = quartile[2] + reach;
}

static void widen_whiskers(quartiles_t *quartiles, int order, double x) {
    box_t *box = &quartiles->boxes[order];
    if (x >= quartiles->fence_low[order] && x < box->whisker_low)
        box->whisker_low = x;
    if (x <= quartiles->fence_high[order] && x > box->whisker_high)
        box->whisker_high = x;
}

void quartiles_leaf(quartiles_t *quartiles, mask_t first, const double *x) {
    int base = mask_order(first);
    mask_t count = row_leaf_masks(quartiles->n);
    if (quartiles->gathers)
        leaf_widest()->gather(x, quartiles->n < LEAF_BITS ? quartiles->n : LEAF_BITS, quartiles->ends + base);
    else if (quartiles->fences_known)
        for (mask_t s = 0; s < count; s++)
            widen_whiskers(quartiles, base + quartiles->orders[s], fabs(x[s]));
    else
        radix_leaf(quartiles->radix, first, x);
}

static void box_of_gathered(quartiles_t *quartiles, int order) {
    size_t count = sets(quartiles->n, order), ranks[QUARTILES];
    const double *x = quartiles->ends[order] - count;
    double pairs[QUARTILES][2];
    for (int q = 1; q <= QUARTILES; q++) {
        unsigned quarters;
        ranks[q - 1] = rank_of(count, q, &quarters);
    }
    select_pairs(x, count, ranks, QUARTILES, pairs, quartiles->scratch);
    set_box(quartiles, order, pairs);
    box_t *box = &quartiles->boxes[order];
    leaf_widest()->ends_within(x, count, quartiles->fence_low[order], quartiles->fence_high[order], &box->whisker_low,
                               &box->whisker_high);
}

static void box_of_radix(quartiles_t *quartiles, int order) {
    double pairs[QUARTILES][2];
    for (int r = 0; r < RADIX_RANKS; r++)
        pairs[r / 2][r % 2] = radix_value(quartiles->radix, order, r);
    set_box(quartiles, order, pairs);
}

bool quartiles_again(quartiles_t *quartiles) {
    if (quartiles->fences_known)
        return false;
    if (!quartiles->gathers && radix_again(quartiles->radix))
        return true;
    for (int order = 0; order <= quartiles->n; order++)
        if (quartiles->gathers)
            box_of_gathered(quartiles, order);
        else
            box_of_radix(quartiles, order);
    quartiles->fences_known = true;
    return !quartiles->gathers;
}

box_t quartiles_box(const quartiles_t *quartiles, int order) {
    return quartiles->boxes[order];
}
