#include "engines/llm.h"

#include "base/clock.h"
#include "engines/device.h"
#include "engines/logits.h"
#include "engines/tree.h"

#include <llama.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CELLS_STEP = 256,  /* contexts come in multiples of it, so that prompts of like length share one */
    UBATCH_MAX = 2048, /* entries evaluated at once: attention takes memory for each pair of them and of cells */
    LOG_TEXT = 256,
    FTYPE_MASK = 1023 /* without the bit that says it was guessed */
};

typedef struct {
    struct llama_model *weights;
    const struct llama_vocab *vocab;
    llama_token mask;

    struct llama_context *context; /* NULL: none yet */
    uint32_t cells;                /* of the context ... */
    int bits;                      /* ... and its leaves, 2^bits */

    /* A batch, [cells]; the sequences of an entry are ids[first ... first + count - 1]. */
    tree_entry_t *entries;
    llama_token *token;
    llama_pos *position;
    int32_t *sequences;
    llama_seq_id **sequence;
    int8_t *wanted;
    llama_seq_id ids[1 << TREE_BITS_MAX];
} llm_state_t;

/* ---- what the library says ---- */

/* Keeps the first error that the library prints, in place of printing it. data: char [LOG_TEXT], or NULL. */
static void hear(enum ggml_log_level level, const char *text, void *data) {
    char *heard = data;
    if (heard && level == GGML_LOG_LEVEL_ERROR && !heard[0])
        snprintf(heard, LOG_TEXT, "%.*s", (int)strcspn(text, "\n"), text);
}

/* ---- prompts ---- */

static status_t tokenise(const llm_state_t *state, const char *text, size_t length, llama_token **tokens, int *count,
                         failure_t *why) {
    const int32_t room = (int32_t)length + 8; /* a token has a byte at least, but for those put around the text */
    *tokens = malloc((size_t)room * sizeof **tokens);
    if (!*tokens)
        return failed(why, STATUS_INTERNAL, "out of memory for the tokens of %zu bytes", length);
    *count = llama_tokenize(state->vocab, text, (int32_t)length, *tokens, room, true, false);
    if (*count > 0 && llama_vocab_get_add_eos(state->vocab) && (*tokens)[*count - 1] == llama_vocab_eos(state->vocab))
        (*count)--; /* nothing follows an end */
    if (*count > 0)
        return STATUS_OK;
    return failed(why, STATUS_CERTAIN, "the model's tokeniser finds no tokens in the text");
}

/* Finds the players of prompt->token [count]. */
static status_t find_players(const llm_state_t *state, const prompt_text_t *text, prompt_t *prompt, failure_t *why) {
    enum { PIECE = 256 };
    const size_t count = (size_t)prompt->count;
    char *pieces = malloc(count * PIECE);
    size_t *ends = malloc(count * sizeof *ends), at = 0;
    prompt->player = malloc(count * sizeof *prompt->player);
    status_t status = STATUS_OK;
    for (size_t i = 0; pieces && ends && prompt->player && i < count; i++) {
        const int32_t bytes = llama_token_to_piece(state->vocab, prompt->token[i], pieces + at, PIECE, 0, false);
        at += bytes > 0 ? (size_t)bytes : 0;
        ends[i] = at;
    }
    if (!pieces || !ends || !prompt->player)
        status = failed(why, STATUS_INTERNAL, "out of memory for a prompt of %zu tokens", count);
    else
        status = prompt_players(prompt, text, pieces, ends, why);
    free(pieces);
    free(ends);
    return status;
}

/* prompt->token holds `all` tokens of the prompt with its target: those behind the prompt's own are the target's. */
static status_t split_target(const llm_state_t *state, const prompt_text_t *text, int all, prompt_t *prompt,
                             failure_t *why) {
    llama_token *own;
    status_t status = tokenise(state, text->text, text->length, &own, &prompt->count, why);
    const bool same = status == STATUS_OK && all >= prompt->count &&
                      memcmp(own, prompt->token, (size_t)prompt->count * sizeof *own) == 0;
    free(own);
    TRY(status);
    prompt->targets = all - prompt->count;
    if (same && (prompt->targets > 0) == (text->all > text->length))
        return STATUS_OK;
    return failed(
        why, STATUS_CERTAIN,
        "the target begins in the middle of a token: the prompt must end, and /target_text begin, where a word "
        "does, with its space");
}

