#include "results/summarise_rows.h"

#include "base/memory.h"
#include "base/nan.h"
#include "results/salient_reader.h"
#include "stats/curves.h"
#include "stats/moments.h"
#include "stats/transferability.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOW_DOUBLES = 1 << 17, WINDOW_ROWS = 1024 };

/* The single numbers of a row that are added up, of each family. */
typedef enum { OF_P, OF_BOUND, OF_REAL, OF_MONOTONE, OF_EXCLUDED, SCALARS } scalar_t;
static const field_id_t SCALAR_FIELDS[SCALARS] = {
    [OF_P] = FIELD_P_PAPER,         [OF_BOUND] = FIELD_BOUND_TOTAL,     [OF_REAL] = FIELD_REAL_TOTAL,
    [OF_MONOTONE] = FIELD_MONOTONE, [OF_EXCLUDED] = FIELD_EXCLUDED_WHY,
};

/* What is added up of one family and one output. */
typedef struct {
    average_t *orders; /* [order_doubles]; owned, as the next */
    double *curves;    /* [2, shape.doubles]: means, and of how many numbers */
    average_t p, bound, real;
    int64_t monotone;
    double excluded[EXCLUDED_CODES];
    tally_t *tallies; /* of effects, by set; owned; NULL: there are too many sets */
} totals_t;

typedef struct {
    int at, kinds;        /* the family, and how many kinds it has */
    size_t order_doubles; /* of all fields of /orders */
    curves_shape_t shape; /* 0 where there are none */
    totals_t *of;         /* [outputs]; owned, as the rest */
    salient_reader_t *reader;

    /* Of the rows that are read together: */
    double *order_numbers; /* [window, order_doubles] */
    double *scalars;       /* [SCALARS, window] */
    double *curve_numbers; /* [window, shape.doubles] */
    double *effects;       /* of short rows [window, kinds, 2^n] */
} family_sums_t;

/* The done rows of an output, in file order. */
typedef struct {
    int64_t count;
    row_t *rows;       /* [count], owned, as the next */
    index_t *samples;  /* of which sample each is */
    int64_t *class_of; /* the place of its class among the file's */
} done_rows_t;

struct row_sums {
    summarise_rows_t spec;
    const fields_t *fields;
    int64_t next;      /* the first row not looked at yet */
    done_rows_t *done; /* [outputs]; owned, as the rest */
    family_sums_t of[FAMILIES_MAX];

    /* Of the rows that are read together: */
    size_t window;
    double *field;  /* [window, the longest field that is added up] */
    double *values; /* of short rows [window, 2^n] */
    curves_room_t room;
    uint8_t *status;
    int64_t *target, *class_now; /* [window]; the place of the class of each that is done */
};

/* ---- what is done ---- */

/* *place: where the row's class stands among the file's. Where 0 is the only class targets are none (tokens of a
 * language model): all rows without a label are of that class. */
static status_t find_class(const row_sums_t *w, int64_t k, int64_t target, int64_t *place, failure_t *why) {
    const results_t *results = w->spec.results;
    int64_t count, class = results_class(results, k, target);
    const int64_t *classes = results_classes(results, &count);
    const bool no_classes = count == 1 && classes[0] == 0 && results_label(results, k) < 0;
    for (*place = 0; *place < count; (*place)++)
        if (classes[*place] == class || no_classes)
            return STATUS_OK;
    return failed(why, STATUS_INPUT,
                  "/summary/transferability/classes: class %" PRId64 " of sample %" PRId64
                  " is missing: the file is damaged",
                  class, results_index(results, k));
}

/* ---- rows, many at once ---- */

static int64_t table_row(const summarise_rows_t *spec, int64_t k) {
    return spec->tables ? spec->table_rows[k] : k;
}

static const results_t *tables_of(const row_sums_t *w) {
    return w->spec.tables ? w->spec.tables : w->spec.results;
}

static bool has_stored_curves(const row_sums_t *w) {
    return w->fields->length[FIELD_CURVE_STRENGTH] > 0;
}

static size_t length_of(const row_sums_t *w, const family_sums_t *f, int id) {
    return w->fields->length[f->at * FIELD_COUNT + id];
}

