#include "results/summarise_rows.h"

#include "lattice/row_buffer.h"
#include "stats/average.h"
#include "stats/mean_curves.h"
#include "stats/moments.h"
#include "stats/transferability.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LOG_ENTRIES = 1 << 21 }; /* in memory: 32 MiB */

struct across {
    const results_t *results; /* borrowed */
    salient_log_t *log;
    int64_t *class_of; /* [samples of the file]: of those added, their class's place among the file's; owned */
    int64_t added, monotone;
    average_t orders[ORDER_FIELDS][ORDERS_MAX];
    average_t p, bound, real;
    double excluded[EXCLUDED_CODES];
    mean_curves_t *curves; /* owned; NULL without curves */
};

status_t summarise_rows_create(const results_t *results, const stats_settings_t *settings, const char *folder,
                               summarise_rows_t **out, failure_t *why) {
    summarise_rows_t *a = calloc(1, sizeof *a);
    *out = a;
    if (a) {
        a->results = results;
        a->class_of = malloc((size_t)results_samples(results) * sizeof *a->class_of);
    }
    status_t status = STATUS_OK;
    if (!a || !a->class_of)
        status = failed(why, STATUS_INTERNAL, "out of memory for statistics across samples");
    if (status == STATUS_OK && settings->curves)
        status = mean_curves_create(results_players(results), true, &a->curves, why);
    if (status == STATUS_OK)
        status = salient_log_create(folder, LOG_ENTRIES, &a->log, why);
    if (status != STATUS_OK)
        summarise_rows_destroy(out);
    return status;
}

void summarise_rows_destroy(summarise_rows_t **across) {
    if (!*across)
        return;
    salient_log_destroy(&(*across)->log);
    free((*across)->class_of);
    mean_curves_destroy(&(*across)->curves);
    free(*across);
    *across = NULL;
}

/* ---- adding a sample ---- */

/* A sample's class is its label, or its target where it has none; *place is where that stands among the file's. */
static status_t find_class(const summarise_rows_t *a, int64_t k, int64_t target, int64_t *place, failure_t *why) {
    int64_t count, label = results_label(a->results, k), class = label >= 0 ? label : target < 0 ? 0 : target;
    const int64_t *classes = results_classes(a->results, &count);
    for (*place = 0; *place < count; (*place)++)
        if (classes[*place] == class)
            return STATUS_OK;
    return failed(why, STATUS_INPUT,
                  "/summary/transferability/classes: has no class %" PRId64 ", which sample %" PRId64
                  " belongs to: the file is damaged",
                  class, results_index(a->results, k));
}

static void add_row(summarise_rows_t *a, int n, const double *row) {
    const fields_t *fields = results_fields(a->results);
    for (int i = 0; i < ORDER_FIELDS; i++)
        for (int m = 0; m <= n; m++)
            average_add(&a->orders[i][m], row[fields->offset[FIELD_STRENGTH_MEAN + i] + (size_t)m]);
    double bound = row[fields->offset[FIELD_BOUND_TOTAL]];
    average_add(&a->p, row[fields->offset[FIELD_P_PAPER]]);
    average_add(&a->bound, bound);
    if (bound == bound) /* else it is NaN */
        average_add(&a->real, row[fields->offset[FIELD_REAL_TOTAL]]);
    a->monotone += row[fields->offset[FIELD_MONOTONE]] == 1;
    double code = row[fields->offset[FIELD_EXCLUDED_WHY]];
    if (code >= 0 && code < EXCLUDED_CODES)
        a->excluded[(int)code] += 1;
}

status_t summarise_rows_add(summarise_rows_t *a, int64_t k, int64_t target, const double *row, row_source_t values,
                            row_source_t interactions, failure_t *why) {
    TRY(find_class(a, k, target, &a->class_of[a->added], why));
    TRY(salient_log_add(a->log, interactions, row[results_fields(a->results)->offset[FIELD_THRESHOLD]], why));
    add_row(a, interactions.n, row);
    a->added++;
    return a->curves ? mean_curves_add(a->curves, values, interactions, why) : STATUS_OK;
}

/* ---- the summary ---- */

static void fill_orders(const summarise_rows_t *a, summary_t *out) {
    for (int i = 0; i < ORDER_FIELDS; i++)
        for (int m = 0; m <= out->n; m++) {
            const average_t *tally = &a->orders[i][m];
            out->of[SUMMARY_ORDERS + 3 * i][m] = average_mean(tally);
            out->of[SUMMARY_ORDERS + 3 * i + 1][m] = average_std(tally);
            out->of[SUMMARY_ORDERS + 3 * i + 2][m] = (double)tally->count;
        }
}

static void fill_conditions(const summarise_rows_t *a, summary_t *out) {
    if (a->added > 0)
        *out->of[SUMMARY_MONOTONE_SHARE] = (double)a->monotone / (double)a->added;
    *out->of[SUMMARY_P_MEAN] = average_mean(&a->p);
    *out->of[SUMMARY_P_STD] = average_std(&a->p);
    *out->of[SUMMARY_BOUND_MEAN] = average_mean(&a->bound);
    *out->of[SUMMARY_REAL_MEAN] = average_mean(&a->real);
    memcpy(out->of[SUMMARY_EXCLUDED], a->excluded, sizeof a->excluded);
}

