#include "review/verify_row.h"

#include "base/memory.h"
#include "base/nan.h"
#include "lattice/indices.h"
#include "review/verify_sparse.h"
#include "stats/finish.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BITS = 1 << 12 }; /* words, and numbers, that are read at once */

struct verify_row {
    const results_t *results; /* borrowed */
    double *stored, *again;   /* [fields.doubles] */
    uint64_t bits[BITS];      /* of a stored bitmap */
    double piece[BITS];       /* of a stored table */
    /* NULL when nothing is recomputed: */
    finish_t *finish;
    results_row_t *values, *interactions;
    double *memory; /* a row that fits in it, finished again; room for `held` players */
    int held;
    double noise_sigma; /* NaN: not given */
    sparse_settings_t sparse;
};

status_t verify_row_create(const results_t *results, const stats_settings_t *settings, verify_row_t **out,
                           failure_t *why) {
    const fields_t *fields = results_fields(results);
    verify_row_t *r = memory_need(1, sizeof *r, "statistics");
    *out = r;
    r->results = results;
    r->stored = memory_need(fields->doubles, sizeof *r->stored, "statistics");
    r->again = memory_need(fields->doubles, sizeof *r->again, "statistics");
    if (!settings)
        return STATUS_OK;
    r->noise_sigma = settings->noise == NOISE_GIVEN ? settings->noise_sigma : nan_canonical();
    r->sparse = settings->sparse;
    TRY(finish_create(settings, fields, &r->finish, why));
    r->values = results_row_open(results, TABLE_VALUES);
    r->interactions = results_row_open(results, TABLE_INTERACTIONS);
    return STATUS_OK;
}

void verify_row_destroy(verify_row_t **row) {
    verify_row_t *r = *row;
    if (!r)
        return;
    finish_destroy(&r->finish);
    free(r->memory);
    results_row_free(&r->values);
    results_row_free(&r->interactions);
    free(r->stored);
    free(r->again);
    free(r);
    *row = NULL;
}

/* Where entry `i` of a field lies, as "[2, 5]"; "" in a field of one number. */
static void place(const fields_t *fields, int at, size_t i, char text[64]) {
    const field_t *field = &FIELDS[at % FIELD_COUNT];
    const bool multi = field->shape == SHAPE_MULTI, squared = field->shape == SHAPE_ORDERS_SQUARED;
    size_t kinds = field->families == OF_KINDS ? (size_t)fields->families.kinds[at / FIELD_COUNT] : 1;
    size_t side = (size_t)fields->n + squared, strides[4], axes = 0, used = 0;
    if (kinds > 1)
        strides[axes++] = fields->length[at] / kinds;
    if (multi)
        strides[axes++] = side * side;
    if (multi || squared || field->shape == SHAPE_PAIRS)
        strides[axes++] = side;
    if (field->shape != SHAPE_SCALAR)
        strides[axes++] = 1;
    text[0] = '\0';
    for (size_t k = 0; k < axes; i %= strides[k++])
        used += (size_t)snprintf(text + used, 64 - used, "%s%zu%s", k ? ", " : "[", i / strides[k],
                                 k + 1 < axes ? "" : "]");
}

/* As a row is after it was stored: the fields of one byte have no NaN but 255, whole numbers none but -1. */
static double as_stored(int at, double x) {
    if (FIELDS[at % FIELD_COUNT].type == FIELD_I64)
        return isnan(x) ? -1 : x;
    return FIELDS[at % FIELD_COUNT].type == FIELD_U8 && !(x >= 0 && x < 255) ? 255 : x;
}

/* Compares r->stored with r->again, bit for bit; a line for each field that differs. */
static void compare(const verify_row_t *r, const verify_at_t *at, const char *what) {
    const fields_t *fields = results_fields(r->results);
    for (int id = 0; id < FIELDS_MAX; id++) {
        const double *stored = r->stored + fields->offset[id], *again = r->again + fields->offset[id];
        size_t differing = 0, first = 0;
        for (size_t i = 0; i < fields->length[id]; i++) {
            double expected = as_stored(id, again[i]);
            if (memcmp(&stored[i], &expected, sizeof expected) != 0 && differing++ == 0)
                first = i;
        }
        if (differing == 0)
            continue;
        char dataset[80], where[64];
        place(fields, id, first, where);
        snprintf(dataset, sizeof dataset, "/%s%s", FAMILIES[id / FIELD_COUNT].prefix, FIELDS[id % FIELD_COUNT].path);
        verify_complain(at, dataset, "%zu number%s: %s %.17g, but %s %.17g", differing,
                        differing == 1 ? " is wrong" : "s are wrong, the first", where, stored[first], what,
                        as_stored(id, again[first]));
    }
}

