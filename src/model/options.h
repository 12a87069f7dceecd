/* What the user chose for the model (config section `model`, and sweep.batch). */
#ifndef HARSANYI_MODEL_OPTIONS_H
#define HARSANYI_MODEL_OPTIONS_H

#include "model/element.h"

#include <stdbool.h>

typedef enum { BACKEND_ONNX, BACKEND_GAME, BACKEND_VALUES, BACKEND_PROCESS, BACKEND_LLAMA } backend_t;
/* What a model in a process of its own is given. */
typedef enum { TAKES_INPUTS, TAKES_MASKS } takes_t;
/* Where a model computes: process, llama. */
typedef enum { DEVICE_AUTO, DEVICE_CPU, DEVICE_CUDA } device_t;
typedef enum {
    SCORE_LOG_ODDS,
    SCORE_LOGIT,
    SCORE_PROBABILITY,
    SCORE_RAW,
    SCORE_LOG_PROB,
    SCORE_DIFFERENCE,
    SCORE_COSINE,
    SCORE_AUTO
} score_t;
/* What a network's outputs are; auto is decided before a sweep begins. */
typedef enum { OUTPUTS_AUTO, OUTPUTS_LOGITS, OUTPUTS_PROBABILITIES } output_kind_t;
/* Inputs of a network that the samples file has no /constants for: refused, or 0. */
typedef enum { CONSTANTS_FROM_FILE, CONSTANTS_ZERO } constants_t;
/* What computes a network in an ONNX file. */
typedef enum { PROVIDER_CPU, PROVIDER_CUDA } provider_t;
/* all: every output; top: the strongest on the full mask; given: those listed. */
typedef enum { TARGET_LABEL, TARGET_PREDICTED, TARGET_ALL, TARGET_GIVEN, TARGET_TOP } target_t;
/* What is explained: an output, less another one with score: difference. */
typedef struct {
    int64_t output, less;
} given_target_t;
typedef enum { GAME_APPENDIX_H, GAME_SPARSE, GAME_SQUARE, GAME_CONSTANT } game_t;
typedef enum { FAULT_NONE, FAULT_NAN, FAULT_INF, FAULT_TRANSIENT } fault_t;

/* A closed-form game; all randomness is a fixed hash of (seed, sample index, mask). */
typedef struct {
    game_t game;  /* appendix_h: v = x1x2x3+x1x2+x2x3+x2+x3 (n >= 3; others are dummies); sparse: `terms` random
                     dividends; square: |S|^2; constant: v = 1 */
    int64_t seed; /* >= 0 */
    int terms;    /* sparse: how many dividends */
    int order_min, order_max; /* sparse: their orders; order_max is clipped to n */
    double noise;             /* standard deviation of the noise added to each v(S) */
    int64_t sleep_us;         /* sleep for each mask evaluated, in microseconds ... */
    double sleep_spread;      /* ... times a factor, drawn for each sample evenly from 1 ... sleep_spread; 0, 1: none */
    fault_t fault; /* injected: nan, inf: v is that at fault_mask of sample fault_sample; transient: evaluation fails */
    int64_t fault_sample; /* sample index */
    int64_t fault_mask;
    int64_t fault_times;          /* transient: how often in this process, then it works again */
    int64_t samples;              /* without a samples file: how many samples ... */
    int players_min, players_max; /* ... of how many players: sample i has players_min + i mod (max - min + 1) */
} game_options_t;

/* A model in a process of its own; exactly one of command, function and pickle is given. Lists end with NULL. */
typedef struct {
    const char *const *command; /* program and arguments */
    const char *function;       /* "module:name" of a Python function */
    const char *pickle;         /* resolved path */
    const char *python;
    const char *const *files; /* resolved paths of what else decides its numbers, or NULL */
    const char *folder;       /* of the config, "" or ending with '/': where it finds its own files */
    takes_t takes;
    double start_timeout, batch_timeout; /* seconds */
} process_options_t;

/* How much of a target of several tokens v is about. */
typedef enum { TARGET_ALL_TOKENS, TARGET_FIRST_TOKEN } target_rule_t;

/* A language model. */
typedef struct {
    const char *mask_token; /* what the tokens of absent players become */
    int leaf_bits;          /* log2 of the masks in a batch */
    int gpu_layers;         /* -1: all; 0 unless the device may be a GPU */
    target_rule_t target_rule;
} llm_options_t;

/* Whether v is made of a network's outputs: it has a score, a target, a batch. */
static inline bool backend_is_network(backend_t backend) {
    return backend == BACKEND_ONNX || backend == BACKEND_PROCESS;
}

/* Whether v is a score of outputs that the user should be told of. */
static inline bool backend_has_score(backend_t backend) {
    return backend_is_network(backend) || backend == BACKEND_LLAMA;
}

/* Strings are owned by the config; NULL where not given. */
typedef struct {
    backend_t backend;
    const char
        *file; /* resolved path of the model (onnx, llama) or the table (values); of a process its name in messages */
    const char *input, *output; /* names; NULL: the only one */
    const char *const *outputs; /* several, [output_count], instead of `output` */
    int output_count;
    const int64_t *element; /* of each output: the place on its first axes behind the batch, [element_axes] */
    int element_axes;       /* 0: none is left out */
    constants_t constants;
    score_t score;
    double score_eps;
    output_kind_t output_kind;
    bool accept_random; /* evaluate it although the same masks give other numbers each time */
    target_t target;
    const given_target_t *given; /* TARGET_GIVEN: [targets] */
    bool target_pairs;           /* they are pairs, for score: difference */
    int targets;                 /* of each output of a sample, a row each; 0: one, or of TARGET_ALL not known yet */
    provider_t provider;
    const char *library; /* path of the ONNX Runtime library; NULL: found */
    device_t device;
    int batch;        /* power of two */
    element_t x_type; /* of /x: f32, f64, i32 or i64; set by whoever knows the samples */
    game_options_t game;
    process_options_t process;
    llm_options_t llm;
} model_options_t;

#endif
