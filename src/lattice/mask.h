/* Masks: subsets of the players of one sample. Bit i is 1 when player i is present; player 0 is the lowest bit. */
#ifndef HARSANYI_LATTICE_MASK_H
#define HARSANYI_LATTICE_MASK_H

#include <stddef.h>
#include <stdint.h>

typedef uint64_t mask_t;

/* No table of more players can be asked for (2^36 doubles are 512 GiB). */
enum { PLAYERS_MAX = 36 };

/* The number of masks over n players, 2^n; n <= PLAYERS_MAX. */
static inline mask_t mask_count(int n) {
    return (mask_t)1 << n;
}

/* |S|, the order of a mask. */
static inline int mask_order(mask_t mask) {
    return __builtin_popcountll(mask);
}

/* The `count` masks from `first` on. */
typedef struct {
    mask_t first, count;
} range_t;

#endif
