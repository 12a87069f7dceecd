/* The per-sample statistics as one flat row of doubles: which quantities there are, and where each lies.
 *
 *   row of one sample, in the order of the table (n = the FILE's number of players, the largest of all samples):
 *   +---------+---------+--------+-- - - --+---------------+-- - - --+-----------+-- - - --+
 *   | shapley | banzhaf | sii2   | stii2.. | strength_mean | ...     | threshold | ...     |
 *   |  [n]    |  [n]    | [n,n]  |         |    [n+1]      |         |   [1]     |         |
 *   +---------+---------+--------+-- - - --+---------------+-- - - --+-----------+-- - - --+
 *     indices/                               orders/                   conditions/
 *
 * The results file has a dataset per field with one such piece per sample. A sample with fewer players fills the first
 * entries of each axis, the rest is NaN. Fields of type u8 are small whole numbers, held as doubles here.
 */
#ifndef HARSANYI_STATS_FIELDS_H
#define HARSANYI_STATS_FIELDS_H

#include <stddef.h>

typedef enum {
    SHAPE_SCALAR,         /* [S] */
    SHAPE_PLAYERS,        /* [S, n] */
    SHAPE_PAIRS,          /* [S, n, n] */
    SHAPE_MULTI,          /* [S, n-1, n, n] */
    SHAPE_ORDERS,         /* [S, n+1] */
    SHAPE_ORDERS_SQUARED, /* [S, n+1, n+1] */
} field_shape_t;

typedef enum { FIELD_F64, FIELD_U8 } field_type_t;

typedef struct {
    const char *path; /* "orders/strength_mean", without leading slash */
    field_shape_t shape;
    field_type_t type;
    unsigned needs; /* INDEX_* without which the field is absent; 0: always there */
    const char *units;
    const char *description;
} field_t;

typedef enum {
    FIELD_SHAPLEY,
    FIELD_BANZHAF,
    FIELD_SII2,
    FIELD_STII2,
    FIELD_BII2,
    FIELD_MULTI_ORDER,
    FIELD_STRENGTH_MEAN, /* the first of orders/ */
    FIELD_STRENGTH_STD,
    FIELD_STRENGTH_MIN,
    FIELD_STRENGTH_Q1,
    FIELD_STRENGTH_MEDIAN,
    FIELD_STRENGTH_Q3,
    FIELD_STRENGTH_MAX,
    FIELD_WHISKER_LOW,
    FIELD_WHISKER_HIGH,
    FIELD_INTERACTION_SUM,
    FIELD_INTERACTION_ABS_SUM,
    FIELD_CANCELLATION,
    FIELD_OUTPUT_MEAN,
    FIELD_OUTPUT_STD,
    FIELD_SALIENT_COUNT,
    FIELD_SALIENT_POSITIVE,
    FIELD_NOISE_FLOOR,
    FIELD_LEMMA_RESIDUAL, /* the last of orders/ */
    FIELD_THRESHOLD,      /* the first of conditions/ */
    FIELD_SALIENT_TOTAL,
    FIELD_ORDER_LIMIT,
    FIELD_MONOTONE,
    FIELD_VIOLATIONS,
    FIELD_VIOLATION_MAX,
    FIELD_P_PAPER,
    FIELD_P_ALL_PAIRS,
    FIELD_DELTA,
    FIELD_DELTA_BOUND,
    FIELD_M0,
    FIELD_BOUND_TOTAL,
    FIELD_REAL_TOTAL,
    FIELD_EXCLUDED_WHY,
    FIELD_MASS_ABOVE,
    FIELD_LAMBDA,
    FIELD_BOUND,
    FIELD_BOUND_L1,
    FIELD_COEFFICIENTS,
    FIELD_COUNT
} field_id_t;

extern const field_t FIELDS[FIELD_COUNT];

/* The row for files of n players and the chosen indices: where each field starts, in doubles, and how long it is
 * (0 when absent). */
typedef struct {
    int n;
    unsigned indices;
    size_t offset[FIELD_COUNT], length[FIELD_COUNT];
    size_t doubles; /* of the whole row */
} fields_t;

fields_t fields_layout(int n, unsigned indices);

/* Where field `id` of the row starts; NULL when absent. */
static inline double *fields_at(const fields_t *fields, double *row, field_id_t id) {
    return fields->length[id] ? row + fields->offset[id] : NULL;
}

#endif
