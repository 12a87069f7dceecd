/* The effects of each interaction over the rows in which it is salient, added up row by row.
 *
 * A sweep does this while rows are still being evaluated, so that at its end, when it is known which interactions are
 * the most frequent, theirs are there already. That takes room for every set, so it is for TALLY_SETS at most.
 */
#ifndef HARSANYI_STATS_TALLY_H
#define HARSANYI_STATS_TALLY_H

#include "stats/moments.h"
#include "stats/salient_sets.h"

enum { TALLY_SETS = 1 << 17 };

/* Plain data, begins as {0}. */
typedef struct {
    average_t effect;
    double positive, negative; /* how many are above and below 0 */
} tally_t;

void tally_add(tally_t *tally, double effect);
/* Adds the effects of a row's salient sets: tallies [2^salient_bits], by set. After a failure some are added. */
status_t tally_row(const salient_sets_t *sets, int64_t row, tally_t *tallies, failure_t *why);

#endif
