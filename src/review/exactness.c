#include "review/exactness.h"

#include "base/memory.h"
#include "lattice/moebius.h"
#include "lattice/scratch.h"
#include "lattice/strips.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 1 << 14 };

struct exactness {
    int piece_bits;
    double *piece;                      /* [2^piece_bits] */
    double chunk[CHUNK], bounds[CHUNK]; /* what a transform is compared with */
    scratch_t *work, *limit;            /* a transform on its way; zeta of |I| */
    scratch_t *kept;                    /* the one of them that the running transform keeps its strips in */
    /* Of the row at hand: */
    const results_t *results;
    row_t sample;
    int n;
    exactness_found_t *found;
    distance_t *theorem1;
};

/* ---- what was found ---- */

void places_add(places_t *places, mask_t mask) {
    if (places->count++ == 0 || mask < places->first)
        places->first = mask;
}

bool distance_add(distance_t *distance, double residual, double bound, row_t sample, mask_t at) {
    if (residual == 0)
        return false;
    double ratio = residual / bound;
    residual = isnan(residual) ? INFINITY : residual;
    ratio = isnan(ratio) ? INFINITY : ratio;
    distance->residual = fmax(distance->residual, residual);
    if (ratio > distance->ratio) {
        distance->ratio = ratio;
        distance->sample = sample;
        distance->at = at;
    }
    return ratio > 1;
}

/* ---- the ends of the transforms ---- */

static status_t read_values(void *self, mask_t first, mask_t count, double *data, failure_t *why) {
    const exactness_t *e = self;
    return results_read_table(e->results, TABLE_VALUES, e->sample, first, count, data, why);
}

static status_t read_interactions(void *self, mask_t first, mask_t count, double *data, failure_t *why) {
    const exactness_t *e = self;
    return results_read_table(e->results, TABLE_INTERACTIONS, e->sample, first, count, data, why);
}

static status_t read_strengths(void *self, mask_t first, mask_t count, double *data, failure_t *why) {
    TRY(read_interactions(self, first, count, data, why));
    for (mask_t i = 0; i < count; i++)
        data[i] = fabs(data[i]);
    return STATUS_OK;
}

static status_t keep(void *self, mask_t first, mask_t count, const double *data, failure_t *why) {
    const exactness_t *e = self;
    return scratch_write(e->kept, first, count, data, why);
}

static status_t read_kept(void *self, mask_t first, mask_t count, double *data, failure_t *why) {
    const exactness_t *e = self;
    return scratch_read(e->kept, first, count, data, why);
}

/* data: moebius of /values. */
static status_t compare_bits(void *self, mask_t first, mask_t count, const double *data, failure_t *why) {
    exactness_t *e = self;
    for (mask_t at = 0, step; at < count; at += step) {
        step = count - at < CHUNK ? count - at : CHUNK;
        TRY(results_read_table(e->results, TABLE_INTERACTIONS, e->sample, first + at, step, e->chunk, why));
        if (memcmp(e->chunk, data + at, step * sizeof *data) == 0)
            continue;
        for (mask_t i = 0; i < step; i++)
            if (memcmp(&e->chunk[i], &data[at + i], sizeof *data) != 0)
                places_add(&e->found->differing, first + at + i);
    }
    return STATUS_OK;
}

/* data: zeta of /interactions; zeta of their absolute values lies in `limit`. */
static status_t compare_values(void *self, mask_t first, mask_t count, const double *data, failure_t *why) {
    exactness_t *e = self;
    const double factor = 4.0 * e->n * DBL_EPSILON;
    for (mask_t at = 0, step; at < count; at += step) {
        step = count - at < CHUNK ? count - at : CHUNK;
        TRY(results_read_table(e->results, TABLE_VALUES, e->sample, first + at, step, e->chunk, why));
        TRY(scratch_read(e->limit, first + at, step, e->bounds, why));
        for (mask_t i = 0; i < step; i++)
            if (distance_add(e->theorem1, fabs(data[at + i] - e->chunk[i]), factor * e->bounds[i], e->sample,
                             first + at + i))
                places_add(&e->found->beyond, first + at + i);
    }
    return STATUS_OK;
}

/* ---- one row ---- */

status_t exactness_check(exactness_t *e, const results_t *results, row_t sample, exactness_found_t *found,
                         distance_t *theorem1, failure_t *why) {
    const strips_t moebius = {.n = results_players_of(results, sample),
                              .piece_bits = e->piece_bits,
                              .piece = e->piece,
                              .input = read_values,
                              .keep = keep,
                              .kept = read_kept,
                              .output = compare_bits,
                              .self = e};
    strips_t zeta = moebius, zeta_of_strengths = moebius;
    zeta.zeta = zeta_of_strengths.zeta = true;
    zeta.input = read_interactions;
    zeta.output = compare_values;
    zeta_of_strengths.input = read_strengths;
    zeta_of_strengths.output = keep;
    *found = (exactness_found_t){0};
    e->results = results;
    e->sample = sample;
    e->n = moebius.n;
    e->found = found;
    e->theorem1 = theorem1;
    TRY(scratch_begin(e->limit, e->n, why));
    if (e->n > e->piece_bits)
        TRY(scratch_begin(e->work, e->n, why));
    e->kept = e->work;
    TRY(strips_transform(&moebius, why));
    e->kept = e->limit;
    TRY(strips_transform(&zeta_of_strengths, why));
    e->kept = e->work;
    return strips_transform(&zeta, why);
}

status_t exactness_create(const char *folder, int n_most, int piece_bits, exactness_t **out, failure_t *why) {
    exactness_t *e = memory_need(1, sizeof *e, "the check of tables");
    *out = e;
    e->piece_bits = strips_piece_bits(n_most, piece_bits);
    e->piece = moebius_table(e->piece_bits);
    if (!e->piece)
        return failed(why, STATUS_INTERNAL, "out of memory to check the tables");
    TRY(scratch_create(folder, e->piece_bits, &e->work, why));
    return scratch_create(folder, e->piece_bits, &e->limit, why);
}

void exactness_destroy(exactness_t **exactness) {
    exactness_t *e = *exactness;
    if (!e)
        return;
    scratch_destroy(&e->work);
    scratch_destroy(&e->limit);
    free(e->piece);
    free(e);
    *exactness = NULL;
}
