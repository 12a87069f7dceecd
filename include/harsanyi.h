/* libharsanyi: every interaction that a model encodes on one sample, from C and C++. docs/library.md has an example.
 *
 * v is a table of 2^n doubles: v[S] is the output of the model when only the players in S are present. S is a mask: bit
 * i is 1 when player i is present, player 0 is the lowest bit. The interactions I are a table in the same order,
 *
 *   I(S) = sum over T subset of S of (-1)^(|S|-|T|) v(T)         Harsanyi dividends, or Moebius transform of v
 *   v(S) = sum over T subset of S of I(T)   for all 2^n masks    Theorem 1 of arXiv 2305.01939
 *
 * in the units of v. |S| is the order of S. Matrices are row-major. n is 1 ... HARSANYI_PLAYERS_MAX, for sparse
 * interactions HARSANYI_SPARSE_PLAYERS_MAX.
 *
 * Functions that can fail return HARSANYI_OK or another status, and then fill *error, which may be NULL; outputs are
 * undefined after a failure. Nothing here exits, prints, or keeps state of its own. Functions without an object may be
 * called from any number of threads; an object belongs to one thread at a time. Same input, same processor: same bits.
 */
#ifndef HARSANYI_H
#define HARSANYI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define HARSANYI_API __attribute__((visibility("default")))
#else
#define HARSANYI_API
#endif

enum { HARSANYI_PLAYERS_MAX = 36, HARSANYI_SPARSE_PLAYERS_MAX = 20 };

enum {
    HARSANYI_OK = 0,
    HARSANYI_INPUT = 1,    /* an argument, a model or a sample is wrong: the text says which, and what is allowed */
    HARSANYI_INTERNAL = 3, /* out of memory, or the machine failed */
    HARSANYI_SAMPLE = 4,   /* v of this sample is not finite, or its interactions overflow; it would fail again */
    HARSANYI_TRANSIENT = 5 /* the engine failed, but might not when called again */
};

typedef struct {
    int status;
    uint64_t mask;   /* the lowest mask without a finite v, after HARSANYI_SAMPLE from harsanyi_model_evaluate */
    char text[1024]; /* one sentence in English */
} harsanyi_error;

/* "1.2.3" */
HARSANYI_API const char *harsanyi_version(void);

/* ---- transforms ---- */

/* v -> I and I -> v, in place; table: [2^n], best at a multiple of 64 bytes. O(n 2^n). */
HARSANYI_API int harsanyi_moebius(double *table, int n, harsanyi_error *error);
HARSANYI_API int harsanyi_zeta(double *table, int n, harsanyi_error *error);

/* ---- indices, from interactions [2^n], in the units of v; I(empty) plays no part. O(n^2 2^n) at the most ---- */

/* out[i] = sum over S containing i of I(S) / |S|. They add up to v(N) - v(empty). */
HARSANYI_API int harsanyi_shapley(const double *interactions, int n, double *out, harsanyi_error *error);
/* out[i] = sum over S containing i of 2^(1-|S|) I(S) */
HARSANYI_API int harsanyi_banzhaf(const double *interactions, int n, double *out, harsanyi_error *error);
/* Of pairs, out: [n, n], symmetric. Shapley interaction index: sum over S containing i and j of I(S) / (|S|-1);
 * diagonal: Shapley values. Grabisch & Roubens 1999. */
HARSANYI_API int harsanyi_sii2(const double *interactions, int n, double *out, harsanyi_error *error);
/* Shapley-Taylor index of order 2: sum of I(S) / C(|S|, 2); diagonal: I({i}). Sundararajan et al. 2020. */
HARSANYI_API int harsanyi_stii2(const double *interactions, int n, double *out, harsanyi_error *error);
/* Banzhaf interaction index: sum of 2^(2-|S|) I(S); diagonal: Banzhaf values. Grabisch & Roubens 1999. */
HARSANYI_API int harsanyi_bii2(const double *interactions, int n, double *out, harsanyi_error *error);
/* Multi-order interactions, n >= 2, out: [n-1, n, n]; slice m = 0 ... n-2 is the mean over the sets T of m other
 * players of v(T+i+j) - v(T+i) - v(T+j) + v(T); diagonal: NaN. */
HARSANYI_API int harsanyi_multi_order(const double *interactions, int n, double *out, harsanyi_error *error);

/* The same indices of one set T of players, any 1 <= |T| <= n, into *out. With |T| = 1 they are the Shapley value (SII,
 * STII) and the Banzhaf value (BII). STII is that of order |T|. */
