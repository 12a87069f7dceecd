#include "engines/prompt.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

status_t prompt_text(const sample_t *sample, prompt_text_t *out, failure_t *why) {
    *out = (prompt_text_t){.text = malloc(sample->elements + 1), .players = sample->players, .n = sample->n};
    if (!out->text)
        return failed(why, STATUS_INTERNAL, "out of memory for a prompt of %zu bytes", sample->elements);
    size_t at = 0;
    for (; at < sample->elements && sample->x[at] != 0; at++)
        out->text[at] = (char)(unsigned char)sample->x[at];
    out->length = at;
    if (at == 0 || at == sample->elements)
        return failed(why, STATUS_INPUT, "sample %lld is no text", (long long)sample->index);
    for (size_t i = at + 1; i < sample->elements; i++)
        out->text[at++] = (char)(unsigned char)sample->x[i];
    out->text[at] = '\0';
    out->all = at;
    return STATUS_OK;
}

void prompt_text_free(prompt_text_t *text) {
    free(text->text);
    *text = (prompt_text_t){0};
}

void prompt_free(prompt_t *prompt) {
    free(prompt->token);
    free(prompt->player);
    *prompt = (prompt_t){0};
}

static bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\t';
}

/* The player of the bytes [from, to), not empty; *whole: all of them have the same. */
static int player_of(const prompt_text_t *text, size_t from, size_t to, bool *whole) {
    *whole = true;
    for (size_t i = from + 1; i < to; i++)
        *whole = *whole && text->players[i] == text->players[from];
    return text->players[from];
}

static status_t shared_token(const prompt_text_t *text, size_t from, size_t to, failure_t *why) {
    char token[64];
    int player = -1;
    for (size_t i = from; i < to && player < 0; i++)
        player = text->players[i];
    snprintf(token, sizeof token, "%.*s", (int)(to - from < 60 ? to - from : 60), text->text + from);
    text_clean(token, false);
    return failed(
        why, STATUS_CERTAIN,
        "player %d cannot be told from what stands beside it: to the model '%s', bytes %zu to %zu of the text, "
        "is one token; choose whole words",
        player, token, from, to - 1);
}

/* The player of the token [from, to). */
static status_t place(const prompt_text_t *text, size_t from, size_t to, int *player, failure_t *why) {
    size_t first = from, last = to;
    bool whole;
    while (first < last && is_space(text->text[first]))
        first++;
    while (last > first && is_space(text->text[last - 1]))
        last--;
    *player = -1;
    if (from == to)
        return STATUS_OK; /* what the model puts in front */
    if (first == last) {  /* spaces are a player's only inside it */
        *player = player_of(text, from, to, &whole);
        *player = whole ? *player : -1;
        return STATUS_OK;
    }
    *player = player_of(text, first, last, &whole);
    return whole ? STATUS_OK : shared_token(text, first, last, why);
}

/* How many bytes the pieces have before the text; false: they are another text. */
static bool find_shift(const prompt_text_t *text, const char *pieces, size_t all, size_t *shift) {
    *shift = all - text->length;
    return all >= text->length && (*shift == 0 || (*shift == 1 && pieces[0] == ' ')) &&
           memcmp(pieces + *shift, text->text, text->length) == 0;
}

status_t prompt_players(prompt_t *prompt, const prompt_text_t *text, const char *pieces, const size_t *ends,
                        failure_t *why) {
    size_t shift, begin = 0;
    mask_t seen = 0;
    if (!find_shift(text, pieces, ends[prompt->count - 1], &shift))
        return failed(why, STATUS_CERTAIN,
                      "the model's tokeniser changes the text, so that words cannot be told from its tokens");
    for (int i = 0; i < prompt->count; i++) {
        const size_t from = begin > shift ? begin - shift : 0, to = ends[i] > shift ? ends[i] - shift : 0;
        TRY(place(text, from, to, &prompt->player[i], why));
        seen |= prompt->player[i] >= 0 ? (mask_t)1 << prompt->player[i] : 0;
        begin = ends[i];
    }
    const mask_t missing = ~seen & (mask_count(text->n) - 1);
    if (missing)
        return failed(why, STATUS_CERTAIN, "player %d has no token: it is spaces, or a part of another token",
                      __builtin_ctzll(missing));
    return STATUS_OK;
}
