/* What is said of all samples together: the numbers of a family's /summary, as one plain table. Who computes them:
 * results/summarise_rows.h.
 *
 * Sizes: n, the largest number of players; F masks in the dictionary; C classes; K and L steps 1, 2, 5, ... up to F and
 * up to 2^n - 1; R ranks of the strength curve.
 */
#ifndef HARSANYI_STATS_SUMMARY_H
#define HARSANYI_STATS_SUMMARY_H

#include "base/failure.h"
#include "lattice/mask.h"
#include "stats/fields.h"

#include <stdbool.h>

enum {
    DISCRIMINATION_BINS = 5,
    HISTOGRAM_BINS = 20,
    EXCLUDED_CODES = 16,
    ORDER_FIELDS = FIELD_LEMMA_RESIDUAL - FIELD_STRENGTH_MEAN + 1 /* of /orders */
};

typedef enum {
    SUMMARY_MONOTONE_SHARE, /* [1] */
    SUMMARY_P_MEAN,         /* [1], as the next three */
    SUMMARY_P_STD,
    SUMMARY_BOUND_MEAN,
    SUMMARY_REAL_MEAN,
    SUMMARY_EXCLUDED,       /* [EXCLUDED_CODES] */
    SUMMARY_STRENGTH_CURVE, /* [R] */
    SUMMARY_STRENGTH_COUNT, /* [R] */
    SUMMARY_FREQUENCY,      /* [F], as the next four */
    SUMMARY_EFFECT_MEAN,
    SUMMARY_EFFECT_STD,
    SUMMARY_POSITIVE,
    SUMMARY_NEGATIVE,
    SUMMARY_HISTOGRAM, /* [F, HISTOGRAM_BINS] */
    SUMMARY_EDGES,     /* [F, HISTOGRAM_BINS + 1] */
    SUMMARY_RHO,       /* [K] */
    SUMMARY_RHO_CLASS, /* [C, K] */
    SUMMARY_RHO_HELDOUT,
    SUMMARY_RHO_RANDOM, /* [K], as the one before */
    SUMMARY_BIN_COUNT,  /* [DISCRIMINATION_BINS] */
    SUMMARY_BIN_MEAN,   /* [DISCRIMINATION_BINS] */
    SUMMARY_WEIGHTED,   /* [1] */
    SUMMARY_RMSE,       /* [L], as the next three */
    SUMMARY_MAX_ERROR,
    SUMMARY_R2,
    SUMMARY_R_OMEGA,
    SUMMARY_ORDERS, /* 3 * i, 3 * i + 1 and 3 * i + 2 from here are mean, std and count of field i of /orders, each as
                     * long as the field */
    SUMMARY_COUNT = SUMMARY_ORDERS + 3 * ORDER_FIELDS
} summary_id_t;

/* No mask: what dictionaries are filled up with. */
#define SUMMARY_NO_MASK (~(mask_t)0)

typedef struct {
    int n, kinds;
    uint64_t dictionary; /* F */
    int64_t classes;     /* C */
    mask_t *mask;        /* [F], most frequent first; owned, as the next */
    uint8_t *kind;       /* [F]: of which kind; 255 where there is no mask */
    double *of[SUMMARY_COUNT];
    size_t length[SUMMARY_COUNT];
    double *memory; /* behind `of`; owned */
} summary_t;

/* How many numbers one of them has in a family; 0: none, it makes no sense there. */
size_t summary_length(const fields_t *fields, int family, int id, size_t dictionary, size_t classes);

/* All NaN, no masks. fields: of the rows; dictionary: F >= 1. STATUS_INTERNAL without memory. Free with summary_free.
 */
status_t summary_create(const fields_t *fields, int family, uint64_t dictionary, int64_t classes, summary_t *out,
                        failure_t *why);
void summary_free(summary_t *summary);

/* Makes every NaN the canonical one. */
void summary_settle(summary_t *summary);

#endif