/* The tokens of a sample; of its target those that count: none where the options say what is explained. */
static status_t read_prompt(const model_t *model, const sample_t *sample, prompt_t *prompt, failure_t *why) {
    const llm_state_t *state = model->state;
    prompt_text_t text;
    int all;
    *prompt = (prompt_t){0};
    status_t status = prompt_text(sample, &text, why);
    if (model->options.target != TARGET_LABEL)
        text.all = text.length;
    if (status == STATUS_OK)
        status = tokenise(state, text.text, text.all, &prompt->token, &all, why);
    if (status == STATUS_OK)
        status = split_target(state, &text, all, prompt, why);
    if (status == STATUS_OK)
        status = find_players(state, &text, prompt, why);
    if (model->options.llm.target_rule == TARGET_FIRST_TOKEN && prompt->targets > 1)
        prompt->targets = 1;
    const int32_t trained = llama_model_n_ctx_train(state->weights);
    if (status == STATUS_OK && prompt->count + prompt->targets > trained)
        status = failed(why, STATUS_CERTAIN, "the prompt has %d tokens; the model takes %d", prompt->count, trained);
    prompt_text_free(&text);
    if (status != STATUS_OK)
        prompt_free(prompt);
    return status;
}

/* ---- the context ---- */

static void free_context(llm_state_t *state) {
    void *const owned[] = {state->entries,   state->token,    state->position,
                           state->sequences, state->sequence, state->wanted};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    if (state->context)
        llama_free(state->context);
    state->context = NULL;
    state->entries = NULL;
    state->token = NULL;
    state->position = NULL;
    state->sequences = NULL;
    state->sequence = NULL;
    state->wanted = NULL;
}

static bool allocate_batch(llm_state_t *state, size_t cells) {
    state->entries = calloc(cells, sizeof *state->entries);
    state->token = calloc(cells, sizeof *state->token);
    state->position = calloc(cells, sizeof *state->position);
    state->sequences = calloc(cells, sizeof *state->sequences);
    state->sequence = calloc(cells, sizeof *state->sequence);
    state->wanted = calloc(cells, sizeof *state->wanted);
    return state->entries && state->token && state->position && state->sequences && state->sequence && state->wanted;
}

/* One thread, a cache of floats that all sequences share, no shortcuts that depend on what was there before. */
static struct llama_context_params context_params(const model_t *model, uint32_t cells, int bits) {
    struct llama_context_params params = llama_context_default_params();
    params.n_ctx = params.n_batch = cells;
    params.n_ubatch = cells < UBATCH_MAX ? cells : UBATCH_MAX;
    params.n_seq_max = params.n_outputs_max = 1u << bits;
    params.n_threads = params.n_threads_batch = 1;
    params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
    params.type_k = params.type_v = GGML_TYPE_F32;
    params.offload_kqv = params.op_offload = model->options.llm.gpu_layers != 0;
    params.swa_full = params.kv_unified = params.no_perf = true;
    return params;
}

/* Makes the context one of so many leaves and cells, always the same for a sample. */
static status_t make_context(model_t *model, size_t needed, int bits, failure_t *why) {
    llm_state_t *state = model->state;
    const size_t cells = (needed + CELLS_STEP - 1) / CELLS_STEP * CELLS_STEP;
    if (state->context && state->cells == cells && state->bits == bits)
        return STATUS_OK;
    free_context(state);
    if (cells < INT32_MAX && allocate_batch(state, cells))
        state->context = llama_init_from_model(state->weights, context_params(model, (uint32_t)cells, bits));
    if (!state->context) {
        free_context(state);
        return failed(why, STATUS_TRANSIENT,
                      "%s: no memory for %d masks of %zu tokens in all at once; a smaller model.leaf_bits needs less",
                      model->options.file, 1 << bits, needed);
    }
    state->cells = (uint32_t)cells;
    state->bits = bits;
    return STATUS_OK;
}

/* ---- batches ---- */

static int smaller(int a, int b) {
    return a < b ? a : b;
}

static int granule_bits(const model_t *model, int n) {
    return smaller(model->options.llm.leaf_bits, n);
}

/* The trees of model_probe, other than those of model_evaluate where there are others. */
static int probe_bits(const model_t *model, int n) {
    const int bits = granule_bits(model, n);
    return bits >= 2 ? bits - 2 : bits == 1 ? 0 : smaller(2, n);
}

