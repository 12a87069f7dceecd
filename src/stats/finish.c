#include "stats/finish.h"

#include "base/clock.h"
#include "solve/solve.h"
#include "stats/curves.h"
#include "stats/summarise.h"

#include <stdlib.h>
#include <string.h>

struct finish {
    stats_settings_t settings;
    fields_t fields;
    summarise_t *summarise; /* owned */
    curves_room_t room;
    solve_t *solve; /* owned; NULL until a row needs it */
    finish_times_t times;
};

/* ---- where a row in memory lies ---- */

static size_t table_doubles(const fields_t *fields, int n) {
    return (size_t)(1 + families_tables(&fields->families)) << n;
}

size_t finished_doubles(const fields_t *fields, int n) {
    size_t bitmaps = 2 * (size_t)families_kinds(&fields->families) * salience_words(n);
    return table_doubles(fields, n) + fields->doubles + bitmaps;
}

finished_row_t finished_at(const fields_t *fields, int n, double *memory) {
    _Static_assert(sizeof(uint64_t) == sizeof(double), "bitmaps lie behind the numbers");
    double *numbers = memory + table_doubles(fields, n);
    return (finished_row_t){.families = fields->families,
                            .n = n,
                            .values = memory,
                            .effects = memory + mask_count(n),
                            .numbers = numbers,
                            .salient = (uint64_t *)(void *)(numbers + fields->doubles)};
}

const double *finished_effects(const finished_row_t *row, int kind) {
    return row->effects + (mask_t)kind * mask_count(row->n);
}

const uint64_t *finished_salient(const finished_row_t *row, int family, bool negative) {
    const families_t *families = &row->families;
    size_t before =
        2 * (size_t)families_first_kind(families, family) + (negative ? (size_t)families->kinds[family] : 0);
    return row->salient + before * salience_words(row->n);
}

/* ---- finishing ---- */

status_t finish_create(const stats_settings_t *settings, const fields_t *fields, finish_t **out, failure_t *why) {
    finish_t *f = calloc(1, sizeof *f);
    *out = f;
    if (!f)
        return failed(why, STATUS_INTERNAL, "out of memory for statistics");
    f->settings = *settings;
    f->fields = *fields;
    status_t status = summarise_create(settings, fields, &f->summarise, why);
    if (status != STATUS_OK)
        finish_destroy(out);
    return status;
}

void finish_destroy(finish_t **finish) {
    if (!*finish)
        return;
    summarise_destroy(&(*finish)->summarise);
    curves_free(&(*finish)->room);
    solve_destroy(&(*finish)->solve);
    free(*finish);
    *finish = NULL;
}

finish_times_t finish_times(const finish_t *finish) {
    return finish->times;
}

/* Of one family, into the row's numbers. */
static status_t find_curves(finish_t *f, row_source_t values, const curves_effects_t *effects, double *numbers,
                            failure_t *why) {
    const int first = effects->family * FIELD_COUNT + FIELD_CURVE_STRENGTH; /* the others follow it */
    double *curves = fields_at(&f->fields, numbers, first);
    return f->settings.curves && curves && values.n <= CURVES_PLAYERS_MAX
               ? curves_find(values, effects, f->fields.n, &f->room, curves, why)
               : STATUS_OK;
}

status_t finish_streaming(finish_t *f, row_source_t values, row_source_t interactions, double noise_sigma,
                          salient_sink_t salient, double *numbers, failure_t *why) {
    double began = clock_seconds();
    TRY(summarise_sample(f->summarise, values, interactions, noise_sigma, salient, numbers, why));
    TRY(find_curves(f, values, &(curves_effects_t){0, 1, &interactions}, numbers, why));
    f->times.statistics += clock_seconds() - began;
    return STATUS_OK;
}

salience_bitmaps_t finished_bitmaps(const finished_row_t *row) {
    return (salience_bitmaps_t){row->salient, row->salient + salience_words(row->n)};
}

/* ---- the solved family ---- */

solve_options_t finish_solve_options(const sparse_settings_t *sparse) {
    return (solve_options_t){.kinds = sparse->kinds == SPARSE_AND ? SOLVE_AND : SOLVE_AND_OR,
                             .denoise = sparse->denoise,
                             .gap = sparse->gap,
                             .tie = sparse->tie,
                             .max_iterations = sparse->max_iterations};
}

static double *solved_number(const finish_t *f, const finished_row_t *row, field_id_t id) {
    return fields_at(&f->fields, row->numbers, families_solved(&f->fields.families) * FIELD_COUNT + (int)id);
}

static void keep_solution(const finish_t *f, const solve_result_t *solution, finished_row_t *row) {
    *solved_number(f, row, FIELD_L1) = solution->l1;
    *solved_number(f, row, FIELD_OBJECTIVE) = solution->objective;
    *solved_number(f, row, FIELD_LOWER_BOUND) = solution->lower_bound;
    *solved_number(f, row, FIELD_TIE_WEIGHT) = solution->tie_weight;
    *solved_number(f, row, FIELD_GAP) = solution->gap;
    *solved_number(f, row, FIELD_ZETA) = solution->zeta;
    *solved_number(f, row, FIELD_ITERATIONS) = solution->iterations;
    *solved_number(f, row, FIELD_CONVERGED) = solution->converged;
}

