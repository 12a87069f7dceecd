/* Salient interactions by order |S|, of a row that is fed leaf by leaf: S not empty is salient when |I(S)| >= tau. */
#ifndef HARSANYI_STATS_SALIENCE_H
#define HARSANYI_STATS_SALIENCE_H

#include "base/failure.h"
#include "stats/moments.h"
#include "stats/settings.h"

/* tau for a sample whose strongest interaction, the empty set left out, is `strongest`. Nothing is salient at tau 0
 * (all interactions are 0, or the models' mean output is). */
double salience_threshold(const stats_settings_t *settings, double strongest);

/* Plain data. */
typedef struct {
    int n;
    double threshold;
    uint64_t positive[ORDERS_MAX], negative[ORDERS_MAX]; /* numbers of salient sets */
} salience_t;

void salience_begin(salience_t *salience, int n, double threshold);
/* leaf: interactions of the 2^min(n, LEAF_BITS) masks from `first` on; leaves in mask order. Tells its salient sets
 * apart by sign: bit (mask mod 64) of word mask / 64 is set, from the leaf's first mask on; both: [SALIENCE_WORDS],
 * words behind the leaf's own masks are left alone. */
enum { SALIENCE_WORDS = (1 << LEAF_BITS) / 64 };
void salience_leaf(salience_t *salience, mask_t first, const double *leaf, uint64_t *positive, uint64_t *negative);

/* Words of a bitmap over the masks of n players. */
static inline size_t salience_words(int n) {
    return n < 6 ? 1 : (size_t)mask_count(n - 6);
}

/* Takes the bitmaps of a row leaf by leaf, in mask order: `words` words from the one of mask `first` on. */
typedef struct {
    status_t (*put)(void *self, mask_t first, size_t words, const uint64_t *positive, const uint64_t *negative,
                    failure_t *why); /* NULL: nobody wants them */
    void *self;
} salient_sink_t;

/* A sink that puts them into memory: [salience_words(n)] each. `to` must last as long as the sink. */
typedef struct {
    uint64_t *positive, *negative;
} salience_bitmaps_t;
salient_sink_t salience_into(salience_bitmaps_t *to);

/* Numbers of salient sets of an order: all, and those with positive interactions. */
double salience_count(const salience_t *salience, int order);
double salience_positive(const salience_t *salience, int order);

/* The smallest M such that no S with |S| > M is salient (Assumption 1 of arXiv 2305.01939). */
int salience_order_limit(const salience_t *salience);

#endif