/* Evaluates entries[0 ... count - 1]; logits are of the last `leaves` of them. */
static status_t decode(model_t *model, size_t count, size_t leaves, failure_t *why) {
    llm_state_t *state = model->state;
    for (size_t i = 0; i < count; i++) {
        const tree_entry_t *entry = &state->entries[i];
        state->token[i] = entry->token;
        state->position[i] = entry->position;
        state->sequences[i] = entry->count;
        state->sequence[i] = state->ids + entry->first;
        state->wanted[i] = i >= count - leaves;
    }
    const struct llama_batch batch = {.n_tokens = (int32_t)count,
                                      .token = state->token,
                                      .pos = state->position,
                                      .n_seq_id = state->sequences,
                                      .seq_id = state->sequence,
                                      .logits = state->wanted};
    const int32_t code = llama_decode(state->context, batch);
    if (code == 0)
        return STATUS_OK;
    return failed(why, STATUS_TRANSIENT, "llama.cpp could not evaluate a batch of %zu tokens (code %d)", count, code);
}

/* The logits of a leaf after decode. */
static float *leaf_logits(llm_state_t *state, size_t count, int leaves, int leaf) {
    return llama_get_logits_ith(state->context, (int32_t)count - leaves + leaf);
}

/* Decodes the tree of 2^bits masks from `first` on, with an empty memory. */
static status_t decode_tree(model_t *model, const prompt_t *prompt, int n, mask_t first, int bits, size_t *count,
                            failure_t *why) {
    llm_state_t *state = model->state;
    const int most = granule_bits(model, n) > probe_bits(model, n) ? granule_bits(model, n) : probe_bits(model, n);
    const size_t behind = prompt->targets > 1 ? (size_t)(prompt->targets - 1) << most : 0;
    TRY(make_context(model, tree_size(prompt, most) + behind, most, why));
    llama_memory_clear(llama_get_memory(state->context), false);
    *count = tree_size(prompt, bits);
    tree_build(prompt, first, bits, state->mask, state->entries);
    return decode(model, *count, (size_t)1 << bits, why);
}

/* The leaves of a tree of 2^bits masks, and where their v go: masks at ... at + 2^bits - 1 of each row. */
typedef struct {
    int bits, leaf[1 << TREE_BITS_MAX];
    rows_t rows;
    mask_t at;
} leaves_t;

/* What token t of the target is for a row. */
static llama_token wanted_token(const prompt_t *prompt, const sample_t *sample, int t, int row) {
    return prompt->targets > 0 ? prompt->token[prompt->count + t]
           : sample->targets   ? (llama_token)sample->targets[row]
                               : (llama_token)sample->target;
}

/* The log-odds of token t of the target at each leaf, for all rows; logits are of the last of `count` entries. */
static void score_leaves(model_t *model, const prompt_t *prompt, const sample_t *sample, const leaves_t *leaves, int t,
                         size_t count) {
    llm_state_t *state = model->state;
    const size_t vocabulary = (size_t)llama_vocab_n_tokens(state->vocab);
    const double began = clock_seconds();
    for (int i = 0; i < 1 << leaves->bits; i++) {
        float *logits = leaf_logits(state, count, 1 << leaves->bits, leaves->leaf[i]);
        for (int row = 0; row < leaves->rows.count; row++)
            leaves->rows.values[row][leaves->at + (mask_t)i] =
                -logits_against(logits, vocabulary, (size_t)wanted_token(prompt, sample, t, row));
    }
    model->times.score += clock_seconds() - began;
}

/* From v of the target's first token to v of all: each of the others is read behind those before it. */
static status_t evaluate_others(model_t *model, const prompt_t *prompt, const sample_t *sample, const leaves_t *leaves,
                                failure_t *why) {
    llm_state_t *state = model->state;
    const int count = 1 << leaves->bits;
    double log_p[1 << TREE_BITS_MAX], *values = leaves->rows.values[0] + leaves->at;
    for (int i = 0; i < count; i++)
        log_p[i] = logits_log_p(-values[i]);
    for (int t = 1; t < prompt->targets; t++) {
        const int before = prompt->count + t - 1;
        const double began = clock_seconds();
        for (int i = 0; i < count; i++)
            state->entries[i] = (tree_entry_t){prompt->token[before], before, i, 1};
        TRY(decode(model, (size_t)count, (size_t)count, why));
        model->times.engine += clock_seconds() - began;
        score_leaves(model, prompt, sample, leaves, t, (size_t)count);
        for (int i = 0; i < count; i++)
            log_p[i] += logits_log_p(-values[i]);
    }
    for (int i = 0; i < count; i++)
        values[i] = logits_log_odds(log_p[i]);
    return STATUS_OK;
}

