#include "cli/done_samples.h"

#include "base/memory.h"
#include "stats/theorem.h"

#include <stdlib.h>

enum { WINDOW = 1024 }; /* rows that are read together */

/* What is read of each row: these fields of /orders and /conditions, and single numbers. */
static const field_id_t BY_ORDER[] = {FIELD_STRENGTH_MEAN, FIELD_INTERACTION_SUM, FIELD_CANCELLATION, FIELD_OUTPUT_MEAN,
                                      FIELD_SALIENT_COUNT, FIELD_NOISE_FLOOR,     FIELD_MASS_ABOVE};
static const field_id_t SINGLE[] = {FIELD_SALIENT_TOTAL, FIELD_ORDER_LIMIT,  FIELD_MONOTONE,    FIELD_P_PAPER,
                                    FIELD_P_ALL_PAIRS,   FIELD_EXCLUDED_WHY, FIELD_BOUND_TOTAL, FIELD_REAL_TOTAL,
                                    FIELD_DELTA,         FIELD_DELTA_BOUND};
enum { ORDER_COUNT = sizeof BY_ORDER / sizeof *BY_ORDER, SINGLE_COUNT = sizeof SINGLE / sizeof *SINGLE };

typedef struct {
    const show_t *show;
    done_samples_t *out;
    uint8_t status[WINDOW];
    int64_t target[WINDOW];
    double *by_order[ORDER_COUNT]; /* [WINDOW, n + 1]; owned */
    double single[SINGLE_COUNT][WINDOW];
} reading_t;

static void add_orders(const reading_t *r, size_t at) {
    const size_t orders = (size_t)results_players(r->show->results) + 1;
    for (size_t m = 0; m < orders; m++) { /* NaN beyond the row's own players */
        average_t *const sums[ORDER_COUNT] = {&r->out->orders[m].strength,     &r->out->orders[m].sum,
                                              &r->out->orders[m].cancellation, &r->out->orders[m].output,
                                              &r->out->orders[m].salient,      &r->out->orders[m].noise_floor,
                                              &r->out->orders[m].mass_above};
        for (int i = 0; i < ORDER_COUNT; i++)
            average_add(sums[i], r->by_order[i][at * orders + m]);
    }
}

/* One of the single numbers of a row. */
static double single_of(const reading_t *r, field_id_t id, size_t at) {
    int i = 0;
    while (SINGLE[i] != id)
        i++;
    return r->single[i][at];
}

static void add_conditions(const reading_t *r, size_t at) {
    done_samples_t *survey = r->out;
    double salient = single_of(r, FIELD_SALIENT_TOTAL, at), limit = single_of(r, FIELD_ORDER_LIMIT, at);
    bool monotone = single_of(r, FIELD_MONOTONE, at) == 1;
    average_add(&survey->salient, salient);
    if (monotone)
        average_add(&survey->salient_of_monotone, salient);
    survey->monotone += monotone;
    average_add(&survey->order_limit, limit);
    if (limit >= 0 && limit <= results_players(r->show->results))
        survey->orders[(int)limit].limits++;
    average_add(&survey->p_paper, single_of(r, FIELD_P_PAPER, at));
    average_add(&survey->p_all_pairs, single_of(r, FIELD_P_ALL_PAIRS, at));
}

static void add_theorems(const reading_t *r, size_t at) {
    done_samples_t *survey = r->out;
    int code = (int)single_of(r, FIELD_EXCLUDED_WHY, at); /* one byte in the file */
    double bound = single_of(r, FIELD_BOUND_TOTAL, at), real = single_of(r, FIELD_REAL_TOTAL, at);
    survey->excluded[code]++;
    if (conditions_counted(code)) {
        average_add(&survey->theorem.bound, bound);
        average_add(&survey->theorem.real, real);
        survey->within += !theorem_exceeds(real, bound);
        survey->delta_above += theorem_exceeds(single_of(r, FIELD_DELTA, at), single_of(r, FIELD_DELTA_BOUND, at));
    }
    if (conditions_counted_by_authors(code)) {
        average_add(&survey->theorem_of_authors.bound, bound);
        average_add(&survey->theorem_of_authors.real, real);
    }
}

static status_t read_window(reading_t *r, int64_t first, size_t count, failure_t *why) {
    const results_t *results = r->show->results;
    TRY(results_read_outcomes(results, first, count, r->status, r->target, why));
    for (int i = 0; i < ORDER_COUNT; i++)
        TRY(results_read_field(results, (int)BY_ORDER[i], first, count, r->by_order[i], why));
    for (int i = 0; i < SINGLE_COUNT; i++)
        TRY(results_read_field(results, (int)SINGLE[i], first, count, r->single[i], why));
    return STATUS_OK;
}

static status_t read_rows(reading_t *r, failure_t *why) {
    const int64_t samples = results_samples(r->show->results);
    for (int64_t first = 0, count; first < samples; first += count) {
        count = samples - first < WINDOW ? samples - first : WINDOW;
        TRY(read_window(r, first, (size_t)count, why));
        for (size_t at = 0; at < (size_t)count; at++) {
            r->out->failed += r->status[at] == SAMPLE_FAILED;
            r->out->pending += r->status[at] == SAMPLE_PENDING;
            if (r->status[at] != SAMPLE_DONE)
                continue;
            if (r->out->done++ == 0)
                r->out->first_done = first + (int64_t)at;
            add_orders(r, at);
            add_conditions(r, at);
            add_theorems(r, at);
        }
    }
    return STATUS_OK;
}

status_t done_samples_take(const show_t *show, done_samples_t *out, failure_t *why) {
    reading_t *r = memory_need(1, sizeof *r, "statistics of rows");
    size_t orders = (size_t)results_players(show->results) + 1;
    *out = (done_samples_t){.first_done = -1};
    r->show = show;
    r->out = out;
    for (int i = 0; i < ORDER_COUNT; i++)
        r->by_order[i] = memory_need(WINDOW * orders, sizeof(double), "statistics of rows");
    status_t status = read_rows(r, why);
    for (int i = 0; i < ORDER_COUNT; i++)
        free(r->by_order[i]);
    free(r);
    return status;
}