/* A field of `count` rows, spread out: row k's numbers go to out + k * pitch. */
static status_t read_field(const row_sums_t *w, const family_sums_t *f, int id, int64_t first, size_t count,
                           double *out, size_t pitch, failure_t *why) {
    size_t length = length_of(w, f, id);
    TRY(results_read_field(w->spec.results, f->at * FIELD_COUNT + id, first, count, w->field, why));
    for (size_t k = 0; k < count; k++)
        memcpy(out + k * pitch, w->field + k * length, length * sizeof *out);
    return STATUS_OK;
}

/* Scalars that a family has not stay NaN. */
static status_t read_numbers(const row_sums_t *w, family_sums_t *f, int64_t first, size_t count, failure_t *why) {
    size_t at = 0;
    for (int id = FIELD_STRENGTH_MEAN; id <= FIELD_LEMMA_RESIDUAL; at += length_of(w, f, id), id++)
        TRY(read_field(w, f, id, first, count, f->order_numbers + at, f->order_doubles, why));
    for (int i = 0; i < SCALARS; i++)
        TRY(read_field(w, f, (int)SCALAR_FIELDS[i], first, count, f->scalars + (size_t)i * w->window, 1, why));
    return STATUS_OK;
}

static status_t read_curves(row_sums_t *w, family_sums_t *f, int64_t first, size_t count, failure_t *why) {
    size_t at = 0;
    for (int id = FIELD_CURVE_STRENGTH; id <= FIELD_CURVE_R_OMEGA; at += length_of(w, f, id), id++)
        TRY(read_field(w, f, id, first, count, f->curve_numbers + at, f->shape.doubles, why));
    return STATUS_OK;
}

/* The tables [count, kinds, 2^n] of rows, from table `id` on; rows that lie side by side are read at once. */
static status_t read_tables(const row_sums_t *w, int id, int kinds, int64_t first, size_t count, double *to,
                            failure_t *why) {
    const summarise_rows_t *spec = &w->spec;
    const size_t pitch = (size_t)kinds * (size_t)mask_count(results_players(tables_of(w)));
    size_t side_by_side = 0;
    for (size_t k = 0; k < count; k += side_by_side) {
        row_t row = table_row(spec, first + (int64_t)k);
        for (side_by_side = 1; k + side_by_side < count &&
                               table_row(spec, first + (int64_t)(k + side_by_side)) == row + (int64_t)side_by_side;)
            side_by_side++;
        TRY(results_read_table(tables_of(w), id, row, 0, side_by_side * pitch, to + k * pitch, why));
    }
    return STATUS_OK;
}

/* Of short rows, from their tables. */
static status_t find_curves(row_sums_t *w, family_sums_t *f, int64_t first, size_t count, failure_t *why) {
    const size_t pitch = (size_t)mask_count(results_players(tables_of(w)));
    const int table = TABLE_INTERACTIONS + families_first_kind(results_families(tables_of(w)), f->at);
    row_source_t of_kind[KINDS_MAX];
    TRY(read_tables(w, table, f->kinds, first, count, f->effects, why));
    for (size_t i = 0; i < count * f->shape.doubles; i++)
        f->curve_numbers[i] = nan_canonical();
    for (size_t k = 0; k < count; k++) {
        int n = results_players_of(w->spec.results, first + (int64_t)k);
        if (w->status[k] != SAMPLE_DONE)
            continue;
        for (int kind = 0; kind < f->kinds; kind++)
            of_kind[kind] = row_in_memory(f->effects + (k * (size_t)f->kinds + (size_t)kind) * pitch, n);
        TRY(curves_find(row_in_memory(w->values + k * pitch, n), &(curves_effects_t){f->at, f->kinds, of_kind},
                        w->fields->n, &w->room, f->curve_numbers + k * f->shape.doubles, why));
    }
    return STATUS_OK;
}

static status_t read_window(row_sums_t *w, int64_t first, size_t count, failure_t *why) {
    const bool find = w->spec.curves && !has_stored_curves(w);
    if (find)
        TRY(read_tables(w, TABLE_VALUES, 1, first, count, w->values, why));
    for (int i = 0; i < w->fields->families.count; i++) {
        family_sums_t *f = &w->of[i];
        TRY(read_numbers(w, f, first, count, why));
        if (w->spec.curves && f->shape.doubles > 0)
            TRY((find ? find_curves : read_curves)(w, f, first, count, why));
    }
    return STATUS_OK;
}

