/* Tables of v with their dividends, for tests of statistics. */
#ifndef HARSANYI_TESTS_SUPPORT_GAMES_H
#define HARSANYI_TESTS_SUPPORT_GAMES_H

#include "lattice/mask.h"
#include "lattice/moebius.h"
#include "support/test.h"

/* A game with its dividends; free it with free_game. */
typedef struct {
    int n;
    double *v, *dividends;
} game_t;

static inline game_t new_game(int n) {
    return (game_t){n, new_numbers(mask_count(n)), new_numbers(mask_count(n))};
}

static inline void transform(game_t *game) {
    memcpy(game->dividends, game->v, mask_count(game->n) * sizeof(double));
    moebius_transform(game->dividends, game->n);
}

/* Rising with the order, more or less: about half of these games are monotone. */
static inline game_t random_game(int n, uint64_t seed) {
    game_t game = new_game(n);
    for (mask_t mask = 0; mask < mask_count(n); mask++)
        game.v[mask] = 0.7 + 0.5 * mask_order(mask) + random_signed(&seed);
    transform(&game);
    return game;
}

static inline void free_game(game_t *game) {
    free(game->v);
    free(game->dividends);
}

#endif
