#include "cli/done_samples.h"

#include "stats/theorem.h"

#include <stdlib.h>

static void add_orders(done_samples_t *survey, const fields_t *fields, double *row, int n) {
    for (int m = 0; m <= n; m++) {
        average_add(&survey->orders[m].strength, fields_at(fields, row, FIELD_STRENGTH_MEAN)[m]);
        average_add(&survey->orders[m].sum, fields_at(fields, row, FIELD_INTERACTION_SUM)[m]);
        average_add(&survey->orders[m].cancellation, fields_at(fields, row, FIELD_CANCELLATION)[m]);
        average_add(&survey->orders[m].output, fields_at(fields, row, FIELD_OUTPUT_MEAN)[m]);
        average_add(&survey->orders[m].salient, fields_at(fields, row, FIELD_SALIENT_COUNT)[m]);
        average_add(&survey->orders[m].noise_floor, fields_at(fields, row, FIELD_NOISE_FLOOR)[m]);
        average_add(&survey->orders[m].mass_above, fields_at(fields, row, FIELD_MASS_ABOVE)[m]);
    }
}

static void add_conditions(done_samples_t *survey, const fields_t *fields, double *row, int n) {
    double salient = *fields_at(fields, row, FIELD_SALIENT_TOTAL);
    double limit = *fields_at(fields, row, FIELD_ORDER_LIMIT);
    bool monotone = *fields_at(fields, row, FIELD_MONOTONE) == 1;
    average_add(&survey->salient, salient);
    if (monotone)
        average_add(&survey->salient_of_monotone, salient);
    survey->monotone += monotone;
    average_add(&survey->order_limit, limit);
    if (limit >= 0 && limit <= n)
        survey->orders[(int)limit].limits++;
    average_add(&survey->p_paper, *fields_at(fields, row, FIELD_P_PAPER));
    average_add(&survey->p_all_pairs, *fields_at(fields, row, FIELD_P_ALL_PAIRS));
}

static void add_theorems(done_samples_t *survey, const fields_t *fields, double *row) {
    int code = (int)*fields_at(fields, row, FIELD_EXCLUDED_WHY); /* one byte in the file */
    double bound = *fields_at(fields, row, FIELD_BOUND_TOTAL), real = *fields_at(fields, row, FIELD_REAL_TOTAL);
    survey->excluded[code]++;
    if (conditions_counted(code)) {
        average_add(&survey->theorem.bound, bound);
        average_add(&survey->theorem.real, real);
        survey->within += !theorem_exceeds(real, bound);
        survey->delta_above +=
            theorem_exceeds(*fields_at(fields, row, FIELD_DELTA), *fields_at(fields, row, FIELD_DELTA_BOUND));
    }
    if (conditions_counted_by_authors(code)) {
        average_add(&survey->theorem_of_authors.bound, bound);
        average_add(&survey->theorem_of_authors.real, real);
    }
}

static status_t add_sample(const show_t *show, int64_t k, done_samples_t *out, failure_t *why) {
    results_sample_t info;
    double *row;
    TRY(results_read_sample(show->results, k, &info, why));
    out->failed += info.status == SAMPLE_FAILED;
    out->pending += info.status == SAMPLE_PENDING;
    if (info.status != SAMPLE_DONE)
        return STATUS_OK;
    TRY(show_load(show, k, &row, why));
    if (out->done++ == 0)
        out->first_done = k;
    add_orders(out, results_fields(show->results), row, results_players_of(show->results, k));
    add_conditions(out, results_fields(show->results), row, results_players_of(show->results, k));
    add_theorems(out, results_fields(show->results), row);
    free(row);
    return STATUS_OK;
}

status_t done_samples_take(const show_t *show, done_samples_t *out, failure_t *why) {
    *out = (done_samples_t){.first_done = -1};
    for (int64_t k = 0; k < results_samples(show->results); k++)
        TRY(add_sample(show, k, out, why));
    return STATUS_OK;
}