static void add_row(const row_sums_t *w, const family_sums_t *f, totals_t *sums, size_t at) {
    const double *scalars = f->scalars + at;
    double bound = scalars[OF_BOUND * w->window], code = scalars[OF_EXCLUDED * w->window];
    for (size_t i = 0; i < f->order_doubles; i++)
        average_add(&sums->orders[i], f->order_numbers[at * f->order_doubles + i]);
    if (w->spec.curves)
        average_each(sums->curves, sums->curves + f->shape.doubles, f->curve_numbers + at * f->shape.doubles,
                     f->shape.doubles);
    average_add(&sums->p, scalars[OF_P * w->window]);
    average_add(&sums->bound, bound);
    if (!isnan(bound))
        average_add(&sums->real, scalars[OF_REAL * w->window]);
    sums->monotone += scalars[OF_MONOTONE * w->window] == 1;
    if (code >= 0 && code < EXCLUDED_CODES)
        sums->excluded[(int)code] += 1;
}

static void drop_tallies(const row_sums_t *w, family_sums_t *f) {
    for (int output = 0; output < results_outputs(w->spec.results); output++) {
        free(f->of[output].tallies);
        f->of[output].tallies = NULL;
    }
}

/* Effects of the same rows. When they cannot be read now, those of the most frequent sets are read at the end. */
static void tally_rows(row_sums_t *w, family_sums_t *f, int64_t first, size_t count) {
    const salient_sets_t sets = salient_reader_sets(f->reader);
    failure_t ignored;
    salient_reader_end(f->reader, first + (int64_t)count);
    for (size_t k = 0; k < count; k++) {
        const row_t row = first + (int64_t)k;
        tally_t *tallies = f->of[results_output(w->spec.results, row)].tallies;
        if (w->status[k] == SAMPLE_DONE && tallies && tally_row(&sets, row, tallies, &ignored) != STATUS_OK)
            drop_tallies(w, f);
    }
}

/* Rows first ... first + count - 1, whose outcomes are known: those that are done. */
static status_t add_done(row_sums_t *w, int64_t first, size_t count, failure_t *why) {
    for (size_t k = 0; k < count; k++) /* all that may fail comes before anything is added up */
        if (w->status[k] == SAMPLE_DONE)
            TRY(find_class(w, first + (int64_t)k, w->target[k], &w->class_now[k], why));
    if (!memchr(w->status, SAMPLE_DONE, count))
        return STATUS_OK;
    TRY(read_window(w, first, count, why));
    for (size_t k = 0; k < count; k++) {
        const row_t row = first + (int64_t)k;
        const int output = results_output(w->spec.results, row);
        done_rows_t *done = &w->done[output];
        if (w->status[k] != SAMPLE_DONE)
            continue;
        done->class_of[done->count] = w->class_now[k];
        done->samples[done->count] = results_index(w->spec.results, row);
        done->rows[done->count++] = row;
        for (int i = 0; i < w->fields->families.count; i++)
            add_row(w, &w->of[i], &w->of[i].of[output], k);
    }
    for (int i = 0; i < w->fields->families.count; i++)
        tally_rows(w, &w->of[i], first, count);
    return STATUS_OK;
}

static bool has_pending(const row_sums_t *w, size_t count) {
    return memchr(w->status, SAMPLE_PENDING, count) != NULL;
}

/* Windowful by windowful; `all`: pending rows are passed over, otherwise they end it. */
static status_t add_rows(row_sums_t *w, bool all, failure_t *why) {
    const int64_t samples = results_samples(w->spec.results);
    for (size_t count; w->next < samples; w->next += (int64_t)count) {
        count = samples - w->next < (int64_t)w->window ? (size_t)(samples - w->next) : w->window;
        if (w->spec.stop && w->spec.stop(w->spec.self))
            return failed(why, STATUS_STOPPED, "stopped before the statistics across samples were made");
        TRY(results_read_outcomes(w->spec.results, w->next, count, w->status, w->target, why));
        if (!all && has_pending(w, count))
            return STATUS_OK;
        TRY(add_done(w, w->next, count, why));
    }
    return STATUS_OK;
}

/* ---- the summary ---- */

