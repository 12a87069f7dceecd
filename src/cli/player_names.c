#include "cli/player_names.h"

#include "base/memory.h"
#include "base/text.h"
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

void player_names_free(player_names_t *names) {
    for (int i = 0; i < names->n; i++)
        free(names->names[i]);
    *names = (player_names_t){0};
}

static status_t complain(const player_names_t *names, const char *what, const char *from, size_t length,
                         failure_t *why) {
    char *all = player_names_set(names, mask_count(names->n) - 1);
    failed(why, STATUS_INPUT, "--players: %s \"%.*s\"; the players are %s", what, (int)length, from, all);
    free(all);
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
static status_t parse_one(const player_names_t *names, const char *at, int *player, size_t *length, failure_t *why) {
    int fitting = 0;
    *length = 0;
    for (int i = 0; i < names->n; i++) {
        size_t own = name_length(names->names[i], at);
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
    return complain(names, fitting ? "several players have the name" : "there is no player", at, strcspn(at, ","), why);
}

status_t player_names_parse(const player_names_t *names, const char *text, mask_t *mask, failure_t *why) {
    const char *at = text + strspn(text, " ");
    *mask = 0;
    while (*at) {
        int player = 0;
        size_t length;
        TRY(parse_one(names, at, &player, &length, why));
        if (*mask >> player & 1)
            return complain(names, "listed twice:", names->names[player], strlen(names->names[player]), why);
        *mask |= (mask_t)1 << player;
        at += length;
        if (*at == ',') {
            at++;
            at += strspn(at, " ");
            if (!*at)
                return complain(names, "a name is missing after the last comma of", text, strlen(text), why);
        }
    }
    return STATUS_OK;
}

char *player_names_set(const player_names_t *names, mask_t mask) {
    text_t set = {0};
    const char *before = "{";
    for (int i = 0; i < names->n; i++)
        if (mask >> i & 1) {
            text_add(&set, "%s%s", before, names->names[i]);
            before = ", ";
        }
    text_add(&set, mask ? "}" : "{}");
    return set.chars;
}
