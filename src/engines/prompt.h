/* A prompt as a language model reads it: tokens, and the player that each belongs to. Knows no tokeniser. */
#ifndef HARSANYI_ENGINES_PROMPT_H
#define HARSANYI_ENGINES_PROMPT_H

#include "base/failure.h"
#include "lattice/mask.h"
#include "model/sample.h"

/* The text of a sample and its target, as samples/samples.h lays them out: bytes, NUL, bytes. */
typedef struct {
    char *text;             /* owned, NUL-terminated; the target follows it without a gap, NUL-terminated too */
    size_t length, all;     /* of the text, and with the target */
    const int32_t *players; /* [length], borrowed: the player of each byte, -1: none */
    int n;
} prompt_text_t;

/* STATUS_INPUT when the sample is no text. Release with prompt_text_free. */
status_t prompt_text(const sample_t *sample, prompt_text_t *out, failure_t *why);
void prompt_text_free(prompt_text_t *text);

typedef struct {
    int count;      /* tokens of the prompt, those that the model puts in front included */
    int32_t *token; /* owned, [count + targets]: the prompt's, then the target's */
    int *player;    /* owned, [count]; -1: never masked */
    int targets;    /* tokens of the target; 0: it is not given */
} prompt_t;

void prompt_free(prompt_t *prompt);

/* Finds prompt->player of tokens whose pieces, one after another, are pieces[0 ... ends[count - 1]); token i is
 * pieces[ends[i - 1] ... ends[i]). A tokeniser may put a space before the text. A token belongs to the player that all
 * its bytes belong to, spaces at its ends not counted. STATUS_CERTAIN when the pieces are not the text, when a token
 * belongs to a player in part, and when a player has no token. */
status_t prompt_players(prompt_t *prompt, const prompt_text_t *text, const char *pieces, const size_t *ends,
                        failure_t *why);

#endif
