/* Whether the two tables of a sample belong together, recomputed from scratch, in bounded memory whatever n is.
 *
 *   /interactions = moebius(/values), bit for bit
 *   Theorem 1 of arXiv 2305.01939: |zeta(/interactions)(S) - v(S)| <= 4 n eps sum over T subset of S of |I(T)|
 *
 * That bound: each of the n butterflies of the Moebius transform rounds once (half an eps, relative), and what the zeta
 * transform makes of those roundings is at most n eps/2 sum |I(T)|; its own roundings add as much. 4 n eps is four
 * times that.
 */
#ifndef HARSANYI_REVIEW_EXACTNESS_H
#define HARSANYI_REVIEW_EXACTNESS_H

#include "results/results.h"

typedef struct exactness exactness_t;

/* How many masks something is wrong at, and the lowest of them. */
typedef struct {
    mask_t count, first;
} places_t;

void places_add(places_t *places, mask_t mask);

/* The largest distance from what should be, and the largest share of what rounding may do; INFINITY for NaN. Over 1 is
 * wrong. Zero-initialise with {0}. */
typedef struct {
    double residual, ratio;
    row_t sample; /* where ratio is largest: the sample ... */
    mask_t at;    /* ... and the mask (or order) */
} distance_t;

/* Takes residual >= 0 (or NaN) there into account; true when it is larger than `bound`. */
bool distance_add(distance_t *distance, double residual, double bound, row_t sample, mask_t at);

typedef struct {
    places_t differing; /* masks whose interaction has other bits than the transform of the values */
    places_t beyond;    /* masks where Theorem 1 is off by more than its bound */
} exactness_found_t;

/* For rows of up to n_most players. Rows of more than piece_bits players take up to two temporary files of 2^n doubles
 * in `folder`; memory is 2 x 2^piece_bits doubles. Destroy in any case. */
status_t exactness_create(const char *folder, int n_most, int piece_bits, exactness_t **out, failure_t *why);
void exactness_destroy(exactness_t **exactness);

/* Compares the tables of one sample as they are stored, and adds how far Theorem 1 is off to *theorem1; fails only when
 * they cannot be read or there is no room. */
status_t exactness_check(exactness_t *exactness, const results_t *results, row_t sample, exactness_found_t *found,
                         distance_t *theorem1, failure_t *why);

#endif