static void fill_orders(const row_sums_t *w, const family_sums_t *f, const totals_t *sums, summary_t *out) {
    const average_t *of = sums->orders;
    for (int i = 0; i < ORDER_FIELDS; i++)
        for (size_t m = 0; m < length_of(w, f, FIELD_STRENGTH_MEAN + i); m++, of++) {
            out->of[SUMMARY_ORDERS + 3 * i][m] = average_mean(of);
            out->of[SUMMARY_ORDERS + 3 * i + 1][m] = average_std(of);
            out->of[SUMMARY_ORDERS + 3 * i + 2][m] = (double)of->count;
        }
}

/* Of several kinds nobody knows why they are left out of the theorems. */
static void fill_conditions(const family_sums_t *f, const totals_t *sums, int64_t done, summary_t *out) {
    if (done > 0)
        *out->of[SUMMARY_MONOTONE_SHARE] = (double)sums->monotone / (double)done;
    *out->of[SUMMARY_P_MEAN] = average_mean(&sums->p);
    *out->of[SUMMARY_P_STD] = average_std(&sums->p);
    *out->of[SUMMARY_BOUND_MEAN] = average_mean(&sums->bound);
    *out->of[SUMMARY_REAL_MEAN] = average_mean(&sums->real);
    if (f->kinds == 1)
        memcpy(out->of[SUMMARY_EXCLUDED], sums->excluded, sizeof sums->excluded);
}

/* The means of curve numbers first ... first + numbers - 1; NaN where no row has one. */
static void take_means(const family_sums_t *f, const totals_t *sums, size_t first, size_t numbers, double *means) {
    for (size_t i = first; i < first + numbers; i++)
        *means++ = sums->curves[f->shape.doubles + i] > 0 ? sums->curves[i] : nan_canonical();
}

static void fill_curves(const family_sums_t *f, const totals_t *sums, summary_t *out) {
    static const summary_id_t PARTS[] = {SUMMARY_RMSE, SUMMARY_MAX_ERROR, SUMMARY_R2, SUMMARY_R_OMEGA};
    const size_t ranks = f->shape.ranks, steps = f->shape.steps;
    take_means(f, sums, 0, ranks, out->of[SUMMARY_STRENGTH_CURVE]);
    memcpy(out->of[SUMMARY_STRENGTH_COUNT], sums->curves + f->shape.doubles, ranks * sizeof *sums->curves);
    for (size_t part = 0; part < sizeof PARTS / sizeof *PARTS; part++)
        take_means(f, sums, ranks + part * steps, steps, out->of[PARTS[part]]);
}

/* ---- all of it ---- */

static const char WHAT[] = "statistics across samples";

/* Doubles of a window's row. */
static size_t measure_family(const row_sums_t *w, int at, size_t table, family_sums_t *f) {
    f->at = at;
    f->kinds = w->fields->families.kinds[at];
    if (FAMILIES[at].rebuild)
        f->shape = curves_shape(w->fields->n);
    for (int id = FIELD_STRENGTH_MEAN; id <= FIELD_LEMMA_RESIDUAL; id++)
        f->order_doubles += length_of(w, f, id);
    return f->order_doubles + f->shape.doubles + (size_t)f->kinds * table;
}

static void make_family_room(const row_sums_t *w, size_t table, family_sums_t *f) {
    const size_t outputs = (size_t)results_outputs(w->spec.results);
    const size_t sets = (size_t)mask_count(salient_bits(w->fields->n, f->kinds));
    f->order_numbers = memory_need(w->window * f->order_doubles, sizeof(double), WHAT);
    f->scalars = memory_need(w->window * SCALARS, sizeof(double), WHAT);
    f->curve_numbers = memory_need(w->window * f->shape.doubles, sizeof(double), WHAT);
    f->effects = memory_need(w->window * (size_t)f->kinds * table, sizeof(double), WHAT);
    f->of = memory_need(outputs, sizeof *f->of, WHAT);
    f->reader = salient_reader_make(&w->spec, f->at, NULL, results_samples(w->spec.results));
    for (size_t output = 0; output < outputs; output++) {
        f->of[output].orders = memory_need(f->order_doubles, sizeof *f->of->orders, WHAT);
        f->of[output].curves = memory_need(2 * f->shape.doubles, sizeof *f->of->curves, WHAT);
        if (outputs * sets <= TALLY_SETS)
            f->of[output].tallies = memory_need(sets, sizeof *f->of->tallies, WHAT);
    }
    for (size_t i = 0; i < w->window * SCALARS; i++)
        f->scalars[i] = nan_canonical();
}