/* effects: [kinds, 2^n] and the dual. */
static status_t find_solution(finish_t *f, double *effects, finished_row_t *row, failure_t *why) {
    const solve_options_t options = finish_solve_options(&f->settings.sparse);
    const mask_t masks = mask_count(row->n);
    const bool both = options.kinds == SOLVE_AND_OR;
    solve_result_t solution = {
        .effects_and = effects, .effects_or = both ? effects + masks : NULL, .dual = effects + (both ? 2 : 1) * masks};
    const int most = f->fields.n < FINISH_PLAYERS_MAX ? f->fields.n : FINISH_PLAYERS_MAX;
    if (!f->solve)
        TRY(solve_create(&options, most, &f->solve, why));
    TRY(solve_sparse(f->solve, row->n, row->values, &solution, why));
    keep_solution(f, &solution, row);
    return STATUS_OK;
}

/* ---- all of it ---- */

/* What the effects [kinds, 2^n] of a family rebuild; *out is NULL where they rebuild nothing. It lasts until curves are
 * found. */
static status_t rebuild(finish_t *f, int family, const double *effects, int n, const double **out, failure_t *why) {
    const int kinds = f->fields.families.kinds[family];
    *out = NULL;
    if (!FAMILIES[family].rebuild)
        return STATUS_OK;
    TRY(curves_make_room(&f->room, n, kinds, why));
    memcpy(f->room.row, effects, (size_t)kinds * mask_count(n) * sizeof *effects);
    FAMILIES[family].rebuild(f->room.row, kinds, n);
    *out = f->room.row;
    return STATUS_OK;
}

/* Statistics and curves of a further family. */
static status_t finish_effects(finish_t *f, int family, const double *effects, finished_row_t *row, failure_t *why) {
    const int kinds = f->fields.families.kinds[family], first = families_first_kind(&f->fields.families, family);
    const mask_t masks = mask_count(row->n);
    row_source_t of_kind[KINDS_MAX];
    const double *rebuilt;
    double began = clock_seconds();
    for (int kind = 0; kind < kinds; kind++)
        of_kind[kind] = row_in_memory(effects + (mask_t)kind * masks, row->n);
    TRY(rebuild(f, family, effects, row->n, &rebuilt, why));
    TRY(summarise_effects(f->summarise, family, effects, rebuilt, row->n,
                          row->salient + 2 * (size_t)first * salience_words(row->n), row->numbers, why));
    TRY(find_curves(f, row_in_memory(row->values, row->n), &(curves_effects_t){family, kinds, of_kind}, row->numbers,
                    why));
    f->times.statistics += clock_seconds() - began;
    return STATUS_OK;
}

static status_t make_effects(finish_t *f, int family, bool solved, double *effects, finished_row_t *row,
                             failure_t *why) {
    double began = clock_seconds();
    if (FAMILIES[family].make) {
        status_t status = FAMILIES[family].make(row->values, row->n, effects, why);
        f->times.transform += clock_seconds() - began;
        return status;
    }
    status_t status = solved ? STATUS_OK : find_solution(f, effects, row, why);
    f->times.solving += clock_seconds() - began;
    return status;
}

static status_t finish(finish_t *f, double noise_sigma, bool solved, finished_row_t *row, failure_t *why) {
    salience_bitmaps_t bitmaps = finished_bitmaps(row);
    double kept[FIELD_COUNT];
    const int solution = families_solved(&f->fields.families);
    for (int id = FIELD_L1; solved && solution > 0 && id < FIELD_COUNT; id++)
        kept[id] = *solved_number(f, row, (field_id_t)id);
    for (int family = 0; family < f->fields.families.count; family++) {
        int kind = families_first_kind(&f->fields.families, family);
        double *effects = row->effects + (mask_t)kind * mask_count(row->n);
        TRY(make_effects(f, family, solved, effects, row, why));
        if (family == 0)
            TRY(finish_streaming(f, row_in_memory(row->values, row->n), row_in_memory(effects, row->n), noise_sigma,
                                 salience_into(&bitmaps), row->numbers, why));
        else
            TRY(finish_effects(f, family, effects, row, why));
    }
    for (int id = FIELD_L1; solved && solution > 0 && id < FIELD_COUNT; id++)
        *solved_number(f, row, (field_id_t)id) = kept[id];
    return STATUS_OK;
}

status_t finish_row(finish_t *f, double noise_sigma, finished_row_t *row, failure_t *why) {
    return finish(f, noise_sigma, false, row, why);
}

status_t finish_solved_row(finish_t *f, double noise_sigma, finished_row_t *row, failure_t *why) {
    return finish(f, noise_sigma, true, row, why);
}
