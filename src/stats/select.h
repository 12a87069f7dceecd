/* The k-th smallest of numbers in memory, exactly, in time proportional to their number, whatever they are. */
#ifndef HARSANYI_STATS_SELECT_H
#define HARSANYI_STATS_SELECT_H

#include <stddef.h>
#include <stdint.h>

/* Non-negative doubles are ordered like their bit patterns. */
uint64_t select_key(double x);
double select_value(uint64_t key);

enum { SELECT_RANKS_MOST = 6 };

/* For each rank given (0: the smallest), pairs[r] gets the number of that rank and the next larger one (the same again
 * when there is none). ranks and pairs: [rank_count], at most SELECT_RANKS_MOST. x: [count], none negative, none NaN,
 * count >= 1 and below 2^32; left as it is. scratch: [2 * count]. With a negative number
 * or NaN in x the pairs are any numbers, but it ends, and stays within its memory. */
void select_pairs(const double *x, size_t count, const size_t *ranks, int rank_count, double pairs[][2],
                  double *scratch);

#endif
