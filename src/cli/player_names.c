#include "cli/player_names.h"

#include "base/memory.h"
#include "cli/display.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void player_names_of(const results_t *results, int64_t sample, player_names_t *out) {
    *out = (player_names_t){.n = results_players_of(results, sample)};
    for (int i = 0; i < out->n; i++) {
        const char *name = results_player_name(results, sample, i);
        out->names[i] = name && *name ? display_cleaned(name) : memory_text("%d", i);
        size_t width = display_width(out->names[i]);
        out->width = width > out->width ? width : out->width;
    }
}

void player_names_free(player_names_t *roster) {
    for (int i = 0; i < roster->n; i++)
        free(roster->names[i]);
    *roster = (player_names_t){0};
}

static status_t complain(const player_names_t *roster, const char *what, const char *from, size_t length,
                         failure_t *why) {
    text_t all = {0};
    player_names_add_set(roster, mask_count(roster->n) - 1, &all);
    failed(why, STATUS_INPUT, "--players: %s \"%.*s\"; the players are %s", what, (int)length, from,
           all.chars ? all.chars : "?");
    text_free(&all);
    return STATUS_INPUT;
}

/* How many bytes of `at` the player's name takes, with the spaces behind it, up to a comma or the end; 0: it is not
 * there. */
static size_t name_length(const char *name, const char *at) {
    size_t length = strlen(name);
    if (strncmp(at, name, length) != 0)
        return 0;
    length += strspn(at + length, " ");
    return at[length] == ',' || at[length] == '\0' ? length : 0;
}

/* Reads the name at `at`: *player and the bytes it takes. */
static status_t parse_one(const player_names_t *roster, const char *at, int *player, size_t *length, failure_t *why) {
    int fitting = 0;
    *length = 0;
    for (int i = 0; i < roster->n; i++) {
        size_t own = name_length(roster->names[i], at);
        if (own > *length)
            fitting = 0;
        if (own > 0 && own >= *length) {
            *length = own;
            *player = i;
            fitting++;
        }
    }
    if (fitting == 1)
        return STATUS_OK;
    return complain(roster, fitting ? "several players have the name" : "there is no player", at, strcspn(at, ","),
                    why);
}

status_t player_names_parse(const player_names_t *roster, const char *text, mask_t *mask, failure_t *why) {
    const char *at = text + strspn(text, " ");
    *mask = 0;
    while (*at) {
        int player = 0;
        size_t length;
        TRY(parse_one(roster, at, &player, &length, why));
        if (*mask >> player & 1)
            return complain(roster, "listed twice:", roster->names[player], strlen(roster->names[player]), why);
        *mask |= (mask_t)1 << player;
        at += length;
        if (*at == ',') {
            at++;
            at += strspn(at, " ");
            if (!*at)
                return complain(roster, "a name is missing after the last comma of", text, strlen(text), why);
        }
    }
    return STATUS_OK;
}

void player_names_add_set(const player_names_t *roster, mask_t mask, text_t *out) {
    const char *before = "{";
    for (int i = 0; i < roster->n; i++)
        if (mask >> i & 1) {
            text_add(out, "%s%s", before, roster->names[i]);
            before = ", ";
        }
    text_add(out, mask ? "}" : "{}");
}
