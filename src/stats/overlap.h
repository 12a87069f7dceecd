/* How far several models agree on the interactions of the same samples: fed sample by sample, each as one row of
 * interactions per model, which is read twice and never kept.
 *
 *   Omega^i_s     the salient sets of model i: |I(S)| >= s max over S not empty of |I|, S not empty
 *   gamma(i, j)   mean over samples of |Omega^i_s and Omega^j_0.05| / |Omega^i_s|           (Li & Zhang, ICML 2023)
 *   top k         mean over samples of |sets among the k strongest of every model| / k     (Chen et al., ICLR 2024)
 *   by order      what the sets that are salient in all models (0.05) have of the strength of one model's salient ones;
 *                 sums of positive and of negative interactions apart, as the authors of the latter have them
 *
 * Each beside what random sets of the same sizes would give, in closed form: a set is in a random Omega^j with
 * probability |Omega^j| / (2^n - 1), and among k random ones in all of M - 1 other models with (k / (2^n - 1))^(M-1).
 *
 * Of a family of several kinds a row holds all of them, one after the other: a set is one of one kind, of K (2^n - 1).
 * Numbers by order are of each kind apart.
 *
 * A sample counts only where its share is defined: gamma where Omega^i is not empty; top k where every model has k
 * interactions that are not 0 (a tie among zeros is no agreement); an order where model i has salient sets of it.
 */
#ifndef HARSANYI_STATS_OVERLAP_H
#define HARSANYI_STATS_OVERLAP_H

#include "base/failure.h"
#include "lattice/row.h"
#include "stats/moments.h"

enum {
    OVERLAP_SALIENCES = 6,
    OVERLAP_STEPS = 13,      /* k = 1, 2, 5, 10, ..., */
    OVERLAP_TOP_MOST = 10000 /* this: bounds memory whatever the number of players */
};
/* 0.05 ... 0.3; the first is also that of the other model and of the shared sets. */
extern const double OVERLAP_SALIENCE[OVERLAP_SALIENCES];
extern const int64_t OVERLAP_K[OVERLAP_STEPS];

/* A share over the samples, and the share that random sets have on the same samples. */
typedef struct {
    average_t share, random;
} overlap_share_t;

/* Of one model and order, over the samples that have the order. */
typedef struct {
    average_t share;                            /* strength of the shared salient sets / of all salient ones */
    average_t salient, shared;                  /* their numbers */
    average_t positive, negative;               /* sums of the salient I(S) > 0 and < 0 */
    average_t shared_positive, shared_negative; /* of them those of shared sets */
} overlap_order_t;

typedef struct overlap overlap_t;

/* For `models` >= 2 models and samples of up to n_most players, 1 or 2 kinds; takes some 0.5 MiB. */
status_t overlap_create(int models, int n_most, int kinds, overlap_t **out, failure_t *why);
void overlap_destroy(overlap_t **overlap);

/* Adds a sample: rows [models], all of the same n, each with a buffer of its own; with 2 kinds those of the second
 * begin at 2^n, with a 0 for the empty set, and the row's n is one more than there are players. Fails when reading
 * does, and with STATUS_INPUT naming the mask where an interaction is not a finite number; *model says in whose row,
 * and nothing was added. */
status_t overlap_add(overlap_t *overlap, const row_source_t *rows, int *model, failure_t *why);

/* How many of OVERLAP_K a sample of n_most players can have: k <= kinds (2^n - 1). */
int overlap_steps(const overlap_t *overlap);

/* gamma of a model in another one: [OVERLAP_SALIENCES]. The pairs follow each other: (0, 0) starts [models, models,
 * ...]. */
const overlap_share_t *overlap_gamma(const overlap_t *overlap, int model, int other);
const overlap_share_t *overlap_top(const overlap_t *overlap); /* [overlap_steps] */
/* Of a model and kind, [n_most + 1], order 0 holds nothing; the kinds of a model, and the models, follow each other. */
const overlap_order_t *overlap_orders(const overlap_t *overlap, int model, int kind);

#endif