HARSANYI_API int harsanyi_set_sii(const double *interactions, int n, uint64_t set, double *out, harsanyi_error *error);
HARSANYI_API int harsanyi_set_stii(const double *interactions, int n, uint64_t set, double *out, harsanyi_error *error);
HARSANYI_API int harsanyi_set_bii(const double *interactions, int n, uint64_t set, double *out, harsanyi_error *error);
/* The mean of the discrete derivative of v by T over the sets of m other players, 0 <= m <= n - |T|. */
HARSANYI_API int harsanyi_set_multi_order(const double *interactions, int n, uint64_t set, int m, double *out,
                                          harsanyi_error *error);

/* ---- statistics of one sample: all that a results file holds of it (docs/file-format.md) ---- */

typedef struct {
    double salience;         /* S is salient when |I(S)| >= salience * largest |I|, S not empty; > 0, <= 1 */
    double min_output;       /* samples with v(N) - v(empty) below it are left out of the theorems; NaN: none */
    int assumed_order_limit; /* M of Theorem 2; -1: n - 1 */
    int all_indices;         /* not 0: indices/stii2, bii2 and multi_order too */
} harsanyi_settings;

/* 0.05, NaN, -1, 0 */
HARSANYI_API harsanyi_settings harsanyi_default_settings(void);

/* A field is one quantity of a sample. Its axes are "1" (a number), "n" (players), "n,n" (pairs), "n-1,n,n", "n+1"
 * (orders 0 ... n), "n+1,n+1", "ranks" or "steps" (of curves/, from 10 players on: docs/file-format.md). What is not
 * defined is NaN. Strings are static. */
typedef struct {
    const char *name; /* "orders/strength_mean", as in a results file */
    const char *axes;
    const char *units; /* "output": those of v */
    const char *description;
} harsanyi_field;

/* Fields 0, 1, 2 ... into *out; returns 0 past the last one, else 1. */
HARSANYI_API int harsanyi_describe_field(int number, harsanyi_field *out);

typedef struct harsanyi_statistics harsanyi_statistics;

/* For samples of n players; settings NULL: the default ones. Free with harsanyi_statistics_free, which sets it to NULL.
 * Takes up to 8 * 2^n bytes, for n > 20 up to 24 MiB. */
HARSANYI_API int harsanyi_statistics_new(int n, const harsanyi_settings *settings, harsanyi_statistics **out,
                                         harsanyi_error *error);
HARSANYI_API void harsanyi_statistics_free(harsanyi_statistics **statistics);

/* values [2^n]: v, all finite; interactions [2^n]: its transform. noise_sigma: standard deviation of the noise of v
 * (harsanyi_model_noise), NaN when unknown. */
HARSANYI_API int harsanyi_statistics_compute(harsanyi_statistics *statistics, const double *values,
                                             const double *interactions, double noise_sigma, harsanyi_error *error);

/* A field of the last sample by its name; *length (NULL allowed): how many numbers. They last until the next
 * harsanyi_statistics_compute. NULL when there is no such field, or nothing was computed. */
HARSANYI_API const double *harsanyi_statistics_field(const harsanyi_statistics *statistics, const char *name,
                                                     size_t *length);

/* ---- sparse interactions: AND, or AND and OR, of least strength within a band around v ----
 *
 *   w(S) = constant + sum over T subset of S, T not empty, of I_and(T) + sum over T that meets S of I_or(T)
 *   F = min sum |I_and| + |I_or| + mu/2 (I_and^2 + I_or^2)     such that     |w(S) - v(S)| <= zeta for all 2^n masks
 *
 * zeta = denoise * |v(N) - v(empty)|, and mu = 1/max |v - v(empty)|, which makes the solution unique (without it
 * AND(1,2) + OR(1,2) is x1 + x2 at equal strength), or 0. A result proves its own objective: D, the dual objective of
 * `dual`, is a lower bound of the optimum, and F an upper one. Bounds are of F: at a gap of 1e-4 single interactions
 * are within about 1 % of the strongest of the exact solution. The programme: Li & Zhang 2023 (ICML), Chen et al. 2024
 * (ICLR). */

typedef struct {
    const char *kinds;  /* "and_or", or "and" */
    double denoise;     /* 0 ... 1 */
    double gap;         /* (F - D)/F to reach; > 0, < 1 */
    const char *tie;    /* "minimum_norm", or "none": mu = 0 */
    int max_iterations; /* >= 1; then the result is what was reached */
} harsanyi_sparse_options;

/* "and_or", 0.04, 1e-4, "minimum_norm", 20000 */
HARSANYI_API harsanyi_sparse_options harsanyi_default_sparse_options(void);

