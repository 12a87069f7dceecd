#include "stats/quartiles.h"

#include "lattice/indices.h"
#include "lattice/leaf.h"
#include "stats/radix.h"
#include "stats/sort.h"

#include <math.h>
#include <stdlib.h>

enum { QUARTILES = 3 };
_Static_assert((int)RADIX_RANKS == 2 * QUARTILES, "a rank and the next one for each quartile");

/* What a reading is for: one of GATHER, or a few of RADIX, then one of FENCES. */
typedef enum { GATHER, RADIX, FENCES } reading_t;

struct quartiles {
    int n, gather_bits;
    reading_t reading;
    box_t boxes[PLAYERS_MAX + 1];
    mask_t ranks[PLAYERS_MAX + 1][RADIX_RANKS]; /* of the neighbours of each quartile */
    /* Gathered numbers, order after order: those of order m end, so far, at ends[m]. */
    double *gathered, *ends[PLAYERS_MAX + 1];
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
    status_t status = STATUS_OK;
    if (!quartiles->gathered)
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
    radix_destroy(&(*quartiles)->radix);
    free(*quartiles);
    *quartiles = NULL;
}

/* Quartile q = 1, 2, 3 of `count` numbers lies at (count - 1) q / 4: between two neighbours. */
static void set_ranks(mask_t count, mask_t ranks[RADIX_RANKS]) {
    for (mask_t q = 1; q <= QUARTILES; q++) {
        mask_t rank = (count - 1) * q / 4;
        ranks[2 * q - 2] = rank;
        ranks[2 * q - 1] = rank + 1 < count ? rank + 1 : rank;
    }
}

void quartiles_begin(quartiles_t *quartiles, int n) {
    double *end = quartiles->gathered;
    quartiles->n = n;
    quartiles->reading = n <= quartiles->gather_bits ? GATHER : RADIX;
    for (int order = 0; order <= n; order++) {
        set_ranks(sets(n, order), quartiles->ranks[order]);
        quartiles->ends[order] = end;
        if (quartiles->reading == GATHER)
            end += sets(n, order);
    }
    if (quartiles->reading == RADIX)
        radix_begin(quartiles->radix, n, (const mask_t(*)[RADIX_RANKS])quartiles->ranks);
}

void quartiles_leaf(quartiles_t *quartiles, mask_t first, const double *x) {
    int base = mask_order(first), bits = quartiles->n < LEAF_BITS ? quartiles->n : LEAF_BITS;
    switch (quartiles->reading) {
    case GATHER:
        leaf_widest()->gather(x, bits, quartiles->ends + base);
        break;
    case RADIX:
        radix_leaf(quartiles->radix, first, x);
        break;
    case FENCES:
        leaf_widest()->fence(x, bits, quartiles->fences + base);
        break;
    }
}

/* neighbours: [RADIX_RANKS] */
static void find_neighbours(quartiles_t *quartiles, int order, double *neighbours) {
    const mask_t *ranks = quartiles->ranks[order], count = sets(quartiles->n, order);
    if (quartiles->reading == GATHER) {
        sort_ranks(quartiles->ends[order] - count, count, ranks, RADIX_RANKS, neighbours);
        return;
    }
    for (int r = 0; r < RADIX_RANKS; r++)
        neighbours[r] = radix_value(quartiles->radix, order, r);
}

/* Between neighbours, in the two forms that numpy has, each exact at its end. */
static double interpolate(double below, double above, unsigned quarters) {
    double t = quarters / 4.0;
    return t < 0.5 ? below + (above - below) * t : above - (above - below) * (1 - t);
}

static void find_box(quartiles_t *quartiles, int order) {
    double neighbours[RADIX_RANKS], quartile[QUARTILES];
    find_neighbours(quartiles, order, neighbours);
    for (mask_t q = 1; q <= QUARTILES; q++) {
        unsigned quarters = (unsigned)((sets(quartiles->n, order) - 1) * q % 4);
        quartile[q - 1] = interpolate(neighbours[2 * q - 2], neighbours[2 * q - 1], quarters);
    }
    quartiles->boxes[order] = (box_t){quartile[0], quartile[1], quartile[2], INFINITY, -INFINITY};
}

static void begin_fences(quartiles_t *quartiles) {
    for (int order = 0; order <= quartiles->n; order++)
        find_box(quartiles, order);
    for (int k = 0; k <= quartiles->n; k++)
        for (int c = 0; c < GROUP; c++) {
            int order = k + mask_order((mask_t)c);
            const box_t *box = &quartiles->boxes[order <= quartiles->n ? order : 0];
            double reach = 1.5 * (box->q3 - box->q1);
            leaf_fences_t *fences = &quartiles->fences[k];
            fences->from[c] = box->q1 - reach;
            fences->to[c] = box->q3 + reach;
            fences->least[c] = INFINITY;
            fences->most[c] = -INFINITY;
        }
    quartiles->reading = FENCES;
}

static void end_fences(quartiles_t *quartiles) {
    for (int k = 0; k == 0 || k <= quartiles->n - GROUP_BITS; k++)
        for (mask_t c = 0; c < GROUP && c < mask_count(quartiles->n); c++) {
            box_t *box = &quartiles->boxes[k + mask_order(c)];
            const leaf_fences_t *fences = &quartiles->fences[k];
            box->whisker_low = fences->least[c] < box->whisker_low ? fences->least[c] : box->whisker_low;
            box->whisker_high = fences->most[c] > box->whisker_high ? fences->most[c] : box->whisker_high;
        }
}

bool quartiles_again(quartiles_t *quartiles) {
    if (quartiles->reading == FENCES) {
        end_fences(quartiles);
        return false;
    }
    if (quartiles->reading == GATHER || !radix_again(quartiles->radix))
        begin_fences(quartiles);
    return true;
}

box_t quartiles_box(const quartiles_t *quartiles, int order) {
    return quartiles->boxes[order];
}