/* v of the leaves' masks, from `first` on. */
static status_t evaluate_tree(model_t *model, const prompt_t *prompt, const sample_t *sample, mask_t first,
                              leaves_t *leaves, failure_t *why) {
    size_t count;
    const double began = clock_seconds();
    TRY(decode_tree(model, prompt, sample->n, first, leaves->bits, &count, why));
    model->times.engine += clock_seconds() - began;
    tree_leaves(prompt, leaves->bits, leaves->leaf);
    score_leaves(model, prompt, sample, leaves, 0, count);
    return prompt->targets > 1 ? evaluate_others(model, prompt, sample, leaves, why) : STATUS_OK;
}

static status_t evaluate_trees(model_t *model, const sample_t *sample, range_t range, int bits, rows_t rows,
                               failure_t *why) {
    leaves_t leaves = {.bits = bits, .rows = rows};
    prompt_t prompt;
    TRY(read_prompt(model, sample, &prompt, why));
    status_t status = STATUS_OK;
    for (; status == STATUS_OK && leaves.at < range.count; leaves.at += mask_count(bits))
        status = evaluate_tree(model, &prompt, sample, range.first + leaves.at, &leaves, why);
    prompt_free(&prompt);
    return status;
}

/* ---- operations ---- */

static status_t evaluate(model_t *model, const sample_t *sample, int baseline, range_t range, rows_t rows,
                         failure_t *why) {
    (void)baseline; /* a text has none */
    return evaluate_trees(model, sample, range, granule_bits(model, sample->n), rows, why);
}

/* No rounding is known beforehand. */
static status_t probe(model_t *model, const sample_t *sample, int baseline, range_t range, rows_t rows,
                      failure_t *why) {
    (void)baseline;
    return evaluate_trees(model, sample, range, smaller(probe_bits(model, sample->n), mask_order(range.count - 1)),
                          rows, why);
}

/* The `count` tokens with the largest logits behind the whole prompt, in its regular batch; the lowest on ties. */
static status_t predict(model_t *model, const prompt_t *prompt, int n, int count, int64_t *tokens, failure_t *why) {
    llm_state_t *state = model->state;
    const int bits = granule_bits(model, n), leaves = 1 << bits;
    size_t entries;
    TRY(decode_tree(model, prompt, n, mask_count(n) - mask_count(bits), bits, &entries, why));
    float *logits = leaf_logits(state, entries, leaves, leaves - 1);
    for (int i = 0; i < count; i++) {
        tokens[i] = (int64_t)logits_best(logits, (size_t)llama_vocab_n_tokens(state->vocab));
        logits[tokens[i]] = NAN; /* never taken again */
    }
    return STATUS_OK;
}

static status_t find_targets(model_t *model, const sample_t *sample, int64_t *targets, uint64_t *evaluated,
                             failure_t *why) {
    const int rows = model_rows(model);
    prompt_t prompt;
    TRY(read_prompt(model, sample, &prompt, why));
    status_t status = STATUS_OK;
    if (prompt.targets > 0)
        targets[0] = prompt.token[prompt.count];
    else if (model->options.target == TARGET_GIVEN)
        for (int row = 0; row < rows; row++)
            targets[row] = model->options.given[row].output;
    else {
        status = predict(model, &prompt, sample->n, rows, targets, why);
        *evaluated += mask_count(granule_bits(model, sample->n));
    }
    prompt_free(&prompt);
    return status;
}

static void close_state(model_t *model) {
    llm_state_t *state = model->state;
    free_context(state);
    if (state->weights)
        llama_model_free(state->weights);
    free(state);
}

/* ---- opening ---- */

static status_t check_magic(const char *file, failure_t *why) {
    char magic[4] = "";
    FILE *in = fopen(file, "rb");
    if (!in)
        return failed(why, STATUS_INPUT, "%s: cannot be opened; a language model in a GGUF file is needed", file);
    const bool is_gguf = fread(magic, sizeof magic, 1, in) == 1 && memcmp(magic, "GGUF", sizeof magic) == 0;
    fclose(in);
    return is_gguf
               ? STATUS_OK
               : failed(why, STATUS_INPUT, "%s: is not a GGUF file; llama.cpp's convert_hf_to_gguf.py makes one", file);
}

static status_t find_mask(const model_t *model, failure_t *why) {
    llm_state_t *state = model->state;
    const char *text = model->options.llm.mask_token;
    llama_token tokens[2];
    if (llama_tokenize(state->vocab, text, (int32_t)strlen(text), tokens, 2, false, true) != 1)
        return failed(why, STATUS_INPUT,
                      "%s: model.mask_token: the vocabulary has no token '%s'; others are '<unk>', "
                      "'<s>', '<|endoftext|>', or any word that is one token, such as '_'",
                      model->options.file, text);
    state->mask = tokens[0];
    return STATUS_OK;
}

