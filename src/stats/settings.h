/* What the user chose for the statistics (config section `statistics`). */
#ifndef HARSANYI_STATS_SETTINGS_H
#define HARSANYI_STATS_SETTINGS_H

#include "solve/options.h"

#include <stdbool.h>

typedef enum { SALIENCE_OF_MAX, SALIENCE_OF_MEAN_OUTPUT } salience_scale_t;
typedef enum { NOISE_AUTO, NOISE_NONE, NOISE_GIVEN } noise_kind_t;
typedef enum { SPARSE_NONE, SPARSE_AND, SPARSE_AND_OR } sparse_kinds_t;

/* Config section `sparse`; without kinds nothing is solved and the rest is as it is by default. */
typedef struct {
    sparse_kinds_t kinds;
    solve_tie_t tie;
    double denoise, gap;
    int max_iterations;
} sparse_settings_t;

typedef struct {
    double salience; /* tau = salience * scale */
    salience_scale_t salience_scale;
    double mean_output;      /* the scale with SALIENCE_OF_MEAN_OUTPUT: |mean over done samples of v(N) - v(empty)| */
    double min_output;       /* NaN: off; else samples with v(N) - v(empty) below it are left out of the theorems */
    int assumed_order_limit; /* M of Theorem 2; -1: n - 1 */
    noise_kind_t noise;
    double noise_sigma; /* with NOISE_GIVEN, else NaN */
    unsigned indices;   /* INDEX_* of lattice/indices.h */
    bool curves;
    int top; /* at most this many masks in the summary's dictionary */
    sparse_settings_t sparse;
} stats_settings_t;

#endif
