#include "review/verify_row.h"

#include "base/nan.h"
#include "lattice/indices.h"
#include "stats/summarise.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct verify_row {
    const results_t *results; /* borrowed */
    double *stored, *again;   /* [fields.doubles] */
    /* NULL when nothing is recomputed: */
    summarise_t *summarise;
    results_row_t *values, *interactions;
    double noise_sigma; /* NaN: not given */
};

void verify_complain(const results_t *results, int64_t sample, const char *dataset, const char *text,
                     problems_t *problems) {
    problems_add(problems, "%s: sample %lld (index %lld): %s", dataset, (long long)sample,
                 (long long)results_index(results, sample), text);
}

static status_t create_sources(verify_row_t *r, const stats_settings_t *settings, failure_t *why) {
    r->noise_sigma = settings->noise == NOISE_GIVEN ? settings->noise_sigma : nan_canonical();
    TRY(summarise_create(settings, results_fields(r->results), &r->summarise, why));
    TRY(results_row_open(r->results, false, &r->values, why));
    return results_row_open(r->results, true, &r->interactions, why);
}

status_t verify_row_create(const results_t *results, const stats_settings_t *settings, verify_row_t **out,
                           failure_t *why) {
    size_t doubles = results_fields(results)->doubles;
    verify_row_t *r = calloc(1, sizeof *r);
    *out = r;
    if (!r)
        return failed(why, STATUS_INTERNAL, "out of memory for statistics");
    r->results = results;
    r->stored = malloc(doubles * sizeof *r->stored);
    r->again = malloc(doubles * sizeof *r->again);
    status_t status = r->stored && r->again ? STATUS_OK : failed(why, STATUS_INTERNAL, "out of memory for statistics");
    if (status == STATUS_OK && settings)
        status = create_sources(r, settings, why);
    if (status != STATUS_OK)
        verify_row_destroy(out);
    return status;
}

void verify_row_destroy(verify_row_t **row) {
    verify_row_t *r = *row;
    if (!r)
        return;
    summarise_destroy(&r->summarise);
    results_row_free(&r->values);
    results_row_free(&r->interactions);
    free(r->stored);
    free(r->again);
    free(r);
    *row = NULL;
}

/* Where entry `i` of a field lies, as "[2, 5]". */
static void place(const fields_t *fields, field_id_t id, size_t i, char text[64]) {
    size_t n = (size_t)fields->n, side = FIELDS[id].shape == SHAPE_ORDERS_SQUARED ? n + 1 : n;
    switch (FIELDS[id].shape) {
    case SHAPE_SCALAR:
        text[0] = '\0';
        return;
    case SHAPE_PLAYERS:
    case SHAPE_ORDERS:
        snprintf(text, 64, "[%zu]", i);
        return;
    case SHAPE_PAIRS:
    case SHAPE_ORDERS_SQUARED:
        snprintf(text, 64, "[%zu, %zu]", i / side, i % side);
        return;
    case SHAPE_MULTI:
        snprintf(text, 64, "[%zu, %zu, %zu]", i / (n * n), i / n % n, i % n);
        return;
    }
}

/* As a row is after it was stored: the fields of one byte have no NaN but 255. */
static double as_stored(field_id_t id, double x) {
    return FIELDS[id].type == FIELD_U8 && !(x >= 0 && x < 255) ? 255 : x;
}

/* Compares r->stored with r->again, bit for bit; a line for each field that differs. */
static void compare(const verify_row_t *r, int64_t sample, const char *what, problems_t *problems) {
    const fields_t *fields = results_fields(r->results);
    for (int id = 0; id < FIELD_COUNT; id++) {
        const double *stored = r->stored + fields->offset[id], *again = r->again + fields->offset[id];
        size_t differing = 0, first = 0;
        for (size_t i = 0; i < fields->length[id]; i++) {
            double expected = as_stored((field_id_t)id, again[i]);
            if (memcmp(&stored[i], &expected, sizeof expected) != 0 && differing++ == 0)
                first = i;
        }
        if (differing == 0)
            continue;
        char dataset[80], where[64], text[256];
        place(fields, (field_id_t)id, first, where);
        snprintf(dataset, sizeof dataset, "/%s", FIELDS[id].path);
        snprintf(text, sizeof text, "%zu number%s: %s %.17g, but %s %.17g", differing,
                 differing == 1 ? " is wrong" : "s are wrong, the first", where, stored[first], what,
                 as_stored((field_id_t)id, again[first]));
        verify_complain(r->results, sample, dataset, text, problems);
    }
}

static status_t read_row(verify_row_t *r, int64_t sample, problems_t *problems, failure_t *why) {
    bool crc_ok = false;
    TRY(results_read_row(r->results, sample, r->stored, &crc_ok, why));
    if (!crc_ok)
        verify_complain(r->results, sample, "/indices, /orders, /conditions",
                        "the row of statistics does not match /samples/row_crc", problems);
    return STATUS_OK;
}

/* See verify.h for the bound. */
static void check_lemma(const verify_row_t *r, int64_t sample, distance_t *lemma, problems_t *problems) {
    const fields_t *fields = results_fields(r->results);
    const double *residual = fields_at(fields, r->stored, FIELD_LEMMA_RESIDUAL);
    const double *strengths = fields_at(fields, r->stored, FIELD_INTERACTION_ABS_SUM);
    int n = results_players_of(r->results, sample);
    *lemma = (distance_t){0};
    for (int m = 0; m <= n; m++) {
        double bound = 0;
        for (int k = 0; k <= m; k++)
            bound += indices_choose(m, k) / indices_choose(n, k) * strengths[k];
        bound *= 4.0 * n * DBL_EPSILON;
        if (distance_add(lemma, fabs(residual[m]), bound, (mask_t)m)) {
            char text[128];
            snprintf(text, sizeof text, "order %d: the lemma is off by %.3g, where rounding explains %.3g at the most",
                     m, fabs(residual[m]), bound);
            verify_complain(r->results, sample, "/orders/lemma_residual", text, problems);
        }
    }
}

status_t verify_row_check(verify_row_t *r, int64_t sample, const results_sample_t *info, bool recompute,
                          distance_t *lemma, problems_t *problems, failure_t *why) {
    TRY(read_row(r, sample, problems, why));
    check_lemma(r, sample, lemma, problems);
    if (!recompute || !r->summarise)
        return STATUS_OK;
    TRY(summarise_sample(r->summarise, results_row_source(r->values, sample),
                         results_row_source(r->interactions, sample),
                         isnan(r->noise_sigma) ? info->noise_sigma : r->noise_sigma, r->again, why));
    compare(r, sample, "the tables give", problems);
    return STATUS_OK;
}

status_t verify_row_check_nan(verify_row_t *r, int64_t sample, problems_t *problems, failure_t *why) {
    TRY(read_row(r, sample, problems, why));
    for (size_t i = 0; i < results_fields(r->results)->doubles; i++)
        r->again[i] = nan_canonical();
    compare(r, sample, "a failed sample has", problems);
    return STATUS_OK;
}