/* As many as each output has rows. */
static void make_done_room(row_sums_t *w) {
    const results_t *results = w->spec.results;
    w->done = memory_need((size_t)results_outputs(results), sizeof *w->done, WHAT);
    for (int output = 0; output < results_outputs(results); output++) {
        done_rows_t *done = &w->done[output];
        size_t rows = 0;
        for (row_t row = 0; row < results_samples(results); row++)
            rows += results_output(results, row) == output;
        done->rows = memory_need(rows, sizeof *done->rows, WHAT);
        done->samples = memory_need(rows, sizeof *done->samples, WHAT);
        done->class_of = memory_need(rows, sizeof *done->class_of, WHAT);
    }
}

static void make_room(row_sums_t *w) {
    const size_t orders = (size_t)w->fields->n + 1;
    const size_t table =
        w->spec.curves && !has_stored_curves(w) ? (size_t)mask_count(results_players(tables_of(w))) : 0;
    const size_t ranks = fields_ranks(w->fields->n, NULL);
    size_t doubles = table + 1;
    for (int at = 0; at < w->fields->families.count; at++)
        doubles += measure_family(w, at, table, &w->of[at]);
    w->window = WINDOW_DOUBLES / doubles + 1;
    w->window = w->window < WINDOW_ROWS ? w->window : WINDOW_ROWS;
    for (int at = 0; at < w->fields->families.count; at++)
        make_family_room(w, table, &w->of[at]);
    w->field = memory_need(w->window * (ranks > KINDS_MAX * orders ? ranks : KINDS_MAX * orders), sizeof(double), WHAT);
    w->values = memory_need(w->window * table, sizeof(double), WHAT);
    make_done_room(w);
    w->status = memory_need(w->window, sizeof *w->status, WHAT);
    w->target = memory_need(w->window, sizeof *w->target, WHAT);
    w->class_now = memory_need(w->window, sizeof *w->class_now, WHAT);
}

static status_t find_shared(const row_sums_t *w, int family, const done_rows_t *done, const tally_t *tallies,
                            summary_t *summary, failure_t *why) {
    salient_reader_t *reader CLEANUP(salient_reader_free) =
        salient_reader_make(&w->spec, family, done->rows, done->count);
    salient_sets_t sets = salient_reader_sets(reader);
    sets.samples = done->samples;
    return transferability_find(sets, done->class_of, tallies, STRIP_BITS, summary, why);
}

row_sums_t *row_sums_create(const summarise_rows_t *spec) {
    row_sums_t *w = memory_need(1, sizeof *w, "statistics across samples");
    w->spec = *spec;
    w->fields = results_fields(spec->results);
    make_room(w);
    return w;
}

void row_sums_destroy(row_sums_t **sums) {
    if (!*sums)
        return;
    row_sums_t *w = *sums;
    void *const owned[] = {w->done, w->field, w->values, w->status, w->target, w->class_now};
    const int outputs = results_outputs(w->spec.results);
    for (int output = 0; output < outputs; output++) {
        free(w->done[output].rows);
        free(w->done[output].samples);
        free(w->done[output].class_of);
    }
    for (int i = 0; i < w->fields->families.count; i++) {
        family_sums_t *f = &w->of[i];
        void *const of_family[] = {f->of, f->order_numbers, f->scalars, f->curve_numbers, f->effects};
        for (int output = 0; output < outputs; output++) {
            free(f->of[output].orders);
            free(f->of[output].curves);
            free(f->of[output].tallies);
        }
        salient_reader_free(&f->reader);
        for (size_t k = 0; k < sizeof of_family / sizeof *of_family; k++)
            free(of_family[k]);
    }
    curves_free(&w->room);
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    free(w);
    *sums = NULL;
}

status_t row_sums_advance(row_sums_t *w, failure_t *why) {
    return add_rows(w, false, why);
}

static status_t fill_summary(const row_sums_t *w, const family_sums_t *f, int output, summary_t *summary,
                             failure_t *why) {
    const totals_t *sums = &f->of[output];
    fill_orders(w, f, sums, summary);
    if (f->shape.doubles > 0) {
        fill_conditions(f, sums, w->done[output].count, summary);
        if (w->spec.curves)
            fill_curves(f, sums, summary);
    }
    TRY(find_shared(w, f->at, &w->done[output], sums->tallies, summary, why));
    summary_settle(summary);
    return STATUS_OK;
}

