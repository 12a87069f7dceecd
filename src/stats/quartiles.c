#include "stats/quartiles.h"

#include "lattice/indices.h"
#include "lattice/leaf.h"
#include "stats/radix.h"
#include "stats/select.h"

#include <math.h>
#include <stdlib.h>

enum { QUARTILES = 3 };
_Static_assert((int)RADIX_RANKS == 2 * QUARTILES, "a rank and the next one for each quartile");

/* What a reading is for. GATHER is the only one; a few of RADIX are followed by one of FENCES. */
typedef enum { GATHER, RADIX, FENCES } reading_t;

struct quartiles {
    int n, gather_bits;
    reading_t reading;
    box_t boxes[PLAYERS_MAX + 1];
    double fence_low[PLAYERS_MAX + 1], fence_high[PLAYERS_MAX + 1];
    /* Gathered numbers, order after order: those of order m end, so far, at ends[m]. */
    double *gathered, *scratch, *ends[PLAYERS_MAX + 1];
    /* NULL when all rows are gathered: */
    radix_t *radix;
    leaf_fences_t fences[PLAYERS_MAX + 1]; /* by the ones among all bits but the lowest 4 */
};

/* How many sets of order m there are. */
static mask_t sets(int n, int order) {
    return (mask_t)indices_choose(n, order);
}

status_t quartiles_create(int n_most, int gather_bits, quartiles_t **out, failure_t *why) {
    quartiles_t *quartiles = calloc(1, sizeof *quartiles);
    if (!quartiles)
        return failed(why, STATUS_INTERNAL, "out of memory for quartiles");
    quartiles->gather_bits = gather_bits < LEAF_BITS ? LEAF_BITS : gather_bits;
    int bits = n_most < quartiles->gather_bits ? n_most : quartiles->gather_bits;
    quartiles->gathered = malloc(mask_count(bits) * sizeof(double));
    quartiles->scratch = malloc(2 * sets(bits, bits / 2) * sizeof(double));
    status_t status = STATUS_OK;
    if (!quartiles->gathered || !quartiles->scratch)
        status = failed(why, STATUS_INTERNAL, "out of memory for the quartiles of %d players", bits);
    if (status == STATUS_OK && n_most > quartiles->gather_bits)
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
    radix_begin(quartiles->radix, quartiles->n, (const mask_t(*)[RADIX_RANKS])ranks);
}

void quartiles_begin(quartiles_t *quartiles, int n) {
    quartiles->n = n;
    quartiles->reading = n <= quartiles->gather_bits ? GATHER : RADIX;
    if (quartiles->reading == GATHER)
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
static void set_box(quartiles_t *quartiles, int order, const double pairs[][2]) {
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

void quartiles_leaf(quartiles_t *quartiles, mask_t first, const double *x) {
    int base = mask_order(first);
    switch (quartiles->reading) {
    case GATHER:
        leaf_widest()->gather(x, quartiles->n < LEAF_BITS ? quartiles->n : LEAF_BITS, quartiles->ends + base);
        break;
    case RADIX:
        radix_leaf(quartiles->radix, first, x);
        break;
    case FENCES:
        leaf_widest()->fence(x, quartiles->fences + base);
        break;
    }
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
    set_box(quartiles, order, (const double(*)[2])pairs);
    box_t *box = &quartiles->boxes[order];
    leaf_widest()->ends_within(x, count, quartiles->fence_low[order], quartiles->fence_high[order], &box->whisker_low,
                               &box->whisker_high);
}

static void box_of_neighbours(quartiles_t *quartiles, int order) {
    double pairs[QUARTILES][2];
    for (int q = 0; q < QUARTILES; q++)
        for (int end = 0; end < 2; end++)
            pairs[q][end] = radix_value(quartiles->radix, order, 2 * q + end);
    set_box(quartiles, order, (const double(*)[2])pairs);
}

static void begin_fences(quartiles_t *quartiles) {
    for (int order = 0; order <= quartiles->n; order++)
        box_of_neighbours(quartiles, order);
    for (int k = 0; k <= quartiles->n - GROUP_BITS; k++)
        for (int c = 0; c < GROUP; c++) {
            int order = k + mask_order((mask_t)c);
            leaf_fences_t *fences = &quartiles->fences[k];
            fences->from[c] = quartiles->fence_low[order];
            fences->to[c] = quartiles->fence_high[order];
            fences->least[c] = INFINITY;
            fences->most[c] = -INFINITY;
        }
    quartiles->reading = FENCES;
}

static void end_fences(quartiles_t *quartiles) {
    for (int k = 0; k <= quartiles->n - GROUP_BITS; k++)
        for (int c = 0; c < GROUP; c++) {
            box_t *box = &quartiles->boxes[k + mask_order((mask_t)c)];
            const leaf_fences_t *fences = &quartiles->fences[k];
            box->whisker_low = fences->least[c] < box->whisker_low ? fences->least[c] : box->whisker_low;
            box->whisker_high = fences->most[c] > box->whisker_high ? fences->most[c] : box->whisker_high;
        }
}

bool quartiles_again(quartiles_t *quartiles) {
    switch (quartiles->reading) {
    case GATHER:
        for (int order = 0; order <= quartiles->n; order++)
            box_of_gathered(quartiles, order);
        return false;
    case RADIX:
        if (!radix_again(quartiles->radix))
            begin_fences(quartiles);
        return true;
    case FENCES:
        end_fences(quartiles);
        break;
    }
    return false;
}

box_t quartiles_box(const quartiles_t *quartiles, int order) {
    return quartiles->boxes[order];
}
