/* Closed-form games: models whose interactions are known, for tests of everything above a model.
 *
 * All randomness is a fixed hash (splitmix64's finaliser, Steele, Lea & Flood 2014) of seed, sample index and a counter
 * or mask, so v(S) is the same in any process and any order. Injected faults: nan and inf replace v at fault_mask of
 * sample fault_sample; transient makes each of the first fault_times evaluations of a range that holds fault_mask fail.
 */
#ifndef HARSANYI_ENGINES_GAME_H
#define HARSANYI_ENGINES_GAME_H

#include "model/backend.h"

status_t game_open(model_t *model, failure_t *why);

/* A dividend (an interaction, where masks do not repeat). */
typedef struct {
    mask_t mask;
    double coefficient;
} game_term_t;

/* How many dividends the game has: constant has one (empty mask, 1), square none, since it has a closed form. */
size_t game_terms_count(const game_options_t *options);

/* The dividends of sample `index`, terms [game_terms_count]: v(S) = sum of the coefficients of subsets of S, without
 * the noise. sparse: masks may repeat; orders are drawn evenly from order_min ... order_max (clipped to n), masks
 * evenly among those of the order, coefficients evenly from [-1, 1). */
void game_terms(const game_options_t *options, int64_t index, int n, game_term_t *terms);

#endif