status_t row_sums_finish(row_sums_t *w, int output, summary_t *summaries, failure_t *why) {
    TRY(add_rows(w, true, why));
    for (int i = 0; i < w->fields->families.count; i++)
        TRY(fill_summary(w, &w->of[i], output, &summaries[i], why));
    return STATUS_OK;
}

static status_t finish_output(row_sums_t *w, int output, results_t *results, failure_t *why) {
    summary_t summaries[FAMILIES_MAX];
    TRY(results_summary_create(results, summaries, why));
    status_t status = row_sums_finish(w, output, summaries, why);
    if (status == STATUS_OK)
        status = results_write_summary(results, output, summaries, why);
    results_summary_free(results, summaries);
    return status;
}

status_t row_sums_finish_into(row_sums_t *w, results_t *results, failure_t *why) {
    for (int output = 0; output < results_outputs(results); output++)
        TRY(finish_output(w, output, results, why));
    TRY(results_sync(results, why));
    TRY(results_write_summary_valid(results, true, why));
    return results_sync(results, why);
}

status_t summarise_rows(const summarise_rows_t *spec, int output, summary_t *summaries, failure_t *why) {
    row_sums_t *sums CLEANUP(row_sums_destroy) = row_sums_create(spec);
    return row_sums_finish(sums, output, summaries, why);
}

status_t summarise_rows_into(const summarise_rows_t *spec, results_t *results, failure_t *why) {
    row_sums_t *sums CLEANUP(row_sums_destroy) = row_sums_create(spec);
    return row_sums_finish_into(sums, results, why);
}

/* ---- what the statistics assume ---- */

bool summarise_rows_players_differ(const results_t *results) {
    int64_t donor = 0;
    if (!results_name(results, NAMES_OF_PLAYERS, 0, 0))
        return false;
    for (int64_t k = 0; k < results_samples(results); k++)
        donor = results_players_of(results, k) > results_players_of(results, donor) ? k : donor;
    for (int64_t k = 0; k < results_samples(results); k++)
        for (int i = 0; i < results_players_of(results, k); i++)
            if (strcmp(results_name(results, NAMES_OF_PLAYERS, k, i),
                       results_name(results, NAMES_OF_PLAYERS, donor, i)) != 0)
                return true;
    return false;
}

/* Of the rows that missed their gap; empty when all reached it. */
static status_t find_unsolved(const results_t *results, char text[RESULTS_TEXT], failure_t *why) {
    const int family = families_solved(results_families(results));
    int64_t solved = 0, missed = 0, first = -1;
    double gap = 0, of_first = 0, converged;
    text[0] = '\0';
    for (row_t row = 0; family > 0 && row < results_samples(results); row++) {
        TRY(results_read_field(results, family * FIELD_COUNT + FIELD_CONVERGED, row, 1, &converged, why));
        solved += converged <= 1;
        if (converged != 0)
            continue;
        TRY(results_read_field(results, family * FIELD_COUNT + FIELD_GAP, row, 1, &gap, why));
        of_first = missed++ == 0 ? gap : of_first;
        first = first < 0 ? results_index(results, row) : first;
    }
    if (missed > 0)
        snprintf(text, RESULTS_TEXT,
                 "sparse interactions of %lld of %lld samples did not reach the gap within sparse.max_iterations (the "
                 "first: sample %lld, %.2g); they are kept as they are, with converged = 0",
                 (long long)missed, (long long)solved, (long long)first, of_first);
    return STATUS_OK;
}

static status_t warn(results_t *results, log_t *log, const char *text, failure_t *why) {
    log_warning(log, "%s", text);
    return results_add_warning(results, text, why);
}

status_t summarise_rows_warn(results_t *results, log_t *log, failure_t *why) {
    char unsolved[RESULTS_TEXT];
    if (summarise_rows_players_differ(results))
        TRY(warn(results, log, SUMMARISE_ROWS_PLAYERS_DIFFER, why));
    TRY(find_unsolved(results, unsolved, why));
    return unsolved[0] ? warn(results, log, unsolved, why) : STATUS_OK;
}