static bool is_gpu(ggml_backend_dev_t device, device_t wanted) {
    const enum ggml_backend_dev_type type = ggml_backend_dev_type(device);
    return (type == GGML_BACKEND_DEVICE_TYPE_GPU || type == GGML_BACKEND_DEVICE_TYPE_IGPU) &&
           (wanted != DEVICE_CUDA || strncmp(ggml_backend_dev_name(device), "CUDA", 4) == 0);
}

/* The GPU of this rank, which stays NULL where the processor computes: ranks of a machine take its GPUs in turn. */
static status_t choose_gpu(const model_t *model, ggml_backend_dev_t *gpu, failure_t *why) {
    const device_t wanted = model->options.device;
    const size_t devices = ggml_backend_dev_count();
    char names[LOG_TEXT] = "none";
    size_t gpus = 0, used = 0;
    if (model->options.llm.gpu_layers == 0)
        return STATUS_OK;
    for (size_t i = 0; i < devices; i++) {
        gpus += is_gpu(ggml_backend_dev_get(i), wanted);
        if (used < LOG_TEXT)
            used += (size_t)snprintf(names + used, LOG_TEXT - used, "%s%s", i ? ", " : "",
                                     ggml_backend_dev_name(ggml_backend_dev_get(i)));
    }
    if (gpus == 0)
        return failed(why, STATUS_INPUT,
                      "model.gpu_layers: this llama.cpp finds no %sGPU, only %s: build it for one (-DGGML_CUDA=ON), or "
                      "leave gpu_layers out",
                      wanted == DEVICE_CUDA ? "CUDA " : "", names);
    size_t nth = (size_t)device_local_rank() % gpus + 1;
    for (size_t i = 0; nth > 0; i++) {
        *gpu = ggml_backend_dev_get(i);
        nth -= is_gpu(*gpu, wanted);
    }
    return STATUS_OK;
}

static status_t load(model_t *model, failure_t *why) {
    llm_state_t *state = model->state;
    const char *file = model->options.file;
    char heard[LOG_TEXT] = "";
    struct llama_model_params params = llama_model_default_params();
    ggml_backend_dev_t devices[2] = {NULL, NULL}; /* ends with NULL */
    params.n_gpu_layers = model->options.llm.gpu_layers;
    params.devices = devices;
    TRY(check_magic(file, why));
    llama_log_set(hear, heard);
    llama_backend_init();
    TRY(choose_gpu(model, &devices[0], why));
    state->weights = llama_model_load_from_file(file, params);
    llama_log_set(hear, NULL);
    if (!state->weights)
        return failed(why, STATUS_INPUT, "%s: llama.cpp cannot load it: %s", file,
                      heard[0] ? heard : "no reason given");
    state->vocab = llama_model_get_vocab(state->weights);
    if (!llama_model_has_decoder(state->weights) || llama_model_has_encoder(state->weights) ||
        llama_model_is_recurrent(state->weights) || llama_model_is_hybrid(state->weights) ||
        llama_model_is_diffusion(state->weights))
        return failed(why, STATUS_INPUT,
                      "%s: only models that attend to what stands before (GPT, LLaMA, Gemma, ...) "
                      "can be swept",
                      file);
    return find_mask(model, why);
}

static void describe(model_t *model) {
    const llm_state_t *state = model->state;
    model_info_t *info = &model->info;
    info->input_rank = -1;
    info->width[0] = llama_vocab_n_tokens(state->vocab);
    info->free_batch = true;
    info->layouts = true;
    snprintf(info->engine, MODEL_TEXT, "llama.cpp");
    snprintf(info->engine_version, MODEL_TEXT, "%s", llama_version());
    if ((llama_model_ftype(state->weights) & FTYPE_MASK) != LLAMA_FTYPE_ALL_F32)
        llama_model_desc(state->weights, info->rounded, MODEL_TEXT);
}

status_t llm_open(model_t *model, failure_t *why) {
    static const backend_ops_t ops = {.granule_bits = granule_bits,
                                      .evaluate = evaluate,
                                      .probe = probe,
                                      .find_targets = find_targets,
                                      .close = close_state};
    llm_state_t *state = calloc(1, sizeof *state);
    if (!state)
        return failed(why, STATUS_INTERNAL, "%s: out of memory", model->options.file);
    for (int i = 0; i < 1 << TREE_BITS_MAX; i++)
        state->ids[i] = i;
    model->state = state;
    model->ops = &ops;
    status_t status = load(model, why);
    if (status == STATUS_OK)
        describe(model);
    else
        close_state(model);
    return status;
}
