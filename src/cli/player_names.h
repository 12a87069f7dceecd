/* The players of one sample by name: from names to masks and back. */
#ifndef HARSANYI_CLI_PLAYER_NAMES_H
#define HARSANYI_CLI_PLAYER_NAMES_H

#include "base/failure.h"
#include "lattice/mask.h"
#include "results/results.h"

/* Names are as in the file, made printable; players without one get their numbers 0 ... n-1. */
typedef struct {
    int n;
    char *names[PLAYERS_MAX]; /* owned, [n] */
    size_t width;             /* columns of the widest */
} player_names_t;

/* Free with player_names_free. */
void player_names_of(const results_t *results, int64_t sample, player_names_t *out);
void player_names_free(player_names_t *names);

/* "eye, nose": names separated by commas (which names may hold themselves: the longest name that fits counts). The
 * empty text is the empty set. STATUS_INPUT names what is unknown, ambiguous or repeated, and lists the players. */
status_t player_names_parse(const player_names_t *names, const char *text, mask_t *mask, failure_t *why);

/* "{eye, nose}", in the order of the players; free with free(). */
char *player_names_set(const player_names_t *names, mask_t mask);

#endif
