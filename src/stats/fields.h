/* The per-sample statistics as one flat row of doubles: which quantities there are, and where each lies.
 *
 *   one row, in the order of the table (n = the FILE's number of players, the largest of all rows):
 *   +---------+---------+--------+-- - - --+---------------+-- - - --+-----------+-- - - --+----------+-- - --+
 *   | shapley | banzhaf | sii2   | stii2.. | strength_mean | ...     | threshold | ...     | strength | ...   |
 *   |  [n]    |  [n]    | [n,n]  |         |    [n+1]      |         |   [1]     |         | [ranks]  |       |
 *   +---------+---------+--------+-- - - --+---------------+-- - - --+-----------+-- - - --+----------+-- - --+
 *     indices/                               orders/                   conditions/           curves/
 *
 * Those of further families follow, in the same order.
 *
 * The results file has a dataset per field with one such piece per sample. A sample with fewer players fills the first
 * entries of each axis, the rest is NaN. Fields of type u8 are small whole numbers, held as doubles here.
 */
#ifndef HARSANYI_STATS_FIELDS_H
#define HARSANYI_STATS_FIELDS_H

#include "stats/families.h"

#include <stddef.h>
#include <stdint.h>

typedef enum {
    SHAPE_SCALAR,         /* [R] */
    SHAPE_PLAYERS,        /* [R, n] */
    SHAPE_PAIRS,          /* [R, n, n] */
    SHAPE_MULTI,          /* [R, n-1, n, n] */
    SHAPE_ORDERS,         /* [R, n+1] */
    SHAPE_ORDERS_SQUARED, /* [R, n+1, n+1] */
    SHAPE_RANKS,          /* [R, ranks of strength] */
    SHAPE_STEPS           /* [R, numbers of interactions kept] */
} field_shape_t;

typedef enum { FIELD_F64, FIELD_U8, FIELD_I64 } field_type_t;

/* In which families (stats/families.h) a statistic makes sense; by kind: with an axis of kinds behind that of rows. */
typedef enum {
    OF_HARSANYI, /* the root family alone */
    OF_ROWS,     /* all; one for all kinds of a further family */
    OF_KINDS,    /* all; one for each kind of a further family */
    OF_REBUILT,  /* those whose effects rebuild v, or nearly so (family_t.rebuild); one for all kinds */
    OF_SOLVED    /* a solved family alone */
} field_families_t;

typedef struct {
    const char *path; /* "orders/strength_mean", without leading slash */
    field_shape_t shape;
    field_type_t type;
    unsigned needs; /* INDEX_* without which the field is absent; 0: always there */
    field_families_t families;
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
    FIELD_POSITIVE_SUM,
    FIELD_NEGATIVE_SUM,
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
    FIELD_CURVE_STRENGTH, /* the first of curves/ */
    FIELD_CURVE_RMSE,
    FIELD_CURVE_MAX_ERROR,
    FIELD_CURVE_R2,
    FIELD_CURVE_R_OMEGA,
    FIELD_L1, /* the first of a solution */
    FIELD_OBJECTIVE,
    FIELD_LOWER_BOUND,
    FIELD_TIE_WEIGHT,
    FIELD_GAP,
    FIELD_ZETA,
    FIELD_ITERATIONS,
    FIELD_CONVERGED,
    FIELD_COUNT
} field_id_t;

/* Those from here on are of a solved family alone. */
enum { FIELDS_OF_ROOT = FIELD_L1 };

/* Fields of family f: f * FIELD_COUNT + field_id_t. */
enum { FIELDS_MAX = FAMILIES_MAX * FIELD_COUNT };

/* Files of fewer players store no curves: they are as long as the tables (curves are found again from those). */
enum { CURVES_STORED_MIN = 10 };

extern const field_t FIELDS[FIELD_COUNT];

/* The row for files of n players and the chosen indices: where each field of each family starts, in doubles, and how
 * long it is (0 when absent). */
typedef struct {
    int n;
    unsigned indices;
    families_t families;
    size_t offset[FIELDS_MAX], length[FIELDS_MAX];
    size_t doubles; /* of the whole row */
} fields_t;

fields_t fields_layout(families_t families, int n, unsigned indices);

/* Where field `id` (of the root family, or of family f: f * FIELD_COUNT + id) of the row starts; NULL when absent. */
static inline double *fields_at(const fields_t *fields, double *row, int id) {
    return fields->length[id] ? row + fields->offset[id] : NULL;
}

/* The same of one kind of a family, where the field has kinds. */
static inline double *fields_of_kind(const fields_t *fields, double *row, int family, int kind, field_id_t id) {
    double *at = fields_at(fields, row, family * FIELD_COUNT + (int)id);
    size_t kinds = FIELDS[id].families == OF_KINDS ? (size_t)fields->families.kinds[family] : 1;
    return kinds > 1 ? at + (size_t)kind * (fields->length[family * FIELD_COUNT + (int)id] / kinds) : at;
}

/* ---- the steps at which curves over masks are kept: numbers of masks, and ranks of strength ---- */

enum {
    STEPS_MAX = 64,  /* entries of fields_steps */
    RANKS_MAX = 4096 /* entries of fields_ranks */
};

/* 1, 2, 5, 10, 20, ... up to limit: how many, and which when steps [STEPS_MAX] is not NULL. */
size_t fields_steps(uint64_t limit, int64_t *steps);

/* The ranks at which the strength curve is kept: 1 ... 1024, then 64 per octave, the last is 2^n - 1; ranks
 * [RANKS_MAX] may be NULL. */
size_t fields_ranks(int players, int64_t *ranks);

#endif
