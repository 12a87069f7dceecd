/* One sample as a model sees it. */
#ifndef HARSANYI_MODEL_SAMPLE_H
#define HARSANYI_MODEL_SAMPLE_H

#include "base/numbering.h"
#include "model/element.h"

#include <stddef.h>

enum { SAMPLE_NAME = 256 }; /* bytes of a name, with its NUL */

/* What one of the model's other inputs is for a sample. */
typedef struct {
    const char *name; /* as the model's input, or the dataset in /constants */
    element_t type;   /* that the model takes */
    int rank;
    const int64_t *shape; /* [rank] */
    size_t elements;
    const double *numbers; /* [elements] */
} constant_t;

/* All arrays are borrowed from whoever made the sample (samples/samples.h) and hold `elements` entries, the sample's
 * shape flattened in row-major order. x is double whatever the file holds: f32 is exact, i64 was checked to be below
 * 2^53. NaN in x or a baseline: a missing value. */
typedef struct {
    index_t index;          /* row in the samples file; of a table: what the table says, else its row */
    row_t row;              /* row of the table (values backend), else as index */
    int64_t label;          /* -1: none */
    int64_t target;         /* the output to explain; set by model_set_target, unless a table says it (-1: no) */
    const int64_t *targets; /* of a model with several rows for each sample: [rows], the first is `target`; else NULL */
    int n;                  /* players */
    double noise_sigma;     /* of v, where a table says it, else NaN */
    size_t elements;        /* 0 for samples without input (game and values backends) */
    const double *x;        /* [elements] */
    const int32_t *players; /* [elements], the player of each element, -1: never masked */
    int baselines;          /* K >= 1 */
    const double *baseline; /* [K, elements]: what an absent player's elements become */
    int rank;               /* axes of one sample; 0: not told (elements must then fix the model's free axes) */
    const int64_t *shape;   /* [rank]; a model whose own axes are free is fed this shape */
    size_t constants;       /* as the model has (model_info) */
    const constant_t *constant;
    const char (*names)[SAMPLE_NAME]; /* [n], of the players, for models that want them (model_info); NULL: none */
} sample_t;

#endif
