/* Tables of v(S) whose entries stand in another order of masks than ours.
 *
 *   low first    entry j is mask j: bit i of j says whether player i is present (our own order)
 *   high first   player 0 is the highest bit of j: bits reversed (itertools.product, binary numbers as they are
 * written) listed       the mask of each entry is told
 */
#ifndef HARSANYI_LATTICE_MASK_ORDER_H
#define HARSANYI_LATTICE_MASK_ORDER_H

#include "lattice/mask.h"

#include <stdbool.h>

typedef enum { MASKS_LOW_FIRST, MASKS_HIGH_FIRST, MASKS_LISTED } mask_order_kind_t;

typedef struct {
    mask_order_kind_t kind;
    int n;                  /* MASKS_LISTED: for tables of so many players only */
    const uint32_t *listed; /* MASKS_LISTED: [2^n], borrowed */
} mask_order_t;

/* The mask of entry j of a table for n players. */
mask_t mask_order_mask(const mask_order_t *order, int n, mask_t entry);

/* Puts entries first ... first + count - 1 where they belong: table [2^n] is in our order. */
void mask_order_place(const mask_order_t *order, int n, mask_t first, mask_t count, const double *entries,
                      double *table);

/* Whether listed [2^n] (each below 2^n) holds every mask once; seen: room for 2^n bits, all 0. */
typedef struct {
    mask_t first, second; /* the first two entries of the mask that is there twice earliest */
    mask_t missing;       /* the lowest mask that is not there */
} mask_order_fault_t;
bool mask_order_is_whole(const uint32_t *listed, int n, uint64_t *seen, mask_order_fault_t *fault);

/* 64-bit words that hold 2^n bits. */
static inline mask_t mask_order_words(int n) {
    return (mask_count(n) + 63) / 64;
}

#endif