status_t summarise_rows_finish(summarise_rows_t *a, summary_t *out, failure_t *why) {
    fill_orders(a, out);
    fill_conditions(a, out);
    if (a->curves)
        TRY(mean_curves_finish(a->curves, out, why));
    TRY(transferability_find(a->log, a->class_of, STRIP_BITS, out, why));
    summary_settle(out);
    return STATUS_OK;
}

/* ---- a whole file ---- */

typedef struct {
    const results_t *results;
    summarise_rows_t *across;
    results_row_t *values, *interactions; /* owned, as are the rest */
    row_buffer_t held_values, held_interactions;
    double *rows; /* [RESULTS_WINDOW, fields.doubles]: statistics of the samples from `first` on */
    int64_t first, count;
    results_window_t window;
} reading_t;

/* The statistics of sample k; those of the samples behind it are read with them. */
static status_t read_row(reading_t *r, int64_t k, const double **row, failure_t *why) {
    if (k < r->first || k >= r->first + r->count) {
        int64_t left = results_samples(r->results) - k;
        r->first = k;
        r->count = left < RESULTS_WINDOW ? left : RESULTS_WINDOW;
        TRY(results_read_rows(r->results, k, (size_t)r->count, r->rows, why));
    }
    *row = r->rows + (size_t)(k - r->first) * results_fields(r->results)->doubles;
    return STATUS_OK;
}

static status_t add_from_file(reading_t *r, int64_t k, failure_t *why) {
    results_sample_t info;
    row_source_t values, interactions;
    const double *row;
    TRY(results_window_read(r->results, k, &r->window, &info, why));
    if (info.status != SAMPLE_DONE)
        return STATUS_OK;
    TRY(read_row(r, k, &row, why));
    TRY(row_buffer_take(&r->held_interactions, results_row_source(r->interactions, k), &interactions, why));
    values = results_row_source(r->values, k);
    if (r->across->curves)
        TRY(row_buffer_take(&r->held_values, values, &values, why));
    return summarise_rows_add(r->across, k, info.target, row, values, interactions, why);
}

static status_t read_file(reading_t *r, const stats_settings_t *settings, const char *folder,
                          summarise_rows_stop_t stop, void *self, failure_t *why) {
    TRY(summarise_rows_create(r->results, settings, folder, &r->across, why));
    TRY(results_row_open(r->results, false, &r->values, why));
    TRY(results_row_open(r->results, true, &r->interactions, why));
    r->rows = malloc(RESULTS_WINDOW * results_fields(r->results)->doubles * sizeof *r->rows);
    if (!r->rows)
        return failed(why, STATUS_INTERNAL, "out of memory for statistics across samples");
    for (int64_t k = 0; k < results_samples(r->results); k++) {
        if (stop && stop(self))
            return failed(why, STATUS_STOPPED, "stopped before the statistics across samples were made");
        TRY(add_from_file(r, k, why));
    }
    return STATUS_OK;
}

status_t summarise_rows_compute(const results_t *results, const stats_settings_t *settings, const char *folder,
                                summarise_rows_stop_t stop, void *self, summary_t *summary, failure_t *why) {
    reading_t reading = {.results = results};
    status_t status = read_file(&reading, settings, folder, stop, self, why);
    if (status == STATUS_OK)
        status = summarise_rows_finish(reading.across, summary, why);
    summarise_rows_destroy(&reading.across);
    results_row_free(&reading.values);
    results_row_free(&reading.interactions);
    row_buffer_free(&reading.held_values);
    row_buffer_free(&reading.held_interactions);
    free(reading.rows);
    return status;
}

status_t summarise_rows_write(results_t *results, const summary_t *summary, failure_t *why) {
    TRY(results_write_summary(results, summary, why));
    TRY(results_sync(results, why));
    TRY(results_write_summary_valid(results, true, why));
    return results_sync(results, why);
}

status_t summarise_rows_into(results_t *results, const stats_settings_t *settings, const char *folder,
                             summarise_rows_stop_t stop, void *self, failure_t *why) {
    summary_t summary;
    TRY(results_summary_create(results, &summary, why));
    status_t status = summarise_rows_compute(results, settings, folder, stop, self, &summary, why);
    if (status == STATUS_OK)
        status = summarise_rows_write(results, &summary, why);
    summary_free(&summary);
    return status;
}

/* ---- what the statistics take for granted ---- */

bool summarise_rows_players_differ(const results_t *results) {
    int64_t donor = 0;
    if (!results_player_name(results, 0, 0))
        return false;
    for (int64_t k = 0; k < results_samples(results); k++)
        donor = results_players_of(results, k) > results_players_of(results, donor) ? k : donor;
    for (int64_t k = 0; k < results_samples(results); k++)
        for (int i = 0; i < results_players_of(results, k); i++)
            if (strcmp(results_player_name(results, k, i), results_player_name(results, donor, i)) != 0)
                return true;
    return false;
}

void summarise_rows_warn_of_players(log_t *log) {
    log_warning(log, "players are not called alike in all samples: statistics across samples take player i of one "
                     "sample for player i of the others");
}
