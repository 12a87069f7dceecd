/* The effects I(S) of one interaction over the samples in which it is salient: moments, signs and a histogram of equal
 * bins between the smallest and the largest (as numpy's; a single value gets a range of 1 around it). */
#ifndef HARSANYI_STATS_EFFECTS_H
#define HARSANYI_STATS_EFFECTS_H

#include "stats/average.h"
#include "stats/summary.h"

/* Zero-initialise with {0}. */
typedef struct {
    average_t tally;
    double positive, negative; /* how many effects are above and below 0 */
} effects_t;

void effects_add(effects_t *effects, double effect);

/* Once all were added: edges of the histogram's bins, [HISTOGRAM_BINS + 1]. */
void effects_edges(const effects_t *effects, double *edges);
/* The bin of one of them: edges[bin] <= effect < edges[bin + 1]; the last bin has its upper edge too. */
int effects_bin(const double *edges, double effect);

#endif
