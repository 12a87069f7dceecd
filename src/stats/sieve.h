/* Order statistics of all orders of a row too long to keep, exactly, in two readings of it, with luck.
 *
 * The first reading takes a sample, one mask of every 2^k at a place drawn from the mask's number: so it is the same
 * always. The sample's order statistics give, for each that is wanted, two numbers between which it lies very nearly
 * surely. The second reading counts what is below and keeps what lies between, a few percent; of that the wanted one is
 * found. Where more lies between than there is room for, a part is kept as another sample, and another reading follows.
 * What is found is exact. When a bracket turns out not to hold what is wanted (about one row in a thousand, or one made
 * for it), that is told, and the row has to be read in another way (stats/radix).
 */
#ifndef HARSANYI_STATS_SIEVE_H
#define HARSANYI_STATS_SIEVE_H

#include "base/failure.h"
#include "lattice/row.h"

enum { SIEVE_RANKS = 3, SIEVE_READINGS_MOST = 5 };

typedef struct sieve sieve_t;

/* For rows of LEAF_BITS ... n_most players; takes 16 MiB at n_most = 20, 32 MiB at the most, little of which is
 * touched. */
status_t sieve_create(int n_most, sieve_t **out, failure_t *why);
void sieve_destroy(sieve_t **sieve);

/* ranks: [n + 1, SIEVE_RANKS], what is wanted of each order (0: the smallest), with the next larger one. */
void sieve_begin(sieve_t *sieve, int n, const mask_t ranks[][SIEVE_RANKS]);

/* x: the leaf that starts at mask `first`, no NaN; signs are left out. Leaves in mask order. */
void sieve_leaf(sieve_t *sieve, mask_t first, const double *x);

typedef enum { SIEVE_AGAIN, SIEVE_FOUND, SIEVE_MISSED } sieve_state_t;

/* Ends one reading of the row. After SIEVE_MISSED nothing is known. */
sieve_state_t sieve_again(sieve_t *sieve);

/* After SIEVE_FOUND: the number of the given rank and the next larger one (the same when there is none). */
const double *sieve_pair(const sieve_t *sieve, int order, int rank);

/* The sample of n players holds one mask of each block of 2^sieve_block_bits(n): this one of the block of that number.
 */
int sieve_block_bits(int n);
mask_t sieve_sampled(int n, mask_t block);

#endif
