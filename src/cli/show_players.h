/* Chosen players of one sample: v and I of exactly that set, or an index. */
#ifndef HARSANYI_CLI_SHOW_PLAYERS_H
#define HARSANYI_CLI_SHOW_PLAYERS_H

#include "cli/show.h"

/* Of a done sample. players: names, or NULL for an index of all players or pairs. index: its name, or NULL for v(S) and
 * I(S). At least one of them is given. STATUS_INPUT for names that are not there and sets that an index is not defined
 * for. */
status_t show_players(const show_row_t *row, const char *players, const char *index, failure_t *why);

#endif