static status_t read_row(verify_row_t *r, const verify_at_t *at, failure_t *why) {
    bool crc_ok = false;
    TRY(results_read_row(r->results, at->sample, r->stored, &crc_ok, why));
    if (!crc_ok)
        verify_complain(at, "/indices, /orders, /conditions, /curves, /salient",
                        "the row of statistics does not match /samples/row_crc");
    return STATUS_OK;
}

/* See verify.h for the bound. */
static void check_lemma(const verify_row_t *r, const verify_at_t *at, distance_t *lemma) {
    const fields_t *fields = results_fields(r->results);
    const double *residual = fields_at(fields, r->stored, FIELD_LEMMA_RESIDUAL);
    const double *strengths = fields_at(fields, r->stored, FIELD_INTERACTION_ABS_SUM);
    int n = results_players_of(r->results, at->sample);
    for (int m = 0; m <= n; m++) {
        double bound = 0;
        for (int k = 0; k <= m; k++)
            bound += indices_choose(m, k) / indices_choose(n, k) * strengths[k];
        bound *= 4.0 * n * DBL_EPSILON;
        if (distance_add(lemma, fabs(residual[m]), bound, at->sample, (mask_t)m))
            verify_complain(at, "/orders/lemma_residual",
                            "order %d: the lemma is off by %.3g, but rounding explains at most %.3g", m,
                            fabs(residual[m]), bound);
    }
}

/* ---- bitmaps and tables ---- */

static void complain_of_mask(const verify_at_t *at, const char *dataset, mask_t mask, const char *what) {
    verify_complain(at, dataset, "%s; the first such mask is 0x%llx", what, (unsigned long long)mask);
}

/* Compares the stored words first ... first + words - 1 of a bitmap with those that should be there (NULL: zeros).
 * *bad: the first mask that differs; stays SUMMARY_NO_MASK if none does. */
static status_t compare_bits(verify_row_t *r, row_t sample, int kind, bool negative, size_t first, size_t words,
                             const uint64_t *wanted, mask_t *bad, failure_t *why) {
    for (size_t at = 0, count; at < words; at += count) {
        count = words - at < BITS ? words - at : BITS;
        TRY(results_read_salient(r->results, sample, 1, kind, negative, first + at, count, r->bits, why));
        for (size_t w = 0; w < count && *bad == SUMMARY_NO_MASK; w++) {
            uint64_t differing = r->bits[w] ^ (wanted ? wanted[at + w] : 0);
            if (differing)
                *bad = (mask_t)(first + at + w) * 64 + (mask_t)__builtin_ctzll(differing);
        }
    }
    return STATUS_OK;
}

static void complain_of_bitmap(const verify_row_t *r, const verify_at_t *at, int kind, bool negative, mask_t mask) {
    char dataset[80];
    const family_t *family = &FAMILIES[families_of_kind(results_families(r->results), &kind)];
    int length = snprintf(dataset, sizeof dataset, "/%ssalient/%s", family->prefix, negative ? "negative" : "positive");
    if (mask == SUMMARY_NO_MASK)
        return;
    if (family->kinds > 1)
        snprintf(dataset + length, sizeof dataset - (size_t)length, " (%s)", family->kind_names[kind]);
    complain_of_mask(at, dataset, mask, "not what the threshold says");
}

/* A row's bitmaps of one kind and sign, up to its own masks as wanted, zero behind them. */
static status_t check_bitmap(verify_row_t *r, const verify_at_t *at, int kind, bool negative, const uint64_t *wanted,
                             failure_t *why) {
    size_t own = wanted ? salience_words(results_players_of(r->results, at->sample)) : 0;
    size_t all = salience_words(results_players(r->results));
    mask_t bad = SUMMARY_NO_MASK;
    TRY(compare_bits(r, at->sample, kind, negative, 0, own, wanted, &bad, why));
    TRY(compare_bits(r, at->sample, kind, negative, own, all - own, NULL, &bad, why));
    complain_of_bitmap(r, at, kind, negative, bad);
    return STATUS_OK;
}

/* The bitmaps of kinds first ... end - 1 of a row in which nothing is salient. */
static status_t check_no_bits(verify_row_t *r, const verify_at_t *at, int first, int end, failure_t *why) {
    for (int kind = first; kind < end; kind++)
        for (int negative = 0; negative < 2; negative++)
            TRY(check_bitmap(r, at, kind, negative, NULL, why));
    return STATUS_OK;
}

/* Effects of further families; those of the root are exactness.c's. */
static status_t check_effects(verify_row_t *r, const verify_at_t *at, const finished_row_t *row, int kind,
                              failure_t *why) {
    const double *wanted = finished_effects(row, kind);
    const int table = TABLE_INTERACTIONS + kind;
    for (mask_t first = 0, count; first < mask_count(row->n); first += count) {
        count = mask_count(row->n) - first < BITS ? mask_count(row->n) - first : BITS;
        TRY(results_read_table(r->results, table, at->sample, first, count, r->piece, why));
        for (mask_t i = 0; i < count; i++)
            if (memcmp(&r->piece[i], &wanted[first + i], sizeof *wanted) != 0) {
                complain_of_mask(at, results_table_name(r->results, table).text, first + i, "not what the values give");
                return STATUS_OK;
            }
    }
    return STATUS_OK;
}

