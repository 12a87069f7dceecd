/* The plain way, for tests and benchmarks of the backend llama: one mask at a time, through the library itself. And
 * samples from marked prompts, "The [capital] of [France] is|  Paris": players are numbered from the end of the text.
 */
#ifndef HARSANYI_TESTS_SUPPORT_LLAMA_LOOP_H
#define HARSANYI_TESTS_SUPPORT_LLAMA_LOOP_H

#include "model/model.h"

#include <llama.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MARKED_MAX = 1024 };

typedef struct {
    double x[MARKED_MAX];
    int32_t players[MARKED_MAX];
    sample_t sample;
} marked_t;

/* The target stands behind '|'; "": what the model says. */
static inline marked_t *marked(const char *text) {
    marked_t *made = calloc(1, sizeof *made);
    size_t at = 0;
    int player = -1;
    for (const char *c = text; *c && *c != '|'; c++)
        player += *c == '[';
    made->sample = (sample_t){.n = player + 1, .label = -1, .baselines = 1, .x = made->x, .players = made->players};
    for (bool inside = false; *text && at < MARKED_MAX; text++) {
        if (*text == '[' || *text == ']') {
            player -= inside;
            inside = !inside;
            continue;
        }
        made->players[at] = inside ? player : -1;
        made->x[at++] = *text == '|' ? 0 : (unsigned char)*text;
    }
    made->sample.elements = at;
    return made;
}

typedef struct {
    struct llama_model *model;
    struct llama_context *context;
    const struct llama_vocab *vocab;
    llama_token tokens[MARKED_MAX], mask;
    int player[MARKED_MAX], count;
} loop_t;

static inline void loop_silence(enum ggml_log_level level, const char *text, void *data) {
    (void)level, (void)text, (void)data;
}

static inline loop_t *loop_open(const char *file) {
    loop_t *loop = calloc(1, sizeof *loop);
    llama_log_set(loop_silence, NULL);
    loop->model = llama_model_load_from_file(file, llama_model_default_params());
    loop->vocab = llama_model_get_vocab(loop->model);
    struct llama_context_params params = llama_context_default_params();
    params.n_ctx = params.n_batch = params.n_ubatch = 256;
    params.n_threads = params.n_threads_batch = 1;
    params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
    params.type_k = params.type_v = GGML_TYPE_F32;
    params.swa_full = true;
    loop->context = llama_init_from_model(loop->model, params);
    llama_tokenize(loop->vocab, "<pad>", 5, &loop->mask, 1, false, true);
    return loop;
}

static inline void loop_close(loop_t *loop) {
    llama_free(loop->context);
    llama_model_free(loop->model);
    free(loop);
}

/* The prompt's tokens, each with the player of its last byte. */
static inline void loop_read(loop_t *loop, const sample_t *sample) {
    char text[MARKED_MAX], piece[64];
    size_t length = 0, end = 0;
    for (; length < sample->elements && sample->x[length] != 0; length++)
        text[length] = (char)sample->x[length];
    loop->count = llama_tokenize(loop->vocab, text, (int32_t)length, loop->tokens, MARKED_MAX, true, false);
    for (int i = 0; i < loop->count; i++) {
        const int bytes = llama_token_to_piece(loop->vocab, loop->tokens[i], piece, sizeof piece, 0, false);
        end += (size_t)bytes;
        loop->player[i] = bytes > 0 ? sample->players[end - 1] : -1;
    }
}

/* The logits behind a masked prompt, [vocabulary], and behind `more` tokens of a target. */
static inline float *loop_logits(loop_t *loop, mask_t mask, const llama_token *target, int more) {
    llama_token tokens[MARKED_MAX];
    for (int i = 0; i < loop->count; i++)
        tokens[i] = loop->player[i] < 0 || (mask >> loop->player[i] & 1) ? loop->tokens[i] : loop->mask;
    memcpy(tokens + loop->count, target, (size_t)more * sizeof *target);
    llama_memory_clear(llama_get_memory(loop->context), false);
    return llama_decode(loop->context, llama_batch_get_one(tokens, loop->count + more)) == 0
               ? llama_get_logits_ith(loop->context, -1)
               : NULL;
}

#endif