/* Numbers are in the units of v, but for dual and gap (of none) and tie_weight (one over them). */
typedef struct {
    double *effects_and; /* the caller's, [2^n]; of the empty set: the constant */
    double *effects_or; /* the caller's, [2^n]; 0 for the empty set and for single players, whose OR is their AND; NULL:
                           not wanted */
    double *dual;       /* the caller's, [2^n], lambda; NULL: not wanted */
    double l1;          /* sum of |I| without the empty set */
    double objective;   /* F */
    double lower_bound; /* D = sum of v lambda - zeta |lambda| - (|y(S)| - 1)_+^2 / 2 mu, y(S) the sums of lambda over
                           the supersets of S and, for OR of two players or more, over the sets disjoint from S */
    double tie_weight;  /* mu */
    double gap;         /* (F - D)/F; 0 where F = 0 */
    double zeta;
    int iterations; /* 0: solved without any */
    int converged;  /* not 0: the gap was reached */
} harsanyi_sparse_result;

typedef struct harsanyi_sparse harsanyi_sparse;

/* For samples of n players; options NULL: the default ones. Free with harsanyi_sparse_free, which sets it to NULL.
 * Takes up to 190 MiB at n = 16, 500 MiB at n = 20. */
HARSANYI_API int harsanyi_sparse_new(int n, const harsanyi_sparse_options *options, harsanyi_sparse **out,
                                     harsanyi_error *error);
HARSANYI_API void harsanyi_sparse_free(harsanyi_sparse **sparse);

/* values [2^n]: v, all finite. Set the tables of *result before; the numbers are filled in. The same bits on every
 * processor. */
HARSANYI_API int harsanyi_sparse_compute(harsanyi_sparse *sparse, const double *values, harsanyi_sparse_result *result,
                                         harsanyi_error *error);

/* ---- models: v of a network in an ONNX file ---- */

typedef struct {
    const char *file;        /* .onnx, of one input; axis 0 of input and output is the batch */
    const char *input;       /* names; NULL: the only one (an output: of floats) */
    const char *output;      /* its row of numbers for a mask: z */
    const char *score;       /* v: "log_odds" (of the target), "logit", "probability", or "raw" (the output itself) */
    const char *output_kind; /* what the outputs are: "logits" or "probabilities" */
    double score_eps;        /* > 0: log_odds is log(p/(1-p+eps) + eps), which is bounded */
    int batch;               /* masks at a time, a power of two; a model of a fixed batch takes its own */
    const char *engine;      /* path of ONNX Runtime's library; NULL: found (docs/library.md) */
} harsanyi_model_options;

/* file NULL (to be set), "log_odds" of "logits", batch 256; else NULL and 0. */
HARSANYI_API harsanyi_model_options harsanyi_default_model_options(void);

/* Borrowed while a function that takes it runs. Elements are in row-major order. */
typedef struct {
    int n;
    int rank;               /* axes of one sample, without the batch; 0 when the model's own shape is fixed */
    const int64_t *shape;   /* [rank] */
    size_t elements;        /* product of the shape */
    const double *x;        /* [elements] */
    const int32_t *players; /* [elements], the player 0 ... n-1 that each element belongs to, -1: never masked */
    int baselines;          /* K >= 1: v is the mean over them */
    const double *baseline; /* [K, elements], what an absent player's elements become */
    int64_t target;         /* which output v is about; with one output the class, 0 or 1, that it speaks of; raw: 0 */
} harsanyi_sample;

typedef struct harsanyi_model harsanyi_model;

/* Close with harsanyi_model_close, which sets it to NULL. The strings of options must last as long as the model. ONNX
 * Runtime stays loaded until the process ends. */
HARSANYI_API int harsanyi_model_open(const harsanyi_model_options *options, harsanyi_model **out,
                                     harsanyi_error *error);
HARSANYI_API void harsanyi_model_close(harsanyi_model **model);

/* How many masks at a time give reproducible bits, for samples of n players: a power of two <= 2^n; 0: no such n. */
HARSANYI_API uint64_t harsanyi_model_granule(const harsanyi_model *model, int n);

/* The output with the largest value on the whole sample, the lowest on ties: a target. sample->target is not used. */
HARSANYI_API int harsanyi_model_predict(harsanyi_model *model, const harsanyi_sample *sample, int64_t *target,
                                        harsanyi_error *error);

/* v of the masks first ... first + count - 1, both multiples of the granule, into values [count]; in all 2^n masks. */
HARSANYI_API int harsanyi_model_evaluate(harsanyi_model *model, const harsanyi_sample *sample, uint64_t first,
                                         uint64_t count, double *values, harsanyi_error *error);

/* Estimates from below how much v moves by rounding alone: *sigma is the standard deviation of its noise, in the units
 * of v; NaN when it cannot be told. values: v of all 2^n masks. The noise of I(S) is then 2^(|S|/2) sigma. */
HARSANYI_API int harsanyi_model_noise(harsanyi_model *model, const harsanyi_sample *sample, const double *values,
                                      double *sigma, harsanyi_error *error);

#ifdef __cplusplus
}
#endif

#endif
