/* Order statistics of rows too long to keep: exact selection on bit patterns, for all orders at once, by reading the
 * row a few times.
 *
 * A non-negative double is a 63-bit number. The first reading counts, for each order, how often each value of the top
 * 15 bits occurs; so it is known which of them each wanted rank has. Further readings do the same with the next 12 bits
 * among those that have a rank's bits so far. As soon as those fit into memory, one more reading keeps them, and the
 * wanted ones are selected there: the second reading of 21 players, the third of 30, unless most numbers are equal.
 *
 *   | sign | 11 exponent, 4 mantissa | 12 | 12 | 12 | 12 |
 *   reading:        0                   1    2    3    4
 */
#ifndef HARSANYI_STATS_RADIX_H
#define HARSANYI_STATS_RADIX_H

#include "base/failure.h"
#include "lattice/row.h"

#include <stdbool.h>

enum { RADIX_RANKS = 6, RADIX_READINGS = 5 /* at the most */ };

typedef struct radix radix_t;

/* For rows of up to n_most players; takes 8 MiB for 30, and 4 MiB for what is kept. */
status_t radix_create(int n_most, radix_t **out, failure_t *why);
void radix_destroy(radix_t **radix);

/* ranks: [n + 1, RADIX_RANKS], what is wanted of each order (0: the smallest), ascending. */
void radix_begin(radix_t *radix, int n, const mask_t ranks[][RADIX_RANKS]);

/* x: the leaf that starts at mask `first`, no NaN; signs are left out. Leaves may come in any order. */
void radix_leaf(radix_t *radix, mask_t first, const double *x);

/* Ends one reading of the row; true when another is wanted. */
bool radix_again(radix_t *radix);

/* After the last reading: the number of the given rank. */
double radix_value(const radix_t *radix, int order, int rank);

#endif
