/* Quartiles and whiskers by order |S|, exactly, of rows that are fed leaf by leaf.
 *
 * Short rows are gathered by order in memory. Longer ones are never kept: they are read two to five times
 * (stats/radix). One more reading finds the whiskers. Both ways give the same bits.
 */
#ifndef HARSANYI_STATS_QUARTILES_H
#define HARSANYI_STATS_QUARTILES_H

#include "base/failure.h"
#include "lattice/row.h"

#include <stdbool.h>

/* Quartiles interpolate linearly between neighbours, as numpy's default does; whiskers are the outermost data within
 * 1.5 interquartile ranges of the box. */
typedef struct {
    double q1, median, q3, whisker_low, whisker_high;
} box_t;

typedef struct quartiles quartiles_t;

/* For rows of up to n_most players. Those of up to gather_bits players (LEAF_BITS at least) are gathered, which takes
 * 8 * 2^min(n_most, gather_bits) bytes; longer ones take what stats/radix does. */
status_t quartiles_create(int n_most, int gather_bits, quartiles_t **out, failure_t *why);
void quartiles_destroy(quartiles_t **quartiles);

/* For each row: begin; then, as long as quartiles_again says so and at least once, all leaves in mask order. */
void quartiles_begin(quartiles_t *quartiles, int n);
/* x: [2^min(n, LEAF_BITS)], no NaN; signs are left out. */
void quartiles_leaf(quartiles_t *quartiles, mask_t first, const double *x);
bool quartiles_again(quartiles_t *quartiles);
box_t quartiles_box(const quartiles_t *quartiles, int order);

#endif