/* ---- again ---- */

/* A row that fits in memory, all families. */
static status_t finish_again(verify_row_t *r, const verify_at_t *at, double noise_sigma, failure_t *why) {
    const fields_t *fields = results_fields(r->results);
    int n = results_players_of(r->results, at->sample);
    if (!r->memory || n > r->held) {
        free(r->memory);
        r->memory = memory_need(finished_doubles(fields, n), sizeof *r->memory, "a row");
        r->held = n;
    }
    finished_row_t row = finished_at(fields, n, r->memory);
    const int solved = families_solved(&fields->families), kinds = families_kinds(&fields->families);
    TRY(results_read_table(r->results, TABLE_VALUES, at->sample, 0, mask_count(n), row.values, why));
    for (int kind = families_first_kind(&fields->families, solved); solved > 0 && kind <= kinds; kind++)
        TRY(results_read_table(r->results, TABLE_INTERACTIONS + kind, at->sample, 0, mask_count(n),
                               row.effects + (mask_t)kind * mask_count(n), why));
    memcpy(row.numbers, r->stored, fields->doubles * sizeof *row.numbers);
    if (solved > 0)
        verify_sparse(at, &row, &r->sparse);
    TRY(finish_solved_row(r->finish, noise_sigma, &row, why));
    memcpy(r->again, row.numbers, fields->doubles * sizeof *r->again);
    for (int number = 0; number < families_kinds(&fields->families); number++) {
        int kind = number, family = families_of_kind(&fields->families, &kind);
        for (int negative = 0; negative < 2; negative++)
            TRY(check_bitmap(r, at, number, negative,
                             finished_salient(&row, family, negative) + (size_t)kind * salience_words(n), why));
        if (family > 0 && family != solved)
            TRY(check_effects(r, at, &row, number, why));
    }
    return STATUS_OK;
}

/* The bitmaps of a longer row, as they come. */
typedef struct {
    verify_row_t *row;
    row_t sample;
    mask_t bad[2];
} stream_t;

static status_t check_words(void *self, mask_t first, size_t words, const uint64_t *positive, const uint64_t *negative,
                            failure_t *why) {
    stream_t *s = self;
    TRY(compare_bits(s->row, s->sample, 0, false, (size_t)(first / 64), words, positive, &s->bad[0], why));
    return compare_bits(s->row, s->sample, 0, true, (size_t)(first / 64), words, negative, &s->bad[1], why);
}

static status_t stream_again(verify_row_t *r, const verify_at_t *at, double noise_sigma, failure_t *why) {
    size_t own = salience_words(results_players_of(r->results, at->sample));
    size_t all = salience_words(results_players(r->results));
    stream_t stream = {r, at->sample, {SUMMARY_NO_MASK, SUMMARY_NO_MASK}};
    for (int negative = 0; negative < 2; negative++)
        TRY(compare_bits(r, at->sample, 0, negative, own, all - own, NULL, &stream.bad[negative], why));
    TRY(finish_streaming(r->finish, results_row_source(r->values, at->sample),
                         results_row_source(r->interactions, at->sample), noise_sigma,
                         (salient_sink_t){check_words, &stream}, r->again, why));
    for (int negative = 0; negative < 2; negative++)
        complain_of_bitmap(r, at, 0, negative, stream.bad[negative]);
    return check_no_bits(r, at, FAMILIES[0].kinds, families_kinds(results_families(r->results)), why);
}

status_t verify_row_check(verify_row_t *r, const verify_at_t *at, const results_sample_t *info, bool recompute,
                          distance_t *lemma, failure_t *why) {
    double noise_sigma = isnan(r->noise_sigma) ? info->noise_sigma : r->noise_sigma;
    bool fits = results_players_of(r->results, at->sample) <= FINISH_PLAYERS_MAX;
    TRY(read_row(r, at, why));
    check_lemma(r, at, lemma);
    if (!recompute || !r->finish)
        return STATUS_OK;
    TRY((fits ? finish_again : stream_again)(r, at, noise_sigma, why));
    compare(r, at, "the tables give");
    return STATUS_OK;
}

status_t verify_row_check_nan(verify_row_t *r, const verify_at_t *at, failure_t *why) {
    TRY(read_row(r, at, why));
    for (size_t i = 0; i < results_fields(r->results)->doubles; i++)
        r->again[i] = nan_canonical();
    compare(r, at, "a failed sample has");
    return check_no_bits(r, at, 0, families_kinds(results_families(r->results)), why);
}
